"""What the librarian's mode has the machine do: copy to a stick, pair, print, restart, switch off.

Whatever takes long runs in a thread of its own, and what became of it comes to the clerk as an
event. Keeps out who may ask.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from config.settings import Settings
from db import care
from db.errors import StationUnpaired
from db.sync import carried
from db.sync.credentials import read_tokens
from kiosk.comfort import Backlight, Loudness
from kiosk.staff import (
    HubNotPaired,
    HubPaired,
    PowerAct,
    PowerRefused,
    StickCopied,
    StickTrouble,
    TaskDone,
)

STICKS = ("/media", "/run/media", "/mnt")
"""Below these a desktop or an udev rule mounts sticks."""
POWER_S = 10.0
_MEGABYTE = 1_000_000
_COMMANDS = {PowerAct.RESTART: "reboot", PowerAct.OFF: "poweroff"}
_log = structlog.get_logger()


class Machine(Protocol):
    """What the librarian's mode asks of the machine."""

    @property
    def loudness(self) -> Loudness:
        """The station's sound."""
        ...

    @property
    def backlight(self) -> Backlight:
        """The screen's light."""
        ...

    def disk_free_mb(self) -> int:
        """Room on the disk with the records, in megabytes."""
        ...

    def copy_to_stick(self, copied_at: datetime) -> None:
        """Begin to copy everything to a USB stick; `TaskDone` tells the end."""
        ...

    def pair(self, text: str) -> None:
        """Begin to pair with the hub whose code was read; `TaskDone` tells the end."""
        ...

    def power(self, act: PowerAct) -> None:
        """Begin to restart or switch off; `TaskDone` tells if this account may not."""
        ...


class StationMachine:
    """The machine a station runs on."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        start: Callable[[Callable[[], None]], None],
        tell: Callable[[TaskDone], None],
        mounts: Callable[[], str] = lambda: Path("/proc/mounts").read_text(),
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            engine: The station's records.
            settings: Where they are, and who the hub is.
            start: Runs something in a thread of its own.
            tell: Takes what became of it to the clerk.
            mounts: What is mounted, as Linux lists it.
        """
        self.loudness = Loudness(settings.sound, settings.station.data_dir / "sound.json")
        self.backlight = Backlight()
        self._engine = engine
        self._settings = settings
        self._start = start
        self._tell = tell
        self._mounts = mounts

    def disk_free_mb(self) -> int:
        """Room on the disk with the records, in megabytes."""
        return shutil.disk_usage(self._settings.station.data_dir).free // _MEGABYTE

    def copy_to_stick(self, copied_at: datetime) -> None:
        """Begin to copy everything to a USB stick."""
        self._start(lambda: self._tell(TaskDone(self._copied(copied_at))))

    def pair(self, text: str) -> None:
        """Begin to pair with the hub whose code was read."""
        self._start(lambda: self._tell(TaskDone(self._paired(text))))

    def power(self, act: PowerAct) -> None:
        """Begin to restart or switch off; polkit says who may (deploy/README.md)."""
        self._start(lambda: self._end(act))

    def _end(self, act: PowerAct) -> None:
        command = ["systemctl", "--no-ask-password", _COMMANDS[act]]
        try:
            done = subprocess.run(command, timeout=POWER_S, capture_output=True, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            self._refuse_power(act, type(error).__name__)
            return
        if done.returncode != 0:
            self._refuse_power(act, f"exit status {done.returncode}")

    def _refuse_power(self, act: PowerAct, reason: str) -> None:
        """Say so on the screen, and in the log for whoever has left it meanwhile."""
        _log.warning("power.refused", act=act.value, reason=reason)
        self._tell(TaskDone(PowerRefused()))

    def _copied(self, copied_at: datetime) -> StickCopied | StickTrouble:
        stick = find_stick(self._mounts())
        if stick is None:
            return StickTrouble.NO_STICK
        folder = stick / "tram-sach"
        copy = folder / f"kiosk-{copied_at:%Y%m%d-%H%M%S}.db"
        try:
            folder.mkdir(exist_ok=True)
            care.copy_file(self._settings.station.data_dir / "kiosk.db", copy)
            events = self._carried(folder)
        except (OSError, sqlite3.Error, DBAPIError) as error:
            _log.warning("stick.not_written", reason=str(getattr(error, "orig", error)))
            return StickTrouble.NOT_WRITTEN
        return StickCopied(str(stick), events, copy.stat().st_size / _MEGABYTE)

    def _carried(self, folder: Path) -> int:
        try:
            tokens = read_tokens(self._settings.hub.token_file)
        except StationUnpaired:
            return 0
        return carried.write(self._engine, folder, *tokens)

    def _paired(self, text: str) -> HubPaired | HubNotPaired:
        from kiosk.enrol import NotPaired, pair  # only now: it loads what finds hubs in a network

        try:
            return HubPaired(pair(text, self._settings).url)
        except NotPaired as error:
            return HubNotPaired(error.sentence)


def find_stick(mounts: str) -> Path | None:
    """The first USB stick that can be written, of what is mounted."""
    for line in mounts.splitlines():
        device, place, _, options, *_ = line.split()
        folder = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), place)  # \040: space
        is_stick = device.startswith("/dev/") and folder.startswith(tuple(f"{s}/" for s in STICKS))
        if is_stick and "rw" in options.split(","):
            return Path(folder)
    return None
