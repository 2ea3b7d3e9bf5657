"""Every module of pages, in one table: a page is at the desk once it stands here."""

from __future__ import annotations

from admin.desk import books, help, today
from admin.desk.frame import Pages

ALL_PAGES: tuple[Pages, ...] = (today.PAGES, books.PAGES, help.PAGES)
"""Within a section the navigation keeps this order."""
