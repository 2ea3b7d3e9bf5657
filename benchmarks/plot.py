"""A small line plot as SVG text, for docs/measurements. Keeps out what is measured."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 520, 260, 52
"""Size of the picture and of the room for its numbers, in px."""

_TEXT = 'font-family="sans-serif" font-size="12" fill="#333"'


def line_plot(points: Sequence[tuple[float, float]], across: str, up: str) -> str:
    """Draw points joined by a line; the vertical axis is in shares of the first, from zero."""
    widest = max(x for x, _ in points) or 1
    highest = max(1.2, *(y * 1.1 for _, y in points))
    places = [
        (EDGE + x / widest * (WIDTH - 2 * EDGE), HEIGHT - EDGE - y / highest * (HEIGHT - 2 * EDGE))
        for x, y in points
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1a6b54"/>'
        f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle" {_TEXT}>{share:.2f}</text>'
        f'<text x="{x:.1f}" y="{HEIGHT - EDGE + 18}" text-anchor="middle" {_TEXT}>'
        f"{_short(size)}</text>"
        for (x, y), (size, share) in zip(places, points, strict=True)
    )
    floor = HEIGHT - EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<path d="M{EDGE} {EDGE}V{floor}H{WIDTH - EDGE}" fill="none" stroke="#999"/>'
        f'<polyline points="{path}" fill="none" stroke="#1a6b54" stroke-width="2"/>{marks}'
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle" {_TEXT}>{across}</text>'
        f'<text x="{EDGE}" y="{EDGE - 20}" {_TEXT}>{up}, as a share of the first</text></svg>\n'
    )


def _short(number: float) -> str:
    return f"{number / 1000:g} 000" if number >= 1000 else f"{number:g}"
