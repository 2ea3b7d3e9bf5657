"""Who may do what at the desk, in one table. No database, no HTTP.

A page names the one right it wants; whoever has none of the roles that give it gets a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from db.states import DeskRole


class Right(StrEnum):
    """What a page may want of whoever opens it."""

    OWN_ACCOUNT = "own-account"
    """One's own password, help: everyone who is signed in."""
    SEE_TODAY = "see-today"
    """The day at a glance: readers by given name and class only."""
    SETTLE = "settle"
    """Answer what does not fit together."""
    SEE_PATRONS = "see-patrons"
    EDIT_PATRONS = "edit-patrons"
    SEE_HISTORY = "see-history"
    """What a reader has and had; each look is noted."""
    SEE_CATALOGUE = "see-catalogue"
    EDIT_CATALOGUE = "edit-catalogue"
    LEND = "lend"
    """Lend, renew, override: everything at the desk but taking back."""
    TAKE_BACK = "take-back"
    RUN_CORNERS = "run-corners"
    SEE_KIOSKS = "see-kiosks"
    RUN_KIOSKS = "run-kiosks"
    SEE_REPORTS = "see-reports"
    COUNT_STOCK = "count-stock"
    RUN_STOCK = "run-stock"
    """Begin and close a count; draw up what is to be written off and carry it out."""
    SIGN_STOCK = "sign-stock"
    """Sign the minutes of a count (R9)."""
    RUN_YEAR = "run-year"
    """The plan, activities, team, meetings, equipment, loans between libraries."""
    APPROVE = "approve"
    """The year's plan, what is written off."""
    ASK_FOR_BOOKS = "ask-for-books"
    """Request books for a lesson; see one's own loans and who of one's own class is late."""
    SEE_SETTINGS = "see-settings"
    EDIT_SETTINGS = "edit-settings"
    EDIT_ACCOUNTS = "edit-accounts"
    KEEP_RECORDS = "keep-records"
    """Copies of the records, the log of acts."""


_READS_ALL = frozenset(
    {
        Right.OWN_ACCOUNT,
        Right.SEE_TODAY,
        Right.SEE_PATRONS,
        Right.SEE_CATALOGUE,
        Right.SEE_KIOSKS,
        Right.SEE_REPORTS,
        Right.SEE_SETTINGS,
        Right.APPROVE,
    }
)

RIGHTS: dict[DeskRole, frozenset[Right]] = {
    DeskRole.LIBRARIAN: frozenset(Right) - {Right.APPROVE, Right.SIGN_STOCK, Right.ASK_FOR_BOOKS},
    DeskRole.COLLABORATOR: frozenset({Right.OWN_ACCOUNT, Right.TAKE_BACK, Right.COUNT_STOCK}),
    DeskRole.TEACHER: frozenset({Right.OWN_ACCOUNT, Right.SEE_CATALOGUE, Right.ASK_FOR_BOOKS}),
    DeskRole.IN_CHARGE: _READS_ALL,
    DeskRole.PRINCIPAL: _READS_ALL,
    DeskRole.STOCKTAKER: frozenset({Right.OWN_ACCOUNT, Right.COUNT_STOCK, Right.SIGN_STOCK}),
    DeskRole.ADMINISTRATOR: frozenset(
        {
            Right.OWN_ACCOUNT,
            Right.SEE_KIOSKS,
            Right.RUN_KIOSKS,
            Right.SEE_SETTINGS,
            Right.EDIT_SETTINGS,
            Right.EDIT_ACCOUNTS,
            Right.KEEP_RECORDS,
        }
    ),
}
"""Domain specification 1.4. "Read all" of the management is figures and lists: what one child
has read is for the librarian alone (section 6)."""

ROLE_WORDS = {
    DeskRole.LIBRARIAN: "Thủ thư",
    DeskRole.COLLABORATOR: "Cộng tác viên",
    DeskRole.TEACHER: "Giáo viên",
    DeskRole.IN_CHARGE: "Phụ trách thư viện",
    DeskRole.PRINCIPAL: "Hiệu trưởng",
    DeskRole.STOCKTAKER: "Ban kiểm kê",
    DeskRole.ADMINISTRATOR: "Quản trị",
}

FIRST_ROLES = (DeskRole.LIBRARIAN, DeskRole.ADMINISTRATOR)
"""Of the account that is made at the first visit."""


def rights_of(roles: Iterable[DeskRole]) -> frozenset[Right]:
    """Everything that one of the roles gives."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


ADMINISTRATORS = frozenset({DeskRole.PRINCIPAL, DeskRole.ADMINISTRATOR})
"""Roles that only an administrator gives, takes, or changes an account of."""


def may_edit_account(editor: Iterable[DeskRole], held: Iterable[DeskRole]) -> bool:
    """Whether somebody may change an account that has these roles, or give them to one."""
    roles = set(editor)
    if ADMINISTRATORS & set(held):
        return DeskRole.ADMINISTRATOR in roles
    return Right.EDIT_ACCOUNTS in rights_of(roles)
