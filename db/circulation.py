"""Identify, lend, take back, renew, undo: each one transaction. Keeps out devices and wording.

Every act reads the facts, decides by `db.rules`, and writes loan, outbox event and slip in
one fsynced transaction that held the write lock from its first read. What returns from here
is on disk: the screen may turn green (design invariant 1).

A loan is two reads and three writes by prepared statements (`db.loan_rows`, decision 0004);
what the school has laid down is in memory (`db.rulebook`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, and_, func, select

from db import holds
from db.clock import SCHOOL_ZONE, Clock
from db.identifiers import (
    AccessionNumber,
    CardNumber,
    Code,
    MalformedCode,
    UnknownCode,
    rank,
    read_code,
)
from db.ids import new_id, new_slip_number
from db.library import Act, Library
from db.loan_rows import Borrower, LoanRows
from db.losses import find_if_lost, move_due
from db.models import Card, Copy, DueChange, Loan
from db.outcomes import (
    CheckedOut,
    ConditionSeen,
    OpenLoan,
    OverrideBy,
    PatronKnown,
    Refusal,
    Refused,
    Renewable,
    Renewed,
    Returned,
    Undone,
)
from db.prepared import Fields
from db.rulebook import Rulebook
from db.rules import (
    OVERRIDABLE,
    CopyFacts,
    LoanFacts,
    PatronFacts,
    days_overdue,
    due_date,
    renewable_from,
    renewed_due_date,
    why_not_lend,
    why_not_now,
    why_not_read_here,
    why_not_renew,
)
from db.states import (
    CopyState,
    DueReason,
    LendingMode,
    LoanKind,
    PatronStatus,
    ReceiptState,
)
from db.sync.messages import (
    ConditionTold,
    CopyLent,
    CopyReturned,
    LoanUndone,
    OverrideTold,
    ReturnUndone,
)


@dataclass(frozen=True, slots=True)
class Lending:
    """How one copy is to be lent, apart from who and what."""

    kind: LoanKind = LoanKind.TAKE_HOME
    set_loan_id: UUID | None = None
    condition: ConditionSeen | None = None
    override: OverrideBy | None = None


class Circulation:
    """The lending desk of one school, on one database."""

    def __init__(self, engine: Engine, school_id: int, clock: Clock) -> None:
        self.library = Library(engine, school_id, clock)
        self.rows = LoanRows(school_id)
        self._engine = engine
        self._school_id = school_id

    def school_name(self) -> str | None:
        """The school's name; None in a database that was never filled."""
        with self._engine.begin() as connection:
            rules = self.library.rulebook.newest(connection)
        return None if rules is None else rules.school_name

    def read_code(self, text: str) -> Code:
        """Say what a scanned text is by the school's own kho, also one added just now."""
        code = read_code(text, self.library.rulebook.prefixes)
        if not isinstance(code, (MalformedCode, UnknownCode)):
            return code
        with self._engine.begin() as connection:
            self.library.rulebook.newest(connection)
        return read_code(text, self.library.rulebook.prefixes)

    @property
    def undo_s(self) -> int:
        """Seconds in which the last act can be taken back, as the rules were last read."""
        return self.library.rulebook.choices.undo_s

    def rank(self, text: str) -> int:
        """How much a code in view matters (`db.identifiers.rank`); asks no database."""
        return rank(text, self.library.rulebook.prefixes)

    def identify(self, card: CardNumber) -> PatronKnown | Refused:
        """Say whose card this is and what they hold."""
        now = self.library.now()
        with self._engine.begin() as connection:
            found = self.rows.card(connection, card)
            if found is None:
                return Refused(Refusal.UNKNOWN_CARD, card)
            borrower = self.rows.borrower(connection, found.patron_id)
            if found.revoked or borrower.status is PatronStatus.LEFT:
                return Refused(Refusal.CARD_REVOKED, card)
            if borrower.blocked:
                return Refused(Refusal.PATRON_BLOCKED, card)
            act = self.library.act_in(connection, now, borrower.rules_version)
            loans = self.rows.loans(connection, borrower.id)
            known = _patron_known(borrower, card, act.rules, loans, act.today)
            ready = holds.ready_for(act, borrower.id)
        return replace(known, ready=ready, no_lending=_no_lending(act, borrower))

    def check_out(
        self,
        patron: PatronKnown,
        accession: AccessionNumber,
        visit_id: UUID | None = None,
        condition: ConditionSeen | None = None,
        override: OverrideBy | None = None,
    ) -> CheckedOut | Refused:
        """Lend one copy. Loan, outbox event and slip commit together or not at all.

        Args:
            patron: Who takes it, as `identify` said.
            accession: The copy's number.
            visit_id: The visit at a station, whose slip it belongs to.
            condition: What was seen of the copy as it left.
            override: A librarian's word, where the rules say no.
        """
        how = Lending(condition=condition, override=override)
        return self._check_out(patron, accession, visit_id, how)

    def read_here(
        self, patron: PatronKnown, accession: AccessionNumber, visit_id: UUID | None = None
    ) -> CheckedOut | Refused:
        """Note that a copy is read in the library; it ends with the session."""
        return self._check_out(patron, accession, visit_id, Lending(LoanKind.IN_LIBRARY))

    def check_in(
        self,
        accession: AccessionNumber,
        visit_id: UUID | None = None,
        giver: UUID | None = None,
        condition: ConditionSeen | None = None,
    ) -> Returned | Refused:
        """Take one copy back, whoever brings it. Always recorded: the book is in the tray.

        Args:
            accession: The copy's number.
            visit_id: The visit at a station, whose slip it belongs to.
            giver: The patron who hands it in, where that is known (trả hộ).
            condition: What was seen of the copy as it came.
        """
        now = self.library.now()
        with self._engine.begin() as connection:
            copy = self.rows.copy(connection, accession)
            if copy is None:
                return Refused(Refusal.UNKNOWN_COPY, accession)
            act = self.library.act_in(connection, now, copy.rules_version)
            outcome = self._take_back(act, copy, giver, condition)
            if visit_id is not None:
                self._open_slip(connection, visit_id, now)
        return outcome

    def renew(
        self,
        patron: PatronKnown,
        accession: AccessionNumber,
        at_desk: bool = False,
        visit_id: UUID | None = None,
    ) -> Renewed | Refused:
        """Let a patron keep one of their loans longer.

        Args:
            patron: Whose loan it is, as `identify` said.
            accession: The copy's number.
            at_desk: Whether the librarian has the copy before them.
            visit_id: The visit at a station, whose slip it belongs to.
        """
        now = self.library.now()
        with self._engine.begin() as connection:
            copy = self.rows.copy(connection, accession)
            if copy is None:
                return Refused(Refusal.UNKNOWN_COPY, accession)
            act = self.library.act_in(connection, now, copy.rules_version)
            could = self._could_renew(act, patron, copy, at_desk)
            if isinstance(could, Refused):
                return could
            move_due(act, copy, could.due, DueReason.RENEWED)
            if visit_id is not None:
                self._open_slip(connection, visit_id, now)
            return Renewed(copy.loan_id, copy.accession, copy.title, could.due)

    def could_renew(self, patron: PatronKnown, accession: AccessionNumber) -> Renewable | Refused:
        """Say until when a patron could keep one of their loans, or why not; writes nothing."""
        with self.library.act() as act:
            copy = self.rows.copy(act.connection, accession)
            if copy is None:
                return Refused(Refusal.UNKNOWN_COPY, accession)
            return self._could_renew(act, patron, copy, at_desk=False)

    def undo(self, outcome: CheckedOut | Returned) -> Undone | Refused:
        """Take back the last act at the station, within the seconds the school allows."""
        now = self.library.now()
        too_late = Refused(Refusal.UNDO_TOO_LATE, outcome.accession, title=outcome.title)
        with self._engine.begin() as connection:
            copy = self.rows.copy(connection, outcome.accession)
            if copy is None:
                return Refused(Refusal.UNKNOWN_COPY, outcome.accession)
            act = self.library.act_in(connection, now, copy.rules_version)
            began = outcome.lent_at if isinstance(outcome, CheckedOut) else outcome.returned_at
            if now - began > timedelta(seconds=act.rules.choices.undo_s):
                return too_late
            undone = (
                self._undo_loan(act, copy, outcome)
                if isinstance(outcome, CheckedOut)
                else self._undo_return(act, copy, outcome)
            )
        return Undone(outcome.accession, outcome.title) if undone else too_late

    def close_reading(self) -> int:
        """End the in-library loans whose session is over, and say how many."""
        with self.library.act() as act:
            reading = act.connection.execute(
                select(Loan.id, Loan.copy_id, Loan.lent_at, Copy.accession)
                .join(Copy, and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id))
                .where(
                    Loan.school_id == act.school_id,
                    Loan.kind == LoanKind.IN_LIBRARY,
                    Loan.returned_at.is_(None),
                )
            ).all()
            over = [
                (row, ended_at)
                for row in reading
                if (ended_at := _session_end(act.rules, row.lent_at)) <= act.now
            ]
            for row, ended_at in over:
                self._end_reading(act, row.id, row.copy_id, row.accession, ended_at)
        return len(over)

    def lend(
        self, act: Act, patron: PatronKnown, copy: Fields, due: date, how: Lending
    ) -> CheckedOut:
        """Write one loan in the caller's transaction; what may be lent is decided already."""
        return self._lend(act, patron, copy, due, None, how)

    def take_back(self, act: Act, copy: Fields) -> Returned:
        """End a copy's loan in the caller's transaction."""
        return self._take_back(act, copy, None, None)

    def look_up(self, patron_id: UUID) -> PatronKnown:
        """A patron who is known without their card, with the newest card that is not revoked."""
        with self.library.act() as act:
            borrower = self.rows.borrower(act.connection, patron_id)
            loans = self.rows.loans(act.connection, patron_id)
            newest = (
                select(Card.number)
                .where(Card.school_id == act.school_id, Card.patron_id == patron_id, ~Card.revoked)
                .order_by(Card.issued_at.desc(), Card.number)
            )
            card = act.connection.execute(newest.limit(1)).scalar() or ""
        return _patron_known(borrower, CardNumber(card), act.rules, loans, act.today)

    def _check_out(
        self, patron: PatronKnown, accession: AccessionNumber, visit_id: UUID | None, how: Lending
    ) -> CheckedOut | Refused:
        now = self.library.now()
        with self._engine.begin() as connection:
            copy = self.rows.copy(connection, accession)
            if copy is None:
                return Refused(Refusal.UNKNOWN_COPY, accession)
            borrower = self.rows.borrower(connection, patron.patron_id)
            act = self.library.act_in(connection, now, borrower.rules_version)
            facts = borrower.facts(act.rules, copy.kho, act.today)
            refusal = _why_not(act, borrower, facts, copy, how)
            if refusal is not None and not (how.override and refusal in OVERRIDABLE):
                return _refused(act, refusal, facts, copy)
            if copy.kind is LoanKind.IN_LIBRARY:
                # Somebody left it on a table, and here it is in another's hands.
                self._end_reading(act, copy.loan_id, copy.id, copy.accession, now)
            due = _due(act, borrower, copy, how)
            return self._lend(act, patron, copy, due, visit_id, how, refusal)

    def _lend(
        self,
        act: Act,
        patron: PatronKnown,
        copy: Fields,
        due: date,
        visit_id: UUID | None,
        how: Lending,
        refusal: Refusal | None = None,
    ) -> CheckedOut:
        loan = {
            "copy_id": copy.id,
            "patron_id": patron.patron_id,
            "visit_id": visit_id,
            "kind": how.kind,
            "set_loan_id": how.set_loan_id,
            "lent_at": act.now,
            "due": due,
        }
        loan_id = new_id()
        self.rows.lend(act.connection, id=loan_id, **loan)
        fact = CopyLent(
            loan_id=loan_id,
            accession=copy.accession,
            card=patron.card,
            hold_id=holds.fulfilled_by(act, copy, patron.patron_id),
            override=_override_told(how.override, refusal),
            condition=_condition_told(how.condition),
            **loan,
        )
        act.fold.go_with_loan(fact)
        act.tell(fact)
        if visit_id is not None:
            self._open_slip(act.connection, visit_id, act.now)
        return CheckedOut(loan_id, copy.accession, copy.title, copy.authors, act.now, due, how.kind)

    def _take_back(
        self, act: Act, copy: Fields, giver: UUID | None, condition: ConditionSeen | None
    ) -> Returned:
        handed_in_by = giver if giver != copy.patron_id else None
        if copy.loan_id is not None:
            self.rows.close(act.connection, copy.loan_id, act.now, handed_in_by)
        kept = holds.keep_for_next(act, copy)
        fact = CopyReturned(
            loan_id=copy.loan_id,
            copy_id=copy.id,
            accession=copy.accession,
            returned_at=act.now,
            handed_in_by=handed_in_by if copy.loan_id is not None else None,
            kept=kept,
            found=copy.state is CopyState.LOST,
            condition=_condition_told(condition),
        )
        act.fold.go_with_return(fact)
        act.tell(fact)
        found = find_if_lost(act, copy)
        unusable = copy.state not in (CopyState.AVAILABLE, CopyState.LOST)
        wanted = kept is not None
        to_desk = found or wanted or condition is not None or unusable
        return replace(_returned(copy, act, was_lost=found, to_desk=to_desk), is_wanted=wanted)

    def _could_renew(
        self, act: Act, patron: PatronKnown, copy: Fields, at_desk: bool
    ) -> Renewable | Refused:
        if copy.patron_id != patron.patron_id or copy.kind is LoanKind.IN_LIBRARY:
            return Refused(Refusal.RENEW_NOT_YOURS, copy.accession, title=copy.title)
        policy = act.rules.policy(patron.category, copy.kho, act.today)
        wanted = holds.is_wanted(act, copy.edition_id)
        loan = LoanFacts(copy.due, _renewals(act, copy.loan_id), wanted)
        refusal = why_not_renew(loan, policy, act.today, at_desk)
        due = renewed_due_date(loan, policy, act.rules.calendar, patron.category, act.today)
        if refusal is None and due <= loan.due:
            refusal = Refusal.RENEW_RECALLED
        if refusal is not None:
            day = renewable_from(loan, policy) if refusal is Refusal.RENEW_TOO_EARLY else None
            return Refused(refusal, copy.accession, title=copy.title, day=day)
        return Renewable(copy.accession, copy.title, due)

    def _undo_loan(self, act: Act, copy: Fields, outcome: CheckedOut) -> bool:
        if copy.loan_id != outcome.loan_id:
            return False
        act.record(
            LoanUndone(
                loan_id=outcome.loan_id,
                hold_id=holds.collected_by(act, copy, outcome.lent_at),
                copy_id=copy.id,
                accession=copy.accession,
                at=act.now,
            )
        )
        return True

    def _undo_return(self, act: Act, copy: Fields, outcome: Returned) -> bool:
        if outcome.loan_id is None or outcome.was_lost or copy.loan_id is not None:
            return False
        act.record(
            ReturnUndone(
                loan_id=outcome.loan_id,
                hold_id=copy.hold_id,
                copy_id=copy.id,
                accession=copy.accession,
                at=act.now,
            )
        )
        return True

    def _end_reading(
        self, act: Act, loan_id: UUID, copy_id: UUID, accession: str, at: datetime
    ) -> None:
        self.rows.close(act.connection, loan_id, at)
        act.tell(
            CopyReturned(loan_id=loan_id, copy_id=copy_id, accession=accession, returned_at=at)
        )

    def _open_slip(self, connection: Connection, visit_id: UUID, now: datetime) -> None:
        job = {"visit_id": visit_id, "slip_number": new_slip_number(), "started_at": now}
        self.rows.open_slip(connection, **job, state=ReceiptState.COLLECTING, reason="")


def _why_not(
    act: Act, borrower: Borrower, facts: PatronFacts, copy: Fields, how: Lending
) -> Refusal | None:
    asked = _copy_facts(copy, borrower.id, act.today)
    if how.kind is LoanKind.IN_LIBRARY:
        return why_not_read_here(facts, asked)
    policy = act.rules.policy(borrower.category, copy.kho, act.today)
    moment = act.rules.moment(borrower.category, act.now, borrower.homeroom)
    return why_not_lend(facts, asked, policy, moment)


def _due(act: Act, borrower: Borrower, copy: Fields, how: Lending) -> date:
    if how.kind is LoanKind.IN_LIBRARY:
        return act.today
    policy = act.rules.policy(borrower.category, copy.kho, act.today)
    return due_date(policy, act.rules.calendar, borrower.category, act.today)


def _copy_facts(copy: Fields, patron_id: UUID, today: date) -> CopyFacts:
    reading = copy.kind is LoanKind.IN_LIBRARY
    own = copy.patron_id == patron_id
    kept = copy.hold_id is not None and copy.keep_until >= today
    return CopyFacts(
        state=copy.state,
        lending=LendingMode.REFERENCE if copy.in_library_only else copy.lending,
        on_loan=copy.loan_id is not None and not reading,
        on_loan_to_patron=own,
        kept_for_another=kept and copy.held_for != patron_id,
    )


def _refused(act: Act, refusal: Refusal, facts: PatronFacts, copy: Fields) -> Refused:
    count = facts.overdue_loans if refusal is Refusal.HAS_OVERDUE else facts.open_loans
    day = _lends_again(act) if refusal is Refusal.CLOSED_NOW else None
    return Refused(refusal, copy.accession, count, copy.title, day)


def _no_lending(act: Act, borrower: Borrower) -> Refused | None:
    """Why nothing at all is lent at this moment."""
    refusal = why_not_now(act.rules.moment(borrower.category, act.now, borrower.homeroom))
    if refusal is None:
        return None
    return Refused(refusal, day=_lends_again(act) if refusal is Refusal.CLOSED_NOW else None)


def _lends_again(act: Act) -> date | None:
    again = act.rules.calendar.lends_again(act.now)
    return None if again is None else again.date()


def _patron_known(
    borrower: Borrower,
    card: CardNumber,
    rules: Rulebook,
    loans: Sequence[Fields],
    today: date,
) -> PatronKnown:
    general = rules.policy(borrower.category, "", today)
    apart = sum(
        rules.policy(borrower.category, loan.kho, today).counts_with != general.counts_with
        for loan in borrower.held
    )
    return PatronKnown(
        borrower.id,
        card,
        borrower.name,
        borrower.homeroom,
        borrower.category,
        today,
        tuple(OpenLoan(row.accession, row.title, row.due, row.kind) for row in loans),
        general.max_loans + apart,
    )


def _returned(copy: Fields, act: Act, was_lost: bool, to_desk: bool) -> Returned:
    lent = copy.loan_id is not None and copy.kind is not LoanKind.IN_LIBRARY
    return Returned(
        copy.accession,
        copy.title,
        copy.authors,
        act.now,
        was_on_loan=copy.loan_id is not None,
        days_overdue=days_overdue(copy.due, act.today) if lent else 0,
        loan_id=copy.loan_id,
        was_lost=was_lost,
        to_desk=to_desk,
    )


def _renewals(act: Act, loan_id: UUID) -> int:
    counted = select(func.count()).where(
        DueChange.school_id == act.school_id,
        DueChange.loan_id == loan_id,
        DueChange.reason == DueReason.RENEWED,
    )
    return act.connection.execute(counted).scalar_one()


def _session_end(rules: Rulebook, lent_at: datetime) -> datetime:
    return rules.calendar.session_end(lent_at.astimezone(SCHOOL_ZONE))


def _override_told(override: OverrideBy | None, refusal: Refusal | None) -> OverrideTold | None:
    """A librarian's word, where it was needed."""
    if override is None or refusal is None:
        return None
    return OverrideTold(refusal=refusal.value, reason=override.reason, author=override.author)


def _condition_told(seen: ConditionSeen | None) -> ConditionTold | None:
    if seen is None:
        return None
    return ConditionTold(note_id=new_id(), damage=seen.damage, note=seen.note)
