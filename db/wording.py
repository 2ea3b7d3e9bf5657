"""Every sentence that imports and exports say, by key and language. Keeps out where it is said."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Literal

from db.intake.remarks import Remark
from db.intake.workbook import Refusal

Language = Literal["vi", "en"]


class Wording:
    """The sentences of one language."""

    def __init__(self, language: Language) -> None:
        text = resources.files("db.locale").joinpath(f"{language}.toml").read_text("utf-8")
        self._tables: dict[str, dict[str, str]] = tomllib.loads(text)

    def keys(self) -> set[str]:
        """Every key, as "table.name"."""
        return {f"{table}.{name}" for table, names in self._tables.items() for name in names}

    def say(self, key: str, **values: str | int) -> str:
        """The sentence for `key` with its placeholders filled.

        Raises:
            KeyError: No such sentence, or a placeholder is not given.
        """
        table, _, name = key.partition(".")
        return self._tables[table][name].format(**values)

    def remark(self, remark: Remark) -> str:
        """What is to be said of a row, and where it stands."""
        other = self.place(remark.other.sheet, remark.other.row) if remark.other else ""
        said = {"value": remark.value, "other": other, "before": remark.before}
        why = self.say(f"row.{remark.reason.value}", **said)
        where = self.place(remark.place.sheet, remark.place.row, remark.column)
        return self.say("place.sentence", where=where, why=why)

    def refusal(self, refusal: Refusal) -> str:
        """Why a file is not imported at all."""
        return self.say(f"file.{refusal.reason.value}", sheet=refusal.sheet, column=refusal.column)

    def place(self, sheet: str, row: int, column: str = "") -> str:
        """Name a place in a file: sheet, row, and column where there is one."""
        key = "place.cell" if column else "place.row"
        return self.say(key, sheet=sheet, row=row, column=column)
