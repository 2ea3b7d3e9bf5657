"""The accession registers: vouchers, numbers, the steps of a new copy, writing off, counting.

A number is given once and for ever; copies are never deleted, only written off with a voucher.
Keeps out how registers are printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, insert, select, update

from db.catalogue_reader import OPEN_LOAN
from db.identifiers import AccessionNumber
from db.ids import new_id
from db.library import Act, Library
from db.loan_rows import LoanRows
from db.models import Copy, CopyChange, SkippedNumber, Stocktake, StocktakeSight, Voucher
from db.outcomes import Refusal, Refused
from db.states import PROCESS_STEPS, CaseKind, CopyState, VoucherKind
from db.sync.messages import CaseOpened, CopyChanged


@dataclass(frozen=True, slots=True)
class VoucherEntry:
    """What the general register says of a voucher."""

    kind: VoucherKind
    source: str = ""
    reason: str = ""
    number: str = ""
    dated_on: date | None = None
    donor: str = ""
    note: str = ""
    serial: int | None = None
    """The school's own number; None for the next one."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Copies that came in together."""

    edition_id: UUID
    kho: str
    copies: int
    voucher_id: UUID | None = None
    price_vnd: int | None = None
    """In đồng; None where unknown."""
    state: CopyState = CopyState.RECEIVED


@dataclass(frozen=True, slots=True)
class Tally:
    """How a count of the stock stands."""

    on_books: int
    seen: int
    on_loan: int
    """With readers or a partner library."""
    missing: tuple[AccessionNumber, ...]
    """Neither seen nor on loan: not verified until the count is closed."""
    unexpected: tuple[AccessionNumber, ...]
    """Seen, though written off or lost."""


class Register:
    """The registers of one school."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._rows = LoanRows(library.school_id)

    def enter_voucher(self, entry: VoucherEntry) -> UUID:
        """Write a line of the general register; its serial runs on for ever."""
        with self._library.act() as act:
            return enter_voucher(act, entry)

    def take_in(self, intake: Intake) -> tuple[AccessionNumber, ...]:
        """Give new copies their numbers, which follow the last ever given in their kho."""
        with self._library.act() as act:
            return tuple(accession for accession, _ in take_in(act, intake))

    def process(
        self, accession: AccessionNumber, author: str, to: CopyState | None = None
    ) -> CopyState | Refused:
        """Take a new copy to its next step, or to a later one at once; the last is the shelf."""
        with self._library.act() as act:
            copy = self._rows.copy(act.connection, accession)
            if copy is None:
                return Refused(Refusal.UNKNOWN_COPY, accession)
            if copy.state not in PROCESS_STEPS[:-1]:
                return Refused(Refusal.NOT_READY, accession, title=copy.title)
            step = to or PROCESS_STEPS[PROCESS_STEPS.index(copy.state) + 1]
            _change(act, copy, step, "processed", author)
        return step

    def process_all(self, state: CopyState, author: str) -> int:
        """Take every copy that stands at a step to the next one, and say how many did."""
        step = PROCESS_STEPS[PROCESS_STEPS.index(state) + 1]
        done = 0
        with self._library.act() as act:
            here = (Copy.school_id == act.school_id, Copy.state == state)
            asked = select(Copy.accession).where(*here).order_by(Copy.kho, Copy.number)
            for accession in act.connection.execute(asked).scalars().all():
                copy = self._rows.copy(act.connection, accession)
                if copy is not None and copy.state is state:  # not where another was faster
                    _change(act, copy, step, "processed", author)
                    done += 1
        return done

    def write_off(
        self, accessions: Sequence[AccessionNumber], voucher_id: UUID, author: str
    ) -> tuple[Refused, ...]:
        """Take copies out of the stock on a voucher; those on loan stay, and are told."""
        refused = []
        with self._library.act() as act:
            for accession in accessions:
                copy = self._rows.copy(act.connection, accession)
                refusal = _why_not_write_off(copy)
                if copy is None or refusal is not None:
                    refused.append(Refused(refusal or Refusal.UNKNOWN_COPY, accession))
                    continue
                _change(act, copy, CopyState.WITHDRAWN, "written off", author)
                which = and_(Copy.school_id == act.school_id, Copy.id == copy.id)
                act.connection.execute(update(Copy).where(which).values(exit_id=voucher_id))
        return tuple(refused)

    def skip(self, kho: str, numbers: Iterable[int], reason: str) -> None:
        """Say that numbers will never be used (số bỏ)."""
        with self._library.act() as act:
            row = {"school_id": act.school_id, "kho": kho, "reason": reason}
            rows = [{**row, "number": number} for number in numbers]
            act.connection.execute(insert(SkippedNumber), rows)

    def gaps(self, kho: str) -> tuple[int, ...]:
        """Numbers up to the last one that no copy has and nobody said to skip."""
        with self._library.act() as act:
            used = _numbers(act, Copy, kho) | _numbers(act, SkippedNumber, kho)
        return tuple(number for number in range(1, max(used, default=0)) if number not in used)

    def begin_stocktake(self, name: str) -> UUID:
        """Begin a count of the stock as of now."""
        with self._library.act() as act:
            stocktake_id = new_id()
            row = {"id": stocktake_id, "name": name, "as_of": act.now}
            act.connection.execute(insert(Stocktake).values(school_id=act.school_id, **row))
        return stocktake_id

    def see(self, stocktake_id: UUID, accession: AccessionNumber, seen_by: str) -> bool:
        """Note that a copy is here, and say whether that is news; False also if it is unknown."""
        with self._library.act() as act:
            copy = self._rows.copy(act.connection, accession)
            if copy is None or _is_seen(act, stocktake_id, copy.id):
                return False
            sight = {"stocktake_id": stocktake_id, "copy_id": copy.id}
            how = {"seen_at": act.now, "seen_by": seen_by}
            row = {"school_id": act.school_id, **sight, **how}
            act.connection.execute(insert(StocktakeSight).values(row))
        return True

    def tally(self, stocktake_id: UUID) -> Tally:
        """Compare what was seen with the registers."""
        with self._library.act() as act:
            return _tally(act, stocktake_id)

    def close_stocktake(self, stocktake_id: UUID, author: str) -> Tally:
        """End a count: what is missing from the shelves is lost from now on."""
        with self._library.act() as act:
            tally = _tally(act, stocktake_id)
            for accession in tally.missing:
                copy = self._rows.copy(act.connection, accession)
                if copy is not None:
                    _lose(act, copy)
            which = and_(Stocktake.school_id == act.school_id, Stocktake.id == stocktake_id)
            act.connection.execute(update(Stocktake).where(which).values(closed_at=act.now))
        return tally


def enter_voucher(act: Act, entry: VoucherEntry) -> UUID:
    """Write a line of the general register in a transaction that has begun."""
    own = (Voucher.school_id == act.school_id, Voucher.kind == entry.kind)
    last = act.connection.execute(select(func.max(Voucher.serial)).where(*own)).scalar()
    voucher_id = new_id()
    row = asdict(entry) | {"serial": entry.serial or (last or 0) + 1}
    made = {"school_id": act.school_id, "id": voucher_id, "entered_on": act.today}
    act.connection.execute(insert(Voucher).values(**made, **row))
    return voucher_id


def take_in(act: Act, intake: Intake) -> tuple[tuple[AccessionNumber, UUID], ...]:
    """Give new copies their numbers in a transaction that has begun; each with its identity."""
    kho = act.rules.kho[intake.kho]
    first = _last_number(act, intake.kho) + 1
    same = {
        "school_id": act.school_id,
        "kho": intake.kho,
        "edition_id": intake.edition_id,
        "state": intake.state,
        "entry_id": intake.voucher_id,
        "price_vnd": intake.price_vnd,
    }
    numbers = range(first, first + intake.copies)
    taken = tuple((AccessionNumber(kho.accession(number)), new_id()) for number in numbers)
    rows = [
        {**same, "id": copy_id, "number": number, "accession": accession}
        for number, (accession, copy_id) in zip(numbers, taken, strict=True)
    ]
    act.connection.execute(insert(Copy), rows)
    act.connection.execute(insert(CopyChange), [_first_change(act, row) for row in rows])
    return taken


def _first_change(act: Act, row: dict[str, Any]) -> dict[str, Any]:
    change = {"school_id": act.school_id, "id": new_id(), "copy_id": row["id"]}
    return {**change, "changed_at": act.now, "state": row["state"], "reason": "received"}


def _change(act: Act, copy: Any, state: CopyState, reason: str, author: str) -> None:
    fact = CopyChanged(
        change_id=new_id(),
        state=state,
        corner_id=copy.corner_id,
        reason=reason,
        author=author,
        copy_id=copy.id,
        accession=copy.accession,
        at=act.now,
    )
    act.record(fact)


def _lose(act: Act, copy: Any) -> None:
    fact = CaseOpened(
        case_id=new_id(),
        kind=CaseKind.LOST,
        state=CopyState.LOST,
        copy_id=copy.id,
        accession=copy.accession,
        at=act.now,
    )
    act.record(fact)


def _why_not_write_off(copy: Any) -> Refusal | None:
    if copy is None:
        return Refusal.UNKNOWN_COPY
    if copy.loan_id is not None:
        return Refusal.ON_LOAN
    gone = copy.state in (CopyState.WITHDRAWN, CopyState.AWAY)
    return Refusal.NOT_READY if gone else None


def _last_number(act: Act, kho: str) -> int:
    return max(_numbers(act, Copy, kho) | _numbers(act, SkippedNumber, kho), default=0)


def _numbers(act: Act, table: Any, kho: str) -> set[int]:
    asked = select(table.number).where(table.school_id == act.school_id, table.kho == kho)
    return set(act.connection.execute(asked).scalars())


def _seen(act: Act, stocktake_id: UUID) -> set[UUID]:
    sights = select(StocktakeSight.copy_id).where(
        StocktakeSight.school_id == act.school_id, StocktakeSight.stocktake_id == stocktake_id
    )
    return set(act.connection.execute(sights).scalars())


def _is_seen(act: Act, stocktake_id: UUID, copy_id: UUID) -> bool:
    key = {"stocktake_id": stocktake_id, "copy_id": copy_id, "school_id": act.school_id}
    found = select(StocktakeSight.copy_id).filter_by(**key)
    return act.connection.execute(found).first() is not None


def _tally(act: Act, stocktake_id: UUID) -> Tally:
    seen = _seen(act, stocktake_id)
    lent = exists().where(OPEN_LOAN)
    copies = act.connection.execute(
        select(Copy.id, Copy.accession, Copy.state, lent.label("on_loan"))
        .where(Copy.school_id == act.school_id)
        .order_by(Copy.accession)
    ).all()
    gone = (CopyState.WITHDRAWN, CopyState.LOST)
    stock = [copy for copy in copies if copy.state not in gone]
    absent = [copy for copy in stock if copy.id not in seen]
    lost = [copy for copy in absent if not copy.on_loan and copy.state is not CopyState.AWAY]
    return Tally(
        on_books=len(stock),
        seen=len(stock) - len(absent),
        on_loan=len(absent) - len(lost),
        missing=tuple(AccessionNumber(copy.accession) for copy in lost),
        unexpected=tuple(
            AccessionNumber(copy.accession)
            for copy in copies
            if copy.id in seen and copy.state in gone
        ),
    )
