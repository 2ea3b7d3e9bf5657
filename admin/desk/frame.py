"""The frame around every page: navigation, styles, words. Keeps out who may see what is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from admin.desk.rights import ROLE_WORDS, Right
from admin.wording import FILTERS

STATIC = Path(__file__).parent.parent / "static"
SPINE_COLOURS = 6
"""Shades of book spines in desk.css."""


class Section(StrEnum):
    """The parts of the desk, in the order of the navigation; the value is its icon."""

    TODAY = "today"
    PATRONS = "patrons"
    BOOKS = "books"
    CIRCULATION = "circulation"
    CORNERS = "corners"
    YEAR = "year"
    KIOSKS = "kiosks"
    REPORTS = "reports"
    SETTINGS = "settings"
    HELP = "help"


SECTION_WORDS = {
    Section.TODAY: "Hôm nay",
    Section.PATRONS: "Bạn đọc",
    Section.BOOKS: "Sách",
    Section.CIRCULATION: "Mượn trả",
    Section.CORNERS: "Góc lớp",
    Section.YEAR: "Năm học",
    Section.KIOSKS: "Trạm",
    Section.REPORTS: "Sổ và báo cáo",
    Section.SETTINGS: "Cài đặt",
    Section.HELP: "Trợ giúp",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the navigation leads to."""

    path: str
    label: str
    right: Right


@dataclass(frozen=True, slots=True)
class Pages:
    """What one module of pages brings: its section, its router, its places in the navigation."""

    section: Section
    router: APIRouter
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section as one person sees it."""

    icon: str
    label: str
    places: tuple[Place, ...]
    current: Place | None
    """Where they are in it; None elsewhere."""

    @property
    def path(self) -> str:
        """Where its name leads."""
        return self.places[0].path


def sections_for(
    all_pages: Sequence[Pages], rights: Collection[Right], path: str
) -> list[ShownSection]:
    """The navigation of somebody with these rights who is at `path`."""
    shown = []
    for section in Section:
        places = tuple(
            place
            for pages in all_pages
            if pages.section is section
            for place in pages.places
            if place.right in rights
        )
        if places:
            here = _here(places, path)
            shown.append(ShownSection(section.value, SECTION_WORDS[section], places, here))
    return shown


def _here(places: Sequence[Place], path: str) -> Place | None:
    """The place with the longest address that `path` begins with."""
    under = [
        place
        for place in places
        if path == place.path or (place.path != "/" and path.startswith(place.path + "/"))
    ]
    return max(under, key=lambda place: len(place.path), default=None)


def render(template: str, **told: Any) -> str:
    """A page as text."""
    return _PAGES.get_template(template).render(**told)


def _digest(name: str) -> str:
    # A new version of a file has a new address, so browsers may keep the old one.
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def spine(title: str) -> int:
    """The shade of a title's spine: always the same for the same title."""
    return hashlib.sha256(title.encode()).digest()[0] % SPINE_COLOURS


@pass_context
def _typed(context: Context, name: str, value: object = "") -> str:
    """What a field shows: what was typed, else the record's value."""
    form = context.get("form")
    if form is not None and name in form.typed:
        return str(form.typed[name])
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return "" if value is None else str(value)


def _pages() -> Environment:
    pages = Environment(
        loader=PackageLoader("admin"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters.update(FILTERS)
    pages.filters["spine"] = spine
    pages.globals["typed"] = _typed
    pages.globals["styles"] = _digest("desk.css")
    pages.globals["script"] = _digest("desk.js")
    pages.globals["stocktake_script"] = _digest("stocktake.js")
    pages.globals["role_words"] = ROLE_WORDS
    pages.globals["Right"] = Right
    return pages


_PAGES = _pages()
