"""Lists of pupils at the desk: looked at, written, and the change of school years."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from admin.desk.forms import Upload
from admin.desk.held import KEPT, MOST, Held
from db import rulebook
from db.calendar import usual_year
from db.models import Card, Copy, Loan, Patron, School
from db.outcomes import PatronCategory
from db.states import PatronStatus
from tests.hub_school import DeskClient, HubSchool, at, demo_hub, named
from tests.school_files import DROPPED, csdl_rows, workbook


def test_csdl_export_is_looked_at_then_written(tmp_path: Path) -> None:
    """Given the sector's export, when looked at nothing is kept, when written 516 pupils are."""
    hub = HubSchool(tmp_path / "hub.db", _bare_school)
    desk = hub.desk()
    page = _look(desk, workbook({"DS": csdl_rows()}))
    assert _counts(page) == {"mới": 516, "cập nhật": 0, "không đổi": 0, "lỗi": 0}
    assert "Dân tộc" in page  # told as left behind
    assert not any(value in page for value in DROPPED)
    assert hub.count(Patron) == 0

    said = desk.page(_write(desk, page))
    assert "Đã ghi: 516 người mới" in said
    assert hub.count(Card) == 516
    hub.engine.dispose()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert not any(value.encode() in kept for value in DROPPED if len(value) > 4)


def test_unchanged_list_writes_nothing_twice(hub: HubSchool) -> None:
    """Given a list that was written, when looked at again, then everybody is unchanged."""
    desk, file = hub.desk(), workbook({"DS": _rows(("Đỗ Thị Yến", "6A"))})
    _write(desk, _look(desk, file))

    assert _counts(_look(desk, file)) == {"mới": 0, "cập nhật": 0, "không đổi": 1, "lỗi": 0}


def test_who_is_not_in_the_list_leaves_only_when_ticked(hub: HubSchool) -> None:
    """Given pupils missing in the list, when one of two is ticked, then only that one leaves."""
    desk = hub.desk()
    page = _look(desk, workbook({"DS": _rows(("Nguyễn Văn An", "6A"), ("Đỗ Thị Yến", "7A"))}))
    assert "Trần Thị Bình · 7B" in page
    said = desk.page(_write(desk, page, absent=str(named("Bình"))))

    assert "1 người rời trường" in said
    with hub.engine.begin() as connection:
        left = connection.scalars(select(Patron.name).where(Patron.status == PatronStatus.LEFT))
        assert list(left) == ["Trần Thị Bình"]


def test_faulty_rows_are_told_with_their_place(hub: HubSchool) -> None:
    """Given a row without a class, when looked at, then it is told where and why."""
    page = _look(hub.desk(), workbook({"DS": _rows(("Đỗ Thị Yến", "6A"), ("Lê Văn Tám", "12C"))}))

    assert _counts(page)["lỗi"] == 1
    assert re.search(r"<li>[^<]*dòng 3[^<]*</li>", page, re.IGNORECASE)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Chưa chọn tệp, hoặc tệp trống."),
        (b"PK\x03\x04 broken", "tệp"),
        (b"<html><table></table></html>", "web"),
        (b"a,b\n1,2\n", "cột"),
    ],
)
def test_file_that_is_no_list_is_refused_in_words(
    hub: HubSchool, content: bytes, words: str
) -> None:
    """Given another file, when looked at, then a sentence beside the field, and no fault."""
    answer = hub.desk().submit("/ban-doc/nhap", files={"file": ("ds.xlsx", content)}, kind="pupils")
    wrong = re.findall(r'class="wrong" id="file-wrong">([^<]+)<', answer.text)

    assert answer.status_code == 422
    assert len(wrong) == 1
    assert words in wrong[0].lower() or words == wrong[0]


def test_list_is_shown_again_when_records_moved(hub: HubSchool) -> None:
    """Given a preview, when the records change before it is written, then it is shown anew."""
    desk = hub.desk()
    file = workbook({"DS": _rows(("Đỗ Thị Yến", "6A"))})
    first, second = _look(desk, file), _look(desk, file)
    _write(desk, first)
    late = desk.submit("/ban-doc/nhap/ghi", **_hidden(second))

    assert late.status_code == 422
    assert "Dữ liệu vừa thay đổi" in late.text
    assert hub.count(Patron) == 5


def test_held_file_is_its_owners_for_a_while(hub: HubSchool) -> None:
    """Given a file that waits, when another asks, or too late, or after many, then it is gone."""
    held, now = Held[Upload](), hub.clock.now()
    upload = Upload("ds.xlsx", b"x")
    word = held.keep(upload, "hoa", now)

    assert held.find(word, "hoa", now) == upload
    assert held.find(word, "yen", now) is None
    assert held.find(word, "hoa", now + KEPT * 1.1) is None
    words = [held.keep(upload, "hoa", now) for _ in range(MOST + 1)]
    assert held.find(words[0], "hoa", now) is None
    assert held.find(words[-1], "hoa", now) == upload


def test_promotion_moves_the_demo_school(tmp_path: Path) -> None:
    """Given the demo school, when promoted, then 0, 157, 139, 120 and 100 leavers (2.5)."""
    hub = demo_hub(tmp_path / "hub.db")
    with hub.engine.begin() as connection:
        rulebook.set_school_year(connection, 1, usual_year(2027))
        leaver = connection.execute(select(Patron.id).where(Patron.homeroom == "9A")).scalars()
        owed = next(iter(leaver))
        copy = connection.execute(select(Copy.id).where(Copy.accession == "STN.00001")).scalar_one()
        connection.execute(update(Loan).where(Loan.copy_id == copy).values(returned_at=at(1)))
        loan = {"school_id": 1, "id": named("owed"), "copy_id": copy, "patron_id": owed}
        connection.execute(insert(Loan).values(**loan, lent_at=at(2), due=at(2).date()))
        stays, goes = connection.execute(
            select(Card.number)
            .join(Patron, Patron.id == Card.patron_id)
            .where(Patron.homeroom == "6A", ~Card.revoked)
            .limit(2)
        ).scalars()
    desk = hub.desk()
    assert "STN.00001" in desk.page("/ban-doc/len-lop")
    form = {"year": "2027-2028", "exceptions": f"{stays} 6A\n{goes} chuyển", "do": "look"}
    look = desk.submit("/ban-doc/len-lop", **form)
    assert "<strong>1</strong> ở lại lớp" in look.text, re.findall(r"<strong>.*", look.text)
    unsure = desk.submit("/ban-doc/len-lop", **{**form, "do": "yes"})
    assert unsure.status_code == 422
    done = desk.submit("/ban-doc/len-lop", **{**form, "do": "yes", "sure": "1"})

    assert "101 em rời trường" in desk.page(done.headers["Location"])
    twice = desk.submit("/ban-doc/len-lop", year="2027-2028", do="yes", sure="1")
    assert "Các em đã ở năm học 2027-2028." in twice.text
    assert _grades(hub) == {6: 1, 7: 155, 8: 139, 9: 120}
    hub.engine.dispose()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [("HS000000 6A", "không có thẻ HS000000"), ("x", "không có thẻ"), ("{card} đâu đó", "một lớp")],
)
def test_exception_that_is_none_is_told(hub: HubSchool, line: str, sentence: str) -> None:
    """Given an exception that cannot be read, when sent, then its line and why; nobody moves."""
    with hub.engine.begin() as connection:
        rulebook.set_school_year(connection, 1, usual_year(2026))
        card = {"school_id": 1, "number": "HS204817", "patron_id": named("An")}
        connection.execute(insert(Card).values(card))
    form = {"year": "2026-2027", "do": "yes", "sure": "1"}
    typed = line.format(card="HS204817")
    answer = hub.desk().submit("/ban-doc/len-lop", exceptions=typed, **form)

    assert answer.status_code == 422
    assert "Dòng 1:" in answer.text
    assert sentence in answer.text
    assert typed in answer.text


def _bare_school(engine: Any) -> None:
    with engine.begin() as connection:
        row = {"id": 1, "name": "Trường THCS Hoa Phượng", "open_weekdays": "01234"}
        connection.execute(insert(School).values(row))
        rulebook.begin_rules(connection, 1)


def _rows(*people: tuple[str, str]) -> list[list[Any]]:
    head: list[Any] = ["STT", "Họ và tên", "Lớp"]
    return [head, *([number, *one] for number, one in enumerate(people, start=1))]


def _look(desk: DeskClient, content: bytes) -> str:
    files = {"file": ("danh sách.xlsx", content)}
    answer = desk.submit("/ban-doc/nhap", files=files, kind="pupils")
    assert answer.status_code == 200, answer.text
    return answer.text


def _write(desk: DeskClient, page: str, **more: str) -> str:
    answer = desk.submit("/ban-doc/nhap/ghi", **_hidden(page), **more)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(kind|word|told)" value="([^"]*)"', page))


def _counts(page: str) -> dict[str, int]:
    found = re.findall(r"<strong>([\d.]+)</strong> (mới|cập nhật|không đổi|lỗi)", page)
    return {words: int(number.replace(".", "")) for number, words in found}


def _grades(hub: HubSchool) -> dict[int, int]:
    active = (Patron.status == PatronStatus.ACTIVE, Patron.category == PatronCategory.STUDENT)
    with hub.engine.begin() as connection:
        rows = connection.execute(
            select(Patron.grade, func.count()).where(*active).group_by(Patron.grade)
        )
        return {grade: count for grade, count in rows if grade is not None}
