"""Papers of the library's year: activities, equipment, handover between libraries. No layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from math import ceil

from sqlalchemy import select

from db import equipment
from db.activities import (
    GROUPS,
    KIND_WORDS,
    ClassLessons,
    Held,
    HeldBefore,
    by_kind,
    lessons,
    months,
    months_without_talk,
    read_activities,
)
from db.calendar import YearDates
from db.clock import local_day
from db.equipment import AssetShown, read_assets
from db.library import Act
from db.models import Homeroom
from db.partners import Handover
from db.registers.books import range_words
from db.registers.heading import headed
from db.registers.plan import state_words
from db.registers.sheet import Column, Part, Row, Sheet, Weight
from db.safety import POINT_WORDS, SafetyList
from db.states import ActivityKind, Direction
from db.year_plan import read_plan

WHOLE_SCHOOL = "Toàn trường"
NO_THRESHOLD = "chưa đặt ngưỡng"
SUPPORT = ("Khuyến đọc", "Hỗ trợ học tập", "Hỗ trợ giáo viên")
LESSONS_WANTED = "lessons_wanted"
"""Of the school's choice `standards`: lessons for each class in each semester."""


def activity_sheet(act: Act, since: date, until: date, as_of: datetime) -> Sheet:
    """The activities of a range as of a moment: each, by month and kind, lessons by class."""
    held, today = read_activities(act, since, until, as_of), local_day(as_of)
    year = act.rules.calendar.year_of(min(until, today)) or act.rules.calendar.year_of(since)
    by_month = list(_month_rows(held, since, until, today))
    parts = [
        Part("Các hoạt động", _ACTIVITY_COLUMNS, list(_activity_rows(held))),
        Part("Theo tháng", _month_head(), by_month, own_page=True),
    ]
    if year is not None:
        told = lessons_of_year(act, year, as_of)
        wanted = lessons_wanted(act)
        heading = f"Tiết đọc, tiết học của từng lớp, năm học {year.name}"
        parts.append(Part(heading, _LESSON_COLUMNS, list(_lesson_rows(told, wanted))))
    return headed(
        act,
        "HD",
        "Hoạt động của thư viện",
        range_words(since, until),
        parts,
        ("Nhân viên thư viện", "Hiệu trưởng"),
        as_of=as_of,
    )


def safety_sheet(act: Act, held: Held, told: SafetyList) -> Sheet:
    """What is looked at before an activity, with what was found; blank to be ticked by hand."""
    rows = [
        Row((place, words, *_ticks(told.found[point].passed), told.found[point].note))
        for place, (point, words) in enumerate(POINT_WORDS.items(), start=1)
    ]
    rooms = ", ".join(held.homerooms) or WHOLE_SCHOOL
    return headed(
        act,
        "AT",
        "Kiểm tra an toàn trước hoạt động",
        f"Ngày {held.day:%d/%m/%Y}: {held.what}",
        [Part("", _SAFETY_COLUMNS, rows)],
        ("Người kiểm tra", "Người phụ trách hoạt động"),
        head=(f"{KIND_WORDS[held.kind]}. Lớp: {rooms}. Phụ trách: {held.led_by or '……………'}",),
        foot=("Chỉ bắt đầu khi mọi mục đều đạt. Có cháy: đưa học sinh ra trước, gọi 114.",),
    )


def safety_words(told: SafetyList) -> str:
    """How a safety list stands, in a word or two."""
    if told.wrong:
        return f"{told.wrong} chưa đạt"
    if told.looked_at is None:
        return "chưa xem"
    return f"còn {told.open} mục" if told.open else "đạt"


def lessons_of_year(act: Act, year: YearDates, as_of: datetime) -> list[ClassLessons]:
    """The lessons of every class of a school year, as known at a moment."""
    of_year = (Homeroom.school_id == act.school_id, Homeroom.school_year == year.name)
    rooms = act.connection.execute(select(Homeroom.name).where(*of_year)).scalars().all()
    return lessons(read_activities(act, year.begins_on, year.ends_on, as_of), rooms, year)


def fewest_lessons(act: Act) -> int | None:
    """The lessons in this semester of the class that had the fewest; None without classes."""
    year = act.rules.calendar.year_of(act.today)
    if year is None:
        return None
    is_second = act.today >= year.second_semester_begins_on
    told = lessons_of_year(act, year, act.now)
    return min((one.terms[is_second] for one in told), default=None)


def year_in_words(act: Act) -> dict[str, str]:
    """What the records of this school year say for the self-check's ticks (`standards.TICKS`)."""
    year = act.rules.calendar.year_of(act.today)
    if year is None:
        return {}
    counts = by_kind(read_activities(act, year.begins_on, year.ends_on, act.now))
    sums = {group: sum(counts[kind] for kind in kinds) for group, kinds in GROUPS.items()}
    plan = read_plan(act, year.name)
    said = {
        "rules": sums["Nội quy, hướng dẫn"],
        "promotion": sum(sums[group] for group in SUPPORT),
        "exchange": sums["Liên thông"],
    }
    told = {key: f"{count} hoạt động" for key, count in said.items() if count}
    return {**told, **({"plan": state_words(plan)} if plan else {})}


def lessons_wanted(act: Act) -> int | None:
    """How many lessons a class should have in a semester; None where the school has set none."""
    told = act.rules.choices.standards.get(LESSONS_WANTED)
    return ceil(float(told)) if told else None


def asset_sheet(act: Act, as_of: datetime) -> Sheet:
    """The list of assets as they were counted by a moment, to be printed and signed."""
    assets = read_assets(act, as_of)
    return headed(
        act,
        "TS",
        "Sổ tài sản, thiết bị thư viện",
        f"Tình trạng đến ngày {local_day(as_of):%d/%m/%Y}",
        [Part("", _ASSET_COLUMNS, list(_asset_rows(assets)))],
        ("Nhân viên thư viện", "Kế toán", "Hiệu trưởng"),
        as_of=as_of,
    )


def handover_sheet(act: Act, handover: Handover) -> Sheet:
    """The minutes that both libraries sign when books change hands (biên bản giao nhận)."""
    gives, takes = act.rules.school_name, handover.partner
    if handover.direction is Direction.IN:
        gives, takes = takes, gives
    rows = [
        Row((place, line.accession, line.title, "", line.back_on, ""))
        for place, line in enumerate(handover.lines, start=1)
    ]
    rows.append(Row(("", "", f"Cộng {len(rows)} cuốn", "", None, ""), Weight.TOTAL))
    return headed(
        act,
        handover.number,
        "Biên bản giao nhận sách liên thư viện",
        f"Số {handover.number}, ngày {handover.made_on:%d/%m/%Y}",
        [Part("", _HANDOVER_COLUMNS, rows)],
        ("Đại diện bên giao", "Đại diện bên nhận"),
        head=(f"Bên giao: {gives}", f"Bên nhận: {takes}"),
        foot=(
            f"Bên nhận trả đủ sách trước ngày {handover.due:%d/%m/%Y}, giữ gìn như sách của mình.",
            "Sách mất, hỏng thì bồi hoàn bằng cuốn cùng tên theo Luật Thư viện.",
        ),
    )


_SAFETY_COLUMNS = (
    Column("TT", 1, "middle"),
    Column("Nội dung kiểm tra", 11),
    Column("Đạt", 1.6, "middle"),
    Column("Chưa đạt", 1.8, "middle"),
    Column("Ghi chú", 9),
)


def _ticks(passed: bool | None) -> tuple[str, str]:
    return ("X" if passed else "", "X" if passed is False else "")


_ACTIVITY_COLUMNS = (
    Column("Ngày", 2.6, "date"),
    Column("Loại", 3.4),
    Column("Nội dung", 7),
    Column("Lớp", 3, "middle"),
    Column("Tiết", 0.9, "middle"),
    Column("Người phụ trách", 4),
    Column("Số người", 1.5, "number"),
    Column("Sách dùng", 4.4),
    Column("Ghi chú", 3),
)


def _activity_rows(held: Iterable[HeldBefore]) -> Iterator[Row]:
    number = readers = 0
    for one in (before.held for before in held):
        number, readers = number + 1, readers + one.readers
        rooms = ", ".join(one.homerooms) or WHOLE_SCHOOL
        what = (one.day, KIND_WORDS[one.kind], one.what, rooms, one.lesson)
        yield Row((*what, one.led_by, one.readers, one.books, one.note))
    total = (None, f"Cộng {number} hoạt động", "", "", None, "", readers, "", "")
    yield Row(total, Weight.TOTAL)


def _month_head() -> tuple[Column, ...]:
    kinds = [Column(words, 2, "number") for words in (*GROUPS, KIND_WORDS[ActivityKind.TRAINING])]
    sums = (Column("Cộng", 1.6, "number"), Column("Số người", 2, "number"))
    return Column("Tháng", 2), *kinds, *sums, Column("Ghi chú", 5)


def _month_rows(held: list[HeldBefore], since: date, until: date, today: date) -> Iterator[Row]:
    silent = set(months_without_talk(held, since, min(until, today)))
    for month in months(since, until):
        some = [one for one in held if one.held.day.replace(day=1) == month]
        told = "Chưa có buổi giới thiệu sách" if month in silent else ""
        yield Row((f"{month:%m/%Y}", *_month_numbers(some), told))
    yield Row(("Cộng", *_month_numbers(held), ""), Weight.TOTAL)


def _month_numbers(held: list[HeldBefore]) -> tuple[int, ...]:
    counts = by_kind(held)
    groups = (sum(counts[kind] for kind in kinds) for kinds in GROUPS.values())
    readers = sum(one.held.readers for one in held)
    return *groups, counts[ActivityKind.TRAINING], len(held), readers


_LESSON_COLUMNS = (
    Column("Lớp", 2, "middle"),
    Column("Tiết đọc", 2, "number", "Học kỳ I"),
    Column("Tiết học", 2, "number", "Học kỳ I"),
    Column("Cộng", 2, "number", "Học kỳ I"),
    Column("Tiết đọc", 2, "number", "Học kỳ II"),
    Column("Tiết học", 2, "number", "Học kỳ II"),
    Column("Cộng", 2, "number", "Học kỳ II"),
    Column("So với ngưỡng", 5),
)


def _lesson_rows(told: Iterable[ClassLessons], wanted: int | None) -> Iterator[Row]:
    for one in told:
        first, second = one.terms
        by_term = (one.reading[0], one.subject[0], first, one.reading[1], one.subject[1], second)
        yield Row((one.homeroom, *by_term, lessons_answer(one, wanted)))


def lessons_answer(told: ClassLessons, wanted: int | None) -> str:
    """How a class stands against what the school wants for each semester."""
    if wanted is None:
        return NO_THRESHOLD
    return "; ".join(
        f"HK {words}: {'đủ' if count >= wanted else f'thiếu {wanted - count}'}"
        for words, count in zip(("I", "II"), told.terms, strict=True)
    )


_ASSET_COLUMNS = (
    Column("TT", 1, "middle"),
    Column("Tên tài sản, thiết bị", 6.5),
    Column("Đơn vị", 1.6, "middle"),
    Column("Năm đưa vào dùng", 2, "middle"),
    Column("Tốt", 1.4, "number", "Số lượng"),
    Column("Cần sửa", 1.6, "number", "Số lượng"),
    Column("Hỏng", 1.4, "number", "Số lượng"),
    Column("Cộng", 1.4, "number", "Số lượng"),
    Column("Đơn giá", 2.4, "money"),
    Column("Thành tiền", 2.6, "money"),
    Column("Nơi đặt", 3),
    Column("Kiểm tra ngày", 2.6, "date"),
    Column("Ghi chú", 3.4),
)


def _asset_rows(assets: Sequence[AssetShown]) -> Iterator[Row]:
    worth = sum(_worth(one) or 0 for one in assets)
    for kind, some in groupby(enumerate(assets, start=1), key=lambda one: one[1].thing.kind):
        yield Row((equipment.KIND_WORDS[kind],), Weight.REMARK)
        for number, one in some:
            thing, state = one.thing, one.state
            year = str(thing.since_year or "")
            counts = (state.good, state.worn, state.broken, state.total)
            told = (number, thing.name, thing.unit, year, *counts, thing.price_vnd, _worth(one))
            yield Row((*told, thing.place, one.counted_on, thing.note))
    blank = (None, None, None, None, None)
    yield Row(("", "Cộng", "", "", *blank, worth, "", None, ""), Weight.TOTAL)


def _worth(asset: AssetShown) -> int | None:
    """What all of an asset cost, in đồng; None where that is not known."""
    price = asset.thing.price_vnd
    return None if price is None else price * asset.state.total


_HANDOVER_COLUMNS = (
    Column("TT", 1, "middle"),
    Column("Số ĐKCB", 3),
    Column("Nhan đề", 10),
    Column("Tình trạng khi giao", 3.4),
    Column("Ngày trả", 2.6, "date"),
    Column("Ghi chú", 4),
)
