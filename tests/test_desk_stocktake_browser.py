"""Counting in a real browser: a hand scanner that types, and a camera that sees a label."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys

from db.library import Library
from db.stocktaking import CountPlan, Stocktaking
from printer.codes import qr
from tests import browser as browsers
from tests.browser import NARROW, WIDE, Browser
from tests.hub_school import HubSchool

A_CAMERA = """
const rows = ROWS;
const canvas = document.createElement("canvas");
[canvas.width, canvas.height] = [640, 480];
const pen = canvas.getContext("2d");
function draw() {
  pen.fillStyle = "white";
  pen.fillRect(0, 0, 640, 480);
  pen.fillStyle = "black";
  rows.forEach((row, y) => row.forEach((light, x) => {
    if (!light) pen.fillRect(200 + 8 * x, 120 + 8 * y, 8, 8);
  }));
}
setInterval(draw, 50);
navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(20);
"""
"""In place of the telephone's camera: a film of one label."""


@pytest.fixture(scope="module")
def desk(
    records: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A browser of a librarian whose library has three copies."""
    if records == "postgresql":
        school = HubSchool(request.getfixturevalue("postgres").new_records())
    else:
        school = HubSchool(tmp_path_factory.mktemp("hub") / "hub.db")
    with browsers.opened(school) as browser:
        browser.sign_in(school.desk())
        yield browser
    school.engine.dispose()


def scan(desk: Browser, code: str) -> None:
    """Do as a hand scanner does: type into whatever has the focus, and press Enter."""
    desk.driver.switch_to.active_element.send_keys(code, Keys.ENTER)


def film(text: str) -> str:
    """A camera that sees a label."""
    return A_CAMERA.replace("ROWS", json.dumps(np.asarray(qr(text)).tolist()))


def test_scanner_and_camera_count_together(desk: Browser, pytestconfig: Any) -> None:
    """S82: given a count, when a scanner types and a camera sees, then one page answers both."""
    counts = Stocktaking(Library(desk.school.engine, 1, desk.school.clock))
    count = counts.begin(CountPlan("Kiểm kê 31/5"))
    assert isinstance(count, UUID)
    desk.go(f"/kiem-ke/{count}/quet")
    for code, said in (
        ("STN.00001", "Đã ghi."),
        ("STN.00001", "chỉ tính một lần"),
        ("HS204817", "Đây là thẻ bạn đọc"),
    ):
        scan(desk, code)
        desk.wait_for(said)
    assert desk.find("[data-seen]").text == "1"
    assert desk.harm() == []
    desk.driver.execute_script(film("STN.00002"))
    desk.press("Quét bằng camera")
    desk.wait_for("STN.00002 · vừa xong")
    desk.press("Tắt camera")
    desk.picture("kiem-ke-quet", bool(pytestconfig.getoption("--screens")))

    assert counts.minutes(count).seen_by == (
        ("Cô Hoa, máy quét", 1),
        ("Cô Hoa, điện thoại", 1),
    )


def test_pages_fit_a_telephone(desk: Browser) -> None:
    """Given the pages of counting and weeding, then none sticks out or keeps anybody out."""
    for path in ("/kiem-ke/moi", "/thanh-loc/moi?theo=worn"):
        desk.go(path)
        for size in (WIDE, NARROW):
            desk.resize(size)
            assert desk.wider_than_window() <= 0, (path, size)
        assert desk.harm() == [], path
