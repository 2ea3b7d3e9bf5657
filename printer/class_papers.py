"""What a class gets on paper: clearance slips, its list of reminders, the poster of its corner.

None of them says what anybody reads: a list that a form teacher lays on a desk has names and
numbers of books, no titles (domain specification 5.3 and 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from printer.paper import HAIR, INK, QUIET_INK, Pages, Paper
from printer.sheets import SheetForm
from printer.typeface import Face

BAND, GOLD, ON_BAND = "#0f5c63", "#f2b544", "#fff7ea"
SLIPS = SheetForm("A4, 8 phiếu 95 × 68", 2, 4, (95.0, 68.0), (10.0, 12.5), is_cut=True)
MOST_REMINDED = 54
"""Lines on one page, at least as many as a class has pupils; more begin a second page."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """A reader who owes the library nothing."""

    name: str
    homeroom: str
    card: str


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reader with books that are due, and how many; not which."""

    name: str
    books: int
    due: date
    """Of the first of them."""
    days_late: int
    """0 for one that is not late yet."""


@dataclass(frozen=True, slots=True)
class ReminderList:
    """A class's reminders as of a day."""

    school: str
    homeroom: str
    teacher: str
    """Empty where nobody said."""
    day: date
    lines: tuple[Reminder, ...]


@dataclass(frozen=True, slots=True)
class Poster:
    """A sign for a class corner or a crate."""

    school: str
    heading: str
    """Such as "Tủ sách lớp 6A" or "Thùng sách số 3"."""
    keepers: tuple[str, ...]
    """Lines on who answers for it."""
    copies: int
    back_on: date | None = None
    """When a crate goes back."""
    code: str = ""
    """What its QR says, to send or bring books at the station; empty for none."""


def clearance_slips(
    school: str, school_year: str, day: date, readers: Sequence[Clearance]
) -> Pages:
    """Lay out slips that say a reader has brought everything back, eight to a page."""
    paper = Paper("Phiếu trả đủ sách")
    page = 0
    for reader, cell in zip(readers, SLIPS.cells(len(readers)), strict=True):
        if cell.page > page:
            paper.turn()
            page = cell.page
        with paper.moved(cell.left, cell.top):
            paper.frame(0.0, 0.0, cell.width, cell.height, HAIR)
            _clearance(paper, school, school_year, day, reader)
    return paper.close()


def reminder_sheet(reminders: ReminderList) -> Pages:
    """Lay out a class's reminders; an ordinary class fits on one page."""
    paper = Paper(f"Nhắc trả sách lớp {reminders.homeroom}")
    starts = range(0, max(1, len(reminders.lines)), MOST_REMINDED)
    chunks = [reminders.lines[start : start + MOST_REMINDED] for start in starts]
    for number, lines in enumerate(chunks):
        if number:
            paper.turn()
        top = _reminder_head(paper, reminders)
        high = min(_ROW_MM, _ROWS_MM / max(1, len(lines)))
        for place, line in enumerate(lines, number * MOST_REMINDED + 1):
            _row(paper, top, (str(place), *_cells(line)), Face.REGULAR, high)
            top += high
            paper.line((_LEFT, top), (_RIGHT, top))
        _foot(paper, reminders, f"Trang {number + 1}/{len(chunks)}")
    return paper.close()


def poster(sign: Poster) -> Pages:
    """Lay out an A4 sign that is read from across a classroom."""
    paper = Paper(sign.heading)
    paper.box(12.0, 12.0, 186.0, 34.0, BAND, corner=4.0)
    paper.text("GÓC THƯ VIỆN", Face.SEMIBOLD, 6.0, 22.0, 16.0, 166.0, 0.0, GOLD)
    paper.text(sign.school, Face.BOLD, 9.0, 22.0, 26.0, 166.0, 0.0, ON_BAND)
    top = paper.text(sign.heading, Face.BOLD, 21.0, 18.0, 62.0, 174.0, 58.0, INK, "middle") + 6.0
    for told in _stock(sign):
        top = paper.text(told, Face.SEMIBOLD, 8.5, 18.0, top, 174.0, 0.0, BAND, "middle")
    top += 6.0
    for keeper in sign.keepers:
        top = paper.text(keeper, Face.REGULAR, 7.0, 18.0, top, 174.0, 0.0, QUIET_INK, "middle")
    if sign.code:
        _code(paper, sign.code, top + 4.0)
    _steps(paper, _LOWER_MM if sign.code else _STEPS_MM)
    return paper.close()


def _stock(sign: Poster) -> tuple[str, ...]:
    copies = f"{sign.copies} cuốn sách"
    return (copies, f"trả về thư viện ngày {_day(sign.back_on)}") if sign.back_on else (copies,)


def _clearance(paper: Paper, school: str, school_year: str, day: date, reader: Clearance) -> None:
    left, width = 6.0, 83.0
    paper.text(school, Face.SEMIBOLD, 3.0, left, 4.0, width, 0.0, QUIET_INK)
    paper.text("THƯ VIỆN", Face.SEMIBOLD, 2.6, left, 8.0, width, 0.0, BAND)
    heading = "PHIẾU XÁC NHẬN TRẢ ĐỦ SÁCH"
    below = paper.text(heading, Face.BOLD, 4.6, left, 13.5, width, 0.0, INK, "middle") + 1.5
    below = paper.text(reader.name, Face.BOLD, 4.8, left, below, 142.0, 0.0, INK) + 0.6
    about = f"Lớp {reader.homeroom} · Số thẻ {reader.card}" if reader.homeroom else reader.card
    below = paper.text(about, Face.REGULAR, 3.2, left, below, 142.0, 0.0, INK)
    told = f"đã trả đủ sách của thư viện trong năm học {school_year}, tính đến {_day(day)}."
    paper.text(told, Face.REGULAR, 3.2, left, below, width, 9.0, INK)
    paper.text("Thủ thư", Face.SEMIBOLD, 3.0, 55.0, 45.0, 34.0, 0.0, INK, "middle")
    paper.line((57.0, 63.0), (87.0, 63.0), QUIET_INK)


_LEFT, _RIGHT, _ROW_MM, _ROWS_MM = 15.0, 195.0, 5.2, 222.0
"""The edges, the height of a line where there is room, and the room of all lines."""
_COLUMNS = ((15.0, 12.0), (28.0, 76.0), (106.0, 22.0), (130.0, 32.0), (164.0, 31.0))
"""Left edge and width of each column."""


def _reminder_head(paper: Paper, reminders: ReminderList) -> float:
    paper.text(reminders.school, Face.SEMIBOLD, 3.6, _LEFT, 11.0, 120.0, 0.0, QUIET_INK)
    heading = f"Nhắc trả sách – lớp {reminders.homeroom}"
    paper.text(heading, Face.BOLD, 7.0, _LEFT, 16.0, 180.0, 0.0, INK)
    teacher = f"Giáo viên chủ nhiệm: {reminders.teacher} · " if reminders.teacher else ""
    about = f"{teacher}tính đến {_day(reminders.day)}"
    paper.text(about, Face.REGULAR, 3.6, _LEFT, 26.0, 180.0, 0.0, INK)
    paper.box(_LEFT, 34.0, _RIGHT - _LEFT, 6.4, "#e8eef0")
    _row(paper, 34.9, ("TT", "Họ và tên", "Số cuốn", "Hạn trả", "Quá hạn"), Face.SEMIBOLD)
    if not reminders.lines:
        told = "Lớp không có sách nào cần nhắc."
        paper.text(told, Face.REGULAR, 4.0, _LEFT, 44.0, 180.0, 0.0, INK)
    return 40.4


def _cells(line: Reminder) -> tuple[str, str, str, str]:
    late = f"{line.days_late} ngày" if line.days_late else ""
    return line.name, str(line.books), _day(line.due), late


def _row(paper: Paper, top: float, words: Sequence[str], face: Face, high: float = _ROW_MM) -> None:
    size = 3.3 * high / _ROW_MM
    for word, (left, width) in zip(words, _COLUMNS, strict=True):
        paper.text(word, face, size, left + 1.0, top + 0.15, width - 1.0, 0.0, INK)


def _foot(paper: Paper, reminders: ReminderList, page: str) -> None:
    books = sum(line.books for line in reminders.lines)
    total = f"{len(reminders.lines)} bạn đọc, {books} cuốn"
    paper.text(total, Face.SEMIBOLD, 3.6, _LEFT, 265.0, 120.0, 0.0, INK)
    note = "Danh sách chỉ dùng trong lớp, không dán công khai."
    paper.text(note, Face.REGULAR, 3.2, _LEFT, 283.0, 150.0, 0.0, QUIET_INK)
    paper.text(page, Face.REGULAR, 3.2, 165.0, 283.0, 30.0, 0.0, QUIET_INK, "right")


def _code(paper: Paper, code: str, top: float) -> None:
    """A QR code in the middle, as large as there is room above the steps."""
    side = min(56.0, _LOWER_MM - 10.0 - top)
    paper.qr(code, 105.0 - side / 2, top, side)
    hint = "Giao, nhận sách: quét mã này ở trạm"
    paper.text(hint, Face.SEMIBOLD, 5.2, 18.0, top + side, 174.0, 0.0, BAND, "middle")


_STEPS_MM, _LOWER_MM = 196.0, 208.0
"""Where the steps begin, without a code above them and with one."""


def _steps(paper: Paper, from_mm: float) -> None:
    for place, (what, how) in enumerate(_HOW_TO_BORROW):
        top = from_mm + 27.0 * place
        paper.box(22.0, top, 20.0, 20.0, GOLD, corner=10.0)
        paper.text(str(place + 1), Face.BOLD, 11.0, 22.0, top + 2.6, 20.0, 0.0, INK, "middle")
        below = paper.text(what, Face.BOLD, 8.5, 50.0, top - 0.5, 142.0, 0.0, INK)
        paper.text(how, Face.REGULAR, 5.6, 50.0, below, 142.0, 0.0, QUIET_INK)


_HOW_TO_BORROW = (
    ("Chọn sách", "Chọn cuốn em thích, giữ gìn nhãn mã ở bìa sau."),
    ("Ghi mượn", "Báo bạn phụ trách, hoặc ghi ở trạm mượn sách."),
    ("Trả đúng chỗ", "Đọc xong, trả sách về đúng tủ để bạn khác cùng đọc."),
)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
