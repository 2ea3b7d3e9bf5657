"""Every sentence the screens say, by key and language. Keeps out Kivy and where it is said.

Pupils are addressed as "em". A sentence may have variants beside it: `key.staff` is said to
teachers and staff, `key.one` when there is exactly one of what it counts, `key.scanner` where
codes are scanned by hand and no camera has a frame to hold them in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Literal

from db.outcomes import PatronCategory, PatronKnown, Refused
from kiosk.locale import read_sentences

Language = Literal["vi", "en"]


class Wording:
    """The sentences of one language.

    Attributes:
        by_hand: Whether the station has no camera, only a hand scanner.
    """

    def __init__(self, language: Language, *, by_hand: bool = False) -> None:
        self.by_hand = by_hand
        self._sentences = read_sentences(language)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every key with its sentence, placeholders unfilled."""
        return iter(self._sentences.items())

    def say(self, key: str, *, staff: bool = False, **values: str | int) -> str:
        """Return the sentence for `key` with its placeholders filled.

        Args:
            key: As in the language's file, "table.name".
            staff: Whether a teacher or member of staff is spoken to.
            values: What to fill in; a count is called `n`.

        Raises:
            KeyError: No such sentence, or a placeholder is not given.
        """
        variants = _variants(key, staff=staff, one=values.get("n") == 1)
        if self.by_hand:
            variants = chain([f"{key}.scanner"], variants)
        best = next((name for name in variants if name in self._sentences), key)
        return self._sentences[best].format(**values)

    def day(self, day: date) -> str:
        """Say a day with its weekday: "thứ Hai, 07/12"."""
        weekday = self.say(f"day.{day.isoweekday()}")
        return self.say("day.pattern", weekday=weekday, date=f"{day:%d/%m}")

    def weekday(self, day: date) -> str:
        """Say a weekday that stands alone: "Thứ Hai"."""
        weekday = self.say(f"day.{day.isoweekday()}")
        return weekday[:1].upper() + weekday[1:]

    def days_left(self, due: date, today: date) -> str:
        """Say how long there is until `due`, or since."""
        days = (due - today).days
        if days == 0:
            return self.say("due.today")
        return self.say("due.left", n=days) if days > 0 else self.say("due.over", n=-days)

    def greeting(self, patron: PatronKnown) -> str:
        """Greet by given name and class only; others may be looking."""
        if is_staff(patron):
            return self.say("hello.staff", name=patron.given_name)
        if not patron.homeroom:
            return self.say("hello.guest", name=patron.given_name)
        return self.say("hello.pupil", name=patron.given_name, homeroom=patron.homeroom)

    def refusal(self, refused: Refused, *, staff: bool = False) -> tuple[str, str]:
        """Say why not, and what to do next."""
        key = f"refusal.{refused.reason.value}"
        day = self.say("day.soon") if refused.day is None else self.day(refused.day)
        why = self.say(key, staff=staff, n=refused.count, day=day)
        return why, self.say(f"{key}.next", staff=staff, n=refused.count, day=day)


def is_staff(patron: PatronKnown) -> bool:
    """Whether the reader is spoken to as an adult."""
    return patron.category is not PatronCategory.STUDENT


def _variants(key: str, *, staff: bool, one: bool) -> Iterator[str]:
    if staff and one:
        yield f"{key}.staff.one"
    if staff:
        yield f"{key}.staff"
    if one:
        yield f"{key}.one"
    yield key
