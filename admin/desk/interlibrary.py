"""Loans between libraries at the desk: partners, books out and in, handover sheets, records.

Keeps out when a copy may go (`db.partners`) and how records look (`db.intake.records`).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import refusals
from admin.desk import papers
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.lending import read_typed, read_words
from admin.desk.rights import Right
from admin.desk.tables import Column, Tag, table
from db.clock import local_day
from db.identifiers import AccessionNumber, CopyLabel
from db.intake import exchange
from db.intake.records import BookRecord, from_csv, from_marc, to_marc
from db.partners import Handover, HandoverShown, Partners, PartnersBook, read_handover
from db.registers.year_papers import handover_sheet
from db.states import Direction
from db.text import clean

HERE: Final = "/lien-thong"
NAME_LENGTH, NUMBER_LENGTH, ACCESSION_LENGTH, TITLE_LENGTH = 120, 32, 48, 300
MOST_BOOKS: Final = 200
"""On one sheet, which somebody has to carry and check."""
FARTHEST_DAYS: Final = 400
DIRECTION_WORDS: Final = {Direction.OUT: "Cho mượn", Direction.IN: "Mượn về"}
MARC: Final = "application/marc"

router = APIRouter(include_in_schema=False)
Runs = Annotated[Desk, allowed(Right.RUN_YEAR)]


@router.get(HERE)
def show_loans(desk: Runs) -> Response:
    """Show the partners and the sheets, the newest first."""
    return _page(desk)


@router.post(HERE)
def enter_partner(desk: Runs) -> Response:
    """Note a partner library."""
    name = desk.form.text("name", most=NAME_LENGTH)
    partners = Partners(desk.library)
    if name in {one.name for one in partners.known()}:
        desk.form.refuse("name", "Đã có thư viện tên này.")
    if desk.form.wrong:
        return _page(desk)
    partner_id = partners.enter(name)
    with desk.records() as connection:
        desk.note(connection, "partner-entered", partner_id)
    return desk.go(HERE, f"Đã ghi {name}.")


@router.get(f"{HERE}/cho-muon")
def show_lend(desk: Runs) -> Response:
    """Show the form of books that go out."""
    return _form_page(desk, Direction.OUT)


@router.post(f"{HERE}/cho-muon")
def lend(desk: Runs) -> Response:
    """Lend copies on one sheet."""
    copies = _copies(desk)
    told = _told(desk)
    if told is None:
        return _form_page(desk, Direction.OUT)
    partner_id, number, due = told
    loan_id, refused = Partners(desk.library).lend(partner_id, number, copies, due, desk.author)
    stays = " ".join(refusals.why(one) for one in refused)
    if loan_id is None:
        desk.form.refuse("books", f"Không cuốn nào đi được. {stays}")
        return _form_page(desk, Direction.OUT)
    with desk.records() as connection:
        desk.note(connection, "partner-lent", loan_id, number)
    said = f"Đã giao {len(copies) - len(refused)} cuốn. {stays}".strip()
    return desk.go(f"{HERE}/{loan_id}", said)


@router.get(f"{HERE}/muon-ve")
def show_borrow(desk: Runs) -> Response:
    """Show the form of books that come in."""
    return _form_page(desk, Direction.IN)


@router.post(f"{HERE}/muon-ve")
def borrow(desk: Runs) -> Response:
    """Note what a partner lends to us, as its list or its file of records says."""
    books = _books(desk)
    told = _told(desk)
    if told is None:
        return _form_page(desk, Direction.IN)
    partner_id, number, due = told
    loan_id = Partners(desk.library).borrow(partner_id, number, books, due, desk.author)
    with desk.records() as connection:
        desk.note(connection, "partner-borrowed", loan_id, number)
    return desk.go(f"{HERE}/{loan_id}", f"Đã nhận {len(books)} cuốn.")


@router.get(f"{HERE}/{{loan_id:uuid}}")
def show_sheet(desk: Runs, loan_id: UUID) -> Response:
    """Show a handover sheet; hand it out to sign, or its records for the other library."""
    form = desk.asked.get("tai", "")
    with desk.library.act() as act:
        handover = read_handover(act, loan_id)
        if handover is None:
            raise HTTPException(404)
        sheet = handover_sheet(act, handover)
    if form in papers.FORMS:
        return papers.hand_out_sheet(desk, sheet, form)
    if form == "mrc":
        return _records(desk, handover)
    return _sheet_page(desk, loan_id, handover)


@router.post(f"{HERE}/{{loan_id:uuid}}")
def give_back(desk: Runs, loan_id: UUID) -> Response:
    """Note that a book that is scanned is with its owner again."""
    handover = _found(desk, loan_id)
    code = desk.form.text("code", most=ACCESSION_LENGTH)
    number = _number(desk, code, handover.direction)
    if desk.form.wrong:
        return _sheet_page(desk, loan_id, handover)
    if number not in {line.accession for line in handover.missing}:
        words = f"{code} không có trong biên bản này, hoặc đã trả rồi."
        return _sheet_page(desk, loan_id, handover, words)
    return _back(desk, loan_id, [number])


@router.post(f"{HERE}/{{loan_id:uuid}}/tat-ca")
def give_all_back(desk: Runs, loan_id: UUID) -> Response:
    """Note that everything is with its owner again."""
    handover = _found(desk, loan_id)
    return _back(desk, loan_id, [line.accession for line in handover.missing])


def _page(desk: Desk) -> Response:
    partners = Partners(desk.library)
    sheets = partners.sheets()
    columns = _columns(desk)
    shown = table(desk.asked, columns, sheets)
    return desk.hand_out_table(shown, "lien-thong") or desk.show(
        "interlibrary.html",
        422 if desk.form.wrong else 200,
        table=shown,
        partners=partners.known(),
        late=[one for one in sheets if one.still_out and one.due < desk.today],
        words=DIRECTION_WORDS,
        most=NAME_LENGTH,
    )


def _form_page(desk: Desk, direction: Direction) -> Response:
    partners = Partners(desk.library)
    return desk.show(
        "interlibrary_form.html",
        422 if desk.form.wrong else 200,
        is_out=direction is Direction.OUT,
        partners=[(str(one.id), one.name) for one in partners.known()],
        number=f"LT-{desk.today.year}-{len(partners.sheets()) + 1:02}",
        most=NUMBER_LENGTH,
    )


def _told(desk: Desk) -> tuple[UUID, str, date] | None:
    """With whom, on which sheet, until when; None where something of the form is wrong."""
    form, partners = desk.form, Partners(desk.library)
    partner = form.one_of("partner", [str(one.id) for one in partners.known()])
    number = form.text("number", most=NUMBER_LENGTH)
    due = form.day("due")
    latest = desk.today + timedelta(days=FARTHEST_DAYS)
    if due is not None and not desk.today < due <= latest:
        form.refuse("due", "Chọn một ngày sau hôm nay, trong vòng một năm.")
    if number and partners.is_taken(number):
        form.refuse("number", "Đã có biên bản số này.")
    if form.wrong or due is None:
        return None
    return UUID(partner), number, due


def _copies(desk: Desk) -> list[AccessionNumber]:
    """Our copies that were scanned into the field."""
    form = desk.form
    lines = form.typed.get("books", "").replace(",", "\n").splitlines()
    read = read_words(desk, [word for line in lines if (word := clean(line))])
    if not read:
        form.refuse("books", "Chưa điền ô này.")
    wrong = [word for word, code in read.items() if not isinstance(code, CopyLabel)]
    if wrong:
        form.refuse("books", f"Không phải số ĐKCB: {', '.join(wrong[:8])}.")
    if len(read) > MOST_BOOKS:
        form.refuse("books", f"Một biên bản nhiều nhất {MOST_BOOKS} cuốn.")
    named = (code.accession for code in read.values() if isinstance(code, CopyLabel))
    return list(dict.fromkeys(named))  # one copy may be typed in two ways


def _books(desk: Desk) -> list[PartnersBook]:
    """A partner's books: of its file of records, and of the lines "number; title"."""
    form = desk.form
    books = _from_file(desk) if form.files.get("records") else []
    for line in form.typed.get("books", "").splitlines():
        number, _, title = clean(line).partition(";")
        if number and title.strip():
            books.append(PartnersBook(number.strip(), title.strip()))
        elif number:
            form.refuse("books", f"Dòng “{number}”: ghi số ĐKCB, dấu chấm phẩy, rồi nhan đề.")
    if not books:
        form.refuse("books", "Ghi ít nhất một cuốn, hoặc chọn tệp biểu ghi.")
    if len(books) > MOST_BOOKS:
        form.refuse("books", f"Một biên bản nhiều nhất {MOST_BOOKS} cuốn.")
    if any(len(b.accession) > ACCESSION_LENGTH or len(b.title) > TITLE_LENGTH for b in books):
        form.refuse("books", f"Số ĐKCB dài nhất {ACCESSION_LENGTH}, nhan đề {TITLE_LENGTH} ký tự.")
    if len({book.accession for book in books}) < len(books):
        form.refuse("books", "Có số ĐKCB ghi hai lần.")
    return books


def _from_file(desk: Desk) -> list[PartnersBook]:
    content = desk.form.files["records"].content
    if not content:
        return []
    records, wrong = from_marc(content) if content[:5].isdigit() else from_csv(content)
    if wrong:
        desk.form.refuse("records", f"{len(wrong)} biểu ghi trong tệp không đọc được.")
    return [PartnersBook(copy, record.title) for record in records for copy in record.copies]


def _records(desk: Desk, handover: Handover) -> Response:
    """The records of our copies on a sheet, as MARC 21 with those copies alone."""
    wanted = {line.accession for line in handover.lines}
    with desk.records() as connection:
        every = exchange.read_records(connection, desk.school_id)
    some = [one for one in (_with_copies(record, wanted) for record in every) if one.copies]
    return desk.hand_out(to_marc(some), f"{handover.number}.mrc".replace("/", "-"), MARC)


def _with_copies(record: BookRecord, wanted: Container[str]) -> BookRecord:
    """A record with some of its copies alone."""
    places = [place for place, copy in enumerate(record.copies) if copy in wanted]
    shelves = tuple(record.shelves[place] for place in places) if record.shelves else ()
    return replace(record, copies=tuple(record.copies[place] for place in places), shelves=shelves)


def _number(desk: Desk, code: str, direction: Direction) -> str:
    """The number on a sheet that is meant: ours as it is read, a partner's as it was typed."""
    if direction is Direction.IN or not code:
        return code
    read = read_typed(desk, code)
    return str(read.accession) if isinstance(read, CopyLabel) else code


def _back(desk: Desk, loan_id: UUID, numbers: list[str]) -> Response:
    missing = Partners(desk.library).give_back(loan_id, numbers, desk.author)
    with desk.records() as connection:
        desk.note(connection, "partner-back", loan_id, f"{len(numbers)}")
    left = f"còn {len(missing)} cuốn" if missing else "đã đủ cả biên bản"
    return desk.go(f"{HERE}/{loan_id}", f"Đã ghi trả {len(numbers)} cuốn, {left}.")


def _sheet_page(desk: Desk, loan_id: UUID, handover: Handover, stopped: str = "") -> Response:
    return desk.show(
        "handover.html",
        422 if stopped or desk.form.wrong else 200,
        loan_id=loan_id,
        handover=handover,
        is_out=handover.direction is Direction.OUT,
        words=DIRECTION_WORDS[handover.direction],
        stopped=stopped,
    )


def _found(desk: Desk, loan_id: UUID) -> Handover:
    with desk.library.act() as act:
        handover = read_handover(act, loan_id)
    if handover is None:
        raise HTTPException(404)
    return handover


def _columns(desk: Desk) -> tuple[Column, ...]:
    def state(one: HandoverShown) -> Tag:
        if not one.still_out:
            return Tag("Đã đủ", "done")
        late = one.due < desk.today
        return Tag(f"Còn {one.still_out}/{one.books}", "late" if late else "look")

    return (
        Column(
            "so", "Số", lambda one: one.number, link=lambda one: f"{HERE}/{one.id}", kind="strong"
        ),
        Column("chieu", "Chiều", lambda one: DIRECTION_WORDS[one.direction]),
        Column("voi", "Thư viện", lambda one: one.partner),
        Column("ngay", "Giao ngày", lambda one: local_day(one.made_at), narrow=False),
        Column("han", "Hẹn trả", lambda one: one.due),
        Column("con", "Sách", state),
    )


PAGES = Pages(Section.YEAR, router, (Place(HERE, "Liên thông thư viện", Right.RUN_YEAR),))
