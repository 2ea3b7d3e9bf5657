"""The page of how long names are kept, and the yearly act of forgetting them. Keeps out what is."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Response

from admin import act_log
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.readers import oldest_named_end
from db import privacy
from db.calendar import library_year

router = APIRouter(include_in_schema=False)
Edits = Annotated[Desk, allowed(Right.EDIT_PATRONS)]


@router.get("/cai-dat/luu-giu")
def show(desk: Edits) -> Response:
    """Say how long what is kept, and how much there is to forget."""
    return _show(desk)


@router.post("/cai-dat/luu-giu")
def forget(desk: Edits) -> Response:
    """Take the names from old loans, leavers who owe nothing, and the old log."""
    form = desk.form
    before = form.day("before")
    if before is not None and before > _latest(desk):
        form.refuse("before", f"Chọn ngày không sau {_latest(desk):%d/%m/%Y}: năm nay còn cần tên.")
    if not form.ticked("sure"):
        form.refuse("sure", "Hãy đánh dấu để xác nhận.")
    if form.wrong or before is None:
        return _show(desk)
    with desk.records() as connection:
        done = privacy.retire(connection, desk.school_id, before, desk.now, desk.author)
    said = f"Đã bỏ tên khỏi {done.loans} lượt mượn, xóa {done.erased} người đã rời trường."
    return desk.go("/cai-dat/luu-giu", f"{said} Số liệu thống kê giữ nguyên.")


def _show(desk: Desk) -> Response:
    latest = _latest(desk)
    with desk.records() as connection:
        oldest = oldest_named_end(connection, desk.school_id)
        last = act_log.last(connection, desk.school_id, "retire")
    status = 422 if desk.form.wrong else 200
    return desk.show("keeping.html", status, latest=latest, oldest=oldest, last=last)


def _latest(desk: Desk) -> date:
    """The first day of the present library year: loans that ended before it may lose their name."""
    return library_year(desk.today)[0]


PAGES = Pages(
    Section.SETTINGS, router, (Place("/cai-dat/luu-giu", "Lưu giữ dữ liệu", Right.EDIT_PATRONS),)
)
