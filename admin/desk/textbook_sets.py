"""Textbook sets at the counter: a class in one flow, pupil by pupil or all at once. No queries.

The box takes a card, which calls up a pupil, and then their books one after another; thirteen
books are fourteen scans (S74).
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Response

from admin import counter, refusals, textbooks
from admin.desk.door import Desk, allowed
from admin.desk.forms import read_uuid
from admin.desk.frame import Pages, Place, Section
from admin.desk.lending import read_typed, read_words
from admin.desk.rights import Right
from db.identifiers import AccessionNumber, CopyLabel, PatronCard
from db.outcomes import PatronKnown, Refused
from db.school_codes import GRADES
from db.sets import SetHanded, TextbookSets

HERE = "/bo-sgk"

router = APIRouter(include_in_schema=False)
Lender = Annotated[Desk, allowed(Right.LEND)]


@router.get(HERE)
def show_sets(desk: Lender) -> Response:
    """Show the sets, and the classes they are for."""
    with desk.records() as connection:
        sets = textbooks.sets(connection, desk.school_id)
        classes = textbooks.classes(connection, desk.school_id)
        grades = {name: textbooks.grade_of(connection, desk.school_id, name) for name in classes}
    return desk.show("textbook_sets.html", sets=sets, classes=classes, grades=grades)


@router.get(f"{HERE}/moi")
def show_new_set(desk: Lender) -> Response:
    """Show the textbooks of a grade to make a set of."""
    return _new_set(desk)


@router.post(f"{HERE}/moi")
def make_set(desk: Lender) -> Response:
    """Say which titles make up a set."""
    name = desk.form.text("name", most=80)
    grade = desk.form.number("grade", GRADES[0], GRADES[-1])
    with desk.records() as connection:
        known = [str(one) for one, _ in textbooks.textbooks(connection, desk.school_id, grade)]
    chosen = [UUID(one) for one in desk.form.several("titles", known)]
    if not chosen:
        desk.form.refuse("titles", "Chọn ít nhất một nhan đề.")
    if desk.form.wrong:
        return _new_set(desk, 422)
    TextbookSets(desk.circulation).define(name, grade, chosen)
    return desk.go(HERE, f"Đã lập bộ “{name}” gồm {len(chosen)} nhan đề.")


@router.get(f"{HERE}/phat")
def show_class(desk: Lender) -> Response:
    """Show a class and the pupil who stands at the counter."""
    return _class(desk)


@router.post(f"{HERE}/phat")
def take_code(desk: Lender) -> Response:
    """A card calls up a pupil; a book goes to the pupil who is there, or comes back."""
    code, patron_id = desk.form.text("code", wanted=False), _asked_id(desk, "pupil", "em")
    circulation = desk.circulation
    match read_typed(desk, code):
        case PatronCard(card):
            known = circulation.identify(card)
            if isinstance(known, Refused):
                return _class(desk, refusals.why(known))
            return desk.go(_address(desk, known.patron_id))
        case CopyLabel(accession):
            return _book(desk, patron_id, accession)
        case _ if not code:
            return desk.go(_address(desk, None))
    return _class(desk, f"Không nhận ra mã {code}.")


@router.post(f"{HERE}/ca-bo")
def lend_laid_ready(desk: Lender) -> Response:
    """Lend the pupil the set that was laid ready for them."""
    patron_id, template_id = _asked_id(desk, "pupil", "em"), _asked_id(desk, "set", "bo")
    patron = _patron(desk, patron_id)
    if patron is None or template_id is None:
        return desk.go(HERE)
    outcome = TextbookSets(desk.circulation).lend(patron, template_id)
    return _handed(desk, patron, outcome)


@router.post(f"{HERE}/ca-lop")
def lend_to_class(desk: Lender) -> Response:
    """Lend every pupil of a class what was laid ready for them."""
    template_id = _asked_id(desk, "set", "bo")
    homeroom = desk.form.text("homeroom", most=16)
    if template_id is None:
        return desk.go(HERE)
    told = TextbookSets(desk.circulation).lend_to_class(homeroom, template_id)
    books = sum(len(one.lent) for _, one in told if isinstance(one, SetHanded))
    whole = sum(isinstance(one, SetHanded) and not one.missing for _, one in told)
    said = f"Đã ghi {books} cuốn cho lớp {homeroom}; {whole}/{len(told)} em đủ bộ."
    return desk.go(_address(desk, None), said)


@router.post(f"{HERE}/de-san")
def lay_ready(desk: Lender) -> Response:
    """Lay copies ready for the pupil who is called up."""
    patron_id = _asked_id(desk, "pupil", "em")
    patron = _patron(desk, patron_id)
    if patron is None:
        return desk.go(HERE)
    typed = desk.form.text("numbers", most=400).replace(",", " ").split()
    read = read_words(desk, typed)
    strange = [word for word, code in read.items() if not isinstance(code, CopyLabel)]
    if strange or desk.form.wrong:
        return _class(
            desk, f"Không phải số ĐKCB: {', '.join(strange) or '–'}. Chưa để sẵn cuốn nào."
        )
    labels = (code.accession for code in read.values() if isinstance(code, CopyLabel))
    numbers = list(dict.fromkeys(labels))
    refused = TextbookSets(desk.circulation).lay_ready(patron.patron_id, numbers)
    laid = len(numbers) - len(refused)
    if refused:
        why = " ".join(refusals.why(one) for one in refused)
        return _class(desk, f"Đã để sẵn {laid} cuốn. {why}")
    return desk.go(_address(desk, patron_id), f"Đã để sẵn {laid} cuốn.")


@router.post(f"{HERE}/doi")
def swap(desk: Lender) -> Response:
    """Give the pupil another copy of a title they have."""
    patron = _patron(desk, _asked_id(desk, "pupil", "em"))
    old, new = (AccessionNumber(desk.form.text(name).upper()) for name in ("old", "new"))
    if patron is None or desk.form.wrong:
        return _class(desk, "Chọn học sinh, rồi điền số cuốn cũ và cuốn mới.")
    outcome = TextbookSets(desk.circulation).swap(patron, old, new)
    if isinstance(outcome, Refused):
        return _class(desk, refusals.why(outcome))
    return desk.go(_address(desk, patron.patron_id), f"Đã đổi {old} lấy {new}.")


def _book(desk: Desk, patron_id: UUID | None, accession: AccessionNumber) -> Response:
    sets, template_id = TextbookSets(desk.circulation), _asked_id(desk, "set", "bo")
    patron = _patron(desk, patron_id)
    if patron is None or template_id is None:
        return _class(desk, "Quét thẻ học sinh trước, rồi quét sách.")
    if desk.form.typed.get("mode") == "tra":
        taken = sets.take_back(patron.patron_id, [accession])
        (outcome,) = taken.returned
        if isinstance(outcome, Refused):
            return _class(desk, refusals.why(outcome))
        missing = f" Còn thiếu {len(taken.missing)} cuốn." if taken.missing else " Đã trả đủ bộ."
        return desk.go(_address(desk, patron_id), f"Đã ghi trả “{outcome.title}”.{missing}")
    with desk.records() as connection:
        has_set = textbooks.set_due(connection, desk.school_id, patron.patron_id) is not None
    handed = (
        sets.add(patron, [accession]) if has_set else sets.lend(patron, template_id, [accession])
    )
    return _handed(desk, patron, handed)


def _handed(desk: Desk, patron: PatronKnown, outcome: SetHanded | Refused) -> Response:
    if isinstance(outcome, Refused):
        return _class(desk, refusals.why(outcome))
    if outcome.refused and not outcome.lent:
        return _class(desk, " ".join(refusals.why(one) for one in outcome.refused))
    missing = f"còn thiếu {len(outcome.missing)}" if outcome.missing else "đủ bộ"
    titles = ", ".join(one.title for one in outcome.lent)
    said = f"{patron.name}: đã nhận {titles}; {missing}."
    return desk.go(_address(desk, patron.patron_id), said)


def _class(desk: Desk, stopped: str = "") -> Response:
    template_id, patron_id = _asked_id(desk, "set", "bo"), _asked_id(desk, "pupil", "em")
    homeroom = desk.form.typed.get("homeroom") or desk.asked.get("lop", "")
    with desk.records() as connection:
        sets = textbooks.sets(connection, desk.school_id)
        chosen = next((one for one in sets if one.id == template_id), None)
        if chosen is None:
            return desk.go(HERE)
        who = counter.reader(connection, desk.school_id, patron_id) if patron_id else None
        pupils = textbooks.pupils(connection, desk.school_id, homeroom)
        titles = textbooks.titles_of(connection, desk.school_id, chosen.id, who.id if who else None)
        due = textbooks.set_due(connection, desk.school_id, who.id) if who else None
    return desk.show(
        "textbook_class.html",
        422 if stopped else 200,
        chosen=chosen,
        homeroom=homeroom,
        pupils=pupils,
        who=who,
        titles=titles,
        due=due,
        stopped=stopped,
        mode=desk.form.typed.get("mode") or desk.asked.get("viec", ""),
        address=lambda pupil_id: _address(desk, pupil_id),
    )


def _new_set(desk: Desk, status_code: int = 200) -> Response:
    text = desk.form.typed.get("grade") or desk.asked.get("khoi", "")
    grade = int(text) if text.isdecimal() and int(text) in GRADES else GRADES[0]
    with desk.records() as connection:
        titles = textbooks.textbooks(connection, desk.school_id, grade)
    shown = {"grade": grade, "grades": GRADES, "titles": titles}
    return desk.show("textbook_new.html", status_code, **shown)


def _address(desk: Desk, patron_id: UUID | None) -> str:
    """The class's page with one pupil called up, or none."""
    asked = {
        "bo": desk.form.typed.get("set") or desk.asked.get("bo", ""),
        "lop": desk.form.typed.get("homeroom") or desk.asked.get("lop", ""),
        "viec": desk.form.typed.get("mode") or desk.asked.get("viec", ""),
        "em": str(patron_id or ""),
    }
    return f"{HERE}/phat?" + urlencode({name: word for name, word in asked.items() if word})


def _patron(desk: Desk, patron_id: UUID | None) -> PatronKnown | None:
    if patron_id is None:
        return None
    with desk.records() as connection:
        if counter.reader(connection, desk.school_id, patron_id) is None:
            return None
    return desk.circulation.look_up(patron_id)


def _asked_id(desk: Desk, field: str, asked: str) -> UUID | None:
    return read_uuid(desk.form.typed.get(field) or desk.asked.get(asked, ""))


PAGES = Pages(Section.CIRCULATION, router, (Place(HERE, "Bộ sách giáo khoa", Right.LEND),))
