"""Sync against everything that can go wrong, at random; planted bugs are found by the same."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from admin import feed, ingest
from db import outbox
from db.identifiers import AccessionNumber
from db.models import ChangeCounter, Station
from db.sync import overlay
from db.sync.messages import Page, StreamPosition
from tests.sync_model import COPIES, PUPILS, Images, StationMachine, World, templates

EXAMPLES = int(os.environ.get("SYNC_EXAMPLES", "60"))
"""Histories in the ordinary run; with more, `SYNC_EXAMPLES=4000`, the night is for it."""

WEIGHTS = {
    "work": 26,
    "synchronise": 34,
    "old message": 4,
    "edit": 9,
    "restart hub": 3,
    "back up": 6,
    "put back": 7,
    "copy card": 4,
    "put card": 4,
}
_WHAT = [what for what, weight in WEIGHTS.items() for _ in range(weight)]

acts = st.lists(
    st.tuples(
        st.sampled_from(("lend", "lend", "take back", "take back", "renew", "undo")),
        st.sampled_from(PUPILS),
        st.sampled_from(COPIES),
    ),
    max_size=4,
)
faults = st.lists(
    st.sampled_from(("well", "well", "well", "request lost", "answer lost", "told twice")),
    max_size=4,
)
crashes = st.integers(-15, 4).map(lambda after: after if after >= 0 else None)


@dataclass(frozen=True)
class Step:
    """One thing that happens."""

    what: str
    number: int
    which: int
    acts: list[tuple[str, str, AccessionNumber]]
    faults: list[str]
    crash: int | None
    hub_crash: int | None
    yes: bool


steps = st.builds(
    Step,
    what=st.sampled_from(_WHAT),
    number=st.integers(0, 2),
    which=st.integers(0, 50),
    acts=acts,
    faults=faults,
    crash=crashes,
    hub_crash=crashes,
    yes=st.booleans(),
)


class History:
    """Lending apart, talking badly, crashing, restoring, cloning, editing."""

    def __init__(self, world: World, images: Images) -> None:
        self.world = world
        world.begin(images)
        world.back_up(verified=False)
        self.cards = [(images.stations[0], 0)]

    def go_on(self, step: Step) -> None:
        """Let one thing happen."""
        station = self.world.stations[step.number]
        match step.what:
            case "work":
                with station.crashing(step.crash):
                    station.work(step.acts)
            case "synchronise":
                self._synchronise(station, step)
            case "old message" if self.world.sent:
                self.world.sent[step.which % len(self.world.sent)]()
            case "edit":
                self.world.edit(step.which % 4)
            case "restart hub":
                self.world.restart_hub()
            case "back up":
                self.world.back_up(verified=step.yes)
            case "put back":
                newest = len(self.world.backups) - 1
                self.world.put_back(max(0, newest - step.which % 3), with_tool=step.yes)
            case "copy card":
                self.cards.append((station.memory.image(), step.number))
            case "put card":
                self._put_card(station, step)

    def end(self) -> None:
        """Everybody talks to everybody, and then must agree."""
        self.world.settle()
        self.world.check()

    def _synchronise(self, station: StationMachine, step: Step) -> None:
        """With acts between push and pull, which no page can contain yet."""
        self.world.hub.commits_left = step.hub_crash
        with station.crashing(step.crash):
            station.synchronise(list(step.faults), step.acts)
        self.world.hub.commits_left = None
        station.check_own_acts()

    def _put_card(self, station: StationMachine, step: Step) -> None:
        """A card copied before goes into a machine: its own, or another that becomes its clone."""
        image, number = self.cards[step.which % len(self.cards)]
        self.world.lose(station)
        kiosk = self.world.stations[number].kiosk if step.number != number else station.kiosk
        station.begin(image, kiosk)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    return templates(tmp_path_factory.mktemp("sync"))


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def _run(world: World, images: Images, examples: int, *phases: Phase) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples <= 400,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(steps, min_size=12, max_size=24))
    def run(told: list[Step]) -> None:
        history = History(world, images)
        for step in told:
            history.go_on(step)
        history.end()

    run()


@pytest.mark.timeout(0)
def test_everybody_agrees_in_the_end(world: World, images: Images) -> None:
    """Given any history of three stations and a hub, when all talk, then nothing is lost or twice.

    Every event is at the hub once, and every station has the hub's records.
    """
    _run(world, images, EXAMPLES, Phase.generate, Phase.shrink)


def _no_dedupe(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ingest._Stream, "_known_among", lambda _self, _fresh: {})


def _cursor_gap(patch: pytest.MonkeyPatch) -> None:
    """The cursor moves to the last number given, not to the last row told."""
    page = feed.page

    def skipping(engine: Engine, school_id: int, *rest: Any, **more: Any) -> Page:
        told = page(engine, school_id, *rest, **more)
        with engine.begin() as connection:
            last = connection.execute(select(ChangeCounter.last)).scalar_one()
        return told.model_copy(update={"cursor": last, "complete": True})

    patch.setattr(feed, "page", skipping)


def _prune_on_ack(patch: pytest.MonkeyPatch) -> None:
    prune = outbox.prune

    def at_once(connection: Connection, _safe: int, *rest: Any, **more: Any) -> None:
        prune(connection, 2**40, *rest, **more)

    patch.setattr(outbox, "prune", at_once)


def _delta_overwrites(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(overlay, "lay_own_acts", lambda *_: None)


def _number_only(patch: pytest.MonkeyPatch) -> None:
    """A hub that was put back is noticed only by a cursor beyond its counter."""

    def is_ours(connection: Connection, _school: int, _timeline: UUID, cursor: int) -> bool:
        return cursor <= connection.execute(select(ChangeCounter.last)).scalar_one()

    patch.setattr(feed, "_is_ours", is_ours)


def _no_incarnation(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outbox, "_can_follow", lambda *_: True)
    patch.setattr(ingest._Stream, "_fork_among", lambda *_: None)


def _never_rewinds(patch: pytest.MonkeyPatch) -> None:
    """The station believes for ever what a hub said before it was put back."""
    agree = outbox.agree

    def stubborn(engine: Engine, position: StreamPosition) -> bool:
        with engine.begin() as connection:
            mine = connection.execute(select(Station.acked_seq)).scalar_one()
        if position.acked_seq < mine:
            return True
        return agree(engine, position)

    patch.setattr(outbox, "agree", stubborn)


BUGS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "no dedupe": _no_dedupe,
    "cursor gap": _cursor_gap,
    "prune on ack": _prune_on_ack,
    "delta overwrites": _delta_overwrites,
    "number-only rollback check": _number_only,
    "no incarnation": _no_incarnation,
    "never rewinds": _never_rewinds,
}


@pytest.mark.timeout(0)
@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_found(
    world: World, images: Images, monkeypatch: pytest.MonkeyPatch, bug: str
) -> None:
    """Given a bug of the kind that others shipped, when the histories are run, then one fails."""
    BUGS[bug](monkeypatch)

    with pytest.raises(Exception):  # noqa: B017, PT011 - in whatever way
        _run(world, images, 300, Phase.generate)
