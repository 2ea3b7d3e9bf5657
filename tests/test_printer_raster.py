from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pyzbar import pyzbar

from printer.devices import FileDevice
from printer.encoding import encode
from printer.layout import lay_out
from printer.raster import draw
from printer.samples import LOAN, SLIPS
from printer.simulated import decode
from printer.typeface import Face, Style
from tests.slips import GOLDEN, described

FOLDER = Path(__file__).with_name("golden")
WIDTHS = (384, 512, 576)
WITH_BYTES = set(SLIPS)
"""Slips whose bytes are kept too; the extreme ones would only show the same commands again."""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", GOLDEN)
def test_slip_looks_as_agreed(name: str, width: int, pytestconfig: pytest.Config) -> None:
    """Given a known slip, when drawn, then text, picture and bytes are those kept in golden/."""
    page = lay_out(GOLDEN[name], width)
    picture = draw(page)
    text, data = described(page), b"".join(encode(picture))
    at = FOLDER / f"{name}-{width}"
    if pytestconfig.getoption("--golden-update"):
        _keep(at, text, picture, data)

    assert at.with_suffix(".txt").read_text("utf-8") == text
    with Image.open(at.with_suffix(".png")) as kept:
        assert kept.convert("1").tobytes() == picture.tobytes()
    if name in WITH_BYTES:
        assert at.with_suffix(".bin").read_bytes() == data


def test_no_golden_file_is_left_over() -> None:
    """Given the golden folder, when listed, then each file belongs to a slip that is tested."""
    names = {f"{name}-{width}" for name in GOLDEN for width in WIDTHS}

    assert {file.stem for file in FOLDER.iterdir()} == names


@pytest.mark.parametrize("width", WIDTHS)
def test_slip_number_reads_back(width: int, tmp_path: Path) -> None:
    """Given a slip on paper, when its QR code is read, then two readers find its number."""
    picture = draw(lay_out(LOAN, width))
    FileDevice(tmp_path).deliver("slip", encode(picture), picture)

    with Image.open(tmp_path / "slip.png") as paper:
        seen = zxingcpp.read_barcodes(paper)
        zbar_seen = pyzbar.decode(paper)

    assert [LOAN.slip_number] == [code.text for code in seen]
    assert [LOAN.slip_number.encode()] == [code.data for code in zbar_seen]


def test_picture_is_only_black_and_white() -> None:
    """Given a slip, when drawn, then it has one bit a dot and more paper than ink."""
    picture = draw(lay_out(LOAN, 384))

    black, white = picture.histogram()[0], picture.histogram()[255]
    assert picture.mode == "1"
    assert 0 < black < white / 3


def test_printed_bytes_show_the_picture() -> None:
    """Given a slip's bytes, when an interpreter prints them, then it prints the same dots."""
    picture = draw(lay_out(LOAN, 576))

    paper = decode(b"".join(encode(picture)))

    assert paper.crop((0, 0, *picture.size)).tobytes() == picture.tobytes()


def test_letters_are_drawn_once() -> None:
    """Given a letter that comes again, when drawn, then it is the very dots of the first time."""
    style = Style(Face.SEMIBOLD, 22)
    first, second = (glyph for _, glyph in style.glyphs("ẫẫ"))

    assert first is second


def _keep(at: Path, text: str, picture: Image.Image, data: bytes) -> None:
    FOLDER.mkdir(exist_ok=True)
    at.with_suffix(".txt").write_text(text, "utf-8")
    picture.save(at.with_suffix(".png"), optimize=True)
    if at.name.rsplit("-", 1)[0] in WITH_BYTES:
        at.with_suffix(".bin").write_bytes(data)


def test_sign_without_a_letter_is_a_box() -> None:
    """Given signs that the family lacks, when drawn, then each shows; a space stays empty."""
    style = Style(Face.BOLD, 26)
    unknown = [glyph for _, glyph in style.glyphs("書Ω№")]

    assert all(glyph.dots is not None and glyph.dots.getbbox() for glyph in unknown)
    assert style.ink_px(" \u00a0") == (0, 0)
