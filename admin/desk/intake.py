"""Lists of pupils and staff from files: looked at first, written then. Keeps out how rows are read.

What was looked at is kept in memory until it is written (`held`). It is planned again when it
is written, and shown again if it would now do something else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Response

from admin.desk.door import Desk, allowed
from admin.desk.forms import Upload
from admin.desk.frame import Pages, Place, Section
from admin.desk.held import HELD, is_long
from admin.desk.job_pages import carry_out
from admin.desk.jobs import Progress
from admin.desk.rights import Right
from admin.hub import Hub
from db.intake import store
from db.intake.importing import FileKind, Order, import_sheets
from db.intake.people import KnownPerson, PeoplePlan
from db.intake.remarks import Counts, Level
from db.intake.workbook import Refusal, read_bytes
from db.library import Library
from db.patrons import Patrons
from db.wording import Wording

KINDS = ((FileKind.PUPILS.value, "Học sinh"), (FileKind.STAFF.value, "Giáo viên, nhân viên"))
SHOWN_ROWS = 20
"""New and changed people shown before anything is written."""
SHOWN_REMARKS = 200

router = APIRouter(include_in_schema=False)
Edits = Annotated[Desk, allowed(Right.EDIT_PATRONS)]
_WORDING = Wording("vi")


@router.get("/ban-doc/nhap")
def choose(desk: Edits) -> Response:
    """Ask for a file."""
    return desk.show("intake_choose.html", kinds=KINDS)


@router.post("/ban-doc/nhap")
def look(desk: Edits) -> Response:
    """Show what a file would do, and keep it to be written."""
    form = desk.form
    kind = form.one_of("kind", [value for value, _ in KINDS])
    upload = form.file("file")
    if upload is None or form.wrong:
        return desk.show_again("intake_choose.html", kinds=KINDS)
    source = Source(desk.hub, upload, _order(desk, kind), desk.now)
    word = HELD.keep(upload, desk.author, desk.now)
    return carry_out(
        desk,
        f"Xem trước {upload.name}",
        source.look,
        partial(_show_look, source, word),
        is_long=is_long(upload),
    )


@router.post("/ban-doc/nhap/ghi")
def write(desk: Edits) -> Response:
    """Write what was looked at, and let those have left who were ticked."""
    form = desk.form
    kind = form.one_of("kind", [value for value, _ in KINDS])
    word = form.text("word", most=40)
    upload = HELD.find(word, desk.author, desk.now)
    if upload is None or form.wrong:
        return desk.go("/ban-doc/nhap", "Tệp xem trước đã hết hạn. Hãy chọn lại tệp.")
    source = Source(desk.hub, upload, _order(desk, kind), desk.now)
    told, leaving = form.typed.get("told", ""), frozenset(form.many.get("absent", ()))
    return carry_out(
        desk,
        f"Ghi {upload.name}",
        partial(source.write, told, leaving),
        partial(_show_written, source, word),
        is_long=is_long(upload),
    )


@dataclass(frozen=True, slots=True)
class Written:
    """A list is in the records."""

    counts: Counts
    left: int
    """Who was let go."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, how it is read, and where it goes: all that is needed once the request is over."""

    hub: Hub
    upload: Upload
    order: Order
    now: datetime

    def look(self, progress: Progress) -> PeoplePlan | Refusal:
        """Say what the file would do."""
        return self._plan(progress, preview=True)

    def write(
        self, told: str, leaving: Collection[str], progress: Progress
    ) -> Written | PeoplePlan | Refusal:
        """Write it, unless it would do something else than was told: then say what."""
        again = self._plan(progress, preview=True)
        if isinstance(again, Refusal) or _told(again.counts) != told:
            return again
        done = self._plan(progress, preview=False)
        assert isinstance(done, PeoplePlan)  # it was a moment ago
        library = Library(self.hub.engine, self.hub.school_id, self.hub.clock)
        gone = [one.id for one in done.absent if str(one.id) in leaving]
        return Written(done.counts, Patrons(library).leave(gone, self.order.author))

    def _plan(self, progress: Progress, *, preview: bool) -> PeoplePlan | Refusal:
        progress.tell("Đang đọc tệp")
        sheets = read_bytes(self.upload.content, self.upload.name)
        if isinstance(sheets, Refusal):
            return sheets
        progress.tell("Đang đối chiếu" if preview else "Đang ghi")
        records, school_id = self.hub.engine, self.hub.school_id
        plan = import_sheets(records, school_id, sheets, self.order, self.now, preview=preview)
        assert isinstance(plan, PeoplePlan | Refusal)
        return plan


def _order(desk: Desk, kind: str) -> Order:
    key = store.school_key(desk.hub.key_file)
    keep_sex = desk.form.ticked("keep_sex")
    return Order(FileKind(kind), key=key, keep_sex=keep_sex, author=desk.author)


def _show_look(source: Source, word: str, desk: Desk, plan: PeoplePlan | Refusal) -> Response:
    if isinstance(plan, Refusal):
        HELD.drop(word)
        desk.form.refuse("file", _WORDING.refusal(plan))
        return desk.show_again("intake_choose.html", kinds=KINDS)
    return _show_plan(desk, plan, source, word)


def _show_written(
    source: Source, word: str, desk: Desk, outcome: Written | PeoplePlan | Refusal
) -> Response:
    match outcome:
        case Written(counts, left):
            HELD.drop(word)
            said = f"Đã ghi: {counts.new} người mới, {counts.updated} người cập nhật"
            return desk.go("/ban-doc", f"{said}, {left} người rời trường.")
        case Refusal():
            return desk.go("/ban-doc/nhap", _WORDING.refusal(outcome))
    desk.form.refuse("", "Dữ liệu vừa thay đổi. Hãy xem lại trước khi ghi.")
    return _show_plan(desk, outcome, source, word, 422)


def _show_plan(
    desk: Desk, plan: PeoplePlan, source: Source, word: str, status: int = 200
) -> Response:
    kind = source.order.kind.value
    faults = [one for one in plan.remarks if one.level is Level.ERROR]
    others = [one for one in plan.remarks if one.level is not Level.ERROR]
    told: dict[str, Any] = {
        "plan": plan,
        "counts": plan.counts,
        "told": _told(plan.counts),
        "kind": kind,
        "kind_word": dict(KINDS)[kind],
        "word": word,
        "file_name": source.upload.name,
        "new": plan.new[:SHOWN_ROWS],
        "changed": plan.changed[:SHOWN_ROWS],
        "absent": _by_class(plan.absent),
        "faults": [_WORDING.remark(one) for one in faults[:SHOWN_REMARKS]],
        "others": [_WORDING.remark(one) for one in others[:SHOWN_REMARKS]],
        "converted": plan.rows.converted,
        "dropped": plan.rows.ignored,
        "keep_sex": source.order.keep_sex,
    }
    return desk.show("intake_preview.html", status, **told)


def _told(counts: Counts) -> str:
    return f"{counts.new}/{counts.updated}/{counts.unchanged}/{counts.errors}/{counts.skipped}"


def _by_class(absent: tuple[KnownPerson, ...]) -> list[tuple[str, str, str]]:
    return [(str(one.id), one.person.name, one.person.homeroom) for one in absent]


PAGES = Pages(
    Section.PATRONS, router, (Place("/ban-doc/nhap", "Nhập danh sách", Right.EDIT_PATRONS),)
)
