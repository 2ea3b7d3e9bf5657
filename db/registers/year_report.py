"""The report at a school year's end (S71): live figures, and what the librarian says herself.

Pupils, the plan and what is said of the year are as they are now; stock, visits, loans, losses and
activities are as of a moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import case, func, select

from db.activities import KIND_WORDS, by_kind, read_activities
from db.calendar import YearDates
from db.library import Act
from db.models import Edition, LossCase, Patron, PatronDetail
from db.outcomes import PatronCategory
from db.registers.asked import Asked
from db.registers.heading import headed
from db.registers.joins import OF_DETAIL
from db.registers.plan import state_words
from db.registers.reports import Circulation, circulation, undated_words
from db.registers.sheet import Cell, Column, Part, Row, Sheet, Weight
from db.registers.stock import in_stock
from db.states import (
    ActivityKind,
    CaseKind,
    DocumentType,
    PatronStatus,
    RemarkPart,
    Settlement,
)
from db.year_plan import read_plan
from db.year_remarks import PART_WORDS, read_remarks

TYPE_WORDS = {
    DocumentType.BOOK: "Sách",
    DocumentType.NEWSPAPER: "Báo",
    DocumentType.MAGAZINE: "Tạp chí",
    DocumentType.MAP: "Bản đồ",
    DocumentType.PICTURE: "Tranh ảnh",
    DocumentType.DISC: "Băng, đĩa",
    DocumentType.E_RESOURCE: "Học liệu điện tử",
}


def year_report(
    act: Act, year: YearDates, as_of: datetime, counted: Circulation | None = None
) -> Sheet:
    """The report of a school year as of a moment, to be printed and signed.

    Args:
        act: The library.
        year: Which year.
        as_of: What happened later is left out.
        counted: Of a range that holds the year, where that has been counted already.
    """
    where = (act.connection, act.school_id, year.begins_on, year.ends_on, as_of)
    asked = Asked(*where, act.rules.calendar)
    parts = [
        Part("I. Bạn đọc", _PUPIL_HEAD, list(_pupils(act))),
        Part("II. Kho tài liệu", _STOCK_HEAD, list(_stock(asked))),
        Part("III. Phục vụ bạn đọc", _LINE_HEAD, list(_service(asked, counted))),
        Part("IV. Tài liệu mất, hỏng", _LINE_HEAD, list(_losses(asked))),
        Part("V. Hoạt động", _LINE_HEAD, list(_held(act, year, as_of))),
        Part("VI. Đánh giá", _SAID_HEAD, list(_said(read_remarks(act, year.name)))),
    ]
    return headed(
        act,
        "TK",
        "Báo cáo tổng kết công tác thư viện",
        f"Năm học {year.name}",
        parts,
        ("Nhân viên thư viện", "Hiệu trưởng"),
        foot=(undated_words("số học sinh, kế hoạch và phần đánh giá"),),
        as_of=as_of,
        until=year.ends_on,
    )


_PUPIL_HEAD = (
    Column("Khối", 4),
    Column("Số lớp", 3, "number"),
    Column("Học sinh", 3, "number"),
    Column("Nữ", 3, "number"),
)
_STOCK_HEAD = (
    Column("Loại tài liệu", 6),
    Column("Tên", 3, "number"),
    Column("Bản", 3, "number"),
)
_LINE_HEAD = (Column("Nội dung", 9), Column("Số lượng", 3, "number"), Column("Ghi chú", 9))
_SAID_HEAD = (Column("Phần", 4), Column("Nội dung", 18))


def _pupils(act: Act) -> Iterator[Row]:
    """Pupils by grade, and the girls of whom that is known (S02)."""
    here = (Patron.school_id == act.school_id, Patron.status == PatronStatus.ACTIVE)
    rooms = func.count(func.distinct(Patron.homeroom))
    girls = func.sum(case((PatronDetail.female.is_(True), 1), else_=0))
    asked = (
        select(Patron.grade, rooms, func.count(Patron.id), girls)
        .outerjoin(PatronDetail, OF_DETAIL)
        .where(*here, Patron.category == PatronCategory.STUDENT)
        .group_by(Patron.grade)
        .order_by(Patron.grade)
    )
    sums = [0, 0, 0]
    for grade, *counts in act.connection.execute(asked):
        sums = [total + count for total, count in zip(sums, counts, strict=True)]
        yield Row((f"Khối {grade}" if grade else "Chưa rõ khối", *counts))
    yield Row(("Cộng", *sums), Weight.TOTAL)
    staff = select(func.count()).where(*here, Patron.category != PatronCategory.STUDENT)
    count = act.connection.execute(staff).scalar_one()
    yield Row(("Giáo viên, nhân viên", None, count, None))


def _stock(asked: Asked) -> Iterator[Row]:
    """Titles and copies in stock by what they are; an e-resource has no copies (S46)."""
    where = (asked.connection, asked.school_id, asked.as_of)
    titles: Counter[DocumentType] = Counter({DocumentType.E_RESOURCE: _e_resources(asked)})
    copies: Counter[DocumentType] = Counter()
    for (kind, _), count in in_stock(*where, Edition.document_type, Edition.id).items():
        titles[kind] += bool(count)
        copies[kind] += count
    for kind, words in TYPE_WORDS.items():
        if titles[kind]:
            yield Row((words, titles[kind], copies[kind]))
    yield Row(("Cộng", titles.total(), copies.total()), Weight.TOTAL)


def _e_resources(asked: Asked) -> int:
    """E-resources that were listed by the moment."""
    known = Edition.entered_at.is_(None) | (Edition.entered_at <= asked.as_of)
    listed = Edition.document_type == DocumentType.E_RESOURCE
    counted = select(func.count()).where(Edition.school_id == asked.school_id, listed, known)
    return asked.connection.execute(counted).scalar_one()


def _service(asked: Asked, counted: Circulation | None) -> Iterator[Row]:
    told = counted or circulation(asked)
    total = told.between(asked.since, asked.until)
    yield Row(("Lượt bạn đọc", total.readers, "mỗi người một buổi là một lượt; cộng số đếm tay"))
    yield Row(("Lượt sách mượn về", total.home, ""))
    yield Row(("Lượt sách đọc tại chỗ", total.here, ""))
    yield Row(("Cộng lượt sách", total.books, ""), Weight.TOTAL)


def _losses(asked: Asked) -> Iterator[Row]:
    """Cases that began in the year, and what had become of them by the moment (S56)."""
    within = (LossCase.opened_at >= asked.begins, LossCase.opened_at < asked.ends)
    begun = (LossCase.school_id == asked.school_id, *within, LossCase.opened_at <= asked.as_of)
    settled = case((LossCase.settled_at <= asked.as_of, LossCase.settlement))
    told = select(LossCase.kind, settled.label("settlement")).where(*begun)
    cases = asked.connection.execute(told).all()
    kinds, ends = Counter(row.kind for row in cases), Counter(row.settlement for row in cases)
    made_good = ends[Settlement.REPLACED] + ends[Settlement.COMPENSATED]
    yield Row(("Báo mất", kinds[CaseKind.LOST], ""))
    yield Row(("Báo hỏng", kinds[CaseKind.DAMAGED], ""))
    yield Row(("Đã tìm thấy", ends[Settlement.FOUND], ""))
    yield Row(("Đã đền", made_good, ""))
    yield Row(("Được miễn", ends[Settlement.WAIVED], ""))
    yield Row(("Còn đang giải quyết", ends[None], ""))


def _held(act: Act, year: YearDates, as_of: datetime) -> Iterator[Row]:
    held = read_activities(act, year.begins_on, year.ends_on, as_of)
    counts = by_kind(held)
    training = "; ".join(
        f"{one.held.day:%d/%m}: {one.held.what}"
        for one in held
        if one.held.kind is ActivityKind.TRAINING
    )
    for kind, words in KIND_WORDS.items():
        if counts[kind]:
            told = training if kind is ActivityKind.TRAINING else ""
            yield Row((words, counts[kind], told))
    yield Row(("Cộng hoạt động", len(held), ""), Weight.TOTAL)
    plan = read_plan(act, year.name)
    if plan is not None:
        done = f"Việc trong kế hoạch đã làm (trên {len(plan.standing)})"
        yield Row((done, plan.done, state_words(plan)))


def _said(remarks: Mapping[RemarkPart, str]) -> Iterator[Row]:
    for part, words in PART_WORDS.items():
        heading: Cell = words
        for line in remarks.get(part, "…").splitlines():
            yield Row((heading, line))
            heading = ""
