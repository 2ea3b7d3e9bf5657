"""What the librarian asks of the records at a station: figures, people, copies, shelves.

Every look at a person or at who has a copy, and every act, is noted for the hub's audit log in
the same transaction, by who did it and what it was about; names stay out. Keeps out who may ask
(`kiosk.staff`) and what is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, select, update

from db.circulation import Circulation
from db.clock import SCHOOL_ZONE
from db.identifiers import AccessionNumber, CardNumber
from db.library import Act
from db.losses import Losses
from db.models import (
    Card,
    Copy,
    Corner,
    Edition,
    Loan,
    OutboxEvent,
    Patron,
    ReceiptJob,
    Station,
    full_title,
)
from db.ordering import name_sort_key, sort_key
from db.outcomes import (
    CheckedOut,
    ConditionSeen,
    LostReported,
    OverrideBy,
    PatronKnown,
    Refusal,
    Refused,
    Returned,
)
from db.pins import note
from db.states import CopyState, PatronStatus, ReceiptState
from db.sync.messages import CardIssued, ShelfSeen


@dataclass(frozen=True, slots=True)
class Today:
    """The day so far."""

    day: date
    visits: int
    """With something done, at this station."""
    lent: int
    returned: int
    renewed: int
    returned_late: int
    on_loan: int
    """In the whole library, as it is known here."""
    overdue: int
    slips_unprinted: int
    waiting: int
    """Acts the hub has not been told of."""


@dataclass(frozen=True, slots=True)
class Person:
    """A reader in a class list."""

    patron_id: UUID
    name: str
    homeroom: str


@dataclass(frozen=True, slots=True)
class CopyFound:
    """One copy, as the librarian sees it."""

    accession: AccessionNumber
    title: str
    state: CopyState
    place: str
    """Shelf and row, or the class corner; empty if nobody wrote it down."""
    due: date | None = None
    """None unless it is on loan."""
    holder: Person | None = None


@dataclass(frozen=True, slots=True)
class ShelfLine:
    """One copy of a shelf check."""

    accession: AccessionNumber
    title: str
    place: str
    """Where it belongs."""


@dataclass(frozen=True, slots=True)
class ShelfFound:
    """A shelf against the records (S75)."""

    place: str
    """The shelf and row that most of what was scanned belongs to."""
    right: int
    misplaced: tuple[ShelfLine, ...]
    """Scanned here and belong elsewhere."""
    missing: tuple[ShelfLine, ...]
    """Belong here and were not scanned."""
    odd: tuple[ShelfLine, ...]
    """Scanned here, though the records have them lent, lost or written off."""


@dataclass(frozen=True, slots=True)
class SlipKept:
    """A slip that can be printed again, without whose it was."""

    number: str
    at: datetime
    state: ReceiptState
    copies: int


class Helping:
    """The librarian's questions to one station's records."""

    def __init__(self, desk: Circulation) -> None:
        self._desk = desk
        self._library = desk.library
        self._losses = Losses(desk.library)

    def today(self) -> Today:
        """The day in figures."""
        with self._library.act() as act:
            midnight = datetime.combine(act.today, time(), SCHOOL_ZONE)
            acts = _acts_since(act, midnight)
            is_open = (Loan.school_id == act.school_id, Loan.returned_at.is_(None), ~Loan.disputed)
            visits = select(func.count()).where(ReceiptJob.started_at >= midnight)
            unprinted = visits.where(ReceiptJob.state.in_(_UNPRINTED))
            return Today(
                day=act.today,
                visits=_one(act, visits),
                lent=acts["copy-lent"] - acts["loan-undone"],
                returned=acts["copy-returned"] - acts["return-undone"],
                renewed=acts["due-moved"],
                returned_late=_one(act, _late_since(act, midnight)),
                on_loan=_one(act, select(func.count()).where(*is_open)),
                overdue=_one(act, select(func.count()).where(*is_open, Loan.due < act.today)),
                slips_unprinted=_one(act, unprinted),
                waiting=_one(act, _waiting()),
            )

    def homerooms(self) -> tuple[str, ...]:
        """The classes in their order; an empty one last, for the staff."""
        own = (Patron.school_id == self._library.school_id, _ACTIVE)
        with self._library.act() as act:
            found = act.connection.execute(select(Patron.homeroom).where(*own).distinct())
            names = set(found.scalars())
        return tuple(sorted(names, key=lambda name: (name == "", sort_key(name))))

    def people(self, homeroom: str) -> tuple[Person, ...]:
        """A class, as its list has it; of staff, all of them."""
        own = (Patron.school_id == self._library.school_id, _ACTIVE, Patron.homeroom == homeroom)
        with self._library.act() as act:
            rows = act.connection.execute(
                select(Patron.id, Patron.name, Patron.homeroom).where(*own)
            )
            people = [Person(*row) for row in rows]
        return tuple(sorted(people, key=lambda person: name_sort_key(person.name)))

    def person(self, patron_id: UUID, author: str, why: str = "") -> PatronKnown:
        """A reader with what they hold; looking is noted, with the reason."""
        with self._library.act() as act:
            note(act, author, "reader-looked-up", patron_id, why)
        return self._desk.look_up(patron_id)

    def refreshed(self, patron: PatronKnown) -> PatronKnown:
        """The same reader, as they stand now; whoever looks has been noted already."""
        return self._desk.look_up(patron.patron_id)

    def lend(
        self, patron: PatronKnown, accession: AccessionNumber, author: str, reason: str = ""
    ) -> CheckedOut | Refused:
        """Lend a copy by hand; with a reason also against the rules, told with the loan."""
        override = OverrideBy(reason, author) if reason else None
        return self._desk.check_out(patron, accession, override=override)

    def take_back(self, accession: AccessionNumber, author: str) -> Returned | Refused:
        """Take a copy back by hand."""
        outcome = self._desk.check_in(accession)
        self._note_done(outcome, accession, author, "returned-by-hand")
        return outcome

    def report_lost(self, accession: AccessionNumber, author: str) -> LostReported | Refused:
        """Note that a copy cannot be found."""
        outcome = self._losses.report_lost(accession)
        self._note_done(outcome, accession, author, "reported-lost")
        return outcome

    def report_damaged(
        self, accession: AccessionNumber, seen: ConditionSeen, usable: bool, author: str
    ) -> UUID | Refused:
        """Note that a copy is damaged, and whether it may still be lent."""
        outcome = self._losses.report_damaged(accession, seen, usable)
        self._note_done(outcome, accession, author, "reported-damaged")
        return outcome

    def copy(self, accession: AccessionNumber, author: str) -> CopyFound | Refused:
        """One copy and who has it; that somebody looked is noted if somebody has it."""
        with self._library.act() as act:
            row = act.connection.execute(_copy(act, accession)).first()
            if row is None:
                return Refused(Refusal.UNKNOWN_COPY, accession)
            holder = None
            if row.patron_id is not None:
                holder = Person(row.patron_id, row.name, row.homeroom)
                note(act, author, "holder-looked-up", row.copy_id)
            place = _place(row.shelf, row.row, row.corner)
            return CopyFound(accession, row.title, row.state, place, row.due, holder)

    def issue_card(self, patron_id: UUID, number: CardNumber, author: str) -> bool:
        """Give a reader a card that nobody has had; the old ones count no longer."""
        with self._library.act() as act:
            known = select(Card.number).where(
                Card.school_id == act.school_id, Card.number == number
            )
            if act.connection.execute(known).first() is not None:
                return False
            issued = CardIssued(patron_id=patron_id, card=number, author=author, at=act.now)
            act.record(issued)
            note(act, author, "card-issued", patron_id)
        return True

    def check_shelf(self, scanned: Sequence[AccessionNumber]) -> ShelfFound:
        """Compare what stands on a shelf with what the records have there."""
        with self._library.act() as act:
            seen = {row.accession: row for row in act.connection.execute(_shelf(act, scanned))}
            places = Counter((row.shelf, row.row) for row in seen.values() if row.shelf)
            (shelf, row), _ = next(iter(places.most_common(1)), (("", ""), 0))
            here = act.connection.execute(_standing(act, shelf, row)).all() if shelf else ()
        belongs = {one.accession: one for one in here}
        odd = [one for one in seen.values() if not one.on_shelf]
        elsewhere = [one for n, one in seen.items() if one.on_shelf and n not in belongs]
        wrong = [one for one in elsewhere if one.shelf]  # nobody can say where the others belong
        missing = [one for number, one in belongs.items() if number not in seen]
        right = len(seen) - len(odd) - len(wrong)
        return ShelfFound(_place(shelf, row), right, _lines(wrong), _lines(missing), _lines(odd))

    def note_shelf(
        self, found: ShelfFound, scanned: Sequence[AccessionNumber], author: str
    ) -> None:
        """Let the hub know what a shelf check found, and a count that goes on what it saw."""
        counts = f"{found.right} {len(found.misplaced)} {len(found.missing)} {len(found.odd)}"
        with self._library.act() as act:
            here = (Copy.school_id == act.school_id, Copy.accession.in_(scanned))
            copies = act.connection.execute(select(Copy.id).where(*here).order_by(Copy.accession))
            seen = tuple(copies.scalars())
            act.record(ShelfSeen(copy_ids=seen, author=author, at=act.now))
            note(act, author, "shelf-checked", None, f"{found.place}: {counts}")

    def slips(self) -> tuple[SlipKept, ...]:
        """The last slips that can be printed again, newest first."""
        asked = select(
            ReceiptJob.slip_number, ReceiptJob.started_at, ReceiptJob.state, ReceiptJob.contents
        ).where(ReceiptJob.contents.is_not(None), ReceiptJob.state.not_in(_ON_ITS_WAY))
        with self._library.act() as act:
            newest = asked.order_by(ReceiptJob.started_at.desc()).limit(_SLIPS)
            rows = act.connection.execute(newest).all()
        return tuple(
            SlipKept(number, at, state, _copies_on(contents))
            for number, at, state, contents in rows
        )

    def is_paused(self) -> bool:
        """Whether this station only takes books back; asked before it has a school, too."""
        with self._library.engine.begin() as connection:
            return bool(connection.execute(select(Station.lending_paused)).scalar())

    def pause(self, is_paused: bool, author: str) -> None:
        """Let this station lend no more until it is told to; a restart changes nothing."""
        with self._library.act() as act:
            act.connection.execute(update(Station).values(lending_paused=is_paused))
            note(act, author, "lending-paused" if is_paused else "lending-resumed")

    def note(self, author: str, what: str, subject: UUID | None = None, detail: str = "") -> None:
        """Let the hub's audit log know of something that has no other record."""
        with self._library.act() as act:
            note(act, author, what, subject, detail)

    def _note_done(self, outcome: object, accession: str, author: str, what: str) -> None:
        if not isinstance(outcome, Refused):
            self.note(author, what, None, accession)


_SLIPS = 24
"""Slips to choose from; nobody looks for an older one at the station."""
_ACTIVE = Patron.status == PatronStatus.ACTIVE
_ON_ITS_WAY = (ReceiptState.QUEUED, ReceiptState.SENDING, ReceiptState.HELD)
_UNPRINTED = (ReceiptState.PARTIAL, ReceiptState.UNKNOWN, ReceiptState.EXPIRED, ReceiptState.FAILED)


def _one(act: Act, asked: Any) -> int:
    return int(act.connection.execute(asked).scalar_one())


def _acts_since(act: Act, since: datetime) -> Counter[str]:
    """How many events of each kind this station has made; those of a day are still here."""
    asked = select(OutboxEvent.type, func.count()).where(OutboxEvent.happened_at >= since)
    rows = act.connection.execute(asked.group_by(OutboxEvent.type))
    return Counter({kind: count for kind, count in rows})


def _late_since(act: Act, since: datetime) -> Any:
    own = (Loan.school_id == act.school_id, Loan.returned_at >= since)
    return select(func.count()).where(*own, Loan.due < act.today)


def _waiting() -> Any:
    acked = select(Station.acked_seq).scalar_subquery()
    return select(func.count()).select_from(OutboxEvent).where(OutboxEvent.seq > acked)


def _copies_on(contents: dict[str, Any]) -> int:
    return sum(len(contents.get(part, ())) for part in ("lent", "renewed", "returned"))


def _copy(act: Act, accession: str) -> Any:
    is_open = and_(
        Loan.school_id == Copy.school_id,
        Loan.copy_id == Copy.id,
        Loan.returned_at.is_(None),
        ~Loan.disputed,
    )
    return (
        select(
            Copy.id.label("copy_id"),
            full_title(),
            Copy.state,
            Copy.shelf,
            Copy.row,
            Corner.name.label("corner"),
            Loan.due,
            Patron.id.label("patron_id"),
            Patron.name,
            Patron.homeroom,
        )
        .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
        .outerjoin(Corner, and_(Corner.school_id == Copy.school_id, Corner.id == Copy.corner_id))
        .outerjoin(Loan, is_open)
        .outerjoin(Patron, and_(Patron.school_id == Loan.school_id, Patron.id == Loan.patron_id))
        .where(Copy.school_id == act.school_id, Copy.accession == accession)
    )


def _on_shelf() -> Any:
    lent = exists().where(
        Loan.school_id == Copy.school_id,
        Loan.copy_id == Copy.id,
        Loan.returned_at.is_(None),
        ~Loan.disputed,
    )
    return and_(Copy.state == CopyState.AVAILABLE, Copy.corner_id.is_(None), ~lent)


def _shelf(act: Act, scanned: Sequence[str]) -> Any:
    columns = (Copy.accession, full_title(), Copy.shelf, Copy.row, _on_shelf().label("on_shelf"))
    return (
        select(*columns)
        .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
        .where(Copy.school_id == act.school_id, Copy.accession.in_(scanned))
        .order_by(Copy.accession)
    )


def _standing(act: Act, shelf: str, row: str) -> Any:
    columns = (Copy.accession, full_title(), Copy.shelf, Copy.row)
    return (
        select(*columns)
        .join(Edition, and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id))
        .where(Copy.school_id == act.school_id, Copy.shelf == shelf, Copy.row == row, _on_shelf())
        .order_by(Copy.accession)
    )


def _lines(rows: Any) -> tuple[ShelfLine, ...]:
    return tuple(ShelfLine(row.accession, row.title, _place(row.shelf, row.row)) for row in rows)


def _place(shelf: str, row: str, corner: str | None = None) -> str:
    if corner is not None:
        return corner
    return " · ".join(part for part in (shelf, row) if part)
