"""What does not fit, as questions to the librarian with answers of one tap. No HTML, no HTTP.

An answer is a fact like any other: the desk has a stream of its own, so what the librarian saw
holds when a copy's story is told anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from admin import ingest
from admin.overview import TO_REVIEW, LoanRow, loans_named, review_values
from admin.wording import reader, when
from db.ids import new_id
from db.models import Copy, Discrepancy, Loan
from db.prepared import Prepared
from db.states import DiscrepancyKind, Outcome
from db.sync.messages import CopyLent, CopyReturned, Fact

WORDS = {
    Outcome.NEW_HOLDER: "Bạn mượn sau đang giữ",
    Outcome.OLD_HOLDER: "Bạn mượn trước đang giữ",
    Outcome.ON_SHELF: "Sách đang ở thư viện",
    Outcome.SEEN: "Đã xem",
}
"""What the librarian taps."""

ANSWERS = {
    DiscrepancyKind.LENT_TWICE: (Outcome.NEW_HOLDER, Outcome.OLD_HOLDER, Outcome.ON_SHELF),
    DiscrepancyKind.RETURN_UNMATCHED: (Outcome.ON_SHELF, Outcome.SEEN),
    DiscrepancyKind.UNKNOWN_TO_HUB: (Outcome.SEEN,),
}

_WAITING = Prepared(
    select(Discrepancy.__table__)
    .where(*TO_REVIEW)
    .order_by(Discrepancy.happened_at.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing for the librarian."""

    id: UUID
    kind: DiscrepancyKind
    sentence: str
    answers: tuple[Outcome, ...]


def questions(connection: Connection, school_id: int, now: datetime, most: int) -> list[Question]:
    """What waits for the librarian, newest first; no more than `most`."""
    rows = _WAITING.all(connection, most=most, **review_values(school_id, now))
    named = {loan_id for row in rows for loan_id in (row.loan_id, row.other_loan_id) if loan_id}
    loans = {loan.loan_id: loan for loan in loans_named(connection, school_id, named)}
    return [
        Question(row.id, row.kind, _sentence(row, loans, now), ANSWERS[row.kind]) for row in rows
    ]


def answer(
    connection: Connection,
    school_id: int,
    question: UUID,
    outcome: Outcome,
    author: str,
    now: datetime,
) -> bool:
    """Settle a question as the librarian says; False if it is settled already."""
    whose = (Discrepancy.school_id == school_id, Discrepancy.id == question)
    asked = select(Discrepancy.__table__).where(*whose).with_for_update()
    row = connection.execute(asked).first()
    if row is None or row.settled_at is not None:
        return False
    settled = {"settled_at": now, "outcome": outcome, "settled_by": author}
    connection.execute(update(Discrepancy).where(*whose).values(settled))
    if facts := _facts(connection, school_id, row, outcome, now):
        ingest.take_from_desk(connection, school_id, facts, now)
    return True


def _facts(
    connection: Connection, school_id: int, row: Any, outcome: Outcome, now: datetime
) -> list[Fact]:
    """What the librarian saw: the copy came back, and went to whoever holds it."""
    if outcome is Outcome.SEEN or row.copy_id is None or not _has_copy(connection, school_id, row):
        return []
    about = {"copy_id": row.copy_id, "accession": row.accession}
    back = CopyReturned(loan_id=None, returned_at=now, found=True, **about)
    holds = {Outcome.NEW_HOLDER: row.loan_id, Outcome.OLD_HOLDER: row.other_loan_id}.get(outcome)
    if holds is None:
        return [back]
    asked = select(Loan.__table__).where(Loan.school_id == school_id, Loan.id == holds)
    loan = connection.execute(asked).first()
    if loan is None or (outcome is Outcome.NEW_HOLDER and not _is_contested(connection, row, loan)):
        return []
    who = {"patron_id": loan.patron_id, "card": "", "visit_id": None}
    lent = CopyLent(loan_id=new_id(), lent_at=now, due=loan.due, kind=loan.kind, **who, **about)
    return [back, lent]


def _has_copy(connection: Connection, school_id: int, row: Any) -> bool:
    known = select(Copy.id).where(Copy.school_id == school_id, Copy.id == row.copy_id)
    return connection.execute(known).first() is not None


def _is_contested(connection: Connection, row: Any, loan: Any) -> bool:
    """Whether the records say otherwise than that this loan alone is open."""
    is_open = (Loan.copy_id == row.copy_id, Loan.returned_at.is_(None))
    asked = select(Loan.id).where(Loan.school_id == row.school_id, *is_open)
    return list(connection.execute(asked).scalars()) != [loan.id] or loan.disputed


def _sentence(row: Any, loans: dict[UUID, LoanRow], now: datetime) -> str:
    moment = when(row.happened_at, now)
    match row.kind:
        case DiscrepancyKind.LENT_TWICE if row.loan_id in loans and row.other_loan_id in loans:
            newer, older = loans[row.loan_id], loans[row.other_loan_id]
            first, second = (
                f"{reader(one)} lúc {when(one.lent_at, now)}" for one in (older, newer)
            )
            return (
                f"Cuốn {row.accession} được ghi mượn cho {first} và cho {second}. Ai đang giữ sách?"
            )
        case DiscrepancyKind.RETURN_UNMATCHED:
            return f"Cuốn {row.accession} được trả lúc {moment} mà chưa thấy ghi mượn."
        case _:
            number = row.accession or "không rõ số"
            return f"Trạm báo một việc lúc {moment} về sách ({number}) chưa có trong sổ."
