"""A sheet as a file to keep: what every page of the year hands out alike. No layout, no records."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from fastapi import Response

from admin.desk.door import XLSX, Desk
from admin.register_pdf import write_pdf
from admin.register_xlsx import write_xlsx
from db.registers.sheet import Sheet

PDF: Final = "application/pdf"
FORMS: Final = ("xlsx", "pdf")
"""As the address asks for them (`tai`)."""


def form_asked(desk: Desk) -> str:
    """As what a paper is asked for that is no page; a PDF where nothing else is said."""
    return "xlsx" if desk.asked.get("tai") == "xlsx" else "pdf"


def hand_out_sheet(desk: Desk, sheet: Sheet, form: str, called: str = "") -> Response:
    """Hand a sheet out as a PDF to print, or as a workbook; called by its title, or as told."""
    name = f"{called or f'{sheet.title} {sheet.range_words}'}.{form}".replace("/", "-")
    if form == "pdf":
        return desk.hand_out(write_pdf(sheet)[0], name, PDF)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sheet.xlsx"
        write_xlsx(sheet, file)
        return desk.hand_out(file.read_bytes(), name, XLSX)
