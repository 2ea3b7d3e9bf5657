"""Bulk transfer (Chuyển kho): textbooks of a series no longer taught become reference books.

From 2026-27 one series is used everywhere (QĐ 3588/QĐ-BGDĐT); the others may be kept (domain
specification 0.2). Out on one voucher, in on another; the old number is remembered. No queries.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Response

from admin import owing, series
from admin.desk.door import Desk, allowed
from admin.desk.forms import read_uuid
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.refusals import why
from admin.series import SeriesTitle
from db.outcomes import Refusal, Refused
from db.register import Register
from db.school_codes import GRADES

HERE: Final = "/chuyen-kho"
FROM, TO = "SGK", "STK"
MOST_TOLD = 5
"""Copies that stay, each by its own sentence; the rest by their number."""

router = APIRouter(include_in_schema=False)
Runs = Annotated[Desk, allowed(Right.RUN_STOCK)]


@router.get(HERE)
def show_transfer(desk: Runs) -> Response:
    """Show the series of a kho, and the titles of the one that is chosen."""
    return _show(desk)


@router.post(HERE)
def transfer(desk: Runs) -> Response:
    """Let the titles that were chosen go on in another kho."""
    kho, to = _kho(desk, "tu", FROM), _kho(desk, "sang", TO)
    known = {str(one.edition_id): one.edition_id for one in _titles(desk, kho)}
    chosen = [known[one] for one in desk.form.several("titles", known)]
    if kho == to:
        desk.form.refuse("sang", "Hãy chọn kho khác với kho đang để.")
    if not chosen:
        desk.form.refuse("", "Chưa chọn nhan đề nào.")
    if desk.form.wrong:
        return _show(desk, 422)
    told = Register(desk.library).transfer(chosen, kho, to, desk.author, _typed(desk, "bo"))
    if told.entry_id is None:
        desk.form.refuse("", f"Không cuốn nào chuyển được. {_stays(told.refused)}")
        return _show(desk, 422)
    with desk.records() as connection:
        desk.note(connection, "copies-transferred", told.entry_id, f"{kho} {to} {len(told.moved)}")
    said = f"Đã chuyển {len(told.moved)} cuốn sang {to}, số mới {told.moved[0][1]} đến "
    said += f"{told.moved[-1][1]}. {_stays(told.refused)}"
    return desk.go(f"{HERE}?phieu={told.entry_id}", said.strip())


def _show(desk: Desk, status_code: int = 200) -> Response:
    kho, to = _kho(desk, "tu", FROM), _kho(desk, "sang", TO)
    with desk.records() as connection:
        names = owing.kho_names(connection, desk.school_id)
        known = series.series_of(connection, desk.school_id, kho)
    return desk.show(
        "transfer.html",
        status_code,
        kho=names,
        own=kho,
        to=to,
        series=[("", "chọn bộ sách"), *((one, f"{one} ({n} cuốn)") for one, n in known)],
        chosen=_typed(desk, "bo"),
        grades=[("", "mọi khối"), *((str(one), f"khối {one}") for one in GRADES)],
        grade=_typed(desk, "khoi"),
        titles=_titles(desk, kho),
        voucher=read_uuid(desk.asked.get("phieu", "")),
    )


def _titles(desk: Desk, kho: str) -> tuple[SeriesTitle, ...]:
    name, text = _typed(desk, "bo"), _typed(desk, "khoi")
    if not name:
        return ()
    grade = int(text) if text in {str(one) for one in GRADES} else None
    with desk.records() as connection:
        return series.titles_of(connection, desk.school_id, kho, name, grade)


def _kho(desk: Desk, field: str, usual: str) -> str:
    with desk.records() as connection:
        names = [prefix for prefix, _ in owing.kho_names(connection, desk.school_id)]
    word = _typed(desk, field) or usual
    return word if word in names else next(iter(names), usual)


def _stays(refused: tuple[Refused, ...]) -> str:
    """What stays and why, the first few by name."""
    told = [_why(one) for one in refused[:MOST_TOLD]]
    if len(refused) > MOST_TOLD:
        told.append(f"Và {len(refused) - MOST_TOLD} cuốn nữa chưa chuyển được.")
    return " ".join(told)


def _why(one: Refused) -> str:
    if one.reason is Refusal.NOT_READY:
        where = "ở góc lớp, ở thư viện khác, báo mất, hỏng, chờ thanh lọc hoặc xếp sẵn cho học sinh"
        return f"{one.code} đang {where}: chưa chuyển."
    return why(one)


def _typed(desk: Desk, name: str) -> str:
    return desk.form.typed.get(name) or desk.asked.get(name, "")


PAGES = Pages(Section.REPORTS, router, (Place(HERE, "Chuyển kho", Right.RUN_STOCK),))
