"""The limits of weeding (thanh lọc), and how a list stands against them. No database.

Source:
    Circular 02/2020/TT-BVHTTDL, as the domain specification has it (2.3 R10).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from db.registers.sheet import percent_words

LIMIT_PERCENT = 10
"""Of the stock that may be weeded at a time (TT 02/2020)."""
YEARS_BETWEEN = 3
"""Between two weedings of a small stock."""
PUBLISHED_DAYS = 15
"""That the list is public before anything is done with the copies."""
KEPT_YEARS = 5
"""That the file is kept at least."""
TRANSFERRED = "Chuyển kho"
"""Why copies leave a kho that go on in another one."""
NO_WEEDING = (TRANSFERRED, "Mất", "Trao đổi, biếu tặng")
"""Reasons of exit vouchers that are not a weeding of the stock."""


@dataclass(frozen=True, slots=True)
class Weeding:
    """What is to be known before copies are written off."""

    copies: int
    stock: int
    last_on: date | None
    day: date

    @property
    def percent(self) -> float:
        """Of the stock."""
        return 100 * self.copies / self.stock if self.stock else 0.0

    @property
    def is_over_limit(self) -> bool:
        """Whether it is more than a tenth, which wants the number of a decision."""
        return self.copies * 100 > self.stock * LIMIT_PERCENT

    @property
    def is_early(self) -> bool:
        """Whether the last weeding was less than three years ago."""
        return self.last_on is not None and self.day < _years_after(self.last_on, YEARS_BETWEEN)

    @property
    def published_until(self) -> date:
        """The first day on which something may be done with the copies."""
        return self.day + timedelta(days=PUBLISHED_DAYS)

    @property
    def kept_until(self) -> date:
        """Until when the file is kept at least."""
        return _years_after(self.day, KEPT_YEARS)

    def warnings(self, decision: str = "") -> tuple[str, ...]:
        """What the school should think about, in sentences."""
        told = []
        if self.is_over_limit and not decision:
            told.append(
                f"{self.copies} bản là {percent_words(self.percent)} % vốn tài liệu, "
                f"quá {LIMIT_PERCENT} %: cần ghi số quyết định."
            )
        if self.is_early and self.last_on is not None:
            told.append(
                f"Lần thanh lọc trước là ngày {self.last_on:%d/%m/%Y}, chưa đủ {YEARS_BETWEEN} năm."
            )
        return tuple(told)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
