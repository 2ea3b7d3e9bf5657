"""CSV files are read whoever wrote them, or it is said why not."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.csv_text import DecodedText, Table, TextCode, Unreadable, decode, find_separator, read_table
from db.legacy_fonts import Cell, Encoding, examine

TITLES = "Số ĐKCB;Nhan đề\nSTK.00001;Đất rừng phương Nam\n"


@pytest.mark.parametrize("code", ["utf-8-sig", "utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_unicode_form_is_read(code: str) -> None:
    """Given a text in a form of Unicode, with a mark or without, then it and its form are told."""
    assert decode(TITLES.encode(code)) == DecodedText(TITLES, TextCode(code))


def test_big_endian_mark_is_read() -> None:
    """Given UTF-16 in the order of other machines, with its mark, then it is read."""
    assert decode(b"\xfe\xff" + TITLES.encode("utf-16-be")) == DecodedText(TITLES, TextCode.UTF_16)


def test_vietnamese_code_page_is_read() -> None:
    """Given bytes of Vietnamese Windows, then the text is read with its loose tone marks."""
    decoded = decode("Đâ\u0301t rư\u0300ng, Vi\u0303nh".encode("cp1258"))

    assert isinstance(decoded, DecodedText)
    assert decoded.code is TextCode.CP1258
    assert unicodedata.normalize("NFC", decoded.text) == "Đất rừng, Vĩnh"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", Unreadable.EMPTY),
        (b"\xef\xbb\xbf\r\n\r\n", Unreadable.EMPTY),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00", Unreadable.NOT_TEXT),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16), Unreadable.NOT_TEXT),
        (b"\x89PNG\r\n\x1a\n\x90\x9d", Unreadable.NOT_TEXT),
        (b"\xff\xfea", Unreadable.NOT_TEXT),
        (b"\xef\xbb\xbf\xff", Unreadable.NOT_TEXT),
        (b'a,"b\n' + b"c,d\n" * 40_000, Unreadable.BROKEN_QUOTES),
    ],
    ids=["nothing", "no row", "workbook", "old workbook", "picture", "half", "broken", "quotes"],
)
def test_what_is_no_table_is_said(data: bytes, why: Unreadable) -> None:
    """Given bytes that are no table, then the answer says why."""
    assert read_table(data) is why


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("STT\tLớp\n1\t6A\n", "\t"),
        ("Tên;Tác giả;Năm\nToán 6;Hà, Trần, Lê;2021\nSử;Vũ;2022\n", ";"),
        ('Tên,Tác giả\n"Kể chuyện; tập 1; 2",Nhiều người\n', ","),
        ("DANH SÁCH HỌC SINH, LỚP 6A\n\nSTT;Họ tên;Lớp\n1;An;6A\n2;Ánh;6A\n", ";"),
        ("DANH SÁCH: Toán, Văn, Sử, Địa\nSTT;Lớp\n1;6A\n2;6B\n", ";"),
        ("giá;số\n21,0;1\n22,0;2\n", ";"),
        ("Toán 6\nToán 7\n", ","),
        ("", ","),
    ],
)
def test_separator_is_the_one_that_fits(text: str, separator: str) -> None:
    """Given a file's first rows, then the separator that cuts most of them alike is found."""
    assert find_separator(text) == separator


def test_rows_come_as_they_are() -> None:
    """Given a file with quotes and empty lines, then its cells come out uncleaned."""
    data = 'Tên,Ghi chú\r\n\r\n"Toán\n6", x \r\n'.encode("utf-8-sig")

    rows = (("Tên", "Ghi chú"), ("Toán\n6", " x "))
    assert read_table(data) == Table(rows, TextCode.UTF_8_SIG, ",")


def test_old_font_survives_the_bytes() -> None:
    """Given a register in TCVN3, saved as bytes, then it is read, found and becomes Unicode."""
    data = "LÞch sö vµ §Þa lÝ 6,§Êt rõng ph\u00ad¬ng Nam\n".encode("latin-1")
    table = read_table(data)

    assert isinstance(table, Table)
    cells = [Cell(text) for text in table.rows[0]]
    finding = examine(cells)
    assert (finding.encoding, finding.sure) == (Encoding.TCVN3, True)
    assert [finding.convert(cell) for cell in cells] == [
        "Lịch sử và Địa lí 6",
        "Đất rừng phương Nam",
    ]


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode) | st.text().map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_answered(data: bytes) -> None:
    """Given any bytes, then there is a table with rows, or a reason."""
    table = read_table(data)

    assert isinstance(table, Unreadable) or all(table.rows)


@settings(deadline=None)
@given(
    rows=st.lists(
        st.lists(st.text(st.sampled_from('aĐệ 6,;\t"\n')), min_size=2, max_size=2), min_size=1
    ),
    code=st.sampled_from(["utf-8-sig", "utf-8", "utf-16"]),
)
def test_written_tables_come_back(rows: list[list[str]], code: str) -> None:
    """Given a table of letters, when written as CSV with a header and read, then it is the same."""
    whole = [["Nhan đề", "Tác giả"]] * 50 + rows
    file = io.StringIO()
    csv.writer(file, delimiter=";").writerows(whole)

    table = read_table(file.getvalue().encode(code))

    assert table == Table(tuple(map(tuple, whole)), TextCode(code), ";")
