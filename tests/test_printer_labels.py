"""Sheets as they leave the desk: drawn again from the PDF and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest

from printer.card_sheets import CARD_SHEET, card_sheets
from printer.cards import CARD_MM, CardFace, LabelFace
from printer.class_papers import (
    Clearance,
    Poster,
    Reminder,
    ReminderList,
    clearance_slips,
    poster,
    reminder_sheet,
)
from printer.errors import UnreadableCode
from printer.labels import RULER_MM, SpineFace, calibration_page, label_sheets
from printer.paper import Pages, Symbology
from printer.proving import drawn, proven
from printer.sheet import MM_PER_INCH
from printer.sheets import PRESETS, Cell, SheetForm

SCHOOL = "Trường Trung học cơ sở Nguyễn Thượng Hiền – Quận Gò Vấp"
LONG_TITLE = "Ngữ văn 6 – tập một: Kết nối tri thức với cuộc sống, sách dành cho học sinh " * 3
LONG_WORD = "Khúckhuỷunghiêngngảngoằnngoèo" * 4
LONG_NAME = "Công Tằng Tôn Nữ Hoàng Thị Nguyên Phương"
EXTREMES = {
    "long title": ("SGK.00001", LONG_TITLE),
    "one long word": ("STN.00042", LONG_WORD),
    "no title": ("BC.0001", ""),
    "six digits": ("STK.999999", LONG_TITLE),
    "99 in front": ("99.00001", "Dế Mèn phiêu lưu ký"),
    "tall letters": ("SGV.999999", "Ẫ Ẵ Ỗ Ệ"),
}
DAY = date(2027, 5, 20)


def words(pages: Pages, page: int = 0) -> str:
    """What a page says, line by line."""
    with pypdfium2.PdfDocument(pages.pdf) as document:
        text: str = document[page].get_textpage().get_text_bounded()
        return text.replace("\r\n", "\n")


def stray_ink(pages: Pages, cells: Sequence[Cell], dpi: int = 120) -> object:
    """Where anything is printed outside the rooms of `cells`, to 0.2 mm; None if nowhere."""
    picture = drawn(pages.pdf, 0, dpi).convert("L").point(lambda grey: 255 if grey < 200 else 0)
    slack = 0.2
    for cell in cells:
        left, top = cell.left + cell.inset_x - slack, cell.top + cell.inset_y - slack
        right, below = left + cell.room[0] + 2 * slack, top + cell.room[1] + 2 * slack
        room = tuple(round(edge * dpi / MM_PER_INCH) for edge in (left, top, right, below))
        picture.paste(0, room)  # type: ignore[arg-type]  # four numbers
    return picture.getbbox()


@pytest.mark.parametrize("symbology", ["qr", "code-128"])
@pytest.mark.parametrize("name", sorted(set(PRESETS) - {"cut"}))
def test_labels_stay_in_their_rooms(name: str, symbology: Symbology) -> None:
    """Given the hardest labels at a sheet's end, when drawn, then no ink leaves their rooms."""
    form = PRESETS[name]
    faces = [LabelFace(number, title, SCHOOL, symbology) for number, title in EXTREMES.values()]
    start = form.count - len(faces) + 1

    pages = proven(label_sheets(faces, form, start))

    said = words(pages)
    assert all(face.accession in said for face in faces)
    assert stray_ink(pages, list(form.cells(len(faces), start))) is None


@pytest.mark.parametrize("name", sorted(set(PRESETS) - {"cut"}))
def test_spines_stay_in_their_rooms(name: str) -> None:
    """Given spines with long signs, when drawn, then each is whole and inside its room."""
    form = PRESETS[name]
    face = SpineFace("SGV.999999", "895.9223008", "NGUYENTHI")

    pages = label_sheets([face] * form.count, form)

    assert words(pages).split()[:3] == ["SGV.999999", "895.9223008", "NGUYENTHI"]
    assert stray_ink(pages, list(form.cells(form.count))) is None


@pytest.mark.parametrize("symbology", ["qr", "code-128"])
def test_whole_sheet_reads_at_300_dpi(symbology: Symbology) -> None:
    """Given the smallest labels, all 65, when proven, then every number is read."""
    numbers = [f"STK.99{serial:04d}" for serial in range(65)]
    faces = [LabelFace(number, LONG_TITLE, SCHOOL, symbology) for number in numbers]

    pages = proven(label_sheets(faces, PRESETS["65"]))

    assert [code.payload for code in pages.codes] == numbers


def test_payload_of_digits_keeps_its_99() -> None:
    """Given a number of digits that begins with 99, when proven, then the 99 is still there."""
    pages = proven(label_sheets([LabelFace("99123456", "x", "y", "code-128")], PRESETS["24"]))

    assert [code.payload for code in pages.codes] == ["99123456"]


def test_unreadable_sheet_is_refused() -> None:
    """Given pages whose code says something else, when proven, then they are refused by name."""
    pages = label_sheets([LabelFace("STK.00001", "x", "y")], PRESETS["65"])
    wrong = replace(pages, codes=(replace(pages.codes[0], payload="STK.00002"),))

    with pytest.raises(UnreadableCode, match=r"STK\.00002: page 1 reads as STK\.00001"):
        proven(wrong)


def test_blot_on_a_code_is_refused() -> None:
    """Given a page without the code that should be there, when proven, then it is refused."""
    pages = label_sheets([LabelFace("STK.00001", "x", "y")], PRESETS["65"])
    elsewhere = replace(pages, codes=(replace(pages.codes[0], left=100.0),))

    with pytest.raises(UnreadableCode, match="reads as nothing"):
        proven(elsewhere)


def test_too_small_a_label_is_refused() -> None:
    """Given labels of 12 by 8 mm, when a code is laid on one, then it is refused by name."""
    tiny = SheetForm("", 10, 20, (12.0, 8.0), (10.0, 10.0), (2.0, 2.0))

    for symbology in ("qr", "code-128"):
        with pytest.raises(UnreadableCode, match=r"STK\.00001"):
            label_sheets([LabelFace("STK.00001", "x", "y", symbology)], tiny)


def test_wrong_measures_are_loud() -> None:
    """Given a sheet wider than its page, when printed on, then it is refused."""
    with pytest.raises(ValueError, match="too-wide"):
        label_sheets([], replace(PRESETS["65"], columns=6))


def test_letters_are_in_the_file() -> None:
    """Given a sheet, when written, then Be Vietnam Pro is inside and viewers keep its size."""
    pages = label_sheets([LabelFace("STK.00001", "Ẫ", "Trường")], PRESETS["24"])

    assert b"BeVietnamPro" in pages.pdf
    assert b"/FontFile2" in pages.pdf
    assert b"/PrintScaling /None" in pages.pdf
    assert b"Helvetica" not in pages.pdf.replace(b"/BaseFont /Helvetica", b"")


def test_same_labels_are_the_same_file() -> None:
    """Given the same labels twice, when written, then the files are equal byte by byte."""
    faces = [LabelFace("STK.00001", "x", "y")]

    assert label_sheets(faces, PRESETS["65"]) == label_sheets(faces, PRESETS["65"])


def test_rulers_are_100_mm() -> None:
    """Given the calibration page, when drawn, then its rulers measure 100 mm to a tenth."""
    form = PRESETS["14"]
    dpi = 600
    picture = drawn(calibration_page(form).pdf, 0, dpi)
    left, top = form.page_mm[0] / 2 - RULER_MM / 2, form.page_mm[1] / 2 - 57.0
    px = dpi / MM_PER_INCH

    # a strip along the first line of each ruler, which has nothing else on it
    across = picture.crop((0, round((top - 0.3) * px), picture.width, round((top + 0.3) * px)))
    box = across.crop((round((left - 8) * px), 0, round((left + 108) * px), across.height))
    ink = box.point(lambda grey: 255 if grey < 200 else 0).getbbox()
    assert ink is not None
    assert (ink[2] - ink[0]) / px == pytest.approx(RULER_MM, abs=0.3)


def test_cards_read_and_have_their_size() -> None:
    """Given eleven readers, when laid out, then ten cards and one, each reads as its number."""
    faces = [
        CardFace(SCHOOL, LONG_NAME, "6A", f"HS99{serial:04d}", "2026–2027") for serial in range(11)
    ]

    pages = proven(card_sheets(faces))

    assert pages.count == 2
    assert [code.page for code in pages.codes] == [0] * 10 + [1]
    assert [code.payload for code in pages.codes] == [face.number for face in faces]
    assert CARD_SHEET.misfits() == ()
    assert CARD_SHEET.label_mm == CARD_MM


def test_card_without_class_shows_none() -> None:
    """Given a school that prints no class, when laid out, then the card has none."""
    with_class = CardFace(SCHOOL, "Lê An", "6A", "HS000001", "2026–2027")

    assert "Lớp 6A" in words(card_sheets([with_class]))
    assert "Lớp" not in words(card_sheets([replace(with_class, homeroom="")]))


def test_clearance_slips_say_who_and_until_when() -> None:
    """Given nine readers who owe nothing, when laid out, then eight slips and one."""
    readers = [Clearance(f"{LONG_NAME} {place}", "9A", "HS000001") for place in range(9)]

    pages = clearance_slips(SCHOOL, "2026–2027", DAY, readers)

    assert pages.count == 2
    assert words(pages).count("PHIẾU XÁC NHẬN TRẢ ĐỦ SÁCH") == 8
    assert words(pages, 1).count("tính đến 20/05/2027") == 1


def test_class_of_54_is_reminded_on_one_page() -> None:
    """Given a class of 54 with long names, when laid out, then it is one A4 page, no title."""
    lines = tuple(Reminder(LONG_NAME, 3, DAY, 5) for _ in range(54))

    pages = reminder_sheet(ReminderList(SCHOOL, "6A", "Trần Thị Ánh", DAY, lines))
    longer = reminder_sheet(ReminderList(SCHOOL, "6A", "", DAY, (*lines, lines[0])))

    assert pages.count == 1
    assert "54 bạn đọc, 162 cuốn" in words(pages)
    assert longer.count == 2


def test_empty_reminders_say_so() -> None:
    """Given a class that owes nothing, when laid out, then the page says so."""
    pages = reminder_sheet(ReminderList(SCHOOL, "6A", "", DAY, ()))

    assert "không có sách nào cần nhắc" in words(pages)


def test_poster_names_its_corner() -> None:
    """Given a crate's poster, when laid out, then place, books and day are on it."""
    keepers, code = ("Bạn phụ trách: An",), "TS:GOC:9F2C41D87A3B"
    pages = poster(Poster(SCHOOL, "Tủ sách lớp 6A", keepers, 30, DAY, code))

    said = words(pages)
    assert [one.payload for one in pages.codes] == [code]
    assert "Tủ sách lớp 6A" in said
    assert "30 cuốn sách" in said
    assert "trả về thư viện ngày 20/05/2027" in said
