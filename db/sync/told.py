"""What a station is told of the hub's records, table by table. Keeps out how it travels.

Only what lending needs (domain specification 6): of a pupil the name, class and cards, of
somebody who has left nothing but that; of editions and copies no prices; of loans the open ones
and those that ended lately, so that no reading history gathers at a station. Tables in
`models.HUB_ONLY` are not here at all, and a column is told only if it is named here.

Keys and values are written as SQLite keeps them (`db.models` on that dialect): a station's file
takes them as they come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy import Table

from db.models import Base

KEPT_DAYS = 30
"""How long a loan or hold is told after its end."""

SEPARATOR = "\x1f"
"""Between the parts of a key; no name, number or day holds it."""

_LATELY = "({alias}{column} IS NULL OR {alias}{column} > :since)"


@dataclass(frozen=True, slots=True, eq=False)
class ToldTable:
    """One table of the feed."""

    name: str
    key: tuple[str, ...]
    """Its primary key without the school; empty for the school itself."""
    columns: tuple[str, ...]
    """What is told, the key first."""
    only: str = ""
    """SQL that a row must meet to be told; a row that no longer does is told as gone."""
    instead: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """SQL of columns that are not told as they are."""
    is_rule: bool = False
    """Whether it is among what `db.rulebook` keeps in memory."""

    @property
    def table(self) -> Table:
        """The table itself."""
        return Base.metadata.tables[self.name]

    @property
    def school_column(self) -> str:
        """The column that says whose row it is."""
        return "school_id" if self.name != "school" else "id"

    def row_key(self, row: Mapping[str, Any]) -> str:
        """A row's key as the feed writes it."""
        return SEPARATOR.join(str(row[name]) for name in self.key)


def _told(name: str, key: str, columns: str = "", **more: Any) -> ToldTable:
    keys = tuple(key.split())
    return ToldTable(name, keys, (*keys, *columns.split()), **more)


def _lately(column: str, alias: str = "") -> str:
    return _LATELY.format(alias=alias, column=column)


_TOLD_LOANS = (
    f"SELECT l.id FROM loan l WHERE l.school_id = :school AND {_lately('returned_at', 'l.')}"
)
_AT_STATIONS = "'librarian', 'administrator', 'collaborator'"
"""Who works at a station; nobody else's role is told."""
_OF_THOSE_HERE = {
    column: f"CASE WHEN status = 'left' THEN '' ELSE {column} END"
    for column in ("name", "homeroom", "school_year")
}

TOLD: tuple[ToldTable, ...] = (
    _told("school", "", "name open_weekdays", is_rule=True),
    _told("setting", "name", "value", is_rule=True),
    _told(
        "school_year",
        "name",
        "begins_on opened_on first_semester_ends_on second_semester_begins_on ends_on",
        is_rule=True,
    ),
    _told("closed_day", "day", "name kind", is_rule=True),
    _told("open_day", "day", "name", is_rule=True),
    _told("opening_slot", "weekday begins use homeroom", "ends", is_rule=True),
    _told("bell_time", "begins", "ends lesson", is_rule=True),
    _told("recall_day", "category day", is_rule=True),
    _told("kho", "prefix", "name width lending register position", is_rule=True),
    _told(
        "policy",
        "category kho season valid_from",
        "counts_with max_loans term loan_days max_renewals renewal_days renewal_window_days "
        "renewal_at_desk blocked_by_overdue for_leavers",
        is_rule=True,
    ),
    _told("homeroom", "school_year name", "grade"),
    _told(
        "patron",
        "id",
        "name category homeroom grade school_year status blocked",
        instead=MappingProxyType(_OF_THOSE_HERE),
    ),
    _told("card", "number", "patron_id issued_at revoked revoked_at"),
    _told("role", "patron_id role since", "until", only=f"role IN ({_AT_STATIONS})"),
    _told("staff_pin", "patron_id", "pin_hash set_at set_by"),
    _told(
        "edition",
        "id",
        "title volume series authors publisher year isbn subject grade document_type "
        "class_number class_19 kho lending entered_at",
    ),
    _told("edition_tag", "tag edition_id"),
    _told("theme", "tag begins_on", "ends_on"),
    _told("corner", "id", "name homeroom teacher_id first_pupil_id second_pupil_id closed_on"),
    _told(
        "copy",
        "id",
        "accession kho number edition_id state in_library_only shelf row corner_id",
    ),
    _told("set_template", "id", "name grade in_use"),
    _told("set_title", "template_id edition_id", "position"),
    _told("set_place", "copy_id", "patron_id"),
    _told("set_loan", "id", "template_id patron_id lent_at school_year"),
    _told(
        "loan",
        "id",
        "copy_id patron_id visit_id kind set_loan_id lent_at due returned_at handed_in_by disputed",
        only=_lately("returned_at"),
    ),
    _told(
        "due_change",
        "id",
        "loan_id changed_at old_due new_due reason",
        only=f"loan_id IN ({_TOLD_LOANS})",
    ),
    _told(
        "loss_case",
        "id",
        "kind copy_id loan_id opened_at damage note search_until settled_at settlement "
        "replacement_id",
        only=_lately("settled_at"),
        instead=MappingProxyType(
            # What was written of a child's case is read at the desk alone.
            {"loan_id": f"CASE WHEN loan_id IN ({_TOLD_LOANS}) THEN loan_id END", "note": "''"}
        ),
    ),
    _told(
        "hold",
        "id",
        "edition_id patron_id placed_at copy_id ready_at keep_until ended_at ended",
        only=_lately("ended_at"),
    ),
    _told("crate", "id", "number corner_id sent_at due author"),
    _told("crate_copy", "crate_id copy_id", "back_at handed_in_by"),
    _told("wish", "id", "title folded made_at state decided_at", only="state = 'listed'"),
)
"""Parents before what refers to them."""

BY_NAME = {one.name: one for one in TOLD}
