from __future__ import annotations

import io
import json
import random
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, update

from db import rulebook
from db.__main__ import main
from db.clock import SCHOOL_ZONE
from db.engine import open_engine, sqlite_url
from db.intake.columns import COPIES, PUPILS, STAFF, Asked, Headers
from db.intake.importing import FileKind, Order, Plan, import_sheets
from db.intake.people import PeoplePlan
from db.intake.register import RegisterPlan
from db.intake.remarks import Level, Reason
from db.intake.workbook import Refusal, Unusable, read_bytes
from db.legacy_fonts import Encoding
from db.models import (
    AuditEntry,
    Card,
    Copy,
    Edition,
    Enrolment,
    Homeroom,
    Patron,
    PatronCode,
    PatronDetail,
    Voucher,
)
from db.outcomes import PatronCategory
from db.rulebook import KhoRules
from db.states import CopyState, EnrolmentEnd, LendingMode, PatronStatus, VoucherKind
from db.wording import Wording
from tests import school_files
from tests.demo_records import demo_records
from tests.empty_records import empty_records
from tests.postgres import PostgresServer
from tests.school_files import DROPPED, csdl_rows, old_workbook, register_rows, workbook, write

NOW = datetime(2026, 11, 10, 9, tzinfo=SCHOOL_ZONE)
KEY = bytes(range(32))
PUPIL_HEADERS = ("STT", "Mã học sinh", "Họ và tên", "Lớp")
COPY_HEADERS = ("STT", "Số ĐKCB", "Tên sách", "Tác giả")


class Desk:
    """Records on a file, into which files are imported."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def bring(
        self, kind: FileKind, data: bytes, name: str = "tệp", *, preview: bool = False, **how: Any
    ) -> Plan | Refusal:
        """Import the bytes of a file."""
        sheets = read_bytes(data, name)
        if isinstance(sheets, Refusal):
            return sheets
        order = Order(kind, key=KEY, **how)
        return import_sheets(self.engine, 1, sheets, order, NOW, preview=preview)

    def pupils(self, data: bytes, **how: Any) -> PeoplePlan:
        """Import a list of pupils that can be imported."""
        plan = self.bring(FileKind.PUPILS, data, **how)
        assert isinstance(plan, PeoplePlan), plan
        return plan

    def staff(self, data: bytes, **how: Any) -> PeoplePlan:
        """Import a list of staff that can be imported."""
        plan = self.bring(FileKind.STAFF, data, **how)
        assert isinstance(plan, PeoplePlan), plan
        return plan

    def copies(self, data: bytes, **how: Any) -> RegisterPlan:
        """Import a register that can be imported."""
        plan = self.bring(FileKind.COPIES, data, **how)
        assert isinstance(plan, RegisterPlan), plan
        return plan

    def rows(self, table: Any, **where: Any) -> Sequence[Any]:
        """A table's rows."""
        with self.engine.begin() as connection:
            return connection.execute(select(table.__table__).filter_by(**where)).all()

    def count(self, table: Any) -> int:
        """How many rows a table has."""
        with self.engine.begin() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "school.db").write_bytes(empty_records())
    engine = open_engine(sqlite_url(tmp_path / "school.db"))
    yield Desk(engine)
    engine.dispose()


@cache
def csdl_file() -> bytes:
    """The export of the sector's database."""
    return workbook({"HocSinh": csdl_rows()})


def pupils_file(*rows: Sequence[Any], sheet: str = "Danh sách") -> bytes:
    """A simple list of pupils."""
    return workbook({sheet: [PUPIL_HEADERS, *rows]})


def copies_file(*rows: Sequence[Any], sheet: str = "STK") -> bytes:
    """A simple register."""
    return workbook({sheet: [COPY_HEADERS, *rows]})


def told(plan: Plan, level: Level = Level.ERROR) -> list[tuple[Reason, int, str]]:
    """What a plan says of its rows, at one level."""
    return [(r.reason, r.place.row, r.column) for r in plan.remarks if r.level is level]


def counted(plan: Plan) -> tuple[int, int, int, int]:
    """New, updated, unchanged and wrong rows."""
    c = plan.counts
    return c.new, c.updated, c.unchanged, c.errors


def test_csdl_export_gives_516_pupils(desk: Desk) -> None:
    """Given the sector's export, when imported, then S01's pupils, classes and grades are there."""
    plan = desk.pupils(csdl_file())

    patrons = desk.rows(Patron)
    assert counted(plan) == (516, 0, 0, 0)
    assert Counter(p.grade for p in patrons) == {6: 157, 7: 139, 8: 120, 9: 100}
    assert {p.status for p in patrons} == {PatronStatus.ACTIVE}
    assert {p.school_year for p in patrons} == {"2026-2027"}
    assert (desk.count(Homeroom), desk.count(Enrolment)) == (12, 516)
    assert (desk.count(Card), desk.count(PatronCode)) == (516, 516)


def test_left_pupil_and_totals_are_listed(desk: Desk) -> None:
    """Given a row "Chuyển trường" and one of totals, then both are left out with their reason."""
    plan = desk.pupils(csdl_file())

    skipped = [(reason, row) for reason, row, _ in told(plan, Level.SKIPPED)]
    assert skipped == [(Reason.NOT_ACTIVE, 521), (Reason.TOTAL_ROW, 522)]


def test_every_lost_zero_is_shown(desk: Desk) -> None:
    """Given codes of nine digits, then each is told to have been padded."""
    plan = desk.pupils(csdl_file())

    padded = [r for r in plan.remarks if r.reason is Reason.CODE_PADDED]
    assert len(padded) == 517


def test_padded_code_is_the_full_code(desk: Desk) -> None:
    """Given a code with and without its zero, when both come, then they are one pupil."""
    desk.pupils(pupils_file((1, 123456789, "Lê An", "6A")))

    again = desk.pupils(pupils_file((1, "0123456789", "Lê An", "6A")))

    assert counted(again) == (0, 0, 1, 0)


def test_forbidden_columns_are_nowhere_in_the_file(tmp_path: Path) -> None:
    """Given an export with 14 forbidden columns, when imported, then no byte of them is kept."""
    path = tmp_path / "school.db"
    path.write_bytes(empty_records())
    engine = open_engine(sqlite_url(path))
    Desk(engine).pupils(csdl_file(), keep_sex=True)
    with engine.begin() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    engine.dispose()

    raw = b"".join(file.read_bytes() for file in tmp_path.glob("school.db*"))
    assert [text for text in DROPPED if text in dump or text.encode() in raw] == []
    assert "123400001" not in dump
    assert "Nguyễn" in dump


def test_sex_is_kept_only_when_asked(desk: Desk) -> None:
    """Given the export, when sex is kept, then 237 girls are counted; else nobody's is known."""
    data = csdl_file()
    without = desk.pupils(data)
    assert desk.count(PatronDetail) == 0
    assert "Giới tính" in without.rows.ignored

    desk.pupils(data, keep_sex=True)

    assert sum(row.female for row in desk.rows(PatronDetail)) == 237


@pytest.mark.parametrize("kind", list(FileKind))
def test_second_import_changes_nothing(desk: Desk, kind: FileKind) -> None:
    """Given a file that was imported, when it comes again, then all is unchanged, row for row."""
    data = {
        FileKind.PUPILS: csdl_file(),
        FileKind.STAFF: workbook({"GV": staff_rows()}),
        FileKind.COPIES: workbook({"STK": register_rows(300)}),
    }[kind]
    first = desk.bring(kind, data)
    assert not isinstance(first, Refusal)
    before = dump(desk.engine)

    second = desk.bring(kind, data)

    assert not isinstance(second, Refusal)
    assert counted(second) == (0, 0, first.counts.new, 0)
    assert dump(desk.engine) == before


def test_preview_writes_nothing(desk: Desk) -> None:
    """Given empty records, when an import is previewed, then its counts come and no row does."""
    plan = desk.pupils(csdl_file(), preview=True)

    assert counted(plan) == (516, 0, 0, 0)
    assert desk.count(Patron) == desk.count(AuditEntry) == 0


def test_failure_leaves_nothing_behind(desk: Desk) -> None:
    """Given a write that fails at its end, then nothing of the import is there."""
    with desk.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON audit_entry"
            " BEGIN SELECT RAISE(ABORT, 'full'); END"
        )

    with pytest.raises(Exception, match="full"):
        desk.pupils(csdl_file())

    assert desk.count(Patron) == desk.count(Homeroom) == desk.count(Card) == 0


def test_one_sheet_for_each_class(desk: Desk) -> None:
    """Given sheets named after classes, when no column says the class, then the sheet does."""
    headers = ("STT", "Mã HS", "Họ và đệm", "Tên")
    rows = {
        room: [headers, (1, f"01{i:08d}", "Lê Thị", f"Hoa{'abcd'[i]}")]
        for i, room in enumerate(("6A", "7B"))
    }

    desk.pupils(workbook(rows))

    assert {(p.name, p.homeroom) for p in desk.rows(Patron)} == {
        ("Lê Thị Hoaa", "6A"),
        ("Lê Thị Hoab", "7B"),
    }


@pytest.mark.parametrize("second", [None, "Tên", "Tên học sinh"])
def test_name_over_two_columns_is_one(desk: Desk, second: str | None) -> None:
    """Given the last word of names in a column of its own, named or not, then names are whole."""
    head = ("STT", "Họ và tên", second, "Lớp", "Ghi chú")
    pupils = [(1, "Nguyễn Văn", "An", "6A", ""), (2, "Lê Thị Bình", "Bình", "6A", "")]
    desk.pupils(workbook({"S": [head, *pupils]}))

    assert [p.name for p in desk.rows(Patron)] == ["Nguyễn Văn An", "Lê Thị Bình"]


def test_namesakes_in_a_class_are_two(desk: Desk) -> None:
    """Given two pupils of one name in a class, with codes and without, then they stay two."""
    with_codes = ((1, "0100000001", "Lê An", "6A"), (2, "0100000002", "Lê An", "6A"))
    without = ((3, None, "Vũ Chi", "6A"), (4, None, "Vũ Chi", "6A"))
    data = pupils_file(*with_codes, *without)

    first = desk.pupils(data)
    again = desk.pupils(data)

    assert (counted(first), counted(again)) == ((4, 0, 0, 0), (0, 0, 4, 0))


def test_code_is_not_given_to_one_of_two_namesakes(desk: Desk) -> None:
    """Given two namesakes without codes, when a row brings a code, then a person must say whose."""
    desk.pupils(pupils_file((1, None, "Vũ Chi", "6A"), (2, None, "Vũ Chi", "6A")))

    plan = desk.pupils(pupils_file((1, "0100000001", "Vũ Chi", "6A")))

    assert told(plan) == [(Reason.NAME_AMBIGUOUS, 2, "Họ và tên")]
    assert desk.count(PatronCode) == 0


def test_code_joins_the_one_pupil_of_that_name(desk: Desk) -> None:
    """Given a pupil without a code, when the file brings one, then the same pupil has it."""
    desk.pupils(pupils_file((1, None, "Vũ Chi", "6A")))

    plan = desk.pupils(pupils_file((1, "0100000001", "Vũ Chi", "6A")))

    assert counted(plan) == (0, 1, 0, 0)
    assert (desk.count(Patron), desk.count(PatronCode)) == (1, 1)


def test_absent_pupil_is_only_proposed(desk: Desk) -> None:
    """Given a pupil who is not in the new file, then they are proposed as left and stay active."""
    desk.pupils(pupils_file((1, "0100000001", "Lê An", "6A"), (2, "0100000002", "Lê Bo", "6A")))

    plan = desk.pupils(pupils_file((1, "0100000001", "Lê An", "6A")))

    assert [one.person.name for one in plan.absent] == ["Lê Bo"]
    assert {p.status for p in desk.rows(Patron)} == {PatronStatus.ACTIVE}


def test_pupil_with_a_faulty_row_is_not_proposed(desk: Desk) -> None:
    """Given a known pupil whose row cannot be imported, then they are not proposed as left."""
    desk.pupils(pupils_file((1, "0100000001", "Lê An", "6A"), (2, "0100000002", "Lê Bo", "6A")))

    plan = desk.pupils(
        pupils_file((1, "0100000001", "Lê An", "6A"), (2, "0100000002", "Lê Bo", "sáu"))
    )

    assert (plan.absent, told(plan)) == ((), [(Reason.CLASS_UNREADABLE, 3, "Lớp")])


def test_list_of_one_class_proposes_nobody_else(desk: Desk) -> None:
    """Given two classes, when the list of one comes, then the other is not proposed as left."""
    desk.pupils(pupils_file((1, "0100000001", "Lê An", "6A"), (2, "0100000002", "Lê Bo", "6B")))

    plan = desk.pupils(pupils_file((1, "0100000001", "Lê An", "6A")))

    assert plan.absent == ()


def test_next_year_promotes_and_repeats(desk: Desk) -> None:
    """Given the next year's list, then pupils move up or repeat, and history says which."""
    desk.pupils(pupils_file((1, "0100000001", "Lê An", "6A"), (2, "0100000002", "Lê Bo", "6A")))

    desk.pupils(
        pupils_file((1, "0100000001", "Lê An", "7A"), (2, "0100000002", "Lê Bo", "6A")),
        school_year="2027-2028",
    )

    ended = {row.ended for row in desk.rows(Enrolment) if row.until}
    assert ended == {EnrolmentEnd.PROMOTED, EnrolmentEnd.REPEATED}
    assert {(p.name, p.homeroom, p.school_year) for p in desk.rows(Patron)} == {
        ("Lê An", "7A", "2027-2028"),
        ("Lê Bo", "6A", "2027-2028"),
    }


def test_pupil_who_left_comes_back(desk: Desk) -> None:
    """Given a pupil who left, when the file has them, then they are active again."""
    data = pupils_file((1, "0100000001", "Lê An", "6A"))
    desk.pupils(data)
    with desk.engine.begin() as connection:
        connection.execute(update(Patron).values(status=PatronStatus.LEFT))

    plan = desk.pupils(data)

    assert counted(plan) == (0, 1, 0, 0)
    assert desk.rows(Patron)[0].status is PatronStatus.ACTIVE


def test_demo_school_takes_codes(tmp_path: Path) -> None:
    """Given records without codes, when the list has names once each, then nobody is doubled."""
    (tmp_path / "demo.db").write_bytes(demo_records(NOW))
    engine = open_engine(sqlite_url(tmp_path / "demo.db"))
    desk = Desk(engine)
    names = Counter((p.name, p.homeroom) for p in desk.rows(Patron) if p.homeroom)
    once = [who for who, times in names.items() if times == 1]
    rows = [(i, f"01{i:08d}", name, room) for i, (name, room) in enumerate(once)]

    plan = desk.pupils(pupils_file(*rows))
    engine.dispose()

    assert counted(plan) == (0, len(once), 0, 0)


def staff_rows() -> list[Sequence[Any]]:
    """Teachers and others, as a staff export has them."""
    return [
        ("Tên trường", "Mã CBGVNV", "Họ tên", "Ngày sinh", "Trạng thái", "Vị trí việc làm", "Tổ"),
        ("THCS", "GV-001", "Lê Thị Toán", "01/01/1980", "Đang làm việc", "Giáo viên", "Toán"),
        ("THCS", "NV-002", "Trần Văn Kế", "01/01/1980", "Đang làm việc", "Kế toán", ""),
        ("THCS", "GV-003", "Vũ Văn Nghỉ", "01/01/1960", "Nghỉ hưu", "Giáo viên", "Văn"),
    ]


def test_staff_have_position_and_subject(desk: Desk) -> None:
    """Given a staff list, then teachers and others are told apart, with position and subject."""
    desk.staff(workbook({"CB": staff_rows()}))

    details = {row.patron_id: (row.position, row.subject) for row in desk.rows(PatronDetail)}
    assert {(p.name, p.category, details[p.id]) for p in desk.rows(Patron)} == {
        ("Lê Thị Toán", PatronCategory.TEACHER, ("Giáo viên", "Toán")),
        ("Trần Văn Kế", PatronCategory.STAFF, ("Kế toán", "")),
    }


SPELLINGS = ("STK1", "STK-0001", "STK.00001", "stk 1", "00001/STK", "STK00001/2019", 1)
"""Of one number (domain specification 2.4)."""


def test_seven_spellings_are_one_copy(desk: Desk) -> None:
    """Given seven spellings of a number, then one copy comes in and six rows are told double."""
    plan = desk.copies(copies_file(*((i, s, "Dế Mèn", "Tô Hoài") for i, s in enumerate(SPELLINGS))))

    assert counted(plan) == (1, 0, 0, 6)
    assert {reason for reason, _, _ in told(plan)} == {Reason.DUPLICATE}
    assert [(c.accession, c.original_number) for c in desk.rows(Copy)] == [("STK.00001", "STK1")]
    assert all("trùng" in Wording("vi").remark(remark) for remark in plan.remarks)


def test_register_of_the_schools_own_kho(desk: Desk) -> None:
    """Given a kho called as old files call another, then its numbers are its own."""
    desk.copies(copies_file((1, "STK1", "Dế Mèn", "Tô Hoài")))
    with desk.engine.begin() as connection:
        own = KhoRules("TK", "Truyện kể", 6, LendingMode.TAKE_HOME)
        rulebook.set_kho(connection, 1, own)
    desk.copies(copies_file((1, "TK-1", "Chuyện kể", ""), (2, 2, "Chuyện khác", ""), sheet="TK"))

    assert {c.accession for c in desk.rows(Copy)} == {"STK.00001", "TK.000001", "TK.000002"}


def test_register_keeps_all_it_says(desk: Desk) -> None:
    """Given a row of the customary register, then edition, copy and voucher say what it said."""
    rows = register_rows(1)
    rows[3][10] = "15/BB ngày 20/5/2020"

    desk.copies(workbook({"STK": rows}))

    (edition,), (copy,) = desk.rows(Edition), desk.rows(Copy)
    shown = (edition.title, edition.publisher, edition.place, edition.year, edition.class_19)
    assert shown == (
        "Bồi dưỡng học sinh giỏi quyển 1",
        "NXB Giáo dục Việt Nam",
        "Hà Nội",
        2001,
        "5",
    )
    assert (copy.price_vnd, copy.state) == (16000, CopyState.WITHDRAWN)
    vouchers = {v.kind: (v.serial, v.number, v.entered_on) for v in desk.rows(Voucher)}
    assert vouchers[VoucherKind.ENTRY] == (1, "", date(2015, 9, 6))
    assert vouchers[VoucherKind.EXIT][1] == "15/BB ngày 20/5/2020"


def test_copies_of_a_title_share_its_edition(desk: Desk) -> None:
    """Given ten copies of each title, then a tenth as many editions are made."""
    desk.copies(workbook({"STK": register_rows(120)}))

    assert (desk.count(Copy), desk.count(Edition)) == (120, 12)


def test_corrected_row_changes_its_copy_alone(desk: Desk) -> None:
    """Given one row with another price, when imported, then that copy changes and no other."""
    rows = register_rows(30)
    desk.copies(workbook({"STK": rows}))
    rows[5][7] = "99.000 đ"

    plan = desk.copies(workbook({"STK": rows}))

    assert (counted(plan), plan.remarks) == ((0, 1, 29, 0), ())
    assert [c.accession for c in desk.rows(Copy, price_vnd=99000)] == ["STK.00003"]


def test_number_with_another_title_is_told(desk: Desk) -> None:
    """Given numbers of the library that a file gives another title, then both titles are told."""
    desk.copies(copies_file((1, "1-3", "Toán 6", ""), sheet="SGK"))

    plan = desk.copies(copies_file((1, "1-3", "Ngữ văn 6", ""), sheet="SGK"))

    (note,) = plan.remarks
    assert (counted(plan), note.reason) == ((0, 1, 0, 0), Reason.TITLE_CHANGED)
    assert "là “Toán 6”, được đổi thành “Ngữ văn 6”" in Wording("vi").remark(note)


def test_run_of_textbooks_is_a_copy_each(desk: Desk) -> None:
    """Given a textbook register's "1-10", then ten copies are entered; "5-2019" is one."""
    plan = desk.copies(
        copies_file((1, "1-10", "Toán 6", ""), (2, "SGK12-2019", "Toán 7", ""), sheet="SGK")
    )

    assert counted(plan) == (2, 0, 0, 0)
    assert sorted(c.number for c in desk.rows(Copy)) == [*range(1, 11), 12]
    assert plan.registers[0].gaps[0].first == 11


def test_gap_is_what_nobody_has(desk: Desk) -> None:
    """Given a file that goes on where the stock ends, then only numbers of neither are missing."""
    desk.copies(copies_file((1, "1-10", "Toán 6", ""), sheet="SGK"))
    too_long = (3, "SGK14", "x" * 10_240, "")

    plan = desk.copies(copies_file((2, "SGK12", "Toán 7", ""), too_long, sheet="SGK"))

    assert [gap.first for gap in plan.registers[0].gaps] == [11, 13]


def test_title_may_begin_as_totals_do(desk: Desk) -> None:
    """Given titles in the first column, when one is "Tổng tập…", then it is a copy, no total."""
    titles = [("Tổng tập văn học", "STK1", 9000), ("Tổng cộng", 1, 9000)]
    plan = desk.copies(workbook({"S": [("Tên sách", "Số ĐKCB", "Giá"), *titles]}))

    assert (counted(plan), plan.counts.skipped) == ((1, 0, 0, 0), 1)


@pytest.mark.parametrize("font", [".VnTime", "Times New Roman"])
def test_old_xls_becomes_unicode(desk: Desk, font: str) -> None:
    """Given an .xls in TCVN3, by its font or by its words, then titles are Unicode and told."""
    titles = ("§Êt rõng ph\u00ad¬ng Nam", "LÞch sö vµ §Þa lÝ 6", "Ng÷ v¨n 6 tËp mét")
    rows = [("STT", "Sè §KCB", "Tªn s¸ch", "T¸c gi¶"), *(
        (i, f"STK{i}", title, "NguyÔn ThÞ H¹nh") for i, title in enumerate(titles, start=1)
    )]  # fmt: skip

    plan = desk.copies(old_workbook("STK", rows, font))

    assert {e.title for e in desk.rows(Edition)} == {
        "Đất rừng phương Nam",
        "Lịch sử và Địa lí 6",
        "Ngữ văn 6 tập một",
    }
    assert {one.encoding for one in plan.rows.converted} == {Encoding.TCVN3}


def test_xlsx_in_a_vni_font_becomes_unicode(desk: Desk) -> None:
    """Given an .xlsx in a VNI font, then its text is read by that font."""
    rows = [COPY_HEADERS, (1, "STK1", "Ñaát röøng phöông Nam", "Nguyeãn Thò Haïnh")]

    desk.copies(workbook({"STK": rows}, font="VNI-Times"))

    (edition,) = desk.rows(Edition)
    assert (edition.title, edition.authors) == ("Đất rừng phương Nam", "Nguyễn Thị Hạnh")


def mixed_register() -> bytes:
    """A column that is TCVN3 in some rows and Unicode in others."""
    titles = ("LÞch sö vµ §Þa lÝ", "Ng÷ v¨n tËp mét", "Đất rừng phương Nam", "§Êt rõng")
    return copies_file(*((i, f"STK{i + 1}", title, "") for i, title in enumerate(titles)))


def test_mixed_encodings_ask_a_person(desk: Desk) -> None:
    """Given old and new text in one column, then refused with its place and how it would read."""
    plan = desk.bring(FileKind.COPIES, mixed_register())

    assert isinstance(plan, Refusal)
    assert (plan.reason, plan.encoding) == (Unusable.ENCODING_UNSURE, "tcvn3")
    old = ["Lịch sử và Địa lí", "Ngữ văn tập một", "Đất rừng"]
    assert [one.after for one in plan.changes] == old
    assert "“STK”, cột “Tên sách”" in Wording("vi").refusal(plan)


def test_chosen_encoding_leaves_unicode_alone(desk: Desk) -> None:
    """Given a mixed column, when a person chose TCVN3, then only the old text changes."""
    desk.copies(mixed_register(), asked=Asked(encoding=Encoding.TCVN3))

    titles = {e.title for e in desk.rows(Edition)}
    assert titles == {"Lịch sử và Địa lí", "Ngữ văn tập một", "Đất rừng phương Nam", "Đất rừng"}


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_of_every_spreadsheet_is_read(desk: Desk, code: str, separator: str) -> None:
    """Given a CSV in any code and separator, then it is imported, rows counted from the top."""
    lines = [("STT", "Số ĐKCB", "Tên sách"), ("1", "STK1", "Dế Mèn"), (), ("2", "??", "Đất rừng")]
    text = "\r\n".join(separator.join(line) for line in lines)

    plan = desk.copies(text.encode(code))

    assert counted(plan) == (1, 0, 0, 1)
    assert told(plan) == [(Reason.NUMBER_UNREADABLE, 4, "Số ĐKCB")]


PUPIL_FAULTS = {
    (1, "1.23E+09", "Lê An", "6A"): (Reason.CODE_ROUNDED, "Mã học sinh"),
    (1, "12345", "Lê An", "6A"): (Reason.CODE_UNREADABLE, "Mã học sinh"),
    (1, "", "", "6A"): (Reason.NO_RECORD, ""),
    (1, "0100000001", "", "6A"): (Reason.NAME_MISSING, "Họ và tên"),
    (1, "0100000001", "12345", "6A"): (Reason.NAME_UNREADABLE, "Họ và tên"),
    (1, "0100000001", "A" * 10_000, "6A"): (Reason.TOO_LONG, "Họ và tên"),
    (1, "0100000001", "Lê An", "10A"): (Reason.OTHER_GRADE, "Lớp"),
    (1, "0100000001", "Lê An", "lớp chọn"): (Reason.CLASS_UNREADABLE, "Lớp"),
    (1, "0100000001", "Lê An", datetime(2026, 1, 6)): (Reason.CLASS_UNREADABLE, "Lớp"),  # noqa: DTZ001
    (1, "0100000001", "Lê An", None): (Reason.CLASS_MISSING, "Lớp"),
    (1, "#REF!", "Lê An", "6A"): (Reason.FORMULA_ERROR, "Mã học sinh"),
}


@pytest.mark.parametrize("row", list(PUPIL_FAULTS), ids=lambda row: PUPIL_FAULTS[row][0].value)
def test_faulty_pupil_is_named_with_place(desk: Desk, row: tuple[Any, ...]) -> None:
    """Given a row that is no pupil, then it is listed with its place, and others come in."""
    plan = desk.pupils(pupils_file((0, "0100000009", "Vũ Tốt", "6A"), row))

    (remark,) = [r for r in plan.remarks if r.level is not Level.NOTE]
    assert (remark.reason, remark.column) == PUPIL_FAULTS[row]
    assert Wording("vi").remark(remark).startswith("Trang tính “Danh sách”, dòng 3")
    assert desk.count(Patron) == 1


HEADERS_OF_FAULTS = (
    "Số ĐKCB", "Tên sách", "Năm XB", "Giá tiền", "Ngày vào sổ", "ISBN", "Số trang", "Số TQ",
)  # fmt: skip
COPY_FAULTS: dict[tuple[Any, ...], tuple[Reason, str]] = {
    ("", "Dế Mèn", 2019): (Reason.NUMBER_MISSING, "Số ĐKCB"),
    ("1,2E+5", "Dế Mèn"): (Reason.CODE_ROUNDED, "Số ĐKCB"),
    ("ABC1", "Dế Mèn"): (Reason.KHO_UNKNOWN, "Số ĐKCB"),
    ("STK0", "Dế Mèn"): (Reason.NUMBER_ZERO, "Số ĐKCB"),
    ("STK1234567", "Dế Mèn"): (Reason.NUMBER_TOO_LARGE, "Số ĐKCB"),
    ("17", "Dế Mèn"): (Reason.KHO_MISSING, "Số ĐKCB"),
    ("STK1", ""): (Reason.TITLE_MISSING, "Tên sách"),
    ("STK1", "x" * 10_240): (Reason.TOO_LONG, "Tên sách"),
    ("STK1", "Dế Mèn", 2999): (Reason.YEAR_UNREADABLE, "Năm XB"),
    ("STK1", "Dế Mèn", "19xx"): (Reason.YEAR_UNREADABLE, "Năm XB"),
    ("STK1", "Dế Mèn", "", "rẻ"): (Reason.PRICE_UNREADABLE, "Giá tiền"),
    ("STK1", "Dế Mèn", "", -5): (Reason.PRICE_UNREADABLE, "Giá tiền"),
    ("STK1", "Dế Mèn", "", "", "01/01/1900"): (Reason.DATE_UNREADABLE, "Ngày vào sổ"),
    ("STK1", "Dế Mèn", "", "", "31/12/2999"): (Reason.DATE_UNREADABLE, "Ngày vào sổ"),
    ("STK1", "Dế Mèn", "", "", "30/02/2020"): (Reason.DATE_UNREADABLE, "Ngày vào sổ"),
    ("STK1", "Dế Mèn", "", "", "", "9786040000000"): (Reason.ISBN_UNREADABLE, "ISBN"),
    ("STK1", "Dế Mèn", "", "", "", "", "nhiều"): (Reason.PAGES_UNREADABLE, "Số trang"),
    ("STK1", "Dế Mèn", "", "", "", "", "", "số 5"): (Reason.ENTRY_UNREADABLE, "Số TQ"),
}


@pytest.mark.parametrize("row", list(COPY_FAULTS), ids=lambda row: COPY_FAULTS[row][0].value)
def test_faulty_copy_is_named_with_place(desk: Desk, row: tuple[Any, ...]) -> None:
    """Given a row that is no copy, then it is listed with its place, and others come in."""
    good = ("STK99", "Đất rừng phương Nam")

    plan = desk.copies(workbook({"Sổ": [HEADERS_OF_FAULTS, good, row]}))

    (remark,) = plan.remarks
    assert (remark.reason, remark.column) == COPY_FAULTS[row]
    assert Wording("vi").remark(remark).startswith("Trang tính “Sổ”, dòng 3, cột “")
    assert len(Wording("vi").remark(remark)) < 400
    assert desk.count(Copy) == 1


@pytest.mark.parametrize(
    "day", ["05/09/2020", "5-9-2020", "5.IX.2020", "2020-09-05", 44079, date(2020, 9, 5)]
)
def test_day_is_read_in_every_form(desk: Desk, day: object) -> None:
    """Given a day as text, serial or date, then the voucher has that day."""
    row = ("STK1", "Dế Mèn", "", "", day, "", "", 7)

    desk.copies(workbook({"Sổ": [HEADERS_OF_FAULTS, row]}))

    assert [v.entered_on for v in desk.rows(Voucher)] == [date(2020, 9, 5)]


@pytest.mark.parametrize("price", [25000, 25000.0, "25000", "25.000", "25,000 đ", "25 000 đồng"])
def test_price_is_read_in_every_form(desk: Desk, price: object) -> None:
    """Given a price as people write it, then the copy has it in đồng."""
    desk.copies(workbook({"Sổ": [HEADERS_OF_FAULTS, ("STK1", "Dế Mèn", "", price)]}))

    assert desk.rows(Copy)[0].price_vnd == 25000


def test_control_characters_are_taken_away(desk: Desk) -> None:
    """Given invisible signs in a title, then what is kept has none."""
    desk.copies("Số ĐKCB,Tên sách,Tác giả\nSTK1,Dế\u200b  Mèn,Tô\u00a0Hoài".encode("utf-16"))

    (edition,) = desk.rows(Edition)
    assert (edition.title, edition.authors) == ("Dế Mèn", "Tô Hoài")


def test_sheets_that_disagree_name_each_other(desk: Desk) -> None:
    """Given one number with two titles on two sheets, then the second is told with both places."""
    sheets = {
        "Sổ cũ": [COPY_HEADERS, (1, "STK1", "Dế Mèn", "")],
        "Sổ mới": [COPY_HEADERS, (1, "STK1", "Đất rừng", "")],
    }

    plan = desk.copies(workbook(sheets))

    (remark,) = plan.remarks
    said = Wording("vi").remark(remark)
    assert remark.reason is Reason.DUPLICATE_DIFFERS
    assert "Trang tính “Sổ mới”, dòng 2" in said
    assert "Trang tính “Sổ cũ”, dòng 2" in said


def test_pupil_on_two_sheets_that_disagree(desk: Desk) -> None:
    """Given one code in two classes, then the second row is told, and the first imported."""
    sheets = {
        "6A": [PUPIL_HEADERS, (1, "0100000001", "Lê An", "6A")],
        "6B": [PUPIL_HEADERS, (1, "0100000001", "Lê An", "6B")],
    }

    plan = desk.pupils(workbook(sheets))

    assert told(plan) == [(Reason.CODE_DIFFERS, 2, "Mã học sinh")]
    assert desk.rows(Patron)[0].homeroom == "6A"


def test_national_number_is_not_kept(desk: Desk) -> None:
    """Given a national number as a code, then the pupil comes without, and it is told."""
    plan = desk.pupils(pupils_file((1, "001312000001", "Lê An", "6A")))

    (remark,) = plan.remarks
    assert (remark.reason, remark.value) == (Reason.CODE_NATIONAL, "")
    assert (desk.count(Patron), desk.count(PatronCode)) == (1, 0)


def test_formula_counts_by_its_last_value(desk: Desk) -> None:
    """Given a formula without a worked-out value, then its cell is told to be empty."""
    plan = desk.copies(copies_file((1, "STK1", '="Dế "&"Mèn"', "")))

    assert told(plan) == [(Reason.TITLE_MISSING, 2, "Tên sách")]
    assert "công thức" in Wording("vi").remark(plan.remarks[0])


def test_merged_title_is_every_rows_title(desk: Desk) -> None:
    """Given a title merged over three copies, then all three have it."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "STK"
    for row in (COPY_HEADERS, (1, "STK1", "Dế Mèn", ""), (2, "STK2"), (3, "STK3"), (4, "STK4")):
        sheet.append(row)
    sheet.merge_cells("C2:C4")

    plan = desk.copies(school_files.saved(book))

    assert counted(plan) == (3, 0, 0, 1)
    assert told(plan) == [(Reason.TITLE_MISSING, 5, "Tên sách")]


def test_million_empty_rows_end_the_sheet(desk: Desk) -> None:
    """Given a sheet whose format reaches to the last row, then reading stops and says so."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "STK"
    for row in (COPY_HEADERS, (1, "STK1", "Dế Mèn", "")):
        sheet.append(row)
    sheet.cell(1_048_576, 1, " ").font = openpyxl.styles.Font(bold=True)

    plan = desk.copies(school_files.saved(book))

    assert counted(plan) == (1, 0, 0, 0)
    assert [(place.sheet, place.row) for place in plan.rows.stopped] == [("STK", 2)]


def test_header_row_is_found_below_titles(desk: Desk) -> None:
    """Given a header in the fifteenth row, then it is found; in the sixteenth it is not."""
    rows = [[f"dòng {i}"] for i in range(14)]
    good = [*rows, COPY_HEADERS, (1, "STK1", "Dế Mèn", "")]

    assert desk.copies(workbook({"STK": good})).counts.new == 1
    late = desk.bring(FileKind.COPIES, workbook({"STK": [["một"], *good]}))
    assert late == Refusal(Unusable.NO_HEADER, "STK")


def test_caller_says_which_column_it_is(desk: Desk) -> None:
    """Given columns of unknown names, when the caller maps them, then they are imported."""
    rows = [("Cuốn", "Tựa", "Tác giả"), ("STK1", "Dế Mèn", "Tô Hoài")]
    asked = Asked({"accession": "Cuốn", "title": "Tựa"}, header_row=1)

    plan = desk.copies(workbook({"S": rows}), asked=asked)

    assert counted(plan) == (1, 0, 0, 0)


@pytest.mark.parametrize("header", ["Dân tộc", "Số CMND/CCCD", "SĐT liên hệ", "Họ tên mẹ"])
def test_forbidden_column_cannot_be_mapped(desk: Desk, header: str) -> None:
    """Given a forbidden column, when a caller maps a field to it, then the import is refused."""
    data = workbook({"S": csdl_rows()})

    plan = desk.bring(FileKind.PUPILS, data, asked=Asked({"name": header}))

    assert plan == Refusal(Unusable.NOT_KEPT, column=header)


def test_missing_column_is_named(desk: Desk) -> None:
    """Given a register without numbers, then the file is refused, naming sheet and column."""
    rows = [("STT", "Tên sách", "Tác giả"), (1, "Dế Mèn", "Tô Hoài")]

    plan = desk.bring(FileKind.COPIES, workbook({"S": rows}))

    assert plan == Refusal(Unusable.NO_COLUMN, "S", "Số ĐKCB")


@cache  # half a gigabyte is packed for one of them
def damaged_files() -> dict[str, tuple[bytes, Unusable]]:
    """Files that are none, and why."""
    good = workbook({"S": [COPY_HEADERS]})
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<x/>")
    return {
        "nothing": (b"", Unusable.EMPTY),
        "spaces": (b"  \n", Unusable.EMPTY),
        "no rows": (workbook({"S": []}), Unusable.EMPTY),
        "half": (good[: len(good) // 2], Unusable.BROKEN),
        "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), Unusable.NOT_A_TABLE),
        "letter": (zipped.getvalue(), Unusable.NOT_A_TABLE),
        "page": (b"<html><table><tr><td>STT</td></tr></table></html>", Unusable.WEB_PAGE),
        "locked": (ole + bytes(600) + "EncryptedPackage".encode("utf-16-le"), Unusable.PASSWORD),
        "old locked": (locked(old_workbook("S", [COPY_HEADERS], "Arial")), Unusable.PASSWORD),
        "old half": (old_workbook("S", [COPY_HEADERS], "Arial")[:700], Unusable.BROKEN),
        "bomb": (bomb(), Unusable.TOO_LARGE),
        "entities": (laughs(good), Unusable.BROKEN),
        "quotes": (b'a,b,c\n"' + b"x" * 200_000, Unusable.BROKEN_QUOTES),
        "cut in a quote": (
            'Số ĐKCB;Tên sách;Giá\nSTK1;Toán;5000\nSTK2;"Đất rừng;5000\n'.encode(),
            Unusable.BROKEN_QUOTES,
        ),
    }


def locked(old: bytes) -> bytes:
    """An .xls that says of itself that it is encrypted: FILEPASS where its writer's name stood."""
    return old.replace(b"\x5c\x00\x70\x00", b"\x2f\x00\x70\x00", 1)


def bomb() -> bytes:
    """Half a megabyte that unpacks to five hundred."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(500):
                sheet.write(bytes(1_000_000))
    return target.getvalue()


def laughs(good: bytes) -> bytes:
    """A workbook whose sheet declares entities within entities."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("xl/worksheets/"):
                data = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + data
            archive.writestr(name, data)
    return target.getvalue()


@pytest.mark.parametrize("what", sorted(damaged_files()))
def test_unusable_file_is_told_in_a_sentence(desk: Desk, what: str) -> None:
    """Given a file that is no table, then one sentence says why, and nothing is written."""
    data, reason = damaged_files()[what]

    plan = desk.bring(FileKind.COPIES, data)

    assert isinstance(plan, Refusal)
    assert plan.reason is reason
    assert len(Wording("vi").refusal(plan)) > 20
    assert desk.count(Copy) == 0


@given(st.integers(0, 2**32), st.integers(0, 3))
def test_damaged_workbook_never_raises(seed: int, how: int) -> None:
    """Given a workbook with bytes cut out or changed, then reading answers and never raises."""
    chance = random.Random(seed)
    source = SMALL_XLS if how % 2 else SMALL_XLSX
    at = chance.randrange(len(source))
    broken = source[:at] + chance.randbytes(chance.randrange(20)) + source[at + how * 7 :]

    answer = read_bytes(broken, "tệp")

    assert isinstance(answer, (tuple, Refusal))


SMALL_XLSX = workbook({"S": [COPY_HEADERS, (1, "STK1", "Dế Mèn", "Tô Hoài")]})
SMALL_XLS = old_workbook("S", [COPY_HEADERS, (1, "STK1", "Dế Mèn", "Tô Hoài")], ".VnTime")


@pytest.mark.parametrize("headers", [PUPILS, STAFF, COPIES])
def test_header_names_mean_one_field(headers: Headers) -> None:
    """Given a kind of file, then no header name is claimed by two of its fields."""
    names = Counter(name.casefold() for spelt in headers.values() for name in spelt)

    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_reason_has_a_sentence(language: Any) -> None:
    """Given a reason, then both languages say it, and have no sentence besides."""
    keys = Wording(language).keys()

    assert {f"row.{reason.value}" for reason in Reason} == {k for k in keys if k.startswith("row.")}
    assert {f"file.{reason.value}" for reason in Unusable} == {
        k for k in keys if k.startswith("file.")
    }
    assert keys == Wording("vi").keys()


def dump(engine: Engine) -> list[str]:
    """The whole database in SQL."""
    with engine.begin() as connection:
        return list(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, dict[str, Any]]:
    """Run a command for its one JSON object."""
    status = main([*map(str, words), "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_command_imports_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given the export, when the command runs twice, then it prints 516 new, then unchanged."""
    file = write(tmp_path / "hs.xlsx", csdl_file())
    words = ("import", "pupils", file, "--database", sqlite_url(tmp_path / "a.db"))

    _, preview = run(capsys, *words, "--preview")
    status, first = run(capsys, *words)
    _, second = run(capsys, *words)

    assert (status, preview["written"], preview["new"]) == (0, False, 516)
    assert [first[name] for name in ("new", "updated", "unchanged", "errors")] == [516, 0, 0, 0]
    assert [second[name] for name in ("new", "unchanged", "errors")] == [0, 516, 0]
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600


def test_command_imports_staff_and_lists_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a staff list, when it comes twice and is exported, then .xlsx has them once."""
    file, out = write(tmp_path / "cb.xlsx", workbook({"CB": staff_rows()})), tmp_path / "out.xlsx"
    database = ("--database", sqlite_url(tmp_path / "a.db"))

    _, first = run(capsys, "import", "staff", file, *database)
    _, second = run(capsys, "import", "staff", file, *database)
    status = main(["export", "patrons", "--out", str(out), *database])

    assert [first[name] for name in ("new", "unchanged", "errors", "skipped")] == [2, 0, 0, 1]
    assert [second[name] for name in ("new", "updated", "unchanged")] == [0, 0, 2]
    listed = {row[1:3] for row in openpyxl.load_workbook(out).worksheets[0].values}
    assert (status, listed) == (
        0,
        {("Họ và tên", "Đối tượng"), ("Lê Thị Toán", "Giáo viên"), ("Trần Văn Kế", "Nhân viên")},
    )


def test_command_refuses_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a file that is none, then the command ends with 1 and says why in Vietnamese."""
    file = write(tmp_path / "a.xlsx", b"PK\x03\x04 cut off")
    words = ["import", "copies", str(file), "--database", sqlite_url(tmp_path / "a.db")]

    assert main(words) == 1
    assert capsys.readouterr().err.startswith("Tệp bị hỏng")
    status, told_so = run(capsys, *words)
    assert (status, told_so["error"]["reason"], told_so["new"]) == (1, "broken", 0)


def test_command_prints_people_a_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a register with a fault, then the summary counts it and names its place."""
    file = write(tmp_path / "s.xlsx", copies_file((1, "STK1", "Dế Mèn", ""), (2, "?", "Ai", "")))

    assert main(["import", "copies", str(file), "--database", sqlite_url(tmp_path / "a.db")]) == 0

    said = capsys.readouterr().out
    assert "Mới: 1" in said
    assert "Trang tính “STK”, dòng 3, cột “Số ĐKCB”" in said


def test_command_says_records_are_in_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given records that a hub works with, then the command ends with 3 and says so."""
    url = sqlite_url(tmp_path / "a.db")
    file = write(tmp_path / "s.xlsx", copies_file((1, "STK1", "Dế Mèn", "")))
    engine = open_engine(url)

    with pytest.raises(SystemExit, match="3"):
        main(["import", "copies", str(file), "--database", url])
    engine.dispose()

    assert "Dừng lại trước" in capsys.readouterr().err


def test_postgresql_imports_the_same(postgres: PostgresServer) -> None:
    """Given a server, when both files come twice, then they are new and then unchanged."""
    engine = open_engine(postgres.new_records())
    desk = Desk(engine)
    pupils, copies = csdl_file(), workbook({"STK": register_rows(50)})

    counts = [counted(one) for _ in range(2) for one in (desk.pupils(pupils), desk.copies(copies))]
    engine.dispose()

    assert counts == [(516, 0, 0, 0), (50, 0, 0, 0), (0, 0, 516, 0), (0, 0, 50, 0)]
