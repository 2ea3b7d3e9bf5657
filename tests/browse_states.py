"""Pages, looks and idle screens worth a picture, beside those of `screen_states`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from uuid import UUID

from db.calendar import Slot
from db.clock import SCHOOL_ZONE
from db.identifiers import Numbering
from db.notices import Board, Opening, Theme, ThemeShelf, Title
from db.states import SlotUse
from kiosk.browsing import (
    Book,
    BookPage,
    Books,
    HelpPage,
    Kind,
    NumberPage,
    Option,
    Page,
    Place,
    PracticePage,
    RulesPage,
    SearchPage,
    Sent,
    ShelfPage,
    WishPage,
)
from kiosk.events import Shown
from kiosk.visit import Waiting
from tests.screen_states import CALM, STATES, TODAY, lent, loan, pupil, serving

NEW = (
    "Hoàng tử bé",
    "Búp sen xanh",
    "Totto-chan bên cửa sổ",
    "Lược sử thời gian",
    "Cho tôi xin một vé đi tuổi thơ",
    "Harry Potter và Hòn đá Phù thủy, tập 1",
    "Không gia đình",
    "Tuổi thơ dữ dội, tập 2",
)
OF_THEME = ("Nhật ký trong tù", "Người thầy", "Những tấm lòng cao cả", "Thời thơ ấu")
HOUSE_RULES = (
    "Giữ trật tự, nói khẽ trong thư viện",
    "Mỗi lần mượn nhiều nhất 3 cuốn, trong 14 ngày",
    "Giữ sách sạch, không viết, không gấp trang",
    "Trả sách đúng hạn; quá hạn thì trả xong mới mượn tiếp",
    "Đọc xong cất sách về đúng giá, đúng ngăn",
    "Không ăn, uống trong phòng đọc",
    "Mất hoặc rách sách thì báo thủ thư ngay, thư viện cùng em tìm cách giải quyết",
    "Thẻ của ai người ấy dùng, không cho mượn thẻ",
)


def title(n: int, name: str) -> Title:
    """A title on the notice board."""
    return Title(UUID(int=1000 + n), name, "", "STN", "Giá 3", True, TODAY)


MORNING = Opening(
    True, True, time(11, 30), datetime(2026, 11, 24, 13, 30, tzinfo=SCHOOL_ZONE), "",
    (Slot(0, time(7), time(11, 30), SlotUse.LENDING),),
)  # fmt: skip
NOON = Opening(
    False, False, None, datetime(2026, 11, 23, 13, 30, tzinfo=SCHOOL_ZONE), "", MORNING.today
)
HOLIDAY = Opening(
    False, False, None, datetime(2026, 11, 25, 7, 0, tzinfo=SCHOOL_ZONE),
    "Ngày Văn hóa Việt Nam", (),
)  # fmt: skip
BOARD = Board(
    "Trường THCS Hoa Phượng",
    HOUSE_RULES,
    ("Tuần này đổi truyện ở góc lớp 6A",),
    MORNING,
    tuple(title(n, name) for n, name in enumerate(NEW)),
    (
        ThemeShelf(
            Theme("Tri ân thầy cô", date(2026, 11, 1), date(2026, 11, 30)),
            tuple(title(20 + n, name) for n, name in enumerate(OF_THEME)),
        ),
    ),
)
REGISTERS = tuple(
    Numbering(prefix, name, 5)
    for prefix, name in (
        ("SGK", "Sách giáo khoa"),
        ("SGV", "Sách giáo viên"),
        ("SNV", "Sách nghiệp vụ"),
        ("STK", "Sách tham khảo"),
        ("STN", "Sách thiếu nhi"),
        ("BC", "Báo, tạp chí"),
    )
)
OPTIONS = {
    Kind.GRADE: tuple(Option(str(n), str(n)) for n in (6, 7, 8, 9)),
    Kind.SUBJECT: tuple(
        Option(name, name)
        for name in (
            "Âm nhạc", "Công nghệ", "Giáo dục công dân", "Giáo dục thể chất",
            "Hoạt động trải nghiệm, hướng nghiệp", "Khoa học tự nhiên", "Lịch sử và Địa lí",
            "Mĩ thuật", "Ngữ văn", "Tiếng Anh", "Tin học", "Toán",
        )
    ),
    Kind.KHO: tuple(Option(r.prefix, r.name) for r in REGISTERS),
    Kind.TAG: tuple(Option(n, n) for n in ("Tủ sách Bác Hồ", "Tủ sách Đạo đức", "Khoa học vui")),
}  # fmt: skip


def book(n: int, name: str, available: int = 2, on_loan: int = 1, here: int = 0) -> Book:
    """A book on the third shelf, perhaps with copies in a corner."""
    place = Place(
        "Sách thiếu nhi", f"Giá {1 + n % 4}", str(1 + n % 3), "", available, here, on_loan
    )
    corner = Place("Sách thiếu nhi", "", "", "Góc thư viện lớp 6A", 1, 0, 0)
    places = (place, corner) if n % 3 == 0 and available else (place,)
    return Book(
        UUID(int=1000 + n), name, ("Tô Hoài", "Nguyễn Nhật Ánh", "Antoine de Saint-Exupéry")[n % 3],
        "NXB Kim Đồng", 2021, None, "", "Sách thiếu nhi", False, False, places,
    )  # fmt: skip


BOOKS = tuple(
    book(n, name, (2, 0, 1)[n % 3], 1 + n % 2, 1 if n == 4 else 0) for n, name in enumerate(NEW * 2)
)
FOUND = SearchPage("tuoi", (), False, Books(BOOKS, 37), 0, None, 0, OPTIONS)
OUT = book(1, "Búp sen xanh", 0, 2)
LONG = replace(
    book(3, "Bác Hồ và những bài học về đạo đức, lối sống dành cho học sinh lớp 6", 3),
    authors="Nguyễn Văn Tùng (chủ biên), Nguyễn Đặng Trí Tín, Nguyễn Phụng Tường",
)


def idle(board: Board | None = BOARD) -> Shown:
    """The idle screen with its notice board."""
    return Shown(Waiting(), CALM, board=board)


def with_page(page: Page, over: Shown | None = None) -> Shown:
    """A page over the idle screen, or over a visit."""
    shown = over or Shown(Waiting(), CALM, 140.0, 45.0)
    return replace(shown, page=page, board=BOARD)


BROWSE_STATES: dict[str, Shown] = {
    "idle": idle(),
    "idle-noon": idle(replace(BOARD, opening=NOON)),
    "idle-holiday": idle(replace(BOARD, opening=HOLIDAY)),
    "idle-message": idle(
        replace(
            BOARD,
            messages=(
                "Thứ Sáu 27/11 thư viện nghỉ kiểm kê, các em trả sách trước thứ Năm nhé. "
                "Sách trả muộn xin gặp cô thủ thư.",
                "Ngày hội đọc sách 21/4",
            ),
        )
    ),
    "idle-bare": idle(replace(BOARD, new_titles=(), themes=(), house_rules=())),
    "search-begin": with_page(SearchPage(options=OPTIONS)),
    "search-found": with_page(FOUND),
    "search-one": with_page(replace(FOUND, typed="hoang tu be", found=Books(BOOKS[:1], 1))),
    "search-none": with_page(replace(FOUND, typed="zzz", found=Books())),
    "search-wide": with_page(
        replace(FOUND, has_keys=False, at=3, chosen=((Kind.KHO, OPTIONS[Kind.KHO][4]),))
    ),
    "search-none-wide": with_page(
        replace(FOUND, typed="vu tru xa xoi", found=Books(), has_keys=False)
    ),
    "search-subjects": with_page(
        replace(FOUND, choosing=Kind.SUBJECT, chosen=((Kind.SUBJECT, OPTIONS[Kind.SUBJECT][8]),))
    ),
    "search-grades": with_page(replace(FOUND, choosing=Kind.GRADE, only_ready=True)),
    "shelf-new": with_page(ShelfPage("", BOOKS[:8])),
    "shelf-theme": with_page(ShelfPage("Tri ân thầy cô", BOOKS[:4])),
    "book-here": with_page(BookPage(BOOKS[0], FOUND)),
    "book-out": with_page(BookPage(OUT, FOUND)),
    "book-out-visit": with_page(BookPage(OUT, FOUND), serving(pupil(loan(3, 5)), lent(0))),
    "book-card": with_page(BookPage(OUT, FOUND, asks_card=True)),
    "book-long": with_page(BookPage(LONG, FOUND)),
    "number-card": with_page(NumberPage(REGISTERS, "HS", "2048")),
    "number-label": with_page(NumberPage(REGISTERS, "STN", "42")),
    "wish-empty": with_page(WishPage()),
    "wish-typed": with_page(WishPage("nha gia kim")),
    "wish-card": with_page(WishPage("nha gia kim", Sent.ASKS_CARD)),
    "wish-done": with_page(WishPage("nha gia kim", Sent.DONE), serving(pupil())),
    "rules": with_page(RulesPage()),
    "rules-none": replace(with_page(RulesPage()), board=None),
    "help": with_page(HelpPage()),
    "practice-soon": with_page(PracticePage()),
    "practice-idle": replace(idle(), is_practice=True, ends_at=140.0, patience_s=60.0),
    "practice-offered": replace(STATES["finished-offered"], is_practice=True),
    "practice-lent": replace(serving(pupil(), lent(0), lent(1)), is_practice=True),
}
"""Every state of them that has a picture."""
