"""A few typed words find the book and say where it stands, the same on both databases."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, update

from benchmarks.search import fill
from db import rulebook
from db.catalogue import Catalogue, Found
from db.catalogue_reader import MOST_COUNTED, MOST_READ, Filters
from db.demo import fill_demo_school
from db.engine import open_engine, sqlite_url
from db.models import Base, Copy, Corner, Edition, EditionTag, Hold, Loan, Patron
from db.rulebook import KhoRules
from db.states import CopyState, DocumentType, LendingMode
from tests.demo_records import MORNING, begin_demo, demo_records
from tests.postgres import PostgresServer

QUERIES = list(
    csv.DictReader(
        Path(__file__).with_name("search_queries.csv").read_text(encoding="utf-8").splitlines()
    )
)
MANY = 3000
"""Invented editions; enough that common words have more answers than are read or counted."""
_NAMES = UUID("00000000-0000-4000-8000-000000000003")
_WORDS = [
    "toan",
    "6",
    "tap",
    "1",
    "nguyen",
    "văn",
    "kết",
    "nối",
    "hoc",
    "kiem",
    "tra",
    "mon",
    "lop",
    "t2",
    "sgk",
    "sgk.00001",
    "mùa",
    "hè",
    "và",
    "ng",
]
_SYNTAX = ('"', "*", "^", "AND", "NEAR(", "head:", "{", "'", "%", "_", "\\", "&", "|", "<->", ":*A")
_SIGNS = st.text(st.characters(exclude_categories=()), max_size=60)
_TYPED = st.lists(st.sampled_from([*_WORDS, *_SYNTAX, "\0", "😀", "đ" * 70]) | _SIGNS).map(" ".join)
_FILTERS = st.builds(
    Filters,
    grade=st.none() | st.sampled_from([6, 9]),
    subject=st.none() | st.just("Toán"),
    kho=st.none() | st.sampled_from(["STK", "STN"]),
    only_available=st.booleans(),
)


def open_both(tmp_path: Path, server: PostgresServer) -> tuple[Engine, Engine]:
    """An empty database of each kind."""
    return open_engine(sqlite_url(tmp_path / "a.db")), open_engine(server.new_records())


@pytest.fixture(scope="module")
def large(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[tuple[Catalogue, Catalogue]]:
    """The demo school among many invented editions, in both databases."""
    engines = open_both(tmp_path_factory.mktemp("large"), postgres)
    for engine in engines:
        fill(engine, MANY, seed=7)
    yield Catalogue(engines[0], 1), Catalogue(engines[1], 1)
    for engine in engines:
        engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Catalogue]:
    """The demo school's catalogue in a database of either kind, only to be read."""
    engine = _filled(request, tmp_path_factory.mktemp("demo"))
    yield Catalogue(engine, 1)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The demo school in a database of either kind, to be written."""
    engine = _filled(request, tmp_path)
    yield engine
    engine.dispose()


def _filled(request: pytest.FixtureRequest, folder: Path) -> Engine:
    if request.param == "sqlite":
        url = sqlite_url(folder / "b.db")
        (folder / "b.db").write_bytes(demo_records(MORNING))
    else:
        url = request.getfixturevalue("postgres").new_records(begin_demo)
    return open_engine(url)


def enter(connection: Connection, title: str, **fields: Any) -> UUID:
    """Write an edition and give its id."""
    row = {"school_id": 1, "id": uuid5(_NAMES, title), "title": title, **fields}
    connection.execute(insert(Edition), [row])
    return uuid5(_NAMES, title)


def titles(found: Found) -> list[str]:
    return [hit.title for hit in found.hits]


@pytest.mark.parametrize("row", QUERIES, ids=lambda row: row["query"])
def test_first_hit_is_what_was_meant(
    large: tuple[Catalogue, Catalogue], row: dict[str, str]
) -> None:
    """Given a query of the acceptance list, when asked of either, then its book is first."""
    for catalogue in large:
        first = catalogue.find(row["query"]).hits[0]
        assert (first.title, first.volume, first.series) == (
            row["title"],
            row["volume"],
            row["series"],
        )


@pytest.mark.parametrize("typed", ["dat rung phuong nam", "Đất rừng", "DOAN GIOI", "đoàn gi"])
def test_one_record_answers_every_spelling(demo: Catalogue, typed: str) -> None:
    """Given title or author in any spelling, when typed, then the same record is first (S13)."""
    assert titles(demo.find(typed))[0] == "Đất rừng phương Nam"


@settings(deadline=None, max_examples=80)
@given(query=_TYPED, filters=_FILTERS, offset=st.integers(-2, 120))
def test_both_databases_answer_alike(
    large: tuple[Catalogue, Catalogue], query: str, filters: Filters, offset: int
) -> None:
    """Given any text whatever and any filters, then both give the same page, and none raises."""
    on_file, on_server = (catalogue.find(query, filters, 10, offset) for catalogue in large)

    assert on_file == on_server
    assert len(on_file.hits) <= min(10, on_file.total)
    assert on_file.total <= MOST_COUNTED + 1


@pytest.mark.parametrize(
    "query",
    ["toan " * 2000, "a " * 5000, "đ" * 10_000, "(" * 5000, "nguyen van " * 1000, "1.2.3." * 2000],
)
def test_ten_kilobytes_are_a_query(large: tuple[Catalogue, Catalogue], query: str) -> None:
    """Given ten kilobytes of anything, when asked, then both answer, and alike."""
    on_file, on_server = (catalogue.find(query) for catalogue in large)

    assert on_file == on_server


def test_pages_follow_each_other(large: tuple[Catalogue, Catalogue]) -> None:
    """Given more answers than are shown, when paged through, then each comes once, in one order."""
    catalogue = large[0]
    pages = [catalogue.find("nguyen", limit=30, offset=start) for start in range(0, 120, 30)]
    hits = [hit.edition_id for page in pages for hit in page.hits]

    assert pages[0].total > MOST_READ
    assert len(set(hits)) == len(hits) == MOST_READ
    assert hits == [hit.edition_id for hit in catalogue.find("nguyen", limit=200).hits]


def test_more_than_are_counted_is_said(large: tuple[Catalogue, Catalogue]) -> None:
    """Given a word of more editions than a reader can use, then they are not all counted."""
    assert large[0].find("mon").total == MOST_COUNTED


def test_typed_accents_come_first_among_many(engine: Engine) -> None:
    """Given hundreds that fold alike and one spelt as typed, when typed, then it comes first."""
    with engine.begin() as connection:
        for number in range(MOST_READ * 2):
            enter(connection, f"Ban {number}")
        enter(connection, "Chuyện dài về những người bạn của chúng ta")
    found = Catalogue(engine, 1).find("bạn")

    assert titles(found)[0] == "Chuyện dài về những người bạn của chúng ta"


def test_title_comes_first_among_many_authors(engine: Engine) -> None:
    """Given hundreds by an author and one with the name in its title, then that one is first."""
    with engine.begin() as connection:
        for number in range(MOST_READ * 2):
            enter(connection, f"Thơ {number}", authors="Hồ Xuân Hương")
        enter(connection, "Cuộc đời và sự nghiệp của nữ sĩ Hồ Xuân Hương")
    found = Catalogue(engine, 1).find("ho xuan huong")

    assert titles(found)[0] == "Cuộc đời và sự nghiệp của nữ sĩ Hồ Xuân Hương"


def test_subject_tag_and_class_are_found(engine: Engine) -> None:
    """Given an edition's subject, tag and môn loại, when any is typed, then it is found."""
    with engine.begin() as connection:
        edition = enter(connection, "Chuyện V23", subject="Tâm lý", class_19="K")
        tag = {"school_id": 1, "tag": "Tủ sách Măng non", "edition_id": edition}
        connection.execute(insert(EditionTag), [tag])
    catalogue = Catalogue(engine, 1)

    for typed in ("tam li", "Tủ sách Măng non", "mang no", "V23", "van hoc dan"):
        assert edition in [hit.edition_id for hit in catalogue.find(typed).hits]


@pytest.mark.parametrize("typed", ["STN.00042", "stn 42", "TN-042", "00042/STN", "STN00042"])
def test_accession_number_puts_its_book_first(demo: Catalogue, typed: str) -> None:
    """Given a copy's number however written, when typed, then its edition is first."""
    found = demo.find(typed)

    assert titles(found)[0] == "Góc sân và khoảng trời"


def test_number_and_words_are_both_answered(demo: Catalogue) -> None:
    """Given a text that is a copy's number and also words, then number first, then the words."""
    found = demo.find("sgk 83", limit=100)

    assert found.total == len(found.hits) == 1
    assert demo.find("sgk 6").total > 10


def test_schools_own_kho_and_abbreviations_are_known(engine: Engine) -> None:
    """Given a kho and short forms of the school's own, when typed, then their books are found."""
    english = KhoRules("TK", "Truyện tiếng Anh", 4, LendingMode.TAKE_HOME)
    with engine.begin() as connection:
        rulebook.set_kho(connection, 1, english)
        rulebook.choose(connection, 1, abbreviations={"LTVĐ": "lịch triều và đời"})
        edition = enter(connection, "Lịch triều và đời nay", kho="TK")
        copy = {"school_id": 1, "id": UUID(int=9), "edition_id": edition, "kho": "TK"}
        connection.execute(insert(Copy), [{**copy, "number": 7, "accession": "TK.0007"}])
    catalogue = Catalogue(engine, 1)

    for typed in ("ltvd", "LTVĐ", "tk 7", "TK.0007"):
        assert catalogue.find(typed).hits[0].edition_id == edition


def test_isbn_finds_its_edition(engine: Engine) -> None:
    """Given an ISBN with hyphens or without, when typed, then its edition is the hit."""
    with engine.begin() as connection:
        enter(connection, "Có số", isbn="9786041234567")
    catalogue = Catalogue(engine, 1)

    for typed in ("9786041234567", "978-604-123456-7", "ISBN 9786041234567"):
        assert titles(catalogue.find(typed)) == ["Có số"]


def test_shelves_say_where_and_how_many(engine: Engine) -> None:
    """Given copies on a shelf, on loan, kept, in a corner and lost, then a hit says so (S11)."""
    with engine.begin() as connection:
        place_copies(connection)
    (hit,) = Catalogue(engine, 1).find("sach o nhieu noi").hits

    assert [(s.shelf, s.row, s.corner) for s in hit.shelves] == [("", "", "Góc 6A"), ("3", "2", "")]
    assert [(s.available, s.in_library, s.on_loan) for s in hit.shelves] == [(1, 0, 0), (1, 1, 1)]
    assert (hit.available, hit.in_library, hit.on_loan) == (2, 1, 1)


def test_filters_leave_only_what_was_asked(demo: Catalogue) -> None:
    """Given filters, when asked, then every hit passes them and none that does is missing."""
    sixes = demo.find("toan", Filters(grade=6), limit=100)
    references = demo.find("toan", Filters(kho="BC"), limit=100)

    assert {hit.grade for hit in sixes.hits} == {6}
    assert len(sixes.hits) == sixes.total
    assert titles(references) == ["Toán học và Tuổi trẻ", "Toán Tuổi thơ 2 (THCS)"]
    assert demo.find("toan", Filters(document_type=DocumentType.MAP)).hits == ()


def test_only_available_leaves_out_the_lent(engine: Engine) -> None:
    """Given a title whose copies are lent, when only ready ones are wanted, then it is no hit."""
    with engine.begin() as connection:
        place_copies(connection)
        of_title = Copy.edition_id == uuid5(_NAMES, "Sách ở nhiều nơi")
        ready = Filters(only_available=True)
    assert Catalogue(engine, 1).find("sach o nhieu noi", ready).total == 1

    with engine.begin() as connection:
        connection.execute(update(Copy).where(of_title).values(state=CopyState.DAMAGED))
    assert Catalogue(engine, 1).find("sach o nhieu noi", ready).total == 0
    assert Catalogue(engine, 1).find("sach o nhieu noi").total == 1


def test_schools_do_not_see_each_other(engine: Engine) -> None:
    """Given two schools in one database, when one asks, then it finds its own books only."""
    fill_demo_school(engine, 2, MORNING)

    assert Catalogue(engine, 2).find("de men").total == 1
    assert Catalogue(engine, 3).find("de men").total == 0


def place_copies(connection: Connection) -> None:
    """Six copies of one title, each in another condition."""
    edition = enter(connection, "Sách ở nhiều nơi", kho="STN")
    patron = connection.execute(Patron.__table__.select().limit(1)).one().id
    corner = uuid5(_NAMES, "corner")
    _write(connection, Corner, id=corner, name="Góc 6A", teacher_id=patron)
    copies: list[dict[str, Any]] = [
        {"shelf": "3", "row": "2"},
        {"shelf": "3", "row": "2"},
        {"shelf": "3", "row": "2"},
        {"shelf": "3", "row": "2", "in_library_only": True},
        {"corner_id": corner},
        {"shelf": "3", "row": "2", "state": CopyState.LOST},
    ]
    for place, fields in enumerate(copies):
        number = 70_000 + place
        named = {"id": uuid5(_NAMES, str(place)), "accession": f"STN.{number}", "kho": "STN"}
        _write(connection, Copy, **named, number=number, edition_id=edition, **fields)
    lent = {"id": uuid5(_NAMES, "loan"), "copy_id": uuid5(_NAMES, "1"), "patron_id": patron}
    _write(connection, Loan, **lent, lent_at=MORNING, due=MORNING.date())
    kept = {"id": uuid5(_NAMES, "hold"), "copy_id": uuid5(_NAMES, "2"), "patron_id": patron}
    _write(connection, Hold, **kept, edition_id=edition, placed_at=MORNING)


def _write(connection: Connection, table: type[Base], **fields: Any) -> None:
    connection.execute(insert(table), [{"school_id": 1, **fields}])
