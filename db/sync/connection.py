"""What goes over the wire between station and hub, and what either believes of the other.

Hands the outbox over at least once and in order, then takes what has changed at the hub. What the
hub says of a batch only moves the mark up to which it is known to have events; no answer, whatever
its code, makes this side delete one.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import httpx
from pydantic import ValidationError
from sqlalchemy import Engine

from db import outbox
from db.errors import (
    HubRefused,
    HubStranger,
    HubTooOld,
    HubUnreachable,
    StationRevoked,
    StationTooOld,
    StationUnpaired,
)
from db.slips import printer_status
from db.sync.messages import (
    PROTOCOL,
    Batch,
    BatchOutOfOrder,
    BatchTaken,
    Health,
    Page,
    StreamForked,
    StreamPosition,
    WrongVersion,
)
from db.sync.mirror import Mirror, Place, place_in
from db.sync.pairing import NotAdmitted, TokenOffered, TokenStanding, token_digest

ANSWER_WITHIN_S = 5.0
"""A hub that takes longer is treated as away."""

PAGE_WITHIN_S = 30.0
"""The first pages of a full pull take the hub longer."""

COPY_WITHIN_S = 60.0
"""How long the hub may take between two parts of a copy, and to read it whole at the end."""

NOTHING: Mapping[str, str] = MappingProxyType({})

LISTEN_S = 25.0
"""How long the hub may keep a question for news before it answers that there is none."""


class HubConnection:
    """One station's way to its hub.

    Raises:
        HubUnreachable: No answer, or a fault at the hub.
        HubRefused: The answer is not understood, or one of the kinds of it in `db.errors`.
        StationTooOld: The hub no longer speaks this version of the messages.
        HubTooOld: It does not speak it yet.
    """

    def __init__(
        self,
        url: str,
        token: str,
        transport: httpx.BaseTransport | None = None,
        *,
        older_tokens: tuple[str, ...] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.token = token
        """The token the hub is shown; an older one once it turned out not to know the newer."""
        self._older = older_tokens
        self._socket: socket.socket | None = None
        self._is_broken_off = False
        self._http = httpx.Client(
            base_url=url,
            timeout=ANSWER_WITHIN_S,
            trust_env=False,  # the hub is in the school's own network, behind no proxy
            transport=transport,
            verify=tls or False,  # without a context it is plain HTTP, on this machine
        )

    def position(
        self, incarnation: UUID, waiting: int = 0, health: Health | None = None
    ) -> StreamPosition:
        """How far the hub has this station's events; says how the station is, in passing."""
        asked = {"incarnation": str(incarnation), "waiting": waiting, "protocol": PROTOCOL}
        if health is not None:
            asked |= health.model_dump(mode="json")
        answer = self._ask("GET", "/sync/position", params=asked)
        return StreamPosition.model_validate_json(answer.content)

    def send(self, batch: Batch) -> BatchTaken | BatchOutOfOrder | StreamForked:
        """Hand over a batch."""
        answer = self._ask(
            "POST",
            "/sync/events",
            content=batch.model_dump_json(),
            headers={"Content-Type": "application/json"},
        )
        if answer.status_code != httpx.codes.CONFLICT:
            return BatchTaken.model_validate_json(answer.content)
        if "forked_seq" in answer.text:
            return StreamForked.model_validate_json(answer.content)
        return BatchOutOfOrder.model_validate_json(answer.content)

    def changes(self, incarnation: UUID, stands: Place) -> Page:
        """The next page of what has changed at the hub."""
        asked = {**_place(stands), "incarnation": str(incarnation), "protocol": PROTOCOL}
        answer = self._ask("GET", "/sync/changes", params=asked, timeout=PAGE_WITHIN_S)
        return Page.model_validate_json(answer.content)

    def listen(self, stands: Place) -> bool:
        """Wait until something changes at the hub, for `LISTEN_S` at most; whether it did."""
        asked = {**_place(stands), "wait": LISTEN_S, "protocol": PROTOCOL}
        answer = self._ask("GET", "/sync/news", params=asked, timeout=LISTEN_S + ANSWER_WITHIN_S)
        return bool(answer.json())

    def token_age_days(self) -> float:
        """For how long the token shown has been valid, by the hub's clock."""
        answer = self._ask("GET", "/trust/token")
        return TokenStanding.model_validate_json(answer.content).age_days

    def offer_token(self, token: str) -> None:
        """Say which token comes next, by its digest."""
        offered = TokenOffered(token_sha256=token_digest(token).hex())
        self._ask("PUT", "/trust/token", content=offered.model_dump_json())

    def wants_copy(self) -> bool:
        """Whether the hub has no copy of these records from this night."""
        return bool(self._ask("GET", "/copies/due").json())

    def hand_copy(self, packed: Path) -> None:
        """Hand over a packed copy of the records; the answer comes when it is on the hub's disk."""
        with packed.open("rb") as content:
            self._ask("PUT", "/copies/newest", content=content, timeout=COPY_WITHIN_S)

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def break_off(self) -> None:
        """End whatever is asked or handed over at this moment, as `HubUnreachable`; any thread."""
        self._is_broken_off = True
        if self._socket is not None:
            _shut(self._socket)

    def _note(self, step: str, values: Mapping[str, Any]) -> None:
        """Hear from the transport what it does; keep the socket it talks through."""
        if step.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = values["return_value"].get_extra_info("socket")
            if self._is_broken_off and self._socket is not None:
                _shut(self._socket)

    def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        answer = self._answer(method, path, **request)
        while answer.status_code == httpx.codes.UNAUTHORIZED and self._older:
            self.token, *older = self._older
            self._older = tuple(older)
            answer = self._answer(method, path, **request)
        if answer.is_server_error:
            raise HubUnreachable(f"HTTP {answer.status_code}")
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise StationUnpaired("the hub knows no token of ours")
        if answer.status_code == httpx.codes.FORBIDDEN:
            raise _not_admitted(answer)
        if answer.status_code == httpx.codes.UPGRADE_REQUIRED:
            raise _wrong_version(answer)
        if answer.is_client_error and answer.status_code != httpx.codes.CONFLICT:
            raise HubRefused(f"HTTP {answer.status_code}")
        return answer

    def _answer(
        self, method: str, path: str, headers: Mapping[str, str] = NOTHING, **request: Any
    ) -> httpx.Response:
        shown = {**headers, "Authorization": f"Bearer {self.token}"}
        try:
            return self._http.request(
                method, path, headers=shown, extensions={"trace": self._note}, **request
            )
        except httpx.HTTPError as error:
            if is_stranger(error):
                raise HubStranger("the certificate is not of our authority") from error
            raise HubUnreachable(type(error).__name__) from error


def _shut(way: socket.socket) -> None:
    """Wake whoever waits for this socket, and let nothing more through."""
    with suppress(OSError):  # the other side was quicker
        # Not TLS's own, which first takes the cipher off what is still being sent.
        socket.socket.shutdown(way, socket.SHUT_RDWR)


def is_stranger(error: BaseException) -> bool:
    """Whether a request failed because another than our authority certifies who answered."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None


def _not_admitted(answer: httpx.Response) -> HubRefused:
    try:
        reason = NotAdmitted.model_validate_json(answer.content).reason
    except ValidationError:
        return HubRefused("HTTP 403")
    return StationRevoked() if reason == "revoked" else HubRefused(reason)


def synchronise(
    engine: Engine,
    hub: HubConnection,
    mirror: Mirror,
    stop: Callable[[], bool] = lambda: False,
    camera: str = "",
) -> None:
    """Hand over everything that waits, and only then take what has changed.

    In this order a page contains what happened here, but for what happens meanwhile.

    Raises:
        SyncError: Some of it is still to do.
    """
    push(engine, hub, stop, camera)
    if not stop():
        pull(engine, hub, mirror, stop)


def push(
    engine: Engine,
    hub: HubConnection,
    stop: Callable[[], bool] = lambda: False,
    camera: str = "",
) -> None:
    """Hand over everything that waits, or as much as there is time for until `stop`.

    Raises:
        SyncError: Some of it still waits.
    """
    try:
        _agree_on_position(engine, hub, camera)
        while not stop() and (batch := outbox.next_batch(engine)).events:
            _hand_over(engine, hub, batch)
    except ValidationError as error:
        raise HubRefused("the hub's answer is not understood") from error


def pull(
    engine: Engine, hub: HubConnection, mirror: Mirror, stop: Callable[[], bool] = lambda: False
) -> None:
    """Take what has changed at the hub, or everything where this file's place is not known there.

    Raises:
        SyncError: There is more to take.
    """
    with engine.begin() as connection:
        incarnation, stands = outbox.incarnation_in(connection), place_in(connection)
    try:
        while not stop():
            page = hub.changes(incarnation, stands)
            mirror.take(page)
            if page.complete:
                return
            stands = Place(page.timeline, page.cursor, stands.as_of)
    except ValidationError as error:
        raise HubRefused("the hub's answer is not understood") from error


def _place(stands: Place) -> dict[str, str | int]:
    if stands.timeline is None:
        return {"cursor": 0}
    return {"timeline": str(stands.timeline), "cursor": stands.cursor}


def _wrong_version(answer: httpx.Response) -> HubRefused:
    try:
        spoken = WrongVersion.model_validate_json(answer.content)
    except ValidationError:
        return HubRefused(f"HTTP {answer.status_code}")
    sentence = f"the hub speaks versions {spoken.oldest} to {spoken.newest}, we {PROTOCOL}"
    return StationTooOld(sentence) if spoken.oldest > PROTOCOL else HubTooOld(sentence)


def _hand_over(engine: Engine, hub: HubConnection, batch: Batch) -> None:
    """Send one batch, and believe only an answer that says it was taken."""
    match taken := hub.send(batch):
        case StreamForked():
            outbox.begin_new_incarnation(engine)
            return
        case BatchOutOfOrder():
            acked = taken.expected_seq - 1
        case BatchTaken():
            acked = taken.acked_seq
    if not batch.events[0].seq <= acked <= batch.events[-1].seq:
        # Anything else would be believed for ever, or asked again without end.
        raise HubRefused(f"the hub says it has {acked} events")
    outbox.acknowledge(engine, acked)


def _agree_on_position(engine: Engine, hub: HubConnection, camera: str) -> None:
    """Take the hub's word on what it has, unless it speaks of another file's events."""
    with engine.begin() as connection:
        here = outbox.incarnation_in(connection), outbox.waiting_in(connection)
        printer = printer_status(connection)
    health = Health(
        version=_version(), camera=camera, printer=printer.trouble, paper_low=printer.paper_low
    )
    position = hub.position(*here, health)
    if not outbox.agree(engine, position):
        # This file was restored from an older copy, or the hub from one that lacks what was
        # pruned here. Everything there is goes anew in a stream of its own; the hub knows each
        # event by name.
        outbox.begin_new_incarnation(engine)


@cache
def _version() -> str:
    return metadata.version("tram-sach")[:32]
