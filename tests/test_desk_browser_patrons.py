"""The readers' pages in a real browser: found by keyboard, a list of pupils written."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys
from sqlalchemy import select

from admin.desk.jobs import JOBS, Progress
from db.demo import demo_cast
from db.models import Account
from tests import browser as browsers
from tests.browser import NARROW, WIDE, Browser
from tests.hub_school import HubSchool, at
from tests.school_files import workbook


@pytest.fixture(scope="module")
def desk(demo: HubSchool) -> Iterator[Browser]:
    with browsers.opened(demo) as browser:
        browser.sign_in(demo.desk())
        yield browser


@pytest.fixture
def screens(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--screens"))


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_reader_is_found_by_keyboard(desk: Browser, size: tuple[int, int], screens: bool) -> None:
    """Given the list, when "/", a name and Enter are typed, then the reader is there to open."""
    desk.resize(size)
    desk.go("/ban-doc")
    desk.picture("ban-doc", screens)
    assert desk.harm() == []
    desk.find("body").send_keys("/")
    desk.driver.switch_to.active_element.send_keys("an 6a", Keys.ENTER)
    desk.wait_for("trong")
    desk.find("tbody a").click()
    desk.wait_for("Cấp thẻ mới")
    desk.picture("mot-ban-doc", screens)

    assert desk.harm() == []
    assert desk.wider_than_window() == 0
    desk.resize(WIDE)


def test_list_is_looked_at_and_written(desk: Browser, tmp_path: Path, screens: bool) -> None:
    """Given a file, when chosen, looked at and written, then its new pupil is found."""
    file = tmp_path / "lớp 6A.xlsx"
    head, hoa, tam = (
        ("STT", "Họ và tên", "Lớp"),
        (1, "Đặng Thị Hoa Gạo", "6A"),
        (2, "Lê Văn Tám", "12C"),
    )
    file.write_bytes(workbook({"6A": (head, hoa, tam)}))
    desk.go("/ban-doc/nhap")
    assert desk.harm() == []
    desk.find('[name="file"]').send_keys(str(file))
    desk.press("Xem trước")
    desk.wait_for("chưa ghi gì")
    desk.picture("nhap-danh-sach", screens)
    assert desk.harm() == []
    desk.press("Ghi vào dữ liệu")
    desk.wait_for("Đã ghi: 1 người mới")

    desk.go("/ban-doc?q=hoa+gao")
    desk.wait_for("Đặng Thị Hoa Gạo")


def test_form_keeps_what_was_typed(desk: Browser, screens: bool) -> None:
    """Given a form with a mistake, when sent, then it says what, and keeps the rest."""
    desk.go("/ban-doc/them")
    desk.fill(name="Lê Văn Tám", homeroom="5A")
    desk.find('[name="name"]').send_keys(Keys.ENTER)
    desk.wait_for("Lớp chưa đúng.")
    desk.picture("them-ban-doc", screens)

    assert desk.find('[name="name"]').get_attribute("value") == "Lê Văn Tám"
    assert desk.harm() == []
    desk.go("/ban-doc/len-lop")
    desk.picture("len-lop", screens)
    assert desk.harm() == []


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_request_about_data_is_entered(desk: Browser, size: tuple[int, int], screens: bool) -> None:
    """Given a parent's letter, when entered and opened, then its days stand there."""
    card = demo_cast(desk.school.engine, 1, at(0), seed=3).free_pupils[0].card
    desk.resize(size)
    desk.go("/ban-doc/yeu-cau")
    desk.fill(card=card, paper="Đơn 12")
    desk.press("Ghi yêu cầu")
    desk.wait_for("Đã ghi yêu cầu.")
    desk.picture("yeu-cau", screens)
    assert desk.harm() == []
    assert desk.wider_than_window() == 0
    desk.find("tbody a").click()
    desk.wait_for("Ghi trả lời")
    desk.picture("mot-yeu-cau", screens)

    assert desk.harm() == []
    assert desk.wider_than_window() == 0
    desk.resize(WIDE)


def test_work_that_takes_long_is_waited_for(desk: Browser, screens: bool) -> None:
    """Given work under way, when its page is open, then it moves, and at the end has the file."""
    with desk.school.engine.begin() as connection:
        owner = connection.execute(select(Account.name)).scalar_one()
    gate, told = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        progress.tell("Đang đọc lại từng trang", 214, 500)
        told.set()
        gate.wait(60)

    job = JOBS.begin(
        owner, "In 32.500 nhãn", work, lambda _desk, _made: None, desk.school.clock.now(), True
    )
    assert told.wait(60)
    desk.go(f"/viec/{job.word}")
    desk.wait_for("Đang đọc lại từng trang: 214/500")
    desk.picture("viec-lau", screens)
    assert desk.harm() == []
    gate.set()

    desk.wait_for("Tải tệp")
    assert desk.harm() == []
