"""Meetings of the library's people at the desk: minutes, kept and printed. No layout."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin.desk import papers
from admin.desk.door import Desk, allowed
from admin.desk.forms import Form, version_of
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.tables import Column, table
from admin.minutes_pdf import minutes_pdf
from db.meetings import (
    NAME_LENGTH,
    PLACE_LENGTH,
    PRESENT_LENGTH,
    TEXT_LENGTH,
    WHAT_LENGTH,
    Meetings,
    Minutes,
    correct_minutes,
    hold_minutes,
)

HERE: Final = "/hop"

router = APIRouter(include_in_schema=False)
Reads = Annotated[Desk, allowed(Right.SEE_REPORTS)]
Runs = Annotated[Desk, allowed(Right.RUN_YEAR)]


@router.get(HERE)
def show_meetings(desk: Reads) -> Response:
    """Show the meetings, the newest first."""
    rows = Meetings(desk.library).listed(date(2000, 1, 1), date(2199, 12, 31))
    shown = table(desk.asked, COLUMNS, rows)
    given = desk.hand_out_table(shown, "bien-ban-hop")
    return given or desk.show("meetings.html", table=shown)


@router.get(f"{HERE}/moi")
def show_new(desk: Runs) -> Response:
    """Show the form of a meeting."""
    return _form_page(desk, None, None)


@router.post(f"{HERE}/moi")
def enter(desk: Runs) -> Response:
    """Keep the minutes of a meeting."""
    minutes = _minutes(desk.form)
    if minutes is None:
        return _form_page(desk, None, None)
    meeting_id = Meetings(desk.library).enter(minutes, desk.author)
    with desk.records() as connection:
        desk.note(connection, "minutes-kept", meeting_id)
    return desk.go(f"{HERE}/{meeting_id}", "Đã lưu biên bản.")


@router.get(f"{HERE}/{{meeting_id:uuid}}")
def show_one(desk: Reads, meeting_id: UUID) -> Response:
    """Show minutes, or hand them out to print."""
    minutes = _found(desk, meeting_id)
    if desk.asked.get("tai") == "pdf":
        with desk.library.act() as act:
            told = (act.rules.school_name, act.rules.choices.superior)
        pdf, _ = minutes_pdf(*told, minutes)
        return desk.hand_out(pdf, f"Biên bản họp {minutes.day}.pdf", papers.PDF)
    return desk.show("meeting.html", meeting_id=meeting_id, minutes=minutes)


@router.get(f"{HERE}/{{meeting_id:uuid}}/sua")
def show_form(desk: Runs, meeting_id: UUID) -> Response:
    """Show minutes in their form."""
    return _form_page(desk, meeting_id, _found(desk, meeting_id))


@router.post(f"{HERE}/{{meeting_id:uuid}}/sua")
def change(desk: Runs, meeting_id: UUID) -> Response:
    """Correct minutes; whoever comes second sees what the first has changed."""
    minutes = _minutes(desk.form)
    with desk.library.act() as act:
        now = hold_minutes(act, meeting_id)
        stale = desk.form.is_stale(version_of(now))
        if now and minutes and not stale:
            correct_minutes(act, meeting_id, minutes, desk.author)
            desk.note(act.connection, "minutes-changed", meeting_id)
    if now is None:
        raise HTTPException(404)
    if stale or minutes is None:
        return _form_page(desk, meeting_id, now, stale=stale)
    return desk.go(f"{HERE}/{meeting_id}", "Đã sửa biên bản.")


def _minutes(form: Form) -> Minutes | None:
    day = form.day("day")
    what = form.text("what", most=WHAT_LENGTH)
    place = form.text("place", wanted=False, most=PLACE_LENGTH)
    chair = form.text("chair", wanted=False, most=NAME_LENGTH)
    secretary = form.text("secretary", wanted=False, most=NAME_LENGTH)
    present = form.text("present", wanted=False, most=PRESENT_LENGTH)
    discussed, decided = (form.paragraphs(key, TEXT_LENGTH) for key in ("discussed", "decided"))
    if not discussed:
        form.refuse("discussed", "Chưa điền ô này.")
    if form.wrong or day is None:
        return None
    return Minutes(day, what, place, chair, secretary, present, discussed, decided)


def _form_page(
    desk: Desk, meeting_id: UUID | None, minutes: Minutes | None, *, stale: bool = False
) -> Response:
    return desk.show(
        "meeting_form.html",
        422 if stale or desk.form.wrong else 200,
        meeting_id=meeting_id,
        minutes=minutes,
        version=version_of(minutes),
        changed=_told(minutes) if minutes and stale else [],
        most=(WHAT_LENGTH, PLACE_LENGTH, NAME_LENGTH, PRESENT_LENGTH),
    )


def _told(minutes: Minutes) -> list[tuple[str, str]]:
    """What another has changed meanwhile."""
    return [
        ("Cuộc họp", minutes.what),
        ("Ngày", f"{minutes.day:%d/%m/%Y}"),
        ("Thành phần", minutes.present),
        ("Nội dung", minutes.discussed),
        ("Kết luận, phân công", minutes.decided),
    ]


def _found(desk: Desk, meeting_id: UUID) -> Minutes:
    minutes = Meetings(desk.library).one(meeting_id)
    if minutes is None:
        raise HTTPException(404)
    return minutes


COLUMNS: Final = (
    Column("ngay", "Ngày", lambda one: one.minutes.day),
    Column(
        "viec",
        "Cuộc họp",
        lambda one: one.minutes.what,
        link=lambda one: f"{HERE}/{one.id}",
        kind="strong",
    ),
    Column("chu-tri", "Chủ trì", lambda one: one.minutes.chair, narrow=False),
    Column("thanh-phan", "Thành phần", lambda one: one.minutes.present, narrow=False),
)
PAGES = Pages(Section.YEAR, router, (Place(HERE, "Họp", Right.SEE_REPORTS),))
