"""The thin line at the lower edge: silent unless something is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kivy.graphics import Rectangle
from kivy.uix.widget import Widget

from db.clock import SCHOOL_ZONE
from db.sync.report import HubState
from kiosk.events import CameraState, RecordsState, Shown, Status
from kiosk.icons import Icon
from kiosk.theme import CALM, LINE, LOOK, SAND, Look, Tone
from kiosk.visit import Finished
from kiosk.widgets.box import Box
from kiosk.widgets.paint import paint
from kiosk.widgets.text import Sign, Text, place
from kiosk.wording import Wording
from printer.receipt import Trouble

_PRINTER = {Trouble.PAPER_OUT: "status.paper-out", Trouble.COVER_OPEN: "status.cover-open"}
_GAP = 1.6
"""Space between two remarks, in letter sizes."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say: its icon, its colours, the key of its sentence."""

    icon: Icon
    tone: Tone
    key: str
    n: int = 0
    when: str = ""


def remarks(shown: Shown) -> Iterator[Remark]:
    """What there is to say, the most pressing first; the farewell speaks of its slip itself."""
    status = shown.status
    if status.help_called:
        yield Remark(Icon.CALL, LOOK, "status.help")
    if status.lending_paused:
        yield Remark(Icon.PAUSE, LOOK, "status.paused")
    if status.camera is CameraState.LOST:
        yield Remark(Icon.NO_CAMERA, LOOK, "status.camera")
    if status.hand_scanner_lost:
        yield Remark(Icon.SCAN, LOOK, "status.scanner")
    if status.printer.trouble is not None and not isinstance(shown.visit, Finished):
        yield Remark(Icon.PRINTER, LOOK, _PRINTER.get(status.printer.trouble, "status.printer"))
    elif status.printer.paper_low:
        yield Remark(Icon.PRINTER, CALM, "status.paper-low")
    if status.disk_full:
        yield Remark(Icon.LIBRARIAN, LOOK, "status.disk-full")
    if status.records in _OF_RECORDS:
        yield Remark(Icon.LIBRARIAN, LOOK, _OF_RECORDS[status.records], status.lost_events)
    if status.has_hub and status.hub not in _NOTHING_AMISS:
        yield _of_hub(status)
    if status.waiting_events:
        yield Remark(Icon.SENDING, CALM, "status.sending", status.waiting_events)


_OF_RECORDS = {
    RecordsState.RENEWED: "status.records-renewed",
    RecordsState.LOST: "status.records-lost",
    RecordsState.UNKNOWN: "status.records-unknown",
}
"""What is said once, until the station starts again; the log keeps it."""

_NOTHING_AMISS = (HubState.UNASKED, HubState.REACHED)

_TO_THE_LIBRARIAN = {
    HubState.REFUSED: "status.hub-refused",
    HubState.UNPAIRED: "status.hub-unpaired",
    HubState.REVOKED: "status.hub-revoked",
    HubState.STRANGER: "status.hub-stranger",
    HubState.STATION_TOO_OLD: "status.station-too-old",
    HubState.HUB_TOO_OLD: "status.hub-too-old",
}
"""What no waiting mends."""


def _of_hub(status: Status) -> Remark:
    """Why the hub's records are not fresh, and from when they are."""
    if status.hub in _TO_THE_LIBRARIAN:
        return Remark(Icon.OFFLINE, LOOK, _TO_THE_LIBRARIAN[status.hub])
    if status.records_as_of is None:
        return Remark(Icon.OFFLINE, CALM, "status.offline")
    return Remark(Icon.OFFLINE, CALM, "status.offline-since", when=_hour(status.records_as_of))


def _hour(moment: datetime) -> str:
    """A moment as the school's clock shows it, with the day: nobody asks what day it is now."""
    local = moment.astimezone(SCHOOL_ZONE)
    return f"{local:%H:%M} {local.day}/{local.month}"


def line_height_px(look: Look) -> float:
    """How high the line is, when there is one."""
    return look.px(44, compact=34)


def status_line(box: Box, look: Look, wording: Wording, said: tuple[Remark, ...]) -> list[Widget]:
    """Draw the remarks side by side, in few words where they would not fit."""
    bar = Widget(pos=box.pos, size=box.size, size_hint=(None, None))
    with bar.canvas:
        paint(SAND)
        Rectangle(pos=box.pos, size=box.size)
        paint(LINE)
        Rectangle(pos=(box.x, box.top - 1), size=(box.width, 1))
    inner = box.inset(look.margin_px, 0)
    for suffix in ("", ".short"):
        parts = [_Part(remark, look, wording, suffix, inner.width) for remark in said]
        gap = look.small.size_px * _GAP
        if sum(part.width for part in parts) + gap * (len(parts) - 1) <= inner.width:
            break
    for part in parts:
        if part.width > inner.width:
            break
        for widget in part.place(inner):
            bar.add_widget(widget)
        _, inner = inner.cut_left(part.width, gap)
    return [bar]


class _Part:
    """A remark's icon and words."""

    def __init__(
        self, remark: Remark, look: Look, wording: Wording, suffix: str, widest: float
    ) -> None:
        style = look.small
        self._sign = Sign(remark.icon, style.size_px * 1.2, remark.tone.ink)
        self._gap = style.size_px * 0.45
        words = wording.say(remark.key + suffix, n=remark.n, when=remark.when)
        self._text = Text(words, style, remark.tone.ink, widest - self._sign.width - self._gap)
        self.width = self._sign.width + self._gap + self._text.width

    def place(self, box: Box) -> list[Widget]:
        strip, _ = box.cut_left(self.width)
        return [place(self._sign, strip, "left"), place(self._text, strip, "right")]
