"""The words for how things stand. No database, no rules."""

from __future__ import annotations

from enum import StrEnum


class CopyState(StrEnum):
    """Where a copy stands in its life; "on loan" is not among them: an open loan says that."""

    IN_PROCESS = "in-process"
    AVAILABLE = "available"
    LOST = "lost"
    DAMAGED = "damaged"
    WITHDRAWN = "withdrawn"


class LendingMode(StrEnum):
    """Who may take a copy home (chế độ mượn of the catalogue)."""

    TAKE_HOME = "take-home"
    REFERENCE = "reference"
    TEACHERS = "teachers"
    TEXTBOOK_SET = "textbook-set"


class ReceiptState(StrEnum):
    """How far a visit's slip has come."""

    COLLECTING = "collecting"
    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"
    PARTIAL = "partial"
    EXPIRED = "expired"
    UNWANTED = "unwanted"


class Verdict(StrEnum):
    """What the hub made of one event; never a refusal (design invariant 4)."""

    APPLIED = "applied"
    APPLIED_WITH_DISCREPANCY = "applied-with-discrepancy"
    RECORDED_ONLY = "recorded-only"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


class DiscrepancyKind(StrEnum):
    """What does not fit together, for the librarian to settle in words."""

    LENT_TWICE = "lent-twice"
    RETURN_UNMATCHED = "return-unmatched"
    UNKNOWN_TO_HUB = "unknown-to-hub"
