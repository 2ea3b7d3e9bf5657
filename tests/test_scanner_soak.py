"""The camera thread over thousands of frames: nothing grows, nothing is missed."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from benchmarks.scanner_soak import SETTINGS, soak

QUICK = SETTINGS.model_copy(update={"pyzbar": False})
GROWTH_MB = 6.0
"""The allocator moves by a few; a leak of one small frame (0.7 MB) in ten would be 100."""


def test_memory_stays_flat_over_many_frames(capsys: pytest.CaptureFixture[str]) -> None:
    """Given 1 200 frames, when read as fast as possible, then memory does not grow, and it says."""
    figures = soak(frames=1200, pace=0, settings=QUICK)

    assert figures["frames"] == 1200
    assert figures["reads"] >= figures["showings"] > 0
    assert figures["rss_growth_mb"] < GROWTH_MB
    assert capsys.readouterr().err.startswith("1000 frames, ")


def test_python_keeps_no_frames() -> None:
    """Given a second run in the same process, when traced, then nothing of it is left."""
    soak(frames=40, pace=0, settings=QUICK)
    tracemalloc.start()
    soak(frames=160, pace=0, settings=QUICK)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 200_000


def test_soak_keeps_real_time() -> None:
    """Given three seconds at a camera's pace, when soaked, then it takes three seconds."""
    figures = soak(frames=45, pace=1)

    assert 2.8 < figures["seconds"] < 4
    assert figures["frames"] == 45
