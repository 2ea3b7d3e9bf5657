"""The pages of what the school lays down: year, days off, hours, loan rules, kho, house rules.

Every change is kept with what was before it and can be taken back (`admin.setting_changes`);
loan rules hold from a day on. Keeps out what follows from them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin import first_look, setting_changes
from admin.desk.door import Desk, allowed
from admin.desk.forms import Form, version_of
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.setting_changes import Area, Changed, Undoing, Values
from admin.wording import CATEGORY_WORDS
from db import notices
from db.calendar import HOLIDAYS_UNTIL, WEEKDAYS, public_holidays
from db.defaults import ANY_KHO
from db.notices import TooMany
from db.outcomes import PatronCategory
from db.rulebook import Rulebook, read_rulebook
from db.rules import LoanPolicy
from db.states import ClosedKind, LendingMode, LoanTerm, Season, SlotUse
from db.text import TooLong

AREA_WORDS = {
    Area.SCHOOL: "Tên trường, ngày mở cửa",
    Area.YEARS: "Năm học",
    Area.RECALLS: "Ngày thu hồi sách",
    Area.CLOSED_DAYS: "Ngày nghỉ",
    Area.SLOTS: "Giờ mở cửa",
    Area.BELLS: "Giờ vào lớp",
    Area.HOUSE_RULES: "Nội quy",
    Area.CHOICES: "Lựa chọn chung",
    Area.KHO: "Kho sách",
    Area.POLICIES: "Quy định mượn",
}
YEAR_FIELDS = (
    ("begins_on", "Tựu trường"),
    ("opened_on", "Khai giảng"),
    ("first_semester_ends_on", "Hết học kì I"),
    ("second_semester_begins_on", "Vào học kì II"),
    ("ends_on", "Kết thúc năm học"),
)
KIND_WORDS = {
    ClosedKind.HOLIDAY: "Nghỉ lễ",
    ClosedKind.TET: "Nghỉ Tết",
    ClosedKind.SUBSTITUTE: "Nghỉ bù",
    ClosedKind.OWN: "Nghỉ riêng của trường",
}
USE_WORDS = {SlotUse.LENDING: "Mượn trả", SlotUse.READING: "Đọc tại chỗ"}
LENDING_WORDS = {
    LendingMode.TAKE_HOME: "Mượn về",
    LendingMode.REFERENCE: "Đọc tại chỗ",
    LendingMode.TEACHERS: "Chỉ giáo viên",
    LendingMode.TEXTBOOK_SET: "Theo bộ sách giáo khoa",
}
TERM_WORDS = {
    LoanTerm.DAYS: "Đủ số ngày",
    LoanTerm.SEMESTER_END: "Đến hết học kì",
    LoanTerm.YEAR_END: "Đến hết năm học",
    LoanTerm.RECALL: "Đến ngày thu hồi",
    LoanTerm.BACK_TO_SCHOOL: "Đến ngày tựu trường",
}
SEASON_WORDS = {Season.TERM: "Trong năm học", Season.SUMMER: "Mùa hè"}
NUMBER_CHOICES = (
    ("max_holds", "Số cuốn một bạn được giữ chỗ", 0, 20),
    ("hold_days", "Số ngày mở cửa giữ sách chờ bạn đến lấy", 1, 30),
    ("search_days", "Số ngày tìm sách báo mất", 1, 90),
    ("new_title_days", "Số ngày sách được coi là mới", 1, 365),
    ("undo_s", "Số giây được hoàn tác ở trạm", 0, 60),
    ("copies_per_pupil", "Số bản mỗi học sinh theo quy định", 1, 50),
    ("own_copies_per_pupil", "Chỉ tiêu riêng của trường (0 nếu không có)", 0, 50),
    ("books_on_paper", "Tổng số cuốn trong sổ giấy cần nhập (0 khi đã nhập xong)", 0, 500_000),
)
TICK_CHOICES = (
    ("lend_in_slots_only", "Chỉ cho mượn trong giờ mượn trả"),
    ("lending_paused", "Tạm ngừng cho mượn (đang kiểm kê)"),
    ("holds_allowed", "Cho đặt giữ chỗ"),
)
Change = Callable[[Values], Values]
"""What an area is to be, from what it is."""
MOST_ROWS = 60
BLANK_ROWS = 3
MOST_CLOSED_AT_ONCE = 100

router = APIRouter(include_in_schema=False)
Sees = Annotated[Desk, allowed(Right.SEE_SETTINGS)]
Edits = Annotated[Desk, allowed(Right.EDIT_SETTINGS)]


# The school and its years


@router.get("/cai-dat")
def show_school(desk: Sees) -> Response:
    """The school's name, its week, its years and the days everything must be back."""
    return _show_school(desk)


@router.post("/cai-dat/truong")
def save_school(desk: Edits) -> Response:
    """Name the school and say on which days the library opens."""
    name = desk.form.text("name", most=100)
    days = desk.form.several("days", "0123456")
    if not days:
        desk.form.refuse("days", "Thư viện cần mở ít nhất một ngày trong tuần.")
    if desk.form.wrong:
        return _show_school(desk)
    to = {"name": name, "open_weekdays": "".join(days)}
    return _save(desk, Area.SCHOOL, lambda _: to, "/cai-dat", _show_school)


@router.post("/cai-dat/nam-hoc")
def save_year(desk: Edits) -> Response:
    """Enter a school year or correct its days."""
    form = desk.form
    name = form.text("year", most=9)
    days = [form.day(field) for field, _ in YEAR_FIELDS]
    first, _, second = name.partition("-")
    if not (first.isdecimal() and second.isdecimal() and int(second) == int(first) + 1):
        form.refuse("year", "Năm học viết như 2026-2027.")
    known = [day for day in days if day is not None]
    if len(known) == len(days) and known != sorted(known):
        form.refuse("begins_on", "Các ngày phải theo thứ tự từ tựu trường đến kết thúc.")
    if form.wrong:
        return _show_school(desk)
    told = [f"{day}" for day in known]
    return _save(desk, Area.YEARS, lambda years: {**years, name: told}, "/cai-dat", _show_school)


@router.post("/cai-dat/thu-hoi")
def save_recalls(desk: Edits) -> Response:
    """Say by which days everything of a category must be back."""
    to: Values = {}
    for category in PatronCategory:
        lines = desk.form.typed.get(category.value, "").replace(",", "\n").splitlines()
        days = [Form({"d": line}).day("d") for line in lines if line.strip()]
        if None in days:
            desk.form.refuse(category.value, "Có ngày chưa đúng. Ví dụ: 20/05/2027.")
        to[category.value] = sorted(f"{day}" for day in days if day is not None)
    if desk.form.wrong:
        return _show_school(desk)
    return _save(desk, Area.RECALLS, lambda _: to, "/cai-dat", _show_school)


@router.post("/cai-dat/go-mau")
def remove_demo(desk: Annotated[Desk, allowed(Right.KEEP_RECORDS)]) -> Response:
    """Take the demo school away, and begin with the real one; what was entered is told before."""
    form = desk.form
    name = form.text("real_name", most=100)
    with desk.records() as connection:
        found = first_look.besides(connection, desk.school_id)
        if found and not form.ticked("sure"):
            form.refuse("sure", "Hãy đánh dấu để xác nhận: những thứ này cũng mất.")
        if found is not None and not form.wrong:
            first_look.remove(connection, desk.school_id, name, desk.author, desk.now)
            desk.note(connection, "demo-removed")
    if found is None:
        return desk.go("/cai-dat", "Trường này không phải trường mẫu. Chưa gỡ gì.")
    if form.wrong:
        return _show_school(desk)
    return desk.go("/cai-dat", "Đã gỡ dữ liệu mẫu. Tài khoản, trạm và cài đặt còn nguyên.")


def _show_school(desk: Desk) -> Response:
    with desk.records() as connection:
        demo = first_look.besides(connection, desk.school_id)
        told = {area: setting_changes.read(connection, desk.school_id, area) for area in Area}
    years = told[Area.YEARS]
    chosen = desk.asked.get("nam") or max(years, default="")
    told_days = [date.fromisoformat(day) for day in years.get(chosen, ())]
    days = dict(zip((field for field, _ in YEAR_FIELDS), told_days, strict=False))
    return _page(
        desk,
        "settings_school.html",
        (Area.SCHOOL, Area.YEARS, Area.RECALLS),
        demo=demo,
        school_values=told[Area.SCHOOL],
        years=sorted(years, reverse=True),
        chosen=chosen,
        days=days,
        year_fields=YEAR_FIELDS,
        weekdays=WEEKDAYS,
        recalls={
            category.value: "\n".join(
                f"{date.fromisoformat(day):%d/%m/%Y}" for day in told[Area.RECALLS][category.value]
            )
            for category in PatronCategory
        },
        categories=[(one.value, words) for one, words in CATEGORY_WORDS.items()],
    )


# Days off


@router.get("/cai-dat/ngay-nghi")
def show_closed(desk: Sees) -> Response:
    """The days on which the library is closed, those to come first."""
    return _show_closed(desk)


@router.post("/cai-dat/ngay-nghi")
def close(desk: Edits) -> Response:
    """Close the library on a day, or from a day to another."""
    form = desk.form
    first, last = form.day("first"), form.day("last", wanted=False)
    name = form.text("name", most=60)
    kind = form.one_of("kind", [one.value for one in KIND_WORDS])
    last = last or first
    if first and last and not timedelta() <= last - first < timedelta(days=MOST_CLOSED_AT_ONCE):
        form.refuse("last", "Ngày cuối phải sau ngày đầu, không quá 100 ngày.")
    if form.wrong or first is None or last is None:
        return _show_closed(desk)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    told = {f"{day}": [name, kind] for day in days}
    return _save_closed(desk, lambda closed: {**closed, **told})


@router.post("/cai-dat/ngay-nghi/bo")
def open_again(desk: Edits) -> Response:
    """Open on a day after all."""
    day = f"{desk.form.day('day')}"
    return _save_closed(
        desk, lambda closed: {one: told for one, told in closed.items() if one != day}
    )


@router.post("/cai-dat/ngay-nghi/le")
def propose(desk: Edits) -> Response:
    """Enter the public holidays of a year; days that are there keep their names."""
    year = desk.form.number("holidays_of", 2024, HOLIDAYS_UNTIL)
    if desk.form.wrong:
        return _show_closed(desk)
    with desk.records() as connection:
        rules = read_rulebook(connection, desk.school_id)
    rest = frozenset(range(7)) - rules.calendar.open_weekdays
    proposed = {f"{one.day}": [one.name, one.kind.value] for one in public_holidays(year, rest)}
    return _save_closed(desk, lambda closed: {**proposed, **closed})


def _save_closed(desk: Desk, change: Change) -> Response:
    return _save(desk, Area.CLOSED_DAYS, change, "/cai-dat/ngay-nghi", _show_closed)


def _show_closed(desk: Desk) -> Response:
    with desk.records() as connection:
        closed = setting_changes.read(connection, desk.school_id, Area.CLOSED_DAYS)
    days = [
        (date.fromisoformat(day), name, KIND_WORDS[ClosedKind(kind)])
        for day, (name, kind) in closed.items()
    ]
    return _page(
        desk,
        "settings_closed.html",
        coming=[one for one in days if one[0] >= desk.today],
        past=[one for one in reversed(days) if one[0] < desk.today],
        kinds=[(one.value, words) for one, words in KIND_WORDS.items()],
        year=desk.today.year + (desk.today.month > 8),
        weekdays=WEEKDAYS,
    )


# The week's hours and the bells


@router.get("/cai-dat/gio")
def show_hours(desk: Sees) -> Response:
    """The week's lending and reading times, and the day's lessons."""
    return _show_hours(desk)


@router.post("/cai-dat/gio")
def save_slots(desk: Edits) -> Response:
    """Set the week's times, in place of those before."""
    form, slots = desk.form, []
    for row in range(MOST_ROWS):
        begins, ends = form.hour(f"begins-{row}"), form.hour(f"ends-{row}")
        if begins is None and ends is None:
            continue
        if begins is None or ends is None or ends <= begins:
            form.refuse(f"ends-{row}", "Cần giờ đầu, rồi giờ cuối sau đó.")
            continue
        weekday = int(form.one_of(f"weekday-{row}", list("0123456")))
        use = form.one_of(f"use-{row}", [one.value for one in USE_WORDS])
        room = form.text(f"room-{row}", wanted=False, most=16)
        slots.append([weekday, f"{begins:%H:%M}", f"{ends:%H:%M}", use, room])
    if len({(slot[0], slot[1], slot[3], slot[4]) for slot in slots}) < len(slots):
        form.refuse("", "Có hai dòng trùng nhau. Chưa lưu.")
    if form.wrong:
        return _show_hours(desk)
    return _save(desk, Area.SLOTS, lambda _: {"slots": sorted(slots)}, "/cai-dat/gio", _show_hours)


@router.post("/cai-dat/tiet")
def save_bells(desk: Edits) -> Response:
    """Set the day's lessons and breaks, in place of those before."""
    form, bells = desk.form, []
    for row in range(MOST_ROWS):
        begins, ends = form.hour(f"bell-begins-{row}"), form.hour(f"bell-ends-{row}")
        if begins is None and ends is None:
            continue
        if begins is None or ends is None or ends <= begins:
            form.refuse(f"bell-ends-{row}", "Cần giờ đầu, rồi giờ cuối sau đó.")
            continue
        is_lesson = bool(form.typed.get(f"lesson-{row}", "").strip())
        lesson = form.number(f"lesson-{row}", 1, 15) if is_lesson else None
        bells.append([f"{begins:%H:%M}", f"{ends:%H:%M}", lesson])
    if len({bell[0] for bell in bells}) < len(bells):
        form.refuse("", "Có hai dòng bắt đầu cùng giờ. Chưa lưu.")
    if form.wrong:
        return _show_hours(desk)
    in_order = sorted(bells, key=lambda bell: str(bell[0]))
    return _save(desk, Area.BELLS, lambda _: {"bells": in_order}, "/cai-dat/gio", _show_hours)


def _show_hours(desk: Desk) -> Response:
    with desk.records() as connection:
        slots = setting_changes.read(connection, desk.school_id, Area.SLOTS)["slots"]
        bells = setting_changes.read(connection, desk.school_id, Area.BELLS)["bells"]
    return _page(
        desk,
        "settings_hours.html",
        (Area.SLOTS, Area.BELLS),
        slots=[*slots, *([0, "", "", SlotUse.LENDING.value, ""] for _ in range(BLANK_ROWS))],
        bells=[*bells, *(["", "", None] for _ in range(BLANK_ROWS))],
        weekdays=[(str(n), words) for n, words in enumerate(WEEKDAYS)],
        uses=[(one.value, words) for one, words in USE_WORDS.items()],
    )


# Loan rules


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A row of the table of loan rules."""

    category: str
    kho: str
    season: str
    policy: LoanPolicy
    since: date
    key: str


@router.get("/cai-dat/quy-dinh")
def show_policies(desk: Sees) -> Response:
    """What holds today, and what will hold."""
    with desk.records() as connection:
        rules = read_rulebook(connection, desk.school_id)
    now, coming = [], []
    for (category, kho, season), dated in sorted(rules.policies.items(), key=_as_read):
        holding = next((begins for begins, _ in dated if begins <= desk.today), None)
        for begins, policy in dated:
            words = _kho_words(rules, kho), SEASON_WORDS[season]
            key = f"{category.value}/{kho or 'chung'}/{season.value}"
            line = PolicyLine(CATEGORY_WORDS[category], *words, policy, begins, key)
            if begins > desk.today:
                coming.append(line)
            elif begins == holding:
                now.append(line)
    return _page(
        desk, "settings_policies.html", now_holding=now, coming=coming, term_words=TERM_WORDS
    )


@router.get("/cai-dat/quy-dinh/{category}/{kho}/{season}")
def policy_page(desk: Sees, category: PatronCategory, kho: str, season: Season) -> Response:
    """The rules of one kind of reader and kho, with the days they held from."""
    return _show_policy(desk, category, kho, season)


@router.post("/cai-dat/quy-dinh/{category}/{kho}/{season}")
def save_policy(desk: Edits, category: PatronCategory, kho: str, season: Season) -> Response:
    """Let other rules hold from a day on."""
    form = desk.form
    since = form.day("since")
    window = form.text("window", wanted=False, most=3)
    policy = LoanPolicy(
        max_loans=form.number("max_loans", 0, 200),
        loan_days=form.number("loan_days", 0, 730),
        blocked_by_overdue=form.ticked("blocked_by_overdue"),
        counts_with=_counts_with(desk, category, kho, season),
        term=LoanTerm(form.one_of("term", [one.value for one in TERM_WORDS])),
        max_renewals=form.number("max_renewals", 0, 20),
        renewal_days=form.number("renewal_days", 0, 730),
        renewal_window_days=form.number("window", 0, 365) if window else None,
        renewal_at_desk=form.ticked("renewal_at_desk"),
        for_leavers=form.ticked("for_leavers"),
    )
    if form.wrong:
        return _show_policy(desk, category, kho, season)
    key = f"{category.value}/{_prefix(kho)}/{season.value}/{since}"
    values = setting_changes.policy_values(policy)
    return _save(
        desk,
        Area.POLICIES,
        lambda rows: {**rows, key: values},
        "/cai-dat/quy-dinh",
        lambda desk: _show_policy(desk, category, kho, season),
    )


def _show_policy(desk: Desk, category: PatronCategory, kho: str, season: Season) -> Response:
    with desk.records() as connection:
        rules = read_rulebook(connection, desk.school_id)
    if _prefix(kho) != ANY_KHO and _prefix(kho) not in rules.kho:
        raise HTTPException(404, "There is no such kho.")
    dated = rules.policies.get((category, _prefix(kho), season), ())
    if not dated:
        raise HTTPException(404, "There is no such policy.")
    policy = next((policy for begins, policy in dated if begins <= desk.today), dated[-1][1])
    title = f"{CATEGORY_WORDS[category]} · {_kho_words(rules, _prefix(kho))}"
    return _page(
        desk,
        "settings_policy.html",
        (Area.POLICIES,),
        policy=policy,
        dated=dated,
        policy_title=f"{title} · {SEASON_WORDS[season]}",
        terms=[(one.value, words) for one, words in TERM_WORDS.items()],
        term_words=TERM_WORDS,
        today=desk.today,
    )


def _counts_with(desk: Desk, category: PatronCategory, kho: str, season: Season) -> str:
    """With what a kho's loans count stays as it is: the word is not the librarian's."""
    with desk.records() as connection:
        rules = read_rulebook(connection, desk.school_id)
    dated = rules.policies.get((category, _prefix(kho), season), ())
    return dated[0][1].counts_with if dated else "reading"


def _prefix(kho: str) -> str:
    return ANY_KHO if kho == "chung" else kho


def _as_read(row: Any) -> tuple[int, str, int]:
    """Pupils, teachers, staff; the general row first; the term before the summer."""
    category, kho, season = row[0]
    return list(PatronCategory).index(category), kho, list(Season).index(season)


def _kho_words(rules: Rulebook, kho: str) -> str:
    return "Mọi kho khác" if kho == ANY_KHO else rules.kho[kho].name if kho in rules.kho else kho


# House rules, choices, kho


@router.get("/cai-dat/noi-quy")
def show_house_rules(desk: Sees) -> Response:
    """The house rules, as stations show them."""
    return _show_house_rules(desk)


@router.post("/cai-dat/noi-quy")
def save_house_rules(desk: Edits) -> Response:
    """Lay down the house rules."""
    lines = desk.form.typed.get("lines", "").splitlines()
    kept = notices.read_lines(lines, notices.MOST_HOUSE_RULES)
    match kept:
        case TooMany():
            desk.form.refuse("lines", f"Nhiều quá: {kept.lines} điều, nhiều nhất {kept.most}.")
        case TooLong():
            most = f"{kept.length} ký tự, nhiều nhất {kept.most}"
            desk.form.refuse("lines", f"Có điều dài quá: {most}.")
        case _:
            to = {"lines": list(kept)}
            back = "/cai-dat/noi-quy"
            return _save(desk, Area.HOUSE_RULES, lambda _: to, back, _show_house_rules)
    return _show_house_rules(desk)


def _show_house_rules(desk: Desk) -> Response:
    with desk.records() as connection:
        lines = setting_changes.read(connection, desk.school_id, Area.HOUSE_RULES)["lines"]
    areas = (Area.HOUSE_RULES,)
    return _page(desk, "settings_rules.html", areas, lines=lines, most=notices.MOST_HOUSE_RULES)


@router.get("/cai-dat/chung")
def show_choices(desk: Sees) -> Response:
    """The school's own choices, and its kho."""
    return _show_choices(desk)


@router.post("/cai-dat/chung")
def save_choices(desk: Edits) -> Response:
    """Set the school's own choices."""
    form = desk.form
    to: Values = {name: form.number(name, least, most) for name, _, least, most in NUMBER_CHOICES}
    to |= {name: form.ticked(name) for name, _ in TICK_CHOICES}
    for name in ("voucher_sources", "exit_reasons"):
        lines = [line.strip() for line in form.typed.get(name, "").splitlines() if line.strip()]
        if not lines or max(map(len, lines)) > 64 or len(lines) > 30:
            form.refuse(name, "Cần từ 1 đến 30 dòng, mỗi dòng không quá 64 ký tự.")
        to[name] = lines
    if form.wrong:
        return _show_choices(desk)
    back = "/cai-dat/chung"
    return _save(desk, Area.CHOICES, lambda before: {**before, **to}, back, _show_choices)


@router.post("/cai-dat/kho")
def save_kho(desk: Edits) -> Response:
    """Begin a kho, or name an old one anew."""
    form = desk.form
    prefix = form.text("prefix", most=8).upper()
    name = form.text("kho_name", most=60)
    width = form.number("width", 4, 6)
    lending = form.one_of("lending", [one.value for one in LENDING_WORDS])
    if form.wrong:
        return _show_choices(desk)
    told, back = [name, width, lending], "/cai-dat/chung"
    try:
        return _save(desk, Area.KHO, lambda kho: {**kho, prefix: told}, back, _show_choices)
    except ValueError:
        wrong = (
            "Ký hiệu gồm 1 đến 5 chữ cái, có thể thêm số; số chữ số của kho đã có không đổi được."
        )
        form.refuse("prefix", wrong)
        return _show_choices(desk)


def _show_choices(desk: Desk) -> Response:
    with desk.records() as connection:
        choices = setting_changes.read(connection, desk.school_id, Area.CHOICES)
        kho = setting_changes.read(connection, desk.school_id, Area.KHO)
    return _page(
        desk,
        "settings_choices.html",
        (Area.CHOICES,),
        choices=choices,
        numbers=NUMBER_CHOICES,
        ticks=TICK_CHOICES,
        kho=[
            (prefix, name, width, LENDING_WORDS[LendingMode(lending)])
            for prefix, (name, width, lending) in kho.items()
        ],
        lendings=[(one.value, words) for one, words in LENDING_WORDS.items()],
    )


# What was changed


@router.get("/cai-dat/thay-doi")
def show_changes(desk: Sees) -> Response:
    """The changes, newest first, each with what was before it."""
    with desk.records() as connection:
        found = setting_changes.changes(connection, desk.school_id)
    lines = [(one, AREA_WORDS[one.area], list(differences(one.before, one.after))) for one in found]
    return _page(desk, "settings_changes.html", changes=lines)


@router.post("/cai-dat/thay-doi/{change_id:uuid}/hoan")
def take_back(desk: Edits, change_id: UUID) -> Response:
    """Take a change back."""
    with desk.records() as connection:
        done = setting_changes.undo(connection, desk.school_id, change_id, desk.author, desk.now)
        if done is Undoing.DONE:
            desk.note(connection, "setting-undone", change_id)
    said = {
        Undoing.DONE: "Đã hoàn lại.",
        Undoing.CHANGED_SINCE: "Phần này đã đổi tiếp sau đó. Hãy hoàn lại lần mới nhất trước.",
        Undoing.STAYS: "Phần đã thêm đang được dùng nên vẫn giữ nguyên.",
        Undoing.UNKNOWN: "Không còn thay đổi này.",
    }
    return desk.go("/cai-dat/thay-doi", said[done])


def differences(before: Values, after: Values) -> Any:
    """What a change changed, one value at a time: its name, before, after; the first twenty."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    for name in names[:20]:
        yield name, before.get(name), after.get(name)


def _save(
    desk: Desk, area: Area, change: Change, back: str, again: Callable[[Desk], Response]
) -> Response:
    """Change an area, unless another has since this form was shown: then they decide again."""
    with desk.records() as connection:
        setting_changes.hold(connection, desk.school_id)
        before = setting_changes.read(connection, desk.school_id, area)
        if stale := desk.form.is_stale(version_of(before)):
            meanwhile = setting_changes.last_change(connection, desk.school_id, area)
            desk.form.refuse("", _told_of(meanwhile))
        elif changed := setting_changes.change(
            connection, desk.school_id, area, change(before), desk.author, desk.now
        ):
            desk.note(connection, "setting-changed", detail=area.value)
    if stale:
        return again(desk)
    return desk.go(back, f"Đã lưu: {AREA_WORDS[area]}." if changed else "Không có gì thay đổi.")


def _told_of(change: Changed | None) -> str:
    """What somebody else did while a form was open."""
    if change is None:
        return f"Người khác vừa đổi phần này. {_DECIDE}"
    told = [f"{name}: {was} → {now}" for name, was, now in differences(change.before, change.after)]
    return f"{change.author} vừa đổi phần này ({'; '.join(told[:3])}). {_DECIDE}"


_DECIDE = "Chưa lưu. Những gì bạn điền vẫn còn: xem lại, rồi bấm Lưu lần nữa nếu vẫn muốn thay."


def _page(desk: Desk, template: str, areas: Collection[Area] = (), **told: Any) -> Response:
    """A page with the versions of what its forms change."""
    with desk.records() as connection:
        versions = {
            area.value: version_of(setting_changes.read(connection, desk.school_id, area))
            for area in areas
        }
    return desk.show(template, 422 if desk.form.wrong else 200, versions=versions, **told)


PAGES = Pages(
    Section.SETTINGS,
    router,
    (
        Place("/cai-dat", "Trường, năm học", Right.SEE_SETTINGS),
        Place("/cai-dat/ngay-nghi", "Ngày nghỉ", Right.SEE_SETTINGS),
        Place("/cai-dat/gio", "Giờ mở cửa", Right.SEE_SETTINGS),
        Place("/cai-dat/quy-dinh", "Quy định mượn", Right.SEE_SETTINGS),
        Place("/cai-dat/noi-quy", "Nội quy", Right.SEE_SETTINGS),
        Place("/cai-dat/chung", "Lựa chọn, kho", Right.SEE_SETTINGS),
        Place("/cai-dat/thay-doi", "Đã thay đổi", Right.SEE_SETTINGS),
    ),
)
