"""Backups of the hub: made, checked, brought back. Keeps out when, and the words people see.

A backup is two files: the records (a SQLite file, or PostgreSQL's own dump) and beside them a
manifest, which says what was counted in the same snapshot and the file's SHA-256. None is kept
that was not read again whole. Bringing one back begins a new timeline, so that every kiosk
notices and is told everything anew (docs/sync.md).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, Engine, inspect, make_url, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from admin import feed
from db import care
from db.clock import SCHOOL_ZONE
from db.engine import hold_file, is_known, open_engine, open_read_only
from db.errors import DatabaseInUse
from db.models import ChangeCounter, EventStream, Timeline

STAMP = "%Y%m%d-%H%M%S"
"""The school's time in a backup's name: hub-20261126-161500.db."""

SUFFIXES = {"sqlite": ".db", "postgresql": ".dump"}

Kind = Literal["sqlite", "postgresql"]


class BackupError(Exception):
    """A backup could not be made or brought back; what was there is as it was."""


class ProgramMissing(BackupError):
    """PostgreSQL's own program is not installed on this machine."""


class HubRunning(BackupError):
    """Somebody works with the records that are to be replaced."""


class Fault(StrEnum):
    """What is wrong with a backup."""

    MISSING = "missing"
    NO_MANIFEST = "no-manifest"
    CHANGED = "changed"
    """It is not byte for byte what was written."""
    DAMAGED = "damaged"
    """The records in it cannot be read whole."""
    COUNTS = "counts"
    """It does not hold as many rows as there were."""
    TOO_NEW = "too-new"
    """A later version of the program wrote it."""


class NotWhole(BackupError):
    """A backup is not to be trusted."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(faults))
        self.faults = tuple(faults)


class NotPutBack(BackupError):
    """A restore did not end; what was there before is in `before`."""

    def __init__(self, reason: str, before: Path | None) -> None:
        super().__init__(reason)
        self.before = before


class StreamMark(BaseModel):
    """Up to where the backup holds one kiosk database's events."""

    model_config = ConfigDict(frozen=True)

    school_id: int
    kiosk_id: UUID
    incarnation: UUID
    acked_seq: int


class Facts(BaseModel):
    """What one snapshot of the records was found to hold."""

    model_config = ConfigDict(frozen=True)

    schema_version: str
    counts: dict[str, int]
    """Rows of each table."""
    changes: dict[int, int]
    """The last number of each school's change feed."""
    timelines: dict[int, UUID]
    """Each school's newest timeline."""
    streams: tuple[StreamMark, ...]


class Manifest(BaseModel):
    """What is written beside a backup."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    made_at: AwareDatetime
    kind: Kind
    bytes: int
    sha256: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup and what is said of it."""

    file: Path
    manifest: Manifest


def make(url: str, folder: Path, now: datetime) -> Backup:
    """Write a backup into `folder`, read it again, and only then give it its name.

    Also while the hub runs: it is one moment's records, and nobody waits for it.

    Raises:
        BackupError: There is none; a sentence of the disk or the database says why.
    """
    kind = _kind(url)
    name = f"hub-{now.astimezone(SCHOOL_ZONE):{STAMP}}{SUFFIXES[kind]}"
    file, part = folder / name, folder / f"{name}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = _copy(url, kind, part)
        manifest = _describe(part, kind, facts, now)
        if faults := _faults_of(part, manifest):
            raise NotWhole(faults)
        _write(manifest_of(file), manifest.model_dump_json(indent=1))
        part.replace(file)
        care.flush(folder)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise BackupError(_reason(error)) from error
    finally:
        part.unlink(missing_ok=True)
    return Backup(file, manifest)


def verify(file: Path) -> tuple[Fault, ...]:
    """Read a backup whole and say what is wrong with it; nothing, if it can be trusted.

    Raises:
        ProgramMissing: A dump of PostgreSQL cannot be read on this machine.
    """
    if not file.is_file():
        return (Fault.MISSING,)
    manifest = read_manifest(file)
    return (Fault.NO_MANIFEST,) if manifest is None else _faults_of(file, manifest)


def read_manifest(file: Path) -> Manifest | None:
    """What is said of a backup; None where nothing is, or nothing that can be read."""
    try:
        return Manifest.model_validate_json(manifest_of(file).read_bytes())
    except (OSError, ValidationError):
        return None


def manifest_of(file: Path) -> Path:
    """Where a backup's manifest is."""
    return file.with_name(f"{file.name}.json")


def restore(url: str, file: Path, now: datetime) -> Path | None:
    """Put a backup in the place of the records, and begin a new timeline.

    Args:
        url: The records to replace; the hub must not be running.
        file: The backup.
        now: The present moment.

    Returns:
        Where what was there before is kept; None if there was nothing.

    Raises:
        NotWhole: The backup is not to be trusted; nothing was touched.
        HubRunning: Somebody works with the records; nothing was touched.
        BackupError: It could not be written.
    """
    if faults := verify(file):
        raise NotWhole(faults)
    manifest = read_manifest(file)
    if manifest is None or manifest.kind != _kind(url):
        raise BackupError("this backup is of another kind of database")
    try:
        with _nobody_else(url):
            before = _set_aside(url, file, now)
            _put_back(url, file, before)
            _compare(url, manifest, before)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise BackupError(_reason(error)) from error
    engine = open_engine(url)
    try:
        begin_anew(engine, now)
    finally:
        engine.dispose()
    return before


def begin_anew(engine: Engine, now: datetime) -> None:
    """Begin a new timeline on records that were put here from elsewhere."""
    feed.begin(engine, now)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))  # without it bulk updates took three times as long


def facts_of(connection: Connection) -> Facts:
    """Count what a transaction sees."""
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    counters = select(ChangeCounter.school_id, ChangeCounter.last)
    timelines = select(Timeline.school_id, Timeline.nonce).order_by(Timeline.number)
    marks = select(*(EventStream.__table__.columns[name] for name in StreamMark.model_fields))
    return Facts(
        schema_version=version,
        counts=count_rows(connection),
        changes={school: last for school, last in connection.execute(counters)},
        timelines={school: nonce for school, nonce in connection.execute(timelines)},
        streams=tuple(StreamMark(**row) for row in connection.execute(marks).mappings()),
    )


def count_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    names = sorted(inspect(connection).get_table_names())
    counted = {name: text(f'SELECT count(*) FROM "{name}"') for name in names}
    return {name: connection.execute(one).scalar_one() for name, one in counted.items()}


def mark_safe(engine: Engine, streams: Iterable[StreamMark]) -> None:
    """Let kiosks know that these events are in a verified backup: only such may be pruned."""
    with engine.begin() as connection:
        for mark in streams:
            whose = mark.model_dump(exclude={"acked_seq"})
            stream = update(EventStream).filter_by(**whose)
            less = (EventStream.safe_seq < mark.acked_seq, EventStream.acked_seq >= mark.acked_seq)
            connection.execute(stream.where(*less).values(safe_seq=mark.acked_seq))


def _kind(url: str) -> Kind:
    return "sqlite" if url.startswith("sqlite") else "postgresql"


def _copy(url: str, kind: Kind, part: Path) -> Facts:
    """Write one snapshot into `part`, and say what was counted in the very same one."""
    engine = open_read_only(url)
    try:
        with engine.connect() as connection:
            if kind == "sqlite":
                connection.exec_driver_sql("BEGIN")
                facts = facts_of(connection)
                care.copy_into(_driver_of(connection), part)
                return facts
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
            snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            facts = facts_of(connection)
            words = ["--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={part}"]
            run_program("pg_dump", url, words)
            part.chmod(0o600)
            care.flush(part)
            return facts
    finally:
        engine.dispose()


def _driver_of(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _describe(part: Path, kind: Kind, facts: Facts, now: datetime) -> Manifest:
    size, digest = part.stat().st_size, sha256_of(part)
    return Manifest(made_at=now, kind=kind, bytes=size, sha256=digest, facts=facts)


def _faults_of(file: Path, manifest: Manifest) -> tuple[Fault, ...]:
    """What is wrong with a file, by what was written of it."""
    faults = []
    if file.stat().st_size != manifest.bytes or sha256_of(file) != manifest.sha256:
        faults.append(Fault.CHANGED)
    if not is_known(manifest.facts.schema_version):
        faults.append(Fault.TOO_NEW)
    counts = _counts_in(file, manifest.kind)
    if counts is None:
        faults.append(Fault.DAMAGED)
    elif counts != manifest.facts.counts:
        faults.append(Fault.COUNTS)
    return tuple(faults)


def _counts_in(file: Path, kind: Kind) -> dict[str, int] | None:
    """Rows of each table in a backup; None if it cannot be read whole."""
    if kind == "postgresql":
        return _counts_in_dump(file)
    if not care.is_whole(file):
        return None
    engine = open_read_only(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            return count_rows(connection)
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()


def _counts_in_dump(file: Path) -> dict[str, int] | None:
    """Have a dump unpacked as text, which reads all of it, and count the lines of each table."""
    words = [_program("pg_restore"), "--file=-", str(file)]
    counts: Counter[str] = Counter()
    table = ""
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == b"\\.\n":
                table = ""
            elif table:
                counts[table] += 1
            elif line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
                table = line.split()[1].decode().rpartition(".")[2].strip('"')
                counts[table] = 0
    return dict(counts) if process.returncode == 0 else None


@contextmanager
def _nobody_else(url: str) -> Iterator[None]:
    """Go on only if nobody works with the records.

    Raises:
        HubRunning: Somebody does.
    """
    if _kind(url) == "sqlite":
        path = _file_of(url)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            held = hold_file(str(path))
        except DatabaseInUse as error:
            raise HubRunning from error
        try:
            yield
        finally:
            held.release()
    else:
        if _asked(url, _OTHERS):
            raise HubRunning
        yield


_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


def _set_aside(url: str, file: Path, now: datetime) -> Path | None:
    """Keep the records as they are, also damaged ones; None if there are none."""
    if _kind(url) == "sqlite":
        return _copy_files(_file_of(url), now)
    is_there = _asked(url, "SELECT to_regclass('alembic_version') IS NOT NULL")
    return make(url, file.parent / "before-restore", now).file if is_there else None


def _copy_files(path: Path, now: datetime) -> Path | None:
    """Copy a file that nobody has open, with what belongs to it."""
    if not path.exists():
        return None
    stamp = f"{now.astimezone(SCHOOL_ZONE):{STAMP}}"
    aside = path.with_name(f"{path.stem}-before-restore-{stamp}{path.suffix}")
    for ending in care.BESIDE:
        found = path.with_name(path.name + ending)
        if found.exists():
            _copy_file(found, aside.with_name(aside.name + ending))
    return aside


def _copy_file(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o600)
    care.flush(target)


def _put_back(url: str, file: Path, before: Path | None) -> None:
    try:
        if _kind(url) == "sqlite":
            _put_back_file(_file_of(url), file)
        else:
            _put_back_dump(url, file)
    except (OSError, SQLAlchemyError, BackupError) as error:
        raise NotPutBack(_reason(error), before) from error


def _put_back_file(path: Path, file: Path) -> None:
    fresh = path.with_name(f"{path.name}.restoring")
    try:
        _copy_file(file, fresh)
        # A log of the old records beside the new ones would be played back into them.
        for ending in care.BESIDE[1:]:
            path.with_name(path.name + ending).unlink(missing_ok=True)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    care.flush(path.parent)


def _put_back_dump(url: str, file: Path) -> None:
    engine = open_read_only(url)
    try:
        with engine.begin() as connection:
            # What a later version made is not in the dump, and would be in its way.
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    finally:
        engine.dispose()
    words = ["--no-owner", "--single-transaction", "--exit-on-error", str(file)]
    run_program("pg_restore", url, words, ["--dbname"])


def _compare(url: str, manifest: Manifest, before: Path | None) -> None:
    """Count what was put back, before anything is written there."""
    engine = open_read_only(url)
    try:
        with engine.connect() as connection:
            counts = count_rows(connection)
    finally:
        engine.dispose()
    if counts != manifest.facts.counts:
        raise NotPutBack(str(Fault.COUNTS), before)


def _asked(url: str, question: str) -> Any:
    engine = open_read_only(url)
    try:
        with engine.connect() as connection:
            return connection.execute(text(question)).scalar_one()
    finally:
        engine.dispose()


def _file_of(url: str) -> Path:
    return Path(str(make_url(url).database))


def run_program(name: str, url: str, words: list[str], place: Sequence[str] = ()) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, not for all to see.

    Raises:
        ProgramMissing: It is not installed.
        BackupError: It failed; its own first line says why.
    """
    where = make_url(url)
    password = {"PGPASSWORD": str(where.password)} if where.password else {}
    address = where.set(drivername="postgresql", password=None).render_as_string()
    to = [*place, address]
    done = subprocess.run(
        [_program(name), *to, *words] if place else [_program(name), *words, *to],
        env={**os.environ, **password},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise BackupError((done.stderr.strip() or f"{name} failed").splitlines()[0])


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ProgramMissing(name)
    return found


def sha256_of(file: Path) -> str:
    """A file's digest."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _write(file: Path, words: str) -> None:
    part = file.with_name(f"{file.name}.part")
    part.touch(mode=0o600)
    part.write_text(f"{words}\n", encoding="utf-8")
    care.flush(part)
    part.replace(file)


def _reason(error: BaseException) -> str:
    """What the disk or the database says, without the statement."""
    cause: Any = getattr(error, "orig", None) or error
    strerror = getattr(cause, "strerror", None)
    return strerror or str(cause).partition("\n")[0] or type(cause).__name__
