"""Activities, meetings and equipment at the desk (S21, S34, S36, S54, S76, S83)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pypdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admin.desk.periods import periods
from admin.minutes_pdf import minutes_pdf
from db.activities import Activities, Held, HeldBefore, by_kind, lessons, months_without_talk
from db.engine import sqlite_url
from db.equipment import Equipment, State, Thing, change_asset, hold_asset
from db.meetings import Minutes
from db.models import Activity, AssetCount, HeadCount, Meeting, SafetyLook
from db.outcomes import PatronCategory
from db.registers.books import stamp_words
from db.registers.standards import self_check
from db.registers.year_papers import activity_sheet
from db.states import ActivityKind, AssetKind, DeskRole, SafetyPoint
from tests.desk_school import DeskSchool, sent, words
from tests.hub_school import DeskClient
from tests.small_school import MORNING, YEAR, SmallSchool, named

LESSON = {
    "kind": "reading-lesson",
    "day": "10/11/2026",
    "what": "Đọc truyện cổ tích",
    "homeroom": "6A",
    "readers": "32",
    "led_by": "Cô Lan",
    "lesson": "3",
    "in_library": "1",
}
MEETING = {
    "what": "Họp tổ cộng tác viên tháng 11",
    "day": "10/11/2026",
    "chair": "Cô Hoa",
    "discussed": "Đánh giá tháng 11\n\nTrực thư viện",
    "decided": "Lớp 6A giới thiệu sách tuần tới",
}
ASSET = {"name": "Giá sách", "kind": "furniture", "unit": "cái", "price_vnd": "1.500.000"}


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    school = DeskSchool(tmp_path / "hub.db")
    yield school
    school.close()


@pytest.fixture
def desk(school: DeskSchool) -> DeskClient:
    return school.client()


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SmallSchool]:
    school = SmallSchool(sqlite_url(tmp_path / "records.db"), is_station=False)
    yield school
    school.close()


def version(page: str) -> str:
    """Which state of a record a form shows."""
    return str(re.findall(r'name="version" value="(\w+)"', page)[0])


def text_of(pdf: bytes) -> str:
    """What a PDF says."""
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_reading_lesson_counts_readers_once(school: DeskSchool, desk: DeskClient) -> None:
    """S54: given a lesson of 32 pupils, when entered, corrected, struck out, the diary follows."""
    assert "Đã ghi: Đọc truyện cổ tích." in sent(desk, "/hoat-dong/moi", **LESSON)
    (row,) = school.rows(Activity)
    (count,) = school.rows(HeadCount)
    assert (count.id, count.readers, count.note) == (row.id, 32, "Tiết đọc 6A")
    diary, then = "/so/r8?tu=2026-11-01&den=2026-11-30", stamp_words(school.clock.now())
    school.clock.advance(timedelta(minutes=1))
    sent(desk, f"/hoat-dong/{row.id}", **{**LESSON, "readers": "30"})
    assert "10/11/2026 30" in words(desk.page(diary))
    assert "10/11/2026 32" in words(desk.page(f"{diary}&luc={then}"))

    sent(desk, f"/hoat-dong/{row.id}/bo")
    assert "không có dòng nào" in words(desk.page(diary))
    assert all(one.ended_at for one in (*school.rows(Activity), *school.rows(HeadCount)))
    assert desk.get(f"/hoat-dong/{row.id}").status_code == 404


def test_second_editor_of_a_lesson_decides(school: DeskSchool, desk: DeskClient) -> None:
    """Given two who correct one activity, when the second saves, then told, and saved once more."""
    sent(desk, "/hoat-dong/moi", **LESSON)
    (row,) = school.rows(Activity)
    path = f"/hoat-dong/{row.id}"
    seen = version(desk.page(path))
    sent(desk, path, **{**LESSON, "readers": "30"}, version=seen)
    answer = desk.submit(path, **{**LESSON, "readers": "31"}, version=seen)

    assert answer.status_code == 422
    assert "Người khác vừa sửa bản ghi này. Hiện đang là:" in words(answer.text)
    assert "Số người: 30" in words(answer.text)
    sent(desk, path, **{**LESSON, "readers": "31"}, version=version(answer.text))
    assert [one.readers for one in school.rows(Activity) if one.ended_at is None] == [31]


def test_teachers_are_counted_as_teachers(school: DeskSchool, desk: DeskClient) -> None:
    """Given a training of teachers in the library, when entered, then the diary has no pupils."""
    sent(desk, "/hoat-dong/moi", **{**LESSON, "kind": "training", "readers": "20"})

    assert [one.category for one in school.rows(HeadCount)] == [PatronCategory.TEACHER]


def test_poor_activity_is_told_and_kept(school: DeskSchool, desk: DeskClient) -> None:
    """Given a lesson without class, day or teacher, when entered, then told and kept."""
    poor = {**LESSON, "homeroom": "9Z", "day": "mai", "led_by": "", "readers": "nhiều"}
    told = sent(desk, "/hoat-dong/moi", 422, **poor)
    assert "Tiết đọc, tiết học cần chọn lớp." in told
    assert "Ngày chưa đúng" in told
    assert told.count("Chưa điền ô này.") == 1
    assert "Cần một số từ 0 đến 5000." in told
    told = desk.submit("/hoat-dong/moi", **{**LESSON, "day": "12/11/2026"}).text
    assert "Chưa đến ngày" in told
    assert "Đọc truyện cổ tích" in told
    assert "Chọn một ngày" in sent(desk, "/hoat-dong/moi", 422, **{**LESSON, "day": "1/1/2020"})
    assert school.count(Activity) == 0


def test_lessons_stand_by_class_and_term(school: DeskSchool, desk: DeskClient) -> None:
    """S54: given lessons in both semesters, when shown, then by class and term."""
    activities = Activities(school.library)
    for day, room, kind in (
        (date(2026, 10, 5), "6A", ActivityKind.READING_LESSON),
        (date(2026, 11, 2), "6A", ActivityKind.SUBJECT_LESSON),
        (date(2027, 3, 1), "7B", ActivityKind.READING_LESSON),
    ):
        activities.enter(Held(day, kind, "Đọc sách", (room,), 30), "hoa")
    told = words(desk.page("/hoat-dong"))
    assert "6A 2 · 0 7B 0 · 1 9A 0 · 0 Chưa đặt ngưỡng" in told

    sent(desk, "/so/tu-kiem-tra", lessons_wanted="2")
    told = words(desk.page("/hoat-dong"))
    assert "6A HK I: đủ; HK II: thiếu 2 2 · 0" in told
    check = words(desk.page("/so/tu-kiem-tra"))
    assert "lớp ít nhất: 0 tiết trong học kỳ này 2 chưa đạt (0 tiết)" in check


def test_semesters_make_the_year(records: SmallSchool) -> None:
    """S35: given the calendar, then the second semester begins on its day, and both are a year."""
    with records.library.act() as act:
        spans = {words: days for words, *days in periods(act.rules.calendar, act.today)}
    (first, until), (since, last) = spans["Học kỳ I"], spans["Học kỳ II"]

    assert since == YEAR.second_semester_begins_on
    assert since - until == timedelta(days=1)
    assert [first, last] == spans[f"Năm học {YEAR.name}"]


def test_self_check_tells_what_was_held(records: SmallSchool) -> None:
    """S45: given talks and an exchange, when the self-check is made, then it counts them."""
    activities = Activities(records.library)
    for kind in (ActivityKind.BOOK_TALK, ActivityKind.DISPLAY, ActivityKind.EXCHANGE):
        activities.enter(Held(MORNING.date(), kind, "Hoạt động"), "hoa")
    with records.library.act() as act:
        (part,) = self_check(act).parts
    said = {str(row.cells[1]): row.cells[3] for row in part.rows}

    assert said["Khuyến đọc; hỗ trợ học tập và giảng dạy"] == "2 hoạt động"
    assert said["Liên thông, chia sẻ với thư viện khác"] == "1 hoạt động"
    assert said["Nội quy và hướng dẫn sử dụng thư viện"] == ""


def test_month_without_a_talk_is_flagged(school: DeskSchool, desk: DeskClient) -> None:
    """S83: given talks in September and November alone, when shown, then October is flagged."""
    for day in (date(2026, 9, 7), date(2026, 11, 9)):
        talk = Held(day, ActivityKind.BOOK_TALK, "Giới thiệu sách dưới cờ")
        Activities(school.library).enter(talk, "hoa")

    assert "Chưa có buổi giới thiệu sách trong tháng 10/2026." in words(desk.page("/hoat-dong"))
    with school.library.act() as act:
        days = (date(2026, 9, 1), date(2026, 11, 30))
        sheet = activity_sheet(act, *days, act.now).gathered()
    months = {row.cells[0]: row.cells[-1] for row in list(sheet.parts)[1].rows}
    assert months == {"09/2026": "", "10/2026": "Chưa có buổi giới thiệu sách",
                      "11/2026": "", "Cộng": ""}  # fmt: skip


def test_report_counts_activities_by_kind(school: DeskSchool, desk: DeskClient) -> None:
    """S21, S36: given a lesson and training, when the report is handed out, each in its column."""
    sent(desk, "/hoat-dong/moi", **LESSON)
    training = {"kind": "training", "day": "5/11/2026", "what": "Tập huấn của Sở", "readers": "1"}
    sent(desk, "/hoat-dong/moi", **training)
    answer = desk.get("/hoat-dong?bao-cao=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    rows = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
    (month,) = (row for row in rows if row[0] == "11/2026")
    heads = next(row for row in rows if row[0] == "Tháng")

    told = dict(zip(heads, month, strict=False))
    assert (told["Hỗ trợ học tập"], told["Bồi dưỡng nghiệp vụ"], told["Cộng"]) == (1, 1, 2)
    assert told["Số người"] == 33
    paper = text_of(desk.get("/hoat-dong?bao-cao=pdf").content)
    assert "Tập huấn của Sở" in paper
    only = words(desk.page("/hoat-dong?loai=training"))
    assert "Đọc truyện" not in only


held = st.builds(
    lambda days, kind, room: HeldBefore(
        named(f"{days}"),
        Held(YEAR.begins_on + timedelta(days=days), kind, "x", (room,) if room else ()),
    ),
    st.integers(0, 273),
    st.sampled_from(ActivityKind),
    st.sampled_from(["6A", "7B", ""]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(held, max_size=20))
def test_sums_of_activities_agree(some: list[HeldBefore]) -> None:
    """Given any activities, then kinds add up to all, lessons to their kinds, months to silence."""
    told = lessons(some, ["6A", "7B"], YEAR)
    counts = by_kind(some)
    in_class = [one for one in some if one.held.homerooms]

    assert sum(counts.values()) == len(some)
    assert sum(sum(one.reading) for one in told) == by_kind(in_class)[ActivityKind.READING_LESSON]
    assert sum(sum(one.subject) for one in told) == by_kind(in_class)[ActivityKind.SUBJECT_LESSON]
    silent = months_without_talk(some, YEAR.begins_on, YEAR.ends_on)
    talks = {ActivityKind.BOOK_TALK, ActivityKind.READING_DAY}
    talked = {one.held.day.replace(day=1) for one in some if one.held.kind in talks}
    assert len(silent) + len(talked) == 10


def test_minutes_are_kept_and_printed(school: DeskSchool, desk: DeskClient) -> None:
    """S76: given a meeting, when its minutes are kept and corrected, then on paper to sign."""
    told = sent(desk, "/hop/moi", **MEETING)
    assert "Đánh giá tháng 11 Trực thư viện Kết luận, phân công" in told
    (row,) = school.rows(Meeting)
    seen = version(desk.page(f"/hop/{row.id}/sua"))
    sent(desk, f"/hop/{row.id}/sua", **{**MEETING, "secretary": "Cô Mai"}, version=seen)
    told = sent(desk, f"/hop/{row.id}/sua", 422, **{**MEETING, "decided": "Khác"}, version=seen)
    assert "Kết luận, phân công: Lớp 6A giới thiệu sách tuần tới" in told
    answer = desk.get(f"/hop/{row.id}?tai=pdf")
    (page,) = pypdf.PdfReader(io.BytesIO(answer.content)).pages

    assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
    paper = page.extract_text()
    assert "BIÊN BẢN" in paper
    assert "Lớp 6A giới thiệu sách tuần tới" in paper
    assert "Cô Mai" in paper
    assert "Họp tổ cộng tác viên tháng 11" in words(desk.page("/hop"))
    assert "Chưa điền ô này." in sent(desk, "/hop/moi", 422, **{**MEETING, "discussed": " \n "})
    assert school.count(Meeting) == 1


def test_long_minutes_go_on_to_pages() -> None:
    """S76: given minutes of 120 lines, when printed, then pages, each numbered, nothing lost."""
    lines = [f"Việc thứ {number} đã bàn xong" for number in range(120)]
    minutes = Minutes(date(2026, 11, 10), "Họp tổ", discussed="\n".join(lines))
    pdf, pages = minutes_pdf("Trường THCS Hoa Phượng", "", minutes)

    assert len(pypdfium2.PdfDocument(pdf)) == pages > 2
    told = " ".join(text_of(pdf).split())
    assert all(line in told for line in lines)
    assert f"Trang {pages}/" in told


def test_assets_are_counted_and_printed(school: DeskSchool, desk: DeskClient) -> None:
    """S34: given shelves counted twice, when listed, then the last count, its sum, both kept."""
    sent(desk, "/tai-san/moi", **ASSET, good="8", worn="0", broken="0")
    (asset,) = Equipment(school.library).listed()
    school.clock.advance(timedelta(days=200))
    desk = school.client()  # a session ends long before that
    page, counts = f"/tai-san/{asset.id}", {"good": "6", "worn": "1", "broken": "1"}
    seen = version(desk.page(page))
    told = sent(desk, page, **ASSET, **counts, version=seen)
    assert "Giá sách Bàn ghế, giá, tủ – 8 1 hỏng" in told
    assert "6 tốt, 1 cần sửa, 1 hỏng" in sent(desk, page, 422, **ASSET, **counts, version=seen)
    sent(desk, page, **{**ASSET, "place": "Kho"}, **counts)
    assert school.count(AssetCount) == 2, "who says where it stands has not counted"
    school.clock.advance(timedelta(minutes=5))
    sent(desk, page, **ASSET, **counts, counted="1")
    assert school.count(AssetCount) == 3
    assert "8 tốt · 0 cần sửa · 0 hỏng" in words(desk.page(f"/tai-san/{asset.id}"))

    then = words(desk.page("/tai-san?luc=11/11/2026 08:00"))
    assert "– 8 Tốt 10/11/2026" in then
    paper = text_of(desk.get("/tai-san?tai=pdf").content)
    assert "12.000.000" in paper
    assert "SỔ TÀI SẢN" in paper
    assert desk.get("/tai-san?tai=xlsx").content.startswith(b"PK")
    assert "Cần một số" in sent(desk, "/tai-san/moi", 422, **ASSET, good="-1", worn="", broken="0")


def test_safety_is_looked_at_before_an_activity(school: DeskSchool, desk: DeskClient) -> None:
    """S41: given a lesson of today, when its list is ticked, then wrong, right, told, on paper."""
    lesson = {key: value for key, value in LESSON.items() if key != "in_library"}
    sent(desk, "/hoat-dong/moi", **lesson)
    (row,) = school.rows(Activity)
    path = f"/hoat-dong/{row.id}/an-toan"
    assert "1 hoạt động hôm nay chưa kiểm tra an toàn" in words(desk.page("/"))
    fine = {point.value: "1" for point in SafetyPoint}
    assert "Chưa điền ô này." in sent(desk, path, 422, **{**fine, "exits": "0"})
    seen = version(desk.page(path))
    wrong = {**fine, "exits": "0", "exits_note": "Cửa sau bị chặn", "version": seen}
    assert "1 chưa đạt" in sent(desk, path, **wrong)
    assert "Cửa sau bị chặn" in sent(desk, path, 422, **fine, version=seen)
    assert "chưa kiểm tra an toàn" not in words(desk.page("/"))
    school.clock.advance(timedelta(minutes=5))
    assert "Đã ghi kiểm tra: đạt." in sent(desk, path, all="1")

    exits = [one for one in school.rows(SafetyLook) if one.point is SafetyPoint.EXITS]
    assert [one.passed for one in exits] == [False, True]
    assert "32 đạt" in words(desk.page("/hoat-dong"))
    paper = text_of(desk.get(f"{path}?tai=pdf").content)
    assert "KIỂM TRA AN TOÀN" in paper
    assert re.findall(r"(?m)\bX$", paper.split("Ghi chú")[1]) == ["X"] * len(SafetyPoint)
    assert school.client(DeskRole.PRINCIPAL).submit(path, all="1").status_code == 403


def test_extinguisher_is_on_the_list(school: DeskSchool, desk: DeskClient) -> None:
    """S41: given a fire extinguisher that is due for repair, then the list says so."""
    thing = {**ASSET, "name": "Bình chữa cháy", "kind": "safety"}
    told = sent(desk, "/tai-san/moi", **thing, good="1", worn="1", broken="0")

    assert "Bình chữa cháy Phòng cháy, an toàn" in told
    assert "1 cần sửa" in told


def test_two_counts_of_one_moment_are_one(records: SmallSchool) -> None:
    """S34: given two counts in one tick of the clock, when listed, then the second holds."""
    equipment = Equipment(records.library)
    shelf = Thing("Giá", AssetKind.FURNITURE)
    asset_id = equipment.enter(shelf, State(8), "hoa")
    with records.library.act() as act:
        asset = hold_asset(act, asset_id)
        assert asset is not None
        change_asset(act, asset, shelf, State(7, 1), "hoa", counted=False)

    assert [one.state for one in equipment.listed()] == [State(7, 1)]
    assert len(equipment.counts(asset_id)) == 1


def test_management_reads_the_year(school: DeskSchool) -> None:
    """S37: given the principal, when a page of the year opens, then read; nothing is entered."""
    principal = school.client(DeskRole.PRINCIPAL)
    for path in ("/hoat-dong", "/hop", "/tai-san"):
        assert not re.search(rf'href="{path}/moi"', principal.page(path))
        assert principal.submit(f"{path}/moi").status_code == 403
