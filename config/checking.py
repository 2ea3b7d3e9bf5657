"""Reads a settings file and gathers every mistake before anyone has to restart twice.

Sentences are Vietnamese first, for the teacher who installs the station, then English.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.errors import SettingsError
from config.settings import Settings

Tables = dict[str, Any]
"""A settings file as TOML gives it: parts, their settings, values."""


def load_settings(path: Path | None, changes: Tables | None = None) -> Settings:
    """Read `path`; without one, every setting has its default.

    Args:
        path: The settings file.
        changes: Settings of single parts that take the place of the file's.

    Raises:
        SettingsError: The file is missing, is not TOML, or holds mistakes (all of them).
    """
    tables = {} if path is None else _read(path)
    for part, values in (changes or {}).items():
        given = tables.get(part, {})
        tables[part] = {**given, **values} if isinstance(given, dict) else given
    return parse_settings(tables)


def parse_settings(tables: Tables) -> Settings:
    """Check the contents of a settings file.

    Raises:
        SettingsError: With one sentence for each mistake.
    """
    try:
        return Settings.model_validate(tables)
    except ValidationError as error:
        mistakes = tuple(_sentence(fault) for fault in error.errors(include_url=False))
        raise SettingsError(mistakes) from error


def _read(path: Path) -> Tables:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        mistake = f"{path}: không mở được tệp cài đặt (cannot be opened: {error.strerror})"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        mistake = f"{path}: tệp cài đặt viết sai (not valid TOML: {error})"
    raise SettingsError((mistake,))


def _sentence(fault: ErrorDetails) -> str:
    place = ".".join(str(step) for step in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{place}: không có mục này{_suggestion(fault['loc'])} (unknown setting)"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{place}: giá trị {fault['input']!r} không dùng được ({message})"


def _suggestion(loc: tuple[int | str, ...]) -> str:
    known = _names_at(loc[:-1])
    near = difflib.get_close_matches(str(loc[-1]), known, n=1, cutoff=0.6)
    if near:
        return f'; có phải là "{near[0]}"? (did you mean "{near[0]}"?)'
    return f"; chỉ có: {', '.join(known)}"


def _names_at(loc: tuple[int | str, ...]) -> list[str]:
    part: type[BaseModel] = Settings
    for step in loc:
        inner = part.model_fields[str(step)].annotation
        assert isinstance(inner, type)
        part = inner
    return list(part.model_fields)
