"""Reports and charts of a range: equal to a plain recount, months adding up to the year."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from db.activities import Activities, Held, correct_activity, hold_activity
from db.calendar import Bell, Calendar
from db.clock import SCHOOL_ZONE
from db.engine import open_engine, sqlite_url
from db.equipment import Equipment, State, Thing, change_asset, hold_asset
from db.identifiers import AccessionNumber
from db.ids import new_id
from db.models import ConditionNote, Copy, Corner, Crate, CrateCopy, Edition, Loan, Wish
from db.outcomes import ConditionSeen, LostReported, PatronCategory
from db.register import Intake, Register, VoucherEntry
from db.registers.asked import Asked
from db.registers.books import Books, read_stamp, stamp_words
from db.registers.entering import Entering
from db.registers.reports import (
    REPORTS,
    Circulation,
    Wanted,
    circulation,
    favourites_report,
    purchase_report,
    unread_report,
    worn_report,
)
from db.registers.sheet import NothingThere, Part, Sheet
from db.registers.trends import break_minutes, corner_rotation, overdue_ages, stock_growth
from db.registers.year_file import CODES, paper
from db.states import (
    ActivityKind,
    AssetKind,
    CopyState,
    Damage,
    DeskRole,
    Settlement,
    VoucherKind,
    WishState,
)
from tests.hub_school import HubSchool
from tests.library_year import BEGINS, ENDS, LibraryYear
from tests.small_school import TITLES, SmallSchool, named, number


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibraryYear]:
    engine = open_engine(sqlite_url(tmp_path_factory.mktemp("year") / "hub.db"))
    yield LibraryYear(engine, 250)
    engine.dispose()


@contextmanager
def asked(
    year: LibraryYear, since: date = BEGINS, until: date = ENDS, calendar: Calendar | None = None
) -> Iterator[Asked]:
    """What is asked for a range as of the end of the year."""
    with year.library.act() as act:
        where = (act.connection, act.school_id, since, until, act.now)
        yield Asked(*where, calendar or act.rules.calendar)


def counted(year: LibraryYear, since: date = BEGINS, until: date = ENDS) -> Circulation:
    """The circulation of a range."""
    with asked(year, since, until) as range_of:
        return circulation(range_of)


def rows(parts: Iterator[Part], place: int = 0) -> list[tuple[Any, ...]]:
    """The lines of a report's part."""
    return [row.cells for row in list(parts)[place].rows]


def test_report_equals_a_recount(year: LibraryYear) -> None:
    """S32, S35: given a year's events, when counted plainly, then so does the report."""
    told = counted(year)
    home = sum(not one.here for one in year.lent)
    hours = Counter((one.at.weekday(), one.at.hour) for one in year.lent)
    moments = [(one.at, one.patron_id) for one in year.lent]
    moments += [(one.back, one.patron_id) for one in year.lent if one.back and one.back != one.at]
    visits = {(at.date(), at.hour < 12, who) for at, who in moments if at.date() <= ENDS}

    for counts in (told.months, told.rooms, told.grades, told.stocks, told.classes):
        assert sum(count.home for count in counts.values()) == home
        assert sum(count.here for count in counts.values()) == len(year.lent) - home
    for counts in (told.months, told.rooms, told.grades):
        readers = sum(count.readers for count in counts.values())
        assert readers == len(visits) + sum(year.heads.values())
    assert told.rooms["Đếm tay"].readers == sum(year.heads.values()) > 0
    assert told.hours == hours
    assert told.between(BEGINS, ENDS).books == len(year.lent)
    assert told.between(ENDS, BEGINS).books == 0


cuts = st.lists(st.integers(1, 363), max_size=6, unique=True).map(sorted)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cuts)
def test_parts_of_a_year_add_up(year: LibraryYear, places: list[int]) -> None:
    """S35: given a year cut anywhere into months and terms, then the parts add up to the year."""
    days = [BEGINS, *(BEGINS + timedelta(days=place) for place in places)]
    lasts = [*(day - timedelta(days=1) for day in days[1:]), ENDS]
    parts = [counted(year, first, last) for first, last in zip(days, lasts, strict=True)]

    assert _sums(parts) == _sums([counted(year)])


def _sums(parts: list[Circulation]) -> dict[tuple[str, Any], Counter[str]]:
    """Every figure of some ranges together."""
    sums: dict[tuple[str, Any], Counter[str]] = {}
    for told in parts:
        for way in ("months", "rooms", "grades", "stocks", "classes"):
            for words, count in getattr(told, way).items():
                sums.setdefault((way, words), Counter()).update(asdict(count))
        for hour, books in told.hours.items():
            sums.setdefault(("hours", hour), Counter()).update(books=books)
    return sums


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_papers_come_back_from_their_stamp(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """S58: given papers printed amid chance acts, when their stamp is asked for, then the same."""
    school = SmallSchool(sqlite_url(tmp_path_factory.mktemp("s") / "hub.db"), is_station=False)
    acts = ChanceActs(school, random.Random(seed))
    acts.happen(12)
    printed = papers(school, stamp_words(school.clock.now()))
    acts.happen(18)
    now = papers(school, stamp_words(school.clock.now()))
    again = papers(school, printed["stamp"])
    school.close()

    assert again == printed
    assert now["luu-thong"] != printed["luu-thong"], "something has happened since"


def papers(school: SmallSchool, stamp: str) -> dict[str, Any]:
    """What every register and report of the year says as of a stamp."""
    told: dict[str, Any] = {"stamp": stamp}
    as_of = read_stamp(stamp)
    for code in ("R1", "R8"):
        with Books(school.library).opened(code, BEGINS, ENDS, as_of=as_of) as sheet:
            told[code] = laid_out(sheet)
    with school.library.act() as act:
        asked = Asked(act.connection, act.school_id, BEGINS, ENDS, as_of, act.rules.calendar)
        told |= {code: laid_out(paper(act, code, asked, Wanted(years=1))) for code in CODES}
        told["lateness"] = overdue_ages(asked)
    return told


def laid_out(sheet: Sheet | NothingThere) -> Any:
    """What a sheet says."""
    if isinstance(sheet, NothingThere):
        return sheet.sentence
    parts = [(part.heading, [row.cells for row in part.rows]) for part in sheet.parts]
    return sheet.range_words, sheet.stamped_at, parts, sheet.foot


class ChanceActs:
    """Whatever happens in a library, one act after another, drawn from a seed."""

    def __init__(self, school: SmallSchool, chance: random.Random) -> None:
        self.school, self.chance = school, chance
        self.register, self.activities = Register(school.library), Activities(school.library)
        self.entered: list[UUID] = []
        self.numbers = [number("STN", place) for place in range(1, 5)]
        self.numbers += [number("STK", place) for place in range(1, 13)]
        self.equipment = Equipment(school.library)
        self.shelf = self.equipment.enter(Thing("Giá", AssetKind.FURNITURE), State(5), "hoa")

    def happen(self, times: int) -> None:
        """Let so many things happen, some time apart."""
        for _ in range(times):
            self.school.clock.advance(timedelta(minutes=self.chance.randint(1, 400)))
            act = self.chance.choices(
                (self.lend, self.take_back, self.lose, self.hurt, self.receive, self.write_off,
                 self.hold, self.correct, self.strike, self.count, self.look),
                (9, 5, 2, 2, 1, 1, 2, 2, 1, 1, 1),
            )[0]  # fmt: skip
            act()

    def one(self) -> AccessionNumber:
        return self.chance.choice(self.numbers)

    def lend(self) -> None:
        reader = self.school.known(self.chance.choice(("An", "Bình", "Chi", "Lan")))
        lend = self.chance.choice((self.school.desk.check_out, self.school.desk.read_here))
        lend(reader, self.one(), new_id())

    def take_back(self) -> None:
        self.school.desk.check_in(self.one())

    def lose(self) -> None:
        lost = self.school.losses.report_lost(self.one())
        if isinstance(lost, LostReported) and self.chance.random() < 0.5:
            self.school.clock.advance(timedelta(hours=1))
            self.school.losses.settle(lost.case_id, Settlement.WAIVED, "hoa")

    def hurt(self) -> None:
        seen = ConditionSeen(Damage.SEVERE, "rách")
        self.school.losses.report_damaged(self.one(), seen, usable=False)

    def receive(self) -> None:
        gift = VoucherEntry(VoucherKind.ENTRY, source="Biếu, tặng", donor="Lớp 6A")
        voucher = self.register.enter_voucher(gift)
        self.school.clock.advance(timedelta(minutes=5))
        title = named(TITLES["STN"][0])
        self.numbers += self.register.take_in(Intake(title, "STN", 2, voucher))

    def write_off(self) -> None:
        papers = VoucherEntry(VoucherKind.EXIT, reason="Rách nát", number=f"{self.chance.random()}")
        self.register.write_off([self.one()], self.register.enter_voucher(papers), "hoa")

    def held(self) -> Held:
        day = self.school.clock.now().date()
        kind = self.chance.choice(tuple(ActivityKind))
        readers = self.chance.randint(1, 40)
        return Held(day, kind, "Đọc sách", ("6A",), readers, in_library=True)

    def hold(self) -> None:
        self.entered.append(self.activities.enter(self.held(), "hoa"))

    def correct(self) -> None:
        with self.school.library.act() as act:
            for activity_id in self.chance.sample(self.entered, min(1, len(self.entered))):
                if hold_activity(act, activity_id):
                    correct_activity(act, activity_id, self.held(), "hoa")

    def strike(self) -> None:
        for activity_id in self.chance.sample(self.entered, min(1, len(self.entered))):
            self.activities.strike_out(activity_id)

    def count(self) -> None:
        day = self.school.clock.now().date()
        who, readers = PatronCategory.STUDENT, self.chance.randint(1, 40)
        Entering(self.school.library).count_readers(day, who, readers, "", "hoa")

    def look(self) -> None:
        state = State(5 - self.chance.randint(1, 4), 1)
        with self.school.library.act() as act:
            asset = hold_asset(act, self.shelf)
            assert asset is not None
            change_asset(act, asset, asset.thing, state, "hoa", counted=True)


def test_most_borrowed_come_first(year: LibraryYear) -> None:
    """S32: given a year, when listed, then titles by how often any of their copies was lent."""
    with asked(year) as range_of:
        lines = rows(favourites_report(range_of, Wanted()))
        sixth = rows(favourites_report(range_of, Wanted(grade=6)))
    lent = [line[-1] for line in lines]

    assert lent == sorted(lent, reverse=True)
    assert sum(lent) == len(year.lent)
    assert {line[3] for line in sixth} == {6}


def test_unread_titles_are_not_among_the_read(year: LibraryYear) -> None:
    """S32: given a year, when a year's unread are listed, then none was lent, all were here."""
    with asked(year) as range_of:
        read = {line[1:4] for line in rows(favourites_report(range_of, Wanted()))}
        unread = {line[1:4] for line in rows(unread_report(range_of, Wanted(years=1)))}

    assert unread
    assert not read & unread


def test_worn_copies_and_what_was_said(year: LibraryYear) -> None:
    """S32, S68: given a damaged copy and one that readers complained of, then both are listed."""
    hurt, said = (one.copy_id for one in year.lent[:2])
    at = datetime(2026, 11, 3, 9, 0, tzinfo=SCHOOL_ZONE)
    told = {"school_id": 1, "id": new_id(), "copy_id": said, "noted_at": at, "note": "mối mọt"}
    with year.engine.begin() as connection:
        changed = update(Copy).where(Copy.id == hurt)
        connection.execute(changed.values(state=CopyState.DAMAGED))
        connection.execute(insert(ConditionNote).values(**told))
    with asked(year) as range_of:
        lines = {line[1]: line[4:] for line in rows(worn_report(range_of, Wanted()))}
    with asked(year, date(2026, 12, 1)) as later:
        then = rows(worn_report(later, Wanted()))

    assert lines[year.lent[0].accession][0] == "Hỏng"
    assert lines[year.lent[1].accession] == ("Bạn đọc báo", 1, "mối mọt")
    assert year.lent[1].accession not in {line[1] for line in then}


def test_purchase_list_adds_up(tmp_path: Path) -> None:
    """S40, S49, S80: given busy titles and a wish, then prices times copies add up; by grade."""
    year = LibraryYear(open_engine(sqlite_url(tmp_path / "hub.db")), 60)
    make_busy(year, 6, 7)
    wish = {"id": new_id(), "title": "Totto-chan", "folded": "totto chan"}
    made = datetime(2026, 11, 3, 9, 0, tzinfo=SCHOOL_ZONE)
    with year.engine.begin() as connection:
        listed = insert(Wish).values(school_id=1, **wish, made_at=made, state=WishState.LISTED)
        connection.execute(listed)
        own = connection.execute(update(Edition).values(price_vnd=20_000))
        assert own.rowcount
    with asked(year) as range_of:
        *lines, total = rows(purchase_report(range_of, Wanted()))
        wishes = rows(purchase_report(range_of, Wanted()), 1)
        seventh = rows(purchase_report(range_of, Wanted(grade=7)))

    assert {line[3] for line in lines} == {6, 7}
    for line in lines:
        copies, lent, more, price, money = line[4:]
        assert lent > copies * 4
        assert lent <= (copies + more) * 4
        assert money == price * more == 20_000 * more
    assert total[-1] == sum(line[-1] for line in lines)
    assert wishes == [(1, "Totto-chan", 0)]
    assert [line[3] for line in seventh[:-1]] == [7]
    year.engine.dispose()


def make_busy(year: LibraryYear, *grades: int) -> None:
    """Let a title of each grade, of which one copy is left, be what was lent nine times."""
    with year.engine.begin() as connection:
        loans = list(connection.scalars(select(Loan.id).where(Loan.returned_at.is_not(None))))
        copies = connection.execute(
            select(func.min(Copy.id), Copy.edition_id)
            .where(Copy.kho == "STN")
            .group_by(Copy.edition_id)
        ).all()
        for place, (grade, (copy_id, edition_id)) in enumerate(zip(grades, copies, strict=False)):
            nine = loans[9 * place : 9 * place + 9]
            busy = update(Edition).where(Edition.id == edition_id)
            connection.execute(busy.values(grade=grade))
            others = (Copy.edition_id == edition_id, Copy.id != copy_id)
            connection.execute(update(Copy).where(*others).values(state=CopyState.WITHDRAWN))
            connection.execute(update(Loan).where(Loan.id.in_(nine)).values(copy_id=copy_id))


def test_break_is_counted_by_minutes(year: LibraryYear) -> None:
    """Given the year's moments, when a break's bells are known, then by minute; else by hour."""
    moments = [one.at for one in year.lent] + [one.back for one in year.lent if one.back]
    begins, ends = time(9, 0), time(9, 20)
    rest = Calendar(frozenset(range(6)), bells=(Bell(begins, ends),))
    with asked(year, calendar=rest) as range_of:
        bars = break_minutes(range_of)
    with asked(year, calendar=Calendar(frozenset(range(6)))) as range_of:
        hours = break_minutes(range_of)

    assert [bar.words for bar in bars[:2]] == ["8:55", "8:56"]
    assert len(bars) == 30
    near = [at for at in moments if 8 * 60 + 55 <= at.hour * 60 + at.minute < 9 * 60 + 25]
    assert sum(bar.number for bar in bars) == len(near)
    assert sum(bar.number for bar in hours) == len(moments)


def test_late_books_stand_by_age(year: LibraryYear) -> None:
    """Given the year's open loans, then those that are late stand by how long, all of them."""
    with asked(year) as range_of:
        bars = overdue_ages(range_of)
    still_out = [one for one in year.lent if one.back is None]

    assert len(bars) == 5
    assert 0 < sum(bar.number for bar in bars) <= len(still_out)


def test_stock_grows_by_what_came(year: LibraryYear) -> None:
    """Given a year, then its last bar is the first, and what came, less what went."""
    with asked(year) as range_of:
        months = stock_growth(range_of)
    with asked(year, date(2020, 6, 1)) as range_of:
        years = stock_growth(range_of)
    came, left = (sum(one.copies for one in some) for some in (year.came, year.left))

    assert len(months) == 12
    assert months[-1].number - months[0].number == came - left
    assert [bar.words for bar in years][-1] == "05/2027"
    assert years[-1] == months[-1]
    assert len(years) == 7


def test_corners_stand_by_what_went_there(year: LibraryYear) -> None:
    """S17: given a crate of two copies sent in October, then its corner's bar is two; not later."""
    corner_id, crate_id = new_id(), new_id()
    at = datetime(2026, 10, 5, 9, 0, tzinfo=SCHOOL_ZONE)
    with year.engine.begin() as connection:
        own = {"school_id": 1, "id": corner_id, "name": "Tủ sách 6A", "homeroom": "6A"}
        connection.execute(insert(Corner).values(**own))
        sent = {"school_id": 1, "id": crate_id, "number": "6A-1", "corner_id": corner_id}
        connection.execute(insert(Crate).values(**sent, sent_at=at, due=ENDS, author="hoa"))
        for copy_id in {one.copy_id for one in year.lent[:9]}:
            line = {"school_id": 1, "crate_id": crate_id, "copy_id": copy_id}
            connection.execute(insert(CrateCopy).values(**line))
    with asked(year) as range_of:
        (bar,) = corner_rotation(range_of)
    with asked(year, date(2026, 11, 1)) as range_of:
        assert corner_rotation(range_of) == []

    assert (bar.words, bar.number) == ("Tủ sách 6A", len({one.copy_id for one in year.lent[:9]}))


def test_reports_are_shown_and_handed_out(year: LibraryYear) -> None:
    """S32, S35: given the principal, when a report is opened, then shown, as PDF and Excel."""
    school = HubSchool.__new__(HubSchool)
    school.engine, school.clock = year.engine, year.clock
    principal = school.desk(DeskRole.PRINCIPAL)
    assert "Học kỳ I" in principal.page("/bao-cao/luu-thong")
    for report in REPORTS:
        path = f"/bao-cao/{report.code}?tu=2026-06-01&den=2027-05-31"
        assert report.title in principal.page(path)
        assert principal.get(f"{path}&tai=xlsx").content.startswith(b"PK")
    assert principal.get("/bao-cao/luu-thong?tai=pdf").content.startswith(b"%PDF")
    assert principal.get("/bao-cao/khac").status_code == 404
    assert "Nguyễn" not in principal.page("/bao-cao/luu-thong?tu=2026-06-01&den=2027-05-31")
    assert "Chưa có gì để vẽ" in principal.page("/bieu-do?tu=2020-06-01&den=2020-06-30")
