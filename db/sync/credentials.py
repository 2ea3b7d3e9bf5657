"""What a station keeps of its hub: where it is, its authority, and the token that opens its door.

Two files, each for its owner only. The token file holds the newest token first and the one before
after it: whichever step of a rotation broke off, and whichever backup the hub was restored from
since, the hub knows one of them.
"""

from __future__ import annotations

from pathlib import Path

from config.settings import HubSettings
from db.errors import StationUnpaired
from db.private_files import write_private
from db.sync.messages import Message
from db.sync.pinned import pinned_to


class HubKnown(Message):
    """The hub that this station was paired with."""

    url: str
    """Where it was last met."""
    authority: str
    """Its authority's certificate, as PEM."""
    school_id: int
    kiosk: str
    """What the hub calls this station."""


def read_hub(file: Path) -> HubKnown | None:
    """The hub this station is paired with, whose authority can be used; None if there is none.

    Raises:
        StationUnpaired: The file cannot be read or is damaged.
    """
    try:
        known = HubKnown.model_validate_json(file.read_bytes())
        pinned_to(known.authority)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # also what pydantic and ssl say of rubbish
        raise StationUnpaired(f"{file.name} cannot be used") from error
    return known


def keep_hub(file: Path, hub: HubKnown) -> None:
    """Remember the hub.

    Raises:
        OSError: The file cannot be written.
    """
    write_private(file, hub.model_dump_json(indent=1).encode())


def read_tokens(file: Path) -> tuple[str, ...]:
    """The station's tokens, the newest first.

    Raises:
        StationUnpaired: There is none.
    """
    try:
        tokens = tuple(file.read_text(encoding="ascii").split())
    except (OSError, UnicodeError) as error:
        raise StationUnpaired(f"no token: {file.name}") from error
    if not tokens:
        raise StationUnpaired(f"no token: {file.name}")
    return tokens


def keep_tokens(file: Path, tokens: tuple[str, ...]) -> None:
    """Keep tokens, the newest first.

    Raises:
        OSError: The file cannot be written; those that were there are there still.
    """
    write_private(file, "".join(f"{token}\n" for token in tokens).encode("ascii"))


def has_hub(settings: HubSettings) -> bool:
    """Whether there is a hub to speak with, or was one."""
    return bool(settings.url) or settings.trust_file.exists()
