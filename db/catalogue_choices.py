"""To what a search can be narrowed: what the library's own books have. Keeps out the search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, and_, exists, func, select

from db.defaults import CLASSES_19
from db.identifiers import Numbering
from db.models import Copy, Edition, EditionTag, Kho
from db.ordering import sort_key
from db.states import CopyState, LendingMode

_FOR_READERS = (LendingMode.TAKE_HOME, LendingMode.REFERENCE, LendingMode.TEXTBOOK_SET)


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from, in the order in which it is shown."""

    grades: tuple[int, ...]
    subjects: tuple[str, ...]
    kho: tuple[tuple[str, str], ...]
    """Prefix and name."""
    classes: tuple[tuple[str, str], ...]
    """Môn loại: code and name."""
    tags: tuple[str, ...]
    """Themed shelves (tủ sách), the fullest first."""


def choices(engine: Engine, school_id: int) -> Choices:
    """What the books that pupils may have are, by grade, subject, kho, môn loại and tủ sách."""
    shown = and_(Edition.school_id == school_id, Edition.lending.in_(_FOR_READERS), _HAS_COPY)
    with engine.begin() as connection:

        def distinct(column: Any) -> list[Any]:
            asked = select(column).where(shown, column.is_not(None), column != "").distinct()
            return list(connection.execute(asked).scalars())

        grades = select(Edition.grade).where(shown).distinct()
        of_kho = select(Kho.prefix, Kho.name).where(Kho.school_id == school_id)
        of_tags = (
            select(EditionTag.tag)
            .join(
                Edition,
                and_(
                    Edition.school_id == EditionTag.school_id,
                    Edition.id == EditionTag.edition_id,
                ),
            )
            .where(shown)
            .group_by(EditionTag.tag)
            .order_by(func.count().desc(), EditionTag.tag)
        )
        used = set(distinct(Edition.kho))
        codes = distinct(Edition.class_19)
        return Choices(
            grades=tuple(sorted(filter(None, connection.execute(grades).scalars()))),
            subjects=tuple(sorted(distinct(Edition.subject), key=sort_key)),
            kho=tuple(
                (row.prefix, row.name)
                for row in connection.execute(of_kho.order_by(Kho.position, Kho.prefix))
                if row.prefix in used
            ),
            classes=tuple((code, name) for code, name in CLASSES_19.items() if code in codes),
            tags=tuple(connection.execute(of_tags).scalars()),
        )


def numberings(engine: Engine, school_id: int) -> tuple[Numbering, ...]:
    """The registers of a school, in its own order."""
    asked = select(Kho.prefix, Kho.name, Kho.width).where(Kho.school_id == school_id)
    with engine.begin() as connection:
        rows = connection.execute(asked.order_by(Kho.position, Kho.prefix))
        return tuple(Numbering(*row) for row in rows)


_HAS_COPY = exists().where(
    Copy.school_id == Edition.school_id,
    Copy.edition_id == Edition.id,
    Copy.state == CopyState.AVAILABLE,
)
