from __future__ import annotations

import pytest
import zxingcpp
from PIL import Image
from pyzbar import pyzbar

from db.identifiers import Command, isbn_holds
from printer.cards import (
    CardFace,
    CommandFace,
    LabelFace,
    draw_book_back,
    draw_card,
    draw_command_card,
    draw_isbn,
    draw_label,
)
from printer.sheet import Sheet
from printer.typeface import Face

SCHOOL = "THCS Hoa Phượng"
LONG_SCHOOL = "Trường Trung học cơ sở Nguyễn Thượng Hiền – Quận Gò Vấp"
LONG_NAME = "Công Tằng Tôn Nữ Hoàng Thị Nguyên Phương"
LONG_TITLE = "Ngữ văn 6 – tập một: Kết nối tri thức với cuộc sống, sách dành cho học sinh " * 3
ISBN = "9786040000002"

CARDS = {
    "pupil": CardFace(SCHOOL, "Nguyễn Thị Minh Khai", "6A", "HS204817", "2026–2027"),
    "teacher": CardFace(LONG_SCHOOL, LONG_NAME, "", "GV0042", "2026–2027"),
    "long": CardFace(LONG_SCHOOL, LONG_NAME * 3, "6A", "HS000000", "2026–2027"),
}
LABELS = {
    "qr": LabelFace("STN.00042", "Dế Mèn phiêu lưu ký", SCHOOL),
    "qr-long": LabelFace("SGK.012345", LONG_TITLE, LONG_SCHOOL),
    "128": LabelFace("STN.00042", "Dế Mèn phiêu lưu ký", SCHOOL, "code-128"),
    "128-long": LabelFace("SGK.012345", LONG_TITLE, LONG_SCHOOL, "code-128"),
}


def read(picture: Image.Image) -> list[tuple[str, str]]:
    return sorted((code.text, str(code.format)) for code in zxingcpp.read_barcodes(picture))


def darkest_around_qr(picture: Image.Image, modules: int = 4) -> int:
    """The darkest grey in the quiet zone, found from where the code was read (21 modules)."""
    grey = picture.convert("L")
    place = zxingcpp.read_barcodes(grey)[0].position
    module = (place.bottom_right.x - place.top_left.x + 1) / 21
    ring = round(module * modules)
    left, top = place.top_left.x, place.top_left.y
    right, bottom = place.bottom_right.x + 1, place.bottom_right.y + 1
    inside = Image.new("L", (right - left + 2, bottom - top + 2), 255)
    grey.paste(inside, (left - 1, top - 1))
    around = grey.crop((left - ring, top - ring, right + ring, bottom + ring))
    return int(around.getextrema()[0])  # type: ignore[arg-type]  # one band, so one pair


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("dpi", [200, 300])
def test_card_reads_as_its_number(name: str, dpi: int) -> None:
    """Given a card, when its picture is read, then its one code is its number."""
    picture = draw_card(CARDS[name], dpi)

    assert read(picture) == [(CARDS[name].number, "QR Code")]
    assert [code.data for code in pyzbar.decode(picture)] == [CARDS[name].number.encode()]


def test_card_has_the_size_of_a_bank_card() -> None:
    """Given 300 dpi, when a card is drawn, then it measures 85.6 by 54 mm."""
    assert draw_card(CARDS["pupil"]).size == (1011, 638)


def test_staff_card_shows_no_class() -> None:
    """Given two cards that differ in class alone, when drawn, then only that line differs."""
    with_class = draw_card(CardFace(SCHOOL, "Lê An", "6A", "HS204817", "2026–2027"))
    without = draw_card(CardFace(SCHOOL, "Lê An", "", "HS204817", "2026–2027"))

    assert with_class.tobytes() != without.tobytes()


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("dpi", [200, 300])
def test_label_reads_as_its_accession(name: str, dpi: int) -> None:
    """Given a label, when its picture is read, then its one code is the accession number."""
    kind = "QR Code" if LABELS[name].symbology == "qr" else "Code 128"

    assert read(draw_label(LABELS[name], dpi)) == [(LABELS[name].accession, kind)]


@pytest.mark.parametrize("dpi", [200, 300, 600])
def test_isbn_reads_as_printed(dpi: int) -> None:
    """Given an ISBN, when its picture is read, then both readers give its thirteen digits."""
    picture = draw_isbn(ISBN, dpi)

    assert isbn_holds(ISBN)
    assert read(picture) == [(ISBN, "EAN-13")]
    assert [ISBN.encode()] == [code.data for code in pyzbar.decode(picture)]


def test_wrong_isbn_is_loud() -> None:
    """Given a wrong check digit, when drawn, then it is refused."""
    with pytest.raises(ValueError, match="check digit"):
        draw_isbn("9786040000003")


def test_command_card_reads_as_command() -> None:
    """Given the card XONG, when its picture is read, then it is the command's payload."""
    picture = draw_command_card(CommandFace("XONG", Command.DONE.value))

    assert read(picture) == [(Command.DONE.value, "QR Code")]


def test_book_back_shows_both_codes() -> None:
    """Given a book with label and ISBN, when held up, then exactly these two codes are read."""
    label = draw_label(LABELS["qr"])

    with_isbn = draw_book_back(label, draw_isbn(ISBN), "#b5523b")
    without = draw_book_back(label, None, "#2f6f73")

    assert read(with_isbn) == [(ISBN, "EAN-13"), ("STN.00042", "QR Code")]
    assert read(without) == [("STN.00042", "QR Code")]


@pytest.mark.parametrize(
    "picture",
    [
        draw_card(CARDS["long"]),
        draw_label(LABELS["qr-long"]),
        draw_command_card(CommandFace("XONG", Command.DONE.value)),
        draw_book_back(draw_label(LABELS["qr"]), None, "#2f2020"),
    ],
    ids=["card", "label", "command", "book"],
)
def test_quiet_zone_stays_white(picture: Image.Image) -> None:
    """Given the longest texts, when drawn, then four modules around the code stay white."""
    assert darkest_around_qr(picture) > 250


def test_long_text_stays_in_its_space() -> None:
    """Given a text far too long, when written into a space, then no ink leaves that space."""
    sheet = Sheet(60.0, 40.0, 300, "#ffffff")

    below = sheet.text(LONG_TITLE, Face.SEMIBOLD, 4.0, 10.0, 5.0, 30.0, 12.0)

    ink = sheet.image.convert("L").point(lambda grey: 255 - grey).getbbox()
    assert ink is not None
    assert sheet.px(10.0) <= ink[0]
    assert sheet.px(5.0) <= ink[1]
    assert ink[2] <= sheet.px(40.0)
    assert ink[3] <= sheet.px(17.0)
    assert below <= 17.1


def test_text_shrinks_before_it_is_cut() -> None:
    """Given a name a little too long, when written on one line, then it is smaller, not cut."""
    roomy, tight = (Sheet(60.0, 12.0, 300, "#ffffff") for _ in range(2))

    below_roomy = roomy.text("Nguyễn Thị Minh Khai", Face.BOLD, 5.0, 1.0, 1.0, 58.0)
    below_tight = tight.text("Nguyễn Thị Minh Khai", Face.BOLD, 5.0, 1.0, 1.0, 48.0)

    assert below_tight < below_roomy
