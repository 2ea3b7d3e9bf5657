"""The kiosk's side of sync: hands the outbox to the hub, at least once and in order.

Works the same with the hub away for months: nothing is deleted, nothing waits for it.
What the hub says of a batch only moves the mark up to which it is known to have events.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import structlog
from pydantic import ValidationError
from sqlalchemy import Engine

from config.settings import HubSettings
from db import outbox
from db.errors import HubRefused, HubUnreachable, SyncError
from db.sync.messages import Batch, BatchOutOfOrder, BatchTaken, StreamPosition

ANSWER_WITHIN_S = 5.0
"""A hub that takes longer is treated as away."""

FIRST_PAUSE_S = 1.0
"""Doubled after every failure up to `HubSettings.every_s`, less a random half (jitter)."""

_log = structlog.get_logger()


class HubConnection:
    """One kiosk's way to its hub.

    Raises:
        HubUnreachable: No answer, or a fault at the hub.
        HubRefused: The token is not known there, or one side must be updated.
    """

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=ANSWER_WITHIN_S,
            trust_env=False,  # the hub is in the school's own network, behind no proxy
            transport=transport,
        )

    def position(self, batch: Batch) -> int:
        """How far the hub has this kiosk database's events."""
        answer = self._ask("GET", "/sync/position", params={"incarnation": str(batch.incarnation)})
        return StreamPosition.model_validate_json(answer.content).acked_seq

    def send(self, batch: Batch) -> int:
        """Hand over a batch; return the mark up to which the hub now has everything."""
        answer = self._ask(
            "POST",
            "/sync/events",
            content=batch.model_dump_json(),
            headers={"Content-Type": "application/json"},
        )
        if answer.status_code == httpx.codes.CONFLICT:
            return BatchOutOfOrder.model_validate_json(answer.content).expected_seq - 1
        return BatchTaken.model_validate_json(answer.content).acked_seq

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def _ask(self, method: str, path: str, **request: object) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **request)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            raise HubUnreachable(type(error).__name__) from error
        if answer.is_server_error:
            raise HubUnreachable(f"HTTP {answer.status_code}")
        if answer.is_client_error and answer.status_code != httpx.codes.CONFLICT:
            raise HubRefused(f"HTTP {answer.status_code}")
        return answer


def push(engine: Engine, hub: HubConnection) -> None:
    """Hand over everything that waits.

    Raises:
        SyncError: Some of it still waits.
    """
    try:
        _agree_on_position(engine, hub)
        while (batch := outbox.next_batch(engine)).events:
            outbox.acknowledge(engine, hub.send(batch))
    except ValidationError as error:
        raise HubRefused("the hub's answer is not understood") from error


def _agree_on_position(engine: Engine, hub: HubConnection) -> None:
    batch = outbox.next_batch(engine, limit=1)
    position = hub.position(batch)
    if position > outbox.last_seq(engine):
        # This file is an older copy of one the hub knows: its numbers would be taken for
        # repeats. Everything is sent anew in a stream of its own; the hub knows each by name.
        outbox.begin_new_incarnation(engine)
    else:
        outbox.acknowledge(engine, position)


class SyncThread:
    """Body of the sync thread: pushes when woken, when it is time, and once more at the end."""

    def __init__(
        self, engine: Engine, settings: HubSettings, tell: Callable[[bool, int], None]
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._tell = tell
        self._woken = threading.Event()
        self._stopping = threading.Event()

    def nudge(self) -> None:
        """Something new waits in the outbox."""
        self._woken.set()

    def stop(self) -> None:
        """Push once more, then end `run`."""
        self._stopping.set()
        self._woken.set()

    def run(self) -> None:
        """Push for as long as the program runs."""
        failures = 0
        while not self._stopping.is_set():
            self._woken.clear()
            failures = 0 if self._push() else failures + 1
            self._rest(failures)
        self._push()

    def _push(self) -> bool:
        try:
            hub = HubConnection(self._settings.url, _read_token(self._settings.token_file))
            try:
                push(self._engine, hub)
            finally:
                hub.close()
        except SyncError as error:
            _log.warning("sync.failed", reason=type(error).__name__, detail=str(error))
            self._tell(False, outbox.waiting(self._engine))
            return False
        self._tell(True, outbox.waiting(self._engine))
        return True

    def _rest(self, failures: int) -> None:
        if not failures:
            self._woken.wait(self._settings.every_s)
            return
        pause = min(FIRST_PAUSE_S * 2 ** (failures - 1), self._settings.every_s)
        self._stopping.wait(pause * random.uniform(0.5, 1.0))


def _read_token(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise HubRefused(f"no enrolment token: {path.name}") from error
