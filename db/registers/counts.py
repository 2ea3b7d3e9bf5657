"""What a count of the stock found: the arithmetic of R9, copy by copy.

A count goes on for days while books are lent. It is reckoned as of its end: what is lent then is
there, and what came back or was taken in meanwhile went through somebody's hands, so it is there
too, scanned or not. The minutes of a closed count are kept as they were signed. Keeps out who
counts and how (`db.stocktaking`), and the paper (`db.registers.minutes`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from db.clock import local_day
from db.count_part import CountPart
from db.models import (
    Copy,
    Edition,
    Loan,
    Stocktake,
    StocktakeCause,
    StocktakeMember,
    StocktakeSight,
    full_title,
)
from db.registers.joins import OF_EDITION
from db.registers.stock import column_of, handed_in, left_on, lent_at, stock_rows
from db.states import CommitteeRole, CopyState, CountKind


class DifferenceKind(StrEnum):
    """How a copy is not as the registers say."""

    MISSING = "missing"
    KNOWN_LOST = "known-lost"
    """Missing, as was known before the count ended."""
    SURPLUS = "surplus"
    """Here, though it was written off."""
    DAMAGED = "damaged"
    FOUND = "found"
    """Here, though it was thought lost."""
    LENT_HERE = "lent-here"
    """Here, though the records have it with a reader."""


DIFFERENCE_WORDS = {
    DifferenceKind.MISSING: "thiếu",
    DifferenceKind.KNOWN_LOST: "thiếu, đã báo mất",
    DifferenceKind.SURPLUS: "thừa: đã xuất khỏi sổ",
    DifferenceKind.DAMAGED: "hỏng",
    DifferenceKind.FOUND: "tìm thấy, trước đây báo mất",
    DifferenceKind.LENT_HERE: "có mặt, sổ ghi đang mượn",
}


@dataclass(slots=True)
class Counted:
    """One line of the minutes: the copies of one column of the general register."""

    titles: int = 0
    opening: int = 0
    """In the books when the count began."""
    came: int = 0
    left: int = 0
    """Taken in and written off while it went on."""
    on_books: int = 0
    """When it ended."""
    on_books_vnd: int = 0
    seen: int = 0
    seen_vnd: int = 0
    in_hand: int = 0
    """Of those seen: came back or were taken in meanwhile, and were not scanned."""
    lent: int = 0
    surplus: int = 0
    missing: int = 0
    missing_vnd: int = 0
    damaged: int = 0

    @property
    def balances(self) -> bool:
        """Đầu kỳ + nhập - xuất = theo sổ; thực tế + đang mượn + thiếu = theo sổ + thừa."""
        books = self.opening + self.came - self.left == self.on_books
        return books and self.seen + self.lent + self.missing == self.on_books + self.surplus


@dataclass(frozen=True, slots=True)
class Difference:
    """A copy that is not as the registers say."""

    copy_id: UUID
    accession: str
    title: str
    kind: DifferenceKind
    cause: str = ""
    proposal: str = ""

    @property
    def words(self) -> str:
        """What is the matter with it."""
        return DIFFERENCE_WORDS[self.kind]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the committee."""

    place: int
    role: CommitteeRole
    name: str
    account: str
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CountMinutes:
    """What a count found."""

    id: UUID
    name: str
    kind: CountKind
    kho: tuple[str, ...]
    shelf: str
    as_of: datetime
    closed_at: datetime | None
    by_column: dict[str, Counted]
    differences: tuple[Difference, ...]
    seen_by: tuple[tuple[str, int], ...]
    """Who or which device saw how many copies."""
    members: tuple[Member, ...]
    copies: frozenset[UUID] | None = None
    """Those that stood on the shelf when it was counted; None where whole kho are counted."""

    def covers(self, copy_id: UUID, kho: str) -> bool:
        """Whether a copy was counted, wherever it stands now."""
        if self.copies is not None:
            return copy_id in self.copies
        return CountPart(self.kho, "").has(kho, "")

    @property
    def balances(self) -> bool:
        """Whether every line does."""
        return all(line.balances for line in self.by_column.values())

    @property
    def total(self) -> Counted:
        """All lines together."""
        whole = Counted()
        for line in self.by_column.values():
            for name, number in asdict(line).items():
                setattr(whole, name, getattr(whole, name) + number)
        return whole

    @property
    def is_signed(self) -> bool:
        """Whether everybody of the committee has signed."""
        return bool(self.members) and all(one.signed_at for one in self.members)

    def of(self, *kinds: DifferenceKind) -> tuple[Difference, ...]:
        """The differences of some kinds."""
        return tuple(one for one in self.differences if one.kind in kinds)

    def kept(self) -> dict[str, Any]:
        """What stays of it when the count is closed, as JSON."""
        return {
            "lines": {column: asdict(line) for column, line in self.by_column.items()},
            "differences": [[one.copy_id.hex, one.kind.value] for one in self.differences],
            "seen_by": [list(pair) for pair in self.seen_by],
            "copies": None if self.copies is None else sorted(one.hex for one in self.copies),
        }


def count_minutes(
    connection: Connection, school_id: int, stocktake_id: UUID, as_of: datetime
) -> CountMinutes:
    """Compare a count with the registers as they were at a moment, or at its end before that.

    Raises:
        LookupError: There is no such count.
    """
    which = (Stocktake.school_id == school_id, Stocktake.id == stocktake_id)
    count = connection.execute(select(Stocktake.__table__).where(*which)).first()
    if count is None:
        raise LookupError(stocktake_id)
    is_closed = count.closed_at is not None and count.closed_at <= as_of
    if is_closed and count.minutes:
        return _as_kept(connection, count)
    return _reckoned(connection, count, count.closed_at if is_closed else as_of, is_closed)


def missing_of(minutes: CountMinutes) -> frozenset[UUID]:
    """The copies that a count did not find."""
    gone = minutes.of(DifferenceKind.MISSING, DifferenceKind.KNOWN_LOST)
    return frozenset(one.copy_id for one in gone)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of the copies of one count, by their identities."""

    as_of: datetime
    seen: dict[UUID, datetime]
    lent: dict[UUID, datetime | None]
    """When it left; None where a partner library has it."""
    handed_in: set[UUID]


def _reckoned(connection: Connection, count: Any, until: datetime, is_closed: bool) -> CountMinutes:
    sights = select(StocktakeSight.copy_id, StocktakeSight.seen_at, StocktakeSight.seen_by).where(
        StocktakeSight.school_id == count.school_id,
        StocktakeSight.stocktake_id == count.id,
        StocktakeSight.seen_at <= until,
    )
    rows = connection.execute(sights).all()
    facts = _Facts(
        count.as_of,
        {copy_id: seen_at for copy_id, seen_at, _ in rows},
        _lent(connection, count.school_id, until),
        handed_in(connection, count.school_id, count.as_of, until),
    )
    by_column: dict[str, Counted] = defaultdict(Counted)
    copies: set[UUID] = set()
    found = tuple(_compare(connection, count, until, facts, by_column, copies))
    seen_by = tuple(sorted(Counter(seen_by for _, _, seen_by in rows).items()))
    found = _with_causes(connection, count, found)
    told = _minutes(connection, count, is_closed, dict(by_column), found, seen_by)
    return replace(told, copies=frozenset(copies)) if count.shelf else told


def _as_kept(connection: Connection, count: Any) -> CountMinutes:
    lines = {column: Counted(**line) for column, line in count.minutes["lines"].items()}
    kinds = {UUID(copy): DifferenceKind(kind) for copy, kind in count.minutes["differences"]}
    asked = (
        select(Copy.id, Copy.accession, full_title())
        .join(Edition, OF_EDITION)
        .where(Copy.school_id == count.school_id, Copy.id.in_(kinds))
    )
    named = {row.id: row for row in connection.execute(asked)}
    found = [
        Difference(one, named[one].accession, named[one].title, kind) for one, kind in kinds.items()
    ]
    seen_by = tuple((who, number) for who, number in count.minutes["seen_by"])
    told = _with_causes(connection, count, found)
    kept = _minutes(connection, count, True, lines, told, seen_by)
    if not count.shelf:
        return kept
    # Counts that were closed before these were kept have but their differences.
    of_shelf = map(UUID, count.minutes["copies"]) if "copies" in count.minutes else kinds
    return replace(kept, copies=frozenset(of_shelf))


def _minutes(
    connection: Connection,
    count: Any,
    is_closed: bool,
    by_column: dict[str, Counted],
    differences: tuple[Difference, ...],
    seen_by: tuple[tuple[str, int], ...],
) -> CountMinutes:
    members = (
        select(
            StocktakeMember.place,
            StocktakeMember.role,
            StocktakeMember.name,
            StocktakeMember.account,
            StocktakeMember.signed_at,
        )
        .where(
            StocktakeMember.school_id == count.school_id, StocktakeMember.stocktake_id == count.id
        )
        .order_by(StocktakeMember.place)
    )
    return CountMinutes(
        count.id,
        count.name,
        count.kind,
        tuple(count.kho.split()),
        count.shelf,
        count.as_of,
        count.closed_at if is_closed else None,
        by_column,
        differences,
        seen_by,
        tuple(Member(*row) for row in connection.execute(members)),
    )


def _with_causes(
    connection: Connection, count: Any, found: Iterable[Difference]
) -> tuple[Difference, ...]:
    asked = select(StocktakeCause.copy_id, StocktakeCause.cause, StocktakeCause.proposal).where(
        StocktakeCause.school_id == count.school_id, StocktakeCause.stocktake_id == count.id
    )
    told = {row.copy_id: (row.cause, row.proposal) for row in connection.execute(asked)}
    return tuple(
        Difference(
            one.copy_id, one.accession, one.title, one.kind, *told.get(one.copy_id, ("", ""))
        )
        for one in found
    )


def _lent(connection: Connection, school_id: int, moment: datetime) -> dict[UUID, datetime | None]:
    """What was with readers or partner libraries, and since when readers had it."""
    since = select(Loan.copy_id, Loan.lent_at).where(
        Loan.school_id == school_id,
        Loan.lent_at <= moment,
        Loan.returned_at.is_(None) | (Loan.returned_at > moment),
        ~Loan.disputed,
    )
    began = {row.copy_id: row.lent_at for row in connection.execute(since)}
    return {one: began.get(one) for one in lent_at(connection, school_id, moment)}


def _compare(
    connection: Connection,
    count: Any,
    until: datetime,
    facts: _Facts,
    by_column: dict[str, Counted],
    copies: set[UUID],
) -> Iterator[Difference]:
    """Enter every copy into its line, and give out those that are not as they should be."""
    titles: set[tuple[str, UUID]] = set()
    for row in stock_rows(connection, count.school_id, until, *_part(count), titles=True):
        copies.add(row.id)
        column = column_of(row.kho, row.register)
        line = by_column[column]
        before = line.on_books
        kind = _enter(line, row, facts)
        if line.on_books > before and (column, row.edition_id) not in titles:
            titles.add((column, row.edition_id))
            line.titles += 1
        if kind is not None:
            yield Difference(row.id, row.accession, row.full_title, kind)


def _part(count: Any) -> Iterator[Any]:
    """Which copies a count is of."""
    if count.kho:
        yield Copy.kho.in_(count.kho.split())
    if count.shelf:
        yield Copy.shelf == count.shelf


def _enter(line: Counted, row: Any, facts: _Facts) -> DifferenceKind | None:
    """Enter one copy; what is wrong with it."""
    was_new = row.first_at is not None and row.first_at > facts.as_of
    if _had_left(row, facts.as_of):
        if row.id not in facts.seen:
            return None
        line.surplus += 1
        _see(line, row)
        return DifferenceKind.SURPLUS
    if was_new:
        line.came += 1
    else:
        line.opening += 1
    if left_on(row) is not None:
        line.left += 1
        return None
    line.on_books += 1
    line.on_books_vnd += row.price
    if row.id in facts.seen:
        _see(line, row)
        return _why_odd(line, row, facts)
    if row.id in facts.lent or row.state is CopyState.AWAY:
        line.lent += 1
        return None
    if (was_new or row.id in facts.handed_in) and row.state is not CopyState.LOST:
        line.in_hand += 1
        _see(line, row)
        return _why_odd(line, row, facts)
    line.missing += 1
    line.missing_vnd += row.price
    is_known = row.state is CopyState.LOST
    return DifferenceKind.KNOWN_LOST if is_known else DifferenceKind.MISSING


def _see(line: Counted, row: Any) -> None:
    line.seen += 1
    line.seen_vnd += row.price


def _why_odd(line: Counted, row: Any, facts: _Facts) -> DifferenceKind | None:
    """What is odd about a copy that is here."""
    if row.state is CopyState.DAMAGED:
        line.damaged += 1
        return DifferenceKind.DAMAGED
    if row.state is CopyState.LOST:
        return DifferenceKind.FOUND
    began = facts.lent.get(row.id)
    was_lent = began is not None and row.id in facts.seen and began < facts.seen[row.id]
    return DifferenceKind.LENT_HERE if was_lent else None


def _had_left(row: Any, moment: datetime) -> bool:
    """Whether a copy was written off by a moment; a voucher alone says but the day."""
    day = left_on(row)
    if day is None:
        return False
    gone_at: datetime | None = row.gone_at
    return day <= local_day(moment) if gone_at is None else gone_at <= moment
