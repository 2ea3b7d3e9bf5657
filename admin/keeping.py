"""The commands that keep the records safe, and the sentences they end in. Keeps out the work.

Sentences are in Vietnamese first, for the librarian follows docs/vi/sao-luu.md in a terminal.
"""

from __future__ import annotations

import argparse
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Engine

from admin import backups, kiosk_copies, kiosks, moving, taking_in
from admin.backup_rounds import Keep
from admin.backups import BackupError, Fault, HubRunning, NotPutBack, NotWhole, ProgramMissing
from admin.commands import _open, _opened, _stop
from admin.hub import FIRST_SCHOOL
from admin.kiosk_copies import KioskCopies
from admin.taking_in import Trouble
from db.clock import SystemClock
from db.engine import open_engine, open_read_only, sqlite_url
from db.errors import DatabaseInUse

SENTENCES = {
    Fault.MISSING: "không có tệp này (there is no such file)",
    Fault.NO_MANIFEST: (
        "thiếu tệp .json đi kèm hoặc tệp đó không đọc được, nên không thể kiểm tra "
        "(its manifest is missing or cannot be read)"
    ),
    Fault.CHANGED: (
        "nội dung đã bị thay đổi sau khi sao lưu (it is not what was written: SHA-256 differs)"
    ),
    Fault.DAMAGED: "dữ liệu bên trong bị hỏng (the records in it are damaged)",
    Fault.COUNTS: "số bản ghi không khớp (it does not hold as many rows as there were)",
    Fault.TOO_NEW: (
        "do phiên bản mới hơn tạo ra, hãy cập nhật chương trình trước "
        "(a later version wrote it: update this one first)"
    ),
}
_RUNNING = "máy chủ thư viện đang chạy, hãy dừng lại trước (the hub is running: stop it first)."
_UNTOUCHED = "Dữ liệu hiện tại vẫn còn nguyên (nothing was touched)."


def add_commands(choices: Any) -> list[ArgumentParser]:
    """Add the commands; those returned take the common options too."""
    backup = choices.add_parser("backup", help="copy the records, checked; also while serving")
    backup.add_argument(
        "--to", metavar="DIR", type=Path, help="where; its own folder beside the hourly ones"
    )
    backup.set_defaults(run=back_up)
    verify = choices.add_parser("verify", help="read a backup whole and say whether it is good")
    verify.add_argument("file", metavar="FILE", type=Path)
    verify.set_defaults(run=check)
    restore = choices.add_parser("restore", help="put a backup in the place of the records")
    restore.add_argument("file", metavar="FILE", type=Path)
    restore.set_defaults(run=bring_back)
    migrate = choices.add_parser("migrate", help="bring the tables up to this version")
    migrate.set_defaults(run=bring_up_to_date)
    move = choices.add_parser("move-to-postgres", help="copy the records of a file to a server")
    move.add_argument("--to", metavar="URL", required=True, help="postgresql+psycopg://…, empty")
    move.set_defaults(run=move_to_server)
    take_in = choices.add_parser("take-in", help="take the events that a station put on a stick")
    take_in.add_argument("folder", metavar="DIR", type=Path)
    take_in.set_defaults(run=take_from_stick)
    copy = choices.add_parser("kiosk-copy", help="unpack the newest copy of a station's records")
    copy.add_argument("name", metavar="NAME", help="the station")
    copy.add_argument("--to", metavar="FILE", type=Path, required=True, help="a new kiosk.db")
    copy.set_defaults(run=unpack_kiosk_copy)
    return [backup, verify, restore, migrate, move, take_in, copy]


def add_rounds(parser: ArgumentParser, folder: str | None, keep: str) -> None:
    """Add what the running hub is told of its own backups."""
    parser.add_argument(
        "--backups", metavar="DIR", type=Path, default=folder, help="hourly backups go there"
    )
    parser.add_argument(
        "--keep",
        metavar="H,D,M",
        type=read_keep,
        default=keep if keep == argparse.SUPPRESS else read_keep(keep),
        help="how many hourly, daily and monthly backups stay (24,14,12)",
    )


def read_keep(words: str) -> Keep:
    """Read "24,14,12"; at least one backup of each kind stays."""
    found = re.fullmatch(r"([1-9]\d{0,3}),([1-9]\d{0,3}),([1-9]\d{0,3})", words)
    if found is None:
        raise ArgumentTypeError("give three numbers from 1 on, such as 24,14,12")
    return Keep(*(int(number) for number in found.groups()))


def back_up(options: Namespace) -> None:
    """Make a backup and name it."""
    folder = options.to or options.data / "backups" / "by-hand"
    try:
        made = backups.make(_url(options), folder, SystemClock().now())
    except BackupError as error:
        _refuse("không sao lưu được (no backup was made)", error)
    rows = sum(made.manifest.facts.counts.values())
    print(f"Đã sao lưu và kiểm tra (backed up and verified): {made.file}")
    print(f"{rows} bản ghi (rows), {made.manifest.bytes} byte, SHA-256 {made.manifest.sha256}")


def check(options: Namespace) -> None:
    """Say whether a backup is good; status 2 if not."""
    try:
        faults = backups.verify(options.file)
    except BackupError as error:
        _refuse("không kiểm tra được (it cannot be verified)", error)
    if faults:
        _refuse(f"bản sao lưu {options.file} không dùng được (is not good)", NotWhole(faults))
    print(f"Bản sao lưu tốt (the backup is good): {options.file}")


def bring_back(options: Namespace) -> None:
    """Restore a backup, and say where the records from before are."""
    try:
        before = backups.restore(_url(options), options.file, SystemClock().now())
    except (HubRunning, DatabaseInUse):
        _stop(_RUNNING)
    except NotPutBack as error:
        _refuse("khôi phục dở dang (the restore did not end)", error, _kept(error.before))
    except BackupError as error:
        _refuse("không khôi phục được (not restored)", error, _UNTOUCHED)
    print(f"Đã khôi phục (restored): {options.file}")
    if before is not None:
        print(_kept(before))
    print("Hãy mở lại máy chủ; các trạm sẽ tự tải lại dữ liệu (start the hub again).")


def bring_up_to_date(options: Namespace) -> None:
    """Migrate; `open_engine` keeps a copy of a file as it was."""
    _open(_url(options), open_engine).dispose()
    print("Dữ liệu đã ở phiên bản mới nhất (the tables are up to date).")


def unpack_kiosk_copy(options: Namespace) -> None:
    """Write a station's newest copy to a file for its new card; also while the hub runs."""
    if options.to.exists():
        _stop(f"đã có tệp {options.to}, chưa ghi gì (there is such a file already).")
    with _opened(options, open_read_only) as engine, engine.begin() as connection:
        kiosk_id = kiosks.id_of(connection, FIRST_SCHOOL, options.name)
    copies = KioskCopies(options.data, kiosk_id).all() if kiosk_id is not None else []
    if not copies:
        _stop(f"chưa có bản sao nào của {options.name} (there is no copy of that station).")
    if not kiosk_copies.unpack(copies[0], options.to):
        options.to.unlink()
        _stop(f"bản sao {copies[0].file} bị hỏng (that copy is damaged: unpack an older one).")
    made_at = copies[0].made_at
    print(f"Đã ghi bản sao lúc {made_at:%H:%M %d/%m/%Y} (the copy was written): {options.to}")


def _kept(before: Path | None) -> str:
    if before is None:
        return ""
    return f"Dữ liệu trước đó được giữ ở (what was there before is kept in): {before}"


def move_to_server(options: Namespace) -> None:
    """Copy every row to a PostgreSQL server and compare the counts; the file stays as it is."""
    if not options.to.startswith("postgresql"):
        _stop("--to cần địa chỉ postgresql+psycopg://… (give a server's address).")
    with _closing(_open(_url(options), open_engine)) as source:
        if source.dialect.name != "sqlite":
            _stop("dữ liệu đã ở trên máy chủ PostgreSQL (the records are on a server already).")
        with _closing(_open(options.to, open_engine)) as target:
            counts = _moved(source, target)
    rows = sum(counts.values())
    print(f"Đã chuyển và đối chiếu {rows} bản ghi của {len(counts)} bảng (moved and compared).")
    print("Từ nay mở máy chủ với --database hoặc ADMIN_DATABASE_URL (serve from there now).")


def take_from_stick(options: Namespace) -> None:
    """Take in what stations carried here, and say of each file what became of it."""
    with _closing(_open(_url(options), open_engine)) as engine:
        taken = list(taking_in.take_in(engine, options.folder, SystemClock().now()))
    if not taken:
        _stop(f"không có tệp nào của trạm trong {options.folder} (no station's file is there).")
    for one in taken:
        if one.trouble is not None:
            print(f"{one.file.name}: {TROUBLES[one.trouble]}")
    fresh, known = sum(one.fresh for one in taken), sum(one.known for one in taken)
    print(f"Đã nhận {fresh} lượt mới; {known} lượt đã có từ trước (new; known already).")
    if any(one.trouble is not None for one in taken):
        raise SystemExit(2)


TROUBLES = {
    Trouble.UNKNOWN_STATION: (
        "không nhận: không phải của trạm đã đăng ký, hoặc tệp bị sửa; hãy chép lại từ trạm "
        "(not of a station enrolled here, or not as it was written: carry it again)"
    ),
    Trouble.GAP: (
        "chưa nhận được: thiếu các lượt trước đó; hãy chép lại từ trạm "
        "(what came before is missing: carry it again)"
    ),
    Trouble.FORKED: (
        "không nhận: dữ liệu của trạm là bản sao; hãy nối mạng cho trạm một lần "
        "(the station's file is a copy: connect it to the network once)"
    ),
    Trouble.OTHER_VERSION: (
        "không nhận: trạm và máy chủ khác phiên bản, hãy cập nhật "
        "(station and hub are of different versions: update the older)"
    ),
}


def _moved(source: Engine, target: Engine) -> dict[str, int]:
    try:
        return moving.move(source, target, SystemClock().now())
    except moving.NotEmpty:
        _stop(
            "cơ sở dữ liệu đích đã có dữ liệu, không trộn lẫn "
            "(there are records already in the database named: give an empty one)."
        )
    except moving.NotAlike as error:
        _stop(f"số bản ghi không khớp, chưa chuyển gì (counts differ, nothing was moved): {error}.")


@contextmanager
def _closing(engine: Engine) -> Iterator[Engine]:
    """Let an engine go at the end."""
    try:
        yield engine
    finally:
        engine.dispose()


def _url(options: Namespace) -> str:
    return str(options.database or sqlite_url(options.data / "hub.db"))


def _refuse(what: str, error: BackupError, *more: str) -> NoReturn:
    """End in one sentence for each thing that is wrong."""
    match error:
        case NotWhole(faults=faults):
            reasons = [f"{SENTENCES[fault]}." for fault in faults]
        case ProgramMissing():
            reasons = [
                f"máy này chưa cài {error}: cài gói postgresql-client "
                f"({error} is not installed: install postgresql-client)."
            ]
        case _:
            reasons = [f"{error}."]
    _stop(" ".join([f"{what}:", *reasons, *more]))
