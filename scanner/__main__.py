"""The bench: finds a place for the camera, and measures how well photographs are read.

Exit status: 0 done, 1 the camera gives no picture, 2 it was asked for something impossible.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import structlog

from config.checking import load_settings
from config.errors import SettingsError
from config.settings import ScannerSettings
from scanner.bench import PATIENT_MS
from scanner.camera import open_camera, tame_opencv
from scanner.errors import ScannerError, WrongList


def main(arguments: list[str]) -> int:
    """Do what the command line asks for; return the exit status."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    parser = _parser()
    asked = parser.parse_args(arguments)
    if mistake := _mistake(asked):
        parser.error(mistake)
    try:
        settings = load_settings(asked.settings, {"scanner": _changes(asked)}).scanner
        if asked.image or asked.folder:
            return _read(asked, settings)
        return _check(settings) if asked.check else _watch(asked, settings)
    except (SettingsError, WrongList) as error:
        return _refuse(2, *error.mistakes)
    except ScannerError as error:
        return _refuse(1, f"{error.camera}: {error.reason}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scanner",
        description="Shows live what the station reads and why not; or reads photographs.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("camera", nargs="?", help='"auto", 0, "csi", a URL, a film, a folder shown as a film')
    add("--check", action="store_true", help="only say whether the camera gives a picture")
    add("--seconds", type=float, metavar="S", help="stop after so long; else at Ctrl-C")
    add("--ours", type=_pattern, metavar="REGEX", help="what counts as a code (else any text)")
    add("--image", type=Path, nargs="+", metavar="FILE", help="read these photographs")
    add("--folder", type=Path, metavar="DIR", help="read all photographs in and below it")
    add("--expect", type=Path, metavar="CSV", help="what they say: file,format,text")
    add("--budget", type=float, metavar="MS", help="decoding time for each picture")
    add("--settings", type=Path, metavar="FILE", help="the station's settings file (TOML)")
    add("--json", action="store_true", help="print one JSON object, nothing else")
    return parser


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from error


def _mistake(asked: argparse.Namespace) -> str | None:
    """What does not go together."""
    sources = [asked.camera is not None, bool(asked.image), asked.folder is not None]
    if sum(sources) > 1:
        return "give a camera, --image or --folder, not several of them"
    if asked.expect and not asked.folder:
        return "--expect tells what the pictures of --folder say"
    if not any(sources[1:]):
        return None
    if asked.check or asked.seconds is not None or asked.ours:
        return "--check, --seconds and --ours are for a camera"
    missing = [str(path) for path in asked.image or () if not path.is_file()]
    if asked.folder and not asked.folder.is_dir():
        missing.append(str(asked.folder))
    return f"there is no {', '.join(missing)}" if missing else None


def _changes(asked: argparse.Namespace) -> dict[str, Any]:
    """What the command line says about the scanner's settings."""
    changes: dict[str, Any] = {} if asked.camera is None else {"camera": asked.camera}
    if asked.budget is not None:
        changes["frame_budget_ms"] = asked.budget
    elif asked.image or asked.folder:
        changes["frame_budget_ms"] = PATIENT_MS
    return changes


def _check(settings: ScannerSettings) -> int:
    """Open the camera and wait for one picture."""
    camera = open_camera(settings)
    try:
        frame = next(camera.frames(), None)
    finally:
        camera.close()
    if frame is None:
        return _refuse(1, f"{camera.name}: no picture in it")
    height, width = frame.pixels.shape[:2]
    print(f"{camera.name}: {width}x{height}")
    return 0


def _watch(asked: argparse.Namespace, settings: ScannerSettings) -> int:
    from scanner.bench.uses import watch_camera

    if watch_camera(settings, asked.ours, asked.seconds, asked.json):
        return 0
    return _refuse(1, "no picture came")


def _read(asked: argparse.Namespace, settings: ScannerSettings) -> int:
    tame_opencv()
    from scanner.bench.expected import Expected, read_expected
    from scanner.bench.pictures import pictures_in
    from scanner.bench.uses import read_photographs

    paths = asked.image or pictures_in(asked.folder)
    expected: dict[Path, tuple[Expected, ...] | None] = dict.fromkeys(paths)
    if asked.expect:
        expected = {**read_expected(asked.expect, asked.folder)}
        if untold := len(set(paths) - expected.keys()):
            left_out = f"{asked.expect.name}: not in it, and left out: {untold} of the pictures"
            print(left_out, file=sys.stderr)
    if not expected:
        return _refuse(2, f"{asked.folder}: no pictures in it")
    read_photographs(expected, asked.folder or Path(), settings, asked.json)
    return 0


def _refuse(status: int, *sentences: str) -> int:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
