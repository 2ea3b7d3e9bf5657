from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from zxingcpp import BarcodeFormat

from config.settings import ScannerSettings
from db.identifiers import KHO_PREFIXES
from db.identifiers import rank as rank_of_ours
from scanner.decoding import IN_TURNS, Decoder
from scanner.frame import Pixels
from scanner.scan import Barcode, Symbology
from scanner.simulated import FilmCamera, Showing
from scanner.stages import Look, read_whole
from scanner.steady import FIRST
from scanner.stripes import find_stripes
from scanner.symbols import linear_codes
from tests.printed import coloured, framed, in_frame, printed, rank, turned

CODE_128, CODE_39 = BarcodeFormat.Code128, BarcodeFormat.Code39
EAN_13, QR = BarcodeFormat.EAN13, BarcodeFormat.QRCode
BLANK = in_frame()


def decoder(now: Callable[[], float] = lambda: 0.0, pyzbar: bool = True) -> Decoder:
    return Decoder(ScannerSettings(pyzbar=pyzbar), lambda text: rank(text) == 2, now)


def blurred(frame: Pixels, sigma_px: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), sigma_px), np.uint8)


def texts(barcodes: tuple[Barcode, ...]) -> set[str]:
    return {barcode.text for barcode in barcodes}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 90), st.integers(0, 130), st.integers(0, 2**32), st.booleans())
def test_any_picture_is_survived(height: int, width: int, seed: int, turn: bool) -> None:
    """Given any bytes of any size, when decoded, then nothing is raised."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)

    assert isinstance(decoder().decode(pixels.T if turn else pixels), tuple)


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=40))
def test_any_qr_payload_is_survived(payload: bytes) -> None:
    """Given a QR code of any bytes, when decoded, then it is one text or none."""
    code = np.array(zxingcpp.create_barcode(payload, QR).to_image(scale=4))

    assert len(decoder().decode(framed(code.astype(np.uint8), 30))) <= 1


@pytest.mark.parametrize("degrees", [0, 17, 45, 90, 180, 250])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("HS204817", QR),
        ("HS204817", CODE_128),
        ("STN.00042", CODE_128),
        ("TS:XONG", CODE_128),
        ("9786040000002", EAN_13),
        ("99406453", CODE_128),
        ("STN.00042", BarcodeFormat.Code39),
    ],
)
def test_code_is_read_at_any_angle(text: str, kind: BarcodeFormat, degrees: float) -> None:
    """Given a printed code turned by any angle, when decoded, then its text alone is found."""
    frame = in_frame(turned(printed(text, kind), degrees))

    assert {text} == texts(decoder().decode(frame))


OUR_TEXTS = st.from_regex(
    rf"(HS[0-9]{{6}}|GV[0-9]{{4}}|({'|'.join(KHO_PREFIXES)})[.][0-9]{{4,6}})", fullmatch=True
)


@settings(max_examples=40, deadline=None)
@given(OUR_TEXTS, st.sampled_from([QR, CODE_128, CODE_39]), st.integers(0, 359), st.integers(2, 3))
def test_any_label_survives_print_and_frame(
    text: str, kind: BarcodeFormat, degrees: int, module_px: int
) -> None:
    """Given any text of ours printed in any kind and turned, when decoded, then it alone."""
    frame = in_frame(turned(printed(text, kind, module_px), degrees), seed=degrees)
    reader = Decoder(ScannerSettings(), lambda text: rank_of_ours(text) == FIRST, lambda: 0.0)

    assert {text} == texts(reader.decode(frame))


@pytest.mark.parametrize(
    ("text", "kind", "degrees"),
    [
        ("HS204817", QR, 45),
        ("TS:XONG", QR, 120),
        ("STN.00042", CODE_128, 0),
        ("STN.00042", CODE_128, 45),
        ("HS204817", CODE_128, 120),
        ("9786040000002", EAN_13, 45),
    ],
)
def test_filmed_code_is_read(text: str, kind: BarcodeFormat, degrees: float) -> None:
    """Given a print in an unsteady hand, when filmed, then most held frames give its text."""
    paper = framed(turned(printed(text, kind, module_px=4), degrees), 60)
    width_mm = paper.shape[1] / 4 * 0.45  # modules of 0.45 mm
    film = FilmCamera(iter([Showing(coloured(paper), width_mm, 0.5, seed=3)]), 12, pace=0)

    reader = decoder()
    read = [texts(reader.decode(frame.pixels.min(axis=2))) for frame in film.frames()]

    assert sum(found == {text} for found in read) >= 5
    assert all(found <= {text} for found in read)


def test_filmed_room_has_no_stripes() -> None:
    """Given the library behind the film, when searched, then it looks like no bar code."""
    film = FilmCamera(iter([Showing(coloured(BLANK[:20, :20]), 5, 0.0)]), 15, pace=0)

    assert find_stripes(next(film.frames()).pixels.min(axis=2)) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12345670", BarcodeFormat.EAN8),
        ("01234565", BarcodeFormat.UPCE),
        ("96563396", BarcodeFormat.ITF),
        ("A1234B", BarcodeFormat.Codabar),
        ("S65", BarcodeFormat.Code39),
        ("STN.00042", BarcodeFormat.Code93),
    ],
)
def test_other_symbologies_are_ignored(text: str, kind: BarcodeFormat) -> None:
    """Given a code of a kind we do not print, or a piece of one, when decoded, then nothing."""
    assert decoder().decode(in_frame(printed(text, kind))) == ()


@pytest.mark.parametrize("kind", [BarcodeFormat.MicroQRCode, BarcodeFormat.RMQRCode])
def test_kin_of_qr_is_ignored(kind: BarcodeFormat) -> None:
    """Given a small kin of QR, which zxing-cpp finds as well, when decoded, then nothing."""
    code = np.array(zxingcpp.create_barcode("HS204817", kind).to_image(scale=6)).astype(np.uint8)

    assert decoder().decode(in_frame(framed(code, 40))) == ()


def test_letters_beyond_ascii_are_ignored() -> None:
    """Given a linear code with accented letters, when decoded, then nothing is found."""
    assert decoder().decode(in_frame(printed("óóóó1234", CODE_128))) == ()


@pytest.mark.parametrize("module_px", [2, 3, 4, 5])
def test_perfect_picture_gives_one_text(module_px: int) -> None:
    """Given a perfect Code 128 that down-scaling misreads, when decoded, then only its text."""
    frame = in_frame(printed("LIB8566445", CODE_128, module_px), noise=0)

    assert {"LIB8566445"} == texts(decoder().decode(frame))


def test_card_and_book_together_are_two_codes() -> None:
    """Given a card with a QR code beside a label of stripes, when decoded, then both are told."""
    card, label = printed("HS204817", QR, 5), printed("STN.00042", BarcodeFormat.Code128, 3)

    assert texts(decoder().decode(in_frame(card, label))) == {"HS204817", "STN.00042"}


def test_foreign_code_is_told() -> None:
    """Given only a bookshop's code, when decoded, then it is found, after all stages."""
    (barcode,) = decoder().decode(in_frame(printed("4006381333931", EAN_13)))

    assert (barcode.text, barcode.symbology) == ("4006381333931", Symbology.EAN_13)


@pytest.mark.parametrize("kind", [QR, CODE_128])
def test_label_is_found_beside_isbn(kind: BarcodeFormat) -> None:
    """Given a label beside the publisher's code, when decoded, then the label is found."""
    frame = in_frame(printed("9786040000002", EAN_13), printed("STN.00042", kind))

    assert "STN.00042" in texts(decoder().decode(frame))


@pytest.mark.parametrize("kind", [QR, CODE_128])
@pytest.mark.parametrize("degrees", [0, 45, 180])
def test_corners_lie_on_the_code(kind: BarcodeFormat, degrees: float) -> None:
    """Given a code turned about the frame's middle, when decoded, then its corners turned too."""
    picture = turned(printed("STN.00042", kind), degrees)
    (barcode,) = decoder().decode(in_frame(picture))

    upper_left, _, lower_right, _ = barcode.corners
    middle = ((upper_left.x + lower_right.x) / 2, (upper_left.y + lower_right.y) / 2)
    diagonal = np.arctan2(upper_left.y - lower_right.y, upper_left.x - lower_right.x)
    slope = {QR: 45.0, CODE_128: np.degrees(np.arctan2(120, 3 * 112))}[kind]
    off = (np.degrees(diagonal) + 180 - slope + degrees + 180) % 360 - 180
    assert np.hypot(middle[0] - 640, middle[1] - 360) < 12
    assert abs(off) < 6


def test_still_room_is_seldom_searched() -> None:
    """Given nothing moves and nothing is read, when 32 frames pass, then few are searched."""
    asked: list[int] = []

    def now() -> float:
        asked.append(frame_number)
        return 0.0

    eyes = decoder(now, pyzbar=False)
    for frame_number in range(32):
        eyes.decode(in_frame(seed=frame_number))

    assert {*range(9), 16, 24} == set(asked)


def test_code_held_still_stays_in_sight() -> None:
    """Given a card lying still, when many frames pass, then every one of them gives its text."""
    eyes = decoder()
    card = printed("HS204817", QR)

    assert all(texts(eyes.decode(in_frame(card, seed=seed))) == {"HS204817"} for seed in range(20))


def test_code_after_stillness_is_read_at_once() -> None:
    """Given a room long still, when a card appears, then its first frame is read."""
    eyes = decoder()
    for _ in range(20):
        eyes.decode(BLANK)

    assert {"HS204817"} == texts(eyes.decode(in_frame(printed("HS204817", QR))))


def test_late_stages_take_turns() -> None:
    """Given a board too slow for all stages, when frames pass, then each stage has its turn."""
    clock = iter(range(1000))
    eyes = decoder(lambda: float(next(clock)))  # every stage takes a second
    tiny = printed("STN.00042", CODE_128, module_px=2, bars_px=6)  # not enough cells for stripes

    read = [texts(eyes.decode(in_frame(tiny, noise=4, seed=seed))) for seed in range(len(IN_TURNS))]

    assert IN_TURNS.index(read_whole) == read.index({"STN.00042"})
    assert set() == read[0]


def test_pyzbar_is_the_last_chance() -> None:
    """Given a bookshop's code with a pen line across, when pyzbar is allowed, then it is read."""
    inked = printed("9786040000002", EAN_13, module_px=4)
    inked[:, 166:172] = 20

    assert [set(), {"9786040000002"}] == [
        texts(decoder(pyzbar=allowed).decode(in_frame(inked, noise=2))) for allowed in (False, True)
    ]


def test_stages_tell_what_they_found() -> None:
    """Given an observer, when frames are decoded, then each tried stage tells time and texts."""
    told: list[tuple[str, float, tuple[str, ...]]] = []
    eyes = Decoder(
        ScannerSettings(),
        lambda text: rank(text) == 2,
        lambda: float(len(told)),
        lambda *stage: told.append(stage),
    )

    eyes.decode(in_frame(printed("HS204817", QR), printed("STN.00042", CODE_128)))
    eyes.decode(np.zeros((9, 9), np.uint8))  # too small to be looked at

    assert told == [("qr", 0.0, ("HS204817",)), ("strips", 0.0, ("STN.00042",))]


def test_pyzbar_tells_what_it_found() -> None:
    """Given a code that only pyzbar reads, when observed, then the stage has its name."""
    told: list[tuple[str, tuple[str, ...]]] = []
    eyes = Decoder(
        ScannerSettings(),
        lambda text: rank(text) == 2,
        lambda: 0.0,
        lambda name, _, texts: told.append((name, texts)),
    )
    inked = printed("9786040000002", EAN_13, module_px=4)
    inked[:, 166:172] = 20

    eyes.decode(in_frame(inked, noise=2))

    assert told[-1] == ("pyzbar", ("9786040000002",))


def test_every_number_is_read_from_code_39() -> None:
    """Given teachers' cards in Code 39, when some look like a pharmacy's, then all are read."""
    numbers = [f"GV{number:04d}" for number in range(0, 2000, 97)]
    frames = [in_frame(printed(text, BarcodeFormat.Code39)) for text in numbers]

    assert [{text} for text in numbers] == [texts(decoder().decode(frame)) for frame in frames]


@pytest.mark.parametrize("sigma_modules", [0.5, 0.6, 0.7])
@pytest.mark.parametrize(
    ("text", "kind"),
    [("HS204817", CODE_128), ("9786040000002", EAN_13), ("STN.00042", BarcodeFormat.Code39)],
)
def test_bars_out_of_focus_are_read(text: str, kind: BarcodeFormat, sigma_modules: float) -> None:
    """Given bars blurred until narrow ones are grey, when decoded, then their text alone."""
    frame = in_frame(turned(printed(text, kind), 30), noise=2)

    assert {text} == texts(decoder().decode(blurred(frame, 3 * sigma_modules)))


@pytest.mark.parametrize("moved_modules", [1, 2, 3, 5])
def test_moving_bars_are_read(moved_modules: int) -> None:
    """Given bars that moved by several of their widths, when decoded, then their text alone."""
    frame = in_frame(printed("HS204817", CODE_128), noise=2)
    moved = np.asarray(cv2.blur(frame, (3 * moved_modules, 1)), np.uint8)

    assert {"HS204817"} == texts(decoder().decode(moved))


@pytest.mark.parametrize("sigma_px", [1.0, 1.5, 2.0])
def test_square_out_of_focus_is_read(sigma_px: float) -> None:
    """Given a blurred QR code, when some frames pass, then it was read, and nothing else."""
    eyes = decoder()
    frames = [blurred(in_frame(printed("HS204817", QR), seed=seed), sigma_px) for seed in range(3)]

    assert {"HS204817"} == set().union(*(texts(eyes.decode(frame)) for frame in frames))


@pytest.mark.parametrize("way", [(9, 1), (1, 13)])
def test_moving_square_is_read(way: tuple[int, int]) -> None:
    """Given a QR code that moved by several modules, when some frames pass, then it was read."""
    eyes = decoder()
    frames = [in_frame(printed("HS204817", QR), noise=2, seed=seed) for seed in range(3)]
    read = [texts(eyes.decode(np.asarray(cv2.blur(frame, way), np.uint8))) for frame in frames]

    assert {"HS204817"} == set().union(*read)


def test_blank_things_say_nothing() -> None:
    """Given patterns with many edges but no code, when decoded, then no text comes of them."""
    columns = np.arange(1280)
    for pitch in (3, 7, 16):
        even = np.where(columns // pitch % 2, 40, 220).astype(np.uint8)
        assert decoder().decode(np.repeat(even[None], 720, axis=0)) == ()
    checks = np.kron(np.indices((45, 80)).sum(axis=0) % 2, np.ones((16, 16))) * 200
    assert decoder().decode(checks.astype(np.uint8)) == ()


def test_grocers_code_beside_a_book_is_a_misread() -> None:
    """Given a frame with an EAN-13 of no book, when whole, then it counts only on its own."""
    grocers = in_frame(printed("8934563138165", BarcodeFormat.EAN13))
    alone, beside = Look(grocers), Look(grocers)
    beside.add(linear_codes(in_frame(printed("9786042088183", BarcodeFormat.EAN13))))
    for look in (alone, beside):
        read_whole(look)

    assert set(alone.found) == {"8934563138165"}
    assert set(beside.found) == {"9786042088183"}
