"""Identify, lend, take back: each one transaction. Keeps out devices, wording and the visit.

Every act reads the facts, decides by `db.rules`, and writes loan, outbox event and slip in
one fsynced transaction that held the write lock from its first read. What returns from here
is on disk: the screen may turn green (design invariant 1).

Statements are SQLAlchemy Core over the typed tables, built once: measured at twice the time
of raw sqlite3 with FULL durability, where the ORM takes six times (sync report, C1).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    Row,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from db import outbox
from db.clock import Clock, local_day
from db.identifiers import AccessionNumber, CardNumber
from db.ids import new_id, new_slip_number
from db.models import (
    Card,
    ClosedDay,
    Copy,
    Edition,
    Loan,
    Patron,
    Policy,
    RecallDay,
    ReceiptJob,
    School,
    full_title,
)
from db.outcomes import (
    CheckedOut,
    OpenLoan,
    PatronCategory,
    PatronKnown,
    Refusal,
    Refused,
    Returned,
)
from db.rules import (
    Calendar,
    CopyFacts,
    LoanPolicy,
    PatronFacts,
    days_overdue,
    due_date,
    why_not_lend,
)
from db.states import ReceiptState, Season
from db.sync.messages import CopyLent, CopyReturned

Fields = Row[*tuple[Any, ...]]
"""A row of a statement below, its columns by name."""

_SCHOOL: BindParameter[int] = bindparam("school_id")

_SCHOOL_NAME = select(School.name).where(School.id == _SCHOOL)
_CARD = select(Card.patron_id, Card.revoked).where(
    Card.school_id == _SCHOOL, Card.number == bindparam("number")
)
_PATRON = (
    select(
        Patron.name,
        Patron.homeroom,
        Patron.category,
        Patron.blocked,
        Policy.max_loans,
        Policy.loan_days,
        Policy.blocked_by_overdue,
    )
    .join(
        Policy,
        (Policy.school_id == Patron.school_id)
        & (Policy.category == Patron.category)
        & (Policy.kho == "")
        & (Policy.season == Season.TERM),
    )
    .where(Patron.school_id == _SCHOOL, Patron.id == bindparam("patron_id"))
)
_LOANS_OF_PATRON = (
    select(Copy.accession, full_title(), Loan.due)
    .join(Copy, (Copy.school_id == Loan.school_id) & (Copy.id == Loan.copy_id))
    .join(Edition, (Edition.school_id == Copy.school_id) & (Edition.id == Copy.edition_id))
    .where(
        Loan.school_id == _SCHOOL,
        Loan.patron_id == bindparam("patron_id"),
        Loan.returned_at.is_(None),
    )
    .order_by(Loan.due, Copy.accession)
)
_COUNTS = select(
    func.count(),
    func.count().filter(Loan.due < bindparam("today")),
).where(
    Loan.school_id == _SCHOOL,
    Loan.patron_id == bindparam("patron_id"),
    Loan.returned_at.is_(None),
)
_COPY = (
    select(
        Copy.id,
        Copy.accession,
        Copy.state,
        full_title(),
        Edition.authors,
        Edition.lending,
        Loan.id.label("loan_id"),
        Loan.patron_id,
        Loan.due,
    )
    .join(Edition, (Edition.school_id == Copy.school_id) & (Edition.id == Copy.edition_id))
    .outerjoin(
        Loan,
        (Loan.school_id == Copy.school_id) & (Loan.copy_id == Copy.id) & Loan.returned_at.is_(None),
    )
    .where(Copy.school_id == _SCHOOL, Copy.accession == bindparam("accession"))
)
_LEND = insert(Loan)
_CLOSE = (
    update(Loan)
    .where(Loan.school_id == bindparam("of_school"), Loan.id == bindparam("loan_id"))
    .values(returned_at=bindparam("at"))
)
_OPEN_SLIP = sqlite_insert(ReceiptJob).on_conflict_do_nothing(index_elements=["visit_id"])
_CALENDAR = select(School.open_weekdays).where(School.id == _SCHOOL)
_RECALL = select(func.min(RecallDay.day)).where(
    RecallDay.school_id == _SCHOOL,
    RecallDay.category == bindparam("category"),
    RecallDay.day >= bindparam("today"),
)
_CLOSED_DAYS = select(ClosedDay.day).where(
    ClosedDay.school_id == _SCHOOL, ClosedDay.day >= bindparam("today")
)


class Circulation:
    """The lending desk of one school, on one kiosk's database."""

    def __init__(self, engine: Engine, school_id: int, clock: Clock) -> None:
        self._engine = engine
        self._school = {"school_id": school_id}
        self._clock = clock

    def school_name(self) -> str | None:
        """The school's name; None in a database that was never filled."""
        with self._engine.begin() as connection:
            return connection.execute(_SCHOOL_NAME, self._school).scalar()

    def identify(self, card: CardNumber) -> PatronKnown | Refused:
        """Say whose card this is and what they hold."""
        today = local_day(self._clock.now())
        with self._engine.begin() as connection:
            found = connection.execute(_CARD, {**self._school, "number": card}).first()
            if found is None:
                return Refused(Refusal.UNKNOWN_CARD, card)
            if found.revoked:
                return Refused(Refusal.CARD_REVOKED, card)
            patron = self._one(connection, _PATRON, patron_id=found.patron_id)
            loans = self._all(connection, _LOANS_OF_PATRON, patron_id=found.patron_id)
        if patron.blocked:
            return Refused(Refusal.PATRON_BLOCKED, card)
        return _patron_known(found.patron_id, card, patron, loans, today)

    def check_out(
        self, patron: PatronKnown, accession: AccessionNumber, visit_id: UUID
    ) -> CheckedOut | Refused:
        """Lend one copy. Loan, outbox event and slip commit together or not at all."""
        now = self._clock.now()
        with self._engine.begin() as connection:
            copy = self._copy(connection, accession)
            if copy is None:
                return Refused(Refusal.UNKNOWN_COPY, accession)
            row = self._one(connection, _PATRON, patron_id=patron.patron_id)
            facts = self._patron_facts(connection, patron.patron_id, row, local_day(now))
            policy = LoanPolicy(row.max_loans, row.loan_days, row.blocked_by_overdue)
            refusal = why_not_lend(facts, _copy_facts(copy, patron.patron_id), policy)
            if refusal is not None:
                return Refused(refusal, accession, _number_in(refusal, facts), copy.title)
            due = due_date(
                policy, self._calendar(connection, row.category, local_day(now)), local_day(now)
            )
            return self._lend(connection, patron, copy, now, due, visit_id)

    def check_in(
        self, accession: AccessionNumber, visit_id: UUID | None = None
    ) -> Returned | Refused:
        """Take one copy back, whoever brings it. Always recorded: the book is in the tray."""
        now = self._clock.now()
        with self._engine.begin() as connection:
            copy = self._copy(connection, accession)
            if copy is None:
                return Refused(Refusal.UNKNOWN_COPY, accession)
            if copy.loan_id is not None:
                key = {"of_school": self._school["school_id"], "loan_id": copy.loan_id}
                connection.execute(_CLOSE, {**key, "at": now})
            fact = CopyReturned(
                loan_id=copy.loan_id, copy_id=copy.id, accession=accession, returned_at=now
            )
            outbox.append(connection, fact, now)
            if visit_id is not None:
                _open_slip(connection, visit_id, now)
        return _returned(copy, now)

    def _lend(
        self,
        connection: Connection,
        patron: PatronKnown,
        copy: Fields,
        now: datetime,
        due: date,
        visit_id: UUID,
    ) -> CheckedOut:
        loan = {
            "id": new_id(),
            "copy_id": copy.id,
            "patron_id": patron.patron_id,
            "visit_id": visit_id,
            "lent_at": now,
            "due": due,
        }
        connection.execute(_LEND, {**self._school, **loan, "returned_at": None, "disputed": False})
        fact = CopyLent(
            loan_id=loan["id"], accession=copy.accession, card=patron.card, **_without_id(loan)
        )
        outbox.append(connection, fact, now)
        _open_slip(connection, visit_id, now)
        return CheckedOut(loan["id"], copy.accession, copy.title, copy.authors, now, due)

    def _copy(self, connection: Connection, accession: AccessionNumber) -> Fields | None:
        return connection.execute(_COPY, {**self._school, "accession": accession}).first()

    def _calendar(self, connection: Connection, category: PatronCategory, today: date) -> Calendar:
        school = self._one(connection, _CALENDAR)
        (recall,) = self._one(connection, _RECALL, category=category, today=today)
        closed = self._all(connection, _CLOSED_DAYS, today=today)
        weekdays = frozenset(int(digit) for digit in school.open_weekdays)
        return Calendar(weekdays, frozenset(row.day for row in closed), recall)

    def _patron_facts(
        self, connection: Connection, patron_id: UUID, patron: Fields, today: date
    ) -> PatronFacts:
        open_loans, overdue = self._one(connection, _COUNTS, patron_id=patron_id, today=today)
        return PatronFacts(patron.category, patron.blocked, open_loans, overdue)

    def _one(self, connection: Connection, statement: Any, **values: Any) -> Fields:
        return connection.execute(statement, {**self._school, **values}).one()

    def _all(self, connection: Connection, statement: Any, **values: Any) -> Sequence[Fields]:
        return connection.execute(statement, {**self._school, **values}).all()


def _without_id(loan: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in loan.items() if key != "id"}


def _patron_known(
    patron_id: UUID, card: CardNumber, patron: Fields, loans: Sequence[Fields], today: date
) -> PatronKnown:
    held = tuple(OpenLoan(row.accession, row.title, row.due) for row in loans)
    return PatronKnown(
        patron_id,
        card,
        patron.name,
        patron.homeroom,
        patron.category,
        today,
        held,
        patron.max_loans,
    )


def _copy_facts(copy: Fields, patron_id: UUID) -> CopyFacts:
    return CopyFacts(
        state=copy.state,
        lending=copy.lending,
        on_loan=copy.loan_id is not None,
        on_loan_to_patron=copy.patron_id == patron_id,
    )


def _number_in(refusal: Refusal, facts: PatronFacts) -> int:
    return facts.overdue_loans if refusal is Refusal.HAS_OVERDUE else facts.open_loans


def _returned(copy: Fields, now: datetime) -> Returned:
    late = days_overdue(copy.due, local_day(now)) if copy.loan_id is not None else 0
    return Returned(
        copy.accession,
        copy.title,
        copy.authors,
        now,
        was_on_loan=copy.loan_id is not None,
        days_overdue=late,
    )


def _open_slip(connection: Connection, visit_id: UUID, now: datetime) -> None:
    job = {"visit_id": visit_id, "slip_number": new_slip_number(), "started_at": now}
    connection.execute(_OPEN_SLIP, {**job, "state": ReceiptState.COLLECTING, "reason": ""})
