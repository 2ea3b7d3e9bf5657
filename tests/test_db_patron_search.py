"""The librarian finds a reader by name, class or card."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from db.engine import open_engine, sqlite_url
from db.models import Card, Patron
from db.outcomes import PatronCategory
from db.patron_search import Patrons
from db.states import PatronStatus

_NAMES = UUID("00000000-0000-4000-8000-000000000005")
PEOPLE = (
    ("Nguyễn Văn An", "6A"),
    ("Lê Hoàng Anh", "6A"),
    ("Phạm Minh Ân", "6/2"),
    ("Vũ Đức An", "7B"),
    ("An Thị Yến", "7B"),
    ("Nguyễn Thị Ánh", "7B"),
    ("Đỗ Thị Yến", ""),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def patrons(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Patrons]:
    """Seven readers, one who has left, and their cards."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path_factory.mktemp("patrons") / "p.db")
    else:
        url = request.getfixturevalue("postgres").new_records()
    engine = open_engine(url)
    _enter(engine)
    yield Patrons(engine, 1)
    engine.dispose()


def _enter(engine: Engine) -> None:
    left = ("Trần Văn An", "9A")
    people = [
        {
            "school_id": 1,
            "id": uuid5(_NAMES, name),
            "name": name,
            "homeroom": homeroom,
            "category": PatronCategory.STUDENT if homeroom else PatronCategory.TEACHER,
            "status": PatronStatus.LEFT if (name, homeroom) == left else PatronStatus.ACTIVE,
        }
        for name, homeroom in (*PEOPLE, left)
    ]
    cards = [
        {"school_id": 1, "number": number, "patron_id": people[who]["id"], "revoked": revoked}
        for number, who, revoked in (
            ("HS100001", 0, True),
            ("HS100002", 0, False),
            ("GV1000", 6, 0),
        )
    ]
    with engine.begin() as connection:
        connection.execute(insert(Patron), people)
        connection.execute(
            insert(Card), [{**card, "revoked": bool(card["revoked"])} for card in cards]
        )


def names(patrons: Patrons, query: str) -> list[str]:
    return [hit.name for hit in patrons.find(query).hits]


def test_given_name_comes_first(patrons: Patrons) -> None:
    """Given a name that is one reader's tên and another's họ, then tên goes first, even begun."""
    assert names(patrons, "an") == [
        "Nguyễn Văn An",
        "Vũ Đức An",
        "Phạm Minh Ân",
        "Lê Hoàng Anh",
        "Nguyễn Thị Ánh",
        "An Thị Yến",
    ]


def test_typed_accent_comes_first(patrons: Patrons) -> None:
    """Given names that fold alike, when one is typed with accents, then it goes first."""
    assert names(patrons, "Ân")[0] == "Phạm Minh Ân"


@pytest.mark.parametrize("typed", ["yen", "Yến", "thi ye", "YEN thi"])
def test_words_are_found_in_any_order(patrons: Patrons, typed: str) -> None:
    """Given some words of a name in any order, then everybody who has all of them is found."""
    assert names(patrons, typed) == ["An Thị Yến", "Đỗ Thị Yến"]


@pytest.mark.parametrize("typed", ["7b", "Lớp 7B", "7 B", "lop 7b"])
def test_class_is_listed_as_a_class_list(patrons: Patrons, typed: str) -> None:
    """Given a class in any spelling, then its pupils come by tên, họ and đệm."""
    assert names(patrons, typed) == ["Vũ Đức An", "Nguyễn Thị Ánh", "An Thị Yến"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [("an 7b", "Vũ Đức An"), ("ân 6/2", "Phạm Minh Ân"), ("an 6.2", "Phạm Minh Ân")],
)
def test_name_and_class_go_together(patrons: Patrons, typed: str, name: str) -> None:
    """Given a name and a class, then who has both is first."""
    assert names(patrons, typed)[0] == name


@pytest.mark.parametrize("typed", ["HS100001", "hs100002", "hs1000"])
def test_card_finds_its_owner(patrons: Patrons, typed: str) -> None:
    """Given a card's number, also a revoked one, then its owner is found with valid cards."""
    (hit,) = patrons.find(typed).hits

    assert (hit.name, hit.cards) == ("Nguyễn Văn An", ("HS100002",))


def test_leavers_are_found_when_asked_for(patrons: Patrons) -> None:
    """Given a reader who has left, then they are found only when leavers are looked for."""
    assert patrons.find("tran van an").total == 0
    assert [hit.status for hit in patrons.find("tran van an", with_leavers=True).hits] == [
        PatronStatus.LEFT
    ]


def test_readers_are_paged(patrons: Patrons) -> None:
    """Given a page's limit and offset, then that part of the list comes, and the whole count."""
    found = patrons.find("an", limit=2, offset=1)

    assert [hit.name for hit in found.hits] == ["Vũ Đức An", "Phạm Minh Ân"]
    assert found.total == 6


@settings(deadline=None, max_examples=60)
@given(query=st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_text_is_looked_for(patrons: Patrons, query: str) -> None:
    """Given any text whatever, then who is found answers it, and nothing raises."""
    found = patrons.find(query)

    assert len(found.hits) <= found.total <= len(PEOPLE)
