"""Lost and damaged copies (Mất, hỏng): reported, searched for, made good in kind. No money.

A copy given in place of a lost one comes in by a voucher of its own, source "Đền bù", and gets
a number of its own (domain specification 5.2).
"""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import cases, refusals
from admin.cases import Case
from admin.desk.door import Desk, allowed
from admin.desk.forms import read_uuid
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.tables import Choice, Column, Tag, table
from db.identifiers import AccessionNumber
from db.losses import Losses
from db.outcomes import ConditionSeen, Refused
from db.states import CaseKind, CopyState, Damage, Settlement

HERE = "/mat-hong"
IN_KIND = "Đền bù"
LONGEST_NOTE = 100
LONGEST_PAPER = 40
PAPER = re.compile(r"(?=.*\d)(\w{1,6} )?[\w./-]+")
"""A paper's number, such as 12/QĐ-THCS or QĐ 12/2026; what it says of a child stays in it."""
KINDS = {CaseKind.LOST: "mất", CaseKind.DAMAGED: "hỏng"}
DAMAGES = {Damage.SLIGHT: "nhẹ", Damage.MEDIUM: "vừa", Damage.SEVERE: "nặng"}
ENDS = {
    Settlement.FOUND: "đã tìm thấy",
    Settlement.REPLACED: "đã đền sách cùng tên",
    Settlement.COMPENSATED: "đã đền theo quyết định của trường",
    Settlement.WAIVED: "được miễn",
}

router = APIRouter(include_in_schema=False)
Lender = Annotated[Desk, allowed(Right.LEND)]


@router.get(HERE)
def show_cases(desk: Lender) -> Response:
    """Show what is lost or damaged, open cases first."""
    asked = desk.asked
    with desk.records() as connection:
        rows = cases.cases(connection, desk.school_id, only_open=asked.get("xem") != "het")
        notes = cases.notes(connection, desk.school_id)
    word = asked.get("loai", "")
    rows = tuple(one for one in rows if not word or one.kind.value == word)
    columns = (
        Column("sach", "Cuốn sách", lambda one: one.title, link=lambda one: f"{HERE}/{one.id}"),
        Column("so", "Số ĐKCB", lambda one: one.accession),
        Column("loai", "Việc", _kind),
        Column("ai", "Bạn đọc", lambda one: one.reader),
        Column("lop", "Lớp", lambda one: one.homeroom, narrow=False),
        Column("ngay", "Báo ngày", lambda one: one.opened_at, narrow=False),
        Column("den", "Tìm đến", lambda one: one.search_until),
        Column("xong", "Kết quả", lambda one: _state(one, desk)),
    )
    filters = (
        Choice("loai", "Loại", [(kind.value, said) for kind, said in KINDS.items()]),
        Choice("xem", "Xem", [("het", "cả việc đã xong")]),
    )
    shown = table(asked, columns, rows, filters=filters)
    given = desk.hand_out_table(shown, "mat-hong")
    return given or desk.show("losses.html", table=shown, notes=notes, damages=DAMAGES)


@router.post(f"{HERE}/da-xem")
def look_at_note(desk: Lender) -> Response:
    """The librarian has looked at what a reader said of a copy."""
    note_id = read_uuid(desk.form.text("note"))
    seen = note_id is not None and Losses(desk.library).note_seen(note_id)
    return desk.go(HERE, "Đã xem." if seen else "Đã có người xem trước.")


@router.get(f"{HERE}/moi")
def show_report(desk: Lender) -> Response:
    """Show the form of a report."""
    return _report(desk)


@router.post(f"{HERE}/moi")
def report(desk: Lender) -> Response:
    """Note that a copy is lost or damaged."""
    form = desk.form
    accession = AccessionNumber(form.text("accession", most=20).upper())
    kind = CaseKind(form.one_of("kind", [one.value for one in KINDS]))
    note = form.text("note", wanted=False, most=LONGEST_NOTE)
    word = form.one_of("damage", ["", *(one.value for one in DAMAGES)])
    if form.wrong:
        return _report(desk, 422)
    losses = Losses(desk.library)
    if kind is CaseKind.LOST:
        lost = losses.report_lost(accession, note)
        if isinstance(lost, Refused):
            return _refuse(desk, lost)
        said = f"Đã ghi báo mất, tìm đến {lost.search_until:%d/%m/%Y}."
        return desk.go(f"{HERE}/{lost.case_id}", said)
    seen = ConditionSeen(Damage(word) if word else None, note)
    damaged = losses.report_damaged(accession, seen, usable=form.ticked("usable"))
    if isinstance(damaged, Refused):
        return _refuse(desk, damaged)
    return desk.go(f"{HERE}/{damaged}", "Đã ghi sách hỏng.")


@router.get(f"{HERE}/{{case_id}}")
def show_case(desk: Lender, case_id: UUID) -> Response:
    """Show one case, and the ways it may end."""
    return _show(desk, _case(desk, case_id))


@router.post(f"{HERE}/{{case_id}}/tim-thay")
def found(desk: Lender, case_id: UUID) -> Response:
    """The copy is here again: taken back, and its case ends."""
    case = _case(desk, case_id)
    if case.kind is not CaseKind.LOST or case.settled_at is not None:
        return desk.go(f"{HERE}/{case_id}", "Việc này đã xong từ trước.")
    outcome = desk.circulation.check_in(AccessionNumber(case.accession))
    if isinstance(outcome, Refused):
        return desk.go(f"{HERE}/{case_id}", refusals.why(outcome))
    return desk.go(f"{HERE}/{case_id}", "Đã tìm thấy, sách trở lại giá.")


@router.post(f"{HERE}/{{case_id}}/xong")
def settle(desk: Lender, case_id: UUID) -> Response:
    """End a case: replaced in kind, made good as the school decided, or waived."""
    case = _case(desk, case_id)
    ways = [Settlement.REPLACED.value, Settlement.COMPENSATED.value, Settlement.WAIVED.value]
    how = Settlement(desk.form.one_of("how", ways))
    paper = desk.form.text("decision", how is not Settlement.REPLACED, most=LONGEST_PAPER)
    if paper and not PAPER.fullmatch(paper):
        desk.form.refuse("decision", "Chỉ ghi số quyết định, ví dụ 12/QĐ-THCS; lý do để trên giấy.")
    if desk.form.wrong:
        return _show(desk, case, 422)
    said = _settle(desk, case, how, paper)
    return desk.go(f"{HERE}/{case_id}", said or "Việc này đã xong từ trước.")


@router.post(f"{HERE}/{{case_id}}/da-sua")
def repaired(desk: Lender, case_id: UUID) -> Response:
    """The copy was mended: it may be lent again."""
    case = _case(desk, case_id)
    refused = Losses(desk.library).repaired(AccessionNumber(case.accession), desk.author)
    return desk.go(
        f"{HERE}/{case_id}", "Sách đã sửa, trở lại giá." if refused is None else "Không có gì đổi."
    )


def _settle(desk: Desk, case: Case, how: Settlement, paper: str) -> str:
    """End a case in one transaction, and say how; empty if it was settled already."""
    library = desk.library
    losses, said = Losses(library), f"Đã ghi: {ENDS[how]}."
    with library.act() as act:
        if how is Settlement.REPLACED:
            number = losses.replace_in(act, case.id, desk.author, IN_KIND)
            said = f"Đã nhập cuốn đền, số mới {number}. Cuốn này còn phải xử lý rồi lên giá."
            done = number is not None
        else:
            done = losses.settle_in(act, case.id, how, desk.author)
        if done:
            told = " ".join(filter(None, (case.accession, paper)))
            desk.note(act.connection, f"case-{how.value}", case.reader_id, told)
    return said if done else ""


def _report(desk: Desk, status_code: int = 200) -> Response:
    return desk.show(
        "loss_report.html",
        status_code,
        accession=desk.asked.get("so", ""),
        kind=desk.asked.get("loai", CaseKind.LOST.value),
        kinds=[(one.value, f"sách {said}") for one, said in KINDS.items()],
        damages=[("", "–"), *((one.value, said) for one, said in DAMAGES.items())],
    )


def _refuse(desk: Desk, refused: Refused) -> Response:
    desk.form.refuse("accession", refusals.why(refused))
    return _report(desk, 422)


def _show(desk: Desk, case: Case, status_code: int = 200) -> Response:
    ways = (Settlement.REPLACED, Settlement.COMPENSATED, Settlement.WAIVED)
    return desk.show(
        "loss_case.html",
        status_code,
        case=case,
        kind=_kind(case),
        end=ENDS[case.settlement] if case.settlement else "",
        ways=[(one.value, ENDS[one]) for one in ways],
        is_damaged=case.state is CopyState.DAMAGED,
    )


def _case(desk: Desk, case_id: UUID) -> Case:
    with desk.records() as connection:
        found_cases = cases.cases(connection, desk.school_id, case_id=case_id)
    if not found_cases:
        raise HTTPException(404)
    return found_cases[0]


def _kind(case: Case) -> str:
    damage = f", {DAMAGES[case.damage]}" if case.damage else ""
    return KINDS[case.kind] + damage


def _state(case: Case, desk: Desk) -> Tag:
    if case.settlement is not None:
        return Tag(ENDS[case.settlement], "done")
    late = case.search_until is not None and case.search_until < desk.today
    return Tag("hết hạn tìm", "late") if late else Tag("đang xử lý", "look")


PAGES = Pages(Section.CIRCULATION, router, (Place(HERE, "Mất, hỏng", Right.LEND),))
