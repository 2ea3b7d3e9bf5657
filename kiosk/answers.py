"""What is said about the last thing held up: one answer for each outcome. No Kivy.

Colour, icon and word always come together, so that none of them carries the meaning alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from db.identifiers import AccessionNumber
from db.outcomes import CheckedOut, Refusal, Refused, Returned
from kiosk.icons import Icon
from kiosk.theme import LOOK, NO, YES, Tone
from kiosk.wording import Wording

_READING_TROUBLE = {
    Refusal.ISBN_NOT_LABEL,
    Refusal.MALFORMED_CARD,
    Refusal.MALFORMED_LABEL,
    Refusal.UNKNOWN_CODE,
    Refusal.UNKNOWN_COPY,
    Refusal.UNKNOWN_CARD,
    Refusal.TWO_CODES,
    Refusal.ALREADY_YOURS,
}
"""Answers that only ask to look again; the others say no."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, ready to be drawn."""

    tone: Tone
    icon: Icon
    word: str
    """What it is about, in one or two words; empty where the headline says it."""
    headline: str
    details: tuple[tuple[Icon, str], ...] = ()
    """What to remember or do next, each with its icon."""
    book: str = ""
    """Title of the book it is about, for its spine."""
    returnable: AccessionNumber | None = None
    """The copy that the button "return this one" would hand in."""


def answer_to(
    outcome: CheckedOut | Returned | Refused, wording: Wording, *, staff: bool = False
) -> Answer:
    """Say what became of the last thing held up."""
    match outcome:
        case CheckedOut():
            due = wording.say("due.day", day=wording.day(outcome.due))
            word = wording.say("serve.lent")
            return Answer(
                YES, Icon.DONE, word, outcome.title, ((Icon.CALENDAR, due),), outcome.title
            )
        case Returned():
            return _returned(outcome, wording)
        case Refused():
            return _refused(outcome, wording, staff=staff)


def _returned(returned: Returned, wording: Wording) -> Answer:
    """A copy nobody had was received all the same, but nobody returned it."""
    word = wording.say("serve.returned" if returned.was_on_loan else "serve.received")
    where = "return.desk" if returned.to_desk else "return.shelf"
    details = [(Icon.SHELF, wording.say(where))]
    if returned.was_lost:
        details.insert(0, (Icon.HINT, wording.say("return.found")))
    elif not returned.was_on_loan:
        details.insert(0, (Icon.HINT, wording.say("return.unlent")))
    elif returned.days_overdue > 0:
        late = wording.say("return.late", n=returned.days_overdue)
        details += [(Icon.CLOCK, f"{late}\n{wording.say('return.late.next')}")]
    return Answer(YES, Icon.DONE, word, returned.title, tuple(details), returned.title)


def _refused(refused: Refused, wording: Wording, *, staff: bool) -> Answer:
    why, what_next = wording.refusal(refused, staff=staff)
    looks = refused.reason in _READING_TROUBLE
    theirs = refused.reason is Refusal.ALREADY_YOURS
    return Answer(
        tone=LOOK if looks else NO,
        icon=Icon.LOOK if looks else Icon.NO,
        word=refused.title,
        headline=why,
        details=((Icon.NEXT, what_next),),
        book=refused.title,
        returnable=AccessionNumber(refused.code) if theirs and refused.code else None,
    )
