"""Charts: what people would rather look at than read, drawn as SVG. Keeps out what is counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Response

from admin import bars
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.periods import STAMP, days_asked, periods, stamp_asked
from admin.desk.rights import Right
from db.registers.asked import Asked
from db.registers.books import stamp_words
from db.registers.pictures import Bar, pictures
from db.registers.trends import break_minutes, corner_rotation, overdue_ages, stock_growth

HERE: Final = "/bieu-do"

router = APIRouter(include_in_schema=False)
Draw = Callable[[Sequence[Bar], str], str]


@router.get(HERE)
def show_charts(desk: Annotated[Desk, allowed(Right.SEE_REPORTS)]) -> Response:
    """Draw how a range went: loans, the break, lateness, corners, the stock."""
    since, until = days_asked(desk)
    as_of, unread = stamp_asked(desk)
    with desk.library.act() as act:
        where = (act.connection, act.school_id, since, until, as_of, act.rules.calendar)
        drawn = [(title, said, draw(of, title) if of else "") for title, said, of, draw in
                 _charts(Asked(*where))]  # fmt: skip
        spans = periods(act.rules.calendar, act.today)
    return desk.show(
        "pictures.html",
        drawn=drawn,
        since=since,
        until=until,
        periods=spans,
        stamped_words=stamp_words(as_of),
        stamp=desk.asked.get(STAMP, ""),
        unread=unread,
    )


def _charts(asked: Asked) -> list[tuple[str, str, Sequence[Bar], Draw]]:
    """Each with its title, what it counts, its bars, and how they stand."""
    told = pictures(asked)
    loans = "lượt sách, mượn về và đọc tại chỗ"
    return [
        ("Lượt sách theo tuần", f"{loans}; mỗi cột là một tuần, ghi ngày thứ Hai", told.weeks,
         bars.standing),
        ("Lượt sách theo lớp", loans, told.homerooms, bars.standing),
        ("Lượt sách theo môn loại", loans, told.classes, bars.lying),
        ("Từng phút giờ ra chơi", "lượt mượn và trả cả kỳ, trước và sau giờ ra chơi năm phút",
         break_minutes(asked), bars.standing),
        ("Sách quá hạn lâu bao nhiêu", "cuốn quá hạn vào cuối kỳ; kỳ chưa hết thì lúc này",
         overdue_ages(asked), bars.lying),
        ("Luân chuyển sách xuống góc lớp", "cuốn đã gửi xuống mỗi góc trong kỳ",
         corner_rotation(asked), bars.lying),
        ("Kho sách tăng lên", "bản trong sổ vào cuối mỗi tháng", stock_growth(asked),
         bars.standing),
    ]  # fmt: skip


PAGES = Pages(Section.REPORTS, router, (Place(HERE, "Biểu đồ", Right.SEE_REPORTS),))
