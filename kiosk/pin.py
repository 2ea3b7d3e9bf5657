"""``python -m kiosk pin CARD``: the first PIN of somebody who works for the library.

For the day a station is set up; later the librarian changes PINs at the desk. With ``--role`` it
also notes what they do, where no desk has said so. The PIN is typed unseen, twice. Not while the
station runs: one process has its file.

Exit status: 0 set, 2 something is to be corrected.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from getpass import getpass
from pathlib import Path

from config.checking import load_settings
from db import outbox
from db.circulation import Circulation
from db.clock import SystemClock
from db.engine import open_engine, sqlite_url
from db.identifiers import CardNumber
from db.outcomes import PatronKnown
from db.patrons import Patrons
from db.pins import AT_STATIONS, LONGEST_PIN, SHORTEST_PIN, Pins, is_good
from db.states import RoleName

BAD_PIN = (
    f"Mã PIN cần {SHORTEST_PIN}-{LONGEST_PIN} chữ số, không lặp, không liên tiếp "
    "(digits that are neither all the same nor a run)."
)
UNEQUAL = "Hai lần gõ khác nhau (the two are not the same)."
NOBODY = "Không có thẻ này, hoặc thẻ đã huỷ (no such card, or it is revoked)."
NO_ROLE = "Người này chưa có vai trò ở thư viện: thêm --role (no role yet: add --role)."


def pin(arguments: list[str], ask: Callable[[str], str] = getpass) -> int:
    """Set a PIN; return the exit status.

    Args:
        arguments: The command line.
        ask: Asks for something unseen.

    Raises:
        SettingsError: With every mistake of the settings.
        DatabaseError: The records cannot be used.
    """
    asked = _parser().parse_args(arguments)
    settings = load_settings(
        asked.settings, {"station": {"data_dir": asked.data}} if asked.data else {}
    )
    typed = ask("PIN: ")
    if not is_good(typed):
        return _refuse(BAD_PIN)
    if ask("PIN: ") != typed:
        return _refuse(UNEQUAL)
    engine = open_engine(sqlite_url(settings.station.data_dir / "kiosk.db"))
    try:
        outbox.prepare_station(engine)
        desk = Circulation(engine, settings.station.school_id, SystemClock())
        return _set(desk, CardNumber(asked.card), typed, asked.role)
    finally:
        engine.dispose()


def _set(desk: Circulation, card: CardNumber, typed: str, role: str | None) -> int:
    known = desk.identify(card)
    if not isinstance(known, PatronKnown):
        return _refuse(NOBODY)
    pins = Pins(desk.library)
    if role is not None and pins.staff(card) is None:
        Patrons(desk.library).appoint(known.patron_id, RoleName(role), "python -m kiosk pin")
    if pins.staff(card) is None:
        return _refuse(NO_ROLE)
    pins.set(known.patron_id, typed, "python -m kiosk pin")
    print("Đã đặt mã PIN. Đưa thẻ vào khung rồi gõ mã (the PIN is set).")
    return 0


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kiosk pin",
        description="Set the PIN that opens the librarian's mode, beside the card.",
        allow_abbrev=False,
    )
    parser.add_argument("card", metavar="CARD", help="the card's number")
    parser.add_argument("--role", choices=[role.value for role in AT_STATIONS])
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file (TOML)")
    parser.add_argument("--data", metavar="DIR", help="folder of the station's database")
    return parser
