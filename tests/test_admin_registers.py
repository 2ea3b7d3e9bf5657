"""Registers as files and pages: what is laid out is what was computed, and who may see it."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pypdfium2
import pytest

from admin import bars
from admin.__main__ import main
from admin.inspection import write_inspection_file
from admin.register_pdf import write_pdf
from admin.register_xlsx import write_xlsx
from db.clock import SCHOOL_ZONE
from db.engine import open_engine, sqlite_url
from db.registers.books import BOOKS, Books
from db.registers.pictures import Bar
from db.registers.sheet import Column, Part, Row, Sheet, Weight
from db.states import DeskRole
from db.year_plan import YearPlans
from tests.hub_school import HubSchool
from tests.library_year import BEGINS, ENDS, LibraryYear

AT = datetime(2026, 5, 31, 16, 0, tzinfo=SCHOOL_ZONE)
COLUMNS = (
    Column("Ngày", 2, "date"),
    Column("Tên sách", 6),
    Column("Bản", 1, "number", "Tổng số"),
    Column("Tiền", 2, "money", "Tổng số"),
)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibraryYear]:
    engine = open_engine(sqlite_url(tmp_path_factory.mktemp("year") / "hub.db"))
    yield LibraryYear(engine, 300)
    engine.dispose()


def sheet(rows: int, **other: Any) -> Sheet:
    """A register of so many equal lines."""
    line = Row((date(2026, 5, 1), "=Đất rừng phương Nam", 3, 126_000))
    total = Row(("Cộng", "", 3 * rows, 126_000 * rows), Weight.TOTAL)
    parts = [Part("Phần I", COLUMNS, [*[line] * rows, total])]
    made = Sheet("R1", "Sổ đăng ký tổng quát", "Cả năm", "Trường THCS Hoa Phượng", AT, parts)
    return replace(made, **other)


def pages_of(told: Sheet) -> list[str]:
    """What each page of the PDF says."""
    pdf, count = write_pdf(told)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) == count
    return pages


def test_every_page_has_head_and_number() -> None:
    """Given a long register, when it is laid out, then heads and numbers are on every page."""
    pages = pages_of(sheet(90))

    assert len(pages) > 2
    for page in pages:
        assert "Tên sách" in page
        assert "Trang" in page
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in pages[0]
    assert "HIỆU TRƯỞNG" in pages[-1]
    assert "Ngày 31 tháng 05 năm 2026" in pages[-1]


@pytest.mark.parametrize("foot", [(), ("Một dòng ghi chú.", "Và một dòng nữa.")])
def test_signatures_never_stand_alone(foot: tuple[str, ...]) -> None:
    """Given any number of rows, when laid out, then the last one is on the signatures' page."""
    counts = range(15, 75)
    laid_out = [pages_of(sheet(rows, foot=foot)) for rows in counts]

    assert {len(pages) for pages in laid_out} >= {2, 3}
    for rows, pages in zip(counts, laid_out, strict=True):
        assert "HIỆU TRƯỞNG" in pages[-1]
        assert "Cộng" in pages[-1], rows
        assert sum(page.count("Đất rừng") for page in pages) == rows


def test_pages_are_landscape_in_our_letters() -> None:
    """Given a register, when it is laid out, then on A4 landscape, its letters in the file."""
    reader = pypdf.PdfReader(io.BytesIO(write_pdf(sheet(3))[0]))
    (page,) = reader.pages
    fonts = page["/Resources"]["/Font"].values()  # type: ignore[index]

    assert [round(float(side)) for side in page.mediabox[2:]] == [842, 595]
    used = {font.get_object()["/BaseFont"] for font in fonts}
    assert all("BeVietnamPro" in name or name == "/Helvetica" for name in used)


def test_unknown_letter_is_a_box() -> None:
    """Given a title whose letters the font lacks, when laid out, then there is ink, as on slips."""
    blank, boxed = (ink_of(sheet(1, range_words=words)) for words in ("", "中文"))

    assert boxed > blank


def ink_of(told: Sheet) -> int:
    """How many dots of the first page are dark."""
    page = pypdfium2.PdfDocument(write_pdf(told)[0])[0].render(scale=1).to_pil().convert("L")
    return sum(page.histogram()[:128])


def test_months_may_be_roman() -> None:
    """Given the school writes Roman months, when laid out, then 1 May is 01.V.2026."""
    assert "01.V.2026" in pages_of(sheet(1, roman_months=True))[0]


def test_workbook_has_the_same_cells(tmp_path: Path) -> None:
    """Given a register, when written as a workbook, then its columns and numbers are the same."""
    file = tmp_path / "r1.xlsx"
    assert write_xlsx(sheet(5), file) == 6
    (page,) = openpyxl.load_workbook(file).worksheets
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    head = next(place for place, row in enumerate(rows) if row[:2] == ["Ngày", "Tên sách"])

    assert rows[head][2] == "Tổng số"
    assert rows[head + 1][2:] == ["Bản", "Tiền"]
    assert str(rows[head + 3][0]) == "2026-05-01 00:00:00"
    assert rows[head + 3][1:] == ["=Đất rừng phương Nam", 3, 126_000]
    assert page.page_setup.orientation == "landscape"
    assert page.print_title_rows == f"${head + 1}:${head + 2}"


def test_title_is_no_formula(tmp_path: Path) -> None:
    """Given a title that begins with "=", when written, then Excel takes it for a text."""
    write_xlsx(sheet(1), tmp_path / "r1.xlsx")
    (page,) = openpyxl.load_workbook(tmp_path / "r1.xlsx").worksheets

    assert {c.data_type for row in page.iter_rows() for c in row if c.value} <= {"s", "n", "d"}


@pytest.mark.parametrize("code", [book.code for book in BOOKS if book.code != "R4"])
def test_register_leaves_in_both_forms(year: LibraryYear, code: str, tmp_path: Path) -> None:
    """Given a library year, when a register is exported, then PDF and workbook have its title."""
    books = Books(year.library)
    with books.opened(code, BEGINS, ENDS, author="hoa") as answer:
        assert isinstance(answer, Sheet)
        whole = answer.gathered()
    rows = sum(len(list(part.rows)) for part in whole.parts)

    assert write_xlsx(whole, tmp_path / "out.xlsx") == rows
    pdf, pages = write_pdf(whole)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) == pages
    assert whole.title.upper() in reader.pages[0].extract_text()


@pytest.fixture
def hub_file(year: LibraryYear, tmp_path: Path) -> Path:
    """A hub's folder with a copy of the year."""
    with closing(sqlite3.connect(str(year.engine.url.database))) as connection:
        (tmp_path / "hub.db").write_bytes(connection.serialize())
    return tmp_path


def test_command_writes_the_file(hub_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a hub, when R1 is exported, then there; a report bears the moment it is asked for."""
    out = hub_file / "r1.pdf"
    days = ["--from", "2026-06-01", "--to", "2027-05-31"]
    # The year's own clock is ahead of the machine's: what is to come is left out as of now.
    main(["export", "R1", *days, "--format", "pdf", "--out", str(out), "--data", str(hub_file)])

    assert out.read_bytes().startswith(b"%PDF")
    assert "R1" not in capsys.readouterr().err
    report = hub_file / "report.xlsx"
    as_of = ["--as-of", "2020-11-20T10:32", "--out", str(report), "--data", str(hub_file)]
    main(["export", "luu-thong", *days, *as_of])
    sheet = openpyxl.load_workbook(report).worksheets[0]
    cells = [cell.value for row in sheet.iter_rows() for cell in row]
    assert [one for one in cells if "Số liệu lúc 20/11/2020 10:32:00" in str(one)]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["R11"], "không có sổ"),
        (["R7", "--from", "2019-06-01", "--to", "2020-05-31"], "không có dòng nào"),
        (["TK", "--to", "2019-05-31"], "không có năm học nào"),
        (["R8", "--from", "2026-06-02", "--to", "2026-06-01"], "sau ngày cuối"),
        (["R1", "--from", "1/6/2026"], "is no day"),
        (["R1", "--as-of", "hôm qua"], "is no stamp"),
    ],
)
def test_bad_input_is_a_sentence(
    hub_file: Path, asked: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a range or register that is not there, when exported, then a sentence, and no file."""
    out = hub_file / "none.xlsx"
    with pytest.raises(SystemExit) as stopped:
        main(["export", *asked, "--out", str(out), "--data", str(hub_file)])

    assert stopped.value.code == 2
    assert words in capsys.readouterr().err
    assert not out.exists()


def test_desk_shows_and_hands_out_registers(tmp_path: Path) -> None:
    """Given the librarian, when a register is opened, then it is shown, and leaves as a file."""
    school = HubSchool(tmp_path / "hub.db")
    librarian = school.desk()

    assert "Sổ đăng ký tổng quát" in librarian.page("/so")
    assert "Hiện còn đến" in librarian.page("/so/r1")
    assert "STN.00001" in librarian.page("/so/r2")
    assert librarian.get("/so/r2?tai=pdf").content.startswith(b"%PDF")
    assert librarian.get("/so/r2?tai=xlsx").content.startswith(b"PK")
    assert "không có dòng nào" in librarian.page("/so/muon/r7?tu=2020-06-01&den=2021-05-31")
    assert librarian.get("/so/r1?tu=0001-01-01&den=9999-12-31").status_code == 200
    assert "Chưa đọc được ô “Từ ngày”" in librarian.page("/so/r1?tu=31/02/2026&den=31/05/2026")
    assert librarian.get("/so/r99").status_code == 404


def test_loan_books_are_the_librarians(tmp_path: Path) -> None:
    """S37: Given the principal, when a pupils' loan book is opened, then it is not shown."""
    principal = HubSchool(tmp_path / "hub.db").desk(DeskRole.PRINCIPAL)

    assert "R7" not in principal.page("/so")
    assert principal.get("/so/muon/r7").status_code == 403
    assert principal.get("/so/r7").status_code == 404
    assert "Hiện còn đến" in principal.page("/so/r1")


def test_inspection_file_has_every_register(year: LibraryYear, tmp_path: Path) -> None:
    """S69: Given a year, when the file is asked for, then one ZIP has all, and says what."""
    with year.library.act() as act:
        dates = act.rules.calendar.year_of(ENDS)
    assert dates is not None
    YearPlans(year.library).begin(dates, "hoa")
    file = tmp_path / "file.zip"
    lines = write_inspection_file(year.library, BEGINS, ENDS, file, "hoa")
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        contents = archive.read("Mục lục.txt").decode()

    assert contents.splitlines() == list(lines)
    for book in BOOKS:
        name = f"{int(book.code[1:]):02} {book.title}"
        assert name in contents
        there = {f"{name}.pdf", f"{name}.xlsx"} <= names
        assert there or f"{name}: {book.title} không có dòng nào" in contents
    for title in (
        "Biên bản tự kiểm tra",
        "Kế hoạch công tác thư viện",
        "Tổ cộng tác viên thư viện",
        "Hoạt động của thư viện",
        "Sổ tài sản, thiết bị thư viện",
        "Báo cáo bạn đọc và lưu thông",
        "Báo cáo tổng kết công tác thư viện",
    ):
        assert {f"{title}.pdf", f"{title}.xlsx"} <= names


def test_self_check_is_entered_and_shown(tmp_path: Path) -> None:
    """S05, S51: Given 85 m² and 34 of 35 seats, when entered, then the self-check shows them."""
    librarian = HubSchool(tmp_path / "hub.db").desk()
    wrong = librarian.submit("/so/tu-kiem-tra", area="rộng")
    librarian.submit("/so/tu-kiem-tra", area="85", seats="34", seats_wanted="35", plan="QĐ 12")
    page = librarian.page("/so/tu-kiem-tra")

    assert wrong.status_code == 422
    assert "chưa đạt (34)" in page
    assert ">85<" in page
    assert "chưa đặt ngưỡng" in page
    assert librarian.get("/so/tu-kiem-tra?tai=pdf").content.startswith(b"%PDF")


def test_pictures_are_drawn_without_names(hub_file: Path) -> None:
    """S44: Given a year of loans, when they are drawn, then by week, class and kind, no names."""
    school = HubSchool(hub_file / "hub.db", fill=lambda _engine: None)
    page = school.desk(DeskRole.PRINCIPAL).page("/bieu-do?tu=2026-06-01&den=2027-05-31")
    drawn = page[page.index("<svg class") :]

    assert drawn.count('<svg class="bars"') == 6
    assert ">6A<" in drawn
    assert "Nguyễn" not in drawn


def test_bars_are_as_high_as_their_numbers() -> None:
    """Given two numbers, when drawn, then bars of that proportion, and words made harmless."""
    drawn = bars.standing([Bar("<6A>", 10), Bar("6B", 5)], "Theo lớp")
    heights = [float(part.split('"')[0]) for part in drawn.split(' height="')[1:]]

    assert heights[0] == pytest.approx(2 * heights[1])
    assert "<6A>" not in drawn
    assert bars.lying([], "Không có").startswith("<svg")
