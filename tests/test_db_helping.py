"""What the librarian asks of a station's records, and what the hub hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from db.helping import Helping
from db.identifiers import AccessionNumber, CardNumber
from db.models import Copy, OutboxEvent
from db.outcomes import CheckedOut, ConditionSeen, Refusal, Refused
from db.states import CopyState, Damage
from tests.demo_school import DemoSchool

LIBRARIAN = "GV0012"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSchool]:
    path: Path = tmp_path_factory.mktemp("helping") / "kiosk.db"
    school = DemoSchool(path)
    yield school
    school.engine.dispose()


@pytest.fixture
def helping(school: DemoSchool) -> Helping:
    return Helping(school.desk)


def _acts_told(school: DemoSchool) -> list[str]:
    with school.engine.begin() as connection:
        payloads = connection.execute(select(OutboxEvent.payload).order_by(OutboxEvent.seq))
        return [payload["act"] for payload in payloads.scalars() if "act" in payload]


def test_class_list_is_in_its_order(school: DemoSchool, helping: Helping) -> None:
    """Given twelve classes, when the librarian looks for somebody, then lists are as at school."""
    rooms = helping.homerooms()
    people = helping.people("6A")
    person = helping.person(people[0].patron_id, LIBRARIAN, "quên thẻ")

    assert (rooms[0], rooms[-2:], len(rooms)) == ("6A", ("9B", ""), 13)
    assert len(people) == 39
    assert (person.name, person.homeroom) == (people[0].name, "6A")
    assert person.card.startswith("HS")
    assert "reader-looked-up" in _acts_told(school)


def test_librarian_lends_with_a_reason(school: DemoSchool, helping: Helping) -> None:
    """Given an overdue reader, when the librarian lends with a reason, then the hub is told it."""
    late, book = school.cast().late_pupils[0], school.cast().shelved[0].accession
    patron = school.known(late.card)

    refused = helping.lend(patron, book, LIBRARIAN)
    lent = helping.lend(patron, book, LIBRARIAN, "giáo viên xin cho mượn")
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.HAS_OVERDUE
    assert isinstance(lent, CheckedOut)
    with school.engine.begin() as connection:
        told = (
            connection.execute(select(OutboxEvent.payload).where(OutboxEvent.type == "copy-lent"))
            .scalars()
            .all()[-1]
        )
    assert told["override"] == {
        "refusal": "has-overdue",
        "reason": "giáo viên xin cho mượn",
        "author": LIBRARIAN,
    }


def test_holder_is_told_and_noted(school: DemoSchool, helping: Helping) -> None:
    """Given a copy on loan, when the librarian looks at it, then its holder is shown, and noted."""
    late = school.cast().late_pupils[1]
    found = helping.copy(late.holds[0].accession, LIBRARIAN)

    assert not isinstance(found, Refused)
    assert found.holder is not None
    assert (found.holder.name, found.state) == (late.name, CopyState.AVAILABLE)
    assert _acts_told(school)[-1] == "holder-looked-up"
    assert isinstance(helping.copy(AccessionNumber("STN.09999"), LIBRARIAN), Refused)


def test_lost_copy_is_found_again(school: DemoSchool, helping: Helping) -> None:
    """Given a copy reported lost and one damaged, when one comes back, then it is seen."""
    first, second = (copy.accession for copy in school.cast().shelved[2:4])
    helping.report_lost(first, LIBRARIAN)
    helping.report_damaged(second, ConditionSeen(Damage.SEVERE), False, LIBRARIAN)
    states = [helping.copy(number, LIBRARIAN).state for number in (first, second)]  # type: ignore[union-attr]
    back = helping.take_back(first, LIBRARIAN)

    assert states == [CopyState.LOST, CopyState.DAMAGED]
    assert not isinstance(back, Refused)
    assert (back.was_lost, back.to_desk) == (True, True)


def test_new_card_ends_the_old(school: DemoSchool, helping: Helping) -> None:
    """Given a pupil with a card, when a new one is given, then only the new one opens a visit."""
    pupil = school.cast().free_pupils[5]
    other = school.cast().free_pupils[6]

    assert not helping.issue_card(pupil.id, other.card, LIBRARIAN)
    assert helping.issue_card(pupil.id, CardNumber("HS990001"), LIBRARIAN)
    assert isinstance(school.desk.identify(pupil.card), Refused)
    assert school.known(CardNumber("HS990001")).patron_id == pupil.id


def test_shelf_check_lists_misplaced_and_missing(school: DemoSchool, helping: Helping) -> None:
    """Given a shelf of five (S75), when three, one stranger and one lent are scanned, then said."""
    cast = school.cast()
    own = [copy.accession for copy in cast.shelved[10:15]]
    stranger, lent = cast.shelved[20].accession, cast.lent[0].accession
    with school.engine.begin() as connection:
        stands = update(Copy).where(Copy.accession.in_(own)).values(shelf="Giá 2", row="Ngăn 3")
        connection.execute(stands)
        stands = update(Copy).where(Copy.accession == stranger).values(shelf="Giá 1", row="Ngăn 1")
        connection.execute(stands)
    found = helping.check_shelf([*own[:3], stranger, lent])

    assert (found.place, found.right) == ("Giá 2 · Ngăn 3", 3)
    assert [(one.accession, one.place) for one in found.misplaced] == [(stranger, "Giá 1 · Ngăn 1")]
    assert [one.accession for one in found.missing] == sorted(own[3:])
    assert [one.accession for one in found.odd] == [lent]


def test_pause_outlives_a_restart(school: DemoSchool, helping: Helping) -> None:
    """Given lending is paused, when the station asks anew, then it is still paused, and noted."""
    helping.pause(True, LIBRARIAN)
    assert Helping(school.desk).is_paused()
    helping.pause(False, LIBRARIAN)
    assert not helping.is_paused()
    assert _acts_told(school)[-2:] == ["lending-paused", "lending-resumed"]


def test_day_is_counted(school: DemoSchool, helping: Helping) -> None:
    """Given a day's acts, when the librarian looks, then loans, returns and what is late add up."""
    before = helping.today()
    pupil, book = school.cast().free_pupils[0], school.cast().shelved[30].accession
    patron = school.known(pupil.card)
    school.desk.check_out(patron, book, pupil.id)
    school.desk.check_in(book)
    school.clock.advance(timedelta(seconds=1))
    after = helping.today()

    assert (after.lent - before.lent, after.returned - before.returned) == (1, 1)
    assert (after.visits - before.visits, after.on_loan - before.on_loan) == (1, 0)
    assert after.overdue == before.overdue > 0
