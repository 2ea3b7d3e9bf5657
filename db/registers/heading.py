"""What is alike on every paper of the library: school, body above it, moment, way of dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from db.clock import local_day
from db.library import Act
from db.registers.sheet import Part, Sheet


def headed(
    act: Act,
    code: str,
    title: str,
    range_of: str,
    parts: Iterable[Part],
    signers: tuple[str, ...],
    *,
    head: tuple[str, ...] = (),
    foot: tuple[str, ...] = (),
    as_of: datetime | None = None,
    until: date | None = None,
) -> Sheet:
    """A paper of the library.

    Args:
        act: The library.
        code: Such as "R1".
        title: Of the paper.
        range_of: What it is of, in words.
        parts: What it says.
        signers: Who signs.
        head: Lines before the first part.
        foot: Lines after the last.
        as_of: As of when its figures are; None for now.
        until: The last day of its range: one that has not ended is said to be so.
    """
    moment = as_of or act.now
    is_provisional = until is not None and until > local_day(moment)
    return Sheet(
        code,
        title,
        f"{range_of} (tạm tính, kỳ chưa kết thúc)" if is_provisional else range_of,
        act.rules.school_name,
        moment,
        parts,
        superior=act.rules.choices.superior,
        head=head,
        foot=foot,
        signers=signers,
        is_provisional=is_provisional,
        roman_months=act.rules.choices.roman_months,
    )
