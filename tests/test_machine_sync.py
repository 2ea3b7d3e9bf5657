"""Sync against everything that can go wrong, at random; planted bugs are found by the same."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine, select, update

from admin import feed, ingest
from db import outbox
from db.models import ChangeCounter, Station
from db.sync import overlay
from db.sync.messages import Page, StreamPosition
from db.sync.mirror import Mirror
from tests.sync_model import COPIES, PUPILS, Images, World, templates

EXAMPLES = int(os.environ.get("SYNC_EXAMPLES", "400"))
"""Histories in the ordinary run; `SYNC_EXAMPLES=40000` is in docs/measurements/sync.md."""

who = st.integers(0, 2)
acts = st.tuples(
    st.sampled_from(("lend", "lend", "take back", "take back", "renew", "undo")),
    st.sampled_from(PUPILS),
    st.sampled_from(COPIES),
)
faults = st.lists(
    st.sampled_from(("well", "well", "request lost", "answer lost", "told twice")), max_size=4
)
crash = st.one_of(st.none(), st.none(), st.none(), st.integers(0, 4))


class SyncHistory(RuleBasedStateMachine):
    """Lending apart, talking badly, crashing, restoring, cloning, editing."""

    world: ClassVar[World]
    images: ClassVar[Images]

    @initialize()
    def begin(self) -> None:
        self.world.begin(self.images)
        self.world.back_up(verified=False)
        self.cards = [(self.images.stations[0], 0)]

    @rule(number=who, acts=st.lists(acts, min_size=1, max_size=4), after=crash)
    def work(self, number: int, acts: list[tuple[str, str, Any]], after: int | None) -> None:
        """A station lends, takes back, renews, takes the last act back."""
        station = self.world.stations[number]
        with station.crashing(after):
            for act, pupil, copy in acts:
                self.world.tick()
                station.do(act, pupil, copy)

    @rule(number=who, how=faults, after=crash, hub_after=crash)
    def synchronise(
        self, number: int, how: list[str], after: int | None, hub_after: int | None
    ) -> None:
        station = self.world.stations[number]
        self.world.hub.commits_left = hub_after
        with station.crashing(after):
            station.synchronise(list(how))
        self.world.hub.commits_left = None
        station.check_own_acts()

    @precondition(lambda self: self.world.sent)
    @rule(which=st.integers(0, 50))
    def an_old_message_arrives(self, which: int) -> None:
        self.world.sent[which % len(self.world.sent)]()

    @rule(what=st.integers(0, 3))
    def edit(self, what: int) -> None:
        self.world.edit(what)

    @rule()
    def restart_hub(self) -> None:
        self.world.restart_hub()

    @rule(verified=st.booleans())
    def back_up(self, verified: bool) -> None:
        self.world.back_up(verified)

    @rule(age=st.integers(0, 2), with_tool=st.booleans())
    def put_back(self, age: int, with_tool: bool) -> None:
        self.world.put_back(max(0, len(self.world.backups) - 1 - age), with_tool)

    @rule(number=who)
    def copy_card(self, number: int) -> None:
        self.cards.append((self.world.stations[number].memory.image(), number))

    @rule(which=st.integers(0, 5), into=who)
    def put_card(self, which: int, into: int) -> None:
        """A card copied before goes into a machine: its own, or another that becomes its clone."""
        image, number = self.cards[which % len(self.cards)]
        station = self.world.stations[into]
        self.world.lose(station)
        kiosk = self.world.stations[number].kiosk if into != number else station.kiosk
        station.begin(image, kiosk)

    def teardown(self) -> None:
        if not hasattr(self, "cards"):
            return
        self.world.settle()
        self.world.check()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> type[SyncHistory]:
    class Machine(SyncHistory):
        world = World()
        images = templates(tmp_path_factory.mktemp("sync"))

    return Machine


def _run(machine: type[SyncHistory], examples: int, phases: tuple[Phase, ...]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(3600)
def test_everybody_agrees_in_the_end(machine: type[SyncHistory]) -> None:
    """Given any history of three stations and a hub, when all talk, then nothing is lost or twice.

    Every event is at the hub once, and every station has the hub's records.
    """
    _run(machine, EXAMPLES, (Phase.generate, Phase.shrink))


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
    """The place in the feed commits before the page it stands for."""
    take = Mirror.take

    def hasty(self: Mirror, page: Page) -> None:
        with self._engine.begin() as connection:
            stands = {"timeline": page.timeline, "cursor": page.cursor}
            connection.execute(update(Station).values(stands))
        take(self, page)

    patch.setattr(Mirror, "take", hasty)


def _pull_before_push(patch: pytest.MonkeyPatch) -> None:
    """What the hub folded in is told without the rows that an event speaks of."""
    patch.setattr(ingest._Stream, "_tell_anew", lambda *_: None)


BUGS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "no dedupe": _no_dedupe,
    "cursor gap": _cursor_gap,
    "prune on ack": _prune_on_ack,
    "delta overwrites": _delta_overwrites,
    "number-only rollback check": _number_only,
    "no incarnation": _no_incarnation,
    "never rewinds": _never_rewinds,
    "cursor before rows": _cursor_before_rows,
    "nothing told anew": _pull_before_push,
}


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_found(
    machine: type[SyncHistory], monkeypatch: pytest.MonkeyPatch, bug: str
) -> None:
    """Given a bug of the kind that others shipped, when the histories are run, then one fails."""
    BUGS[bug](monkeypatch)

    with pytest.raises(Exception):  # noqa: B017, PT011 - in whatever way
        _run(machine, 2000, (Phase.generate,))
