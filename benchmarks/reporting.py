"""How a benchmark prints its figures. Keeps out what is measured."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path


def arguments(description: str, **numbers: int) -> argparse.Namespace:
    """Read ``--json``, ``--svg FILE``, ``--database URL`` and a number for each of `numbers`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    parser.add_argument("--svg", type=Path, help="also draw the figures, where there is a plot")
    parser.add_argument("--database", help="an empty PostgreSQL database, where one can be asked")
    for name, default in numbers.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    return parser.parse_args()


def report(figures: dict[str, float | int], as_json: bool) -> None:
    """Print named figures, for people or for programs."""
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        shown = f"{value:.3f}" if isinstance(value, float) else str(value)
        print(f"{name:<32} {shown}")


def medians(rounds: int, *subjects: Callable[[], float]) -> tuple[float, ...]:
    """Measure subjects in turn, `rounds` times; the machine's drift then hits them alike.

    Args:
        rounds: How often each is measured.
        subjects: Each does its work once and returns its seconds.

    Returns:
        Each subject's median, in seconds.
    """
    taken: list[list[float]] = [[] for _ in subjects]
    for _ in range(rounds):
        for seconds, subject in zip(taken, subjects, strict=True):
            seconds.append(subject())
    return tuple(statistics.median(seconds) for seconds in taken)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
