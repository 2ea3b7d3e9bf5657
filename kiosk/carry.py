"""``python -m kiosk carry --to DIR``: the station's events onto a USB stick. Also while it runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from config.checking import load_settings
from config.settings import Settings
from db.engine import open_read_only, sqlite_url
from db.errors import StationUnpaired
from db.sync import carried
from db.sync.credentials import read_tokens


def carry(arguments: list[str]) -> int:
    """Write them and say what to do with the stick; return the exit status.

    Raises:
        SettingsError: With every mistake of the settings file.
    """
    asked = _parser().parse_args(arguments)
    station = {"data_dir": asked.data} if asked.data else {}
    hub = {"token_file": asked.token_file} if asked.token_file else {}
    settings = load_settings(asked.settings, {"station": station, "hub": hub})
    try:
        tokens = read_tokens(settings.hub.token_file)
    except StationUnpaired:
        missing = settings.hub.token_file.resolve()
        print(f"Trạm chưa đăng ký với máy chủ: không có {missing}", file=sys.stderr)
        print("Nếu tệp ấy ở nơi khác, chạy lại với --token-file TỆP.", file=sys.stderr)
        return 4
    try:
        written = _write(settings, asked.to, tokens)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        print(f"Không chép được vào {asked.to}: {reason}. USB còn chỗ không?", file=sys.stderr)
        return 4
    except SQLAlchemyError as error:
        print(f"Không đọc được dữ liệu của trạm ({type(error).__name__}).", file=sys.stderr)
        return 4
    print(f"Đã chép {written} lượt vào {asked.to}.")
    print("Cắm USB vào máy chủ thư viện rồi chạy: python -m admin take-in THƯ-MỤC")
    return 0


def _write(settings: Settings, folder: Path, tokens: tuple[str, ...]) -> int:
    engine = open_read_only(sqlite_url(settings.station.data_dir / "kiosk.db"))
    try:
        return carried.write(engine, folder, *tokens)
    finally:
        engine.dispose()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kiosk carry",
        description="Put the station's events on a USB stick, for a hub without network.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--to", type=Path, metavar="DIR", required=True, help="folder of the stick")
    add("--settings", type=Path, metavar="FILE", help="settings file (TOML)")
    add("--data", metavar="DIR", help="folder of the station's database")
    add("--token-file", metavar="FILE", help="the hub's enrolment token")
    return parser
