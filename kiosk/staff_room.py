"""The librarian's mode at a station: answers what is touched and held up while it is open.

Opened by the card of somebody who works for the library and has a PIN; left by a touch, by a
minute without one, and by a collaborator's quarter of an hour. Every act is noted for the hub's
audit log by the records themselves (`db.helping`). Keeps out Kivy and SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from db.helping import Helping
from db.identifiers import (
    AccessionNumber,
    CardNumber,
    Code,
    CommandCard,
    CopyLabel,
    PatronCard,
)
from db.ids import new_id
from db.outcomes import CheckedOut, ConditionSeen, PatronKnown, Refusal, Refused, Returned
from db.pins import Pins, StaffKnown
from db.rules import OVERRIDABLE
from db.sets import SetOfPupil, TextbookSets
from db.states import Damage
from kiosk.events import KioskEvent, LendingPaused
from kiosk.machine import Machine
from kiosk.rooms import GivesWay, RoomState
from kiosk.staff import (
    HELP_MODE_S,
    REASONS,
    Ask,
    Asked,
    AsReader,
    Chosen,
    Classes,
    ClassList,
    CodeRead,
    CopyPage,
    CornerEntry,
    CornerList,
    Deed,
    Desk,
    DevicePage,
    DigitErased,
    DigitTyped,
    Glance,
    HubNotPaired,
    HubPaired,
    LeftMode,
    Level,
    LevelTurned,
    Listed,
    Page,
    PageTurned,
    PairingPage,
    PinEntered,
    PinPad,
    PinTrouble,
    PowerAct,
    PowerPage,
    PowerRefused,
    ReaderPage,
    Session,
    SetPage,
    ShelfPage,
    Silence,
    SlipPage,
    SoundPage,
    StaffPage,
    StickCopied,
    StickPage,
    StickTrouble,
    TaskDone,
    Told,
    WentBack,
)
from kiosk.visit import Visit, Waiting, begin
from scanner.scan import Scan, TwoCodes

PIN_S = 20.0
"""How long an unfinished PIN stays on the screen."""
MODE_S = 60.0
"""The mode is left after so long without a touch."""
ListPage = ClassList | CornerList | SetPage | SlipPage
"""Pages with more lines than fit."""
PAIRING_S = 180.0
"""A pairing code is carried from the desk to the station."""


class Printing(Protocol):
    """What the mode asks of the printer; each says whether something was put in line."""

    def print(self, slip_number: str, *, large: bool = False) -> bool:
        """Print a visit's slip again."""
        ...

    def print_day(self, glance: Glance) -> bool:
        """Print the day's figures."""
        ...

    def print_test(self) -> bool:
        """Print the page a printer is tried with."""
        ...


class Crates(Protocol):
    """What the mode asks of the class corners."""

    def entries(self) -> Sequence[CornerEntry]:
        """The corners that are open, with what is out."""
        ...

    def overdue(self) -> tuple[str, ...]:
        """The numbers of crates that should be back."""
        ...

    def enter(self, key: str, keeper: PatronKnown | None, author: str) -> RoomState | None:
        """The corner's own first state; None if it is there no longer."""
        ...


@dataclass(frozen=True, slots=True)
class StaffTools:
    """Everything the mode works with."""

    pins: Pins
    records: Helping
    sets: TextbookSets
    printing: Printing
    crates: Crates
    machine: Machine
    read_code: Callable[[str], Code]
    look_up: Callable[[CardNumber], PatronKnown | Refused]
    tell: Callable[[KioskEvent], None]
    committed: Callable[[], None]
    clock: Callable[[], datetime]
    now: Callable[[], float]


class StaffRoom:
    """The librarian's mode."""

    def __init__(self, tools: StaffTools) -> None:
        self._tools = tools
        self._records = tools.records

    def open(self, code: Code) -> PinPad | None:
        """Ask for the PIN of a staff card; a card without one is a reader's like any other."""
        if not isinstance(code, PatronCard):
            return None
        staff = self._tools.pins.staff(code.number)
        if staff is None or not staff.has_pin:
            return None
        return self._locked(PinPad(staff))

    def is_open(self, visit: Visit) -> bool:
        """Whether the mode is on the screen."""
        return isinstance(visit, PinPad | StaffPage)

    def patience_s(self, state: Visit) -> float:
        """A minute; a pairing code has longer, a PIN and a collaborator less."""
        match state:
            case PinPad():
                return PIN_S
            case PairingPage():
                return PAIRING_S
            case StaffPage(session=Session(ends_at=float(ends_at))):
                return max(1.0, min(MODE_S, ends_at - self._tools.now()))
        return MODE_S

    def handle(self, state: Visit, event: KioskEvent | None) -> Visit:
        """Answer one event."""
        answer = self._answer(state, event)
        if isinstance(state, SoundPage) and not isinstance(answer, SoundPage):
            self._note_turned(state)
        return answer

    def _answer(self, state: Visit, event: KioskEvent | None) -> Visit:
        match state, event:
            case _, None | LeftMode():
                return Waiting()
            case PinPad(), _:
                return self._at_pin(state, event)
            case StaffPage(session=Session(ends_at=float(at))), _ if at <= self._tools.now():
                return Waiting()
            case StaffPage(), WentBack():
                return self._back(state)
            case StaffPage(), PageTurned(page):
                return self._turn(state, page)
            case StaffPage(), TwoCodes():
                return self._refuse(state, Refused(Refusal.TWO_CODES))
            case StaffPage(), Scan():
                return self._scanned(state, event)
            case StaffPage(), Listed(page) if isinstance(state, ListPage):
                return replace(state, page=page)
            case StaffPage(), Chosen(key):
                return self._choose(state, key)
            case StaffPage(), Asked(deed):
                return self._do(state, deed)
            case SoundPage(), LevelTurned(level, by):
                return self._turn_level(state, level, by)
            case StaffPage(), TaskDone():
                return _told(state, event)
        return state

    def _at_pin(self, state: PinPad, event: KioskEvent | None) -> Visit:
        match event:
            case DigitTyped(digit) if state.may_type:
                return replace(state, typed=state.typed + digit, trouble=None)
            case DigitErased():
                return self._locked(replace(state, typed=state.typed[:-1]))
            case PinEntered() if state.typed:
                return self._try(state)
            case AsReader():
                known = self._tools.look_up(state.staff.card)
                return begin(new_id(), known) if isinstance(known, PatronKnown) else Waiting(known)
            case Scan(text=text) if isinstance(code := self._tools.read_code(text), PatronCard):
                return self.open(code) or GivesWay()
        return state

    def _locked(self, state: PinPad) -> PinPad:
        until = self._tools.pins.locked_until(state.staff.patron_id)
        trouble = None if until is None else PinTrouble.LOCKED
        return replace(state, trouble=trouble, locked_until=until)

    def _try(self, state: PinPad) -> Visit:
        answer = self._tools.pins.check(state.staff.patron_id, state.typed)
        self._tools.committed()
        if answer.is_right:
            return self._desk(self._begin(state.staff))
        trouble = PinTrouble.WRONG if answer.locked_until is None else PinTrouble.LOCKED
        return replace(state, typed="", trouble=trouble, locked_until=answer.locked_until)

    def _begin(self, staff: StaffKnown) -> Session:
        session = Session(staff)
        ends_at = self._tools.now() + HELP_MODE_S if session.is_helper else None
        return replace(session, ends_at=ends_at)

    def _desk(self, session: Session, notice: Told | Refused | None = None) -> Desk:
        glance = Glance(
            self._records.today(),
            self._tools.clock(),
            self._tools.machine.disk_free_mb(),
            self._tools.crates.overdue(),
        )
        return Desk(session, glance, notice)

    def _back(self, state: StaffPage) -> StaffPage:
        match state:
            case ReaderPage(ask=Ask()):
                return replace(state, ask=None, wish=None)
            case CopyPage(is_damage_asked=True):
                return replace(state, is_damage_asked=False)
            case ClassList(session):
                return Classes(session, self._records.homerooms())
            case ShelfPage(session, is_done=True):
                return ShelfPage(session)
        return self._desk(state.session)

    def _turn(self, state: StaffPage, page: Page) -> StaffPage | RoomState:
        session = state.session
        if not session.may(page):
            return self._desk(session, Told.NOT_YOURS)
        match page:
            case Page.READERS:
                return Classes(session, self._records.homerooms())
            case Page.SHELF:
                return ShelfPage(session)
            case Page.SETS:
                return SetPage(session)
            case Page.CORNERS:
                return CornerList(session, tuple(self._tools.crates.entries()))
            case Page.SLIPS:
                return SlipPage(session, self._records.slips())
            case Page.DAY_SLIP:
                return self._print_day(session)
            case Page.PAUSE:
                return self._pause(session)
            case Page.DEVICES:
                return DevicePage(session)
            case Page.PAIRING:
                return PairingPage(session)
            case Page.STICK:
                return StickPage(session)
            case Page.SOUND:
                return self._sound(session)
            case Page.POWER:
                return PowerPage(session)
            case Page.COPIES:
                return self._desk(session)

    def _print_day(self, session: Session) -> Desk:
        desk = self._desk(session)
        printed = self._tools.printing.print_day(desk.glance)
        self._note(session, "day-slip")
        return replace(desk, notice=Told.DAY_SLIP if printed else Told.NO_PRINTER)

    def _pause(self, session: Session) -> Desk:
        paused = not self._records.is_paused()
        self._records.pause(paused, session.author)
        self._tools.committed()
        self._tools.tell(LendingPaused(paused))
        return self._desk(session, Told.PAUSED if paused else Told.RESUMED)

    def _scanned(self, state: StaffPage, scan: Scan) -> Visit:
        code = self._tools.read_code(scan.text)
        match state, code:
            case DevicePage(), _:
                return _tried(state, code, scan)
            case PairingPage(is_busy=False, hub=""), _:
                self._tools.machine.pair(scan.text)
                return replace(state, is_busy=True, trouble="")
            case ShelfPage(), CopyLabel(accession):
                return self._on_shelf(state, accession)
            case SetPage(), PatronCard(number) if number != state.session.staff.card:
                return self._set_of(state, number)
            case SetPage(), CopyLabel(accession):
                return self._in_set(state, accession)
            case ReaderPage(ask=Ask.NEW_CARD), PatronCard(number):
                return self._issue(state, number)
            case ReaderPage(), CopyLabel(accession):
                return self._lend(state, accession)
            case StaffPage(session), CopyLabel(accession) if session.is_helper:
                return self._help_back(state, accession)
            case StaffPage(session), CopyLabel(accession) if session.may(Page.COPIES):
                return self._copy(session, accession)
            case StaffPage(session), PatronCard(number):
                return self._card(state, number)
            case StaffPage(), CommandCard():
                return state
        return self._refuse(state, Refused(Refusal.UNKNOWN_CODE))

    def _refuse(self, state: StaffPage, refused: Refused) -> StaffPage:
        match state:
            case ReaderPage() | CopyPage() | SetPage():
                return replace(state, outcome=refused)
            case ShelfPage() | Desk():
                return replace(state, notice=refused)
        return state

    def _card(self, state: StaffPage, number: CardNumber) -> Visit:
        """A card held up in the mode: one's own leaves it, a reader's opens their page."""
        session = state.session
        if number == session.staff.card:
            return Waiting()
        if not session.may(Page.READERS):
            return self._desk(session, Told.NOT_YOURS)
        known = self._tools.look_up(number)
        if isinstance(known, Refused):
            return self._desk(session, known)
        return self._reader(session, known.patron_id, "card")

    def _reader(self, session: Session, patron_id: UUID, why: str) -> ReaderPage:
        patron = self._records.person(patron_id, session.author, why)
        self._tools.committed()
        return ReaderPage(session, patron)

    def _copy(self, session: Session, accession: AccessionNumber) -> StaffPage:
        found = self._records.copy(accession, session.author)
        self._tools.committed()
        if isinstance(found, Refused):
            return self._desk(session, found)
        return CopyPage(session, found)

    def _help_back(self, state: StaffPage, accession: AccessionNumber) -> Desk:
        """A collaborator takes a copy back; whose it was is not said."""
        returned = self._records.take_back(accession, state.session.author)
        self._tools.committed()
        desk = self._desk(state.session)
        taken = state.taken if isinstance(state, Desk) else ()
        if isinstance(returned, Refused):
            return replace(desk, notice=returned, taken=taken)
        return replace(desk, taken=(returned, *taken))

    def _choose(self, state: StaffPage, key: str) -> Visit:
        match state:
            case Classes(session, homerooms) if key in homerooms:
                return ClassList(session, key, self._records.people(key))
            case ClassList(session, people=people):
                chosen = [one for one in people if str(one.patron_id) == key]
                return self._reader(session, chosen[0].patron_id, "class list") if chosen else state
            case ReaderPage(ask=Ask() as ask) if key in REASONS[ask]:
                return self._reasoned(state, ask, key)
            case CopyPage(is_damage_asked=True):
                return self._damaged(state, Damage(key))
            case CornerList():
                return self._tools.crates.enter(key, None, state.session.author) or state
            case SlipPage(session):
                self._note(session, "slip-printed-again", key)
                asked = key if self._tools.printing.print(key) else ""
                return replace(state, asked=asked)
            case SetPage(choices=choices):
                meant = tuple(one for one in choices if str(one.template_id) == key)
                return replace(state, choices=meant) if meant else state
            case SoundPage():
                return self._silence(state, key)
            case PowerPage(is_busy=False):
                return self._power(state, PowerAct(key))
        return state

    def _reasoned(self, state: ReaderPage, ask: Ask, reason: str) -> Visit:
        if ask is Ask.WHY_NO_CARD:
            self._note(state.session, "visit-without-card", reason, state.patron)
            return begin(new_id(), state.patron)
        if state.wish is None:
            return replace(state, ask=None)
        return self._lend(replace(state, ask=None), state.wish, reason)

    def _lend(self, state: ReaderPage, accession: AccessionNumber, reason: str = "") -> ReaderPage:
        author = state.session.author
        outcome = self._records.lend(state.patron, accession, author, reason)
        self._tools.committed()
        if isinstance(outcome, CheckedOut):
            patron = self._records.refreshed(state.patron)
            return replace(state, patron=patron, outcome=outcome, ask=None, wish=None)
        if outcome.reason in OVERRIDABLE:
            return replace(state, outcome=outcome, ask=Ask.WHY_OVERRIDE, wish=accession)
        return replace(state, outcome=outcome, ask=None, wish=None)

    def _issue(self, state: ReaderPage, number: CardNumber) -> ReaderPage:
        issued = self._records.issue_card(state.patron.patron_id, number, state.session.author)
        self._tools.committed()
        if not issued:
            return replace(state, outcome=Refused(Refusal.MALFORMED_CARD, number))
        patron = self._records.refreshed(state.patron)
        return replace(state, patron=patron, outcome=None, ask=None, has_new_card=True)

    def _damaged(self, state: CopyPage, damage: Damage) -> CopyPage:
        usable = damage is not Damage.SEVERE
        author, number = state.session.author, state.copy.accession
        self._records.report_damaged(number, ConditionSeen(damage), usable, author)
        return self._copy_anew(state)

    def _copy_anew(self, state: CopyPage) -> CopyPage:
        self._tools.committed()
        found = self._records.copy(state.copy.accession, state.session.author)
        return (
            state
            if isinstance(found, Refused)
            else replace(state, copy=found, is_damage_asked=False)
        )

    def _on_shelf(self, state: ShelfPage, accession: AccessionNumber) -> ShelfPage:
        scanned = tuple(dict.fromkeys((*state.scanned, accession)))
        found = self._records.check_shelf(scanned)
        return ShelfPage(state.session, scanned, found)

    def _set_of(self, state: SetPage, number: CardNumber) -> SetPage:
        """The pupil whose set it is, and the sets there are for them."""
        known = self._tools.look_up(number)
        if isinstance(known, Refused):  # and whoever was served before is served no more
            return SetPage(state.session, outcome=known, is_return=state.is_return)
        patron = self._records.person(known.patron_id, state.session.author, "textbook set")
        self._tools.committed()
        choices = self._tools.sets.of_pupil(patron)
        return SetPage(state.session, patron, choices, is_return=state.is_return)

    def _in_set(self, state: SetPage, accession: AccessionNumber) -> SetPage:
        """One book of a set goes out, or comes back from whoever had it."""
        outcome: CheckedOut | Returned | Refused
        if state.is_return:
            outcome = self._records.take_back(accession, state.session.author)
        elif state.patron is None or state.bundle is None:
            return replace(state, outcome=Refused(Refusal.CARD_FIRST, accession))
        else:
            outcome = self._hand_out(state, state.patron, state.bundle, accession)
        self._tools.committed()
        if state.patron is None or isinstance(outcome, Refused):
            return replace(state, outcome=outcome)
        mine = self._tools.sets.of_pupil(state.patron)
        kept = {one.template_id for one in state.choices}
        choices = tuple(one for one in mine if one.template_id in kept) or mine
        return replace(state, choices=choices, outcome=outcome)

    def _hand_out(
        self, state: SetPage, patron: PatronKnown, bundle: SetOfPupil, accession: AccessionNumber
    ) -> CheckedOut | Refused:
        sets = self._tools.sets
        handed = (
            sets.add(patron, [accession])
            if bundle.held
            else sets.lend(patron, bundle.template_id, [accession])
        )
        if isinstance(handed, Refused):
            return handed
        if not handed.lent:
            return handed.refused[0]
        self._note(state.session, "set-book-lent", accession, patron)
        return handed.lent[0]

    def _do(self, state: StaffPage, deed: Deed) -> Visit:
        match state, deed:
            case ReaderPage(), Deed.OPEN_VISIT:
                return replace(state, ask=Ask.WHY_NO_CARD, outcome=None)
            case ReaderPage(), Deed.NEW_CARD:
                return replace(state, ask=Ask.NEW_CARD, outcome=None)
            case CopyPage(), Deed.TAKE_BACK:
                number, author = state.copy.accession, state.session.author
                done = self._records.take_back(number, author)
                return replace(self._copy_anew(state), outcome=done)
            case CopyPage(), Deed.LOST:
                number, author = state.copy.accession, state.session.author
                lost = self._records.report_lost(number, author)
                return replace(self._copy_anew(state), outcome=lost)
            case CopyPage(), Deed.DAMAGED:
                return replace(state, is_damage_asked=True, outcome=None)
            case ShelfPage(found=found), Deed.COMPARE if found is not None:
                self._records.note_shelf(found, state.scanned, state.session.author)
                self._tools.committed()
                return replace(state, is_done=True)
            case SetPage(is_return=is_return), Deed.TURN_SET:
                return replace(state, is_return=not is_return, outcome=None)
            case DevicePage(), Deed.PRINT_TEST:
                return replace(state, has_printed=self._tools.printing.print_test())
            case StickPage(is_busy=False), Deed.COPY_TO_STICK:
                self._note(state.session, "copied-to-stick")
                self._tools.machine.copy_to_stick(self._tools.clock())
                return replace(state, is_busy=True, outcome=None)
        return state

    def _power(self, state: PowerPage, act: PowerAct) -> PowerPage:
        if state.asked is not act:
            return replace(state, asked=act, has_failed=False)
        self._note(state.session, f"power-{act}")
        self._tools.machine.power(act)
        return replace(state, asked=None, is_busy=True)

    def _sound(self, session: Session, *, is_lost: bool = False) -> SoundPage:
        loudness = self._tools.machine.loudness
        silences = tuple(Silence(span, span in loudness.sound.mute) for span in loudness.silences)
        light = self._tools.machine.backlight.percent()
        return SoundPage(session, loudness.sound.volume, silences, light, is_lost)

    def _turn_level(self, state: SoundPage, level: Level, by: int) -> SoundPage:
        if level is Level.VOLUME:
            volume = max(0, min(100, state.volume + by))
            page = self._choose_sound(state.session, {"volume": volume})
        else:
            self._tools.machine.backlight.turn(by)
            page = self._sound(state.session, is_lost=state.is_lost)
        return replace(page, turned=state.turned | {level})

    def _silence(self, state: SoundPage, span: str) -> SoundPage:
        """Keep a time of day silent, or no longer."""
        kept = tuple(one.span for one in state.silences if one.is_kept != (one.span == span))
        page = self._choose_sound(state.session, {"mute": kept})
        self._note(state.session, "sound-set", f"mute {','.join(kept)}")
        return replace(page, turned=state.turned)

    def _choose_sound(self, session: Session, chosen: dict[str, object]) -> SoundPage:
        loudness = self._tools.machine.loudness
        is_kept = loudness.choose(loudness.sound.model_copy(update=chosen))
        return self._sound(session, is_lost=not is_kept)

    def _note_turned(self, page: SoundPage) -> None:
        """Note what was turned as it stands when the page is left."""
        if Level.VOLUME in page.turned:
            self._note(page.session, "sound-set", f"volume {page.volume}")
        if Level.BRIGHTNESS in page.turned:
            self._note(page.session, "brightness-set", f"brightness {page.brightness}")

    def _note(
        self, session: Session, what: str, detail: str = "", patron: PatronKnown | None = None
    ) -> None:
        subject = None if patron is None else patron.patron_id
        self._records.note(session.author, what, subject, detail)
        self._tools.committed()


def _tried(state: DevicePage, code: Code, scan: Scan) -> DevicePage:
    """What kind of code was read; not what it says, which may be somebody's card."""
    symbology = "" if scan.symbology is None else scan.symbology.value
    read = CodeRead(type(code).__name__, symbology, scan.source.value)
    return replace(state, codes=(read, *state.codes)[:KEPT_CODES])


KEPT_CODES = 99
"""Codes that are counted while devices are tried."""


def _told(state: StaffPage, event: TaskDone) -> StaffPage:
    """The end of what was done beside the clerk, if its page is still shown."""
    match state, event.outcome:
        case PairingPage(), HubPaired(url):
            return replace(state, is_busy=False, hub=url)
        case PairingPage(), HubNotPaired(sentence):
            return replace(state, is_busy=False, trouble=sentence)
        case StickPage(), StickCopied() | StickTrouble() as outcome:
            return replace(state, is_busy=False, outcome=outcome)
        case StaffPage(session), PowerRefused() if session.may(Page.POWER):
            return PowerPage(session, has_failed=True)  # wherever they are by now
    return state
