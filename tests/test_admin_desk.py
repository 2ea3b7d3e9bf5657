"""The desk's page of the day, through the real application and a real database file."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import delete, func, insert, select, update

from db import rulebook
from db.ids import new_id
from db.models import Copy, Discrepancy, Edition, ReceivedEvent, School
from db.states import ClockQuality, DiscrepancyKind
from tests.hub_school import HubSchool, at, lent, returned

X, Y, Z = "STN.00001", "STN.00002", "STN.00003"
CSS = Path(__file__).parent.parent / "admin" / "static" / "desk.css"


def test_empty_day_says_so_kindly(hub: HubSchool) -> None:
    """Given no loans today, when the desk is opened, then a sentence stands there, no table."""
    page = _page(hub)

    assert "Chưa có ai mượn sách hôm nay" in page
    assert "Chưa có trạm nào" in page
    assert "Bắt đầu từ đâu" not in page  # readers and books are there
    assert "<tbody" not in page


def test_day_shows_school_and_date(hub: HubSchool) -> None:
    """Given a school day, when the desk is opened, then its name and its day head the page."""
    page = _page(hub)

    assert "Trường THCS Hoa Phượng" in page
    assert "Thứ Hai, ngày 23 tháng 11 năm 2026" in page
    assert "Cập nhật lúc <time>10:00</time>" in page
    assert 'data-live="20"' in page


@pytest.mark.parametrize(("on_paper", "shown"), [(200, True), (3, False), (0, False)])
def test_entering_of_paper_registers_is_shown(hub: HubSchool, on_paper: int, shown: bool) -> None:
    """S30: given registers on paper, when some of it is entered, then the page says how far."""
    with hub.engine.begin() as connection:
        entered = connection.execute(select(func.count()).select_from(Copy)).scalar_one()
        rulebook.choose(connection, 1, books_on_paper=on_paper)
    page = _page(hub)

    assert entered == 3
    assert (f"{entered} / {on_paper} cuốn" in page) is shown
    assert ("Nhập sổ giấy" in page) is shown


def test_loans_are_shown_newest_first(hub: HubSchool) -> None:
    """Given two loans, when shown, then the newer stands above, by given name and class only."""
    kiosk = hub.kiosk("Trạm 1")
    kiosk.did(lent("l1", X, "An", 1), lent("l2", Y, "Lan", 2))
    hub.send(kiosk)
    rows = _rows(_page(hub))

    assert [row[:2] for row in rows] == [["09:02", "Lan – giáo viên"], ["09:01", "An – 6A"]]
    assert rows[1][2:] == ["Dế Mèn phiêu lưu ký", X, "Hạn Thứ Hai, 07/12", "Trạm 1"]
    assert "Nguyễn" not in _page(hub)


def test_busy_day_shows_its_newest_loans(hub: HubSchool) -> None:
    """Given more loans than anybody reads, when shown, then the newest, and how many before."""
    kiosk = hub.kiosk("Trạm 1")
    for number in range(43):
        loan = f"l{number}"
        kiosk.did(lent(loan, X, "An", number), returned(loan, X, number + 1))
    hub.send(kiosk)
    page = _page(hub)

    assert [row[0] for row in _rows(page)] == [f"09:{minute:02}" for minute in range(42, 2, -1)]
    assert "và 3 lượt trước đó trong ngày" in page
    assert _tiles(page)["mượn hôm nay"] == 43


def test_figures_count_the_day(hub: HubSchool) -> None:
    """Given loans, a return, one overdue and one disputed, when counted, then each in its place."""
    kiosk, other = hub.kiosk("Trạm 1"), hub.kiosk("Trạm 2")
    kiosk.did(
        lent("old", Z, "Chi", -60 * 24 * 20, due=date(2026, 11, 20)),
        lent("l1", X, "An", 1),
        returned("l1", X, 2),
        lent("l2", Y, "Bình", 3),
    )
    other.clock = ClockQuality.UNKNOWN
    other.did(lent("l3", Y, "An", 4))
    hub.send(kiosk)
    hub.send(other)

    assert _tiles(_page(hub)) == {
        "mượn hôm nay": 3,
        "trả hôm nay": 1,
        "đang mượn": 2,
        "quá hạn": 1,
        "cần xem": 1,
    }


def test_states_of_loans_are_in_words(hub: HubSchool) -> None:
    """Given a returned, an overdue and a disputed loan, when shown, then words say so."""
    kiosk, other = hub.kiosk("Trạm 1"), hub.kiosk("Trạm 2")
    kiosk.did(
        lent("l1", X, "An", 1),
        returned("l1", X, 2),
        lent("l2", Y, "Bình", 3, due=date(2026, 11, 20)),
    )
    other.clock = ClockQuality.UNKNOWN
    other.did(lent("l3", Y, "An", 4))
    hub.send(kiosk)
    hub.send(other)
    page = _page(hub)

    assert [row[4] for row in _rows(page)] == [
        "Cần xem",
        "Quá hạn Thứ Sáu, 20/11",
        "Đã trả 09:02",
    ]
    assert "Một cuốn, hai bạn mượn" in page


def test_loan_joined_to_another_is_not_shown(hub: HubSchool) -> None:
    """Given a copy lent twice to one patron, when shown, then it is one loan."""
    kiosk, other = hub.kiosk("Trạm 1"), hub.kiosk("Trạm 2")
    kiosk.did(lent("l1", X, "An", 1))
    other.did(lent("l2", X, "An", 2))
    hub.send(kiosk)
    hub.send(other)
    page = _page(hub)

    assert len(_rows(page)) == 1
    assert (_tiles(page)["mượn hôm nay"], _tiles(page)["trả hôm nay"]) == (1, 0)


def test_yesterday_evening_is_not_today(hub: HubSchool) -> None:
    """Given loans around midnight at the school, when shown, then only those after it."""
    kiosk = hub.kiosk("Trạm 1")
    kiosk.did(lent("l1", X, "An", -9 * 60 - 1), lent("l2", Y, "Bình", -9 * 60))
    hub.send(kiosk)

    assert [row[0] for row in _rows(_page(hub))] == ["00:00"]


def test_loan_knows_its_kiosk_without_events(hub: HubSchool) -> None:
    """Given loans whose events were put away, when shown, then each still names its kiosk."""
    kiosk, other = hub.kiosk("Trạm 1"), hub.kiosk("Trạm 2")
    kiosk.did(lent("l1", X, "An", 1))
    other.did(lent("l2", X, "Bình", 2))
    hub.send(kiosk)
    hub.send(other)
    with hub.engine.begin() as connection:
        connection.execute(delete(ReceivedEvent))

    assert [row[5] for row in _rows(_page(hub))] == ["Trạm 2", "Trạm 1"]


def test_titles_and_names_are_escaped(hub: HubSchool) -> None:
    """Given a title, school and kiosk with markup, when shown, then it is text."""
    with hub.engine.begin() as connection:
        connection.execute(update(Edition).values(title="<script>alert(1)</script>"))
        connection.execute(update(School).values(name='"><b>Trường</b>'))
    kiosk = hub.kiosk("<i>Trạm</i>")
    kiosk.did(lent("l1", X, "An", 1))
    hub.send(kiosk)
    page = _page(hub)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search(r"<(script|b|i)>", page)


def test_kiosks_show_when_they_were_heard(hub: HubSchool) -> None:
    """Given kiosks heard of now, long ago and with puzzling events, when shown, then in words."""
    quiet = hub.kiosk("Trạm A")
    quiet.did({"unreadable": True})
    hub.send(quiet)
    hub.clock.advance(timedelta(days=1, minutes=3))
    hub.kiosk("Trạm B")
    page = _page(hub)

    assert "Không liên lạc từ 10:00 ngày 23/11" in page
    assert "1 sự kiện chưa đọc được" in page
    assert "Liên lạc lúc 10:03" in page


def test_unmatched_return_waits_three_days(hub: HubSchool) -> None:
    """Given a return without a loan, when its loan has not come for 72 hours, then it is shown."""
    kiosk = hub.kiosk("Trạm 1")
    kiosk.did(returned(None, X, 60))
    hub.send(kiosk)
    fresh = _page(hub)
    hub.clock.advance(timedelta(hours=72, minutes=1))

    assert _tiles(fresh)["cần xem"] == 0
    assert "Trả mà chưa ghi mượn" in _page(hub)


def test_many_discrepancies_are_counted(hub: HubSchool) -> None:
    """Given more to look at than fits, when shown, then the rest is a number."""
    rows = [
        {
            "school_id": 1,
            "id": new_id(),
            "kind": DiscrepancyKind.UNKNOWN_TO_HUB,
            "accession": X,
            "kiosk_id": new_id(),
            "incarnation": new_id(),
            "event_id": new_id(),
            "happened_at": at(minute),
            "settled_at": None,
        }
        for minute in range(1234)
    ]
    with hub.engine.begin() as connection:
        connection.execute(insert(Discrepancy), rows)
    page = _page(hub)

    assert "và 1.229 việc khác" in page
    assert page.count("Chưa có trong sổ của thư viện") == 5


def test_pages_leave_no_copy_and_load_nothing_foreign(hub: HubSchool) -> None:
    """Given any answer, when its headers are read, then nothing foreign runs or is kept."""
    browser = hub.desk()
    for path in ("/", "/health", "/nowhere", "/static/nowhere.css"):
        headers = browser.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "http" not in browser.get("/").text


def test_everything_the_page_names_is_there(hub: HubSchool) -> None:
    """Given the page and its styles, when their files are fetched, then each is there to keep."""
    browser = hub.desk()
    text = browser.get("/").text + browser.get("/static/desk.css").text
    named = set(
        re.findall(r'<(?:link|script|img)[^>]+(?:href|src)="(/[^"]+)"|url\("([^"]+)"\)', text)
    )

    assert len(named) >= 6
    for path in (page_path or css_path for page_path, css_path in named):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "max-age" in answer.headers["Cache-Control"]


def test_fonts_folder_hands_out_fonts_only(hub: HubSchool) -> None:
    """Given the fonts' address, when anything else is asked of it, then it is not there."""
    for name in ("__init__.py", "OFL.txt", "..%2Freceipt.py", "nothing.ttf"):
        assert hub.desk().get(f"/fonts/{name}").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "192.168.1.5:8765"])
def test_foreign_host_name_is_turned_away(hub: HubSchool, host: str) -> None:
    """Given a foreign page that points its name here, when it asks, then it learns nothing."""
    answer = hub.browser().get("/", headers={"Host": host})

    assert answer.status_code == 421
    assert "Hoa Phượng" not in answer.text


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "paper"),
        ("ink-soft", "paper"),
        ("ink-soft", "sheet"),
        ("sheet", "teal"),
        ("teal-tint", "teal"),
        ("teal", "teal-tint"),
        ("green", "green-tint"),
        ("amber", "amber-tint"),
        ("amber", "sheet"),
        ("coral", "coral-tint"),
        ("coral", "sheet"),
    ],
)
def test_words_stand_out_from_their_ground(ink: str, ground: str) -> None:
    """Given two colours used together, when compared, then they differ by 4.5 or more (WCAG)."""
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", CSS.read_text(encoding="utf-8")))
    darker, lighter = sorted((_luminance(colours[ink]), _luminance(colours[ground])))

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _page(hub: HubSchool) -> str:
    answer: httpx.Response = hub.desk().get("/")
    assert answer.status_code == 200
    return answer.text


def _rows(page: str) -> list[list[str]]:
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [_words(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in body.split("</tr>")[:-1]
    ]


def _tiles(page: str) -> dict[str, int]:
    found = re.findall(r'tile-count">([\d.]+)<.*?tile-words">([^<]+)<', page, re.DOTALL)
    return {words: int(count.replace(".", "")) for count, words in found}


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
