"""Builds the station's parts, starts and stops its threads: the only place that does.

Exit status: 0 ended as asked, 2 wrong settings, 3 no window can be opened, 4 the records
cannot be opened, 5 there were to be pictures once, and there are none, 6 mistakes of ours followed
each other and a new start is needed. ``python -m kiosk enrol`` is in `kiosk.enrol`,
``python -m kiosk pin`` in `kiosk.pin`.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable
from datetime import datetime, time
from logging.handlers import MemoryHandler
from typing import TYPE_CHECKING

from config.errors import SettingsError
from db.errors import DatabaseError, DatabaseUnreachable
from kiosk.errors import NoWindow
from kiosk.options import Options, read_options
from kiosk.window import prepare_window
from scanner.errors import CameraNotFound

if TYPE_CHECKING:
    from db.clock import Clock
    from kiosk.events import Shown
    from kiosk.station import Station

DEMO_MORNING = time(8, 35)
"""The long break begins (domain specification 4.4)."""
EARLY_LINES = 1_000
"""Log lines kept until there is a file for them; a window that opens writes some forty."""


def main(arguments: list[str], drawn: Callable[[Shown | None], None] | None = None) -> int:
    """Run the station; return its exit status.

    Args:
        arguments: The command line.
        drawn: Told of each state that is on the screen; None is the picture before there is one.
    """
    os.umask(0o077)  # what is kept names children: for this account alone
    try:
        task = _task(arguments)
        if task is not None:
            return task(arguments[1:])
        options = read_options(arguments)
        if not options.check and not _serve(options, drawn):
            return 6
    except SettingsError as error:
        return _refuse(2, *error.mistakes)
    except NoWindow as error:
        return _refuse(3, f"Không mở được màn hình: {error}")
    except DatabaseError as error:
        return _refuse(4, f"Không mở được dữ liệu của trạm ({type(error).__name__}: {error}).")
    except CameraNotFound as error:
        return _refuse(5, f"Không có hình để đọc ({error.camera}: {error.reason}).")
    return 0


def _task(arguments: list[str]) -> Callable[[list[str]], int] | None:
    """What is asked for by name, loaded only then: a station that opens waits for none of it."""
    match arguments:
        case ["enrol", *_]:
            from kiosk.enrol import enrol

            return enrol
        case ["carry", *_]:
            from kiosk.carry import carry

            return carry
        case ["pin", *_]:
            from kiosk.pin import pin

            return pin
    return None


def _serve(options: Options, drawn: Callable[[Shown | None], None] | None) -> bool:
    """Run the station; False if it ended because it must be started anew."""
    prepare_window(options.settings.screen, options.headless)
    early = MemoryHandler(EARLY_LINES, flushLevel=logging.CRITICAL + 1)
    logging.basicConfig(level=logging.INFO, handlers=[early], force=True)
    try:
        from kiosk.opening import Opening  # only now: it imports Kivy, which reads its orders

        opening = Opening(options.settings)
        if drawn is not None:
            drawn(None)
    finally:
        _start_logging(options, early)
    gc.disable()  # what is loaded is there to stay: looking for garbage in it only takes time
    try:
        station = opening.during(lambda: _make_station(options))
        opening.close()
        gc.freeze()
    finally:
        gc.enable()
    if drawn is not None:
        station.on_drawn(drawn)
    station.run()
    return not station.is_worn_out


def _start_logging(options: Options, early: MemoryHandler) -> None:
    from kiosk.logs import start_logging

    logs = options.settings.station.data_dir / "logs"
    try:
        start_logging(logs, early)
    except OSError as error:
        raise DatabaseUnreachable(f"{logs}: {error.strerror}") from error


def _make_station(options: Options) -> Station:
    """Load all that a station is, and open its records; this takes seconds."""
    from kiosk.station import Station

    return Station(options, _clock(options))


def _clock(options: Options) -> Clock:
    from db.clock import SCHOOL_ZONE, StartingClock, SystemClock

    if options.demo_out is None:
        return SystemClock()
    today = datetime.now(SCHOOL_ZONE).date()
    return StartingClock(datetime.combine(today, DEMO_MORNING, SCHOOL_ZONE))


def _refuse(status: int, *sentences: str) -> int:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
