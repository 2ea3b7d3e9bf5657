"""The desk on a PostgreSQL server: every page that the navigation leads to, and the main acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from admin.app import create_app
from admin.desk.all_pages import ALL_PAGES
from admin.hub import Hub, HubHasNoFolder
from db.clock import SettableClock
from db.demo import fill_demo_school
from db.engine import open_engine
from db.models import AuditEntry, Patron
from tests.hub_school import DeskClient, at
from tests.postgres import PostgresServer
from tests.school_files import workbook

PASSWORD = "bốn con mèo"


@pytest.fixture(scope="module")
def engine(postgres: PostgresServer) -> Iterator[Engine]:
    server = open_engine(postgres.new_records())
    fill_demo_school(server, 1, at(0))
    yield server
    server.dispose()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hub's folder."""
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def desk(engine: Engine, data: Path) -> DeskClient:
    """The librarian, from the first visit on."""
    client = DeskClient(create_app(engine, SettableClock(at(60)), data=data))
    form = {"school": "", "demo": "1", "year": "2026-2027", "shown_name": "Yến", "name": "yen"}
    key = _key(client.get("/bat-dau").text)
    opened = client.post(
        "/bat-dau", data={**form, "key": key, "password": PASSWORD, "again": PASSWORD}
    )
    assert opened.status_code == 303, opened.text
    client.key = _key(client.page("/tro-giup"))
    return client


@pytest.mark.parametrize("path", [place.path for pages in ALL_PAGES for place in pages.places])
def test_every_place_is_there_on_a_server(desk: DeskClient, path: str) -> None:
    """Given a server, when a page of the navigation is opened, then it is there, or not hers."""
    assert desk.get(path).status_code in (200, 403)


def test_reader_is_entered_and_found_on_a_server(desk: DeskClient, engine: Engine) -> None:
    """Given a server, when a pupil is entered, looked at and leaves, then each is recorded."""
    form = {"name": "Đỗ Thị Yến", "category": "student", "homeroom": "6A", "sex": ""}
    where = desk.submit("/ban-doc/them", **form).headers["Location"]
    desk.submit(f"{where}/the")
    assert "Chưa mượn cuốn nào" in desk.page(f"{where}/muon")
    desk.submit(f"{where}/roi-truong")
    with engine.begin() as connection:
        patron = connection.execute(select(Patron.id).where(Patron.name == form["name"])).scalar()
        acts = connection.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == patron))

        assert set(acts) >= {"patron-entered", "card-issued", "view-loans", "patron-left"}


def test_list_is_written_on_a_server(desk: DeskClient, data: Path) -> None:
    """Given a server, when a list is looked at and written, then its pupil is found."""
    rows: list[list[object]] = [["STT", "Họ và tên", "Lớp"], [1, "Lê Văn Tám", "6A"]]
    files = {"file": ("ds.xlsx", workbook({"6A": rows}))}
    page = desk.submit("/ban-doc/nhap", files=files, kind="pupils").text
    hidden = dict(re.findall(r'type="hidden" name="(kind|word|told)" value="([^"]*)"', page))
    desk.submit("/ban-doc/nhap/ghi", **hidden)

    assert "Lê Văn Tám" in desk.page("/ban-doc?q=le+van+tam")
    assert (data / "hub.key").exists()


def test_hub_without_a_folder_makes_no_key(engine: Engine) -> None:
    """Given records on a server and no folder, when the key is asked for, then that is told."""
    with pytest.raises(HubHasNoFolder, match="needs a folder"):
        _ = Hub(engine, SettableClock(at(60))).key_file


def test_setting_is_taken_back_on_a_server(desk: DeskClient) -> None:
    """Given a server, when a setting is changed and taken back, then both are told."""
    desk.submit("/cai-dat/noi-quy", lines="Giữ trật tự")
    path = re.search(r'action="([^"]+/hoan)"', desk.page("/cai-dat/thay-doi"))
    assert path is not None
    desk.submit(path[1])

    assert "Đã hoàn lại." in desk.page("/cai-dat/thay-doi")


def test_wrong_passwords_wait_on_a_server(desk: DeskClient, engine: Engine) -> None:
    """Given a server, when a password is guessed at, then one waits."""
    stranger = DeskClient(create_app(engine, SettableClock(at(60))))
    form = {"name": "yen", "password": "sai sai sai", "wanted": "/"}
    key = _key(stranger.get("/dang-nhap").text)
    codes = [stranger.post("/dang-nhap", data={**form, "key": key}).status_code for _ in range(6)]

    assert codes == [403] * 5 + [429]


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]
