"""A run over many seeds that is cut goes on where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.reading import Tally
from benchmarks.seeds_kept import OtherOptions, keep_seed, kept_seeds

OPTIONS: dict[str, object] = {"size": [640, 360], "peers": ["pyzbar"]}
CELLS = {
    ("ours", "far", "qr"): Tally(frames=15, frames_read=11, times_s=[0.25, 0.5]),
    ("ours", "blank", "all"): Tally(presentations=48, wrong_believed=1),
}


def test_kept_seeds_come_back(tmp_path: Path) -> None:
    """Given counted seeds, when another run reads them, then every count is the same."""
    path = tmp_path / "kept.jsonl"
    keep_seed(path, OPTIONS, 7, CELLS)
    keep_seed(path, OPTIONS, 9, {})

    assert kept_seeds(path, OPTIONS) == {7: CELLS, 9: {}}
    assert kept_seeds(tmp_path / "new.jsonl", OPTIONS) == {}


def test_half_a_line_is_counted_again(tmp_path: Path) -> None:
    """Given a run cut while it wrote, when it goes on, then that seed alone is missing."""
    path = tmp_path / "kept.jsonl"
    keep_seed(path, OPTIONS, 7, CELLS)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:50])

    assert kept_seeds(path, OPTIONS) == {7: CELLS}
    keep_seed(path, OPTIONS, 8, CELLS)
    assert kept_seeds(path, OPTIONS) == {7: CELLS, 8: CELLS}


def test_seeds_of_another_run_are_refused(tmp_path: Path) -> None:
    """Given seeds counted in other frames, when they would be added up, then it is refused."""
    path = tmp_path / "kept.jsonl"
    keep_seed(path, OPTIONS, 7, CELLS)

    with pytest.raises(OtherOptions, match=r"kept\.jsonl"):
        kept_seeds(path, OPTIONS | {"size": [1280, 720]})
