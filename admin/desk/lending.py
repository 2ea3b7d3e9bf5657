"""The counter (Mượn trả): one box that takes a card, a book, an ISBN or words. No queries.

With a reader at the counter a book is lent, without one it is taken back, as at the station;
the mode says otherwise where that is wanted. Every act ends in a page with the box in focus,
so that a scanner alone does the work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Response

from admin import counter, refusals
from admin.desk.door import Desk, allowed
from admin.desk.forms import read_uuid
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from db.accession import NoNumber, Register, own_registers, parse_accession
from db.catalogue import Catalogue
from db.circulation import Circulation
from db.holds import Holds
from db.identifiers import (
    AccessionNumber,
    Code,
    CopyLabel,
    IsbnCode,
    MalformedCode,
    NoIsbn,
    PatronCard,
    UnknownCode,
    read_isbn,
)
from db.outcomes import (
    CheckedOut,
    HoldMade,
    OverrideBy,
    PatronKnown,
    Refusal,
    Refused,
    Renewed,
    Returned,
    Undone,
)
from db.patron_search import Patrons

MODES = {
    "": "Tự động: mượn hoặc trả",
    "tra": "Ghi trả",
    "gia-han": "Gia hạn",
    "doc": "Đọc tại chỗ",
}
HERE = "/muon-tra"
LONGEST_REASON = 120

router = APIRouter(include_in_schema=False)
Counter = Annotated[Desk, allowed(Right.TAKE_BACK)]
Lender = Annotated[Desk, allowed(Right.LEND)]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A no, and the way round it if there is one."""

    sentence: str
    accession: str = ""
    overridable: bool = False


@router.get(HERE)
def show_counter(desk: Counter) -> Response:
    """Show the counter, with the reader, title or words that the address names."""
    return _page(desk)


@router.post(HERE)
def take_code(desk: Counter) -> Response:
    """Do what a code means here and now."""
    code = desk.form.text("code", wanted=False)
    mode, patron_id = _mode(desk), _reader_id(desk)
    circulation = desk.circulation
    match read_typed(desk, code):
        case PatronCard(card) if desk.may(Right.LEND):
            known = circulation.identify(card)
            if isinstance(known, Refused):
                return _stop(desk, known)
            return desk.go(address(known.patron_id, mode))
        case CopyLabel(accession):
            return _handle(desk, circulation, patron_id, accession, mode)
        case IsbnCode() if desk.may(Right.LEND):
            return desk.go(address(patron_id, mode, q=code))
        case _ if not code:
            return desk.go(address(None, mode))
        case _ if desk.may(Right.LEND):
            return desk.go(address(patron_id, mode, q=code))
    return _stop(desk, Refused(Refusal.UNKNOWN_CODE, code))


@router.post(f"{HERE}/cho-qua")
def lend_with_reason(desk: Lender) -> Response:
    """Lend a copy that the rules keep back, on the librarian's word."""
    reason = desk.form.text("reason", most=LONGEST_REASON)
    accession = AccessionNumber(desk.form.text("accession"))
    patron = _known(desk)
    if desk.form.wrong or patron is None:
        return _page(desk, Stopped("Ghi lý do rồi mới cho mượn được.", accession, True), 422)
    override = OverrideBy(reason, desk.author)
    outcome = desk.circulation.check_out(patron, accession, override=override)
    if isinstance(outcome, CheckedOut):
        with desk.records() as connection:
            desk.note(connection, "lent-by-word", patron.patron_id, accession)
    return _told(desk, outcome, patron.patron_id)


@router.post(f"{HERE}/tra")
def take_back(desk: Counter) -> Response:
    """Take one copy back."""
    accession = AccessionNumber(desk.form.text("accession"))
    return _told(desk, desk.circulation.check_in(accession), _reader_id(desk))


@router.post(f"{HERE}/gia-han")
def renew(desk: Lender) -> Response:
    """Let the reader keep a copy longer, or all of them."""
    patron = _known(desk)
    if patron is None:
        return desk.go(HERE)
    circulation = desk.circulation
    wanted = desk.form.text("accession", wanted=False)
    numbers = [AccessionNumber(wanted)] if wanted else [loan.accession for loan in patron.loans]
    outcomes = [circulation.renew(patron, number, at_desk=True) for number in numbers]
    renewed = [one for one in outcomes if isinstance(one, Renewed)]
    refused = [refusals.why(one) for one in outcomes if isinstance(one, Refused)]
    if refused and not renewed:
        return _page(desk, Stopped(" ".join(refused)), 422)
    said = [f"Đã gia hạn “{one.title}” đến {one.due:%d/%m/%Y}." for one in renewed]
    return desk.go(address(patron.patron_id), " ".join((*said, *refused)))


@router.post(f"{HERE}/hoan-lai")
def undo(desk: Lender) -> Response:
    """Take back the act just done, lending or return."""
    loan_id = read_uuid(desk.form.text("loan"))
    with desk.records() as connection:
        held = loan_id and counter.loan_named(connection, desk.school_id, loan_id)
    if not held:
        return desk.go(HERE)
    outcome = desk.circulation.undo(counter.as_returned(held) or counter.as_lent(held))
    return _told(desk, outcome, _reader_id(desk))


@router.post(f"{HERE}/dat-truoc")
def place_hold(desk: Lender) -> Response:
    """Let the reader at the counter wait for a title."""
    patron, edition_id = _known(desk), read_uuid(desk.form.text("edition"))
    if patron is None or edition_id is None:
        return desk.go(HERE)
    return _told(desk, Holds(desk.library).place(patron, edition_id), patron.patron_id)


def read_typed(desk: Desk, text: str) -> Code:
    """Say what was scanned or typed: also ``hs204817`` and ``stk 1``, as people write them."""
    return read_words(desk, [text])[text]


def read_words(desk: Desk, words: Iterable[str]) -> dict[str, Code]:
    """Say what each of some words is; the school's rules are read once for all of them."""
    circulation, own = desk.circulation, registers(desk)
    return {word: _read(circulation, own, word) for word in words}


def _read(circulation: Circulation, own: tuple[Register, ...], text: str) -> Code:
    code = circulation.read_code(text)
    if not isinstance(code, (MalformedCode, UnknownCode)):
        return code
    capital = circulation.read_code(text.upper())
    if isinstance(capital, PatronCard):
        return capital
    number = parse_accession(text, registers=own)
    return code if isinstance(number, NoNumber) else CopyLabel(number.accession)


def registers(desk: Desk) -> tuple[Register, ...]:
    """The school's registers, with what old files call them."""
    with desk.library.act() as act:
        return own_registers({kho.prefix: kho.width for kho in act.rules.kho.values()})


def address(patron_id: UUID | None = None, mode: str = "", **more: str) -> str:
    """The counter's address with a reader, a mode, and what else it shows."""
    asked = {"ban-doc": str(patron_id or ""), "che-do": mode, **more}
    told = urlencode({name: value for name, value in asked.items() if value})
    return f"{HERE}?{told}" if told else HERE


def _handle(
    desk: Desk,
    circulation: Circulation,
    patron_id: UUID | None,
    accession: AccessionNumber,
    mode: str,
) -> Response:
    """A copy was held up."""
    if mode == "tra" or patron_id is None or not desk.may(Right.LEND):
        return _told(desk, circulation.check_in(accession), patron_id, mode)
    patron = circulation.look_up(patron_id)
    outcome: CheckedOut | Renewed | Refused
    match mode:
        case "gia-han":
            outcome = circulation.renew(patron, accession, at_desk=True)
        case "doc":
            outcome = circulation.read_here(patron, accession)
        case _:
            outcome = circulation.check_out(patron, accession)
    return _told(desk, outcome, patron_id, mode)


def _told(
    desk: Desk,
    outcome: CheckedOut | Returned | Renewed | Undone | HoldMade | Refused,
    patron_id: UUID | None,
    mode: str = "",
) -> Response:
    """On to a page that says what was done, or a page that says why not."""
    match outcome:
        case Refused():
            return _stop(desk, outcome)
        case CheckedOut() as lent:
            said = f"Đã ghi mượn “{lent.title}” ({lent.accession}), hạn trả {lent.due:%d/%m/%Y}."
            return desk.go(address(patron_id, mode), said)
        case Returned() as back:
            shown = {"vua-tra": str(back.loan_id or "")}
            return desk.go(address(patron_id, mode, **shown), _returned_words(back))
        case Renewed() as kept:
            said = f"Đã gia hạn “{kept.title}” đến {kept.due:%d/%m/%Y}."
            return desk.go(address(patron_id, mode), said)
        case Undone() as undone:
            return desk.go(address(patron_id, mode), f"Đã hoàn lại “{undone.title}”.")
        case HoldMade() as hold:
            ahead = f", còn {hold.ahead} người trước" if hold.ahead else ""
            return desk.go(address(patron_id, mode), f"Đã đặt giữ “{hold.title}”{ahead}.")


def _returned_words(back: Returned) -> str:
    words = [f"Đã ghi trả “{back.title}” ({back.accession})."]
    if not back.was_on_loan:
        words = [f"“{back.title}” ({back.accession}) không có ai đang mượn; đã ghi là có ở đây."]
    if back.days_overdue:
        words.append(f"Trả muộn {back.days_overdue} ngày.")
    if back.was_lost:
        words.append("Cuốn này từng báo mất, nay đã tìm thấy.")
    elif back.to_desk:
        words.append("Giữ cuốn này ở bàn: có người chờ hoặc cần xem lại tình trạng.")
    return " ".join(words)


def _stop(desk: Desk, refused: Refused) -> Response:
    overridable = refusals.may_be_overridden(refused) and _reader_id(desk) is not None
    stopped = Stopped(refusals.why(refused), refused.code, overridable and desk.may(Right.LEND))
    return _page(desk, stopped, 422)


def _page(desk: Desk, stopped: Stopped | None = None, status_code: int = 200) -> Response:
    patron_id, query = _reader_id(desk), desk.asked.get("q", "")
    edition_id = read_uuid(desk.asked.get("sach", ""))
    lends = desk.may(Right.LEND)
    with desk.library.act() as act:
        connection = act.connection
        undone_since = act.now - timedelta(seconds=act.rules.choices.undo_s)
        who = counter.reader(connection, desk.school_id, patron_id) if patron_id else None
        held = counter.held_by(connection, desk.school_id, who.id) if who else ()
        holds = counter.waiting(connection, desk.school_id, who.id) if who else ()
        returned = read_uuid(desk.asked.get("vua-tra", ""))
        back = counter.loan_named(connection, desk.school_id, returned) if returned else None
        title = counter.title_of(connection, desk.school_id, edition_id) if edition_id else ""
        copies = counter.copies_of(connection, desk.school_id, edition_id) if edition_id else ()
    found = _found(desk, query) if query and lends else None
    return desk.show(
        "lending.html",
        status_code,
        reader=who if lends else None,
        held=held if lends else (),
        holds=holds if lends else (),
        back=back if lends else None,
        found=found,
        query=query,
        edition_id=edition_id,
        edition_title=title,
        copies=copies if lends else (),
        modes=MODES.items(),
        mode=_mode(desk),
        stopped=stopped,
        undone_since=undone_since,
        lends=lends,
        address=address,
    )


def _found(desk: Desk, query: str) -> tuple[object, object]:
    """Readers and titles that answer to the words, or the titles of an ISBN."""
    titles = Catalogue(desk.hub.engine, desk.school_id).find(query, limit=8)
    is_isbn = not isinstance(read_isbn(query), NoIsbn)
    readers = () if is_isbn else Patrons(desk.hub.engine, desk.school_id).find(query, limit=8).hits
    return readers, titles.hits


def _known(desk: Desk) -> PatronKnown | None:
    patron_id = _reader_id(desk)
    if patron_id is None:
        return None
    with desk.records() as connection:
        if counter.reader(connection, desk.school_id, patron_id) is None:
            return None
    return desk.circulation.look_up(patron_id)


def _reader_id(desk: Desk) -> UUID | None:
    return read_uuid(desk.form.typed.get("reader", "") or desk.asked.get("ban-doc", ""))


def _mode(desk: Desk) -> str:
    mode = desk.form.typed.get("mode", "") or desk.asked.get("che-do", "")
    return mode if mode in MODES else ""


PAGES = Pages(Section.CIRCULATION, router, (Place(HERE, "Mượn trả", Right.TAKE_BACK),))
