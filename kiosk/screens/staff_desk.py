"""The librarian's first page: day and machine at a glance, and everything there is to do."""

from __future__ import annotations

import math
from collections.abc import Iterator

from kivy.uix.widget import Widget

from db.clock import SCHOOL_ZONE
from db.outcomes import Refused
from db.sync.report import HubState
from kiosk.events import CameraState
from kiosk.icons import Icon
from kiosk.screens.scene import Scene
from kiosk.screens.staff_frame import columns, frame, heading, hint, message, panel
from kiosk.staff import Desk, Glance, Page, PageTurned, Told
from kiosk.theme import CALM, INK, INK_SOFT, LOOK, NO, YES, Shape, Tone
from kiosk.widgets.book_line import BookLine
from kiosk.widgets.box import Box
from kiosk.widgets.chip import chip
from kiosk.widgets.manifest import manifest
from kiosk.widgets.plates import Tile
from kiosk.widgets.text import Phrase, line, stack

LOW_DISK_MB = 500
_ICONS = {
    Page.READERS: Icon.PEOPLE,
    Page.SHELF: Icon.STOCKTAKE,
    Page.SETS: Icon.BOOK,
    Page.CORNERS: Icon.CRATE,
    Page.SLIPS: Icon.SLIP,
    Page.DAY_SLIP: Icon.PRINTER,
    Page.PAUSE: Icon.PAUSE,
    Page.DEVICES: Icon.CAMERA,
    Page.PAIRING: Icon.QR,
    Page.STICK: Icon.BACKUP,
    Page.SOUND: Icon.SOUND,
    Page.POWER: Icon.POWER,
}
"""The tiles in their order."""
_TELLS = {
    Told.NOT_YOURS: (NO, Icon.LOCK),
    Told.NO_PRINTER: (LOOK, Icon.PRINTER),
    Told.DAY_SLIP: (YES, Icon.PRINTER),
    Told.PAUSED: (LOOK, Icon.PAUSE),
    Told.RESUMED: (YES, Icon.PLAY),
}


def desk(scene: Scene, state: Desk) -> list[Widget]:
    """Draw the page."""
    if state.session.is_helper:
        return _help_mode(scene, state)
    say, look = scene.wording.say, scene.look
    widgets, rest = frame(scene, state, say("staff.title"), is_home=True)
    glance, tiles = columns(scene, rest, 0.46 if look.shape is Shape.TALL else 0.4)
    said, tiles = tiles.cut_top(look.px(84, compact=52), look.px(14, compact=8))
    return [*widgets, *_glance(scene, state.glance, glance), *_said(scene, state, said),
            *_tiles(scene, state, tiles)]  # fmt: skip


def _said(scene: Scene, state: Desk, box: Box) -> list[Widget]:
    """What became of the last thing, or what may be held up."""
    match state.notice:
        case Refused() as refused:
            why, next_step = scene.wording.refusal(refused, staff=True)
            return message(scene, box, NO, Icon.NO, why, "" if scene.look.is_compact else next_step)
        case Told() as told:
            tone, icon = _TELLS[told]
            return message(scene, box, tone, icon, scene.wording.say(f"staff.told.{told}"))
    return hint(scene, box, Icon.SCAN, scene.wording.say("staff.scan"))


def _tiles(scene: Scene, state: Desk, box: Box) -> list[Widget]:
    look = scene.look
    pages = [page for page in _ICONS if state.session.may(page)]
    across = 2 if len(pages) <= 6 else 3
    down = -(-len(pages) // across)
    gap = look.px(16, compact=8)
    height = min(math.floor((box.height - gap * (down - 1)) / down), look.px(150))
    cells = box.grid(across, height, gap)
    return [_tile(scene, page, cell) for page, cell in zip(pages, cells, strict=False)]


def _tile(scene: Scene, page: Page, box: Box) -> Tile:
    paused = page is Page.PAUSE and scene.status.lending_paused
    words = scene.wording.say(f"staff.page.{'resume' if paused else page}")
    icon = Icon.PLAY if paused else _ICONS[page]
    tone = LOOK if paused else None
    return Tile(box, scene.look, icon, words, lambda: scene.send(PageTurned(page)), tone)


def _glance(scene: Scene, glance: Glance, box: Box) -> list[Widget]:
    look, say, today = scene.look, scene.wording.say, glance.today
    ground, inner = panel(scene, box)
    title, inner = heading(scene, inner, scene.wording.weekday(today.day) + f", {today.day:%d/%m}")
    figures = (
        ("visits", today.visits, INK),
        ("lent", today.lent, INK),
        ("returned", today.returned, INK),
        ("overdue", today.overdue, NO.ink if today.overdue else INK),
    )
    strip, inner = inner.cut_top(look.px(108, compact=60), look.px(14, compact=6))
    cells = strip.grid(len(figures), strip.height, look.px(8, compact=4))
    widgets: list[Widget] = [ground, title]
    for (name, count, ink), cell in zip(figures, cells, strict=True):
        phrases = [
            Phrase(str(count), look.title, ink, shrink=True),
            Phrase(say(f"staff.today.{name}"), look.small, INK_SOFT, shrink=True),
        ]
        widgets += stack(phrases, cell, "center")
    return [*widgets, *_devices(scene, glance, inner)]


def _devices(scene: Scene, glance: Glance, box: Box) -> list[Widget]:
    """How the machine is, a line each; what is wrong is said in its colour and in words."""
    look = scene.look
    rows = list(_states(scene, glance))
    height = min(box.height / len(rows), look.px(50, compact=34))
    widgets: list[Widget] = []
    for icon, name, word, tone in rows:
        strip, box = box.cut_top(height)
        said = chip(word, tone, look, strip)
        _, left = strip.cut_right(said.width, look.px(8, compact=4))
        phrase = Phrase(scene.wording.say(name), look.small, INK_SOFT, icon=icon)
        widgets += [*stack([phrase], left), said]
    return widgets


def _states(scene: Scene, glance: Glance) -> Iterator[tuple[Icon, str, str, Tone]]:
    say, status = scene.wording.say, scene.status
    good, bad = say("staff.state.good"), say("staff.state.bad")
    reads = status.camera is CameraState.SEEING
    reader, name = Icon.CAMERA, "staff.state.camera"
    if status.camera is CameraState.NONE:
        reads = not status.hand_scanner_lost
        reader, name = Icon.SCAN, "staff.state.scanner"
    yield reader, name, good if reads else bad, YES if reads else NO
    prints = status.has_printer and status.printer.trouble is None
    word = (good if prints else bad) if status.has_printer else say("staff.state.none")
    yield Icon.PRINTER, "staff.state.printer", word, YES if prints else LOOK
    yield _hub(scene)
    waiting = say("staff.state.waiting.n", n=status.waiting_events)
    yield Icon.SENDING, "staff.state.waiting", waiting, LOOK if status.waiting_events else CALM
    if glance.late_crates:
        late = say("staff.state.crates.n", n=len(glance.late_crates))
        yield Icon.CRATE, "staff.state.crates", late, NO
    free = say("staff.state.disk.n", n=f"{glance.disk_free_mb / 1000:.1f}")
    yield Icon.DISK, "staff.state.disk", free, NO if glance.disk_free_mb < LOW_DISK_MB else CALM
    now = glance.at.astimezone(SCHOOL_ZONE)
    yield Icon.CLOCK, "staff.state.clock", f"{now:%H:%M %d/%m/%Y}", CALM


def _hub(scene: Scene) -> tuple[Icon, str, str, Tone]:
    say, status = scene.wording.say, scene.status
    if not status.has_hub:
        return Icon.WIFI, "staff.state.hub", say("staff.state.none"), LOOK
    if status.records_as_of is None:
        return Icon.WIFI, "staff.state.hub", say("staff.state.never"), LOOK
    at = f"{status.records_as_of.astimezone(SCHOOL_ZONE):%H:%M %d/%m}"
    tone = YES if status.hub is HubState.REACHED else LOOK
    return Icon.WIFI, "staff.state.hub", say("staff.state.synced", time=at), tone


def _help_mode(scene: Scene, state: Desk) -> list[Widget]:
    """A collaborator's page: take books back, check a shelf, and nothing else."""
    look, say = scene.look, scene.wording.say
    widgets, rest = frame(scene, state, say("staff.help.title"), is_home=True)
    list_box, right = columns(scene, rest, 0.42 if look.shape is Shape.TALL else 0.56)
    shelf, right = right.cut_bottom(look.touch_px(110, compact=72), look.px(20, compact=10))
    said, right = right.cut_bottom(look.px(120, compact=76), look.px(16, compact=8))
    entries = [
        BookLine(one.title, one.accession, *_taken(scene, one.to_desk)) for one in state.taken
    ]
    strip, books = list_box.cut_top(look.px(36, compact=26), look.px(12, compact=6))
    title = say("staff.help.taken", n=len(entries)) if entries else say("staff.help.first")
    return [
        *widgets,
        line(title, look.heading, INK, strip),
        *manifest(entries, books, look, lambda n: say("serve.rest", n=n)),
        scene.camera(right),
        *_said(scene, state, said),
        _tile(scene, Page.SHELF, shelf),
    ]


def _taken(scene: Scene, to_desk: bool) -> tuple[Tone, Icon, str]:
    if to_desk:
        return LOOK, Icon.LIBRARIAN, scene.wording.say("staff.help.desk")
    return YES, Icon.TICK, scene.wording.say("serve.returned")
