"""What an act reads from the records, word for word, to be asked again by the driver alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, event

Statement = tuple[str, Any]
"""Its words and its values, as the driver gets them."""


@contextmanager
def recorded(engine: Engine) -> Iterator[list[Statement]]:
    """The statements that read anything while the block runs, as the driver itself was told them.

    Those that SQLAlchemy sends and those that a prepared statement sends past it.
    """
    told: list[Statement] = []

    def note(words: str, values: Any = ()) -> None:
        if words.lstrip().upper().startswith("SELECT"):
            told.append((words, values))

    def listen(driver: Any, *_rest: Any) -> None:
        if engine.dialect.name == "sqlite":
            driver.set_trace_callback(note)
        else:
            driver.cursor_factory, driver.server_cursor_factory = _noting(note)

    def stop(driver: Any, *_rest: Any) -> None:
        if engine.dialect.name == "sqlite":
            driver.set_trace_callback(None)
        else:
            driver.cursor_factory = psycopg.Cursor
            driver.server_cursor_factory = psycopg.ServerCursor

    event.listen(engine, "checkout", listen)
    event.listen(engine, "reset", stop)
    try:
        yield told
    finally:
        event.remove(engine, "checkout", listen)
        event.remove(engine, "reset", stop)


def _noting(note: Any) -> tuple[type[Any], type[Any]]:
    """The driver's two kinds of cursors, which note what they are told."""

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
            note(str(query), params)
            return super().execute(query, params, **more)

    class ServerCursor(psycopg.ServerCursor[Any]):
        def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
            note(str(query), params)
            return super().execute(query, params, **more)

    return Cursor, ServerCursor
