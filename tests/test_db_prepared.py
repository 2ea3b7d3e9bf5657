"""Tests of statements that go straight to the driver: what is in the file is the same."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.dialects import sqlite

from db.clock import SCHOOL_ZONE
from db.engine import open_engine, sqlite_url
from db.ids import new_id
from db.models import AuditEntry, Loan, ReceivedEvent
from db.prepared import Prepared, _reader, _writer
from db.states import Verdict

_DIALECT = sqlite.dialect()
_ZONES = st.sampled_from((UTC, SCHOOL_ZONE, ZoneInfo("America/New_York")))
_FIRST, _LAST = (datetime(year, 6, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1970, 2999))
_ENTER = Prepared(insert(AuditEntry), [column.name for column in AuditEntry.__table__.columns])


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (
            "happened_at",
            st.datetimes(_FIRST, _LAST, timezones=_ZONES),
        ),
        ("event_id", st.uuids()),
        ("due", st.dates() | st.datetimes()),
        (
            "payload",
            st.dictionaries(
                st.text(), st.none() | st.integers() | st.floats(allow_nan=False) | st.text()
            ),
        ),
        ("verdict", st.sampled_from(Verdict)),
    ],
)
def test_values_are_kept_as_sqlalchemy_does(column: str, values: st.SearchStrategy[Any]) -> None:
    """Given a value, when a prepared statement writes and reads it, then as SQLAlchemy does."""
    table = Loan if column == "due" else ReceivedEvent
    kind = table.__table__.columns[column].type
    writes = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    reads = kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
    assert writes is not None
    assert reads is not None
    written, read = _writer(kind, _DIALECT), _reader(kind, _DIALECT)

    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.none() | values)
    def same(value: object) -> None:
        kept = written(value) if written else value
        assert read is not None
        assert read(kept) == reads(writes(value))
        if column != "payload":  # one JSON may be written in two ways
            assert kept == writes(value)

    same()


def test_same_values_are_told_once(tmp_path: Path) -> None:
    """Given rows with some values in common, when entered, then each row has them."""
    engine = open_engine(sqlite_url(tmp_path / "hub.db"))
    at = datetime(2026, 11, 26, 8, 30, tzinfo=SCHOOL_ZONE)
    own = [{"id": new_id(), "author": name, "subject_id": None} for name in ("Lan", "Mai")]

    with engine.begin() as connection:
        _ENTER.run_each(connection, own, school_id=1, made_at=at, act="look", detail="")
        rows = connection.execute(select(AuditEntry.id, AuditEntry.author, AuditEntry.made_at))
        found = {tuple(row) for row in rows}

    engine.dispose()
    assert {(row["id"], row["author"], at) for row in own} == found


def test_missing_value_is_loud(tmp_path: Path) -> None:
    """Given rows without a value that their insert names, when entered, then an error."""
    engine = open_engine(sqlite_url(tmp_path / "hub.db"))

    with engine.begin() as connection, pytest.raises(KeyError, match="made_at"):
        _ENTER.run_each(connection, [{"id": new_id(), "author": "Lan"}], school_id=1)

    engine.dispose()
