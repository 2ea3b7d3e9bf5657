"""Counting the stock (Kiểm kê): counts, their committee, differences, the end, the minutes.

Scanning is a page of its own (`stocktake_scan`). No queries.
"""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import owing, stock_counts
from admin.desk import papers
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.desk.tables import Column, Tag, table
from admin.stock_counts import CountLine, MaySit
from db.registers.books import Books
from db.registers.counts import DIFFERENCE_WORDS, CountMinutes, Difference, DifferenceKind
from db.registers.minutes import ROLE_WORDS, moment_words, part_words
from db.states import CommitteeRole, CountKind
from db.stocktaking import CountPlan, NotDone, Seat, Stocktaking, WhyNot

HERE: Final = "/kiem-ke"
KIND_WORDS = {CountKind.FULL: "Kiểm kê, có biên bản", CountKind.QUICK: "Kiểm tra nhanh"}
CAUSES = (
    "Chưa rõ nguyên nhân",
    "Bạn đọc làm mất, chưa báo",
    "Để nhầm giá, nhầm kho",
    "Mất nhãn, không quét được",
    "Hư hỏng do sử dụng lâu",
    "Mối mọt, ẩm ướt",
    "Thiên tai, sự cố",
    "Ghi sổ sai",
    "Đã xuất nhưng còn trong kho",
)
PROPOSALS = (
    "Tiếp tục tìm",
    "Đề nghị xuất khỏi sổ",
    "Bạn đọc đền",
    "Sửa chữa, đóng lại",
    "Sửa sổ đăng ký",
    "Nhập lại vào kho",
)
MOST_SHOWN = 100
"""Differences on one page."""
MOST_MEMBERS = 6
NAME_LENGTH = 80

router = APIRouter(include_in_schema=False)
Counts = Annotated[Desk, allowed(Right.COUNT_STOCK)]
Runs = Annotated[Desk, allowed(Right.RUN_STOCK)]
Signs = Annotated[Desk, allowed(Right.SIGN_STOCK)]


@router.get(HERE)
def show_counts(desk: Counts) -> Response:
    """Show every count, the newest first."""
    with desk.records() as connection:
        rows = stock_counts.counts(connection, desk.school_id)
    shown = table(desk.asked, COLUMNS, rows)
    given = desk.hand_out_table(shown, "kiem-ke")
    is_open = [one for one in rows if one.closed_at is None]
    return given or desk.show("stocktakes.html", table=shown, open=is_open)


@router.get(f"{HERE}/moi")
def show_new(desk: Runs) -> Response:
    """Show the form of a new count."""
    return _new(desk)


@router.post(f"{HERE}/moi")
def begin(desk: Runs) -> Response:
    """Begin a count with its committee."""
    form = desk.form
    with desk.records() as connection:
        prefixes = [prefix for prefix, _ in owing.kho_names(connection, desk.school_id)]
        shelves = stock_counts.shelves(connection, desk.school_id)
        people = stock_counts.may_sit(connection, desk.school_id)
    plan = CountPlan(
        form.text("name", most=NAME_LENGTH),
        CountKind(form.one_of("kind", [kind.value for kind in CountKind])),
        form.several("kho", prefixes),
        form.one_of("shelf", ["", *shelves]),
        _committee(desk, people),
        desk.author,
    )
    if form.wrong:
        return _new(desk, 422)
    begun = Stocktaking(desk.library).begin(plan)
    if isinstance(begun, NotDone):
        form.refuse("", f"“{begun.name}” còn đang kiểm kê cùng phần kho này: chốt đợt đó trước.")
        return _new(desk, 422)
    with desk.records() as connection:
        desk.note(connection, "count-begun", begun)
    return desk.go(f"{HERE}/{begun}", "Đã mở đợt kiểm kê. Mọi người có thể quét ngay.")


@router.get(f"{HERE}/{{stocktake_id:uuid}}")
def show_count(desk: Counts, stocktake_id: UUID) -> Response:
    """Show how a count stands: what is seen, what is odd, who has signed."""
    return _show(desk, stocktake_id)


@router.post(f"{HERE}/{{stocktake_id:uuid}}/chot")
def close(desk: Runs, stocktake_id: UUID) -> Response:
    """End a count; whoever ends it says how many copies are missing."""
    _minutes(desk, stocktake_id)
    missing = desk.form.number("missing", 0, 1_000_000)
    if desk.form.wrong:
        return _show(desk, stocktake_id, 422)
    told = Stocktaking(desk.library).close(stocktake_id, desk.author, missing)
    if isinstance(told, NotDone):
        field = "missing" if told.why is WhyNot.WRONG_SUM else ""
        desk.form.refuse(field, _why(told, missing))
        return _show(desk, stocktake_id, 422)
    with desk.records() as connection:
        detail = f"{told.total.seen} {told.total.missing}"
        desk.note(connection, "count-closed", stocktake_id, detail)
    return desk.go(f"{HERE}/{stocktake_id}", "Đã chốt. Số liệu của biên bản không đổi nữa.")


@router.post(f"{HERE}/{{stocktake_id:uuid}}/nguyen-nhan")
def explain(desk: Runs, stocktake_id: UUID) -> Response:
    """Say why some copies are not as the registers say."""
    minutes = _minutes(desk, stocktake_id)
    known = {str(one.copy_id): one.copy_id for one in minutes.differences}
    chosen = [known[one] for one in desk.form.several("copies", known)]
    cause = desk.form.one_of("cause", ["", *CAUSES])
    proposal = desk.form.one_of("proposal", ["", *PROPOSALS])
    if not chosen:
        desk.form.refuse("", "Chưa chọn cuốn nào trong danh sách.")
    if desk.form.wrong:
        return _show(desk, stocktake_id, 422)
    refused = Stocktaking(desk.library).explain(stocktake_id, chosen, cause, proposal)
    if refused is not None:
        desk.form.refuse("", "Biên bản đã ký đủ, không sửa nguyên nhân được nữa.")
        return _show(desk, stocktake_id, 422)
    with desk.records() as connection:
        desk.note(connection, "count-explained", stocktake_id, str(len(chosen)))
    return desk.go(_address(desk, stocktake_id), f"Đã ghi nguyên nhân của {len(chosen)} cuốn.")


@router.post(f"{HERE}/{{stocktake_id:uuid}}/ky")
def sign(desk: Signs, stocktake_id: UUID) -> Response:
    """Sign the minutes, as one of the committee."""
    _minutes(desk, stocktake_id)
    refused = Stocktaking(desk.library).sign(stocktake_id, desk.author)
    if refused is not None:
        desk.form.refuse("", _why(refused))
        return _show(desk, stocktake_id, 422)
    with desk.records() as connection:
        desk.note(connection, "count-signed", stocktake_id)
    return desk.go(f"{HERE}/{stocktake_id}", "Đã ký biên bản.")


@router.get(f"{HERE}/{{stocktake_id:uuid}}/bien-ban")
def hand_out_minutes(desk: Counts, stocktake_id: UUID) -> Response:
    """Hand the minutes out as PDF or Excel."""
    minutes = _minutes(desk, stocktake_id)
    sheet = Books(desk.library).minutes(stocktake_id)
    called = f"Biên bản kiểm kê {minutes.name}"
    return papers.hand_out_sheet(desk, sheet, papers.form_asked(desk), called)


def _committee(desk: Desk, people: tuple[MaySit, ...]) -> tuple[Seat, ...]:
    """The seats that were filled; nobody sits twice."""
    names = {one.account: one.name for one in people}
    seats: list[Seat] = []
    for field, role in _seats():
        account = desk.form.one_of(field, ["", *names])
        typed = desk.form.text(f"{field}_name", wanted=False, most=NAME_LENGTH)
        name = names.get(account) or typed
        if name and name in {one.name for one in seats}:
            desk.form.refuse(field, f"{name} đã có trong ban rồi.")
        elif name:
            seats.append(Seat(role, name, account))
    return tuple(seats)


def _seats() -> list[tuple[str, CommitteeRole]]:
    members = [(f"member{place}", CommitteeRole.MEMBER) for place in range(1, MOST_MEMBERS - 1)]
    return [("chair", CommitteeRole.CHAIR), ("secretary", CommitteeRole.SECRETARY), *members]


def _why(told: NotDone, typed: int = 0) -> str:
    match told.why:
        case WhyNot.WRONG_SUM:
            return f"Bạn ghi {typed} cuốn thiếu, danh sách có {told.missing} cuốn. Hãy xem lại."
        case WhyNot.CLOSED if told.at is not None:
            return f"Đợt này đã chốt lúc {moment_words(told.at)}."
        case WhyNot.STILL_OPEN:
            return "Chưa chốt số liệu nên chưa ký được."
        case _:
            return "Bạn không có tên trong ban kiểm kê này, hoặc đã ký rồi."


def _minutes(desk: Desk, stocktake_id: UUID) -> CountMinutes:
    try:
        return Stocktaking(desk.library).minutes(stocktake_id)
    except LookupError:
        raise HTTPException(404, "There is no such count.") from None


def _new(desk: Desk, status_code: int = 200) -> Response:
    with desk.records() as connection:
        kho = owing.kho_names(connection, desk.school_id)
        shelves = stock_counts.shelves(connection, desk.school_id)
        people = stock_counts.may_sit(connection, desk.school_id)
    day = f"{desk.today:%d/%m/%Y}"
    is_winter = desk.today.month in (12, 1, 2)
    return desk.show(
        "stocktake_new.html",
        status_code,
        kho=kho,
        shelves=[("", "mọi giá"), *((one, f"giá {one}") for one in shelves)],
        people=[
            ("", "Không có tài khoản, ghi tên bên cạnh"),
            *((p.account, p.name) for p in people),
        ],
        kinds=[(kind.value, words) for kind, words in KIND_WORDS.items()],
        kind=(CountKind.QUICK if is_winter else CountKind.FULL).value,
        name=f"Kiểm tra kho {day}" if is_winter else f"Kiểm kê {day}",
        seats=[(field, ROLE_WORDS[role]) for field, role in _seats()],
    )


def _show(desk: Desk, stocktake_id: UUID, status_code: int = 200) -> Response:
    minutes = _minutes(desk, stocktake_id)
    progress = Stocktaking(desk.library).progress(stocktake_id)
    word = desk.asked.get("loai", "")
    chosen = tuple(one for one in minutes.differences if not word or one.kind.value == word)
    page, pages = _page(desk, chosen)
    here = chosen[(page - 1) * MOST_SHOWN : page * MOST_SHOWN]
    seat = next((one for one in minutes.members if one.account == desk.author), None)
    return desk.show(
        "stocktake.html",
        status_code,
        minutes=minutes,
        total=minutes.total,
        progress=progress,
        part=part_words(minutes),
        is_quick=minutes.kind is CountKind.QUICK,
        roles=ROLE_WORDS,
        moment=moment_words,
        kinds=_kinds(minutes),
        kind=word,
        differences=here,
        page=page,
        pages=pages,
        causes=[("", "chưa ghi"), *((one, one) for one in CAUSES)],
        proposals=[("", "chưa ghi"), *((one, one) for one in PROPOSALS)],
        may_sign=desk.may(Right.SIGN_STOCK) and seat is not None and seat.signed_at is None,
        explains=desk.may(Right.RUN_STOCK) and not (minutes.closed_at and minutes.is_signed),
    )


def _kinds(minutes: CountMinutes) -> list[tuple[str, str, int]]:
    """The kinds of difference there are, with how many of each."""
    numbers = {kind: len(minutes.of(kind)) for kind in DifferenceKind}
    return [(kind.value, DIFFERENCE_WORDS[kind], n) for kind, n in numbers.items() if n]


def _page(desk: Desk, rows: tuple[Difference, ...]) -> tuple[int, int]:
    pages = max(1, -(-len(rows) // MOST_SHOWN))
    text = desk.asked.get("trang", "")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
    return min(max(1, asked), pages), pages


def _address(desk: Desk, stocktake_id: UUID) -> str:
    word = desk.form.typed.get("loai", "")
    known = {kind.value for kind in DifferenceKind}
    return f"{HERE}/{stocktake_id}" + (f"?loai={word}" if word in known else "")


def _state(one: CountLine) -> Tag:
    if one.closed_at is None:
        return Tag("đang kiểm kê", "look")
    if one.seats and one.signed < one.seats:
        return Tag(f"chờ ký {one.signed}/{one.seats}", "look")
    return Tag("đã ký đủ" if one.seats else "đã chốt", "done")


def _of(one: CountLine) -> str:
    kho = f"kho {one.kho.replace(' ', ', ')}" if one.kho else "toàn bộ kho"
    return f"{kho}, giá {one.shelf}" if one.shelf else kho


COLUMNS: tuple[Column, ...] = (
    Column("ten", "Đợt", lambda one: one.name, link=lambda one: f"{HERE}/{one.id}", kind="strong"),
    Column("viec", "Việc", lambda one: KIND_WORDS[one.kind], narrow=False),
    Column("phan", "Phần kho", _of, narrow=False),
    Column("mo", "Mở lúc", lambda one: one.as_of),
    Column("chot", "Chốt lúc", lambda one: one.closed_at, narrow=False),
    Column("thay", "Đã quét", lambda one: one.seen, kind="number"),
    Column("tt", "Tình trạng", _state),
)
PAGES = Pages(Section.REPORTS, router, (Place(HERE, "Kiểm kê", Right.COUNT_STOCK),))
