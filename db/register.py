"""The accession registers: vouchers, numbers, the steps of a new copy, transfers, writing off.

A number is given once and for ever; copies are never deleted, only written off with a voucher.
Keeps out how registers are printed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, insert, select, union_all, update

from db.identifiers import AccessionNumber
from db.ids import new_id
from db.library import Act, Library
from db.loan_rows import LoanRows
from db.models import (
    Copy,
    CopyChange,
    Edition,
    LossCase,
    SetPlace,
    SkippedNumber,
    Voucher,
    WeedingLine,
    WeedingList,
)
from db.outcomes import Refusal, Refused
from db.prepared import Fields
from db.states import PROCESS_STEPS, CopyState, LendingMode, VoucherKind
from db.sync.messages import CopyChanged
from db.weeding_limits import TRANSFERRED


@dataclass(frozen=True, slots=True)
class VoucherEntry:
    """What the general register says of a voucher."""

    kind: VoucherKind
    source: str = ""
    reason: str = ""
    number: str = ""
    dated_on: date | None = None
    donor: str = ""
    donor_id: UUID | None = None
    """The reader who gave, so that their name goes when they are erased."""
    note: str = ""
    serial: int | None = None
    """The school's own number; None for the next one."""
    stated_copies: int | None = None
    stated_vnd: int | None = None
    """What the paper says that it adds up to; None where it says nothing."""


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
class Transferred:
    """What became of titles that were to go to another kho."""

    moved: tuple[tuple[str, str], ...]
    """Old and new number of each copy."""
    refused: tuple[Refused, ...]
    exit_id: UUID | None = None
    entry_id: UUID | None = None


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
        with self._library.act() as act:
            told = [take_out(act, self._rows, one, voucher_id, author) for one in accessions]
        return tuple(one for one in told if one is not None)

    def transfer(
        self, edition_ids: Sequence[UUID], kho: str, to: str, author: str, note: str = ""
    ) -> Transferred:
        """Let titles of one kho go on in another: out on one voucher, in on another.

        Each copy gets a number of its new kho and remembers its old one, under which it stays
        in the old register. What is not on its shelf stays and is told, and so does what an
        open case, a weeding list or a set laid ready knows by its number.
        """
        with self._library.act() as act:
            copies = _copies_of(act, self._rows, edition_ids, kho)
            bound = _bound(act, [copy.id for copy in copies])
            stay = [(copy, _why_not_transfer(copy, copy.id in bound)) for copy in copies]
            goes = [copy for copy, why in stay if why is None]
            refused = tuple(Refused(why, copy.accession) for copy, why in stay if why is not None)
            if not goes:
                return Transferred((), refused)
            out = VoucherEntry(VoucherKind.EXIT, reason=TRANSFERRED, note=note)
            into = VoucherEntry(VoucherKind.ENTRY, source=TRANSFERRED, note=note)
            vouchers = enter_voucher(act, out), enter_voucher(act, into)
            moved = _move(act, goes, to, vouchers, author)
            _turn_editions(act, {copy.edition_id for copy in goes}, to)
        return Transferred(moved, refused, *vouchers)

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


def take_out(
    act: Act, rows: LoanRows, accession: AccessionNumber, voucher_id: UUID, author: str
) -> Refused | None:
    """Take one copy out of the stock on a voucher; why not, if it cannot go."""
    copy = may_go(act, rows, accession)
    if isinstance(copy, Refused):
        return copy
    _withdraw(act, copy, "written off", voucher_id, author)
    return None


def may_go(act: Act, rows: LoanRows, accession: AccessionNumber) -> Refused | Fields:
    """A copy that can be taken out of the stock, held until the act ends; why not, if it cannot."""
    copy = rows.copy(act.connection, accession)
    refusal = _why_not_write_off(copy)
    if copy is None or refusal is not None:
        return Refused(refusal or Refusal.UNKNOWN_COPY, accession)
    return copy


def _withdraw(act: Act, copy: Any, reason: str, voucher_id: UUID, author: str) -> None:
    _change(act, copy, CopyState.WITHDRAWN, reason, author)
    which = and_(Copy.school_id == act.school_id, Copy.id == copy.id)
    act.connection.execute(update(Copy).where(which).values(exit_id=voucher_id))


def _copies_of(act: Act, rows: LoanRows, edition_ids: Sequence[UUID], kho: str) -> list[Any]:
    there = (
        select(Copy.accession)
        .where(
            Copy.school_id == act.school_id,
            Copy.edition_id.in_(edition_ids),
            Copy.kho == kho,
            Copy.state != CopyState.WITHDRAWN,
        )
        .order_by(Copy.number)
    )
    return [rows.copy(act.connection, one) for one in act.connection.execute(there).scalars()]


def _bound(act: Act, copy_ids: Collection[UUID]) -> set[UUID]:
    """Copies whose number stands in an open case, on a weeding list or beside a pupil's name."""
    on_list = and_(
        WeedingList.school_id == WeedingLine.school_id, WeedingList.id == WeedingLine.weeding_id
    )
    open_list = (WeedingList.dropped_at.is_(None), WeedingList.done_at.is_(None))
    asked = union_all(
        _copies_in(act, LossCase, copy_ids).where(LossCase.settled_at.is_(None)),
        _copies_in(act, WeedingLine, copy_ids).join(WeedingList, on_list).where(*open_list),
        _copies_in(act, SetPlace, copy_ids),
    )
    return set(act.connection.scalars(asked))


def _copies_in(act: Act, table: Any, copy_ids: Collection[UUID]) -> Select[tuple[UUID]]:
    return select(table.copy_id).where(
        table.school_id == act.school_id, table.copy_id.in_(copy_ids)
    )


def _why_not_transfer(copy: Any, is_bound: bool) -> Refusal | None:
    if copy.loan_id is not None:
        return Refusal.ON_LOAN
    if copy.hold_id is not None:
        return Refusal.KEPT_FOR_ANOTHER
    elsewhere = copy.state in (CopyState.LOST, CopyState.AWAY) or copy.corner_id is not None
    return Refusal.NOT_READY if elsewhere or is_bound else None


def _move(
    act: Act, copies: list[Any], to: str, vouchers: tuple[UUID, UUID], author: str
) -> tuple[tuple[str, str], ...]:
    """Give each copy a row and a number in its new kho; loans of the past stay with the old."""
    exit_id, entry_id = vouchers
    which = (Copy.school_id == act.school_id, Copy.id.in_([copy.id for copy in copies]))
    old = {row.id: row for row in act.connection.execute(select(Copy.__table__).where(*which))}
    first = _last_number(act, to) + 1
    rows = []
    for number, copy in enumerate(copies, first):
        _withdraw(act, copy, TRANSFERRED, exit_id, author)
        same = old[copy.id]._asdict() | {"corner_id": None, "exit_id": None, "shelf": "", "row": ""}
        named = {"id": new_id(), "kho": to, "number": number, "original_number": copy.accession}
        own = {"accession": act.rules.kho[to].accession(number), "entry_id": entry_id}
        rows.append({**same, **named, **own})
    act.connection.execute(insert(Copy), rows)
    act.connection.execute(insert(CopyChange), [_first_change(act, row) for row in rows])
    return tuple((row["original_number"], row["accession"]) for row in rows)


def _turn_editions(act: Act, edition_ids: Collection[UUID], to: str) -> None:
    """Let titles be entered in another kho from now on, and lent as its books are."""
    which = (Edition.school_id == act.school_id, Edition.id.in_(edition_ids))
    act.connection.execute(update(Edition).where(*which).values(kho=to))
    sets = update(Edition).where(*which, Edition.lending == LendingMode.TEXTBOOK_SET)
    act.connection.execute(sets.values(lending=LendingMode.TAKE_HOME))


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
