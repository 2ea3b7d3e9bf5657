"""Statements compiled once and handed straight to the driver. Keeps out what they say.

SQLAlchemy's own execution looks every statement up in its cache and wraps every row: measured
at four fifths of a loan's time on a fast disk. A prepared statement keeps the SQL text, the
converters of its values and those of its columns, all made by SQLAlchemy's dialect, so that
what is in the file is the same either way. It runs on the caller's connection, inside the
caller's transaction.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Connection, Dialect, Uuid, any_, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable
from sqlalchemy.sql.compiler import SQLCompiler

Fields = Any
"""A row, its columns by name."""

IsNamed = Callable[[Any], ColumnElement[bool]]
"""Of a column: whether it is among the identities named."""

_ARRAY: Any = bindparam("named", type_=ARRAY(Uuid()))
_Convert = Callable[[Any], Any] | None


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
        return [compiled.read(row) for row in compiled.execute(connection, values).fetchall()]

    def run(self, connection: Connection, **values: Any) -> int:
        """Change rows, and say how many."""
        changed: int = self._for(connection).execute(connection, values).rowcount
        return changed

    def run_each(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Change rows once for each of `rows`, in one call of the driver."""
        if rows:
            self._for(connection).execute_each(connection, rows)

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
            return self._on_server.all(connection, named=list(named), **values)
        first = next(iter(named))
        size = max(8, 1 << (len(named) - 1).bit_length())
        padded = [*named, *[first] * (size - len(named))]
        values |= {f"named_{place}": one for place, one in enumerate(padded)}
        return self._of_size(size).all(connection, **values)

    def _of_size(self, size: int) -> Prepared:
        found = self._by_size.get(size)
        if found is None:
            places = [bindparam(f"named_{place}", type_=Uuid()) for place in range(size)]
            found = Prepared(self._build(lambda column: column.in_(places)))
            self._by_size[size] = found
        return found


class _Compiled:
    """One statement's text for one kind of database, and how its values are written and read."""

    def __init__(self, statement: Any, dialect: Dialect, columns: list[str] | None) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=columns)
        self._sql = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        converters: dict[str, _Convert] = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for bind, name in compiled.bind_names.items()
        }
        self._by_position = compiled.positiontup is not None
        names = compiled.positiontup or list(converters)
        self._values = [(name, converters[name]) for name in names]
        if hasattr(statement, "exported_columns"):
            self._read_columns(list(statement.exported_columns), dialect)

    def execute(self, connection: Connection, values: dict[str, Any]) -> Any:
        told = self._for_driver(values)
        return self._say(connection, lambda cursor: cursor.execute(self._sql, told))

    def execute_each(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        told = [self._for_driver(values) for values in rows]
        self._say(connection, lambda cursor: cursor.executemany(self._sql, told))

    def _say(self, connection: Connection, say: Callable[[Any], object]) -> Any:
        cursor = connection.connection.cursor()
        driver_error = connection.dialect.loaded_dbapi.Error
        try:
            say(cursor)
        except driver_error as error:
            # As SQLAlchemy itself tells it, and without the values: they may be a card's number.
            raise DBAPIError.instance(
                self._sql, None, error, driver_error, hide_parameters=True
            ) from error
        return cursor

    def read(self, row: Sequence[Any]) -> Fields:
        read = list(row)
        for place, converter in self._to_convert:
            read[place] = converter(read[place])
        return self._make(read)

    def _read_columns(self, columns: list[Any], dialect: Dialect) -> None:
        converters = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        self._to_convert = [(place, one) for place, one in enumerate(converters) if one is not None]
        row: Any = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]
        self._make: Callable[[Iterable[Any]], Fields] = row._make

    def _for_driver(self, values: dict[str, Any]) -> Any:
        told = {**self._fixed, **values} if self._fixed else values
        if self._by_position:
            return [
                told[name] if converter is None else converter(told[name])
                for name, converter in self._values
            ]
        return {
            name: told[name] if converter is None else converter(told[name])
            for name, converter in self._values
        }
