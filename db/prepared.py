"""Statements compiled once and handed straight to the driver. Keeps out what they say.

SQLAlchemy's own execution looks every statement up in its cache and wraps every row: measured
at four fifths of a loan's time on a fast disk. A prepared statement keeps the SQL text, the
converters of its values and those of its columns, so that what is in the file is the same
either way; for identities, moments and words SQLite's are written anew, because SQLAlchemy's took
a third of a batch's time. It runs on the caller's connection, inside the caller's transaction.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from itertools import count, repeat
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    Date,
    Dialect,
    String,
    Uuid,
    any_,
    bindparam,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from db.models import UtcDateTime, Words

Fields = Any
"""A row, its columns by name."""

IsNamed = Callable[[Any], ColumnElement[bool]]
"""Of a column: whether it is among the identities named."""

_ARRAY: Any = bindparam("named", type_=ARRAY(Uuid()))
_Convert = Callable[[Any], Any] | None

KEPT_IDENTITIES = 16_384
"""Identities that are not made again when they are read again: some 3 MB, and a school's worth."""

KEPT_MOMENTS = 4096
"""Moments that are not written again: an event's stands in three places."""

_AT_A_TIME = 2000
_CURSORS = count()
"""Each cursor of a server has a name of its own."""


class Prepared:
    """One statement, compiled at its first use for each kind of database."""

    def __init__(self, statement: Executable, columns: Sequence[str] = ()) -> None:
        """With `columns`, the statement is an insert of those."""
        self._statement = statement
        self._columns = list(columns) or None
        self._compiled: dict[str, _Compiled] = {}

    def first(self, connection: Connection, **values: Any) -> Fields | None:
        """The first row; None if there is none."""
        compiled = self._for(connection)
        row = compiled.execute(connection, values).fetchone()
        return None if row is None else compiled.read(row)

    def all(self, connection: Connection, **values: Any) -> list[Fields]:
        """Every row."""
        compiled = self._for(connection)
        return compiled.read_all(compiled.execute(connection, values).fetchall())

    def each(self, connection: Connection, **values: Any) -> Iterator[Fields]:
        """Every row, fetched while they are gone through: ten years need no more room than one."""
        return self._for(connection).each(connection, values)

    def run(self, connection: Connection, **values: Any) -> int:
        """Change rows, and say how many."""
        changed: int = self._for(connection).execute(connection, values).rowcount
        return changed

    def run_each(self, connection: Connection, rows: Sequence[dict[str, Any]], **same: Any) -> None:
        """Change rows once for each of `rows`, in one call of the driver.

        A server takes the rows of an insert as one stream: one by one they took four times as long.

        Args:
            connection: The caller's transaction.
            rows: The values of each.
            same: Values that are the same in every row.
        """
        if not rows:
            return
        compiled = self._for(connection)
        if self._columns is not None and connection.dialect.name == "postgresql":
            compiled.copy_in(connection, rows, same)
        else:
            compiled.execute_each(connection, rows, same)

    def _for(self, connection: Connection) -> _Compiled:
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            found = _Compiled(self._statement, dialect, self._columns)
            self._compiled[dialect.name] = found
        return found


class PreparedAbout:
    """A statement about certain identities, however many, that need not be written anew for it.

    With `IN`, SQLAlchemy writes a statement again for every number of them: a third of the time
    of a batch of events. A server takes them as one array. SQLite has none (and its `json_each`
    breaks in a database that was loaded from bytes), so there is one text for each power of two,
    filled up with the first of them.
    """

    def __init__(self, build: Callable[[IsNamed], Executable]) -> None:
        """`build` writes the statement around the condition that a column is among them."""
        self._build = build
        self._on_server = Prepared(build(lambda column: column == any_(_ARRAY)))
        self._by_size: dict[int, Prepared] = {}

    def all(self, connection: Connection, named: Collection[UUID], **values: Any) -> list[Fields]:
        """Every row; nothing is asked where nothing is named."""
        if not named:
            return []
        if connection.dialect.name == "postgresql":
            # As an array: one that is cast from a text is read again for every row of the table.
            return self._on_server.all(connection, named=list(named), **values)
        kept = [one.hex for one in named]
        size = max(8, 1 << (len(kept) - 1).bit_length())
        kept += kept[:1] * (size - len(kept))
        return self._of_size(size).all(
            connection, **dict(zip(_places(size), kept, strict=True)), **values
        )

    def _of_size(self, size: int) -> Prepared:
        found = self._by_size.get(size)
        if found is None:
            places = [bindparam(place, type_=String()) for place in _places(size)]
            found = Prepared(self._build(lambda column: column.in_(places)))
            self._by_size[size] = found
        return found


@cache
def _places(size: int) -> list[str]:
    return [f"named_{place}" for place in range(size)]


class _Compiled:
    """One statement's text for one kind of database, and how its values are written and read."""

    def __init__(self, statement: Any, dialect: Dialect, columns: list[str] | None) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=columns)
        self._sql = str(compiled)
        self._fixed = {
            name: bind.value
            for bind, name in compiled.bind_names.items()
            if not bind.required and bind.value is not None
        }
        converters = {
            name: _writer(bind.type, dialect) for bind, name in compiled.bind_names.items()
        }
        self._by_position = compiled.positiontup is not None
        self._names = list(compiled.positiontup or converters)
        self._to_write = [
            (place, convert)
            for place, name in enumerate(self._names)
            if (convert := converters[name]) is not None
        ]
        if columns is not None:
            listed = ", ".join(dialect.identifier_preparer.quote(name) for name in self._names)
            self._copy = f"COPY {statement.table.name} ({listed}) FROM STDIN"
        if hasattr(statement, "exported_columns"):
            self._read_columns(list(statement.exported_columns), dialect)

    def execute(self, connection: Connection, values: dict[str, Any]) -> Any:
        told = self._for_driver(values)
        return self._say(connection, lambda cursor: cursor.execute(self._sql, told))

    def execute_each(
        self, connection: Connection, rows: Sequence[dict[str, Any]], same: dict[str, Any]
    ) -> None:
        told: Iterable[Any] = self._lines(rows, same)
        if not self._by_position:
            told = [dict(zip(self._names, line, strict=True)) for line in told]
        self._say(connection, lambda cursor: cursor.executemany(self._sql, told))

    def copy_in(
        self, connection: Connection, rows: Sequence[dict[str, Any]], same: dict[str, Any]
    ) -> None:
        """Let a server take rows in as one stream."""
        lines = self._lines(rows, same)

        def stream(cursor: Any) -> None:
            with cursor.copy(self._copy) as copying:
                for line in lines:
                    copying.write_row(line)

        self._say(connection, stream)

    def each(self, connection: Connection, values: dict[str, Any]) -> Iterator[Fields]:
        told = self._for_driver(values)
        # A server sends all rows at once, unless it is asked for a cursor of its own.
        on_server = connection.dialect.name == "postgresql"
        named = (f"each_{next(_CURSORS)}",) if on_server else ()
        with closing(connection.connection.cursor(*named)) as cursor:
            try:
                cursor.execute(self._sql, told)
                while rows := cursor.fetchmany(_AT_A_TIME):
                    yield from self.read_all(rows)
            except connection.dialect.loaded_dbapi.Error as error:
                raise self._fault(connection, error) from error

    def _say(self, connection: Connection, say: Callable[[Any], object]) -> Any:
        cursor = connection.connection.cursor()
        try:
            say(cursor)
        except connection.dialect.loaded_dbapi.Error as error:
            raise self._fault(connection, error) from error
        return cursor

    def _fault(self, connection: Connection, error: Exception) -> BaseException:
        """As SQLAlchemy itself tells it, and without the values: they may be a card's number."""
        driver_error = connection.dialect.loaded_dbapi.Error
        return DBAPIError.instance(self._sql, None, error, driver_error, hide_parameters=True)

    def read(self, row: Sequence[Any]) -> Fields:
        read = list(row)
        for place, converter in self._to_read:
            read[place] = converter(read[place])
        return self._make(read)

    def read_all(self, rows: Sequence[Sequence[Any]]) -> list[Fields]:
        """Rows, column by column: cell by cell it took twice as long."""
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        if columns:
            for place, convert in self._to_read:
                columns[place] = map(convert, columns[place])
        return list(map(self._make, zip(*columns, strict=True)))

    def _read_columns(self, columns: list[Any], dialect: Dialect) -> None:
        converters = [_reader(column.type, dialect) for column in columns]
        self._to_read = [(place, one) for place, one in enumerate(converters) if one is not None]
        row: Any = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]
        self._make: Callable[[Iterable[Any]], Fields] = row._make

    def _for_driver(self, values: dict[str, Any]) -> Any:
        told = {**self._fixed, **values} if self._fixed else values
        line = [told[name] for name in self._names]
        for place, convert in self._to_write:
            line[place] = convert(line[place])
        return line if self._by_position else dict(zip(self._names, line, strict=True))

    def _lines(
        self, rows: Sequence[dict[str, Any]], same: dict[str, Any]
    ) -> Iterator[tuple[Any, ...]]:
        """The values of each row as the driver takes them; what is the same is written once.

        Column by column: cell by cell it took twice as long.
        """
        own, once, written = rows[0].keys(), {**self._fixed, **same}, dict(self._to_write)
        columns: list[Iterable[Any]] = []
        for place, name in enumerate(self._names):
            convert = written.get(place)
            if name in own:
                column = [values[name] for values in rows]
                columns.append(map(convert, column) if convert else column)
            else:
                value = convert(once[name]) if convert else once[name]
                columns.append(repeat(value, len(rows)))
        return zip(*columns, strict=True)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    """How a value is handed to the driver; None if as it is."""
    if dialect.name == "sqlite":
        match kind:
            case UtcDateTime():
                return _as_moment_kept
            case Uuid():
                return _as_identity_kept
            case Words():
                return None  # a word is text already
            case Date():
                return _as_day_kept
            case JSON(none_as_null=False):
                return _as_json_kept
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    """What becomes of a driver's value; None if it stays."""
    if dialect.name == "sqlite":
        match kind:
            case UtcDateTime():
                return _moment_of
            case Uuid():
                return _identity_or_none
            case Words():
                words: dict[Any, Any] = {word.value: word for word in kind.words}
                return {**words, None: None}.__getitem__
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _as_moment_kept(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment needs its zone")
    if value.fold:  # equal to another moment by the same clock, an hour before
        return _written(value)
    return _kept_moment(value)


def _written(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]  # without the zone


_kept_moment = lru_cache(KEPT_MOMENTS)(_written)


def _as_day_kept(value: date | None) -> str | None:
    return None if value is None else date.isoformat(value)


def _as_json_kept(value: Any) -> str:
    # Other spaces than SQLAlchemy's, and letters as they are: read, it is the same.
    return to_json(value).decode()


def _moment_of(kept: str | None) -> datetime | None:
    return None if kept is None else datetime.fromisoformat(f"{kept}+00:00")


def _as_identity_kept(value: UUID | None) -> str | None:
    return None if value is None else value.hex


@lru_cache(KEPT_IDENTITIES)
def identity_of(kept: str) -> UUID:
    """An identity as it is kept in SQLite, and as the feed writes it."""
    return UUID(kept)


def _identity_or_none(kept: str | None) -> UUID | None:
    return None if kept is None else identity_of(kept)
