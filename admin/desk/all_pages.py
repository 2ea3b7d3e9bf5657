"""Every module of pages, in one table: a page is at the desk once it stands here."""

from __future__ import annotations

from admin.desk import (
    account_pages,
    help,
    intake,
    keeping_pages,
    patrons,
    settings,
    stations,
    today,
    year_change,
)
from admin.desk.frame import Pages

ALL_PAGES: tuple[Pages, ...] = (
    today.PAGES,
    patrons.PAGES,
    intake.PAGES,
    year_change.PAGES,
    stations.PAGES,
    settings.PAGES,
    keeping_pages.PAGES,
    account_pages.PAGES,
    help.PAGES,
)
"""Within a section the navigation keeps this order."""
