"""The words on the wire between kiosk and hub. Keeps out databases and HTTP.

A batch is a run of one kiosk database's events without a gap. Facts are complete:
the hub needs nothing but the event to record it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from db.states import Verdict

PROTOCOL = 1
"""Version of these messages; the hub says which ones it speaks."""

BATCH_LIMIT = 500
"""Events in one message."""


class Message(BaseModel):
    """Parsed at the door; unknown fields of later versions are kept out of the way."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CopyLent(Message):
    """A copy left with a patron."""

    type: Literal["copy-lent"] = "copy-lent"
    loan_id: UUID
    copy_id: UUID
    accession: str
    patron_id: UUID
    card: str
    lent_at: AwareDatetime
    due: date
    visit_id: UUID


class CopyReturned(Message):
    """A copy was handed in; `loan_id` is missing when the kiosk knew of no loan."""

    type: Literal["copy-returned"] = "copy-returned"
    loan_id: UUID | None
    copy_id: UUID
    accession: str
    returned_at: AwareDatetime


Fact = Annotated[CopyLent | CopyReturned, Field(discriminator="type")]
"""Every kind of fact this version can apply; others are recorded and set aside."""


class WireEvent(Message):
    """One outbox event; `payload` stays raw so that a fact of a later version is not lost."""

    seq: int = Field(ge=1)
    event_id: UUID
    type: str = Field(max_length=32)
    happened_at: AwareDatetime
    payload: dict[str, Any]


class Batch(Message):
    """A run of events, in order and without a gap."""

    protocol: int = PROTOCOL
    incarnation: UUID
    events: tuple[WireEvent, ...] = Field(max_length=BATCH_LIMIT)


class EventVerdict(Message):
    """What became of one event."""

    seq: int
    verdict: Verdict


class BatchTaken(Message):
    """The hub's answer, given only after its commit."""

    acked_seq: int
    """The hub holds every event of this stream up to here."""
    verdicts: tuple[EventVerdict, ...] = ()


class StreamPosition(Message):
    """How far the hub has one kiosk database's events; 0 for one it never met."""

    acked_seq: int
    event_id: UUID | None = None
    """The event it has there; another one at the kiosk means that the two have parted."""


class BatchOutOfOrder(Message):
    """The batch does not follow on; send again from `expected_seq`."""

    expected_seq: int
