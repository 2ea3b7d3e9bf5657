"""Lists of pupils and staff from files: looked at first, written then. Keeps out how rows are read.

What was looked at is kept in memory until it is written (`held`). It is planned again when it
is written, and shown again if it would now do something else.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response

from admin.desk.door import Desk, allowed
from admin.desk.forms import Upload
from admin.desk.frame import Pages, Place, Section
from admin.desk.held import HELD
from admin.desk.rights import Right
from db.intake import store
from db.intake.importing import FileKind, Order, import_sheets
from db.intake.people import KnownPerson, PeoplePlan
from db.intake.remarks import Counts, Level
from db.intake.workbook import Refusal, read_bytes
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
    plan = _plan(desk, upload, kind, preview=True)
    if isinstance(plan, Refusal):
        form.refuse("file", _WORDING.refusal(plan))
        return desk.show_again("intake_choose.html", kinds=KINDS)
    word = HELD.keep(upload, desk.author, desk.now)
    return _show_plan(desk, plan, kind, word, upload.name)


@router.post("/ban-doc/nhap/ghi")
def write(desk: Edits) -> Response:
    """Write what was looked at, and let those have left who were ticked."""
    form = desk.form
    kind = form.one_of("kind", [value for value, _ in KINDS])
    word = form.text("word", most=40)
    upload = HELD.find(word, desk.author, desk.now)
    if upload is None or form.wrong:
        return desk.go("/ban-doc/nhap", "Tệp xem trước đã hết hạn. Hãy chọn lại tệp.")
    again = _plan(desk, upload, kind, preview=True)
    if isinstance(again, Refusal) or _told(again.counts) != form.typed.get("told"):
        if isinstance(again, Refusal):
            return desk.go("/ban-doc/nhap", _WORDING.refusal(again))
        form.refuse("", "Dữ liệu vừa thay đổi. Hãy xem lại trước khi ghi.")
        return _show_plan(desk, again, kind, word, upload.name, 422)
    done = _plan(desk, upload, kind, preview=False)
    assert isinstance(done, PeoplePlan)  # it was a moment ago
    HELD.drop(word)
    proposed = {str(one.id): one.id for one in done.absent}
    leaving = [proposed[one] for one in form.several("absent", proposed)]
    left = Patrons(desk.library).leave(leaving, desk.author)
    counts = done.counts
    said = f"Đã ghi: {counts.new} người mới, {counts.updated} người cập nhật"
    return desk.go("/ban-doc", f"{said}, {left} người rời trường.")


def _plan(desk: Desk, upload: Upload, kind: str, *, preview: bool) -> PeoplePlan | Refusal:
    sheets = read_bytes(upload.content, upload.name)
    if isinstance(sheets, Refusal):
        return sheets
    keep_sex = desk.form.ticked("keep_sex")
    key = store.school_key(desk.hub.key_file)
    order = Order(FileKind(kind), key=key, keep_sex=keep_sex, author=desk.author)
    plan = import_sheets(desk.hub.engine, desk.school_id, sheets, order, desk.now, preview=preview)
    assert isinstance(plan, PeoplePlan | Refusal)
    return plan


def _show_plan(
    desk: Desk, plan: PeoplePlan, kind: str, word: str, name: str, status: int = 200
) -> Response:
    faults = [one for one in plan.remarks if one.level is Level.ERROR]
    others = [one for one in plan.remarks if one.level is not Level.ERROR]
    told: dict[str, Any] = {
        "plan": plan,
        "counts": plan.counts,
        "told": _told(plan.counts),
        "kind": kind,
        "kind_word": dict(KINDS)[kind],
        "word": word,
        "file_name": name,
        "new": plan.new[:SHOWN_ROWS],
        "changed": plan.changed[:SHOWN_ROWS],
        "absent": _by_class(plan.absent),
        "faults": [_WORDING.remark(one) for one in faults[:SHOWN_REMARKS]],
        "others": [_WORDING.remark(one) for one in others[:SHOWN_REMARKS]],
        "converted": plan.rows.converted,
        "dropped": plan.rows.ignored,
        "keep_sex": desk.form.ticked("keep_sex"),
    }
    return desk.show("intake_preview.html", status, **told)


def _told(counts: Counts) -> str:
    return f"{counts.new}/{counts.updated}/{counts.unchanged}/{counts.errors}/{counts.skipped}"


def _by_class(absent: tuple[KnownPerson, ...]) -> list[tuple[str, str, str]]:
    return [(str(one.id), one.person.name, one.person.homeroom) for one in absent]


PAGES = Pages(
    Section.PATRONS, router, (Place("/ban-doc/nhap", "Nhập danh sách", Right.EDIT_PATRONS),)
)
