from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from zxingcpp import BarcodeFormat

from benchmarks.conditions import CONDITIONS, Condition
from benchmarks.papers import own_text
from benchmarks.peers import well_known
from benchmarks.photographs import photographs, texts_beside, turned_by
from benchmarks.presentations import FRAMES, film, present, present_blank
from benchmarks.reading import Tally
from benchmarks.worn import SYMBOLOGIES, WEARS, pictures
from benchmarks.worn import run as worn_out
from db.identifiers import rank
from scanner.scan import Symbology
from scanner.symbols import linear_codes
from tests.printed import coloured, in_frame, printed

EASY = CONDITIONS[0]


def by_name(name: str) -> Condition:
    return next(condition for condition in CONDITIONS if condition.name == name)


def run(*words: str) -> dict[str, float]:
    """Run the benchmark in a process of its own, as a person does."""
    command = [sys.executable, "-m", "benchmarks.scanner", "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


@pytest.mark.parametrize("symbology", list(Symbology))
def test_texts_are_of_our_shapes(symbology: Symbology) -> None:
    """Given any symbology, when texts are made up, then each is one of ours or an ISBN."""
    random = np.random.default_rng(0)

    assert all(rank(own_text(symbology, random)) for _ in range(200))


def test_same_seed_gives_the_same_film() -> None:
    """Given a seed, when filmed twice, then every pixel is the same; another seed differs."""
    first, again, other = (next(film(present(EASY, Symbology.QR, seed)))[1] for seed in (5, 5, 6))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_film_is_one_second_of_720p() -> None:
    """Given a presentation, when filmed, then there are 15 frames of the right size."""
    frames = list(film(present(EASY, Symbology.EAN_13, 1)))

    assert len(frames) == FRAMES
    assert {picture.shape for _, picture in frames} == {(720, 1280, 3)}
    assert frames[-1][0] < 1


def test_grey_film_is_the_same_without_colours() -> None:
    """Given a presentation, when filmed in grey, then it differs from the other by noise only."""
    shown = present(EASY, Symbology.QR, 7, size=(640, 360))
    frames = islice(zip(film(shown), film(shown, grey=True), strict=True), 6)
    *_, ((_, coloured_one), (_, grey)) = frames

    change = cv2.absdiff(cv2.cvtColor(coloured_one, cv2.COLOR_BGR2GRAY), grey)
    assert grey.shape == (360, 640)
    assert np.mean(change) < 3
    assert np.std(grey) > 20


def test_modules_have_the_asked_size() -> None:
    """Given a condition's range, when drawn, then a module's pixels lie in it, or just fit."""
    far = by_name("far")
    drawn = [present(far, Symbology.CODE_128, seed).module_px for seed in range(8)]

    assert all(far.module_px[0] <= module_px <= far.module_px[1] for module_px in drawn)


def test_blank_film_carries_no_code() -> None:
    """Given a thing without a code, when filmed, then it expects no text."""
    blank = present_blank(EASY, 3)

    assert blank.symbology is None
    assert blank.text == ""


def test_tally_counts_what_agrees() -> None:
    """Given reads of some frames, when noted, then rights, wrongs and agreements are counted."""
    tally = Tally()
    tally.note("HS204817", [{"HS204817"}, set(), {"HS204817", "HS204811"}, {"HS204811"}], set())

    assert (tally.frames, tally.frames_read, tally.frames_misread) == (4, 2, 2)
    assert (tally.read_twice, tally.agreed_wrong, tally.wrong_believed) == (1, 1, 0)


def test_report_carries_what_is_promised() -> None:
    """Given a small run, when reported, then it is one object with the figures by name."""
    figures = run(
        "--presentations",
        "1",
        "--conditions",
        "easy",
        "--blank",
        "1",
        "--peers",
        "pyzbar",
        "--symbologies",
        "qr",
    )

    names = {"frames_read", "presentations_read", "wrong_believed", "time_ratio_to_pyzbar"}
    assert names | {"blank_believed", "p95_ratio_to_pyzbar", "idle_share"} <= figures.keys()
    assert figures["frames_read"] > 0.5
    assert figures["presentations"] == 1
    assert figures["wrong_believed"] == figures["blank_believed"] == 0


def test_photographs_are_read_with_their_texts(tmp_path: Path) -> None:
    """Given a folder of pictures and texts, when run, then reads are counted for every reader."""
    for name, text in (("a", "HS204817"), ("b", "STN.00042")):
        picture = coloured(in_frame(printed(text, BarcodeFormat.Code128)))
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
        (tmp_path / f"{name}.txt").write_text(text + "\n", "utf-8")
    cv2.imwrite(str(tmp_path / "untold.png"), picture)

    figures = run("--photos", str(tmp_path), "--peers", "zxing")

    assert (figures["ours_0_images"], figures["ours_0_read"], figures["zxing_0_read"]) == (2, 1, 1)
    found = [photograph.text for photograph in photographs(texts_beside(tmp_path))]
    assert found == ["HS204817", "STN.00042"]


def test_listed_photographs_are_read(tmp_path: Path) -> None:
    """Given a list of texts, when run, then pictures with one code are counted for it."""
    card = coloured(in_frame(printed("HS204817", BarcodeFormat.QRCode)))
    for name in ("card.png", "both.png"):
        cv2.imwrite(str(tmp_path / name), card)
    rows = "file,format,text\ncard.png,QR,HS204817\nboth.png,QR,HS204817\nboth.png,QR,STN.00042\n"
    (tmp_path / "list.csv").write_text(rows, "utf-8")

    figures = run("--photos", str(tmp_path), "--expect", str(tmp_path / "list.csv"), "--peers")

    assert (figures["ours_0_images"], figures["ours_0_read"]) == (1, 1)


def test_turned_photograph_is_whole() -> None:
    """Given a wide picture, when turned upright, then its bars lie and nothing is cut off."""
    picture = coloured(in_frame(printed("HS204817", BarcodeFormat.Code128)))
    lying = np.ascontiguousarray(turned_by(picture, 90)[..., 0])

    assert lying.shape == (1280, 720)
    assert [code.text for code in linear_codes(lying, try_rotate=True)] == ["HS204817"]


def test_peers_read_a_perfect_picture() -> None:
    """Given a sharp QR code, when shown to every peer, then each reads it."""
    picture = coloured(in_frame(printed("HS204817", BarcodeFormat.QRCode, module_px=6), noise=0))

    assert all("HS204817" in read(picture) for read in well_known().values())


@pytest.mark.parametrize("wear", WEARS)
def test_labels_wear_out_alike_each_time(wear: str) -> None:
    """Given a seed, when its label is worn twice, then both are alike, and none is as new."""
    worn, again, new = (next(pictures(name, range(3, 4)))[1] for name in (wear, wear, "new"))

    assert np.array_equal(worn, again)
    assert np.array_equal(worn, new) == (wear == "new")


def test_worn_labels_are_counted() -> None:
    """Given one seed, when read, then every wear and symbology counts once for each reader."""
    figures = worn_out(range(3, 4), {"nobody": lambda _picture: {"HS000000"}})

    assert figures["ours_images"] == figures["nobody_images"] == len(WEARS) * len(SYMBOLOGIES)
    assert figures["ours_new_read"] == 1
    assert (figures["nobody_read"], figures["nobody_wrong"]) == (0, figures["nobody_images"])
