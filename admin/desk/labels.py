"""Sheets to print: labels of copies, cards of readers, the page that sets a printer right.

What is on them is `admin.stationery`, how they are laid out `printer`; nothing leaves this page
before each of its codes has been read again (`printer.proving`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, cast

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from admin import counter, owing, setting_changes, stationery, textbooks
from admin.desk.door import Desk, allowed
from admin.desk.forms import read_uuid, version_of
from admin.desk.frame import Pages, Place, Section
from admin.desk.job_pages import carry_out
from admin.desk.jobs import Progress
from admin.desk.lending import registers
from admin.desk.rights import Right
from admin.stationery import MOST_LABELS, MOST_TYPED, LabelKind, Span
from db import rulebook
from db.accession import NoNumber, parse_accession
from printer.card_sheets import card_sheets
from printer.cards import LabelFace
from printer.errors import UnreadableCode
from printer.labels import SpineFace, calibration_page, label_sheets
from printer.paper import Symbology
from printer.proving import proven
from printer.sheets import MOST_ACROSS, MOST_DOWN, MOST_SHIFT_MM, PRESETS, Misfit, SheetForm

HERE, MEASURE, CARDS = "/in-nhan", "/in-nhan/to", "/in-the"
PDF = "application/pdf"
KINDS = (
    ("machine", "nhãn mã (dán bìa sau)"),
    ("spine", "nhãn gáy"),
    ("both", "cả hai, cạnh nhau"),
)
SYMBOLOGIES = (("qr", "QR (trạm đọc nhanh nhất)"), ("code-128", "Code 128 (máy quét tia)"))
MISFITS = {
    Misfit.PAGE: ("page_width", "Khổ giấy này không in được."),
    Misfit.COUNT: ("columns", f"Nhiều nhất {MOST_ACROSS} cột và {MOST_DOWN} hàng."),
    Misfit.LABEL: ("label_width", "Nhãn nhỏ quá, không còn chỗ in."),
    Misfit.NEGATIVE: ("margin_left", "Lề và khe không thể nhỏ hơn 0."),
    Misfit.TOO_WIDE: ("columns", "Các cột rộng hơn trang giấy."),
    Misfit.TOO_TALL: ("rows", "Các hàng cao hơn trang giấy."),
    Misfit.SHIFT: ("name", f"Chỉ dịch được tới {MOST_SHIFT_MM:.0f} mm."),
}
"""At which field a wrong measure is told, and how."""
MOST_OWN_SHEETS = 20
LONG_LABELS = 260
"""More than four sheets of the smallest take long to be read again."""
CHANGED_MEANWHILE = (
    "Người khác vừa đổi các loại giấy của trường. Chưa lưu: xem danh sách ở trên, "
    "rồi bấm Lưu lần nữa nếu vẫn muốn."
)

router = APIRouter(include_in_schema=False)
card_router = APIRouter(include_in_schema=False)
Prints = Annotated[Desk, allowed(Right.EDIT_CATALOGUE)]
PrintsCards = Annotated[Desk, allowed(Right.EDIT_PATRONS)]


@router.get(HERE)
def show_labels(desk: Prints) -> Response:
    """Show what may be printed, on which sheet, from which label on."""
    return _page(desk)


@router.post(HERE)
def print_labels(desk: Prints) -> Response:
    """Hand out sheets of labels, each code on them read again."""
    form = desk.form
    sheet = _sheet(desk)
    start = form.number("start", 1, sheet.count)
    kind = cast(LabelKind, form.one_of("kind", [one for one, _ in KINDS]))
    symbology = cast(Symbology, form.one_of("code", [one for one, _ in SYMBOLOGIES]))
    which = _which(desk)
    if form.wrong or which is None:
        return _page(desk, 422)
    with desk.records() as connection:
        faces = stationery.label_faces(connection, desk.school_id, which, kind, symbology)
    if not faces:
        form.refuse("numbers", "Không có cuốn nào như vậy trong kho.")
        return _page(desk, 422)
    return carry_out(
        desk,
        f"In {len(faces)} nhãn",
        lambda progress: _made(faces, sheet, start, progress),
        _hand_out_labels,
        is_long=len(faces) > LONG_LABELS,
        hands_out=True,
    )


def _made(
    faces: Sequence[LabelFace | SpineFace], sheet: SheetForm, start: int, progress: Progress
) -> bytes | UnreadableCode:
    """Sheets of labels whose every code has been read again, or the code that was not."""
    progress.tell("Đang vẽ nhãn")
    tell = partial(progress.tell, "Đang đọc lại từng trang")
    try:
        return proven(label_sheets(faces, sheet, start), tell).pdf
    except UnreadableCode as error:
        return error


def _hand_out_labels(desk: Desk, made: bytes | UnreadableCode) -> Response:
    if isinstance(made, UnreadableCode):
        why = f"Mã {made.payload} in ra sẽ không đọc được trên nhãn này. Chọn nhãn to hơn."
        desk.form.refuse("sheet", why)
        return _page(desk, 422)
    return desk.hand_out(made, "nhan-sach.pdf", PDF)


@router.get(f"{HERE}/can")
def hand_out_calibration(desk: Prints) -> Response:
    """Hand out the page of rulers for a sheet."""
    sheets = _sheets(desk)
    chosen = sheets.get(desk.asked.get("to", ""), PRESETS["65"])
    return desk.hand_out(calibration_page(chosen).pdf, "trang-can-nhan.pdf", PDF)


@router.get(MEASURE)
def show_measures(desk: Prints) -> Response:
    """Show the form of a sheet that the school has measured."""
    return _measures(desk)


@router.post(MEASURE)
def keep_measures(desk: Prints) -> Response:
    """Keep a sheet's measures under a name, with how far the printer is off."""
    sheet = _measured(desk)
    for misfit in sheet.misfits():
        desk.form.refuse(*MISFITS[misfit])
    with desk.library.act() as act:
        setting_changes.hold(act.connection, desk.school_id)
        told = rulebook.read_rulebook(act.connection, desk.school_id).choices.label_sheets
        if desk.form.is_stale(version_of(told)):
            desk.form.refuse("", CHANGED_MEANWHILE)
        if len(told) >= MOST_OWN_SHEETS:
            desk.form.refuse("name", "Đã có nhiều loại giấy quá, hãy xóa bớt.")
        if not desk.form.wrong:
            _choose(desk, act.connection, stationery.with_sheet(told, sheet))
    if desk.form.wrong:
        return _measures(desk, 422)
    return desk.go(HERE, f"Đã ghi loại giấy “{sheet.name}”.")


@router.post(f"{MEASURE}/xoa")
def drop_measures(desk: Prints) -> Response:
    """Forget a sheet."""
    name = desk.form.text("name", most=80)
    with desk.library.act() as act:
        setting_changes.hold(act.connection, desk.school_id)
        told = rulebook.read_rulebook(act.connection, desk.school_id).choices.label_sheets
        _choose(desk, act.connection, stationery.without_sheet(told, name))
    return desk.go(MEASURE, f"Đã xóa loại giấy “{name}”.")


@card_router.get(CARDS)
def show_cards(desk: PrintsCards) -> Response:
    """Show the classes whose cards may be printed."""
    return _cards(desk)


@card_router.post(CARDS)
def print_cards(desk: PrintsCards) -> Response:
    """Hand out the cards of a class, of staff, or of one reader."""
    with_class = desk.form.ticked("with_class")
    patron_id = read_uuid(desk.form.typed.get("reader", ""))
    homeroom = None if patron_id else desk.form.text("homeroom", wanted=False, most=16)
    with desk.records() as connection:
        faces = stationery.card_faces(
            connection,
            desk.school_id,
            desk.today,
            homeroom,
            [patron_id] if patron_id else None,
            with_class,
        )
        desk.note(connection, "cards-printed", patron_id, f"{len(faces)}")
    if not faces:
        desk.form.refuse("homeroom", "Chưa ai ở đây có thẻ. Cấp thẻ ở phần Bạn đọc.")
        return _cards(desk, 422)
    name = "".join(sign if sign.isalnum() else "-" for sign in homeroom or "ban-doc")
    return desk.hand_out(proven(card_sheets(faces)).pdf, f"the-{name}.pdf", PDF)


def _cards(desk: Desk, status_code: int = 200) -> Response:
    with desk.records() as connection:
        classes = textbooks.classes(connection, desk.school_id)
        asked = read_uuid(desk.form.typed.get("reader", "") or desk.asked.get("ban-doc", ""))
        who = counter.reader(connection, desk.school_id, asked) if asked else None
    rooms = (*((one, f"lớp {one}") for one in classes), ("", "giáo viên, nhân viên"))
    return desk.show("card_sheets.html", status_code, rooms=rooms, who=who)


def _page(desk: Desk, status_code: int = 200) -> Response:
    numbers = desk.asked.get("so", "")
    voucher_id = read_uuid(desk.asked.get("phieu", ""))
    with desk.records() as connection:
        if voucher_id is not None:
            found = stationery.numbers_of_voucher(connection, desk.school_id, voucher_id)
            numbers = " ".join(found)
        kho = (("", "theo các số ghi ở trên"), *owing.kho_names(connection, desk.school_id))
    sheets = _sheets(desk)
    return desk.show(
        "label_sheets.html",
        status_code,
        numbers=numbers,
        kho=kho,
        sheets=[(key, form.name) for key, form in sheets.items()],
        kinds=KINDS,
        symbologies=SYMBOLOGIES,
    )


def _which(desk: Desk) -> Span | tuple[str, ...] | None:
    """The copies that were named, or the span of a register."""
    form = desk.form
    with desk.records() as connection:
        known = [prefix for prefix, _ in owing.kho_names(connection, desk.school_id)]
    kho = form.one_of("kho", ["", *known])
    if kho:
        first, last = form.number("first", 1, 999_999), form.number("last", 1, 999_999)
        if last < first:
            form.refuse("last", "Số cuối phải từ số đầu trở lên.")
        elif last - first >= MOST_LABELS:
            form.refuse("last", f"Mỗi lần in nhiều nhất {MOST_LABELS} cuốn.")
        return Span(kho, first, last)
    return _numbers(desk)


def _numbers(desk: Desk) -> tuple[str, ...] | None:
    """The accession numbers that were typed, as registers write them."""
    form = desk.form
    words = form.text("numbers", most=MOST_TYPED * 12).replace(",", " ").replace(";", " ").split()
    own = registers(desk)
    read = {word: parse_accession(word, registers=own) for word in words}
    wrong = [word for word, number in read.items() if isinstance(number, NoNumber)]
    numbers = [str(one.accession) for one in read.values() if not isinstance(one, NoNumber)]
    with desk.records() as connection:
        wrong += stationery.unknown_numbers(connection, desk.school_id, numbers)
    if wrong:
        form.refuse("numbers", f"Không có cuốn nào mang số: {', '.join(wrong[:8])}.")
    return tuple(numbers) or None


def _sheet(desk: Desk) -> SheetForm:
    sheets = _sheets(desk)
    return sheets[desk.form.one_of("sheet", list(sheets))]


def _sheets(desk: Desk) -> Mapping[str, SheetForm]:
    """The school's own sheets, then the customary ones."""
    return {**stationery.own_sheets(_choices(desk)), **PRESETS}


def _measures(desk: Desk, status_code: int = 200) -> Response:
    told = _choices(desk)
    own = stationery.own_sheets(told)
    begun = {**own, **PRESETS}.get(desk.asked.get("to", ""), PRESETS["65"])
    shown = {"sheet": begun, "own": list(own), "is_own": begun.name in own}
    shown["version"] = version_of(told)
    return desk.show("label_measures.html", status_code, **shown)


def _measured(desk: Desk) -> SheetForm:
    form = desk.form
    return SheetForm(
        form.text("name", most=80),
        form.number("columns", 1, MOST_ACROSS),
        form.number("rows", 1, MOST_DOWN),
        (_length(desk, "label_width"), _length(desk, "label_height")),
        (_length(desk, "margin_left"), _length(desk, "margin_top")),
        (_length(desk, "gap_across"), _length(desk, "gap_down")),
        (_length(desk, "page_width"), _length(desk, "page_height")),
        (_length(desk, "shift_right"), _length(desk, "shift_down")),
        form.ticked("is_cut"),
    )


def _length(desk: Desk, name: str) -> float:
    """Millimetres, with a comma or a point."""
    text = desk.form.text(name, most=12).replace(",", ".")
    try:
        length = float(text)
    except ValueError:
        desk.form.refuse(name, "Ghi số milimét, ví dụ 38,1.")
        return 0.0
    if not abs(length) < 1000:
        desk.form.refuse(name, "Ghi số milimét, ví dụ 38,1.")
        return 0.0
    return length


def _choices(desk: Desk) -> tuple[str, ...]:
    with desk.library.act() as act:
        return act.rules.choices.label_sheets


def _choose(desk: Desk, connection: Connection, told: tuple[str, ...]) -> None:
    rulebook.choose(connection, desk.school_id, label_sheets=told)
    desk.note(connection, "label-sheets-changed", None, f"{len(told)}")


PAGES = Pages(Section.BOOKS, router, (Place(HERE, "In nhãn", Right.EDIT_CATALOGUE),))
CARD_PAGES = Pages(Section.PATRONS, card_router, (Place(CARDS, "In thẻ", Right.EDIT_PATRONS),))
