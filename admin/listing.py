"""Loans as text for a terminal or a program. Keeps out the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from admin.overview import LoanRow
from db.clock import SCHOOL_ZONE


def as_json(loans: Sequence[LoanRow]) -> str:
    """A list of objects; identities instead of names, moments in the school's zone."""
    return json.dumps([_fields(loan) for loan in loans], ensure_ascii=False, indent=2)


def as_text(loans: Sequence[LoanRow]) -> str:
    """One line a loan: when, accession number, due day, kiosk, title."""
    lines = [
        f"{loan.lent_at.astimezone(SCHOOL_ZONE):%Y-%m-%d %H:%M}  {loan.accession:<10}  "
        f"{loan.due:%Y-%m-%d}  {_state(loan):<8}  {loan.kiosk or '-':<12}  {loan.title}"
        for loan in loans
    ]
    return "\n".join((*lines, f"{len(loans)} loans"))


def _fields(loan: LoanRow) -> dict[str, Any]:
    return {
        "loan_id": str(loan.loan_id),
        "copy_id": str(loan.copy_id),
        "patron_id": str(loan.patron_id),
        "accession": loan.accession,
        "title": loan.title,
        "lent_at": loan.lent_at.astimezone(SCHOOL_ZONE).isoformat(),
        "due": loan.due.isoformat(),
        "returned_at": loan.returned_at and loan.returned_at.astimezone(SCHOOL_ZONE).isoformat(),
        "disputed": loan.disputed,
        "kiosk": loan.kiosk,
    }


def _state(loan: LoanRow) -> str:
    if loan.returned_at is not None:
        return "returned"
    return "disputed" if loan.disputed else "open"
