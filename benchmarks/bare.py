"""What an act reads from the records, word for word, to be asked again by the driver alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

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
