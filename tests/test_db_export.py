from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymarc import Field, Indicators, MARCReader, Record, Subfield
from sqlalchemy import Engine, func, select, update

from db.__main__ import main
from db.clock import SCHOOL_ZONE
from db.engine import open_engine, sqlite_url
from db.intake import exchange, lists
from db.intake.lists import ListKind
from db.intake.records import (
    SHORT,
    BookRecord,
    NoRecord,
    Rejected,
    from_csv,
    from_marc,
    guarded,
    to_csv,
    to_marc,
    unguarded,
)
from db.models import Copy, Edition
from db.states import DocumentType, LendingMode
from db.text import clean
from db.wording import Wording
from tests.demo_records import demo_records
from tests.empty_records import empty_records

NOW = datetime(2026, 11, 10, 9, tzinfo=SCHOOL_ZONE)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The demo school's records."""
    file = tmp_path_factory.mktemp("demo") / "demo.db"
    file.write_bytes(demo_records(NOW))
    engine = open_engine(sqlite_url(file))
    yield engine
    engine.dispose()


def records_of(engine: Engine) -> list[BookRecord]:
    with engine.begin() as connection:
        return exchange.read_records(connection, 1)


@pytest.mark.parametrize("form", ["marc", "csv"])
def test_demo_catalogue_comes_back_identical(demo: Engine, tmp_path: Path, form: str) -> None:
    """Given the demo catalogue, when it goes out and into empty records, then it is the same."""
    sent = records_of(demo)
    read, wrong = from_marc(to_marc(sent)) if form == "marc" else from_csv(to_csv(sent))
    (tmp_path / "other.db").write_bytes(empty_records())
    engine = open_engine(sqlite_url(tmp_path / "other.db"))
    with engine.begin() as connection:
        taken = exchange.take_records(connection, 1, read, NOW, with_copies=True)
    arrived = records_of(engine)
    engine.dispose()

    assert len(sent) >= 50
    assert (wrong, taken.refused_copies) == ((), ())
    assert sorted(arrived, key=repr) == sorted(sent, key=repr)


words = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="|"), max_size=40)
texts = words.map(clean)
numbers = st.none() | st.integers(0, 999_999_999)
shelved = st.lists(st.tuples(texts.filter(bool), texts), max_size=4)


IMPRINT = ("volume", "series", "authors", "publisher", "place", "size")


@st.composite
def records(draw: st.DrawFn) -> BookRecord:
    """Any record that our tables can hold."""
    copies = draw(shelved)
    shelves = tuple(shelf for _, shelf in copies)
    text = {
        name: clean(draw(texts)[: SHORT.get(name)])
        for name in (*IMPRINT, "subject", "class_number", "class_19", "ddc", "link", "kho")
    }
    return BookRecord(
        title=draw(texts.filter(bool)),
        **text,
        year=draw(numbers),
        isbn=draw(st.sampled_from([None, "9786040000002"])),
        price_vnd=draw(numbers),
        pages=draw(numbers),
        grade=draw(numbers),
        document_type=draw(st.sampled_from(DocumentType)),
        lending=draw(st.sampled_from(LendingMode)),
        keywords=tuple(draw(st.lists(texts.filter(bool), max_size=3))),
        copies=tuple(number for number, _ in copies),
        shelves=shelves if any(shelves) else (),
    )


@given(st.lists(records(), min_size=1, max_size=3))
def test_any_record_survives_marc(sent: list[BookRecord]) -> None:
    """Given any records, when written as MARC 21 and read, then they are identical."""
    assert from_marc(to_marc(sent)) == (tuple(sent), ())


@given(st.lists(records(), min_size=1, max_size=3))
def test_any_record_survives_csv(sent: list[BookRecord]) -> None:
    """Given any records, when written as CSV and read, then they are identical."""
    assert from_csv(to_csv(sent)) == (tuple(sent), ())


@given(st.text())
def test_guard_is_taken_away_again(text: str) -> None:
    """Given any text, then guarding it for a spreadsheet loses nothing and leaves no formula."""
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in ("=", "+", "-", "@", "\t", "\r")


def test_marc_is_what_other_libraries_read(demo: Engine) -> None:
    """Given our MARC, then pymarc reads UTF-8 with title, author, imprint, number and class."""
    sent = [one for one in records_of(demo) if "SGK.00001" in one.copies]
    (marc,) = MARCReader(io.BytesIO(to_marc(sent)))
    assert marc is not None

    assert marc.leader[9] == "a"
    assert marc["245"]["a"] == "Toán 6"
    assert marc["245"]["n"] == "tập một"
    assert marc["260"]["b"] == "NXB Giáo dục Việt Nam"
    assert marc["852"]["p"] == "SGK.00001"


def test_other_librarys_marc_is_taken() -> None:
    """Given a record with ISBD punctuation and none of our fields, then its facts are clean."""
    marc = Record(force_utf8=True)
    for tag, told in {
        "020": {"a": "978-604-0-00000-2 (bìa mềm)"},
        "082": {"a": "895.92233 với một lời giải thích dài"},
        "245": {"a": "Dế Mèn phiêu lưu ký :", "b": "truyện đồng thoại /", "c": "Tô Hoài."},
        "260": {"a": "Hà Nội :", "b": "Kim Đồng,", "c": "In lần thứ 15, 2019-2020."},
        "300": {"a": "2 tập (143 tr.) ;", "c": "21 cm"},
    }.items():
        subfields = [Subfield(code, text) for code, text in told.items()]
        marc.add_field(Field(tag, indicators=Indicators(" ", " "), subfields=subfields))

    (read,), _ = from_marc(marc.as_marc())

    title = "Dế Mèn phiêu lưu ký: truyện đồng thoại"
    expected = BookRecord(title, authors="Tô Hoài", place="Hà Nội", pages=143)
    more = {"publisher": "Kim Đồng", "year": 2019, "isbn": "9786040000002", "size": "21 cm"}
    assert read == replace(expected, **more)  # type: ignore[arg-type]


def test_wrong_records_are_told_by_place() -> None:
    """Given a record without a title between two good ones, then it alone is told."""
    sent = [BookRecord("Một"), BookRecord(""), BookRecord("Ba")]

    read, wrong = from_marc(to_marc(sent))

    assert [one.title for one in read] == ["Một", "Ba"]
    assert wrong == (Rejected(2, NoRecord.TITLE_MISSING),)
    assert from_marc(b"no marc") == ((), (Rejected(0, NoRecord.NOT_MARC),))
    assert {f"record.{reason.value}" for reason in NoRecord} <= Wording("vi").keys()


def test_taken_number_is_refused_and_told(demo: Engine) -> None:
    """Given a record with a number that another edition has, then the number stays where it is."""
    record = BookRecord("Sách lạ", copies=("STK.00001", "XYZ.1"))
    with demo.connect() as connection:
        taken = exchange.take_records(connection, 1, [record], NOW, with_copies=True)
        connection.rollback()

    assert (taken.new, taken.refused_copies) == (1, ("STK.00001", "XYZ.1"))


def test_free_number_is_given_only_when_asked(demo: Engine) -> None:
    """Given numbers that cannot be kept, when new ones are asked for, then the next free come."""
    record = BookRecord("Sách lạ", kho="STK", copies=("STK.00001", "XYZ.1", "STK.09000"))
    asked = {"with_copies": True, "new_numbers": True}
    with demo.connect() as connection:
        last = connection.execute(select(func.max(Copy.number)).where(Copy.kho == "STK")).scalar()
        taken = exchange.take_records(connection, 1, [record], NOW, **asked)
        kept = connection.execute(select(Copy.number).where(Copy.accession == "STK.09000")).scalar()
        connection.rollback()

    assert last is not None
    new = [f"STK.{last + place:05d}" for place in (1, 2)]
    assert taken.renumbered == (("STK.00001", new[0]), ("XYZ.1", new[1]))
    assert (taken.refused_copies, kept) == ((), 9000)


@pytest.mark.parametrize("kind", list(ListKind))
def test_list_is_the_same_in_both_forms(demo: Engine, kind: ListKind) -> None:
    """Given any list, then .xlsx and .csv have its header and each of its rows, UTF-8 marked."""
    with demo.begin() as connection:
        listing = lists.read_list(connection, 1, kind)
    data = lists.as_csv(listing)
    sheet = openpyxl.load_workbook(io.BytesIO(lists.as_xlsx(listing))).worksheets[0]
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))

    assert data.startswith(b"\xef\xbb\xbf")
    assert tuple(rows[0]) == listing.headers == tuple(cell.value for cell in sheet[1])
    assert len(rows) - 1 == len(listing.rows) == sheet.max_row - 1 > 50


def test_lists_speak_vietnamese(demo: Engine) -> None:
    """Given copies and readers, then their lists name states and categories in Vietnamese."""
    with demo.begin() as connection:
        kinds = (ListKind.COPIES, ListKind.PATRONS)
        text = "".join(lists.as_csv(lists.read_list(connection, 1, k)).decode() for k in kinds)

    assert {"Đang dùng", "Đang ở trường", "Học sinh", "Giáo viên"} <= set(
        text.replace("\r\n", ",").split(",")
    )


@pytest.mark.parametrize("form", [lists.as_csv, lists.as_xlsx])
def test_formula_in_a_title_stays_text(tmp_path: Path, form: object) -> None:
    """Given a title that begins with "=", when it is exported, then no program calculates it."""
    listing = lists.Listing("x", ("Nhan đề",), (('=HYPERLINK("http://x")',),))

    if form is lists.as_csv:
        assert "'=HYPERLINK" in lists.as_csv(listing).decode()
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(lists.as_xlsx(listing))).worksheets[0]
        assert (sheet["A2"].data_type, sheet["A2"].value) == ("s", '\'=HYPERLINK("http://x")')


def test_commands_carry_records_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a catalogue, when exported and imported by command twice, then nothing is new again."""
    here, there = sqlite_url(tmp_path / "a.db"), sqlite_url(tmp_path / "b.db")
    (tmp_path / "a.db").write_bytes(demo_records(NOW))
    engine = open_engine(here)
    with engine.begin() as connection:
        connection.execute(update(Edition).where(Edition.title == "Toán 6").values(place="Hà Nội"))
        editions = len(connection.execute(select(Edition.id)).all())
    engine.dispose()
    file, again = tmp_path / "a.mrc", tmp_path / "b.mrc"
    form = ("--format", "marc")

    assert main(["export", "editions", *form, "--out", str(file), "--database", here]) == 0
    assert main(["import", "records", str(file), "--database", there]) == 0
    assert f"Mới: {editions}" in capsys.readouterr().out
    assert main(["import", "records", str(file), "--database", there]) == 0
    assert f"Không đổi: {editions}" in capsys.readouterr().out
    assert main(["export", "editions", *form, "--out", str(again), "--database", there]) == 0
    assert sorted(from_marc(again.read_bytes())[0], key=repr) == sorted(
        from_marc(file.read_bytes())[0], key=repr
    )
