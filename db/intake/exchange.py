"""Takes catalogue records out of the library and in again. Keeps out their form (`records`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select

from db.accession import RegisterNumber, parse_accession
from db.ids import new_id
from db.intake import store
from db.intake.records import BookRecord
from db.models import Copy, CopyChange, Edition, EditionTag, SkippedNumber
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
    renumbered: tuple[tuple[str, str], ...] = ()
    """Numbers of the file that could not be kept, each with the one given instead."""


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
    new_numbers: bool = False,
) -> Taken:
    """Enter records that are not there yet; one that agrees in everything is left alone.

    Args:
        connection: The transaction.
        school_id: Whose records they become.
        records: What came.
        now: The moment of it.
        with_copies: Whether their copies come too, under the numbers that the file says.
        new_numbers: Whether a copy whose number cannot be kept gets the next free one of its kho.
    """
    store.begin_school(connection, school_id)
    known = {_key(record) for record in read_records(connection, school_id)}
    copies = _NewCopies(connection, school_id, now, new_numbers)
    new = unchanged = 0
    for record in records:
        if _key(record) in known:
            unchanged += 1
            continue
        known.add(_key(record))
        edition_id = _enter(connection, school_id, record, now)
        new += 1
        if with_copies:
            copies.take(record, edition_id)
    return Taken(new, unchanged, tuple(copies.refused), tuple(copies.renumbered))


class _NewCopies:
    """Copies of records, under the numbers they say while nobody else has those."""

    def __init__(
        self, connection: Connection, school_id: int, now: datetime, new_numbers: bool
    ) -> None:
        self.refused: list[str] = []
        self.renumbered: list[tuple[str, str]] = []
        self._connection = connection
        self._school_id = school_id
        self._now = now
        self._new_numbers = new_numbers
        self._registers = {
            one.kho: one for one in store.read_stock(connection, school_id).registers
        }
        numbers = [
            row
            for table in (Copy, SkippedNumber)
            for row in connection.execute(
                select(table.kho, table.number).where(table.school_id == school_id)
            )
        ]
        self._taken = {(row.kho, row.number) for row in numbers}
        self._last = {kho: 0 for kho in self._registers}
        for kho, number in self._taken:
            self._last[kho] = max(self._last[kho], number)

    def take(self, record: BookRecord, edition_id: UUID) -> None:
        """Enter the copies of a record."""
        shelves = record.shelves or ("",) * len(record.copies)
        for written, mark in zip(record.copies, shelves, strict=False):
            number = parse_accession(written, None, tuple(self._registers.values()))
            if isinstance(number, RegisterNumber) and self._is_free(number):
                self._write(number, edition_id, mark)
            elif self._new_numbers and record.kho in self._registers:
                given = self._next(record.kho, written)
                self.renumbered.append((written, given.accession))
                self._write(given, edition_id, mark)
            else:
                self.refused.append(written)

    def _is_free(self, number: RegisterNumber) -> bool:
        return (number.kho, number.serial) not in self._taken

    def _next(self, kho: str, written: str) -> RegisterNumber:
        serial = self._last[kho] + 1
        return RegisterNumber(self._registers[kho].accession(serial), kho, serial, written)

    def _write(self, number: RegisterNumber, edition_id: UUID, mark: str) -> None:
        self._taken.add((number.kho, number.serial))
        self._last[number.kho] = max(self._last[number.kho], number.serial)
        shelf, _, row = mark.partition("/")
        copy = {
            "school_id": self._school_id,
            "id": new_id(),
            "accession": number.accession,
            "kho": number.kho,
            "number": number.serial,
            "edition_id": edition_id,
            "state": CopyState.AVAILABLE,
            "shelf": shelf[:16],
            "row": row[:16],
            "original_number": number.as_written[:48],
        }
        self._connection.execute(insert(Copy).values(copy))
        change = {"id": new_id(), "copy_id": copy["id"], "changed_at": self._now}
        said = {"state": copy["state"], "reason": "import", "school_id": self._school_id}
        self._connection.execute(insert(CopyChange).values(**change, **said))


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
