"""The self-check against circular 16/2022 (S45): what live data say, beside law and own targets.

Whatever has no threshold is said to have none; it is never met. What no data can tell is a tick
with a note, kept in the school's choice `standards`. Keeps out how the minutes are laid out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, func, select

from db.library import Act
from db.models import Copy, Edition, Kho, Patron, PeriodicalIssue
from db.outcomes import PatronCategory
from db.registers.heading import headed
from db.registers.joins import OF_EDITION, OF_KHO
from db.registers.sheet import Column, Part, Row, Sheet
from db.registers.year_papers import LESSONS_WANTED, fewest_lessons, year_in_words
from db.states import CopyState, DocumentType, PatronStatus

COPIES_LEVEL_2: Final = 5
PERIODICAL_TITLES: Final = 6
PERIODICAL_COPIES: Final = 3
NO_THRESHOLD: Final = "chưa đặt ngưỡng"
MET, NOT_MET, NOT_LOOKED_AT = "đạt", "chưa đạt", "chưa đánh giá"

TICKS: Final = {
    "resources": ("1", "Tài liệu phù hợp lứa tuổi và chương trình, xử lý đúng nghiệp vụ"),
    "extended": ("1", "Tài liệu mở rộng: nghiệp vụ, tham khảo, tranh ảnh, bản đồ, báo, điện tử"),
    "equipment": ("3", "Giá, tủ, bàn ghế, máy tính, thiết bị tra cứu"),
    "rules": ("4", "Nội quy và hướng dẫn sử dụng thư viện"),
    "promotion": ("4", "Khuyến đọc; hỗ trợ học tập và giảng dạy"),
    "exchange": ("4", "Liên thông, chia sẻ với thư viện khác"),
    "plan": ("5", "Kế hoạch năm được phê duyệt; hồ sơ; đánh giá hằng năm"),
    "staff": ("5", "Người làm công tác thư viện đúng chuyên môn"),
    "budget": ("5", "Kinh phí hằng năm"),
}
"""Criteria that somebody has to look at, with the standard each belongs to."""
NUMBERS: Final = ("area", "area_wanted", "seats", "seats_wanted", "sets", LESSONS_WANTED)
"""What is entered as a number: square metres, seats, sets where they are counted by hand, and
lessons in the library for each class and semester."""


class Level(StrEnum):
    """How far a criterion goes."""

    LAW_1 = "Mức 1"
    LAW_2 = "Mức 2"
    OWN = "Trường"


@dataclass(frozen=True, slots=True)
class Facts:
    """What live data say."""

    pupils: int
    teachers: int
    copies: int
    sets: int
    periodicals: int
    """Titles with enough copies of each number."""
    lessons: int | None = None
    """Of the class with the fewest in this semester; None for a school without classes."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What the records say of a criterion that somebody has to look at, by its key."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the self-check."""

    standard: str
    words: str
    level: str
    now: str
    wanted: str
    answer: str
    evidence: str = ""


def answer_of(now: float, wanted: float | None, words: str) -> str:
    """Whether a number is enough; with the number where it is not."""
    if wanted is None:
        return NO_THRESHOLD
    return MET if now >= wanted else f"{NOT_MET} ({words})"


def criteria(facts: Facts, legal: int, own: int, entered: Mapping[str, str]) -> Iterator[Criterion]:
    """Every line of the self-check.

    Args:
        facts: What live data say.
        legal: Copies for each pupil that level 1 asks for.
        own: The school's own target beside it; 0 for none.
        entered: The school's choice `standards`.
    """
    yield from _copies(facts, legal, own)
    sets = _number(entered, "sets")
    held = facts.sets if sets is None else int(sets)
    words = "Bộ sách theo bộ môn cho mỗi giáo viên (≥ 1)"
    told = f"{held} bộ / {facts.teachers} giáo viên"
    answer = answer_of(held, facts.teachers or None, told)
    yield Criterion("1", words, "Mức 1, 2", told, f"{facts.teachers}", answer, "R3, R4")
    words = f"Báo, tạp chí: {PERIODICAL_TITLES} tên, mỗi tên {PERIODICAL_COPIES} bản"
    answer = answer_of(facts.periodicals, PERIODICAL_TITLES, f"{facts.periodicals} tên")
    now = f"{facts.periodicals} tên"
    yield Criterion("1", words, Level.LAW_2, now, f"{PERIODICAL_TITLES} tên", answer, "R5")
    yield _measured("2", "Diện tích thư viện (m²)", entered, "area")
    yield _measured("2", "Chỗ ngồi đọc", entered, "seats")
    software = "Phần mềm quản lý: xuất sổ điện tử, thống kê, tra cứu, chia sẻ dữ liệu"
    evidence = "Xuất Excel và PDF R1–R10; trao đổi biểu ghi"
    yield Criterion("3", software, "Mức 1, 2", "Trạm Sách", "có", MET, evidence)
    for key, (standard, words) in TICKS.items():
        note = entered.get(key)
        answer = NOT_LOOKED_AT if note is None else MET
        told = facts.told.get(key, "")
        yield Criterion(standard, words, "Mức 1, 2", told, "", answer, note or "")
    yield _lessons(facts.lessons, _number(entered, LESSONS_WANTED))


def facts_of(connection: Connection, school_id: int, as_of: datetime) -> Facts:
    """Count what the self-check needs, as the records stand."""
    pupils = _people(connection, school_id, PatronCategory.STUDENT)
    teachers = _people(connection, school_id, PatronCategory.TEACHER)
    copies = sets = 0
    by_subject: dict[tuple[str, int | None], dict[str, int]] = defaultdict(dict)
    for row in connection.execute(_stock(school_id)):
        copies += row.copies
        if row.register in ("SGK", "SGV") and row.subject:
            held = by_subject[row.subject, row.grade]
            held[row.register] = held.get(row.register, 0) + row.copies
    sets = sum(min(held.get("SGK", 0), held.get("SGV", 0)) for held in by_subject.values())
    return Facts(pupils, teachers, copies, sets, _periodicals(connection, school_id, as_of))


def self_check(act: Act) -> Sheet:
    """The minutes of the self-check, to be printed and signed."""
    choices = act.rules.choices
    counted = facts_of(act.connection, act.school_id, act.now)
    facts = replace(counted, lessons=fewest_lessons(act), told=year_in_words(act))
    wanted = (choices.copies_per_pupil, choices.own_copies_per_pupil, choices.standards)
    rows = [
        Row((c.standard, c.words, c.level, c.now, c.wanted, c.answer, c.evidence))
        for c in sorted(criteria(facts, *wanted), key=lambda one: one.standard)
    ]
    return headed(
        act,
        "S45",
        "Biên bản tự kiểm tra thư viện",
        "Theo Thông tư 16/2022/TT-BGDĐT, trường trung học cơ sở",
        [Part("", _COLUMNS, rows)],
        ("Nhân viên thư viện", "Phụ trách thư viện", "Hiệu trưởng"),
        foot=(
            "Đề nghị công nhận thư viện đạt: ……………………………………",
            "“Chưa đặt ngưỡng”: văn bản chưa cho số, trường tự đặt.",
        ),
    )


_COLUMNS = (
    Column("Tiêu chuẩn", 1.4, "middle"),
    Column("Nội dung", 7.6),
    Column("Mức", 1.6, "middle"),
    Column("Hiện có", 4.4),
    Column("Cần có", 1.4, "middle"),
    Column("Kết quả", 3.8),
    Column("Minh chứng, ghi chú", 4.6),
)


def _copies(facts: Facts, legal: int, own: int) -> Iterator[Criterion]:
    share = facts.copies / facts.pupils if facts.pupils else 0.0
    per_pupil = f"{share:.3f}"  # with a point, as the acceptance of S45 has it
    now = f"{facts.copies} bản / {facts.pupils} học sinh = {per_pupil}"
    wanted = ((Level.LAW_1, legal), (Level.LAW_2, COPIES_LEVEL_2), (Level.OWN, own))
    for level, copies in wanted:
        target = copies * facts.pupils if copies and facts.pupils else None
        answer = answer_of(facts.copies, target, per_pupil)
        words = "Số bản cho mỗi học sinh"
        yield Criterion("1", words, level, now, f"{copies}" if copies else "", answer, "R1, R2, R3")


def _measured(standard: str, words: str, entered: Mapping[str, str], key: str) -> Criterion:
    now, wanted = _number(entered, key), _number(entered, f"{key}_wanted")
    if now is None:
        answer = NO_THRESHOLD if wanted is None else NOT_LOOKED_AT
        return Criterion(standard, words, Level.OWN, "", _plain(wanted), answer)
    answer = answer_of(now, wanted, _plain(now))
    return Criterion(standard, words, Level.OWN, _plain(now), _plain(wanted), answer)


def _lessons(fewest: int | None, wanted: float | None) -> Criterion:
    words = "Tiết đọc, tiết học tại thư viện mỗi lớp, mỗi học kỳ"
    if fewest is None:  # no classes, or no school year today
        answer = NO_THRESHOLD if wanted is None else NOT_LOOKED_AT
        return Criterion("4", words, "Mức 1, 2", "", _plain(wanted), answer, "Sổ hoạt động")
    now = f"lớp ít nhất: {fewest} tiết trong học kỳ này"
    answer = answer_of(fewest, wanted, f"{fewest} tiết")
    return Criterion("4", words, "Mức 1, 2", now, _plain(wanted), answer, "Sổ hoạt động")


def _number(entered: Mapping[str, str], key: str) -> float | None:
    return float(entered[key]) if entered.get(key) else None


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:g}".replace(".", ",")


def _people(connection: Connection, school_id: int, category: PatronCategory) -> int:
    active = (Patron.school_id == school_id, Patron.status == PatronStatus.ACTIVE)
    counted = select(func.count(Patron.id)).where(*active, Patron.category == category)
    return connection.execute(counted).scalar_one()


def _stock(school_id: int) -> Any:
    """Paper copies in stock by register, subject and grade."""
    register = func.coalesce(func.nullif(Kho.register, ""), Kho.prefix).label("register")
    gone = (CopyState.LOST, CopyState.WITHDRAWN)
    no_paper = (DocumentType.DISC, DocumentType.E_RESOURCE)
    return (
        select(register, Edition.subject, Edition.grade, func.count(Copy.id).label("copies"))
        .join(Edition, OF_EDITION)
        .join(Kho, OF_KHO)
        .where(
            Copy.school_id == school_id,
            Copy.state.not_in(gone),
            Edition.document_type.not_in(no_paper),
        )
        .group_by(register, Edition.subject, Edition.grade)
    )


def _periodicals(connection: Connection, school_id: int, as_of: datetime) -> int:
    """Titles that came within a year with enough copies of each number."""
    since = as_of.date().replace(year=as_of.year - 1, day=1)
    least = func.min(PeriodicalIssue.copies)
    titles = (
        select(PeriodicalIssue.edition_id)
        .where(PeriodicalIssue.school_id == school_id, PeriodicalIssue.received_on >= since)
        .group_by(PeriodicalIssue.edition_id)
        .having(least >= PERIODICAL_COPIES)
    )
    return len(connection.execute(titles).all())
