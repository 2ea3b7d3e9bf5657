"""Bringing the records of an earlier version up to this one, on both kinds of database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, create_engine, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from db.catalogue_triggers import is_in_models
from db.engine import MIGRATIONS, open_engine, sqlite_url
from db.models import Base, Card, Copy, Edition, Kho, Loan, OutboxEvent, Patron, Policy, RecallDay
from db.states import CopyState, LoanKind, PatronStatus, Season
from tests.postgres import PostgresServer

PATRON, EDITION, VISIT = (UUID(int=number) for number in (1, 2, 3))
LENT_AT = datetime(2026, 11, 10, 1, 40, tzinfo=UTC)
EVENT = {
    "seq": 7,
    "event_id": UUID(int=30),
    "type": "copy-lent",
    "happened_at": LENT_AT,
    "payload": {"loan_id": f"{UUID(int=20)}", "note": "Dế  Mèn"},
}
COPIES = {
    "STN.00001": "available",
    "STN.00042": "in-process",
    "STN.042": "lost",
    "SGK.000007": "withdrawn",
    "7": "available",
}
"""Numbers as the first version let them be: two that mean the same, and one without a kho."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for an empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "old.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def migrated(url: str) -> Iterator[Engine]:
    """A first version's database with something in every table, brought up to this version."""
    _fill_first_version(url)
    engine = open_engine(url)
    yield engine
    engine.dispose()


def test_migrations_make_the_models_anywhere(url: str) -> None:
    """Given a new database of either kind, then it differs from the models in nothing."""
    engine = open_engine(url)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_in_models})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []


def test_first_versions_rows_all_survive(migrated: Engine) -> None:
    """Given a filled first version, when migrated, then every row is there with its meaning."""
    copies = {row.accession: row for row in _rows(migrated, Copy)}
    (loan,) = _rows(migrated, Loan)
    (patron,) = _rows(migrated, Patron)

    assert {number: row.state for number, row in copies.items()} == {
        **COPIES,
        "STN.00042": CopyState.RECEIVED,
    }
    assert (loan.copy_id, loan.patron_id, loan.visit_id) == (UUID(int=10), PATRON, VISIT)
    assert (loan.lent_at, loan.due, loan.kind) == (LENT_AT, date(2026, 11, 25), LoanKind.TAKE_HOME)
    assert (patron.grade, patron.status) == (6, PatronStatus.ACTIVE)
    assert [row.number for row in _rows(migrated, Card)] == ["HS204817"]
    assert [row.title for row in _rows(migrated, Edition)] == ["Dế Mèn phiêu lưu ký"]
    (event,) = _rows(migrated, OutboxEvent)
    assert {name: getattr(event, name) for name in EVENT} == EVENT


def test_kho_and_numbers_are_read_from_labels(migrated: Engine) -> None:
    """Given old accession numbers, when migrated, then each is one number of one kho."""
    copies = {row.accession: (row.kho, row.number) for row in _rows(migrated, Copy)}
    kho = {row.prefix: row.width for row in _rows(migrated, Kho)}

    assert copies["SGK.000007"] == ("SGK", 7)
    assert {copies["STN.00042"], copies["STN.042"]} == {("STN", 42), ("KHAC", 2)}
    assert copies["7"] == ("KHAC", 1)
    assert kho == {"SGK": 6, "STN": 5, "KHAC": 5}


def test_policy_and_recall_day_are_kept(migrated: Engine) -> None:
    """Given one policy and a recall day, when migrated, then both hold as before."""
    (policy,) = _rows(migrated, Policy)

    assert (policy.max_loans, policy.loan_days, policy.blocked_by_overdue) == (3, 14, True)
    assert (policy.kho, policy.season) == ("", Season.TERM)
    assert {row.day for row in _rows(migrated, RecallDay)} == {date(2027, 5, 20)}
    assert len(_rows(migrated, RecallDay)) == 3


def test_two_processes_migrate_one_database(postgres: PostgresServer) -> None:
    """Given an empty database, when several open it at once, then one migrates, all are served."""
    url = postgres.new_database()
    with ThreadPoolExecutor(4) as opening:
        engines = list(opening.map(lambda _: open_engine(url), range(4)))

    for engine in engines:
        assert inspect(engine).has_table("catalogue_entry")
        engine.dispose()


def test_migrated_file_still_minds_its_keys(migrated: Engine) -> None:
    """Given a migrated database, when a copy of no edition is entered, then it is refused."""
    stray = {"school_id": 1, "id": UUID(int=99), "accession": "STN.00099", "kho": "STN"}
    row = {**stray, "number": 99, "edition_id": UUID(int=98)}

    with pytest.raises(IntegrityError), migrated.begin() as connection:
        connection.execute(insert(Copy).values(row))


def _rows(engine: Engine, table: type[Base]) -> list[Any]:
    with engine.begin() as connection:
        return list(connection.execute(select(table.__table__)))


def _fill_first_version(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        settings = Config()
        settings.set_main_option("script_location", str(MIGRATIONS))
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for name, rows in _first_versions_rows().items():
            table = tables.tables[name]
            text = engine.dialect.name == "sqlite"  # a reflected file no longer knows its types
            connection.execute(table.insert(), [_as_kept(row, text) for row in rows])
    engine.dispose()


def _as_kept(row: dict[str, Any], text: bool) -> dict[str, Any]:
    return {
        key: value.hex if text and isinstance(value, UUID) else value for key, value in row.items()
    }


def _first_versions_rows() -> dict[str, list[dict[str, Any]]]:
    school = {"school_id": 1}
    copies = [
        {
            **school,
            "id": UUID(int=10 + n),
            "accession": number,
            "edition_id": EDITION,
            "state": state,
        }
        for n, (number, state) in enumerate(COPIES.items())
    ]
    person = {"name": "Nguyễn Văn An", "category": "student", "homeroom": "6A", "blocked": False}
    book = {"title": "Dế Mèn phiêu lưu ký", "authors": "Tô Hoài", "publisher": "", "year": 1941}
    loan = {"copy_id": UUID(int=10), "patron_id": PATRON, "visit_id": VISIT, "kiosk_id": None}
    times = {"lent_at": LENT_AT, "due": date(2026, 11, 25), "returned_at": None}
    limits = {"max_loans": 3, "loan_days": 14, "blocked_by_overdue": True}
    year = {"name": "Trường THCS Hoa Phượng", "open_weekdays": "012345"}
    return {
        "school": [{"id": 1, **year, "recall_on": date(2027, 5, 20)}],
        "closed_day": [{**school, "day": date(2026, 11, 24), "name": "Ngày Văn hóa Việt Nam"}],
        "policy": [{**school, "category": "student", **limits}],
        "patron": [{**school, "id": PATRON, **person}],
        "card": [{**school, "number": "HS204817", "patron_id": PATRON, "revoked": False}],
        "edition": [
            {
                **school,
                "id": EDITION,
                **book,
                "isbn": None,
                "class_number": "V",
                "lending": "take-home",
            }
        ],
        "copy": copies,
        "loan": [{**school, "id": UUID(int=20), **loan, **times, "disputed": False}],
        "outbox_event": [EVENT],
    }


OF_ONE_STATION = {"outbox_event", "station", "boot", "receipt_job"}
"""What a station knows of itself; there is one school in its file."""


KEYED_OTHERWISE = {"school", "catalogue_entry"}
"""The school itself, and words that each database numbers for itself, as FTS5 wants (0008)."""


@pytest.mark.parametrize(
    "table", [one.name for one in Base.metadata.sorted_tables if one.name not in KEYED_OTHERWISE]
)
def test_school_leads_every_key(table: str) -> None:
    """Given any shared table, then its key and its indexes begin with the school (0006)."""
    if table in OF_ONE_STATION:
        assert "school_id" not in Base.metadata.tables[table].columns
        return
    shared = Base.metadata.tables[table]
    keys = [list(shared.primary_key.columns), *(list(index.columns) for index in shared.indexes)]

    assert {key[0].name for key in keys} == {"school_id"}
