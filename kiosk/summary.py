"""Prints what a demo morning left in the station's database: `python -m kiosk.summary DIR`."""

from __future__ import annotations

import sys
from datetime import datetime, time
from pathlib import Path

from db import outbox
from db.clock import SCHOOL_ZONE
from db.demo import DemoLoan, demo_loans
from db.engine import open_engine, sqlite_url


def main(arguments: list[str]) -> int:
    """Print today's loans of the station whose data folder is given."""
    engine = open_engine(sqlite_url(Path(arguments[0]) / "kiosk.db"))
    morning = datetime.combine(datetime.now(SCHOOL_ZONE).date(), time(), SCHOOL_ZONE)
    loans = demo_loans(engine, school_id=1, since=morning)
    print(f"\nTrạm đã ghi {len(loans)} lượt mượn (the station recorded {len(loans)} loans):")
    for loan in loans:
        print(f"  {_line(loan)}")
    print(f"Chờ gửi về máy chủ thư viện (events waiting for the hub): {outbox.waiting(engine)}\n")
    engine.dispose()
    return 0


def _line(loan: DemoLoan) -> str:
    who = f"{loan.name}{' – ' + loan.homeroom if loan.homeroom else ''}"
    return f"{who:<28} {loan.accession:<10} hạn {loan.due:%d/%m/%Y}  {loan.title}  [{loan.loan_id}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
