"""What every page of the desk is made of: fields of forms, tables, navigation, help."""

from __future__ import annotations

import ast
import io
import re
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st

from admin.act_log import ACT_WORDS
from admin.desk.all_pages import ALL_PAGES
from admin.desk.forms import Form, read_day, version_of
from admin.desk.frame import Pages, Place, Section, sections_for
from admin.desk.help import WHAT_FOR
from admin.desk.rights import Right
from admin.desk.tables import ON_A_PAGE, Column, Tag, as_csv, as_xlsx, shown, table
from db.ordering import name_sort_key

TEMPLATES = Path(__file__).parent.parent / "admin" / "templates"


@dataclass(frozen=True)
class Pupil:
    """A row."""

    name: str
    held: int
    since: date | None = None


NAMES = ("Trần Văn Ân", "Nguyễn Thị Ánh", "Đỗ Thị Yến", "Lê Văn An")
ROWS = [Pupil(name, number) for number, name in enumerate(NAMES)]
COLUMNS = (
    Column("name", "Họ và tên", lambda row: row.name, lambda row: name_sort_key(row.name)),
    Column("held", "Đang mượn", lambda row: row.held, kind="number"),
    Column("since", "Từ ngày", lambda row: row.since),
)


NOTING = ("note", "audit", "_note", "_note_done", "_noted", "_done", "_stepped")
_ACT = re.compile(r"[a-z]+(-[a-z]+)+|retire|promoted|recalled")


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def test_every_act_noted_has_a_word() -> None:
    """Given all that notes an act, when read, then the log has a word for each."""
    noted = {
        str(word.value)
        for folder in ("admin", "db", "kiosk")
        for file in (TEMPLATES.parent.parent / folder).rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call) and _called(call) in NOTING
        for argument in call.args
        for word in ast.walk(argument)
        if isinstance(word, ast.Constant) and _ACT.fullmatch(str(word.value))
    }

    assert len(noted) > 40
    assert noted - set(ACT_WORDS) == set()


def test_pages_ask_the_records_nothing_themselves() -> None:
    """Given the modules of pages, when their imports are read, then none writes SQL."""
    pages = {sys.modules[pages.router.routes[0].endpoint.__module__] for pages in ALL_PAGES}  # type: ignore[attr-defined]
    of_sql = {"select", "insert", "update", "delete", "func"}

    assert len(pages) > 20
    assert [page.__name__ for page in pages if of_sql & set(vars(page))] == []


def test_table_sorts_as_asked() -> None:
    """Given rows, when an order is asked for, then they stand in it, names by tên."""
    by_name = table({"sap": "name"}, COLUMNS, ROWS)
    by_held = table({"sap": "-held"}, COLUMNS, ROWS)

    assert [row.name.split()[-1] for row in by_name.rows] == ["An", "Ánh", "Ân", "Yến"]
    assert [row.held for row in by_held.rows] == [3, 2, 1, 0]
    assert by_held.order_address(COLUMNS[1]) == "?sap=held"
    assert by_name.order_address(COLUMNS[0]) == "?sap=-name"


def test_unknown_days_stand_together() -> None:
    """Given rows with and without a day, when sorted by it, then that is no fault."""
    rows = [Pupil("a", 1, date(2026, 1, 2)), Pupil("b", 2), Pupil("c", 3, date(2026, 1, 1))]

    assert [row.name for row in table({"sap": "since"}, COLUMNS, rows).rows] == ["b", "c", "a"]


@given(st.integers(0, 120), st.text(max_size=12))
def test_any_page_asked_for_is_one_there_is(count: int, asked: str) -> None:
    """Given any number of rows, when any page is asked for, then one there is is shown."""
    rows = [Pupil(f"x{number}", number) for number in range(count)]
    page = table({"trang": asked}, COLUMNS, rows)

    assert 1 <= page.page <= page.pages
    assert len(page.rows) == page.last - page.first + (1 if count else 0)
    assert len(page.rows) <= ON_A_PAGE


def test_every_row_leaves_in_a_file() -> None:
    """Given more rows than a page, when a file is asked for, then all are in it, in order."""
    rows = [Pupil(f"x{number}", number) for number in range(120)]
    whole = table({"tai": "xlsx", "sap": "-held", "trang": "2"}, COLUMNS, rows)
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(whole))).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True))

    assert lines[0] == ("Họ và tên", "Đang mượn", "Từ ngày")
    assert [line[1] for line in lines[1:]] == list(range(119, -1, -1))


def test_text_that_looks_like_a_formula_stays_text() -> None:
    """Given a name that begins like a formula, when it leaves, then nothing computes it."""
    whole = table({"tai": "csv"}, COLUMNS, [Pupil("=1+1", 1), Pupil("@SUM", 2), Pupil("-", 3)])
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(whole))).active
    assert sheet is not None

    assert "'=1+1" in as_csv(whole).decode("utf-8-sig")
    assert "'@SUM" in as_csv(whole).decode("utf-8-sig")
    assert sheet["A2"].data_type == "s"


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (None, "", "–"),
        ("", "", "–"),
        (0, "number", "0"),
        (12345, "number", "12.345"),
        (2026, "", "2026"),
        (True, "", "có"),
        (date(2026, 11, 24), "", "24/11/2026"),
        (datetime(2026, 11, 24, 1, 30, tzinfo=UTC), "", "08:30 24/11/2026"),
        (Tag("Quá hạn", "late"), "", "Quá hạn"),
    ],
)
def test_cells_are_read_by_people(value: Any, kind: str, words: str) -> None:
    """Given a value, when shown, then as people here write it."""
    assert shown(value, kind) == words


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-24", date(2026, 11, 24)),
        ("24/11/2026", date(2026, 11, 24)),
        ("24.11.2026", date(2026, 11, 24)),
        ("31/02/2026", None),
        ("24/11", None),
        ("x", None),
        ("99999/1/1", None),
        ("²/1/2026", None),
    ],
)
def test_days_are_read_as_people_write_them(typed: str, day: date | None) -> None:
    """Given a day as typed, when read, then it is that day or none."""
    assert read_day(typed) == day


@pytest.mark.parametrize(
    ("typed", "hour"),
    [
        ("07:30", time(7, 30)),
        ("7h30", time(7, 30)),
        ("7h", time(7)),
        ("13.05", time(13, 5)),
        ("24:00", None),
        ("7:60", None),
        ("sáng", None),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, hour: time | None) -> None:
    """Given an hour as typed, when read, then it is that hour, or a sentence."""
    form = Form({"t": typed})

    assert form.hour("t") == hour
    assert ("t" in form.wrong) == (hour is None)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(typed: str) -> None:
    """Given any text in any field, when read, then there is a value or a sentence."""
    form = Form({"x": typed})
    form.day("x")
    form.number("x", 1, 30)
    form.hour("x")
    form.text("x", most=0)
    form.one_of("x", ["a", "b"])

    assert form.typed == {"x": typed}
    assert set(form.wrong) == {"x"}


def test_fields_give_their_values() -> None:
    """Given a form without fault, when read, then its values come, cleaned."""
    form = Form(
        {"name": " Ly\u0301 ", "n": "1.234", "t": "07:30", "d": "1/9/2026", "c": "b", "on": "1"},
        {"days": ["0", "6", "9"]},
    )

    assert form.text("name") == "Lý"
    assert form.number("n", 0, 9999) == 1234
    assert form.hour("t") == time(7, 30)
    assert form.day("d") == date(2026, 9, 1)
    assert form.one_of("c", ["a", "b"]) == "b"
    assert form.ticked("on")
    assert form.several("days", "0123456") == ("0", "6")
    assert form.wrong == {}


def test_secret_is_not_kept_to_be_shown() -> None:
    """Given a password, when read, then the form forgets it."""
    form = Form({"password": "một câu"})

    assert form.secret("password") == "một câu"
    assert form.typed == {}


def test_second_editor_is_noticed() -> None:
    """Given two who edit one record, when the second sends theirs, then it is stale."""
    opened = version_of("An", "6A")

    assert Form({"version": opened}).is_stale(version_of("An", "6B"))
    assert not Form({"version": opened}).is_stale(version_of("An", "6A"))


def test_navigation_shows_what_one_may() -> None:
    """Given pages of several rights, when shown to somebody, then only theirs, where one is."""
    pages = (
        Pages(
            Section.REPORTS,
            APIRouter(),
            (Place("/so", "Sổ", Right.SEE_REPORTS), Place("/so/r1", "R1", Right.APPROVE)),
        ),
        Pages(Section.KIOSKS, APIRouter(), (Place("/tram", "Trạm", Right.SEE_KIOSKS),)),
    )
    shown_to = sections_for(pages, {Right.SEE_REPORTS, Right.SEE_KIOSKS}, "/so/r1/2026")

    assert [(one.label, one.path) for one in shown_to] == [
        ("Trạm", "/tram"),
        ("Sổ và báo cáo", "/so"),
    ]
    assert [one.current and one.current.path for one in shown_to] == [None, "/so"]
    assert sections_for(pages, set(), "/so") == []


def test_places_have_addresses_of_their_own() -> None:
    """Given all pages, when their places are looked through, then no two have one address."""
    paths = [place.path for pages in ALL_PAGES for place in pages.places]

    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    "template",
    sorted(
        file.name
        for file in TEMPLATES.glob("*.html")
        if '{% extends "desk.html" %}' in file.read_text(encoding="utf-8")
    ),
)
def test_every_page_has_its_help(template: str) -> None:
    """Given a page of the desk, when its template is read, then it has a title, help, no style."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    said = re.search(r"{% block help %}(.*?){% endblock %}", text, re.DOTALL)

    assert said is not None
    assert len(re.sub(r"<[^>]+>", "", said[1]).split()) >= 10
    assert "{% block title %}" in text
    assert not re.search(r'<style|style=|<script(?! src="/static/)|onclick=', text)


def test_every_section_is_explained() -> None:
    """Given the page of help, then it says of each section of the desk what it is for."""
    assert set(WHAT_FOR) == set(Section)
