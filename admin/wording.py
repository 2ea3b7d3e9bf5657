"""How the desk's pages put days, times, numbers and names into Vietnamese. No HTML, no database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from admin.overview import LoanRow
from db.calendar import WEEKDAYS
from db.clock import SCHOOL_ZONE
from db.outcomes import PatronCategory
from db.slips import NO_PRINTER
from db.states import CopyState

CATEGORY_WORDS = {
    PatronCategory.STUDENT: "Học sinh",
    PatronCategory.TEACHER: "Giáo viên",
    PatronCategory.STAFF: "Nhân viên",
}


def long_day(day: date) -> str:
    """A day in full: "Thứ Hai, ngày 23 tháng 11 năm 2026"."""
    return f"{WEEKDAYS[day.weekday()]}, ngày {day.day} tháng {day.month} năm {day.year}"


def short_day(day: date, now: datetime) -> str:
    """A day, with its year unless that is this one: "Thứ Hai, 07/12"."""
    this_year = day.year == now.astimezone(SCHOOL_ZONE).year
    return f"{WEEKDAYS[day.weekday()]}, {day:{'%d/%m' if this_year else '%d/%m/%Y'}}"


def hour(moment: datetime) -> str:
    """A time of day at the school: "09:42"."""
    return f"{moment.astimezone(SCHOOL_ZONE):%H:%M}"


def when(moment: datetime, now: datetime) -> str:
    """A moment, with its day unless that is today: "09:42", "09:42 ngày 20/11"."""
    local = moment.astimezone(SCHOOL_ZONE)
    is_today = local.date() == now.astimezone(SCHOOL_ZONE).date()
    return hour(local) if is_today else f"{local:%H:%M} ngày {local:%d/%m}"


def number(count: int) -> str:
    """A whole number with dots between thousands: "1.234"."""
    return f"{count:,}".replace(",", ".")


def megabytes(size: int) -> str:
    """A file's length: "1,2 MB"; what is less is not told apart."""
    return "dưới 0,1 MB" if size < 100_000 else f"{size / 1e6:.1f} MB".replace(".", ",")


def reader(loan: LoanRow) -> str:
    """A reader by given name and class: "An – 6A"; the full name stays in the records."""
    return f"{loan.given_name} – {loan.homeroom or CATEGORY_WORDS[loan.category].lower()}"


COPY_STATES = {
    CopyState.RECEIVED: "mới nhập",
    CopyState.STAMPED: "đã đóng dấu",
    CopyState.CLASSIFIED: "đã phân loại",
    CopyState.NUMBERED: "đã cấp số",
    CopyState.LABELLED: "đã dán nhãn",
    CopyState.AVAILABLE: "trên giá",
    CopyState.LOST: "báo mất",
    CopyState.DAMAGED: "hỏng",
    CopyState.AWAY: "cho thư viện khác mượn",
    CopyState.WITHDRAWN: "đã xuất",
}


def copy_state(state: CopyState) -> str:
    """Where a copy stands: "trên giá"."""
    return COPY_STATES[state]


_PRINTER = {
    "absent": "Không thấy máy in",
    "not-a-printer": "Cắm nhầm thiết bị",
    "forbidden": "Không được phép dùng máy in",
    "paper-out": "Hết giấy",
    "cover-open": "Nắp máy in đang mở",
    "offline": "Máy in đang tắt",
    "stuck": "Máy in bị kẹt",
    NO_PRINTER: "Không có",
}
_CAMERA = {"seeing": "Đang nhìn", "lost": "Mất hình", "none": "Không dùng", "starting": "Đang bật"}


def printer_state(trouble: str | None, paper_low: bool) -> str:
    """How a station's printer is, as it said last."""
    if trouble is None:
        return "–"
    return _PRINTER.get(trouble, trouble) if trouble else "Sắp hết giấy" if paper_low else "In được"


def printer_ails(trouble: str | None, paper_low: bool) -> bool:
    """Whether somebody has to go to a station's printer; a station may have none."""
    return paper_low or bool(trouble and trouble != NO_PRINTER)


def camera_state(camera: str) -> str:
    """What a station's camera does, as it said last."""
    return _CAMERA.get(camera, camera) or "–"


FILTERS: dict[str, Callable[..., str | bool]] = {
    "long_day": long_day,
    "short_day": short_day,
    "hour": hour,
    "when": when,
    "number": number,
    "megabytes": megabytes,
    "reader": reader,
    "printer_ails": printer_ails,
    "printer_state": printer_state,
    "camera_state": camera_state,
    "copy_state": copy_state,
}
"""By the names under which the pages use them."""
