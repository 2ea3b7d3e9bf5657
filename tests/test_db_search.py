"""A few typed words find the book that was meant, in memory and in a real index."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import db
from db.search import (
    ABBREVIATIONS,
    EditionText,
    Phrase,
    Query,
    Term,
    rank,
    search_text,
    understand,
)
from db.text import fold_for_search

ANY_TEXT = st.text(st.characters(exclude_categories=()))
WORDS = "toan 6 tap 1 I t1 lop khoi sach KHTN ls&đl ly mỹ dd ngux w t"
TYPED = st.lists(st.sampled_from(WORDS.split())).map(" ".join)
EDITIONS = st.builds(EditionText, *[ANY_TEXT | TYPED] * 6)


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


QUERIES = rows(Path(__file__).with_name("search_queries.csv"))


@cache
def catalogue() -> tuple[EditionText, ...]:
    """The demo catalogue, in its order."""
    return tuple(
        EditionText(
            row["title"], row["volume"], row["series"], row["grade"], row["authors"], row["kho"]
        )
        for row in rows(Path(db.__file__).with_name("demo_catalogue.csv"))
    )


def titles(text: str, *editions: str) -> list[str]:
    """The titles that `text` finds, best first."""
    return [editions[place] for place in rank(understand(text), [EditionText(t) for t in editions])]


def match(query: Query) -> str:
    """`query` for FTS5: any phrase of each needed term."""
    terms = (term.phrases for term in query.terms if term.needed)
    return " AND ".join(f"({' OR '.join(map(fts_phrase, phrases))})" for phrases in terms)


def fts_phrase(phrase: Phrase) -> str:
    """One phrase for FTS5."""
    return f'"{" ".join(phrase.words)}"{"*" if phrase.unfinished else ""}'


@pytest.fixture
def index() -> Iterator[sqlite3.Connection]:
    """An FTS5 index of the demo catalogue."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE edition USING fts5(words)")
    texts = [(place, search_text(edition)) for place, edition in enumerate(catalogue())]
    connection.executemany("INSERT INTO edition(rowid, words) VALUES (?, ?)", texts)
    yield connection
    connection.close()


def test_there_are_thirty_queries() -> None:
    """Given the acceptance list, then it has its thirty queries, each once."""
    assert len({row["query"] for row in QUERIES}) == len(QUERIES) >= 30


@pytest.mark.parametrize("row", QUERIES, ids=lambda row: row["query"])
def test_first_hit_is_what_was_meant(row: dict[str, str]) -> None:
    """Given a query of the acceptance list, when asked of the catalogue, then its book is first."""
    places = rank(understand(row["query"]), catalogue())

    first = catalogue()[places[0]]
    assert (first.title, first.volume, first.series) == (row["title"], row["volume"], row["series"])


@pytest.mark.parametrize("row", QUERIES, ids=lambda row: row["query"])
def test_index_finds_what_ranking_finds(row: dict[str, str], index: sqlite3.Connection) -> None:
    """Given a query, when an FTS5 index is asked for its terms, then it has the same editions."""
    query = understand(row["query"])

    found = index.execute("SELECT rowid FROM edition WHERE edition MATCH ?", [match(query)])
    assert sorted(place for (place,) in found) == sorted(rank(query, catalogue()))


@pytest.mark.parametrize(
    "volume", ["tập một", "Tập 1", "T1", "I", "1", "Quyển một", "TẬP I", "tập 01"]
)
@pytest.mark.parametrize("asked", ["tập một", "tap 1", "t1", "I", "quyen 1"])
def test_volumes_meet_in_any_spelling(volume: str, asked: str) -> None:
    """Given a volume however written, when asked for in any spelling, then it comes first."""
    editions = [EditionText("Toán 6", "tập hai"), EditionText("Toán 6", volume)]

    assert rank(understand(f"toán 6 {asked}"), editions)[0] == 1


def test_volume_in_a_title_counts() -> None:
    """Given a register that writes the volume into the title, then it is found all the same."""
    assert titles("toan 6 tap 2", "Toán 6, tập một", "Toán 6 - T2") == ["Toán 6 - T2"]


def test_number_is_no_beginning() -> None:
    """Given a number at the end of a query, then it is that number, not the beginning of one."""
    assert titles("toan 1", "Toán 10", "Toán 1") == ["Toán 1"]


def test_grade_is_found_without_title() -> None:
    """Given a book whose title has no grade, when a grade is asked for, then its field answers."""
    editions = [EditionText("Toán 6"), EditionText("Từ điển", grade="6"), EditionText("Sử 7")]

    assert set(rank(understand("lop 6"), editions)) == {0, 1}


def test_typed_accents_come_first() -> None:
    """Given titles that fold alike, when one is typed with accents, then it comes first."""
    books = ("Bàn cờ", "Bán cờ", "Bạn cờ")

    assert titles("bạn cờ", *books) == ["Bạn cờ", "Bàn cờ", "Bán cờ"]
    assert titles("bán c", *books)[0] == "Bán cờ"
    assert titles("bạn", *books)[0] == "Bạn cờ"
    assert titles("ban co", *books) == ["Bàn cờ", "Bán cờ", "Bạn cờ"]


def test_unfinished_accent_is_no_mistake() -> None:
    """Given a last word whose tone is not typed yet, then words with any tone begin with it."""
    assert titles("mĩ thuâ", "Mì thuần", "Mĩ thuật")[0] == "Mĩ thuật"


def test_titles_go_before_authors() -> None:
    """Given words in one book's title and in another's author, then the title comes first."""
    editions = [
        EditionText("Tuyển tập", authors="Nguyễn Du"),
        EditionText("Đọc Nguyễn", authors="Du"),
        EditionText("Những bài viết về thơ của Nguyễn Du và các bạn"),
    ]

    assert rank(understand("nguyen du"), editions) == (2, 1, 0)


def test_whole_words_go_before_beginnings() -> None:
    """Given one title with the word and one with a longer word, then the word comes first."""
    assert titles("hoa", "Bé hoàng tử", "Một hoa hồng") == ["Một hoa hồng", "Bé hoàng tử"]


def test_titles_with_little_else_go_first() -> None:
    """Given two titles that hold and begin with what is asked, then the shorter comes first."""
    assert titles("bai toan", "Bài tập về toán", "Bài toán") == ["Bài toán", "Bài tập về toán"]


def test_equal_answers_go_by_title_and_volume() -> None:
    """Given books that answer alike, then they stand in order of title, then of volume."""
    editions = [EditionText("Sử", v) for v in ("tập mười", "tập hai", "tập một", "phụ lục")]

    assert rank(understand("su"), editions) == (2, 1, 0, 3)


@pytest.mark.parametrize("text", ["", " ", "…", "-"])
def test_nothing_asked_is_nothing_found(text: str) -> None:
    """Given no words, then nothing is asked and nothing answers."""
    assert understand(text) == Query(())
    assert rank(understand(text), catalogue()) == ()


def test_words_books_lack_are_not_needed() -> None:
    """Given a filler among other words, then it is not needed; alone it is."""
    assert [term.needed for term in understand("truyện dế mèn").terms] == [False, True, True]
    assert [term.needed for term in understand("truyện").terms] == [True]
    assert [term.needed for term in understand("dế m").terms] == [True, False]
    assert [term.needed for term in understand("d").terms] == [True]


def test_abbreviation_is_known_once_begun() -> None:
    """Given an abbreviation, whole or unfinished at the end, then its words are asked for too."""
    full = Phrase(("khoa", "hoc", "tu", "nhien"))

    assert understand("khtn 7").terms[0] == Term((Phrase(("khtn",)), full))
    assert understand("kht").terms[0] == Term((Phrase(("kht",), unfinished=True), full))
    assert understand("kht 7").terms[0] == Term((Phrase(("kht",)),))


def test_school_adds_abbreviations() -> None:
    """Given a school's own abbreviation, when it is given, then it is understood."""
    own = {**ABBREVIATIONS, "ĐS & HH": "đại số và hình học"}

    assert understand("ds hh", own).terms == (
        Term((Phrase(("ds", "hh")), Phrase(("dai", "so", "va", "hinh", "hoc")))),
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ddaats", "dat"),
        ("ddaast", "dat"),
        ("rwngf", "rung"),
        ("dduowngf", "duong"),
        ("nguyeenx", "nguyen"),
        ("tooi", "toi"),
        ("myx", "mi"),
    ],
)
def test_telex_without_telex_is_understood(typed: str, meant: str) -> None:
    """Given what Telex keys leave where nobody turns them into letters, then it is understood."""
    assert Phrase((meant,), unfinished=True) in understand(typed).terms[0].phrases


@pytest.mark.parametrize("word", ["toan", "potter", "dat", "harry", "đất"])
def test_other_words_are_not_taken_for_telex(word: str) -> None:
    """Given a syllable, or a word that is none either way, then it is asked for as it is."""
    assert understand(word).terms[0].phrases == (Phrase((fold_for_search(word),), unfinished=True),)


@settings(deadline=None)
@given(ANY_TEXT | TYPED)
def test_any_query_is_understood(text: str) -> None:
    """Given any text, then its terms are folded words, and something is needed if there are any."""
    query = understand(text)

    for phrase in (phrase for term in query.terms for phrase in term.phrases):
        assert phrase.words
        assert all(word and word == fold_for_search(word) for word in phrase.words)
    assert any(term.needed for term in query.terms) == bool(query.terms)
    assert understand(text.upper()).terms == query.terms or not text.isascii()


@settings(deadline=None)
@given(query=ANY_TEXT | TYPED, editions=st.lists(EDITIONS, max_size=5))
def test_any_catalogue_is_ranked(query: str, editions: list[EditionText]) -> None:
    """Given any query and editions, then some of them answer, each once."""
    places = rank(understand(query), editions)

    assert len(set(places)) == len(places) <= len(editions)
    assert set(places) <= set(range(len(editions)))


@settings(deadline=None)
@given(EDITIONS)
def test_search_text_is_plain_words(edition: EditionText) -> None:
    """Given any edition, then its text for the index is folded words and single spaces."""
    text = search_text(edition)

    assert text == fold_for_search(text)


@settings(deadline=None)
@given(edition=EDITIONS)
def test_a_book_is_found_by_its_title(edition: EditionText) -> None:
    """Given any edition with words in its title, when they are typed, then it is found."""
    query = understand(edition.title)

    assert rank(query, [edition]) == ((0,) if query.terms else ())
