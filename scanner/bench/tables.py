"""Puts the scores of read pictures into a table for people, or into figures for programs."""

from __future__ import annotations

from scanner.bench.expected import Expected
from scanner.bench.pictures import NOTHING, Found, Reading, Score

Json = dict[str, object]

ROW = "{:<10}{:>8}{:>8}{:>7}{:>8}{:>11}{:>9}   {}"


def table(score: Score) -> list[str]:
    """One line for each format, and one for all."""
    titles = ("format", "images", "read", "", "wrong", "ms median", "ms p95", "read by")
    rows = [_row(kind, part) for kind, part in score.by_symbology().items()]
    return [ROW.format(*titles), *rows, _row("all", score)]


def listing(reading: Reading) -> str:
    """What was read in a picture, on one line."""
    ms = "-" if reading.cpu_s is None else f"{1000 * reading.cpu_s:.1f} ms"
    found = ", ".join(_told(code) for code in reading.found) or NOTHING
    return f"{reading.name}: {found}  [{ms}]"


def failures(score: Score) -> list[str]:
    """A line for each picture that did not say what it should."""
    return [
        f"{'wrong' if reading.wrong else 'not read'}: {listing(reading)}; {_wish(reading)}"
        for reading in score.readings
        if reading.wrong or (reading.expected and not reading.is_read)
    ]


def figures(score: Score, budget_ms: float) -> Json:
    """All that was counted, by names that stay."""
    readings = score.readings
    return {
        **_figures(score),
        "unreadable": sum(reading.cpu_s is None for reading in readings),
        "blank": score.blank,
        "budget_ms": budget_ms,
        "formats": {kind: _figures(part) for kind, part in score.by_symbology().items()},
        "pictures": [_picture(reading) for reading in readings],
    }


def shown(text: str) -> str:
    """A text fit for a terminal: a code can hold control characters, and they would be obeyed."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _row(kind: str, score: Score) -> str:
    legible = len(score.readings) - score.blank
    share = f"{score.read / legible:.0%}" if legible else ""
    times = ["-" if ms is None else f"{ms:.1f}" for ms in (score.ms(0.5), score.ms(0.95))]
    stages = ", ".join(f"{stage} {codes}" for stage, codes in score.stages.most_common())
    row = (kind, len(score.readings), score.read, share, score.wrong, *times, stages)
    return ROW.format(*row).rstrip()


def _told(code: Found) -> str:
    return f"{shown(code.text)} ({code.symbology} by {code.stage})"


def _wish(reading: Reading) -> str:
    codes: tuple[Expected, ...] = reading.expected or ()
    return f"expected {', '.join(shown(code.text) for code in codes) or NOTHING}"


def _figures(score: Score) -> Json:
    return {
        "images": len(score.readings),
        "read": score.read,
        "wrong": score.wrong,
        "ms_median": score.ms(0.5),
        "ms_p95": score.ms(0.95),
        "stages": dict(score.stages),
    }


def _picture(reading: Reading) -> Json:
    return {
        "file": reading.name,
        "expected": None
        if reading.expected is None
        else [{"text": code.text, "format": code.symbology} for code in reading.expected],
        "found": [
            {"text": code.text, "format": code.symbology, "stage": code.stage}
            for code in reading.found
        ],
        "ms": None if reading.cpu_s is None else 1000 * reading.cpu_s,
    }
