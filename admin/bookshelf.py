"""The catalogue as the desk lists it: editions, their copies, vouchers, what is in process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
)

from db.editions import FIELDS
from db.models import Copy, Corner, Edition, EditionTag, Loan, Voucher, full_title
from db.ordering import sort_key
from db.prepared import Prepared, PreparedAbout
from db.states import PROCESS_STEPS, CopyState, VoucherKind
from printer.bibliography import ListedTitle


@dataclass(frozen=True, slots=True)
class Book:
    """An edition in a list."""

    id: UUID
    title: str
    authors: str
    class_number: str
    kho: str
    grade: int | None
    copies: int = 0
    """In the stock, where they were counted."""
    lent: int = 0


@dataclass(frozen=True, slots=True)
class CopyLine:
    """One copy on its edition's page."""

    accession: str
    state: CopyState
    shelf: str
    row: str
    corner: str
    in_library_only: bool
    voucher: int | None
    """Số vào sổ tổng quát."""
    due: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A voucher by which copies came in."""

    id: UUID
    serial: int
    entered_on: date
    source: str
    donor: str
    number: str
    copies: int
    note: str
    vnd: int
    """Of its copies, as far as their prices are known."""
    stated_copies: int | None
    stated_vnd: int | None
    """What the paper says that it adds up to; None where it says nothing."""

    @property
    def adds_up(self) -> bool:
        """Whether what came in is what the paper says."""
        copies = self.stated_copies in (None, self.copies)
        return copies and self.stated_vnd in (None, self.vnd)


@dataclass(frozen=True, slots=True)
class EntryBook:
    """What of one title came in by a voucher."""

    title: str
    copies: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class InProcess:
    """A copy on its way to the shelf."""

    accession: str
    title: str
    state: CopyState
    voucher: int | None


def books(
    connection: Connection,
    school_id: int,
    *,
    kho: str = "",
    grade: int | None = None,
    tag: str = "",
    ids: Sequence[UUID] | None = None,
) -> tuple[Book, ...]:
    """Editions, without their numbers of copies: to count those of all takes ten times as long.

    Args:
        connection: To the records.
        school_id: Whose.
        kho: Of this kho only; empty for all.
        grade: For this grade only.
        tag: On this themed shelf only.
        ids: Only these, in this order.
    """
    if ids is None:
        rows = _EDITIONS.all(connection, of_school=school_id)
    else:
        rows = _EDITIONS_NAMED.all(connection, ids, of_school=school_id)
    tagged = {row.edition_id for row in _TAGGED.all(connection, of_school=school_id, tag=tag)}
    found = [
        book
        for book in (Book(*row) for row in rows)
        if kho in ("", book.kho) and grade in (None, book.grade) and (not tag or book.id in tagged)
    ]
    if ids is not None:
        place = {edition_id: at for at, edition_id in enumerate(ids)}
        return tuple(sorted(found, key=lambda book: place[book.id]))
    return tuple(sorted(found, key=lambda book: sort_key(book.title)))


def with_copies(connection: Connection, school_id: int, found: Sequence[Book]) -> tuple[Book, ...]:
    """The same books with their numbers of copies."""
    ids = [book.id for book in found]
    counted = {row.edition_id: row for row in _COPIES.all(connection, ids, of_school=school_id)}
    return tuple(
        replace(book, copies=row.stock, lent=row.lent) if (row := counted.get(book.id)) else book
        for book in found
    )


def listed(
    connection: Connection,
    school_id: int,
    *,
    tag: str = "",
    subject: str = "",
    grade: int | None = None,
) -> tuple[ListedTitle, ...]:
    """The titles of a theme, a subject or a grade, for a list on paper, by their titles."""
    meant: list[ColumnElement[bool]] = [Edition.school_id == school_id]
    if tag:
        meant.append(_tagged(tag))
    if subject:
        meant.append(Edition.subject == subject)
    if grade is not None:
        meant.append(Edition.grade == grade)
    stock = select(func.count()).where(
        Copy.school_id == Edition.school_id,
        Copy.edition_id == Edition.id,
        Copy.state != CopyState.WITHDRAWN,
    )
    rows = connection.execute(
        select(*_OF_LISTED, stock.correlate(Edition).scalar_subquery().label("copies")).where(
            *meant
        )
    )
    found = [
        ListedTitle(
            *row[:8], " ".join(part for part in (row.kho, row.class_number) if part), row.copies
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (sort_key(one.title), sort_key(one.volume))))


def subjects(connection: Connection, school_id: int) -> tuple[str, ...]:
    """Every subject that a title has."""
    asked = select(Edition.subject).where(Edition.school_id == school_id, Edition.subject != "")
    return tuple(sorted(connection.execute(asked.distinct()).scalars(), key=sort_key))


def edition(connection: Connection, school_id: int, edition_id: UUID) -> dict[str, Any] | None:
    """What is entered of an edition, by field; None if there is none."""
    columns = [Edition.__table__.c[name] for name in FIELDS]
    own = (Edition.school_id == school_id, Edition.id == edition_id)
    row = connection.execute(select(*columns).where(*own)).mappings().first()
    return None if row is None else dict(row)


def copy_lines(connection: Connection, school_id: int, edition_id: UUID) -> tuple[CopyLine, ...]:
    """All copies of an edition, those written off too."""
    open_loan = _open_loan()
    voucher_of = and_(Voucher.school_id == Copy.school_id, Voucher.id == Copy.entry_id)
    corner_of = and_(Corner.school_id == Copy.school_id, Corner.id == Copy.corner_id)
    rows = connection.execute(
        select(
            Copy.accession,
            Copy.state,
            Copy.shelf,
            Copy.row,
            func.coalesce(Corner.name, ""),
            Copy.in_library_only,
            Voucher.serial,
            Loan.due,
        )
        .outerjoin(Loan, open_loan)
        .outerjoin(Voucher, voucher_of)
        .outerjoin(Corner, corner_of)
        .where(Copy.school_id == school_id, Copy.edition_id == edition_id)
        .order_by(Copy.kho, Copy.number)
    )
    return tuple(CopyLine(*row) for row in rows)


def tags_of(connection: Connection, school_id: int, edition_id: UUID) -> tuple[str, ...]:
    """The themed shelves a title is on."""
    own = (EditionTag.school_id == school_id, EditionTag.edition_id == edition_id)
    found = connection.execute(select(EditionTag.tag).where(*own)).scalars()
    return tuple(sorted(found, key=sort_key))


def tags(connection: Connection, school_id: int) -> tuple[tuple[str, int], ...]:
    """Every themed shelf with how many titles are on it."""
    counted = select(EditionTag.tag, func.count()).where(EditionTag.school_id == school_id)
    rows = connection.execute(counted.group_by(EditionTag.tag))
    return tuple(sorted(((row[0], row[1]) for row in rows), key=lambda one: sort_key(one[0])))


def entries(
    connection: Connection, school_id: int, voucher_id: UUID | None = None
) -> tuple[Entry, ...]:
    """The vouchers of copies that came in, newest first; or one."""
    of_voucher = (Copy.school_id == Voucher.school_id, Copy.entry_id == Voucher.id)
    counted = select(func.count()).where(*of_voucher)
    edition_of = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
    prices = func.coalesce(Copy.price_vnd, Edition.price_vnd, 0)
    priced = select(func.coalesce(func.sum(prices), 0)).join(Edition, edition_of)
    money = priced.where(*of_voucher).correlate(Voucher).scalar_subquery()
    asked = (
        select(
            Voucher.id,
            Voucher.serial,
            Voucher.entered_on,
            Voucher.source,
            Voucher.donor,
            Voucher.number,
            counted.correlate(Voucher).scalar_subquery(),
            Voucher.note,
            money,
            Voucher.stated_copies,
            Voucher.stated_vnd,
        )
        .where(Voucher.school_id == school_id, Voucher.kind == VoucherKind.ENTRY)
        .order_by(Voucher.serial.desc())
    )
    if voucher_id is not None:
        asked = asked.where(Voucher.id == voucher_id)
    return tuple(Entry(*row) for row in connection.execute(asked))


def entry_books(connection: Connection, school_id: int, voucher_id: UUID) -> tuple[EntryBook, ...]:
    """What came in by a voucher, title by title with its numbers."""
    edition_of = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
    rows = connection.execute(
        select(full_title(), func.count(), func.min(Copy.accession), func.max(Copy.accession))
        .select_from(Copy)
        .join(Edition, edition_of)
        .where(Copy.school_id == school_id, Copy.entry_id == voucher_id)
        .group_by(Edition.id, Edition.title, Edition.volume, Copy.kho)
        .order_by(func.min(Copy.accession))
    )
    return tuple(EntryBook(*row) for row in rows)


def in_process(
    connection: Connection, school_id: int, state: CopyState | None = None
) -> tuple[InProcess, ...]:
    """The copies that are not on the shelf yet, the ones longest under way before the others."""
    edition_of = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
    voucher_of = and_(Voucher.school_id == Copy.school_id, Voucher.id == Copy.entry_id)
    states = PROCESS_STEPS[:-1] if state is None else (state,)
    rows = connection.execute(
        select(Copy.accession, full_title(), Copy.state, Voucher.serial)
        .join(Edition, edition_of)
        .outerjoin(Voucher, voucher_of)
        .where(Copy.school_id == school_id, Copy.state.in_(states))
        .order_by(Voucher.serial, Copy.kho, Copy.number)
    )
    return tuple(InProcess(*row) for row in rows)


def process_counts(connection: Connection, school_id: int) -> dict[CopyState, int]:
    """How many copies stand at each step."""
    counted = select(Copy.state, func.count()).where(
        Copy.school_id == school_id, Copy.state.in_(PROCESS_STEPS[:-1])
    )
    found = {row[0]: row[1] for row in connection.execute(counted.group_by(Copy.state))}
    return {step: found.get(step, 0) for step in PROCESS_STEPS[:-1]}


_OF_LISTED = (
    Edition.title,
    Edition.volume,
    Edition.authors,
    Edition.place,
    Edition.publisher,
    Edition.year,
    Edition.pages,
    Edition.size,
    Edition.kho,
    Edition.class_number,
)


def _open_loan() -> ColumnElement[bool]:
    return and_(
        Loan.school_id == Copy.school_id,
        Loan.copy_id == Copy.id,
        Loan.returned_at.is_(None),
        ~Loan.disputed,
    )


def _tagged(tag: str) -> ColumnElement[bool]:
    return exists().where(
        EditionTag.school_id == Edition.school_id,
        EditionTag.edition_id == Edition.id,
        EditionTag.tag == tag,
    )


_SCHOOL: Final[BindParameter[int]] = bindparam("of_school")
_OF_SCHOOL = select(
    Edition.id,
    full_title(),
    Edition.authors,
    Edition.class_number,
    Edition.kho,
    Edition.grade,
).where(Edition.school_id == _SCHOOL)
_EDITIONS = Prepared(_OF_SCHOOL)
_EDITIONS_NAMED = PreparedAbout(lambda is_named: _OF_SCHOOL.where(is_named(Edition.id)))
_TAGGED = Prepared(
    select(EditionTag.edition_id).where(
        EditionTag.school_id == _SCHOOL, EditionTag.tag == bindparam("tag")
    )
)
_COPIES = PreparedAbout(
    lambda is_named: (
        select(
            Copy.edition_id,
            func.count(case((Copy.state != CopyState.WITHDRAWN, Copy.id))).label("stock"),
            func.count(Loan.id).label("lent"),
        )
        .outerjoin(Loan, _open_loan())
        .where(Copy.school_id == _SCHOOL, is_named(Copy.edition_id))
        .group_by(Copy.edition_id)
    )
)
