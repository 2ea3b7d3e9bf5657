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
from db.outcomes import (
    CheckedOut,
    DamageNoted,
    HoldMade,
    PatronKnown,
    Refusal,
    Refused,
    Returned,
    Undone,
)
from db.sync.report import HubState, SyncReport
from kiosk.acts import Acts, Step, undoable
from kiosk.browser import Browser, Follow, NoShelves
from kiosk.browsing import (
    BackPressed,
    BrowseEvent,
    Door,
    DoorPressed,
    LookAgain,
    Page,
    PracticePage,
)
from kiosk.doors import LendingDesk, Rehearsal, Room, Slips
from kiosk.events import (
    DonePressed,
    HelpPressed,
    KioskEvent,
    News,
    PracticeReady,
    PrintPressed,
    ScreenFault,
    Shown,
    Status,
    Stopped,
    TimePassed,
    Touch,
    UndoPressed,
    Wear,
    WearPressed,
    noted,
)
from kiosk.not_ours import not_ours
from kiosk.rooms import GivesWay, RoomEvent, RoomState
from kiosk.visit import (
    Act,
    Finished,
    HelpCalled,
    OutOfOrder,
    Paper,
    Serving,
    Visit,
    Waiting,
    advance,
    begin,
    finish,
    last_returned,
)
from printer.receipt import PrinterNews, PrintReport
from scanner.scan import (
    Scan,
    TwoCodes,
)

Asked = Scan | TwoCodes | Touch | RoomEvent
"""What somebody at the station asks for; all else is how its devices are."""

INBOX_LIMIT = 64
"""Events that may wait; a healthy clerk never has more than a few."""

JUST_LENT_S = 30.0
"""A book lent a moment ago and still in view is no return; whoever means it shows a card."""

RESUME_S = 60.0
"""Whose visit ended so recently goes on where they were; their slip is still waited for."""

CARD_LEAVES_S = 3.0
"""The card that ended a visit may still be in view; it must not begin another."""

HELP_S = 120.0
"""How long the screen asks for the librarian."""

FAULTS_IN_A_ROW = 3
"""After so many mistakes of ours without a visit or answer seen to its end between them, only a
new start helps."""

_log = structlog.get_logger()


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
        browser: Browser | None = None,
        rehearse: Callable[[], Rehearsal | None] | None = None,
        rooms: Sequence[Room] = (),
        worn_out: Callable[[], None] = lambda: None,
    ) -> None:
        """Stand ready.

        Args:
            desk: The library's records.
            slips: Where slips go.
            settings: How long the station waits for a reader.
            show: Takes each state to the screen; never waits.
            committed: Told after each act that is on disk.
            status: How the devices are at first.
            now: A clock in seconds that never goes back.
            browser: The pages that lie over the visit.
            rehearse: Begins a practice for grade 6; None if it is not ready, and tells when it is.
            rooms: What lies beside the visit, each opened by a code of its own.
            worn_out: Told when mistakes of ours follow each other and a new start is needed.
        """
        self.inbox: queue.Queue[KioskEvent] = queue.Queue(INBOX_LIMIT)
        self.visit: Visit = Waiting()
        self.status = replace(status or Status(), asks_wear=settings.ask_wear)
        self._desk = desk
        self._acts = Acts(desk)
        self._slips = slips
        self._settings = settings
        self._show_on_screen = show
        self._committed = committed
        self._now = now
        self._browser = browser or Browser(NoShelves())
        self._rehearse = rehearse
        self._practice: Rehearsal | None = None
        self._rooms = rooms
        self._ends_at: float | None = None
        self._patience_s = 0.0
        self._worn_out = worn_out
        self._just_lent: dict[AccessionNumber, float] = {}
        self._last: CheckedOut | Returned | None = None
        self._undo_until: float | None = None
        self._help_until: float | None = None
        self._left: tuple[UUID, float] | None = None
        self._card_ended_at = -math.inf
        self._faults = 0

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
        self._forget_last()
        self._end_practice()
        self._move_to(OutOfOrder())
        self._faults += 1
        if self._faults == FAULTS_IN_A_ROW:
            _log.error("clerk.worn_out", faults=self._faults)
            self._worn_out()

    def handle(self, event: KioskEvent | None) -> None:
        """Answer one event; None says that the present state has lasted long enough."""
        if self._practice is not None and self._practise(self._practice, event):
            return
        match event:
            case None if isinstance(self.visit, OutOfOrder):
                self._recover()
            case None if room := self._room():
                self._follow(room, None)
            case None:
                self._end_visit(by_itself=True)
            case ScreenFault():
                self._break_off()
            case BrowseEvent():
                self._browse(event)
            case _ if isinstance(event, Asked):
                if not isinstance(self.visit, OutOfOrder):  # nothing is done that nobody can see
                    page = self._browser.page
                    self._serve(event)
                    self._fulfil(page)
            case _:
                self._note(event)

    def _browse(self, event: BrowseEvent) -> None:
        """Open, turn or leave a page, or change the look; the visit below stays as it is."""
        if isinstance(event, LookAgain):
            self._browser.handle(event, self.visit)
        elif event == DoorPressed(Door.PRACTICE) and self._rehearse and self.visit == Waiting():
            self._begin_practice(self._rehearse())
        elif isinstance(self.visit, Waiting | Serving):
            self._go_on(self._browser.handle(event, self.visit))
            return
        self._show()

    def _begin_practice(self, practice: Rehearsal | None) -> None:
        """Practise in place of the visit; until all is ready, a page says to wait."""
        self._forget_last()
        self._practice = practice
        self._browser.page = PracticePage() if practice is None else None
        self._grant_time()

    def _end_practice(self) -> None:
        if self._practice is not None:
            self._practice.close()
        self._practice = None

    def _fulfil(self, page: Page | None) -> None:
        """Do what a page asked a card for, now that one was shown."""
        if page is not None and isinstance(self.visit, Serving):
            self._go_on(self._browser.fulfil(page, self.visit))

    def _go_on(self, follow: Follow | None) -> None:
        """Do what a page led to; else show it, with all the time it is given."""
        if follow is not None:
            self.handle(follow)
        else:
            self._grant_time()
            self._show()

    def _practise(self, practice: Rehearsal, event: KioskEvent | None) -> bool:
        """Let the practice answer; False for what tells of the devices, and is the clerk's."""
        match event:
            case BackPressed() | DoorPressed():
                self._end_practice()
            case _ if isinstance(event, BrowseEvent | News):
                return False
            case _ if not practice.handle(event):
                self._end_practice()
        if self._practice is None:
            self._move_to(Waiting())
        else:
            self._show()
        return True

    def _room(self) -> Room | None:
        """The room that is open, if any."""
        return next((room for room in self._rooms if room.is_open(self.visit)), None)

    def _follow(self, room: Room, event: Asked | None) -> None:
        """Let a room answer; what changes nothing gives no time: a poster in view is no guest."""
        visit = room.handle(self.visit, event)
        if isinstance(visit, GivesWay) and event is not None:
            self.visit = Waiting()
            self._serve(event)
            if self.visit == Waiting():  # else what became of it is on the screen
                self._move_to(self.visit)
            return
        if isinstance(visit, Waiting):
            self._faults = 0  # the room could be drawn to its end
        if isinstance(visit, Serving):  # it begins as any other
            self._slips.reader_came()
            self._left = None
        self._show_visit(visit, restart=visit != self.visit)

    def _enter(self, code: Code) -> bool:
        """Open the room a code is the key of; whose visit it was is over."""
        for room in self._rooms:
            state = room.open(code)
            if state is not None:
                self._close(self.visit)
                self._forget_last()
                self._forget_look()
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
                if self._is_readers_own(code) or not self._enter(code):
                    self._answer(code)
            case TwoCodes():
                self._refuse(Refused(Refusal.TWO_CODES))
            case DonePressed():
                self._end_visit()
            case UndoPressed():
                self._take_back()
            case WearPressed(wear):
                self._note_wear(wear)
            case HelpPressed():
                self._call_help()
            case PrintPressed(large):
                self._print(large)
            case RoomEvent():
                pass  # touched as its room was left
            case _:
                self._take(self._acts.touch(self.visit, event))

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
        match code:
            case PatronCard(number):
                self._greet(number)
            case CopyLabel(accession) if self._was_just_lent(accession):
                self._refuse(Refused(Refusal.JUST_LENT, accession))
            case CopyLabel(accession):
                paused = self.status.lending_paused
                self._take(self._acts.hold_up(self.visit, accession, paused=paused))
            case CommandCard(command):
                self._obey(command)
            case MalformedCode(kind=CodeKind.CARD, text=text):
                self._turn_away(Refused(Refusal.MALFORMED_CARD, text))
            case IsbnCode() | CornerCode() | CrateCode() | MalformedCode() | UnknownCode():
                self._refuse(not_ours(code))

    def _obey(self, command: Command) -> None:
        """Do what a command card says, as if its button had been touched."""
        match command:
            case Command.DONE:
                self._end_visit()
            case Command.UNDO:
                self._take_back()
            case Command.HELP:
                self._call_help()
            case _:
                self._take(self._acts.command(self.visit, command))

    def _refuse(self, refused: Refused) -> None:
        """Say no without giving the visit more time: a poster in view must not keep it open."""
        if not isinstance(self.visit, Serving):
            self._forget_last()
        self._show_visit(advance(self.visit, refused), restart=not isinstance(self.visit, Serving))

    def _greet(self, card: CardNumber) -> None:
        answer = self._desk.identify(card)
        match answer, self.visit:
            case PatronKnown(patron_id=same), Serving(patron=patron) if patron.patron_id == same:
                self._end_visit()
                self._card_ended_at = self._now()
            case PatronKnown(), _ if self._is_card_leaving(answer):
                pass
            case PatronKnown(), _:
                self._welcome(answer)
            case Refused(), _:
                self._turn_away(answer)

    def _welcome(self, patron: PatronKnown) -> None:
        """Begin a visit; of somebody who was here just now it is the last one's second part."""
        self._close(self.visit)
        if self._desk.close_reading():  # whose session is over; books here are nobody's any more
            self._committed()
        resumed = self._was_here(patron)
        if not resumed:
            self._slips.reader_came()
            self._forget_look()
        self._left = None
        self.status = replace(self.status, slip=None)
        self._move_to(begin(new_id(), patron, resumed=resumed))

    def _forget_look(self) -> None:
        """Let the last reader's language and letters go with them; nobody's were the next one's."""
        if isinstance(self.visit, Serving | Finished):
            self._browser.forget_look()

    def _was_here(self, patron: PatronKnown) -> bool:
        """Whether a reader's visit ended just now, and nobody else has come since."""
        if self._left is None or isinstance(self.visit, Serving):
            return False
        patron_id, at = self._left
        return patron_id == patron.patron_id and self._now() - at < RESUME_S

    def _is_readers_own(self, code: Code) -> bool:
        """Whether this is of the visit, or of the one just ended, and so is no room's key."""
        match code, self.visit:
            case CopyLabel(), Serving():
                return True
            case PatronCard(number), Serving(patron=patron):
                return number == patron.card
            case PatronCard(number), Finished(patron=patron):
                return number == patron.card and self._has_just_ended()
        return False

    def _has_just_ended(self) -> bool:
        return self._now() - self._card_ended_at < CARD_LEAVES_S

    def _is_card_leaving(self, patron: PatronKnown) -> bool:
        """Whether this is the card that ended the visit, still in view."""
        return self._was_here(patron) and self._has_just_ended()

    def _turn_away(self, refused: Refused) -> None:
        """Say no to a card; whoever holds it must not go on in the last reader's visit."""
        self._close(self.visit)
        self._left = None
        self._move_to(Waiting(notice=refused))

    def _was_just_lent(self, accession: AccessionNumber) -> bool:
        lent_s_ago = self._now() - self._just_lent.get(accession, -math.inf)
        return not isinstance(self.visit, Serving) and lent_s_ago < JUST_LENT_S

    def _take(self, step: Step) -> None:
        """Show where an act has led; what is on disk can be taken back for some seconds."""
        if step.done:
            waiting = self.status.waiting_events + len(step.done)
            self.status = replace(self.status, waiting_events=waiting)
            self._committed()
            self._remember(step.done[-1])
        elif not isinstance(step.visit, Serving):
            self._forget_last()
        if step.visit is not self.visit:
            self._move_to(step.visit)

    def _remember(self, done: Act | Undone | DamageNoted | HoldMade) -> None:
        self._last = undoable(done)
        self._undo_until = self._now() + self._desk.undo_s if self._last else None

    def _forget_last(self) -> None:
        self._last = self._undo_until = None

    def _take_back(self) -> None:
        if self._last is None:
            self._refuse(Refused(Refusal.UNDO_TOO_LATE))
            return
        last = self._last
        self._forget_last()
        self._take(self._acts.take_back(self.visit, last))

    def _note_wear(self, wear: Wear) -> None:
        """Keep what is said of the copy handed in last, while it is what the screen shows."""
        last = last_returned(self.visit)
        if last is not None and self.status.asks_wear:
            self._take(self._acts.note_wear(self.visit, last, wear))

    def _call_help(self) -> None:
        """Ask for the librarian on the screen; who called is nobody's business but theirs."""
        _log.info("clerk.help_called")
        self._help_until = self._now() + HELP_S
        self.status = replace(self.status, help_called=True)
        self._move_to(advance(self.visit, HelpCalled()))

    def _end_visit(self, *, by_itself: bool = False) -> None:
        self._faults = 0  # it could be drawn to its end
        self._move_to(self._close(self.visit, by_itself=by_itself))

    def _close(self, visit: Visit, *, by_itself: bool = False) -> Visit:
        """End a visit for good: its slip is asked for once, and only here."""
        ended = finish(visit)
        self._forget_last()
        if isinstance(visit, Serving):
            self._left = (visit.patron.patron_id, self._now())
        if isinstance(ended, Finished):
            self._just_lent = dict.fromkeys((act.accession for act in ended.taken), self._now())
            self.status = replace(self.status, slip=None)
            return self._slips.close(ended, by_itself=by_itself)
        if isinstance(visit, Serving) and visit.has_undone:
            self._slips.close(Finished(visit.visit_id, visit.patron, ()))  # an empty one
        return Waiting()

    def _note(self, event: KioskEvent | None) -> None:
        before = self.status
        self.status = noted(self.status, event)
        match event:
            case SyncReport(hub=hub):
                if _brings_news(before, event):
                    self._browser.handle(LookAgain(), self.visit)
                if hub is HubState.REVOKED and isinstance(self.visit, Serving | RoomState):
                    self._forget_last()
                    self._move_to(Waiting())  # not closed: whose slip that was is forgotten
            case PracticeReady() if self._rehearse and self._browser.page == PracticePage():
                self._begin_practice(self._rehearse())
            case TimePassed():
                self._note_time()
            case PrintReport(slip_number=number):
                if isinstance(self.visit, Finished) and self.visit.slip_number == number:
                    self.status = replace(self.status, slip=event)
            case PrinterNews():
                self._slips.note_printer(event)
        self._show()

    def _note_time(self) -> None:
        """What was on offer for some seconds no longer is."""
        if _is_over(self._undo_until, self._now()):
            self._forget_last()
        if _is_over(self._help_until, self._now()):
            self._help_until = None
            self.status = replace(self.status, help_called=False)

    def _move_to(self, visit: Visit) -> None:
        self._show_visit(visit, restart=True)

    def _show_visit(self, visit: Visit, restart: bool) -> None:
        self.visit = visit
        self._browser.give_way(visit)
        if restart:
            self._grant_time()
        self._show()

    def _grant_time(self) -> None:
        self._patience_s = self._patience_with(self.visit)
        self._ends_at = self._now() + self._patience_s if self._patience_s else None

    def _patience_with(self, visit: Visit) -> float:
        if page_s := self._browser.patience_s(visit):
            return page_s
        if room := self._room():
            return room.patience_s(visit)
        match visit:
            case Serving():
                return self._settings.idle_s
            case Finished():
                return self._settings.farewell_s
            case Waiting(notice=None):
                return 0.0
            case Waiting() if self._last is not None:
                return max(self._settings.notice_s, self._desk.undo_s)
        return self._settings.notice_s

    def _show(self) -> None:
        browser, practice = self._browser, self._practice
        shown = Shown(
            self.visit, self.status, self._ends_at, self._patience_s, page=browser.page,
            view=browser.view, board=browser.board,
        )  # fmt: skip
        if self._undo_until is not None:
            shown = replace(shown, undo_until=self._undo_until, undo_s=self._desk.undo_s)
        if practice is not None:
            shown = replace(practice.shown, status=self.status, view=browser.view, is_practice=True)
        self._show_on_screen(shown)

    def _next_event(self) -> KioskEvent | None:
        """Wait for an event, or until something ends: the state itself, or an offer in it."""
        state_ends = self._ends_at if self._practice is None else self._practice.ends_at
        ends = [at for at in (state_ends, self._undo_until, self._help_until) if at is not None]
        left = max(0.0, min(ends) - self._now()) if ends else None
        try:
            return self.inbox.get(timeout=left)
        except queue.Empty:
            return None if _is_over(state_ends, self._now()) else TimePassed()


def _brings_news(before: Status, report: SyncReport) -> bool:
    """Whether the notice board may be another; what changes from day to day is seen in time.

    After each loan there is a report, and reading the board takes longer than a loan.
    """
    was_empty = before.records_as_of is None
    return report.hub is not before.hub or was_empty is not (report.as_of is None)


def _is_over(at: float | None, now: float) -> bool:
    return at is not None and at <= now
