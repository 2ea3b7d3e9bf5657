from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps

from printer.encoding import FEED_ROWS, band_rows, encode, stripes, without_look_alikes
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


@given(pictures)
@settings(max_examples=150, deadline=None)
def test_bytes_print_the_same_dots(picture: Image.Image) -> None:
    """Given any picture, when encoded and interpreted, then paper shows it and a blank feed."""
    safe = without_look_alikes(picture)

    paper = decode(encode(picture))

    assert paper.height == safe.height + FEED_ROWS
    if safe.convert("L").getextrema() != (255, 255):
        assert safe.tobytes() == paper.crop((0, 0, *safe.size)).tobytes()
    assert paper.crop((0, safe.height, *paper.size)).convert("L").getextrema() == (255, 255)


@given(pictures)
@settings(max_examples=150, deadline=None)
def test_no_real_time_command_leaves(picture: Image.Image) -> None:
    """Given dots that look like a real-time command, when encoded, then no byte pair is one."""
    assert REAL_TIME.search(encode(picture)) is None


@given(pictures)
@settings(max_examples=100, deadline=None)
def test_mending_only_adds_a_dot_each(picture: Image.Image) -> None:
    """Given a picture, when mended, then one dot darkens for each look-alike and none fades."""
    safe = without_look_alikes(picture)

    look_alikes = len(REAL_TIME.findall(ImageOps.invert(picture).tobytes()))
    changed = ImageChops.logical_xor(picture, safe)
    assert changed.histogram()[255] == look_alikes
    assert ImageChops.logical_and(picture, safe).tobytes() == safe.tobytes()


def test_look_alike_over_a_row_end_is_mended() -> None:
    """Given 10 at the end of a row and 04 at the start of the next, when encoded, then mended."""
    data = encode(picture_of(b"\xff\x10\x04\xff", 16))

    assert b"\xff\x18\x04\xff" in data


@given(st.integers(0, 3000))
def test_bands_are_short_and_lucky(rows: int) -> None:
    """Given any number of rows, when shared out, then no band is over 255 or a multiple of 48."""
    shared = list(band_rows(rows))

    assert rows == sum(shared)
    assert all(0 < band <= 255 and band % 48 for band in shared)


@pytest.mark.parametrize("rows", [1, 47, 48, 96, 240, 255, 256, 303, 960])
def test_headers_say_what_follows(rows: int) -> None:
    """Given a black picture, when encoded, then each band's header holds its true size."""
    data = encode(picture_of(b"\xff" * 6 * rows, 48))

    heights = [int.from_bytes(height, "little") for _, height in BAND.findall(data)]
    assert sum(heights) == rows
    assert {width for width, _ in BAND.findall(data)} == {b"\x06\x00"}
    assert all(height <= 255 and height % 48 for height in heights)


def test_job_begins_clean_and_ends_cut() -> None:
    """Given a picture, when encoded, then the bytes are exactly those of the manual."""
    data = encode(picture_of(b"\x81\xff" + b"\0\0" * 20 + b"\xff\x81", 16))

    expected = (
        "1b 401d 76 30 00 02 00 01 00 81 ff1b 4a 141d 76 30 00 02 00 01 00 ff 811b 4a 501d 56 42 00"
    )
    assert data == bytes.fromhex(expected)


def test_long_blank_is_fed_in_parts() -> None:
    """Given 600 blank rows, when encoded, then ESC J is repeated, as it counts to 255."""
    data = encode(picture_of(b"\xff" + bytes(600) + b"\xff", 8))

    assert bytes.fromhex("1b 4a ff 1b 4a ff 1b 4a 5a") in data


def test_short_gaps_stay_in_the_image() -> None:
    """Given 11 blank rows between ink, when split, then they are part of one stripe."""
    picture = picture_of(b"\xff" + bytes(11) + b"\xff" + bytes(12), 8)

    assert list(stripes(picture)) == [(True, 0, 13), (False, 13, 25)]


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
        "1b 40 1d 56 42 00 00",
        "1b 4a",
        "1d 76 30 00 01",
    ],
)
def test_interpreter_refuses_what_is_wrong(data: str) -> None:
    """Given bytes that are cut short or foreign, when interpreted, then they are refused."""
    with pytest.raises(UnknownCommand):
        decode(bytes.fromhex(data))


def test_nothing_is_left_in_temporary_folders(tmp_path: Path) -> None:
    """Given a fresh process, when a slip is encoded, then no file remains of the libraries."""
    program = (
        "from PIL import Image; from printer.encoding import encode; encode(Image.new('1', (8, 8)))"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    environment.pop("ESCPOS_CAPABILITIES_PICKLE_DIR", None)

    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )

    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert list(tmp_path.iterdir()) == []
