"""Labels, cards and a class's papers out of the records of a small school."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest

from admin import stationery
from admin.__main__ import main
from admin.stationery import Span
from db.corners import Corners
from db.engine import open_read_only, sqlite_url
from db.identifiers import AccessionNumber, corner_text
from db.outcomes import CheckedOut
from printer.cards import LabelFace
from printer.labels import SpineFace
from tests.small_school import MORNING, SmallSchool, named

TODAY = MORNING.date()
SCHOOL_ID = 1


@pytest.fixture
def school(tmp_path: Path) -> SmallSchool:
    """A school to write in."""
    return SmallSchool(sqlite_url(tmp_path / "hub.db"), is_station=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a hub keeps the records of a school, to be read only."""
    data = tmp_path_factory.mktemp("hub")
    SmallSchool(sqlite_url(data / "hub.db"), is_station=False).close()
    return data


def run(folder: Path, tmp_path: Path, *words: str) -> Path:
    """Run a command on a hub's records, and name what it wrote."""
    out = tmp_path / "out.pdf"
    main(["--data", str(folder), *words, "--out", str(out)])
    return out


def lend(school: SmallSchool, name: str, accession: str) -> None:
    outcome = school.desk.check_out(school.known(name), AccessionNumber(accession))
    assert isinstance(outcome, CheckedOut)


def said(file: Path) -> str:
    with pypdfium2.PdfDocument(file) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def test_span_gives_labels_in_register_order(folder: Path) -> None:
    """Given a register, when three numbers are asked for, then spine and label of each."""
    with open_read_only(sqlite_url(folder / "hub.db")).begin() as connection:
        faces = stationery.label_faces(connection, SCHOOL_ID, Span("STK", 2, 4), "both")

    assert [face.accession for face in faces] == [
        number for number in ("STK.00002", "STK.00003", "STK.00004") for _ in range(2)
    ]
    assert [type(face) for face in faces] == [SpineFace, LabelFace] * 3


def test_single_label_is_reprinted_anywhere(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a used sheet, when one label is printed at place 37, then the PDF holds just it."""
    out = run(folder, tmp_path, "labels", "STN.00002", "--start", "37", "--code", "code-128")

    assert "1 trang, 1 mã đã đọc thử" in capsys.readouterr().out
    assert said(out).count("STN.0000") == 1


def test_unknown_copy_is_named_and_nothing_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a number that no copy bears, when asked for, then a sentence and no file."""
    with pytest.raises(SystemExit):
        run(folder, tmp_path, "labels", "STN.00001", "STN.09999")

    assert "STN.09999" in capsys.readouterr().err
    assert not (tmp_path / "out.pdf").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("labels",), "name copies"),
        (("labels", "STN.00001", "--sheet", "24", "--start", "25"), "places 1 to 24"),
        (("labels", "--kho", "STN", "--first", "900"), "no such copies"),
        (("cards", "8C"), "nobody in 8C"),
    ],
)
def test_impossible_sheet_is_one_sentence(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    sentence: str,
) -> None:
    """Given a sheet that cannot be, when asked for, then one sentence says why."""
    with pytest.raises(SystemExit):
        run(folder, tmp_path, *words)

    assert sentence in capsys.readouterr().err


def test_cards_of_a_class(folder: Path, tmp_path: Path) -> None:
    """Given a class, when its cards are written, then its pupils' and nobody else's."""
    told = said(run(folder, tmp_path, "cards", "6A", "--no-class"))

    assert "An" in told
    assert "Bình" in told
    assert "Chi" not in told
    assert "Lớp 6A" not in told


def test_calibration_page_is_written(folder: Path, tmp_path: Path) -> None:
    """Given a sheet, when its calibration page is asked for, then every place is on it."""
    told = said(run(folder, tmp_path, "labels", "--calibrate", "--sheet", "14"))

    assert "Trang căn nhãn" in told
    assert "14 nhãn" in told


def test_whoever_owes_gets_no_slip(school: SmallSchool) -> None:
    """Given one of two pupils with a book, when slips are made, then the other gets one."""
    lend(school, "An", "STK.00001")

    with school.engine.begin() as connection:
        free, owing = stationery.cleared(connection, SCHOOL_ID, "6A")

    assert [slip.name for slip in free] == ["Nguyễn Văn Bình"]
    assert owing == (("Nguyễn Văn An", 1),)


def test_reminders_count_books_and_name_none(school: SmallSchool) -> None:
    """Given two overdue books, when the class is reminded, then a number and no title."""
    lend(school, "An", "STK.00001")
    lend(school, "An", "STN.00001")
    later = TODAY + timedelta(days=20)

    with school.engine.begin() as connection:
        told = stationery.reminder_list(connection, SCHOOL_ID, "6A", later, later)
        nothing = stationery.reminder_list(connection, SCHOOL_ID, "6A", TODAY, TODAY)

    (line,) = told.lines
    assert (line.name, line.books) == ("Nguyễn Văn An", 2)
    assert line.days_late == (later - line.due).days > 0
    assert nothing.lines == ()


def test_posters_of_corner_and_crate(school: SmallSchool) -> None:
    """Given a corner with a crate of two copies, when signed, then both tell what they hold."""
    corners = Corners(school.library)
    corner = corners.begin("Tủ sách lớp 6A", "6A", named("Lan"), [named("An")])
    numbers = [AccessionNumber("STK.00001"), AccessionNumber("STK.00002")]
    gone = corners.send(corner, "T-1", numbers, date(2026, 12, 30), "thủ thư")

    with school.engine.begin() as connection:
        sign = stationery.corner_poster(connection, SCHOOL_ID, corner)
        crate = stationery.crate_poster(connection, SCHOOL_ID, gone.crate_id)
        none = stationery.corner_poster(connection, SCHOOL_ID, gone.crate_id)

    assert sign is not None
    assert (sign.copies, sign.keepers) == (
        2,
        ("Thầy cô phụ trách: Nguyễn Văn Lan", "Bạn phụ trách: Nguyễn Văn An"),
    )
    assert crate is not None
    assert (crate.heading, crate.copies, crate.back_on) == (
        "Thùng sách T-1",
        2,
        date(2026, 12, 30),
    )
    assert (sign.code, crate.code) == (corner_text(corner), "TS:THUNG:T-1")
    assert none is None


@pytest.mark.parametrize(
    ("authors", "title", "sign"),
    [
        ("Tô Hoài", "Dế Mèn phiêu lưu ký", "TOH"),
        ("", "Đất rừng phương Nam", "DAT"),
        ("", "7A", "7A"),
        ("", "…", ""),
    ],
)
def test_sign_is_authors_or_titles_beginning(authors: str, title: str, sign: str) -> None:
    """Given an author or a title alone, when signed, then three plain capitals of it."""
    assert stationery.sign_of(authors, title) == sign
