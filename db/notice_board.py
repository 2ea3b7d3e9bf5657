"""The notice board of one school as its records have it. Keeps out what is shown how.

The station reads it from what the hub told; the desk edits it at the hub.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, exists, func, insert, or_, select

from db import notices, rulebook
from db.calendar import YearDates
from db.catalogue_reader import IS_KEPT, OPEN_LOAN
from db.clock import SCHOOL_ZONE, local_day
from db.library import Act, Library
from db.models import ClosedDay, Copy, Edition, EditionTag, full_title
from db.models import Theme as ThemeRow
from db.notices import Board, Opening, Theme, ThemeShelf, Title, TooMany
from db.states import CopyState, DocumentType, LendingMode
from db.text import TooLong

MOST_TITLES = 24
"""Titles of a shelf that are shown in passing."""

_FOR_READERS = (LendingMode.TAKE_HOME, LendingMode.REFERENCE)
"""Textbook sets and teachers' books are no news to pupils."""
_GONE = (CopyState.LOST, CopyState.WITHDRAWN)


class NoticeBoard:
    """What one school's library tells everyone."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def board(self) -> Board | None:
        """Everything that is shown now; None in a database that was never filled."""
        with self._library.engine.begin() as connection:
            if self._library.rulebook.newest(connection) is None:
                return None
            act = self._library.act_in(connection, self._library.now())
            choices = act.rules.choices
            return Board(
                school=act.rules.school_name,
                house_rules=choices.house_rules,
                messages=choices.idle_messages,
                opening=_opening(act),
                new_titles=_new_titles(act),
                themes=tuple(_shelf(act, theme) for theme in _themes(act, act.today)),
            )

    def opening(self) -> Opening:
        """How the library stands open now."""
        with self._library.act() as act:
            return _opening(act)

    def set_house_rules(self, lines: Iterable[str]) -> tuple[str, ...] | TooMany | TooLong:
        """Lay down the house rules (nội quy), in place of those before."""
        return self._set_lines("house_rules", lines, notices.MOST_HOUSE_RULES)

    def set_messages(self, lines: Iterable[str]) -> tuple[str, ...] | TooMany | TooLong:
        """Say something while nobody stands at the station, in place of what was said before."""
        return self._set_lines("idle_messages", lines, notices.MOST_MESSAGES)

    def themes(self) -> tuple[Theme, ...]:
        """Every theme, past ones too, by their days."""
        with self._library.act() as act:
            return _themes(act)

    def show_theme(self, theme: Theme) -> None:
        """Show a theme on its days; the same one that begins on the same day is corrected."""
        with self._library.act() as act:
            _drop(act, theme)
            row = {"tag": theme.name, "begins_on": theme.begins_on, "ends_on": theme.ends_on}
            act.connection.execute(insert(ThemeRow).values(school_id=act.school_id, **row))

    def drop_theme(self, theme: Theme) -> bool:
        """Show a theme no more; its titles keep their tag. False if it was not shown."""
        with self._library.act() as act:
            return _drop(act, theme)

    def begin_themes(self, year: YearDates) -> None:
        """Enter the usual themes of a school year, but none whose name the year has already."""
        last = max(theme.ends_on for theme in notices.usual_themes(year))
        there = {theme.name for theme in self.themes() if year.begins_on <= theme.ends_on <= last}
        for theme in notices.usual_themes(year):
            if theme.name not in there:
                self.show_theme(theme)

    def _set_lines(
        self, choice: str, lines: Iterable[str], most: int
    ) -> tuple[str, ...] | TooMany | TooLong:
        read = notices.read_lines(lines, most)
        if isinstance(read, tuple):
            with self._library.act() as act:
                rulebook.choose(act.connection, act.school_id, **{choice: read})
        return read


def _opening(act: Act) -> Opening:
    asked = select(ClosedDay.name).where(
        ClosedDay.school_id == act.school_id, ClosedDay.day == act.today
    )
    name = act.connection.execute(asked).scalar()
    named = {} if name is None else {act.today: name}
    return notices.opening(act.rules.calendar, named, act.now.astimezone(SCHOOL_ZONE))


def _themes(act: Act, day: date | None = None) -> tuple[Theme, ...]:
    """The themes shown on a day, or all of them; the first to end first."""
    asked = select(ThemeRow.tag, ThemeRow.begins_on, ThemeRow.ends_on)
    asked = asked.where(ThemeRow.school_id == act.school_id)
    if day is not None:
        asked = asked.where(ThemeRow.begins_on <= day, ThemeRow.ends_on >= day)
    ordered = asked.order_by(ThemeRow.ends_on, ThemeRow.begins_on, ThemeRow.tag)
    return tuple(Theme(*row) for row in act.connection.execute(ordered))


def _drop(act: Act, theme: Theme) -> bool:
    key = {"tag": theme.name, "begins_on": theme.begins_on}
    done = act.connection.execute(delete(ThemeRow).filter_by(school_id=act.school_id, **key))
    return done.rowcount > 0


def _shelf(act: Act, theme: Theme) -> ThemeShelf:
    tagged = exists().where(
        EditionTag.school_id == Edition.school_id,
        EditionTag.edition_id == Edition.id,
        EditionTag.tag == theme.name,
    )
    return ThemeShelf(theme, _titles(act, _TITLES.where(tagged)))


def _new_titles(act: Act) -> tuple[Title, ...]:
    first = act.today - timedelta(days=act.rules.choices.new_title_days)
    since = datetime.combine(first, time(0), SCHOOL_ZONE)
    return _titles(act, _TITLES.where(Edition.entered_at >= since))


def _titles(act: Act, asked: Select[*tuple[Any, ...]]) -> tuple[Title, ...]:
    of_school = asked.where(Edition.school_id == act.school_id)
    ordered = of_school.order_by(Edition.entered_at.desc().nulls_last(), Edition.id.desc())
    return tuple(_title(row) for row in act.connection.execute(ordered.limit(MOST_TITLES)))


def _title(row: Any) -> Title:
    since = None if row.entered_at is None else local_day(row.entered_at)
    return Title(row.id, row.title, row.authors, row.kho, row.shelf, row.is_ready, since)


_IS_LINK = Edition.document_type == DocumentType.E_RESOURCE
_OF_EDITION = and_(Copy.school_id == Edition.school_id, Copy.edition_id == Edition.id)
_READY_COPY = and_(
    _OF_EDITION, Copy.state == CopyState.AVAILABLE, ~exists().where(OPEN_LOAN), ~IS_KEPT
)
_SHELF = select(func.max(Copy.shelf)).where(_OF_EDITION, Copy.state.not_in(_GONE))
_TITLES = select(
    Edition.id,
    full_title(),
    Edition.authors,
    Edition.kho,
    Edition.entered_at,
    func.coalesce(_SHELF.scalar_subquery(), "").label("shelf"),
    or_(_IS_LINK, exists().where(_READY_COPY)).label("is_ready"),
).where(
    Edition.lending.in_(_FOR_READERS),
    or_(_IS_LINK, exists().where(_OF_EDITION, Copy.state.not_in(_GONE))),
)
