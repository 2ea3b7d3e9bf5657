"""Options and fixtures that several tests share."""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from kiosk.window import HEADLESS_ENVIRONMENT
from tests import postgres as servers
from tests.demo_school import DemoSchool
from tests.hub_school import HubSchool, begin_demo_hub, demo_hub, demo_hub_at
from tests.postgres import PostgresServer
from tests.screen_driver import ScreenDriver, open_driver

os.environ.update(HEADLESS_ENVIRONMENT)  # before any test imports Kivy


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of our own."""
    parser.addoption("--golden-update", action="store_true", help="write tests/golden/ anew")
    parser.addoption("--screens", action="store_true", help="write docs/screens/ anew")
    parser.addoption(
        "--records",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="the kind of database under the browser's stories",
    )


def pytest_collection_finish() -> None:
    """Have Python look seldom for forgotten objects, and not among those of the modules.

    It looked through all of them some hundred times, which took a third of a screen test's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def golden_update(pytestconfig: pytest.Config) -> bool:
    """Whether golden files are to be written anew."""
    return bool(pytestconfig.getoption("--golden-update"))


@pytest.fixture(autouse=True)
def flushes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Without flushing to the disk, but for tests marked `flushed`: no test cuts our own power.

    What a flush is for is proven in processes of their own (`benchmarks.powercut`).
    """
    if request.node.get_closest_marker("flushed") is not None:
        yield
        return
    event.listen(Pool, "checkout", _do_not_flush)
    yield
    event.remove(Pool, "checkout", _do_not_flush)


def _do_not_flush(connection: object, *_: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def screen() -> Iterator[ScreenDriver]:
    """The real screen in an invisible window, in Vietnamese."""
    driver = open_driver("vi")
    yield driver
    driver.close()


@pytest.fixture(scope="module")
def records(request: pytest.FixtureRequest) -> str:
    """The kind of database under a browser's story: what the story says, or the command line."""
    kind: str = getattr(request, "param", request.config.getoption("--records"))
    return kind


@pytest.fixture(scope="module")
def demo(
    records: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HubSchool]:
    """A hub with the demo school, for browsers."""
    if records == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        school = demo_hub_at(server.new_records(begin_demo_hub))
    else:
        school = demo_hub(tmp_path_factory.mktemp("hub") / "hub.db")
    yield school
    school.engine.dispose()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubSchool]:
    """A hub's records in a file of their own, with few copies and readers."""
    school = HubSchool(tmp_path / "hub.db")
    yield school
    school.engine.dispose()


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the demo school as it begins, to be copied."""
    path = tmp_path_factory.mktemp("demo") / "kiosk.db"
    DemoSchool(path).engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server."""
    programs = servers.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: scripts/setup --dev installs it")
    with servers.running(programs) as server:
        yield server
