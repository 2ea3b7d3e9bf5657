"""A station's way to the hub it is paired with: by which token, to which address, by whose word.

A token becomes another each month, so that one that leaked is worth something for weeks only. The
station makes the new token, writes it down before the old one, and only then tells the hub its
digest. Each step may be the last before the plug is pulled: not told yet, the hub refuses the new
token and takes the old one, and the new one is told again; told, both are taken until the new one
is used; used, the old one is worth nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from config.settings import HubSettings
from db.errors import StationUnpaired, SyncError
from db.sync.connection import HubConnection
from db.sync.credentials import HubKnown, keep_hub, keep_tokens, read_hub, read_tokens
from db.sync.pairing import new_token
from db.sync.pinned import fingerprint, pinned_to

ROTATE_AFTER_DAYS = 30.0
"""Age by the hub's clock at which a token is replaced.

The station keeps the token before too, so a hub restored from a backup of the last month still
knows one of the two.
"""


def connect(settings: HubSettings) -> HubConnection:
    """The way to the hub: where the settings say, or where it was met last.

    Raises:
        StationUnpaired: There is no token, or nothing to know the hub by.
    """
    tokens = read_tokens(settings.token_file)
    known = read_hub(settings.trust_file)
    if settings.url.startswith("http://"):
        return HubConnection(settings.url, tokens[0], older_tokens=tokens[1:])
    if known is None:
        raise StationUnpaired(f"no hub to know: {settings.trust_file.name}")
    return _by_tls(known, settings.url or known.url, tokens)


def look_elsewhere(settings: HubSettings, find: Callable[[str], Iterable[str]]) -> bool:
    """Look for a hub that has moved, and remember where it is; whether it was found.

    An address that the settings name is somebody's decision, and is not departed from.

    Raises:
        SyncError: There is nothing to know it by.
    """
    known = read_hub(settings.trust_file)
    if settings.url or known is None:
        return False
    tokens = read_tokens(settings.token_file)
    for url in find(fingerprint(known.authority)):
        if url != known.url and _is_there(_by_tls(known, url, tokens)):
            keep_hub(settings.trust_file, known.model_copy(update={"url": url}))
            return True
    return False


def rotate_when_due(hub: HubConnection, token_file: Path) -> bool:
    """Begin a rotation that is due, or go on with one that broke off; whether one was.

    Raises:
        SyncError: The hub could not be told; the next call goes on from there.
        OSError: The new token cannot be written; the old one stays in use.
    """
    age_days = hub.token_age_days()
    newest = read_tokens(token_file)[0]
    if hub.token == newest:
        if age_days < ROTATE_AFTER_DAYS:
            return False
        newest = new_token()
        keep_tokens(token_file, (newest, hub.token))
    hub.offer_token(newest)
    return True


def _by_tls(known: HubKnown, url: str, tokens: tuple[str, ...]) -> HubConnection:
    tls = pinned_to(known.authority)
    return HubConnection(url, tokens[0], older_tokens=tokens[1:], tls=tls)


def _is_there(hub: HubConnection) -> bool:
    try:
        hub.token_age_days()
    except SyncError:
        return False
    finally:
        hub.close()
    return True
