"""The year's plan at the desk: written by the librarian, approved by the management, ticked off.

Keeps out what a plan is and when it may be changed (`db.year_plan`).
"""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin.desk import papers
from admin.desk.door import Desk, allowed
from admin.desk.forms import version_of
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import RIGHTS, ROLE_WORDS, Right
from admin.desk.years import school_years, year_asked
from db.calendar import YearDates
from db.registers.plan import CHANGE_WORDS, by_month, month_words, plan_sheet, state_words
from db.year_plan import (
    HOW_LENGTH,
    NOTE_LENGTH,
    WHAT_LENGTH,
    WHO_LENGTH,
    Change,
    Plan,
    PlanRefusal,
    PlanState,
    Task,
    TaskWords,
    YearPlans,
    edit_task,
    hold_task,
    themes,
)

HERE: Final = "/ke-hoach"
STATE_TONES: Final = {
    PlanState.DRAFT: "plain",
    PlanState.SENT: "look",
    PlanState.APPROVED: "done",
    PlanState.AMENDING: "look",
}
REFUSAL_WORDS: Final = {
    PlanRefusal.NOT_OPEN: "Kế hoạch đã gửi hoặc đã duyệt nên nội dung giữ nguyên. "
    "Muốn sửa, bấm “Mở để sửa đổi”, sửa xong gửi duyệt lại.",
    PlanRefusal.NOT_SENT: "Kế hoạch này không còn chờ duyệt.",
    PlanRefusal.NOT_APPROVED: "Kế hoạch này chưa được duyệt.",
    PlanRefusal.NO_TASKS: "Kế hoạch chưa có việc nào để duyệt.",
    PlanRefusal.NO_SUCH_TASK: "Không còn việc này.",
    PlanRefusal.NO_SUCH_PLAN: "Không có kế hoạch này.",
    PlanRefusal.THERE_IS_ONE: "Năm học này đã có kế hoạch.",
}

router = APIRouter(include_in_schema=False)
Reads = Annotated[Desk, allowed(Right.SEE_REPORTS)]
Plans = Annotated[Desk, allowed(Right.RUN_YEAR)]
Approves = Annotated[Desk, allowed(Right.APPROVE)]


@router.get(HERE)
def show_plan(desk: Reads) -> Response:
    """Show a year's plan, or hand it out as a file."""
    return _page(desk)


@router.post(HERE)
def begin(desk: Plans) -> Response:
    """Make this year's plan of the template's tasks."""
    year = year_asked(desk)
    if year is None:
        return _page(desk)
    begun = YearPlans(desk.library).begin(year, desk.author)
    if isinstance(begun, PlanRefusal):
        return desk.go(_address(year), REFUSAL_WORDS[begun])
    with desk.records() as connection:
        desk.note(connection, "plan-begun", begun, year.name)
    return desk.go(_address(year), f"Đã lập kế hoạch năm học {year.name} từ mẫu.")


@router.post(f"{HERE}/{{plan_id:uuid}}/gui")
def send(desk: Plans, plan_id: UUID) -> Response:
    """Send the plan to the head teacher."""
    refused = YearPlans(desk.library).submit(plan_id, desk.author, _role(desk, Right.RUN_YEAR))
    return _stepped(desk, plan_id, refused, "plan-sent", "Đã gửi hiệu trưởng duyệt.")


@router.post(f"{HERE}/{{plan_id:uuid}}/sua-doi")
def reopen(desk: Plans, plan_id: UUID) -> Response:
    """Open an approved plan to change it."""
    refused = YearPlans(desk.library).reopen(plan_id, desk.author, _role(desk, Right.RUN_YEAR))
    said = "Đã mở để sửa đổi. Bản đã duyệt vẫn giữ cho đến khi duyệt lại."
    return _stepped(desk, plan_id, refused, "plan-reopened", said)


@router.post(f"{HERE}/{{plan_id:uuid}}/duyet")
def approve(desk: Approves, plan_id: UUID) -> Response:
    """Approve what was sent."""
    refused = YearPlans(desk.library).approve(plan_id, desk.author, _role(desk, Right.APPROVE))
    return _stepped(desk, plan_id, refused, "plan-approved", "Đã duyệt kế hoạch.")


@router.post(f"{HERE}/{{plan_id:uuid}}/tra-lai")
def send_back(desk: Approves, plan_id: UUID) -> Response:
    """Return what was sent, with a word on what is wanted."""
    note = desk.form.text("note", most=NOTE_LENGTH)
    if desk.form.wrong:
        desk.form.refuse("", f"Chưa trả lại: hãy ghi điều cần sửa, nhiều nhất {NOTE_LENGTH} ký tự.")
        return _page(desk, 422)
    role = _role(desk, Right.APPROVE)
    refused = YearPlans(desk.library).send_back(plan_id, desk.author, role, note)
    return _stepped(desk, plan_id, refused, "plan-returned", "Đã trả lại để sửa.")


@router.get(f"{HERE}/them")
def show_new(desk: Plans) -> Response:
    """Show the form of one more task."""
    return _new_page(desk, _plan(desk))


@router.post(f"{HERE}/them")
def add(desk: Plans) -> Response:
    """Enter one more task."""
    plan, words = _plan(desk), _words(desk)
    if words is not None:
        added = YearPlans(desk.library).add(plan.id, words)
        if not isinstance(added, PlanRefusal):
            return _noted(desk, plan, added, "plan-task-added", "Đã thêm việc.")
        desk.form.refuse("", REFUSAL_WORDS[added])
    return _new_page(desk, plan)


@router.get(f"{HERE}/viec/{{task_id:uuid}}")
def show_task(desk: Plans, task_id: UUID) -> Response:
    """Show a task with its progress and its words."""
    return _task_page(desk, *_found(desk, task_id))


@router.post(f"{HERE}/viec/{{task_id:uuid}}")
def edit(desk: Plans, task_id: UUID) -> Response:
    """Change a task's words."""
    words = _words(desk)
    with desk.library.act() as act:
        plan, task = _there(hold_task(act, task_id))
        stale = desk.form.is_stale(version_of(task.words))
        refused = None if stale or words is None else edit_task(act, task_id, words)
    if stale:
        desk.form.refuse("", "Chưa lưu: người khác vừa sửa việc này.")
        return _task_page(desk, plan, task, changed_meanwhile=_told(task.words))
    if refused is not None:
        desk.form.refuse("", REFUSAL_WORDS[refused])
    if desk.form.wrong:
        return _task_page(desk, plan, task)
    return _noted(desk, plan, task_id, "plan-task-edited", "Đã sửa việc.")


@router.post(f"{HERE}/viec/{{task_id:uuid}}/bo")
def drop(desk: Plans, task_id: UUID) -> Response:
    """Strike a task out, or take it in again."""
    plan, task = _found(desk, task_id)
    refused = YearPlans(desk.library).drop(task_id, dropped=not task.dropped)
    if refused is not None:
        desk.form.refuse("", REFUSAL_WORDS[refused])
        return _task_page(desk, plan, task)
    said = "Đã đưa việc trở lại." if task.dropped else "Đã bỏ việc này khỏi kế hoạch."
    return _noted(desk, plan, task_id, "plan-task-dropped", said)


@router.post(f"{HERE}/viec/{{task_id:uuid}}/xong")
def tick(desk: Plans, task_id: UUID) -> Response:
    """Note how far a task is."""
    plan, task = _found(desk, task_id)
    done_on = desk.form.day("done_on", wanted=False)
    note = desk.form.text("note", wanted=False, most=NOTE_LENGTH)
    if done_on is not None and done_on > desk.today:
        desk.form.refuse("done_on", "Ngày làm xong không sau hôm nay.")
    if desk.form.wrong:
        return _task_page(desk, plan, task)
    refused = YearPlans(desk.library).tick(task_id, done_on, note)
    if refused is not None:
        raise HTTPException(404)
    said = "Đã đánh dấu xong." if done_on else "Đã ghi tiến độ."
    return _noted(desk, plan, task_id, "plan-task-ticked", said)


def _page(desk: Desk, status_code: int = 200) -> Response:
    year = year_asked(desk)
    plan = YearPlans(desk.library).shown(year.name) if year else None
    form = desk.asked.get("tai", "")
    if plan is not None and form in papers.FORMS:
        with desk.library.act() as act:
            sheet = plan_sheet(act, plan)
        return papers.hand_out_sheet(desk, sheet, form)
    tasks = plan.tasks if plan else ()
    return desk.show(
        "plan.html",
        status_code,
        year=year,
        years=[one.name for one in school_years(desk)],
        plan=plan,
        months=[(month, month_words(month), some) for month, some in by_month(tasks)],
        themes=themes(),
        state=state_words(plan) if plan else "",
        tone=STATE_TONES[plan.state] if plan else "plain",
        change_words=CHANGE_WORDS,
        tells_changes=plan is not None and plan.approval is not None,
        returned=_returned(plan),
        most=NOTE_LENGTH,
    )


def _returned(plan: Plan | None) -> str:
    """What the head teacher wants otherwise, as long as nothing was sent since."""
    if plan is None or not plan.steps or not plan.is_open:
        return ""
    return plan.steps[-1].note


def _plan(desk: Desk) -> Plan:
    year = year_asked(desk)
    plan = YearPlans(desk.library).shown(year.name) if year else None
    if plan is None:
        raise HTTPException(404)
    return plan


def _found(desk: Desk, task_id: UUID) -> tuple[Plan, Task]:
    with desk.library.act() as act:
        return _there(hold_task(act, task_id))


def _there(found: tuple[Plan, Task] | None) -> tuple[Plan, Task]:
    if found is None:
        raise HTTPException(404)
    return found


def _task_page(
    desk: Desk,
    plan: Plan,
    task: Task,
    changed_meanwhile: list[tuple[str, str]] | None = None,
) -> Response:
    return desk.show(
        "plan_task.html",
        422 if desk.form.wrong else 200,
        plan=plan,
        task=task,
        version=version_of(task.words),
        changed=changed_meanwhile,
        before=_told(task.approved) if task.approved and task.change is Change.EDITED else [],
        most=_LENGTHS,
    )


def _new_page(desk: Desk, plan: Plan) -> Response:
    status = 422 if desk.form.wrong else 200
    return desk.show("plan_task.html", status, plan=plan, task=None, before=[], most=_LENGTHS)


def _words(desk: Desk) -> TaskWords | None:
    form = desk.form
    begins, due = form.day("begins_on"), form.day("due_on")
    what = form.text("what", most=WHAT_LENGTH)
    how = form.text("how", wanted=False, most=HOW_LENGTH)
    who = form.text("who", most=WHO_LENGTH)
    if begins and due and begins > due:
        form.refuse("due_on", "Ngày xong phải sau ngày bắt đầu.")
    if form.wrong or begins is None or due is None:
        return None
    return TaskWords(begins, due, what, how, who)


def _told(words: TaskWords) -> list[tuple[str, str]]:
    return [
        ("Nội dung", words.what),
        ("Biện pháp", words.how),
        ("Người thực hiện", words.who),
        ("Thời gian", f"{words.begins_on:%d/%m/%Y} – {words.due_on:%d/%m/%Y}"),
    ]


def _role(desk: Desk, right: Right) -> str:
    """As whom somebody does what the right is for."""
    return next(ROLE_WORDS[role] for role in desk.person.roles if right in RIGHTS[role])


def _stepped(
    desk: Desk, plan_id: UUID, refused: PlanRefusal | None, act: str, said: str
) -> Response:
    if refused is None:
        with desk.records() as connection:
            desk.note(connection, act, plan_id)
    year = desk.asked.get("nam", "")
    back = f"{HERE}?nam={year}" if year else HERE
    return desk.go(back, said if refused is None else REFUSAL_WORDS[refused])


def _noted(desk: Desk, plan: Plan, task_id: UUID, act: str, said: str) -> Response:
    with desk.records() as connection:
        desk.note(connection, act, task_id)
    return desk.go(f"{HERE}?nam={plan.school_year}", said)


def _address(year: YearDates) -> str:
    return f"{HERE}?nam={year.name}"


_LENGTHS: Final = {
    "what": WHAT_LENGTH,
    "how": HOW_LENGTH,
    "who": WHO_LENGTH,
    "note": NOTE_LENGTH,
}

PAGES = Pages(Section.YEAR, router, (Place(HERE, "Kế hoạch năm", Right.SEE_REPORTS),))
