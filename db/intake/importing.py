"""Imports a file of one kind: read, plan, write. What the desk and the command line call.

A preview makes the same plan and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from sqlalchemy import Connection, Engine

from db.clock import local_day
from db.intake import columns, store
from db.intake.columns import Asked
from db.intake.people import PeoplePlan, PeopleRules, plan_pupils, plan_staff
from db.intake.register import RegisterPlan, plan_copies
from db.intake.workbook import Refusal, Sheet


class FileKind(StrEnum):
    """What a file lists."""

    PUPILS = "pupils"
    STAFF = "staff"
    COPIES = "copies"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported, and how."""

    kind: FileKind
    asked: Asked = field(default_factory=Asked)
    key: bytes = field(default=b"", repr=False)
    """The school's secret for codes; needed for people."""
    school_year: str = ""
    """Empty for the one of today."""
    keep_sex: bool = False
    kho: str = ""
    """The register of bare numbers."""
    author: str = "import"


Plan = PeoplePlan | RegisterPlan

_HEADERS = {
    FileKind.PUPILS: (columns.PUPILS, ("name|given",)),
    FileKind.STAFF: (columns.STAFF, ("name|given",)),
    FileKind.COPIES: (columns.COPIES, ("accession", "title|both")),
}
"""For each kind the names of its columns, and those it cannot do without."""


def plan_import(
    connection: Connection, school_id: int, sheets: tuple[Sheet, ...], order: Order, now: datetime
) -> Plan | Refusal:
    """Say what an import would do, without doing it."""
    headers, needed = _HEADERS[order.kind]
    if not order.keep_sex:
        headers = {name: spelt for name, spelt in headers.items() if name != "sex"}
    rows = columns.read_rows(sheets, headers, needed, order.asked)
    if isinstance(rows, Refusal):
        return rows
    today = local_day(now)
    if order.kind is FileKind.COPIES:
        return plan_copies(rows, store.read_stock(connection, school_id), today, order.kho)
    year = order.school_year or store.school_year_of(connection, school_id, today)
    rules = PeopleRules(order.key, year, order.keep_sex)
    plan = plan_pupils if order.kind is FileKind.PUPILS else plan_staff
    return plan(rows, store.known_people(connection, school_id), rules)


def import_sheets(
    engine: Engine,
    school_id: int,
    sheets: tuple[Sheet, ...],
    order: Order,
    now: datetime,
    *,
    preview: bool = False,
) -> Plan | Refusal:
    """Import a file that was read; everything in one transaction, or nothing."""
    with engine.connect() as connection, connection.begin() as transaction:
        store.begin_school(connection, school_id)
        plan = plan_import(connection, school_id, sheets, order, now)
        if preview or isinstance(plan, Refusal):
            transaction.rollback()
            return plan
        write(connection, school_id, plan, now, order.author)
    return plan


def write(connection: Connection, school_id: int, plan: Plan, now: datetime, author: str) -> None:
    """Write a plan that was made in this transaction."""
    match plan:
        case PeoplePlan():
            store.write_people(connection, school_id, plan, now, author)
        case RegisterPlan():
            store.write_copies(connection, school_id, plan, now, author)
        case _:
            assert_never(plan)
