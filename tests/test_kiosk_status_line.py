"""What the thin line says of the hub."""

from __future__ import annotations

from db.sync.report import HubState
from kiosk.events import Shown, Status
from kiosk.widgets.status_line import remarks


def _said(hub: HubState) -> list[str]:
    return [remark.key for remark in remarks(Shown(status=Status(has_hub=True, hub=hub)))]


def test_nothing_is_said_before_the_hub_was_asked() -> None:
    """Given a station that has just started, when its line is drawn, then no network is missed."""
    shown = Shown(status=Status(has_hub=True))

    assert list(remarks(shown)) == []


def test_every_fault_of_the_hub_is_said() -> None:
    """Given a hub that did not answer as it should, when the line is drawn, then it says so."""
    amiss = set(HubState) - {HubState.UNASKED, HubState.REACHED}

    assert all(len(_said(state)) == 1 for state in amiss)
    assert _said(HubState.REACHED) == []
