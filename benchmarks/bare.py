"""What an act reads from the records, word for word, to be asked again by the driver alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

Written = str
"""A statement with its values in it."""

Statement = tuple[str, Any]
"""Its words and its values, as the driver gets them."""


@contextmanager
def recorded(engine: Engine) -> Iterator[list[Statement]]:
    """The statements that read anything while the block runs."""
    told: list[Statement] = []

    def note(_connection: Any, _cursor: Any, words: str, values: Any, *rest: Any) -> None:
        is_many = rest[-1]
        if words.lstrip().upper().startswith("SELECT") and not is_many:
            told.append((words, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def recorded_by_driver(engine: Engine) -> Iterator[list[Written]]:
    """The reading statements of a SQLite file while the block runs, whoever hands them over."""
    told: list[Written] = []

    def note(words: str) -> None:
        if words.lstrip().upper().startswith("SELECT"):
            told.append(words)

    def begin(connection: Any, *_: object) -> None:
        connection.set_trace_callback(note)

    event.listen(engine, "checkout", begin)
    try:
        yield told
    finally:
        event.remove(engine, "checkout", begin)
        with engine.begin() as connection:
            connection.connection.dbapi_connection.set_trace_callback(None)  # type: ignore[union-attr]
