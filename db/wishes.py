"""Wishes for books (đề nghị mua sách): a title from a reader, a list from the librarian (S80).

What a pupil typed is shown to nobody before the librarian has looked at it. Who wished counts
once for each title, and is forgotten with the reader. A wish made at a station goes to the hub;
what is on the list there comes back, but not who wished for it, nor how many did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import and_, func, select, update

from db.library import Act, Library, tried_again
from db.models import Wish, WishVote
from db.states import WishState
from db.sync.messages import TitleWished
from db.text import TooLong, fold_for_search, read_text

LONGEST_TITLE = 100
"""Characters of the only free text that a reader can leave in the records."""

_WISHES = UUID("5b1e7c52-6c1f-4d0a-9a55-3f2b8f0d8c11")


@dataclass(frozen=True, slots=True)
class WishMade:
    """A wish is noted; on disk."""

    wish_id: UUID
    votes: int
    """Readers who wish for this title, as far as these records know."""


@dataclass(frozen=True, slots=True)
class WishLine:
    """A wish on the list."""

    wish_id: UUID
    title: str
    state: WishState
    votes: int


class Wishes:
    """What the readers of one school would like bought."""

    def __init__(self, library: Library) -> None:
        self._library = library

    @tried_again
    def make(self, patron_id: UUID, title: str) -> WishMade | TooLong | None:
        """Note a reader's wish, or that they join another's for the same title.

        Returns:
            None when nothing is left of the title that could be read.
        """
        told = read_text(title, LONGEST_TITLE)
        if isinstance(told, TooLong):
            return told
        folded = fold_for_search(told)
        if not folded:
            return None
        with self._library.act() as act:
            wish_id = _known(act, folded) or uuid5(_WISHES, folded)
            mine = _of(act, wish_id).where(WishVote.patron_id == patron_id)
            if act.connection.execute(mine).first() is None:
                fact = TitleWished(wish_id=wish_id, title=told, patron_id=patron_id, at=act.now)
                act.record(fact)
            return WishMade(wish_id, len(act.connection.execute(_of(act, wish_id)).all()))

    def decide(self, wish_id: UUID, state: WishState, author: str, title: str = "") -> bool:
        """Say what becomes of a wish, perhaps with its right title; False if there is none."""
        with self._library.act() as act:
            decided = {"state": state, "decided_at": act.now, "author": author}
            right = {"title": title[:LONGEST_TITLE]} if title else {}
            which = and_(Wish.school_id == act.school_id, Wish.id == wish_id)
            changed = act.connection.execute(update(Wish).where(which).values(**decided, **right))
        return changed.rowcount > 0

    def listed(self, *states: WishState) -> tuple[WishLine, ...]:
        """The wishes in some states, or all, most wanted first; readers see `LISTED` alone."""
        with self._library.act() as act:
            votes = func.count(WishVote.patron_id)
            of_wish = and_(WishVote.school_id == Wish.school_id, WishVote.wish_id == Wish.id)
            asked = (
                select(Wish.id, Wish.title, Wish.state, votes)
                .outerjoin(WishVote, of_wish)
                .where(Wish.school_id == act.school_id, Wish.state.in_(states or tuple(WishState)))
                .group_by(Wish.id, Wish.title, Wish.state, Wish.made_at)
                .order_by(votes.desc(), Wish.made_at, Wish.id)
            )
            return tuple(WishLine(*row) for row in act.connection.execute(asked))


def _of(act: Act, wish_id: UUID) -> Any:
    mine = WishVote.school_id == act.school_id
    return select(WishVote.patron_id).where(mine, WishVote.wish_id == wish_id)


def _known(act: Act, folded: str) -> UUID | None:
    same = select(Wish.id).where(Wish.school_id == act.school_id, Wish.folded == folded)
    return act.connection.execute(same).scalar()
