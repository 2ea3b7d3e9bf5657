"""Debian's Chromium at the desk of a real server: for the few tests that need a browser.

One server and one browser serve a whole test file; whatever moves is a request away, so tests
wait for what they look for, never for a time.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fastapi import FastAPI
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from admin.app import create_app
from tests.hub_school import DeskClient, HubSchool
from tests.served import served

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
SCREENS = Path(__file__).parent.parent / "docs" / "screens" / "desk"
WIDE, NARROW = (1280, 800), (390, 844)
WAIT_S = 20
HARMFUL = ("serious", "critical")


class Browser:
    """A window, signed in at a hub's desk."""

    def __init__(self, driver: Chrome, url: str, school: HubSchool) -> None:
        self.driver = driver
        self.url = url
        self.school = school
        self.size = WIDE

    def sign_in(self, client: DeskClient) -> None:
        """Take over the session of a client."""
        self.driver.get(f"{self.url}/health")
        token = client.cookies["tram-sach"]
        self.driver.add_cookie({"name": "tram-sach", "value": token, "httpOnly": True})

    def go(self, path: str) -> None:
        """Open a page."""
        self.driver.get(f"{self.url}{path}")

    @property
    def path(self) -> str:
        """Where the window is."""
        return self.driver.current_url.removeprefix(self.url)

    @property
    def text(self) -> str:
        """Everything that can be read."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    def find(self, css: str) -> WebElement:
        """The element, as soon as it is there."""
        return WebDriverWait(self.driver, WAIT_S).until(
            lambda driver: driver.find_element(By.CSS_SELECTOR, css)
        )

    def wait_for(self, words: str) -> None:
        """Wait until the words can be read, also on a page that is only now on its way."""
        on_its_way = [StaleElementReferenceException]
        waiting = WebDriverWait(self.driver, WAIT_S, ignored_exceptions=on_its_way)
        waiting.until(lambda _: words in self.text, words)

    def fill(self, **fields: str) -> None:
        """Type into fields by their names."""
        for name, text in fields.items():
            box = self.find(f'[name="{name}"]')
            if box.tag_name != "select":
                box.clear()
            box.send_keys(text)

    def press(self, words: str) -> None:
        """Press the button or link that says so."""
        said = f'//*[self::button or self::a or self::summary][normalize-space()="{words}"]'
        WebDriverWait(self.driver, WAIT_S).until(
            lambda driver: driver.find_element(By.XPATH, said)
        ).click()

    def resize(self, size: tuple[int, int]) -> None:
        """Look through a window of another size."""
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.size = size

    def harm(self) -> list[str]:
        """What axe-core finds on the page that keeps people out; empty if all is well."""
        self.driver.execute_script(AXE.read_text(encoding="utf-8"))
        found: Any = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {resultTypes: ['violations']}).then(r => done(JSON.stringify("
            "r.violations.map(v => [v.impact, v.id, v.nodes[0].html]))))"
        )
        return [f"{rule}: {html}" for impact, rule, html in json.loads(found) if impact in HARMFUL]

    def wider_than_window(self) -> int:
        """By how many pixels the page sticks out at the right."""
        wide: int = self.driver.execute_script(
            "const page = document.documentElement; return page.scrollWidth - page.clientWidth"
        )
        return wide

    def picture(self, name: str, keep: bool) -> None:
        """Photograph the page into docs/screens/desk/, where pictures are written anew."""
        if keep:
            SCREENS.mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(str(SCREENS / f"{name}-{self.size[0]}.png"))


@contextmanager
def opened(school: HubSchool) -> Iterator[Browser]:
    """A browser at the school's desk, not yet signed in."""
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        pytest.skip("Chromium is not installed: scripts/setup --dev installs it")
    options = ChromeOptions()
    options.binary_location = chromium
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(word)
    options.add_argument("--lang=vi")
    with TemporaryDirectory() as folder, served(_desk(school, Path(folder))) as url:
        driver = Chrome(options=options, service=Service(chromedriver))
        try:
            browser = Browser(driver, url, school)
            browser.resize(WIDE)
            yield browser
        finally:
            driver.quit()


def _desk(school: HubSchool, folder: Path) -> FastAPI:
    """The school's desk; a hub beside a server is told where its files go, as from the command."""
    is_file = school.engine.dialect.name == "sqlite"
    return create_app(school.engine, school.clock, data=None if is_file else folder)
