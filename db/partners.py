"""Loans between libraries (liên thư viện): what went out, what came in, on one handover sheet each.

A copy of ours that is with a partner stays in the stock and cannot be lent here; a partner's book
gets no number of ours and is in no count. Records go by files (`db.intake.exchange`).

Source:
    Decree 93/2020/NĐ-CP, articles 24 to 29; domain specification S55.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, insert, select, update

from db.clock import local_day
from db.identifiers import AccessionNumber
from db.ids import new_id
from db.library import Act, Library
from db.loan_rows import LoanRows
from db.models import Partner, PartnerLoan, PartnerLoanLine
from db.ordering import sort_key
from db.outcomes import Refusal, Refused
from db.prepared import Fields
from db.states import CopyState, Direction
from db.sync.messages import CopyChanged


@dataclass(frozen=True, slots=True)
class PartnersBook:
    """A book of another library, as its own label and cover say."""

    accession: str
    title: str


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """One book of a handover sheet."""

    accession: str
    title: str
    back_on: date | None


@dataclass(frozen=True, slots=True)
class Handover:
    """What the sheet says (biên bản giao nhận)."""

    number: str
    partner: str
    direction: Direction
    made_on: date
    due: date
    lines: tuple[HandoverLine, ...]

    @property
    def missing(self) -> tuple[HandoverLine, ...]:
        """What has not gone back to its owner."""
        return tuple(line for line in self.lines if line.back_on is None)


@dataclass(frozen=True, slots=True)
class PartnerKnown:
    """A library that ours lends to and borrows from."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class HandoverShown:
    """A handover sheet in a list."""

    id: UUID
    number: str
    partner: str
    direction: Direction
    made_at: datetime
    due: date
    books: int
    still_out: int
    """Books that are not with their owner yet."""


class Partners:
    """The loans between one school's library and others."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._rows = LoanRows(library.school_id)

    def enter(self, name: str) -> UUID:
        """Note a library that ours lends to and borrows from."""
        partner_id = new_id()
        with self._library.act() as act:
            row = {"school_id": act.school_id, "id": partner_id, "name": name}
            act.connection.execute(insert(Partner).values(row))
        return partner_id

    def lend(
        self,
        partner_id: UUID,
        number: str,
        accessions: Sequence[AccessionNumber],
        due: date,
        author: str,
    ) -> tuple[UUID | None, tuple[Refused, ...]]:
        """Lend copies to a partner on one sheet; those that cannot go are told.

        Returns:
            The loan, None where nothing of it could go; and what could not.
        """
        with self._library.act() as act:
            copies = {one: self._rows.copy(act.connection, one) for one in accessions}
            sent = [copy for copy in copies.values() if copy and _why_not_send(copy) is None]
            loan_id = _send(act, partner_id, number, sent, due, author) if sent else None
            refused = tuple(
                Refused(refusal, accession)
                for accession, copy in copies.items()
                if (refusal := _why_not_send(copy)) is not None
            )
        return loan_id, refused

    def borrow(
        self, partner_id: UUID, number: str, books: Sequence[PartnersBook], due: date, author: str
    ) -> UUID:
        """Note what a partner lends to us on one sheet."""
        with self._library.act() as act:
            loan_id = _begin(act, partner_id, number, Direction.IN, due, author)
            _write_lines(act, loan_id, [(book.accession[:48], book.title, None) for book in books])
        return loan_id

    def give_back(
        self, loan_id: UUID, accessions: Sequence[str], author: str
    ) -> tuple[HandoverLine, ...]:
        """Note which books are with their owner again, and list what is still missing."""
        with self._library.act() as act:
            back = act.connection.execute(_open_lines(act, loan_id, accessions)).all()
            of_loan = (
                PartnerLoanLine.school_id == act.school_id,
                PartnerLoanLine.partner_loan_id == loan_id,
                PartnerLoanLine.position.in_([line.position for line in back]),
            )
            came = update(PartnerLoanLine).where(*of_loan).values(back_at=act.now)
            act.connection.execute(came)
            for line in back:
                copy = self._rows.copy(act.connection, line.accession) if line.copy_id else None
                if copy is not None and copy.state is CopyState.AWAY:
                    _move(act, copy, CopyState.AVAILABLE, author)
            return _sheet(act, loan_id).missing

    def known(self) -> tuple[PartnerKnown, ...]:
        """The partner libraries by name."""
        with self._library.act() as act:
            asked = select(Partner.id, Partner.name).where(Partner.school_id == act.school_id)
            partners = (PartnerKnown(*row) for row in act.connection.execute(asked))
            return tuple(sorted(partners, key=lambda one: sort_key(one.name)))

    def is_taken(self, number: str) -> bool:
        """Whether a sheet is called so already."""
        with self._library.act() as act:
            same = (PartnerLoan.school_id == act.school_id, PartnerLoan.number == number)
            return act.connection.execute(select(PartnerLoan.id).where(*same)).first() is not None

    def sheets(self) -> tuple[HandoverShown, ...]:
        """Every handover sheet, the newest first."""
        with self._library.act() as act:
            rows = act.connection.execute(_sheets(act.school_id))
            return tuple(HandoverShown(*row) for row in rows)


def _sheets(school_id: int) -> Any:
    of_loan = and_(
        PartnerLoanLine.school_id == PartnerLoan.school_id,
        PartnerLoanLine.partner_loan_id == PartnerLoan.id,
    )
    of_partner = and_(
        Partner.school_id == PartnerLoan.school_id, Partner.id == PartnerLoan.partner_id
    )
    told = (PartnerLoan.id, PartnerLoan.number, Partner.name, PartnerLoan.direction)
    days = (PartnerLoan.made_at, PartnerLoan.due)
    books = func.count(PartnerLoanLine.position)
    back = func.count(PartnerLoanLine.back_at)
    return (
        select(*told, *days, books, books - back)
        .join(Partner, of_partner)
        .outerjoin(PartnerLoanLine, of_loan)
        .where(PartnerLoan.school_id == school_id)
        .group_by(*told, *days)
        .order_by(PartnerLoan.made_at.desc(), PartnerLoan.number.desc())
    )


def _why_not_send(copy: Fields | None) -> Refusal | None:
    if copy is None:
        return Refusal.UNKNOWN_COPY
    if copy.loan_id is not None:
        return Refusal.ON_LOAN
    kept = copy.hold_id is not None
    return Refusal.NOT_READY if copy.state is not CopyState.AVAILABLE or kept else None


def read_handover(act: Act, loan_id: UUID) -> Handover | None:
    """A sheet as it stands now; None if there is none."""
    one = (PartnerLoan.school_id == act.school_id, PartnerLoan.id == loan_id)
    is_there = act.connection.execute(select(PartnerLoan.id).where(*one)).first() is not None
    return _sheet(act, loan_id) if is_there else None


def _send(
    act: Act, partner_id: UUID, number: str, copies: Sequence[Fields], due: date, author: str
) -> UUID:
    loan_id = _begin(act, partner_id, number, Direction.OUT, due, author)
    _write_lines(act, loan_id, [(copy.accession, copy.title, copy.id) for copy in copies])
    for copy in copies:
        _move(act, copy, CopyState.AWAY, author)
    return loan_id


def _begin(
    act: Act, partner_id: UUID, number: str, direction: Direction, due: date, author: str
) -> UUID:
    loan_id = new_id()
    loan = {"id": loan_id, "number": number, "partner_id": partner_id, "direction": direction}
    told = {"made_at": act.now, "due": due, "author": author}
    row = {"school_id": act.school_id, **loan, **told}
    act.connection.execute(insert(PartnerLoan).values(row))
    return loan_id


def _write_lines(act: Act, loan_id: UUID, lines: Sequence[tuple[str, str, UUID | None]]) -> None:
    of_loan = {"school_id": act.school_id, "partner_loan_id": loan_id, "back_at": None}
    rows = [
        {**of_loan, "position": place, "accession": number, "title": title, "copy_id": copy_id}
        for place, (number, title, copy_id) in enumerate(lines, start=1)
    ]
    if rows:
        act.connection.execute(insert(PartnerLoanLine), rows)


def _move(act: Act, copy: Fields, state: CopyState, author: str) -> None:
    about = {"copy_id": copy.id, "accession": copy.accession, "corner_id": copy.corner_id}
    why: dict[str, Any] = {"reason": "between libraries", "author": author}
    act.record(CopyChanged(change_id=new_id(), state=state, at=act.now, **about, **why))


def _open_lines(act: Act, loan_id: UUID, accessions: Sequence[str]) -> Any:
    line = PartnerLoanLine
    return select(line.position, line.accession, line.copy_id).where(
        line.school_id == act.school_id,
        line.partner_loan_id == loan_id,
        line.accession.in_(accessions),
        line.back_at.is_(None),
    )


def _sheet(act: Act, loan_id: UUID) -> Handover:
    of_partner = and_(
        Partner.school_id == PartnerLoan.school_id, Partner.id == PartnerLoan.partner_id
    )
    loan = act.connection.execute(
        select(
            PartnerLoan.number,
            Partner.name,
            PartnerLoan.direction,
            PartnerLoan.made_at,
            PartnerLoan.due,
        )
        .join(Partner, of_partner)
        .where(PartnerLoan.school_id == act.school_id, PartnerLoan.id == loan_id)
    ).one()
    line = PartnerLoanLine
    rows = act.connection.execute(
        select(line.accession, line.title, line.back_at)
        .where(line.school_id == act.school_id, line.partner_loan_id == loan_id)
        .order_by(line.position)
    )
    lines = (HandoverLine(*row[:2], local_day(row[2]) if row[2] else None) for row in rows)
    return Handover(*loan[:3], local_day(loan.made_at), loan.due, tuple(lines))
