"""What becomes of facts that contradict each other: the conflict table, and any order at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from admin.review import answer, questions
from db.ids import new_id
from db.models import Discrepancy, EventStream, Loan, ReceivedEvent
from db.states import ClockQuality, DiscrepancyKind, Outcome, Verdict
from db.sync.messages import CopyLent, Fact
from tests.hub_school import DUE, HubSchool, KioskAway, at, lent, named, returned

X, Y = "STN.00001", "STN.00002"
APPLIED = Verdict.APPLIED
LATER_DUE = date(2026, 12, 9)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSchool]:
    school = HubSchool(tmp_path_factory.mktemp("ledger") / "hub.db")
    yield school
    school.engine.dispose()


@pytest.fixture
def hub(shared: HubSchool) -> HubSchool:
    _forget(shared)
    return shared


@pytest.fixture(scope="module")
def both(shared: HubSchool) -> tuple[KioskAway, KioskAway]:
    return shared.kiosk("Trạm 1"), shared.kiosk("Trạm 2")


@pytest.fixture
def first(hub: HubSchool, both: tuple[KioskAway, KioskAway]) -> KioskAway:
    return _emptied(both[0])


@pytest.fixture
def second(hub: HubSchool, both: tuple[KioskAway, KioskAway]) -> KioskAway:
    return _emptied(both[1])


@pytest.mark.parametrize("order", ["earlier first", "later first"])
def test_later_of_two_patrons_stands(
    hub: HubSchool, first: KioskAway, second: KioskAway, order: str
) -> None:
    """Given a copy lent at two kiosks, when both report, then the later loan stands, one item.

    The book was in the later one's hands: the earlier reader must have given it back.
    """
    first.did(lent("l1", X, "An", 20))
    second.did(lent("l2", X, "Bình", 10))
    kiosks = (second, first) if order == "earlier first" else (first, second)

    assert hub.send(kiosks[0]) == [APPLIED]
    assert hub.send(kiosks[1]) == [Verdict.APPLIED_WITH_DISCREPANCY]
    assert hub.open_loans(X) == [named("l1")]
    assert hub.loans()[named("l2")].returned_at == at(20)
    assert hub.unsettled() == [DiscrepancyKind.LENT_TWICE]


def test_unclear_which_was_later_is_disputed(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given clocks that leave open who had the copy later, then one stands, one is disputed."""
    second.clock = ClockQuality.UNKNOWN
    first.did(lent("l1", X, "An", 20))
    second.did(lent("l2", X, "Bình", 10))
    hub.send(first)

    assert hub.send(second) == [Verdict.APPLIED_WITH_DISCREPANCY]
    assert hub.open_loans(X) == [named("l2")]
    assert hub.loans()[named("l1")].disputed
    assert hub.unsettled() == [DiscrepancyKind.LENT_TWICE]


@pytest.mark.parametrize("order", ["earlier first", "later first"])
def test_same_patron_keeps_earlier_loan(
    hub: HubSchool, first: KioskAway, second: KioskAway, order: str
) -> None:
    """Given a patron's copy lent to them again, when reported in any order, then one loan goes on.

    It began at the earlier moment and is due on the later day, which is on the patron's slip.
    """
    first.did(lent("l1", X, "An", 10, due=DUE))
    second.did(lent("l2", X, "An", 20, due=LATER_DUE))
    for kiosk in (first, second) if order == "earlier first" else (second, first):
        assert hub.send(kiosk) == [APPLIED]
    loans = hub.loans()

    assert hub.open_loans(X) == [named("l1")]
    assert loans[named("l1")].due == LATER_DUE
    assert loans[named("l2")].returned_at == loans[named("l2")].lent_at
    assert hub.unsettled() == []


def test_return_of_joined_loan_ends_other(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given two loans joined, when the one that ended is returned, then the copy is in."""
    first.did(lent("l1", X, "An", 10))
    second.did(lent("l2", X, "An", 20), returned("l2", X, 30))
    hub.send(first)

    assert hub.send(second) == [APPLIED, APPLIED]
    assert hub.open_loans(X) == []
    assert hub.loans()[named("l1")].returned_at == at(30)


def test_return_elsewhere_closes_loan(hub: HubSchool, first: KioskAway, second: KioskAway) -> None:
    """Given a loan the hub has, when another kiosk took the copy back, then the loan ends there."""
    first.did(lent("l1", X, "An", 10))
    second.did(returned(None, X, 30))
    hub.send(first)

    assert hub.send(second) == [APPLIED]
    assert hub.loans()[named("l1")].returned_at == at(30)


def test_return_before_its_loan_settles_itself(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given a return without a loan, when its loan arrives later, then it is born closed."""
    first.did(lent("l1", X, "An", 10))
    second.did(returned(None, X, 30), lent("l2", X, "Bình", 35))

    assert hub.send(second) == [Verdict.RECORDED_ONLY, APPLIED]
    assert hub.unsettled() == [DiscrepancyKind.RETURN_UNMATCHED]
    assert hub.send(first) == [APPLIED]
    assert hub.loans()[named("l1")].returned_at == at(30)
    assert hub.open_loans(X) == [named("l2")]
    assert hub.unsettled() == []


@pytest.mark.parametrize("batches", [(2,), (1, 2)], ids=["together", "apart"])
def test_order_within_stream_is_not_the_clocks(
    hub: HubSchool, first: KioskAway, batches: tuple[int, ...]
) -> None:
    """Given a return, then a loan by a clock set back, when told in order, then the loan is open.

    That return ended something else, and still waits for its loan from another kiosk.
    """
    first.did(returned(None, X, 60), lent("l1", X, "An", 30))
    for last in batches:
        hub.send(first, last=last)

    assert hub.open_loans(X) == [named("l1")]
    assert hub.unsettled() == [DiscrepancyKind.RETURN_UNMATCHED]


def test_repeated_return_stands_before_new_loan(hub: HubSchool, first: KioskAway) -> None:
    """Given a restored kiosk that tells all anew, when a loan follows, then no old return ends it.

    Its clock was ahead before, so that the loan seems the earlier of the two.
    """
    first.did(returned(None, X, 60))
    hub.send(first)
    first.incarnation = new_id()
    first.did(lent("l1", X, "An", 30))

    assert hub.send(first) == [Verdict.DUPLICATE, APPLIED]
    assert hub.open_loans(X) == [named("l1")]


def test_shelved_copy_scanned_again_is_one_discrepancy(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given a copy on the shelf, when scanned idly twenty times, then one row, which settles."""
    first.did(*(returned(None, X, minute) for minute in range(20)))
    second.did(lent("l1", X, "An", 15))

    assert hub.send(first) == [Verdict.RECORDED_ONLY] * 20
    assert hub.count(Discrepancy) == 1
    assert hub.send(second) == [APPLIED]
    assert hub.loans()[named("l1")].returned_at == at(16)
    assert hub.unsettled() == []


def test_each_kiosks_return_waits_for_its_own_loan(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given one copy in at two kiosks, when its two loans arrive from a third, both are over."""
    third = hub.kiosk("Trạm 3")
    first.did(returned(None, X, 10))
    second.did(returned(None, X, 30))
    third.did(lent("l1", X, "An", 5), lent("l2", X, "Bình", 20))
    for kiosk in (first, second, third):
        hub.send(kiosk)

    assert [hub.loans()[named(loan)].returned_at for loan in ("l1", "l2")] == [at(10), at(30)]
    assert hub.unsettled() == []


def test_return_does_not_end_later_loan(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given a copy lent after a return elsewhere, when the return arrives, then the loan stands."""
    first.did(lent("l1", X, "An", 30))
    second.did(returned(None, X, 20))
    hub.send(first)

    assert hub.send(second) == [Verdict.RECORDED_ONLY]
    assert hub.open_loans(X) == [named("l1")]


def test_stale_return_ends_current_loan(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given a kiosk that knows only an old loan, when it takes the copy back, then it is in."""
    first.did(lent("l1", X, "An", 10))
    second.did(returned(None, X, 20), lent("l2", X, "Bình", 30))
    hub.send(first)
    hub.send(second)
    first.did(returned("l1", X, 40))

    assert hub.send(first, first=2) == [APPLIED]
    assert hub.open_loans(X) == []


def test_second_return_is_recorded_only(hub: HubSchool, first: KioskAway) -> None:
    """Given a loan returned, when returned again, then nothing changes and nobody is asked."""
    first.did(lent("l1", X, "An", 10), returned("l1", X, 20), returned("l1", X, 21))

    assert hub.send(first) == [APPLIED, APPLIED, Verdict.RECORDED_ONLY]
    assert hub.loans()[named("l1")].returned_at == at(20)
    assert hub.unsettled() == []


def test_return_by_the_earlier_reader_ends_the_later_loan(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given a copy on two loans, when handed in, then both are over; the question still waits."""
    first.did(lent("l1", X, "An", 10), returned("l1", X, 30))
    second.did(lent("l2", X, "Bình", 20))
    hub.send(first, last=1)
    hub.send(second)

    assert hub.send(first, first=2) == [APPLIED]
    assert [hub.loans()[named(loan)].returned_at for loan in ("l1", "l2")] == [at(20), at(30)]
    assert hub.unsettled() == [DiscrepancyKind.LENT_TWICE]


def test_return_of_disputed_loan_ends_current(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given a copy on two loans, when the disputed one is returned, then the other is over too."""
    second.clock = ClockQuality.UNKNOWN
    first.did(lent("l1", X, "An", 20))
    second.did(lent("l2", X, "Bình", 10), returned("l2", X, 30))
    hub.send(first)
    hub.send(second)

    assert hub.open_loans(X) == []
    assert [hub.loans()[named(loan)].returned_at for loan in ("l1", "l2")] == [at(30), at(30)]


def test_return_spares_loan_begun_after_it(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given a copy lent on elsewhere, when its first loan's return arrives, the second goes on.

    What seemed a contradiction before it arrived is none, and settles itself.
    """
    first.did(lent("l1", X, "An", 5), returned("l1", X, 10))
    second.did(lent("l2", X, "Bình", 20))
    hub.send(first, last=1)
    hub.send(second)
    before = hub.unsettled()
    hub.send(first)

    assert hub.loans()[named("l1")].returned_at == at(10)
    assert hub.loans()[named("l2")].returned_at is None
    assert (before, hub.unsettled()) == ([DiscrepancyKind.LENT_TWICE], [])


def test_named_loan_ends_whatever_the_clock(hub: HubSchool, first: KioskAway) -> None:
    """Given a clock set back between loan and return, when told, then the loan is over."""
    first.did(lent("l1", X, "An", 25), returned("l1", X, 10))
    hub.send(first)

    assert hub.loans()[named("l1")].returned_at == at(10)
    assert hub.unsettled() == []


def test_loan_of_known_number_is_duplicate(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given a loan the hub has, when a copied kiosk tells of it anew, then there is still one."""
    first.did(lent("l1", X, "An", 10))
    second.did(lent("l1", X, "An", 10))
    hub.send(first)

    assert hub.send(second) == [Verdict.DUPLICATE]
    assert hub.count(Loan) == 1


def test_two_kiosks_offline_then_synced_twice(
    hub: HubSchool, first: KioskAway, second: KioskAway
) -> None:
    """Given two kiosks apart for a morning, when each reports twice, then it counts once."""
    first.did(lent("l1", X, "An", 1), lent("l2", Y, "Bình", 2), returned("l1", X, 9))
    second.did(lent("l3", X, "Chi", 10), returned(None, Y, 11))
    before = [hub.send(first), hub.send(second)]
    after = [hub.send(first), hub.send(second)]

    assert before == [[APPLIED] * 3, [APPLIED] * 2]
    assert after == [[Verdict.DUPLICATE] * 3, [Verdict.DUPLICATE] * 2]
    assert (hub.open_loans(X), hub.open_loans(Y)) == ([named("l3")], [])
    assert hub.count(ReceivedEvent) == 5


@pytest.mark.parametrize(
    ("outcome", "holder"),
    [(Outcome.NEW_HOLDER, "Bình"), (Outcome.OLD_HOLDER, "An"), (Outcome.ON_SHELF, None)],
)
def test_librarians_answer_holds(
    hub: HubSchool, first: KioskAway, second: KioskAway, outcome: Outcome, holder: str | None
) -> None:
    """Given a copy lent twice, when the librarian says who has it, then that holds for good.

    Also when the copy's whole story is told anew, for a fact that arrives late.
    """
    first.did(lent("l1", X, "An", 10), returned(None, Y, 30))
    second.did(lent("l2", X, "Bình", 20), returned("l2", X, 15))
    hub.send(first)
    hub.send(second, last=1)
    with hub.engine.begin() as connection:
        (asked,) = questions(connection, 1, at(60), 5)
        done = [answer(connection, 1, asked.id, outcome, "thủ thư", at(40)) for _ in range(2)]
    third = hub.kiosk("Trạm 3")
    third.did(lent("l3", X, "Chi", 5), returned("l3", X, 6))
    hub.send(third)
    open_loans = [hub.loans()[loan] for loan in hub.open_loans(X)]

    assert outcome in asked.answers
    assert "Ai đang giữ sách?" in asked.sentence
    assert "An – 6A lúc 09:10" in asked.sentence
    assert done == [True, False]
    assert [loan.patron_id for loan in open_loans] == ([named(holder)] if holder else [])
    assert DiscrepancyKind.LENT_TWICE not in hub.unsettled()


_moments = st.integers(0, 60)
_copies = st.sampled_from((X, Y))
_patrons = st.sampled_from(("An", "Bình", "nobody"))
_loans = st.sampled_from([f"l{n}" for n in range(6)])
_facts: st.SearchStrategy[Fact] = st.one_of(
    st.builds(lent, _loans, _copies, _patrons, _moments),
    st.builds(returned, st.none() | _loans, _copies, _moments),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    facts=st.tuples(*(st.lists(_facts, max_size=7) for _ in range(2))),
    turns=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 3)), max_size=8),
)
def test_any_arrival_leaves_one_current_loan(
    hub: HubSchool,
    both: tuple[KioskAway, KioskAway],
    facts: tuple[list[Fact], list[Fact]],
    turns: list[tuple[int, int]],
) -> None:
    """Given any facts of two kiosks, when they arrive in any order, then all is kept and single.

    Every fact is kept once, a copy has one current loan at most, and a loan that was told of
    is a loan, a discrepancy or set aside.
    """
    _forget(hub)
    for kiosk, told in zip(both, facts, strict=True):
        _emptied(kiosk).did(*told)
    sent = [0, 0]
    for who, how_many in [*turns, (0, 7), (1, 7)]:
        first = max(1, sent[who] - 1)
        hub.send(both[who], first=first, last=sent[who] + how_many)
        sent[who] = min(len(facts[who]), sent[who] + how_many)

    assert hub.count(ReceivedEvent) == len(facts[0]) + len(facts[1])
    assert all(len(hub.open_loans(copy)) <= 1 for copy in (X, Y))
    _check_nothing_disappeared(hub, [fact for told in facts for fact in told])


def _check_nothing_disappeared(hub: HubSchool, facts: list[Fact]) -> None:
    verdicts = {row.event_id: row.verdict for row in hub.received()}
    assert len(verdicts) == len(facts)
    loans = set(hub.loans())
    for fact in facts:
        if isinstance(fact, CopyLent) and fact.patron_id != named("nobody"):
            assert fact.loan_id in loans


def _forget(hub: HubSchool) -> None:
    with hub.engine.begin() as connection:
        for table in (Loan, Discrepancy, ReceivedEvent, EventStream):
            connection.execute(delete(table))


def _emptied(kiosk: KioskAway) -> KioskAway:
    kiosk.events.clear()
    kiosk.clock = None
    return kiosk
