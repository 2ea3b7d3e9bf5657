"""Which sound a change on the screen makes. No Kivy, no loudspeaker."""

from __future__ import annotations

from db.outcomes import Refused, Returned
from kiosk.answers import Answer, answer_in, answer_to
from kiosk.corner import CornerState, CornerWord, Dropped
from kiosk.events import Shown
from kiosk.sounds import Sound
from kiosk.staff import SoundPage
from kiosk.theme import NO, YES
from kiosk.visit import Finished, Serving, Waiting
from kiosk.wording import Wording


def sound_of(before: Shown, shown: Shown, wording: Wording) -> Sound | None:
    """The sound of what has just changed; None where nothing answered anybody."""
    if shown.visit == before.visit:
        return None
    match shown.visit:
        case Finished() if not isinstance(before.visit, Finished):
            return Sound.END
        case Serving() as visit if not _goes_on(before, visit):
            return Sound.YES
        case Serving() as visit if not _is_the_same_answer(before, visit):
            return _of(answer_in(visit, wording))
        case Waiting(notice=notice) if notice is not None:
            return _of(answer_to(notice, wording))
        case CornerState(word=CornerWord() | Refused() as word):
            return _of_corner(word)
        case SoundPage(volume=volume) if isinstance(before.visit, SoundPage):
            return Sound.YES if volume != before.visit.volume else None
        case Dropped(outcome=Returned() | Refused() as outcome, is_worn=None):
            return _of(answer_to(outcome, wording))
    return None


def _of_corner(word: CornerWord | Refused) -> Sound:
    """Whoever packs a crate looks at the books, and hears whether each was taken."""
    match word:
        case CornerWord.BACK | CornerWord.SENT | CornerWord.KEEPER_KNOWN:
            return Sound.YES
        case CornerWord.NOT_KEEPER | Refused():
            return Sound.NO
    return Sound.LOOK


def _goes_on(before: Shown, visit: Serving) -> bool:
    return isinstance(before.visit, Serving) and before.visit.visit_id == visit.visit_id


def _is_the_same_answer(before: Shown, visit: Serving) -> bool:
    """Whether only the list of loans was turned."""
    was = before.visit
    assert isinstance(was, Serving)
    return (was.acts, was.notice, was.question) == (visit.acts, visit.notice, visit.question)


def _of(answer: Answer) -> Sound:
    return {YES: Sound.YES, NO: Sound.NO}.get(answer.tone, Sound.LOOK)
