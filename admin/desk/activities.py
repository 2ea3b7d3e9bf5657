"""Reading lessons and other activities at the desk. Keeps out what they count for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import textbooks
from admin.desk import papers
from admin.desk.door import Desk, allowed
from admin.desk.entering import refuse_counted_twice
from admin.desk.forms import version_of
from admin.desk.frame import Pages, Place, Section
from admin.desk.periods import STAMP, days_asked, list_moment, stamp_asked
from admin.desk.rights import Right
from admin.desk.tables import Choice, Column, Tag, table
from admin.desk.years import year_asked
from db.activities import (
    BOOKS_LENGTH,
    KIND_WORDS,
    LED_BY_LENGTH,
    LESSONS,
    MOST_READERS,
    NOTE_LENGTH,
    WHAT_LENGTH,
    Activities,
    Held,
    HeldBefore,
    correct_activity,
    hold_activity,
    months_without_talk,
    read_activities,
)
from db.registers.books import stamp_words
from db.registers.year_papers import (
    WHOLE_SCHOOL,
    activity_sheet,
    lessons_answer,
    lessons_of_year,
    lessons_wanted,
    safety_words,
)
from db.safety import NOT_LOOKED_AT, SafetyList, read_safety
from db.states import ActivityKind

HERE: Final = "/hoat-dong"
OLDEST_DAYS: Final = 800
"""How far back an activity may be entered: the year before this one."""
FARTHEST_DAYS: Final = 300
LAST_LESSON: Final = 12

router = APIRouter(include_in_schema=False)
Reads = Annotated[Desk, allowed(Right.SEE_REPORTS)]
Runs = Annotated[Desk, allowed(Right.RUN_YEAR)]


@router.get(HERE)
def show_activities(desk: Reads) -> Response:
    """Show the activities of a range, or hand them out with their sums."""
    since, until = days_asked(desk)
    as_of, unread = stamp_asked(desk)
    form = desk.asked.get("bao-cao", "")
    with desk.library.act() as act:
        if form in papers.FORMS:
            return papers.hand_out_sheet(desk, activity_sheet(act, since, until, as_of), form)
        held = read_activities(act, since, until, list_moment(desk))[::-1]
        lists = read_safety(act, [one.id for one in held], list_moment(desk))
    kind = desk.asked.get("loai", "")
    rows = [one for one in held if kind in ("", one.held.kind.value)]
    choices = Choice("loai", "Loại", [(one.value, words) for one, words in KIND_WORDS.items()])
    shown = table(desk.asked, _columns(desk.today, lists), rows, filters=[choices])
    lessons, wanted = _lessons(desk)
    return desk.hand_out_table(shown, "hoat-dong") or desk.show(
        "activities.html",
        table=shown,
        since=since,
        until=until,
        silent=_silent(desk, held, since, until),
        lessons=lessons,
        wanted=wanted,
        stamped_words=stamp_words(as_of),
        stamp=desk.asked.get(STAMP, ""),
        unread=unread,
    )


@router.get(f"{HERE}/moi")
def show_new(desk: Runs) -> Response:
    """Show the form of an activity."""
    return _form_page(desk, None, None)


@router.post(f"{HERE}/moi")
def enter(desk: Runs) -> Response:
    """Note an activity."""
    held = _held(desk)
    if held is None:
        return _form_page(desk, None, None)
    activity_id = Activities(desk.library).enter(held, desk.author)
    return _noted(desk, activity_id, "activity-entered", f"Đã ghi: {held.what}.")


@router.get(f"{HERE}/{{activity_id:uuid}}")
def show_one(desk: Runs, activity_id: UUID) -> Response:
    """Show an activity in its form."""
    return _form_page(desk, activity_id, _found(desk, activity_id))


@router.post(f"{HERE}/{{activity_id:uuid}}")
def change(desk: Runs, activity_id: UUID) -> Response:
    """Correct an activity; whoever comes second sees what the first has changed."""
    held = _held(desk, Activities(desk.library).one(activity_id))
    with desk.library.act() as act:
        now = hold_activity(act, activity_id)
        stale = desk.form.is_stale(version_of(now))
        if now and held and not stale:
            correct_activity(act, activity_id, held, desk.author)
    if now is None:
        raise HTTPException(404)
    if stale or held is None:
        return _form_page(desk, activity_id, now, stale=stale)
    return _noted(desk, activity_id, "activity-changed", "Đã sửa hoạt động.")


@router.post(f"{HERE}/{{activity_id:uuid}}/bo")
def strike_out(desk: Runs, activity_id: UUID) -> Response:
    """Let an activity count no more."""
    if not Activities(desk.library).strike_out(activity_id):
        raise HTTPException(404)
    return _noted(desk, activity_id, "activity-struck-out", "Đã bỏ hoạt động này khỏi sổ.")


def _silent(desk: Desk, held: list[HeldBefore], since: date, until: date) -> list[str]:
    """The months of school that are over or run, in which no book was introduced."""
    year = year_asked(desk)
    if year is None:
        return []
    first, last = max(since, year.opened_on), min(until, year.ends_on, desk.today)
    return [f"{month:%m/%Y}" for month in months_without_talk(held, first, last)]


def _lessons(desk: Desk) -> tuple[list[tuple[str, int, int, str]], int | None]:
    """Each class with its lessons of both semesters and how that stands, and what is wanted."""
    year = year_asked(desk)
    if year is None:
        return [], None
    with desk.library.act() as act:
        told, wanted = lessons_of_year(act, year, act.now), lessons_wanted(act)
    answers = ("" if wanted is None else lessons_answer(one, wanted) for one in told)
    rows = [(one.homeroom, *one.terms, said) for one, said in zip(told, answers, strict=True)]
    return rows, wanted


def _held(desk: Desk, before: Held | None = None) -> Held | None:
    form = desk.form
    kind = ActivityKind(form.one_of("kind", [one.value for one in ActivityKind]))
    day = form.day("day")
    what = form.text("what", most=WHAT_LENGTH)
    with desk.records() as connection:
        rooms = form.several("homeroom", textbooks.classes(connection, desk.school_id))
    readers = form.number("readers", 0, MOST_READERS)
    lesson = form.number("lesson", 1, LAST_LESSON) if form.typed.get("lesson", "").strip() else None
    led_by = form.text("led_by", wanted=kind in LESSONS, most=LED_BY_LENGTH)
    books = form.text("books", wanted=False, most=BOOKS_LENGTH)
    note = form.text("note", wanted=False, most=NOTE_LENGTH)
    in_library = form.ticked("in_library")
    if kind in LESSONS and not rooms:
        form.refuse("homeroom", "Tiết đọc, tiết học cần chọn lớp.")
    if day is not None and not -OLDEST_DAYS <= (day - desk.today).days <= FARTHEST_DAYS:
        form.refuse("day", "Chọn một ngày trong năm học này hoặc năm trước.")
    if in_library and day is not None and day > desk.today:
        form.refuse("in_library", "Chưa đến ngày: đánh dấu sau khi đã diễn ra.")
    if form.wrong or day is None:
        return None
    held = Held(day, kind, what, rooms, readers, lesson, led_by, books, note, in_library)
    was_counted = before is not None and before.in_library and before.day == day
    if in_library and not was_counted:
        refuse_counted_twice(desk, day, held.comers, by_hand=True)
    return None if form.wrong else held


def _form_page(
    desk: Desk, activity_id: UUID | None, held: Held | None, *, stale: bool = False
) -> Response:
    with desk.records() as connection:
        rooms = textbooks.classes(connection, desk.school_id)
    return desk.show(
        "activity.html",
        422 if stale or desk.form.wrong else 200,
        activity_id=activity_id,
        held=held,
        version=version_of(held),
        changed=_told(held) if held and stale else [],
        kinds=[(one.value, words) for one, words in KIND_WORDS.items()],
        rooms=list(dict.fromkeys((*rooms, *(held.homerooms if held else ())))),
        most=(WHAT_LENGTH, LED_BY_LENGTH, BOOKS_LENGTH, NOTE_LENGTH),
    )


def _found(desk: Desk, activity_id: UUID) -> Held:
    held = Activities(desk.library).one(activity_id)
    if held is None:
        raise HTTPException(404)
    return held


def _noted(desk: Desk, activity_id: UUID, act: str, said: str) -> Response:
    with desk.records() as connection:
        desk.note(connection, act, activity_id)
    return desk.go(HERE, said)


def _told(held: Held) -> list[tuple[str, str]]:
    """What another has changed meanwhile."""
    return [
        ("Ngày", f"{held.day:%d/%m/%Y}"),
        ("Loại", KIND_WORDS[held.kind]),
        ("Nội dung", held.what),
        ("Lớp", ", ".join(held.homerooms) or WHOLE_SCHOOL),
        ("Số người", f"{held.readers}"),
    ]


def _columns(today: date, lists: Mapping[UUID, SafetyList]) -> tuple[Column, ...]:
    def safety(one: HeldBefore) -> Tag | None:
        told = lists.get(one.id, NOT_LOOKED_AT)
        if told.looked_at is None and one.held.day < today:
            return None
        tone = "late" if told.wrong else "look" if told.open else "done"
        return Tag(safety_words(told), tone)

    return (
        Column("ngay", "Ngày", lambda one: one.held.day),
        Column("loai", "Loại", lambda one: KIND_WORDS[one.held.kind]),
        Column(
            "noi-dung",
            "Nội dung",
            lambda one: one.held.what,
            link=lambda one: f"{HERE}/{one.id}",
            kind="strong",
        ),
        Column("lop", "Lớp", lambda one: ", ".join(one.held.homerooms) or WHOLE_SCHOOL),
        Column("phu-trach", "Phụ trách", lambda one: one.held.led_by, narrow=False),
        Column("nguoi", "Số người", lambda one: one.held.readers, kind="number"),
        Column("an-toan", "An toàn", safety, link=lambda one: f"{HERE}/{one.id}/an-toan"),
    )


PAGES = Pages(Section.YEAR, router, (Place(HERE, "Hoạt động, tiết đọc", Right.SEE_REPORTS),))
