"""Editions as the librarian enters them: made, corrected, put on themed shelves. No copies.

An edition is never deleted: its copies stand in the registers for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, insert, select, update

from db.ids import new_id
from db.library import Act, Library
from db.models import Copy, Edition, EditionTag

FIELDS = (
    "title", "volume", "series", "authors", "publisher", "place", "year", "isbn", "price_vnd",
    "pages", "size", "subject", "grade", "document_type", "class_number", "class_19", "ddc",
    "link", "link_checked_on", "kho", "lending",
)  # fmt: skip
"""What may be entered of an edition."""
LONGEST_TAG = 64


class Editions:
    """The editions of one school."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def enter(self, fields: Mapping[str, Any]) -> UUID:
        """Enter a new edition; it has no copies yet."""
        edition_id = new_id()
        with self._library.act() as act:
            row = {"school_id": act.school_id, "id": edition_id, "entered_at": act.now}
            act.connection.execute(insert(Edition).values(**row, **_known(fields)))
        return edition_id

    def correct(self, edition_id: UUID, fields: Mapping[str, Any]) -> bool:
        """Correct what is said of an edition; False if there is none."""
        with self._library.act() as act:
            return correct(act, edition_id, fields)

    def tag(self, edition_id: UUID, tag: str) -> None:
        """Put a title on a themed shelf; once is enough."""
        with self._library.act() as act:
            if tag not in _tags(act, edition_id):
                row = {"school_id": act.school_id, "edition_id": edition_id, "tag": tag}
                act.connection.execute(insert(EditionTag).values(row))

    def untag(self, edition_id: UUID, tag: str) -> None:
        """Take a title off a themed shelf."""
        with self._library.act() as act:
            own = (EditionTag.school_id == act.school_id, EditionTag.edition_id == edition_id)
            act.connection.execute(delete(EditionTag).where(*own, EditionTag.tag == tag))

    def place(self, accession: str, shelf: str, row: str, in_library_only: bool) -> bool:
        """Say where a copy stands, and whether it stays here; False if there is none."""
        with self._library.act() as act:
            which = and_(Copy.school_id == act.school_id, Copy.accession == accession)
            told = {"shelf": shelf, "row": row, "in_library_only": in_library_only}
            done = act.connection.execute(update(Copy).where(which).values(**told))
        return done.rowcount > 0


def hold(act: Act, edition_id: UUID) -> bool:
    """Let nobody else change an edition until the transaction ends; False if there is none."""
    which = and_(Edition.school_id == act.school_id, Edition.id == edition_id)
    held = select(Edition.id).where(which).with_for_update()
    return act.connection.execute(held).first() is not None


def correct(act: Act, edition_id: UUID, fields: Mapping[str, Any]) -> bool:
    """Correct what is said of an edition in a transaction that has begun; False: no such."""
    which = and_(Edition.school_id == act.school_id, Edition.id == edition_id)
    done = act.connection.execute(update(Edition).where(which).values(**_known(fields)))
    return done.rowcount > 0


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields by name; one that there is none of is a mistake of ours."""
    if unknown := set(fields) - set(FIELDS):
        raise KeyError(", ".join(sorted(unknown)))
    return dict(fields)


def _tags(act: Act, edition_id: UUID) -> set[str]:
    own = (EditionTag.school_id == act.school_id, EditionTag.edition_id == edition_id)
    return set(act.connection.execute(select(EditionTag.tag).where(*own)).scalars())
