"""A station that loses power in the middle of a slip: real processes, a real line."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from benchmarks import kill
from db.clock import SystemClock
from db.demo import DemoCast, demo_cast, fill_demo_school
from db.engine import open_engine, open_read_only, sqlite_url
from db.identifiers import Command
from db.models import Loan, ReceiptJob
from db.slips import (
    NO_PRINTER,
    PrinterStatus,
    give_up_interrupted,
    note_printer,
    printer_status,
)
from db.states import ReceiptState
from printer.simulated import Fault, ReceivingPrinter
from tests.demo_school import copy_of_demo_school


def _cast(scratch: Path) -> DemoCast:
    engine = open_engine(sqlite_url(scratch / "cast.db"))
    now = SystemClock().now()
    fill_demo_school(engine, 1, now)
    cast = demo_cast(engine, 1, now, seed=5)
    engine.dispose()
    return cast


def _until(true: Callable[[], bool], station: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert station.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _states(path: Path) -> list[str]:
    engine = open_read_only(sqlite_url(path))
    with engine.begin() as connection:
        states = [row.state for row in connection.execute(select(ReceiptJob.state))]
    engine.dispose()
    return states


def test_power_cut_while_sending_never_prints_twice(tmp_path: Path) -> None:
    """Given a slip being sent, when power goes, then the loan is kept and the slip is unknown."""
    cast, records = _cast(tmp_path), tmp_path / "kiosk.db"
    scanner_fd, port_fd = pty.openpty()
    camera = ("--camera", str(tmp_path / "absent"))
    scanner = ("--hand-scanner", f"serial://{os.ttyname(port_fd)}")
    with ReceivingPrinter(Fault.NEVER_READS) as printer:
        where = ("--printer", f"tcp://127.0.0.1:{printer.port}")
        command = kill.station_command(tmp_path, "", *camera, *scanner, *where)
        station = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            log = tmp_path / "logs" / "kiosk.log"
            _until(lambda: log.exists() and "hand_scanner_found" in log.read_text("utf-8"), station)
            for code in (cast.free_pupils[0].card, cast.shelved[0].accession, Command.DONE):
                os.write(scanner_fd, f"{code}\r\n".encode())
            _until(lambda: _states(records) == [ReceiptState.SENDING], station)
        finally:
            station.send_signal(signal.SIGKILL)
            station.wait()
            os.close(scanner_fd)
            os.close(port_fd)
        engine = open_engine(sqlite_url(records))
        given_up = give_up_interrupted(engine, SystemClock().now())
        with engine.begin() as connection:
            lent = connection.execute(select(Loan.id).where(Loan.visit_id.is_not(None))).all()
        engine.dispose()

        assert given_up == 1
        assert _states(records) == [ReceiptState.UNKNOWN]
        assert len(lent) == 1
        assert printer.slips == []


def _printer_status(path: Path) -> PrinterStatus:
    engine = open_read_only(sqlite_url(path))
    with engine.begin() as connection:
        status = printer_status(connection)
    engine.dispose()
    return status


@pytest.mark.parametrize(("device", "trouble"), [("file", ""), ("none", NO_PRINTER)])
def test_trouble_of_last_run_is_forgotten(
    device: str, trouble: str, tmp_path: Path, demo_template: Path
) -> None:
    """Given paper out in the last run, when started with a good or no printer, then so told."""
    records = tmp_path / "kiosk.db"
    school = copy_of_demo_school(records, demo_template)
    note_printer(school.engine, PrinterStatus("paper-out", paper_low=True))
    school.engine.dispose()
    where = f"file:{tmp_path / 'slips'}" if device == "file" else device
    command = kill.station_command(tmp_path, "", "--camera", "none", "--printer", where)
    station = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _until(lambda: _printer_status(records) == PrinterStatus(trouble), station)
    finally:
        station.terminate()
        station.wait(20)
