"""The year's plan: 70 tasks, the head teacher's approval, progress, paper (S22, S35, S37, S75)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pypdf
import pytest

from db.engine import sqlite_url
from db.ids import new_id
from db.models import AuditEntry, PlanTask
from db.states import DeskRole
from db.year_plan import Change, Plan, PlanRefusal, PlanState, TaskWords, YearPlans
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import NEXT_YEAR, YEAR, SmallSchool

ROLE = "Hiệu trưởng"
WORDS = TaskWords(date(2026, 11, 1), date(2026, 11, 30), "Đọc sách dưới cờ", "", "Tổ cộng tác viên")


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def plans(tmp_path: Path) -> Iterator[YearPlans]:
    school = SmallSchool(sqlite_url(tmp_path / "hub.db"), is_station=False)
    plans = YearPlans(school.library)
    plans.begin(YEAR, "hoa")
    yield plans
    school.close()


def shown(plans: YearPlans) -> Plan:
    """This year's plan."""
    plan = plans.shown(YEAR.name)
    assert plan is not None
    return plan


def approved(plans: YearPlans) -> Plan:
    """This year's plan, sent and approved."""
    plan = shown(plans)
    assert plans.submit(plan.id, "hoa", "Thủ thư") is None
    assert plans.approve(plan.id, "minh", ROLE) is None
    return shown(plans)


def test_year_begins_with_seventy_tasks(plans: YearPlans) -> None:
    """S22: given a school year, when its plan begins, then 70 tasks with days in it and offices."""
    tasks = shown(plans).tasks
    months = [task.words.due_on.month for task in tasks]

    assert len(tasks) == 70
    assert all(task.words.who and task.words.what for task in tasks)
    assert all(date(2026, 8, 1) <= task.words.begins_on for task in tasks)
    assert all(task.words.begins_on <= task.words.due_on < date(2027, 7, 1) for task in tasks)
    assert [months.count(month) for month in (10, 11, 12, 1, 2, 3, 4)] == [9, 7, 10, 6, 6, 6, 8]
    assert months.count(8) + months.count(9) == 12
    assert months.count(5) + months.count(6) == 6
    assert plans.begin(YEAR, "hoa") is PlanRefusal.THERE_IS_ONE


def test_cleaning_comes_every_month(plans: YearPlans) -> None:
    """S75: given a year's plan, then every month from October on has its Friday cleaning."""
    cleaned = {
        task.words.due_on.month
        for task in shown(plans).tasks
        if task.words.how == "Thứ Sáu hằng tuần"
    }
    assert cleaned == {10, 11, 12, 1, 2, 3, 4, 5}


def test_tasks_are_added_moved_and_done(plans: YearPlans) -> None:
    """S22: given a draft, when tasks are added, moved, dropped, done, then nothing is deleted."""
    first, second = shown(plans).tasks[:2]
    added = plans.add(shown(plans).id, WORDS)
    moved = TaskWords(date(2027, 1, 4), date(2027, 1, 29), first.words.what, "", "GV")
    assert plans.edit(first.id, moved) is None
    assert plans.drop(second.id) is None
    assert plans.tick(first.id, date(2026, 11, 10), "Xong sớm") is None
    plans.begin(NEXT_YEAR, "hoa")

    found = {task.id: task for task in shown(plans).tasks}
    assert len(found) == 71
    assert found[first.id].words == moved
    assert found[first.id].note == "Xong sớm"
    assert found[second.id].change is Change.DROPPED
    assert isinstance(added, type(first.id))
    assert found[added].words == WORDS


def test_approved_words_stay(plans: YearPlans) -> None:
    """S22: given an approved plan, when a task is changed, then refused; progress is taken."""
    plan = approved(plans)
    task = plan.tasks[0]

    assert plan.state is PlanState.APPROVED
    assert plan.approval is not None
    assert (plan.approval.role, plan.approval.author) == (ROLE, "minh")
    assert plans.edit(task.id, WORDS) is PlanRefusal.NOT_OPEN
    assert plans.drop(task.id) is PlanRefusal.NOT_OPEN
    assert plans.add(plan.id, WORDS) is PlanRefusal.NOT_OPEN
    assert plans.tick(task.id, date(2026, 11, 10), "") is None
    assert shown(plans).tasks[0].words == task.words
    assert shown(plans).done == 1


def test_change_after_approval_is_told(plans: YearPlans) -> None:
    """S22: given an approved plan opened again, when changed, then told until approved anew."""
    plan = approved(plans)
    edited, dropped = plan.tasks[0], plan.tasks[1]
    assert plans.reopen(plan.id, "hoa", "Thủ thư") is None
    plans.edit(edited.id, WORDS)
    plans.drop(dropped.id)
    plans.add(plan.id, WORDS)

    now = shown(plans)
    assert now.state is PlanState.AMENDING
    kinds = sorted(task.change for task in now.changed)
    assert kinds == [Change.ADDED, Change.DROPPED, Change.EDITED]
    (was,) = (task.approved for task in now.tasks if task.id == edited.id)
    assert was == edited.words
    again = approved(plans)
    assert again.changed == ()
    assert len(again.tasks) == 70
    assert len(again.steps) == 5


ACTS: dict[str, Callable[[YearPlans, Plan], PlanRefusal | None]] = {
    "submit": lambda plans, plan: plans.submit(plan.id, "hoa", "Thủ thư"),
    "approve": lambda plans, plan: plans.approve(plan.id, "minh", ROLE),
    "return": lambda plans, plan: plans.send_back(plan.id, "minh", ROLE, "Thêm việc"),
    "reopen": lambda plans, plan: plans.reopen(plan.id, "hoa", "Thủ thư"),
}
MAY: dict[PlanState, dict[str, PlanState]] = {
    PlanState.DRAFT: {"submit": PlanState.SENT},
    PlanState.SENT: {"approve": PlanState.APPROVED, "return": PlanState.DRAFT},
    PlanState.APPROVED: {"reopen": PlanState.AMENDING},
    PlanState.AMENDING: {"submit": PlanState.SENT},
}
REACHED: dict[PlanState, tuple[str, ...]] = {
    PlanState.DRAFT: (),
    PlanState.SENT: ("submit",),
    PlanState.APPROVED: ("submit", "approve"),
    PlanState.AMENDING: ("submit", "approve", "reopen"),
}


@pytest.mark.parametrize(
    ("state", "done", "reached"),
    [(state, done, reached) for state, may in MAY.items() for done, reached in may.items()],
)
def test_steps_follow_each_other(
    plans: YearPlans, state: PlanState, done: str, reached: PlanState
) -> None:
    """Given a plan in a state, when each act is tried, then those of its table alone are done."""
    for act in REACHED[state]:
        assert ACTS[act](plans, shown(plans)) is None
    assert shown(plans).state is state

    for act in ACTS.keys() - MAY[state].keys():
        assert isinstance(ACTS[act](plans, shown(plans)), PlanRefusal), act
    assert ACTS[done](plans, shown(plans)) is None
    assert shown(plans).state is reached
    unknown = replace(shown(plans), id=new_id())
    assert {ACTS[act](plans, unknown) for act in ACTS} == {PlanRefusal.NO_SUCH_PLAN}


def test_plan_without_tasks_is_not_sent(plans: YearPlans) -> None:
    """Given every task dropped, when the plan is sent, then refused."""
    for task in shown(plans).tasks:
        plans.drop(task.id)

    assert plans.submit(shown(plans).id, "hoa", "Thủ thư") is PlanRefusal.NO_TASKS


def test_head_teacher_approves_at_the_desk(school: DeskSchool) -> None:
    """S37: given a plan sent by the librarian, when approved, then with day and role, once."""
    librarian, principal = school.client(), school.client(DeskRole.PRINCIPAL)
    sent(librarian, "/ke-hoach")
    address = _acts(librarian)
    assert librarian.submit(f"{address}/duyet").status_code == 403
    assert principal.submit(f"{address}/gui").status_code == 403
    assert "Đã gửi hiệu trưởng duyệt." in sent(librarian, f"{address}/gui")
    assert "1 kế hoạch năm chờ duyệt" in words(principal.page("/"))
    assert "hãy ghi điều cần sửa" in sent(principal, f"{address}/tra-lai", 422, note="")
    sent(principal, f"{address}/tra-lai", note="Thêm ngày hội đọc sách")
    assert "Cần sửa: Thêm ngày hội đọc sách" in words(librarian.page("/ke-hoach"))
    sent(librarian, f"{address}/gui")

    told = sent(principal, f"{address}/duyet")
    assert "Hiệu trưởng duyệt ngày 10/11/2026" in told
    assert "không còn chờ duyệt" in sent(principal, f"{address}/duyet")
    assert "chờ duyệt" not in words(principal.page("/"))
    acts = [entry.act for entry in school.rows(AuditEntry)]
    assert acts == ["plan-begun", "plan-sent", "plan-returned", "plan-sent", "plan-approved"]


def test_edit_after_approval_is_told_and_kept(school: DeskSchool) -> None:
    """Given an approved plan, when a task is edited, then a sentence, and what was typed stays."""
    librarian, principal = school.client(), school.client(DeskRole.PRINCIPAL)
    sent(librarian, "/ke-hoach")
    address = _acts(librarian)
    sent(librarian, f"{address}/gui")
    sent(principal, f"{address}/duyet")
    task = school.rows(PlanTask)[0]
    typed = {"what": "Trưng bày sách tết", "who": "GV", "begins_on": "1/2/2027"}
    answer = librarian.submit(f"/ke-hoach/viec/{task.id}", **typed, due_on="20/2/2027")

    assert answer.status_code == 422
    assert "nội dung giữ nguyên" in answer.text
    assert "Trưng bày sách tết" in answer.text
    assert school.rows(PlanTask)[0].what == task.what
    sent(librarian, f"{address}/sua-doi")
    sent(librarian, f"/ke-hoach/viec/{task.id}", **typed, due_on="20/2/2027")
    told = words(principal.page("/ke-hoach"))
    assert "Sửa Trưng bày sách tết Đã duyệt: " in told
    assert "đang sửa 1 việc, chờ duyệt lại" in told


def test_poor_task_is_told(school: DeskSchool) -> None:
    """Given tasks with something wrong, when added, then each is told, and nothing is written."""
    librarian = school.client()
    sent(librarian, "/ke-hoach")
    task = {"what": "Việc", "who": "GV", "begins_on": "1/11/2026", "due_on": "30/11/2026"}
    told = sent(librarian, "/ke-hoach/them", 422, **{**task, "what": "", "who": "x" * 121})

    assert "Chưa điền ô này." in told
    assert "Dài quá" in told
    told = sent(librarian, "/ke-hoach/them", 422, **{**task, "due_on": "1/10/2026"})
    assert "Ngày xong phải sau ngày bắt đầu." in told
    assert school.count(PlanTask) == 70


def test_second_editor_sees_the_first(school: DeskSchool) -> None:
    """Given two who edit one task, when the second saves, then told what the first wrote."""
    librarian = school.client()
    sent(librarian, "/ke-hoach")
    task = school.rows(PlanTask)[0]
    page = librarian.page(f"/ke-hoach/viec/{task.id}")
    version = re.findall(r'name="version" value="(\w+)"', page)[0]
    days = {"who": "GV", "begins_on": "1/11/2026", "due_on": "30/11/2026"}
    sent(librarian, f"/ke-hoach/viec/{task.id}", what="Một", version=version, **days)

    told = sent(librarian, f"/ke-hoach/viec/{task.id}", 422, what="Hai", version=version, **days)
    assert "người khác vừa sửa" in told
    assert "Nội dung: Một" in told


def test_tasks_of_the_month_are_on_the_first_page(school: DeskSchool) -> None:
    """S22: given a plan, when 10 November's page opens, then it counts what is due."""
    librarian = school.client()
    sent(librarian, "/ke-hoach")
    late = [row for row in school.rows(PlanTask) if row.due_on < date(2026, 11, 1)]
    begun = [
        row
        for row in school.rows(PlanTask)
        if row.due_on.month == 11 and row.begins_on <= date(2026, 11, 10)
    ]
    count = len(late) + len(begun)
    assert f"{count} việc kế hoạch cần xong trong tháng" in words(librarian.page("/"))
    task = begun[0]
    sent(librarian, f"/ke-hoach/viec/{task.id}/xong", done_on="2026-11-10", note="Đủ")
    assert f"{count - 1} việc kế hoạch" in words(librarian.page("/"))
    told = sent(librarian, f"/ke-hoach/viec/{task.id}/xong", 422, done_on="12/11/2026", note="")
    assert "không sau hôm nay" in told

    _approve(school, librarian)
    sent(librarian, f"{_acts(librarian)}/sua-doi")
    later = {"begins_on": "1/3/2027", "due_on": "31/3/2027", "what": "Việc", "who": "GV"}
    sent(librarian, f"/ke-hoach/viec/{begun[1].id}", **later)
    assert f"{count - 1} việc kế hoạch" in words(librarian.page("/")), "approved words hold"
    _approve(school, librarian)
    assert f"{count - 2} việc kế hoạch" in words(librarian.page("/"))


def test_plan_leaves_on_paper(school: DeskSchool) -> None:
    """S22: given a plan, when handed out, then PDF and workbook have every task."""
    librarian = school.client()
    sent(librarian, "/ke-hoach")
    pdf = pypdf.PdfReader(io.BytesIO(librarian.get("/ke-hoach?tai=pdf").content))
    told = " ".join(page.extract_text() for page in pdf.pages)
    book = openpyxl.load_workbook(io.BytesIO(librarian.get("/ke-hoach?tai=xlsx").content))
    cells = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]

    assert "Năm học 2026-2027" in told
    assert "Dự thảo" in told
    tasks = [row.what for row in school.rows(PlanTask)]
    assert set(tasks) <= set(cells)
    paper = "".join(told.split())
    assert [what for what in tasks if "".join(what.split()) not in paper] == []
    assert [cell for cell in cells if isinstance(cell, int)] == list(range(1, 71))


def _approve(school: DeskSchool, librarian: DeskClient) -> None:
    """Let the plan be sent and approved."""
    address = _acts(librarian)
    sent(librarian, f"{address}/gui")
    sent(school.client(DeskRole.PRINCIPAL), f"{address}/duyet")


def _acts(librarian: DeskClient) -> str:
    """The address under which things are done with the plan."""
    (found, *_) = re.findall(r"/ke-hoach/[0-9a-f-]{36}", librarian.page("/ke-hoach"))
    return str(found)
