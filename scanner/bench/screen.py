"""Shows the bench on a terminal as a block that stays in its place, elsewhere as plain lines.

Words are Vietnamese first, for the teacher at the stand, then English.
"""

from __future__ import annotations

from typing import TextIO

from scanner.bench.sights import Report, Sight, Tally
from scanner.bench.tables import Json, shown
from scanner.guidance import SOFT_PX, Hint

HINTS = {
    Hint.TWO: "chỉ một mã mỗi lần (one code at a time)",
    Hint.DARK: "thiếu sáng (too dark)",
    Hint.STILL: "giữ yên (hold still)",
    Hint.FARTHER: "ra xa hơn (farther)",
    Hint.GLARE: "bị loá (glare)",
    Hint.BLURRED: "bị mờ (blurred)",
    Hint.TURNED: "quay thẳng vào camera (turn to the camera)",
    Hint.CLOSER: "lại gần hơn (closer)",
}
LABEL_WIDTH = 30
NONE = "-"
MOST_BELIEVED = 4
LEAST_MS = 0.05
"""A stage below it found nothing to work on."""
_TO_START = "\x1b[{}F\x1b[J"
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"


class Block:
    """A terminal: the newest report takes the place of the last one."""

    every_s = 0.25

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lines = 0

    def report(self, report: Report) -> None:
        """Draw the report over the last one."""
        lines = block(report)
        self._write(_NO_WRAP + "\n".join(lines) + "\n" + _WRAP)
        self._lines = len(lines)

    def tell(self, line: str) -> None:
        """Leave a line standing above the block."""
        self._write(line + "\n")
        self._lines = 0

    def _write(self, text: str) -> None:
        back = _TO_START.format(self._lines) if self._lines else ""
        self._out.write(back + text)
        self._out.flush()


class Lines:
    """A pipe or a file: one line after another."""

    every_s = 1.0

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def report(self, report: Report) -> None:
        """Write how it stands."""
        self.tell(line(report))

    def tell(self, line: str) -> None:
        """Write what happened."""
        self._out.write(line + "\n")
        self._out.flush()


def block(report: Report) -> list[str]:
    """How it stands now, one figure a line."""
    return _labelled(
        {
            **_figures_of(report, report.recent),
            "gợi ý (hint)": HINTS[report.newest.hint] if report.newest.hint else NONE,
            "vừa đọc (just read)": _read(report.last_read),
            "đã xác nhận (believed)": _believed(report.total),
        }
    )


def summary(report: Report) -> list[str]:
    """What all frames came to, one figure a line."""
    return _labelled(
        {
            **_figures_of(report, report.total),
            "gợi ý (hints)": _hints(report.total),
            "đã xác nhận (believed)": _believed(report.total),
        }
    )


def line(report: Report) -> str:
    """How it stands now, on one line, for a file or another program."""
    now = report.recent
    parts = (
        f"{report.total.seconds:.0f} s",
        f"{now.fps:.1f} frames/s",
        f"read {now.read_share:.0%}",
        f"skipped {now.skipped_share:.0%}",
        f"brightness {now.mean_brightness:.0f}",
        f"blur {_blur(now.blur_px)}",
        f"hint {report.newest.hint or NONE}",
        f"ms {_stages(report, now)}",
        f"saw {_read(report.last_read)}",
        f"believed {_believed(report.total)}",
    )
    return "  ".join(parts)


def figures(report: Report) -> Json:
    """All that was counted, by names that stay."""
    total = report.total
    return {
        "camera": report.camera,
        "size": list(report.size),
        "seconds": total.seconds,
        "frames": total.frames,
        "frames_per_s": total.fps,
        "read": total.read,
        "read_share": total.read_share,
        "skipped": total.skipped,
        "skipped_share": total.skipped_share,
        "brightness": total.mean_brightness,
        "blur_px": total.blur_px,
        "stages": {
            name: {"frames": stint.frames, "ms": stint.ms, "codes": stint.codes}
            for name, stint in total.stages.items()
        },
        "hints": dict(total.hints),
        "believed": dict(total.believed),
        "two_codes": total.two_codes,
    }


def _labelled(rows: dict[str, str]) -> list[str]:
    return [f"{label:<{LABEL_WIDTH}}{value}" for label, value in rows.items()]


def _figures_of(report: Report, tally: Tally) -> dict[str, str]:
    width, height = report.size
    return {
        "camera": f"{report.camera}, {width}x{height}, {report.total.seconds:.0f} s",
        "hình mỗi giây (frames/s)": f"{tally.fps:.1f} / {report.asked_fps}",
        "hình đọc được (read)": f"{tally.read_share:.0%}",
        "bỏ qua vì đứng yên (skipped)": f"{tally.skipped_share:.0%}",
        "độ sáng (brightness)": f"{tally.mean_brightness:.0f} / 255",
        "độ nhoè (blur)": f"{_blur(tally.blur_px)} (tốt: < {SOFT_PX})",
        "từng bước (stages), ms": _stages(report, tally),
    }


def _blur(blur_px: float | None) -> str:
    return NONE if blur_px is None else f"{blur_px:.1f} px"


def _stages(report: Report, tally: Tally) -> str:
    """Each stage that had work to do, its milliseconds, and how many codes it read."""
    stints = [(name, tally.stages[name]) for name in report.total.stages if name in tally.stages]
    told = [
        f"{name} {stint.ms:.1f}" + (f" ({stint.codes})" if stint.codes else "")
        for name, stint in stints
        if stint.ms >= LEAST_MS
    ]
    return ", ".join(told) or NONE


def _read(sight: Sight | None) -> str:
    if sight is None:
        return NONE
    return ", ".join(
        f"{shown(code.text)} ({code.symbology} by {sight.stage_of(code.text)})"
        for code in sight.barcodes
    )


def _hints(tally: Tally) -> str:
    shares = [(HINTS[hint], count / tally.frames) for hint, count in tally.hints.most_common()]
    return ", ".join(f"{words} {share:.0%}" for words, share in shares) or NONE


def _believed(tally: Tally) -> str:
    """How many, and the last ones that were new."""
    newest = list(tally.believed.items())[-MOST_BELIEVED:]
    told = [f"{tally.believed.total()}", *(f"{shown(text)} x{times}" for text, times in newest)]
    if tally.two_codes:
        told.append(f"(two codes at once x{tally.two_codes})")
    return "  ".join(told)
