"""Files of the catalogue: the register comes in after a preview, records come and go as MARC.

A file that was looked at is kept in memory until it is written (`held`); it is planned again
when it is written, and shown again if it would now do something else.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Response

from admin import owing
from admin.desk.door import XLSX, Desk, allowed
from admin.desk.forms import Upload
from admin.desk.frame import Pages, Place, Section
from admin.desk.held import HELD, is_long
from admin.desk.job_pages import carry_out
from admin.desk.jobs import Progress
from admin.desk.rights import Right
from admin.hub import Hub
from db.intake import exchange, lists
from db.intake.columns import Asked, Converted
from db.intake.importing import FileKind, Order, import_sheets
from db.intake.lists import ListKind
from db.intake.records import from_csv, from_marc, to_marc
from db.intake.register import RegisterPlan
from db.intake.workbook import Refusal, read_bytes
from db.legacy_fonts import Encoding
from db.wording import Wording

HERE = "/sach-tep"
MOST_REMARKS = 200
MOST_CHANGES = 20
ENCODINGS = (
    ("", "tự nhận ra"),
    (Encoding.UNICODE.value, "Unicode"),
    (Encoding.TCVN3.value, "TCVN3 (.VnTime)"),
    (Encoding.VNI.value, "VNI"),
)

router = APIRouter(include_in_schema=False)
Edits = Annotated[Desk, allowed(Right.EDIT_CATALOGUE)]
_WORDING = Wording("vi")


@router.get(HERE)
def show_files(desk: Edits) -> Response:
    """Show what may come in and go out."""
    return _page(desk)


@router.post(f"{HERE}/so")
def take_register(desk: Edits) -> Response:
    """Show what an Excel register would do, or do it."""
    word = desk.form.typed.get("waiting", "")
    file = HELD.find(word, desk.author, desk.now) if word else desk.form.file("file")
    order = _order(desk)
    if file is None or desk.form.wrong:
        desk.form.refuse("file", "Tệp không còn ở đây nữa, hãy chọn lại.")
        return _page(desk, 422)
    word = word or HELD.keep(file, desk.author, desk.now)
    told = desk.form.typed.get("told", "") if desk.form.typed.get("step") == "ghi" else ""
    source = Source(desk.hub, file, order, desk.now)
    return carry_out(
        desk,
        f"{'Nhập' if told else 'Xem trước'} {file.name}",
        partial(source.take, told),
        partial(_show_taken, source, word),
        is_long=is_long(file),
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """A register is in the catalogue."""

    plan: RegisterPlan


@dataclass(frozen=True, slots=True)
class Source:
    """A file, how it is read, and where it goes: all that is needed once the request is over."""

    hub: Hub
    file: Upload
    order: Order
    now: datetime

    def take(self, told: str, progress: Progress) -> Taken | RegisterPlan | Refusal:
        """Write the file if it does what was told, else say what it would do."""
        plan = self._plan(progress, preview=True)
        if isinstance(plan, Refusal) or not told or _told(plan) != told:
            return plan
        self._plan(progress, preview=False)
        return Taken(plan)

    def _plan(self, progress: Progress, *, preview: bool) -> RegisterPlan | Refusal:
        progress.tell("Đang đọc tệp")
        sheets = read_bytes(self.file.content, self.file.name)
        if isinstance(sheets, Refusal):
            return sheets
        progress.tell("Đang đối chiếu" if preview else "Đang ghi")
        records, school_id = self.hub.engine, self.hub.school_id
        plan = import_sheets(records, school_id, sheets, self.order, self.now, preview=preview)
        assert isinstance(plan, RegisterPlan | Refusal)  # as was ordered
        return plan


def _show_taken(
    source: Source, word: str, desk: Desk, outcome: Taken | RegisterPlan | Refusal
) -> Response:
    match outcome:
        case Refusal():
            HELD.drop(word)
            desk.form.refuse("file", _WORDING.refusal(outcome))
            return _page(desk, 422)
        case Taken(plan):
            HELD.drop(word)
            said = f"Đã nhập: {plan.counts.new} cuốn mới, {plan.counts.updated} cập nhật."
            return desk.go("/sach", said)
    return _preview(desk, source, word, outcome)


@router.post(f"{HERE}/bieu-ghi")
def take_records(desk: Edits) -> Response:
    """Take records of another library (MARC 21, or the exchange table)."""
    file = desk.form.file("records")
    if file is None:
        return _page(desk, 422)
    is_marc = file.content[:5].isdigit()
    records, wrong = from_marc(file.content) if is_marc else from_csv(file.content)
    if not records:
        desk.form.refuse("records", "Trong tệp không có biểu ghi nào đọc được.")
        return _page(desk, 422)
    copies = desk.form.ticked("with_copies")
    with desk.records() as connection:
        how = {"with_copies": copies, "new_numbers": desk.form.ticked("new_numbers")}
        taken = exchange.take_records(connection, desk.school_id, records, desk.now, **how)
        desk.note(connection, "records-imported", None, f"{taken.new}")
    said = [f"Đã thêm {taken.new} biểu ghi; {taken.unchanged} đã có sẵn."]
    if wrong:
        said.append(f"{len(wrong)} biểu ghi không đọc được.")
    if taken.refused_copies:
        said.append(f"Số ĐKCB không nhận: {', '.join(taken.refused_copies[:10])}.")
    return desk.go("/sach", " ".join(said))


@router.get(f"{HERE}/muc-luc.mrc")
def hand_out_marc(desk: Edits) -> Response:
    """Give the whole catalogue as MARC 21."""
    with desk.records() as connection:
        records = exchange.read_records(connection, desk.school_id)
    return desk.hand_out(to_marc(records), "muc-luc.mrc", "application/marc")


@router.get(f"{HERE}/muc-luc.xlsx")
def hand_out_list(desk: Edits) -> Response:
    """Give the list of editions as a workbook."""
    return _list(desk, ListKind.EDITIONS, "muc-luc.xlsx")


@router.get(f"{HERE}/so-dkcb.xlsx")
def hand_out_register(desk: Edits) -> Response:
    """Give the list of copies as a workbook."""
    return _list(desk, ListKind.COPIES, "so-dkcb.xlsx")


def _list(desk: Desk, kind: ListKind, name: str) -> Response:
    with desk.records() as connection:
        listing = lists.read_list(connection, desk.school_id, kind)
    return desk.hand_out(lists.as_xlsx(listing), name, XLSX)


def _order(desk: Desk) -> Order:
    """How the file is to be read."""
    with desk.records() as connection:
        kho = [prefix for prefix, _ in owing.kho_names(connection, desk.school_id)]
    bare = desk.form.one_of("kho", ["", *kho])
    word = desk.form.one_of("encoding", [value for value, _ in ENCODINGS])
    asked = Asked(encoding=Encoding(word) if word else None)
    return Order(FileKind.COPIES, asked, kho=bare, author=desk.author)


def _told(plan: RegisterPlan) -> str:
    """What a preview said, to notice that the records have changed since."""
    return "/".join(str(count) for count in asdict(plan.counts).values())


def _page(desk: Desk, status_code: int = 200) -> Response:
    with desk.records() as connection:
        kho = (("", "–"), *owing.kho_names(connection, desk.school_id))
    return desk.show("book_files.html", status_code, kho=kho, encodings=ENCODINGS)


def _preview(desk: Desk, source: Source, word: str, plan: RegisterPlan) -> Response:
    counts = [(_WORDING.say(f"result.{key}", n=n), key) for key, n in asdict(plan.counts).items()]
    gaps = [
        _WORDING.say("result.gap", kho=one.kho, first=gap.first, last=gap.last)
        for one in plan.registers
        for gap in one.gaps
    ]
    return desk.show(
        "book_preview.html",
        file=source.file.name,
        waiting=word,
        told=_told(plan),
        counts=counts,
        writes=bool(plan.counts.new or plan.counts.updated),
        columns=", ".join(plan.rows.columns.values()),
        ignored=", ".join(plan.rows.ignored),
        converted=[_conversion(one, "converted") for one in plan.rows.converted],
        unsure=[_conversion(one, "unsure") for one in plan.rows.unsure],
        remarks=[_WORDING.remark(one) for one in plan.remarks[:MOST_REMARKS]],
        more=max(0, len(plan.remarks) - MOST_REMARKS),
        gaps=gaps,
        encodings=ENCODINGS,
        kho=source.order.kho,
        encoding=source.order.asked.encoding.value if source.order.asked.encoding else "",
    )


def _conversion(one: Converted, key: str) -> tuple[str, list[tuple[str, str]]]:
    """What is said of a column in an old font, and its first cells before and after."""
    said = _WORDING.say(f"result.{key}", column=one.header, encoding=one.encoding.value.upper())
    return said, [(change.before, change.after) for change in one.changes[:MOST_CHANGES]]


PAGES = Pages(Section.BOOKS, router, (Place(HERE, "Tệp", Right.EDIT_CATALOGUE),))
