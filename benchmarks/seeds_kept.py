"""What was counted of each seed, in a file of JSON lines: a run that was cut goes on from there.

Every line names the options it was counted under. Keeps out how it is counted and added up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.reading import Tally

Cell = tuple[str, str, str]
"""Decoder, condition, symbology."""
Options = Mapping[str, object]
"""Whatever two runs must have in common to be added up; JSON values."""


class OtherOptions(Exception):
    """The file holds seeds that were counted under other options."""


def kept_seeds(path: Path, options: Options) -> dict[int, dict[Cell, Tally]]:
    """Read what a file holds, and cut off a last line that was never written whole.

    Raises:
        OtherOptions: The file is of another run.
    """
    if not path.exists():
        return {}
    whole, newline, _cut = path.read_text("utf-8").rpartition("\n")
    path.write_text(whole + newline, "utf-8")
    lines = [json.loads(line) for line in whole.splitlines()]
    if any(line["options"] != options for line in lines):
        raise OtherOptions(f"{path} holds seeds that were counted under other options.")
    return {line["seed"]: _cells(line["cells"]) for line in lines}


def keep_seed(path: Path, options: Options, seed: int, cells: Mapping[Cell, Tally]) -> None:
    """Add one seed's line."""
    listed = [[*cell, _rounded(tally)] for cell, tally in cells.items()]
    line = json.dumps({"seed": seed, "options": options, "cells": listed})
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def _rounded(tally: Tally) -> dict[str, object]:
    """All counts; times to a hundredth of a millisecond, for a line holds thousands."""
    return asdict(tally) | {"times_s": [round(seconds, 5) for seconds in tally.times_s]}


def _cells(listed: list[tuple[str, str, str, dict[str, Any]]]) -> dict[Cell, Tally]:
    return {(name, condition, kind): Tally(**counts) for name, condition, kind, counts in listed}
