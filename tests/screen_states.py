"""The states of the screen worth a picture, and the camera picture that goes with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray

from db.corners import Awaited, CornerKnown
from db.helping import CopyFound, Person, ShelfFound, ShelfLine, SlipKept, Today
from db.identifiers import AccessionNumber, CardNumber
from db.outcomes import (
    CheckedOut,
    OpenLoan,
    PatronCategory,
    PatronKnown,
    Refusal,
    Refused,
    Returned,
)
from db.pins import StaffKnown
from db.states import CopyState, ReceiptState, RoleName
from db.sync.report import HubState
from kiosk.corner import CornerDone, CornerWord, Dropped, Line, TakingBack, TakingOut
from kiosk.events import CameraState, Shown, Status
from kiosk.rooms import RoomState
from kiosk.staff import (
    Ask,
    Classes,
    ClassList,
    CodeRead,
    CopyPage,
    CornerEntry,
    CornerList,
    Desk,
    DevicePage,
    Glance,
    PairingPage,
    PinPad,
    PinTrouble,
    PowerAct,
    PowerPage,
    ReaderPage,
    Session,
    ShelfPage,
    SlipPage,
    StickCopied,
    StickPage,
    Told,
)
from kiosk.visit import Finished, OutOfOrder, Paper, Serving, Waiting
from printer.receipt import PrinterNews, PrintOutcome, PrintReport, Trouble
from scanner.guidance import Hint
from scanner.reader import Preview
from scanner.scan import Point

Picture = NDArray[np.uint8]

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 35, tzinfo=UTC)
VISIT = UUID(int=7)
SLIP_NUMBER = "K7M2-4QXD"
TITLES = (
    "Dế Mèn phiêu lưu ký",
    "Lá cờ thêu sáu chữ vàng",
    "Hai vạn dặm dưới đáy biển",
    "Đất rừng phương Nam",
    "Mười vạn câu hỏi vì sao: Vũ trụ kỳ thú",
    "Góc sân và khoảng trời",
    "Không gia đình",
    "Tuổi thơ dữ dội, tập hai",
)
LONG_TITLE = (
    "Những cuộc phiêu lưu kỳ diệu của cậu bé Nguyễn Trường Khuyến ở rừng Cúc Phương, tập 12"[:90]
)
CALM = Status(camera=CameraState.SEEING, has_printer=True, has_hub=True, hub=HubState.REACHED)
TROUBLED = replace(
    CALM,
    camera=CameraState.LOST,
    hub=HubState.AWAY,
    waiting_events=12,
    printer=PrinterNews(Trouble.PAPER_OUT),
)


def number(n: int) -> AccessionNumber:
    """An accession number."""
    return AccessionNumber(f"STN.{n:05}")


def lent(n: int, title: str = "", days: int = 14) -> CheckedOut:
    """A copy lent just now, due in so many days."""
    return CheckedOut(
        UUID(int=n), number(n), title or TITLES[n % 8], "Tô Hoài", NOW, TODAY + timedelta(days)
    )


def handed_in(n: int, title: str = "", late: int = 0, lent_out: bool = True) -> Returned:
    """A copy handed in just now."""
    return Returned(number(n), title or TITLES[n % 8], "Tô Hoài", NOW, lent_out, late)


def loan(n: int, days: int, title: str = "") -> OpenLoan:
    """A copy held before, due in so many days."""
    return OpenLoan(number(n), title or TITLES[n % 8], TODAY + timedelta(days))


def pupil(*loans: OpenLoan, name: str = "Nguyễn Thị Hoài An", most: int = 3) -> PatronKnown:
    """A pupil of class 6A."""
    return PatronKnown(
        UUID(int=1), CardNumber("HS204817"), name, "6A", PatronCategory.STUDENT, TODAY, loans, most
    )


def teacher(*loans: OpenLoan) -> PatronKnown:
    """A teacher, who may hold more."""
    return PatronKnown(
        UUID(int=2), CardNumber("GV0012"), "Trần Minh Hạnh", "", PatronCategory.TEACHER, TODAY,
        loans, 10,
    )  # fmt: skip


def serving(patron: PatronKnown, *acts: CheckedOut | Returned, no: Refused | None = None) -> Shown:
    """A visit with twelve of its twenty seconds left."""
    return Shown(Serving(VISIT, patron, acts, no), CALM, ends_at=112.0, patience_s=20.0)


def finished(status: Status, *acts: CheckedOut | Returned, paper: Paper = Paper.ASKED) -> Shown:
    """A farewell with four of its six seconds left."""
    visit = Finished(VISIT, pupil(), acts, SLIP_NUMBER, paper)
    return Shown(visit, status, ends_at=104.0, patience_s=6.0)


def after(outcome: PrintOutcome, trouble: Trouble | None = None) -> Status:
    """What the printer said of the slip."""
    return replace(CALM, slip=PrintReport(SLIP_NUMBER, outcome, trouble))


def waiting(notice: Refused | Returned | None = None, status: Status = CALM) -> Shown:
    """The idle screen."""
    return Shown(Waiting(notice), status, 103.0 if notice else None, 5.0)


LIBRARIAN = StaffKnown(
    UUID(int=3), CardNumber("GV0012"), "Trần Minh Hạnh", RoleName.LIBRARIAN, True
)
SESSION = Session(LIBRARIAN)
HELPER = Session(
    StaffKnown(UUID(int=4), CardNumber("HS204817"), "Đỗ Hải Yến", RoleName.COLLABORATOR, True),
    900.0,
)
GLANCE = Glance(Today(TODAY, 64, 87, 71, 6, 5, 312, 18, 1, 0), NOW, 11_400, ("K7M2-4QXD",))
CLASSES = ("6A", "6B", "6C", "6D", "7A", "7B", "7C", "8A", "8B", "8C", "9A", "9B", "")
PEOPLE = tuple(
    Person(UUID(int=100 + n), f"Nguyễn {middle} {given}", "6A")
    for n, (middle, given) in enumerate(
        (middle, given)
        for given in ("An", "Anh", "Bình", "Châu", "Dung", "Giang", "Hà", "Khánh", "Linh", "Nga")
        for middle in ("Thị Hoài", "Văn", "Minh", "Khánh")
    )
)


def shelf_line(n: int, place: str = "Giá 2 · Ngăn 3") -> ShelfLine:
    """A copy of a shelf check."""
    return ShelfLine(number(n), TITLES[n % 8], place)


SHELF = ShelfFound(
    "Giá 2 · Ngăn 3",
    27,
    (shelf_line(1, "Giá 1 · Ngăn 2"), shelf_line(2, "Giá 4 · Ngăn 1")),
    tuple(shelf_line(n) for n in (3, 4, 5)),
    (shelf_line(6),),
)
SLIPS = tuple(
    SlipKept(f"K7M{n}-4QXD", NOW - timedelta(minutes=7 * n), ReceiptState.DONE, 1 + n % 3)
    for n in range(12)
)


def staff_shown(state: RoomState, status: Status = CALM) -> Shown:
    """A page of the librarian's mode, with 40 of its 60 seconds left."""
    return Shown(state, status, ends_at=140.0, patience_s=60.0)


LATE_PUPIL = pupil(loan(1, -3), loan(2, 1), loan(3, 9))
STAFF_STATES: dict[str, Shown] = {
    "staff-pin": staff_shown(PinPad(LIBRARIAN, "2718")),
    "staff-pin-wrong": staff_shown(PinPad(LIBRARIAN, "", PinTrouble.WRONG)),
    "staff-pin-locked": staff_shown(PinPad(LIBRARIAN, "", PinTrouble.LOCKED, NOW)),
    "staff-desk": staff_shown(Desk(SESSION, GLANCE), replace(CALM, records_as_of=NOW)),
    "staff-desk-paused": staff_shown(
        Desk(SESSION, GLANCE, Told.PAUSED), replace(CALM, lending_paused=True, waiting_events=12)
    ),
    "staff-help-first": staff_shown(Desk(HELPER, GLANCE)),
    "staff-help": staff_shown(
        Desk(HELPER, GLANCE, Told.NOT_YOURS, (handed_in(1), replace(handed_in(2), to_desk=True)))
    ),
    "staff-classes": staff_shown(Classes(SESSION, CLASSES)),
    "staff-class": staff_shown(ClassList(SESSION, "6A", PEOPLE)),
    "staff-reader": staff_shown(ReaderPage(SESSION, LATE_PUPIL)),
    "staff-reader-no-card": staff_shown(ReaderPage(SESSION, LATE_PUPIL, ask=Ask.WHY_NO_CARD)),
    "staff-reader-override": staff_shown(
        ReaderPage(
            SESSION,
            LATE_PUPIL,
            Refused(Refusal.HAS_OVERDUE, number(5), 1),
            Ask.WHY_OVERRIDE,
            number(5),
        )
    ),
    "staff-reader-new-card": staff_shown(ReaderPage(SESSION, LATE_PUPIL, ask=Ask.NEW_CARD)),
    "staff-copy": staff_shown(
        CopyPage(
            SESSION,
            CopyFound(
                number(3),
                LONG_TITLE,
                CopyState.AVAILABLE,
                "Giá 2 · Ngăn 3",
                TODAY + timedelta(days=4),
                PEOPLE[0],
            ),
        )
    ),
    "staff-copy-damage": staff_shown(
        CopyPage(
            SESSION,
            CopyFound(number(3), TITLES[3], CopyState.AVAILABLE, "Giá 2 · Ngăn 3"),
            is_damage_asked=True,
        )
    ),
    "staff-shelf": staff_shown(ShelfPage(SESSION, tuple(number(n) for n in range(30)), SHELF)),
    "staff-shelf-found": staff_shown(
        ShelfPage(SESSION, tuple(number(n) for n in range(30)), SHELF, is_done=True)
    ),
    "staff-corners": staff_shown(
        CornerList(
            SESSION,
            (
                CornerEntry("A" * 12, "Tủ sách lớp 6A", 28, due_over=True),
                CornerEntry("B" * 12, "Tủ sách lớp 7C", 0, due_over=False),
                CornerEntry("C" * 12, "Tủ sách lớp 9B", 12, due_over=False),
            ),
        )
    ),
    "staff-slips": staff_shown(SlipPage(SESSION, SLIPS, asked="K7M2-4QXD")),
    "staff-devices": staff_shown(
        DevicePage(SESSION, (CodeRead("CopyLabel", "qr", "camera"),) * 7, has_printed=True)
    ),
    "staff-pairing": staff_shown(PairingPage(SESSION)),
    "staff-pairing-failed": staff_shown(
        PairingPage(SESSION, trouble="Mã đã quá hạn: xin thủ thư mã mới")
    ),
    "staff-stick": staff_shown(StickPage(SESSION)),
    "staff-stick-done": staff_shown(
        StickPage(SESSION, outcome=StickCopied("/media/usb", 214, 18.4))
    ),
    "staff-power": staff_shown(PowerPage(SESSION, PowerAct.OFF)),
}

CORNER = CornerKnown(UUID(int=9), "Tủ sách lớp 6A", "6A", "Trần Minh Hạnh", frozenset())
AWAITED = tuple(
    Awaited(
        UUID(int=8), SLIP_NUMBER, TODAY + timedelta(n % 2 * 9 - 3), number(n), TITLES[n % 8], False
    )
    for n in range(10, 26)
)
BACK = tuple(Line(number(n), TITLES[n % 8]) for n in range(8))
CORNER_STATES: dict[str, Shown] = {
    "corner-back-first": staff_shown(TakingBack(CORNER, awaited=AWAITED, today=TODAY)),
    "corner-back": staff_shown(
        TakingBack(
            CORNER,
            keeper=pupil(),
            word=CornerWord.STRANGE,
            last=Line(number(50), LONG_TITLE),
            awaited=AWAITED,
            back=BACK,
            strange=(Line(number(50), LONG_TITLE),),
            today=TODAY,
        )
    ),
    "corner-out-first": staff_shown(
        TakingOut(CORNER, crate_id=UUID(int=8), number=SLIP_NUMBER, due=TODAY + timedelta(28))
    ),
    "corner-out": staff_shown(
        TakingOut(
            CORNER,
            author="HS204817",
            keeper=pupil(),
            word=CornerWord.SENT,
            last=BACK[0],
            crate_id=UUID(int=8),
            number=SLIP_NUMBER,
            due=TODAY + timedelta(28),
            sent=BACK * 3,
        )
    ),
    "corner-gone": staff_shown(
        CornerDone(
            CORNER,
            keeper=pupil(),
            number=SLIP_NUMBER,
            sent=BACK * 3,
            due=TODAY + timedelta(28),
            is_printing=True,
        )
    ),
    "corner-came-short": staff_shown(
        CornerDone(CORNER, number=SLIP_NUMBER, back=BACK, missing=BACK[:2], strange=BACK[4:5])
    ),
    "corner-came": staff_shown(CornerDone(CORNER, number=SLIP_NUMBER, back=BACK)),
    "drop-waiting": waiting(status=replace(CALM, returns_only=True)),
    "drop-returned": Shown(Dropped(handed_in(2)), CALM, 103.0, 5.0),
    "drop-tray": Shown(Dropped(replace(handed_in(3), to_desk=True), True), CALM, 103.0, 5.0),
    "drop-card": Shown(Dropped(None), CALM, 103.0, 5.0),
}

STATES: dict[str, Shown] = {
    "waiting": waiting(),
    "waiting-returned": waiting(handed_in(0)),
    "waiting-late": waiting(handed_in(3, late=3)),
    "waiting-not-on-loan": waiting(handed_in(1, lent_out=False)),
    "waiting-refused": waiting(Refused(Refusal.UNKNOWN_CODE, "8934")),
    "waiting-troubled": waiting(status=TROUBLED),
    "waiting-paper-low": waiting(status=replace(CALM, printer=PrinterNews(paper_low=True))),
    "waiting-hand-scanner": waiting(status=replace(CALM, hand_scanner_lost=True)),
    "waiting-closer": waiting(),
    "waiting-glare": waiting(),
    "serving-blurred": serving(pupil(loan(3, 5)), lent(0)),
    "serving-greeting": serving(pupil(loan(3, 5))),
    "serving-empty": serving(pupil()),
    "serving-lent": serving(pupil(loan(3, 5)), lent(0)),
    "serving-two": serving(pupil(loan(2, -3)), handed_in(3), lent(0), lent(1)),
    "serving-returned": serving(pupil(loan(3, 5), loan(2, 1)), handed_in(3)),
    "serving-already-yours": serving(
        pupil(loan(3, 5)), lent(0), no=Refused(Refusal.ALREADY_YOURS, number(0), 0, TITLES[0])
    ),
    "serving-too-many": serving(
        pupil(loan(1, 9), loan(3, 5), loan(5, 0)),
        no=Refused(Refusal.TOO_MANY_LOANS, number(6), 3, TITLES[6]),
    ),
    "serving-full": serving(pupil(loan(1, 9), loan(3, 5)), lent(0)),
    "serving-nothing-held": serving(pupil(loan(3, 5)), handed_in(3)),
    "serving-long": serving(pupil(loan(3, 5, LONG_TITLE)), lent(0, LONG_TITLE)),
    "serving-eight": serving(
        teacher(loan(20, 30), loan(21, -2)), *(lent(n, days=91) for n in range(8))
    ),
    "finished-one": finished(CALM, lent(0)),
    "finished-two-dates": finished(
        after(PrintOutcome.DONE), lent(0), lent(1), lent(4, days=7), handed_in(3)
    ),
    "finished-offered": finished(CALM, lent(0), lent(1), paper=Paper.OFFERED),
    "finished-unconfirmed": finished(after(PrintOutcome.UNCONFIRMED), lent(0), lent(1)),
    "finished-unknown": finished(
        after(PrintOutcome.UNKNOWN, Trouble.PAPER_OUT), lent(0), handed_in(3)
    ),
    "finished-paper-out": finished(after(PrintOutcome.HELD, Trouble.PAPER_OUT), lent(0), lent(1)),
    "finished-unprinted": finished(after(PrintOutcome.HELD, Trouble.ABSENT), lent(0), lent(1)),
    "finished-returned": finished(CALM, handed_in(0), handed_in(3), paper=Paper.NONE),
    "finished-returned-unprinted": finished(after(PrintOutcome.HELD, Trouble.ABSENT), handed_in(0)),
    "finished-eight": finished(CALM, *(lent(n, days=14 if n % 2 else 21) for n in range(8))),
    "out-of-order": Shown(OutOfOrder(), CALM, 103.0, 5.0),
}
"""Every state that has a picture."""


def preview(sight: str) -> Preview:
    """A desk with a book held into the picture.

    Args:
        sight: "empty", "seen", "believed", or a hint's value: then the code is not read.
    """
    pixels = _desk()
    if sight == "empty":
        return Preview(pixels, (), False, 1)
    a, b, c, d = _hold_book(pixels, 0.45 if sight == Hint.CLOSER else 1.05)
    if sight in ("seen", "believed"):
        return Preview(pixels, ((a, b, c, d),), sight == "believed", 2 + (sight == "believed"))
    _spoil(pixels, Hint(sight), ((a.x + c.x) / 2, (a.y + c.y) / 2))
    return Preview(pixels, (), False, 10 + list(Hint).index(Hint(sight)), Hint(sight), (a, b, c, d))


def _spoil(pixels: Picture, hint: Hint, place: tuple[float, float]) -> None:
    """Blur the picture, or mirror a lamp in the code."""
    if hint is Hint.BLURRED:
        pixels[...] = cv2.GaussianBlur(pixels, (0, 0), 5)
    elif hint is Hint.GLARE:
        across = np.arange(pixels.shape[1]) - place[0]
        down = (np.arange(pixels.shape[0]) - place[1])[:, None]
        lamp = 400 * np.exp(-(across**2 + down**2) / 28**2)[..., None]
        pixels[...] = np.minimum(pixels + lamp, 255)


def _desk() -> Picture:
    height, width = 360, 640
    down = np.linspace(0, 1, height)[:, None]
    across = np.abs(np.linspace(-1, 1, width))[None, :]
    light = (1 - 0.32 * down) * (1 - 0.22 * across**2)
    pixels = np.empty((height, width, 4), np.uint8)
    for channel, value in enumerate((214, 200, 180)):
        pixels[..., channel] = light * value
    pixels[..., 3] = 255
    return pixels


def _hold_book(pixels: Picture, scale: float) -> list[Point]:
    """Draw a slightly turned book with a label on it; give the label's code in the picture."""
    book = np.zeros((300, 220, 4), np.uint8)
    book[:] = (31, 102, 99, 255)
    book[:, :14] = (22, 78, 76, 255)
    cv2.rectangle(book, (48, 34), (186, 96), (251, 241, 220, 255), -1)
    cv2.rectangle(book, (60, 160), (174, 274), (252, 252, 250, 255), -1)
    cells = np.random.default_rng(5).integers(0, 2, (21, 21), np.uint8)
    for row, column in ((0, 0), (0, 14), (14, 0)):
        cells[row : row + 7, column : column + 7] = 1
        cells[row + 1 : row + 6, column + 1 : column + 6] = 0
        cells[row + 2 : row + 5, column + 2 : column + 5] = 1
    code = cv2.resize((1 - cells) * 235 + 10, (84, 84), interpolation=cv2.INTER_NEAREST)
    book[175:259, 75:159, :3] = code[..., None]
    turn = cv2.getRotationMatrix2D((110, 150), 7, scale)
    turn[:, 2] += (214, 32)
    cv2.warpAffine(
        book,
        turn,
        (640, 360),
        dst=pixels,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    corners = np.array([[75, 175, 1], [159, 175, 1], [159, 259, 1], [75, 259, 1]]) @ turn.T
    return [Point(float(x), float(y)) for x, y in corners]
