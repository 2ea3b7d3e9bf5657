"""Class corners (góc thư viện lớp) and the crates that go there and come back. No queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import crates, refusals, stationery, textbooks
from admin.crates import CornerShown, CrateShown
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.lending import read_typed, read_words
from admin.desk.rights import Right
from db.corners import Corners
from db.identifiers import AccessionNumber, CopyLabel
from printer.class_papers import poster
from printer.paper import Pages as Printed

HERE, CRATE = "/goc-lop", "/thung-sach"
PDF = "application/pdf"
MOST_COPIES = 200
"""In one crate, which somebody has to carry."""
FARTHEST_DAYS = 400

router = APIRouter(include_in_schema=False)
Keeper = Annotated[Desk, allowed(Right.RUN_CORNERS)]


@router.get(HERE)
def show_corners(desk: Keeper) -> Response:
    """Show the corners, and the crates that are out."""
    with desk.records() as connection:
        corners = crates.corners(connection, desk.school_id)
        out = [one for one in crates.crates(connection, desk.school_id) if one.out]
    return desk.show("corners.html", corners=corners, crates=out)


@router.get(f"{HERE}/moi")
def show_new(desk: Keeper) -> Response:
    """Show the form of a new corner."""
    return _new(desk)


@router.post(f"{HERE}/moi")
def begin(desk: Keeper) -> Response:
    """Set up a corner with who answers for it."""
    form = desk.form
    homeroom = form.text("homeroom", most=16)
    name = form.text("name", most=80)
    with desk.records() as connection:
        teachers = [one for one, _ in crates.people(connection, desk.school_id, None)]
        known = [one for one, _ in crates.people(connection, desk.school_id, homeroom)]
    teacher = form.one_of("teacher", teachers)
    pupils = [form.one_of(field, ["", *known]) for field in ("first", "second")]
    if pupils[0] and pupils[0] == pupils[1]:
        form.refuse("second", "Chọn hai bạn khác nhau.")
    if form.wrong:
        return _new(desk, 422)
    keepers = [UUID(one) for one in pupils if one]
    corner_id = Corners(desk.library).begin(name, homeroom, UUID(teacher), keepers)
    with desk.records() as connection:
        desk.note(connection, "corner-begun", corner_id)
    return desk.go(f"{HERE}/{corner_id}", f"Đã lập {name}.")


@router.get(f"{HERE}/{{corner_id}}")
def show_corner(desk: Keeper, corner_id: UUID) -> Response:
    """Show what stands in a corner, and the form of a crate."""
    return _corner(desk, corner_id)


@router.post(f"{HERE}/{{corner_id}}/gui")
def send(desk: Keeper, corner_id: UUID) -> Response:
    """Send a crate of copies to a corner, on one voucher."""
    form = desk.form
    number = form.text("number", most=32)
    due = form.day("due")
    latest = desk.today + timedelta(days=FARTHEST_DAYS)
    if due is not None and not desk.today < due <= latest:
        form.refuse("due", "Chọn một ngày sau hôm nay, trong vòng một năm học.")
    copies = _copies(desk)
    with desk.records() as connection:
        if crates.number_is_taken(connection, desk.school_id, number):
            form.refuse("number", "Đã có thùng mang tên này.")
    if form.wrong or due is None:
        return _corner(desk, corner_id, 422)
    _found(desk, corner_id)
    gone = Corners(desk.library).send(corner_id, number, copies, due, desk.author)
    stays = " ".join(refusals.why(one) for one in gone.refused)
    return desk.go(f"{CRATE}/{gone.crate_id}", f"Đã gửi {len(gone.sent)} cuốn. {stays}".strip())


@router.post(f"{HERE}/{{corner_id}}/dong")
def end(desk: Keeper, corner_id: UUID) -> Response:
    """Close a corner that is empty."""
    if Corners(desk.library).end(corner_id):
        return desk.go(HERE, "Đã đóng góc lớp.")
    desk.form.refuse("", "Góc này còn sách: nhận các thùng về trước.")
    return _corner(desk, corner_id, 422)


@router.get(f"{HERE}/{{corner_id}}/bang")
def corner_poster(desk: Keeper, corner_id: UUID) -> Response:
    """Hand out the corner's poster."""
    with desk.records() as connection:
        sign = stationery.corner_poster(connection, desk.school_id, corner_id)
    if sign is None:
        raise HTTPException(404)
    return _hand_out(desk, poster(sign), "goc-lop.pdf")


@router.get(f"{CRATE}/{{crate_id}}")
def show_crate(desk: Keeper, crate_id: UUID) -> Response:
    """Show what of a crate has not come back."""
    return _crate(desk, crate_id)


@router.post(f"{CRATE}/{{crate_id}}")
def take_back(desk: Keeper, crate_id: UUID) -> Response:
    """Take the copy that is scanned back."""
    code = desk.form.text("code")
    read = read_typed(desk, code)
    if not isinstance(read, CopyLabel):
        return _crate(desk, crate_id, f"“{code}” không phải số ĐKCB.")
    back = Corners(desk.library).take_back(crate_id, [read.accession], desk.author)
    if back.strange:
        return _crate(desk, crate_id, f"{read.accession} không có trong thùng, hoặc đã nhận rồi.")
    left = f"còn {len(back.missing)} cuốn" if back.missing else "đã đủ cả thùng"
    return desk.go(f"{CRATE}/{crate_id}", f"Đã nhận {read.accession}, {left}.")


@router.post(f"{CRATE}/{{crate_id}}/ca-thung")
def take_all_back(desk: Keeper, crate_id: UUID) -> Response:
    """Take everything back that readers do not have."""
    corners = Corners(desk.library)
    here = [line.accession for line in corners.missing(crate_id) if not line.on_loan]
    back = corners.take_back(crate_id, here, desk.author)
    still = f" Còn {len(back.missing)} cuốn bạn đọc đang mượn." if back.missing else ""
    return desk.go(f"{CRATE}/{crate_id}", f"Đã nhận {len(back.back)} cuốn.{still}")


@router.get(f"{CRATE}/{{crate_id}}/bang")
def crate_poster(desk: Keeper, crate_id: UUID) -> Response:
    """Hand out the crate's sign."""
    with desk.records() as connection:
        sign = stationery.crate_poster(connection, desk.school_id, crate_id)
    if sign is None:
        raise HTTPException(404)
    return _hand_out(desk, poster(sign), "thung-sach.pdf")


def _copies(desk: Desk) -> list[AccessionNumber]:
    """The accession numbers that were scanned into the field, one after another."""
    form = desk.form
    words = form.text("numbers", most=MOST_COPIES * 12).replace(",", " ").split()
    read = read_words(desk, words)
    wrong = [word for word, code in read.items() if not isinstance(code, CopyLabel)]
    if wrong:
        form.refuse("numbers", f"Không phải số ĐKCB: {', '.join(wrong[:8])}.")
    if len(read) > MOST_COPIES:
        form.refuse("numbers", f"Một thùng nhiều nhất {MOST_COPIES} cuốn.")
    return [code.accession for code in read.values() if isinstance(code, CopyLabel)]


def _new(desk: Desk, status_code: int = 200) -> Response:
    homeroom = desk.form.typed.get("homeroom") or desk.asked.get("lop", "")
    with desk.records() as connection:
        shown = {
            "classes": textbooks.classes(connection, desk.school_id),
            "teachers": crates.people(connection, desk.school_id, None),
            "pupils": (
                ("", "–"),
                *(crates.people(connection, desk.school_id, homeroom) if homeroom else ()),
            ),
        }
    return desk.show("corner_new.html", status_code, homeroom=homeroom, **shown)


def _corner(desk: Desk, corner_id: UUID, status_code: int = 200) -> Response:
    corner = _found(desk, corner_id)
    with desk.records() as connection:
        books = crates.books_in(connection, desk.school_id, corner_id)
        sent = crates.crates(connection, desk.school_id, corner_id=corner_id)
    return desk.show(
        "corner.html",
        status_code,
        corner=corner,
        books=books,
        crates=sent,
        next_number=f"{corner.homeroom}-{len(sent) + 1}",
    )


def _crate(desk: Desk, crate_id: UUID, stopped: str = "") -> Response:
    crate = _crate_found(desk, crate_id)
    missing = Corners(desk.library).missing(crate_id)
    shown = {"crate": crate, "missing": missing, "stopped": stopped}
    return desk.show("crate.html", 422 if stopped else 200, **shown)


def _found(desk: Desk, corner_id: UUID) -> CornerShown:
    with desk.records() as connection:
        open_corners = crates.corners(connection, desk.school_id)
    corner = next((one for one in open_corners if one.id == corner_id), None)
    if corner is None:
        raise HTTPException(404)
    return corner


def _crate_found(desk: Desk, crate_id: UUID) -> CrateShown:
    with desk.records() as connection:
        found = crates.crates(connection, desk.school_id, crate_id=crate_id)
    if not found:
        raise HTTPException(404)
    return found[0]


def _hand_out(desk: Desk, printed: Printed, name: str) -> Response:
    return desk.hand_out(printed.pdf, name, PDF)


PAGES = Pages(Section.CORNERS, router, (Place(HERE, "Góc lớp", Right.RUN_CORNERS),))
