"""The library's team at the desk: the decision, two pupils of each class, the duty rota.

Names of pupils are on these pages, so they are for whoever may see readers. Keeps out what a
collaborator may do at a station (`admin.desk.station_staff`).
"""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import crates, textbooks
from admin.desk import papers
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.years import school_years, year_asked
from db.calendar import WEEKDAYS, YearDates
from db.registers.team import TURN_WORDS, decision_words, team_sheet, turns_used
from db.states import DutyTurn
from db.team import (
    DECISION_LENGTH,
    OF_EACH_CLASS,
    OFFICE_LENGTH,
    Duty,
    TeamRefusal,
    Teams,
    read_team,
)

HERE: Final = "/cong-tac-vien"
REFUSAL_WORDS: Final = {
    TeamRefusal.NOT_HERE: "Bạn này không còn học ở trường.",
    TeamRefusal.ALREADY_IN: "Đã có trong tổ.",
    TeamRefusal.NOT_IN: "Không còn trong tổ.",
}

router = APIRouter(include_in_schema=False)
Sees = Annotated[Desk, allowed(Right.SEE_PATRONS)]
Runs = Annotated[Desk, allowed(Right.RUN_YEAR)]


@router.get(HERE)
def show_team(desk: Sees) -> Response:
    """Show a year's team and its rota, or hand them out to print."""
    form = desk.asked.get("tai", "")
    if form in papers.FORMS:
        name = _year(desk).name
        with desk.library.act() as act:
            sheet = team_sheet(act, read_team(act, name))
        return papers.hand_out_sheet(desk, sheet, form)
    return _page(desk)


@router.post(f"{HERE}/quyet-dinh")
def decide(desk: Runs) -> Response:
    """Note the decision."""
    year = _year(desk)
    decision = desk.form.text("decision", most=DECISION_LENGTH)
    day = desk.form.day("decided_on")
    if desk.form.wrong:
        return _page(desk)
    Teams(desk.library).decide(year.name, decision, day)
    return _done(desk, year, None, "team-decided", None, "Đã ghi quyết định.")


@router.post(f"{HERE}/them")
def take_in(desk: Runs) -> Response:
    """Take somebody in."""
    year, homeroom = _year(desk), desk.form.typed.get("homeroom", "")
    with desk.records() as connection:
        known = [one for one, _ in crates.people(connection, desk.school_id, homeroom or None)]
    who = desk.form.one_of("patron", known)
    office = desk.form.text("office", wanted=False, most=OFFICE_LENGTH)
    if desk.form.wrong:
        return _page(desk)
    refused = Teams(desk.library).take_in(year.name, UUID(who), office)
    return _done(desk, year, refused, "team-joined", UUID(who), "Đã thêm vào tổ.")


@router.post(f"{HERE}/bo/{{patron_id:uuid}}")
def let_go(desk: Runs, patron_id: UUID) -> Response:
    """Take somebody out, and off the rota."""
    year = _year(desk)
    refused = Teams(desk.library).let_go(year.name, patron_id)
    return _done(desk, year, refused, "team-left", patron_id, "Đã đưa ra khỏi tổ.")


@router.post(f"{HERE}/lich-truc")
def draw_up(desk: Runs) -> Response:
    """Draw the rota up anew, class by class in turn."""
    year = _year(desk)
    chosen = desk.form.several("turn", [turn.value for turn in DutyTurn])
    if not chosen:
        desk.form.refuse("", "Chưa xếp: hãy chọn ít nhất một buổi trực.")
        return _page(desk)
    turns = [DutyTurn(one) for one in chosen]
    count = Teams(desk.library).draw_up(year.name, _weekdays(desk), turns)
    said = f"Đã xếp {count} lượt trực." if count else "Tổ chưa có học sinh nào để xếp lịch."
    return _done(desk, year, None, "rota-drawn-up", None, said)


@router.post(f"{HERE}/lich-truc/them")
def put_on_duty(desk: Runs) -> Response:
    """Put a member on duty."""
    year = _year(desk)
    members = Teams(desk.library).team(year.name).members
    who = desk.form.one_of("member", [str(one.patron_id) for one in members])
    day = desk.form.one_of("weekday", [str(day) for day in _weekdays(desk)])
    turn = desk.form.one_of("turn", [turn.value for turn in DutyTurn])
    if desk.form.wrong:
        return _page(desk)
    duty = Duty(int(day), DutyTurn(turn), UUID(who))
    refused = Teams(desk.library).put_on_duty(year.name, duty)
    return _done(desk, year, refused, "duty-added", duty.patron_id, "Đã thêm buổi trực.")


@router.post(f"{HERE}/lich-truc/bo")
def take_off_duty(desk: Runs) -> Response:
    """Take a member off one duty."""
    year = _year(desk)
    teams = Teams(desk.library)
    told = {f"{d.weekday} {d.turn} {d.patron_id}": d for d in teams.team(year.name).duties}
    duty = told.get(desk.form.typed.get("duty", ""))
    if duty is None:
        return desk.go(_address(year), "Không còn buổi trực này.")
    teams.take_off_duty(year.name, duty)
    return _done(desk, year, None, "duty-ended", duty.patron_id, "Đã bỏ buổi trực.")


def _page(desk: Desk) -> Response:
    year = year_asked(desk)
    if year is None:
        return desk.show("team.html", year=None)
    team = Teams(desk.library).team(year.name)
    homeroom = desk.form.typed.get("homeroom", desk.asked.get("lop", ""))
    with desk.records() as connection:
        rooms = textbooks.classes(connection, desk.school_id)
        people = crates.people(connection, desk.school_id, homeroom or None)
    members = {str(one.patron_id) for one in team.members}
    return desk.show(
        "team.html",
        422 if desk.form.wrong else 200,
        year=year,
        years=[one.name for one in school_years(desk)],
        team=team,
        decision=decision_words(team),
        rooms=[(room, team.of_class(room)) for room in rooms],
        staff=team.of_class(""),
        homeroom=homeroom if homeroom in rooms else "",
        people=[(one, name) for one, name in people if one not in members],
        wanted=OF_EACH_CLASS,
        weekdays=[(day, WEEKDAYS[day]) for day in _weekdays(desk)],
        turns=[(turn, TURN_WORDS[turn]) for turn in turns_used(team)],
        all_turns=[(turn.value, words) for turn, words in TURN_WORDS.items()],
        most=(DECISION_LENGTH, OFFICE_LENGTH),
    )


def _done(
    desk: Desk,
    year: YearDates,
    refused: TeamRefusal | None,
    act: str,
    subject: UUID | None,
    said: str,
) -> Response:
    """Note what was done with the team, unless it was refused, and show the team again."""
    if refused is not None:
        return desk.go(_address(year), REFUSAL_WORDS[refused])
    with desk.records() as connection:
        desk.note(connection, act, subject, year.name)
    return desk.go(_address(year), said)


def _year(desk: Desk) -> YearDates:
    year = year_asked(desk)
    if year is None:
        raise HTTPException(404)
    return year


def _weekdays(desk: Desk) -> list[int]:
    """The weekdays on which the library opens."""
    with desk.library.act() as act:
        return sorted(act.rules.calendar.open_weekdays)


def _address(year: YearDates) -> str:
    return f"{HERE}?nam={year.name}"


PAGES = Pages(Section.YEAR, router, (Place(HERE, "Cộng tác viên", Right.SEE_PATRONS),))
