"""What the stock's registers are computed from: every copy with the days it came and went.

A copy is in the books from its entry voucher's day to its exit voucher's (R1); lost ones stay
until they are written off. One query counts them all; everything else is arithmetic.
"""

from __future__ import annotations

from collections import Counter, namedtuple
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, CursorResult, and_, case, func, literal, select
from sqlalchemy.orm import aliased

from db.clock import local_day
from db.folding import ABOUT_PLACE
from db.models import (
    NEVER_UNDONE,
    Copy,
    CopyChange,
    Edition,
    Kho,
    Loan,
    PartnerLoan,
    PartnerLoanLine,
    Voucher,
    full_title,
)
from db.registers.joins import OF_EDITION, OF_KHO
from db.states import CopyState, DocumentType

TYPES = ("SGK", "SNV-SGV", "STK", "STN")
"""The columns of the general register; a school's other kho follow."""
PERIODICALS = "BC"
BEFORE = date(1900, 1, 1)
"""The day of copies that have none: they were there before the records began."""
NOT_ENTERED = (
    DocumentType.MAP,
    DocumentType.PICTURE,
    DocumentType.DISC,
    DocumentType.E_RESOURCE,
    DocumentType.NEWSPAPER,
    DocumentType.MAGAZINE,
)
"""What the general register leaves out (domain specification 2.3 R1); periodicals have R5."""
_COLUMN = {"SGV": "SNV-SGV", "SNV": "SNV-SGV"}

IN_STOCK = tuple(set(CopyState) - {CopyState.LOST, CopyState.WITHDRAWN})

BEGINNINGS = ("received", "import")
"""Reasons of the change by which a copy comes into the books (`db.register`, `db.intake`)."""

_tuple_of: Any = namedtuple
_Entry = aliased(Voucher)
_Exit = aliased(Voucher)
_OF_ENTRY = and_(_Entry.school_id == Copy.school_id, _Entry.id == Copy.entry_id)
_OF_EXIT = and_(_Exit.school_id == Copy.school_id, _Exit.id == Copy.exit_id)


@dataclass(frozen=True, slots=True)
class Item:
    """One copy in the books."""

    edition_id: UUID
    column: str
    """Of the general register."""
    price_vnd: int
    """At entry, else the cover price; 0 where neither is known."""
    entry_id: UUID | None
    exit_id: UUID | None
    came_on: date | None
    """None where it was there before the records began."""
    left_on: date | None

    def is_there(self, day: date) -> bool:
        """Whether it is in the books at the end of a day."""
        came = self.came_on is None or self.came_on <= day
        return came and (self.left_on is None or self.left_on > day)


@dataclass(frozen=True, slots=True)
class Balance:
    """Copies and their money, by column of the general register."""

    copies: dict[str, int]
    money: dict[str, int]

    @property
    def total_copies(self) -> int:
        """Of all columns."""
        return sum(self.copies.values())

    @property
    def total_money(self) -> int:
        """Of all columns, in đồng."""
        return sum(self.money.values())


@dataclass(frozen=True, slots=True)
class YearBalance:
    """R1, part III: what was there, came, went, and is there."""

    opening: Balance
    entered: Balance
    left: Balance
    closing: Balance


def balance(items: Iterator[Item] | list[Item], columns: tuple[str, ...]) -> Balance:
    """Count copies and money of some items."""
    copies = dict.fromkeys(columns, 0)
    money = dict.fromkeys(columns, 0)
    for item in items:
        copies[item.column] += 1
        money[item.column] += item.price_vnd
    return Balance(copies, money)


def year_balance(
    items: list[Item], columns: tuple[str, ...], since: date, until: date
) -> YearBalance:
    """Part III of the general register for a range of days."""
    before = since - timedelta(days=1)
    return YearBalance(
        opening=balance([one for one in items if one.is_there(before)], columns),
        entered=balance([one for one in items if _within(one.came_on, since, until)], columns),
        left=balance([one for one in items if _within(one.left_on, since, until)], columns),
        closing=balance([one for one in items if one.is_there(until)], columns),
    )


def columns_of(items: list[Item]) -> tuple[str, ...]:
    """The four customary columns, and those of the school's other kho."""
    return (*TYPES, *sorted({item.column for item in items} - set(TYPES)))


def items(connection: Connection, school_id: int, as_of: datetime) -> list[Item]:
    """Every copy that the general register counts, as known at a moment.

    Copies of a title that came and went together are one value, there as often as they are.
    """
    stock: list[Item] = []
    for row in _named(connection.execute(_together(school_id, as_of))):
        is_known = row.first_at is None or row.first_at <= as_of
        if is_known and _counts(row):
            stock += [_item(row)] * row.copies
    return stock


def stock_rows(
    connection: Connection, school_id: int, as_of: datetime, *more: Any, titles: bool = False
) -> Iterator[Any]:
    """Copies known at a moment with their vouchers, by kho and number.

    Args:
        connection: To the records.
        school_id: Whose copies.
        as_of: What was entered later is left out.
        more: What else a copy must be.
        titles: Whether to read the whole edition too, and the state at that moment.
    """
    changes = _changes(school_id, as_of)
    more_of = (*_TITLE, _state(changes, as_of)) if titles else ()
    asked = (
        select(*_COPY, *more_of, *_times(changes))
        .join(Edition, OF_EDITION)
        .join(Kho, OF_KHO)
        .outerjoin(_Entry, _OF_ENTRY)
        .outerjoin(_Exit, _OF_EXIT)
        .outerjoin(changes, changes.c.copy_id == Copy.id)
        .where(Copy.school_id == school_id, *more)
        .order_by(Kho.position, Copy.kho, Copy.number)
        .execution_options(yield_per=2000)
    )
    for row in _named(connection.execute(asked)):
        if row.first_at is None or row.first_at <= as_of:
            yield row


def in_stock(
    connection: Connection, school_id: int, as_of: datetime, *by: Any, only: tuple[Any, ...] = ()
) -> Counter[tuple[Any, ...]]:
    """Copies in stock at a moment, neither lost nor written off.

    Args:
        connection: To the records.
        school_id: Whose copies.
        as_of: What changed later is taken back.
        by: Columns of `Copy`, `Edition` and `Kho` to count by.
        only: What else a copy must be.
    """
    counted = _of_copies(*by, func.count()).where(Copy.school_id == school_id, *only)
    now = counted.where(Copy.state.in_(IN_STOCK)).group_by(*by)
    counts = Counter({tuple(row[:-1]): row[-1] for row in connection.execute(now)})
    then = changed_since(connection, school_id, as_of)
    if then:
        later = (Copy.school_id == school_id, Copy.id.in_(changed_copies(school_id, as_of)))
        for copy_id, state, *key in connection.execute(
            _of_copies(Copy.id, Copy.state, *by).where(*later, *only)
        ):
            counts[tuple(key)] += (then[copy_id] in IN_STOCK) - (state in IN_STOCK)
    return counts


def changed_copies(school_id: int, as_of: datetime) -> Any:
    """The copies whose state has changed since a moment."""
    later = (CopyChange.school_id == school_id, CopyChange.changed_at > as_of)
    return select(CopyChange.copy_id).where(*later, CopyChange.reason.not_in(ABOUT_PLACE))


def changed_since(
    connection: Connection, school_id: int, as_of: datetime
) -> dict[UUID, CopyState | None]:
    """What those copies were at a moment that have changed since; None where not there yet."""
    asked = select(
        CopyChange.copy_id, CopyChange.changed_at, CopyChange.state, CopyChange.reason
    ).where(
        CopyChange.school_id == school_id,
        CopyChange.reason.not_in(ABOUT_PLACE),
        CopyChange.copy_id.in_(changed_copies(school_id, as_of)),
    )
    then: dict[UUID, CopyState | None] = {}
    for row in connection.execute(asked.order_by(CopyChange.changed_at, CopyChange.id)):
        if row.changed_at <= as_of:
            then[row.copy_id] = row.state
        else:  # what changed only later was on its shelf until then
            before = None if row.reason in BEGINNINGS else CopyState.AVAILABLE
            then.setdefault(row.copy_id, before)
    return then


def came_on(row: Any) -> date | None:
    """The day a copy came into the books."""
    entered: date | None = row.entered_on
    if entered is not None:
        return entered
    return None if row.first_at is None else local_day(row.first_at)


def left_on(row: Any) -> date | None:
    """The day it was written off; None while it is in the books."""
    if row.gone_at is None and (row.exit_id is None or row.ever_gone_at is not None):
        return None
    exited: date | None = row.exited_on
    return local_day(row.gone_at) if exited is None else exited


def lent_at(connection: Connection, school_id: int, moment: datetime) -> set[UUID]:
    """The copies that were with readers or a partner library at a moment."""
    out = select(Loan.copy_id).where(
        Loan.school_id == school_id,
        Loan.lent_at <= moment,
        Loan.returned_at.is_(None) | (Loan.returned_at > moment),
        ~Loan.disputed,
    )
    of_loan = and_(
        PartnerLoan.school_id == PartnerLoanLine.school_id,
        PartnerLoan.id == PartnerLoanLine.partner_loan_id,
    )
    away = (
        select(PartnerLoanLine.copy_id)
        .join(PartnerLoan, of_loan)
        .where(
            PartnerLoanLine.school_id == school_id,
            PartnerLoanLine.copy_id.is_not(None),
            PartnerLoan.made_at <= moment,
            PartnerLoanLine.back_at.is_(None) | (PartnerLoanLine.back_at > moment),
        )
    )
    lent: set[UUID] = set(connection.execute(out).scalars())
    return lent.union(one for one in connection.execute(away).scalars() if one is not None)


def handed_in(
    connection: Connection, school_id: int, since: datetime, until: datetime
) -> set[UUID]:
    """The copies that readers or partner libraries brought back after a moment, up to another."""
    back = select(Loan.copy_id).where(
        Loan.school_id == school_id,
        Loan.returned_at > since,
        Loan.returned_at <= until,
        NEVER_UNDONE,
        ~Loan.disputed,
    )
    from_partners = select(PartnerLoanLine.copy_id).where(
        PartnerLoanLine.school_id == school_id,
        PartnerLoanLine.copy_id.is_not(None),
        PartnerLoanLine.back_at > since,
        PartnerLoanLine.back_at <= until,
    )
    both = (*connection.execute(back).scalars(), *connection.execute(from_partners).scalars())
    return {one for one in both if one is not None}


def column_of(kho: str, register: str) -> str:
    """The column of the general register that the copies of a kho count in."""
    word = register or kho
    return _COLUMN.get(word, word)


_LOT = (
    Copy.edition_id,
    Copy.kho,
    Copy.entry_id,
    Copy.exit_id,
    Kho.register,
    func.coalesce(Copy.price_vnd, Edition.price_vnd, 0).label("price"),
    Edition.document_type,
    _Entry.entered_on.label("entered_on"),
    _Exit.entered_on.label("exited_on"),
)
_COPY = (Copy.id, Copy.number, *_LOT)
_TITLE = (
    Copy.accession,
    Copy.original_number,
    Copy.shelf,
    Kho.name.label("kho_name"),
    Edition.title,
    Edition.volume,
    full_title().label("full_title"),
    Edition.authors,
    Edition.place,
    Edition.publisher,
    Edition.year,
    Edition.class_19,
    Edition.class_number,
    _Entry.serial.label("entry_serial"),
    _Entry.source.label("entry_source"),
    _Exit.number.label("exit_number"),
    _Exit.dated_on.label("exit_dated_on"),
    _Exit.reason.label("exit_reason"),
)


def _of_copies(*told: Any) -> Any:
    """Something of each copy, its edition and its kho."""
    return select(*told).select_from(Copy).join(Edition, OF_EDITION).join(Kho, OF_KHO)


def _named(found: CursorResult[Any]) -> Iterator[Any]:
    """Rows as tuples of names: of a `Row` a value by name takes ten times as long."""
    return map(_tuple_of("StockRow", found.keys())._make, found)


def _together(school_id: int, as_of: datetime) -> Any:
    """How many copies of each title came at one price, and went, by the same papers."""
    changes = _changes(school_id, as_of)
    whose = (
        *(Copy.edition_id, Copy.kho, Copy.price_vnd, Copy.entry_id, Copy.exit_id),
        *(Kho.register, Edition.price_vnd, Edition.document_type),
        *(_Entry.entered_on, _Exit.entered_on, *_times(changes)),
    )
    return (
        select(*_LOT, *_times(changes), func.count().label("copies"))
        .select_from(Copy)
        .join(Edition, OF_EDITION)
        .join(Kho, OF_KHO)
        .outerjoin(_Entry, _OF_ENTRY)
        .outerjoin(_Exit, _OF_EXIT)
        .outerjoin(changes, changes.c.copy_id == Copy.id)
        .where(Copy.school_id == school_id)
        .group_by(*whose)
    )


def _state(changes: Any, as_of: datetime) -> Any:
    """A copy's state at the moment; what changed only later was on its shelf until then.

    The newest change known then is looked up for those alone that changed since: joined to every
    copy it took twenty seconds where the database had not counted its changes lately.
    """
    known = (
        select(CopyChange.state)
        .where(
            CopyChange.school_id == Copy.school_id,
            CopyChange.copy_id == Copy.id,
            CopyChange.changed_at <= as_of,
            CopyChange.reason.not_in(ABOUT_PLACE),
        )
        .order_by(CopyChange.changed_at.desc(), CopyChange.id.desc())
        .limit(1)
        .correlate(Copy)
        .scalar_subquery()
    )
    on_shelf = literal(CopyState.AVAILABLE, Copy.state.type)
    has_changed_since = changes.c.newest_at > as_of
    then = func.coalesce(known, on_shelf)
    return case((has_changed_since, then), else_=Copy.state).label("state")


def _changes(school_id: int, as_of: datetime) -> Any:
    """When each copy was entered, and when it was written off: ever, and as far as known."""
    changed = CopyChange.changed_at
    began = case((CopyChange.reason.in_(BEGINNINGS), changed))
    gone = case((CopyChange.state == CopyState.WITHDRAWN, changed))
    known = case(((CopyChange.state == CopyState.WITHDRAWN) & (changed <= as_of), changed))
    of_state = case((CopyChange.reason.not_in(ABOUT_PLACE), changed))
    return (
        select(
            CopyChange.copy_id,
            func.max(of_state).label("newest_at"),
            func.min(began).label("first_at"),
            func.max(gone).label("ever_gone_at"),
            func.max(known).label("gone_at"),
        )
        .where(CopyChange.school_id == school_id)
        .group_by(CopyChange.copy_id)
        .subquery()
    )


def _times(changes: Any) -> tuple[Any, ...]:
    return changes.c.first_at, changes.c.ever_gone_at, changes.c.gone_at


def _counts(row: Any) -> bool:
    is_press = column_of(row.kho, row.register) == PERIODICALS
    return not is_press and row.document_type not in NOT_ENTERED


def _item(row: Any) -> Item:
    came, left = came_on(row), left_on(row)
    if came is not None and left is not None:
        left = max(came, left)  # a voucher dated before the copy came would upset every balance
    vouchers = (row.entry_id, row.exit_id)
    column = column_of(row.kho, row.register)
    return Item(row.edition_id, column, row.price, *vouchers, came, left)


def _within(day: date | None, since: date, until: date) -> bool:
    return day is not None and since <= day <= until
