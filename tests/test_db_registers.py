"""The registers' arithmetic, and one library year whose registers equal a recount of its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.clock import SCHOOL_ZONE
from db.engine import open_engine, sqlite_url
from db.recalls import recall
from db.registers.books import BOOKS, Books, read_stamp, stamp_words
from db.registers.counts import count_minutes
from db.registers.lending import main_class
from db.registers.sheet import Cell, NothingThere, Row, Sheet, Weight, spans
from db.registers.stock import TYPES, Item, YearBalance, items, year_balance
from db.sets import TextbookSets
from db.weeding_limits import Weeding
from tests.library_year import BEGINS, ENDS, UNSEEN, LibraryYear
from tests.postgres import PostgresServer
from tests.small_school import SmallSchool, named, number

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LOANS = 2_000
RANGE = range(1, 7)
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibraryYear]:
    engine = open_engine(sqlite_url(tmp_path_factory.mktemp("year") / "hub.db"))
    yield LibraryYear(engine, LOANS)
    engine.dispose()


def parts(year: LibraryYear, code: str, **asked: Any) -> list[tuple[str, list[Row]]]:
    """A book's parts with all their rows."""
    with Books(year.library).opened(code, **{"since": BEGINS, "until": ENDS, **asked}) as sheet:
        assert isinstance(sheet, Sheet), sheet
        return [(part.heading, list(part.rows)) for part in sheet.parts]


def num(cell: Cell) -> int:
    """A cell's number; an empty one is none."""
    return cell if isinstance(cell, int) else 0


@st.composite
def stocks(draw: st.DrawFn) -> list[Item]:
    """Copies that came and went on any days, each after it came."""
    stock = []
    for _ in range(draw(st.integers(0, 25))):
        came = draw(st.none() | DAYS)
        left = draw(st.none() | DAYS)
        if came and left:
            left = max(came, left)
        column, price = draw(st.sampled_from(TYPES)), draw(st.integers(0, 90_000))
        stock.append(Item(UUID(int=1), column, price, None, None, came, left))
    return stock


def balances(year: YearBalance) -> bool:
    """Whether a year balances, in copies and money, column by column."""
    return all(
        opening[column] + entered[column] - left[column] == closing[column]
        for opening, entered, left, closing in (
            (year.opening.copies, year.entered.copies, year.left.copies, year.closing.copies),
            (year.opening.money, year.entered.money, year.left.money, year.closing.money),
        )
        for column in TYPES
    )


@FEW
@given(stocks(), DAYS, st.integers(0, 800))
def test_general_register_always_balances(stock: list[Item], since: date, days: int) -> None:
    """Given any stock, when a range is closed, then opening + in - out is what is there."""
    assert balances(year_balance(stock, TYPES, since, since + timedelta(days=days)))


@FEW
@given(stocks(), DAYS)
def test_closing_is_the_next_opening(stock: list[Item], since: date) -> None:
    """S70: Given any stock, when a year closes on 31 May, then the next opens with the same."""
    ends = since + timedelta(days=364)
    first = year_balance(stock, TYPES, since, ends)
    second = year_balance(stock, TYPES, ends + timedelta(days=1), ends + timedelta(days=365))

    assert first.closing == second.opening


@given(st.sets(st.integers(1, 60)))
def test_ranges_hold_just_their_numbers(numbers: set[int]) -> None:
    """Given copies of a title, when written as ranges, then each number is in exactly one."""
    told = [part.split("–") for part in spans(numbers).split(", ") if part]
    read = [n for ends in told for n in range(int(ends[0]), int(ends[-1]) + 1)]

    assert read == sorted(numbers)
    assert all(int(b[0]) - int(a[-1]) > 1 for a, b in pairwise(told))


@pytest.mark.parametrize(("copies", "over"), [(200, False), (201, True)])
def test_more_than_a_tenth_wants_a_decision(copies: int, over: bool) -> None:
    """Given 2 000 copies, when more than 200 go at a time, then a decision's number is wanted."""
    what = Weeding(copies, 2_000, None, date(2027, 5, 20))

    assert what.is_over_limit is over
    assert bool(what.warnings()) is over
    assert what.warnings("12/QĐ-THCS") == ()
    assert what.published_until == date(2027, 6, 4)
    assert what.kept_until == date(2032, 5, 20)


def test_weeding_within_three_years_is_said() -> None:
    """Given a weeding two years ago, when copies are to go again, then that is said."""
    what = Weeding(10, 2_000, date(2025, 5, 20), date(2027, 5, 20))

    assert "chưa đủ 3 năm" in what.warnings()[0]


def test_general_register_equals_recount(year: LibraryYear) -> None:
    """S23: Given a library year, then R1 has each voucher on one line, and its parts balance."""
    entries, exits, closing = (rows for _, rows in parts(year, "R1"))

    assert [(r.cells[0], r.cells[2], r.cells[5], r.cells[6]) for r in entries[:-1]] == [
        (b.day, b.words, b.copies, b.copies * b.price) for b in year.came
    ]
    assert [(r.cells[0], r.cells[4], r.cells[-1]) for r in exits[:-1]] == [
        (b.day, b.copies, b.words) for b in year.left
    ]
    copies = [num(row.cells[2]) for row in closing]
    assert copies[1] == sum(b.copies for b in year.came)
    assert copies[2] == sum(b.copies for b in year.left)
    assert copies[3] == copies[0] + copies[1] - copies[2]
    assert closing[-1].weight is Weight.CLOSING
    for row in closing:
        assert sum(num(n) for n in row.cells[4::2]) == row.cells[2]
        assert sum(num(n) for n in row.cells[5::2]) == row.cells[3]


def test_donation_is_one_line_of_the_general_register(year: LibraryYear) -> None:
    """S20: Given 25 donated copies on one voucher, then R1 part I has one line with the source."""
    _, rows = parts(year, "R1")[0]
    donated = [row for row in rows if "quyên góp" in str(row.cells[2])]

    assert [row.cells[5] for row in donated] == [25]


def test_copy_registers_hold_the_same_stock(year: LibraryYear) -> None:
    """S24, S25, S26: Given R2, R3 and R4, then together they hold what R1 says is there."""
    closing = parts(year, "R1")[2][1][-1].cells[2]
    alive = 0
    for code in ("R2", "R3", "R4"):
        for _, rows in parts(year, code, since=None):
            total = rows[-1].cells
            words = str(total[0] if code == "R2" else total[2])
            alive += int(words.split("hiện còn ")[1].split()[0])

    assert alive == closing


def test_one_copy_is_one_line(year: LibraryYear) -> None:
    """S24: Given R2, then every number of a kho has one line, and written-off ones stay."""
    for heading, rows in parts(year, "R2", since=None):
        numbers = [row.cells[1] for row in rows[:-1]]
        assert len(numbers) == len(set(numbers)), heading
    gone = [r for _, rows in parts(year, "R2", since=None) for r in rows if "06/BB-TL" in str(r)]
    assert len(gone) == 3


def test_textbooks_stand_as_ranges(year: LibraryYear) -> None:
    """S25: Given 26 textbooks that came together, then their page has one line for them."""
    lines = [row for _, rows in parts(year, "R3") for row in rows if row.cells[4] == 26]

    assert any(row.weight is Weight.PLAIN and "–" in str(row.cells[1]) for row in lines)


def test_periodical_stands_in_its_months(year: LibraryYear) -> None:
    """S09: Given three numbers of a magazine, then R5 shows each in its month."""
    ((heading, rows),) = parts(year, "R5")

    assert heading == "Toán học và Tuổi trẻ, năm 2026"
    assert rows[0].cells[9:12] == ("599: 3", "600: 3", "601: 3")
    assert rows[0].cells[13:15] == (3, 9)


def test_loan_books_have_every_loan(year: LibraryYear) -> None:
    """S14, S27, S28: Given a year, then R6 and R7 have each loan to take home on one line."""
    home = Counter(one.is_pupil for one in year.lent if not one.here)
    teachers = [row for _, rows in parts(year, "R6") for row in rows if row.weight is Weight.PLAIN]
    pupils = [row for row in parts(year, "R7")[0][1] if row.weight is Weight.PLAIN]

    assert (len(teachers), len(pupils)) == (home[False], home[True])


def test_class_book_has_its_pupils_only(year: LibraryYear) -> None:
    """S14: Given one class, then R7 prints its loans alone, with a column for signatures."""
    rows = parts(year, "R7", homeroom="6A")[0][1]
    everything = parts(year, "R7")[0][1]

    assert {row.cells[3] for row in rows[:-1]} == {"6A"}
    assert len(rows) - 1 == sum(row.cells[3] == "6A" for row in everything[:-1])


def test_diary_equals_recount(year: LibraryYear) -> None:
    """S29, S77: Given R8, then days add up to months and months to the year, as recounted."""
    told = parts(year, "R8")
    months = [rows for heading, rows in told if heading.startswith("Tháng")]
    together = next(rows for heading, rows in told if heading.startswith("Tổng hợp"))
    by_class = next(rows for heading, rows in told if heading.startswith("Lượt sách"))
    for rows, month in zip(months, together, strict=False):
        sums = [sum(num(row.cells[n]) for row in rows[:-1]) for n in range(1, 12)]
        assert sums == list(rows[-1].cells[1:12]) == list(month.cells[1:12])
    total = together[-1].cells
    lent = [one for one in year.lent if BEGINS <= day_of(one.at) <= ENDS]
    assert total[9] == len(lent) == by_class[-1].cells[-1]
    assert (total[10], total[11]) == (sum(not o.here for o in lent), sum(o.here for o in lent))
    pupils, staff = readers(year)
    assert (total[1], total[2]) == (pupils + sum(year.heads.values()), staff)


def test_months_add_up_to_terms_and_year(year: LibraryYear) -> None:
    """S35: Given the same loans, when asked by month, by term or by year, then sums agree."""
    firsts = [*(date(2026, month, 1) for month in range(6, 13)), *(date(2027, m, 1) for m in RANGE)]
    months = [issues(year, a, b - timedelta(days=1)) for a, b in pairwise(firsts)]
    cut = date(2027, 1, 15)
    terms = issues(year, BEGINS, cut) + issues(year, cut + timedelta(days=1), ENDS)

    assert sum(months) == terms == issues(year, BEGINS, ENDS)


def test_pictures_equal_the_diary(year: LibraryYear) -> None:
    """Given a year, then its bars by week, by class and by môn loại each add up to the diary."""
    told = Books(year.library).pictures(BEGINS, ENDS)

    for drawn in (told.weeks, told.homerooms, told.classes):
        assert sum(bar.number for bar in drawn) == issues(year, BEGINS, ENDS)


@pytest.mark.parametrize(
    ("class_19", "sign", "main"),
    [("5A", "51", "5A"), ("", "51(075)", "5"), ("", "V", "V"), ("", "63.2", "63"), ("", "", "")],
)
def test_class_number_says_its_class(class_19: str, sign: str, main: str) -> None:
    """Given a title without a code of the table, then its number's beginning says its class."""
    assert main_class(class_19, sign) == main


def test_count_of_stock_balances(year: LibraryYear) -> None:
    """S70, S82: Given a count at the end of May, then what is there, lent and missing is all."""
    with year.engine.begin() as connection:
        minutes = count_minutes(connection, 1, year.stocktake, year.clock.now())
    lines = minutes.by_column.values()

    assert all(line.balances for line in lines)
    assert sum(line.missing for line in lines) == UNSEEN == len(minutes.differences)
    assert sum(line.seen for line in lines) == year.seen
    assert sum(line.lent for line in lines) == year.out
    assert sum(n for _, n in minutes.seen_by) == year.seen
    entered = [line.on_books for column, line in minutes.by_column.items() if column != "BC"]
    assert sum(entered) == parts(year, "R1")[2][1][-1].cells[2]


def test_minutes_of_weeding_name_each_copy(year: LibraryYear) -> None:
    """Given two weedings, then R10 has both with every copy, the share and the 15 days."""
    told = parts(year, "R10")

    assert [len([r for r in rows if r.weight is Weight.PLAIN]) for _, rows in told] == [12, 3]
    assert "27/04/2027" in str(told[0][1][-1].cells[0])


def test_figures_come_back_from_their_stamp(year: LibraryYear) -> None:
    """S58: Given a register's stamp, when its moment is asked for later, then it is the same."""
    stamp = read_stamp(stamp_words(year.taken_down_at))
    diary = [r for h, rows in year.taken_down["R8"] if h.startswith("Tổng hợp") for r in rows][-1]

    for code, told in year.taken_down.items():
        assert parts(year, code, as_of=stamp) == told, code
        assert parts(year, code) != told, "something has happened since"
    assert diary.cells[9] == sum(one.at <= stamp for one in year.lent)
    assert year.taken_down["R1"][2][1][2].cells[2] == 0, "nothing had been written off then"


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: str(book.code))
def test_rows_fit_their_columns(year: LibraryYear, book: Any) -> None:
    """Given any register, then every row has a cell for every column."""
    with Books(year.library).opened(book.code, BEGINS, ENDS) as sheet:
        if isinstance(sheet, NothingThere):
            assert book.code == "R4"
            return
        for part in sheet.parts:
            for row in part.rows:
                assert row.weight is Weight.REMARK or len(row.cells) == len(part.columns)


@pytest.mark.parametrize(
    ("code", "since", "until", "words"),
    [
        ("R7", date(2020, 6, 1), date(2021, 5, 31), "không có dòng nào"),
        ("R8", date(2027, 1, 2), date(2027, 1, 1), "sau ngày cuối"),
        ("R1", date(2030, 6, 1), date(2031, 5, 31), "chưa bắt đầu"),
    ],
)
def test_range_without_data_is_a_sentence(
    year: LibraryYear, code: str, since: date, until: date, words: str
) -> None:
    """Given a range with nothing in it, when a book is opened, then a sentence says why."""
    with Books(year.library).opened(code, since, until) as answer:
        assert isinstance(answer, NothingThere)
        assert words in answer.sentence


def test_unended_year_is_provisional(year: LibraryYear) -> None:
    """Given a year that has not ended, when its register is opened, then it says so."""
    with Books(year.library).opened("R1") as sheet:
        assert isinstance(sheet, Sheet)
        assert sheet.is_provisional
        assert "tạm tính" in sheet.range_words


def test_server_tells_the_same(postgres: PostgresServer) -> None:
    """Given the same year on PostgreSQL, then the arithmetic of its registers holds too."""
    engine = open_engine(postgres.new_records())
    year = LibraryYear(engine, 400)
    try:
        test_general_register_equals_recount(year)
        test_diary_equals_recount(year)
        test_count_of_stock_balances(year)
        test_loan_books_have_every_loan(year)
        test_copy_registers_hold_the_same_stock(year)
        with engine.begin() as connection:
            stock = items(connection, 1, year.clock.now())
        assert balances(year_balance(stock, TYPES, BEGINS, ENDS))
    finally:
        engine.dispose()


def issues(year: LibraryYear, since: date, until: date) -> int:
    """Lượt sách of a range, as the diary has it."""
    with Books(year.library).opened("R8", since, until) as sheet:
        if isinstance(sheet, NothingThere):
            return 0
        told = [rows for p in sheet.parts if (rows := list(p.rows)) and "Tổng hợp" in p.heading]
    return num(told[0][-1].cells[9])


def day_of(at: Any) -> date:
    """The school's day."""
    day: date = at.astimezone(SCHOOL_ZONE).date()
    return day


def readers(year: LibraryYear) -> tuple[int, int]:
    """Pupils and staff, each once in a morning or afternoon, counted from the events."""
    sessions = set()
    for one in year.lent:
        for at in (one.at, one.back):
            if at is not None and BEGINS <= day_of(at) <= ENDS:
                here = at.astimezone(SCHOOL_ZONE)
                sessions.add((here.date(), here.hour < 12, one.patron_id, one.is_pupil))
    pupils = sum(is_pupil for *_, is_pupil in sessions)
    return pupils, len(sessions) - pupils


def test_sets_were_due_as_they_were_then(tmp_path: Path) -> None:
    """Given a set that was recalled, when R7 is asked as of before, then with the old day."""
    school = SmallSchool(sqlite_url(tmp_path / "school.db"))
    sets = TextbookSets(school.desk)
    template = sets.define("Bộ lớp 6", 6, [named("Toán 6")])
    sets.lend(school.known("An"), template, [number("SGK")])
    before = school.clock.now()
    due = school.loan_of(number("SGK")).due
    school.clock.advance(timedelta(days=1))
    recall(school.library, date(2026, 11, 30))
    told = {}
    for as_of in (before, school.clock.now()):
        with Books(school.library).opened("R7", as_of=as_of) as sheet:
            assert isinstance(sheet, Sheet)
            told[as_of] = next(iter(next(iter(sheet.parts)).rows)).cells[6]
    school.close()

    assert list(told.values()) == [due, date(2026, 11, 30)]
