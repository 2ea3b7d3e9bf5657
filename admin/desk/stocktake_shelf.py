"""The quick check of a shelf (Soát giá, S75): scan what stands there, see what does not belong."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Response

from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.lending import read_words
from admin.desk.rights import Right
from db.helping import Helping, ShelfFound
from db.identifiers import AccessionNumber, CopyLabel

HERE: Final = "/soat-gia"
LONGEST: Final = 8000
"""Signs: about six hundred labels, three full shelves."""

router = APIRouter(include_in_schema=False)
Counts = Annotated[Desk, allowed(Right.COUNT_STOCK)]


@router.get(HERE)
def show_shelf(desk: Counts) -> Response:
    """Show the box that a shelf is scanned into."""
    return _show(desk)


@router.post(HERE)
def check(desk: Counts) -> Response:
    """Compare what stands on a shelf with what belongs there."""
    words = desk.form.text("numbers", most=LONGEST).replace(",", " ").split()
    codes = read_words(desk, words)
    numbers = [code.accession for code in codes.values() if isinstance(code, CopyLabel)]
    foreign = [word for word, code in codes.items() if not isinstance(code, CopyLabel)]
    if not numbers and not desk.form.wrong:
        desk.form.refuse("numbers", "Chưa có số ĐKCB nào. Hãy quét nhãn trên gáy sách.")
    if desk.form.wrong:
        return _show(desk, status_code=422)
    helping = Helping(desk.circulation)
    found = helping.check_shelf([AccessionNumber(one) for one in dict.fromkeys(numbers)])
    with desk.records() as connection:
        counts = f"{found.right} {len(found.misplaced)} {len(found.missing)} {len(found.odd)}"
        desk.note(connection, "shelf-checked", None, f"{found.place}: {counts}")
    return _show(desk, found, foreign)


def _show(
    desk: Desk,
    found: ShelfFound | None = None,
    foreign: list[str] | None = None,
    status_code: int = 200,
) -> Response:
    return desk.show("stocktake_shelf.html", status_code, found=found, foreign=foreign or [])


PAGES = Pages(Section.REPORTS, router, (Place(HERE, "Soát giá", Right.COUNT_STOCK),))
