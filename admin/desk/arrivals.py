"""Books that come in (Nhập sách): vouchers, numbers, and the steps to the shelf. No queries."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import bookshelf, owing, readers, refusals
from admin.bookshelf import Entry
from admin.desk.door import Desk, allowed
from admin.desk.forms import read_uuid
from admin.desk.frame import Pages, Place, Section
from admin.desk.lending import read_typed
from admin.desk.rights import Right
from admin.desk.tables import Choice, Column, Tag, table
from admin.wording import COPY_STATES, number
from db.catalogue import Catalogue
from db.identifiers import CopyLabel, PatronCard
from db.outcomes import Refused
from db.register import Intake, Register, VoucherEntry
from db.states import PROCESS_STEPS, CopyState, VoucherKind

HERE, STEPS = "/nhap-sach", "/xu-ly"
MOST_COPIES = 500
"""Of one title at once: a delivery of textbooks for a whole grade, and room."""
MOST_STATED = 20_000
"""Copies on one paper."""
DEAREST_VND = 50_000_000
GREATEST_SUM_VND = 2_000_000_000
"""A delivery for a whole school, and room; the column holds no more."""
NEXT_STEP = {
    CopyState.RECEIVED: "Đóng dấu",
    CopyState.STAMPED: "Phân loại",
    CopyState.CLASSIFIED: "Cấp số ĐKCB",
    CopyState.NUMBERED: "Dán nhãn",
    CopyState.LABELLED: "Lên giá",
}
"""What is done to a copy that stands there."""

router = APIRouter(include_in_schema=False)
Edits = Annotated[Desk, allowed(Right.EDIT_CATALOGUE)]

COLUMNS = (
    Column("so", "Số vào sổ", lambda one: one.serial, link=lambda one: f"{HERE}/{one.id}"),
    Column("ngay", "Ngày", lambda one: one.entered_on),
    Column("nguon", "Nguồn", lambda one: one.source),
    Column("ai", "Người, lớp tặng", lambda one: one.donor),
    Column("ct", "Chứng từ", lambda one: one.number, narrow=False),
    Column("cuon", "Số cuốn", lambda one: one.copies, kind="number"),
    Column("khop", "Với chứng từ", lambda one: _tag(one), sorts=False),
    Column("ghi", "Ghi chú", lambda one: one.note, narrow=False),
)


@router.get(HERE)
def show_entries(desk: Edits) -> Response:
    """Show the vouchers, and the form of a new one."""
    return _entries(desk)


@router.post(HERE)
def enter_voucher(desk: Edits) -> Response:
    """Write a line of the general register."""
    form = desk.form
    source = form.one_of("source", _sources(desk))
    own_serial = form.typed.get("serial", "").strip()
    donor, donor_id = _donor(desk)
    entry = VoucherEntry(
        VoucherKind.ENTRY,
        source=source,
        number=form.text("number", wanted=False, most=64),
        dated_on=form.day("dated_on", wanted=False),
        donor=donor,
        donor_id=donor_id,
        note=form.text("note", wanted=False, most=200),
        serial=form.number("serial", 1, 999_999) if own_serial else None,
        stated_copies=_stated(desk, "stated_copies", MOST_STATED),
        stated_vnd=_stated(desk, "stated_vnd", GREATEST_SUM_VND),
    )
    with desk.records() as connection:
        taken = {one.serial for one in bookshelf.entries(connection, desk.school_id)}
    if entry.serial in taken:
        form.refuse("serial", "Số vào sổ này đã có. Để trống thì chương trình cấp số tiếp theo.")
    if form.wrong:
        return _entries(desk, 422)
    voucher_id = Register(desk.library).enter_voucher(entry)
    edition = form.typed.get("sach", "")
    with desk.records() as connection:
        desk.note(connection, "voucher-entered", voucher_id)
    return desk.go(f"{HERE}/{voucher_id}" + (f"?sach={edition}" if read_uuid(edition) else ""))


def _donor(desk: Desk) -> tuple[str, UUID | None]:
    """Who gave, in words, and which reader that is where their card was typed."""
    words = desk.form.text("donor", wanted=False, most=120)
    typed = desk.form.text("donor_card", wanted=False, most=32)
    if not typed:
        return words, None
    code = read_typed(desk, typed)
    with desk.records() as connection:
        where = (connection, desk.school_id)
        owner = readers.owner_of_card(*where, code.number) if isinstance(code, PatronCard) else None
        giver = readers.one_reader(*where, owner, desk.today) if owner else None
    if giver is None:
        desk.form.refuse("donor_card", "Không có bạn đọc nào có thẻ này.")
        return words, None
    return words or ", ".join(part for part in (giver.name, giver.homeroom) if part), owner


@router.get(f"{HERE}/{{voucher_id}}")
def show_entry(desk: Edits, voucher_id: UUID) -> Response:
    """Show what came in by a voucher, and the form for more."""
    return _entry(desk, voucher_id)


@router.post(f"{HERE}/{{voucher_id}}")
def take_in(desk: Edits, voucher_id: UUID) -> Response:
    """Give copies their numbers."""
    form = desk.form
    edition_id = read_uuid(form.typed.get("sach", ""))
    with desk.records() as connection:
        kho_names = owing.kho_names(connection, desk.school_id)
        told = edition_id and bookshelf.edition(connection, desk.school_id, edition_id)
        known = bookshelf.entries(connection, desk.school_id, voucher_id)
    kho = form.one_of("kho", [prefix for prefix, _ in kho_names])
    copies = form.number("copies", 1, MOST_COPIES)
    priced = form.typed.get("price_vnd", "").strip()
    price = form.number("price_vnd", 0, DEAREST_VND) if priced else None
    if not told or edition_id is None:
        form.refuse("q", "Chọn một nhan đề trước.")
    if form.wrong or not known or edition_id is None:
        return _entry(desk, voucher_id, 422)
    state = CopyState.AVAILABLE if form.ticked("ready") else CopyState.RECEIVED
    intake = Intake(edition_id, kho, copies, voucher_id, price, state)
    numbers = Register(desk.library).take_in(intake)
    with desk.records() as connection:
        desk.note(connection, "copies-taken-in", voucher_id, f"{numbers[0]} +{copies}")
    span = numbers[0] if copies == 1 else f"{numbers[0]} đến {numbers[-1]}"
    return desk.go(f"{HERE}/{voucher_id}", f"Đã cấp số {span}.")


@router.get(STEPS)
def show_steps(desk: Edits) -> Response:
    """Show what is on its way to the shelf."""
    return _steps(desk)


@router.post(STEPS)
def take_step(desk: Edits) -> Response:
    """Take the copy that is scanned to its next step, or straight to the shelf."""
    code = desk.form.text("code")
    read = read_typed(desk, code)
    if not isinstance(read, CopyLabel):
        return _steps(desk, f"“{code}” không phải số ĐKCB." if code else "Chưa có mã.")
    to = CopyState.AVAILABLE if desk.form.ticked("to_shelf") else None
    outcome = Register(desk.library).process(read.accession, desk.author, to)
    if isinstance(outcome, Refused):
        return _steps(desk, _why_no_step(outcome))
    return desk.go(_here(desk), f"{read.accession}: {COPY_STATES[outcome]}.")


@router.post(f"{STEPS}/ca-buoc")
def take_all(desk: Edits) -> Response:
    """Take every copy that stands at a step to the next one."""
    state = CopyState(desk.form.one_of("state", [step.value for step in PROCESS_STEPS[:-1]]))
    if desk.form.wrong:
        return _steps(desk)
    copies = Register(desk.library).process_all(state, desk.author)
    done = COPY_STATES[PROCESS_STEPS[PROCESS_STEPS.index(state) + 1]]
    return desk.go(STEPS, f"{copies} cuốn: {done}.")


def _stated(desk: Desk, name: str, most: int) -> int | None:
    return desk.form.number(name, 0, most) if desk.form.typed.get(name, "").strip() else None


def _tag(one: Entry) -> Tag | str:
    if one.stated_copies is None and one.stated_vnd is None:
        return ""
    return Tag("khớp", "done") if one.adds_up else Tag("lệch", "late")


def _off_by(one: Entry) -> str:
    """How what came in differs from what the paper says; empty if it does not."""
    told = []
    if one.stated_copies not in (None, one.copies):
        told.append(f"chứng từ ghi {one.stated_copies} cuốn, đã nhập {one.copies}")
    if one.stated_vnd is not None and one.stated_vnd != one.vnd:
        stated, sum_of = number(one.stated_vnd), number(one.vnd)
        told.append(f"chứng từ ghi {stated} đồng, các cuốn đã nhập cộng lại {sum_of} đồng")
    return f"Chưa khớp: {'; '.join(told)}." if told else ""


def _entries(desk: Desk, status_code: int = 200) -> Response:
    source = desk.asked.get("nguon", "")
    sources = _sources(desk)
    with desk.records() as connection:
        rows = bookshelf.entries(connection, desk.school_id)
    rows = tuple(one for one in rows if not source or one.source == source)
    filters = (Choice("nguon", "Nguồn", [(one, one) for one in sources]),)
    shown = table(desk.asked, COLUMNS, rows, filters=filters)
    given = desk.hand_out_table(shown, "so-tong-quat-nhap")
    return given or desk.show(
        "arrivals.html",
        status_code,
        table=shown,
        sources=[(one, one) for one in sources],
        edition=desk.form.typed.get("sach") or desk.asked.get("sach", ""),
    )


def _entry(desk: Desk, voucher_id: UUID, status_code: int = 200) -> Response:
    query = desk.asked.get("q", "").strip()
    hits = Catalogue(desk.hub.engine, desk.school_id).find(query, limit=8).hits if query else ()
    edition_id = read_uuid(desk.form.typed.get("sach") or desk.asked.get("sach", ""))
    with desk.records() as connection:
        found = bookshelf.entries(connection, desk.school_id, voucher_id)
        books = bookshelf.entry_books(connection, desk.school_id, voucher_id)
        kho = owing.kho_names(connection, desk.school_id)
        told = edition_id and bookshelf.edition(connection, desk.school_id, edition_id)
    if not found:
        raise HTTPException(404)
    return desk.show(
        "arrival.html",
        status_code,
        entry=found[0],
        off_by=_off_by(found[0]),
        books=books,
        hits=hits,
        query=query,
        edition_id=edition_id if told else None,
        edition=told or {},
        kho=kho,
    )


def _steps(desk: Desk, stopped: str = "") -> Response:
    word = desk.asked.get("buoc", "")
    state = CopyState(word) if word in {step.value for step in PROCESS_STEPS[:-1]} else None
    with desk.records() as connection:
        counts = bookshelf.process_counts(connection, desk.school_id)
        copies = bookshelf.in_process(connection, desk.school_id, state)
    columns = (
        Column("so", "Số ĐKCB", lambda one: one.accession, kind="strong"),
        Column("ten", "Nhan đề", lambda one: one.title),
        Column("buoc", "Đang ở bước", lambda one: COPY_STATES[one.state]),
        Column("tiep", "Việc tiếp theo", lambda one: NEXT_STEP[one.state], sorts=False),
        Column("phieu", "Số vào sổ", lambda one: one.voucher, kind="number", narrow=False),
    )
    shown = table(desk.asked, columns, copies)
    given = desk.hand_out_table(shown, "dang-xu-ly")
    return given or desk.show(
        "processing.html",
        422 if stopped else 200,
        table=shown,
        counts=counts,
        next_step=NEXT_STEP,
        state=state,
        stopped=stopped,
    )


def _why_no_step(refused: Refused) -> str:
    """A copy that is on the shelf or gone has no next step."""
    if refused.title:
        return f"“{refused.title}” ({refused.code}) không ở bước nào: đã lên giá hoặc đã xuất."
    return refusals.why(refused)


def _sources(desk: Desk) -> tuple[str, ...]:
    with desk.library.act() as act:
        return act.rules.choices.voucher_sources


def _here(desk: Desk) -> str:
    word = desk.asked.get("buoc", "")
    return f"{STEPS}?buoc={word}" if word in {step.value for step in PROCESS_STEPS} else STEPS


PAGES = Pages(
    Section.BOOKS,
    router,
    (
        Place(HERE, "Nhập sách", Right.EDIT_CATALOGUE),
        Place(STEPS, "Xử lý sách", Right.EDIT_CATALOGUE),
    ),
)
