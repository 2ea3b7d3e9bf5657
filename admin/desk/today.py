"""The page of the day: loans at a glance, and what waits for the librarian. Keeps out queries."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.overview import overview

REFRESH_S = 20
"""How often the page of the day fetches itself anew."""

router = APIRouter(include_in_schema=False)


@router.get("/")
def today(desk: Annotated[Desk, allowed(Right.SEE_TODAY)]) -> Response:
    """Show the day's loans."""
    with desk.records() as connection:
        day = overview(connection, desk.school_id, desk.now)
    return desk.show("today.html", day=day, refresh_s=REFRESH_S)


PAGES = Pages(Section.TODAY, router, (Place("/", "Hôm nay", Right.SEE_TODAY),))
