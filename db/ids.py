"""Names for new things, made where they happen. Keeps out what they name."""

from __future__ import annotations

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7

SLIP_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which children mix up."""


def new_id() -> UUID:
    """An identity for ever: UUID version 7, so that indexes grow at one end. Not an order."""
    return uuid7()


def new_slip_number() -> str:
    """A slip's number, such as ``7K3M-92QX``: 40 random bits, so it cannot be guessed."""
    bits = secrets.randbits(40)
    letters = [SLIP_LETTERS[bits >> shift & 31] for shift in range(0, 40, 5)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"
