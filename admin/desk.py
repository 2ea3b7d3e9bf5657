"""The librarian's pages: today's loans at a glance. Keeps out queries and the kiosks' door.

There is no sign-in yet and pages name children, so they are shown only to a browser on the
hub's own machine, by an address that no foreign page can lend itself (DNS rebinding).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from admin.hub import TheHub
from admin.overview import overview
from admin.wording import FILTERS
from printer import fonts

REFRESH_S = 20
"""How often the page of the day fetches itself anew."""

OWN_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

SPINE_COLOURS = 6
"""Shades of book spines in desk.css."""

_STYLES = Path(__file__).parent / "static" / "desk.css"
_FONTS = {font.name: font for font in (fonts.REGULAR, fonts.SEMIBOLD, fonts.BOLD)}


def _pages() -> Environment:
    pages = Environment(
        loader=PackageLoader("admin"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters.update(FILTERS)
    pages.filters["spine"] = _spine
    # A new version of the styles has a new address, so browsers may keep the old one.
    pages.globals["styles"] = hashlib.sha256(_STYLES.read_bytes()).hexdigest()[:12]
    pages.globals["refresh_s"] = REFRESH_S
    return pages


def _spine(title: str) -> int:
    """The shade of a title's spine: always the same for the same title."""
    return hashlib.sha256(title.encode()).digest()[0] % SPINE_COLOURS


def _own_host(request: Request) -> None:
    if request.url.hostname not in OWN_HOSTS:
        raise HTTPException(421, "The desk answers only on the hub's own machine.")


_PAGES = _pages()
router = APIRouter()


@router.get("/", response_class=HTMLResponse)
def today(hub: TheHub, _own: Annotated[None, Depends(_own_host)]) -> HTMLResponse:
    """Show the day's loans."""
    with hub.engine.begin() as connection:
        day = overview(connection, hub.school_id, hub.clock.now())
    return HTMLResponse(_PAGES.get_template("today.html").render(day=day))


@router.get("/fonts/{name}")
def font(name: str) -> FileResponse:
    """Hand out one of the three weights of the house's family."""
    if name not in _FONTS:
        raise HTTPException(404, "No such font.")
    return FileResponse(_FONTS[name], media_type="font/ttf")
