"""What the librarian says of a school year in words: achieved, lacking, ahead (S71)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import delete, insert, select

from db.library import Act, Library
from db.models import YearRemark
from db.states import RemarkPart

LONGEST: Final = 6000
"""Characters of a part: some two pages."""
PART_WORDS: Final = {
    RemarkPart.ACHIEVED: "Kết quả nổi bật",
    RemarkPart.LACKING: "Hạn chế, nguyên nhân",
    RemarkPart.AHEAD: "Phương hướng năm học tới",
}


class YearRemarks:
    """What is said of one school's years."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def of(self, school_year: str) -> dict[RemarkPart, str]:
        """What is said of a year."""
        with self._library.act() as act:
            return read_remarks(act, school_year)

    def write(self, school_year: str, said: Mapping[RemarkPart, str], author: str) -> None:
        """Say it anew; a part without words is left out."""
        with self._library.act() as act:
            own = (YearRemark.school_id == act.school_id, YearRemark.school_year == school_year)
            act.connection.execute(delete(YearRemark).where(*own))
            of_year = {"school_id": act.school_id, "school_year": school_year}
            told = {**of_year, "made_at": act.now, "author": author}
            rows = [{**told, "part": part, "words": words} for part, words in said.items() if words]
            if rows:
                act.connection.execute(insert(YearRemark), rows)


def read_remarks(act: Act, school_year: str) -> dict[RemarkPart, str]:
    """What is said of a year, in a transaction that has begun."""
    own = (YearRemark.school_id == act.school_id, YearRemark.school_year == school_year)
    rows = act.connection.execute(select(YearRemark.part, YearRemark.words).where(*own))
    return {row.part: row.words for row in rows}
