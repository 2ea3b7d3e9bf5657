"""The command line of the station: what it may change for one run. Keeps out the running."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.checking import load_settings
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for, beside the settings it changed."""

    settings: Settings
    check: bool
    headless: bool
    demo_school: bool
    demo_out: Path | None
    journal: Path | None
    once: bool
    """End when the camera's pictures are over (a demo morning, a film, a folder)."""
    short: bool
    seed: int


def read_options(arguments: list[str]) -> Options:
    """Read settings file and command line together.

    Raises:
        SettingsError: With every mistake of both.
    """
    asked = _parser().parse_args(arguments)
    return Options(
        settings=load_settings(asked.settings, _changes(asked)),
        check=asked.check,
        headless=asked.headless,
        demo_school=asked.demo_school,
        demo_out=asked.demo_out,
        journal=asked.journal,
        once=asked.once,
        short=asked.short,
        seed=asked.seed,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kiosk",
        description="The self-service library station.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--settings", type=Path, metavar="FILE", help="settings file (TOML)")
    add(
        "--camera",
        metavar="WHAT",
        help='"auto", "demo", "none", 0, a URL, a film, a folder of pictures',
    )
    add("--hand-scanner", metavar="WHICH", help='"none", "auto", "evdev:NAME", "serial:///dev/…"')
    add("--printer", metavar="WHERE", help="as `python -m printer detect` names it")
    add("--hub", metavar="URL", help="address of the hub")
    add("--token-file", metavar="FILE", help="the hub's enrolment token")
    add("--data", metavar="DIR", help="folder of the station's database")
    add("--size", metavar="WxH", help="window size, such as 1280x800")
    add("--language", choices=("vi", "en"))
    add("--fullscreen", action="store_true", help="fill the screen, as on the device")
    add("--check", action="store_true", help="only look for mistakes in settings and words")
    add("--headless", action="store_true", help="an off-screen window, for demo and tests")
    add("--demo-school", action="store_true", help="fill an empty database with invented people")
    add("--demo-out", type=Path, metavar="DIR", help="keep pictures of every step")
    add("--once", action="store_true", help="end when the camera's pictures are over")
    add("--journal", type=Path, metavar="FILE", help="note every loan shown green")
    add("--short", action="store_true", help="play a short demo morning")
    add("--seed", type=int, default=1, help="another number plays with other people and books")
    return parser


def _changes(asked: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """What the command line says about settings, by part."""
    width, _, height = (asked.size or "").partition("x")
    changes = {
        "scanner": {"camera": asked.camera, "hand_scanner": asked.hand_scanner},
        "printer": {"device": asked.printer},
        "hub": {"url": asked.hub, "token_file": asked.token_file},
        "station": {"data_dir": asked.data},
        "screen": {
            "language": asked.language,
            "fullscreen": asked.fullscreen or None,
            "width_px": width if asked.size else None,
            "height_px": height if asked.size else None,
        },
    }
    return {
        part: {key: value for key, value in values.items() if value is not None}
        for part, values in changes.items()
    }
