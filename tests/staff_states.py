"""The librarian's pages and the class corners: the states worth a picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from db.corners import Awaited, CornerKnown
from db.helping import CopyFound, Person, ShelfFound, ShelfLine, SlipKept, Today
from db.identifiers import CardNumber
from db.outcomes import Refusal, Refused
from db.pins import StaffKnown
from db.sets import SetLine, SetOfPupil
from db.states import CopyState, ReceiptState, RoleName
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
    SetPage,
    ShelfPage,
    Silence,
    SlipPage,
    SoundPage,
    StickCopied,
    StickPage,
    Told,
)
from tests.browse_states import BOARD
from tests.screen_states import (
    CALM,
    LONG_TITLE,
    NOW,
    SLIP_NUMBER,
    TITLES,
    TODAY,
    handed_in,
    lent,
    loan,
    number,
    pupil,
    waiting,
)

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


def by_hand(state: RoomState) -> Shown:
    """A page at a station with a hand scanner and no camera."""
    return staff_shown(state, replace(CALM, camera=CameraState.NONE))


SILENCES = (
    Silence("09:00-09:30", True),
    Silence("11:30-13:30", False),
    Silence("17:00-07:00", True),
)
SET = SetOfPupil(
    UUID(int=61),
    "Bộ sách giáo khoa lớp 6",
    tuple(
        SetLine(f"{subject} 6", number(40 + n) if n < 5 else None)
        for n, subject in enumerate(
            (
                "Ngữ văn",
                "Toán",
                "Tiếng Anh",
                "Giáo dục công dân",
                "Lịch sử và Địa lí",
                "Khoa học tự nhiên",
                "Công nghệ",
                "Tin học",
                "Giáo dục thể chất",
                "Âm nhạc",
                "Mĩ thuật",
                "Hoạt động trải nghiệm, hướng nghiệp",
                "Tài liệu giáo dục địa phương",
            )
        )
    ),
)
OTHER_SET = SetOfPupil(UUID(int=62), "Bộ Cánh diều lớp 6", SET.lines)
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
    "staff-set-first": staff_shown(SetPage(SESSION)),
    "staff-set": staff_shown(SetPage(SESSION, pupil(), (SET,), lent(1))),
    "staff-set-which": staff_shown(SetPage(SESSION, pupil(), (SET, OTHER_SET))),
    "staff-set-of-many": staff_shown(SetPage(SESSION, pupil(), (SET, *(OTHER_SET,) * 9), page=1)),
    "staff-set-back": staff_shown(
        SetPage(SESSION, pupil(), (SET,), Refused(Refusal.UNKNOWN_COPY), is_return=True)
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
    "staff-sound": staff_shown(SoundPage(SESSION, 60, SILENCES, 80)),
    "staff-sound-only": staff_shown(SoundPage(SESSION, 0, SILENCES[:2], None, is_lost=True)),
    "staff-devices-by-hand": by_hand(DevicePage(SESSION)),
    "staff-pairing-by-hand": by_hand(PairingPage(SESSION)),
    "staff-power": staff_shown(PowerPage(SESSION, PowerAct.OFF)),
    "staff-power-busy": staff_shown(PowerPage(SESSION, is_busy=True)),
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
    "drop-message": replace(waiting(status=replace(CALM, returns_only=True)), board=BOARD),
    "drop-returned": Shown(Dropped(handed_in(2)), CALM, 103.0, 5.0),
    "drop-tray": Shown(Dropped(replace(handed_in(3), to_desk=True), True), CALM, 103.0, 5.0),
    "drop-card": Shown(Dropped(None), CALM, 103.0, 5.0),
}
