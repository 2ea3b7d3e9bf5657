"""A form as it was sent: read field by field, with a sentence beside each that is wrong.

Nothing typed is lost: a page that shows the form again shows `Form.typed`. No HTTP, no database.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from uuid import UUID

from db.text import clean

MOST_CHARACTERS = 200
"""Of a field that says nothing else."""

_HOUR = re.compile(r"(?P<hour>[0-9]{1,2})(?:[:h.](?P<minute>[0-9]{2})?)?(?::00)?")
_TRUE = frozenset({"1", "on", "co"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent."""

    name: str
    content: bytes


@dataclass(slots=True)
class Form:
    """What came with a request, and what is wrong with it so far."""

    typed: dict[str, str] = field(default_factory=dict)
    many: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of fields that may be ticked several times."""
    files: Mapping[str, Upload] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    """A sentence for each field that cannot be taken."""

    def refuse(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field; what was said first stays."""
        self.wrong.setdefault(name, sentence)

    def text(self, name: str, wanted: bool = True, most: int = MOST_CHARACTERS) -> str:
        """A line of text, cleaned."""
        text = clean(self.typed.get(name, ""))
        if wanted and not text:
            self.refuse(name, "Chưa điền ô này.")
        if len(text) > most:
            self.refuse(name, f"Dài quá: {len(text)} ký tự, ô này chứa được {most}.")
        return text

    def paragraphs(self, name: str, most: int) -> str:
        """A text of several lines, each cleaned; the empty ones are left out."""
        lines = [clean(line) for line in self.typed.get(name, "").splitlines()]
        text = "\n".join(line for line in lines if line)
        if len(text) > most:
            self.refuse(name, f"Dài quá: {len(text)} ký tự, ô này chứa được {most}.")
        return text

    def secret(self, name: str) -> str:
        """A password as it was typed; it is never shown again."""
        secret = self.typed.pop(name, "")
        if not secret:
            self.refuse(name, "Chưa điền ô này.")
        return secret

    def number(self, name: str, least: int, most: int) -> int:
        """A whole number; `least` where it cannot be taken."""
        text = clean(self.typed.get(name, "")).replace(".", "")
        if not text:
            self.refuse(name, "Chưa điền ô này.")
        elif not (text.isascii() and text.isdigit() and least <= int(text[:12]) <= most):
            self.refuse(name, f"Cần một số từ {least} đến {most}.")
        else:
            return int(text)
        return least

    def day(self, name: str, wanted: bool = True) -> date | None:
        """A day, as browsers send it or as people write it: 24/11/2026."""
        text = clean(self.typed.get(name, ""))
        if not text:
            if wanted:
                self.refuse(name, "Chưa chọn ngày.")
            return None
        found = read_day(text)
        if found is None:
            self.refuse(name, "Ngày chưa đúng. Ví dụ: 24/11/2026.")
        return found

    def hour(self, name: str) -> time | None:
        """A time of day, as people write it: 07:30, 7:30, 7h30, 7h."""
        text = clean(self.typed.get(name, "")).lower()
        found = _HOUR.fullmatch(text)
        if found and int(found["hour"]) < 24 and int(found["minute"] or 0) < 60:
            return time(int(found["hour"]), int(found["minute"] or 0))
        if text:
            self.refuse(name, "Giờ chưa đúng. Ví dụ: 07:30.")
        return None

    def one_of(self, name: str, choices: Collection[str]) -> str:
        """One of some words; the first where it is none of them."""
        text = self.typed.get(name, "")
        if text not in choices:
            self.refuse(name, "Hãy chọn một mục trong danh sách.")
            return next(iter(choices), "")
        return text

    def several(self, name: str, choices: Collection[str]) -> tuple[str, ...]:
        """Those of some words that were ticked."""
        return tuple(word for word in self.many.get(name, ()) if word in choices)

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.typed.get(name, "") in _TRUE

    def file(self, name: str) -> Upload | None:
        """The file that was chosen."""
        found = self.files.get(name)
        if found is None or not found.content:
            self.refuse(name, "Chưa chọn tệp, hoặc tệp trống.")
            return None
        return found

    def is_stale(self, version: str) -> bool:
        """Whether somebody else changed the record since this form was shown."""
        return self.typed.get("version", version) != version


def version_of(*values: object) -> str:
    """What a record's form keeps, to notice that somebody else changed the record meanwhile."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def read_uuid(text: str) -> UUID | None:
    """An identity as pages hand it on; None if it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def read_day(text: str) -> date | None:
    """A day as browsers send it or as people here write it; None if it is none."""
    parts = text.replace(".", "/").replace("-", "/").split("/")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    year, month, day = numbers if len(parts[0]) == 4 else reversed(numbers)
    try:
        return date(year, month, day)
    except ValueError:
        return None
