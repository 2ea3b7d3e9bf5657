"""The sentences of the screens, one file for each language (domain specification 9)."""

from __future__ import annotations

import tomllib
from pathlib import Path


def read_sentences(language: str) -> dict[str, str]:
    """Read every sentence of a language, by key: "table.name"."""
    text = Path(__file__).with_name(f"{language}.toml").read_text("utf-8")
    tables: dict[str, dict[str, str]] = tomllib.loads(text)
    return {
        f"{table}.{name}": sentence
        for table, names in tables.items()
        for name, sentence in names.items()
    }
