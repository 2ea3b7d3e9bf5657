"""The clerk: one event in, at most one question to the library, one state shown.

Runs in a thread of its own and alone decides and writes loans, so that a visit and its
records can never disagree. Keeps out Kivy and SQL; time and devices come in as values.
"""

from __future__ import annotations

import math
import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol
from uuid import UUID

import structlog

from config.settings import VisitSettings
from db.identifiers import (
    AccessionNumber,
    CardNumber,
    Code,
    CodeKind,
    Command,
    CommandCard,
    CopyLabel,
    CornerCode,
    CrateCode,
    IsbnCode,
    MalformedCode,
    PatronCard,
    UnknownCode,
)
from db.ids import new_id
from db.outcomes import CheckedOut, PatronKnown, Refusal, Refused, Returned
from db.sync.report import HubState, SyncReport
from kiosk.events import (
    CameraState,
    DiskFull,
    DonePressed,
    KioskEvent,
    LendingPaused,
    PrintPressed,
    ReturnPressed,
    Shown,
    Status,
    Stopped,
)
from kiosk.rooms import Room, RoomEvent, RoomState
from kiosk.visit import (
    Finished,
    OutOfOrder,
    Paper,
    Serving,
    Visit,
    Waiting,
    advance,
    begin,
    finish,
)
from printer.receipt import PrinterNews, PrintReport
from scanner.scan import (
    CameraBack,
    CameraLost,
    HandScannerBack,
    HandScannerLost,
    Scan,
    TwoCodes,
)

Asked = Scan | TwoCodes | DonePressed | ReturnPressed | PrintPressed | RoomEvent
"""What somebody at the station asks for; all else is how its devices are."""

INBOX_LIMIT = 64
"""Events that may wait; a healthy clerk never has more than a few."""

JUST_LENT_S = 30.0
"""A book lent a moment ago and still in view is no return; whoever means it shows a card."""

_log = structlog.get_logger()


class LendingDesk(Protocol):
    """What the clerk asks of the library's records."""

    def read_code(self, text: str) -> Code:
        """Say what a scanned text is."""
        ...

    def identify(self, card: CardNumber) -> PatronKnown | Refused:
        """Say whose card this is."""
        ...

    def check_out(
        self, patron: PatronKnown, accession: AccessionNumber, visit_id: UUID
    ) -> CheckedOut | Refused:
        """Lend one copy; on disk when this returns."""
        ...

    def check_in(
        self,
        accession: AccessionNumber,
        visit_id: UUID | None = None,
        giver: UUID | None = None,
    ) -> Returned | Refused:
        """Take one copy back from whoever brings it; on disk when this returns."""
        ...


class Slips(Protocol):
    """What the clerk asks of the slips."""

    def close(self, finished: Finished, *, by_itself: bool = False) -> Finished:
        """Close the visit's slip; give the visit back with its number and what comes on paper."""
        ...

    def print(self, slip_number: str, *, large: bool = False) -> bool:
        """Print a closed slip, for the first time or again; say whether it will be."""
        ...

    def reader_came(self) -> None:
        """Say that another reader stands here."""
        ...

    def give_up_broken(self) -> None:
        """Close the slips of visits that a fault broke off."""
        ...

    def note_printer(self, news: PrinterNews) -> None:
        """Keep what the printer says of itself."""
        ...


class Clerk:
    """Handles one event at a time and shows what became of the visit."""

    def __init__(
        self,
        desk: LendingDesk,
        slips: Slips,
        settings: VisitSettings,
        show: Callable[[Shown], None],
        committed: Callable[[], None] = lambda: None,
        status: Status | None = None,
        now: Callable[[], float] = time.monotonic,
        rooms: Sequence[Room] = (),
    ) -> None:
        self.inbox: queue.Queue[KioskEvent] = queue.Queue(INBOX_LIMIT)
        self.visit: Visit = Waiting()
        self.status = status or Status()
        self._desk = desk
        self._slips = slips
        self._settings = settings
        self._show_on_screen = show
        self._committed = committed
        self._now = now
        self._rooms = rooms
        self._ends_at: float | None = None
        self._patience_s = 0.0
        self._just_lent: dict[AccessionNumber, float] = {}

    def tell(self, event: KioskEvent) -> None:
        """Put an event into the inbox; from any thread, never waits."""
        try:
            self.inbox.put_nowait(event)
        except queue.Full:
            _log.error("clerk.inbox_full", event_type=type(event).__name__)

    def stop(self) -> None:
        """End `run` after what waits already; the visit in progress is closed."""
        self.inbox.put(Stopped())

    def run(self) -> None:
        """Body of the clerk thread."""
        self._show()
        while True:
            event = self._next_event()
            if isinstance(event, Stopped):
                self._close(self.visit)
                return
            self.handle_safely(event)

    def handle_safely(self, event: KioskEvent | None) -> None:
        """Handle an event; a mistake of ours is logged, shown, and ends the visit."""
        try:
            self.handle(event)
        except Exception:
            _log.exception("clerk.fault", event_type=type(event).__name__)
            self._break_off()

    def _break_off(self) -> None:
        """End the visit that a fault met; what was done in it is on disk, and its slip closed."""
        try:
            self._close(self.visit)
        except Exception:  # the records themselves: `_recover` closes the slip
            _log.exception("clerk.slip_left_open")
        self._move_to(OutOfOrder())

    def handle(self, event: KioskEvent | None) -> None:
        """Answer one event; None says that the present state has lasted long enough."""
        match event:
            case None if isinstance(self.visit, OutOfOrder):
                self._recover()
            case None if room := self._room():
                self._follow(room, None)
            case None:
                self._end_visit(by_itself=True)
            case (
                Scan() | TwoCodes() | DonePressed() | ReturnPressed() | PrintPressed() | RoomEvent()
            ):
                if not isinstance(self.visit, OutOfOrder):  # nothing is done that nobody can see
                    self._serve(event)
            case _:
                self._note(event)

    def _room(self) -> Room | None:
        """The room that is open, if any."""
        return next((room for room in self._rooms if room.is_open(self.visit)), None)

    def _follow(self, room: Room, event: Asked | None) -> None:
        """Let a room answer; a pupil's visit it opens begins as any other."""
        visit = room.handle(self.visit, event)
        if isinstance(visit, Serving):
            self._slips.reader_came()
        self._move_to(visit)

    def _enter(self, code: Code) -> bool:
        """Open the room a code is the key of; whose visit it was is over."""
        for room in self._rooms:
            state = room.open(code)
            if state is not None:
                self._close(self.visit)
                self._move_to(state)
                return True
        return False

    def _recover(self) -> None:
        """Serve again, unless the records are still out of order."""
        self._slips.give_up_broken()
        self._move_to(Waiting())

    def _serve(self, event: Asked) -> None:
        if room := self._room():
            self._follow(room, event)
            return
        match event:
            case Scan(text=text):
                code = self._desk.read_code(text)
                if not self._enter(code):
                    self._answer(code)
            case TwoCodes():
                self._refuse(Refused(Refusal.TWO_CODES))
            case DonePressed():
                self._end_visit()
            case ReturnPressed(accession):
                self._check_in(accession)
            case PrintPressed(large):
                self._print(large)

    def _print(self, large: bool) -> None:
        """Print the slip of the visit just ended, once when offered and once again."""
        match self.visit:
            case Finished(paper=Paper.OFFERED):
                asked = Paper.ASKED
            case Finished(paper=Paper.ASKED) if self.status.slip is not None:
                asked = Paper.ASKED_AGAIN
            case _:
                return
        if self._slips.print(self.visit.slip_number, large=large):
            self.status = replace(self.status, slip=None)
            self._move_to(replace(self.visit, paper=asked))

    def _answer(self, code: Code) -> None:
        match code, self.visit:
            case PatronCard(number), _:
                self._greet(number)
            case CopyLabel(accession), Serving(patron=patron, visit_id=visit_id):
                self._settle(self._desk.check_out(patron, accession, visit_id))
            case CopyLabel(accession), _ if self._was_just_lent(accession):
                self._refuse(Refused(Refusal.JUST_LENT, accession))
            case CopyLabel(accession), _:
                self._check_in(accession)
            case CommandCard(Command.DONE), _:
                self._end_visit()
            case MalformedCode(kind=CodeKind.CARD, text=text), _:
                self._turn_away(Refused(Refusal.MALFORMED_CARD, text))
            case (
                IsbnCode() | CornerCode() | CrateCode() | MalformedCode() | UnknownCode()
            ) as other, _:
                self._refuse(_not_ours(other))

    def _refuse(self, refused: Refused) -> None:
        """Say no without giving the visit more time: a poster in view must not keep it open."""
        self._show_visit(advance(self.visit, refused), restart=not isinstance(self.visit, Serving))

    def _greet(self, card: CardNumber) -> None:
        answer = self._desk.identify(card)
        match answer, self.visit:
            case PatronKnown(patron_id=same), Serving(patron=patron) if patron.patron_id == same:
                self._end_visit()
            case PatronKnown(), _:
                self._close(self.visit)
                self._slips.reader_came()
                self._move_to(begin(new_id(), answer))
            case Refused(), _:
                self._turn_away(answer)

    def _turn_away(self, refused: Refused) -> None:
        """Say no to a card; whoever holds it must not go on in the last reader's visit."""
        self._close(self.visit)
        self._move_to(Waiting(notice=refused))

    def _was_just_lent(self, accession: AccessionNumber) -> bool:
        return self._now() - self._just_lent.get(accession, -math.inf) < JUST_LENT_S

    def _check_in(self, accession: AccessionNumber) -> None:
        match self.visit:
            case Serving(visit_id=visit_id, patron=patron):
                self._settle(self._desk.check_in(accession, visit_id, patron.patron_id))
            case _:
                self._settle(self._desk.check_in(accession))

    def _settle(self, outcome: CheckedOut | Returned | Refused) -> None:
        if not isinstance(outcome, Refused):
            waiting = self.status.waiting_events + 1
            self.status = replace(self.status, waiting_events=waiting)
            self._committed()
        self._move_to(advance(self.visit, outcome))

    def _end_visit(self, *, by_itself: bool = False) -> None:
        self._move_to(self._close(self.visit, by_itself=by_itself))

    def _close(self, visit: Visit, *, by_itself: bool = False) -> Visit:
        """End a visit for good: its slip is asked for once, and only here."""
        ended = finish(visit)
        if isinstance(ended, Finished):
            self._just_lent = dict.fromkeys((act.accession for act in ended.lent), self._now())
            self.status = replace(self.status, slip=None)
            return self._slips.close(ended, by_itself=by_itself)
        return Waiting()

    def _note(self, event: KioskEvent | None) -> None:
        match event:
            case CameraLost():
                self.status = replace(self.status, camera=CameraState.LOST)
            case CameraBack():
                self.status = replace(self.status, camera=CameraState.SEEING)
            case HandScannerLost() | HandScannerBack():
                lost = isinstance(event, HandScannerLost)
                self.status = replace(self.status, hand_scanner_lost=lost)
            case SyncReport(hub, waiting, as_of):
                status = replace(self.status, hub=hub, waiting_events=waiting)
                self.status = replace(status, records_as_of=as_of)
                if hub is HubState.REVOKED and isinstance(self.visit, Serving | RoomState):
                    self._move_to(Waiting())  # not closed: whose slip that was is forgotten
            case LendingPaused(paused):
                self.status = replace(self.status, lending_paused=paused)
            case DiskFull():
                self.status = replace(self.status, disk_full=True)
            case PrintReport(slip_number=number):
                if isinstance(self.visit, Finished) and self.visit.slip_number == number:
                    self.status = replace(self.status, slip=event)
            case PrinterNews():
                self._slips.note_printer(event)
                self.status = replace(self.status, printer=event)
        self._show()

    def _move_to(self, visit: Visit) -> None:
        self._show_visit(visit, restart=True)

    def _show_visit(self, visit: Visit, restart: bool) -> None:
        self.visit = visit
        if restart:
            self._patience_s = self._patience_with(visit)
            self._ends_at = self._now() + self._patience_s if self._patience_s else None
        self._show()

    def _patience_with(self, visit: Visit) -> float:
        if room := self._room():
            return room.patience_s(visit)
        match visit:
            case Serving():
                return self._settings.idle_s
            case Finished():
                return self._settings.farewell_s
            case Waiting(notice=None):
                return 0.0
        return self._settings.notice_s

    def _show(self) -> None:
        shown = Shown(self.visit, self.status, self._ends_at, self._patience_s)
        self._show_on_screen(shown)

    def _next_event(self) -> KioskEvent | None:
        left = None if self._ends_at is None else max(0.0, self._ends_at - self._now())
        try:
            return self.inbox.get(timeout=left)
        except queue.Empty:
            return None


def _not_ours(
    code: IsbnCode | CornerCode | CrateCode | MalformedCode | UnknownCode,
) -> Refused:
    match code:
        case IsbnCode(isbn):
            return Refused(Refusal.ISBN_NOT_LABEL, isbn)
        case MalformedCode(kind=CodeKind.LABEL, text=text):
            return Refused(Refusal.MALFORMED_LABEL, text)
        case CornerCode(key) | CrateCode(key):
            return Refused(Refusal.UNKNOWN_CODE, key)
        case MalformedCode(text=text) | UnknownCode(text=text):
            return Refused(Refusal.UNKNOWN_CODE, text)
