"""The library's plan of a school year: tasks from templates, the head teacher's word, progress.

How a plan stands is what was done with it last (`PlanStep`): a draft is edited, a plan that was
sent waits, an approved one takes progress alone. Who wants to change an approved plan opens it
again: what differs from the approved words is told until it is approved anew, and the approved
words are kept meanwhile. No task is ever deleted. Keeps out who may do what.

Source:
    Domain specification 1.3, S22, S35, S37, S75; the tasks are in `plan_tasks.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from db.calendar import YearDates, month_after
from db.ids import new_id
from db.library import Act, Library
from db.models import PlanStep, PlanTask, SchoolYear, YearPlan
from db.states import PlanStepKind

TASKS_FILE: Final = Path(__file__).with_name("plan_tasks.toml")
AUGUST: Final = 8
WHAT_LENGTH, HOW_LENGTH, WHO_LENGTH, NOTE_LENGTH = 300, 400, 120, 200


class PlanState(StrEnum):
    """How a plan stands."""

    DRAFT = "draft"
    SENT = "sent"
    APPROVED = "approved"
    AMENDING = "amending"
    """It was approved and is being changed; the approved words hold meanwhile."""


class PlanRefusal(StrEnum):
    """Why something cannot be done with a plan."""

    NOT_OPEN = "not-open"
    """It was sent or approved, so its words stay."""
    NOT_SENT = "not-sent"
    NOT_APPROVED = "not-approved"
    NO_TASKS = "no-tasks"
    NO_SUCH_TASK = "no-such-task"
    NO_SUCH_PLAN = "no-such-plan"
    THERE_IS_ONE = "there-is-one"
    """Of this school year."""


class Change(StrEnum):
    """How a task differs from what was approved."""

    NONE = "none"
    ADDED = "added"
    EDITED = "edited"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class TaskWords:
    """What a plan says of a task."""

    begins_on: date
    due_on: date
    what: str
    how: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a plan, as it is now."""

    id: UUID
    words: TaskWords
    dropped: bool
    approved: TaskWords | None
    done_on: date | None
    note: str

    @property
    def change(self) -> Change:
        """How it differs from what was approved last."""
        if self.dropped:
            return Change.DROPPED
        if self.approved is None:
            return Change.ADDED
        return Change.NONE if self.approved == self.words else Change.EDITED

    def is_late(self, today: date) -> bool:
        """Whether it should have been done."""
        return self.done_on is None and self.words.due_on < today


@dataclass(frozen=True, slots=True)
class Step:
    """What was done with a plan."""

    kind: PlanStepKind
    made_at: datetime
    author: str
    role: str
    note: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan with its tasks, the earliest due first."""

    id: UUID
    school_year: str
    tasks: tuple[Task, ...]
    """Without those that were dropped for good."""
    steps: tuple[Step, ...]

    @property
    def state(self) -> PlanState:
        """How it stands."""
        return _state([step.kind for step in self.steps])

    @property
    def is_open(self) -> bool:
        """Whether its words can be changed."""
        return self.state in (PlanState.DRAFT, PlanState.AMENDING)

    @property
    def approval(self) -> Step | None:
        """The last time it was approved."""
        told = [step for step in self.steps if step.kind is PlanStepKind.APPROVED]
        return told[-1] if told else None

    @property
    def standing(self) -> tuple[Task, ...]:
        """The tasks that are to be done."""
        return tuple(task for task in self.tasks if not task.dropped)

    @property
    def done(self) -> int:
        """How many of them are done."""
        return sum(task.done_on is not None for task in self.standing)

    @property
    def changed(self) -> tuple[Task, ...]:
        """What differs from what was approved; nothing before a first approval."""
        if self.approval is None:
            return ()
        return tuple(task for task in self.tasks if task.change is not Change.NONE)


class YearPlans:
    """The plans of one school's library, a year each."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def begin(self, year: YearDates, author: str) -> UUID | PlanRefusal:
        """Make a year's plan of the template's tasks."""
        with self._library.act() as act:
            if _plan_of(act, year.name) is not None:
                return PlanRefusal.THERE_IS_ONE
            plan_id = new_id()
            made = {"school_year": year.name, "made_at": act.now, "author": author}
            row = {"school_id": act.school_id, "id": plan_id, **made}
            act.connection.execute(insert(YearPlan).values(row))
            for words in template_tasks(year):
                _add(act, plan_id, words)
        return plan_id

    def shown(self, school_year: str) -> Plan | None:
        """A year's plan; None where there is none yet."""
        with self._library.act() as act:
            return read_plan(act, school_year)

    def add(self, plan_id: UUID, words: TaskWords) -> UUID | PlanRefusal:
        """Enter a task into a plan that is open."""
        with self._library.act() as act:
            return _why_closed(act, plan_id) or _add(act, plan_id, words)

    def edit(self, task_id: UUID, words: TaskWords) -> PlanRefusal | None:
        """Change a task of a plan that is open."""
        with self._library.act() as act:
            return edit_task(act, task_id, words)

    def drop(self, task_id: UUID, *, dropped: bool = True) -> PlanRefusal | None:
        """Strike a task of an open plan out, or take it in again."""
        with self._library.act() as act:
            return _change(act, task_id, {"dropped": dropped})

    def tick(self, task_id: UUID, done_on: date | None, note: str) -> PlanRefusal | None:
        """Note how far a task is; that needs nobody's approval."""
        with self._library.act() as act:
            told = {"done_on": done_on, "note": note}
            changed = act.connection.execute(update(PlanTask).where(*_one(act, task_id)), told)
            return None if changed.rowcount else PlanRefusal.NO_SUCH_TASK

    def submit(self, plan_id: UUID, author: str, role: str) -> PlanRefusal | None:
        """Send a plan to the head teacher."""
        with self._library.act() as act:
            closed = _why_closed(act, plan_id)
            if closed is not None:
                return closed
            counted = select(func.count()).where(*_of(act, plan_id), PlanTask.dropped.is_(False))
            if not act.connection.execute(counted).scalar_one():
                return PlanRefusal.NO_TASKS
            _step(act, plan_id, PlanStepKind.SUBMITTED, author, role)
        return None

    def approve(self, plan_id: UUID, author: str, role: str) -> PlanRefusal | None:
        """Approve what was sent; its words are kept as they are now."""
        with self._library.act() as act:
            refused = _unless(act, plan_id, PlanState.SENT)
            if refused is not None:
                return refused
            for task in _tasks(act, plan_id):
                words = None if task.dropped else _as_json(task.words)
                changed = update(PlanTask).where(*_one(act, task.id)).values(approved=words)
                act.connection.execute(changed)
            _step(act, plan_id, PlanStepKind.APPROVED, author, role)
        return None

    def send_back(self, plan_id: UUID, author: str, role: str, note: str) -> PlanRefusal | None:
        """Return what was sent, with a word on what is wanted."""
        return self._answer(plan_id, PlanState.SENT, PlanStepKind.RETURNED, author, role, note)

    def reopen(self, plan_id: UUID, author: str, role: str) -> PlanRefusal | None:
        """Open an approved plan, to change it and have it approved anew."""
        kind = PlanStepKind.REOPENED
        return self._answer(plan_id, PlanState.APPROVED, kind, author, role, "")

    def _answer(
        self,
        plan_id: UUID,
        wanted: PlanState,
        kind: PlanStepKind,
        author: str,
        role: str,
        note: str,
    ) -> PlanRefusal | None:
        with self._library.act() as act:
            refused = _unless(act, plan_id, wanted)
            if refused is not None:
                return refused
            _step(act, plan_id, kind, author, role, note)
        return None


def read_plan(act: Act, school_year: str) -> Plan | None:
    """A year's plan, in a transaction that has begun."""
    plan_id = _plan_of(act, school_year)
    if plan_id is None:
        return None
    steps = tuple(Step(*row) for row in act.connection.execute(_steps(act, plan_id)))
    tasks = _tasks(act, plan_id)
    first = not any(step.kind is PlanStepKind.APPROVED for step in steps)
    shown = (task for task in tasks if not task.dropped or first or task.approved is not None)
    return Plan(plan_id, school_year, tuple(shown), steps)


def hold_task(act: Act, task_id: UUID) -> tuple[Plan, Task] | None:
    """A task and its plan, which nobody else changes meanwhile; None if there is none."""
    plan_of = select(PlanTask.plan_id).where(*_one(act, task_id)).scalar_subquery()
    held = select(YearPlan.school_year).where(
        YearPlan.school_id == act.school_id, YearPlan.id == plan_of
    )
    school_year = act.connection.execute(held.with_for_update()).scalar()
    plan = None if school_year is None else read_plan(act, school_year)
    if plan is None:
        return None
    task = next((one for one in plan.tasks if one.id == task_id), None)
    return None if task is None else (plan, task)


def edit_task(act: Act, task_id: UUID, words: TaskWords) -> PlanRefusal | None:
    """Change a task of a plan that is open, in a transaction that has begun."""
    return _change(act, task_id, asdict(words))


def template_tasks(year: YearDates) -> Iterator[TaskWords]:
    """The template's tasks, dated in a school year."""
    for told in _template()["task"]:
        begins, due = (_day(told[key], year.begins_on.year) for key in ("from", "by"))
        yield TaskWords(begins, due, told["what"], told["how"], told["who"])


def themes() -> dict[int, str]:
    """What the shelves and talks of a month are about."""
    return {int(month): words for month, words in _template()["themes"].items()}


def waiting(school_id: int, today: date) -> tuple[ColumnElement[bool], ...]:
    """What a task must be to wait this month; while a plan is changed the approved words hold."""
    begun = (SchoolYear.school_id == school_id, SchoolYear.begins_on <= today + _A_MONTH)
    year = select(func.max(SchoolYear.name)).where(*begun).scalar_subquery()
    plan = select(YearPlan.id).where(YearPlan.school_id == school_id, YearPlan.school_year == year)
    return (
        PlanTask.school_id == school_id,
        PlanTask.plan_id.in_(plan),
        PlanTask.done_on.is_(None),
        case((_was_approved(), _due(today, approved=True)), else_=_due(today, approved=False)),
    )


def sent(school_id: int) -> tuple[ColumnElement[bool], ...]:
    """What a plan must be to wait for the head teacher."""
    later = aliased(PlanStep)
    of_same = (later.school_id == PlanStep.school_id, later.plan_id == PlanStep.plan_id)
    newer = exists().where(*of_same, later.position > PlanStep.position)
    last = select(PlanStep.plan_id).where(PlanStep.school_id == school_id, ~newer)
    was_sent = PlanStep.kind == PlanStepKind.SUBMITTED
    return YearPlan.school_id == school_id, YearPlan.id.in_(last.where(was_sent))


def _was_approved() -> ColumnElement[bool]:
    step = (PlanStep.school_id == PlanTask.school_id, PlanStep.plan_id == PlanTask.plan_id)
    return exists().where(*step, PlanStep.kind == PlanStepKind.APPROVED)


def _due(today: date, *, approved: bool) -> ColumnElement[bool]:
    """Whether a task has begun and is due this month, by its approved words or by its own."""
    last = _month_end(today)
    if not approved:
        return ~PlanTask.dropped & (PlanTask.begins_on <= today) & (PlanTask.due_on <= last)
    begins, due = (PlanTask.approved[key].as_string() for key in ("begins_on", "due_on"))
    return and_(begins <= today.isoformat(), due <= last.isoformat())


_A_MONTH: Final = timedelta(days=31)
"""A plan begins before the school year does."""
_COLUMNS: Final = (
    PlanTask.id,
    PlanTask.begins_on,
    PlanTask.due_on,
    PlanTask.what,
    PlanTask.how,
    PlanTask.who,
    PlanTask.dropped,
    PlanTask.approved,
    PlanTask.done_on,
    PlanTask.note,
)


@cache
def _template() -> dict[str, Any]:
    return tomllib.loads(TASKS_FILE.read_text(encoding="utf-8"))


def _day(month_and_day: str, first_year: int) -> date:
    month, day = map(int, month_and_day.split("-"))
    return date(first_year if month >= AUGUST else first_year + 1, month, day)


def _month_end(day: date) -> date:
    return month_after(day) - timedelta(days=1)


def _state(kinds: list[PlanStepKind]) -> PlanState:
    match kinds[-1] if kinds else None:
        case PlanStepKind.APPROVED:
            return PlanState.APPROVED
        case PlanStepKind.SUBMITTED:
            return PlanState.SENT
    return PlanState.AMENDING if PlanStepKind.APPROVED in kinds else PlanState.DRAFT


def _steps(act: Act, plan_id: UUID) -> Any:
    told = (PlanStep.kind, PlanStep.made_at, PlanStep.author, PlanStep.role, PlanStep.note)
    of_plan = (PlanStep.school_id == act.school_id, PlanStep.plan_id == plan_id)
    return select(*told).where(*of_plan).order_by(PlanStep.position)


def _state_of(act: Act, plan_id: UUID) -> PlanState | None:
    """How a plan stands, which nobody else takes a step with meanwhile; None if there is none."""
    held = select(YearPlan.id).where(YearPlan.school_id == act.school_id, YearPlan.id == plan_id)
    if act.connection.execute(held.with_for_update()).first() is None:
        return None
    return _state([row.kind for row in act.connection.execute(_steps(act, plan_id))])


def _unless(act: Act, plan_id: UUID, wanted: PlanState) -> PlanRefusal | None:
    """Why a plan is not as it should be for a step."""
    state = _state_of(act, plan_id)
    if state is None:
        return PlanRefusal.NO_SUCH_PLAN
    return None if state is wanted else _NOT[wanted]


def _why_closed(act: Act, plan_id: UUID) -> PlanRefusal | None:
    """Why a plan's words cannot be changed."""
    state = _state_of(act, plan_id)
    if state is None:
        return PlanRefusal.NO_SUCH_PLAN
    is_open = state in (PlanState.DRAFT, PlanState.AMENDING)
    return None if is_open else PlanRefusal.NOT_OPEN


_NOT: Final = {
    PlanState.SENT: PlanRefusal.NOT_SENT,
    PlanState.APPROVED: PlanRefusal.NOT_APPROVED,
}


def _change(act: Act, task_id: UUID, values: Mapping[str, Any]) -> PlanRefusal | None:
    plan_of = select(PlanTask.plan_id).where(*_one(act, task_id))
    plan_id = act.connection.execute(plan_of).scalar()
    if plan_id is None:
        return PlanRefusal.NO_SUCH_TASK
    closed = _why_closed(act, plan_id)
    if closed is None:
        act.connection.execute(update(PlanTask).where(*_one(act, task_id)).values(**values))
    return closed


def _step(
    act: Act, plan_id: UUID, kind: PlanStepKind, author: str, role: str, note: str = ""
) -> None:
    before = len(act.connection.execute(_steps(act, plan_id)).all())
    row = {"plan_id": plan_id, "position": before + 1, "kind": kind, "made_at": act.now}
    told = {"author": author, "role": role, "note": note}
    act.connection.execute(insert(PlanStep).values(school_id=act.school_id, **row, **told))


def _plan_of(act: Act, school_year: str) -> UUID | None:
    of_year = (YearPlan.school_id == act.school_id, YearPlan.school_year == school_year)
    return act.connection.execute(select(YearPlan.id).where(*of_year)).scalar()


def _add(act: Act, plan_id: UUID, words: TaskWords) -> UUID:
    task_id = new_id()
    row = {"school_id": act.school_id, "id": task_id, "plan_id": plan_id, **asdict(words)}
    begun = {"dropped": False, "approved": None, "done_on": None, "note": ""}
    act.connection.execute(insert(PlanTask).values(**row, **begun))
    return task_id


def _tasks(act: Act, plan_id: UUID) -> list[Task]:
    order = (PlanTask.due_on, PlanTask.begins_on, PlanTask.id)
    asked = select(*_COLUMNS).where(*_of(act, plan_id)).order_by(*order)
    return [_task(row) for row in act.connection.execute(asked)]


def _task(row: Any) -> Task:
    words = TaskWords(row.begins_on, row.due_on, row.what, row.how, row.who)
    approved = None if row.approved is None else _from_json(row.approved)
    return Task(row.id, words, row.dropped, approved, row.done_on, row.note)


def _of(act: Act, plan_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return PlanTask.school_id == act.school_id, PlanTask.plan_id == plan_id


def _one(act: Act, task_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return PlanTask.school_id == act.school_id, PlanTask.id == task_id


def _as_json(words: TaskWords) -> dict[str, str]:
    return {key: str(value) for key, value in asdict(words).items()}


def _from_json(told: Mapping[str, str]) -> TaskWords:
    begins, due = (date.fromisoformat(told[key]) for key in ("begins_on", "due_on"))
    return TaskWords(begins, due, told["what"], told["how"], told["who"])
