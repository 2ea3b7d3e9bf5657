"""Builds the station's parts, starts and stops its threads: the only place that does.

Exit status: 0 ended as asked, 2 wrong settings, 3 no window can be opened, 4 the records
cannot be opened, 5 there were to be pictures once, and there are none, 6 mistakes of ours followed
each other and a new start is needed. ``python -m kiosk enrol`` is in `kiosk.enrol`,
``python -m kiosk pin`` in `kiosk.pin`.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, time

from config.errors import SettingsError
from db.clock import SCHOOL_ZONE, StartingClock, SystemClock
from db.errors import DatabaseError, DatabaseUnreachable
from kiosk.carry import carry
from kiosk.enrol import enrol
from kiosk.errors import NoWindow
from kiosk.logs import start_logging
from kiosk.options import Options, read_options
from kiosk.pin import pin
from kiosk.window import prepare_window
from scanner.errors import CameraNotFound

DEMO_MORNING = time(8, 35)
"""The long break begins (domain specification 4.4)."""


def main(arguments: list[str]) -> int:
    """Run the station; return its exit status."""
    os.umask(0o077)  # what is kept names children: for this account alone
    try:
        if arguments[:1] == ["enrol"]:
            return enrol(arguments[1:])
        if arguments[:1] == ["carry"]:
            return carry(arguments[1:])
        if arguments[:1] == ["pin"]:
            return pin(arguments[1:])
        options = read_options(arguments)
        if not options.check and not _serve(options):
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


def _serve(options: Options) -> bool:
    """Run the station; False if it ended because it must be started anew."""
    logs = options.settings.station.data_dir / "logs"
    try:
        start_logging(logs)
    except OSError as error:
        raise DatabaseUnreachable(f"{logs}: {error.strerror}") from error
    prepare_window(options.settings.screen, options.headless)
    from kiosk.station import Station  # only now: it imports Kivy, which reads its orders

    station = Station(options, _clock(options))
    station.run()
    return not station.is_worn_out


def _clock(options: Options) -> SystemClock | StartingClock:
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
