"""Reads what the library has, and writes a plan in one transaction. Keeps out how plans are made.

Everything of one import commits together or not at all; a plan is made and written in the
same transaction, so that nothing changes between. The audit log keeps what was imported and
how many rows, never whom.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from db import rulebook
from db.accession import own_registers
from db.calendar import usual_year, year_begun
from db.clock import SCHOOL_ZONE, local_day
from db.ids import new_id
from db.intake.people import Change, CodeDigest, KnownPerson, PeoplePlan, Person, homerooms
from db.intake.register import (
    CopyUpdate,
    EditionFacts,
    KnownCopy,
    KnownEdition,
    NewCopy,
    RegisterPlan,
    Stock,
)
from db.models import (
    AuditEntry,
    Card,
    Copy,
    CopyChange,
    Edition,
    Enrolment,
    Homeroom,
    Kho,
    Patron,
    PatronCode,
    PatronDetail,
    School,
    SchoolYear,
    SkippedNumber,
    Voucher,
)
from db.outcomes import PatronCategory
from db.patrons import new_card
from db.school_codes import KEY_BYTES
from db.states import CopyState, EnrolmentEnd, LendingMode, PatronStatus, VoucherKind

NEW_SCHOOL = "Trường THCS"
"""What a school is called before somebody has said its name."""
_BATCH = 500


def begin_school(connection: Connection, school_id: int) -> None:
    """Give empty records a school with the default kho and policies; leave others alone."""
    if connection.execute(select(School.id).where(School.id == school_id)).first():
        return
    connection.execute(
        insert(School).values(
            id=school_id, name=NEW_SCHOOL, open_weekdays="012345", rules_version=1
        )
    )
    rulebook.begin_rules(connection, school_id)


def school_year_of(connection: Connection, school_id: int, today: date) -> str:
    """The name of the school year that a class list of today is for: from July on the next."""
    for row in connection.execute(select(SchoolYear.__table__).filter_by(school_id=school_id)):
        if row.begins_on <= today <= row.ends_on:
            return str(row.name)
    first = year_begun(today)
    return f"{first}-{first + 1}"


def school_key(file: Path) -> bytes:
    """The school's secret for hashing codes; a new one is made where there is none.

    Raises:
        OSError: The file cannot be read or made.
        ValueError: It holds something else.
    """
    with suppress(FileExistsError):
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as new:
            new.write(secrets.token_hex(KEY_BYTES) + "\n")
    key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    if len(key) < KEY_BYTES:
        raise ValueError(f"the key has {len(key)} bytes; {KEY_BYTES} are needed")
    return key


def known_people(connection: Connection, school_id: int) -> tuple[KnownPerson, ...]:
    """Everybody in the records, in the order they came in."""
    codes: dict[UUID, set[CodeDigest]] = {}
    for row in _rows(connection, PatronCode, school_id):
        codes.setdefault(row.patron_id, set()).add(CodeDigest(row.kind, row.digest))
    cards: dict[UUID, str] = {}
    revoked: dict[UUID, set[str]] = {}
    for row in _rows(connection, Card, school_id):
        if row.revoked:
            revoked.setdefault(row.patron_id, set()).add(row.number)
        else:
            cards[row.patron_id] = row.number
    details = {row.patron_id: row for row in _rows(connection, PatronDetail, school_id)}
    return tuple(
        KnownPerson(
            row.id,
            _person(row, codes.get(row.id, set()), cards.get(row.id, ""), details.get(row.id)),
            row.school_year,
            row.status is PatronStatus.ACTIVE,
            frozenset(revoked.get(row.id, ())),
        )
        for row in sorted(_rows(connection, Patron, school_id), key=lambda row: row.id)
        if row.name  # a nameless one stands for loans whose reader is forgotten
    )


def _person(row: Any, codes: set[CodeDigest], card: str, detail: Any) -> Person:
    return Person(
        row.name,
        row.category,
        row.homeroom,
        row.grade,
        frozenset(codes),
        card,
        detail.female if detail else None,
        detail.position if detail else "",
        detail.subject if detail else "",
    )


def read_stock(connection: Connection, school_id: int) -> Stock:
    """The editions and copies, as far as an import needs them."""
    widths = {row.prefix: row.width for row in _rows(connection, Kho, school_id)}
    columns = [Edition.__table__.c[name] for name in EditionFacts.__dataclass_fields__]
    editions = connection.execute(
        select(Edition.id, *columns).where(Edition.school_id == school_id).order_by(Edition.id)
    )
    return Stock(
        own_registers(widths),
        tuple(KnownEdition(row[0], EditionFacts(*row[1:])) for row in editions),
        _known_copies(connection, school_id),
        {kho: frozenset(_serials(connection, school_id, kho)) for kho in widths},
    )


def _serials(connection: Connection, school_id: int, kho: str) -> Iterator[int]:
    """The numbers of a kho that have a copy, and those that never will."""
    for table in (Copy, SkippedNumber):
        asked = select(table.number).where(table.school_id == school_id, table.kho == kho)
        yield from connection.scalars(asked)


def _known_copies(connection: Connection, school_id: int) -> dict[str, KnownCopy]:
    entry = (Voucher.school_id == Copy.school_id) & (Voucher.id == Copy.entry_id)
    asked = (
        select(
            Copy.accession, Copy.id, Copy.edition_id, Copy.price_vnd, Copy.shelf, Copy.row,
            Voucher.serial, Copy.state,
        )
        .outerjoin(Voucher, entry)
        .where(Copy.school_id == school_id)
    )  # fmt: skip
    return {
        row[0]: KnownCopy(*row[1:7], withdrawn=row.state is CopyState.WITHDRAWN)
        for row in connection.execute(asked)
    }


def write_people(
    connection: Connection, school_id: int, plan: PeoplePlan, now: datetime, author: str
) -> None:
    """Enter and correct people as planned.

    Whoever is new and has no card gets the number of one; codes are kept as their hashes.
    """
    if not plan.new and not plan.changed:
        return
    today = local_day(now)
    _enter_school_year(connection, school_id, plan.school_year)
    everyone = [*plan.new, *(change.after for change in plan.changed)]
    _enter_homerooms(connection, school_id, plan.school_year, everyone)
    taken = set(connection.scalars(select(Card.number).where(Card.school_id == school_id)))
    ids = {new_id(): person for person in plan.new}
    _insert(connection, Patron, [_patron(school_id, i, p, plan) for i, p in ids.items()])
    cards = [(i, person.card or new_card(person.category, taken)) for i, person in ids.items()]
    for change in plan.changed:
        _correct(connection, school_id, change, plan.school_year, today)
        if change.after.card not in ("", change.before.card) or not change.after.card:
            cards.append((change.id, change.after.card or new_card(change.after.category, taken)))
    _insert(connection, Card, [_card(school_id, i, number, now) for i, number in cards])
    enrolled = [(i, p) for i, p in ids.items() if p.homeroom]
    enrolled += [(one.id, one.after) for one in plan.changed if _moves(one)]
    _insert(connection, Enrolment, [_enrolment(school_id, *one, plan, today) for one in enrolled])
    before = {change.id: change.before for change in plan.changed}
    codes = [
        {"school_id": school_id, "patron_id": i, **asdict(code)}
        for i, person in [*ids.items(), *((one.id, one.after) for one in plan.changed)]
        for code in person.codes - (before[i].codes if i in before else frozenset())
    ]
    _insert(connection, PatronCode, codes)
    details = [(i, person) for i, person in ids.items() if _has_detail(person)]
    _insert(connection, PatronDetail, [_detail(school_id, *one) for one in details])
    _note(connection, school_id, "import-people", asdict(plan.counts), now, author)


def write_copies(
    connection: Connection, school_id: int, plan: RegisterPlan, now: datetime, author: str
) -> None:
    """Enter editions and copies as planned, and the vouchers that they name."""
    if not plan.new and not plan.changed:
        return
    today = local_day(now)
    lending: dict[str, LendingMode] = {
        row.prefix: row.lending for row in _rows(connection, Kho, school_id)
    }
    came = _first_days(plan.new)
    editions = [_edition(school_id, one, lending, came.get(one.id)) for one in plan.editions]
    _insert(connection, Edition, editions)
    vouchers = _Vouchers(connection, school_id, today)
    copies = [_copy(school_id, new, vouchers) for new in plan.new]
    _insert(connection, Copy, copies)
    _insert(connection, CopyChange, [_first_change(copy, now, author) for copy in copies])
    for change in plan.changed:
        _correct_copy(connection, school_id, change, vouchers)
    _note(connection, school_id, "import-copies", asdict(plan.counts), now, author)


class _Vouchers:
    """The general register while copies are entered: finds a voucher, or makes it."""

    def __init__(self, connection: Connection, school_id: int, today: date) -> None:
        self._connection = connection
        self._school_id = school_id
        self._today = today
        self._entries: dict[int, UUID] = {}
        self._exits: dict[str, UUID] = {}
        for row in _rows(connection, Voucher, school_id):
            if row.kind is VoucherKind.ENTRY:
                self._entries[row.serial] = row.id
            else:
                self._exits[row.number] = row.id

    def entry(self, serial: int | None, entered_on: date | None) -> UUID | None:
        """The entry voucher of a serial number; None for none."""
        if serial is None:
            return None
        if serial not in self._entries:
            day = entered_on or self._today
            self._entries[serial] = self._make(VoucherKind.ENTRY, serial, day, "")
        return self._entries[serial]

    def exit(self, number: str) -> UUID | None:
        """The exit voucher that a register calls `number`; None for none."""
        if not number:
            return None
        if number not in self._exits:
            asked = select(func.max(Voucher.serial)).where(
                Voucher.school_id == self._school_id, Voucher.kind == VoucherKind.EXIT
            )
            serial = (self._connection.execute(asked).scalar() or 0) + 1
            self._exits[number] = self._make(VoucherKind.EXIT, serial, self._today, number)
        return self._exits[number]

    def _make(self, kind: VoucherKind, serial: int, day: date, number: str) -> UUID:
        made = new_id()
        key = {"school_id": self._school_id, "id": made}
        row = {**key, "kind": kind, "serial": serial, "entered_on": day, "number": number}
        _insert(self._connection, Voucher, [row])
        return made


def _enter_school_year(connection: Connection, school_id: int, name: str) -> None:
    """Enter a school year with the customary days, for the librarian to correct."""
    known = select(SchoolYear.name).filter_by(school_id=school_id, name=name)
    if connection.execute(known).first():
        return
    rulebook.set_school_year(connection, school_id, usual_year(int(name[:4])))


def _enter_homerooms(
    connection: Connection, school_id: int, school_year: str, people: Iterable[Person]
) -> None:
    asked = select(Homeroom.name).filter_by(school_id=school_id, school_year=school_year)
    known = set(connection.scalars(asked))
    key = {"school_id": school_id, "school_year": school_year}
    rooms = [{**key, "name": n, "grade": g} for n, g in homerooms(people) if n not in known]
    _insert(connection, Homeroom, rooms)


def _patron(school_id: int, patron_id: UUID, person: Person, plan: PeoplePlan) -> dict[str, Any]:
    return {
        "school_id": school_id,
        "id": patron_id,
        "category": person.category,
        **_shown(person, plan.school_year),
    }


def _shown(person: Person, school_year: str) -> dict[str, Any]:
    return {
        "name": person.name,
        "homeroom": person.homeroom,
        "grade": person.grade,
        "school_year": school_year if person.homeroom else "",
        "status": PatronStatus.ACTIVE,
    }


def _correct(
    connection: Connection, school_id: int, change: Change, school_year: str, today: date
) -> None:
    """Let the records say what the file does; a pupil who moves leaves their old homeroom."""
    named = (Patron.school_id == school_id) & (Patron.id == change.id)
    shown = {**_shown(change.after, school_year), "category": change.after.category}
    connection.execute(update(Patron).where(named).values(**shown, left_on=None))
    if _moves(change):
        open_one = (
            (Enrolment.school_id == school_id)
            & (Enrolment.patron_id == change.id)
            & Enrolment.until.is_(None)
        )
        ended = {"until": today, "ended": _end(change)}
        connection.execute(update(Enrolment).where(open_one).values(ended))
    if _has_detail(change.after):
        detail = _detail(school_id, change.id, change.after)
        key = {"school_id": detail.pop("school_id"), "patron_id": detail.pop("patron_id")}
        at = (PatronDetail.school_id == school_id) & (PatronDetail.patron_id == change.id)
        if not connection.execute(update(PatronDetail).where(at).values(detail)).rowcount:
            connection.execute(insert(PatronDetail).values(**key, **detail))


def _moves(change: Change) -> bool:
    """Whether a pupil is in another homeroom than before, or in another school year."""
    moved = change.returned or change.before.homeroom != change.after.homeroom
    return moved and change.after.category is PatronCategory.STUDENT


def _end(change: Change) -> EnrolmentEnd:
    if not change.returned:
        return EnrolmentEnd.MOVED
    before, after = change.before.grade or 0, change.after.grade or 0
    return EnrolmentEnd.PROMOTED if after > before else EnrolmentEnd.REPEATED


def _card(school_id: int, patron_id: UUID, number: str, now: datetime) -> dict[str, Any]:
    return {
        "school_id": school_id,
        "number": number,
        "patron_id": patron_id,
        "issued_at": now,
        "revoked": False,
    }


def _enrolment(
    school_id: int, patron_id: UUID, person: Person, plan: PeoplePlan, today: date
) -> dict[str, Any]:
    return {
        "school_id": school_id,
        "id": new_id(),
        "patron_id": patron_id,
        "school_year": plan.school_year,
        "homeroom": person.homeroom,
        "since": today,
    }


def _has_detail(person: Person) -> bool:
    return person.female is not None or bool(person.position or person.subject)


def _detail(school_id: int, patron_id: UUID, person: Person) -> dict[str, Any]:
    told = {"female": person.female, "position": person.position, "subject": person.subject}
    return {"school_id": school_id, "patron_id": patron_id, **told}


def _first_days(copies: Iterable[NewCopy]) -> dict[UUID, date]:
    """When the first copy of each edition was entered, where the register says it."""
    days: dict[UUID, date] = {}
    for copy in copies:
        day = copy.facts.entered_on
        if day is not None:
            days[copy.edition_id] = min(day, days.get(copy.edition_id, day))
    return days


def _edition(
    school_id: int, edition: KnownEdition, lending: dict[str, LendingMode], came: date | None
) -> dict[str, Any]:
    return {
        "school_id": school_id,
        "id": edition.id,
        **asdict(edition.facts),
        "lending": lending.get(edition.facts.kho, LendingMode.TAKE_HOME),
        # A register taken over on the first day is not two thousand new titles (S16).
        "entered_at": None if came is None else datetime.combine(came, time(12), SCHOOL_ZONE),
    }


def _copy(school_id: int, new: NewCopy, vouchers: _Vouchers) -> dict[str, Any]:
    facts = new.facts
    return {
        "school_id": school_id,
        "id": new_id(),
        "accession": new.number.accession,
        "kho": new.number.kho,
        "number": new.number.serial,
        "edition_id": new.edition_id,
        "state": CopyState.WITHDRAWN if facts.exit else CopyState.AVAILABLE,
        "shelf": facts.shelf,
        "row": facts.row,
        "price_vnd": facts.price_vnd,
        "entry_id": vouchers.entry(facts.entry, facts.entered_on),
        "exit_id": vouchers.exit(facts.exit),
        "original_number": new.number.as_written,
    }


def _first_change(copy: dict[str, Any], now: datetime, author: str) -> dict[str, Any]:
    return {
        "school_id": copy["school_id"],
        "id": new_id(),
        "copy_id": copy["id"],
        "changed_at": now,
        "state": copy["state"],
        "reason": "import",
        "author": author,
    }


def _correct_copy(
    connection: Connection, school_id: int, change: CopyUpdate, vouchers: _Vouchers
) -> None:
    at = (Copy.school_id == school_id) & (Copy.id == change.id)
    values = {
        "edition_id": change.edition_id,
        "price_vnd": change.price_vnd,
        "shelf": change.shelf,
        "row": change.row,
        "entry_id": vouchers.entry(change.entry, change.entered_on),
    }
    connection.execute(update(Copy).where(at).values(values))


def _note(
    connection: Connection,
    school_id: int,
    act: str,
    counts: dict[str, int],
    now: datetime,
    author: str,
) -> None:
    detail = ", ".join(f"{name} {number}" for name, number in counts.items())
    row = {"school_id": school_id, "id": new_id(), "made_at": now, "author": author, "act": act}
    _insert(connection, AuditEntry, [{**row, "detail": detail}])


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    for first in range(0, len(rows), _BATCH):
        connection.execute(insert(table), rows[first : first + _BATCH])


def _rows(connection: Connection, table: Any, school_id: int) -> Iterator[Any]:
    yield from connection.execute(select(table.__table__).filter_by(school_id=school_id))
