"""The catalogue's pages: the list, one title with its copies, its form, themed shelves."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import bookshelf, owing
from admin.desk.door import Desk, allowed
from admin.desk.forms import version_of
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.tables import Choice, Column, table
from admin.school import school_name
from db import editions
from db.catalogue import Catalogue
from db.defaults import CLASSES_19
from db.editions import FIELDS, LONGEST_TAG, Editions
from db.identifiers import NoIsbn, read_isbn
from db.notice_board import NoticeBoard
from db.notices import Theme
from db.school_codes import GRADES
from db.states import DocumentType, LendingMode
from printer.bibliography import Bibliography, bibliography_pages

HERE, SHELVES, LISTS = "/sach", "/tu-sach", "/thu-muc"
LONGEST_INTRODUCTION = 3000
LENDING = {
    LendingMode.TAKE_HOME: "cho mượn về",
    LendingMode.REFERENCE: "chỉ đọc tại chỗ",
    LendingMode.TEACHERS: "dành cho giáo viên",
    LendingMode.TEXTBOOK_SET: "theo bộ sách giáo khoa",
}
TYPES = {
    DocumentType.BOOK: "sách",
    DocumentType.NEWSPAPER: "báo",
    DocumentType.MAGAZINE: "tạp chí",
    DocumentType.MAP: "bản đồ",
    DocumentType.PICTURE: "tranh ảnh",
    DocumentType.DISC: "băng đĩa",
    DocumentType.E_RESOURCE: "học liệu điện tử",
}
DEAREST_VND = 50_000_000
EARLIEST, LATEST = 1800, 2100

router = APIRouter(include_in_schema=False)
Reads = Annotated[Desk, allowed(Right.SEE_CATALOGUE)]
Edits = Annotated[Desk, allowed(Right.EDIT_CATALOGUE)]

COLUMNS = (
    Column("ten", "Nhan đề", lambda one: one.title, link=lambda one: f"{HERE}/{one.id}"),
    Column("tac-gia", "Tác giả", lambda one: one.authors, narrow=False),
    Column("phan-loai", "Phân loại", lambda one: one.class_number, narrow=False),
    Column("kho", "Kho", lambda one: one.kho),
    Column("lop", "Lớp", lambda one: one.grade, narrow=False),
    Column("cuon", "Số cuốn", lambda one: one.copies, kind="number"),
    Column("muon", "Đang mượn", lambda one: one.lent, kind="number", narrow=False),
)

COUNTED = ("cuon", "muon")
"""Columns that can only be put in order once the copies of every title are counted."""


@router.get(HERE)
def show_books(desk: Reads) -> Response:
    """Show the catalogue, or what of it answers to some words."""
    asked = desk.asked
    grade = (
        int(asked["lop"]) if asked.get("lop", "").isdecimal() and len(asked["lop"]) < 3 else None
    )
    query, ids = asked.get("q", "").strip(), None
    if query:
        hits = Catalogue(desk.hub.engine, desk.school_id).find(query, limit=100).hits
        ids = [hit.edition_id for hit in hits]
    with desk.records() as connection:
        narrowed = {"kho": asked.get("kho", ""), "grade": grade, "tag": asked.get("tu", "")}
        rows = bookshelf.books(connection, desk.school_id, ids=ids, **narrowed)  # type: ignore[arg-type]
        if asked.get("tai") or asked.get("sap", "").lstrip("-") in COUNTED:
            rows = bookshelf.with_copies(connection, desk.school_id, rows)
        kho = owing.kho_names(connection, desk.school_id)
        tags = [
            (tag, f"{tag} ({count})") for tag, count in bookshelf.tags(connection, desk.school_id)
        ]
    filters = (
        Choice("kho", "Kho", kho),
        Choice("lop", "Lớp", [(str(one), f"lớp {one}") for one in GRADES]),
        Choice("tu", "Tủ sách", tags),
    )
    shown = table(asked, COLUMNS, rows, filters=filters, search="Tên sách, tác giả, số ĐKCB, ISBN")
    if file := desk.hand_out_table(shown, "sach"):
        return file
    with desk.records() as connection:
        counted = bookshelf.with_copies(connection, desk.school_id, shown.rows)
    return desk.show("catalogue.html", table=replace(shown, rows=counted))


@router.get(f"{HERE}/moi")
def show_new(desk: Edits) -> Response:
    """Show the form of a new title."""
    return _form(desk, None)


@router.post(f"{HERE}/moi")
def enter(desk: Edits) -> Response:
    """Enter a new title."""
    fields = _fields(desk)
    if desk.form.wrong:
        return _form(desk, None, status_code=422)
    edition_id = Editions(desk.library).enter(fields)
    with desk.records() as connection:
        desk.note(connection, "edition-entered", edition_id)
    return desk.go(f"{HERE}/{edition_id}", f"Đã thêm “{fields['title']}”.")


@router.get(f"{HERE}/{{edition_id}}")
def show_book(desk: Reads, edition_id: UUID) -> Response:
    """Show a title, its copies and the shelves it is on."""
    return _book(desk, edition_id)


@router.get(f"{HERE}/{{edition_id}}/sua")
def show_form(desk: Edits, edition_id: UUID) -> Response:
    """Show a title's form."""
    return _form(desk, edition_id)


@router.post(f"{HERE}/{{edition_id}}/sua")
def correct(desk: Edits, edition_id: UUID) -> Response:
    """Correct what is said of a title; whoever comes second sees what the first has changed."""
    fields = _fields(desk)
    with desk.library.act() as act:
        editions.hold(act, edition_id)
        now = bookshelf.edition(act.connection, desk.school_id, edition_id)
        stale = desk.form.is_stale(version_of(now))
        if now and not stale and not desk.form.wrong:
            editions.correct(act, edition_id, fields)
            desk.note(act.connection, "edition-corrected", edition_id)
    if now is None:
        raise HTTPException(404)
    if stale or desk.form.wrong:
        return _form(desk, edition_id, changed=now if stale else None, status_code=422)
    return desk.go(f"{HERE}/{edition_id}", "Đã lưu.")


@router.post(f"{HERE}/{{edition_id}}/cho-de")
def place_copy(desk: Edits, edition_id: UUID) -> Response:
    """Say where a copy stands."""
    accession = desk.form.text("accession")
    shelf = desk.form.text("shelf", wanted=False, most=16)
    row = desk.form.text("row", wanted=False, most=16)
    if desk.form.wrong:
        return _book(desk, edition_id, 422)
    stays = desk.form.ticked("stays")
    if not Editions(desk.library).place(accession, shelf, row, stays):
        return desk.go(f"{HERE}/{edition_id}", f"Không có cuốn nào mang số {accession}.")
    return desk.go(f"{HERE}/{edition_id}", f"Đã ghi chỗ để của {accession}.")


@router.post(f"{HERE}/{{edition_id}}/tu-sach")
def put_on_shelf(desk: Edits, edition_id: UUID) -> Response:
    """Put a title on a themed shelf, or take it off."""
    tag = desk.form.text("tag", most=LONGEST_TAG)
    _edition(desk, edition_id)
    if desk.form.wrong:
        return _book(desk, edition_id, 422)
    if desk.form.ticked("off"):
        Editions(desk.library).untag(edition_id, tag)
        return desk.go(f"{HERE}/{edition_id}", f"Đã bỏ khỏi {tag}.")
    Editions(desk.library).tag(edition_id, tag)
    return desk.go(f"{HERE}/{edition_id}", f"Đã xếp vào {tag}.")


@router.get(SHELVES)
def show_shelves(desk: Edits) -> Response:
    """Show the themed shelves and the days on which stations show them."""
    return _shelves(desk)


@router.post(SHELVES)
def show_theme(desk: Edits) -> Response:
    """Show a themed shelf at the stations on some days."""
    name = desk.form.text("name", most=LONGEST_TAG)
    begins, ends = desk.form.day("begins"), desk.form.day("ends")
    if begins and ends and ends < begins:
        desk.form.refuse("ends", "Ngày cuối phải sau ngày đầu.")
    if desk.form.wrong or begins is None or ends is None:
        return _shelves(desk, 422)
    NoticeBoard(desk.library).show_theme(Theme(name, begins, ends))
    return desk.go(SHELVES, f"Các trạm sẽ trưng bày “{name}” từ {begins:%d/%m/%Y}.")


@router.post(f"{SHELVES}/quen-thuoc")
def begin_themes(desk: Edits) -> Response:
    """Enter the usual themes of this school year; those that were moved stay where they are."""
    with desk.library.act() as act:
        year = act.rules.calendar.year_of(act.today)
    if year is None:
        return desk.go(SHELVES, "Chưa có năm học. Hãy ghi năm học ở phần Cài đặt trước.")
    NoticeBoard(desk.library).begin_themes(year)
    return desk.go(SHELVES, f"Đã có các chủ đề quen thuộc của năm học {year.name}.")


@router.post(f"{SHELVES}/thoi")
def drop_theme(desk: Edits) -> Response:
    """Show a theme no more."""
    name, begins = desk.form.text("name", most=LONGEST_TAG), desk.form.day("begins")
    if desk.form.wrong or begins is None:
        return _shelves(desk, 422)
    dropped = NoticeBoard(desk.library).drop_theme(Theme(name, begins, begins))
    said = f"Đã thôi trưng bày “{name}”." if dropped else f"“{name}” không còn được trưng bày."
    return desk.go(SHELVES, said)


@router.get(LISTS)
def show_list_form(desk: Edits) -> Response:
    """Show what a list of titles on a theme may be made of."""
    return _list_form(desk)


@router.post(LISTS)
def print_list(desk: Edits) -> Response:
    """Hand out a list of titles on a theme, with an introduction."""
    form = desk.form
    heading = form.text("heading", most=120)
    introduction = form.typed.get("introduction", "").strip()
    if len(introduction) > LONGEST_INTRODUCTION:
        form.refuse("introduction", f"Dài quá {LONGEST_INTRODUCTION} ký tự.")
    grade = form.one_of("grade", ["", *(str(one) for one in GRADES)])
    with desk.records() as connection:
        tags = [tag for tag, _ in bookshelf.tags(connection, desk.school_id)]
        subjects = bookshelf.subjects(connection, desk.school_id)
    asked = {
        "tag": form.one_of("tag", ["", *tags]),
        "subject": form.one_of("subject", ["", *subjects]),
    }
    with desk.records() as connection:
        titles = bookshelf.listed(
            connection, desk.school_id, grade=int(grade) if grade else None, **asked
        )
        school = school_name(connection, desk.school_id)
    if not titles or not (grade or any(asked.values())):
        form.refuse("tag", "Chọn tủ sách, môn hoặc lớp có nhan đề.")
    if form.wrong:
        return _list_form(desk, 422)
    made = f"Ngày {desk.today:%d} tháng {desk.today:%m} năm {desk.today:%Y}"
    told = Bibliography(school, heading, introduction, titles, made)
    return desk.hand_out(bibliography_pages(told).pdf, "thu-muc.pdf", "application/pdf")


def _list_form(desk: Desk, status_code: int = 200) -> Response:
    with desk.records() as connection:
        tags = bookshelf.tags(connection, desk.school_id)
        subjects = bookshelf.subjects(connection, desk.school_id)
    return desk.show(
        "title_list.html",
        status_code,
        tags=(("", "–"), *((tag, f"{tag} ({count})") for tag, count in tags)),
        subjects=(("", "–"), *((one, one) for one in subjects)),
        grades=(("", "–"), *((str(one), f"lớp {one}") for one in GRADES)),
        asked_tag=desk.asked.get("tu", ""),
    )


def _shelves(desk: Desk, status_code: int = 200) -> Response:
    themes = NoticeBoard(desk.library).themes()
    with desk.records() as connection:
        tags = bookshelf.tags(connection, desk.school_id)
    shown = [theme for theme in themes if theme.ends_on >= desk.today]
    return desk.show("shelves.html", status_code, tags=tags, themes=shown, today=desk.today)


def _book(desk: Desk, edition_id: UUID, status_code: int = 200) -> Response:
    told = _edition(desk, edition_id)
    with desk.records() as connection:
        copies = bookshelf.copy_lines(connection, desk.school_id, edition_id)
        tags = bookshelf.tags_of(connection, desk.school_id, edition_id)
        every = bookshelf.tags(connection, desk.school_id)
    return desk.show(
        "title.html",
        status_code,
        id=edition_id,
        book=told,
        facts=_facts(told),
        copies=copies,
        tags=tags,
        every_tag=[tag for tag, _ in every if tag not in tags],
        edits=desk.may(Right.EDIT_CATALOGUE),
    )


def _facts(told: dict[str, Any]) -> list[tuple[str, str]]:
    """What is known of a title, in the words of a catalogue card."""
    imprint = ", ".join(str(one) for one in (told["publisher"], told["year"]) if one)
    place = " : ".join(one for one in (told["place"], imprint) if one)
    extent = " ; ".join(
        one for one in (f"{told['pages']} tr." if told["pages"] else "", told["size"]) if one
    )
    price = f"{told['price_vnd']:,} đ".replace(",", ".") if told["price_vnd"] else ""
    checked_on = told["link_checked_on"]
    all_facts = [
        ("Tác giả", told["authors"]),
        ("Bộ sách", told["series"]),
        ("Xuất bản", place),
        ("Mô tả", extent),
        ("ISBN", told["isbn"] or ""),
        ("Giá bìa", price),
        ("Môn, lớp", ", ".join(str(one) for one in (told["subject"], told["grade"]) if one)),
        ("Phân loại", told["class_number"]),
        ("Môn loại", CLASSES_19.get(told["class_19"], "chưa phân loại")),
        ("DDC", told["ddc"]),
        ("Loại", TYPES[told["document_type"]]),
        ("Mượn", LENDING[told["lending"]]),
        ("Liên kết", told["link"]),
        ("Xem lại ngày", f"{checked_on:%d/%m/%Y}" if checked_on else ""),
    ]
    return [(name, value) for name, value in all_facts if value]


def _form(
    desk: Desk,
    edition_id: UUID | None,
    changed: dict[str, Any] | None = None,
    status_code: int = 200,
) -> Response:
    told = dict.fromkeys(FIELDS) if edition_id is None else _edition(desk, edition_id)
    with desk.records() as connection:
        kho = owing.kho_names(connection, desk.school_id)
    return desk.show(
        "title_form.html",
        status_code,
        id=edition_id,
        book=told,
        version=version_of(told),
        changed=_facts(changed) if changed else (),
        kho=(("", "không có (học liệu điện tử)"), *kho),
        grades=(("", "–"), *((str(one), f"lớp {one}") for one in GRADES)),
        classes=(
            ("", "chưa phân loại"),
            *((key, f"{key} – {said}") for key, said in CLASSES_19.items()),
        ),
        types=[(one.value, said) for one, said in TYPES.items()],
        lending=[(one.value, said) for one, said in LENDING.items()],
    )


def _fields(desk: Desk) -> dict[str, Any]:
    """What was typed into a title's form."""
    form = desk.form
    with desk.records() as connection:
        kho = [prefix for prefix, _ in owing.kho_names(connection, desk.school_id)]
    fields: dict[str, Any] = {"title": form.text("title", most=300)}
    for name, most in _TEXTS.items():
        fields[name] = form.text(name, wanted=False, most=most)
    fields["year"] = _number(desk, "year", EARLIEST, LATEST)
    fields["pages"] = _number(desk, "pages", 1, 20_000)
    fields["price_vnd"] = _number(desk, "price_vnd", 0, DEAREST_VND)
    grade = form.one_of("grade", ["", *(str(one) for one in GRADES)])
    fields["grade"] = int(grade) if grade else None
    fields["kho"] = form.one_of("kho", ["", *kho])
    fields["class_19"] = form.one_of("class_19", ["", *CLASSES_19])
    fields["document_type"] = DocumentType(form.one_of("document_type", list(TYPES)))
    fields["lending"] = LendingMode(form.one_of("lending", list(LENDING)))
    fields["isbn"] = _isbn(desk)
    fields["link_checked_on"] = form.day("link_checked_on", wanted=False)
    if fields["link_checked_on"] and fields["link_checked_on"] > desk.today:
        form.refuse("link_checked_on", "Ngày xem lại không sau hôm nay.")
    return fields


_TEXTS = {
    "volume": 60,
    "series": 120,
    "authors": 200,
    "publisher": 120,
    "place": 60,
    "size": 16,
    "subject": 48,
    "class_number": 32,
    "ddc": 16,
    "link": 400,
}
"""The texts of a title's form, and the most characters of each."""


def _number(desk: Desk, name: str, least: int, most: int) -> int | None:
    """A number that may be unknown."""
    return desk.form.number(name, least, most) if desk.form.typed.get(name, "").strip() else None


def _isbn(desk: Desk) -> str | None:
    typed = desk.form.text("isbn", wanted=False, most=40)
    if not typed:
        return None
    read = read_isbn(typed)
    if isinstance(read, NoIsbn):
        wrong = "Một chữ số chưa đúng." if read is NoIsbn.CHECK_DIGIT else "Chưa phải ISBN."
        desk.form.refuse("isbn", f"{wrong} Xem lại bìa sau, hoặc để trống.")
        return None
    return read


def _edition(desk: Desk, edition_id: UUID) -> dict[str, Any]:
    with desk.records() as connection:
        told = bookshelf.edition(connection, desk.school_id, edition_id)
    if told is None:
        raise HTTPException(404)
    return told


PAGES = Pages(
    Section.BOOKS,
    router,
    (
        Place(HERE, "Mục lục", Right.SEE_CATALOGUE),
        Place(SHELVES, "Tủ sách, chủ đề", Right.EDIT_CATALOGUE),
        Place(LISTS, "Thư mục", Right.EDIT_CATALOGUE),
    ),
)
