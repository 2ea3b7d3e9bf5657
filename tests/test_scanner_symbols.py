from __future__ import annotations

import pytest
from zxingcpp import BarcodeFormat

from scanner.scan import Barcode, Point, Symbology
from scanner.symbols import is_doubtful, linear_codes, pyzbar_reader, qr_codes
from tests.printed import printed

NOWHERE = (Point(0, 0), Point(0, 0), Point(0, 0), Point(0, 0))


@pytest.mark.parametrize(
    ("text", "symbology", "doubtful"),
    [
        ("9786040000002", Symbology.EAN_13, False),
        ("9791234567896", Symbology.EAN_13, False),
        ("9184478434374", Symbology.EAN_13, True),
        ("0704703391143", Symbology.EAN_13, True),
        ("HS204817", Symbology.CODE_128, False),
    ],
)
def test_ean_of_no_book_is_doubtful(text: str, symbology: Symbology, doubtful: bool) -> None:
    """Given a text, when asked, then only an EAN-13 without a book's prefix is doubtful."""
    assert doubtful is is_doubtful(Barcode(text, symbology, NOWHERE))


@pytest.mark.parametrize("text", ["GV0000", "GV0388", "GV6773"])
def test_pharmacy_number_is_read_as_printed(text: str) -> None:
    """Given Code 39 that zxing-cpp takes for Code 32, when read, then it says what is printed."""
    (barcode,) = linear_codes(printed(text, BarcodeFormat.Code39))

    assert (barcode.text, barcode.symbology) == (text, Symbology.CODE_39)


def test_each_reader_keeps_to_its_kind() -> None:
    """Given a square and bars, when read by the other's reader, then nothing is found."""
    assert qr_codes(printed("HS204817", BarcodeFormat.Code128)) == []
    assert linear_codes(printed("HS204817", BarcodeFormat.QRCode)) == []


def test_pyzbar_reads_books_only() -> None:
    """Given EAN-13 and Code 128, when read by pyzbar, then only the first is told."""
    read = pyzbar_reader()
    assert read is not None

    assert [code.text for code in read(printed("9786040000002", BarcodeFormat.EAN13))] == [
        "9786040000002"
    ]
    assert read(printed("HS204817", BarcodeFormat.Code128)) == []
