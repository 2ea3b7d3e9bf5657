"""The small school behind a desk that somebody is signed in at, for tests of pages."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from admin.app import create_app
from db.engine import sqlite_url
from db.states import DeskRole
from tests.hub_school import DeskClient
from tests.small_school import SmallSchool


class DeskSchool(SmallSchool):
    """A hub's small school."""

    def __init__(self, where: Path | str) -> None:
        """On a new file, or on a database by its URL."""
        super().__init__(where if isinstance(where, str) else sqlite_url(where), is_station=False)
        self.app = create_app(self.engine, self.clock)

    def client(self, *roles: DeskRole) -> DeskClient:
        """A browser of somebody with these roles, or of the librarian."""
        client = DeskClient(self.app)
        client.sign_in(self, roles or (DeskRole.LIBRARIAN,))  # type: ignore[arg-type]
        return client


def words(page: str) -> str:
    """What a page says, without its markup."""
    body = re.sub(r"<(script|style|svg|title)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def sent(client: DeskClient, path: str, status: int = 303, /, **fields: Any) -> str:
    """Send a form, and what the page says that it leads to."""
    answer = client.submit(path, **fields)
    assert answer.status_code == status, (answer.status_code, words(answer.text)[-400:])
    if status == 303:
        return words(client.page(answer.headers["Location"]))
    return words(answer.text)
