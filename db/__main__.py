"""The records' command line: ``python -m db --help``. Keeps out what the commands do."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from db import commands
from db.intake.columns import COPIES, PUPILS, STAFF
from db.intake.importing import FileKind
from db.intake.lists import ListKind
from db.legacy_fonts import Encoding


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; the exit status is that of docs/import.md."""
    os.umask(0o077)  # what is kept names children: for this account alone
    options = _parser().parse_args(arguments)
    status: int = options.run(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m db", description="The library's records: bring files in, write lists out."
    )
    choices = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_import(choices.add_parser("import", help="bring a file of the school into the records"))
    _add_export(choices.add_parser("export", help="write a list, or records for other libraries"))
    _add_retire(choices.add_parser("retire", help="forget who had loans that ended long ago"))
    _add_reader(
        choices.add_parser("reader", help="write out, or erase, what is kept of one reader")
    )
    _add_reindex(choices.add_parser("reindex", help="make the catalogue's index anew and check it"))
    return parser


def _add_reindex(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="compare, and change nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    _add_records(parser)
    parser.set_defaults(run=commands.reindex)


def _add_retire(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--before", metavar="DATE", type=_day, required=True, help="yyyy-mm-dd")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    _add_records(parser)
    parser.set_defaults(run=commands.retire)


def _add_reader(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("card", metavar="CARD", help="number of a card they have or had")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", metavar="FOLDER", type=Path, help="write reader.json and .txt there")
    what.add_argument("--erase", metavar="CARD AGAIN", help="the same number, to be sure")
    parser.add_argument("--author", metavar="NAME", default="command", help="for the audit log")
    _add_records(parser)
    parser.set_defaults(run=commands.one_reader)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=list(map(str, ListKind)), help="what is listed")
    parser.add_argument(
        "--format",
        choices=["xlsx", "csv", "marc", "records"],
        default="xlsx",
        help="marc and records (CSV) are for other libraries, of editions only",
    )
    parser.add_argument("--out", metavar="FILE", type=Path, required=True)
    _add_records(parser)
    parser.set_defaults(run=commands.export_list)


def _add_import(parser: argparse.ArgumentParser) -> None:
    kinds = [*map(str, FileKind), commands.RECORDS]
    parser.add_argument("kind", choices=kinds, help="what the file lists")
    parser.add_argument(
        "file", metavar="FILE", type=Path, help=".xlsx, .xls or .csv; of records .mrc or .csv"
    )
    parser.add_argument(
        "--without-copies", action="store_true", help="take records, but not the copies they have"
    )
    parser.add_argument(
        "--new-numbers",
        action="store_true",
        help="give copies whose number is taken the next free one of their kho",
    )
    _add_records(parser)
    parser.add_argument("--preview", action="store_true", help="say what would be done")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--column",
        metavar="FIELD=HEADER",
        type=_column,
        action="append",
        default=[],
        help="which column a field is, where it is not found by its name; may be repeated",
    )
    parser.add_argument("--header-row", metavar="N", type=int, help="the row with the names")
    parser.add_argument(
        "--encoding", choices=list(map(str, Encoding)), help="what text of old fonts is written in"
    )
    parser.add_argument("--kho", metavar="PREFIX", default="", help="the register of bare numbers")
    parser.add_argument("--school-year", metavar="YEAR", type=_school_year)
    parser.add_argument("--keep-sex", action="store_true", help="keep sex, for the school's report")
    parser.add_argument(
        "--key-file", metavar="FILE", type=Path, help="the secret that codes are hashed with"
    )
    parser.set_defaults(run=commands.import_file)


def _add_records(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        metavar="URL",
        default=os.environ.get("ADMIN_DATABASE_URL"),
        help="such as sqlite:///hub.db; also by ADMIN_DATABASE_URL (var/hub/hub.db)",
    )
    parser.add_argument("--language", choices=["vi", "en"], default="vi")


def _column(text: str) -> tuple[str, str]:
    name, equals, header = text.partition("=")
    if not (name and equals and header):
        raise argparse.ArgumentTypeError("give FIELD=HEADER, such as homeroom=Lớp học")
    fields = sorted({*PUPILS, *STAFF, *COPIES})
    if name.strip() not in fields:
        raise argparse.ArgumentTypeError(f"no field {name.strip()}; there are {', '.join(fields)}")
    return name.strip(), header.strip()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("give a day, such as 2025-05-31") from error


def _school_year(text: str) -> str:
    found = re.fullmatch(r"(20[0-9]{2})-(20[0-9]{2})", text)
    if not found or int(found[2]) != int(found[1]) + 1:
        raise argparse.ArgumentTypeError("give a school year, such as 2026-2027")
    return text


if __name__ == "__main__":
    raise SystemExit(main())
