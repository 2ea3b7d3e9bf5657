"""Who works at the stations: given roles and PINs at the desk, which are never shown again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from admin.desk import accounts, sessions
from db.models import Account, AuditEntry, Role, StaffPin
from db.pins import Pins
from db.states import DeskRole, RoleName
from tests.desk_school import DeskSchool, sent
from tests.hub_school import DeskClient
from tests.small_school import A_DAY, card_of, named

PIN, OTHER, PASSWORD = "271828", "314159", "bốn con mèo"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


def test_role_and_pin_are_given_at_the_desk(school: DeskSchool) -> None:
    """Given a teacher's card, when a role and a PIN are given, then both count, none is shown."""
    desk = school.client()
    told = sent(desk, "/tram/nguoi", card=card_of("Lan"), role="librarian", decision="QĐ 12")
    assert "Đặt mã PIN" in told
    told = sent(desk, f"/tram/nguoi/{named('Lan')}/pin", pin=PIN, again=PIN)
    known = Pins(school.library).staff(card_of("Lan"))

    assert known is not None
    assert (known.role, known.has_pin) == (RoleName.LIBRARIAN, True)
    assert Pins(school.library).check(named("Lan"), PIN).is_right
    assert "Đã đặt" in told
    assert PIN not in desk.get("/tram/nguoi").text + desk.get(f"/tram/nguoi/{named('Lan')}").text
    acts = [(row.act, row.subject_id) for row in school.rows(AuditEntry)]
    assert acts[-2:] == [("station-role-given", named("Lan")), ("station-pin-set", named("Lan"))]


@pytest.mark.parametrize(
    ("pin", "again", "sentence"),
    [
        ("123456", "123456", "không theo dãy"),
        (PIN, OTHER, "Hai lần gõ chưa giống nhau."),
        ("", "", "Chưa điền ô này."),
    ],
)
def test_poor_pin_is_refused_unshown(
    school: DeskSchool, pin: str, again: str, sentence: str
) -> None:
    """Given a PIN that is poor or typed otherwise, when sent, then told, and none is set."""
    _appoint(school, "Lan", RoleName.LIBRARIAN)
    path = f"/tram/nguoi/{named('Lan')}/pin"
    answer = school.client().submit(path, pin=pin, again=again)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert not pin or f'value="{pin}"' not in answer.text
    assert school.count(StaffPin) == 0


def test_dismissed_at_once_with_the_pin(school: DeskSchool) -> None:
    """Given roles of today and of yesterday, when dismissed, then neither card opens anything."""
    _appoint(school, "Lan", RoleName.LIBRARIAN)
    school.clock.advance(A_DAY)
    _appoint(school, "Minh", RoleName.COLLABORATOR)
    for name in ("Lan", "Minh"):
        Pins(school.library).set(named(name), PIN, "test")
        sent(school.client(), f"/tram/nguoi/{named(name)}/thoi")
        assert Pins(school.library).staff(card_of(name)) is None

    assert school.count(StaffPin) == 0
    assert len(school.rows(Role)) == 1  # what was, is kept; what never was a day, is not
    assert school.client().get(f"/tram/nguoi/{named('Lan')}").status_code == 404


def test_unknown_card_and_past_day_are_told(school: DeskSchool) -> None:
    """Given a card nobody has and a day gone by, when sent, then both told, what was typed kept."""
    answer = school.client().submit(
        "/tram/nguoi", card="GV9999", role="collaborator", until="01/09/2026"
    )

    assert answer.status_code == 422
    assert "Không có thẻ này" in answer.text
    assert "Ngày này đã qua." in answer.text
    assert 'value="GV9999"' in answer.text


def test_own_pin_wants_the_own_password(school: DeskSchool) -> None:
    """Given a teacher who helps, when she chooses a PIN, then only with her password it counts."""
    client = _signed_in(school, "Lan")
    assert "chưa được giao việc" in client.get("/ma-pin").text
    _appoint(school, "Lan", RoleName.COLLABORATOR)
    wrong = client.submit("/ma-pin", old="không phải", pin=PIN, again=PIN)
    assert "Mật khẩu chưa đúng." in wrong.text
    assert school.count(StaffPin) == 0
    sent(client, "/ma-pin", old=PASSWORD, pin=PIN, again=PIN)

    assert Pins(school.library).check(named("Lan"), PIN).is_right
    assert client.get("/tram/nguoi").status_code == 403


def _appoint(school: DeskSchool, name: str, role: RoleName) -> None:
    what = {"patron_id": named(name), "role": role, "since": school.clock.now().date()}
    with school.engine.begin() as connection:
        connection.execute(insert(Role).values(school_id=1, until=None, decision="", **what))


def _signed_in(school: DeskSchool, name: str) -> DeskClient:
    """A teacher's browser, whose account has a password and is theirs."""
    client = school.client(DeskRole.TEACHER)
    with school.engine.begin() as connection:
        whose = update(Account).values(name="lan", patron_id=named(name)).returning(Account.id)
        account_id = connection.execute(whose).scalar_one()
        accounts.set_password(connection, 1, account_id, PASSWORD)
        token = sessions.begin(connection, 1, account_id, school.clock.now())
    client.cookies.set("tram-sach", token)
    client.key = sessions.form_key(token)
    return client
