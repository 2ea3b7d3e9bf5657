"""What an import says of single rows, and how it counts. Keeps out the sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from db.intake.columns import Place, Row


class Level(StrEnum):
    """What became of the row that a remark is about."""

    ERROR = "error"
    """Not imported; somebody has to mend it."""
    SKIPPED = "skipped"
    """Not imported, as it should be: a line of totals, a pupil who has left."""
    NOTE = "note"
    """Imported, but worth a look."""


class Reason(StrEnum):
    """Why; the value is the key of its sentence."""

    TOTAL_ROW = "total-row"
    NO_RECORD = "no-record"
    NOT_ACTIVE = "not-active"
    FORMULA_ERROR = "formula-error"
    NAME_MISSING = "name-missing"
    NAME_UNREADABLE = "name-unreadable"
    TOO_LONG = "too-long"
    CLASS_MISSING = "class-missing"
    CLASS_UNREADABLE = "class-unreadable"
    OTHER_GRADE = "other-grade"
    GRADES_DIFFER = "grades-differ"
    CODE_ROUNDED = "code-rounded"
    CODE_UNREADABLE = "code-unreadable"
    CODE_PADDED = "code-padded"
    CODE_NATIONAL = "code-national"
    CODE_TWICE = "code-twice"
    CODE_DIFFERS = "code-differs"
    NAME_AMBIGUOUS = "name-ambiguous"
    CARD_UNREADABLE = "card-unreadable"
    CARD_TAKEN = "card-taken"
    SEX_UNREADABLE = "sex-unreadable"
    NUMBER_MISSING = "number-missing"
    NUMBER_UNREADABLE = "number-unreadable"
    KHO_MISSING = "kho-missing"
    KHO_UNKNOWN = "kho-unknown"
    NUMBER_ZERO = "number-zero"
    NUMBER_TOO_LARGE = "number-too-large"
    DUPLICATE = "duplicate"
    DUPLICATE_DIFFERS = "duplicate-differs"
    TITLE_MISSING = "title-missing"
    YEAR_UNREADABLE = "year-unreadable"
    PRICE_UNREADABLE = "price-unreadable"
    DATE_UNREADABLE = "date-unreadable"
    ISBN_UNREADABLE = "isbn-unreadable"
    PAGES_UNREADABLE = "pages-unreadable"
    ENTRY_UNREADABLE = "entry-unreadable"
    EXIT_NOT_KNOWN = "exit-not-known"
    TITLE_CHANGED = "title-changed"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say of one row."""

    level: Level
    reason: Reason
    place: Place
    column: str = ""
    """Header of the column it is about."""
    value: str = ""
    """What stands there, cut to `SHOWN` characters; never a national number."""
    other: Place | None = None
    """The row that it is at odds with."""
    before: str = ""
    """What the records say, where the file says otherwise."""


SHOWN = 60


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what became of them; together they are all rows of the file."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: int = 0
    skipped: int = 0


class Faulty(Exception):
    """A row cannot be imported; caught where rows are planned, never outside."""

    def __init__(self, reason: Reason, row: Row, field: str = "", other: Place | None = None):
        super().__init__(reason)
        self.remark = about(Level.ERROR, reason, row, field, other)


def about(
    level: Level, reason: Reason, row: Row, field: str = "", other: Place | None = None
) -> Remark:
    """A remark on what a field of `row` says."""
    shown = "" if reason is Reason.CODE_NATIONAL else row.text(field)[:SHOWN]
    return Remark(level, reason, row.place, row.headers.get(field, ""), shown, other)


def count(new: int, updated: int, unchanged: int, remarks: tuple[Remark, ...]) -> Counts:
    """Count rows; a row has at most one remark that is no note."""
    errors = sum(1 for one in remarks if one.level is Level.ERROR)
    skipped = sum(1 for one in remarks if one.level is Level.SKIPPED)
    return Counts(new, updated, unchanged, errors, skipped)
