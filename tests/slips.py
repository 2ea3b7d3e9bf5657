"""Slips to test with: ordinary, extreme, and any that Hypothesis thinks of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from printer.blocks import Discs, Frame, Page, QrSymbol, Rule, TextRun
from printer.proof import TONES, VOWELS
from printer.receipt import (
    CrateBack,
    CrateOut,
    DaySummary,
    ProofPage,
    Receipt,
    ReceiptLine,
    Slip,
)
from printer.samples import LOAN, RETURN, SLIPS

DUE = date(2026, 11, 30)

ALL_VOWELS = replace(
    LOAN,
    lent=tuple(
        ReceiptLine(
            "".join(vowel + tone + (vowel + tone).upper() for tone in TONES), "STN.00001", DUE
        )
        for vowel in VOWELS
    ),
)
LONG_WORD = replace(LOAN, lent=(ReceiptLine("Nghiêng" * 12 + "nghiêng", "SGK.012345", DUE),))
TWENTY_BOOKS = replace(
    LOAN,
    lent=tuple(ReceiptLine(f"Lịch sử thế giới, tập {n}", f"STK.{n:05}", DUE) for n in range(20)),
    on_loan_count=20,
)
THREE_DATES = replace(
    LOAN,
    lent=tuple(
        ReceiptLine(line.title, line.accession, DUE + timedelta(days=7 * n))
        for n, line in enumerate(LOAN.lent)
    ),
    returned=RETURN.returned,
)
GOLDEN: dict[str, Slip] = {
    **SLIPS,
    "all-vowels": ALL_VOWELS,
    "long-word": LONG_WORD,
    "twenty-books": TWENTY_BOOKS,
    "three-dates": THREE_DATES,
}

_words = st.text(
    alphabet=st.one_of(st.sampled_from("AẪỄgjđỹ –.,:"), st.characters(exclude_categories=["Cs"])),
    max_size=100,
)
_days = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def _lines(due: st.SearchStrategy[date | None]) -> st.SearchStrategy[tuple[ReceiptLine, ...]]:
    line = st.builds(ReceiptLine, title=_words, accession=_words.map(lambda t: t[:14]), due=due)
    return st.lists(line, max_size=5).map(tuple)


any_receipt: st.SearchStrategy[Receipt] = st.builds(
    Receipt,
    slip_number=st.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789-", min_size=1, max_size=40),
    school=_words,
    station=_words.map(lambda text: text[:40]),
    printed_at=st.just(LOAN.printed_at),
    card_ending=st.sampled_from(["", "4817", "WWWW"]),
    lent=_lines(_days),
    renewed=_lines(_days),
    returned=_lines(st.none()),
    on_loan_count=st.integers(0, 200),
    reader=_words,
    homeroom=_words.map(lambda text: text[:40]),
    is_reprint=st.booleans(),
    is_large=st.booleans(),
)
_crate = {
    "number": st.text("ABCGL0123456789-/", min_size=1, max_size=30),
    "school": _words,
    "station": _words.map(lambda text: text[:40]),
    "printed_at": st.just(LOAN.printed_at),
    "corner": _words,
    "keeper": _words,
}
_copies = _lines(st.none())
_counts = st.integers(0, 10**7)
any_slip: st.SearchStrategy[Slip] = st.one_of(
    any_receipt,
    st.builds(CrateOut, **_crate, due=_days, copies=_copies),
    st.builds(CrateBack, **_crate, back=_copies, missing=_copies, strange=_copies),
    st.builds(
        DaySummary,
        school=_words,
        station=_words,
        printed_at=st.just(LOAN.printed_at),
        day=_days,
        visits=_counts,
        lent=_counts,
        renewed=_counts,
        returned=_counts,
        returned_late=_counts,
        on_loan=_counts,
        overdue=_counts,
        slips_unprinted=_counts,
        waiting_events=_counts,
        notes=st.lists(_words, max_size=3).map(tuple),
    ),
    st.builds(
        ProofPage,
        station=_words,
        printed_at=st.just(LOAN.printed_at),
        settings=st.lists(_words, max_size=2).map(tuple),
    ),
)


def described(page: Page) -> str:
    """Write a page down for a reviewer, one block a line, from top to bottom."""
    rows = [f"{page.width_px} x {page.height_px} dots"]
    for block in sorted(page.blocks, key=lambda block: (block.area.top, block.area.left)):
        place = f"{block.area.top:5} {block.area.left:4}  "
        match block:
            case TextRun(text=text, style=style):
                rows.append(f"{place}{style.face.name.lower():8} {style.size_px}  {text}")
            case Frame(area=area):
                rows.append(f"{place}box to {area.bottom}")
            case Rule():
                rows.append(f"{place}{'-' * 40}")
            case Discs(count=count):
                rows.append(place + "•" * count)
            case QrSymbol(payload=payload, module_px=module):
                rows.append(f"{place}QR {module}  {payload}")
    return "\n".join(rows) + "\n"
