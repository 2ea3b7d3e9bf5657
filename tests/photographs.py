"""Photographs of printed things in a hand, written to a folder as a camera would."""

from __future__ import annotations

from pathlib import Path

import cv2

from kiosk.prints import Print
from scanner.handheld import Studio

STILL_S = 0.8
"""A moment at which the hand holds still enough."""


def photograph(things: list[Print], folder: Path) -> None:
    """Write one JPEG for each thing, numbered in order."""
    folder.mkdir()
    studio = Studio((1280, 720))
    for number, thing in enumerate(things):
        take = studio.prepare(thing.pixels(), thing.width_mm, seed=number)
        cv2.imwrite(str(folder / f"{number:02d}.jpg"), studio.shoot(take, STILL_S, 0.0))
