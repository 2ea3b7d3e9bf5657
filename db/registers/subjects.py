"""What there is for each subject taught, and the e-resources that were listed.

Keeps out textbooks that single pupils lack (`db.textbook_checks`).

Source:
    Domain specification S04, S10 (teachers' books per subject), S33 and S50 (e-resources).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from sqlalchemy import func, select

from db.models import Edition, Kho, Patron, PatronDetail
from db.ordering import sort_key
from db.outcomes import PatronCategory
from db.registers.asked import Asked
from db.registers.joins import OF_DETAIL
from db.registers.sheet import Column, Part, Row
from db.registers.stock import in_stock
from db.states import DocumentType, PatronStatus

TEXTBOOKS: Final = "SGK"
TEACHERS_BOOKS: Final = "SGV"
SHOWN: Final = (TEXTBOOKS, TEACHERS_BOOKS)
_HEAD: Final = (
    Column("Môn", 3),
    Column("Giáo viên", 1, "number"),
    Column("SGK", 1, "number"),
    Column("SGV", 1, "number"),
    Column("Sách khác", 1, "number"),
)
_LACKS: Final = (Column("Môn", 3), Column("Giáo viên", 1, "number"), Column("SGK", 1, "number"))
_LINKS: Final = (
    Column("TT", 0.5, "number"),
    Column("Nhan đề", 3),
    Column("Môn", 1.4),
    Column("Lớp", 0.6),
    Column("Địa chỉ", 3.4),
    Column("Xem lại ngày", 1.1, "date"),
)


def subjects_report(asked: Asked, _wanted: object) -> Iterator[Part]:
    """Copies in stock and teachers by subject, and the subjects without a teacher's book (S10)."""
    copies, teachers = _copies(asked), _teachers(asked)
    known = sorted({subject for subject, _ in copies} | set(teachers), key=sort_key)
    rows = [Row((one, teachers[one], *_held(copies, one))) for one in known]
    yield Part("", _HEAD, rows)
    lacks = [
        Row((one, teachers[one], copies[one, TEXTBOOKS]))
        for one in known
        if not copies[one, TEACHERS_BOOKS]
    ]
    yield Part("Môn chưa có sách giáo viên", _LACKS, lacks)


def links_report(asked: Asked, _wanted: object) -> Iterator[Part]:
    """The e-resources, with the day somebody last saw that the address answers (S50)."""
    links = asked.connection.execute(
        select(Edition.title, Edition.subject, Edition.grade, Edition.link, Edition.link_checked_on)
        .where(
            Edition.school_id == asked.school_id,
            Edition.document_type == DocumentType.E_RESOURCE,
            Edition.entered_at.is_(None) | (Edition.entered_at <= asked.as_of),
        )
        .order_by(Edition.subject, Edition.title, Edition.id)
    )
    yield Part("", _LINKS, [Row((place, *row)) for place, row in enumerate(links, start=1)])


def _held(copies: Counter[tuple[str, str]], subject: str) -> tuple[int, int, int]:
    textbooks, teachers_books = (copies[subject, one] for one in SHOWN)
    every = sum(count for (of, _), count in copies.items() if of == subject)
    return textbooks, teachers_books, every - textbooks - teachers_books


def _copies(asked: Asked) -> Counter[tuple[str, str]]:
    """Copies in stock by subject and register."""
    where = (asked.connection, asked.school_id, asked.as_of)
    by = (Edition.subject, Kho.register, Kho.prefix)
    copies: Counter[tuple[str, str]] = Counter()
    for (subject, register, prefix), count in in_stock(*where, *by).items():
        if subject and count:
            copies[subject, register or prefix] += count
    return copies


def _teachers(asked: Asked) -> Counter[str]:
    counted = (
        select(PatronDetail.subject, func.count())
        .select_from(Patron)
        .join(PatronDetail, OF_DETAIL)
        .where(
            Patron.school_id == asked.school_id,
            Patron.category == PatronCategory.TEACHER,
            Patron.status == PatronStatus.ACTIVE,
            PatronDetail.subject != "",
        )
        .group_by(PatronDetail.subject)
    )
    return Counter({subject: count for subject, count in asked.connection.execute(counted)})
