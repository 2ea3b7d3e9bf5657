"""How what registers read hangs together: a loan's reader and copy, a copy's edition and kho.

Only the records' own keys; which rows are asked for is each register's own.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_

from db.models import Copy, Edition, Kho, Loan, Patron, PatronDetail, SetLoan

OF_READER: Final = and_(Patron.school_id == Loan.school_id, Patron.id == Loan.patron_id)
OF_COPY: Final = and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id)
OF_SET: Final = and_(Loan.school_id == SetLoan.school_id, Loan.set_loan_id == SetLoan.id)
OF_EDITION: Final = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
OF_KHO: Final = and_(Kho.school_id == Copy.school_id, Kho.prefix == Copy.kho)
OF_DETAIL: Final = and_(
    PatronDetail.school_id == Patron.school_id, PatronDetail.patron_id == Patron.id
)
