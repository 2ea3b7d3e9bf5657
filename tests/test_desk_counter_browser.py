"""The counter, the catalogue and the sheets in a real browser: keys and a scanner alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from sqlalchemy import func, select

from db.demo import demo_cast
from db.models import Copy, Edition
from db.states import DeskRole, LendingMode
from tests import browser as browsers
from tests.browser import NARROW, WIDE, Browser
from tests.hub_school import HubSchool, at

PAGES = {
    "muc-luc": "/sach?q=de men",
    "nhap-sach": "/nhap-sach",
    "xu-ly": "/xu-ly",
    "tep": "/sach-tep",
    "tu-sach": "/tu-sach",
    "thu-muc": "/thu-muc",
    "in-nhan": "/in-nhan",
    "do-giay": "/in-nhan/to",
    "in-the": "/in-the",
    "bo-sgk": "/bo-sgk",
    "bo-sgk-moi": "/bo-sgk/moi?khoi=6",
    "nhac-tra": "/nhac-tra",
    "thu-hoi": "/thu-hoi",
    "giu-cho": "/giu-cho",
    "mat-hong": "/mat-hong",
    "bao-mat": "/mat-hong/moi?so=STN.00001",
    "de-nghi": "/de-nghi",
    "goc-lop": "/goc-lop",
    "goc-lop-moi": "/goc-lop/moi?lop=6A",
    "sach-moi": "/sach/moi",
}


PICTURED = {"muc-luc", "nhap-sach", "xu-ly", "tep", "tu-sach", "in-nhan", "nhac-tra", "mat-hong"}
"""Pages that the handbook shows, besides those of the stories."""


@pytest.fixture(scope="module")
def desk(demo: HubSchool) -> Iterator[Browser]:
    """A browser of the demo school's librarian."""
    with browsers.opened(demo) as browser:
        browser.sign_in(demo.desk(DeskRole.LIBRARIAN))
        yield browser


@pytest.fixture
def screens(pytestconfig: pytest.Config) -> bool:
    """Whether docs/screens/desk/ is to be written anew."""
    return bool(pytestconfig.getoption("--screens"))


def scan(desk: Browser, code: str) -> None:
    """Do as a hand scanner does: type into whatever has the focus, and press Enter."""
    desk.driver.switch_to.active_element.send_keys(code, Keys.ENTER)


@pytest.mark.parametrize("records", ["sqlite", "postgresql"], indirect=True)
def test_scanner_alone_serves_a_reader(desk: Browser, screens: bool) -> None:
    """Given the counter, when a scanner types, then card, two books, next reader, a return."""
    cast = demo_cast(desk.school.engine, 1, at(0), seed=3)
    card, copies = cast.free_pupils[0].card, [copy.accession for copy in cast.shelved[:2]]
    desk.go("/muon-tra")
    scan(desk, card)
    desk.wait_for(f"Thẻ {card}")
    for accession in copies:
        scan(desk, accession)
        desk.wait_for(f"({accession}), hạn trả")
    desk.picture("muon-tra", screens)
    assert desk.harm() == []
    scan(desk, "")
    desk.wait_for("Thẻ bạn đọc để mượn")
    scan(desk, copies[0])
    desk.wait_for("Vừa ghi trả")
    desk.picture("muon-tra-vua-tra", screens)
    assert desk.harm() == []


@pytest.mark.parametrize("name", PAGES)
def test_page_keeps_nobody_out(desk: Browser, name: str, screens: bool) -> None:
    """Given a page of the desk, when axe looks at it wide and narrow, then nothing serious."""
    desk.resize(WIDE)
    desk.go(PAGES[name])
    desk.find("h1")
    desk.picture(name, screens and name in PICTURED)
    assert desk.harm() == []
    desk.resize(NARROW)
    wide = desk.driver.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide == 0
    desk.resize(WIDE)


def test_pupil_gets_a_set_by_scans(desk: Browser, screens: bool) -> None:
    """S74: given a class, when a card and books are scanned, then the set grows."""
    cast = demo_cast(desk.school.engine, 1, at(0), seed=4)
    pupil = next(one for one in cast.free_pupils if one.homeroom.startswith("6"))
    desk.go("/bo-sgk")
    desk.press(pupil.homeroom)
    desk.find("#code")
    scan(desk, pupil.card)
    desk.wait_for("Mã sách, hoặc thẻ của em khác")
    for accession in _textbooks(desk, 3):
        scan(desk, accession)
        desk.wait_for(accession)
    desk.picture("bo-sgk-phat", screens)
    assert "đã nhận" in desk.text
    assert desk.harm() == []


def _textbooks(desk: Browser, count: int) -> list[str]:
    """Copies of different textbooks of grade 6 that stand ready."""
    asked = (
        select(func.min(Copy.accession))
        .join(Edition, Edition.id == Copy.edition_id)
        .where(Edition.grade == 6, Edition.lending == LendingMode.TEXTBOOK_SET)
        .group_by(Edition.id)
        .order_by(func.min(Copy.accession))
        .limit(count)
    )
    with desk.school.engine.begin() as connection:
        return list(connection.execute(asked).scalars())


def test_corner_and_book_are_reached_by_links(desk: Browser, screens: bool) -> None:
    """Given the catalogue, when a title is opened, then its copies and record are there."""
    desk.go("/sach?q=de men")
    desk.find("tbody a").click()
    desk.wait_for("Biểu ghi")
    desk.picture("nhan-de", screens)
    assert desk.harm() == []
    assert desk.driver.find_elements(By.CSS_SELECTOR, "[name=shelf]")
