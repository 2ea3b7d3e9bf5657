"""Textbook sets (bộ sách giáo khoa): lent to a pupil or a class, compared when they come back.

A set is a list of titles of a grade; each of its copies is a loan of its own, so that one can
be swapped, lost or brought back by itself. Keeps out who gets one first, but for the order in
which a class is served.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, exists, insert, select

from db.circulation import Circulation, Lending
from db.identifiers import AccessionNumber
from db.ids import new_id
from db.library import Act, Library, tried_again
from db.models import (
    Copy,
    Edition,
    Homeroom,
    Loan,
    Patron,
    PriorityFlag,
    SetLoan,
    SetPlace,
    SetTemplate,
    SetTitle,
    full_title,
)
from db.outcomes import CheckedOut, PatronKnown, Refusal, Refused, Returned
from db.prepared import Fields
from db.rules import due_date, why_not_set
from db.states import CopyState, LoanKind, PatronStatus
from db.sync.messages import SetLent


@dataclass(frozen=True, slots=True)
class SetHanded:
    """A set was lent, as far as its copies were there; on disk."""

    set_loan_id: UUID | None
    """None where no copy could be lent: then no set was begun."""
    lent: tuple[CheckedOut, ...]
    refused: tuple[Refused, ...]
    """Copies that could not be lent, and why."""
    missing: tuple[str, ...]
    """Titles of the set that the pupil has not got."""


@dataclass(frozen=True, slots=True)
class SetTaken:
    """Copies of a set were taken back; on disk."""

    returned: tuple[Returned | Refused, ...]
    missing: tuple[str, ...]
    """Numbers and titles that the pupil still has."""


@dataclass(frozen=True, slots=True)
class SetLine:
    """One title of a set."""

    title: str
    accession: AccessionNumber | None
    """Of the copy that the pupil has."""


@dataclass(frozen=True, slots=True)
class SetOfPupil:
    """A set, as far as a pupil has it."""

    template_id: UUID
    name: str
    lines: tuple[SetLine, ...]
    """In the set's own order."""

    @property
    def held(self) -> int:
        """How many of its titles the pupil has."""
        return sum(line.accession is not None for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Title:
    edition_id: UUID
    title: str
    kho: str


class TextbookSets:
    """The textbook sets of one school."""

    def __init__(self, circulation: Circulation, library: Library | None = None) -> None:
        """Stand ready.

        Args:
            circulation: How copies are lent.
            library: The records, where each act is looked for after a disk's fault.
        """
        self._circulation = circulation
        self._library = library or circulation.library

    def define(self, name: str, grade: int, edition_ids: Sequence[UUID]) -> UUID:
        """Say which titles make up a set."""
        template_id = new_id()
        with self._library.act() as act:
            key = {"school_id": act.school_id}
            template = {"id": template_id, "name": name, "grade": grade, "in_use": True}
            act.connection.execute(insert(SetTemplate).values(**key, **template))
            titles = [
                {**key, "template_id": template_id, "edition_id": edition_id, "position": position}
                for position, edition_id in enumerate(edition_ids)
            ]
            act.connection.execute(insert(SetTitle), titles)
        return template_id

    def lay_ready(
        self, patron_id: UUID, accessions: Iterable[AccessionNumber]
    ) -> tuple[Refused, ...]:
        """Lay copies ready for a pupil, before the class comes; twice is once.

        Returns:
            Those that are not: unknown ones, and those that lie ready for somebody else.
        """
        refused = []
        with self._library.act() as act:
            for accession in accessions:
                copy = self._circulation.rows.copy(act.connection, accession)
                if copy is None:
                    refused.append(Refused(Refusal.UNKNOWN_COPY, accession))
                    continue
                owner = act.connection.execute(_laid_for(act, copy.id)).scalar()
                if owner is None:
                    row = {"school_id": act.school_id, "copy_id": copy.id, "patron_id": patron_id}
                    act.connection.execute(insert(SetPlace).values(row))
                elif owner != patron_id:
                    kept = Refused(Refusal.KEPT_FOR_ANOTHER, accession, title=copy.title)
                    refused.append(kept)
        return tuple(refused)

    def of_pupil(self, patron: PatronKnown) -> tuple[SetOfPupil, ...]:
        """The set a pupil has copies of; of one who has none, the sets of their grade."""
        with self._library.act() as act:
            own = _open_set(act, patron.patron_id)
            meant = SetTemplate.grade == _grade(act, patron.homeroom)
            which = and_(SetTemplate.in_use, meant) if own is None else SetTemplate.id == own[1]
            asked = select(SetTemplate.id, SetTemplate.name).where(
                SetTemplate.school_id == act.school_id, which
            )
            found = act.connection.execute(asked.order_by(SetTemplate.name)).all()
            held = {} if own is None else _copies_held(act, own[0])
            return tuple(SetOfPupil(*row, _set_lines(act, row.id, held)) for row in found)

    @tried_again
    def lend(
        self,
        patron: PatronKnown,
        template_id: UUID,
        accessions: Sequence[AccessionNumber] | None = None,
    ) -> SetHanded | Refused:
        """Lend a set: the copies held up, or those laid ready; all in one transaction."""
        with self._library.act() as act:
            refusal = self._why_not(act, patron, template_id)
            if refusal is not None:
                return Refused(refusal)
            numbers = _laid_ready(act, patron.patron_id) if accessions is None else accessions
            return self._fill(act, patron, (new_id(), template_id), numbers, is_new=True)

    @tried_again
    def add(
        self, patron: PatronKnown, accessions: Sequence[AccessionNumber]
    ) -> SetHanded | Refused:
        """Lend titles that were missing when the pupil got their set."""
        with self._library.act() as act:
            own = _open_set(act, patron.patron_id)
            if own is None:
                return Refused(Refusal.TEXTBOOK_SET)
            return self._fill(act, patron, own, accessions)

    def lend_to_class(
        self, homeroom: str, template_id: UUID
    ) -> tuple[tuple[PatronKnown, SetHanded | Refused], ...]:
        """Lend every pupil of a class the set laid ready for them; those with priority first."""
        with self._library.act() as act:
            pupils = act.connection.execute(_class_list(act, homeroom)).scalars().all()
        known = [self._circulation.look_up(patron_id) for patron_id in pupils]
        return tuple((pupil, self.lend(pupil, template_id)) for pupil in known)

    def swap(
        self, patron: PatronKnown, old: AccessionNumber, new: AccessionNumber
    ) -> CheckedOut | Refused:
        """Give a pupil another copy of a title of their set; the due day stays."""
        with self._library.act() as act:
            mine = self._circulation.rows.copy(act.connection, old)
            other = self._circulation.rows.copy(act.connection, new)
            if mine is None or other is None:
                return Refused(Refusal.UNKNOWN_COPY, old if mine is None else new)
            if mine.patron_id != patron.patron_id or mine.kind is not LoanKind.SET:
                return Refused(Refusal.RENEW_NOT_YOURS, old, title=mine.title)
            refusal = _why_not_copy(other, {mine.edition_id})
            if refusal is not None:
                return Refused(refusal, new, title=other.title)
            set_loan_id = act.connection.execute(
                select(Loan.set_loan_id).where(
                    Loan.school_id == act.school_id, Loan.id == mine.loan_id
                )
            ).scalar_one()
            self._circulation.take_back(act, mine)
            how = Lending(LoanKind.SET, set_loan_id)
            return self._circulation.lend(act, patron, other, mine.due, how)

    def take_back(self, patron_id: UUID, accessions: Sequence[AccessionNumber]) -> SetTaken:
        """Take back copies of a pupil's set, and list what is missing."""
        returned = tuple(self._circulation.check_in(accession) for accession in accessions)
        with self._library.act() as act:
            held = act.connection.execute(_still_held(act, patron_id)).all()
        return SetTaken(returned, tuple(f"{row.accession} {row.title}" for row in held))

    def _why_not(self, act: Act, patron: PatronKnown, template_id: UUID) -> Refusal | None:
        borrower = self._circulation.rows.borrower(act.connection, patron.patron_id)
        kho = next((title.kho for title in _titles(act, template_id)), "")
        policy = act.rules.policy(borrower.category, kho, act.today)
        moment = act.rules.moment(borrower.category, act.now, borrower.homeroom)
        has_set = _open_set(act, patron.patron_id) is not None
        return why_not_set(borrower.facts(act.rules, kho, act.today), has_set, policy, moment)

    def _fill(
        self,
        act: Act,
        patron: PatronKnown,
        set_loan: tuple[UUID, UUID],
        accessions: Sequence[AccessionNumber],
        *,
        is_new: bool = False,
    ) -> SetHanded:
        set_loan_id, template_id = set_loan
        titles = _titles(act, template_id)
        wanted = {title.edition_id for title in titles} - _titles_held(act, set_loan_id)
        lent: list[CheckedOut] = []
        refused: list[Refused] = []
        for accession in accessions:
            copy = self._wanted_copy(act, accession, wanted)
            if isinstance(copy, Refused):
                refused.append(copy)
                continue
            if is_new and not lent:  # a set of which nothing was there is none
                act.record(_set_lent(act, patron, set_loan))
            wanted.discard(copy.edition_id)
            lent.append(self._lend_one(act, patron, copy, set_loan_id))
        missing = tuple(title.title for title in titles if title.edition_id in wanted)
        begun = None if is_new and not lent else set_loan_id
        return SetHanded(begun, tuple(lent), tuple(refused), missing)

    def _wanted_copy(
        self, act: Act, accession: AccessionNumber, wanted: set[UUID]
    ) -> Fields | Refused:
        copy = self._circulation.rows.copy(act.connection, accession)
        if copy is None:
            return Refused(Refusal.UNKNOWN_COPY, accession)
        refusal = _why_not_copy(copy, wanted)
        return copy if refusal is None else Refused(refusal, accession, title=copy.title)

    def _lend_one(
        self, act: Act, patron: PatronKnown, copy: Fields, set_loan_id: UUID
    ) -> CheckedOut:
        laid = (SetPlace.school_id == act.school_id, SetPlace.copy_id == copy.id)
        act.connection.execute(delete(SetPlace).where(*laid))
        how = Lending(LoanKind.SET, set_loan_id)
        return self._circulation.lend(act, patron, copy, _due(act, patron, copy), how)


def _set_lent(act: Act, patron: PatronKnown, set_loan: tuple[UUID, UUID]) -> SetLent:
    set_loan_id, template_id = set_loan
    return SetLent(
        set_loan_id=set_loan_id,
        template_id=template_id,
        patron_id=patron.patron_id,
        school_year=_year(act),
        at=act.now,
    )


def _why_not_copy(copy: Fields, wanted: set[UUID]) -> Refusal | None:
    if copy.loan_id is not None:
        return Refusal.ON_LOAN
    if copy.state is not CopyState.AVAILABLE:
        return Refusal.NOT_READY
    return None if copy.edition_id in wanted else Refusal.HAS_SET


def _due(act: Act, patron: PatronKnown, copy: Fields) -> date:
    policy = act.rules.policy(patron.category, copy.kho, act.today)
    return due_date(policy, act.rules.calendar, patron.category, act.today)


def _year(act: Act) -> str:
    year = act.rules.calendar.year_of(act.today)
    return "" if year is None else year.name


def _titles(act: Act, template_id: UUID) -> list[_Title]:
    rows = act.connection.execute(
        select(Edition.id, full_title(), Edition.kho)
        .join(
            SetTitle,
            and_(SetTitle.school_id == Edition.school_id, SetTitle.edition_id == Edition.id),
        )
        .where(SetTitle.school_id == act.school_id, SetTitle.template_id == template_id)
        .order_by(SetTitle.position)
    )
    return [_Title(*row) for row in rows]


def _grade(act: Act, homeroom: str) -> Any:
    """The grade of a class; classes of one name are of one grade in every year."""
    of_class = (Homeroom.school_id == act.school_id, Homeroom.name == homeroom)
    return select(Homeroom.grade).where(*of_class).limit(1).scalar_subquery()


def _set_lines(
    act: Act, template_id: UUID, held: dict[UUID, AccessionNumber]
) -> tuple[SetLine, ...]:
    titles = _titles(act, template_id)
    return tuple(SetLine(one.title, held.get(one.edition_id)) for one in titles)


def _titles_held(act: Act, set_loan_id: UUID) -> set[UUID]:
    return set(_copies_held(act, set_loan_id))


def _copies_held(act: Act, set_loan_id: UUID) -> dict[UUID, AccessionNumber]:
    """The copies that are out on a set loan, by their edition."""
    held = (
        select(Copy.edition_id, Copy.accession)
        .join(Loan, and_(Loan.school_id == Copy.school_id, Loan.copy_id == Copy.id))
        .where(
            Loan.school_id == act.school_id,
            Loan.set_loan_id == set_loan_id,
            Loan.returned_at.is_(None),
        )
    )
    return {row.edition_id: AccessionNumber(row.accession) for row in act.connection.execute(held)}


def _open_set(act: Act, patron_id: UUID) -> tuple[UUID, UUID] | None:
    """The set a pupil has copies of, and its template."""
    open_loan = exists().where(
        Loan.school_id == SetLoan.school_id,
        Loan.set_loan_id == SetLoan.id,
        Loan.returned_at.is_(None),
    )
    own = select(SetLoan.id, SetLoan.template_id).where(
        SetLoan.school_id == act.school_id, SetLoan.patron_id == patron_id, open_loan
    )
    found = act.connection.execute(own).first()
    return None if found is None else (found.id, found.template_id)


def _laid_ready(act: Act, patron_id: UUID) -> list[AccessionNumber]:
    laid = (
        select(Copy.accession)
        .join(SetPlace, and_(SetPlace.school_id == Copy.school_id, SetPlace.copy_id == Copy.id))
        .where(SetPlace.school_id == act.school_id, SetPlace.patron_id == patron_id)
        .order_by(Copy.accession)
    )
    return [AccessionNumber(number) for number in act.connection.execute(laid).scalars()]


def _laid_for(act: Act, copy_id: UUID) -> Any:
    place = (SetPlace.school_id == act.school_id, SetPlace.copy_id == copy_id)
    return select(SetPlace.patron_id).where(*place)


def _still_held(act: Act, patron_id: UUID) -> Any:
    return (
        select(Copy.accession, full_title())
        .join(Loan, and_(Loan.school_id == Copy.school_id, Loan.copy_id == Copy.id))
        .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
        .where(
            Loan.school_id == act.school_id,
            Loan.patron_id == patron_id,
            Loan.kind == LoanKind.SET,
            Loan.returned_at.is_(None),
        )
        .order_by(Copy.accession)
    )


def _class_list(act: Act, homeroom: str) -> Any:
    first = exists().where(
        PriorityFlag.school_id == Patron.school_id,
        PriorityFlag.patron_id == Patron.id,
        PriorityFlag.cleared_at.is_(None),
    )
    return (
        select(Patron.id)
        .where(
            Patron.school_id == act.school_id,
            Patron.homeroom == homeroom,
            Patron.status == PatronStatus.ACTIVE,
        )
        .order_by(first.desc(), Patron.name, Patron.id)
    )
