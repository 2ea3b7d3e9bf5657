"""The index says what the editions say, whoever writes them and however."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    delete,
    insert,
    select,
    update,
)

from db import catalogue_index, catalogue_triggers
from db.__main__ import main
from db.catalogue import Catalogue
from db.engine import MIGRATIONS, open_engine, sqlite_url
from db.ids import new_id
from db.models import CatalogueEntry, Copy, Edition, EditionTag, Loan
from db.states import DocumentType, LendingMode
from tests.demo_records import MORNING, begin_demo, demo_records
from tests.empty_records import empty_records

_NAMES = UUID("00000000-0000-4000-8000-000000000004")
_SYLLABLES = ("đất", "Rừng", "toán", "6", "tập", "một", "T2", "mỹ", "\0", "😀", "x'", '"', "½", "𞤀")
_WORDS = st.lists(st.sampled_from(_SYLLABLES)).map(" ".join)
_TEXT = _WORDS | st.text(max_size=40)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for an empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "index.db")
    new: str = request.getfixturevalue("postgres").new_database()
    return new


@pytest.fixture(params=["sqlite", "postgresql"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the demo school is, in a database of each kind."""
    if request.param == "sqlite":
        (tmp_path / "demo.db").write_bytes(demo_records(MORNING))
        return sqlite_url(tmp_path / "demo.db")
    new: str = request.getfixturevalue("postgres").new_records(begin_demo)
    return new


@pytest.fixture
def engine(records: str) -> Iterator[Engine]:
    """The demo school."""
    engine = open_engine(records)
    yield engine
    engine.dispose()


def holds(engine: Engine) -> bool:
    with engine.begin() as connection:
        return catalogue_index.check(connection).holds


def test_bulk_insert_is_indexed(engine: Engine) -> None:
    """Given editions written in bulk by anybody, when committed, then each is indexed."""
    with engine.begin() as connection:
        entries = connection.execute(select(CatalogueEntry)).all()

    assert len(entries) == 78
    assert not any(row.stale for row in entries)
    assert holds(engine)


def test_plain_sql_is_indexed(engine: Engine) -> None:
    """Given an edition renamed by a bare statement, when committed, then it has its new name."""
    catalogue = Catalogue(engine, 1)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE edition SET title = 'Chuyến tàu đêm' WHERE title = 'Dế Mèn phiêu lưu ký'"
        )

    assert [hit.title for hit in catalogue.find("chuyen tau").hits] == ["Chuyến tàu đêm"]
    assert catalogue.find("de men").total == 0
    assert holds(engine)


def test_rolled_back_edition_leaves_no_word(engine: Engine) -> None:
    """Given an edition whose transaction fails, then neither it nor its words are there."""
    with pytest.raises(ZeroDivisionError):
        _enter_and_fail(engine)

    assert Catalogue(engine, 1).find("ze ro").total == 0
    assert holds(engine)


def _enter_and_fail(engine: Engine) -> None:
    with engine.begin() as connection:
        row = {"school_id": 1, "id": uuid5(_NAMES, "x"), "title": "Zê rô"}
        connection.execute(insert(Edition), [row])
        catalogue_index.index_stale(connection)
        raise ZeroDivisionError


def test_deleted_edition_is_forgotten(engine: Engine) -> None:
    """Given an edition that is deleted, as an import that is taken back does, then so are words."""
    with engine.begin() as connection:
        connection.execute(delete(Loan))
        connection.execute(delete(Copy))
        connection.execute(delete(EditionTag))
        connection.execute(delete(Edition).where(Edition.title == "Búp sen xanh"))

    assert Catalogue(engine, 1).find("bup sen").total == 0
    assert holds(engine)


def test_file_from_before_is_indexed(url: str) -> None:
    """Given a library of the version before the index, when opened, then all of it is found."""
    _make_older(url)
    engine = open_engine(url)

    assert Catalogue(engine, 1).find("de men").total == 1
    assert holds(engine)
    engine.dispose()


def _make_older(url: str) -> None:
    """Make a database of revision 0002 with one school and one edition."""
    engine, scripts = create_engine(url), ScriptDirectory(str(MIGRATIONS))
    kinds = {"lending": next(iter(LendingMode)), "document_type": next(iter(DocumentType))}
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            for script in reversed(list(scripts.walk_revisions("base", "0002"))):
                script.module.upgrade()
        context.stamp(scripts, "0002")
        _enter(connection, "school", {"name": "THCS Hoa Phượng"})
        _enter(connection, "edition", {"title": "Dế Mèn phiêu lưu ký", **kinds})
    engine.dispose()


def _enter(connection: Connection, name: str, known: dict[str, str]) -> None:
    """Insert a row; what it must have and nobody says is blank."""
    table = Table(name, MetaData(), autoload_with=connection)
    blank = {int: 1, bool: False, str: "", datetime: MORNING, UUID: new_id()}
    row = {
        column.name: blank[column.type.python_type]
        for column in table.columns
        if not column.nullable and column.server_default is None
    }
    if row.get("id") == "":  # SQLite keeps it as text
        row["id"] = new_id().hex
    connection.execute(table.insert().values({**row, **known}))


def test_lost_triggers_come_back(engine: Engine) -> None:
    """Given triggers that went with their table, when reindexed, then writing indexes again."""
    with engine.begin() as connection:
        catalogue_triggers.remove(connection)
        catalogue_index.reindex(connection)
        connection.execute(
            update(Edition).where(Edition.title == "Búp sen xanh").values(title="Sen hồng")
        )

    assert Catalogue(engine, 1).find("sen hong").total == 1
    assert holds(engine)


def test_wrong_words_are_noticed_and_mended(
    engine: Engine, records: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given words that are not their edition's, when reindexed, then they are, and it is said."""
    with engine.begin() as connection:
        connection.execute(
            update(CatalogueEntry).where(CatalogueEntry.head == "bup sen xanh").values(head="sai")
        )
    engine.dispose()

    assert main(["reindex", "--database", records, "--check"]) == 1
    assert main(["reindex", "--database", records, "--json"]) == 0
    assert main(["reindex", "--database", records, "--check"]) == 0
    assert '{"editions": 78, "differing": 0, "index_holds": true}' in capsys.readouterr().out


def test_lost_fts_rows_are_noticed(tmp_path: Path) -> None:
    """Given an FTS5 table that lost a row, when checked, then it does not hold."""
    (tmp_path / "lost.db").write_bytes(demo_records(MORNING))
    engine = open_engine(sqlite_url(tmp_path / "lost.db"))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO catalogue_fts (catalogue_fts, rowid, head, about, spelt)"
            " SELECT 'delete', id, head, about, spelt FROM catalogue_entry WHERE id = 5"
        )
        found = catalogue_index.check(connection)

    assert (found.index_holds, found.differing) == (False, ())
    engine.dispose()


def test_no_database_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a place that cannot be opened, then the command says so and ends with 3."""
    with pytest.raises(SystemExit) as ended:
        main(["reindex", "--database", sqlite_url(tmp_path), "--language", "en"])

    assert ended.value.code == 3
    assert capsys.readouterr().err


class Cataloguing(RuleBasedStateMachine):
    """Writes editions and tags at random, and compares the index with the tables."""

    editions = Bundle("editions")

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name) / "machine.db"
        file.write_bytes(empty_records())
        self._engine = open_engine(sqlite_url(file))
        self._made = 0

    def teardown(self) -> None:
        self._engine.dispose()
        self._folder.cleanup()

    @rule(target=editions, title=_TEXT, authors=_TEXT, volume=_WORDS)
    def enter(self, title: str, authors: str, volume: str) -> UUID:
        self._made += 1
        edition = uuid5(_NAMES, str(self._made))
        row = {"school_id": 1, "id": edition, "title": title, "authors": authors, "volume": volume}
        self._do(lambda connection: connection.execute(insert(Edition), [row]))
        return edition

    @rule(edition=editions, title=_TEXT, grade=st.none() | st.integers(1, 12))
    def rename(self, edition: UUID, title: str, grade: int | None) -> None:
        changed = update(Edition).where(Edition.id == edition).values(title=title, grade=grade)
        self._do(lambda connection: connection.execute(changed))

    @rule(edition=editions, tag=_WORDS)
    def tag(self, edition: UUID, tag: str) -> None:
        row = {"school_id": 1, "tag": tag, "edition_id": edition}
        gone = delete(EditionTag).where(EditionTag.edition_id == edition, EditionTag.tag == tag)
        self._do(lambda connection: connection.execute(gone))
        self._do(lambda connection: connection.execute(insert(EditionTag), [row]))

    @rule(edition=editions, other=editions)
    def move_tags(self, edition: UUID, other: UUID) -> None:
        emptied = delete(EditionTag).where(EditionTag.edition_id == other)
        moved = update(EditionTag).where(EditionTag.edition_id == edition)
        if edition != other:
            self._do(lambda connection: connection.execute(emptied))
            self._do(lambda connection: connection.execute(moved.values(edition_id=other)))

    @rule()
    def reindex(self) -> None:
        self._do(catalogue_index.reindex)

    @invariant()
    def index_says_what_editions_say(self) -> None:
        assert holds(self._engine)

    def _do(self, act: object) -> None:
        assert callable(act)
        with self._engine.begin() as connection:
            act(connection)


Cataloguing.TestCase.settings = settings(deadline=None, max_examples=15, stateful_step_count=12)
TestCataloguing = Cataloguing.TestCase
