"""What the library knows of readers, and how it forgets them. Keeps out who may ask for it.

Loans that are over lose their reader after a while: in the reader's place stands a row without
a name, of the same category, class and grade, one for each reader and class, so that visits
and loans are still counted exactly. Whoever is erased keeps an empty row, to which their
revoked cards point: a number is never given out again. What is forgotten in which time:
docs/privacy.md.

Source:
    Domain specification 6; Law 91/2025/QH15, articles 3 and 24.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from db.clock import SCHOOL_ZONE, local_day
from db.ids import new_id
from db.models import (
    Account,
    AuditEntry,
    Card,
    Copy,
    Corner,
    CrateCopy,
    DataRequest,
    DeskSession,
    DutyRota,
    Edition,
    Enrolment,
    Hold,
    Homeroom,
    LessonRequest,
    Loan,
    LossCase,
    MissingTextbook,
    OutboxEvent,
    Patron,
    PatronCode,
    PatronDetail,
    PriorityFlag,
    ReceivedEvent,
    Role,
    SetLoan,
    SetPlace,
    StaffPin,
    Station,
    TeamMember,
    Voucher,
    WishVote,
    full_title,
)
from db.states import PatronStatus

CASE_YEARS = 5
"""For how long a settled loss or damage keeps its reader."""
LEAVER_DAYS = 365
"""How long after leaving somebody is erased who owes nothing."""
AUDIT_DAYS = 730
_BATCH = 2_000
"""Rows written, or events read, at a time."""

Statistics = Counter[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Retired:
    """What a run forgot."""

    loans: int
    """Loans that lost their reader."""
    readers: int
    """Readers they belonged to."""
    erased: int
    """Leavers who were erased."""
    log_entries: int
    """Lines of the audit log that were too old."""


@dataclass(frozen=True, slots=True)
class StillOwes:
    """A reader cannot be erased yet."""

    open_loans: int
    open_cases: int


@dataclass(frozen=True, slots=True)
class Erased:
    """A reader is forgotten."""

    loans: int
    """Loans that stay, without them."""


def retire(
    connection: Connection, school_id: int, before: date, now: datetime, author: str = "retire"
) -> Retired:
    """Forget who had the loans that ended before a day, leavers, and the old audit log.

    Raises:
        AssertionError: A statistic would change; nothing is kept of the run then.
    """
    counted = statistics(connection, school_id)
    limit = _midnight(before)
    over = Loan.returned_at.is_not(None) & (Loan.returned_at < limit)
    parted = _part(connection, school_id, _forgettable(connection, school_id, over, now))
    _pass_events(connection, school_id, parted.moved)
    leavers = _leavers(connection, school_id, local_day(now) - timedelta(days=LEAVER_DAYS))
    erased = sum(
        isinstance(_erase(connection, school_id, leaver, now), Erased) for leaver in leavers
    )
    old = (AuditEntry.school_id == school_id) & (
        AuditEntry.made_at < now - timedelta(days=AUDIT_DAYS)
    )
    log_entries = connection.execute(delete(AuditEntry).where(old)).rowcount
    done_long_ago = DataRequest.done_on < local_day(now) - timedelta(days=AUDIT_DAYS)
    connection.execute(delete(DataRequest).where(DataRequest.school_id == school_id, done_long_ago))
    assert statistics(connection, school_id) == counted
    done = Retired(len(parted.moved), parted.readers, erased, log_entries)
    if parted.moved or erased:
        detail = f"before {before}: {done.loans} loans, {erased} leavers"
        note(connection, school_id, "retire", author, now, detail=detail)
    return done


def erase(
    connection: Connection, school_id: int, patron_id: UUID, now: datetime, author: str
) -> Erased | StillOwes:
    """Forget one reader; not while they have something of the library's.

    Raises:
        AssertionError: A statistic would change; nothing is kept of the run then.
    """
    counted = statistics(connection, school_id)
    outcome = _erase(connection, school_id, patron_id, now)
    assert statistics(connection, school_id) == counted
    if isinstance(outcome, Erased):
        note(connection, school_id, "erase-reader", author, now, subject=patron_id)
    return outcome


def reader_record(
    connection: Connection, school_id: int, patron_id: UUID, now: datetime, author: str
) -> dict[str, Any]:
    """All that is kept of one reader, in plain values; that it was looked at is logged.

    Raises:
        LookupError: There is no such reader.
    """
    mine = {"school_id": school_id, "patron_id": patron_id}
    asked = select(Patron.__table__).filter_by(school_id=school_id, id=patron_id)
    patron = connection.execute(asked).first()
    if patron is None:
        raise LookupError(patron_id)
    note(connection, school_id, "view-reader", author, now, subject=patron_id)
    detail = connection.execute(select(PatronDetail.__table__).filter_by(**mine)).first()
    return {
        "name": patron.name,
        "category": patron.category.value,
        "homeroom": patron.homeroom,
        "school_year": patron.school_year,
        "status": patron.status.value,
        "sex": {None: "", True: "Nữ", False: "Nam"}[detail.female if detail else None],
        "position": detail.position if detail else "",
        "subject": detail.subject if detail else "",
        "codes": [row.kind for row in _of(connection, PatronCode, mine)],
        "cards": [
            {"number": row.number, "revoked": row.revoked} for row in _of(connection, Card, mine)
        ],
        "classes": [
            {"school_year": row.school_year, "homeroom": row.homeroom, "since": f"{row.since}"}
            for row in _of(connection, Enrolment, mine)
        ],
        "roles": [
            {"role": row.role.value, "since": f"{row.since}"} for row in _of(connection, Role, mine)
        ],
        "served_first_since": [
            f"{local_day(row.set_at)}" for row in _of(connection, PriorityFlag, mine)
        ],
        "loans": list(_history(connection, school_id, patron_id)),
        "waits_for": [f"{row.placed_at}" for row in _of(connection, Hold, mine)],
        "books_for_lessons": [row.lesson for row in _of(connection, LessonRequest, mine)],
        "requests": [
            {
                "asked_on": f"{row.asked_on}",
                "wish": row.wish.value,
                "done_on": f"{row.done_on or ''}",
                "answer": row.answer,
            }
            for row in _of(connection, DataRequest, mine)
        ],
        "library_team": [row.school_year for row in _of(connection, TeamMember, mine)],
        "on_duty": len(list(_of(connection, DutyRota, mine))),
        "wishes": len(list(_of(connection, WishVote, mine))),
        "signs_in_as": [row.name for row in _of(connection, Account, mine)],
        "looked_at": [
            {"at": f"{row.made_at.astimezone(SCHOOL_ZONE):%Y-%m-%d %H:%M}", "by": row.author}
            for row in _of(
                connection, AuditEntry, {"school_id": school_id, "subject_id": patron_id}
            )
        ],
    }


def note(
    connection: Connection,
    school_id: int,
    act: str,
    author: str,
    now: datetime,
    *,
    subject: UUID | None = None,
    detail: str = "",
) -> None:
    """Enter an act into the audit log."""
    key = {"school_id": school_id, "id": new_id(), "made_at": now, "author": author}
    row = {**key, "act": act, "subject_id": subject, "detail": detail}
    connection.execute(insert(AuditEntry).values(row))


def statistics(connection: Connection, school_id: int) -> Statistics:
    """Loans and visits counted by all that reports count by, from the loans themselves.

    A loan belongs to the class its reader was in on that day. Visits are readers of a day and
    half of it, each counted once.
    """
    rooms = _Rooms(connection, school_id)
    counted: Statistics = Counter()
    visits: set[tuple[Any, ...]] = set()
    asked = (
        select(
            Loan.patron_id, Loan.lent_at, Loan.returned_at, Loan.kind, Patron.category,
            Patron.homeroom, Patron.grade, Patron.school_year, Edition.class_19, Copy.kho,
        )
        .join(Patron, (Patron.school_id == Loan.school_id) & (Patron.id == Loan.patron_id))
        .join(Copy, (Copy.school_id == Loan.school_id) & (Copy.id == Loan.copy_id))
        .join(Edition, (Edition.school_id == Copy.school_id) & (Edition.id == Copy.edition_id))
        .where(Loan.school_id == school_id)
    )  # fmt: skip
    for row in connection.execute(asked):
        lent = row.lent_at.astimezone(SCHOOL_ZONE)
        room, grade, _ = rooms.of(row, lent.date())
        who = (f"{lent:%Y-%m}", row.category, room, grade)
        counted[("loans", *who, row.class_19, row.kho, row.kind, row.returned_at is None)] += 1
        visits.add((*who, row.patron_id, lent.date(), lent.hour < 12))
    counted.update(("visits", *visit[:4]) for visit in visits)
    return counted


class _Rooms:
    """Which class a reader was in on which day."""

    def __init__(self, connection: Connection, school_id: int) -> None:
        self._grades = {
            (row.school_year, row.name): row.grade
            for row in _of(connection, Homeroom, {"school_id": school_id})
        }
        self._enrolments: dict[UUID, list[Any]] = {}
        for row in _of(connection, Enrolment, {"school_id": school_id}):
            self._enrolments.setdefault(row.patron_id, []).append(row)

    def of(self, row: Any, day: date) -> tuple[str, int | None, str]:
        """Class, grade and school year of a loan's reader; without an enrolment, of their row."""
        for one in self._enrolments.get(row.patron_id, ()):
            if one.since <= day and (one.until is None or day < one.until):
                grade = self._grades[one.school_year, one.homeroom]
                return one.homeroom, grade, one.school_year
        return row.homeroom, row.grade, row.school_year


def _forgettable(
    connection: Connection, school_id: int, which: Any, now: datetime
) -> Iterator[Any]:
    """Loans whose reader has a name and is not needed for a loss or damage any more."""
    kept = select(LossCase.loan_id).where(
        LossCase.school_id == school_id,
        LossCase.loan_id.is_not(None),
        or_(
            LossCase.settled_at.is_(None),
            LossCase.settled_at > now - timedelta(days=365 * CASE_YEARS),
        ),
    )
    asked = (
        select(
            Loan.id, Loan.patron_id, Loan.lent_at, Loan.set_loan_id, Patron.category,
            Patron.homeroom, Patron.grade, Patron.school_year,
        )
        .join(Patron, (Patron.school_id == Loan.school_id) & (Patron.id == Loan.patron_id))
        .where(Loan.school_id == school_id, which, Patron.name != "", Loan.id.not_in(kept))
    )  # fmt: skip
    yield from connection.execute(asked)


@dataclass(frozen=True, slots=True)
class _Parted:
    """Loans that lost their reader."""

    moved: dict[UUID, UUID]
    """The nameless reader of each loan."""
    readers: int
    """Whose they were."""


def _part(connection: Connection, school_id: int, found: Iterable[Any]) -> _Parted:
    """Give loans to nameless readers, one for each reader and class."""
    rooms = _Rooms(connection, school_id)
    nameless: dict[tuple[Any, ...], UUID] = {}
    moved: dict[UUID, UUID] = {}
    sets: dict[UUID, UUID] = {}
    for row in found:
        key = (row.patron_id, row.category, *rooms.of(row, local_day(row.lent_at)))
        reader = nameless.setdefault(key, new_id())
        moved[row.id] = reader
        if row.set_loan_id is not None:
            sets[row.set_loan_id] = reader
    _enter_nameless(connection, school_id, nameless)
    of_loan = (Loan.school_id == school_id, Loan.id == bindparam("of_loan"))
    to_nobody: dict[str, Any] = {"patron_id": bindparam("reader"), "handed_in_by": None}
    pairs = ({"of_loan": loan, "reader": reader} for loan, reader in moved.items())
    _in_batches(connection, update(Loan).where(*of_loan).values(to_nobody), pairs)
    _part_sets(connection, school_id, sets)
    return _Parted(moved, len({key[0] for key in nameless}))


def _enter_nameless(
    connection: Connection, school_id: int, nameless: dict[tuple[Any, ...], UUID]
) -> None:
    rows = (
        {
            "school_id": school_id,
            "id": reader,
            "name": "",
            "category": category,
            "homeroom": room,
            "grade": grade,
            "school_year": year,
            "status": PatronStatus.LEFT,
        }
        for (_, category, room, grade, year), reader in nameless.items()
    )
    _in_batches(connection, insert(Patron), rows)


def _part_sets(connection: Connection, school_id: int, sets: dict[UUID, UUID]) -> None:
    """Give textbook sets to nameless readers, once nothing of them is out."""
    out = select(Loan.id).where(
        Loan.school_id == school_id,
        Loan.set_loan_id == SetLoan.id,
        Loan.returned_at.is_(None),
    )
    of_set = (SetLoan.school_id == school_id, SetLoan.id == bindparam("of_set"), ~out.exists())
    pairs = ({"of_set": set_loan, "reader": reader} for set_loan, reader in sets.items())
    whose = update(SetLoan).where(*of_set).values(patron_id=bindparam("reader"))
    _in_batches(connection, whose, pairs)


def _pass_events(connection: Connection, school_id: int, moved: dict[UUID, UUID]) -> None:
    """Let the kept words of events name the nameless reader too; unsent ones stay as they are."""
    if not moved:
        return
    by_loan = {str(loan): str(reader) for loan, reader in moved.items()}
    acked = select(func.max(Station.acked_seq)).scalar_subquery()
    _reword(connection, OutboxEvent, OutboxEvent.seq, OutboxEvent.seq <= acked, by_loan)
    received = ReceivedEvent.school_id == school_id
    _reword(connection, ReceivedEvent, ReceivedEvent.event_id, received, by_loan)


def _reword(
    connection: Connection, table: Any, key: Any, which: Any, by_loan: dict[str, str]
) -> None:
    """Take readers out of a table's events, a part of them at a time, in the order of their key."""
    after: Any = None
    change = update(table).where(which, key == bindparam("one")).values(payload=bindparam("told"))
    while True:
        more = which if after is None else and_(which, key > after)
        part = select(key, table.payload).where(more).order_by(key).limit(_BATCH)
        rows = connection.execute(part).all()
        if not rows:
            return
        after = rows[-1][0]
        told = ((one, _without_reader(payload, by_loan)) for one, payload in rows)
        changed = [{"one": one, "told": payload} for one, payload in told if payload is not None]
        _in_batches(connection, change, changed)


def _in_batches(connection: Connection, statement: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Run a statement for every row, many at a time."""
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH)):
        connection.execute(statement, batch)


def _without_reader(payload: dict[str, Any], by_loan: dict[str, str]) -> dict[str, Any] | None:
    reader = by_loan.get(str(payload.get("loan_id", "")))
    if reader is None:
        return None
    told = {"patron_id": reader, "handed_in_by": None}
    return payload | {name: value for name, value in told.items() if name in payload}


def _leavers(connection: Connection, school_id: int, left_before: date) -> list[UUID]:
    asked = select(Patron.id).where(
        Patron.school_id == school_id,
        Patron.status == PatronStatus.LEFT,
        Patron.left_on < left_before,
        Patron.name != "",
    )
    return list(connection.scalars(asked))


def _erase(
    connection: Connection, school_id: int, patron_id: UUID, now: datetime
) -> Erased | StillOwes:
    mine = (Loan.school_id == school_id) & (Loan.patron_id == patron_id)
    open_loans = _count(connection, Loan, mine & Loan.returned_at.is_(None))
    cases = LossCase.loan_id.in_(select(Loan.id).where(mine)) & LossCase.settled_at.is_(None)
    open_cases = _count(connection, LossCase, (LossCase.school_id == school_id) & cases)
    if open_loans or open_cases:
        return StillOwes(open_loans, open_cases)
    found = _forgettable(connection, school_id, mine, datetime.max.replace(tzinfo=SCHOOL_ZONE))
    parted = _part(connection, school_id, found)
    _pass_events(connection, school_id, parted.moved)
    for table in _OF_ONE_READER:
        of_them = (table.school_id == school_id) & (table.patron_id == patron_id)
        connection.execute(delete(table).where(of_them))
    given = (Voucher.school_id == school_id) & (Voucher.donor_id == patron_id)
    connection.execute(update(Voucher).where(given).values(donor=""))  # their name, most likely
    asked = (DataRequest.school_id == school_id) & (DataRequest.patron_id == patron_id)
    connection.execute(update(DataRequest).where(asked).values(answer=""))  # somebody's own words
    for column in _NAMING_A_READER:
        owner = column.class_
        named = (owner.school_id == school_id) & (column == patron_id)
        connection.execute(update(owner).where(named).values({column.key: None}))
    cards = (Card.school_id == school_id) & (Card.patron_id == patron_id)
    connection.execute(update(Card).where(cards).values(revoked=True))
    _end_account(connection, school_id, patron_id, now)
    nobody = {"name": "", "homeroom": "", "grade": None, "school_year": ""}
    at = (Patron.school_id == school_id) & (Patron.id == patron_id)
    connection.execute(update(Patron).where(at).values(**nobody, status=PatronStatus.LEFT))
    return Erased(len(parted.moved))


def _end_account(connection: Connection, school_id: int, patron_id: UUID, now: datetime) -> None:
    """Let a reader's account at the desk open nothing more and name nobody."""
    theirs = select(Account.id).filter_by(school_id=school_id, patron_id=patron_id)
    for account_id in connection.scalars(theirs).all():
        at = {"school_id": school_id, "account_id": account_id}
        connection.execute(delete(DeskSession).filter_by(**at))
        one = (Account.school_id == school_id, Account.id == account_id)
        ended = {"ended_at": func.coalesce(Account.ended_at, now), "patron_id": None}
        nobody = {"name": account_id.hex, "shown_name": "", "password": ""}
        connection.execute(update(Account).where(*one).values(**ended, **nobody))


_OF_ONE_READER: tuple[Any, ...] = (
    PatronCode,
    PatronDetail,
    PriorityFlag,
    Role,
    Enrolment,
    SetPlace,
    Hold,
    MissingTextbook,
    WishVote,
    StaffPin,
    LessonRequest,
    DutyRota,
    TeamMember,
)
"""Tables whose rows go with their reader."""
_NAMING_A_READER: tuple[Any, ...] = (
    Loan.handed_in_by,
    CrateCopy.handed_in_by,
    Homeroom.teacher_id,
    Corner.teacher_id,
    Corner.first_pupil_id,
    Corner.second_pupil_id,
    Voucher.donor_id,
)
"""Columns that forget their reader, and stay."""


def _count(connection: Connection, table: Any, which: Any) -> int:
    return connection.execute(select(func.count()).select_from(table).where(which)).scalar_one()


def _history(connection: Connection, school_id: int, patron_id: UUID) -> Iterator[dict[str, str]]:
    asked = (
        select(Loan.lent_at, Loan.due, Loan.returned_at, Copy.accession, full_title())
        .select_from(Loan)
        .join(Copy, (Copy.school_id == Loan.school_id) & (Copy.id == Loan.copy_id))
        .join(Edition, (Edition.school_id == Copy.school_id) & (Edition.id == Copy.edition_id))
        .where(Loan.school_id == school_id, Loan.patron_id == patron_id)
        .order_by(Loan.lent_at)
    )
    for row in connection.execute(asked):
        yield {
            "lent_on": f"{local_day(row.lent_at)}",
            "due": f"{row.due}",
            "returned_on": f"{local_day(row.returned_at)}" if row.returned_at else "",
            "accession": row.accession,
            "title": row.title,
        }


def _of(connection: Connection, table: Any, where: dict[str, Any]) -> Iterator[Any]:
    yield from connection.execute(select(table.__table__).filter_by(**where))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SCHOOL_ZONE)
