"""What a new school begins with: kho, loan policies, vocabulary. All of it is rows to edit later.

Source: domain specification 2.4 (kho), 2.6 (môn loại), 4.4 (bells), 5.2 (policies), 1.3 (themes).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time

from db.outcomes import PatronCategory
from db.rules import LoanPolicy
from db.states import LendingMode, LoanTerm, Season


@dataclass(frozen=True, slots=True)
class KhoDefault:
    """A kho as schools usually keep it."""

    prefix: str
    name: str
    lending: LendingMode


KHO = (
    KhoDefault("SGK", "Sách giáo khoa", LendingMode.TEXTBOOK_SET),
    KhoDefault("SGV", "Sách giáo viên", LendingMode.TEACHERS),
    KhoDefault("SNV", "Sách nghiệp vụ", LendingMode.TEACHERS),
    KhoDefault("STK", "Sách tham khảo", LendingMode.TAKE_HOME),
    KhoDefault("STN", "Sách thiếu nhi", LendingMode.TAKE_HOME),
    KhoDefault("BC", "Báo, tạp chí", LendingMode.REFERENCE),
)

ANY_KHO = ""
"""The policy of every kho that has none of its own."""

_PUPIL = LoanPolicy(
    max_loans=3,
    loan_days=14,
    blocked_by_overdue=True,
    max_renewals=1,
    renewal_days=7,
    renewal_window_days=3,
)
_PUPIL_SUMMER = LoanPolicy(
    max_loans=5,
    loan_days=90,
    blocked_by_overdue=True,
    term=LoanTerm.BACK_TO_SCHOOL,
    for_leavers=False,
)
_PUPIL_SET = LoanPolicy(
    max_loans=30,
    loan_days=270,
    blocked_by_overdue=False,
    counts_with="textbooks",
    term=LoanTerm.RECALL,
)
_TEACHER = LoanPolicy(
    max_loans=10, loan_days=90, blocked_by_overdue=False, max_renewals=2, renewal_days=30
)
_TEACHING = LoanPolicy(
    max_loans=30,
    loan_days=270,
    blocked_by_overdue=False,
    counts_with="teaching",
    term=LoanTerm.YEAR_END,
    max_renewals=1,
    renewal_days=365,
    renewal_at_desk=True,
)
_STAFF = LoanPolicy(
    max_loans=5, loan_days=30, blocked_by_overdue=False, max_renewals=1, renewal_days=30
)
_TEACHING_KHO = ("SGK", "SGV", "SNV")


@dataclass(frozen=True, slots=True)
class PolicyDefault:
    """One row of the default policy table."""

    category: PatronCategory
    kho: str
    season: Season
    policy: LoanPolicy


def policies() -> Iterator[PolicyDefault]:
    """The default policy table, row by row."""
    student, teacher, staff = PatronCategory
    yield PolicyDefault(student, ANY_KHO, Season.TERM, _PUPIL)
    yield PolicyDefault(student, ANY_KHO, Season.SUMMER, _PUPIL_SUMMER)
    yield PolicyDefault(student, "SGK", Season.TERM, _PUPIL_SET)
    yield PolicyDefault(student, "SGK", Season.SUMMER, replace(_PUPIL_SET, max_loans=0))
    yield PolicyDefault(teacher, ANY_KHO, Season.TERM, _TEACHER)
    yield PolicyDefault(
        teacher, ANY_KHO, Season.SUMMER, replace(_TEACHER, term=LoanTerm.BACK_TO_SCHOOL)
    )
    for kho in _TEACHING_KHO:
        yield PolicyDefault(teacher, kho, Season.TERM, _TEACHING)
        yield PolicyDefault(
            teacher, kho, Season.SUMMER, replace(_TEACHING, term=LoanTerm.BACK_TO_SCHOOL)
        )
    yield PolicyDefault(staff, ANY_KHO, Season.TERM, _STAFF)


CLASSES_19 = {
    "0": "Tổng loại",
    "1": "Triết học, tâm lý, lôgic",
    "2": "Vô thần, tôn giáo",
    "3K": "Mác – Lênin, tư tưởng Hồ Chí Minh",
    "3": "Xã hội, chính trị, giáo dục",
    "4": "Ngôn ngữ",
    "5": "Khoa học tự nhiên, toán",
    "5A": "Nhân chủng, giải phẫu, sinh lý người",
    "6": "Kỹ thuật",
    "61": "Y, y tế",
    "63": "Nông, lâm, ngư nghiệp",
    "7": "Nghệ thuật",
    "7A": "Thể dục thể thao",
    "8": "Ngôn ngữ văn học, nghiên cứu văn học",
    "K": "Văn học dân gian",
    "V": "Tác phẩm văn học",
    "Đ": "Sách thiếu nhi",
    "9": "Lịch sử",
    "91": "Địa lý",
}
"""Môn loại: the 19 classes of the school library table."""

BELLS = (
    (1, time(7, 0), time(7, 45)),
    (2, time(7, 50), time(8, 35)),
    (None, time(8, 35), time(8, 55)),
    (3, time(8, 55), time(9, 40)),
    (4, time(9, 45), time(10, 30)),
    (5, time(10, 35), time(11, 20)),
)
"""Lessons of a morning, and the long break, which has no number."""

HOUSE_RULES = (
    "Đưa thẻ khi mượn, khi trả và khi gia hạn.",
    "Giữ sách sạch, không viết, không gấp mép.",
    "Trả đúng hạn để bạn khác cùng được đọc.",
    "Báo ngay cho thầy cô thủ thư khi sách rách hoặc thất lạc.",
    "Đọc xong, để sách về đúng giá.",
    "Nói khẽ, đi nhẹ, để cặp ở nơi quy định.",
    "Không ăn, không uống trong phòng đọc.",
)
"""Nội quy that a new school begins with: no more than eight points, and no money in them."""

THEMES = (
    ("Học tập suốt đời", (9, 5), (10, 7)),
    ("Mừng Quốc khánh 2/9", (8, 25), (9, 5)),
    ("Ngày Phụ nữ Việt Nam 20/10", (10, 10), (10, 20)),
    ("Ngày Nhà giáo Việt Nam 20/11", (11, 1), (11, 20)),
    ("Tủ sách Bác Hồ", (12, 1), (12, 31)),
    ("Ngày Quân đội nhân dân Việt Nam 22/12", (12, 8), (12, 22)),
    ("Mừng Đảng, mừng Xuân", (1, 2), (2, 28)),
    ("Ngày thành lập Đảng 3/2", (1, 20), (2, 3)),
    ("Ngày Quốc tế Phụ nữ 8/3", (2, 25), (3, 8)),
    ("Ngày thành lập Đoàn 26/3", (3, 12), (3, 26)),
    ("Ngày Sách và Văn hóa đọc Việt Nam 21/4", (4, 1), (4, 23)),
    ("Mừng ngày Thống nhất 30/4", (4, 20), (4, 30)),
    ("Mừng sinh nhật Bác 19/5", (5, 5), (5, 19)),
)
"""Themes of a year, each with the first and last (month, day) of its shelf.

Source: domain specification 1.3; how long each is shown is our guess, for the school to edit.
"""
