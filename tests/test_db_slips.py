"""How far slips have come, over restarts and days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, select

from db.clock import SCHOOL_ZONE
from db.engine import open_engine, sqlite_url
from db.ids import new_id, new_slip_number
from db.models import ReceiptJob
from db.slips import close_slip, give_up_broken, give_up_interrupted, note_state, queue_again
from db.states import ReceiptState

MORNING = datetime(2026, 11, 10, 8, 40, tzinfo=SCHOOL_ZONE)
SAID = {"lent": ["Dế Mèn phiêu lưu ký"]}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(tmp_path_factory.mktemp("slips") / "kiosk.db"))
    yield engine
    engine.dispose()


@pytest.fixture
def engine(file: Engine) -> Engine:
    """The records, with no slip in them."""
    with file.begin() as connection:
        connection.exec_driver_sql("DELETE FROM receipt_job")
    return file


def begin_slip(engine: Engine) -> UUID:
    """Open the slip of a new visit, as its first loan does."""
    visit_id = new_id()
    row = {"visit_id": visit_id, "slip_number": new_slip_number(), "started_at": MORNING}
    with engine.begin() as connection:
        connection.execute(insert(ReceiptJob).values(row))
    return visit_id


def slip_in(engine: Engine, state: ReceiptState) -> str:
    """A slip that has come as far as `state`."""
    number, _ = close_slip(engine, begin_slip(engine), ReceiptState.QUEUED, SAID, MORNING)
    note_state(engine, number, state)
    return number


def states(engine: Engine) -> list[ReceiptState]:
    with engine.begin() as connection:
        return list(connection.scalars(select(ReceiptJob.state).order_by(ReceiptJob.visit_id)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ReceiptState.COLLECTING, ReceiptState.EXPIRED),
        (ReceiptState.QUEUED, ReceiptState.EXPIRED),
        (ReceiptState.HELD, ReceiptState.EXPIRED),
        (ReceiptState.SENDING, ReceiptState.UNKNOWN),
        (ReceiptState.DONE, ReceiptState.DONE),
        (ReceiptState.UNWANTED, ReceiptState.UNWANTED),
    ],
)
def test_restart_leaves_no_slip_open(
    engine: Engine, before: ReceiptState, after: ReceiptState
) -> None:
    """Given a slip in each state, when the station starts anew, then it is as nobody knows more."""
    slip_in(engine, before)

    assert give_up_interrupted(engine, MORNING) == (before is not after)
    assert states(engine) == [after]


@pytest.mark.parametrize(
    ("state", "is_reprint"),
    [
        (ReceiptState.DONE, True),
        (ReceiptState.UNCONFIRMED, True),
        (ReceiptState.PARTIAL, True),
        (ReceiptState.UNKNOWN, True),
        (ReceiptState.EXPIRED, False),
        (ReceiptState.FAILED, False),
        (ReceiptState.UNWANTED, False),
    ],
)
def test_reprint_is_what_may_be_on_paper(
    engine: Engine, state: ReceiptState, is_reprint: bool
) -> None:
    """Given a slip in each state, when queued again, then it is a reprint if some was printed."""
    kept = queue_again(engine, slip_in(engine, state))

    assert kept is not None
    assert (kept.contents, kept.is_reprint) == (SAID, is_reprint)
    assert states(engine) == [ReceiptState.QUEUED]


@pytest.mark.parametrize("state", [ReceiptState.QUEUED, ReceiptState.SENDING, ReceiptState.HELD])
def test_slip_on_its_way_is_not_queued_twice(engine: Engine, state: ReceiptState) -> None:
    """Given a slip in line, when asked for again, then it stays there once."""
    assert queue_again(engine, slip_in(engine, state)) is None
    assert states(engine) == [state]


def test_what_a_slip_says_is_forgotten_after_a_day(engine: Engine) -> None:
    """Given yesterday's slip, when the station starts, then nobody knows what it said."""
    number = slip_in(engine, ReceiptState.DONE)
    give_up_interrupted(engine, MORNING + timedelta(hours=23))
    still_kept = queue_again(engine, number)
    note_state(engine, number, ReceiptState.DONE)
    give_up_interrupted(engine, MORNING + timedelta(hours=25))

    assert still_kept is not None
    assert queue_again(engine, number) is None


def test_slip_is_closed_once(engine: Engine) -> None:
    """Given a closed slip, when closed again, then its state stays and it was not open."""
    visit_id = begin_slip(engine)
    number, first = close_slip(engine, visit_id, ReceiptState.QUEUED, SAID, MORNING)
    again, second = close_slip(engine, visit_id, ReceiptState.UNWANTED, {}, MORNING)

    assert (number, first, second) == (again, True, False)
    assert states(engine) == [ReceiptState.QUEUED]


def test_only_open_slips_are_broken(engine: Engine) -> None:
    """Given an open and a printed slip, when broken visits are given up, then only the open one."""
    slip_in(engine, ReceiptState.DONE)
    begin_slip(engine)

    assert give_up_broken(engine) == 1
    assert states(engine) == [ReceiptState.DONE, ReceiptState.EXPIRED]
