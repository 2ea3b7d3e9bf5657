"""The library's team on paper: who is in, and the duty rota."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from db.calendar import WEEKDAYS
from db.library import Act
from db.registers.heading import headed
from db.registers.sheet import Column, Part, Row, Sheet
from db.states import DutyTurn
from db.team import Member, Team

TURN_WORDS = {
    DutyTurn.BEFORE: "Trước giờ học",
    DutyTurn.MORNING_BREAK: "Ra chơi buổi sáng",
    DutyTurn.NOON: "Cuối buổi sáng",
    DutyTurn.AFTERNOON_BREAK: "Ra chơi buổi chiều",
}


def team_sheet(act: Act, team: Team) -> Sheet:
    """A team and its rota, to be printed and signed."""
    parts = [Part("Danh sách tổ cộng tác viên", _COLUMNS, list(_members(team)))]
    days = sorted(act.rules.calendar.open_weekdays)
    if team.duties:
        parts.append(Part("Lịch trực thư viện", _rota_head(days), list(_rota(team, days))))
    return headed(
        act,
        "CTV",
        "Tổ cộng tác viên thư viện",
        f"Năm học {team.school_year}",
        parts,
        ("Nhân viên thư viện", "Hiệu trưởng"),
        head=(decision_words(team),),
    )


def decision_words(team: Team) -> str:
    """By which decision the team is."""
    if not team.decision:
        return "Chưa có quyết định thành lập"
    day = f" ngày {team.decided_on:%d/%m/%Y}" if team.decided_on else ""
    return f"Theo Quyết định số {team.decision}{day}"


def turns_used(team: Team) -> list[DutyTurn]:
    """The times of a day somebody is on duty, in their order."""
    return [turn for turn in DutyTurn if any(duty.turn is turn for duty in team.duties)]


_COLUMNS = (
    Column("TT", 1, "middle"),
    Column("Họ và tên", 8),
    Column("Lớp", 2, "middle"),
    Column("Nhiệm vụ", 6),
    Column("Ghi chú", 6),
)


def _members(team: Team) -> Iterator[Row]:
    for place, one in enumerate(team.members, start=1):
        office = one.office or ("Cộng tác viên" if one.homeroom else "Thành viên")
        yield Row((place, one.name, one.homeroom or "GV, NV", office, ""))


def _rota_head(days: Sequence[int]) -> tuple[Column, ...]:
    return (Column("Buổi trực", 3), *(Column(WEEKDAYS[day], 4) for day in days))


def _rota(team: Team, days: Sequence[int]) -> Iterator[Row]:
    for turn in turns_used(team):
        cells = ("; ".join(_on_duty(one) for one in team.on_duty(day, turn)) for day in days)
        yield Row((TURN_WORDS[turn], *cells))


def _on_duty(one: Member) -> str:
    """Staff have no class."""
    return f"{one.name} ({one.homeroom})" if one.homeroom else one.name
