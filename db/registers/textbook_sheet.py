"""The check of textbooks on paper: every class by figures, and for each who lacks what.

A class's page is for its form teacher; pupils who lack nothing are not on it. Keeps out how the
check is made (`db.textbook_checks`).

Source:
    Domain specification S07 (percentages), S19 (a sheet of one A4 page for a class), S66.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from db.library import Act
from db.registers.heading import headed
from db.registers.sheet import Column, Part, Row, Sheet, Weight, percent_words
from db.textbook_checks import ClassCheck

_CLASSES: Final = (
    Column("Lớp", 2),
    Column("Học sinh", 2, "number"),
    Column("Đủ sách", 2, "number"),
    Column("Tỉ lệ (%)", 2, "number"),
    Column("Lượt thiếu", 2, "number"),
    Column("Thư viện đang cho mượn", 3, "number"),
)
_LACKING: Final = (
    Column("TT", 1, "middle"),
    Column("Họ và tên", 5),
    Column("Sách còn thiếu", 14),
)
_TOGETHER: Final = (
    Column("Số HS", 1, "middle"),
    Column("Họ và tên", 12),
    Column("Sách còn thiếu", 7),
)
MOST_BY_NAME: Final = 20
"""Pupils with a line each on the one page of a class; of more, those who lack the same share."""


def check_sheet(act: Act, checks: Sequence[ClassCheck]) -> Sheet:
    """The check of some classes; of a single one without the comparison."""
    year = act.rules.calendar.year_of(act.today)
    term = "" if year is None else f"năm học {year.name}"
    whose = f"Lớp {checks[0].homeroom}, {term}" if len(checks) == 1 else term.capitalize()
    parts = [_class_part(check, own_page=len(checks) > 1) for check in checks]
    return headed(
        act,
        "SGK",
        "Kiểm tra sách giáo khoa của học sinh",
        whose,
        parts if len(checks) == 1 else [Part("", _CLASSES, list(_figures(checks))), *parts],
        ("Giáo viên chủ nhiệm", "Nhân viên thư viện"),
    )


def _figures(checks: Sequence[ClassCheck]) -> Iterator[Row]:
    pupils = complete = lacking = lent = 0
    for check in checks:
        had = len(check.pupils) - len(check.without)
        share = percent_words(check.percent)
        borrowed = _lent(check)
        yield Row((check.homeroom, len(check.pupils), had, share, len(check.lacking), borrowed))
        pupils, complete = pupils + len(check.pupils), complete + had
        lacking, lent = lacking + len(check.lacking), lent + borrowed
    share = percent_words(100 * complete / pupils if pupils else 100)
    yield Row(("Cộng", pupils, complete, share, lacking, lent), Weight.TOTAL)


def _lent(check: ClassCheck) -> int:
    """Textbooks of the set that the library lent to the class."""
    titles = {title for title, _ in check.titles}
    return sum(title in titles for _, title in check.lent)


def _class_part(check: ClassCheck, own_page: bool) -> Part:
    lacking = check.without
    rows = [
        Row((place, name, "; ".join(titles)))
        for place, (name, titles) in enumerate(lacking, start=1)
    ]
    columns = _LACKING
    if len(lacking) > MOST_BY_NAME:
        columns, rows = _TOGETHER, list(_together(lacking))
    had = len(check.pupils) - len(check.without)
    told = f"{had} / {len(check.pupils)} học sinh đủ sách ({percent_words(check.percent)} %)"
    return Part(f"Lớp {check.homeroom}", columns, rows, beside=told, own_page=own_page)


def _together(lacking: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[Row]:
    """A line for all who lack the same: in September that is most of a class."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, titles in lacking:
        alike.setdefault(titles, []).append(name)
    for titles, names in alike.items():
        yield Row((len(names), ", ".join(names), "; ".join(titles)))
