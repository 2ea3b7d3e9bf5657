"""The page of help: what the desk's parts are for, and the keys. Keeps out each page's own help."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right

WHAT_FOR = {
    Section.TODAY: "Hôm nay ai mượn, ai trả, việc gì đang chờ.",
    Section.PATRONS: "Học sinh, giáo viên, thẻ thư viện; nhập danh sách đầu năm.",
    Section.BOOKS: "Sách, số đăng ký cá biệt, nhập sách, nhãn.",
    Section.CIRCULATION: "Ghi mượn, ghi trả, gia hạn, bộ sách giáo khoa, nhắc trả.",
    Section.CORNERS: "Sách đưa xuống góc thư viện của từng lớp.",
    Section.YEAR: "Kế hoạch, cộng tác viên, tiết đọc, họp, tài sản, liên thông.",
    Section.KIOSKS: "Các trạm mượn trả: ghép trạm mới, xem trạm còn chạy không.",
    Section.REPORTS: "Các loại sổ, thống kê, báo cáo, kiểm kê, thanh lọc.",
    Section.SETTINGS: "Quy định mượn, lịch năm học, giờ mở cửa, tài khoản.",
    Section.HELP: "Trang này.",
}

router = APIRouter(include_in_schema=False)


@router.get("/tro-giup")
def show_help(desk: Annotated[Desk, allowed(Right.OWN_ACCOUNT)]) -> Response:
    """Say what is where, for whoever is signed in."""
    return desk.show("help.html", what_for=WHAT_FOR)


PAGES = Pages(Section.HELP, router, (Place("/tro-giup", "Trợ giúp", Right.OWN_ACCOUNT),))
