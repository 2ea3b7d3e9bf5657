"""The year's plan on paper: months, tasks, who, what came of it; what is changed is told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from db.clock import local_day
from db.library import Act
from db.registers.heading import headed
from db.registers.sheet import Column, Part, Row, Sheet, Weight
from db.year_plan import Change, Plan, PlanState, Task, themes

CHANGE_WORDS = {Change.ADDED: "Bổ sung", Change.EDITED: "Sửa", Change.DROPPED: "Bỏ"}


def plan_sheet(act: Act, plan: Plan) -> Sheet:
    """A plan, to be printed and signed."""
    return headed(
        act,
        "KH",
        "Kế hoạch công tác thư viện",
        f"Năm học {plan.school_year}",
        [Part("", _COLUMNS, list(_rows(plan)))],
        ("Người lập", "Duyệt của ban giám hiệu, Hiệu trưởng"),
        head=(state_words(plan),),
        foot=(f"Đã làm {plan.done}/{len(plan.standing)} việc.",),
    )


def state_words(plan: Plan) -> str:
    """How a plan stands, in a sentence."""
    approval = plan.approval
    if approval is None:
        return "Dự thảo, chờ duyệt" if plan.state is PlanState.SENT else "Dự thảo"
    told = f"{approval.role} duyệt ngày {local_day(approval.made_at):%d/%m/%Y}"
    if plan.state is PlanState.APPROVED:
        return told
    return f"{told}; đang sửa {len(plan.changed)} việc, chờ duyệt lại"


def month_words(month: int) -> str:
    """A month as a plan heads it; the first and last of a school year are two together."""
    return {9: "Tháng 8, 9", 5: "Tháng 5, 6"}.get(month, f"Tháng {month}")


def by_month(tasks: tuple[Task, ...]) -> Iterator[tuple[int, list[Task]]]:
    """Tasks by the month they are due in, as plans put them: 8 with 9, 5 with 6."""
    for month, some in groupby(tasks, key=lambda task: _planned_month(task)):
        yield month, list(some)


def _planned_month(task: Task) -> int:
    return {8: 9, 6: 5, 7: 5}.get(task.words.due_on.month, task.words.due_on.month)


_COLUMNS = (
    Column("TT", 0.9, "middle"),
    Column("Nội dung", 8),
    Column("Biện pháp", 8),
    Column("Người thực hiện", 4.4),
    Column("Từ ngày", 2.4, "date"),
    Column("Đến ngày", 2.4, "date"),
    Column("Kết quả", 3.6),
)


def _rows(plan: Plan) -> Iterator[Row]:
    number = 0
    for month, tasks in by_month(plan.tasks):
        theme = themes().get(month, "")
        yield Row(("", month_words(month), theme, "", None, None, ""), Weight.TOTAL)
        for task in tasks:
            number += not task.dropped
            yield _row(task, number, told=plan.approval is not None)


def _row(task: Task, number: int, *, told: bool) -> Row:
    words = task.words
    change = CHANGE_WORDS.get(task.change, "") if told or task.dropped else ""
    result = "; ".join(part for part in (change, _result(task)) if part)
    place = None if task.dropped else number
    days = (words.begins_on, words.due_on)
    return Row((place, words.what, words.how, words.who, *days, result))


def _result(task: Task) -> str:
    done = f"Xong {task.done_on:%d/%m}" if task.done_on else ""
    return ". ".join(part for part in (done, task.note) if part)
