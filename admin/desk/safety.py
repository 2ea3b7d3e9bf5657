"""The list to tick before pupils come to an activity (S41). Keeps out what is on it."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin.desk import papers
from admin.desk.activities import HERE
from admin.desk.door import Desk, allowed
from admin.desk.forms import version_of
from admin.desk.frame import Pages, Section
from admin.desk.rights import Right
from db.activities import Held, hold_activity, read_activity
from db.library import Act
from db.registers.year_papers import safety_sheet, safety_words
from db.safety import NOT_LOOKED_AT, NOTE_LENGTH, POINT_WORDS, Found, SafetyList, look, read_safety
from db.states import SafetyPoint

ANSWERS: Final = (("", "chưa xem"), ("1", "Đạt"), ("0", "Chưa đạt"))
_PASSED: Final = {"": None, "1": True, "0": False}

router = APIRouter(include_in_schema=False)


@router.get(f"{HERE}/{{activity_id:uuid}}/an-toan")
def show_list(desk: Annotated[Desk, allowed(Right.SEE_REPORTS)], activity_id: UUID) -> Response:
    """Show an activity's safety list, or hand it out to be ticked by hand and signed."""
    with desk.library.act() as act:
        held = _found(read_activity(act, activity_id))
        told = _list(act, activity_id)
        sheet = safety_sheet(act, held, told)
    form = desk.asked.get("tai", "")
    if form in papers.FORMS:
        return papers.hand_out_sheet(desk, sheet, form)
    return _page(desk, activity_id, held, told)


@router.post(f"{HERE}/{{activity_id:uuid}}/an-toan")
def tick(desk: Annotated[Desk, allowed(Right.RUN_YEAR)], activity_id: UUID) -> Response:
    """Note what was found; whoever comes second sees what the first has found."""
    found = _answers(desk)
    with desk.library.act() as act:
        held = _found(hold_activity(act, activity_id))
        told = _list(act, activity_id)
        stale = desk.form.is_stale(version_of(told.found))
        if not stale and not desk.form.wrong:
            look(act, activity_id, found, desk.author)
            desk.note(act.connection, "safety-looked", activity_id)
            told = _list(act, activity_id)
    if stale or desk.form.wrong:
        return _page(desk, activity_id, held, told, stale=stale)
    return desk.go(f"{HERE}/{activity_id}/an-toan", f"Đã ghi kiểm tra: {safety_words(told)}.")


def _answers(desk: Desk) -> dict[SafetyPoint, Found]:
    form = desk.form
    every = form.ticked("all")
    found = {}
    for point in SafetyPoint:
        passed = True if every else _PASSED[form.one_of(point.value, tuple(_PASSED))]
        note = form.text(f"{point.value}_note", wanted=passed is False, most=NOTE_LENGTH)
        found[point] = Found(passed, note)
    return found


def _list(act: Act, activity_id: UUID) -> SafetyList:
    return read_safety(act, [activity_id], act.now).get(activity_id, NOT_LOOKED_AT)


def _found(held: Held | None) -> Held:
    if held is None:
        raise HTTPException(404)
    return held


def _page(
    desk: Desk, activity_id: UUID, held: Held, told: SafetyList, *, stale: bool = False
) -> Response:
    return desk.show(
        "safety.html",
        422 if stale or desk.form.wrong else 200,
        activity_id=activity_id,
        held=held,
        told=told,
        state=safety_words(told),
        points=[(one.value, words, _value(told.found[one])) for one, words in POINT_WORDS.items()],
        notes={one.value: found.note for one, found in told.found.items()},
        answers=ANSWERS,
        version=version_of(told.found),
        changed=_words(told) if stale else [],
        most=NOTE_LENGTH,
    )


def _value(found: Found) -> str:
    return next(word for word, passed in _PASSED.items() if passed is found.passed)


def _words(told: SafetyList) -> list[tuple[str, str]]:
    """What another has found meanwhile."""
    said = dict(ANSWERS)
    return [
        (words, ": ".join(part for part in (said[_value(one)], one.note) if part))
        for words, one in ((POINT_WORDS[point], one) for point, one in told.found.items())
    ]


PAGES = Pages(Section.YEAR, router)
