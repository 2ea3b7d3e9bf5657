"""Lays a station's own acts over what the hub told, until the hub's word contains them.

Without this a page would make a book available that was lent here a minute ago. The acts are
entered again as they were at first (`db.folding`, entering twice is entering once), and a loan or
return made here holds against what the hub says of the copy: the book was in these hands last.
When the hub has folded an act in, it tells every row that the act speaks of, so nothing of the
overlay outlives it.
"""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, update

from db import outbox
from db.folding import Fold
from db.models import Loan
from db.sync.messages import CopyLent, CopyReturned, Fact, StaffActed

_FACT: TypeAdapter[Fact] = TypeAdapter(Fact)


def lay_own_acts(connection: Connection, school_id: int, acked_seq: int) -> None:
    """Enter anew what happened here and is not in the hub's word, in its order.

    An event whose bytes have changed is left out: the hub sets it aside as well.
    """
    fold = Fold(connection, school_id)
    for payload in outbox.whole_payloads(connection, acked_seq):
        match fact := _FACT.validate_python(payload):
            case CopyLent():
                _lend(connection, school_id, fact)
                fold.go_with_loan(fact)
            case CopyReturned():
                _take_back(connection, school_id, fact)
                fold.go_with_return(fact)
            case StaffActed():
                pass  # kept at the hub alone
            case _:
                fold.enter(fact)


def _lend(connection: Connection, school_id: int, fact: CopyLent) -> None:
    of_copy = (Loan.school_id == school_id, Loan.copy_id == fact.copy_id)
    others = update(Loan).where(*of_copy, Loan.id != fact.loan_id, Loan.returned_at.is_(None))
    connection.execute(others.values(disputed=True))
    mine = (Loan.school_id == school_id, Loan.id == fact.loan_id)
    fresh = {"returned_at": None, "handed_in_by": None, "disputed": False, "due": fact.due}
    if connection.execute(update(Loan).where(*mine).values(fresh)).rowcount:
        return
    whose = {"copy_id": fact.copy_id, "patron_id": fact.patron_id, "visit_id": fact.visit_id}
    how = {"kind": fact.kind, "set_loan_id": fact.set_loan_id, "lent_at": fact.lent_at}
    loan = {"school_id": school_id, "id": fact.loan_id, **whose, **how, **fresh}
    connection.execute(insert(Loan).values(kiosk_id=None, **loan))


def _take_back(connection: Connection, school_id: int, fact: CopyReturned) -> None:
    is_open = (Loan.copy_id == fact.copy_id, Loan.returned_at.is_(None))
    over = update(Loan).where(Loan.school_id == school_id, *is_open)
    connection.execute(over.values(returned_at=fact.returned_at))
    if fact.loan_id is not None and fact.handed_in_by is not None:
        named = update(Loan).where(Loan.school_id == school_id, Loan.id == fact.loan_id)
        connection.execute(named.values(handed_in_by=fact.handed_in_by))
