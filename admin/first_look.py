"""The demo school on a hub: whether this is one, what was entered besides, taking it away.

A school looks first and begins then: the demo's people, books and loans go, with whatever hangs on
them. Accounts, stations, the log and all settings stay. Keeps out what the demo is (`db.demo`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from admin import setting_changes
from admin.setting_changes import Area
from db.demo import is_demo_school, not_of_demo
from db.models import (
    Account,
    Activity,
    Asset,
    AuditEntry,
    Base,
    BellTime,
    Change,
    ChangeCounter,
    ClosedDay,
    DataRequest,
    DeskSession,
    EditionTag,
    EventStream,
    HeadCount,
    Kho,
    Kiosk,
    LessonRequest,
    LibraryTeam,
    Meeting,
    MissingTextbook,
    OpenDay,
    OpeningSlot,
    PairingCode,
    Partner,
    PeriodicalIssue,
    Policy,
    RecallDay,
    ReceivedEvent,
    RevokedToken,
    SchoolYear,
    Setting,
    SettingChange,
    SignInTry,
    Stocktake,
    Timeline,
    Voucher,
    WeedingList,
    Wish,
    YearPlan,
    YearRemark,
)

_STAYS: frozenset[str] = frozenset(
    table.__tablename__
    for table in (
        *(Account, AuditEntry, DeskSession, SignInTry),
        *(Kiosk, PairingCode, RevokedToken, EventStream, ReceivedEvent),
        *(Change, ChangeCounter, Timeline),
        *(BellTime, ClosedDay, Kho, OpenDay, OpeningSlot, Policy, RecallDay, SchoolYear),
        *(Setting, SettingChange),
    )
)
"""Who signs in, how the stations stand, what was laid down. Every other table of a school goes, so
that a new one is emptied too, or a foreign key says that it was forgotten."""


@dataclass(frozen=True, slots=True)
class Besides:
    """What was entered beside the demo, and would go with it."""

    readers: int
    titles: int
    copies: int
    loans: int
    papers: int
    """Vouchers, numbers of periodicals, counted readers, the year's plan and what was held."""

    def __bool__(self) -> bool:
        return any((self.readers, self.titles, self.copies, self.loans, self.papers))


def besides(connection: Connection, school_id: int) -> Besides | None:
    """What a demo school holds that is not the demo's; None for any other school."""
    if not is_demo_school(connection, school_id):
        return None
    papers = 0
    for table in _PAPERS:
        counted = select(func.count()).select_from(table).where(table.school_id == school_id)
        papers += connection.execute(counted).scalar_one()
    own = not_of_demo(connection, school_id)
    return Besides(own.patrons, own.editions, own.copies, own.loans, papers)


def remove(connection: Connection, school_id: int, name: str, author: str, now: datetime) -> None:
    """Empty a demo school, and call it by its real name."""
    of_school = Account.school_id == school_id
    connection.execute(update(Account).where(of_school).values(patron_id=None))
    # Before the index of the editions: a tag that goes marks its edition's entry anew.
    connection.execute(delete(EditionTag).where(EditionTag.school_id == school_id))
    for table in reversed(Base.metadata.sorted_tables):
        if table.name not in _STAYS and "school_id" in table.columns:
            connection.execute(delete(table).where(table.c.school_id == school_id))
    before = setting_changes.read(connection, school_id, Area.SCHOOL)
    setting_changes.change(
        connection, school_id, Area.SCHOOL, {**before, "name": name}, author, now
    )


_PAPERS: tuple[Any, ...] = (
    Voucher,
    PeriodicalIssue,
    HeadCount,
    Stocktake,
    WeedingList,
    MissingTextbook,
    Wish,
    LessonRequest,
    DataRequest,
    Partner,
    YearPlan,
    Activity,
    LibraryTeam,
    Meeting,
    Asset,
    YearRemark,
)
"""What a librarian enters besides people, books and loans; the demo has none of it."""
