"""The school's books: which there are, and opening one for a range of days as of a moment.

`Books.opened("R1", since, until)` gives a `Sheet` to go through while it is open. Whoever asks
for the same moment again gets the same figures, but for what stations that were out of touch
tell of later. Keeps out how sheets are laid out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from uuid import UUID

from db.calendar import library_year
from db.clock import SCHOOL_ZONE, local_day
from db.library import Act, Library
from db.patrons import audit
from db.registers import accessions, lending, minutes, weedings
from db.registers.asked import Asked, stamp
from db.registers.counts import count_minutes
from db.registers.heading import headed
from db.registers.pictures import Pictures, pictures
from db.registers.sheet import NothingThere, Part, Sheet
from db.registers.stock import BEFORE

AFTER = date(2199, 12, 31)
"""No range reaches further."""


@dataclass(frozen=True, slots=True)
class Book:
    """One of the registers a school keeps."""

    code: str
    title: str
    parts: Callable[[Asked], Iterator[Part]]
    signers: tuple[str, ...]
    whole: bool = False
    """Whether it is looked at from its first line on, where no range is said."""
    names_readers: bool = False
    """Whether it says who has read what, which is for the librarian alone."""


_CLERKS = ("Nhân viên thư viện", "Hiệu trưởng")
BOOKS = (
    Book("R1", "Sổ đăng ký tổng quát", accessions.general_register,
         ("Nhân viên thư viện", "Kế toán", "Hiệu trưởng")),
    Book("R2", "Sổ đăng ký cá biệt", accessions.accession_registers, _CLERKS, whole=True),
    Book("R3", "Sổ đăng ký sách giáo khoa",
         lambda asked: accessions.textbook_registers(asked, "SGK"), _CLERKS, whole=True),
    Book("R4", "Sổ đăng ký sách giáo viên",
         lambda asked: accessions.textbook_registers(asked, "SGV"), _CLERKS, whole=True),
    Book("R5", "Sổ đăng ký báo, tạp chí", accessions.periodicals, _CLERKS),
    Book("R6", "Sổ mượn sách của giáo viên", lending.teachers_book, _CLERKS, names_readers=True),
    Book("R7", "Sổ mượn sách của học sinh", lending.pupils_book, _CLERKS, names_readers=True),
    Book("R8", "Sổ thống kê bạn đọc, nhật ký thư viện", lending.diary, _CLERKS),
    Book("R9", "Biên bản kiểm kê", minutes.count_sheet,
         ("Thư ký", "Ủy viên ban kiểm kê", "Nhân viên thư viện", "Trưởng ban kiểm kê")),
    Book("R10", "Biên bản xuất, thanh lọc tài liệu", weedings.weeding_sheet,
         ("Nhân viên thư viện", "Kế toán", "Chủ tịch hội đồng")),
)  # fmt: skip
BY_CODE = {book.code: book for book in BOOKS}


class Books:
    """The books of one school."""

    def __init__(self, library: Library) -> None:
        self._library = library

    @contextmanager
    def opened(
        self,
        code: str,
        since: date | None = None,
        until: date | None = None,
        *,
        as_of: datetime | None = None,
        homeroom: str = "",
        author: str = "",
    ) -> Iterator[Sheet | NothingThere]:
        """Open a book, to be gone through once before it is closed.

        Args:
            code: Such as "R1".
            since: First day; None for the library year's, or the register's first line.
            until: Last day, this one included; None for the library year's last.
            as_of: As of which moment; None for now.
            homeroom: Of R7: one class alone.
            author: Who looks; noted where readers are named.

        Raises:
            KeyError: There is no such book.
        """
        book = BY_CODE[code]
        with self._library.act() as act:
            moment = stamp(as_of, act.now)
            asked = _asked(act, book, since, until, moment, homeroom)
            if book.names_readers:
                audit(act, author, "view-loans", detail=f"{code} {homeroom}".strip())
            empty = _why_nothing(book, asked)
            if empty is not None:
                yield empty
                return
            parts = book.parts(asked)
            first = next(parts, None)
            if first is None:
                yield _nothing(book, asked)
                return
            yield _sheet(act, book, asked, chain([first], parts))

    def minutes(self, stocktake_id: UUID) -> Sheet:
        """R9 of one count alone.

        Raises:
            LookupError: There is no such count.
        """
        with self._library.act() as act:
            told = count_minutes(act.connection, act.school_id, stocktake_id, act.now)
            since, until = local_day(told.as_of), local_day(told.closed_at or act.now)
            asked = _asked(act, BY_CODE["R9"], since, until, act.now, "")
            parts = minutes.minutes_parts(told, act.now)
            sheet = _sheet(act, BY_CODE["R9"], asked, parts)
            return replace(sheet, head=() if told.members else sheet.head).gathered()

    def weeding_list(self, weeding_id: UUID) -> Sheet:
        """The list of what is to be written off, as it is hung out."""
        with self._library.act() as act:
            asked = _asked(act, BY_CODE["R10"], act.today, act.today, act.now, "")
            sheet = _sheet(
                act, BY_CODE["R10"], asked, iter([weedings.list_part(asked, weeding_id)])
            )
            words = f"Lập lúc {stamp_words(act.now)}"
            told = replace(sheet, title="Danh mục tài liệu đề nghị thanh lọc", range_words=words)
            return replace(told, signers=("Nhân viên thư viện", "Chủ tịch hội đồng")).gathered()

    def exit(self, voucher_id: UUID) -> Sheet:
        """R10 of one exit voucher alone."""
        with self._library.act() as act:
            asked = _asked(act, BY_CODE["R10"], act.today, act.today, act.now, "")
            parts = iter([weedings.voucher_part(asked, voucher_id)])
            return _sheet(act, BY_CODE["R10"], asked, parts).gathered()

    def pictures(self, since: date, until: date) -> Pictures:
        """Loans by week, class and môn loại, to be drawn."""
        with self._library.act() as act:
            return pictures(_asked(act, BY_CODE["R8"], since, until, act.now, ""))


def range_words(since: date, until: date) -> str:
    """A range as people read it."""
    if since <= BEFORE:
        return f"Từ khi lập sổ đến {until:%d/%m/%Y}"
    return f"Từ {since:%d/%m/%Y} đến {until:%d/%m/%Y}"


def _asked(
    act: Act,
    book: Book,
    since: date | None,
    until: date | None,
    as_of: datetime,
    homeroom: str,
) -> Asked:
    begins, ends = library_year(local_day(as_of))
    if book.whole:
        begins = BEFORE
    calendar = act.rules.calendar
    first = max(since or begins, BEFORE)
    last = min(until or ends, AFTER)
    where = (act.connection, act.school_id)
    return Asked(*where, first, last, as_of, calendar, homeroom)


def _why_nothing(book: Book, asked: Asked) -> NothingThere | None:
    """Why there is no line to show, where that is known before reading them all."""
    if asked.since > asked.until:
        return NothingThere(
            f"ngày đầu {asked.since:%d/%m/%Y} sau ngày cuối {asked.until:%d/%m/%Y}."
        )
    if asked.since > local_day(asked.as_of):
        return NothingThere(f"kỳ này chưa bắt đầu: ngày đầu là {asked.since:%d/%m/%Y}.")
    if book.code == "R7" and not lending.has_loans(asked, pupils_only=True):
        return _nothing(book, asked)
    if book.code == "R8" and not lending.has_loans(asked):
        return _nothing(book, asked)
    return None


def _nothing(book: Book, asked: Asked) -> NothingThere:
    words = range_words(asked.since, asked.until)
    return NothingThere(f"{book.title} không có dòng nào: {words[0].lower()}{words[1:]}.")


def _sheet(act: Act, book: Book, asked: Asked, parts: Iterator[Part]) -> Sheet:
    words = range_words(asked.since, asked.until)
    head = (f"Lớp {asked.homeroom}",) if asked.homeroom else ()
    if book.code == "R9":
        head = (minutes.COMMITTEE,)
    about = (act, book.code, book.title, words, parts, book.signers)
    return headed(*about, head=head, as_of=asked.as_of, until=asked.until)


def stamp_words(at: datetime) -> str:
    """A stamp as it is printed, and read again by `read_stamp`."""
    return f"{at.astimezone(SCHOOL_ZONE):%d/%m/%Y %H:%M:%S}"


def read_stamp(text: str) -> datetime:
    """A printed stamp as a moment; also as machines write it, 2026-11-20T10:32.

    Raises:
        ValueError: It is none.
    """
    words = text.strip()
    if "/" in words:
        form = "%d/%m/%Y %H:%M:%S" if words.count(":") == 2 else "%d/%m/%Y %H:%M"
        return datetime.strptime(words, form).replace(tzinfo=SCHOOL_ZONE)
    moment = datetime.fromisoformat(words)
    return moment if moment.tzinfo else moment.replace(tzinfo=SCHOOL_ZONE)
