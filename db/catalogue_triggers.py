"""What the database does by itself for the catalogue's index. Keeps out what the words are.

Plain SQL, the same for both kinds of database, because folding a text is not in it: a trigger
only marks the `CatalogueEntry` of what was written as stale. On SQLite further triggers keep
the FTS5 table equal to the entries.
"""

from __future__ import annotations

from sqlalchemy import Connection

FTS_TABLE = "catalogue_fts"
_GIN_INDEX = "entries_by_word"

_MARK = """
    INSERT INTO catalogue_entry
        (school_id, edition_id, stale, title_length, place, head, about, spelt)
    VALUES ({row}, TRUE, 0, '', '', '', '')
    ON CONFLICT (school_id, edition_id) DO UPDATE SET stale = TRUE;
"""
_NEW_TAG = _MARK.format(row="new.school_id, new.edition_id")
_OLD_TAG = _MARK.format(row="old.school_id, old.edition_id")
_EDITION = _MARK.format(row="new.school_id, new.id")
_SEARCHED = "title, volume, series, grade, authors, kho, subject, class_19"
_MARKING = (
    ("edition_entered", "INSERT ON edition", _EDITION),
    ("edition_changed", f"UPDATE OF {_SEARCHED} ON edition", _EDITION),
    ("edition_tag_entered", "INSERT ON edition_tag", _NEW_TAG),
    ("edition_tag_changed", "UPDATE ON edition_tag", _OLD_TAG + _NEW_TAG),
    ("edition_tag_removed", "DELETE ON edition_tag", _OLD_TAG),
)

_ADD = f"""
    INSERT INTO {FTS_TABLE} (rowid, head, about, spelt)
    VALUES (new.id, new.head, new.about, new.spelt);
"""
_TAKE_OUT = f"""
    INSERT INTO {FTS_TABLE} ({FTS_TABLE}, rowid, head, about, spelt)
    VALUES ('delete', old.id, old.head, old.about, old.spelt);
"""
_MIRRORING = (
    ("catalogue_entry_entered", "INSERT ON catalogue_entry", _ADD),
    (
        "catalogue_entry_changed",
        "UPDATE OF head, about, spelt ON catalogue_entry",
        _TAKE_OUT + _ADD,
    ),
    ("catalogue_entry_removed", "DELETE ON catalogue_entry", _TAKE_OUT),
)

# The tokenizer "ascii" cuts at spaces alone in our words: they hold no other ASCII sign that is
# not a letter or digit, and it takes everything beyond ASCII for letters.
_FTS = f"""
    CREATE VIRTUAL TABLE {FTS_TABLE} USING fts5 (
        head, about, spelt,
        content = 'catalogue_entry', content_rowid = 'id', tokenize = 'ascii', prefix = '2 3'
    )
"""


def remove(connection: Connection) -> None:
    """Take triggers and index of words away, whatever is left of them."""
    if connection.dialect.name == "postgresql":
        for name, moment, _ in _MARKING:
            table = moment.rpartition(" ")[2]
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        connection.exec_driver_sql(f"DROP INDEX IF EXISTS {_GIN_INDEX}")
        return
    for name, _, _ in (*_MARKING, *_MIRRORING):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {FTS_TABLE}")


def install(connection: Connection) -> None:
    """Make triggers and index of words where there are none."""
    if connection.dialect.name == "postgresql":
        for name, moment, body in _MARKING:
            _on_server(connection, name, moment, body)
        connection.exec_driver_sql(
            f"CREATE INDEX {_GIN_INDEX} ON catalogue_entry USING gin (vector)"
        )
        return
    connection.exec_driver_sql(_FTS)
    for name, moment, body in (*_MARKING, *_MIRRORING):
        connection.exec_driver_sql(f"CREATE TRIGGER {name} AFTER {moment} BEGIN {body} END")


def _on_server(connection: Connection, name: str, moment: str, body: str) -> None:
    """PostgreSQL's triggers call functions."""
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ BEGIN {body} RETURN NULL; END $$"
    )
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name} AFTER {moment} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def is_in_models(name: str | None, kind: str, _parents: object) -> bool:
    """Whether Alembic compares this with the models; each database's index of words is not."""
    match kind:
        case "table":
            return name is None or not name.startswith(FTS_TABLE)
        case "index":
            return name != _GIN_INDEX
    return True
