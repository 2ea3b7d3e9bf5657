from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from db import privacy
from db.__main__ import main
from db.clock import SCHOOL_ZONE
from db.corners import Corners
from db.engine import sqlite_url
from db.ids import new_id
from db.models import (
    Account,
    AuditEntry,
    Card,
    Corner,
    Enrolment,
    Loan,
    MissingTextbook,
    OutboxEvent,
    Patron,
    PatronCode,
    PriorityFlag,
    SetLoan,
    SetTemplate,
    Station,
    Voucher,
    Wish,
    WishVote,
)
from db.outcomes import CheckedOut
from db.register import Register, VoucherEntry
from db.states import EnrolmentEnd, PatronStatus, VoucherKind
from db.textbook_checks import class_check, note_class
from db.wishes import Wishes
from db.wording import Wording
from tests.postgres import PostgresServer
from tests.small_school import SmallSchool, card_of, named, number

LATER = datetime(2028, 7, 1, 9, tzinfo=SCHOOL_ZONE)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[SmallSchool]:
    school = SmallSchool(sqlite_url(tmp_path / "school.db"))
    yield school
    school.close()


def lend(school: SmallSchool, name: str, position: int, *, back: bool = True) -> None:
    """Lend a story to a reader, and take it back a day later."""
    accession = number("STN", position)
    lent = school.desk.check_out(school.known(name), accession, new_id())
    assert isinstance(lent, CheckedOut), lent
    if back:
        school.clock.advance(timedelta(days=1))
        school.desk.check_in(accession)


def counted(school: SmallSchool) -> privacy.Statistics:
    with school.engine.begin() as connection:
        return privacy.statistics(connection, 1)


def retire(school: SmallSchool, before: date, now: datetime = LATER) -> privacy.Retired:
    with school.engine.begin() as connection:
        return privacy.retire(connection, 1, before, now)


def erase(school: SmallSchool, name: str) -> privacy.Erased | privacy.StillOwes:
    with school.engine.begin() as connection:
        return privacy.erase(connection, 1, named(name), LATER, "thủ thư")


def move_class(school: SmallSchool, name: str, room: str) -> None:
    """Let a pupil change class today."""
    today = school.clock.now().date()
    ended = {"until": today, "ended": EnrolmentEnd.MOVED}
    (open_one,) = school.rows(Enrolment, patron_id=named(name), until=None)
    school.change(Enrolment, open_one.id, **ended)
    school.change(Patron, named(name), homeroom=room, grade=int(room[0]))
    row = {"school_id": 1, "id": new_id(), "patron_id": named(name), "since": today}
    with school.engine.begin() as connection:
        connection.execute(insert(Enrolment).values(**row, school_year="2026-2027", homeroom=room))


def enter_loans(school: SmallSchool, *names: str) -> None:
    """Enter a loan that is over for each reader, straight into its table."""
    now = school.clock.now()
    with school.engine.begin() as connection:
        for name in names:
            loan = {"id": new_id(), "copy_id": school_copy(1), "patron_id": named(name)}
            times = {"lent_at": now, "due": now.date(), "returned_at": now + timedelta(hours=1)}
            connection.execute(insert(Loan).values(school_id=1, **loan, **times))


def school_copy(position: int) -> UUID:
    """The identity of a story's copy."""
    return named(number("STN", position))


def a_year_of_loans(school: SmallSchool) -> None:
    """Loans of several readers, one of whom changes class, and one that is still out."""
    lend(school, "An", 1)
    lend(school, "An", 2)
    lend(school, "Bình", 1)
    move_class(school, "An", "7B")
    lend(school, "An", 3)
    lend(school, "Lan", 1)
    lend(school, "Chi", 4, back=False)


def test_statistics_survive_retiring(school: SmallSchool) -> None:
    """Given loans across classes, when they are retired, then every count is the same."""
    a_year_of_loans(school)
    before = counted(school)

    done = retire(school, date(2028, 6, 1))

    assert (done.loans, done.readers) == (5, 3)
    assert counted(school) == before
    assert {key[3] for key in before if key[0] == "loans"} == {"6A", "7B", ""}


def test_retired_loans_name_nobody(school: SmallSchool) -> None:
    """Given retired loans, then their readers have no name, and the open loan's still has."""
    a_year_of_loans(school)

    retire(school, date(2028, 6, 1))

    nameless = {row.id for row in school.rows(Patron, name="")}
    loans = school.rows(Loan)
    assert {loan.patron_id for loan in loans if loan.returned_at} == nameless
    assert {loan.patron_id for loan in loans if not loan.returned_at} == {named("Chi")}


def test_events_that_were_sent_name_nobody(school: SmallSchool) -> None:
    """Given events the hub has, when loans are retired, then these name no reader; others do."""
    lend(school, "An", 1)
    lend(school, "Bình", 1)
    (last_of_an, *_) = sorted(row.seq for row in school.rows(OutboxEvent))[1:]
    with school.engine.begin() as connection:
        connection.execute(update(Station).values(acked_seq=last_of_an))

    retire(school, date(2028, 6, 1))

    kept = json.dumps([row.payload for row in school.rows(OutboxEvent)])
    assert str(named("An")) not in kept
    assert str(named("Bình")) in kept


def test_newer_loans_keep_their_reader(school: SmallSchool) -> None:
    """Given loans that ended after the day, when retiring, then nothing is forgotten."""
    a_year_of_loans(school)

    assert retire(school, date(2026, 11, 1)).loans == 0
    assert school.rows(Patron, name="") == []


def test_retiring_twice_changes_nothing(school: SmallSchool) -> None:
    """Given a run, when it is repeated, then there is nothing to forget."""
    a_year_of_loans(school)
    retire(school, date(2028, 6, 1))

    assert retire(school, date(2028, 6, 1)) == privacy.Retired(0, 0, 0, 0)


@pytest.mark.parametrize("all_back", [True, False])
def test_set_keeps_its_reader_while_part_is_out(school: SmallSchool, all_back: bool) -> None:
    """Given a textbook set, then it loses its reader with its last book, and not before."""
    made = {"school_id": 1, "template_id": named("bộ"), "patron_id": named("An")}
    with school.engine.begin() as connection:
        template = {"school_id": 1, "id": named("bộ"), "name": "Bộ lớp 6", "grade": 6}
        connection.execute(insert(SetTemplate).values(template))
        connection.execute(
            insert(SetLoan).values(**made, id=named("lượt"), lent_at=school.clock.now())
        )
    lend(school, "An", 1)
    lend(school, "An", 2, back=all_back)
    for loan in school.rows(Loan):
        school.change(Loan, loan.id, set_loan_id=named("lượt"))

    retire(school, date(2028, 6, 1))

    (lent,) = school.rows(SetLoan)
    assert (lent.patron_id != named("An")) is all_back


def test_open_case_keeps_its_reader(school: SmallSchool) -> None:
    """Given a loan whose copy was lost, while the case is open, then its reader is kept."""
    lend(school, "An", 1, back=False)
    school.losses.report_lost(number("STN", 1))
    (loan,) = school.rows(Loan)
    school.change(Loan, loan.id, returned_at=school.clock.now())

    assert retire(school, date(2028, 6, 1)).loans == 0
    assert erase(school, "An") == privacy.StillOwes(0, 1)


def test_leaver_is_erased_after_a_year(school: SmallSchool) -> None:
    """Given two who left long ago, one with a book, then only who owes nothing is erased."""
    lend(school, "Dũng", 1)
    lend(school, "Chi", 2, back=False)
    for name in ("Dũng", "Chi"):
        school.change(Patron, named(name), status=PatronStatus.LEFT, left_on=date(2027, 5, 31))

    done = retire(school, date(2026, 1, 1))

    assert done.erased == 1
    assert [row.name for row in school.rows(Patron, id=named("Dũng"))] == [""]
    assert [row.name for row in school.rows(Patron, id=named("Chi"))] == ["Nguyễn Văn Chi"]


def test_erasing_waits_for_open_loans(school: SmallSchool) -> None:
    """Given a book on loan, when its reader is to be erased, then nothing changes but an answer."""
    lend(school, "An", 1, back=False)

    assert erase(school, "An") == privacy.StillOwes(1, 0)
    assert school.rows(Patron, id=named("An"))[0].name == "Nguyễn Văn An"


def test_erased_reader_is_nowhere(school: SmallSchool) -> None:
    """Given a reader with history, code and flag, when erased, then only the counts are left."""
    lend(school, "An", 1)
    key = {"school_id": 1, "patron_id": named("An")}
    with school.engine.begin() as connection:
        connection.execute(insert(PatronCode).values(**key, kind="moet", digest=b"x" * 32))
        connection.execute(insert(PriorityFlag).values(**key, set_at=LATER, set_by="thủ thư"))
    before = counted(school)

    assert erase(school, "An") == privacy.Erased(1)

    assert counted(school) == before
    for table in (PatronCode, PriorityFlag, Enrolment):
        assert school.rows(table, patron_id=named("An")) == []
    assert [card.revoked for card in school.rows(Card, patron_id=named("An"))] == [True]
    assert "Nguyễn Văn An" not in {row.name for row in school.rows(Patron)}


def test_erased_teacher_and_donor_leave_what_they_gave(school: SmallSchool) -> None:
    """Given a corner, a class, a voucher and a wish of a teacher, then all stay and name nobody."""
    Corners(school.library).begin("Góc lớp 6A", "6A", named("Lan"))
    entry = VoucherEntry(VoucherKind.ENTRY, donor="Nguyễn Văn Lan")
    voucher = Register(school.library).enter_voucher(entry)
    school.change(Voucher, voucher, donor_id=named("Lan"))
    Wishes(school.library).make(named("Lan"), "Đất rừng phương Nam")
    with school.library.act() as act:
        lacks = frozenset({(named("Lan"), named("Toán 6"))})
        note_class(act, class_check(act, "", 6), lacks, "thủ thư")
    who = {"name": "lan.nguyen", "shown_name": "Cô Lan", "patron_id": named("Lan")}
    made = {"school_id": 1, "id": new_id(), "roles": "teacher", "password": "$argon2id$"}
    with school.engine.begin() as connection:
        connection.execute(insert(Account).values(**who, **made, made_at=LATER))

    assert isinstance(erase(school, "Lan"), privacy.Erased)
    (account,) = school.rows(Account)
    assert (account.name, account.ended_at is None) == (account.id.hex, False)
    assert (account.shown_name, account.password, account.patron_id) == ("", "", None)
    assert [(row.name, row.teacher_id) for row in school.rows(Corner)] == [("Góc lớp 6A", None)]
    assert [(row.donor, row.donor_id) for row in school.rows(Voucher)] == [("", None)]
    assert [school.count(table) for table in (Wish, WishVote, MissingTextbook)] == [1, 0, 0]


def test_looking_at_a_reader_is_logged(school: SmallSchool) -> None:
    """Given a reader's record, when it is looked at, then the log has who, when and whose."""
    lend(school, "An", 1)

    with school.engine.begin() as connection:
        told = privacy.reader_record(connection, 1, named("An"), LATER, "cô Lan")

    assert [loan["title"] for loan in told["loans"]] == ["Dế Mèn phiêu lưu ký"]
    assert told["looked_at"] == [{"at": "2028-07-01 09:00", "by": "cô Lan"}]
    (entry,) = school.rows(AuditEntry)
    assert (entry.act, entry.subject_id) == ("view-reader", named("An"))


def test_old_log_is_deleted(school: SmallSchool) -> None:
    """Given log lines of two and a half years and of one, then only the older goes."""
    for days in (900, 365):
        with school.engine.begin() as connection:
            privacy.note(connection, 1, "view-reader", "x", LATER - timedelta(days=days))

    assert retire(school, date(2026, 1, 1)).log_entries == 1
    assert len(school.rows(AuditEntry)) == 1


def test_commands_write_and_erase_a_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a reader with a book, then the commands write their record, and refuse to erase."""
    url = sqlite_url(tmp_path / "a.db")
    school = SmallSchool(url)
    lend(school, "An", 1, back=False)
    school.close()
    words = ["reader", str(card_of("An")), "--database", url]

    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    told: dict[str, Any] = json.loads((tmp_path / "out" / "reader.json").read_text("utf-8"))
    assert told["name"] == "Nguyễn Văn An"
    assert "Lượt mượn: 1" in (tmp_path / "out" / "reader.txt").read_text("utf-8")
    assert {f"reader.{name}" for name in told} <= Wording("vi").keys()
    assert main([*words, "--erase", str(card_of("An"))]) == 1
    assert "còn 1 cuốn chưa trả" in capsys.readouterr().err
    assert main([*words, "--erase", "HS999999"]) == 1
    assert main(["retire", "--before", "2026-01-01", "--database", url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["loans"] == 0


def test_postgresql_forgets_the_same(postgres: PostgresServer) -> None:
    """Given a server, when loans are retired and a reader is erased, then counts stay."""
    school = SmallSchool(postgres.new_records())
    enter_loans(school, "An", "Bình", "Lan")
    move_class(school, "An", "7B")
    school.clock.advance(timedelta(days=1))
    enter_loans(school, "An", "Chi")
    before = counted(school)

    done = retire(school, date(2028, 6, 1))
    gone = erase(school, "An")
    after = counted(school)
    with school.engine.begin() as connection:
        names = set(connection.scalars(select(Patron.name)))
    school.close()

    assert (done.loans, gone, after) == (5, privacy.Erased(0), before)
    assert "Nguyễn Văn An" not in names
