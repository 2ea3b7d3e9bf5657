"""Looks after the records from the command line: ``python -m db reindex``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from db import catalogue_index
from db.catalogue_index import IndexCheck
from db.engine import open_engine
from db.errors import DatabaseError


def main(arguments: Sequence[str]) -> int:
    """Do what is asked; 0 when all is well, 1 when an index was found wrong, 2 for no database."""
    options = _read(arguments)
    try:
        engine = open_engine(options.database)
    except DatabaseError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    try:
        with engine.begin() as connection:
            if not options.check:
                catalogue_index.reindex(connection)
            found = catalogue_index.check(connection)
    finally:
        engine.dispose()
    _tell(found, options.json)
    return 0 if found.holds else 1


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m db", description=__doc__)
    commands = parser.add_subparsers(required=True)
    reindex = commands.add_parser("reindex", help="make the catalogue's index anew and check it")
    reindex.add_argument("--database", metavar="URL", required=True, help="whose catalogue")
    reindex.add_argument("--check", action="store_true", help="compare, and change nothing")
    reindex.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(arguments)


def _tell(found: IndexCheck, as_json: bool) -> None:
    figures = {
        "editions": found.editions,
        "differing": len(found.differing),
        "index_holds": found.index_holds,
    }
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<16} {value}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
