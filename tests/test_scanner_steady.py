from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import ScannerSettings
from db import identifiers
from scanner.scan import Barcode, Point, Scan, Symbology, TwoCodes
from scanner.steady import Steady
from tests.printed import rank

FPS = 15
NOWHERE = (Point(0, 0),) * 4
CARD, OTHER, LABEL, ISBN, FOREIGN = "HS204817", "HS300003", "STN.00042", "9786040000002", "ad.vn"
"""What letters stand for below: C, D, L, I, X; a dot is a frame without a code."""
LETTERS = {"C": CARD, "D": OTHER, "L": LABEL, "I": ISBN, "X": FOREIGN}


def events(film: str, agreeing_reads: int = 2) -> list[str]:
    """Play a film: frames part with blanks, letters within a frame are seen at once."""
    steady = Steady(ScannerSettings(agreeing_reads=agreeing_reads), rank)
    names = {text: letter for letter, text in LETTERS.items()}
    told = []
    for number, frame in enumerate(film.split()):
        seen = [LETTERS[letter] for letter in frame if letter != "."]
        event = steady.see(tuple(barcode(text) for text in seen), number / FPS)
        if event is not None:
            told.append(names[event.text] if isinstance(event, Scan) else "two")
    return told


def barcode(text: str) -> Barcode:
    a, b, c, d = NOWHERE
    return Barcode(text, Symbology.QR, (a, b, c, d))


@pytest.mark.parametrize(
    ("what", "film", "told"),
    [
        ("one read proves nothing", "C . . .", []),
        ("two equal reads are believed", "C C", ["C"]),
        ("a frame in between may be blurred", "C . . C", ["C"]),
        ("reads too far apart do not agree", "C " + ". " * 16 + "C", []),
        ("held still is one showing", "C " * 90, ["C"]),
        ("single frames drop out", "C C . C . . C C . C " * 9, ["C"]),
        ("out of sight for a second is not enough", "C C " + ". " * 15 + "C C", ["C"]),
        ("shown anew after a pause", "C C " + ". " * 24 + "C C", ["C", "C"]),
        ("one after the other", "C C . D D . L L", ["C", "D", "L"]),
        ("a misread in between costs a second", "C D " + "C " * 18, ["C"]),
        ("a misread afterwards", "C C D C C C C", ["C"]),
        ("two at once", "CD CD CD CD", ["two"]),
        ("two at once, one frame only", "CD . . .", []),
        ("two at once, one dropping out", "CD C CD C C D D CD", ["two"]),
        ("two in turns", "C D " * 45, ["two"]),
        ("two at once again later", "CD CD " + ". " * 24 + "CD CD", ["two", "two"]),
        ("one of two is taken away", "CD CD " + "C " * 18, ["two", "C"]),
        ("a second joins a believed one", "C C CL CL CL CL C C C", ["C", "two"]),
        ("an ISBN alone is told", "I I I I", ["I"]),
        ("an ISBN waits longer than a label", "I I I", []),
        ("a label beside an ISBN", "IL IL IL", ["L"]),
        ("a label read a little later", "I I I IL I L I I I I I I", ["L"]),
        ("an ISBN after the label is gone", "L L " + ". " * 24 + "I I I I", ["L", "I"]),
        ("a foreign code needs five reads", "X X X X", []),
        ("a foreign code is told once", "X " * 40, ["X"]),
        ("a foreign code beside ours", "CX CX CX CX CX CX", ["C"]),
        ("two foreign codes", "XI XI XI XI XI", ["I"]),
    ],
)
def test_film_gives_its_events(what: str, film: str, told: list[str]) -> None:
    """Given a film of codes, when watched, then exactly its events are told."""
    assert told == events(film), what


def test_more_reads_may_be_asked() -> None:
    """Given five agreeing reads are asked, when four are seen, then the code is not believed."""
    assert events("C C C C", agreeing_reads=5) == []
    assert events("C C C C C", agreeing_reads=5) == ["C"]


def test_blurred_digits_never_agree() -> None:
    """Given misreads that differ from frame to frame, when watched, then none is believed."""
    steady = Steady(ScannerSettings(), rank)
    misreads = ["9784418434374", "9184478434374", "3117980017878", "9785386778804", "5030159003930"]

    assert not any(
        isinstance(steady.see((barcode(text),), n / FPS), Scan) for n, text in enumerate(misreads)
    )


def test_believed_code_is_known() -> None:
    """Given a card is believed, when it stays out of sight, then it is forgotten."""
    steady = Steady(ScannerSettings(), rank)
    steady.see((barcode(CARD),), 0.0)
    steady.see((barcode(CARD),), 0.1)
    assert steady.believes(CARD)

    steady.see((), 1.7)
    assert not steady.believes(CARD)


@given(st.lists(st.sets(st.sampled_from("CDLIX"), max_size=3), max_size=120))
def test_nothing_chatters(frames: list[set[str]]) -> None:
    """Given any codes in any order, when watched, then none is told twice within its pause."""
    settings = ScannerSettings()
    steady = Steady(settings, rank)
    told: dict[str, float] = {}
    for number, letters in enumerate(frames):
        at = number / FPS
        event = steady.see(tuple(barcode(LETTERS[letter]) for letter in sorted(letters)), at)
        if event is not None:
            key = "two" if isinstance(event, TwoCodes) else event.text
            assert at - told.get(key, -9) > settings.forget_after_s
            told[key] = at


@pytest.mark.parametrize(
    ("shown", "misread"),
    [
        ("9784418434374", "9184478434374"),  # digits of an EAN-13 in blur, check digit right
        ("3171920011272", "3117980017878"),
        ("9785326718204", "9785386778804"),  # the same, the book's prefix left as it is
        ("9788037182777", "9788037182111"),
        ("9783763397143", "0704703391143"),  # left half wrong
        ("9789581735457", "0178100009589"),  # taken for a UPC-E
        ("ST-339539", "96563396"),  # Interleaved 2 of 5 inside another code
        ("S6527542", "S65"),  # Code 39 cut short
        ("B55596048", "B,*[\\P"),  # Code 128 changed, its check digit right
        ("35663376561450", "02313376561450"),
        ("LIB8566445", "%IB856605z"),  # a second Code 128 on a perfect picture
        ("73803029", "30342125"),  # an EAN-8 invented
        ("óóóó1234", "ssss1234"),  # letters beyond ASCII
    ],
)
def test_repeated_misread_is_not_believed(shown: str, misread: str) -> None:
    """Given a misread of a known kind twice in one second, when watched, then it is not believed.

    The library's real ranks are used. Source: decoding measurements, 4.
    """
    steady = Steady(ScannerSettings(), identifiers.rank)
    seen = [shown, misread, misread, shown, shown, misread, misread, shown]
    events_told = [steady.see((barcode(text),), n / FPS) for n, text in enumerate(seen)]

    assert not any(isinstance(told, Scan) and told.text == misread for told in events_told)


def test_two_texts_in_a_frame_prove_nothing() -> None:
    """Given a misread beside the true text in every frame, when watched, then none is believed."""
    assert events("CD " * 20) == ["two"]
