"""The hub's command line: ``python -m admin --help``. Keeps out what the commands do."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from admin import commands, exporting, keeping, printing

DATA = Path("var/hub")
HOST = "127.0.0.1"
PORT = 8765
LAN_PORT = 8766
NAME_LENGTH = 40
"""Characters of a station's name, as in its settings."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks; exit with status 2 where a person has to change something."""
    os.umask(0o077)  # what is kept names children: for this account alone
    options = _parser().parse_args(arguments)
    options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m admin",
        description="The library's hub: kiosks report to it, the librarian reads it in a browser. "
        "Without a command it serves.",
    )
    _add_records(parser, DATA, os.environ.get("ADMIN_DATABASE_URL"))
    _add_server(parser, HOST, PORT, False)
    _add_lan(parser, None, LAN_PORT)
    keeping.add_rounds(parser, None, "24,14,12")
    parser.set_defaults(run=commands.serve)
    # A command takes the common options too; left out there, what stood before it holds.
    unset = argparse.SUPPRESS
    choices = parser.add_subparsers(title="commands", metavar="COMMAND")
    serving = choices.add_parser("serve", help="serve the desk and the kiosks (the default)")
    _add_server(serving, unset, unset, unset)
    _add_lan(serving, unset, unset)
    keeping.add_rounds(serving, unset, unset)
    enrolment = choices.add_parser("enrol", help="let a kiosk in: by a code, or with its token")
    _add_enrolment(enrolment)
    revocation = choices.add_parser("revoke", help="end the trust in a kiosk: it forgets people")
    revocation.add_argument("name", metavar="NAME", type=_name, help="the station")
    revocation.set_defaults(run=commands.revoke_kiosk)
    forgotten = choices.add_parser("reset-password", help="give an account of the desk a new one")
    forgotten.add_argument("name", metavar="NAME", type=_name, help="what is typed to sign in")
    forgotten.set_defaults(run=commands.reset_password)
    lists = choices.add_parser("loans", help="list the loans")
    _add_listing(lists)
    others = (
        *keeping.add_commands(choices),
        *printing.add_commands(choices),
        *exporting.add_commands(choices),
    )
    for command in (serving, enrolment, revocation, forgotten, lists, *others):
        _add_records(command, unset, unset)
    return parser


def _add_records(parser: argparse.ArgumentParser, data: Path | str, database: str | None) -> None:
    parser.add_argument(
        "--data", metavar="DIR", type=Path, default=data, help=f"folder of hub.db ({DATA})"
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        default=database,
        help="another database, such as postgresql+psycopg://…; also by ADMIN_DATABASE_URL",
    )


def _add_server(
    parser: argparse.ArgumentParser, host: str, port: int | str, demo: bool | str
) -> None:
    parser.add_argument("--host", default=host, help=f"address of this machine ({HOST})")
    parser.add_argument("--port", type=_port, default=port, help=f"0 for any free one ({PORT})")
    parser.add_argument(
        "--demo", action="store_true", default=demo, help="fill empty records with the demo school"
    )


def _add_lan(parser: argparse.ArgumentParser, host: str | None, port: int | str) -> None:
    parser.add_argument(
        "--lan",
        metavar="ADDRESS",
        default=host,
        help="let kiosks in from the network, by TLS, at this address (0.0.0.0: at all of them)",
    )
    parser.add_argument("--lan-port", type=_port, default=port, help=f"its port ({LAN_PORT})")


def _add_enrolment(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--kiosk",
        metavar="STATION",
        type=_name,
        help="show a code and a QR text by which this station is paired, also while the hub runs",
    )
    which.add_argument(
        "name",
        metavar="NAME",
        type=_name,
        nargs="?",
        help="a station on this machine, as in its settings: show its token",
    )
    parser.add_argument(
        "--address", metavar="HOST[:PORT]", help="with --kiosk: where stations find the hub"
    )
    parser.add_argument(
        "--token-file", metavar="FILE", type=Path, help="write the token there, do not show it"
    )
    parser.add_argument(
        "--replace", action="store_true", help="end the token that NAME has and give a new one"
    )
    parser.set_defaults(run=commands.enrol_kiosk)


def _add_listing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--today", action="store_true", help="only those lent today")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=commands.list_loans)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError("give a number from 0 to 65535")
    return int(text)


def _name(text: str) -> str:
    name = text.strip()
    if not (0 < len(name) <= NAME_LENGTH and name.isprintable()):
        raise argparse.ArgumentTypeError(f"give a name of 1 to {NAME_LENGTH} characters")
    return name


if __name__ == "__main__":
    main()
