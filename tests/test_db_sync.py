"""The kiosk's side of sync against hubs that answer strangely; no socket is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from config.settings import HubSettings
from db import outbox
from db.errors import HubRefused, HubUnreachable
from db.sync.client import SyncThread
from db.sync.connection import HubConnection, push
from db.sync.report import HubState, SyncReport
from tests.demo_school import DemoSchool

Answer = Callable[[httpx.Request], httpx.Response]
NOTHING_YET = httpx.Response(200, json={"acked_seq": 0, "event_id": None})


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DemoSchool]:
    """A school whose station has three events to send."""
    made = DemoSchool(tmp_path / "kiosk.db")
    for copy in made.cast().shelved[:3]:
        made.desk.check_in(copy.accession)
    yield made
    made.engine.dispose()


def _push(school: DemoSchool, to_events: Answer) -> list[str]:
    """Push to a hub that answers batches with `to_events`; give the paths it was asked for."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return to_events(request) if request.url.path == "/sync/events" else NOTHING_YET

    hub = HubConnection("http://hub", "token", httpx.MockTransport(answer))
    try:
        push(school.engine, hub)
    finally:
        hub.close()
    return asked


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(409, json={"expected_seq": 1}),
        httpx.Response(200, json={"acked_seq": 0}),
        httpx.Response(200, json={"acked_seq": -5}),
        httpx.Response(200, json={"acked_seq": 99}),
        httpx.Response(200, json={"hello": "world"}),
        httpx.Response(200, text="<html>a web shop</html>"),
        httpx.Response(400),
        httpx.Response(401),
        httpx.Response(404),
        httpx.Response(413),
        httpx.Response(426),
    ],
    ids=lambda answer: f"{answer.status_code} {answer.text[:20]}",
)
def test_answers_without_progress_are_refusals(school: DemoSchool, answer: httpx.Response) -> None:
    """Given a hub that takes nothing, when pushed, then one try, a refusal, and all still wait."""
    tries: list[int] = []

    def once(_request: httpx.Request) -> httpx.Response:
        tries.append(1)
        return answer

    with pytest.raises(HubRefused):
        _push(school, once)

    assert len(tries) == 1
    assert outbox.waiting(school.engine) == 3


@pytest.mark.parametrize("status", [500, 502, 503])
def test_faults_of_the_hub_are_tried_again(school: DemoSchool, status: int) -> None:
    """Given a hub in trouble, when pushed, then it counts as away and all still wait."""
    with pytest.raises(HubUnreachable):
        _push(school, lambda _request: httpx.Response(status))

    assert outbox.waiting(school.engine) == 3


def test_part_of_a_batch_is_progress(school: DemoSchool) -> None:
    """Given a hub that takes one event at a time, when pushed, then all arrive, in order."""
    marks = iter([1, 2, 3])
    asked = _push(school, lambda _request: httpx.Response(200, json={"acked_seq": next(marks)}))

    assert asked == ["/sync/position", "/sync/events", "/sync/events", "/sync/events"]
    assert outbox.waiting(school.engine) == 0


@pytest.mark.parametrize("token", [None, "không phải ASCII"])
def test_token_that_cannot_be_read_is_told(
    school: DemoSchool, tmp_path: Path, token: str | None
) -> None:
    """Given no token or a broken one, when a push is due, then the screen is told, no crash."""
    file = tmp_path / "hub.token"
    if token is not None:
        file.write_text(token, encoding="utf-8")
    told: list[SyncReport] = []
    settings = HubSettings(url="http://127.0.0.1:1", token_file=file)
    thread = SyncThread(school.engine, settings, told.append)
    thread.stop()
    thread.run()

    assert [(word.hub, word.waiting) for word in told] == [(HubState.UNPAIRED, 3)]
