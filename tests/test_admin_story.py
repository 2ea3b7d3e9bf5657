"""A copy's story: whoever reports when, it ends the same."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from admin.story import LoanFact, Story, Told, story_of
from db.ids import new_id
from db.states import DueReason, LoanKind
from db.sync.messages import CopyLent, DueMoved, LoanUndone, ReturnUndone
from tests.hub_school import DUE, at, lent, named, returned

X = "STN.00001"
KIOSKS = [UUID(int=number) for number in (1, 2, 3)]
LOANS = [f"l{number}" for number in range(5)]
_about: dict[str, Any] = {"copy_id": named(X), "accession": X}
_moment = st.integers(0, 40)
_loan = st.sampled_from(LOANS)
_facts: st.SearchStrategy[LoanFact] = st.one_of(
    st.builds(
        lambda loan, who, minute, kind: lent(loan, X, who, minute).model_copy(
            update={"kind": kind}
        ),
        _loan,
        st.sampled_from(("An", "Bình", "Chi")),
        _moment,
        st.sampled_from((LoanKind.TAKE_HOME, LoanKind.TAKE_HOME, LoanKind.IN_LIBRARY)),
    ),
    st.builds(lambda loan, minute: returned(loan, X, minute), st.none() | _loan, _moment),
    st.builds(lambda loan, m: LoanUndone(loan_id=named(loan), at=at(m), **_about), _loan, _moment),
    st.builds(
        lambda loan, m: ReturnUndone(loan_id=named(loan), at=at(m), **_about), _loan, _moment
    ),
    st.builds(
        lambda loan, m, days, why: DueMoved(
            change_id=new_id(),
            loan_id=named(loan),
            old_due=DUE,
            new_due=DUE + timedelta(days=days),
            reason=why,
            at=at(m),
            **_about,
        ),
        _loan,
        _moment,
        st.integers(-3, 9),
        st.sampled_from((DueReason.RENEWED, DueReason.RECALLED)),
    ),
)


def _told(streams: list[list[tuple[LoanFact, int]]]) -> list[Told]:
    """Facts of several kiosks, each stream's times never going back, as the hub places them."""
    told = []
    for kiosk, facts in zip(KIOSKS, streams, strict=True):
        floor = at(0)
        for seq, (fact, spread) in enumerate(facts, start=1):
            floor = max(floor, fact.at)
            told.append(Told(floor, kiosk, kiosk, seq, new_id(), fact, spread))
    return told


def _end(story: Story) -> tuple[object, ...]:
    loans = {
        (loan.id, loan.patron_id, loan.due, loan.returned_at, loan.disputed, loan.handed_in_by)
        for loan in story.loans.values()
    }
    asked = {(one.kind, one.told.event_id, one.loan_id) for one in story.contradictions}
    return loans, asked, story.verdicts


_streams = st.lists(
    st.lists(st.tuples(_facts, st.sampled_from((0, 0, 600))), max_size=6), min_size=3, max_size=3
)


@settings(max_examples=300, deadline=None)
@given(streams=_streams, seed=st.integers(0, 1000))
def test_every_interleaving_ends_equal(
    streams: list[list[tuple[LoanFact, int]]], seed: int
) -> None:
    """Given any facts of three kiosks, when they are heard in any order, then one end."""
    told = _told(streams)
    heard = list(told)
    random.Random(seed).shuffle(heard)

    assert _end(story_of(heard)) == _end(story_of(told))


@settings(max_examples=300, deadline=None)
@given(streams=_streams)
def test_copy_is_with_one_reader_at_most(streams: list[list[tuple[LoanFact, int]]]) -> None:
    """Given any facts, when told, then one loan is open and undisputed at most, none is lost."""
    told = _told(streams)
    story = story_of(told)
    current = [one for one in story.loans.values() if one.is_open and not one.disputed]
    lent_loans = {one.fact.loan_id for one in told if isinstance(one.fact, CopyLent)}

    assert len(current) <= 1
    assert set(story.loans) == lent_loans
    assert set(story.verdicts) == {one.event_id for one in told}


@settings(max_examples=300, deadline=None)
@given(facts=st.lists(st.tuples(_facts, st.just(0)), max_size=8))
def test_plain_going_on_ends_like_the_whole_story(facts: list[tuple[LoanFact, int]]) -> None:
    """Given facts in order, when a plain one is told on an end without questions, then the same.

    A fact about a loan that was not told of yet is such a question, at the hub.
    """
    told = sorted(_told([facts, [], []]), key=lambda one: one.place)
    for count in range(1, len(told)):
        before, after = story_of(told[:count]), story_of(told[: count + 1])
        one = told[count]
        if before.is_plain(one) and not before.contradictions and not _was_named(told[:count], one):
            before.tell(one)
            assert _end(before) == _end(after)


def _was_named(before: list[Told], one: Told) -> bool:
    unknown = one.fact.loan_id is not None and any(
        earlier.fact.loan_id == one.fact.loan_id for earlier in before
    )
    return unknown and isinstance(one.fact, CopyLent)
