"""Weeding (Thanh lọc): lists drawn up, hung out, approved by the head, carried out. No queries."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import owing, refusals
from admin.desk import papers
from admin.desk.door import Desk, allowed
from admin.desk.forms import read_uuid
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.tables import Column, Tag, table
from admin.wording import COPY_STATES
from db.registers.books import Books
from db.weeding import (
    MOST_LINES,
    Candidate,
    Drawn,
    Ground,
    Line,
    NotYet,
    Step,
    Wanted,
    WeedingLists,
    WhyNotYet,
)
from db.weeding_limits import (
    KEPT_YEARS,
    LIMIT_PERCENT,
    PUBLISHED_DAYS,
    YEARS_BETWEEN,
    Weeding,
)

HERE: Final = "/thanh-loc"
GROUNDS = {
    Ground.WORN: "Hỏng, rách nát",
    Ground.LOST: "Báo mất, không tìm thấy",
    Ground.SUPERSEDED: "Sách giáo khoa bộ cũ",
    Ground.OLD: "Xuất bản trước năm",
    Ground.UNUSED: "Không ai mượn từ đầu năm",
}
USUAL_REASON = {
    Ground.WORN: "Rách nát",
    Ground.LOST: "Mất",
    Ground.SUPERSEDED: "Chương trình cũ",
    Ground.OLD: "Lạc hậu",
    Ground.UNUSED: "Lạc hậu",
}
HANDLINGS = (
    "Hủy, bán giấy vụn",
    "Trao tặng",
    "Trao đổi với thư viện khác",
    "Chuyển mục đích sử dụng",
    "Xóa sổ (đã mất)",
)
STEPS = {
    Step.DRAWN: Tag("đang lập", "plain"),
    Step.PUBLISHED: Tag("đang công khai", "look"),
    Step.APPROVED: Tag("đã duyệt, chờ xuất", "look"),
    Step.DONE: Tag("đã xuất khỏi sổ", "done"),
    Step.DROPPED: Tag("đã hủy danh mục", "plain"),
}
OLDEST_YEAR = 1900
MOST_TOLD = 10
"""Copies that the log names; the others by their number."""
NAME_LENGTH, DECISION_LENGTH, WHY_LENGTH = 100, 64, 100

router = APIRouter(include_in_schema=False)
Reads = Annotated[Desk, allowed(Right.SEE_REPORTS)]
Runs = Annotated[Desk, allowed(Right.RUN_STOCK)]
Approves = Annotated[Desk, allowed(Right.APPROVE)]


@router.get(HERE)
def show_lists(desk: Reads) -> Response:
    """Show every list, the newest first."""
    shown = table(desk.asked, COLUMNS, WeedingLists(desk.library).lists())
    given = desk.hand_out_table(shown, "thanh-loc")
    limits = (LIMIT_PERCENT, YEARS_BETWEEN, PUBLISHED_DAYS, KEPT_YEARS)
    return given or desk.show("weedings.html", table=shown, limits=limits)


@router.get(f"{HERE}/moi")
def show_candidates(desk: Runs) -> Response:
    """Show what might go on a ground."""
    return _new(desk)


@router.post(f"{HERE}/moi")
def draw_up(desk: Runs) -> Response:
    """Draw up a list of the copies that were chosen, or put them on one."""
    form, lists = desk.form, WeedingLists(desk.library)
    wanted = _wanted(desk)
    known = {str(one.copy_id): one.copy_id for one in lists.candidates(wanted)} if wanted else {}
    chosen = [known[one] for one in form.several("copies", known)]
    reason = form.one_of("reason", _reasons(desk))
    handling = form.one_of("handling", HANDLINGS)
    into = read_uuid(form.typed.get("into", ""))
    name = "" if into else form.text("name", most=NAME_LENGTH)
    if not chosen:
        form.refuse("", "Chưa chọn cuốn nào trong danh sách.")
    if form.wrong:
        return _new(desk, 422)
    if into is not None:
        refused = lists.add(into, chosen, reason, handling)
        said = _why(refused) if refused else f"Đã thêm {len(chosen)} cuốn."
        return desk.go(f"{HERE}/{into}", said)
    made = lists.draw_up(name, chosen, reason, handling, desk.author)
    with desk.records() as connection:
        desk.note(connection, "weeding-drawn", made, str(len(chosen)))
    return desk.go(f"{HERE}/{made}", f"Đã lập danh mục {len(chosen)} cuốn.")


@router.get(f"{HERE}/{{weeding_id:uuid}}")
def show_list(desk: Reads, weeding_id: UUID) -> Response:
    """Show one list, how far it is and what it lacks."""
    return _show(desk, weeding_id)


@router.post(f"{HERE}/{{weeding_id:uuid}}/bo-cuon")
def take_off(desk: Runs, weeding_id: UUID) -> Response:
    """Take copies off a list: somebody wants to keep them."""
    lists, (_, lines, _) = WeedingLists(desk.library), _list(desk, weeding_id)
    known = {str(one.copy_id): one for one in lines}
    chosen = [known[one] for one in desk.form.several("copies", known)]
    refused = lists.take_off(weeding_id, [one.copy_id for one in chosen])
    if refused is not None:
        return _refuse(desk, weeding_id, refused)
    with desk.records() as connection:
        numbers = " ".join(one.accession for one in chosen[:MOST_TOLD])
        desk.note(connection, "weeding-kept", weeding_id, f"{len(chosen)}: {numbers}")
    return desk.go(f"{HERE}/{weeding_id}", f"Đã rút {len(chosen)} cuốn khỏi danh mục.")


@router.post(f"{HERE}/{{weeding_id:uuid}}/cong-khai")
def publish(desk: Runs, weeding_id: UUID) -> Response:
    """Hang a list out; the fifteen days begin."""
    _list(desk, weeding_id)
    refused = WeedingLists(desk.library).publish(weeding_id)
    if refused is not None:
        return _refuse(desk, weeding_id, refused)
    with desk.records() as connection:
        desk.note(connection, "weeding-published", weeding_id)
    return desk.go(f"{HERE}/{weeding_id}", "Đã ghi công khai. Hãy in danh mục và niêm yết.")


@router.post(f"{HERE}/{{weeding_id:uuid}}/duyet")
def approve(desk: Approves, weeding_id: UUID) -> Response:
    """Let a list be carried out, as the head of the school."""
    _list(desk, weeding_id)
    decision = desk.form.text("decision", wanted=False, most=DECISION_LENGTH)
    decided_on = desk.form.day("decided_on", wanted=False)
    if decided_on is not None and decided_on > desk.today:
        desk.form.refuse("decided_on", "Ngày quyết định chưa tới.")
    if desk.form.wrong:
        return _show(desk, weeding_id, 422)
    by = desk.person.shown_name
    refused = WeedingLists(desk.library).approve(weeding_id, by, decision, decided_on)
    if refused is not None:
        field = "decision" if refused.why is WhyNotYet.WANTS_DECISION else ""
        return _refuse(desk, weeding_id, refused, field)
    with desk.records() as connection:
        desk.note(connection, "weeding-approved", weeding_id, decision)
    return desk.go(f"{HERE}/{weeding_id}", "Đã duyệt. Thủ thư có thể xuất sách khỏi sổ.")


@router.post(f"{HERE}/{{weeding_id:uuid}}/xuat")
def carry_out(desk: Runs, weeding_id: UUID) -> Response:
    """Write the copies of an approved list off, on one voucher."""
    _list(desk, weeding_id)
    reason = desk.form.one_of("reason", _reasons(desk))
    number = desk.form.text("number", most=DECISION_LENGTH)
    dated_on = desk.form.day("dated_on")
    if dated_on is not None and dated_on > desk.today:
        desk.form.refuse("dated_on", "Ngày biên bản chưa tới.")
    if desk.form.wrong:
        return _show(desk, weeding_id, 422)
    told = WeedingLists(desk.library).carry_out(weeding_id, reason, number, dated_on, desk.author)
    if isinstance(told, NotYet):
        return _refuse(desk, weeding_id, told)
    with desk.records() as connection:
        desk.note(connection, "weeding-done", weeding_id, f"{number} {told.left}")
    stays = " ".join(refusals.why(one) for one in told.refused)
    return desk.go(f"{HERE}/{weeding_id}", f"Đã xuất {told.left} cuốn khỏi sổ. {stays}".strip())


@router.post(f"{HERE}/{{weeding_id:uuid}}/huy")
def drop(desk: Runs, weeding_id: UUID) -> Response:
    """Give a list up; its copies stay."""
    _list(desk, weeding_id)
    why = desk.form.text("why", most=WHY_LENGTH)
    if desk.form.wrong:
        return _show(desk, weeding_id, 422)
    refused = WeedingLists(desk.library).drop(weeding_id, why)
    if refused is not None:
        return _refuse(desk, weeding_id, refused)
    with desk.records() as connection:
        desk.note(connection, "weeding-dropped", weeding_id, why)
    return desk.go(f"{HERE}/{weeding_id}", "Đã hủy danh mục. Sách vẫn ở lại kho.")


@router.get(f"{HERE}/{{weeding_id:uuid}}/danh-muc")
def hand_out_list(desk: Reads, weeding_id: UUID) -> Response:
    """Hand the list out as PDF or Excel, to be hung out."""
    drawn, _, _ = _list(desk, weeding_id)
    sheet = Books(desk.library).weeding_list(weeding_id)
    return papers.hand_out_sheet(desk, sheet, papers.form_asked(desk), drawn.name)


@router.get(f"{HERE}/{{weeding_id:uuid}}/bien-ban")
def hand_out_minutes(desk: Reads, weeding_id: UUID) -> Response:
    """Hand the minutes of what left out as PDF or Excel."""
    drawn, _, _ = _list(desk, weeding_id)
    if drawn.voucher_id is None:
        raise HTTPException(404, "Nothing has left on this list.")
    sheet = Books(desk.library).exit(drawn.voucher_id)
    return papers.hand_out_sheet(desk, sheet, papers.form_asked(desk), f"Biên bản {drawn.name}")


def _new(desk: Desk, status_code: int = 200) -> Response:
    wanted, lists = _wanted(desk), WeedingLists(desk.library)
    if wanted is None and desk.asked.get("theo", "") in (Ground.OLD, Ground.UNUSED):
        desk.form.refuse("nam", f"Ghi một năm, ví dụ {desk.today.year - 10}.")
    found = lists.candidates(wanted) if wanted else ()
    ground = wanted.ground if wanted else Ground.WORN
    into = read_uuid(desk.form.typed.get("into") or desk.asked.get("vao", ""))
    with desk.records() as connection:
        kho = owing.kho_names(connection, desk.school_id)
    return desk.show(
        "weeding_new.html",
        status_code,
        wanted=wanted,
        found=found,
        into=lists.list_of(into) if into else None,
        grounds=[(one.value, words) for one, words in GROUNDS.items()],
        kho=[("", "mọi kho"), *kho],
        series=[("", "chọn bộ sách"), *((one, one) for one in lists.series())],
        reasons=[(one, one) for one in _reasons(desk)],
        usual=USUAL_REASON[ground],
        handlings=[(one, one) for one in HANDLINGS],
        states=COPY_STATES,
        name=f"Thanh lọc {desk.today:%m/%Y}",
        year=desk.today.year,
        last=_last_words,
        most=MOST_LINES,
    )


def _wanted(desk: Desk) -> Wanted | None:
    """What is looked for, by the address or by the form that came of it."""
    typed = {**desk.asked, **desk.form.typed}
    if typed.get("theo", "") not in {one.value for one in Ground}:
        return None
    ground, text = Ground(typed["theo"]), typed.get("nam", "")
    is_year = text.isascii() and text.isdigit() and len(text) == 4
    year = max(OLDEST_YEAR, int(text)) if is_year else 0
    if ground in (Ground.OLD, Ground.UNUSED) and not year:
        return None
    return Wanted(ground, typed.get("kho", ""), year, typed.get("bo", ""))


def _last_words(one: Candidate) -> str:
    if one.last_lent_at is None:
        return "chưa ai mượn"
    return f"{one.loans} lượt, gần nhất {one.last_lent_at:%m/%Y}"


def _show(desk: Desk, weeding_id: UUID, status_code: int = 200) -> Response:
    drawn, lines, about = _list(desk, weeding_id)
    is_over = drawn.public_until is not None and desk.today >= drawn.public_until
    return desk.show(
        "weeding.html",
        status_code,
        drawn=drawn,
        lines=lines,
        about=about,
        warnings=about.warnings(drawn.decision)
        if drawn.step not in (Step.DONE, Step.DROPPED)
        else (),
        tag_of=STEPS[drawn.step],
        is_over=is_over,
        days=PUBLISHED_DAYS,
        state=_line_state,
        reasons=[(one, one) for one in _reasons(desk)],
        approves=desk.may(Right.APPROVE),
        runs=desk.may(Right.RUN_STOCK),
    )


def _line_state(line: Line) -> str:
    return "đang mượn" if line.on_loan else COPY_STATES[line.state]


def _list(desk: Desk, weeding_id: UUID) -> tuple[Drawn, tuple[Line, ...], Weeding]:
    found = WeedingLists(desk.library).list_of(weeding_id)
    if found is None:
        raise HTTPException(404, "There is no such list.")
    return found


def _refuse(desk: Desk, weeding_id: UUID, refused: NotYet, field: str = "") -> Response:
    desk.form.refuse(field, _why(refused))
    return _show(desk, weeding_id, 422)


def _why(refused: NotYet) -> str:
    match refused.why:
        case WhyNotYet.TOO_EARLY if refused.until is not None:
            since = f"{refused.until:%d/%m/%Y}"
            return f"Danh mục phải công khai đủ {PUBLISHED_DAYS} ngày: duyệt được từ {since}."
        case WhyNotYet.WANTS_DECISION:
            return f"Quá {LIMIT_PERCENT} % vốn tài liệu: cần ghi số quyết định."
        case WhyNotYet.NONE_CAN_GO:
            stays = " ".join(refusals.why(one) for one in refused.refused[:MOST_TOLD])
            return f"Không cuốn nào xuất được, chưa ghi phiếu. {stays}"
        case WhyNotYet.EMPTY:
            return "Danh mục không còn cuốn nào."
        case _:
            return "Danh mục đang ở bước khác, hãy tải lại trang."


def _reasons(desk: Desk) -> tuple[str, ...]:
    with desk.library.act() as act:
        return act.rules.choices.exit_reasons


COLUMNS: tuple[Column, ...] = (
    Column(
        "ten", "Danh mục", lambda one: one.name, link=lambda one: f"{HERE}/{one.id}", kind="strong"
    ),
    Column("lap", "Lập ngày", lambda one: one.drawn_at),
    Column("so", "Số cuốn", lambda one: one.copies, kind="number"),
    Column("den", "Công khai đến", lambda one: one.public_until, narrow=False),
    Column("duyet", "Người duyệt", lambda one: one.approved_by, narrow=False),
    Column("tt", "Tình trạng", lambda one: STEPS[one.step]),
)
PAGES = Pages(Section.REPORTS, router, (Place(HERE, "Thanh lọc", Right.SEE_REPORTS),))
