"""Cuts the power of a real file system: ext4 on a loop device, shut down without its log.

`EXT4_IOC_SHUTDOWN` makes ext4 forget at once what it has not written to its device, as a power cut
does. Needs root and loop devices.
"""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.at_work import new_station
from benchmarks.crash_images import loans_and_events

_SHUTDOWN = 0x8004587D
_WITHOUT_LOG = 2
_SIZE_MB = 48
_LONGEST_S = 0.4


def is_possible() -> bool:
    """Whether a file system can be made and cut off here."""
    programs = ("mkfs.ext4", "mount", "umount")
    is_there = all(shutil.which(one, path=f"{os.environ['PATH']}:/usr/sbin") for one in programs)
    return os.geteuid() == 0 and is_there and Path("/dev/loop-control").exists()


def lost_in(folder: Path, cuts: int, flush: str, seed: int) -> dict[str, int]:
    """Let a station lend on such a file system, and cut it off `cuts` times.

    Returns:
        How many cuts there were, how many loans had been told, how many of them were missing
        afterwards, and how often the file was damaged.
    """
    chance = random.Random(seed)
    image, place = folder / "disk.img", folder / "disk"
    place.mkdir()
    _make(image)
    with _mounted(image, place):
        new_station(place / "kiosk.db")
    told: set[str] = set()
    found = {"cuts": cuts, "told": 0, "lacking": 0, "damaged": 0}
    for number in range(cuts):
        with _mounted(image, place):
            told |= _lend_until_cut(place, folder / "green", flush, chance.uniform(0, _LONGEST_S))
        with _mounted(image, place), closing(sqlite3.connect(place / "kiosk.db")) as raw:
            loans = loans_and_events(raw)
        found["damaged"] += loans is None
        lacking = told - (loans or set())
        found["lacking"] += len(lacking)
        told -= lacking  # told of once
        if loans is None:
            raise RuntimeError(f"the file was damaged by cut {number}")
    return found | {"told": len(told) + found["lacking"]}


def _lend_until_cut(place: Path, green: Path, flush: str, after_s: float) -> set[str]:
    """What a station told that lost its disk so long after its first loan."""
    green.unlink(missing_ok=True)
    words = [str(place / "kiosk.db"), str(green), "1000000", flush]
    station = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.at_work", *words], stderr=subprocess.DEVNULL
    )
    while not green.exists() or not green.stat().st_size:
        if station.poll() is not None:
            raise RuntimeError("the station ended by itself")
        time.sleep(0.01)
    time.sleep(after_s)
    opened = os.open(place, os.O_RDONLY)
    # Nobody is told anything once the power is off, though the process goes on here: a flush that
    # was under way as the journal was given up may come back without an error.
    lines = green.read_text("ascii").splitlines()
    fcntl.ioctl(opened, _SHUTDOWN, struct.pack("I", _WITHOUT_LOG))
    os.close(opened)
    station.kill()
    station.wait()
    return {line.replace("-", "") for line in lines if len(line) == 36}


def _make(image: Path) -> None:
    with image.open("wb") as file:
        file.truncate(_SIZE_MB * 2**20)
    subprocess.run(["/usr/sbin/mkfs.ext4", "-q", "-F", str(image)], check=True)


@contextmanager
def _mounted(image: Path, place: Path) -> Iterator[None]:
    subprocess.run(["mount", "-o", "loop", str(image), str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)
