"""The acceptance checks of the domain specification that no other test tells as a story.

Each test's docstring begins with the item it proves; docs/acceptance.md lists them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from admin.owing import classes_owing
from config.settings import PrinterSettings, VisitSettings
from db import rulebook
from db.calendar import YearDates
from db.catalogue import Catalogue
from db.corners import Corners
from db.engine import sqlite_url
from db.identifiers import AccessionNumber
from db.library import Library
from db.models import (
    AuditEntry,
    Copy,
    DueChange,
    Edition,
    EditionTag,
    Loan,
    Patron,
    PatronDetail,
    SetTitle,
)
from db.outcomes import CheckedOut, LostReported, Refusal, Refused
from db.partners import Handover, Partners, PartnersBook, read_handover
from db.patrons import Patrons
from db.recalls import recall
from db.register import Intake, Register, VoucherEntry
from db.registers.books import Books
from db.registers.sheet import Cell, Sheet, Weight
from db.registers.standards import MET, Level, facts_of, self_check
from db.registers.year_report import year_report
from db.rules import LoanPolicy
from db.sets import SetHanded, TextbookSets
from db.states import (
    PROCESS_STEPS,
    CopyState,
    DocumentType,
    LendingMode,
    Settlement,
    VoucherKind,
    WishState,
)
from db.stocktaking import CountPlan, Stocktaking
from db.text import TooLong
from db.textbook_checks import ClassCheck, class_check, note_class
from db.wishes import Wishes, WishMade
from kiosk.clerk import Clerk
from kiosk.events import Shown
from kiosk.receipts import SlipDesk
from kiosk.visit import Serving
from kiosk.wording import Wording
from scanner.scan import Scan, Symbology
from tests.demo_school import DemoSchool
from tests.small_school import NEXT_YEAR, STUDENT, SmallSchool, named, number
from tests.small_school import YEAR as THIS_YEAR

STK_TITLE = named("Bồi dưỡng Toán 6")
YEAR = (date(2026, 6, 1), date(2027, 5, 31))
"""A library year."""


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    made = SmallSchool(sqlite_url(tmp_path / "school.db"))
    yield made
    made.close()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoSchool]:
    made = DemoSchool(tmp_path / "demo.db")
    yield made
    made.engine.dispose()


def reported(
    library: Library, heading: str, year: YearDates = THIS_YEAR
) -> dict[str, tuple[Cell, ...]]:
    """The lines of a part of a year's report, by their first cell."""
    with library.act() as act:
        (part,) = (one for one in year_report(act, year, act.now).parts if heading in one.heading)
        return {str(row.cells[0]): row.cells[1:] for row in part.rows}


def copies_in_stock(library: Library) -> int:
    """What the self-check counts."""
    with library.act() as act:
        return facts_of(act.connection, act.school_id, act.now).copies


def lines(
    library: Library, code: str, days: tuple[date, date] = YEAR, homeroom: str = ""
) -> list[list[tuple[Cell, ...]]]:
    """The lines of each part of a register, without their totals."""
    asked = Books(library).opened(code, *days, homeroom=homeroom, author="thủ thư")
    with asked as sheet:
        assert isinstance(sheet, Sheet)
        return [
            [row.cells for row in part.rows if row.weight is Weight.PLAIN] for part in sheet.parts
        ]


def grade_6(demo: DemoSchool) -> list[UUID]:
    """The pupils of grade 6."""
    with demo.engine.begin() as connection:
        return list(connection.scalars(select(Patron.id).where(Patron.grade == 6)))


def set_of_grade_6(demo: DemoSchool) -> tuple[UUID, list[UUID]]:
    """The textbook set of grade 6 and its titles."""
    with demo.engine.begin() as connection:
        rows = connection.execute(
            select(SetTitle.template_id, SetTitle.edition_id)
            .join(Edition, Edition.id == SetTitle.edition_id)
            .where(Edition.grade == 6)
            .order_by(SetTitle.position)
        ).all()
    return rows[0].template_id, [row.edition_id for row in rows]


def copy_of(demo: DemoSchool, edition_id: UUID, position: int = 0) -> AccessionNumber:
    """A copy of an edition."""
    with demo.engine.begin() as connection:
        mine = select(Copy.accession).where(Copy.edition_id == edition_id).order_by(Copy.number)
        return AccessionNumber(connection.scalars(mine).all()[position])


def test_pupils_and_girls_by_grade(demo: DemoSchool) -> None:
    """S02: Given the demo school, then 237 of 516 are girls, and a sex left out breaks nothing."""
    told = reported(demo.desk.library, "Bạn đọc")
    with demo.engine.begin() as connection:
        connection.execute(update(PatronDetail).values(female=None))
    without = reported(demo.desk.library, "Bạn đọc")

    assert [told[f"Khối {grade}"] for grade in (6, 7, 8, 9)] == [
        (4, 157, 70), (3, 139, 64), (3, 120, 56), (2, 100, 47),
    ]  # fmt: skip
    assert told["Cộng"] == (12, 516, 237)
    assert without["Cộng"] == (12, 516, 0)


def checks_of_grade(library: Library, grade: int) -> list[ClassCheck]:
    """The check of each class of a grade, as the school has it now."""
    with library.act() as act:
        asked = select(Patron.homeroom).where(Patron.grade == grade).distinct()
        return [class_check(act, room, grade) for room in act.connection.scalars(asked)]


def note(library: Library, pupil: UUID, title: UUID, *, lacks: bool) -> None:
    """Note on the class's sheet whether a pupil lacks a title."""
    with library.act() as act:
        room, grade = act.connection.execute(
            select(Patron.homeroom, Patron.grade).where(Patron.id == pupil)
        ).one()
        assert grade is not None
        check = class_check(act, room, grade)
        one = {(pupil, title)}
        lacking = check.lacking | one if lacks else check.lacking - one
        note_class(act, check, frozenset(lacking), "thủ thư")


def test_one_missing_title_is_one_pupil(demo: DemoSchool) -> None:
    """S07: Given one of 157 pupils lacks one title, then its class alone is not complete."""
    library = demo.desk.library
    pupil, (_, titles) = grade_6(demo)[0], set_of_grade_6(demo)
    for _ in range(2):
        note(library, pupil, titles[0], lacks=True)
    found = checks_of_grade(library, 6)
    short = [one for one in found if one.without]

    assert sum(len(one.pupils) for one in found) == 157
    assert [one.lacking for one in short] == [{(pupil, titles[0])}]
    assert [one.percent < 100 for one in found] == [one in short for one in found]
    assert {one.percent for one in checks_of_grade(library, 7)} == {100.0}


def test_borrowed_title_is_not_missing(demo: DemoSchool) -> None:
    """S07: Given a missing title, when it is borrowed or bought, then nobody lacks it."""
    library, sets = demo.desk.library, TextbookSets(demo.desk)
    (first, second, *_), (template, titles) = grade_6(demo), set_of_grade_6(demo)
    for pupil in (first, second):
        note(library, pupil, titles[0], lacks=True)
    sets.lend(demo.desk.look_up(first), template, [copy_of(demo, titles[0])])
    note(library, second, titles[0], lacks=False)
    found = checks_of_grade(library, 6)

    assert [one.without for one in found if one.without] == []
    assert set().union(*(one.lent for one in found)) >= {(first, titles[0])}
    note(library, second, titles[0], lacks=True)
    again = [one for one in checks_of_grade(library, 6) if one.without]
    assert [one.lacking for one in again] == [{(second, titles[0])}]


def test_second_semester_is_asked_anew(school: SmallSchool) -> None:
    """S07: Given a title missing in the first semester, then the second begins with nothing."""
    TextbookSets(school.desk).define("Lớp 6", 6, [named("Toán 6")])
    note(school.library, named("An"), named("Toán 6"), lacks=True)
    before = [one.lacking for one in checks_of_grade(school.library, 6) if one.without]
    school.set_clock(date(2027, 1, 25))

    assert before == [{(named("An"), named("Toán 6"))}]
    assert not any(one.lacking for one in checks_of_grade(school.library, 6))


def found_room(demo: DemoSchool, patron_id: UUID) -> str:
    with demo.engine.begin() as connection:
        asked = select(Patron.homeroom).where(Patron.id == patron_id)
        return connection.execute(asked).scalar_one()


def test_thirty_copies_go_to_a_class(demo: DemoSchool) -> None:
    """S17: Given 30 copies, when they go to a class and come back, then no total changes."""
    corners, library = Corners(demo.desk.library), demo.desk.library
    cast, before = demo.cast(), copies_in_stock(library)
    corner = corners.begin("Tủ sách lớp 6A", "6A", cast.teachers[0].id)
    crate = [copy.accession for copy in cast.shelved[:30]]
    gone = corners.send(corner, "LC-01", crate, date(2026, 12, 10), "thủ thư")
    moved, there = copies_in_stock(library), len(corners.missing(gone.crate_id))
    back = corners.take_back(gone.crate_id, crate, "thủ thư")

    assert (len(gone.sent), there, len(back.back), back.missing) == (30, 30, 30, ())
    assert before == moved == copies_in_stock(library)
    assert corners.end(corner)


def test_donation_is_one_line_with_source(school: SmallSchool) -> None:
    """S20: Given a voucher of 25 donated copies, then part I of the register has one line."""
    register = Register(school.library)
    entry = VoucherEntry(VoucherKind.ENTRY, source="Biếu, tặng, quyên góp", donor="Lớp 6A")
    voucher = register.enter_voucher(entry)
    register.take_in(Intake(STK_TITLE, "STK", 20, voucher, price_vnd=25_000))
    register.take_in(Intake(named("Dế Mèn phiêu lưu ký"), "STN", 5, voucher))
    (line,) = lines(school.library, "R1")[0]

    assert line[1:3] == (1, "Biếu, tặng, quyên góp: Lớp 6A")
    assert line[4:7] == (2, 25, 500_000)
    assert line[7:15:2] == (0, 0, 20, 5)
    assert lines(school.library, "R1", (date(2025, 6, 1), date(2026, 5, 31)))[0] == []


def test_loan_books_have_their_lines(school: SmallSchool) -> None:
    """S27, S28: Given loans, then a teacher's page and a class's page have them, and are logged."""
    lend(school, "Lan", number("SGV", 1), number("SGV", 2))
    lend(school, "An", number("STN", 1))
    lend(school, "Chi", number("STN", 2))
    school.clock.advance(timedelta(days=3))
    school.desk.check_in(number("STN", 1))
    (teacher,), (pupils,) = (
        lines(school.library, "R6"),
        lines(school.library, "R7", homeroom="6A"),
    )

    assert sorted(str(line[3]) for line in teacher) == ["SGV.00001", "SGV.00002"]
    assert [(line[2], line[4], line[1], line[8]) for line in pupils] == [
        ("Nguyễn Văn An", "STN.00001", date(2026, 11, 10), date(2026, 11, 13))
    ]
    assert [row.act for row in school.rows(AuditEntry)] == ["view-loans"] * 2


def test_class_page_keeps_last_years_class(school: SmallSchool) -> None:
    """S28: Given a pupil who moved up, then last year's loan is on last year's page."""
    patrons = Patrons(school.library)
    lend(school, "An", number("STN", 1))
    school.set_clock(date(2027, 8, 31))
    with school.library.act() as act:
        (year,) = (y for y in act.rules.calendar.years if y.name == "2027-2028")
    patrons.promote(year, "thủ thư")
    both_years = (date(2026, 6, 1), date(2028, 5, 31))

    assert len(lines(school.library, "R7", both_years, homeroom="6A")[0]) == 1
    assert lines(school.library, "R7", both_years, homeroom="7A") == [[]]


def lend(school: SmallSchool, name: str, *accessions: AccessionNumber) -> None:
    """Lend copies to a reader who may have them."""
    for accession in accessions:
        outcome = school.desk.check_out(school.known(name), accession)
        assert isinstance(outcome, CheckedOut), outcome


@pytest.mark.parametrize("steps", range(len(PROCESS_STEPS) - 1))
def test_copy_in_process_is_not_lent(demo: DemoSchool, steps: int) -> None:
    """S31: Given a copy that is not on the shelf yet, when shown, then the kiosk says so."""
    register, cast = Register(demo.desk.library), demo.cast()
    with demo.engine.begin() as connection:
        edition = connection.execute(select(Edition.id).where(Edition.kho == "STN")).scalar()
    assert edition is not None
    (label,) = register.take_in(Intake(edition, "STN", 1))
    for _ in range(steps):
        register.process(label, "thủ thư")
    visit = shown_at_the_kiosk(demo, cast.free_pupils[0].card, label)

    assert isinstance(visit.visit, Serving)
    assert visit.visit.notice == Refused(Refusal.NOT_READY, label, title=visit_title(visit))
    assert "chưa cho mượn" in Wording("vi").say("refusal.not-ready").casefold()


def test_copy_on_the_shelf_is_lent(demo: DemoSchool) -> None:
    """S31: Given the last step, lên giá, then the copy is lent."""
    register, cast = Register(demo.desk.library), demo.cast()
    with demo.engine.begin() as connection:
        edition = connection.execute(select(Edition.id).where(Edition.kho == "STN")).scalar()
    assert edition is not None
    (label,) = register.take_in(Intake(edition, "STN", 1))
    steps = [register.process(label, "thủ thư") for _ in PROCESS_STEPS[1:]]
    visit = shown_at_the_kiosk(demo, cast.free_pupils[0].card, label)

    assert steps == list(PROCESS_STEPS[1:])
    assert isinstance(visit.visit, Serving)
    assert [act.accession for act in visit.visit.acts] == [label]


def shown_at_the_kiosk(demo: DemoSchool, *codes: str) -> Shown:
    """What the screen shows after some codes were held up."""
    shown: list[Shown] = []
    slips = SlipDesk(demo.engine, demo.clock, "Trường", "Trạm 1", PrinterSettings())
    clerk = Clerk(demo.sure, slips, VisitSettings(), shown.append)
    for code in codes:
        clerk.handle(Scan(code, Symbology.QR, 0.0))
    return shown[-1]


def visit_title(shown: Shown) -> str:
    assert isinstance(shown.visit, Serving)
    assert isinstance(shown.visit.notice, Refused)
    return shown.visit.notice.title


def test_types_are_counted_apart(school: SmallSchool) -> None:
    """S46: Given maps, discs and links, then each is counted as what it is, links never."""
    before = reported(school.library, "Kho")
    school.change(Edition, STK_TITLE, document_type=DocumentType.MAP)
    with school.engine.begin() as connection:
        link = {"school_id": 1, "id": named("liên kết"), "title": "Học liệu", "link": "https://a"}
        kind = {"document_type": DocumentType.E_RESOURCE, "lending": LendingMode.REFERENCE}
        connection.execute(insert(Edition), [{**link, **kind}])

    after = reported(school.library, "Kho")

    assert before["Cộng"][1] == after["Cộng"][1]
    assert (after["Bản đồ"], after["Học liệu điện tử"]) == ((1, 12), (1, 0))
    assert Catalogue(school.engine, 1).find("hoc lieu").hits[0].link == "https://a"


@pytest.mark.parametrize(
    ("copies", "meets_law", "meets_own"),
    [(1548, False, True), (1547, False, False), (2063, False, True), (2064, True, True)],
)
def test_law_and_own_target_stand_beside_each_other(
    demo: DemoSchool, copies: int, meets_law: bool, meets_own: bool
) -> None:
    """S47: Given 1 548 copies and 516 pupils, then the own target is met, the law's is not."""
    with demo.engine.begin() as connection:
        ids = list(connection.scalars(select(Copy.id).order_by(Copy.id)))
        rulebook.choose(connection, 1, own_copies_per_pupil=3)
        connection.execute(update(Copy).values(state=CopyState.WITHDRAWN))
        kept = update(Copy).where(Copy.id.in_(ids[:copies]))
        connection.execute(kept.values(state=CopyState.AVAILABLE))
        _add_copies(connection, copies - len(ids))
    with demo.desk.library.act() as act:
        rows = [row.cells for part in self_check(act).parts for row in part.rows]
    told = {row[2]: row for row in rows if row[1] == "Số bản cho mỗi học sinh"}

    assert {row[3] for row in told.values()} == {
        f"{copies} bản / 516 học sinh = {copies / 516:.3f}"
    }
    assert (told[Level.LAW_1][5] == MET, told[Level.OWN][5] == MET) == (meets_law, meets_own)


def _add_copies(connection: object, how_many: int) -> None:
    rows = [
        {
            "school_id": 1,
            "id": named(f"copy {n}"),
            "accession": f"STK.{90_000 + n}",
            "kho": "STK",
            "number": 90_000 + n,
            "edition_id": connection.execute(select(Edition.id).limit(1)).scalar(),  # type: ignore[attr-defined]
        }
        for n in range(how_many)
    ]
    if rows:
        connection.execute(insert(Copy), rows)  # type: ignore[attr-defined]


def test_overdue_block_is_shown(school: SmallSchool) -> None:
    """S52: Given books rotated to a class with a day for the block, then a late one is shown."""
    corners = Corners(school.library)
    corner = corners.begin("Góc lớp 7B", "7B", named("Lan"))
    block = [number("STN", n) for n in (1, 2, 3)]
    gone = corners.send(corner, "LC-07", block, date(2026, 11, 20), "thủ thư")
    school.set_clock(date(2026, 11, 20))
    on_the_day = corners.overdue()
    school.set_clock(date(2026, 11, 21))
    the_day_after = corners.overdue()
    corners.take_back(gone.crate_id, block, "thủ thư")

    assert (on_the_day, the_day_after, corners.overdue()) == ((), ("LC-07",), ())


def test_copies_go_to_a_partner_and_come_back(school: SmallSchool) -> None:
    """S55: Given copies lent to a partner library, then its sheet, the desk and the count know."""
    partners, counts = Partners(school.library), Stocktaking(school.library)
    other = partners.enter("Thư viện THCS Hoa Sen")
    lend(school, "An", number("STN", 1))
    wanted = [number("STN", 1), number("STN", 2), number("STN", 3), number("STN", 99)]
    loan, refused = partners.lend(other, "BG-01", wanted, date(2026, 11, 30), "thủ thư")
    assert loan is not None
    here = school.desk.check_out(school.known("Chi"), number("STN", 2))
    count = counts.begin(CountPlan("Kiểm kê"))
    assert isinstance(count, UUID)
    told = counts.minutes(count)
    school.set_clock(date(2026, 12, 1))
    late = [one.number for one in partners.sheets() if one.due < date(2026, 12, 1)]
    missing = partners.give_back(loan, [number("STN", 2)], "thủ thư")

    assert [one.reason for one in refused] == [Refusal.ON_LOAN, Refusal.UNKNOWN_COPY]
    assert isinstance(here, Refused)
    assert here.reason is Refusal.NOT_READY
    assert number("STN", 2) not in {one.accession for one in told.differences}
    assert told.total.lent == 3
    assert late == ["BG-01"]
    assert [line.accession for line in missing] == ["STN.00003"]
    assert isinstance(school.desk.check_out(school.known("Chi"), number("STN", 2)), CheckedOut)


def handover(school: SmallSchool, loan_id: UUID) -> Handover:
    """A handover sheet as it stands now."""
    with school.library.act() as act:
        told = read_handover(act, loan_id)
    assert told is not None
    return told


def test_partners_books_are_in_no_count(school: SmallSchool) -> None:
    """S55: Given books a partner lends to us, then the sheet has them and no figure changes."""
    partners, before = Partners(school.library), copies_in_stock(school.library)
    other = partners.enter("Thư viện THCS Hoa Sen")
    book = PartnersBook("TN.00007", "Đất rừng phương Nam")
    loan = partners.borrow(other, "BG-02", [book], date(2026, 12, 20), "thủ thư")
    sheet = handover(school, loan)
    missing = partners.give_back(loan, ["TN.00007"], "thủ thư")

    assert (sheet.number, sheet.partner, sheet.made_on) == (
        "BG-02", "Thư viện THCS Hoa Sen", date(2026, 11, 10),
    )  # fmt: skip
    assert [(line.accession, line.title) for line in sheet.missing] == [
        (book.accession, book.title)
    ]
    assert (missing, handover(school, loan).lines[0].back_on) == ((), date(2026, 11, 10))
    assert before == copies_in_stock(school.library)


def test_year_report_counts_losses(school: SmallSchool) -> None:
    """S56: Given lost, damaged, replaced and found copies, then the year's figures say how many."""
    losses = school.losses
    reports = [losses.report_lost(number("STN", n)) for n in (1, 2, 3)]
    first, second, _ = [one for one in reports if isinstance(one, LostReported)]
    losses.settle(first.case_id, Settlement.REPLACED, "thủ thư")
    losses.settle(second.case_id, Settlement.WAIVED, "thủ thư")
    school.desk.check_in(number("STN", 3))
    losses.report_lost(number("STN", 4))
    found = reported(school.library, "mất, hỏng")
    next_year = reported(school.library, "mất, hỏng", NEXT_YEAR)

    assert {words: number for words, (number, _) in found.items()} == {
        "Báo mất": 4, "Báo hỏng": 0, "Đã tìm thấy": 1, "Đã đền": 1, "Được miễn": 1,
        "Còn đang giải quyết": 1,
    }  # fmt: skip
    assert next_year["Báo mất"][0] == 0


def test_teacher_borrows_twelve_at_once(school: SmallSchool) -> None:
    """S60: Given a teacher, when twelve titles are taken in one visit, then no limit is met."""
    lend(school, "Lan", *(number("SGV", n) for n in range(1, 13)))
    lend(school, "Lan", *(number("STK", n) for n in range(1, 11)))

    assert len(school.known("Lan").loans) == 22


def test_tag_lists_its_titles(demo: DemoSchool) -> None:
    """S64: Given titles of a themed shelf, when its tag is typed, then all of them are found."""
    with demo.engine.begin() as connection:
        chosen = list(connection.scalars(select(Edition.id).where(Edition.kho == "STN").limit(5)))
        tag = {"school_id": 1, "tag": "Tủ sách Bác Hồ"}
        connection.execute(insert(EditionTag), [{**tag, "edition_id": one} for one in chosen])
    found = Catalogue(demo.engine, 1).find("tu sach bac ho")

    assert set(chosen) <= {hit.edition_id for hit in found.hits}


def test_recall_keeps_the_old_days(school: SmallSchool) -> None:
    """S65: Given open loans, when recalled, then they are due then, and each class is told."""
    lend(school, "An", number("STN", 1), number("STN", 2))
    lend(school, "Chi", number("STK", 1))
    moved = recall(school.library, date(2026, 11, 16))
    with school.engine.begin() as connection:
        owing = classes_owing(connection, 1, date(2026, 11, 17))

    assert moved == 3
    assert {row.old_due for row in school.rows(DueChange)} == {date(2026, 11, 25)}
    assert {row.due for row in school.rows(Loan)} == {date(2026, 11, 16)}
    assert [(one.homeroom, one.pupils, one.overdue) for one in owing if one.books] == [
        ("6A", 1, 2), ("7B", 1, 1),
    ]  # fmt: skip


def test_whole_set_in_one_act(demo: DemoSchool) -> None:
    """S74: Given a pupil served first, when their set is lent, then all of it goes in one act."""
    patrons, sets = Patrons(demo.desk.library), TextbookSets(demo.desk)
    template, titles = set_of_grade_6(demo)
    pupil = grade_6(demo)[-1]
    patrons.set_priority(pupil, "thủ thư")
    sets.lay_ready(pupil, [copy_of(demo, title) for title in titles])
    served = sets.lend_to_class(found_room(demo, pupil), template)
    first, handed = served[0]

    assert first.patron_id == pupil
    assert isinstance(handed, SetHanded)
    assert (len(handed.lent), handed.refused, handed.missing) == (len(titles), (), ())


def test_wish_is_short_counted_and_moderated(school: SmallSchool) -> None:
    """S80: Given a pupil's wish, then it is at most 100 characters, and the librarian decides."""
    wishes = Wishes(school.library)
    made = wishes.make(named("An"), "  Đất rừng   phương Nam ")
    joined = wishes.make(named("Chi"), "dat rung phuong nam")
    again = wishes.make(named("An"), "ĐẤT RỪNG PHƯƠNG NAM")
    assert isinstance(made, WishMade)
    before = wishes.listed(WishState.LISTED)
    wishes.decide(made.wish_id, WishState.LISTED, "thủ thư", "Đất rừng phương Nam")
    (line,) = wishes.listed(WishState.LISTED)

    assert isinstance(wishes.make(named("An"), "a" * 101), TooLong)
    assert wishes.make(named("An"), "  \u200b ") is None
    assert before == ()
    assert (joined, again) == (WishMade(made.wish_id, 2), WishMade(made.wish_id, 2))
    assert (line.title, line.votes) == ("Đất rừng phương Nam", 2)
    assert not wishes.decide(named("keiner"), WishState.DECLINED, "thủ thư")


def test_limit_is_raised_for_a_time(school: SmallSchool) -> None:
    """S81: Given five copies for revision from April on, then three again when it is over."""
    revision = LoanPolicy(5, 14, blocked_by_overdue=True)
    with school.engine.begin() as connection:
        for policy, begins in (
            (revision, date(2027, 4, 1)),
            (LoanPolicy(3, 14, blocked_by_overdue=True), date(2027, 5, 1)),
        ):
            rulebook.set_policy(connection, 1, STUDENT, policy, valid_from=begins)
    limits = {}
    for day in (date(2027, 3, 31), date(2027, 4, 1), date(2027, 5, 3)):
        school.set_clock(day)
        limits[day.month] = school.known("An").max_loans

    assert limits == {3: 3, 4: 5, 5: 3}
