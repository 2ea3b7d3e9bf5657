"""The desk's frame in a real browser: the first visit, signing in, the day, the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests import browser as browsers
from tests.browser import NARROW, WIDE, Browser
from tests.hub_school import HubSchool

PASSWORD = "bốn con mèo"


@pytest.fixture(scope="module")
def desk(demo: HubSchool) -> Iterator[Browser]:
    """A browser at a hub that nobody has opened yet."""
    with browsers.opened(demo) as browser:
        yield browser


@pytest.fixture
def screens(pytestconfig: pytest.Config) -> bool:
    """Whether docs/screens/desk/ is to be written anew."""
    return bool(pytestconfig.getoption("--screens"))


def test_first_visit_opens_the_desk(desk: Browser, screens: bool) -> None:
    """Given nobody has an account, when the first page is filled in, then the day is shown."""
    desk.go("/")
    assert desk.path == "/bat-dau"
    desk.picture("bat-dau", screens)
    assert desk.harm() == []

    desk.fill(shown_name="Đỗ Thị Yến", name="thuthu")
    desk.fill(password=PASSWORD, again="khác")
    desk.press("Mở bàn thủ thư")
    desk.wait_for("Hai lần gõ chưa giống nhau.")
    assert desk.find("#shown_name").get_attribute("value") == "Đỗ Thị Yến"
    assert desk.find("#password").get_attribute("value") == ""

    desk.fill(password=PASSWORD, again=PASSWORD)
    desk.press("Mở bàn thủ thư")
    desk.wait_for("Bàn thủ thư đã sẵn sàng.")
    assert "Chưa có trạm nào được ghi nhận." in desk.text


def test_signing_in_leads_where_one_wanted(desk: Browser, screens: bool) -> None:
    """Given a page behind the sign-in, when signed in, then that page is shown."""
    desk.go("/")
    desk.press("Đăng xuất")
    desk.wait_for("Quên mật khẩu?")
    desk.picture("dang-nhap", screens)
    assert desk.harm() == []

    desk.go("/mat-khau")
    desk.fill(name="Thủ Thư", password="sai rồi")
    desk.find("#password").send_keys(Keys.ENTER)
    desk.wait_for("Tên đăng nhập hoặc mật khẩu chưa đúng.")
    desk.fill(password=PASSWORD)
    desk.find("#password").send_keys(Keys.ENTER)
    desk.wait_for("Đổi mật khẩu")
    assert desk.path == "/mat-khau"
    assert desk.harm() == []


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_day_is_read_at_both_sizes(desk: Browser, size: tuple[int, int], screens: bool) -> None:
    """Given the demo school's loans, when shown wide and narrow, then nothing sticks out."""
    desk.resize(size)
    desk.go("/")
    desk.wait_for("quá hạn")
    desk.picture("hom-nay", screens)

    assert desk.harm() == []
    assert desk.wider_than_window() == 0
    desk.resize(WIDE)


def test_help_opens_by_key(desk: Browser) -> None:
    """Given any page, when F1 is pressed, then its help is open."""
    desk.go("/")
    desk.find("body").send_keys(Keys.F1)

    assert desk.find(".help").get_attribute("open") is not None
    assert desk.driver.find_element(By.CSS_SELECTOR, ".help-words").is_displayed()
