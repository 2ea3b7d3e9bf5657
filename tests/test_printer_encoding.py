from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps

from benchmarks.escpos_peer import escpos_bytes
from config.settings import PrinterSettings
from printer.encoding import Band, cut_to_size, encode
from printer.layout import lay_out
from printer.raster import draw
from printer.samples import LOAN
from printer.simulated import UnknownCommand, decode

REAL_TIME = re.compile(rb"\x10[\x04\x05\x14]")
BAND = re.compile(rb"\x1dv0\x00(..)(..)", re.DOTALL)

_rows = st.one_of(
    st.just(bytes(6)),
    st.lists(
        st.sampled_from([0x00, 0x04, 0x05, 0x10, 0x14, 0x18, 0xFF]), min_size=6, max_size=6
    ).map(bytes),
)


def picture_of(ink: bytes, width: int) -> Image.Image:
    """Make a picture from rows in which a set bit is ink."""
    return ImageOps.invert(Image.frombytes("1", (width, len(ink) * 8 // width), ink))


pictures = st.lists(
    st.tuples(_rows, st.integers(1, 60)).map(lambda pair: pair[0] * pair[1]),
    min_size=1,
    max_size=8,
).map(lambda parts: picture_of(b"".join(parts), 48))


def encoded(picture: Image.Image, **wishes: Any) -> bytes:
    return b"".join(encode(picture, PrinterSettings(**wishes)))


@given(pictures)
@settings(max_examples=150, deadline=None)
def test_bytes_print_the_same_dots(picture: Image.Image) -> None:
    """Given any picture, when encoded and interpreted, then paper shows it, a dot more at most."""
    paper = decode(encoded(picture))

    assert paper.height == picture.height + PrinterSettings().feed_rows
    printed = Image.new("1", picture.size, 255)
    printed.paste(paper.crop((0, 0, min(paper.width, picture.width), picture.height)), (0, 0))
    look_alikes = len(REAL_TIME.findall(ImageOps.invert(picture).tobytes()))
    changed = ImageChops.logical_xor(picture, printed)
    assert ImageChops.logical_and(picture, printed).tobytes() == printed.tobytes()
    assert changed.histogram()[255] <= max(look_alikes, picture.height)
    assert look_alikes or changed.histogram()[255] <= picture.height


@given(pictures, st.integers(8, 255))
@settings(max_examples=150, deadline=None)
def test_no_real_time_command_leaves(picture: Image.Image, tallest: int) -> None:
    """Given dots that look like a real-time command, when encoded, then no byte pair is one."""
    assert REAL_TIME.search(encoded(picture, band_rows=tallest)) is None


def test_look_alike_over_a_row_end_is_mended() -> None:
    """Given 10 at the end of a row and 04 at the start of the next, when encoded, then mended."""
    data = encoded(picture_of(b"\xff\x10\x04\xff", 16))

    assert b"\xff\x18\x04\xff" in data


@given(st.integers(1, 3000), st.integers(8, 255))
def test_bands_are_short_and_lucky(rows: int, tallest: int) -> None:
    """Given any number of rows, when cut, then no band is too tall or a multiple of 48."""
    parts = list(cut_to_size(Band(0, rows, 48), tallest))

    assert rows == sum(part.rows for part in parts)
    assert all(0 < part.rows <= tallest and part.rows % 48 for part in parts)
    assert [part.top for part in parts[1:]] == [part.bottom for part in parts[:-1]]


@pytest.mark.parametrize("rows", [1, 47, 48, 96, 240, 255, 256, 303, 960])
def test_headers_say_what_follows(rows: int) -> None:
    """Given a black picture, when encoded, then each band's header holds its true size."""
    data = encoded(picture_of(b"\xff" * 6 * rows, 48))

    heights = [int.from_bytes(height, "little") for _, height in BAND.findall(data)]
    assert sum(heights) == rows
    assert {width for width, _ in BAND.findall(data)} == {b"\x06\x00"}
    assert all(height <= 255 and height % 48 for height in heights)


def test_job_begins_clean_and_ends_cut() -> None:
    """Given a picture, when encoded, then the bytes are exactly those of the manual."""
    data = encoded(picture_of(b"\x81\xff" + b"\0\0" * 20 + b"\xff\x81", 16))

    expected = (
        "1b 401d 76 30 00 02 00 01 00 81 ff1b 4a 141d 76 30 00 02 00 01 00 ff 811b 4a 501d 56 42 00"
    )
    assert data == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("cutter", "end"),
    [
        ("none", "1b 4a 50"),
        ("gs-v-0", "1b 4a 50 1d 56 00"),
        ("gs-v-1", "1b 4a 50 1d 56 01"),
        ("esc-i", "1b 4a 50 1b 69"),
        ("esc-m", "1b 4a 50 1b 6d"),
    ],
)
def test_each_cutter_has_its_command(cutter: str, end: str) -> None:
    """Given each kind of cutter, when encoded, then the slip ends in its command, no drawer's."""
    data = encoded(picture_of(b"\xff", 8), cutter=cutter)

    assert data.endswith(bytes.fromhex(end))
    assert b"\x1bp" not in data


def test_long_blank_is_fed_in_parts() -> None:
    """Given 600 blank rows, when encoded, then ESC J is repeated, as it counts to 255."""
    data = encoded(picture_of(b"\xff" + bytes(600) + b"\xff", 8))

    assert bytes.fromhex("1b 4a ff 1b 4a ff 1b 4a 5a") in data


def test_bands_are_no_wider_than_ink() -> None:
    """Given a wide and a narrow line close together, when encoded, then each has its own band."""
    rows = (b"\xff" * 40 + b"\0" * 8) * 5 + bytes(48) * 4 + (b"\xff" + bytes(47)) * 5
    data = encoded(picture_of(rows, 384))

    assert [width for width, _ in BAND.findall(data)] == [b"\x28\x00", b"\x01\x00"]


def test_narrow_gap_costs_no_second_band() -> None:
    """Given two narrow lines a row apart, when encoded, then they are one band."""
    data = encoded(picture_of(b"\xff" + bytes(1) + b"\xff", 8))

    assert len(BAND.findall(data)) == 1


def test_slip_is_a_quarter_smaller_than_escpos() -> None:
    """Given a slip, when python-escpos encodes it too, then paper is the same and ours is less."""
    picture = draw(lay_out(LOAN, 384))
    peer = escpos_bytes(picture)

    ours = decode(encoded(picture, feed_rows=0))

    assert ours.crop((0, 0, *picture.size)).tobytes() == picture.tobytes()
    assert decode(peer).crop((0, 0, *picture.size)).tobytes() == picture.tobytes()
    assert len(encoded(picture)) <= 0.75 * len(peer)


@pytest.mark.parametrize("picture", [Image.new("L", (8, 8)), Image.new("1", (12, 8))])
def test_unprintable_picture_is_loud(picture: Image.Image) -> None:
    """Given a grey or an odd picture, when encoded, then our mistake is raised."""
    with pytest.raises(ValueError, match="cannot print"):
        encode(picture)


@pytest.mark.parametrize(
    "data",
    [
        "1b 40",
        "1b 40 41",
        "1b 40 1d 76 30 00 02 00 02 00 ff ff 1d 56 42 00",
        "1b 40 1d 56 42 00 1b",
        "1b 4a",
        "1d 76 30 00 01",
    ],
)
def test_interpreter_refuses_what_is_wrong(data: str) -> None:
    """Given bytes that are cut short or foreign, when interpreted, then they are refused."""
    with pytest.raises(UnknownCommand):
        decode(bytes.fromhex(data))
