"""Which of the rows kiosks are told an event speaks of. Keeps out what becomes of them.

Whatever the hub makes of an event, it tells all of these rows anew, so that what the kiosk laid
over the hub's word gives way to it. Read from the payload as it came: one that is set aside
changed something at its kiosk too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from db.sync.told import SEPARATOR

_TABLES = {
    "loan_id": "loan",
    "copy_id": "copy",
    "hold_id": "hold",
    "case_id": "loss_case",
    "set_loan_id": "set_loan",
    "crate_id": "crate",
    "wish_id": "wish",
}

_IS_WRITTEN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


def rows_spoken_of(kind: str, payload: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Table and key of each row."""
    for name in _TABLES.keys() & payload.keys():
        if (key := _key(payload[name])) is not None:
            yield _TABLES[name], key
    kept = payload.get("kept")
    if isinstance(kept, dict) and (hold := _key(kept.get("hold_id"))) is not None:
        yield "hold", hold
    if kind == "due-moved" and (change := _key(payload.get("change_id"))) is not None:
        yield "due_change", change
    if payload.get("set_loan_id") and (copy := _key(payload.get("copy_id"))) is not None:
        yield "set_place", copy
    if kind == "pin-set" and (patron := _key(payload.get("patron_id"))) is not None:
        yield "staff_pin", patron
    if kind == "card-issued" and isinstance(card := payload.get("card"), str) and "\0" not in card:
        yield "card", card  # no server keeps a zero byte in a text, so it is nobody's card
    if "crate_id" in payload:
        yield from _crate_lines(payload)


def _crate_lines(payload: dict[str, Any]) -> Iterator[tuple[str, str]]:
    crate, copies = _key(payload.get("crate_id")), payload.get("copy_ids")
    if crate is None or not isinstance(copies, list):
        return
    for copy in (key for key in map(_key, copies) if key is not None):
        yield "copy", copy
        yield "crate_copy", f"{crate}{SEPARATOR}{copy}"


def _key(value: object) -> str | None:
    """An identity as the feed writes it; None for anything else."""
    if not isinstance(value, str):
        return None
    if _IS_WRITTEN(
        value
    ):  # as ours are: a batch has thousands, and `UUID` takes five times as long
        return value.replace("-", "")
    try:
        return UUID(value).hex
    except ValueError:
        return None
