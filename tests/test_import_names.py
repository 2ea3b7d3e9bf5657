"""The six flat names are ours and nobody else's (decision 0001)."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMES = ("kiosk", "scanner", "printer", "db", "config", "admin")


@pytest.mark.parametrize("name", NAMES)
def test_name_leads_to_this_tree(name: str) -> None:
    """Given one of the names, when imported, then its file lies in this tree."""
    module = importlib.import_module(name)

    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT / name)


@pytest.mark.parametrize("name", NAMES)
def test_no_other_distribution_has_the_name(name: str) -> None:
    """Given the installed distributions, then none but ours brings one of the names."""
    assert set(packages_distributions().get(name, ["tram-sach"])) == {"tram-sach"}


@pytest.mark.parametrize("name", NAMES)
def test_no_module_repeats_a_package(name: str) -> None:
    """Given a package, then no module inside any package is called like it."""
    twins = [found for package in NAMES for found in (ROOT / package).rglob(f"{name}.py")]

    assert twins == []
    assert not (ROOT / "tests" / name).exists()


def test_wheel_holds_every_file(tmp_path: Path) -> None:
    """Given an ordinary wheel, then each file of the six packages is in it."""
    words = ["wheel", "-q", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path)]
    source = tmp_path / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "demo-out", "var", "build"))
    subprocess.run([sys.executable, "-m", "pip", *words, str(source)], check=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    files = {
        str(file.relative_to(ROOT))
        for name in NAMES
        for file in (ROOT / name).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    assert files - held == set()
