"""Tells codes that are no card and no label apart, so that whoever holds one up hears what it is.

A slip's number is among them: pupils hold their slip up too. Keeps out cards and labels, which
`db.identifiers` knows, and what is said.
"""

from __future__ import annotations

import re
from enum import StrEnum

from db.ids import SLIP_LETTERS


class ForeignCode(StrEnum):
    """What a code is that names no reader and no book."""

    SLIP = "slip"
    """The number on a slip of ours."""
    WEB_LINK = "web-link"
    PAYMENT = "payment"
    IDENTITY = "identity"
    """An identity or health insurance card: it names a person, so its text is kept nowhere."""
    MAGAZINE = "magazine"
    GOODS = "goods"
    OTHER = "other"


_SHAPES = (
    (ForeignCode.SLIP, re.compile(rf"[{SLIP_LETTERS}]{{4}}-[{SLIP_LETTERS}]{{4}}")),
    (ForeignCode.WEB_LINK, re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)),
    # EMVCo merchant QR, as VietQR: it begins with its version and whether it is for one payment.
    (ForeignCode.PAYMENT, re.compile(r"00020101021[12].*", re.DOTALL)),
    # CCCD: twelve digits, the old number, the name; BHYT: fifteen characters, then fields.
    (ForeignCode.IDENTITY, re.compile(r"(?:\d{12}\|(?:\d{9})?|[A-Z]{2}\d{8,13})\|.*", re.DOTALL)),
)
_DIGITS = re.compile(r"\d{8}|\d{12,13}", re.ASCII)
_ISSN_PREFIX = "977"


def foreign_code(text: str) -> ForeignCode:
    """Say what a text is that is no code of ours. Never raises, whatever it is given."""
    for sort, shape in _SHAPES:
        if shape.fullmatch(text):
            return sort
    if not _DIGITS.fullmatch(text) or not _gs1_holds(text):
        return ForeignCode.OTHER
    is_magazine = len(text) == 13 and text.startswith(_ISSN_PREFIX)
    return ForeignCode.MAGAZINE if is_magazine else ForeignCode.GOODS


def _gs1_holds(digits: str) -> bool:
    """Whether the check digit of goods is right: weights 3 and 1 from the right (GS1)."""
    return sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(digits))) % 10 == 0
