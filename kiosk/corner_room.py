"""A class corner at the station, and a station that only takes returns. Keeps out Kivy and SQL.

What is held up is on disk before it is shown as ticked, copy by copy; so it does not matter when
the plug is pulled, or whether anybody touches "done". All of it works without the hub, which
hears of each copy through the outbox.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from db.clock import local_day
from db.corners import Awaited, CornerKnown, Corners
from db.identifiers import (
    AccessionNumber,
    Code,
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
from db.ids import new_id, new_slip_number
from db.losses import Losses
from db.outcomes import ConditionSeen, PatronCategory, PatronKnown, Refusal, Refused, Returned
from db.states import Damage
from db.sure_desk import SureDesk
from kiosk.corner import (
    CornerDone,
    CornerLeft,
    CornerState,
    CornerWord,
    CrateClosed,
    Dropped,
    LastRemoved,
    Line,
    ManifestAsked,
    TakingBack,
    TakingOut,
    WayChosen,
    WearSaid,
)
from kiosk.events import DonePressed, KioskEvent
from kiosk.rooms import GivesWay, RoomState
from kiosk.staff import CornerEntry
from kiosk.visit import Visit, Waiting
from scanner.scan import Scan, TwoCodes

PACKING_S = 180.0
"""A crate is carried about while it is packed; then the station is free for others."""
DONE_S = 20.0
DROPPED_S = 5.0
"""What a book dropped takes of the station's time."""


class CratePrinting(Protocol):
    """What a corner asks of the printer; says whether something was put in line."""

    def print_crate(self, done: CornerDone) -> bool:
        """Print the manifest of a crate that goes, or the receipt for one that came."""
        ...


@dataclass(frozen=True, slots=True)
class CornerTools:
    """Everything a corner works with."""

    desk: SureDesk
    corners: Corners
    printing: CratePrinting
    committed: Callable[[], None]
    clock: Callable[[], datetime]


class CornerRoom:
    """The class corners."""

    def __init__(self, tools: CornerTools) -> None:
        self._tools = tools
        self._corners = tools.corners

    def open(self, code: Code) -> CornerState | None:
        """The corner whose poster, crate label or manifest this is."""
        match code:
            case CornerCode(key):
                return self._begin(self._corners.known(key))
            case CrateCode(number):
                return self._begin(self._corners.known_of_crate(number))
        return None

    def is_open(self, visit: Visit) -> bool:
        """Whether a corner is on the screen."""
        return isinstance(visit, CornerState)

    def patience_s(self, state: Visit) -> float:
        """Three minutes while a crate is packed or unpacked."""
        return DONE_S if isinstance(state, CornerDone) else PACKING_S

    def handle(self, state: Visit, event: KioskEvent | None) -> Visit:
        """Answer one event."""
        match state, event:
            case CornerDone(), ManifestAsked():
                return replace(state, is_printing=self._tools.printing.print_crate(state))
            case CornerDone(), Scan(text=text):
                return self._after(state, self._tools.desk.read_code(text))
            case CornerDone(), None | DonePressed():
                return Waiting()
            case CornerState(), CornerLeft():
                return Waiting()
            case CornerDone(), _:
                return state
            case CornerState(), None | CrateClosed() | DonePressed():
                return self._close(state)
            case CornerState(), WayChosen(is_out):
                return self._out(state) if is_out else self._back(state)
            case CornerState(), TwoCodes():
                return replace(state, word=Refused(Refusal.TWO_CODES), last=None)
            case TakingOut(sent=(last, *_)), LastRemoved():
                return self._remove(state, last)
            case CornerState(), Scan(text=text):
                return self._scanned(state, self._tools.desk.read_code(text))
        return state

    def _after(self, state: CornerDone, code: Code) -> Visit:
        """Whoever comes next need not wait; a book of the crate may still be in view."""
        match code:
            case CopyLabel() | IsbnCode() | MalformedCode() | UnknownCode():
                return state
            case PatronCard(number) if state.keeper is not None and number == state.keeper.card:
                return Waiting()
            case CommandCard(Command.DONE):
                return Waiting()
        return GivesWay()

    def enter(self, key: str, keeper: PatronKnown | None, author: str) -> RoomState | None:
        """A corner chosen from the librarian's list; None if it is there no longer."""
        state = self._begin(self._corners.known(key))
        return None if state is None else replace(state, keeper=keeper, author=author)

    def entries(self) -> tuple[CornerEntry, ...]:
        """The corners that are open, with what is out."""
        today = self._today()
        return tuple(self._entry(corner, today) for corner in self._corners.open())

    def overdue(self) -> tuple[str, ...]:
        """The numbers of crates that should be back."""
        return self._corners.overdue()

    def _entry(self, corner: CornerKnown, today: date) -> CornerEntry:
        awaited = self._corners.awaited(corner.corner_id)
        late = any(one.due < today for one in awaited)
        return CornerEntry(corner.key, corner.name, len(awaited), late)

    def _today(self) -> date:
        return local_day(self._tools.clock())

    def _begin(self, corner: CornerKnown | None) -> CornerState | None:
        """What is out comes back first; an empty corner gets a crate."""
        if corner is None:
            return None
        state = CornerState(corner)
        back = self._back(state)
        return back if back.awaited else self._out(state)

    def _back(self, state: CornerState) -> TakingBack:
        awaited = self._corners.awaited(state.corner.corner_id)
        number = awaited[0].number if awaited else ""
        who = {"author": state.author, "keeper": state.keeper, "number": number}
        return TakingBack(state.corner, awaited=awaited, today=self._today(), **who)  # type: ignore[arg-type]

    def _out(self, state: CornerState) -> TakingOut:
        crate = {"crate_id": new_id(), "number": new_slip_number(), "due": self._corners.due()}
        keeper, author = state.keeper, state.author
        if keeper is not None and not _may_fetch(state, keeper):
            author = "" if author == keeper.card else author
            keeper = None
        who = {"author": author, "keeper": keeper}
        return TakingOut(state.corner, **who, **crate)  # type: ignore[arg-type]

    def _scanned(self, state: CornerState, code: Code) -> Visit:
        match state, code:
            case _, CommandCard(Command.DONE):
                return self._close(state)
            case _, CornerCode() | CrateCode():
                other = self.open(code)
                return state if other is None or other.corner == state.corner else other
            case _, PatronCard():
                return self._keeper(state, self._tools.desk.identify(code.number))
            case TakingBack(), CopyLabel(accession):
                return self._take_back(state, accession)
            case TakingOut(), CopyLabel(accession):
                return self._pack(state, accession)
        return replace(state, word=Refused(Refusal.UNKNOWN_CODE), last=None)

    def _keeper(self, state: CornerState, known: PatronKnown | Refused) -> CornerState:
        """Whoever brings a crate may be anybody; whoever fetches one answers for the corner."""
        if isinstance(known, Refused):
            return replace(state, word=known, last=None)
        if isinstance(state, TakingOut) and not _may_fetch(state, known):
            return replace(state, word=CornerWord.NOT_KEEPER, last=None)
        librarian_is_here = state.author and (
            state.keeper is None or state.author != state.keeper.card
        )
        author = state.author if librarian_is_here else known.card
        return replace(state, keeper=known, author=author, word=CornerWord.KEEPER_KNOWN, last=None)

    def _take_back(self, state: TakingBack, accession: AccessionNumber) -> TakingBack:
        line = next((one for one in state.awaited if one.accession == accession), None)
        if line is None:
            return self._not_awaited(state, accession)
        giver = None if state.keeper is None else state.keeper.patron_id
        if line.on_loan:  # somebody of the class had it, and did not say that it is back
            self._tools.desk.check_in(accession, giver=giver)
        self._corners.take_back(line.crate_id, [accession], state.author or "trạm", giver)
        self._tools.committed()
        ticked = Line(accession, line.title)
        awaited = tuple(one for one in state.awaited if one is not line)
        back = (ticked, *state.back)
        return replace(state, awaited=awaited, back=back, word=CornerWord.BACK, last=ticked)

    def _not_awaited(self, state: TakingBack, accession: AccessionNumber) -> TakingBack:
        before = next((one for one in state.back if one.accession == accession), None)
        if before is not None:
            return replace(state, word=CornerWord.WAS_BACK, last=before)
        line = Line(accession, self._corners.title(accession))
        if not line.title:
            return replace(state, word=Refused(Refusal.UNKNOWN_COPY, accession), last=None)
        strange = tuple(dict.fromkeys((line, *state.strange)))
        return replace(state, strange=strange, word=CornerWord.STRANGE, last=line)

    def _pack(self, state: TakingOut, accession: AccessionNumber) -> TakingOut:
        if not state.author:
            return replace(state, word=CornerWord.KEEPER_FIRST, last=None)
        before = next((one for one in state.sent if one.accession == accession), None)
        if before is not None:
            return replace(state, word=CornerWord.WAS_SENT, last=before)
        corner_id, due, author = state.corner.corner_id, state.due, state.author
        gone = self._corners.send(corner_id, state.number, [accession], due, author, state.crate_id)
        if gone.refused:
            return replace(state, word=gone.refused[0], last=None)
        self._tools.committed()
        line = Line(accession, self._corners.title(accession))
        return replace(state, sent=(line, *state.sent), word=CornerWord.SENT, last=line)

    def _remove(self, state: TakingOut, line: Line) -> TakingOut:
        self._corners.take_back(state.crate_id, [line.accession], state.author)
        self._tools.committed()
        return replace(state, sent=state.sent[1:], word=CornerWord.REMOVED, last=line)

    def _close(self, state: CornerState) -> Visit:
        """Say what remains to be known, on paper too; nothing was done, nothing is said."""
        match state:
            case TakingBack(back=back, strange=strange) if back or strange:
                missing = tuple(_line(one) for one in state.awaited)
                lists = {"back": back, "strange": strange, "missing": missing}
                done = self._done(state, state.number, **lists)
            case TakingOut(sent=(_, *_) as sent):
                done = self._done(state, state.number, sent=sent, due=state.due)
            case _:
                return Waiting()
        return replace(done, is_printing=self._tools.printing.print_crate(done))

    def _done(self, state: CornerState, number: str, **lists: object) -> CornerDone:
        who = {"author": state.author, "keeper": state.keeper}
        return CornerDone(state.corner, number=number, **who, **lists)  # type: ignore[arg-type]


class DropOffRoom:
    """A station that only takes returns: a book alone, five seconds each, no card."""

    def __init__(self, desk: SureDesk, committed: Callable[[], None]) -> None:
        """Stand ready.

        Args:
            desk: The library's records.
            committed: Told after each act that is on disk.
        """
        self._desk = desk
        self._losses = Losses(desk.library)
        self._committed = committed

    def open(self, code: Code) -> Dropped | None:
        """Take a book; a card is not needed here."""
        match code:
            case CopyLabel(accession):
                returned = self._desk.check_in(accession)
                self._committed()
                return Dropped(returned)
            case PatronCard():
                return Dropped(None)
        return None

    def is_open(self, visit: Visit) -> bool:
        """Whether the answer to a book is on the screen."""
        return isinstance(visit, Dropped)

    def patience_s(self, state: Visit) -> float:
        """As long as the next pupil waits."""
        return DROPPED_S

    def handle(self, state: Visit, event: KioskEvent | None) -> Visit:
        """Take the next book, or hear how the last one is."""
        match state, event:
            case Dropped(outcome=Returned(accession=accession), is_worn=None), WearSaid(is_worn):
                if is_worn:
                    self._losses.report_damaged(accession, ConditionSeen(Damage.SLIGHT))
                    self._committed()
                return replace(state, is_worn=is_worn)
            case Dropped(), Scan():
                return GivesWay()
            case Dropped(), TwoCodes():
                return Dropped(Refused(Refusal.TWO_CODES))
            case _, None | DonePressed():
                return Waiting()
        return state


def _may_fetch(state: CornerState, known: PatronKnown) -> bool:
    """Whether somebody answers for the corner: those named for it, and every adult."""
    is_adult = known.category is not PatronCategory.STUDENT
    return is_adult or known.patron_id in state.corner.keepers


def _line(one: Awaited) -> Line:
    return Line(one.accession, one.title)
