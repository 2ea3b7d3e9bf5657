"""Moves a hub's records from a SQLite file to a PostgreSQL server. Keeps out the command.

Everything in one transaction of the server: rows, then the counts of both sides compared, then
the commit. The file is only read and stays as it was.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from admin import backups
from db import catalogue_index
from db.models import Base, CatalogueEntry

CHUNK = 1000
"""Rows sent at once."""

_MADE_ANEW = CatalogueEntry.__tablename__
"""The catalogue's words: the server has its own way of keeping them, and makes its own."""


class NotEmpty(Exception):
    """The server's database has records already; they are never mixed."""


class NotAlike(Exception):
    """Not every row arrived; the server's database is as it was."""

    def __init__(self, tables: dict[str, tuple[int, int]]) -> None:
        super().__init__(", ".join(f"{name} {a}/{b}" for name, (a, b) in tables.items()))
        self.tables = tables


def move(source: Engine, target: Engine, now: datetime) -> dict[str, int]:
    """Copy every row, and begin a new timeline on the server.

    Args:
        source: The hub's file, which nobody else has open.
        target: The server's database, its tables made and empty.
        now: The present moment.

    Returns:
        How many rows of each table there are now, on both sides.

    Raises:
        NotEmpty: There are records on the server.
        NotAlike: The counts differ; nothing was kept.
    """
    with source.begin() as reading, target.begin() as writing:
        if any(_count(writing, table) for table in Base.metadata.sorted_tables):
            raise NotEmpty
        for table in Base.metadata.sorted_tables:
            if table.name != _MADE_ANEW:
                _copy(reading, writing, table)
                _continue_numbers(writing, table)
        catalogue_index.reindex(writing)
        counts = _compare(reading, writing)
    backups.begin_anew(target, now)
    return counts


def _copy(reading: Connection, writing: Connection, table: Table) -> None:
    rows = reading.execution_options(yield_per=CHUNK).execute(select(table)).mappings()
    for chunk in rows.partitions(CHUNK):
        writing.execute(insert(table), [dict(row) for row in chunk])


def _continue_numbers(writing: Connection, table: Table) -> None:
    """Have the server's own numbering go on after the rows that brought their numbers along."""
    column = table.autoincrement_column
    if column is None or (last := writing.execute(select(func.max(column))).scalar()) is None:
        return
    named = {"of_table": table.name, "of_column": column.name, "last": last}
    sequence = "pg_get_serial_sequence(:of_table, :of_column)"
    writing.execute(text(f"SELECT setval({sequence}, :last)"), named)


def _compare(reading: Connection, writing: Connection) -> dict[str, int]:
    both = {
        table.name: (_count(reading, table), _count(writing, table))
        for table in Base.metadata.sorted_tables
    }
    if unlike := {name: pair for name, pair in both.items() if pair[0] != pair[1]}:
        raise NotAlike(unlike)
    return {name: count for name, (count, _) in both.items()}


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
