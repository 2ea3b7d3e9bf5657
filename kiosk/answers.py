"""What is said about the last thing held up or touched: one answer for each outcome. No Kivy.

Colour, icon and word always come together, so that none of them carries the meaning alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from db.identifiers import AccessionNumber
from db.outcomes import (
    CheckedOut,
    DamageNoted,
    HoldMade,
    OpenLoan,
    PatronKnown,
    Refusal,
    Refused,
    Renewable,
    Renewed,
    Returned,
    Undone,
)
from db.states import LoanKind
from kiosk.acts import READABLE, RETURNABLE
from kiosk.events import (
    ReadHerePressed,
    RenewPressed,
    ReturnPressed,
    Touch,
    UndoPressed,
    Wear,
    WearPressed,
)
from kiosk.icons import Icon
from kiosk.theme import CALM, LOOK, NO, YES, Tone
from kiosk.visit import Act, HelpCalled, Notice, Question, RenewedAll, Serving
from kiosk.wording import Wording, is_staff

_READING_TROUBLE = {
    Refusal.ISBN_NOT_LABEL,
    Refusal.MALFORMED_CARD,
    Refusal.MALFORMED_LABEL,
    Refusal.UNKNOWN_CODE,
    Refusal.SLIP_CODE,
    Refusal.WEB_LINK,
    Refusal.PAYMENT_CODE,
    Refusal.IDENTITY_CARD,
    Refusal.MAGAZINE_CODE,
    Refusal.GOODS_CODE,
    Refusal.UNKNOWN_COPY,
    Refusal.UNKNOWN_CARD,
    Refusal.TWO_CODES,
    Refusal.ALREADY_YOURS,
    Refusal.ON_LOAN,
    Refusal.CARD_FIRST,
    Refusal.BOOK_FIRST,
    Refusal.UNDO_TOO_LATE,
}
"""Answers that only ask to look again or to choose; the others say no."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be touched about an answer."""

    icon: Icon
    words: str
    event: Touch
    ends: bool = False
    """Whether it is on offer for some seconds only."""
    is_aside: bool = False
    """Whether hardly anybody needs it: then it does not call out."""


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
    offers: tuple[Offer, ...] = ()
    """What may be touched about it, the most likely first."""


def answer_in(
    visit: Serving, wording: Wording, *, can_undo: bool = False, asks_wear: bool = False
) -> Answer:
    """Say what a visit's screen says large: a question, an answer, the last act, or what to do."""
    staff = is_staff(visit.patron)
    if visit.question is not None:
        return _asked(visit.question, wording, staff=staff)
    if visit.notice is not None:
        return answer_to(visit.notice, wording, staff=staff)
    if not visit.acts:
        return _first(visit, wording, staff=staff)
    last = visit.acts[-1]
    if isinstance(last, Returned) and visit.brought_for_another(last):
        answer = _helped(last, wording)
    else:
        answer = answer_to(last, wording, staff=staff)
    return with_offers(answer, last, wording, can_undo=can_undo, asks_wear=asks_wear)


def answer_to(outcome: Act | Notice, wording: Wording, *, staff: bool = False) -> Answer:
    """Say what became of the last thing held up or touched."""
    say = wording.say
    match outcome:
        case CheckedOut(kind=LoanKind.IN_LIBRARY):
            word, details = say("serve.reading"), ((Icon.SHELF, say("serve.reading.next")),)
            return Answer(YES, Icon.DONE, word, outcome.title, details, outcome.title)
        case CheckedOut():
            return _kept_until(outcome, say("serve.lent"), wording)
        case Renewed():
            return _kept_until(outcome, say("serve.renewed"), wording)
        case Returned():
            return _returned(outcome, wording)
        case Undone():
            details = ((Icon.HINT, say("serve.undone.next")),)
            return Answer(
                CALM, Icon.RETURN, say("serve.undone"), outcome.title, details, outcome.title
            )
        case DamageNoted():
            details = ((Icon.LIBRARIAN, say("return.desk")),)
            return Answer(YES, Icon.DONE, say("wear.noted"), outcome.title, details, outcome.title)
        case HoldMade():
            return _held(outcome, wording)
        case RenewedAll():
            return _renewed_all(outcome, wording, staff=staff)
        case HelpCalled():
            details = ((Icon.NEXT, say("help.called.next", staff=staff)),)
            return Answer(CALM, Icon.CALL, "", say("help.called"), details)
        case Refused():
            return _refused(outcome, wording, staff=staff)


def with_offers(
    answer: Answer,
    outcome: Act | Notice,
    wording: Wording,
    *,
    can_undo: bool,
    asks_wear: bool = False,
) -> Answer:
    """Add what may be touched about the last act: taking it back, and saying that it is worn."""
    offers = []
    if can_undo and isinstance(outcome, CheckedOut | Returned):
        offers.append(Offer(Icon.RETURN, wording.say("serve.undo"), UndoPressed(), ends=True))
    if asks_wear and isinstance(outcome, Returned):
        worn = {"wear.torn": Wear.TORN, "wear.dirty": Wear.DIRTY}
        offers += [
            Offer(Icon.DAMAGED, wording.say(key), WearPressed(wear), is_aside=True)
            for key, wear in worn.items()
        ]
    return replace(answer, offers=tuple(offers))


def _first(visit: Serving, wording: Wording, *, staff: bool) -> Answer:
    """Before anything is held up: what waits, what is not possible now, or what to do."""
    say, patron = wording.say, visit.patron
    if patron.ready:
        return _ready(patron, wording, staff=staff)
    if patron.no_lending is not None:
        no = _refused(patron.no_lending, wording, staff=staff)
        return replace(no, details=(*no.details, (Icon.RETURN, say("serve.still"))))
    word = say("serve.again", staff=staff) if visit.is_resumed else ""
    return Answer(CALM, Icon.BOOK, word, say("serve.first"))


def _ready(patron: PatronKnown, wording: Wording, *, staff: bool) -> Answer:
    first, *others = patron.ready
    day = wording.day(first.keep_until)
    details = [(Icon.LIBRARIAN, wording.say("ready.where", day=day))]
    if others:
        details.append((Icon.BOOK, wording.say("serve.rest", n=len(others))))
    word = wording.say("ready.word", staff=staff)
    return Answer(YES, Icon.DONE, word, first.title, tuple(details), first.title)


def _asked(question: Question, wording: Wording, *, staff: bool) -> Answer:
    """Return it or keep it longer? Why not, where it cannot be kept."""
    say, loan = wording.say, question.loan
    details: list[tuple[Icon, str]] = []
    offers: list[Offer] = []
    if question.in_hand:
        offers.append(_return_offer(loan.accession, say("serve.return")))
    match question.renewal:
        case Renewable(due=due):
            details.append((Icon.CALENDAR, say("renew.until", day=wording.day(due))))
            offers.append(Offer(Icon.RENEW, say("renew.it"), RenewPressed(loan.accession)))
        case Refused() as why:
            details += [(Icon.CALENDAR, line) for line in wording.refusal(why, staff=staff)[:1]]
            details.append((Icon.NEXT, wording.refusal(why, staff=staff)[1]))
    word = _how_held(loan, wording, staff=staff)
    return Answer(LOOK, Icon.LOOK, word, loan.title, tuple(details), loan.title, tuple(offers))


def _how_held(loan: OpenLoan, wording: Wording, *, staff: bool) -> str:
    if loan.kind is LoanKind.IN_LIBRARY:
        return wording.say("serve.reading")
    return wording.say("serve.yours", staff=staff)


def _kept_until(act: CheckedOut | Renewed, word: str, wording: Wording) -> Answer:
    due = wording.say("due.day", day=wording.day(act.due))
    return Answer(YES, Icon.DONE, word, act.title, ((Icon.CALENDAR, due),), act.title)


def _returned(returned: Returned, wording: Wording) -> Answer:
    """A copy nobody had was received all the same, but nobody returned it."""
    word = wording.say("serve.returned" if returned.was_on_loan else "serve.received")
    details = [_where_to(returned, wording)]
    if returned.was_lost:
        details.insert(0, (Icon.HINT, wording.say("return.found")))
    elif returned.is_wanted:
        details.insert(0, (Icon.HINT, wording.say("return.wanted")))
    elif not returned.was_on_loan:
        details.insert(0, (Icon.HINT, wording.say("return.unlent")))
    elif returned.days_overdue > 0:
        late = wording.say("return.late", n=returned.days_overdue)
        details += [(Icon.CLOCK, f"{late}\n{wording.say('return.late.next')}")]
    return Answer(YES, Icon.DONE, word, returned.title, tuple(details), returned.title)


def _helped(returned: Returned, wording: Wording) -> Answer:
    """Somebody else's copy: neither who had it nor how late it is concerns whoever brings it."""
    thanks = (Icon.HINT, wording.say("return.helped.next"))
    details = (_where_to(returned, wording), thanks)
    word = wording.say("return.helped")
    return Answer(YES, Icon.DONE, word, returned.title, details, returned.title)


def _where_to(returned: Returned, wording: Wording) -> tuple[Icon, str]:
    if returned.is_wanted:
        return Icon.SHELF, wording.say("return.tray")
    where = "return.desk" if returned.to_desk else "return.shelf"
    return Icon.SHELF, wording.say(where)


def _held(made: HoldMade, wording: Wording) -> Answer:
    say = wording.say
    ahead = say("hold.ahead", n=made.ahead) if made.ahead else say("hold.first")
    details = ((Icon.CLOCK, ahead), (Icon.NEXT, say("hold.next")))
    return Answer(YES, Icon.DONE, say("hold.word"), made.title, details, made.title)


def _renewed_all(what: RenewedAll, wording: Wording, *, staff: bool) -> Answer:
    say = wording.say
    if not what.renewed and not what.refused:
        return Answer(CALM, Icon.CALENDAR, "", say("serve.empty", staff=staff))
    details: list[tuple[Icon, str]] = []
    if what.renewed:
        soonest = min(renewed.due for renewed in what.renewed)
        details.append((Icon.CALENDAR, say("renew.soonest", day=wording.day(soonest))))
    if what.refused:
        why, what_next = wording.refusal(what.refused[0], staff=staff)
        details.append((Icon.HINT, say("renew.rest", n=len(what.refused))))
        details.append((Icon.NEXT, f"{why}\n{what_next}"))
    headline = say("renew.all", n=len(what.renewed)) if what.renewed else say("renew.none")
    tone, icon = (YES, Icon.DONE) if what.renewed else (LOOK, Icon.LOOK)
    return Answer(tone, icon, "", headline, tuple(details))


def _refused(refused: Refused, wording: Wording, *, staff: bool) -> Answer:
    why, what_next = wording.refusal(refused, staff=staff)
    looks = refused.reason in _READING_TROUBLE
    return Answer(
        tone=LOOK if looks else NO,
        icon=Icon.LOOK if looks else Icon.NO,
        word=refused.title,
        headline=why,
        details=((Icon.NEXT, what_next),),
        book=refused.title,
        offers=tuple(_way_out(refused, wording)),
    )


def _way_out(refused: Refused, wording: Wording) -> list[Offer]:
    """What can be done in one touch with a copy that is not lent."""
    accession = AccessionNumber(refused.code)
    if refused.code and refused.reason in RETURNABLE:
        key = "return.other" if refused.reason is Refusal.ON_LOAN else "serve.return"
        return [_return_offer(accession, wording.say(key))]
    if refused.code and refused.reason in READABLE:
        words = wording.say("serve.reading")
        return [Offer(Icon.READ, words, ReadHerePressed(accession))]
    return []


def _return_offer(accession: AccessionNumber, words: str) -> Offer:
    return Offer(Icon.RETURN, words, ReturnPressed(accession))
