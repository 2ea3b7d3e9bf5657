"""What the school lays down, at the desk: each change told, dated, taken back."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import insert

from admin import setting_changes
from admin.setting_changes import Area, Undoing
from db.ids import new_id
from db.models import (
    Account,
    Card,
    CatalogueEntry,
    Copy,
    Edition,
    EditionTag,
    Homeroom,
    Loan,
    Patron,
    SetTemplate,
)
from db.outcomes import PatronCategory
from db.rulebook import Rulebook, read_rulebook
from db.states import DeskRole, LendingMode, SlotUse
from tests.hub_school import DeskClient, HubSchool, demo_hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubSchool]:
    school = demo_hub(tmp_path / "hub.db")
    yield school
    school.engine.dispose()


@pytest.fixture
def desk(hub: HubSchool) -> DeskClient:
    return hub.desk()


PATHS = ("", "/ngay-nghi", "/gio", "/quy-dinh", "/quy-dinh/student/chung/term", "/noi-quy",
         "/chung", "/thay-doi")  # fmt: skip


def test_management_reads_settings_and_changes_none(hub: HubSchool) -> None:
    """Given the principal, when every settings page is opened, then shown, without a button."""
    principal = hub.desk(DeskRole.PRINCIPAL)
    for path in PATHS:
        page = principal.page(f"/cai-dat{path}").partition('id="page"')[2]
        assert 'type="submit"' not in page, path


def test_school_is_named_and_opens_on_its_days(hub: HubSchool, desk: DeskClient) -> None:
    """Given another name and week, when saved, then they hold; none at all is refused."""
    desk.submit("/cai-dat/truong", name="Trường THCS Sao Mai", days=["0", "2", "4"])
    none = desk.submit("/cai-dat/truong", name="X")

    assert none.status_code == 422
    assert "ít nhất một ngày" in none.text
    assert "Trường THCS Sao Mai" in desk.page("/")
    assert _rules(hub).calendar.open_weekdays == {0, 2, 4}


def test_school_year_is_entered_in_order(hub: HubSchool, desk: DeskClient) -> None:
    """Given a new year, when its days are in order it is entered, else told."""
    form = {
        "year": "2027-2028", "begins_on": "2027-08-30", "opened_on": "05/09/2027",
        "first_semester_ends_on": "2028-01-15", "second_semester_begins_on": "2028-01-17",
        "ends_on": "2028-05-31",
    }  # fmt: skip
    wrong = desk.submit("/cai-dat/nam-hoc", **{**form, "ends_on": "2027-05-31"})
    odd = desk.submit("/cai-dat/nam-hoc", **{**form, "year": "2027-2029"})
    desk.submit("/cai-dat/nam-hoc", **form)

    assert "theo thứ tự" in wrong.text
    assert "Năm học viết như 2026-2027." in odd.text
    assert 'value="2027-08-30"' in wrong.text  # as typed
    years = {year.name: year for year in _rules(hub).calendar.years}
    assert years["2027-2028"].opened_on == date(2027, 9, 5)


def test_recall_days_are_read_as_written(hub: HubSchool, desk: DeskClient) -> None:
    """Given days by line, when saved, then they hold; a wrong one is told and nothing changes."""
    form = {"student": "20/5/2027\n25/12/2026", "teacher": "", "staff": ""}
    desk.submit("/cai-dat/thu-hoi", **form)
    wrong = desk.submit("/cai-dat/thu-hoi", **{**form, "student": "31/2/2027"})

    assert "Có ngày chưa đúng." in wrong.text
    days = _rules(hub).calendar.recall_days[PatronCategory.STUDENT]
    assert days == (date(2026, 12, 25), date(2027, 5, 20))


def test_days_off_come_and_go(hub: HubSchool, desk: DeskClient) -> None:
    """Given a leave, when entered and one day of it opened, then that day is open again."""
    leave = {"first": "2027-03-01", "last": "2027-03-03", "name": "Nghỉ riêng", "kind": "own"}
    desk.submit("/cai-dat/ngay-nghi", **leave)
    desk.submit("/cai-dat/ngay-nghi/bo", day="2027-03-02")
    backwards = desk.submit("/cai-dat/ngay-nghi", **{**leave, "last": "2027-02-01"})

    assert "Ngày cuối phải sau ngày đầu" in backwards.text
    calendar = _rules(hub).calendar
    opened = [calendar.is_open(date(2027, 3, day)) for day in (1, 2, 3)]
    assert opened == [False, True, False]


def test_holidays_of_a_year_are_proposed(hub: HubSchool, desk: DeskClient) -> None:
    """Given a year, when its holidays are asked for, then they are closed; named days stay so."""
    leave = {"first": "2028-01-26", "last": "", "name": "Tết của trường", "kind": "tet"}
    desk.submit("/cai-dat/ngay-nghi", **leave)
    desk.submit("/cai-dat/ngay-nghi/le", holidays_of="2028")
    late = desk.submit("/cai-dat/ngay-nghi/le", holidays_of="2050")

    assert late.status_code == 422
    page = desk.page("/cai-dat/ngay-nghi")
    assert "Tết của trường" in page
    assert not _rules(hub).calendar.is_open(date(2028, 11, 24))


def test_hours_and_bells_are_set(hub: HubSchool, desk: DeskClient) -> None:
    """Given the rows of a week and a day, when saved, then they hold in place of those before."""
    slot = {"weekday-0": "1", "begins-0": "09:15", "ends-0": "10:00", "use-0": "lending"}
    desk.submit("/cai-dat/gio", **slot, **{"room-0": "6A"})
    desk.submit(
        "/cai-dat/tiet",
        **{"bell-begins-0": "07:00", "bell-ends-0": "07:45", "lesson-0": "1"},
        **{"bell-begins-1": "07:45", "bell-ends-1": "08:05", "lesson-1": ""},
    )
    wrong = desk.submit("/cai-dat/gio", **{**slot, "ends-0": "09:00"})

    assert "Cần giờ đầu, rồi giờ cuối sau đó." in wrong.text
    calendar = _rules(hub).calendar
    (one,) = calendar.slots
    assert (one.weekday, one.begins, one.use, one.homeroom) == (
        1,
        time(9, 15),
        SlotUse.LENDING,
        "6A",
    )
    assert [bell.lesson for bell in sorted(calendar.bells, key=lambda b: b.begins)] == [1, None]


def test_loan_rules_hold_from_their_day(hub: HubSchool, desk: DeskClient) -> None:
    """Given other limits from a day on, when saved, then the old hold until then."""
    path = "/cai-dat/quy-dinh/student/chung/term"
    form = _fields(desk.page(path)) | {"max_loans": "5", "since": "2027-01-01"}
    desk.submit(path, **form)
    wrong = desk.submit(path, **{**form, "max_loans": "-1"})
    rules = _rules(hub)

    assert "Cần một số từ 0 đến 200." in wrong.text
    student = PatronCategory.STUDENT
    assert rules.policy(student, "STN", date(2026, 12, 31)).max_loans == 3
    assert rules.policy(student, "STN", date(2027, 1, 4)).max_loans == 5
    assert rules.policy(student, "STN", date(2027, 1, 4)).renewal_window_days == 3
    assert "01/01/2027" in desk.page("/cai-dat/quy-dinh")


def test_house_rules_are_eight_at_most(hub: HubSchool, desk: DeskClient) -> None:
    """Given points, when saved they hold; nine are refused and what was typed stays (S12)."""
    desk.submit("/cai-dat/noi-quy", lines="Giữ trật tự\nTrả đúng hạn")
    many = desk.submit("/cai-dat/noi-quy", lines="\n".join(f"Điều {n}" for n in range(9)))

    assert "Nhiều quá: 9 điều" in many.text
    assert "Điều 8" in many.text
    assert _rules(hub).choices.house_rules == ("Giữ trật tự", "Trả đúng hạn")


def test_choices_and_kho_are_set(hub: HubSchool, desk: DeskClient) -> None:
    """Given choices and a kho of the school's own, when saved, then they hold."""
    form = _fields(desk.page("/cai-dat/chung"))
    kho = {"prefix": "tv", "kho_name": "Truyện tranh", "width": "4", "lending": "take-home"}
    desk.submit("/cai-dat/chung", **{**form, "holds_allowed": "1", "max_holds": "4"})
    desk.submit("/cai-dat/kho", **kho)
    wider = desk.submit("/cai-dat/kho", **{**kho, "width": "6"})
    rules = _rules(hub)

    assert "không đổi được" in wider.text
    assert (rules.choices.holds_allowed, rules.choices.max_holds) == (True, 4)
    assert rules.choices.voucher_sources[2] == "Biếu, tặng, quyên góp"
    assert (rules.kho["TV"].name, rules.kho["TV"].lending) == (
        "Truyện tranh",
        LendingMode.TAKE_HOME,
    )


def test_change_is_told_and_taken_back(hub: HubSchool, desk: DeskClient) -> None:
    """Given two changes of the house rules, when taken back, then the newest first (S12)."""
    before = _rules(hub).choices.house_rules
    desk.submit("/cai-dat/noi-quy", lines="Một")
    desk.submit("/cai-dat/noi-quy", lines="Hai")
    newest, oldest = _undo_paths(desk)
    desk.submit(oldest)
    assert "đã đổi tiếp sau đó" in desk.page("/cai-dat/thay-doi")
    assert _rules(hub).choices.house_rules == ("Hai",)
    desk.submit(newest)
    assert _rules(hub).choices.house_rules == ("Một",)
    desk.submit(oldest)

    assert _rules(hub).choices.house_rules == before
    assert "Đã hoàn lại" in desk.page("/cai-dat/thay-doi")


@pytest.mark.parametrize("area", Area)
def test_every_area_is_written_as_it_is_read(hub: HubSchool, area: Area) -> None:
    """Given an area's values, when written again, then nothing has changed."""
    with hub.engine.begin() as connection:
        values = setting_changes.read(connection, 1, area)
        changed = setting_changes.change(connection, 1, area, values, "hoa", hub.clock.now())

    assert values
    assert not changed


def test_same_values_are_no_change(hub: HubSchool, desk: DeskClient) -> None:
    """Given a form sent as it was shown, when saved, then nothing is noted as changed."""
    desk.submit("/cai-dat/chung", **_fields(desk.page("/cai-dat/chung")))

    assert "Không có gì thay đổi." in desk.page("/cai-dat/chung")
    assert "Chưa thay đổi gì" in desk.page("/cai-dat/thay-doi")


def test_unknown_change_is_told(hub: HubSchool) -> None:
    """Given no such change, when taken back, then that is the answer."""
    with hub.engine.begin() as connection:
        assert Undoing.UNKNOWN is setting_changes.undo(
            connection, 1, new_id(), "hoa", hub.clock.now()
        )


def _rules(hub: HubSchool) -> Rulebook:
    with hub.engine.begin() as connection:
        return read_rulebook(connection, 1)


def _undo_paths(desk: DeskClient) -> list[str]:
    return re.findall(r'action="(/cai-dat/thay-doi/[^"]+/hoan)"', desk.page("/cai-dat/thay-doi"))


def _fields(page: str) -> dict[str, str]:
    """The fields of a page's forms as a browser would send them."""
    fields = dict(
        re.findall(r'<input id="([^"]+)" name="[^"]+" type="(?!checkbox)\w+" value="([^"]*)"', page)
    )
    fields |= {
        name: html.unescape(text)
        for name, text in re.findall(r'<textarea id="([^"]+)"[^>]*>([^<]*)</textarea>', page)
    }
    for name, options in re.findall(r'<select id="([^"]+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    ticked = re.findall(r'name="(\w+)" type="checkbox" value="1" checked', page)
    return {**fields, **dict.fromkeys(ticked, "1")}


# The demo school


def test_demo_school_is_removed_in_one_click(hub: HubSchool, desk: DeskClient) -> None:
    """Given a demo school nobody touched, when it is removed, then it is empty and ready."""
    assert "Gỡ dữ liệu mẫu" in desk.page("/cai-dat")
    before = _rules(hub)
    desk.submit("/cai-dat/go-mau", real_name="Trường THCS Sao Mai")
    page = desk.page("/cai-dat")

    assert "Đã gỡ dữ liệu mẫu" in page
    assert "Trường THCS Sao Mai" in page
    assert 'action="/cai-dat/go-mau"' not in page
    gone = (Patron, Card, Edition, EditionTag, CatalogueEntry, Copy, Loan, Homeroom, SetTemplate)
    assert [hub.count(table) for table in gone] == [0] * len(gone)
    assert _rules(hub).calendar == before.calendar
    assert hub.count(Account) == 1
    assert "0" in desk.page("/ban-doc")
    hub.kiosk("Trạm 1")  # a station may come now


def test_what_was_entered_since_is_told_and_confirmed(hub: HubSchool, desk: DeskClient) -> None:
    """Given a reader of the school's own, when removed unconfirmed, then told, nothing gone."""
    own = {"school_id": 1, "id": new_id(), "name": "Lê An", "category": PatronCategory.STUDENT}
    with hub.engine.begin() as connection:
        connection.execute(insert(Patron).values(own))
    answer = desk.submit("/cai-dat/go-mau", real_name="Trường THCS Sao Mai")

    assert answer.status_code == 422
    assert "1 bạn đọc." in answer.text
    assert hub.count(Patron) == 538
    desk.submit("/cai-dat/go-mau", real_name="Trường THCS Sao Mai", sure="1")
    assert hub.count(Patron) == 0


def test_real_school_is_never_emptied(tmp_path: Path) -> None:
    """Given a school that was no demo, when its removal is sent, then refused, all is there."""
    school = HubSchool(tmp_path / "real.db")
    client = school.desk()
    assert "Gỡ dữ liệu mẫu" not in client.page("/cai-dat")
    client.submit("/cai-dat/go-mau", real_name="X", sure="1")

    assert "không phải trường mẫu" in client.page("/cai-dat")
    assert school.count(Patron) == 4
    school.engine.dispose()


FORMS: tuple[tuple[str, str, dict[str, str], dict[str, str]], ...] = (
    ("", "/truong", {"name": "Trường A", "days": "0"}, {"name": "Trường B", "days": "1"}),
    ("/noi-quy", "/noi-quy", {"lines": "Giữ trật tự"}, {"lines": "Nói khẽ"}),
    ("", "/thu-hoi", {"student": "20/05/2027"}, {"student": "21/05/2027"}),
    (
        "/gio",
        "/tiet",
        {"bell-begins-0": "07:00", "bell-ends-0": "07:45", "lesson-0": "1"},
        {"bell-begins-0": "07:15", "bell-ends-0": "08:00", "lesson-0": "1"},
    ),
)


@pytest.mark.parametrize(("page", "action", "first", "second"), FORMS)
def test_second_of_two_editors_decides(
    desk: DeskClient, page: str, action: str, first: dict[str, str], second: dict[str, str]
) -> None:
    """Given a form two people have open, when both save, then the second is told and may."""
    version = _version(desk.page(f"/cai-dat{page}"), action)
    assert desk.submit(f"/cai-dat{action}", version=version, **first).status_code == 303
    told = desk.submit(f"/cai-dat{action}", version=version, **second)
    assert told.status_code == 422
    assert "vừa đổi phần này" in told.text
    assert all(value in told.text for value in second.values() if len(value) > 1)
    again = desk.submit(f"/cai-dat{action}", version=_version(told.text, action), **second)

    assert again.status_code == 303
    assert "Đã lưu" in desk.page("/cai-dat/thay-doi")


def _version(page: str, action: str) -> str:
    form = page.partition(f'action="/cai-dat{action}"')[2] or page
    found = re.search(r'name="version" value="([0-9a-f]+)"', form)
    assert found is not None
    return found[1]


def test_days_closed_by_two_are_both_kept(hub: HubSchool, desk: DeskClient) -> None:
    """Given a list of days off, when two people add one each, then both are there."""
    form = {"name": "Hội thao", "kind": "own"}
    desk.submit("/cai-dat/ngay-nghi", first="24/12/2026", **form)
    hub.desk().submit("/cai-dat/ngay-nghi", first="25/12/2026", **form)

    assert {date(2026, 12, 24), date(2026, 12, 25)} <= _rules(hub).calendar.closed_days
