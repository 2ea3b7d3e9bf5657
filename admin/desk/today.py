"""The page of the day: loans at a glance, and what waits for the librarian. Keeps out queries."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import review
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.overview import Begun, Thing, overview
from db.states import DiscrepancyKind, Outcome

REFRESH_S = 20
"""How often the page of the day fetches itself anew."""

SHOWN_QUESTIONS = 5

THING_WORDS = {
    Thing.CRATES_LATE: "thùng sách quá hạn về",
    Thing.CRATES_OUT: "thùng sách đang ở lớp",
    Thing.HOLDS_READY: "cuốn giữ chỗ chờ bạn đọc đến lấy",
    Thing.CONDITION_NOTES: "cuốn được báo rách, bẩn",
    Thing.CASES: "vụ báo mất đã hết hạn tìm",
    Thing.LESSONS: "yêu cầu sách cho tiết dạy",
    Thing.WISHES: "đề nghị mua sách mới",
    Thing.PLAN_TASKS: "việc kế hoạch cần xong trong tháng",
    Thing.PLANS_SENT: "kế hoạch năm chờ duyệt",
    Thing.SAFETY: "hoạt động hôm nay chưa kiểm tra an toàn",
}
THING_PATHS = {
    Thing.CRATES_LATE: "/goc-lop",
    Thing.CRATES_OUT: "/goc-lop",
    Thing.HOLDS_READY: "/giu-cho",
    Thing.CONDITION_NOTES: "/mat-hong",
    Thing.CASES: "/mat-hong",
    Thing.LESSONS: "/tiet-day",
    Thing.WISHES: "/de-nghi",
    Thing.PLAN_TASKS: "/ke-hoach",
    Thing.PLANS_SENT: "/ke-hoach",
    Thing.SAFETY: "/hoat-dong",
}
"""Where each is seen to; a link once such a page is there."""
FIRST_STEPS = (
    ("readers", "/ban-doc/nhap", "Nhập danh sách học sinh, giáo viên"),
    ("copies", "/sach-tep", "Nhập sổ đăng ký cá biệt từ Excel"),
    ("copies", "/nhap-sach", "Hoặc nhập từng đợt sách bằng phiếu"),
    ("kiosks", "/tram/ghep", "Ghép trạm mượn trả đầu tiên"),
)
"""How a new library begins: what is there once it is done, where it is done, what it is."""
KIND_WORDS = {
    DiscrepancyKind.LENT_TWICE: "Một cuốn, hai bạn mượn",
    DiscrepancyKind.RETURN_UNMATCHED: "Trả mà chưa ghi mượn",
    DiscrepancyKind.UNKNOWN_TO_HUB: "Chưa có trong sổ của thư viện",
}

router = APIRouter(include_in_schema=False)


@router.get("/")
def today(desk: Annotated[Desk, allowed(Right.SEE_TODAY)]) -> Response:
    """Show the day's loans."""
    with desk.records() as connection:
        day = overview(connection, desk.school_id, desk.now)
        questions = review.questions(connection, desk.school_id, desk.now, SHOWN_QUESTIONS)
    return desk.show(
        "today.html",
        day=day,
        questions=questions,
        kind_words=KIND_WORDS,
        answer_words=review.WORDS,
        thing_words=THING_WORDS,
        thing_paths={
            one.thing: path for one in day.things if desk.leads_to(path := THING_PATHS[one.thing])
        },
        first_steps=_first_steps(desk, day.begun),
        backups=desk.hub.backups(),
        refresh_s=REFRESH_S,
    )


def _first_steps(desk: Desk, begun: Begun) -> list[tuple[bool, str, str]]:
    """Whether done, where and what, until there are readers and books; then nothing."""
    if begun.readers and begun.copies:
        return []
    return [
        (getattr(begun, done), path, words)
        for done, path, words in FIRST_STEPS
        if desk.leads_to(path)
    ]


@router.post("/hom-nay/viec/{question:uuid}")
def settle(desk: Annotated[Desk, allowed(Right.SETTLE)], question: UUID) -> Response:
    """Take the librarian's word for how things are."""
    outcome = desk.form.one_of("outcome", [one.value for one in Outcome])
    if desk.form.wrong:
        raise HTTPException(422, "There is no such answer.")
    with desk.records() as connection:
        answer = Outcome(outcome)
        settled = review.answer(connection, desk.school_id, question, answer, desk.author, desk.now)
        if settled:
            desk.note(connection, "question-settled", question, outcome)
    said = f"Đã ghi: {review.WORDS[answer]}." if settled else "Việc này đã được giải quyết rồi."
    return desk.go("/", said)


PAGES = Pages(Section.TODAY, router, (Place("/", "Hôm nay", Right.SEE_TODAY),))
