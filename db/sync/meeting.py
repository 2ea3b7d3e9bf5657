"""A station's first meeting with a hub, over the network. Keeps out what is written down of it.

The hub is asked for its authority before anything can be checked; what it shows is believed if
the QR text names it, and in any case only when the hub has proved to know the code.
"""

from __future__ import annotations

import ssl

import httpx
from pydantic import ValidationError

from db.errors import HubRefused, HubStranger, HubUnreachable
from db.sync import pairing
from db.sync.connection import is_stranger
from db.sync.credentials import HubKnown
from db.sync.pairing import Invitation, PairingDone, PairingRefusal, PairingRefused
from db.sync.pinned import believing_nobody, fingerprint, pinned_to

ANSWER_WITHIN_S = 5.0
TRIES = 3
"""How often an answer that got lost is asked for again: the hub gives the same one."""
LONGEST_AUTHORITY = 8192
"""Bytes; ten times a certificate."""


def meet(invitation: Invitation, url: str, school_id: int, token: str) -> HubKnown | PairingRefusal:
    """Be paired with the hub at `url`, which knows `token` from then on; or hear why not.

    Raises:
        HubStranger: Who answers there is not who made the code.
        HubUnreachable: Nobody answers.
        HubRefused: It is no hub, or one that pairs nobody.
    """
    authority = _shown_authority(url)
    shown = _fingerprint(authority)
    if invitation.fingerprint not in ("", shown):
        raise HubStranger("another authority than the QR text names")
    key = pairing.key_of(invitation.code)
    asked = pairing.ask(key, shown, school_id, token)
    answer = _ask(url, authority, asked.model_dump_json())
    try:
        if answer.status_code == httpx.codes.FORBIDDEN:
            return PairingRefused.model_validate_json(answer.content).reason
        done = PairingDone.model_validate_json(answer.content)
    except ValidationError as error:
        raise HubRefused(f"HTTP {answer.status_code}") from error
    if not pairing.is_answered(done, asked, key, shown):
        raise HubStranger("it does not know the code")
    return HubKnown(url=url, authority=authority, school_id=done.school_id, kiosk=done.name)


def _shown_authority(url: str) -> str:
    text = b""
    try:
        with (
            _client(url, believing_nobody()) as client,
            client.stream("GET", "/trust/authority") as answer,
        ):
            for piece in answer.iter_bytes():
                text += piece
                if len(text) > LONGEST_AUTHORITY:
                    raise HubRefused("it shows no authority")
    except httpx.HTTPError as error:
        raise HubUnreachable(type(error).__name__) from error
    return text.decode("ascii", "replace")


def _fingerprint(authority: str) -> str:
    try:
        return fingerprint(authority)
    except ValueError as error:
        raise HubRefused("it shows no authority") from error


def _ask(url: str, authority: str, question: str) -> httpx.Response:
    for left in reversed(range(TRIES)):
        try:
            with _client(url, _pinned(authority)) as client:
                return client.post("/trust/pairing", content=question)
        except httpx.HTTPError as error:
            if is_stranger(error):
                raise HubStranger("its certificate is not of the authority it shows") from error
            if not left:
                raise HubUnreachable(type(error).__name__) from error
    raise AssertionError("the last try returns or raises")


def _pinned(authority: str) -> ssl.SSLContext:
    try:
        return pinned_to(authority)
    except ssl.SSLError as error:
        raise HubRefused("it shows no authority") from error


def _client(url: str, tls: ssl.SSLContext) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=ANSWER_WITHIN_S, trust_env=False, verify=tls)
