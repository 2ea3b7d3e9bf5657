"""The page of work that takes long: how far it is, and then what came of it. Keeps out the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Response

from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Section
from admin.desk.jobs import JOBS, Job, Progress, TooMuchAtOnce, Work
from admin.desk.rights import Right

HERE = "/viec"
REFRESH_S = 2
"""How often the page looks how far the work is."""

router = APIRouter(include_in_schema=False)
Anyone = Annotated[Desk, allowed(Right.OWN_ACCOUNT)]


def carry_out(
    desk: Desk,
    title: str,
    work: Work,
    then: Callable[[Desk, Any], Response],
    *,
    is_long: bool,
    hands_out: bool = False,
) -> Response:
    """Do some work at once, or, if it is long, beside the pages with a page of its own.

    Args:
        desk: Whose request it is.
        title: What is being done, for people.
        work: Does it; no request may be used in it, for that is over by then.
        then: Makes the answer of the outcome, now or at the request that comes for it.
        is_long: Whether people would wait too long.
        hands_out: Whether the answer is a file.
    """
    if not is_long:
        return then(desk, work(Progress()))
    try:
        job = JOBS.begin(desk.author, title, work, then, desk.now, hands_out)
    except TooMuchAtOnce:
        return desk.go("/", "Máy đang làm nhiều việc lâu. Hãy thử lại sau vài phút.")
    return desk.go(f"{HERE}/{job.word}")


@router.get(HERE)
def show_all(desk: Anyone) -> Response:
    """Show what one has begun that takes long."""
    return desk.show("jobs.html", jobs=JOBS.of(desk.author, desk.now))


@router.get(f"{HERE}/{{word}}")
def show_one(desk: Anyone, word: str) -> Response:
    """Show how far a piece of work is; once it is done, what came of it."""
    job = _job(desk, word)
    if job.is_done and not job.has_failed and not job.hands_out:
        answer: Response = job.then(desk, job.future.result())
        return answer
    status = 500 if job.has_failed else 200
    return desk.show("job.html", status, job=job, refresh_s=REFRESH_S)


@router.get(f"{HERE}/{{word}}/tep")
def hand_out(desk: Anyone, word: str) -> Response:
    """Hand out the file that was made."""
    job = _job(desk, word)
    if not job.is_done or job.has_failed:
        return desk.go(f"{HERE}/{word}")
    answer: Response = job.then(desk, job.future.result())
    return answer


def _job(desk: Desk, word: str) -> Job:
    job = JOBS.find(word, desk.author, desk.now)
    if job is None:
        raise HTTPException(404, "There is no such work any more.")
    return job


PAGES = Pages(Section.HELP, router)
