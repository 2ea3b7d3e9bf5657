"""What goes on labels, cards and a class's papers, out of the records. No PDF, no HTTP.

Labels come in the register's order, cards and lists in the order of Vietnamese names.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, func, select

from admin.school import school_name
from db.identifiers import corner_text, crate_text
from db.models import (
    Card,
    Copy,
    Corner,
    Crate,
    CrateCopy,
    Edition,
    Homeroom,
    Loan,
    Patron,
    SchoolYear,
    full_title,
)
from db.ordering import name_sort_key
from db.states import CopyState, LoanKind, PatronStatus
from db.text import fold_for_search
from printer.cards import CardFace, LabelFace
from printer.class_papers import Clearance, Poster, Reminder, ReminderList
from printer.labels import SpineFace
from printer.paper import Symbology
from printer.sheets import SheetForm

LabelKind = Literal["machine", "spine", "both"]
SIGN_LETTERS = 3
"""Of the author's or title's beginning, on a spine."""
MOST_LABELS = 32_500
"""Asked for at once at the desk: five hundred sheets of the smallest."""
MOST_TYPED = 650
"""Numbers that are typed one by one."""


@dataclass(frozen=True, slots=True)
class Span:
    """Copies of one kho by the serial numbers of its register, both ends included."""

    kho: str
    first: int
    last: int


def label_faces(
    connection: Connection,
    school_id: int,
    which: Span | Collection[str],
    kind: LabelKind = "machine",
    symbology: Symbology = "qr",
) -> tuple[LabelFace | SpineFace, ...]:
    """The labels of some copies that are still in the stock, spine and machine side by side.

    Args:
        connection: To the records.
        school_id: Whose copies.
        which: A span of a register, or accession numbers.
        kind: Which labels each copy gets.
        symbology: Of the machine labels.
    """
    school = school_name(connection, school_id)
    faces: list[LabelFace | SpineFace] = []
    for copy in connection.execute(_copies(school_id, _meant(which))):
        if kind != "machine":
            faces.append(_spine(copy))
        if kind != "spine":
            faces.append(LabelFace(copy.accession, copy.title, school, symbology))
    return tuple(faces)


def numbers_of_voucher(connection: Connection, school_id: int, voucher_id: UUID) -> tuple[str, ...]:
    """The copies that came in by a voucher."""
    meant = (Copy.school_id == school_id, Copy.entry_id == voucher_id)
    asked = select(Copy.accession).where(*meant).order_by(Copy.kho, Copy.number)
    return tuple(connection.execute(asked).scalars())


def unknown_numbers(
    connection: Connection, school_id: int, numbers: Collection[str]
) -> tuple[str, ...]:
    """Which of these accession numbers no copy in the stock bears."""
    known = select(Copy.accession).where(Copy.school_id == school_id, _in_stock(), _meant(numbers))
    found = set(connection.execute(known).scalars())
    return tuple(number for number in numbers if number not in found)


def card_faces(
    connection: Connection,
    school_id: int,
    today: date,
    homeroom: str | None = None,
    patron_ids: Collection[UUID] | None = None,
    with_class: bool = True,
) -> tuple[CardFace, ...]:
    """The cards of a class, of everybody without one, or of some readers.

    Args:
        connection: To the records.
        school_id: Whose readers.
        today: For the school year that staff cards show.
        homeroom: A class; empty for staff.
        patron_ids: Whose cards, where it is not a class's.
        with_class: Whether the class is printed, which is another one next year.
    """
    meant = Patron.homeroom == homeroom if homeroom is not None else Patron.id.in_(patron_ids or ())
    year = school_year(connection, school_id, today)
    school = school_name(connection, school_id)
    return tuple(
        CardFace(
            school,
            reader.name,
            reader.homeroom if with_class else "",
            reader.number,
            (reader.school_year or year).replace("-", "–"),
        )
        for reader in _readers(connection, school_id, meant)
    )


def cleared(
    connection: Connection, school_id: int, homeroom: str
) -> tuple[tuple[Clearance, ...], tuple[tuple[str, int], ...]]:
    """Who of a class owes nothing, and who does with the number of books."""
    owed = _owed(connection, school_id, homeroom)
    free, owing = [], []
    for reader in _readers(connection, school_id, Patron.homeroom == homeroom, with_card=False):
        if reader.id in owed:
            owing.append((reader.name, len(owed[reader.id])))
        else:
            free.append(Clearance(reader.name, reader.homeroom, reader.number or ""))
    return tuple(free), tuple(owing)


def reminder_list(
    connection: Connection, school_id: int, homeroom: str, today: date, due_by: date
) -> ReminderList:
    """Who of a class has books that are due by a day, and how many; no titles."""
    owed = _owed(connection, school_id, homeroom, due_by)
    lines = [
        Reminder(reader.name, len(days), min(days), max(0, (today - min(days)).days))
        for reader in _readers(connection, school_id, Patron.homeroom == homeroom, with_card=False)
        if (days := owed.get(reader.id))
    ]
    teacher = _teacher(connection, school_id, homeroom)
    school = school_name(connection, school_id)
    return ReminderList(school, homeroom, teacher, today, tuple(lines))


def corner_poster(connection: Connection, school_id: int, corner_id: UUID) -> Poster | None:
    """The sign of a class corner; None if there is none."""
    own = (Corner.school_id == school_id, Corner.id == corner_id)
    corner = connection.execute(select(Corner.__table__).where(*own)).first()
    if corner is None:
        return None
    here = (Copy.school_id == school_id, Copy.corner_id == corner_id)
    copies = connection.execute(select(func.count()).where(*here)).scalar_one()
    keepers = tuple(_keepers(connection, school_id, corner))
    code = corner_text(corner_id)
    return Poster(school_name(connection, school_id), corner.name, keepers, copies, code=code)


def crate_poster(connection: Connection, school_id: int, crate_id: UUID) -> Poster | None:
    """The sign of a crate on its way to a corner; None if there is none."""
    corner_of = and_(Corner.school_id == Crate.school_id, Corner.id == Crate.corner_id)
    own = (Crate.school_id == school_id, Crate.id == crate_id)
    crate = connection.execute(
        select(Crate.number, Crate.due, Corner.name).join(Corner, corner_of).where(*own)
    ).first()
    if crate is None:
        return None
    out = (CrateCopy.school_id == school_id, CrateCopy.crate_id == crate_id)
    counted = select(func.count()).where(*out, CrateCopy.back_at.is_(None))
    copies = connection.execute(counted).scalar_one()
    school = school_name(connection, school_id)
    heading, way = f"Thùng sách {crate.number}", (f"Đi: {crate.name}",)
    return Poster(school, heading, way, copies, crate.due, crate_text(crate.number))


def own_sheets(told: Sequence[str]) -> dict[str, SheetForm]:
    """The sheets that the school has measured, by name, as `Choices.label_sheets` has them."""
    forms = [_read_sheet(one) for one in told]
    return {form.name: form for form in forms}


def with_sheet(told: Sequence[str], form: SheetForm) -> tuple[str, ...]:
    """The school's sheets with one more, in place of the one that has its name."""
    others = [one for one in told if _read_sheet(one).name != form.name]
    return (*others, json.dumps(asdict(form), ensure_ascii=False))


def without_sheet(told: Sequence[str], name: str) -> tuple[str, ...]:
    """The school's sheets without one."""
    return tuple(one for one in told if _read_sheet(one).name != name)


def school_year(connection: Connection, school_id: int, today: date) -> str:
    """The school year that has begun last; empty where none was entered."""
    begun = (SchoolYear.school_id == school_id, SchoolYear.begins_on <= today)
    newest = select(SchoolYear.name).where(*begun).order_by(SchoolYear.begins_on.desc()).limit(1)
    return connection.execute(newest).scalar() or ""


def sign_of(authors: str, title: str) -> str:
    """The beginning of the first author's name, or else of the title, in plain capitals."""
    letters = fold_for_search(authors) or fold_for_search(title)
    return "".join(sign for sign in letters if sign.isalnum())[:SIGN_LETTERS].upper()


def _read_sheet(told: str) -> SheetForm:
    fields = json.loads(told)
    pairs = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return SheetForm(**{**fields, **pairs})


def _copies(school_id: int, meant: ColumnElement[bool]) -> Any:
    edition_of = and_(Edition.school_id == Copy.school_id, Edition.id == Copy.edition_id)
    return (
        select(Copy.accession, full_title(), Edition.authors, Edition.class_number)
        .join(Edition, edition_of)
        .where(Copy.school_id == school_id, _in_stock(), meant)
        .order_by(Copy.kho, Copy.number)
    )


def _in_stock() -> ColumnElement[bool]:
    return Copy.state != CopyState.WITHDRAWN


def _meant(which: Span | Collection[str]) -> ColumnElement[bool]:
    if isinstance(which, Span):
        return and_(Copy.kho == which.kho, Copy.number.between(which.first, which.last))
    return Copy.accession.in_(which)


def _spine(copy: Any) -> SpineFace:
    return SpineFace(copy.accession, copy.class_number, sign_of(copy.authors, copy.title))


def _readers(
    connection: Connection,
    school_id: int,
    meant: ColumnElement[bool],
    with_card: bool = True,
) -> Sequence[Any]:
    """Readers of the school by their names, with the card that counts."""
    card_of = and_(Card.school_id == Patron.school_id, Card.patron_id == Patron.id, ~Card.revoked)
    here = (Patron.school_id == school_id, Patron.status == PatronStatus.ACTIVE)
    rows = connection.execute(
        select(Patron.id, Patron.name, Patron.homeroom, Patron.school_year, Card.number)
        .join(Card, card_of, isouter=not with_card)
        .where(*here, meant)
    )
    return sorted(rows, key=lambda row: (name_sort_key(row.name), row.number or ""))


def _owed(
    connection: Connection, school_id: int, homeroom: str, due_by: date | None = None
) -> dict[UUID, list[date]]:
    """The due days of a class's open loans, by reader."""
    patron_of = and_(Patron.school_id == Loan.school_id, Patron.id == Loan.patron_id)
    meant = [Loan.school_id == school_id, Loan.returned_at.is_(None), ~Loan.disputed]
    if due_by is not None:
        meant += [Loan.due <= due_by, Loan.kind != LoanKind.IN_LIBRARY]
    asked = select(Loan.patron_id, Loan.due).join(Patron, patron_of)
    owed: dict[UUID, list[date]] = defaultdict(list)
    for row in connection.execute(asked.where(*meant, Patron.homeroom == homeroom)):
        owed[row.patron_id].append(row.due)
    return owed


def _teacher(connection: Connection, school_id: int, homeroom: str) -> str:
    """The form teacher in the newest school year that has this class."""
    teacher_of = and_(Patron.school_id == Homeroom.school_id, Patron.id == Homeroom.teacher_id)
    named = (
        select(Patron.name)
        .join(Homeroom, teacher_of)
        .where(Homeroom.school_id == school_id, Homeroom.name == homeroom)
        .order_by(Homeroom.school_year.desc())
        .limit(1)
    )
    return connection.execute(named).scalar() or ""


def _keepers(connection: Connection, school_id: int, corner: Any) -> Iterator[str]:
    people = [corner.teacher_id, corner.first_pupil_id, corner.second_pupil_id]
    known = (Patron.school_id == school_id, Patron.id.in_([one for one in people if one]))
    rows = connection.execute(select(Patron.id, Patron.name).where(*known))
    names = {row.id: row.name for row in rows}
    if corner.teacher_id in names:
        yield f"Thầy cô phụ trách: {names[corner.teacher_id]}"
    if pupils := [names[one] for one in people[1:] if one in names]:
        yield f"Bạn phụ trách: {', '.join(pupils)}"
