"""Readers' cards on plain A4: ten to a page, edge to edge, with marks to cut along."""

from __future__ import annotations

from collections.abc import Sequence

from printer.cards import CARD_MM, CardFace, lay_card
from printer.paper import A4_MM, HAIR, Pages, Paper
from printer.sheets import SheetForm

CARD_SHEET = SheetForm(
    "A4, 10 thẻ 85,6 × 54",
    columns=2,
    rows=5,
    label_mm=CARD_MM,
    margin_mm=((A4_MM[0] - 2 * CARD_MM[0]) / 2, (A4_MM[1] - 5 * CARD_MM[1]) / 2),
    is_cut=True,
)
_MARK_MM = 7.0
"""Length of a cut mark."""
_MARK_GAP_MM = 1.5
"""Free between a mark and the cards, so that none shows on a card cut a little large."""


def card_sheets(faces: Sequence[CardFace]) -> Pages:
    """Lay cards out on pages of ten.

    The lines that neighbours share are cut once; marks in the margins hold the ruler.
    """
    paper = Paper("Thẻ thư viện")
    page = 0
    _marks(paper)
    for face, cell in zip(faces, CARD_SHEET.cells(len(faces)), strict=True):
        if cell.page > page:
            paper.turn()
            _marks(paper)
            page = cell.page
        with paper.moved(cell.left, cell.top):
            lay_card(paper, face)
            paper.frame(0.0, 0.0, *CARD_MM, HAIR)
    return paper.close()


def _marks(paper: Paper) -> None:
    left, top = CARD_SHEET.margin_mm
    right = left + CARD_SHEET.columns * CARD_MM[0]
    below = top + CARD_SHEET.rows * CARD_MM[1]
    reach = _MARK_GAP_MM + _MARK_MM
    for column in range(CARD_SHEET.columns + 1):
        x = left + column * CARD_MM[0]
        paper.line((x, top - reach), (x, top - _MARK_GAP_MM))
        paper.line((x, below + _MARK_GAP_MM), (x, below + reach))
    for row in range(CARD_SHEET.rows + 1):
        y = top + row * CARD_MM[1]
        paper.line((left - reach, y), (left - _MARK_GAP_MM, y))
        paper.line((right + _MARK_GAP_MM, y), (right + reach, y))
