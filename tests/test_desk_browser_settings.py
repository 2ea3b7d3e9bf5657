"""Kiosks and settings in a real browser: every page looked at, wide and narrow; one undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import browser as browsers
from tests.browser import NARROW, WIDE, Browser
from tests.hub_school import HubSchool

PAGES = {
    "tram": "/tram",
    "ghep-tram": "/tram/ghep",
    "cai-dat": "/cai-dat",
    "ngay-nghi": "/cai-dat/ngay-nghi",
    "gio-mo-cua": "/cai-dat/gio",
    "quy-dinh": "/cai-dat/quy-dinh",
    "mot-quy-dinh": "/cai-dat/quy-dinh/student/chung/term",
    "noi-quy": "/cai-dat/noi-quy",
    "lua-chon": "/cai-dat/chung",
    "luu-giu": "/cai-dat/luu-giu",
    "tai-khoan": "/cai-dat/tai-khoan",
    "them-tai-khoan": "/cai-dat/tai-khoan/them",
    "nhat-ky": "/cai-dat/nhat-ky",
    "tro-giup": "/tro-giup",
}


@pytest.fixture(scope="module")
def desk(demo: HubSchool) -> Iterator[Browser]:
    demo.kiosk("Trạm cửa thư viện")
    with browsers.opened(demo) as browser:
        browser.sign_in(demo.desk())
        yield browser


@pytest.fixture
def screens(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--screens"))


@pytest.mark.parametrize("name", PAGES)
def test_page_keeps_nobody_out(desk: Browser, name: str, screens: bool) -> None:
    """Given a page, when looked at wide and narrow, then axe is content and nothing sticks out."""
    desk.go(PAGES[name])
    desk.picture(name, screens)
    assert desk.harm() == []
    desk.resize(NARROW)
    assert desk.wider_than_window() == 0
    desk.resize(WIDE)


def test_change_is_undone_by_a_button(desk: Browser, screens: bool) -> None:
    """Given house rules that were changed, when the button is pressed and meant, they are back."""
    desk.go("/cai-dat/noi-quy")
    desk.fill(lines="Giữ trật tự")
    desk.press("Lưu nội quy")
    desk.wait_for("Đã lưu: Nội quy.")
    desk.go("/cai-dat/thay-doi")
    desk.picture("da-thay-doi", screens)
    assert desk.harm() == []
    desk.press("Hoàn lại")
    desk.driver.switch_to.alert.accept()
    desk.wait_for("Đã hoàn lại.")

    desk.go("/cai-dat/noi-quy")
    assert desk.find("#lines").get_attribute("value") != "Giữ trật tự"
