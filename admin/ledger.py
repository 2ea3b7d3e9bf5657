"""Enters what a batch told into the school's records. Keeps out streams, verdicts kept, and HTTP.

Most facts follow plainly on what is there: a copy that was in goes out, one that was out comes
in. The rest, which arrive late or contradict each other, have their copy's whole story told anew
(`admin.story`) and the records brought to how it ends. Both ways end alike, so nobody need know
in which order kiosks reported.

A batch is read in a few statements, folded in memory, and written in a few: event by event a
batch of 500 took 1.4 s. What else facts tell, of copies, holds, cases, sets and crates, is folded
in as at the kiosk (`db.folding`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, and_, bindparam, exists, func, insert, or_, select, update

from admin.story import Contradiction, LoanFact, LoanTold, Story, Told, story_of
from admin.timing import Placed, as_it_happened
from db.folding import Fold
from db.models import Copy, Discrepancy, Loan, Patron, ReceivedEvent, SetLoan
from db.prepared import Prepared, PreparedAbout
from db.states import DiscrepancyKind, Verdict
from db.sync.messages import (
    CopyLent,
    CopyReturned,
    DueMoved,
    Fact,
    LoanUndone,
    ReturnUndone,
    SetLent,
)

ACCESSION_LENGTH = 16
"""Characters a discrepancy keeps of an accession number; ours are shorter."""

_FACT: TypeAdapter[Fact] = TypeAdapter(Fact)
_LOAN_FACTS = ("copy-lent", "copy-returned", "loan-undone", "return-undone", "due-moved")
_SET_ASIDE = (Verdict.QUARANTINED, Verdict.DUPLICATE)
_LEND = Prepared(insert(Loan), [column.name for column in Loan.__table__.columns])
_CHANGE = Prepared(
    update(Loan)
    .where(Loan.school_id == bindparam("of_school"), Loan.id == bindparam("of_loan"))
    .values(
        due=bindparam("new_due"),
        returned_at=bindparam("end"),
        handed_in_by=bindparam("giver"),
        disputed=bindparam("is_disputed"),
    )
)
_SCHOOL: Any = bindparam("of_school")


def _here(table: Any) -> PreparedAbout:
    of_school = table.school_id == _SCHOOL
    return PreparedAbout(lambda named: select(table.id).where(of_school, named(table.id)))


_COPIES, _PEOPLE, _SETS = _here(Copy), _here(Patron), _here(SetLoan)
_HOLD_COPIES = PreparedAbout(
    lambda named: (
        select(Copy.id)
        .where(Copy.school_id == _SCHOOL, named(Copy.id))
        .order_by(Copy.id)
        .with_for_update()
    )
)
_OF_LOAN = (
    Loan.id,
    Loan.patron_id,
    Loan.kind,
    Loan.lent_at,
    Loan.due,
    Loan.returned_at,
    Loan.handed_in_by,
    Loan.disputed,
)
_LOANS = select(Loan.copy_id, *_OF_LOAN).where(Loan.school_id == _SCHOOL)
_LOANS_OF = PreparedAbout(lambda named: _LOANS.where(named(Loan.copy_id)))
_LOANS_NAMED = PreparedAbout(lambda named: _LOANS.where(named(Loan.id)))
_IS_OUT_ON = and_(
    Loan.school_id == Copy.school_id, Loan.copy_id == Copy.id, Loan.returned_at.is_(None)
)
_TOLD_LAST = (
    select(func.max(ReceivedEvent.sorted_at))
    .where(ReceivedEvent.school_id == Copy.school_id, ReceivedEvent.copy_id == Copy.id)
    .scalar_subquery()
)
_IS_ASKED_ABOUT = exists().where(
    Discrepancy.school_id == Copy.school_id,
    Discrepancy.copy_id == Copy.id,
    Discrepancy.settled_at.is_(None),
)
_COPIES_KNOWN = PreparedAbout(
    lambda named: (
        select(
            Copy.id.label("copy_id"),
            _TOLD_LAST.label("newest"),
            _IS_ASKED_ABOUT.label("is_asked_about"),
            *_OF_LOAN,
        )
        .join_from(Copy, Loan, _IS_OUT_ON, isouter=True)
        .where(Copy.school_id == _SCHOOL, named(Copy.id))
    )
)
_HEARD = Prepared(
    select(ReceivedEvent.__table__).where(
        ReceivedEvent.school_id == _SCHOOL,
        ReceivedEvent.copy_id == bindparam("of_copy"),
        or_(*(ReceivedEvent.type == kind for kind in _LOAN_FACTS)),
        and_(*(ReceivedEvent.verdict != verdict for verdict in _SET_ASIDE)),
    )
)
_ASKED_OF_COPY = Prepared(
    select(Discrepancy.__table__).where(
        Discrepancy.school_id == _SCHOOL, Discrepancy.copy_id == bindparam("of_copy")
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a batch: what it told, and where it stands in time."""

    event_id: UUID
    seq: int
    fact: Fact
    placed: Placed


class Ledger:
    """One school's records as a batch of a kiosk's stream changes them, in one transaction."""

    def __init__(
        self,
        connection: Connection,
        school_id: int,
        kiosk_id: UUID,
        incarnation: UUID,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._school_id = school_id
        self._kiosk_id = kiosk_id
        self._incarnation = incarnation
        self._now = now
        self._fold = Fold(connection, school_id)
        self._noted: set[UUID] = set()

    def enter(self, entries: Sequence[Entry]) -> dict[int, Verdict]:
        """Enter a batch, and say by an event's number what it came to."""
        verdicts = {e.seq: self._begin_set(e) for e in entries if isinstance(e.fact, SetLent)}
        known = self._known(entries)
        for entry in entries:
            fact = entry.fact
            if isinstance(fact, LoanFact):
                verdicts[entry.seq] = Verdict.RECORDED_ONLY
                copy = known.copies.get(fact.copy_id)
                if copy is not None and known.has_people_of(fact):
                    copy.told.append(self._told(entry, fact))
                else:
                    self._note_unknown(entry)
        verdicts |= self._go_on(known)
        for entry in entries:
            if not isinstance(entry.fact, SetLent):
                self._fold_in(entry, verdicts)
        return verdicts

    def _begin_set(self, entry: Entry) -> Verdict:
        return self._unless_unknown(entry, self._fold.enter(entry.fact))  # type: ignore[arg-type]

    def _fold_in(self, entry: Entry, verdicts: dict[int, Verdict]) -> None:
        """Enter what goes with a fact about a loan, or a fact about something else."""
        fact, verdict = entry.fact, verdicts.get(entry.seq)
        match fact:
            case CopyLent() if verdict in (Verdict.APPLIED, Verdict.APPLIED_WITH_DISCREPANCY):
                self._fold.go_with_loan(fact)
            case CopyReturned() if self._has_copy(entry):
                self._fold.go_with_return(fact)
            case DueMoved() | LoanUndone() | ReturnUndone():
                if not self._fold.go_with_change(fact):
                    verdicts[entry.seq] = self._note_unknown(entry)
            case CopyLent() | CopyReturned():
                pass
            case _:
                verdicts[entry.seq] = self._unless_unknown(entry, self._fold.enter(fact))

    def _has_copy(self, entry: Entry) -> bool:
        fact = entry.fact
        assert isinstance(fact, CopyReturned)
        is_more = bool(fact.kept or fact.condition)
        return is_more and fact.copy_id in self._here(_COPIES, {fact.copy_id})

    def _go_on(self, known: _Known) -> dict[int, Verdict]:
        verdicts: dict[int, Verdict] = {}
        fresh: list[LoanTold] = []
        changed: list[LoanTold] = []
        for copy_id, copy in known.copies.items():
            if not copy.told:
                continue
            before = copy.loans
            story = None if copy.is_asked_about else _plainly(copy)
            if story is None:
                story, before = self._tell_anew(copy_id, copy.told)
            for one in copy.told:
                verdicts[one.seq] = story.verdicts[one.event_id]
            for identity, loan in story.loans.items():
                had = before.get(identity)
                if had is None:
                    fresh.append(loan)
                elif _state(loan) != _state(had):
                    changed.append(loan)
        self._write(fresh, changed, known)
        return verdicts

    def _tell_anew(
        self, copy_id: UUID, facts: Sequence[Told]
    ) -> tuple[Story, dict[UUID, LoanTold]]:
        """A copy's whole story with these facts, and its loans as the records have them."""
        before = {loan.id: loan for _, loan in self._loans(_LOANS_OF, {copy_id})}
        heard = [*self._heard(copy_id), *facts]
        own = _loans_of_ours(before, heard)
        story = story_of(heard, own)
        self._ask_the_librarian(copy_id, story)
        return story, before

    def _heard(self, copy_id: UUID) -> list[Told]:
        """All that was told of a copy's loans before this batch."""
        rows = _HEARD.all(self._connection, of_school=self._school_id, of_copy=copy_id)
        facts = [(row, _read(row)) for row in rows]
        lent = {fact.patron_id for _, fact in facts if isinstance(fact, CopyLent)}
        people = self._here(_PEOPLE, lent)
        return [
            Told(
                *(row.sorted_at, row.kiosk_id, row.incarnation, row.seq, row.event_id),
                fact,
                row.spread_s,
            )
            for row, fact in facts
            if fact is not None
            and not (isinstance(fact, CopyLent) and fact.patron_id not in people)
        ]

    def _told(self, entry: Entry, fact: LoanFact) -> Told:
        placed = entry.placed
        where = (placed.sorted_at, self._kiosk_id, self._incarnation, entry.seq, entry.event_id)
        return Told(*where, fact, placed.spread_s)

    def _known(self, entries: Sequence[Entry]) -> _Known:
        """What the records have of everything that a batch speaks of."""
        facts = [entry.fact for entry in entries if isinstance(entry.fact, LoanFact)]
        lent = [fact for fact in facts if isinstance(fact, CopyLent)]
        copies = self._copies({fact.copy_id for fact in facts})
        named = {fact.loan_id for fact in facts if fact.loan_id is not None}
        for copy in copies.values():
            named.difference_update(copy.loans)  # most that a return names are open
        for copy_id, loan in self._loans(_LOANS_NAMED, named):
            if copy_id in copies:
                copies[copy_id].loans[loan.id] = loan
        return _Known(
            copies=copies,
            people=self._here(_PEOPLE, {fact.patron_id for fact in lent}),
            sets=self._here(
                _SETS, {fact.set_loan_id for fact in lent if fact.set_loan_id is not None}
            ),
        )

    def _copies(self, copy_ids: set[UUID]) -> dict[UUID, _CopyKnown]:
        """Those of the copies that are known."""
        if self._connection.dialect.name == "postgresql":
            self._about(_HOLD_COPIES, copy_ids)  # batches take turns at them; a file has one writer
        copies: dict[UUID, _CopyKnown] = {}
        for row in self._about(_COPIES_KNOWN, copy_ids):
            copy = copies.get(row.copy_id)
            if copy is None:
                copy = copies[row.copy_id] = _CopyKnown(row.newest, bool(row.is_asked_about))
            if row.id is not None:
                copy.loans[row.id] = LoanTold(*row[-len(_OF_LOAN) :])
        return copies

    def _here(self, asked: PreparedAbout, identities: Collection[UUID]) -> set[UUID]:
        """Those of the identities that are known."""
        return {row.id for row in self._about(asked, identities)}

    def _about(self, asked: PreparedAbout, named: Collection[UUID]) -> list[Any]:
        return asked.all(self._connection, named, of_school=self._school_id)

    def _loans(self, asked: PreparedAbout, named: Collection[UUID]) -> list[tuple[UUID, LoanTold]]:
        return [(row.copy_id, LoanTold(*row[1:])) for row in self._about(asked, named)]

    def _write(self, fresh: list[LoanTold], changed: list[LoanTold], known: _Known) -> None:
        """Bring the records to how the stories end; what ends goes first, for one is open."""
        for loans in (
            [loan for loan in changed if not loan.is_open or loan.disputed],
            [loan for loan in changed if loan.is_open and not loan.disputed],
        ):
            rows = [_as_changed(loan) for loan in loans]
            _CHANGE.run_each(self._connection, rows, of_school=self._school_id)
        rows = [_as_row(loan, known) for loan in fresh]
        _LEND.run_each(self._connection, rows, school_id=self._school_id)

    def _ask_the_librarian(self, copy_id: UUID, story: Story) -> None:
        """Note what does not fit in a copy's story; what does fit by now settles itself."""
        wanted = {_identity(one): one for one in story.contradictions}
        rows = _ASKED_OF_COPY.all(self._connection, of_school=self._school_id, of_copy=copy_id)
        there = {row.id: row for row in rows}
        for identity, one in wanted.items():
            row = there.get(identity)
            if row is None:
                self._note(identity, one.kind, one.told, one.loan_id, one.other_loan_id)
            elif row.event_id != one.told.event_id or (row.settled_at and row.outcome is None):
                told = {"event_id": one.told.event_id, "happened_at": _when(one.told)}
                self._change(identity, settled_at=None, outcome=None, **told)
        for identity, row in there.items():
            if row.kind is DiscrepancyKind.UNKNOWN_TO_HUB:
                fits = story.verdicts.get(row.event_id) is Verdict.APPLIED
            else:
                fits = identity not in wanted
            if fits and row.settled_at is None:
                self._change(identity, settled_at=self._now)

    def _unless_unknown(self, entry: Entry, known: bool) -> Verdict:
        return Verdict.APPLIED if known else self._note_unknown(entry)

    def _note_unknown(self, entry: Entry) -> Verdict:
        if entry.event_id in self._noted:
            return Verdict.RECORDED_ONLY
        self._noted.add(entry.event_id)
        identity = uuid5(entry.event_id, DiscrepancyKind.UNKNOWN_TO_HUB)
        told = Told(
            *(entry.placed.sorted_at, self._kiosk_id, self._incarnation, entry.seq, entry.event_id),
            entry.fact,  # type: ignore[arg-type]
        )
        self._note(identity, DiscrepancyKind.UNKNOWN_TO_HUB, told)
        return Verdict.RECORDED_ONLY

    def _note(
        self,
        identity: UUID,
        kind: DiscrepancyKind,
        told: Told,
        loan_id: UUID | None = None,
        other_loan_id: UUID | None = None,
    ) -> None:
        row = {
            "school_id": self._school_id,
            "id": identity,
            "kind": kind,
            "accession": getattr(told.fact, "accession", "")[:ACCESSION_LENGTH],
            "kiosk_id": told.kiosk_id,
            "incarnation": told.incarnation,
            "event_id": told.event_id,
            "happened_at": _when(told),
            "copy_id": getattr(told.fact, "copy_id", None),
            "loan_id": loan_id,
            "other_loan_id": other_loan_id,
        }
        self._connection.execute(insert(Discrepancy).values(row))

    def _change(self, identity: UUID, **to: Any) -> None:
        whose = (Discrepancy.school_id == self._school_id, Discrepancy.id == identity)
        self._connection.execute(update(Discrepancy).where(*whose).values(to))


@dataclass(slots=True)
class _CopyKnown:
    """What the records have of one copy, and what a batch tells of it."""

    newest: datetime | None
    """The newest moment told of it."""
    is_asked_about: bool
    """Whether something waits for the librarian, or for a loan to explain it."""
    loans: dict[UUID, LoanTold] = field(default_factory=dict)
    """The open ones, and those named."""
    told: list[Told] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the records have of everything that a batch speaks of."""

    copies: dict[UUID, _CopyKnown]
    people: set[UUID]
    sets: set[UUID]

    def has_people_of(self, fact: Fact) -> bool:
        """Whether the reader of a loan is known."""
        return not isinstance(fact, CopyLent) or fact.patron_id in self.people


def _plainly(copy: _CopyKnown) -> Story | None:
    """The story gone on with, where facts follow plainly on what is there; None where not."""
    story = Story({identity: _copy(loan) for identity, loan in copy.loans.items()})
    newest = copy.newest
    for one in copy.told:
        if (newest is not None and one.at <= newest) or not story.is_plain(one):
            return None
        story.tell(one)
        newest = one.at
    return story


def _as_changed(loan: LoanTold) -> dict[str, Any]:
    return {
        "of_loan": loan.id,
        "end": loan.returned_at,
        "giver": loan.handed_in_by,
        "new_due": loan.due,
        "is_disputed": loan.disputed,
    }


def _as_row(loan: LoanTold, known: _Known) -> dict[str, Any]:
    assert loan.told is not None
    fact = loan.told.fact
    assert isinstance(fact, CopyLent)
    return {
        "id": loan.id,
        "copy_id": fact.copy_id,
        "patron_id": loan.patron_id,
        "visit_id": fact.visit_id,
        "kind": loan.kind,
        "set_loan_id": fact.set_loan_id if fact.set_loan_id in known.sets else None,
        "lent_at": loan.lent_at,
        "due": loan.due,
        "returned_at": loan.returned_at,
        "handed_in_by": loan.handed_in_by,
        "disputed": loan.disputed,
        "kiosk_id": loan.told.kiosk_id,
    }


def _copy(loan: LoanTold) -> LoanTold:
    return LoanTold(*_identity_of(loan), *_state(loan))


def _identity_of(loan: LoanTold) -> tuple[Any, ...]:
    return loan.id, loan.patron_id, loan.kind, loan.lent_at


def _state(loan: LoanTold) -> tuple[Any, ...]:
    return loan.due, loan.returned_at, loan.handed_in_by, loan.disputed


def _loans_of_ours(before: dict[UUID, LoanTold], heard: Iterable[Told]) -> list[LoanTold]:
    """Loans that no kiosk told of, as they were before any kiosk's return ended them."""
    told = {one.fact.loan_id for one in heard if isinstance(one.fact, CopyLent)}
    ends = {one.fact.returned_at for one in heard if isinstance(one.fact, CopyReturned)}
    ends |= {one.fact.lent_at for one in heard if isinstance(one.fact, CopyLent)}
    own = []
    for loan in before.values():
        if loan.id not in told:
            due, end, giver, disputed = _state(loan)
            state = (due, None, None, disputed) if end in ends else (due, end, giver, disputed)
            own.append(LoanTold(*_identity_of(loan), *state))
    return own


def _read(row: Any) -> LoanFact | None:
    """A fact as it was told, its time corrected as when it came."""
    try:
        fact = _FACT.validate_python({**row.payload, "type": row.type})
    except ValidationError:
        return None
    assert isinstance(fact, LoanFact)
    moved = as_it_happened(fact, row.shift_s)
    assert isinstance(moved, LoanFact)
    return moved


def _identity(one: Contradiction) -> UUID:
    """A discrepancy's name: of a kiosk's idle scans of one copy there is one."""
    if one.kind is DiscrepancyKind.RETURN_UNMATCHED:
        return uuid5(one.told.kiosk_id, f"{one.kind} {one.told.fact.copy_id}")
    return uuid5(one.told.event_id, one.kind)


def _when(told: Told) -> datetime:
    at: datetime = getattr(told.fact, "at", told.at)
    return at
