"""What the text of a code is, whichever way it came. Keeps out devices and what a code means.

Our own labels end in four to six digits, so a text that lost its end may name another book.
Whatever is lost or cannot be read therefore leaves a mark in the text (`LOST`), and no code of
ours has one. Only marks before a code are taken away: without its beginning, no code of ours
is one.
"""

from __future__ import annotations

import unicodedata

from scanner.scan import Scan, Source

SHORTEST_CODE = 4
"""Characters a device must send: less is noise on the line, or fingers that rolled over keys."""
LONGEST_CODE = 64
"""Characters; a longer text is shortened to this, ends in an ellipsis, and is no code of ours."""
LOST = "\N{REPLACEMENT CHARACTER}"
"""Stands for what could not be read."""
ENDS = frozenset("\r\n\t")
"""What hand scanners send after a code, as characters: Enter or Tab."""
SILENCE_S = 0.5
"""A code without an end is over after this; no scanner rests that long within one."""

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−⁃ー"), "-") | {ord("。"): "."}
"""What a keyboard may give for a hyphen or a full stop; NFKC knows the full-width ones."""


class Line:
    """The characters of one code, as they come in."""

    def __init__(self) -> None:
        self._text = ""

    def __len__(self) -> int:
        return len(self._text)

    def add(self, text: str) -> None:
        """Take in some more."""
        room = LONGEST_CODE - len(self._text)
        if len(text) <= room:
            self._text += text
        elif room >= 0:
            self._text += text[:room] + LOST

    def end(self) -> str:
        """Give the code, empty if there is none; the next line begins."""
        arrived, self._text = self._text, ""
        code = as_code(arrived)
        return code if len(code) >= SHORTEST_CODE else ""


def as_code(arrived: str) -> str:
    """Put what a device sent into the form of a code: NFC, nothing invisible, not too long."""
    seen = "".join(map(_seen, arrived)).lstrip(LOST + " ")
    text = unicodedata.normalize("NFC", seen).strip()
    return text if len(text) <= LONGEST_CODE else text[: LONGEST_CODE - 1] + "…"


def _seen(character: str) -> str:
    """Leave out control and format characters; half of a surrogate pair is a loss."""
    match unicodedata.category(character):
        case "Cc" | "Cf":
            return ""
        case "Cs":
            return LOST
    return character


def typed_scan(typed: str, at: float) -> Scan | None:
    """Take what somebody typed for a code; None if it is nothing.

    Args:
        typed: As it was typed, in either case, with the dashes and the wide letters and
            digits that keyboards for Vietnamese, Japanese or prose give.
        at: When it was typed, in seconds of `time.monotonic`.
    """
    plain = unicodedata.normalize("NFKC", typed).translate(_DASHES).upper()
    text = as_code(plain)
    return Scan(text, None, at, Source.TYPED) if text else None
