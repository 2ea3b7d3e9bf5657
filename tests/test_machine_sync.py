"""Sync against everything that can go wrong, at random; planted bugs are found by the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, example, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError

from admin import feed, ingest
from admin.kiosks import KnownKiosk
from db import outbox
from db.identifiers import AccessionNumber
from db.models import ChangeCounter, Station
from db.sync import overlay
from db.sync.messages import Batch, Page, StreamPosition
from db.sync.mirror import Mirror
from tests.sync_model import COPIES, PUPILS, RUNS, Images, StationMachine, World, templates

EXAMPLES = int(os.environ.get("SYNC_EXAMPLES", "4000"))
"""Histories in one run, the same ones each time."""
SEED = int(os.environ.get("SYNC_SEED", "0"))
"""Which ones: another number, other histories, so that a long run may be made of many."""
SLICES = 8
"""Tests that they are divided among, for workers to share."""

WEIGHTS = {
    "work": 26,
    "synchronise": 36,
    "old message": 4,
    "edit": 8,
    "restart hub": 3,
    "back up": 6,
    "put back": 7,
    "copy card": 9,
    "put card": 9,
    "turn clock": 9,
    "switch off": 2,
}
_WHAT = [what for what, weight in WEIGHTS.items() for _ in range(weight)]
_SOME_PUPILS, _SOME_COPIES = PUPILS[:1] * 2 + PUPILS, COPIES[:1] * 2 + COPIES
"""One of them more often, so that stations meet in one loan."""
_ACTS = list(product(("lend", "take back", "renew", "undo"), _SOME_PUPILS, _SOME_COPIES))
_ACTS += _ACTS[: 2 * len(_SOME_PUPILS) * len(_SOME_COPIES)]
_FAULTS = ("well", "well", "well", "request lost", "answer lost", "told twice", "well", "well")
_TURNS = tuple(timedelta(days) for days in (-3650, 7300, -1 / 24, 1 / 24, 20, -20, -1 / 144, 2))
"""A clock of 2017, of 2045, off by an hour, by weeks, by ten minutes."""
_CRASH_IN = 12
"""Before which of so many commits a machine may go off."""
_ONLY_READ = 1
"""With how many transactions that change nothing a station begins a round."""

FOUND_WITHIN = 2_000
"""Histories within which each planted bug must be found."""
STEP_BYTES = 9
FEWEST, MOST = 5, 20
"""Steps in a history."""
FOUND_BY = {
    "no dedupe": "df0bf50000000000006b0000000000000000",
    "cursor gap": "0087006d0000000000000700000000000000",
    "prune on ack": "00c600b80000000000250000000000000000cd0000000000000000",
    "delta overwrites": "002e00000000000000300700000000000000997e00000000000000",
    "number-only rollback check": "460000000000000000a05100000000000000570000000000000000",
    "no incarnation": "00fa00000000000000e1684f00000000000000f500000000000000",
    "never rewinds": "db0700000000000000db1fe200000000000000ac00000000000000",
    "cursor before rows": "ba0000000000000000a6100000000000af00",
    "nothing told anew": "002e000000ad000000300700000000000000997e00000000000000",
    "ack before commit": "00b300000000000000",
}
"""The first history that found each planted bug, without the steps and bytes it did not need."""


@dataclass(frozen=True, slots=True)
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

    @staticmethod
    def read(told: bytes) -> Step:
        """A step out of nine bytes: drawn one by one its parts took as long as the step itself."""
        what, mixed, which, *acts, faults, crash, hub_crash = told
        return Step(
            what=_WHAT[what % len(_WHAT)],
            number=mixed % 3,
            which=which,
            acts=[_ACTS[act % len(_ACTS)] for act in acts[: mixed // 3 % 4]],
            faults=[_FAULTS[faults % 8], _FAULTS[faults // 8 % 8], _FAULTS[which % 8]],
            crash=crash % _CRASH_IN if crash >= 170 else None,
            hub_crash=hub_crash % 6 if hub_crash >= 192 else None,
            yes=mixed >= 128,
        )


def _steps(told: bytes) -> list[Step]:
    whole = range(0, len(told) - STEP_BYTES + 1, STEP_BYTES)
    return [Step.read(told[start : start + STEP_BYTES]) for start in whole]


class History:
    """Lending apart, talking badly, crashing, restoring, cloning, editing."""

    def __init__(self, world: World, images: Images) -> None:
        self.world = world
        world.begin(images)
        self.cards = [(image, number) for number, image in enumerate(images.stations)]

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
            case "turn clock":
                station.clock.advance(_TURNS[step.which % len(_TURNS)])
            case "switch off":
                station.boot()

    def end(self) -> None:
        """Everybody talks to everybody, and then must agree."""
        self.world.settle()
        self.world.check()

    def _synchronise(self, station: StationMachine, step: Step) -> None:
        """With acts between push and pull, which no page can contain yet."""
        self.world.hub.commits_left = step.hub_crash
        with station.crashing(None if step.crash is None else step.crash + _ONLY_READ):
            station.synchronise(list(step.faults), step.acts)
        self.world.hub.commits_left = None
        station.check_own_acts()

    def _put_card(self, station: StationMachine, step: Step) -> None:
        """A card copied before goes into a machine: its own, or another that becomes its clone."""
        image, number = self.cards[-1 - step.which % 3]
        if step.yes:
            station = self.world.stations[number]
        self.world.lose(station)
        kiosk = self.world.stations[number].kiosk
        station.begin(image, kiosk)


@pytest.fixture(scope="module", autouse=True)
def runs() -> Iterator[None]:
    """Every station is a machine of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "RUNNING", RUNS)
        yield


@pytest.fixture(scope="module")
def images(runs: None, tmp_path_factory: pytest.TempPathFactory) -> Images:
    return templates(tmp_path_factory.mktemp("sync"))


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def _run(world: World, images: Images, examples: int, first: int, *phases: Phase) -> None:
    """First the histories that once found a bug, then others, which ones `first` says."""

    @seed(first)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.explicit, *phases),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.binary(min_size=FEWEST * STEP_BYTES, max_size=MOST * STEP_BYTES))
    def run(told: bytes) -> None:
        history = History(world, images)
        for step in _steps(told):
            history.go_on(step)
        history.end()

    for told in FOUND_BY.values():
        run = example(bytes.fromhex(told))(run)
    run()


@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(SLICES))
def test_everybody_agrees_in_the_end(world: World, images: Images, part: int) -> None:
    """Given any history of three stations and a hub, when all talk, then nothing is lost or twice.

    Every event is at the hub once, and every station has the hub's records.
    """
    first = SEED * SLICES + part
    _run(world, images, EXAMPLES // SLICES, first, Phase.generate, Phase.shrink)


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


def _cursor_before_rows(patch: pytest.MonkeyPatch) -> None:
    """Where the station stands is committed before what it was told."""
    take = Mirror.take

    def early(mirror: Mirror, page: Page) -> None:
        with mirror._engine.begin() as connection:
            mirror._stand_at(connection, page)
        take(mirror, page)

    patch.setattr(Mirror, "take", early)


def _nothing_told_anew(patch: pytest.MonkeyPatch) -> None:
    """The hub tells only what it has changed, not what it decided otherwise than the station."""
    patch.setattr(ingest._Stream, "_tell_anew", lambda *_: None)


def _ack_before_commit(patch: pytest.MonkeyPatch) -> None:
    """The hub's mark moves in a transaction of its own, before the events are kept."""
    take = ingest.take

    def early(engine: Engine, kiosk: KnownKiosk, batch: Batch, now: datetime) -> Any:
        if batch.events:
            with engine.begin() as connection:
                stream = ingest._Stream(connection, kiosk, batch.incarnation, now)
                if stream._lock() < batch.events[-1].seq:
                    stream._move_to(batch.events[-1])
        return take(engine, kiosk, batch, now)

    patch.setattr(ingest, "take", early)


BUGS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "no dedupe": _no_dedupe,
    "cursor gap": _cursor_gap,
    "prune on ack": _prune_on_ack,
    "delta overwrites": _delta_overwrites,
    "number-only rollback check": _number_only,
    "no incarnation": _no_incarnation,
    "never rewinds": _never_rewinds,
    "cursor before rows": _cursor_before_rows,
    "nothing told anew": _nothing_told_anew,
    "ack before commit": _ack_before_commit,
}


@pytest.mark.timeout(0)
@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_found(
    world: World, images: Images, monkeypatch: pytest.MonkeyPatch, bug: str
) -> None:
    """Given a bug of the kind that others shipped, when the histories are run, then one fails."""
    BUGS[bug](monkeypatch)

    with pytest.raises((AssertionError, IntegrityError)):
        _run(world, images, FOUND_WITHIN, SEED, Phase.generate)
