"""The loan path's statements, prepared. Keeps out every decision.

One read for a patron with everything they hold, one for a copy with its loan and hold; each
also tells the version of the rules, so that those are read only when they have changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Connection,
    and_,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from db.models import Card, Copy, Edition, Hold, Loan, Patron, ReceiptJob, School, full_title
from db.outcomes import PatronCategory
from db.prepared import Fields, Prepared
from db.rulebook import Rulebook
from db.rules import PatronFacts
from db.states import LoanKind, PatronStatus

_SCHOOL: BindParameter[int] = bindparam("school_id")

_CARD = Prepared(
    select(Card.patron_id, Card.revoked).where(
        Card.school_id == _SCHOOL, Card.number == bindparam("number")
    )
)
_OPEN = and_(Loan.returned_at.is_(None), ~Loan.disputed)
_BORROWER = Prepared(
    select(
        Patron.id,
        Patron.name,
        Patron.homeroom,
        Patron.category,
        Patron.grade,
        Patron.status,
        Patron.blocked,
        School.rules_version,
        Loan.id.label("loan_id"),
        Loan.due,
        Loan.kind,
        Copy.kho,
        Copy.edition_id,
    )
    .join(School, School.id == Patron.school_id)
    .outerjoin(Loan, and_(Loan.school_id == Patron.school_id, Loan.patron_id == Patron.id, _OPEN))
    .outerjoin(Copy, and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id))
    .where(Patron.school_id == _SCHOOL, Patron.id == bindparam("patron_id"))
    .with_for_update(of=Patron)  # on a server, two desks take turns at a patron's maximum
)
_LOANS = Prepared(
    select(Copy.accession, full_title(), Loan.due, Loan.kind)
    .join(Copy, and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id))
    .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
    .where(Loan.school_id == _SCHOOL, Loan.patron_id == bindparam("patron_id"), _OPEN)
    .order_by(Loan.due, Copy.accession)
)
_COPY = Prepared(
    select(
        Copy.id,
        Copy.accession,
        Copy.kho,
        Copy.state,
        Copy.in_library_only,
        Copy.corner_id,
        Copy.edition_id,
        full_title(),
        Edition.authors,
        Edition.lending,
        School.rules_version,
        Loan.id.label("loan_id"),
        Loan.patron_id,
        Loan.lent_at,
        Loan.due,
        Loan.kind,
        Hold.id.label("hold_id"),
        Hold.patron_id.label("held_for"),
        Hold.keep_until,
    )
    .join(School, School.id == Copy.school_id)
    .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
    .outerjoin(Loan, and_(Loan.school_id == Copy.school_id, Loan.copy_id == Copy.id, _OPEN))
    .outerjoin(
        Hold,
        and_(Hold.school_id == Copy.school_id, Hold.copy_id == Copy.id, Hold.ended_at.is_(None)),
    )
    .where(Copy.school_id == _SCHOOL, Copy.accession == bindparam("accession"))
    .with_for_update(of=Copy)  # on a server, two desks take turns at a copy
)
_CLOSE = Prepared(
    update(Loan)
    .where(Loan.school_id == bindparam("of_school"), Loan.id == bindparam("of_loan"))
    .values(returned_at=bindparam("at"), handed_in_by=bindparam("giver"))
)


@dataclass(frozen=True, slots=True)
class Held:
    """One open loan of a patron, as far as limits go."""

    loan_id: UUID
    edition_id: UUID
    kho: str
    due: date
    kind: LoanKind


@dataclass(frozen=True, slots=True)
class Borrower:
    """A patron with everything they hold."""

    id: UUID
    name: str
    homeroom: str
    category: PatronCategory
    grade: int | None
    status: PatronStatus
    blocked: bool
    rules_version: int
    held: tuple[Held, ...]

    def facts(self, rules: Rulebook, kho: str, today: date) -> PatronFacts:
        """What the rules must know before a copy of `kho` is lent."""
        asked = rules.policy(self.category, kho, today)
        taken_home = [loan for loan in self.held if loan.kind is not LoanKind.IN_LIBRARY]
        policies = [rules.policy(self.category, loan.kho, today) for loan in taken_home]
        overdue = [loan.due < today for loan in taken_home]
        return PatronFacts(
            category=self.category,
            blocked=self.blocked or self.status is PatronStatus.LEFT,
            open_loans=sum(policy.counts_with == asked.counts_with for policy in policies),
            overdue_loans=sum(
                late and policy.blocked_by_overdue
                for late, policy in zip(overdue, policies, strict=True)
            ),
            leaving=self.grade is not None and self.grade >= rules.choices.last_grade,
        )


_LEND = Prepared(insert(Loan), Loan.__table__.columns.keys())
_SLIP = ReceiptJob.__table__.columns.keys()
_OPEN_SLIP = {
    "sqlite": Prepared(
        sqlite_insert(ReceiptJob).on_conflict_do_nothing(index_elements=["visit_id"]), _SLIP
    ),
    "postgresql": Prepared(
        postgresql_insert(ReceiptJob).on_conflict_do_nothing(index_elements=["visit_id"]), _SLIP
    ),
}


class LoanRows:
    """Reads and writes what a loan is made of, for one school."""

    def __init__(self, school_id: int) -> None:
        self._school_id = school_id

    def card(self, connection: Connection, number: str) -> Fields | None:
        """Whose card it is, and whether it is revoked."""
        return _CARD.first(connection, school_id=self._school_id, number=number)

    def borrower(self, connection: Connection, patron_id: UUID) -> Borrower:
        """A patron with everything they hold."""
        rows = _BORROWER.all(connection, school_id=self._school_id, patron_id=patron_id)
        first = rows[0]
        held = tuple(
            Held(row.loan_id, row.edition_id, row.kho, row.due, row.kind)
            for row in rows
            if row.loan_id is not None
        )
        return Borrower(
            id=first.id,
            name=first.name,
            homeroom=first.homeroom,
            category=first.category,
            grade=first.grade,
            status=first.status,
            blocked=first.blocked,
            rules_version=first.rules_version,
            held=held,
        )

    def loans(self, connection: Connection, patron_id: UUID) -> list[Fields]:
        """Number, title and due day of all that a patron holds, soonest due first."""
        return _LOANS.all(connection, school_id=self._school_id, patron_id=patron_id)

    def copy(self, connection: Connection, accession: str) -> Fields | None:
        """A copy with its edition, its open loan and the hold it is kept for."""
        return _COPY.first(connection, school_id=self._school_id, accession=accession)

    def lend(self, connection: Connection, **loan: Any) -> None:
        """Write a loan."""
        fresh = {"returned_at": None, "handed_in_by": None, "disputed": False, "kiosk_id": None}
        _LEND.run(connection, school_id=self._school_id, **fresh, **loan)

    def close(
        self, connection: Connection, loan_id: UUID, at: datetime | None, giver: UUID | None = None
    ) -> None:
        """End a loan; with `at` None it goes on again."""
        key = {"of_school": self._school_id, "of_loan": loan_id}
        _CLOSE.run(connection, **key, at=at, giver=giver)

    def open_slip(self, connection: Connection, **job: Any) -> None:
        """Write a visit's slip, unless it has one."""
        nothing_yet = {"contents": None, "reprints": 0}
        _OPEN_SLIP[connection.dialect.name].run(connection, **job, **nothing_yet)
