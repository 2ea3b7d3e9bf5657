"""When a picture is alive: what is black, what is only dark, what is frozen."""

from __future__ import annotations

import numpy as np
import pytest

from config.settings import ScannerSettings
from scanner.errors import CameraStopped, Trouble
from scanner.frame import Frame, Pixels
from scanner.scenery import backdrop
from scanner.vigil import LIFELESS_AFTER_S, Vigil, is_black

SIZE = (640, 360)
SETTINGS = ScannerSettings(width_px=SIZE[0], height_px=SIZE[1])


def noisy(picture: Pixels, levels: float, seed: int) -> Pixels:
    """The picture with a sensor's noise."""
    noise = np.random.default_rng(seed).normal(0, levels, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def flat(level: int) -> Pixels:
    return np.full((SIZE[1], SIZE[0], 3), level, np.uint8)


@pytest.mark.parametrize(("level", "noise"), [(0, 0), (2, 2), (16, 6), (28, 16)])
def test_covered_lens_is_black(level: int, noise: float) -> None:
    """Given a cap on the lens, when gain lifts noise and level, then the picture is black."""
    assert is_black(noisy(flat(level), noise, seed=1))


@pytest.mark.parametrize("light", [1.0, 0.3, 0.12])
def test_dark_room_is_not_black(light: float) -> None:
    """Given a room with little light, when filmed, then something is still to be seen."""
    room = (backdrop(SIZE) * light).astype(np.uint8)

    assert not is_black(noisy(room, 6, seed=2))


def test_white_wall_is_not_black() -> None:
    """Given nothing but a bright wall, when filmed, then the picture is not black."""
    assert not is_black(noisy(flat(180), 2, seed=3))


def test_still_scene_is_alive() -> None:
    """Given an empty room for a minute, when noise is all that changes, then it stays alive."""
    vigil, room = Vigil("usb-0", SETTINGS), backdrop(SIZE)

    alive = [vigil.is_alive(Frame(noisy(room, 2, seed=n), n * 2.0)) for n in range(30)]

    assert alive == [False] + [True] * 29


def test_repeated_picture_is_skipped_then_frozen() -> None:
    """Given one picture again and again, when the limit passes, then the camera is frozen."""
    vigil, room = Vigil("usb-0", SETTINGS), backdrop(SIZE)
    vigil.is_alive(Frame(noisy(room, 2, seed=1), 0.0))
    vigil.is_alive(Frame(room, 1.0))

    assert not vigil.is_alive(Frame(room.copy(), 1.0 + LIFELESS_AFTER_S - 0.1))
    with pytest.raises(CameraStopped) as fault:
        vigil.is_alive(Frame(room.copy(), 1.0 + LIFELESS_AFTER_S + 0.1))

    assert fault.value.trouble is Trouble.FROZEN


def test_buffers_in_turns_are_frozen() -> None:
    """Given two pictures again and again in turns, when the limit passes, then it is frozen."""
    vigil, room = Vigil("usb-0", SETTINGS), backdrop(SIZE)
    buffers = [noisy(room, 2, seed=n) for n in range(2)]
    alive = [vigil.is_alive(Frame(buffers[n % 2], n / 15)) for n in range(20)]

    with pytest.raises(CameraStopped) as fault:
        vigil.is_alive(Frame(buffers[0], 20 / 15 + LIFELESS_AFTER_S))

    assert alive == [False, True] + [False] * 18
    assert fault.value.trouble is Trouble.FROZEN


@pytest.mark.parametrize("is_dark", [False, True])
def test_short_fault_passes(is_dark: bool) -> None:
    """Given one picture, or darkness, for a second, when films go on, then nothing is told."""
    vigil, room = Vigil("usb-0", SETTINGS), backdrop(SIZE)
    still = noisy(flat(8), 3, seed=99) if is_dark else room
    films = [noisy(room, 2, seed=n) for n in range(6)]
    pictures = [*films[:3], *[still] * 15, *films[3:]]

    alive = [vigil.is_alive(Frame(picture, n / 15)) for n, picture in enumerate(pictures)]

    assert alive[-3:] == [True] * 3
    assert sum(alive) == (5 if is_dark else 6)


def test_changed_size_is_told() -> None:
    """Given a picture of another size, when it follows, then the camera is stopped at once."""
    vigil = Vigil("usb-0", SETTINGS)
    vigil.is_alive(Frame(flat(99), 0.0))

    with pytest.raises(CameraStopped) as fault:
        vigil.is_alive(Frame(np.zeros((480, 640, 3), np.uint8), 0.1))

    assert fault.value.trouble is Trouble.WRONG_SIZE
