"""Work that takes long, at the desk: it is done beside the pages, and its outcome waits."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from admin.desk.jobs import JOBS, KEPT, MOST, Job, Jobs, Progress, TooMuchAtOnce
from db.models import Account, Patron
from db.register import Intake, Register
from db.states import CopyState
from tests.desk_school import DeskSchool, words
from tests.hub_school import MORNING, DeskClient

LONG_COLUMN = "ghi chú " * 60
"""So that few lines make a file that takes long."""


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Work waits for it; it is opened at the end in any case."""
    gate = threading.Event()
    yield gate
    gate.set()


def begin(jobs: Jobs, work: Any, owner: str = "hoa", now: datetime = MORNING) -> Job:
    return jobs.begin(owner, "Việc", work, lambda _desk, outcome: outcome, now)


def awaited(school: DeskSchool, path: str) -> str:
    """The address of a job of the one account there is, once it is done."""
    (account,) = school.rows(Account)
    job = JOBS.find(path.removeprefix("/viec/"), account.name, school.clock.now())
    assert job is not None
    assert job.future.exception(timeout=60) is None
    return path


def test_long_list_is_looked_at_and_written_beside_the_pages(
    school: DeskSchool, desk: DeskClient
) -> None:
    """Given a long file, when sent, then a page of its own, its preview, and it is written."""
    before = school.count(Patron)
    lines = [
        f"{n},Lê Văn {chr(65 + n % 26)}{chr(97 + n // 26)},6A,{LONG_COLUMN}" for n in range(450)
    ]
    file = "\n".join(["STT,Họ và tên,Lớp,Ghi chú", *lines]).encode("utf-8-sig")
    sent = desk.submit("/ban-doc/nhap", files={"file": ("ds.csv", file)}, kind="pupils")
    assert sent.headers["Location"].startswith("/viec/")
    preview = desk.page(awaited(school, sent.headers["Location"]))
    assert "450 mới" in words(preview)
    assert school.count(Patron) == before
    hidden = dict(re.findall(r'type="hidden" name="(kind|word|told)" value="([^"]*)"', preview))
    written = desk.submit("/ban-doc/nhap/ghi", **hidden).headers["Location"]
    done = desk.get(awaited(school, written))

    assert done.headers["Location"] == "/ban-doc"
    assert "Đã ghi: 450 người mới" in desk.page("/ban-doc")
    assert school.count(Patron) == before + 450


def test_many_labels_wait_to_be_taken_away(school: DeskSchool, desk: DeskClient) -> None:
    """Given more labels than people wait for, when printed, then the file waits on a page."""
    edition = school.copy("STK.00001").edition_id
    Register(school.library).take_in(Intake(edition, "STK", 255, state=CopyState.AVAILABLE))
    form = {"kind": "machine", "code": "qr", "sheet": "65", "start": "1", "kho": "STK"}
    sent = desk.submit("/in-nhan", numbers="", first="1", last="999", **form)
    page = desk.page(awaited(school, sent.headers["Location"]))
    assert "In 267 nhãn" in page
    link = re.search(r'href="(/viec/[^"]+/tep)"', page)
    assert link is not None
    file = desk.get(link[1])

    assert file.headers["Content-Type"] == "application/pdf"
    assert "Đã xong" in words(desk.page("/viec"))


def test_inspection_file_is_made_beside_the_pages(school: DeskSchool, desk: DeskClient) -> None:
    """S69: Given last year chosen, when made, then its ZIP waits; no year but those on offer."""
    unknown = desk.submit("/so/ho-so", year="1999")
    sent = desk.submit("/so/ho-so", year="2025")
    page = desk.page(awaited(school, sent.headers["Location"]))
    file = desk.get(f"{sent.headers['Location']}/tep")

    assert unknown.status_code == 422
    assert "Hồ sơ thư viện 2025–2026" in words(page)
    assert file.content.startswith(b"PK")
    assert "2025-2026.zip" in file.headers["Content-Disposition"]


def test_page_says_how_far_the_work_is(
    school: DeskSchool, desk: DeskClient, gate: threading.Event
) -> None:
    """Given work under way, when its page is opened, then words and numbers; no file yet."""
    (account,) = school.rows(Account)
    reached = threading.Event()

    def work(progress: Progress) -> None:
        progress.tell("Đang đọc lại từng trang", 3, 500)
        reached.set()
        gate.wait(30)

    job = begin(JOBS, work, account.name, school.clock.now())
    assert reached.wait(30)
    page = desk.page(f"/viec/{job.word}")
    assert "Đang đọc lại từng trang: 3/500" in words(page)
    assert 'max="500" value="3"' in page
    assert desk.get(f"/viec/{job.word}/tep").headers["Location"] == f"/viec/{job.word}"
    assert "Đang đọc lại từng trang" in words(desk.page("/viec"))


def test_job_is_its_owners(school: DeskSchool, desk: DeskClient) -> None:
    """Given somebody's work, when another asks for it, then there is none."""
    job = begin(JOBS, lambda _progress: None, "somebody", school.clock.now())

    assert desk.get(f"/viec/{job.word}").status_code == 404
    assert desk.get("/viec/nothing").status_code == 404
    assert "Không có việc nào" in words(desk.page("/viec"))


def test_mistake_in_a_job_is_told(school: DeskSchool, desk: DeskClient) -> None:
    """Given work that breaks, when its page is opened, then that it broke, with status 500."""
    (account,) = school.rows(Account)
    job = begin(JOBS, lambda _progress: 1 // 0, account.name, school.clock.now())
    job.future.exception(timeout=30)
    answer = desk.get(f"/viec/{job.word}")

    assert answer.status_code == 500
    assert "Máy gặp lỗi nên chưa làm xong" in words(answer.text)


def test_jobs_are_forgotten_and_never_too_many(gate: threading.Event) -> None:
    """Given more work than may wait, when begun, then refused; what is done gives way, or waits."""
    jobs = Jobs()
    first = begin(jobs, lambda _progress: "done")
    first.future.result(timeout=30)
    waiting = [begin(jobs, lambda _progress: gate.wait(30)) for _ in range(MOST)]
    assert jobs.find(first.word, "hoa", MORNING) is None
    with pytest.raises(TooMuchAtOnce):
        begin(jobs, lambda _progress: None)
    gate.set()
    for job in waiting:
        job.future.result(timeout=30)

    found_over = MORNING + 2 * KEPT
    assert len(jobs.of("hoa", found_over)) == MOST
    assert jobs.of("hoa", found_over + KEPT + timedelta(seconds=1)) == []
