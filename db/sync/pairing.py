"""How a kiosk and a hub that never met come to trust each other, by a code that a person carries.

Both sides know the code, and neither says it. The kiosk proves that it has it, together with the
authority it was shown and the token it made; the hub answers with a proof of its own. Somebody
between them shows another authority, so the kiosk's proof is worth nothing to him, and he cannot
make the hub's. Sixty bits behind scrypt are not guessed in the ten minutes that a code lives.

Keeps out HTTP, files and the hub's records.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field

from db.sync.messages import Message

CODE_LENGTH = 12
"""Letters and digits of five bits each: 60 bits."""
TOKEN_BYTES = 32
"""Length of a token before it is written in URL-safe base 64."""

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: I, L, O and U are left out, and what looks like another is read as it."""
_ALIKE = str.maketrans("OIL", "011", " -–.\t\n")
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
"""Some 50 ms and 16 MB (RFC 7914): for a person nothing, for who tries 2^60 codes too much."""
_SALT = b"tram-sach pairing 1"
"""Codes are random and live for minutes, so a salt for each would add nothing."""

Hex32 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
"""32 bytes as hexadecimal digits."""


class PairingRefusal(StrEnum):
    """Why a hub does not pair."""

    WRONG = "wrong"
    """No open code fits the proof: a typing mistake, or somebody is between."""
    EXPIRED = "expired"
    USED = "used"
    VOID = "void"
    """There were too many wrong tries while it was open."""
    WRONG_SCHOOL = "wrong-school"
    """The kiosk's settings name another school; the code can still be used."""


class PairingAsked(Message):
    """A kiosk asks to be paired."""

    nonce: Hex32
    token_sha256: Hex32
    """Of the token that the kiosk made and keeps to itself."""
    school_id: int = Field(ge=1, lt=2**31)
    proof: Hex32


class PairingDone(Message):
    """The hub knows the kiosk's token from now on."""

    school_id: int
    kiosk_id: UUID
    name: str
    proof: Hex32


class PairingRefused(Message):
    """The hub does not."""

    reason: PairingRefusal


class TokenStanding(Message):
    """Since when a kiosk's token is valid, by the hub's clock, in days."""

    age_days: float


class TokenOffered(Message):
    """What the kiosk will show next; the token itself is not sent before it is used."""

    token_sha256: Hex32


class NotAdmitted(Message):
    """Why a hub does not speak with a kiosk whose token it knows."""

    reason: str
    """"revoked" or "wrong-school"; others are of a later version."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the librarian hands to a kiosk, printed, shown as a QR code or read out."""

    code: str
    url: str = ""
    """Where the hub is; empty when only the code was read out."""
    fingerprint: str = ""
    """Of the hub's authority, 64 hexadecimal digits."""

    @property
    def payload(self) -> str:
        """The text of the QR code."""
        return f"tramsach://{urlsplit(self.url).netloc}/{self.fingerprint}/{self.code}"


def new_code() -> str:
    """A code that nobody can guess."""
    return "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))


def new_token() -> str:
    """256 random bits by which a kiosk is recognised."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_digest(token: str) -> bytes:
    """All that a hub keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


def as_read_out(code: str) -> str:
    """A code in groups of four: "K7QX-4M9P-2TRA"."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def read_invitation(text: str) -> Invitation:
    """Read what was typed or scanned: a code, or the text of a QR code.

    Raises:
        ValueError: It is neither.
    """
    text = text.strip()
    if not text.lower().startswith("tramsach://"):
        return Invitation(_read_code(text))
    parts = urlsplit(text)
    steps = parts.path.removeprefix("/").split("/")
    if not parts.hostname or not parts.port or parts.username or len(steps) != 2:
        raise ValueError("not a whole QR text")
    if not re.fullmatch("[0-9a-f]{64}", steps[0].lower()):
        raise ValueError("not a whole QR text")
    return Invitation(_read_code(steps[1]), f"https://{parts.netloc}", steps[0].lower())


def _read_code(text: str) -> str:
    code = text.upper().translate(_ALIKE)
    if len(code) != CODE_LENGTH or set(code) - set(_LETTERS):
        raise ValueError(f"a code has {CODE_LENGTH} letters and digits")
    return code


def key_of(code: str) -> bytes:
    """What both sides make proofs with."""
    return hashlib.scrypt(code.encode("ascii"), salt=_SALT, **_SCRYPT)


def ask(key: bytes, authority: str, school_id: int, token: str) -> PairingAsked:
    """Put the kiosk's question; `authority` is the fingerprint of what the hub showed."""
    digest = token_digest(token).hex()
    said = {"nonce": secrets.token_hex(32), "token_sha256": digest, "school_id": school_id}
    proof = _proof(key, "kiosk", authority, said["nonce"], digest, school_id)
    return PairingAsked.model_validate({**said, "proof": proof})


def is_proven(asked: PairingAsked, key: bytes, authority: str) -> bool:
    """Whether who asks has the code, and was shown this very authority."""
    said = (asked.nonce, asked.token_sha256, asked.school_id)
    return hmac.compare_digest(asked.proof, _proof(key, "kiosk", authority, *said))


def answer(
    asked: PairingAsked, key: bytes, authority: str, school_id: int, kiosk_id: UUID, name: str
) -> PairingDone:
    """Put the hub's answer."""
    proof = _proof(key, "hub", authority, asked.proof, school_id, kiosk_id, name)
    return PairingDone(school_id=school_id, kiosk_id=kiosk_id, name=name, proof=proof)


def is_answered(done: PairingDone, asked: PairingAsked, key: bytes, authority: str) -> bool:
    """Whether the answer came from whoever made the code."""
    said = (asked.proof, done.school_id, done.kiosk_id, done.name)
    return hmac.compare_digest(done.proof, _proof(key, "hub", authority, *said))


def _proof(key: bytes, side: str, *said: object) -> str:
    # A name may hold anything but a line break, so no two lists of words read alike.
    words = "\n".join(map(str, (side, *said)))
    return hmac.new(key, words.encode(), hashlib.sha256).hexdigest()
