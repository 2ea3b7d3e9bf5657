"""From a file to a server: every row, or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, text

from admin import moving
from admin.__main__ import main
from db import outbox
from db.engine import open_engine, sqlite_url
from db.models import School
from tests.hub_and_stations import RunningHub, Station, differences
from tests.postgres import PostgresServer
from tests.small_school import MORNING, number


@pytest.fixture(autouse=True)
def _no_database_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADMIN_DATABASE_URL", raising=False)


def test_moved_hub_goes_on(
    tmp_path: Path, postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a hub's file with loans, when moved to a server, then its kiosk works on as before."""
    hub = RunningHub(sqlite_url(tmp_path / "hub.db"))
    station = Station(tmp_path / "kiosk.db", hub, "Trạm 1")
    station.synchronise()
    station.desk.check_out(station.known("An"), number("STK"))
    station.synchronise()
    hub.engine.dispose()
    url = postgres.new_database()
    main(["--data", str(tmp_path), "move-to-postgres", "--to", url])
    hub.school.engine = open_engine(url)
    hub.restart()
    station.desk.check_in(number("STK"))
    station.synchronise()
    with hub.engine.begin() as connection:
        loans = connection.execute(text("SELECT count(*), count(returned_at) FROM loan")).one()
        words = connection.execute(text("SELECT count(*) FROM catalogue_entry")).scalar_one()
        connection.execute(insert(School).values(name="Trường thứ hai", open_weekdays="012345"))
    unlike, waiting = differences(hub.engine, station.engine), outbox.waiting(station.engine)
    station.close()
    hub.engine.dispose()

    assert "Đã chuyển và đối chiếu" in capsys.readouterr().out
    assert (tuple(loans), words, waiting) == ((1, 1), 5, 0)
    assert unlike == {}


def test_records_are_never_mixed(
    tmp_path: Path, postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a server with a school already, when moved there, then a sentence, nothing moves."""
    RunningHub(sqlite_url(tmp_path / "hub.db")).engine.dispose()
    url = postgres.new_database()
    server = RunningHub(url)
    server.engine.dispose()
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(tmp_path), "move-to-postgres", "--to", url])

    assert stopped.value.code == 2
    assert "đích đã có dữ liệu" in capsys.readouterr().err


def test_missing_rows_undo_the_move(tmp_path: Path, postgres: PostgresServer) -> None:
    """Given a server that drops rows, when moved there, then the counts tell, and none stay."""
    source = RunningHub(sqlite_url(tmp_path / "hub.db")).engine
    target = open_engine(postgres.new_database())
    with target.begin() as connection:
        connection.execute(text("CREATE RULE lost AS ON INSERT TO card DO INSTEAD NOTHING"))
    with pytest.raises(moving.NotAlike) as caught:
        moving.move(source, target, MORNING)
    with target.begin() as connection:
        left = connection.execute(text("SELECT count(*) FROM patron")).scalar_one()
    source.dispose()
    target.dispose()

    assert caught.value.tables == {"card": (6, 0)}
    assert left == 0
