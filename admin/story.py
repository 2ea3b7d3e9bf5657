"""What became of one copy, folded from all that was told of it. No database, no HTTP.

Kiosks work apart and report in any order, so facts may contradict each other; none is refused
(design invariant 4), for the book has left the room or lies on the returns shelf. A copy's story
is therefore told in the order in which things happened, not in which they were heard: by
corrected time, then kiosk, then number in its stream. Whatever arrives when, the end is the same.

* the copy is on loan to the same patron: one loan goes on, due on the later day (nobody's slip
  may promise too much); the other ends as it began;
* it is on loan to another patron: the later loan stands and the earlier ends when that began; where
  the two clocks cannot tell which was later, the second to be told is disputed. Either way the
  librarian is asked;
* a return ends every loan of the copy that began before it, and the one it names in any case: the
  book is here, whichever loan its kiosk knew of;
* a copy being read at a table is nobody's: its loan ends when another begins;
* a return that ends nothing waits for a loan that is told later, one for each kiosk; scanning a
  copy again that was taken in here last is no return;
* what was taken back at once never was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from db.states import DiscrepancyKind, DueReason, LoanKind, Verdict
from db.sync.messages import CopyLent, CopyReturned, DueMoved, LoanUndone, ReturnUndone

LoanFact = CopyLent | CopyReturned | LoanUndone | ReturnUndone | DueMoved
"""Every fact that a copy's story is made of."""


@dataclass(frozen=True, slots=True)
class Told:
    """One fact about a copy, and where it stands among the others."""

    at: datetime
    kiosk_id: UUID
    incarnation: UUID
    seq: int
    event_id: UUID
    fact: LoanFact
    spread_s: int = 0

    @property
    def place(self) -> tuple[datetime, UUID, UUID, int]:
        """Its place in the order in which things happened."""
        return self.at, self.kiosk_id, self.incarnation, self.seq


@dataclass(slots=True)
class LoanTold:
    """A loan as the story leaves it."""

    id: UUID
    patron_id: UUID
    kind: LoanKind
    lent_at: datetime
    due: date
    returned_at: datetime | None = None
    handed_in_by: UUID | None = None
    disputed: bool = False
    told: Told | None = None
    """What told of it; None for one that no kiosk did."""

    @property
    def is_open(self) -> bool:
        """Whether the copy is still out on it."""
        return self.returned_at is None

    def end(self, at: datetime) -> None:
        """End it, if that has not happened."""
        if self.returned_at is None:
            self.returned_at = at


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something for the librarian."""

    kind: DiscrepancyKind
    told: Told
    loan_id: UUID | None = None
    other_loan_id: UUID | None = None


@dataclass(slots=True)
class Story:
    """One copy's loans, as far as the story has been told."""

    loans: dict[UUID, LoanTold] = field(default_factory=dict)
    verdicts: dict[UUID, Verdict] = field(default_factory=dict)
    twice: list[Contradiction] = field(default_factory=list)
    unmatched: dict[UUID, Contradiction] = field(default_factory=dict)
    """Of each kiosk the last return that ended nothing."""
    _joined: dict[UUID, UUID] = field(default_factory=dict)
    _last: Told | None = None

    @property
    def contradictions(self) -> list[Contradiction]:
        """What does not fit."""
        return [*self.twice, *self.unmatched.values()]

    def is_plain(self, told: Told) -> bool:
        """Whether a fact follows so plainly that nothing told before need be looked at again."""
        out = [loan for loan in self.loans.values() if loan.returned_at is None]
        match fact := told.fact:
            case CopyLent():
                return fact.loan_id not in self.loans and not out
            case CopyReturned():
                return len(out) == 1 and fact.loan_id in (None, out[0].id)
        return False

    def tell(self, told: Told) -> None:
        """Go on with the story."""
        match fact := told.fact:
            case CopyLent():
                self.verdicts[told.event_id] = self._lend(told, fact)
            case CopyReturned():
                self.verdicts[told.event_id] = self._take_back(told, fact)
            case DueMoved():
                self.verdicts[told.event_id] = self._move_due(fact)
        self._last = told

    def _lend(self, told: Told, fact: CopyLent) -> Verdict:
        if fact.loan_id in self.loans:
            return Verdict.DUPLICATE
        loan = loan_of(told, fact)
        current = self._current()
        self.loans[loan.id] = loan
        if current is not None and current.kind is LoanKind.IN_LIBRARY:
            current.end(max(current.lent_at, loan.lent_at))
        elif current is not None and current.patron_id == loan.patron_id:
            current.due = max(current.due, loan.due)
            loan.end(loan.lent_at)
            self._joined[loan.id] = current.id
        elif current is not None:
            self._contest(told, loan, current)
            return Verdict.APPLIED_WITH_DISCREPANCY
        return Verdict.APPLIED

    def _contest(self, told: Told, loan: LoanTold, current: LoanTold) -> None:
        if current.told is not None and _may_be_otherwise(current.told, told):
            loan.disputed = True
        else:
            current.end(max(current.lent_at, loan.lent_at))
        kind = DiscrepancyKind.LENT_TWICE
        self.twice.append(Contradiction(kind, told, loan.id, current.id))
        if current.told is not None:
            self.verdicts[current.told.event_id] = Verdict.APPLIED_WITH_DISCREPANCY

    def _take_back(self, told: Told, fact: CopyReturned) -> Verdict:
        ended = [loan for loan in self.loans.values() if loan.is_open]
        for loan in ended:
            loan.end(fact.returned_at)
            if loan.id == fact.loan_id:
                loan.handed_in_by = fact.handed_in_by
        if ended:
            self.unmatched.pop(told.kiosk_id, None)
            return Verdict.APPLIED
        explained = fact.found or fact.settled or fact.loan_id in self.loans
        if not (explained or self._is_idle(told)):
            kind = DiscrepancyKind.RETURN_UNMATCHED
            self.unmatched[told.kiosk_id] = Contradiction(kind, told, fact.loan_id)
        return Verdict.RECORDED_ONLY

    def _is_idle(self, told: Told) -> bool:
        """Whether a kiosk that took the copy in last merely scans it again."""
        last = self._last
        return last is not None and (
            isinstance(last.fact, CopyReturned) and last.kiosk_id == told.kiosk_id
        )

    def _move_due(self, fact: DueMoved) -> Verdict:
        loan = self.loans.get(self._joined.get(fact.loan_id, fact.loan_id))
        if loan is None:
            return Verdict.RECORDED_ONLY
        recalled = fact.reason is DueReason.RECALLED
        loan.due = fact.new_due if recalled else max(loan.due, fact.new_due)
        return Verdict.APPLIED

    def _current(self) -> LoanTold | None:
        """The copy's open and undisputed loan; there is one at most."""
        out = (loan for loan in self.loans.values() if loan.is_open and not loan.disputed)
        return next(out, None)


def story_of(told: Iterable[Told], own: Sequence[LoanTold] = ()) -> Story:
    """Tell a copy's whole story.

    Args:
        told: All that kiosks told of it, in any order.
        own: Loans that no kiosk told of (entered or imported at the hub), as they began.
    """
    facts = sorted(told, key=lambda one: one.place)
    undone = {one.fact.loan_id for one in facts if isinstance(one.fact, LoanUndone)}
    taken_back = _returns_taken_back(facts)
    story = Story()
    lent = {one.fact.loan_id for one in facts if isinstance(one.fact, CopyLent)} - undone
    waiting: dict[UUID, list[Told]] = defaultdict(list)
    beginnings = sorted(own, key=lambda loan: (loan.lent_at, loan.id))
    for one in facts:
        while beginnings and beginnings[0].lent_at <= one.at:
            _begin_own(story, beginnings.pop(0))
        fact = one.fact
        if one.event_id in taken_back:
            story.verdicts[one.event_id] = Verdict.APPLIED
        elif isinstance(fact, CopyLent) and fact.loan_id in undone:
            _never_was(story, one, fact)
        elif _is_early(story, fact, lent):
            waiting[_named(fact)].append(one)
        else:
            story.tell(one)
            for later in waiting.pop(fact.loan_id, ()) if isinstance(fact, CopyLent) else ():
                story.tell(later)
    for loan in beginnings:
        _begin_own(story, loan)
    _judge_undoings(story, facts)
    return story


def loan_of(told: Told, fact: CopyLent) -> LoanTold:
    """A loan as it begins."""
    who = (fact.loan_id, fact.patron_id, fact.kind)
    return LoanTold(*who, lent_at=fact.lent_at, due=fact.due, told=told)


def _is_early(story: Story, fact: Any, lent: set[UUID]) -> bool:
    """Whether a clock put a fact before the loan that it names, which must have come first."""
    if isinstance(fact, CopyLent | LoanUndone | ReturnUndone):
        return False
    return fact.loan_id in lent and fact.loan_id not in story.loans


def _named(fact: LoanFact) -> UUID:
    assert fact.loan_id is not None
    return fact.loan_id


def _returns_taken_back(facts: Sequence[Told]) -> set[UUID]:
    """The returns that were undone: of each loan named, the kiosk's last before that."""
    taken_back: set[UUID] = set()
    last: dict[tuple[UUID, UUID], list[UUID]] = defaultdict(list)
    for one in facts:
        match one.fact:
            case CopyReturned(loan_id=UUID() as loan_id):
                last[one.kiosk_id, loan_id].append(one.event_id)
            case ReturnUndone(loan_id=loan_id) if last[one.kiosk_id, loan_id]:
                taken_back.add(last[one.kiosk_id, loan_id].pop())
    return taken_back


def _never_was(story: Story, told: Told, fact: CopyLent) -> None:
    if fact.loan_id in story.loans:
        story.verdicts[told.event_id] = Verdict.DUPLICATE
        return
    story.loans[fact.loan_id] = replace(loan_of(told, fact), returned_at=fact.lent_at)
    story.verdicts[told.event_id] = Verdict.APPLIED


def _begin_own(story: Story, loan: LoanTold) -> None:
    current = story._current()
    story.loans.setdefault(loan.id, loan)
    if current is not None and loan.is_open:
        current.end(max(current.lent_at, loan.lent_at))


def _judge_undoings(story: Story, facts: Sequence[Told]) -> None:
    for one in facts:
        if isinstance(one.fact, LoanUndone | ReturnUndone):
            story.verdicts[one.event_id] = _verdict_of(story, one.fact.loan_id)


def _verdict_of(story: Story, loan_id: UUID) -> Verdict:
    if any(loan_id in (one.loan_id, one.other_loan_id) for one in story.twice):
        return Verdict.APPLIED_WITH_DISCREPANCY
    return Verdict.APPLIED if loan_id in story.loans else Verdict.RECORDED_ONLY


def _may_be_otherwise(earlier: Told, later: Told) -> bool:
    """Whether two kiosks' clocks leave open which of two facts came first."""
    spread = timedelta(seconds=earlier.spread_s + later.spread_s)
    return earlier.kiosk_id != later.kiosk_id and later.at - earlier.at < spread
