"""The library's furniture and equipment at the desk. Keeps out what a count is."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response

from admin.desk import papers
from admin.desk.door import Desk, allowed
from admin.desk.forms import Form, version_of
from admin.desk.frame import Pages, Place, Section
from admin.desk.periods import STAMP, list_moment, stamp_asked
from admin.desk.rights import Right
from admin.desk.tables import Column, Tag, table
from db.equipment import (
    KIND_WORDS,
    MOST,
    MOST_VND,
    NAME_LENGTH,
    NOTE_LENGTH,
    PLACE_LENGTH,
    UNIT_LENGTH,
    AssetShown,
    Equipment,
    State,
    Thing,
    change_asset,
    hold_asset,
    read_assets,
)
from db.registers.books import stamp_words
from db.registers.year_papers import asset_sheet
from db.states import AssetKind

HERE: Final = "/tai-san"
FIRST_YEAR: Final = 1950

router = APIRouter(include_in_schema=False)
Reads = Annotated[Desk, allowed(Right.SEE_REPORTS)]
Runs = Annotated[Desk, allowed(Right.RUN_YEAR)]


@router.get(HERE)
def show_assets(desk: Reads) -> Response:
    """Show the assets, or hand out their list to sign."""
    as_of, unread = stamp_asked(desk)
    with desk.library.act() as act:
        if desk.asked.get("tai") == "pdf":
            return papers.hand_out_sheet(desk, asset_sheet(act, as_of), "pdf")
        shown = table(desk.asked, COLUMNS, read_assets(act, list_moment(desk)))
    given = desk.hand_out_table(shown, "tai-san")
    return given or desk.show(
        "assets.html",
        table=shown,
        stamped_words=stamp_words(as_of),
        stamp=desk.asked.get(STAMP, ""),
        unread=unread,
    )


@router.get(f"{HERE}/moi")
def show_new(desk: Runs) -> Response:
    """Show the form of an asset."""
    return _form_page(desk, None)


@router.post(f"{HERE}/moi")
def enter(desk: Runs) -> Response:
    """Enter an asset with its numbers."""
    told = _told(desk)
    if told is None:
        return _form_page(desk, None)
    asset_id = Equipment(desk.library).enter(*told, desk.author)
    return _noted(desk, asset_id, "asset-entered", f"Đã ghi {told[0].name}.")


@router.get(f"{HERE}/{{asset_id:uuid}}")
def show_one(desk: Runs, asset_id: UUID) -> Response:
    """Show an asset in its form, and how it was found before."""
    return _form_page(desk, _found(desk, asset_id))


@router.post(f"{HERE}/{{asset_id:uuid}}")
def change(desk: Runs, asset_id: UUID) -> Response:
    """Note how an asset is, and correct what is said of it; whoever comes second is told."""
    told, counted = _told(desk), desk.form.ticked("counted")
    with desk.library.act() as act:
        now = hold_asset(act, asset_id)
        stale = desk.form.is_stale(version_of(now))
        if now and told and not stale:
            change_asset(act, now, *told, desk.author, counted=counted)
    if now is None:
        raise HTTPException(404)
    if stale or told is None:
        return _form_page(desk, now, stale=stale)
    return _noted(desk, asset_id, "asset-counted", f"Đã ghi tình trạng của {told[0].name}.")


def _told(desk: Desk) -> tuple[Thing, State] | None:
    form = desk.form
    name = form.text("name", most=NAME_LENGTH)
    kind = AssetKind(form.one_of("kind", [one.value for one in AssetKind]))
    unit = form.text("unit", most=UNIT_LENGTH)
    place = form.text("place", wanted=False, most=PLACE_LENGTH)
    year = _optional(form, "since_year", FIRST_YEAR, desk.today.year)
    price = _optional(form, "price_vnd", 0, MOST_VND)
    note = form.text("note", wanted=False, most=NOTE_LENGTH)
    state = State(*(form.number(key, 0, MOST) for key in ("good", "worn", "broken")))
    if form.wrong:
        return None
    return Thing(name, kind, unit, place, year, price, note), state


def _optional(form: Form, name: str, least: int, most: int) -> int | None:
    """A number that may be left empty."""
    return form.number(name, least, most) if form.typed.get(name, "").strip() else None


def _form_page(desk: Desk, asset: AssetShown | None, *, stale: bool = False) -> Response:
    counts = Equipment(desk.library).counts(asset.id) if asset else ()
    return desk.show(
        "asset.html",
        422 if stale or desk.form.wrong else 200,
        asset=asset,
        version=version_of(asset),
        changed=_words(asset) if asset and stale else [],
        counts=counts,
        kinds=[(one.value, words) for one, words in KIND_WORDS.items()],
        most=(NAME_LENGTH, UNIT_LENGTH, PLACE_LENGTH, NOTE_LENGTH),
    )


def _words(asset: AssetShown) -> list[tuple[str, str]]:
    """What another has changed meanwhile."""
    thing, state = asset.thing, asset.state
    return [
        ("Tên", thing.name),
        ("Nơi đặt", thing.place),
        ("Tình trạng", f"{state.good} tốt, {state.worn} cần sửa, {state.broken} hỏng"),
        ("Ghi chú", thing.note),
    ]


def _found(desk: Desk, asset_id: UUID) -> AssetShown:
    assets = Equipment(desk.library).listed()
    asset = next((one for one in assets if one.id == asset_id), None)
    if asset is None:
        raise HTTPException(404)
    return asset


def _noted(desk: Desk, asset_id: UUID, act: str, said: str) -> Response:
    with desk.records() as connection:
        desk.note(connection, act, asset_id)
    return desk.go(HERE, said)


def _state(one: AssetShown) -> Tag:
    """How an asset is, in one word."""
    if one.state.broken:
        return Tag(f"{one.state.broken} hỏng", "late")
    return Tag(f"{one.state.worn} cần sửa", "look") if one.state.worn else Tag("Tốt", "done")


COLUMNS: Final = (
    Column(
        "ten",
        "Tên",
        lambda one: one.thing.name,
        link=lambda one: f"{HERE}/{one.id}",
        kind="strong",
    ),
    Column("loai", "Loại", lambda one: KIND_WORDS[one.thing.kind], narrow=False),
    Column("noi", "Nơi đặt", lambda one: one.thing.place, narrow=False),
    Column("so", "Số lượng", lambda one: one.state.total, kind="number"),
    Column("tinh-trang", "Tình trạng", _state),
    Column("ngay", "Kiểm tra", lambda one: one.counted_on, narrow=False),
)
PAGES = Pages(Section.YEAR, router, (Place(HERE, "Tài sản", Right.SEE_REPORTS),))
