"""Takes catalogue records out of the library and in again. Keeps out their form (`records`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select

from db.accession import NoNumber, parse_accession
from db.ids import new_id
from db.intake import store
from db.intake.records import BookRecord
from db.models import Copy, CopyChange, Edition, EditionTag
from db.states import CopyState

_COLUMNS = (
    "title", "volume", "series", "authors", "publisher", "place", "year", "isbn", "price_vnd",
    "pages", "size", "subject", "grade", "document_type", "class_number", "class_19", "ddc",
    "link", "kho", "lending",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file of records."""

    new: int
    unchanged: int
    refused_copies: tuple[str, ...]
    """Accession numbers that are taken by another edition, or of no register of ours."""


def read_records(connection: Connection, school_id: int) -> list[BookRecord]:
    """Every edition with its keywords and copies, in the order they came in."""
    tags: dict[UUID, list[str]] = {}
    asked = select(EditionTag.edition_id, EditionTag.tag).where(EditionTag.school_id == school_id)
    for edition_id, tag in connection.execute(asked.order_by(EditionTag.tag)):
        tags.setdefault(edition_id, []).append(tag)
    copies: dict[UUID, list[tuple[str, str]]] = {}
    marks = select(Copy.edition_id, Copy.accession, Copy.shelf, Copy.row)
    marks = marks.where(Copy.school_id == school_id, Copy.state != CopyState.WITHDRAWN)
    for edition_id, accession, shelf, row in connection.execute(marks.order_by(Copy.accession)):
        mark = f"{shelf}/{row}" if row else shelf
        copies.setdefault(edition_id, []).append((accession, mark))
    columns = [Edition.__table__.c[name] for name in _COLUMNS]
    editions = select(Edition.id, *columns).where(Edition.school_id == school_id)
    return [
        _record(row, tags.get(row.id, []), copies.get(row.id, []))
        for row in connection.execute(editions.order_by(Edition.id))
    ]


def take_records(
    connection: Connection,
    school_id: int,
    records: Iterable[BookRecord],
    now: datetime,
    *,
    with_copies: bool,
) -> Taken:
    """Enter records that are not there yet; one that agrees in everything is left alone."""
    store.begin_school(connection, school_id)
    known = {_key(record) for record in read_records(connection, school_id)}
    registers = store.read_stock(connection, school_id).registers
    taken = set(connection.scalars(select(Copy.accession).where(Copy.school_id == school_id)))
    new = unchanged = 0
    refused: list[str] = []
    for record in records:
        if _key(record) in known:
            unchanged += 1
            continue
        known.add(_key(record))
        edition_id = _enter(connection, school_id, record, now)
        new += 1
        shelves = record.shelves or ("",) * len(record.copies)
        for written, mark in zip(record.copies if with_copies else (), shelves, strict=False):
            number = parse_accession(written, None, registers)
            if isinstance(number, NoNumber) or number.accession in taken:
                refused.append(written)
                continue
            taken.add(number.accession)
            shelf, _, row = mark.partition("/")
            copy = {
                "school_id": school_id,
                "id": new_id(),
                "accession": number.accession,
                "kho": number.kho,
                "number": number.serial,
                "edition_id": edition_id,
                "state": CopyState.AVAILABLE,
                "shelf": shelf[:16],
                "row": row[:16],
                "original_number": written[:48],
            }
            connection.execute(insert(Copy).values(copy))
            change = {"id": new_id(), "copy_id": copy["id"], "changed_at": now}
            said = {"state": copy["state"], "reason": "import", "school_id": school_id}
            connection.execute(insert(CopyChange).values(**change, **said))
    return Taken(new, unchanged, tuple(refused))


def _enter(connection: Connection, school_id: int, record: BookRecord, now: datetime) -> UUID:
    made = new_id()
    told: dict[str, Any] = {name: getattr(record, name) for name in _COLUMNS}
    connection.execute(insert(Edition).values(school_id=school_id, id=made, entered_at=now, **told))
    for keyword in dict.fromkeys(record.keywords):
        tag = {"school_id": school_id, "edition_id": made, "tag": keyword[:64]}
        connection.execute(insert(EditionTag).values(tag))
    return made


def _record(row: Any, tags: list[str], copies: list[tuple[str, str]]) -> BookRecord:
    marks = tuple(mark for _, mark in copies)
    return BookRecord(
        **{name: getattr(row, name) for name in _COLUMNS},
        keywords=tuple(tags),
        copies=tuple(accession for accession, _ in copies),
        shelves=marks if any(marks) else (),
    )


def _key(record: BookRecord) -> tuple[Any, ...]:
    """What makes two records one edition."""
    return tuple(getattr(record, name) for name in _COLUMNS)
