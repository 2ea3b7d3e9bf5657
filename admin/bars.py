"""Bars as SVG: readable in print and without colour, each with its number. No database.

Long names lie beside lying bars, many short ones below standing bars. Lengths are in pixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from db.registers.pictures import Bar
from db.registers.sheet import number_words

WIDTH, STANDING_HEIGHT, LINE = 960, 260, 26
NAMES = 300
"""Room for the words beside lying bars."""
LETTER = 7.2
"""Width of a letter, on average."""
MOST_LABELS = 26


def standing(bars: Sequence[Bar], title: str) -> str:
    """Standing bars in the order of time; where they are many, not every one has its words."""
    most = max((bar.number for bar in bars), default=0) or 1
    step = (WIDTH - 20) / max(1, len(bars))
    room = STANDING_HEIGHT - 60
    every = -(-len(bars) // MOST_LABELS)
    parts = []
    for place, bar in enumerate(bars):
        height = room * bar.number / most
        left, top = 10 + place * step, 24 + room - height
        parts.append(_bar(left + step * 0.12, top, step * 0.76, height, bar))
        middle = left + step / 2
        if bar.number and step > LETTER * 3:
            parts.append(_text(middle, top - 5, number_words(bar.number), "middle"))
        if place % every == 0:
            parts.append(_text(middle, room + 42, bar.words, "middle"))
    parts.append(f'<path class="bars-line" d="M10 {24 + room}H{WIDTH - 10}"/>')
    return _picture(parts, STANDING_HEIGHT, title, bars)


def lying(bars: Sequence[Bar], title: str) -> str:
    """Lying bars, each with its name before and its number behind it."""
    most = max((bar.number for bar in bars), default=0) or 1
    room = WIDTH - NAMES - 90
    parts = []
    for place, bar in enumerate(bars):
        top, width = place * LINE + 4, room * bar.number / most
        parts.append(_text(NAMES - 10, top + 15, _short(bar.words), "end"))
        parts.append(_bar(NAMES, top, width, LINE - 8, bar))
        parts.append(_text(NAMES + width + 8, top + 15, number_words(bar.number), "start"))
    return _picture(parts, max(1, len(bars)) * LINE + 8, title, bars)


def _picture(parts: Sequence[str], height: float, title: str, bars: Sequence[Bar]) -> str:
    told = escape(f"{title}: {'; '.join(_said(bars))}")
    return (
        f'<svg class="bars" viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{told}">'
        f"{''.join(parts)}</svg>"
    )


def _said(bars: Sequence[Bar]) -> Iterator[str]:
    return (f"{bar.words} {bar.number}" for bar in bars)


def _bar(left: float, top: float, width: float, height: float, bar: Bar) -> str:
    box = f'x="{left:.1f}" y="{top:.1f}" width="{max(0.0, width):.1f}" height="{height:.1f}"'
    told = escape(f"{bar.words}: {number_words(bar.number)}")
    return f'<rect class="bars-bar" {box} rx="2"><title>{told}</title></rect>'


def _text(left: float, top: float, words: str, anchor: str) -> str:
    at = f'x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}"'
    return f'<text class="bars-words" {at}>{escape(words)}</text>'


def _short(words: str) -> str:
    most = int((NAMES - 10) / LETTER)
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
