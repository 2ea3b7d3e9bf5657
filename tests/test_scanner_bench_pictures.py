"""The bench reads photographs and compares them with a list."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from zlib import compress, crc32

import cv2
import numpy as np
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from zxingcpp import BarcodeFormat

from benchmarks.conditions import EASY, FAR
from benchmarks.photographs import turned_by
from benchmarks.presentations import film, present
from config.settings import ScannerSettings
from scanner.__main__ import main
from scanner.bench.expected import Expected, read_expected
from scanner.bench.pictures import NOTHING, Found, Reading, Score, pictures_in, read_pictures
from scanner.bench.tables import failures, listing, shown, table
from scanner.errors import WrongList
from scanner.frame import Pixels
from scanner.recorded import LONGEST_SIDE_PX, read_picture, shrunk
from scanner.scan import Symbology
from tests.printed import coloured, in_frame, printed

CODE_128, EAN_13, QR = BarcodeFormat.Code128, BarcodeFormat.EAN13, BarcodeFormat.QRCode
ROOT = Path(__file__).parent.parent
BUDGET = ScannerSettings(frame_budget_ms=500)
HEADER = "file,format,text"


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the bench in a process of its own, as a person does."""
    command = [sys.executable, "-m", "scanner", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)


def picture(path: Path, *codes: Pixels) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), coloured(in_frame(*codes)))
    return path


def listed(folder: Path, *rows: str, encoding: str = "utf-8") -> Path:
    """Write a list with its header beside the pictures it is about."""
    path = folder / "list.csv"
    path.write_text("\n".join(rows) + "\n", encoding)
    return path


def read_list(folder: Path, *rows: str) -> tuple[Expected, ...]:
    """What a list says of ``a.png``."""
    (folder / "a.png").touch()
    return read_expected(listed(folder, *rows), folder)[folder / "a.png"]


def read_one(path: Path, *expected: Expected) -> Reading:
    return next(read_pictures({path: expected}, path.parent, BUDGET))


@pytest.mark.parametrize(
    ("names", "symbology"),
    [
        ("Code128 CODE_128 code-128 CODE128", Symbology.CODE_128),
        ("Code39 CODE_39 code-39", Symbology.CODE_39),
        ("EAN13 EAN_13 ean-13 Ean13 UPC-A UPCA", Symbology.EAN_13),
        ("QR QRCode QR_CODE qr-code qr", Symbology.QR),
    ],
)
def test_format_names_are_taken_loosely(tmp_path: Path, names: str, symbology: Symbology) -> None:
    """Given names that people and libraries use, when listed, then the format is known."""
    for name in [*names.split(), f" {symbology.replace('-', ' ')} "]:
        assert read_list(tmp_path, HEADER, f"a.png,{name},12345") == (Expected("12345", symbology),)


@pytest.mark.parametrize(
    "rows",
    [
        (HEADER, "a.png,qr,Dế Mèn"),
        ("\ufefffile,format,text", "a.png,qr,Dế Mèn"),
        ("file;format;text", "a.png;qr;Dế Mèn"),
        ("file\tformat\ttext\r", "a.png\tqr\tDế Mèn\r"),
        ("Text, Note ,FILE,format", '"Dế Mèn",torn,a.png,qr', "", ",,,"),
        (HEADER, "./a.png,qr," + unicodedata.normalize("NFD", "Dế Mèn")),
    ],
    ids=["plain", "mark", "semicolons", "tabs", "order", "decomposed"],
)
def test_lists_come_in_many_forms(tmp_path: Path, rows: tuple[str, ...]) -> None:
    """Given a list as editors and spreadsheets write it, when read, then the text is the same."""
    assert read_list(tmp_path, *rows) == (Expected("Dế Mèn", Symbology.QR),)


def test_windows_paths_lead_below_the_folder(tmp_path: Path) -> None:
    """Given a path with a backslash, when read, then the picture below is meant."""
    path = picture(tmp_path / "shelf" / "a.png")

    assert [path] == list(read_expected(listed(tmp_path, HEADER, r"shelf\a.png,,"), tmp_path))


def test_quoted_text_keeps_all_its_letters(tmp_path: Path) -> None:
    """Given a text with separators and line ends, when quoted, then nothing of it changes."""
    codes = read_list(tmp_path, HEADER, 'a.png,qr,"a,b\r\n\x1d ""c"""')

    assert codes == (Expected('a,b\r\n\x1d "c"', Symbology.QR),)


def test_twelve_digits_are_upc_a(tmp_path: Path) -> None:
    """Given an EAN-13 of twelve digits, when listed, then it is the one with a leading 0."""
    codes = read_list(tmp_path, HEADER, "a.png,EAN13,036000291452", "a.png,qr,036000291452")

    assert [code.text for code in codes] == ["0036000291452", "036000291452"]


def test_every_mistake_is_told_with_its_row(tmp_path: Path) -> None:
    """Given a list with many mistakes, when read, then each has a sentence with its row."""
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    path = listed(
        tmp_path,
        HEADER,
        "a.png,PDF417,HS204817",
        "gone.png,qr,HS204817",
        "a.png,qr,Kệ A, ngăn 3",
        "a.png,qr",
        ",qr,HS204817",
        "b.png,qr,HS204817",
        "b.png,,",
    )

    with pytest.raises(WrongList) as fault:
        read_expected(path, tmp_path)

    formats = "code-128, code-39, ean-13, qr"
    assert fault.value.mistakes == (
        f'list.csv, row 2: the format "PDF417" is none of {formats}',
        "list.csv, row 3: there is no file gone.png",
        "list.csv, row 4: it has more or fewer fields than row 1",
        "list.csv, row 5: it has more or fewer fields than row 1",
        "list.csv, row 6: no file is named",
        "list.csv, row 8: b.png is to hold a code in one row and nothing in another",
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "row 1: no column file, format, text"),
        (b"file,text\na.png,x\n", "row 1: no column format"),
        (b"file,format,text\n", "it has no rows"),
        ("file,format,text\na.png,qr,Dế".encode("utf-16"), "not UTF-8"),
        (b'file,format,text\na.png,qr,"open\n', "row 2: unexpected end of data"),
        (None, "No such file"),
    ],
)
def test_useless_list_is_refused(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    """Given a file that is no such list, when read, then it is said what it lacks."""
    path = tmp_path / "list.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(WrongList) as fault:
        read_expected(path, tmp_path)

    assert sentence in fault.value.mistakes[0]


def test_pictures_are_found_below(tmp_path: Path) -> None:
    """Given folders with pictures and other files, when searched, then pictures alone are."""
    for name in ("b.JPG", "a.jpeg", "sub/deep/c.Png", "notes.txt", "d.jpg.bak"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()

    found = [str(path.relative_to(tmp_path)) for path in pictures_in(tmp_path)]

    assert found == ["a.jpeg", "b.JPG", "sub/deep/c.Png"]


@pytest.mark.parametrize("symbology", list(Symbology))
def test_codes_in_a_hand_are_read(tmp_path: Path, symbology: Symbology) -> None:
    """Given a photograph of a code in a hand, when read, then its text and symbology come."""
    held = present(EASY, symbology, 1)
    _, frame = next(islice(film(held), 5, None))
    cv2.imwrite(str(tmp_path / "held.jpg"), frame)

    reading = read_one(tmp_path / "held.jpg", Expected(held.text, symbology))

    assert reading.is_read
    assert not reading.wrong
    assert [code.symbology for code in reading.found] == [symbology]


def test_each_picture_meets_a_fresh_decoder(tmp_path: Path) -> None:
    """Given the same empty picture many times, when read, then none is left out as still."""
    paths = [picture(tmp_path / f"{number:02}.png") for number in range(12)]
    paths.append(picture(tmp_path / "card.png", printed("HS204817", QR)))

    readings = list(read_pictures(dict.fromkeys(paths), tmp_path, BUDGET))

    assert min(reading.cpu_s or 0 for reading in readings) > 0.001
    assert [reading.is_read for reading in readings] == [False] * 12 + [True]


def test_stage_that_read_it_is_named(tmp_path: Path) -> None:
    """Given a card, bars, and bars out of focus, when read, then each names another stage."""
    soft = in_frame(printed("STN.00042", CODE_128), noise=2)
    cv2.imwrite(str(tmp_path / "soft.png"), cv2.GaussianBlur(soft, (0, 0), 2.0))
    picture(tmp_path / "both.png", printed("HS204817", QR), printed("STN.00042", CODE_128))

    both, soft_one = read_pictures(dict.fromkeys(pictures_in(tmp_path)), tmp_path, BUDGET)

    assert {code.text: code.stage for code in both.found} == {
        "HS204817": "qr",
        "STN.00042": "strips",
    }
    assert [code.stage for code in soft_one.found] == ["refocused"]


def test_photograph_of_twelve_megapixels_is_read(tmp_path: Path) -> None:
    """Given a telephone's picture of a book, when read, then it is scaled down and read."""
    frame = coloured(in_frame(printed("9786040000002", EAN_13)))
    cv2.imwrite(str(tmp_path / "book.jpg"), cv2.resize(frame, (4608, 2592)))

    reading = read_one(tmp_path / "book.jpg", Expected("9786040000002", Symbology.EAN_13))

    assert reading.is_read


def test_code_too_small_once_shrunk_is_read(tmp_path: Path) -> None:
    """Given a large picture of a shelf, one small label on it, when read, then its code is."""
    frame = coloured(in_frame(printed("STN.00042", CODE_128)))
    desk = np.full((2600, 4600, 3), 200, np.uint8)
    desk[900 : 900 + frame.shape[0], 1500 : 1500 + frame.shape[1]] = frame
    cv2.imwrite(str(tmp_path / "shelf.jpg"), desk)

    assert read_one(tmp_path / "shelf.jpg", Expected("STN.00042", Symbology.CODE_128)).is_read


@pytest.mark.parametrize("degrees", [10, 30, 50, 70])
def test_small_turned_photograph_is_read(tmp_path: Path, degrees: float) -> None:
    """Given bars of 1.3 pixels at any angle in a small photograph, when read, then the text."""
    held = present(FAR, Symbology.CODE_128, 902, size=(640, 360))
    _, frame = next(islice(film(held), 8, None))
    cv2.imwrite(str(tmp_path / "small.png"), turned_by(frame, degrees))

    assert read_one(tmp_path / "small.png", Expected(held.text, Symbology.CODE_128)).is_read


@pytest.mark.parametrize("size", [(1, 1), (6000, 1), (1, 6000), (5000, 3)])
def test_thinnest_picture_is_opened(tmp_path: Path, size: tuple[int, int]) -> None:
    """Given a picture as thin as a line, when scaled down, then some of its width is left."""
    cv2.imwrite(str(tmp_path / "line.png"), np.full(size, 200, np.uint8))

    assert read_one(tmp_path / "line.png").cpu_s is not None


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_damaged_file_is_survived(tmp_path: Path, suffix: str) -> None:
    """Given a picture's file cut, or changed behind its header, then it is a picture or none."""
    _, encoded = cv2.imencode(suffix, coloured(printed("HS204817", QR)))
    whole, path = encoded.tobytes(), tmp_path / f"damaged{suffix}"
    places = st.integers(len(whole) // 2, len(whole))

    @settings(max_examples=30, deadline=None)
    @given(places, st.binary(max_size=60), st.integers(0, len(whole)) | st.just(len(whole)))
    def survived(place: int, foreign: bytes, end: int) -> None:
        path.write_bytes((whole[:place] + foreign + whole[place + len(foreign) :])[:end])
        picture = read_picture(path)
        assert picture is None or (
            picture.ndim == 3 and max(shrunk(picture).shape) <= LONGEST_SIDE_PX
        )

    survived()
    path.write_bytes(whole)
    assert read_one(path, Expected("HS204817", Symbology.QR)).is_read


def test_immense_picture_is_not_opened(tmp_path: Path) -> None:
    """Given a small file that unpacks to 256 megapixels, when read, then memory is not spent."""
    header = struct.pack(">IIBBBBB", 16_000, 16_000, 1, 0, 0, 0, 0)
    rows = compress(bytes(16_000 * (1 + 16_000 // 8)), level=1)
    path = tmp_path / "immense.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc32(name + data))
            for name, data in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
        )
    )

    done = run("--json", "--image", path)

    assert json.loads(done.stdout)["unreadable"] == 1
    assert "immense.png: cannot be opened as a picture" in done.stderr


def test_groceries_count_too(tmp_path: Path) -> None:
    """Given the code of a grocery, when read, then it is as good as a book's."""
    path = picture(tmp_path / "milk.png", printed("8934673001014", EAN_13))

    assert read_one(path, Expected("8934673001014", Symbology.EAN_13)).is_read


def reading(*found: str, expected: tuple[str, ...] | None = (), ms: float | None = 1) -> Reading:
    """A reading of codes whose text and symbology do not matter otherwise."""
    codes = None if expected is None else tuple(Expected(t, Symbology.QR) for t in expected)
    read = tuple(Found(text, Symbology.CODE_128, "strips") for text in found)
    return Reading("a.png", codes, read, None if ms is None else ms / 1000)


def test_scores_count_pictures() -> None:
    """Given right, half-right, wrong and blank pictures, when scored, then each counts once."""
    score = Score(
        (
            reading("A", "B", expected=("A", "B")),
            reading("A", expected=("A", "B")),
            reading("A", "X", "Y", expected=("A",)),
            reading(),
            reading("X"),
            reading(expected=("A",), ms=None),
        )
    )

    assert (score.read, score.wrong, score.blank) == (2, 2, 2)
    assert {kind: len(part.readings) for kind, part in score.by_symbology().items()} == {
        "qr": 4,
        NOTHING: 2,
    }
    assert score.stages == {"strips": 7}


def test_unknown_pictures_are_never_wrong() -> None:
    """Given pictures of which nothing is known, when scored, then any text counts as read."""
    score = Score((reading("X", expected=None), reading(expected=None)))

    assert (score.read, score.wrong, score.blank) == (1, 0, 0)
    assert list(score.by_symbology()) == ["code-128", NOTHING]


def test_milliseconds_leave_out_unreadable_pictures() -> None:
    """Given times of 1 to 9 ms and a torn picture, when scored, then median and p95 are those."""
    score = Score(tuple(reading(ms=ms) for ms in (*range(1, 10), None)))

    assert score.ms(0.5) == pytest.approx(5)
    assert score.ms(0.95) == pytest.approx(8.6)
    assert Score((reading(ms=None),)).ms(0.5) is None


def test_table_has_a_row_for_each_format() -> None:
    """Given a score, when shown, then each format has its share; blank pictures have none."""
    lines = table(Score((reading("A", expected=("A",)), reading("X", expected=("A",)), reading())))

    assert [line.split()[:5] for line in lines] == [
        ["format", "images", "read", "wrong", "ms"],
        ["qr", "2", "1", "50%", "1"],
        ["nothing", "1", "0", "0", "1.0"],
        ["all", "3", "1", "50%", "1"],
    ]


def test_failures_say_what_was_expected() -> None:
    """Given a picture that is right and others, when told, then the others are, and why."""
    score = Score((reading("A", expected=("A",)), reading("X"), reading(expected=("A",))))

    assert failures(score) == [
        "wrong: a.png: X (code-128 by strips)  [1.0 ms]; expected nothing",
        "not read: a.png: nothing  [1.0 ms]; expected A",
    ]


def test_control_characters_are_not_obeyed() -> None:
    """Given a code that would colour the terminal, when shown, then it is spelled out."""
    assert shown("Dế Mèn\x1b[31m\n") == "Dế Mèn\\x1b[31m\\n"
    assert "\x1b" not in listing(reading("\x1b[2J", expected=None))


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Six pictures and a list: four right, one that says something else, one torn."""
    picture(tmp_path / "card.jpg", printed("HS204817", QR))
    picture(tmp_path / "shelf" / "LABEL.PNG", printed("STN.00042", CODE_128))
    picture(tmp_path / "both.png", printed("HS204817", QR), printed("STN.00042", CODE_128))
    picture(tmp_path / "milk.jpeg", printed("0036000291452", EAN_13))
    picture(tmp_path / "desk.png")
    (tmp_path / "torn.jpg").write_bytes(b"torn")
    listed(
        tmp_path,
        HEADER,
        "card.jpg,QR,HS204817",
        "shelf/LABEL.PNG,Code 128,STN.00043",
        "both.png,QR,HS204817",
        "both.png,CODE_128,STN.00042",
        "milk.jpeg,EAN13,036000291452",
        "desk.png,,",
        "torn.jpg,Code39,GV0097",
        encoding="utf-8-sig",
    )
    return tmp_path


def test_json_is_one_object_and_nothing_else(photographs: Path) -> None:
    """Given a folder and a list, when measured for a program, then stdout is one object."""
    picture(photographs / "untold.png", printed("HS204817", QR))

    done = run("--folder", photographs, "--expect", photographs / "list.csv", "--json")

    figures: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert (figures["images"], figures["read"], figures["wrong"]) == (6, 3, 1)
    assert (figures["unreadable"], figures["blank"]) == (1, 1)
    assert 0 < figures["ms_median"] <= figures["ms_p95"]
    assert {kind: part["images"] for kind, part in figures["formats"].items()} == {
        "code-128": 2,
        "code-39": 1,
        "ean-13": 1,
        "qr": 2,
        "nothing": 1,
    }
    assert figures["stages"] == {"qr": 2, "strips": 3}
    assert "torn.jpg: cannot be opened" in done.stderr
    assert "left out: 1" in done.stderr


def test_figures_for_people_say_the_same(photographs: Path) -> None:
    """Given the same folder, when measured for people, then a table and the failures come."""
    done = run("--folder", photographs, "--expect", photographs / "list.csv")

    total = next(row for row in done.stdout.splitlines() if row.startswith("all"))
    assert total.split()[:5] == ["all", "6", "3", "60%", "1"]
    assert "wrong: shelf/LABEL.PNG: STN.00042 (code-128 by strips)" in done.stdout
    assert "not read: torn.jpg: nothing" in done.stdout


def test_folder_without_list_is_told(photographs: Path) -> None:
    """Given only a folder, when read, then each picture's line says what was read."""
    done = run("--folder", photographs)

    assert (done.returncode, done.stderr) == (0, "torn.jpg: cannot be opened as a picture\n")
    assert "milk.jpeg: 0036000291452 (ean-13 by strips)" in done.stdout
    assert "desk.png: nothing" in done.stdout


def test_single_pictures_are_measured(photographs: Path) -> None:
    """Given two pictures by name, when read for a program, then both are counted."""
    done = run("--json", "--image", photographs / "card.jpg", photographs / "desk.png")

    figures: dict[str, Any] = json.loads(done.stdout)
    assert (figures["images"], figures["read"], figures["wrong"]) == (2, 1, 0)
    assert figures["pictures"][0]["found"] == [{"text": "HS204817", "format": "qr", "stage": "qr"}]


def test_budget_may_be_another(photographs: Path) -> None:
    """Given a decoding time, when read, then it is the one that is kept to and reported."""
    done = run("--json", "--budget", "33", "--image", photographs / "card.jpg")

    assert json.loads(done.stdout)["budget_ms"] == 33


@pytest.fixture
def own_log() -> Iterator[None]:
    """Put the log back that the bench sends to stderr."""
    yield
    structlog.reset_defaults()


def status(*words: str | Path) -> int:
    """The exit status of a bench that is asked for something it refuses."""
    try:
        return main([str(word) for word in words])
    except SystemExit as end:  # argparse
        return int(end.code or 0)


@pytest.mark.usefixtures("own_log")
def test_wrong_list_ends_with_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a list with mistakes, when asked for figures, then only its mistakes come."""
    (tmp_path / "a.png").touch()
    path = listed(tmp_path, HEADER, "a.png,aztec,HS204817", "gone.jpg,QR,HS204817")

    assert status("--folder", tmp_path, "--expect", path, "--json") == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert ["row 2" in line for line in told.err.splitlines()] == [True, False]


@pytest.mark.usefixtures("own_log")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["0", "--folder", "."], "a camera, --image or --folder"),
        (["--expect", "list.csv"], "of --folder"),
        (["--image", "gone.png"], "no gone.png"),
        (["--folder", "gone"], "no gone"),
        (["--folder", "."], "no pictures in it"),
        (["--folder", ".", "--seconds", "3"], "for a camera"),
        (["--folder", ".", "--budget", "900"], "frame_budget_ms"),
        (["--ours", "HS("], "HS("),
        (["--settings", "gone.toml"], "gone.toml"),
    ],
)
def test_impossible_wish_ends_with_status_2(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Given words that do not go together, when run, then it is said which, with status 2."""
    monkeypatch.chdir(tmp_path)

    assert status(*words) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert sentence in told.err
