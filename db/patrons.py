"""People over the years: cards, priority, roles, promotion. Keeps out where their names come from.

Nothing of a person is overwritten but their present class: where they were is their
enrolments, which cards they had are their cards.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update

from db.calendar import YearDates
from db.identifiers import CARD_DIGITS, AccessionNumber, CardNumber
from db.ids import new_id
from db.library import Act, Library
from db.models import (
    AuditEntry,
    Card,
    Copy,
    Edition,
    Enrolment,
    Homeroom,
    Loan,
    Patron,
    PriorityFlag,
    Role,
    full_title,
)
from db.outcomes import PatronCategory
from db.states import EnrolmentEnd, PatronStatus, RoleName

_HOMEROOM = re.compile(
    r"(?:LỚP\s*)?(?P<grade>[6-9])\s*[.\-/ ]?\s*(?P<section>[A-ZĐ]\d{0,2}|\d{1,2})"
)
"""Class codes as schools write them (domain specification 2.5)."""


@dataclass(frozen=True, slots=True)
class HomeroomCode:
    """What a class code says."""

    grade: int
    section: str


@dataclass(frozen=True, slots=True)
class OwedLoan:
    """What somebody who leaves still has."""

    patron_id: UUID
    name: str
    homeroom: str
    accession: AccessionNumber
    title: str
    due: date


@dataclass(frozen=True, slots=True)
class Promotion:
    """What a change of school years did, or would do."""

    owed: tuple[OwedLoan, ...]
    """The leavers' open loans, to be seen to first."""
    promoted: int
    repeating: int
    left: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An exception to promotion: another homeroom, or none for a pupil who goes."""

    homeroom: str | None


class Patrons:
    """The people of one school."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def issue_card(self, patron_id: UUID, number: CardNumber, author: str) -> None:
        """Give a patron a card; those they had are revoked and say so from now on."""
        with self._library.act() as act:
            _issue(act, patron_id, number, author)

    def revoke_card(self, number: CardNumber, author: str) -> bool:
        """Let a lost card count no longer; False if it did not."""
        with self._library.act() as act:
            asked = select(Card.patron_id).where(
                Card.school_id == act.school_id, Card.number == number, ~Card.revoked
            )
            patron_id = act.connection.execute(asked).scalar()
            if patron_id is not None:
                _revoke(act, Card.number == number)
                audit(act, author, "card-revoked", patron_id)
        return patron_id is not None

    def issue_new_card(self, patron_id: UUID, author: str) -> CardNumber:
        """Give a patron a card whose number nobody has or had; those they had are revoked.

        Raises:
            LookupError: There is no such patron.
        """
        with self._library.act() as act:
            of_patron = (Patron.school_id == act.school_id, Patron.id == patron_id)
            category = act.connection.execute(select(Patron.category).where(*of_patron)).scalar()
            if category is None:
                raise LookupError(patron_id)
            numbers = select(Card.number).where(Card.school_id == act.school_id)
            number = new_card(category, set(act.connection.scalars(numbers)))
            _issue(act, patron_id, number, author)
        return number

    def block(self, patron_id: UUID, blocked: bool, author: str) -> None:
        """Let a patron borrow nothing for a while, or again."""
        with self._library.act() as act:
            who = and_(Patron.school_id == act.school_id, Patron.id == patron_id)
            act.connection.execute(update(Patron).where(who).values(blocked=blocked))
            audit(act, author, "patron-blocked" if blocked else "patron-let-again", patron_id)

    def leave(self, patron_ids: Iterable[UUID], author: str) -> int:
        """Let people have left the school today: cards revoked, what they owe stays on their name.

        Returns:
            How many left; who had left before is not counted.
        """
        left = 0
        with self._library.act() as act:
            for patron_id in patron_ids:
                who = and_(
                    Patron.school_id == act.school_id,
                    Patron.id == patron_id,
                    Patron.status == PatronStatus.ACTIVE,
                )
                gone = {"status": PatronStatus.LEFT, "left_on": act.today}
                if not act.connection.execute(update(Patron).where(who).values(gone)).rowcount:
                    continue
                move = _Move(patron_id, 0, None, EnrolmentEnd.TRANSFERRED)
                _end_enrolment(act, move, act.today)
                _revoke(act, Card.patron_id == patron_id)
                audit(act, author, "patron-left", patron_id)
                left += 1
        return left

    def set_priority(self, patron_id: UUID, author: str) -> None:
        """Let a pupil be served first with textbooks. Why is nowhere written down."""
        with self._library.act() as act:
            if not _has_priority(act, patron_id):
                flag = {"patron_id": patron_id, "set_at": act.now, "set_by": author}
                act.connection.execute(insert(PriorityFlag).values(school_id=act.school_id, **flag))
                audit(act, author, "priority-set", patron_id)

    def clear_priority(self, patron_id: UUID, author: str) -> None:
        """Let a pupil be served in the ordinary order again."""
        with self._library.act() as act:
            cleared = {"cleared_at": act.now, "cleared_by": author}
            open_flag = and_(*_open_flag(act, patron_id))
            act.connection.execute(update(PriorityFlag).where(open_flag).values(cleared))
            audit(act, author, "priority-cleared", patron_id)

    def has_priority(self, patron_id: UUID) -> bool:
        """Whether a pupil is served first with textbooks."""
        with self._library.act() as act:
            return _has_priority(act, patron_id)

    def appoint(
        self, patron_id: UUID, role: RoleName, decision: str, until: date | None = None
    ) -> None:
        """Note what somebody does for the library from today, by the principal's decision."""
        with self._library.act() as act:
            what = {"patron_id": patron_id, "role": role, "since": act.today}
            told = {"until": until, "decision": decision}
            act.connection.execute(insert(Role).values(school_id=act.school_id, **what, **told))

    def dismiss(self, patron_id: UUID, role: RoleName) -> None:
        """End what somebody does for the library at once: yesterday was the last day of it."""
        with self._library.act() as act:
            held = (
                Role.school_id == act.school_id,
                Role.patron_id == patron_id,
                Role.role == role,
                func.coalesce(Role.until, act.today) >= act.today,
            )
            begun = Role.since < act.today
            act.connection.execute(delete(Role).where(*held, ~begun))
            ended = {"until": act.today - timedelta(days=1)}
            act.connection.execute(update(Role).where(*held, begun).values(ended))

    def roles(self, patron_id: UUID) -> frozenset[RoleName]:
        """What somebody does for the library today."""
        with self._library.act() as act:
            held = select(Role.role).where(
                Role.school_id == act.school_id,
                Role.patron_id == patron_id,
                Role.since <= act.today,
                func.coalesce(Role.until, act.today) >= act.today,
            )
            return frozenset(act.connection.execute(held).scalars())

    def owed_by_leavers(self, exceptions: Mapping[UUID, Elsewhere] | None = None) -> Promotion:
        """Say what promotion would do, and what those who would leave still have."""
        with self._library.act() as act:
            return _plan(act, exceptions or {}).told(act)

    def promote(
        self,
        year: YearDates,
        author: str,
        exceptions: Mapping[UUID, Elsewhere] | None = None,
    ) -> Promotion:
        """Move every pupil up a grade into `year`, which must be entered; the last grade leaves.

        Whoever leaves can no longer use their card; what they still have stays on their name.
        Who is in that year already stays as they are: twice is once, and new pupils whose list
        was imported before are not moved on.
        """
        with self._library.act() as act:
            plan = _plan(act, exceptions or {}, Patron.school_year < year.name)
            told = plan.told(act)
            if not plan.moves:
                return told
            _make_homerooms(act, year.name, plan)
            for move in plan.moves:
                _move(act, move, year)
            audit(act, author, "promoted", None, year.name)
        return told


@dataclass(frozen=True, slots=True)
class _Move:
    """One pupil's way into the next school year."""

    patron_id: UUID
    old_grade: int
    homeroom: str | None
    """None for whoever leaves."""
    ended: EnrolmentEnd


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everyone's."""

    moves: tuple[_Move, ...]

    def told(self, act: Act) -> Promotion:
        leaving = [move.patron_id for move in self.moves if move.homeroom is None]
        ends = [move.ended for move in self.moves]
        return Promotion(
            owed=_owed(act, leaving),
            promoted=sum(end in (EnrolmentEnd.PROMOTED, EnrolmentEnd.MOVED) for end in ends),
            repeating=ends.count(EnrolmentEnd.REPEATED),
            left=len(leaving),
        )


def read_homeroom(text: str) -> HomeroomCode | None:
    """Say which class a code means: "6A", "6A1", "6/1", "6.1", "Lớp 6A", "6 A"."""
    found = _HOMEROOM.fullmatch(unicodedata.normalize("NFC", text).strip().upper())
    return None if found is None else HomeroomCode(int(found["grade"]), found["section"])


def code_digest(key: bytes, code: str) -> bytes:
    """A code's keyed hash: the same code is found again, but not read, without the school's key."""
    return hmac.digest(key, code.encode(), hashlib.sha256)


def new_card(category: PatronCategory, taken: set[str]) -> CardNumber:
    """A number that nobody has or had: the letters of pupils or adults, and random digits."""
    letters = "HS" if category is PatronCategory.STUDENT else "GV"
    digits = CARD_DIGITS[letters]
    while True:
        number = f"{letters}{secrets.randbelow(10**digits):0{digits}d}"
        if number not in taken:
            taken.add(number)
            return CardNumber(number)


def audit(
    act: Act, author: str, what: str, subject_id: UUID | None = None, detail: str = ""
) -> None:
    """Note who did or looked at what; names stay out."""
    entry = {"id": new_id(), "made_at": act.now, "author": author, "act": what}
    about = {"subject_id": subject_id, "detail": detail}
    act.connection.execute(insert(AuditEntry).values(school_id=act.school_id, **entry, **about))


def _issue(act: Act, patron_id: UUID, number: CardNumber, author: str) -> None:
    _revoke(act, Card.patron_id == patron_id)
    card = {"number": number, "patron_id": patron_id, "issued_at": act.now}
    act.connection.execute(insert(Card).values(school_id=act.school_id, **card))
    audit(act, author, "card-issued", patron_id)


def _revoke(act: Act, which: Any) -> None:
    asked = and_(Card.school_id == act.school_id, which, ~Card.revoked)
    act.connection.execute(update(Card).where(asked).values(revoked=True, revoked_at=act.now))


def _open_flag(act: Act, patron_id: UUID) -> tuple[Any, ...]:
    own = (PriorityFlag.school_id == act.school_id, PriorityFlag.patron_id == patron_id)
    return *own, PriorityFlag.cleared_at.is_(None)


def _has_priority(act: Act, patron_id: UUID) -> bool:
    flag = select(PriorityFlag.set_at).where(*_open_flag(act, patron_id))
    return act.connection.execute(flag).first() is not None


def _plan(act: Act, exceptions: Mapping[UUID, Elsewhere], *which: ColumnElement[bool]) -> _Plan:
    pupils = act.connection.execute(
        select(Patron.id, Patron.grade, Patron.homeroom)
        .where(
            Patron.school_id == act.school_id,
            Patron.category == PatronCategory.STUDENT,
            Patron.status == PatronStatus.ACTIVE,
            Patron.grade.is_not(None),
            *which,
        )
        .order_by(Patron.id)
    )
    last = act.rules.choices.last_grade
    return _Plan(tuple(_way_of(row, exceptions.get(row.id), last) for row in pupils))


def _way_of(pupil: Any, exception: Elsewhere | None, last_grade: int) -> _Move:
    if exception is None:
        homeroom = _next_homeroom(pupil.homeroom, pupil.grade, last_grade)
        ended = EnrolmentEnd.PROMOTED if homeroom else EnrolmentEnd.GRADUATED
    else:
        homeroom, ended = exception.homeroom, _why_elsewhere(pupil.grade, exception)
    return _Move(pupil.id, pupil.grade, homeroom, ended)


def _why_elsewhere(grade: int, exception: Elsewhere) -> EnrolmentEnd:
    if exception.homeroom is None:
        return EnrolmentEnd.TRANSFERRED
    there = read_homeroom(exception.homeroom)
    stays = there is not None and there.grade == grade
    return EnrolmentEnd.REPEATED if stays else EnrolmentEnd.MOVED


def _next_homeroom(homeroom: str, grade: int, last_grade: int) -> str | None:
    """The same section a grade up, written as the school writes it."""
    if grade >= last_grade:
        return None
    return homeroom.replace(str(grade), str(grade + 1), 1)


def _make_homerooms(act: Act, year: str, plan: _Plan) -> None:
    there = set(
        act.connection.execute(
            select(Homeroom.name).where(
                Homeroom.school_id == act.school_id, Homeroom.school_year == year
            )
        ).scalars()
    )
    wanted = {move.homeroom for move in plan.moves if move.homeroom is not None} - there
    rows = [
        {"school_id": act.school_id, "school_year": year, "name": name, "grade": grade_of(name)}
        for name in sorted(wanted)
    ]
    if rows:
        act.connection.execute(insert(Homeroom), rows)


def grade_of(homeroom: str) -> int:
    """The grade of a class.

    Raises:
        ValueError: It is no class of this school's grades.
    """
    found = read_homeroom(homeroom)
    if found is None:
        raise ValueError(homeroom)
    return found.grade


def _move(act: Act, move: _Move, year: YearDates) -> None:
    _end_enrolment(act, move, year.begins_on)
    who = and_(Patron.school_id == act.school_id, Patron.id == move.patron_id)
    if move.homeroom is None:
        left = {"status": PatronStatus.LEFT, "left_on": act.today}
        act.connection.execute(update(Patron).where(who).values(left))
        _revoke(act, Card.patron_id == move.patron_id)
        return
    there = {"homeroom": move.homeroom, "school_year": year.name}
    grade = {"grade": grade_of(move.homeroom)}
    act.connection.execute(update(Patron).where(who).values(**there, **grade))
    row = {"id": new_id(), "patron_id": move.patron_id, "since": year.begins_on}
    act.connection.execute(insert(Enrolment).values(school_id=act.school_id, **row, **there))


def _end_enrolment(act: Act, move: _Move, until: date) -> None:
    own = (Enrolment.school_id == act.school_id, Enrolment.patron_id == move.patron_id)
    which = and_(*own, Enrolment.until.is_(None))
    ended = {"until": until, "ended": move.ended}
    act.connection.execute(update(Enrolment).where(which).values(ended))


def _owed(act: Act, patron_ids: Sequence[UUID]) -> tuple[OwedLoan, ...]:
    rows = act.connection.execute(
        select(Patron.id, Patron.name, Patron.homeroom, Copy.accession, full_title(), Loan.due)
        .join(Loan, and_(Loan.school_id == Patron.school_id, Loan.patron_id == Patron.id))
        .join(Copy, and_(Copy.school_id == Loan.school_id, Copy.id == Loan.copy_id))
        .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
        .where(
            Patron.school_id == act.school_id,
            Loan.returned_at.is_(None),
            Patron.id.in_(patron_ids),
        )
        .order_by(Patron.homeroom, Patron.name, Copy.accession)
    )
    return tuple(
        OwedLoan(row.id, row.name, row.homeroom, AccessionNumber(row.accession), *row[4:])
        for row in rows
    )
