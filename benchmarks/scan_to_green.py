"""From a code in the picture to green on the screen, through the whole running station.

A film of cards and books is decoded from pixels; for each copy lent, four moments are taken: when
the thing is held up (no longer on its way in), when its code was believed, when the loan was on
disk, and when the frame with its green was on the screen. The yardstick, in the same run, is what
screen and disk ask for: two frames and one `check_out`. Frames are counted as well, from the
moment the loan is handed to the screen: that number does not depend on how busy the machine is.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks.checkout import our_check_out
from benchmarks.reporting import arguments, medians, percentile, report
from kiosk.options import read_options
from kiosk.window import MAX_FPS, prepare_window


def main() -> None:
    """Measure and print."""
    asked = arguments(__doc__ or "", seed=1)
    with tempfile.TemporaryDirectory() as folder:
        figures = _measure(Path(folder), asked.seed)
    report(figures, asked.json)


def _measure(folder: Path, seed: int) -> dict[str, float | int]:
    words = ["--headless", "--once", "--demo-school", "--camera", "demo"]
    options = read_options([*words, "--data", str(folder), "--seed", str(seed)])
    prepare_window(options.settings.screen, headless=True)
    from benchmarks.stopwatch import TimedStation  # imports Kivy, which reads its orders

    station = TimedStation(options)
    station.run()
    (commit_s,) = medians(50, our_check_out(folder / "commit.db"))
    believed_ms = [1000 * (loan.drawn - loan.believed) for loan in station.loans]
    held_up_ms = [1000 * (loan.drawn - loan.held_up) for loan in station.loans]
    floor_ms = 1000 * (2 / MAX_FPS + commit_s)
    return {
        "frames_after_commit": statistics.median(loan.frames for loan in station.loans),
        "frames_after_commit_most": max(loan.frames for loan in station.loans),
        "ratio_to_two_frames_and_commit": statistics.median(believed_ms) / floor_ms,
        "believed_to_green_ms": statistics.median(believed_ms),
        "believed_to_green_p95_ms": percentile(believed_ms, 0.95),
        "commit_to_green_ms": statistics.median(
            1000 * (loan.drawn - loan.committed) for loan in station.loans
        ),
        "held_up_to_green_ms": statistics.median(held_up_ms),
        "held_up_to_green_p95_ms": percentile(held_up_ms, 0.95),
        "commit_ms": 1000 * commit_s,
        "loans": len(believed_ms),
    }


if __name__ == "__main__":
    main()
