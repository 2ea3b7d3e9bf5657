"""What a disk may hold after a power cut: built from the recorded writes of a real station.

`strace` records every write, flush and truncation of the station's two files, and every loan that
it told. A disk keeps what was flushed. Of what was written since, any sectors may be there and any
missing, in whatever order they were written; the power goes at a moment drawn at random. Each such
image is opened as the station would open it: is it whole, and has it every loan that was told?
"""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from benchmarks.at_work import new_station

SECTOR = 512
_CALLS = "pwrite64,write,fdatasync,fsync,ftruncate,unlink"
_WRITTEN = re.compile(r'pwrite64\(\d+<(.+?)>, "((?:\\x[0-9a-f]{2})*)", \d+, (\d+)\) += \d+')
_FLUSHED = re.compile(r"(?:fdatasync|fsync)\(\d+<(.+?)>\) += 0")
_CUT = re.compile(r"ftruncate\(\d+<(.+?)>, (\d+)\) += 0")
_TOLD = re.compile(r'write\(\d+<.+?>, "((?:\\x[0-9a-f]{2})*)", 37\) += 37')


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that the station did to its disk, or told."""

    kind: str
    """write, cut, flush or told."""
    name: str = ""
    """The file's."""
    at: int = 0
    content: bytes = b""


def is_possible() -> bool:
    """Whether writes can be recorded here."""
    return shutil.which("strace") is not None


def record(folder: Path, acts: int, flush: str) -> tuple[dict[str, bytes], list[Call]]:
    """The files before, and what a station did that lent so many times.

    Args:
        folder: An empty one.
        acts: Loans until it is over.
        flush: SQLite's `synchronous`.
    """
    path, green, log = folder / "kiosk.db", folder / "green", folder / "calls"
    new_station(path)
    before = {path.name: path.read_bytes(), f"{path.name}-wal": b""}
    watched = [word for name in (*before, green.name) for word in ("-P", str(folder / name))]
    tracing = ["strace", "-f", "-qq", "-y", "-xx", "-s", "1000000", "-e", f"trace={_CALLS}"]
    ours = [sys.executable, "-m", "benchmarks.at_work", str(path), str(green), str(acts), flush]
    subprocess.run([*tracing, *watched, "-o", str(log), *ours], check=False)
    return before, list(_read(log.read_text("ascii").splitlines()))


def _read(lines: list[str]) -> Iterator[Call]:
    for line in lines:
        if written := _WRITTEN.search(line):
            yield Call("write", _name(written[1]), int(written[3]), _bytes(written[2]))
        elif flushed := _FLUSHED.search(line):
            yield Call("flush", _name(flushed[1]))
        elif cut := _CUT.search(line):
            yield Call("cut", _name(cut[1]), int(cut[2]))
        elif told := _TOLD.search(line):
            yield Call("told", content=_bytes(told[1]))


def _name(path: str) -> str:
    return _bytes(path).decode().rsplit("/", 1)[-1]


def _bytes(told: str) -> bytes:
    return bytes.fromhex(told.replace("\\x", ""))


@dataclass
class Disk:
    """What is on the disk for certain, and what may be."""

    files: dict[str, bytearray]
    pending: list[Call] = field(default_factory=list)

    def do(self, call: Call) -> None:
        """Let the station go on by one call."""
        if call.kind in ("write", "cut") and call.name in self.files:
            self.pending.append(call)
        elif call.kind == "flush":
            for one in self.pending:
                if one.name == call.name:
                    _write(self.files[one.name], one)
            self.pending = [one for one in self.pending if one.name != call.name]

    def after_a_cut(self, chance: random.Random) -> dict[str, bytearray]:
        """What is there when the power comes back."""
        files = {name: bytearray(content) for name, content in self.files.items()}
        kept = chance.choice((0.0, 0.5, 0.9, 1.0))
        for call in self.pending:
            for sector in _sectors(call):
                if chance.random() < kept:
                    _write(files[sector.name], sector)
        return files


def _sectors(call: Call) -> Iterator[Call]:
    if call.kind == "cut":
        yield call
        return
    start = 0
    while start < len(call.content):
        end = start + SECTOR - (call.at + start) % SECTOR
        yield Call("write", call.name, call.at + start, call.content[start:end])
        start = end


def _write(content: bytearray, call: Call) -> None:
    if call.kind == "cut":
        del content[call.at :]
        return
    content.extend(bytes(max(0, call.at - len(content))))
    content[call.at : call.at + len(call.content)] = call.content


def lost_in(folder: Path, images: int, acts: int, flush: str, seed: int) -> dict[str, int]:
    """Record a station and cut its power `images` times.

    Returns:
        How many images there were, how many of them could not be read, in how many a loan was
        missing that had been told, and how many such loans.
    """
    chance = random.Random(seed)
    before, calls = record(folder, acts, flush)
    disk = Disk({name: bytearray(content) for name, content in before.items()})
    cuts = sorted(chance.randrange(len(calls)) for _ in range(images))
    found = {"images": images, "damaged": 0, "images_lacking": 0, "loans_lacking": 0}
    told: set[str] = set()
    for number, call in enumerate(calls):
        disk.do(call)
        if call.kind == "told":
            told.add(UUID(call.content.decode().strip()).hex)
        while cuts and cuts[0] == number:
            cuts.pop(0)
            loans = _loans_in(folder / "image", disk.after_a_cut(chance))
            lacking = len(told - loans) if loans is not None else 0
            found["damaged"] += loans is None
            found["images_lacking"] += lacking > 0
            found["loans_lacking"] += lacking
    if not told:
        raise RuntimeError("the recorded station told nothing")
    return found


def _loans_in(folder: Path, files: dict[str, bytearray]) -> set[str] | None:
    folder.mkdir(exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with closing(sqlite3.connect(folder / "kiosk.db")) as raw:
        return loans_and_events(raw)


def loans_and_events(raw: sqlite3.Connection) -> set[str] | None:
    """The loans whose event is there too; None in a file that is not whole."""
    try:
        if raw.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            return None
        loans = {row[0] for row in raw.execute("SELECT id FROM loan")}
        sql = "SELECT payload ->> 'loan_id' FROM outbox_event WHERE type = 'copy-lent'"
        events = {UUID(row[0]).hex for row in raw.execute(sql)}
    except sqlite3.DatabaseError:
        return None
    return loans & events
