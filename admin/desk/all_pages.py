"""Every module of pages, in one table: a page is at the desk once it stands here."""

from __future__ import annotations

from admin.desk import (
    account_pages,
    arrivals,
    book_files,
    catalogue,
    corners,
    help,
    intake,
    keeping_pages,
    labels,
    lending,
    losses,
    patrons,
    registers,
    reminders,
    settings,
    station_staff,
    stations,
    teachers,
    textbook_sets,
    today,
    waiting,
    year_change,
)
from admin.desk.frame import Pages

ALL_PAGES: tuple[Pages, ...] = (
    today.PAGES,
    teachers.PAGES,
    patrons.PAGES,
    intake.PAGES,
    year_change.PAGES,
    teachers.CLASS_PAGES,
    labels.CARD_PAGES,
    catalogue.PAGES,
    arrivals.PAGES,
    labels.PAGES,
    waiting.WISH_PAGES,
    book_files.PAGES,
    lending.PAGES,
    textbook_sets.PAGES,
    waiting.PAGES,
    reminders.PAGES,
    teachers.REQUEST_PAGES,
    losses.PAGES,
    corners.PAGES,
    stations.PAGES,
    station_staff.PAGES,
    registers.PAGES,
    settings.PAGES,
    keeping_pages.PAGES,
    account_pages.PAGES,
    help.PAGES,
)
"""Within a section the navigation keeps this order."""
