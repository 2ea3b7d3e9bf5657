"""The bench watches a camera, and shows what the station would make of it."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import cv2
import pytest
from zxingcpp import BarcodeFormat

from config.settings import ScannerSettings
from scanner.bench.live import Bench, Eyes, rank_by
from scanner.bench.screen import HINTS, Block, Lines, block, figures, line, summary
from scanner.bench.sights import Report, Sight, Tally, Tried
from scanner.camera import tame_opencv
from scanner.errors import ScannerError
from scanner.frame import Frame
from scanner.guidance import Hint
from scanner.scan import Barcode, Point, Scan, Symbology, TwoCodes
from scanner.steady import Steady
from tests.fake_cameras import network_camera
from tests.printed import coloured, in_frame, printed

ROOT = Path(__file__).parent.parent
CARD = coloured(in_frame(printed("HS204817", BarcodeFormat.QRCode)))
LABEL = coloured(in_frame(printed("STN.00042", BarcodeFormat.Code128)))
DESK = coloured(in_frame())
HERE = Point(0, 0)


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "scanner", *map(str, words)]


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the bench in a process of its own, as a person does."""
    return subprocess.run(command(*words), cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Two seconds of a card."""
    tame_opencv()  # FFmpeg asks only once how much it may say
    path = tmp_path / "card.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15, (1280, 720))
    for _ in range(30):
        writer.write(CARD)
    writer.release()
    return path


def sight(
    at: float,
    *tried: Tried,
    hint: Hint | None = None,
    event: Scan | TwoCodes | None = None,
    blur_px: float | None = None,
) -> Sight:
    corners = (HERE, HERE, HERE, HERE)
    texts = [text for one in tried for text in one.texts]
    barcodes = tuple(Barcode(text, Symbology.QR, corners) for text in texts)
    return Sight(at, tried, barcodes, hint, event, 100.0, blur_px)


QR = Tried("qr", 0.004, ("HS204817",))
STRIPS = Tried("strips", 0.006, ())
SIGHTS = [
    sight(10.0, QR, STRIPS, blur_px=0.8),
    sight(10.1, QR, STRIPS, event=Scan("HS204817", Symbology.QR, 10.1)),
    sight(10.2, Tried("qr", 0.007, ()), STRIPS, hint=Hint.CLOSER, blur_px=1.0),
    sight(10.3, hint=Hint.CLOSER),
    sight(10.4, QR, STRIPS, event=TwoCodes(10.4), blur_px=2.0),
]


def report(*sights: Sight) -> Report:
    tally = Tally.of(sights)
    read = next((one for one in reversed(sights) if one.barcodes), None)
    return Report("usb-0", (1280, 720), 15, tally, tally, sights[-1], read)


def test_tally_counts_frames() -> None:
    """Given frames read, unread and left out, when counted, then shares and speeds are theirs."""
    tally = Tally.of(SIGHTS)

    assert (tally.frames, tally.skipped, tally.read) == (5, 1, 3)
    assert tally.fps == pytest.approx(10)
    assert (tally.read_share, tally.skipped_share) == (0.75, 0.2)
    assert (tally.mean_brightness, tally.blur_px) == (100, 1.0)
    assert tally.stages["qr"].ms == pytest.approx((4 + 4 + 7 + 4) / 4)
    assert (tally.stages["qr"].codes, tally.stages["strips"].codes) == (3, 0)
    assert (tally.hints, tally.believed, tally.two_codes) == (
        {Hint.CLOSER: 2},
        {"HS204817": 1},
        1,
    )


def test_no_frame_is_no_division_by_it() -> None:
    """Given no frame yet, when asked for shares, then they are nothing."""
    tally = Tally()

    assert (tally.fps, tally.read_share, tally.skipped_share, tally.blur_px) == (0, 0, 0, None)


def test_block_shows_every_figure() -> None:
    """Given a report, when drawn, then each figure has its line, Vietnamese and English."""
    shown = "\n".join(block(report(*SIGHTS)))

    for words in (
        "usb-0, 1280x720",
        "(frames/s)      10.0 / 15",
        "(read)          75%",
        "(skipped)  20%",
        "(brightness)          100 / 255",
        "(blur)                1.0 px",
        "qr 4.8 (3), strips 6.0",
        "HS204817 (qr by qr)",
        "1  HS204817 x1  (two codes at once x1)",
    ):
        assert words in shown


def test_line_and_summary_tell_hints() -> None:
    """Given a hint that was due, when told, then the line names it, the summary its share."""
    told = report(*SIGHTS[:4])

    assert "hint closer" in line(told)
    assert "lại gần hơn (closer) 50%" in "\n".join(summary(told))
    assert figures(told)["hints"] == {"closer": 2}


@pytest.mark.parametrize("hint", list(Hint))
def test_every_hint_has_words(hint: Hint) -> None:
    """Given any hint, when shown at the bench, then it has words in both languages."""
    assert re.fullmatch(r"[^()]+ \([a-z ]+\)", HINTS[hint])


def test_texts_cannot_command_the_terminal() -> None:
    """Given a code with control characters, when shown anywhere, then it is spelled out."""
    evil = "\x1b[2J\n"
    read = Tried("qr", 0.004, (evil,))
    told = report(sight(1.0, read, event=Scan(evil, Symbology.QR, 1.0)))

    for shown in ("".join(block(told)), line(told), "".join(summary(told))):
        assert "\\x1b[2J\\n" in shown
        assert "\x1b" not in shown
        assert "\n" not in shown


def test_block_stays_in_its_place() -> None:
    """Given two reports and a line between, when drawn, then each takes the last one's place."""
    out = io.StringIO()
    screen = Block(out)
    lines = len(block(report(*SIGHTS)))

    screen.report(report(*SIGHTS))
    first = out.getvalue()
    screen.report(report(*SIGHTS))
    second = out.getvalue()[len(first) :]
    screen.tell("usb-0: missing")
    third = out.getvalue()[len(first + second) :]
    screen.report(report(*SIGHTS))

    assert first.count("\n") == lines
    assert second == f"\x1b[{lines}F\x1b[J{first}"
    assert third == f"\x1b[{lines}F\x1b[Jusb-0: missing\n"
    assert out.getvalue() == first + second + third + first


def test_every_text_counts_without_a_pattern() -> None:
    """Given no pattern, when ranked, then any text counts; a book's is second, a piece foreign."""
    rank = rank_by(None)

    assert [rank(text) for text in ("HS204817", "8934673001014", "9786040000002", "123")] == [
        *(2, 2, 1, 0)
    ]


def test_pattern_says_what_is_ours() -> None:
    """Given a pattern, when ranked, then it must fit the whole text."""
    rank = rank_by(re.compile(r"HS\d{6}"))

    assert [rank(text) for text in ("HS204817", "HS2048170", "STN.00042", "9786040000002")] == [
        *(2, 0, 0, 1)
    ]


def test_eyes_see_what_the_station_sees() -> None:
    """Given a card, then a desk at which nothing moves, when looked at, then each has its sight."""
    settings, rank = ScannerSettings(), rank_by(None)
    eyes = Eyes(settings, rank, Steady(settings, rank))

    card = [eyes.look(Frame(CARD, 10 + 0.1 * number)) for number in range(3)]
    desk = [eyes.look(Frame(DESK, 11 + 0.1 * number)) for number in range(20)]

    assert [sight.stage_of("HS204817") for sight in card] == ["qr"] * 3
    assert [sight.event for sight in card] == [None, Scan("HS204817", Symbology.QR, 10.1), None]
    assert card[0].blur_px == pytest.approx(0.8, abs=0.2)
    assert card[0].brightness == pytest.approx(CARD.mean(), abs=2)
    assert [bool(sight.tried) for sight in desk].count(False) > 8
    assert Tally.of(desk).read == 0


def test_film_is_watched_to_its_end(film: Path) -> None:
    """Given a film, when watched in a pipe, then lines and a summary come, then status 0."""
    done = run(film)

    lines, summed_up = done.stdout.split("\n\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert lines.count("saw HS204817 (qr by qr)") == len(lines.splitlines()) >= 2
    assert summed_up.endswith("1  HS204817 x1\n")
    assert "\x1b" not in done.stdout


def test_folder_is_watched_for_some_seconds(tmp_path: Path) -> None:
    """Given a folder shown as a film, when watched for a while, then it ends by itself."""
    cv2.imwrite(str(tmp_path / "1.png"), CARD)
    cv2.imwrite(str(tmp_path / "2.png"), LABEL)
    cv2.imwrite(str(tmp_path / "3.png"), LABEL)

    done = run(tmp_path, "--seconds", "4.5", "--json")

    figures: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert 3 < figures["seconds"] < 8  # of nine
    assert figures["believed"] == {"HS204817": 1, "STN.00042": 1}
    assert 0 < figures["read_share"] < 1
    assert figures["stages"]["qr"]["codes"] > 0
    assert figures["blur_px"] == pytest.approx(0.8, abs=0.2)


def test_network_camera_is_watched() -> None:
    """Given an MJPEG camera, when watched, then its card is read and believed once."""
    with network_camera() as camera:
        port = camera.server_port
        done = run(f"http://127.0.0.1:{port}/a", "--seconds", "2", "--ours", r"HS\d{6}")

    assert done.returncode == 0
    assert "1  HS204817 x1" in done.stdout


def until(words: str, bench: subprocess.Popen[str]) -> str:
    """Read what the bench writes up to the first line with these words in it."""
    assert bench.stdout is not None
    return next(line for line in bench.stdout if words in line)


@contextmanager
def watching(port: int) -> Iterator[subprocess.Popen[str]]:
    """A bench that watches a camera on this machine, in a process of its own."""
    words = command(f"http://127.0.0.1:{port}/a")
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as bench:
        try:
            yield bench
        finally:
            bench.kill()


def test_lost_camera_is_told_and_found_again() -> None:
    """Given a camera that goes and comes back, when watched, then both are seen in the lines."""
    with ExitStack() as stack:
        with network_camera() as camera:
            port = camera.server_port
            bench = stack.enter_context(watching(port))
            until("frames/s", bench)
        lost = until(f"http://127.0.0.1:{port}: ", bench)
        stack.enter_context(network_camera(port))
        until("frames/s", bench)

    assert lost.endswith(": stopped (the picture ended)\n")


def test_ctrl_c_ends_with_a_summary() -> None:
    """Given a bench that watches, when Ctrl-C is pressed, then it sums up, with status 0."""
    # A suite that a shell began in the background ignores Ctrl-C, and so would the bench.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with network_camera() as camera, watching(camera.server_port) as bench:
        until("believed 1", bench)
        bench.send_signal(signal.SIGINT)

        assert "HS204817" in until("(believed)", bench)
        assert bench.wait(10) == 0


def test_camera_that_never_was_is_an_error() -> None:
    """Given an address where nothing answers, when watched, then that is raised at once."""
    bench = Bench(ScannerSettings(camera="/dev/video97"), rank_by(None), Lines(io.StringIO()))

    with pytest.raises(ScannerError):
        bench.run()
    assert bench.report() is None


def test_missing_camera_ends_with_status_1() -> None:
    """Given no such camera, when watched or checked, then it is said why, with status 1."""
    for words in (["97"], ["97", "--check"], ["97", "--json"]):
        done = run(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "usb-97: nothing is plugged in\n"


def test_check_says_size_of_a_picture(film: Path) -> None:
    """Given a camera that works, when checked, then it is said so without watching it."""
    done = run("--check", film)

    assert (done.returncode, done.stdout) == (0, "card.avi: 1280x720\n")


def test_terminal_gets_a_block(film: Path) -> None:
    """Given a terminal, when a film is watched, then a block is drawn over itself."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command(film), cwd=ROOT, stdout=theirs) as bench:
        os.close(theirs)
        written = bytearray()
        try:
            while piece := os.read(ours, 4096):
                written += piece
        except OSError:  # the other end was closed
            os.close(ours)
    shown = written.decode()

    assert bench.returncode == 0
    assert shown.count("\x1b[10F\x1b[J") >= 2
    assert "HS204817 (qr by qr)" in shown


WATCH = """
import sys
written = []
def audit(event, args):
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        written.append(args[0])
sys.addaudithook(audit)
from scanner.__main__ import main
status = main(sys.argv[1:])
print(status, written)
"""


def test_bench_writes_no_file(film: Path, tmp_path: Path) -> None:
    """Given a card is watched, when the bench ends, then no file was written anywhere near."""
    home = tmp_path / "home"
    home.mkdir()
    places = {"HOME": home, "TMPDIR": home, "PYTHONPATH": ROOT, "PYTHONDONTWRITEBYTECODE": 1}
    done = subprocess.run(
        [sys.executable, "-c", WATCH, str(film)],
        cwd=home,
        env={name: str(value) for name, value in places.items()},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "0 []"
    assert list(home.iterdir()) == []
