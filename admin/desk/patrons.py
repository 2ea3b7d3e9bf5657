"""The readers' pages: list, one reader, cards, what they had, leaving, forgetting. No queries."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response
from openpyxl import Workbook
from sqlalchemy import Connection

from admin import act_log, data_requests
from admin.act_log import Which
from admin.desk.door import XLSX, Desk, allowed
from admin.desk.forms import Form, version_of
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.tables import Choice, Column, Tag, table
from admin.readers import (
    OneReader,
    Reader,
    hold_reader,
    homerooms,
    loans_of,
    one_reader,
    readers,
)
from admin.wording import CATEGORY_WORDS
from db import privacy
from db.identifiers import CardNumber
from db.intake.one_person import correct_person, enter_person
from db.intake.people import NAME_LENGTH, Change, Person
from db.intake.records import guarded
from db.intake.store import known_people
from db.ordering import name_sort_key, sort_key
from db.outcomes import PatronCategory
from db.patron_search import Patrons as PatronSearch
from db.patrons import Patrons
from db.school_codes import Homeroom, parse_homeroom
from db.states import DataWish, LoanKind, PatronStatus
from db.wording import Wording

MOST_FOUND = 1000
SHOWN_ACTS = 20
KIND_WORDS = {
    LoanKind.TAKE_HOME: "Mượn về",
    LoanKind.IN_LIBRARY: "Đọc tại chỗ",
    LoanKind.SET: "Bộ SGK",
}
_LEFT = Tag("Đã rời trường")

router = APIRouter(include_in_schema=False)
Sees = Annotated[Desk, allowed(Right.SEE_PATRONS)]
Edits = Annotated[Desk, allowed(Right.EDIT_PATRONS)]
Reads = Annotated[Desk, allowed(Right.SEE_HISTORY)]


def state_of(reader: Reader | OneReader) -> Tag:
    """How things stand with a reader, in one word."""
    if reader.status is PatronStatus.LEFT:
        return _LEFT
    if reader.blocked:
        return Tag("Tạm dừng", "look")
    return Tag("Quá hạn", "late") if reader.overdue else Tag("Bình thường", "done")


COLUMNS = (
    Column(
        "ten",
        "Họ và tên",
        lambda row: row.name,
        lambda row: name_sort_key(row.name),
        lambda row: f"/ban-doc/{row.id}",
        kind="strong",
    ),
    Column("lop", "Lớp", lambda row: row.homeroom, lambda row: sort_key(row.homeroom)),
    Column("loai", "Loại", lambda row: CATEGORY_WORDS[row.category], narrow=False),
    Column("the", "Thẻ", lambda row: row.card, narrow=False),
    Column("muon", "Đang mượn", lambda row: row.held, kind="number", narrow=False),
    Column("qua-han", "Quá hạn", lambda row: row.overdue, kind="number", narrow=False),
    Column("trang-thai", "Tình trạng", state_of),
)
_STATES = (
    ("qua-han", "Đang quá hạn"),
    ("dang-muon", "Đang mượn"),
    ("khong-the", "Chưa có thẻ"),
    ("tam-dung", "Tạm dừng"),
    ("da-roi", "Đã rời trường"),
)


@router.get("/ban-doc")
def show_list(desk: Sees) -> Response:
    """List readers, those of the school unless who has left is asked for."""
    asked = desk.asked
    query = asked.get("q", "")
    with desk.records() as connection:
        rows = readers(connection, desk.school_id, desk.today)
        rooms = homerooms(connection, desk.school_id, desk.today)
    if query:
        search = PatronSearch(desk.hub.engine, desk.school_id)
        found = search.find(query, with_leavers=True, limit=MOST_FOUND)
        places = {hit.id: place for place, hit in enumerate(found.hits)}
        rows = sorted((row for row in rows if row.id in places), key=lambda row: places[row.id])
    else:
        rows.sort(key=_in_class_order)
    shown = table(
        asked,
        COLUMNS,
        [row for row in rows if _is_asked(row, asked)],
        filters=(
            Choice("lop", "Lớp", [(room, room) for room in sorted(rooms, key=sort_key)]),
            Choice("loai", "Loại", [(one.value, words) for one, words in CATEGORY_WORDS.items()]),
            Choice("la", "Tình trạng", _STATES),
        ),
        search="Tên, lớp hoặc số thẻ",
    )
    return desk.hand_out_table(shown, "ban-doc") or desk.show("patrons.html", table=shown)


def _in_class_order(row: Reader) -> tuple[bool, str, str]:
    """Pupils class by class, then who has no class."""
    return not row.homeroom, sort_key(row.homeroom), name_sort_key(row.name)


def _is_asked(row: Reader, asked: Any) -> bool:
    is_in_state = _IN_STATE.get(asked.get("la", ""))
    same_room = asked.get("lop", "") in ("", row.homeroom)
    same_kind = asked.get("loai", "") in ("", row.category.value)
    return same_room and same_kind and (is_in_state is None or is_in_state(row))


_IN_STATE: dict[str, Callable[[Reader], bool]] = {
    "": lambda row: row.status is PatronStatus.ACTIVE,
    "qua-han": lambda row: row.overdue > 0,
    "dang-muon": lambda row: row.held > 0,
    "khong-the": lambda row: row.status is PatronStatus.ACTIVE and not row.card,
    "tam-dung": lambda row: row.blocked,
    "da-roi": lambda row: row.status is PatronStatus.LEFT,
}


@router.get("/ban-doc/them")
def add_page(desk: Edits) -> Response:
    """A form for somebody new."""
    return _show_form(desk, None)


@router.post("/ban-doc/them")
def add(desk: Edits) -> Response:
    """Enter somebody new, with a card."""
    person = _read_person(desk.form)
    if desk.form.wrong:
        return _show_form(desk, None)
    with desk.records() as connection:
        same = [
            one
            for one in known_people(connection, desk.school_id)
            if one.active
            and (one.person.name, one.person.homeroom) == (person.name, person.homeroom)
        ]
        if same and not desk.form.ticked("anyway"):
            desk.form.refuse(
                "name", "Đã có bạn đọc cùng họ tên, cùng lớp. Vẫn thêm thì đánh dấu bên dưới."
            )
        else:
            patron_id = enter_person(connection, desk.school_id, person, desk.now, desk.author)
            desk.note(connection, "patron-entered", patron_id)
    if desk.form.wrong:
        return _show_form(desk, None)
    return desk.go(f"/ban-doc/{patron_id}", "Đã thêm bạn đọc và cấp thẻ.")


@router.get("/ban-doc/{patron_id:uuid}")
def show_one(desk: Sees, patron_id: UUID) -> Response:
    """One reader; what they have borrowed is a page of its own."""
    with desk.records() as connection:
        reader = _reader(connection, desk, patron_id)
        acts = (
            act_log.acts(connection, desk.school_id, Which(subject_id=patron_id), most=SHOWN_ACTS)
            if desk.may(Right.EDIT_PATRONS)
            else []
        )
    return desk.show(
        "patron.html",
        reader=reader,
        state=state_of(reader),
        category=CATEGORY_WORDS[reader.category],
        acts=acts,
    )


@router.get("/ban-doc/{patron_id:uuid}/muon")
def show_loans(desk: Reads, patron_id: UUID) -> Response:
    """What a reader has and had; that it was looked at is in the log."""
    with desk.records() as connection:
        reader = _reader(connection, desk, patron_id)
        desk.note(connection, "view-loans", patron_id)
        lines = loans_of(connection, desk.school_id, patron_id)
    columns = (
        Column("sach", "Sách", lambda row: row.title, kind="strong"),
        Column("so", "Số ĐKCB", lambda row: row.accession),
        Column("kieu", "Hình thức", lambda row: KIND_WORDS[row.kind], narrow=False),
        Column("tu", "Ngày mượn", lambda row: row.lent_at.astimezone(desk.now.tzinfo).date()),
        Column("han", "Hạn trả", lambda row: row.due, narrow=False),
        Column("tra", "Đã trả", lambda row: _returned(row, desk)),
    )
    shown = table(desk.asked, columns, lines)
    file = desk.hand_out_table(shown, "sach-da-muon")
    return file or desk.show("patron_loans.html", table=shown, reader=reader)


def _returned(row: Any, desk: Desk) -> Any:
    if row.returned_at is not None:
        return row.returned_at.astimezone(desk.now.tzinfo).date()
    return Tag("Quá hạn", "late") if row.due < desk.today else Tag("Đang mượn", "plain")


@router.get("/ban-doc/{patron_id:uuid}/sua")
def edit_page(desk: Edits, patron_id: UUID) -> Response:
    """A form with how somebody is in the records."""
    with desk.records() as connection:
        reader = _reader(connection, desk, patron_id)
    return _show_form(desk, reader)


@router.post("/ban-doc/{patron_id:uuid}/sua")
def edit(desk: Edits, patron_id: UUID) -> Response:
    """Correct somebody, unless another has meanwhile: then they decide again."""
    person = _read_person(desk.form)
    with desk.records() as connection:
        hold_reader(connection, desk.school_id, patron_id)
        reader = _reader(connection, desk, patron_id)
        stale = desk.form.is_stale(_version(reader))
        if not (desk.form.wrong or stale):
            before = next(
                one.person
                for one in known_people(connection, desk.school_id)
                if one.id == patron_id
            )
            after = replace(person, codes=before.codes, card=before.card)
            change = Change(patron_id, before, after, reader.status is PatronStatus.LEFT)
            correct_person(connection, desk.school_id, change, desk.now, desk.author)
            desk.note(connection, "patron-corrected", patron_id)
    if desk.form.wrong or stale:
        return _show_form(desk, reader, stale=stale)
    return desk.go(f"/ban-doc/{patron_id}", "Đã lưu.")


@router.post("/ban-doc/{patron_id:uuid}/the")
def issue_card(desk: Edits, patron_id: UUID) -> Response:
    """Give a new card in the place of a lost one."""
    with desk.records() as connection:
        _reader(connection, desk, patron_id)
    number = Patrons(desk.library).issue_new_card(patron_id, desk.author)
    return desk.go(f"/ban-doc/{patron_id}", f"Đã cấp thẻ {number}. Thẻ cũ không dùng được nữa.")


@router.post("/ban-doc/{patron_id:uuid}/thu-hoi")
def revoke_card(desk: Edits, patron_id: UUID) -> Response:
    """Let a lost card count no longer."""
    card = desk.form.text("card", most=16)
    with desk.records() as connection:
        reader = _reader(connection, desk, patron_id)
    own = card in {one.number for one in reader.cards}
    revoked = own and Patrons(desk.library).revoke_card(CardNumber(card), desk.author)
    said = f"Đã thu hồi thẻ {card}." if revoked else "Thẻ này đã thu hồi từ trước."
    return desk.go(f"/ban-doc/{patron_id}", said)


@router.post("/ban-doc/{patron_id:uuid}/tam-dung")
def block(desk: Edits, patron_id: UUID) -> Response:
    """Let somebody borrow nothing for a while, or again."""
    with desk.records() as connection:
        reader = _reader(connection, desk, patron_id)
    Patrons(desk.library).block(patron_id, not reader.blocked, desk.author)
    said = "Đã cho mượn lại." if reader.blocked else "Đã tạm dừng mượn. Trả sách vẫn được."
    return desk.go(f"/ban-doc/{patron_id}", said)


@router.post("/ban-doc/{patron_id:uuid}/uu-tien")
def prioritise(desk: Edits, patron_id: UUID) -> Response:
    """Serve a pupil first with textbooks, or in the ordinary order; why is nowhere kept."""
    with desk.records() as connection:
        reader = _reader(connection, desk, patron_id)
    patrons = Patrons(desk.library)
    (patrons.clear_priority if reader.has_priority else patrons.set_priority)(
        patron_id, desk.author
    )
    return desk.go(f"/ban-doc/{patron_id}", "Đã lưu.")


@router.post("/ban-doc/{patron_id:uuid}/roi-truong")
def leave(desk: Edits, patron_id: UUID) -> Response:
    """Let somebody have left the school."""
    Patrons(desk.library).leave([patron_id], desk.author)
    return desk.go(f"/ban-doc/{patron_id}", "Đã ghi rời trường. Thẻ không dùng được nữa.")


@router.get("/ban-doc/{patron_id:uuid}/du-lieu")
def data_page(desk: Reads, patron_id: UUID) -> Response:
    """Offer a reader's data as a file, and to forget them."""
    with desk.records() as connection:
        reader = _reader(connection, desk, patron_id)
    return desk.show("patron_data.html", reader=reader)


@router.post("/ban-doc/{patron_id:uuid}/du-lieu")
def hand_out_data(desk: Reads, patron_id: UUID) -> Response:
    """All that is kept of a reader, for them or their parents; noted in the log."""
    kind = desk.form.one_of("kind", ["xlsx", "json"])
    with desk.records() as connection:
        _reader(connection, desk, patron_id)
        told = privacy.reader_record(connection, desk.school_id, patron_id, desk.now, desk.author)
        _fulfil(connection, desk, patron_id, DataWish.COPY)
    if kind == "json":
        content = json.dumps(told, ensure_ascii=False, indent=2).encode()
        return desk.hand_out(content, "du-lieu-ban-doc.json", "application/json")
    return desk.hand_out(_as_book(told), "du-lieu-ban-doc.xlsx", XLSX)


@router.post("/ban-doc/{patron_id:uuid}/xoa")
def forget(desk: Reads, patron_id: UUID) -> Response:
    """Forget a reader, once their name was typed; not while they have something."""
    typed = desk.form.text("name", most=NAME_LENGTH)
    with desk.records() as connection:
        reader = _reader(connection, desk, patron_id)
        if typed != reader.name:
            desk.form.refuse("name", "Họ tên gõ vào chưa khớp. Chưa xóa gì.")
        else:
            done = privacy.erase(connection, desk.school_id, patron_id, desk.now, desk.author)
            if isinstance(done, privacy.StillOwes):
                owed = f"{done.open_loans} cuốn chưa trả, {done.open_cases} vụ mất hỏng chưa xong"
                desk.form.refuse("name", f"Chưa xóa được: còn {owed}.")
            else:
                _fulfil(connection, desk, patron_id, DataWish.ERASE)
    if desk.form.wrong:
        return desk.show_again("patron_data.html", reader=reader)
    return desk.go("/ban-doc", "Đã xóa dữ liệu của bạn đọc. Số liệu thống kê giữ nguyên.")


def _fulfil(connection: Connection, desk: Desk, patron_id: UUID, wish: DataWish) -> None:
    data_requests.fulfil(connection, desk.school_id, patron_id, wish, desk.author, desk.today)


def _reader(connection: Connection, desk: Desk, patron_id: UUID) -> OneReader:
    reader = one_reader(connection, desk.school_id, patron_id, desk.today)
    if reader is None:
        raise HTTPException(404, "There is no such reader.")
    return reader


def _show_form(desk: Desk, reader: OneReader | None, stale: bool = False) -> Response:
    told = {
        "reader": reader,
        "stale": stale,
        "version": _version(reader) if reader else "",
        "categories": [(one.value, words) for one, words in CATEGORY_WORDS.items()],
    }
    status = 422 if desk.form.wrong or stale else 200
    return desk.show("patron_form.html", status, **told)


def _version(reader: OneReader) -> str:
    return version_of(
        reader.name,
        reader.homeroom,
        reader.category,
        reader.female,
        reader.position,
        reader.subject,
    )


def _read_person(form: Form) -> Person:
    name = form.text("name", most=NAME_LENGTH)
    if name and (any(sign.isdigit() for sign in name) or not any(map(str.isalpha, name))):
        form.refuse("name", "Họ tên không có chữ số.")
    category = PatronCategory(form.one_of("category", [one.value for one in CATEGORY_WORDS]))
    sex = form.one_of("sex", ["", "nu", "nam"])
    female = {"nu": True, "nam": False}.get(sex)
    if category is not PatronCategory.STUDENT:
        position, subject = form.text("position", False, 80), form.text("subject", False, 48)
        return Person(name, category, female=female, position=position, subject=subject)
    room = parse_homeroom(form.text("homeroom", most=16).upper())
    if not isinstance(room, Homeroom):
        form.refuse("homeroom", "Lớp chưa đúng. Ví dụ: 6A, 7/2. Trường có khối 6 đến 9.")
        return Person(name, category, female=female)
    return Person(name, category, room.as_written, room.grade, female=female)


def _as_book(told: dict[str, Any]) -> bytes:
    """A reader's record as a workbook: what is one value on the first sheet, lists on others."""
    wording = Wording("vi")
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "Bạn đọc"
    for name, value in told.items():
        title = wording.say(f"reader.{name}")
        if not isinstance(value, list):
            first.append([title, _cell(value)])
            continue
        first.append([title, len(value)])
        sheet = book.create_sheet(title[:31])
        for one in value:
            values = list(one.values()) if isinstance(one, dict) else [one]
            sheet.append([_cell(value) for value in values])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """What stands in a cell: a text is never taken for a formula."""
    return guarded(value) if isinstance(value, str) else value


PAGES = Pages(
    Section.PATRONS,
    router,
    (
        Place("/ban-doc", "Danh sách", Right.SEE_PATRONS),
        Place("/ban-doc/them", "Thêm bạn đọc", Right.EDIT_PATRONS),
    ),
)
