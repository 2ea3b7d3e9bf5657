"""Who gets into the desk, as whom, and what each of them reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from admin.app import create_app, create_lan_app
from admin.desk import accounts, sessions
from admin.desk.door import LONGEST_FORM_BYTES
from admin.desk.rights import RIGHTS, Right, may_edit_account, rights_of
from db.models import Account, AuditEntry, DeskSession, School, SchoolYear
from db.states import DeskRole
from tests.desk_routes import ask, filled, gate_of, gated, routes
from tests.hub_school import HubSchool, InProcess

PASSWORD = "bốn con mèo"
OPEN_DOORS = (
    "/health",
    "/metrics",
    "/sync/",
    "/trust/",
    "/errands/",
    "/copies/",
    "/fonts/",
    "/openapi.json",
)
"""What has a door of its own: kiosks, commands, files that name nobody."""
BEFORE_SIGNING_IN = {"/dang-nhap", "/bat-dau"}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSchool]:
    school = HubSchool(tmp_path_factory.mktemp("hub") / "hub.db")
    yield school
    school.engine.dispose()


@pytest.fixture
def new_hub(tmp_path: Path) -> Iterator[HubSchool]:
    """A hub that nobody has opened, without a school."""
    school = HubSchool(tmp_path / "hub.db", fill=lambda _engine: None)
    yield school
    school.engine.dispose()


def test_every_route_of_the_desk_has_a_gate(hub: HubSchool) -> None:
    """Given every route, when looked through, then what is no other door names its right."""
    ungated = {
        route.path
        for route in routes(create_app(hub.engine, hub.clock))
        if gate_of(route) is None and not route.path.startswith(OPEN_DOORS)
    }

    assert ungated == BEFORE_SIGNING_IN


@pytest.mark.parametrize("role", DeskRole)
def test_every_role_reaches_its_own_routes_only(hub: HubSchool, role: DeskRole) -> None:
    """Given a role, when it asks for every route, then those of its rights answer, others 403."""
    client = hub.desk(role)
    for route, method, right in gated(hub):
        answer = ask(client, method, route)
        if right not in RIGHTS[role]:
            assert _is_turned_away(answer, route.path), (role, method, route.path)
        else:
            assert answer.status_code not in (403, *range(500, 600)), (method, route.path)


def test_signed_out_reaches_nothing(hub: HubSchool) -> None:
    """Given nobody signed in, when every route is asked for, then each leads to the sign-in."""
    hub.desk()  # somebody has an account
    stranger = hub.browser()
    for route, method, _right in gated(hub):
        answer = ask(stranger, method, route)
        assert (answer.status_code, answer.text) == (303, ""), (method, route.path)
        assert answer.headers["Location"].startswith("/dang-nhap"), route.path


def test_form_of_another_page_is_refused(hub: HubSchool) -> None:
    """Given a session, when a form comes without its key, then nothing is done."""
    client = hub.desk()
    for route, method, _right in gated(hub):
        if method == "POST":
            for key in ("", "0" * 32, hub.desk().key):
                answer = client.post(filled(route.path), data={"key": key})
                assert answer.status_code == 403, route.path
                assert "Trang đã cũ" in answer.text


def test_no_role_but_the_librarian_reads_histories() -> None:
    """Given the table of rights, when asked who sees what a child read, then one role."""
    may = {role for role in DeskRole if Right.SEE_HISTORY in RIGHTS[role]}

    assert may == {DeskRole.LIBRARIAN}
    assert Right.LEND not in RIGHTS[DeskRole.PRINCIPAL]
    assert rights_of([DeskRole.COLLABORATOR, DeskRole.STOCKTAKER]) >= {Right.TAKE_BACK}


def test_every_right_has_a_holder() -> None:
    """Given every right, when its holders are looked for, then somebody has each."""
    assert {right for rights in RIGHTS.values() for right in rights} == set(Right)


def test_principal_is_the_administrators_to_edit() -> None:
    """Given the principal's account, when others would change it, then the administrator may."""
    principal = [DeskRole.PRINCIPAL]

    assert may_edit_account([DeskRole.ADMINISTRATOR], principal)
    assert not may_edit_account([DeskRole.LIBRARIAN], principal)
    assert may_edit_account([DeskRole.LIBRARIAN], [DeskRole.TEACHER])
    assert not may_edit_account([DeskRole.TEACHER], [DeskRole.TEACHER])


# The first visit


def test_first_visit_makes_school_and_account(new_hub: HubSchool) -> None:
    """Given an empty hub, when the first page is sent, then school, year, account are there."""
    browser = new_hub.browser()
    assert browser.get("/").headers["Location"] == "/bat-dau"
    answer = browser.post("/bat-dau", data=_first_form(browser))

    assert answer.headers["Location"] == "/"
    day = browser.get("/").text
    assert "Trường THCS Sao Mai" in day
    for step in ("/ban-doc/nhap", "/sach-tep", "/tram/ghep"):  # where a new library begins
        assert f'href="{step}"' in day
    with new_hub.engine.begin() as connection:
        row = connection.execute(select(Account.__table__)).one()
        assert row.name == "thuthu"
        assert row.password.startswith("$argon2id$")
        assert PASSWORD not in str(row)
        assert connection.execute(select(SchoolYear.name)).scalars().all() == ["2026-2027"]
    assert browser.get("/bat-dau").headers["Location"] == "/dang-nhap"


def test_first_visit_is_for_the_own_machine_only(new_hub: HubSchool) -> None:
    """Given no account yet, when asked from the network, then a sentence, and no account."""
    app = create_lan_app(create_app(new_hub.engine, new_hub.clock).state.hub)
    far = _from(app, "192.168.1.20")
    for path in ("/", "/bat-dau", "/ban-doc"):
        answer = far.get(path)
        if answer.status_code != 404:
            assert answer.status_code == 403
            assert "máy chủ thư viện" in answer.text
    near = new_hub.browser()
    far.cookies.update(near.cookies)
    far.post("/bat-dau", data=_first_form(near))
    assert new_hub.count(Account) == 0


def test_first_visit_keeps_what_was_typed(new_hub: HubSchool) -> None:
    """Given a form with mistakes, when sent, then each has a sentence and the rest stays."""
    browser = new_hub.browser()
    form = {**_first_form(browser), "school": "", "password": "12345678", "again": "1"}
    answer = browser.post("/bat-dau", data=form)

    assert answer.status_code == 422
    assert "Chưa điền ô này." in answer.text
    assert "ai cũng đoán được" in answer.text
    assert "Hai lần gõ chưa giống nhau." in answer.text
    assert 'value="Đỗ Thị Yến"' in answer.text
    assert "12345678" not in answer.text
    assert new_hub.count(School) == 0


def test_demo_school_comes_with_one_tick(new_hub: HubSchool) -> None:
    """Given an empty hub, when the demo is ticked, then its people are there."""
    browser = new_hub.browser()
    browser.post("/bat-dau", data={**_first_form(browser), "demo": "1"})

    assert "Trường THCS Hoa Phượng" in browser.get("/").text


# Signing in and out


def test_right_password_opens_the_page_wanted(hub: HubSchool) -> None:
    """Given an account, when signed in, then it goes where it wanted, on this desk only."""
    _account(hub, "yen")
    for wanted, there in [("/mat-khau", "/mat-khau"), ("//evil.example", "/"), ("/\\evil", "/")]:
        browser = hub.browser()
        answer = _sign_in(browser, "Yến", PASSWORD, wanted)
        assert (answer.status_code, answer.headers["Location"]) == (303, there)
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly; Path=/; SameSite=strict" in cookie
        assert "Secure" not in cookie


def test_wrong_name_and_password_look_alike(hub: HubSchool) -> None:
    """Given a name that is there and one that is not, when tried, then the answer is the same."""
    _account(hub, "binh")
    known = _sign_in(hub.browser(), "binh", "khong phai")
    unknown = _sign_in(hub.browser(), "ai do", "khong phai")

    assert known.status_code == unknown.status_code == 403
    assert _sentences(known) == _sentences(unknown) == ["Tên đăng nhập hoặc mật khẩu chưa đúng."]


def test_wrong_passwords_make_the_wait_grow(new_hub: HubSchool) -> None:
    """Given five wrong tries, when tried again, then one waits, longer each time, then is in."""
    _account(new_hub, "hoa")
    browser = new_hub.browser()
    for _ in range(accounts.FREE_TRIES):
        assert _sign_in(browser, "hoa", "sai sai sai").status_code == 403
    assert _sign_in(browser, "hoa", PASSWORD).status_code == 429
    new_hub.clock.advance(timedelta(seconds=61))
    assert _sign_in(browser, "hoa", "sai sai sai").status_code == 403
    new_hub.clock.advance(timedelta(seconds=61))
    assert _sign_in(browser, "hoa", PASSWORD).status_code == 429
    new_hub.clock.advance(timedelta(seconds=60))

    assert _sign_in(browser, "hoa", PASSWORD).status_code == 303


def test_lock_out_holds_for_one_address(new_hub: HubSchool) -> None:
    """Given guesses from the network, when she signs in at her own PC, then she is let in."""
    _account(new_hub, "hoa")
    app = create_app(new_hub.engine, new_hub.clock)
    far, near = _from(app, "192.168.1.20"), _from(app, "127.0.0.1")
    for _ in range(accounts.FREE_TRIES):
        _sign_in(far, "hoa", "sai sai sai")

    assert _sign_in(far, "hoa", PASSWORD).status_code == 429
    assert _sign_in(near, "hoa", PASSWORD).status_code == 303


def test_many_names_from_one_address_lock_it(new_hub: HubSchool) -> None:
    """Given one address trying name after name, when there are many, then it waits."""
    _account(new_hub, "hoa")
    with new_hub.engine.begin() as connection:
        for number in range(accounts.FREE_TRIES_OF_ADDRESS):
            accounts.count_failure(connection, 1, "2001:db8::1", f"x{number}", new_hub.clock.now())
        waits = accounts.waiting_until(connection, 1, "2001:db8::abcd", "hoa", new_hub.clock.now())
        elsewhere = accounts.waiting_until(connection, 1, "2001:db9::1", "hoa", new_hub.clock.now())

    assert waits is not None
    assert elsewhere is None


def test_session_ends_when_idle_and_after_a_day(hub: HubSchool, tmp_path: Path) -> None:
    """Given a session, when used it lasts on, when idle or a day old it is over."""
    school = HubSchool(tmp_path / "hub.db")
    client = school.desk()
    for _ in range(7):
        school.clock.advance(sessions.IDLE - timedelta(minutes=1))
        if client.get("/").status_code != 200:
            break
    else:
        pytest.fail("a session must end")
    assert school.clock.now().hour > 20  # it did last on

    idle = school.desk()
    school.clock.advance(timedelta(minutes=100))
    assert idle.get("/", headers={"X-Refresh": "1"}).status_code == 200
    school.clock.advance(timedelta(minutes=21))
    assert idle.get("/").status_code == 303
    school.engine.dispose()


def test_form_sent_too_late_is_told(hub: HubSchool) -> None:
    """Given a session that is over, when a form is sent, then it says that nothing was saved."""
    hub.desk()  # somebody has an account
    stranger = hub.browser()
    there = stranger.post("/ban-doc/them", data={"name": "Lê Văn Tám"}).headers["Location"]
    acted = stranger.post(f"/ban-doc/{uuid4()}/thu-hoi", data={"card": "HS204817"})

    assert there == "/dang-nhap?den=/ban-doc/them&chua-luu=1"  # where the form is
    assert "chưa được lưu" in stranger.get(there).text
    assert acted.headers["Location"] == "/dang-nhap?den=/&chua-luu=1"  # a page to press it on
    assert "chưa được lưu" not in stranger.get("/dang-nhap").text


def test_signing_out_ends_the_session(hub: HubSchool) -> None:
    """Given a session, when signed out, then its token opens nothing."""
    client = hub.desk()
    token = client.cookies["tram-sach"]
    client.submit("/dang-xuat")
    client.cookies.set("tram-sach", token)

    assert client.get("/").status_code == 303


def test_records_hold_no_token_and_no_password(hub: HubSchool) -> None:
    """Given a session, when the records are read, then neither secret is in them."""
    client = hub.desk()
    with hub.engine.begin() as connection:
        kept = str(connection.execute(select(DeskSession.__table__)).all())

    assert client.cookies["tram-sach"] not in kept
    assert client.key not in kept


def test_changed_password_ends_other_sessions(new_hub: HubSchool) -> None:
    """Given two browsers of one account, when one changes the password, then the other is out."""
    _account(new_hub, "hoa")
    first, second = new_hub.browser(), new_hub.browser()
    _sign_in(first, "hoa", PASSWORD)
    _sign_in(second, "hoa", PASSWORD)
    form = {"key": _key(first.get("/mat-khau").text), "old": PASSWORD}
    wrong = first.post("/mat-khau", data={**form, "old": "x", "password": "câu mới", "again": "?"})
    assert wrong.status_code == 422
    changed = first.post(
        "/mat-khau", data={**form, "password": "một câu mới", "again": "một câu mới"}
    )

    assert changed.status_code == 303
    assert first.get("/").status_code == 200
    assert second.get("/").status_code == 303
    assert _sign_in(second, "hoa", "một câu mới").status_code == 303


def test_first_password_must_be_changed(hub: HubSchool) -> None:
    """Given a password chosen by somebody else, when signed in, then it is changed first."""
    _account(hub, "moi", first=True)
    browser = hub.browser()
    _sign_in(browser, "moi", PASSWORD)

    assert browser.get("/").headers["Location"] == "/mat-khau"


def test_ended_account_opens_nothing(hub: HubSchool) -> None:
    """Given a session, when its account is ended, then neither it nor the password opens."""
    account = _account(hub, "cu")
    browser = hub.browser()
    _sign_in(browser, "cu", PASSWORD)
    with hub.engine.begin() as connection:
        accounts.end_account(connection, 1, account, hub.clock.now())

    assert browser.get("/").status_code == 303
    assert _sign_in(hub.browser(), "cu", PASSWORD).status_code == 403


def test_signing_in_is_logged_without_what_was_typed(new_hub: HubSchool) -> None:
    """Given tries, when the log is read, then acts, accounts, addresses; nothing typed."""
    _account(new_hub, "hoa")
    _sign_in(new_hub.browser(), "mat khau go nham o ten", "x")
    _sign_in(new_hub.browser(), "hoa", PASSWORD)
    with new_hub.engine.begin() as connection:
        log = connection.execute(
            select(AuditEntry.author, AuditEntry.act, AuditEntry.detail).order_by(AuditEntry.id)
        ).all()

    assert [row[:] for row in log] == [
        ("", "sign-in-failed", "127.0.0.1"),
        ("hoa", "signed-in", "127.0.0.1"),
    ]


def test_form_that_is_too_long_is_not_read(hub: HubSchool) -> None:
    """Given a form longer than any, when announced, then it is refused unread."""
    client = hub.desk()
    answer = client.post("/mat-khau", headers={"Content-Length": str(LONGEST_FORM_BYTES + 1)})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/khong-co", 404, "Không có trang này"),
        ("/ban-doc/7d0c3c57-0f0a-4b0e-9d52-6a6a5a0a7c11", 404, "Không có trang này"),
        ("/cai-dat/quy-dinh/king/chung/term", 422, "Không có trang này"),
    ],
)
def test_people_get_sentences_and_programs_details(
    hub: HubSchool, path: str, status: int, words: str
) -> None:
    """Given what is not there, when a browser asks it reads a sentence, a program the detail."""
    client = hub.desk()
    page = client.get(path, headers={"Accept": "text/html,*/*"})
    plain = client.get(path)

    assert (page.status_code, plain.status_code) == (status, status)
    assert words in page.text
    assert "detail" in plain.json()


def test_by_tls_the_cookie_is_bound_to_the_host(hub: HubSchool) -> None:
    """Given the network's door, when signed in, then the cookie is Secure and the host's own."""
    _account(hub, "xa")
    app = create_lan_app(create_app(hub.engine, hub.clock).state.hub)
    browser = _from(app, "192.168.1.20", "https://192.168.1.10:8766")
    cookie = _sign_in(browser, "xa", PASSWORD).headers["Set-Cookie"]

    assert cookie.startswith("__Host-tram-sach=")
    assert "Secure" in cookie
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("ngắn", accounts.PasswordFault.TOO_SHORT),
        ("a" * 129, accounts.PasswordFault.TOO_LONG),
        ("Mật Khẩu 123", accounts.PasswordFault.COMMON),
        ("aaaaaaaaab", accounts.PasswordFault.COMMON),
        ("Nguyễn Hoa", accounts.PasswordFault.IS_NAME),
        ("bốn con mèo", None),
    ],
)
def test_password_everybody_guesses_is_refused(
    password: str, fault: accounts.PasswordFault | None
) -> None:
    """Given a new password, when short, common or the name, then it is refused."""
    assert accounts.why_not_password(password, "nguyenhoa") is fault


def _is_turned_away(answer: httpx.Response, path: str) -> bool:
    if path == "/":  # to a page of their own
        return answer.status_code == 303 and answer.headers["Location"] != "/"
    return answer.status_code == 403 and "không dành cho vai trò" in answer.text


def _account(hub: HubSchool, name: str, first: bool = False) -> Any:
    with hub.engine.begin() as connection:
        return accounts.make_account(
            connection,
            1,
            name,
            "Cô Hoa",
            PASSWORD,
            (DeskRole.LIBRARIAN,),
            hub.clock.now(),
            password_is_first=first,
        )


def _first_form(browser: httpx.Client) -> dict[str, str]:
    return {
        "key": _key(browser.get("/bat-dau").text),
        "school": "Trường THCS Sao Mai",
        "year": "2026-2027",
        "shown_name": "Đỗ Thị Yến",
        "name": "Thủ Thư",
        "password": PASSWORD,
        "again": PASSWORD,
    }


def _sign_in(browser: httpx.Client, name: str, password: str, wanted: str = "/") -> httpx.Response:
    form = {"key": _key(browser.get("/dang-nhap").text), "wanted": wanted}
    return browser.post("/dang-nhap", data={**form, "name": name, "password": password})


def _sentences(answer: httpx.Response) -> list[str]:
    return re.findall(r'class="wrong"[^>]*>([^<]+)<', answer.text)


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f]+)"', page)
    return found[1] if found else ""


def _from(app: FastAPI, address: str, url: str = "http://127.0.0.1:8765") -> httpx.Client:
    return httpx.Client(transport=InProcess(app, address), base_url=url)
