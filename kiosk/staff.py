"""The librarian's mode: what it shows, and what may be touched in it. Plain values only.

::

    card ──▶ PinPad ──right PIN──▶ Desk ──▶ Classes ──▶ ClassList ──▶ Reader ──▶ a pupil's visit
                                    │ ▲ book: CopyPage, or taken back by a collaborator
                                    ├─┘ Shelf · Sets · CornerList · Slips · Devices · Stick · …
                                    └── Leave, or a minute without a touch: nobody is known

What a role may do is in `RIGHTS` alone. A state holds what its screen shows and no more, so that
leaving the mode leaves nothing of anybody behind.

Source:
    Domain specification 1.4 (roles and rights).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from db.helping import CopyFound, Person, ShelfFound, SlipKept, Today
from db.identifiers import AccessionNumber
from db.outcomes import CheckedOut, LostReported, PatronKnown, Refused, Returned
from db.pins import LONGEST_PIN, StaffKnown
from db.sets import SetOfPupil
from db.states import RoleName
from kiosk.rooms import RoomEvent, RoomState


class Page(StrEnum):
    """The pages one can turn to from the desk; each is a right of its own."""

    READERS = "readers"
    COPIES = "copies"
    SHELF = "shelf"
    SETS = "sets"
    CORNERS = "corners"
    SLIPS = "slips"
    DAY_SLIP = "day-slip"
    PAUSE = "pause"
    DEVICES = "devices"
    PAIRING = "pairing"
    STICK = "stick"
    SOUND = "sound"
    POWER = "power"


RIGHTS: dict[RoleName, tuple[Page, ...]] = {
    RoleName.LIBRARIAN: tuple(Page),
    RoleName.ADMINISTRATOR: (
        Page.PAUSE,
        Page.DEVICES,
        Page.PAIRING,
        Page.STICK,
        Page.SOUND,
        Page.POWER,
    ),
    RoleName.COLLABORATOR: (Page.SHELF,),
}
"""An administrator sees no reader; a collaborator takes books back and checks shelves."""

HELP_MODE_S = 15 * 60.0
"""How long a collaborator may help before the card is asked for again."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is in the librarian's mode, and until when."""

    staff: StaffKnown
    ends_at: float | None = None
    """In seconds of the clerk's clock; None for as long as something is touched."""

    @property
    def author(self) -> str:
        """Who it is in the audit log: a code, never a name."""
        return str(self.staff.card)

    @property
    def is_helper(self) -> bool:
        """Whether this is a collaborator's help mode."""
        return self.staff.role is RoleName.COLLABORATOR

    def may(self, page: Page) -> bool:
        """Whether the role has this right."""
        return page in RIGHTS[self.staff.role]


class PinTrouble(StrEnum):
    """Why a PIN opened nothing."""

    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class PinPad(RoomState):
    """A staff card was shown: its PIN is typed, or the card is used as a reader's."""

    staff: StaffKnown
    typed: str = field(default="", repr=False)
    trouble: PinTrouble | None = None
    locked_until: datetime | None = None

    @property
    def may_type(self) -> bool:
        """Whether another digit is taken."""
        return len(self.typed) < LONGEST_PIN and self.trouble is not PinTrouble.LOCKED


@dataclass(frozen=True, slots=True)
class Glance:
    """How the day and the machine are."""

    today: Today
    at: datetime
    """The station's clock."""
    disk_free_mb: int
    late_crates: tuple[str, ...] = ()
    """Numbers of crates that should be back."""


class Told(StrEnum):
    """What the desk says of the last thing that was done or held up; the key of its sentence."""

    NOT_YOURS = "not-yours"
    """The role may not."""
    NO_PRINTER = "no-printer"
    DAY_SLIP = "day-slip"
    PAUSED = "paused"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class StaffPage(RoomState):
    """What all pages of the mode have."""

    session: Session


@dataclass(frozen=True, slots=True)
class Desk(StaffPage):
    """Today at a glance, and everything there is to do."""

    glance: Glance
    notice: Told | Refused | None = None
    taken: tuple[Returned, ...] = ()
    """What a collaborator has taken back, newest first."""


@dataclass(frozen=True, slots=True)
class Classes(StaffPage):
    """The classes, to find a reader in."""

    homerooms: tuple[str, ...]
    """An empty one stands for the staff."""


@dataclass(frozen=True, slots=True)
class ClassList(StaffPage):
    """One class, to find a reader in."""

    homeroom: str
    people: tuple[Person, ...]
    page: int = 0


class Ask(StrEnum):
    """What a reader's page asks for before it goes on."""

    WHY_NO_CARD = "why-no-card"
    WHY_OVERRIDE = "why-override"
    NEW_CARD = "new-card"


REASONS: dict[Ask, tuple[str, ...]] = {
    Ask.WHY_NO_CARD: ("forgot", "lost", "damaged"),
    Ask.WHY_OVERRIDE: ("lesson", "teacher", "checked", "project"),
    Ask.NEW_CARD: (),
}
"""What can be touched as a reason; each is also the word in the audit log."""


@dataclass(frozen=True, slots=True)
class ReaderPage(StaffPage):
    """One reader, whom the librarian helps."""

    patron: PatronKnown
    outcome: CheckedOut | Returned | Refused | None = None
    """The answer to the last thing held up."""
    ask: Ask | None = None
    wish: AccessionNumber | None = None
    """The copy that a reason is asked for."""
    has_new_card: bool = False


@dataclass(frozen=True, slots=True)
class CopyPage(StaffPage):
    """One copy: where it is, who has it, and what can be noted of it."""

    copy: CopyFound
    outcome: Returned | LostReported | Refused | None = None
    is_damage_asked: bool = False


@dataclass(frozen=True, slots=True)
class ShelfPage(StaffPage):
    """A shelf that is scanned copy by copy."""

    scanned: tuple[AccessionNumber, ...] = ()
    found: ShelfFound | None = None
    notice: Refused | None = None
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class SetPage(StaffPage):
    """A textbook set goes out to a pupil book by book, or comes back."""

    patron: PatronKnown | None = None
    choices: tuple[SetOfPupil, ...] = ()
    """The sets there are for the pupil; with one of them there is nothing to choose."""
    outcome: CheckedOut | Returned | Refused | None = None
    """The answer to the last thing held up."""
    is_return: bool = False
    page: int = 0
    """Of the choices."""

    @property
    def bundle(self) -> SetOfPupil | None:
        """The set that is handed out or taken back."""
        return self.choices[0] if len(self.choices) == 1 else None


@dataclass(frozen=True, slots=True)
class CornerEntry:
    """A class corner in the list."""

    key: str
    name: str
    out: int
    """Copies of its crates that are not back."""
    due_over: bool


@dataclass(frozen=True, slots=True)
class CornerList(StaffPage):
    """The class corners, to send a crate to or take one back from."""

    corners: tuple[CornerEntry, ...]
    page: int = 0


@dataclass(frozen=True, slots=True)
class SlipPage(StaffPage):
    """The last slips, to print one again."""

    slips: tuple[SlipKept, ...]
    page: int = 0
    asked: str = ""
    """The number of the slip that was put in line last."""


@dataclass(frozen=True, slots=True)
class CodeRead:
    """A code that was held up to try the camera or the scanner: what it is, not what it says."""

    kind: str
    symbology: str
    source: str


@dataclass(frozen=True, slots=True)
class DevicePage(StaffPage):
    """Camera and printer, to be tried."""

    codes: tuple[CodeRead, ...] = ()
    """Newest first."""
    has_printed: bool = False


@dataclass(frozen=True, slots=True)
class PairingPage(StaffPage):
    """The hub's pairing code is held up to the camera."""

    is_busy: bool = False
    hub: str = ""
    """Where it is, once paired."""
    trouble: str = ""
    """Why it did not work, as `kiosk.enrol` says it."""


@dataclass(frozen=True, slots=True)
class StickCopied:
    """What went onto the stick."""

    folder: str
    events: int
    """Acts for the hub; 0 too where there is no hub."""
    megabytes: float
    """Of the copy of all records."""


class StickTrouble(StrEnum):
    """Why nothing did."""

    NO_STICK = "no-stick"
    NOT_WRITTEN = "not-written"


@dataclass(frozen=True, slots=True)
class StickPage(StaffPage):
    """The records are copied to a USB stick."""

    is_busy: bool = False
    outcome: StickCopied | StickTrouble | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """A time of day, and whether nothing is heard in it."""

    span: str
    """Such as "11:30-13:30"; also the key by which it is chosen."""
    is_kept: bool


class Level(StrEnum):
    """What can be turned up and down."""

    VOLUME = "volume"
    BRIGHTNESS = "brightness"


@dataclass(frozen=True, slots=True)
class SoundPage(StaffPage):
    """How loud and how bright the station is."""

    volume: int
    """Percent."""
    silences: tuple[Silence, ...]
    brightness: int | None
    """Percent; None where the screen has buttons of its own for it."""
    is_lost: bool = False
    """Whether the choice could not be kept for the next start."""
    turned: frozenset[Level] = frozenset()
    """What was turned since the page came: one act each when it is left, however many touches."""


class PowerAct(StrEnum):
    """What the machine can be told."""

    RESTART = "restart"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class PowerPage(StaffPage):
    """Restart or switch off; the second touch does it."""

    asked: PowerAct | None = None
    is_busy: bool = False
    """Whether the machine has been told."""
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class DigitTyped(RoomEvent):
    """A key of the PIN pad."""

    digit: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DigitErased(RoomEvent):
    """The last digit is taken back."""


@dataclass(frozen=True, slots=True)
class PinEntered(RoomEvent):
    """The PIN is complete."""


@dataclass(frozen=True, slots=True)
class AsReader(RoomEvent):
    """The card is used as any reader's: to borrow."""


@dataclass(frozen=True, slots=True)
class PageTurned(RoomEvent):
    """A page of the mode was chosen."""

    page: Page


@dataclass(frozen=True, slots=True)
class Listed(RoomEvent):
    """Another part of a long list is shown."""

    page: int


@dataclass(frozen=True, slots=True)
class Chosen(RoomEvent):
    """A line, a class or a reason was touched."""

    key: str


@dataclass(frozen=True, slots=True)
class WentBack(RoomEvent):
    """One page back."""


@dataclass(frozen=True, slots=True)
class LeftMode(RoomEvent):
    """The librarian's mode is left."""


@dataclass(frozen=True, slots=True)
class LevelTurned(RoomEvent):
    """Louder or brighter, or less so."""

    level: Level
    by: int
    """Percent."""


class Deed(StrEnum):
    """What the buttons of the pages do."""

    OPEN_VISIT = "open-visit"
    NEW_CARD = "new-card"
    TAKE_BACK = "take-back"
    LOST = "lost"
    DAMAGED = "damaged"
    COMPARE = "compare"
    PRINT_TEST = "print-test"
    COPY_TO_STICK = "copy-to-stick"
    TURN_SET = "turn-set"
    """Books of a set come back now, or go out again."""


@dataclass(frozen=True, slots=True)
class Asked(RoomEvent):
    """A button of a page was touched."""

    deed: Deed


@dataclass(frozen=True, slots=True)
class TaskDone(RoomEvent):
    """What was done beside the clerk has come to an end."""

    outcome: StickCopied | StickTrouble | HubPaired | HubNotPaired | PowerRefused


@dataclass(frozen=True, slots=True)
class HubPaired:
    """The station knows its hub now; the machine starts anew with it."""

    url: str


@dataclass(frozen=True, slots=True)
class HubNotPaired:
    """The station does not."""

    sentence: str


@dataclass(frozen=True, slots=True)
class PowerRefused:
    """The machine may not be restarted or switched off from here."""
