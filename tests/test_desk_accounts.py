"""Accounts at the desk: made, changed, locked; the log; names that are forgotten."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from admin.__main__ import main
from db.models import Account, Loan, Patron
from db.states import DeskRole
from tests.hub_school import DeskClient, HubSchool, lent, named, returned

PASSWORD = "bốn con mèo"
NEW = {
    "shown_name": "Đỗ Thị Yến",
    "name": "Yến",
    "card": "",
    "password": PASSWORD,
    "again": PASSWORD,
}


@pytest.fixture
def desk(hub: HubSchool) -> DeskClient:
    return hub.desk()


def test_new_account_signs_in_and_changes_its_password(hub: HubSchool, desk: DeskClient) -> None:
    """Given an account made by the librarian, when its owner signs in, then they change it."""
    desk.submit("/cai-dat/tai-khoan/them", roles=["collaborator", "stocktaker"], **NEW)
    page = desk.page("/cai-dat/tai-khoan")
    assert "Cộng tác viên, Ban kiểm kê" in page
    assert "Chưa đổi mật khẩu tạm" in page
    browser = hub.browser()
    _sign_in(browser, "yen", PASSWORD)

    assert browser.get("/tro-giup").status_code == 200
    own = browser.get("/").headers["Location"]
    assert browser.get(own).headers["Location"] == "/mat-khau"
    assert browser.get("/mat-khau").status_code == 200


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"roles": []}, "Hãy chọn ít nhất một vai trò."),
        ({"roles": ["principal"]}, "Vai trò hiệu trưởng, quản trị do người quản trị cấp."),
        ({"roles": ["administrator"]}, "Vai trò hiệu trưởng, quản trị do người quản trị cấp."),
        ({"name": "!"}, "Tên đăng nhập cần có chữ hoặc số."),
        ({"card": "HS000000"}, "Không có thẻ này"),
        ({"password": "x", "again": "x"}, "Mật khẩu cần ít nhất 8 ký tự."),
    ],
)
def test_account_that_cannot_be_is_told(
    hub: HubSchool, desk: DeskClient, change: dict[str, Any], sentence: str
) -> None:
    """Given a form with one mistake, when sent, then a sentence, and no account."""
    before = hub.count(Account)
    answer = desk.submit("/cai-dat/tai-khoan/them", **{"roles": ["teacher"], **NEW, **change})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert hub.count(Account) == before


def test_name_is_given_once(hub: HubSchool, desk: DeskClient) -> None:
    """Given an account, when another of the same name is made, then it is told."""
    desk.submit("/cai-dat/tai-khoan/them", roles=["teacher"], **NEW)
    again = desk.submit("/cai-dat/tai-khoan/them", roles=["teacher"], **{**NEW, "name": "yen"})

    assert "Đã có tài khoản tên này." in again.text


def test_principals_account_is_the_administrators(hub: HubSchool, desk: DeskClient) -> None:
    """Given the principal's account, when the librarian opens it, then not; others may be."""
    admin = hub.desk(DeskRole.ADMINISTRATOR)
    admin.submit("/cai-dat/tai-khoan/them", roles=["principal"], **NEW)
    account = _id(hub, "yen")

    assert desk.get(f"/cai-dat/tai-khoan/{account}").status_code == 403
    for act in ("vai-tro", "mat-khau", "khoa"):
        assert desk.submit(f"/cai-dat/tai-khoan/{account}/{act}").status_code == 403
    assert admin.get(f"/cai-dat/tai-khoan/{account}").status_code == 200


def test_roles_change_at_once_and_locked_is_out(hub: HubSchool, desk: DeskClient) -> None:
    """Given somebody signed in, when roles change or it is locked, then from the next page on."""
    desk.submit("/cai-dat/tai-khoan/them", roles=["collaborator"], **NEW)
    account = _id(hub, "yen")
    with hub.engine.begin() as connection:
        connection.execute(update(Account).values(password_is_first=False))
    browser = hub.browser()
    _sign_in(browser, "yen", PASSWORD)
    assert browser.get("/ban-doc").status_code == 403
    desk.submit(f"/cai-dat/tai-khoan/{account}/vai-tro", roles=["librarian"])
    assert browser.get("/ban-doc").status_code == 200
    desk.submit(f"/cai-dat/tai-khoan/{account}/khoa")

    assert browser.get("/ban-doc").status_code == 303
    assert "Đã khóa" in desk.page("/cai-dat/tai-khoan")


def test_nobody_locks_themselves_out(hub: HubSchool, desk: DeskClient) -> None:
    """Given one's own account, when its rights are given up or it is locked, then not."""
    with hub.engine.begin() as connection:
        own = connection.execute(select(Account.id)).scalar_one()
    kept = desk.submit(f"/cai-dat/tai-khoan/{own}/vai-tro", roles=["teacher"])
    desk.submit(f"/cai-dat/tai-khoan/{own}/khoa")

    assert kept.status_code == 422
    assert desk.get("/cai-dat/tai-khoan").status_code == 200
    assert "Khóa tài khoản" not in desk.page(f"/cai-dat/tai-khoan/{own}")


def test_log_tells_who_did_what_by_page(hub: HubSchool, desk: DeskClient) -> None:
    """Given more acts than a page, when the log is read and filtered, then all are found."""
    for _ in range(30):
        desk.page(f"/ban-doc/{named('An')}/muon")
        desk.submit(f"/ban-doc/{named('An')}/tam-dung")
    assert "1–50 trong 60" in desk.page("/cai-dat/nhat-ky")
    assert "51–60 trong 60" in desk.page("/cai-dat/nhat-ky?trang=2")
    assert "trong 30" in desk.page("/cai-dat/nhat-ky?viec=view-loans")
    lines = desk.get("/cai-dat/nhat-ky?tai=csv").text.splitlines()

    assert len(lines) == 61
    assert "Nguyễn" not in "".join(lines)


def test_old_names_are_forgotten_once_asked(hub: HubSchool, desk: DeskClient) -> None:
    """Given a loan of last year, when names are taken, then it stays and names nobody."""
    kiosk = hub.kiosk("Trạm 1")
    kiosk.did(lent("l1", "STN.00001", "An", 1), returned("l1", "STN.00001", 2))
    hub.send(kiosk)
    hub.clock.advance(timedelta(days=250))
    desk = hub.desk()
    unsure = desk.submit("/cai-dat/luu-giu", before="2027-06-01")
    late = desk.submit("/cai-dat/luu-giu", before="2027-07-01", sure="1")
    assert unsure.status_code == late.status_code == 422
    assert "không sau 01/06/2027" in late.text
    desk.submit("/cai-dat/luu-giu", before="2027-06-01", sure="1")

    assert "Đã bỏ tên khỏi 1 lượt mượn" in desk.page("/cai-dat/luu-giu")
    with hub.engine.begin() as connection:
        reader = select(Patron.name).join(Loan, Loan.patron_id == Patron.id)
        assert list(connection.scalars(reader)) == [""]


def _id(hub: HubSchool, name: str) -> Any:
    with hub.engine.begin() as connection:
        return connection.execute(select(Account.id).where(Account.name == name)).scalar_one()


def _sign_in(browser: httpx.Client, name: str, password: str) -> None:
    key = re.search(r'name="key" value="([0-9a-f]+)"', browser.get("/dang-nhap").text)
    assert key is not None
    form = {"key": key[1], "name": name, "password": password, "wanted": "/"}
    assert browser.post("/dang-nhap", data=form).status_code == 303


def test_forgotten_password_is_reset_by_command(
    hub: HubSchool, desk: DeskClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a forgotten password, when reset at the hub's machine, then the new one signs in."""
    desk.submit("/cai-dat/tai-khoan/them", roles=["librarian"], **NEW)
    hub.engine.dispose()
    main(["--data", str(tmp_path), "reset-password", "Yến"])
    password = capsys.readouterr().out.split()[-1]
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path), "reset-password", "ai đó"])
    again = HubSchool(tmp_path / "hub.db", lambda _engine: None)
    browser = again.browser()
    _sign_in(browser, "yen", password)

    assert browser.get("/").headers["Location"] == "/mat-khau"
    again.engine.dispose()


def test_librarian_makes_herself_no_administrator(hub: HubSchool, desk: DeskClient) -> None:
    """Given a librarian and a principal, when she asks for more, then neither account changes."""
    hub.desk(DeskRole.PRINCIPAL)
    own, principal = (
        _account_with(hub, role).id for role in (DeskRole.LIBRARIAN, DeskRole.PRINCIPAL)
    )
    roles = {"roles": ["librarian", "administrator"]}
    answer = desk.submit(f"/cai-dat/tai-khoan/{own}/vai-tro", **roles)
    assert answer.status_code == 422
    assert "do người quản trị cấp" in answer.text
    new = {"password": PASSWORD, "again": PASSWORD}

    assert desk.submit(f"/cai-dat/tai-khoan/{principal}/mat-khau", **new).status_code == 403
    assert desk.submit(f"/cai-dat/tai-khoan/{principal}/khoa").status_code == 403
    assert _account_with(hub, DeskRole.LIBRARIAN).roles == "librarian"


def test_administrators_account_is_an_administrators(hub: HubSchool, desk: DeskClient) -> None:
    """Given an administrator's account, when a librarian resets or locks it, then she may not."""
    other = hub.desk(DeskRole.ADMINISTRATOR)
    account = _account_with(hub, DeskRole.ADMINISTRATOR).id
    new = {"password": PASSWORD, "again": PASSWORD}
    assert desk.submit(f"/cai-dat/tai-khoan/{account}/mat-khau", **new).status_code == 403
    answer = other.submit(f"/cai-dat/tai-khoan/{account}/vai-tro", roles=["librarian"])

    assert answer.status_code == 422
    assert "Không tự bỏ quyền quản lý tài khoản" in answer.text


def _account_with(hub: HubSchool, role: DeskRole) -> Any:
    with hub.engine.begin() as connection:
        asked = select(Account.__table__).where(Account.roles.contains(role.value))
        return connection.execute(asked).one()
