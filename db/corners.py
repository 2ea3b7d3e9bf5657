"""Class corners (góc thư viện lớp) and the crates that go there and come back.

A corner is a place: its copies are lent as any others, and no total changes by moving. A crate
is what went there together on one voucher; what does not come back with it is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, insert, select, update

from db.catalogue_reader import OPEN_LOAN
from db.identifiers import AccessionNumber, corner_key
from db.ids import new_id
from db.library import Act, Library, tried_again
from db.loan_rows import LoanRows
from db.models import Copy, Corner, Crate, CrateCopy, Edition, Patron, full_title
from db.outcomes import Refusal, Refused
from db.states import CopyState
from db.sync.messages import CrateBack, CrateSent

CRATE_DAYS = 28
"""How long a crate stays where nobody says otherwise; it ends on an open day."""


@dataclass(frozen=True, slots=True)
class CornerKnown:
    """A class corner whose code was read."""

    corner_id: UUID
    name: str
    homeroom: str
    teacher: str
    """Who answers for it; empty once that teacher is erased."""
    keepers: frozenset[UUID]
    """The teacher and the pupils who may fetch a crate."""

    @property
    def key(self) -> str:
        """What its code says of it."""
        return corner_key(self.corner_id)


@dataclass(frozen=True, slots=True)
class Awaited:
    """One copy of a crate that is not back."""

    crate_id: UUID
    number: str
    """Of the crate."""
    due: date
    accession: AccessionNumber
    title: str
    on_loan: bool
    """Whether a reader has it."""


@dataclass(frozen=True, slots=True)
class CrateLine:
    """One copy of a manifest."""

    accession: AccessionNumber
    title: str
    on_loan: bool
    """Whether a reader has it."""


@dataclass(frozen=True, slots=True)
class CrateGone:
    """A crate went to its corner; on disk."""

    crate_id: UUID
    number: str
    sent: tuple[AccessionNumber, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class CrateReturned:
    """A crate came back, whole or in part; on disk."""

    back: tuple[AccessionNumber, ...]
    strange: tuple[AccessionNumber, ...]
    """Copies that were not on its manifest, or had come back before."""
    missing: tuple[CrateLine, ...]


class Corners:
    """The class corners of one school."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._rows = LoanRows(library.school_id)

    def begin(
        self, name: str, homeroom: str, teacher_id: UUID, pupils: Sequence[UUID] = ()
    ) -> UUID:
        """Set up a corner with its responsible teacher and at most two pupils."""
        first, second = (*pupils, None, None)[:2]
        corner_id = new_id()
        corner = {"id": corner_id, "name": name, "homeroom": homeroom, "teacher_id": teacher_id}
        keepers = {"first_pupil_id": first, "second_pupil_id": second}
        with self._library.act() as act:
            row = {"school_id": act.school_id, **corner, **keepers}
            act.connection.execute(insert(Corner).values(row))
        return corner_id

    def end(self, corner_id: UUID) -> bool:
        """Close an empty corner; False while copies stand in it."""
        with self._library.act() as act:
            here = select(Copy.id).where(
                Copy.school_id == act.school_id, Copy.corner_id == corner_id
            )
            if act.connection.execute(here).first() is not None:
                return False
            which = and_(Corner.school_id == act.school_id, Corner.id == corner_id)
            act.connection.execute(update(Corner).where(which).values(closed_on=act.today))
        return True

    def known(self, key: str) -> CornerKnown | None:
        """The open corner whose code this is."""
        return next((one for one in self.open() if one.key == key), None)

    def known_of_crate(self, number: str) -> CornerKnown | None:
        """The open corner that a crate went to."""
        own = (Crate.school_id == self._library.school_id, Crate.number == number)
        with self._library.engine.begin() as connection:
            corner_id = connection.execute(select(Crate.corner_id).where(*own)).scalar()
        return next((one for one in self.open() if one.corner_id == corner_id), None)

    def open(self) -> tuple[CornerKnown, ...]:
        """The corners there are, by name."""
        with self._library.engine.begin() as connection:  # a new station has no rules to read
            rows = connection.execute(_corners(self._library.school_id)).all()
        return tuple(_corner_known(row) for row in rows)

    def awaited(self, corner_id: UUID) -> tuple[Awaited, ...]:
        """What of all crates of a corner is not back, the oldest crate first."""
        with self._library.act() as act:
            rows = act.connection.execute(_awaited_of_corner(act, corner_id))
            return tuple(Awaited(*row) for row in rows)

    def due(self) -> date:
        """When a crate that goes today comes back."""
        with self._library.act() as act:
            return act.rules.calendar.first_open_day(act.today + timedelta(days=CRATE_DAYS))

    def title(self, accession: AccessionNumber) -> str:
        """What a copy is called; empty if nobody knows it."""
        with self._library.act() as act:
            copy = self._rows.copy(act.connection, accession)
        return "" if copy is None else str(copy.title)

    @tried_again
    def send(
        self,
        corner_id: UUID,
        number: str,
        accessions: Sequence[AccessionNumber],
        due: date,
        author: str,
        crate_id: UUID | None = None,
    ) -> CrateGone:
        """Send copies to a corner on one voucher; those that cannot go are told.

        A crate that is packed copy by copy is sent copy by copy, under one `crate_id`, so that
        a pulled plug loses nothing of it.
        """
        crate_id = crate_id or new_id()
        with self._library.act() as act:
            copies: dict[AccessionNumber, Any] = {
                number: self._rows.copy(act.connection, number) for number in accessions
            }
            refused = tuple(
                Refused(refusal, accession)
                for accession, copy in copies.items()
                if (refusal := _why_not_send(copy)) is not None
            )
            sent = [n for n in copies if n not in {one.code for one in refused}]
            fact = CrateSent(
                crate_id=crate_id,
                number=number,
                corner_id=corner_id,
                copy_ids=tuple(copies[n].id for n in sent),
                due=due,
                author=author,
                at=act.now,
            )
            act.record(fact)
        return CrateGone(crate_id, number, tuple(sent), refused)

    @tried_again
    def take_back(
        self,
        crate_id: UUID,
        accessions: Sequence[AccessionNumber],
        author: str,
        handed_in_by: UUID | None = None,
    ) -> CrateReturned:
        """Take copies of a crate back, compare them with its manifest, and list what is missing."""
        with self._library.act() as act:
            manifest = act.connection.execute(_awaited(act, crate_id))
            awaited = {row.accession: row.id for row in manifest}
            brought = dict.fromkeys(accessions)
            back = [number for number in brought if number in awaited]
            strange = [number for number in brought if number not in awaited]
            ids = tuple(awaited[number] for number in back)
            fact = CrateBack(
                crate_id=crate_id,
                copy_ids=ids,
                author=author,
                handed_in_by=handed_in_by,
                at=act.now,
            )
            act.record(fact)
            missing = _lines(act, crate_id)
        return CrateReturned(tuple(back), tuple(strange), missing)

    def missing(self, crate_id: UUID) -> tuple[CrateLine, ...]:
        """What of a crate has not come back."""
        with self._library.act() as act:
            return _lines(act, crate_id)

    def overdue(self) -> tuple[str, ...]:
        """The numbers of crates that should be back, oldest first (S52)."""
        out = exists().where(
            CrateCopy.school_id == Crate.school_id,
            CrateCopy.crate_id == Crate.id,
            CrateCopy.back_at.is_(None),
        )
        with self._library.act() as act:
            late = (Crate.school_id == act.school_id, Crate.due < act.today, out)
            found = select(Crate.number).where(*late).order_by(Crate.due, Crate.number)
            return tuple(act.connection.execute(found).scalars())


def _corners(school_id: int) -> Any:
    teacher = and_(Patron.school_id == Corner.school_id, Patron.id == Corner.teacher_id)
    return (
        select(
            Corner.id,
            Corner.name,
            Corner.homeroom,
            Patron.name.label("teacher"),
            Corner.teacher_id,
            Corner.first_pupil_id,
            Corner.second_pupil_id,
        )
        .outerjoin(Patron, teacher)
        .where(Corner.school_id == school_id, Corner.closed_on.is_(None))
        .order_by(Corner.name, Corner.id)
    )


def _corner_known(row: Any) -> CornerKnown:
    keepers = frozenset(one for one in row[4:] if one is not None)
    return CornerKnown(row.id, row.name, row.homeroom, row.teacher or "", keepers)


def _why_not_send(copy: Any) -> Refusal | None:
    if copy is None:
        return Refusal.UNKNOWN_COPY
    if copy.loan_id is not None:
        return Refusal.ON_LOAN
    if copy.state is not CopyState.AVAILABLE or copy.corner_id is not None:
        return Refusal.NOT_READY
    return None


def _on_loan() -> Any:
    return exists().where(OPEN_LOAN)


def _awaited_of_corner(act: Act, corner_id: UUID) -> Any:
    columns = (Crate.id, Crate.number, Crate.due, Copy.accession, full_title())
    return (
        select(*columns, _on_loan().label("on_loan"))
        .join(CrateCopy, and_(CrateCopy.school_id == Copy.school_id, CrateCopy.copy_id == Copy.id))
        .join(Crate, and_(Crate.school_id == Copy.school_id, Crate.id == CrateCopy.crate_id))
        .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
        .where(
            Copy.school_id == act.school_id,
            Crate.corner_id == corner_id,
            CrateCopy.back_at.is_(None),
        )
        .order_by(Crate.sent_at, Crate.number, Copy.accession)
    )


def _awaited(act: Act, crate_id: UUID) -> Any:
    return (
        select(Copy.id, Copy.accession, full_title(), _on_loan().label("on_loan"))
        .join(CrateCopy, and_(CrateCopy.school_id == Copy.school_id, CrateCopy.copy_id == Copy.id))
        .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
        .where(
            CrateCopy.school_id == act.school_id,
            CrateCopy.crate_id == crate_id,
            CrateCopy.back_at.is_(None),
        )
        .order_by(Copy.accession)
    )


def _lines(act: Act, crate_id: UUID) -> tuple[CrateLine, ...]:
    rows = act.connection.execute(_awaited(act, crate_id))
    return tuple(CrateLine(*row[1:]) for row in rows)
