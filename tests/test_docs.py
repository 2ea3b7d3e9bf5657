"""What the documents promise is what the code has."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from db.models import Base
from db.outcomes import Refusal

ROOT = Path(__file__).parent.parent


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_has_a_rule(refusal: Refusal) -> None:
    """Given a refusal, then docs/rules.md has it in a numbered rule."""
    assert f"`{refusal.value}`" in _read("docs/rules.md")


def test_every_rule_is_held_by_a_test() -> None:
    """Given the numbered rules, then each names a test that holds it, and that test exists."""
    told = _read("docs/rules.md")
    rules, _, held = told.partition("## Which test holds which rule")
    numbers = re.findall(r"^\| (\d+) \|", rules, re.MULTILINE)
    named = re.findall(r"`(tests/\w+\.py)::(\w+)`", held)

    assert re.findall(r"^\| (\d+) \| `tests/", held, re.MULTILINE) == numbers
    assert [one for one in named if f"\ndef {one[1]}(" not in _read(one[0])] == []


@pytest.mark.parametrize("model", sorted(m.class_.__name__ for m in Base.registry.mappers))
def test_every_model_is_in_the_glossary(model: str) -> None:
    """Given a table, then the glossary says what it is in both languages."""
    assert f"`{model}`" in _read("docs/glossary.md")


DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(
        found
        for folder in ("docs", "deploy", "benchmarks")
        for found in ROOT.glob(f"{folder}/**/*.md")
    ),
]


@pytest.mark.parametrize("document", sorted(DOCUMENTS), ids=lambda path: str(path.name))
def test_links_lead_somewhere(document: Path) -> None:
    """Given a document, then every file it links to or shows is there."""
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", document.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (document.parent / target).exists()]

    assert missing == []


@pytest.mark.parametrize("document", sorted(DOCUMENTS), ids=lambda path: str(path.name))
def test_named_tests_exist(document: Path) -> None:
    """Given a document that names a test file, then the file is there."""
    named = re.findall(r"tests/\w+\.py", document.read_text(encoding="utf-8"))

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_acceptance_names_real_tests() -> None:
    """Given docs/acceptance.md, then each test it names exists, and its items follow each other."""
    told = _read("docs/acceptance.md")
    named = re.findall(r"`(tests/\w+\.py)::(\w+)`", told)
    items = re.findall(r"^\| (S\d\d) ", told, re.MULTILINE)

    assert [one for one in named if f"\ndef {one[1]}(" not in _read(one[0])] == []
    assert items == sorted(set(items))


def test_every_story_is_in_the_acceptance_table() -> None:
    """Given a test whose docstring begins with items, then their rows name it."""
    told = _read("docs/acceptance.md").splitlines()
    rows = {row[2:5]: row for row in told if re.match(r"\| S\d\d ", row)}
    stories = {
        node.name: found[1].split(", ")
        for node in ast.parse(_read("tests/test_flow_acceptance.py")).body
        if isinstance(node, ast.FunctionDef)
        and (found := re.match(r"(S\d\d(?:, S\d\d)*):", ast.get_docstring(node) or ""))
    }

    assert len(stories) > 20
    for name, items in stories.items():
        assert all(f"::{name}`" in rows[item] for item in items), name


def test_version_is_in_the_changelog() -> None:
    """Given the package's version, then the changelog tells what came with it."""
    version = tomllib.loads(_read("pyproject.toml"))["project"]["version"]

    assert f"## [{version}]" in _read("CHANGELOG.md")


def test_what_builds_the_project_is_locked() -> None:
    """Given only what the station needs is installed, then the project can be built with it."""
    (build,) = tomllib.loads(_read("pyproject.toml"))["build-system"]["requires"]
    assert f"\n{build.partition('>=')[0]}==" in _read("requirements.lock")


def test_school_needs_four_things() -> None:
    """S42: given the guide to installing, then it asks for a PC, a webcam, a printer and A4."""
    needed = _read("deploy/README.md").split("and nothing else:")[1].split("\n\n")[1]
    wanted = [re.sub(r"[^a-zA-Z0-9 ].*", "", line[2:]) for line in needed.splitlines()]

    assert wanted == ["one PC", "one webcam ", "one printer for plain A4 ", "plain A4 paper"]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_has_hashes_and_no_host(lock: str) -> None:
    """Given a lock file, then every package has an exact version and hashes, and no address."""
    entries = [line for line in _read(lock).splitlines() if line and not line.startswith(" ")]

    assert "://" not in _read(lock)
    assert all(re.match(r"[a-z0-9-]+==\S+ .*\\$", entry) for entry in entries)
    assert _read(lock).count("--hash=sha256:") >= len(entries)


@pytest.mark.parametrize("script", ["run", "setup", "test"])
def test_readmes_name_the_scripts(script: str) -> None:
    """Given a script a newcomer needs, then both READMEs name it."""
    assert f"scripts/{script}" in _read("README.md")
    assert f"scripts/{script}" in _read("README.vi.md")
