"""The states of the screen worth a picture, and the camera picture that goes with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray

from db.identifiers import AccessionNumber, CardNumber
from db.outcomes import (
    CheckedOut,
    DamageNoted,
    HoldMade,
    HoldReady,
    OpenLoan,
    PatronCategory,
    PatronKnown,
    Refusal,
    Refused,
    Renewable,
    Renewed,
    Returned,
    Undone,
)
from db.states import LoanKind
from db.sync.report import HubState
from kiosk.events import CameraState, Shown, Status
from kiosk.visit import (
    Act,
    Finished,
    HelpCalled,
    Notice,
    OutOfOrder,
    Paper,
    Question,
    RenewedAll,
    Serving,
    Waiting,
)
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


def serving(patron: PatronKnown, *acts: Act, no: Notice | None = None) -> Shown:
    """A visit with twelve of its twenty seconds left."""
    return Shown(Serving(VISIT, patron, acts, no), CALM, ends_at=112.0, patience_s=20.0)


def undoable(shown: Shown, status: Status = CALM) -> Shown:
    """The same, with five of eight seconds left to take the last act back."""
    return replace(shown, status=status, undo_until=105.0, undo_s=8.0)


def asked(patron: PatronKnown, loan: OpenLoan, renewal: Renewable | Refused | None) -> Shown:
    """A visit in which a copy the reader has was held up."""
    visit = Serving(VISIT, patron, question=Question(loan, renewal))
    return Shown(visit, CALM, ends_at=112.0, patience_s=20.0)


def reading(n: int) -> CheckedOut:
    """A copy that is read in the library."""
    return replace(lent(n, days=0), kind=LoanKind.IN_LIBRARY)


def renewed(n: int, days: int = 21) -> Renewed:
    """A loan kept longer."""
    return Renewed(UUID(int=n), number(n), TITLES[n % 8], TODAY + timedelta(days))


def finished(status: Status, *acts: Act, paper: Paper = Paper.ASKED) -> Shown:
    """A farewell with four of its six seconds left."""
    visit = Finished(VISIT, pupil(), acts, SLIP_NUMBER, paper)
    return Shown(visit, status, ends_at=104.0, patience_s=6.0)


def after(outcome: PrintOutcome, trouble: Trouble | None = None) -> Status:
    """What the printer said of the slip."""
    return replace(CALM, slip=PrintReport(SLIP_NUMBER, outcome, trouble))


def waiting(notice: Notice | Returned | None = None, status: Status = CALM) -> Shown:
    """The idle screen."""
    return Shown(Waiting(notice), status, 103.0 if notice else None, 5.0)


def day(days: int) -> date:
    """So many days from now."""
    return TODAY + timedelta(days)


ASKING = replace(CALM, asks_wear=True)
READ_HERE = replace(loan(3, 0), kind=LoanKind.IN_LIBRARY)

STATES: dict[str, Shown] = {
    "waiting": waiting(),
    "waiting-returned": waiting(handed_in(0)),
    "waiting-late": waiting(handed_in(3, late=3)),
    "waiting-not-on-loan": waiting(handed_in(1, lent_out=False)),
    "waiting-worn": waiting(handed_in(1, LONG_TITLE, late=3), ASKING),
    "waiting-refused": waiting(Refused(Refusal.UNKNOWN_CODE, "8934")),
    "waiting-troubled": waiting(status=TROUBLED),
    "waiting-paper-low": waiting(status=replace(CALM, printer=PrinterNews(paper_low=True))),
    "waiting-hand-scanner": waiting(status=replace(CALM, hand_scanner_lost=True)),
    "waiting-closer": waiting(),
    "waiting-glare": waiting(),
    "waiting-undo": undoable(waiting(handed_in(0)), ASKING),
    "waiting-wanted": waiting(replace(handed_in(3), to_desk=True, is_wanted=True)),
    "waiting-undone": waiting(Undone(number(0), TITLES[0])),
    "waiting-wear-noted": waiting(DamageNoted(number(0), TITLES[0])),
    "waiting-help": waiting(HelpCalled(), replace(CALM, help_called=True)),
    "waiting-card-first": waiting(Refused(Refusal.CARD_FIRST)),
    "serving-blurred": serving(pupil(loan(3, 5)), lent(0)),
    "serving-greeting": serving(pupil(loan(3, 5))),
    "serving-empty": serving(pupil()),
    "serving-lent": serving(pupil(loan(3, 5)), lent(0)),
    "serving-two": serving(pupil(loan(2, -3)), handed_in(3), lent(0), lent(1)),
    "serving-returned": serving(pupil(loan(3, 5), loan(2, 1)), handed_in(3)),
    "serving-already-yours": serving(
        pupil(loan(3, 5)), lent(0), no=Refused(Refusal.ALREADY_YOURS, number(0), 0, TITLES[0])
    ),
    "serving-question": asked(
        pupil(loan(3, 3), loan(2, 9)), loan(3, 3), Renewable(number(3), TITLES[3], day(10))
    ),
    "serving-question-too-early": asked(
        pupil(loan(3, 9)),
        loan(3, 9),
        Refused(Refusal.RENEW_TOO_EARLY, number(3), 0, TITLES[3], day(6)),
    ),
    "serving-question-reading": asked(pupil(READ_HERE), READ_HERE, None),
    "serving-lent-undo": undoable(serving(pupil(loan(3, 5)), lent(0))),
    "serving-returned-undo": undoable(serving(pupil(loan(3, 5)), handed_in(3)), ASKING),
    "serving-undone": serving(pupil(loan(3, 5)), no=Undone(number(0), TITLES[0])),
    "serving-helped": serving(pupil(loan(2, 5)), handed_in(3, late=4)),
    "serving-on-loan": serving(
        pupil(loan(2, 5)), no=Refused(Refusal.ON_LOAN, number(3), 0, TITLES[3])
    ),
    "serving-reference-only": serving(
        pupil(loan(2, 5)), no=Refused(Refusal.REFERENCE_ONLY, number(3), 0, TITLES[3])
    ),
    "serving-reading": serving(pupil(loan(2, 5)), reading(3)),
    "serving-renewed": serving(pupil(loan(3, 3), loan(2, 9)), renewed(3)),
    "serving-renewed-all": serving(
        pupil(loan(3, 3), loan(2, -1)),
        renewed(3),
        no=RenewedAll((renewed(3),), (Refused(Refusal.RENEW_OVERDUE, number(2), 0, TITLES[2]),)),
    ),
    "serving-hold-ready": serving(
        replace(
            pupil(loan(2, 5)),
            ready=(
                HoldReady(TITLES[0], day(2)),
                HoldReady(TITLES[4], day(3)),
            ),
        )
    ),
    "serving-hold-made": serving(pupil(), no=HoldMade(UUID(int=5), TITLES[0], 2)),
    "serving-closed": serving(
        replace(pupil(loan(2, 5)), no_lending=Refused(Refusal.CLOSED_NOW, day=day(1)))
    ),
    "serving-paused": replace(
        serving(pupil(loan(2, 5)), no=Refused(Refusal.LENDING_PAUSED, number(3))),
        status=replace(CALM, lending_paused=True),
    ),
    "serving-help": replace(
        serving(pupil(loan(2, 5)), no=HelpCalled()), status=replace(CALM, help_called=True)
    ),
    "serving-resumed": Shown(Serving(VISIT, pupil(loan(3, 5)), is_resumed=True), CALM, 112.0, 20.0),
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
    "serving-ten": serving(teacher(*(loan(n, 3 * n - 4) for n in range(10)))),
    "finished-renewed": finished(CALM, renewed(3), renewed(2), handed_in(0)),
    "finished-reading": finished(CALM, reading(3), paper=Paper.NONE),
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
