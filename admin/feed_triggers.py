"""What the hub's database does by itself for the change feed. Keeps out how the feed is read.

Whoever writes a row that kiosks are told of, in whatever way (an import, the desk, a ledger, a
person with a database shell), a trigger marks it in `change` in the same transaction. A trigger's
name ends in a digest of what it does: where the names are there, the triggers are this version's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache

from sqlalchemy import Connection, Date, Time, Uuid

from db.sync.told import TOLD, ToldTable

_PREFIX = "told_"

MARKED_AGAIN = """
    ON CONFLICT (school_id, kind, row_key) DO UPDATE SET change_seq = NULL
    WHERE change.change_seq IS NOT NULL"""
"""A mark that still waits for its number is left; a server holds the row for us even so."""

_MARK = f"""INSERT INTO change (school_id, kind, row_key, change_seq)
    SELECT {{row}}.{{school}}, '{{name}}', {{key}}, CAST(NULL AS BIGINT)
    WHERE {{where}}{MARKED_AGAIN};"""
_MARK_ALL = f"""INSERT INTO change (school_id, kind, row_key, change_seq)
    SELECT {{row}}.{{school}}, '{{name}}', {{key}}, CAST(NULL AS BIGINT) FROM {{row}}
    WHERE {{where}}{MARKED_AGAIN}"""


def install(connection: Connection) -> bool:
    """Make the triggers; False if they were there already."""
    server = connection.dialect.name == "postgresql"
    wanted = _wanted(server)
    there = _there(connection, server)
    if set(there) == set(wanted):
        return False
    for name, table in there.items():
        on = f" ON {table}" if server else ""
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"{on}')
    for name, (told, moment, body) in wanted.items():
        _make(connection, server, name, f"{moment} ON {told.name}", body)
    return True


def mark_everything(connection: Connection) -> None:
    """Have every row told anew."""
    server = connection.dialect.name == "postgresql"
    for told in TOLD:
        place = {"row": told.name, "school": told.school_column, "name": told.name}
        key = _key(told, told.name, server)
        connection.exec_driver_sql(_MARK_ALL.format(key=key, where="TRUE", **place))


def _make(connection: Connection, server: bool, name: str, moment: str, body: str) -> None:
    if not server:
        connection.exec_driver_sql(f'CREATE TRIGGER "{name}" AFTER {moment} BEGIN {body} END')
        return
    connection.exec_driver_sql(
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql'
        f" AS $$ BEGIN {body} RETURN NULL; END $$"
    )
    connection.exec_driver_sql(
        f'CREATE TRIGGER "{name}" AFTER {moment} FOR EACH ROW EXECUTE FUNCTION "{name}"()'
    )


@cache
def _wanted(server: bool) -> dict[str, tuple[ToldTable, str, str]]:
    """Each trigger by its name: on which table, at what moment, and what it does."""
    return {name: (told, moment, body) for name, told, moment, body in _triggers(server)}


def _triggers(server: bool) -> Iterator[tuple[str, ToldTable, str, str]]:
    for told in TOLD:
        new, old = _mark(told, "new", server), _mark(told, "old", server)
        moments = [
            ("entered", "INSERT", new),
            ("changed", f"UPDATE OF {_names(told.columns)}", new),
            ("removed", "DELETE", old),
        ]
        if told.key:  # a trigger of its own, for a key that nobody touches need not be compared
            is_other = f"{_key(told, 'old', server)} <> {_key(told, 'new', server)}"
            moved = _mark(told, "old", server, is_other)
            moments.append(("moved", f"UPDATE OF {_names(told.key)}", moved))
        for what, moment, body in moments:
            digest = hashlib.sha256(f"{moment} {body}".encode()).hexdigest()[:8]
            yield f"{_PREFIX}{told.name}_{what}_{digest}", told, moment, body


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _mark(told: ToldTable, row: str, server: bool, where: str = "TRUE") -> str:
    key = _key(told, row, server)
    return _MARK.format(row=row, school=told.school_column, name=told.name, key=key, where=where)


def _key(told: ToldTable, row: str, server: bool) -> str:
    """The SQL of `ToldTable.row_key`."""
    separator = " || chr(31) || " if server else " || char(31) || "
    parts = [_part(told, name, f'{row}."{name}"', server) for name in told.key]
    return separator.join(parts) or "''"


def _part(told: ToldTable, name: str, column: str, server: bool) -> str:
    if not server:
        return column
    match told.table.columns[name].type:
        case Uuid():
            return f"replace({column}::text, '-', '')"
        case Date():
            return f"to_char({column}, 'YYYY-MM-DD')"
        case Time():
            return f"to_char({column}, 'HH24:MI:SS.US')"
    return f"{column}::text"


def _there(connection: Connection, server: bool) -> dict[str, str]:
    """Our triggers in the database, with their tables."""
    asked = (
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        if server
        else "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    )
    there = connection.exec_driver_sql(asked)
    return {name: table for name, table in there if name.startswith(_PREFIX)}
