"""A form of the desk that was sent after its session had ended: kept, and sent again."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from admin import desk
from admin.app import create_app
from admin.desk import accounts, sessions
from admin.desk.door import SECRETS
from admin.desk.held import KEPT
from db.models import Patron
from db.states import DeskRole
from tests.hub_school import DeskClient, HubSchool

NAME, PASSWORD = "hoa", "bốn con mèo"
TYPED = {"name": "Lê Văn “Tám”", "category": "teacher", "homeroom": "", "card": ""}


@pytest.fixture
def client(hub: HubSchool) -> DeskClient:
    """A librarian's browser, whose session has just ended."""
    now, client = hub.clock.now(), DeskClient(create_app(hub.engine, hub.clock))
    roles = (DeskRole.LIBRARIAN,)
    with hub.engine.begin() as connection:
        account = accounts.make_account(connection, 1, NAME, "Cô Hoa", PASSWORD, roles, now)
        assert account is not None
        token = sessions.begin(connection, 1, account, now)
    client.cookies.set("tram-sach", token)
    client.key = sessions.form_key(token)
    hub.clock.advance(sessions.IDLE + timedelta(minutes=1))
    return client


def test_form_is_sent_again_as_it_was(hub: HubSchool, client: DeskClient) -> None:
    """Given a form over which the session ended, when signed in, then it is sent as it was."""
    late = client.submit("/ban-doc/them", **TYPED).headers["Location"]
    assert "vẫn còn" in client.get(late).text
    before = hub.count(Patron)
    page = client.page(_sign_in(client))
    assert 'action="/ban-doc/them"' in page
    sent = client.post("/ban-doc/them", data=_hidden(page))

    assert (sent.status_code, hub.count(Patron)) == (303, before + 1)
    assert TYPED["name"] in client.page(sent.headers["Location"])
    assert _sign_in(client) == "/"  # it was offered once


def test_passwords_and_what_is_empty_are_not_kept(client: DeskClient) -> None:
    """Given a new password, a mere button or a forged form, then nothing waits."""
    for path, typed in (
        ("/mat-khau", {"old": PASSWORD, "password": "năm con mèo", "again": "năm con mèo"}),
        ("/ban-doc/them", {"name": " "}),
        ("/ban-doc/them", {"name": "Lê Văn Tám", "key": "0" * 32}),
        ("/ban-doc/them", {"name": "Lê" * 40_000}),
    ):
        answer = client.post(path, data={"key": client.key, **typed})
        assert answer.headers["Location"].endswith("chua-luu=1"), path

    assert _sign_in(client) == "/"


def test_every_secret_field_is_known() -> None:
    """Given all fields that are read as secrets, then none would be kept."""
    read = {
        name
        for file in Path(desk.__path__[0]).glob("*.py")
        for name in re.findall(r'\.secret\("([^"]+)"\)', file.read_text("utf-8"))
    }

    assert read == SECRETS


def test_form_is_its_senders_for_a_while(hub: HubSchool, client: DeskClient) -> None:
    """Given a late form, then no other account and no stranger gets it, and nobody for ever."""
    client.submit("/ban-doc/them", **TYPED)
    page = _sign_in(client)
    other = hub.desk(DeskRole.LIBRARIAN)

    assert other.get(page).status_code == 404
    assert hub.browser().get(page).headers["Location"].startswith("/dang-nhap")
    hub.clock.advance(KEPT + timedelta(minutes=1))
    assert client.get(page).status_code == 404


def _sign_in(client: DeskClient) -> str:
    """Sign in by name and password; where that leads to."""
    hidden = _hidden(client.get("/dang-nhap").text)
    answer = client.post("/dang-nhap", data={**hidden, "name": NAME, "password": PASSWORD})
    return answer.headers["Location"]


def _hidden(page: str) -> dict[str, str]:
    """The hidden fields of the one form on a page that is not a button's."""
    found = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return {name: unescape(words) for name, words in found}
