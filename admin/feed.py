"""What kiosks are told of the school's records: every change once, in order. Keeps out HTTP.

A feed of state, not a log: a row has one mark in `change`, so what changed ten times is told
once, and a row that is gone leaves its mark behind. Marks are made by triggers, without a
number; whoever reads the feed first numbers those that are committed, holding the school's
counter row. So a number that can be seen has no smaller one to come: a counter taken while
writing has (of rows numbered by a sequence, a reader never saw 24 in 100: docs/sync.md).

A database put back from a backup continues with numbers that kiosks have seen mean something
else. Each run of the hub therefore begins a `Timeline` before it numbers anything: a cursor is
good if its timeline is known here and it does not lie beyond where the next one began. Anything
else is told everything from the start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Date,
    Engine,
    Integer,
    TextClause,
    Time,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)

from admin import feed_triggers
from db.ids import new_id
from db.models import Change, ChangeCounter, School, Timeline, UtcDateTime, Words
from db.prepared import Prepared
from db.sync.messages import PAGE_LIMIT, Page, Rows, Scalar
from db.sync.told import BY_NAME, KEPT_DAYS, SEPARATOR, ToldTable

_COUNTER = select(ChangeCounter.last).where(ChangeCounter.school_id == bindparam("of_school"))
_LAST = Prepared(_COUNTER)
_LOCK_COUNTER = Prepared(_COUNTER.with_for_update())
_COUNT_TO = Prepared(
    update(ChangeCounter)
    .where(ChangeCounter.school_id == bindparam("of_school"))
    .values(last=bindparam("number"))
)
_OF_SCHOOL = Change.school_id == bindparam("of_school")
_UNNUMBERED = Prepared(
    select(Change.kind, Change.row_key)
    .where(_OF_SCHOOL, Change.change_seq.is_(None))
    .with_for_update(skip_locked=True)
)
_IS_MARKED = Prepared(select(Change.kind).where(_OF_SCHOOL, Change.change_seq.is_(None)).limit(1))
_IS_LATER = Prepared(
    select(Change.kind).where(_OF_SCHOOL, Change.change_seq > bindparam("cursor")).limit(1)
)
_NUMBER = Prepared(
    update(Change)
    .where(_OF_SCHOOL, Change.kind == bindparam("of_kind"), Change.row_key == bindparam("of_key"))
    .values(change_seq=bindparam("number"))
)
_NEWEST = Prepared(
    select(Timeline.number, Timeline.nonce)
    .where(Timeline.school_id == bindparam("of_school"))
    .order_by(Timeline.number.desc())
    .limit(1)
)
_BEGIN_TIMELINE = Prepared(
    insert(Timeline), ("school_id", "number", "nonce", "begun_at", "from_seq")
)
_SCHOOLS = Prepared(select(School.id))
_KNOWN = Prepared(
    select(Timeline.number).where(
        Timeline.school_id == bindparam("of_school"), Timeline.nonce == bindparam("nonce")
    )
)
_ENDED = Prepared(
    select(func.min(Timeline.from_seq).label("at")).where(
        Timeline.school_id == bindparam("of_school"), Timeline.number > bindparam("number")
    )
)
_AFTER = Prepared(
    select(Change.change_seq, Change.kind, Change.row_key)
    .where(_OF_SCHOOL, Change.change_seq > bindparam("cursor"))
    .order_by(Change.change_seq)
    .limit(bindparam("most"))
)


def begin(engine: Engine, now: datetime) -> None:
    """Begin a run of the hub: its triggers are in place, and every school has a new timeline."""
    with engine.begin() as connection:
        if feed_triggers.install(connection):
            feed_triggers.mark_everything(connection)
        for school in _SCHOOLS.all(connection):
            _begin_timeline(connection, school.id, now)


def touch(connection: Connection, school_id: int, rows: Iterable[tuple[str, str]]) -> None:
    """Have rows told anew, also where they are as they were or are not there at all.

    Args:
        connection: The caller's transaction.
        school_id: Whose rows.
        rows: Table and key of each.
    """
    marks = sorted(set(rows))
    if connection.dialect.name == "postgresql":
        kinds, keys = ([mark[place] for mark in marks] for place in (0, 1))
        _TOUCH_ON_SERVER.run(connection, school=school_id, kinds=kinds, keys=keys)
        return
    told = [{"kind": kind, "key": key} for kind, key in marks]
    _TOUCH.run_each(connection, told, school=school_id)


_TOUCHED_AGAIN = feed_triggers.MARKED_AGAIN
_TOUCH = Prepared(
    text(
        "INSERT INTO change (school_id, kind, row_key, change_seq)"
        f" VALUES (:school, :kind, :key, NULL){_TOUCHED_AGAIN}"
    )
)
_TOUCH_ON_SERVER = Prepared(
    text(
        "INSERT INTO change (school_id, kind, row_key, change_seq)"
        " SELECT CAST(:school AS integer), kind, key, NULL"
        " FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[])) AS mark (kind, key)"
        f"{_TOUCHED_AGAIN}"
    )
)


def is_news(connection: Connection, school_id: int, timeline: UUID | None, cursor: int) -> bool:
    """Whether a page would tell anything."""
    newest = _NEWEST.first(connection, of_school=school_id)
    if newest is None or newest.nonce != timeline:
        return True
    if _IS_LATER.first(connection, of_school=school_id, cursor=cursor) is not None:
        return True
    return _IS_MARKED.first(connection, of_school=school_id) is not None


def number_marks(engine: Engine, school_id: int, now: datetime) -> None:
    """Give every committed mark its number; one reader at a time."""
    with engine.begin() as connection:
        last = _lock_counter(connection, school_id)
        if _NEWEST.first(connection, of_school=school_id) is None:
            _begin_timeline(connection, school_id, now)
        rows = _UNNUMBERED.all(connection, of_school=school_id)
        numbered = [
            {"of_school": school_id, "of_kind": row.kind, "of_key": row.row_key, "number": number}
            for number, row in enumerate(_parents_first(rows), start=last + 1)
        ]
        if numbered:
            _NUMBER.run_each(connection, numbered)
            _COUNT_TO.run(connection, of_school=school_id, number=last + len(numbered))


def page(
    engine: Engine,
    school_id: int,
    timeline: UUID | None,
    cursor: int,
    now: datetime,
    acked: Any,
    most: int = PAGE_LIMIT,
) -> Page:
    """Tell what comes after `cursor`, in one snapshot.

    Args:
        engine: The hub's records.
        school_id: Whose.
        timeline: The history that `cursor` counts in; None for a station that has none.
        cursor: Up to where the station was told.
        now: The hub's time.
        acked: Reads on this snapshot's connection up to where the station's events are in it.
        most: Rows to tell at most.
    """
    number_marks(engine, school_id, now)
    with _snapshot(engine) as connection, connection.begin():
        newest = _NEWEST.first(connection, of_school=school_id)
        assert newest is not None, "number_marks begins one"
        follows = timeline is not None and _is_ours(connection, school_id, timeline, cursor)
        start = cursor if follows else 0
        marks = _AFTER.all(connection, of_school=school_id, cursor=start, most=most)
        return Page(
            school_id=school_id,
            timeline=newest.nonce,
            from_start=not follows,
            cursor=marks[-1].change_seq if marks else start,
            complete=len(marks) < most,
            acked_seq=acked(connection),
            now=now,
            tables=_read(connection, school_id, marks, now),
        )


def _snapshot(engine: Engine) -> Connection:
    connection = engine.connect()
    if engine.dialect.name == "postgresql":  # SQLite's transactions are snapshots anyway
        return connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def _lock_counter(connection: Connection, school_id: int) -> int:
    counter = _LOCK_COUNTER.first(connection, of_school=school_id)
    if counter is None:
        connection.execute(_BEGIN_COUNTER, {"school": school_id})
        counter = _LOCK_COUNTER.first(connection, of_school=school_id)
        assert counter is not None, "just begun"
    last: int = counter.last
    return last


_BEGIN_COUNTER = text(
    "INSERT INTO change_counter (school_id, last) VALUES (:school, 0) ON CONFLICT DO NOTHING"
)


def _begin_timeline(connection: Connection, school_id: int, now: datetime) -> None:
    last = _lock_counter(connection, school_id)
    newest = _NEWEST.first(connection, of_school=school_id)
    number = 1 if newest is None else newest.number + 1
    row = {"school_id": school_id, "number": number, "nonce": new_id(), "begun_at": now}
    _BEGIN_TIMELINE.run(connection, from_seq=last, **row)


def _is_ours(connection: Connection, school_id: int, timeline: UUID, cursor: int) -> bool:
    """Whether a station's place is one of this database's own history."""
    known = _KNOWN.first(connection, of_school=school_id, nonce=timeline)
    if known is None:
        return False
    ended = _ENDED.first(connection, of_school=school_id, number=known.number)
    if ended is not None and ended.at is not None:
        return bool(cursor <= ended.at)
    counter = _LAST.first(connection, of_school=school_id)
    return counter is not None and cursor <= counter.last


_RANK = {name: rank for rank, name in enumerate(BY_NAME)}


def _parents_first(rows: Sequence[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (_RANK.get(row.kind, 0), row.row_key))


def _read(
    connection: Connection, school_id: int, marks: Sequence[Any], now: datetime
) -> list[Rows]:
    keys: dict[str, list[str]] = defaultdict(list)
    for mark in marks:
        keys[mark.kind].append(mark.row_key)
    kinds = sorted(keys, key=lambda kind: _RANK.get(kind, 0))
    return [
        _read_table(connection, BY_NAME[kind], school_id, keys[kind], now)
        for kind in kinds
        if kind in BY_NAME
    ]


def _read_table(
    connection: Connection, told: ToldTable, school_id: int, keys: Sequence[str], now: datetime
) -> Rows:
    found = rows_with_keys(connection, told, school_id, keys, now)
    wanted = set(keys)
    rows = [row for row in found if told.row_key(row) in wanted]
    gone = wanted.difference(told.row_key(row) for row in rows)
    return Rows(
        kind=told.name,
        columns={name: [row[name] for row in rows] for name in told.columns},
        gone=[list(key.split(SEPARATOR)) for key in sorted(gone)],
    )


def rows_with_keys(
    connection: Connection, told: ToldTable, school_id: int, keys: Sequence[str], now: datetime
) -> list[dict[str, Any]]:
    """The rows with these keys that are told, and perhaps more; values as SQLite keeps them."""
    asked: dict[str, Any] = {"school": school_id}
    statement = _statement(told)
    if _asks_when(told):
        asked["since"] = now - timedelta(days=KEPT_DAYS)
    if told.key:
        read = _READ.get(type(told.table.columns[told.key[0]].type), _word_reader(told))
        asked["keys"] = [read(first) for first in {key.split(SEPARATOR)[0] for key in keys}]
    rows = connection.execute(statement, asked).mappings().all()
    if connection.dialect.name == "sqlite":
        return [dict(row) for row in rows]
    return [{name: as_kept(value) for name, value in row.items()} for row in rows]


def _asks_when(told: ToldTable) -> bool:
    return any(":since" in sql for sql in (told.only, *told.instead.values()))


@cache
def _statement(told: ToldTable) -> TextClause:
    columns = ", ".join(
        f'{told.instead.get(name, chr(34) + name + chr(34))} AS "{name}"' for name in told.columns
    )
    where = [f"{told.school_column} = :school", *([told.only] if told.only else [])]
    binds = []
    if told.key:
        where.append(f'"{told.key[0]}" IN :keys')
        kind = told.table.columns[told.key[0]].type
        binds.append(bindparam("keys", expanding=True, type_=kind))
    sql = f"SELECT {columns} FROM {told.name} WHERE {' AND '.join(where)}"
    if _asks_when(told):
        binds.append(bindparam("since", type_=UtcDateTime()))
    return text(sql).bindparams(*binds)


def _word_reader(told: ToldTable) -> Callable[[str], Any]:
    """A key that is a word of an enum is bound as that; another is the text itself."""
    kind = told.table.columns[told.key[0]].type
    return kind.words if isinstance(kind, Words) else str


_READ: dict[type, Callable[[str], Any]] = {
    Uuid: UUID,
    Date: date.fromisoformat,
    Time: time.fromisoformat,
    Integer: int,
}


def as_kept(value: Any) -> Scalar:
    """A server's value as SQLite would keep it."""
    match value:
        case UUID():
            return value.hex
        case bool():
            return int(value)
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
        case time():
            return f"{value:%H:%M:%S.%f}"
        case date():
            return value.isoformat()
    kept: Scalar = value
    return kept
