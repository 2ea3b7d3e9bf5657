from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from printer.blocks import Frame, Page, QrSymbol, TextRun
from printer.layout import lay_out
from printer.proof import letters
from printer.raster import draw
from printer.receipt import Receipt, ReceiptLine, Slip
from printer.roll import Roll, day
from printer.samples import BACK, LOAN, PROOF, RENEWAL, REPRINT, RETURN
from printer.typeface import Face, Style, clean, wrap, wrap_at_most
from tests.slips import GOLDEN, LONG_WORD, THREE_DATES, any_receipt, any_slip

WIDTHS = st.sampled_from([384, 512, 576])
DOTS_PER_MM = 8


def texts(page: Page) -> list[str]:
    return [block.text for block in page.blocks if isinstance(block, TextRun)]


def collisions(page: Page) -> list[tuple[object, object]]:
    """Pairs that share a dot, except what stands wholly inside a box."""
    return [
        (one, other)
        for one, other in combinations(page.blocks, 2)
        if one.area.overlaps(other.area)
        and not (isinstance(one, Frame) and one.inside.holds(other.area))
    ]


@given(any_slip, WIDTHS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_blocks_ever_overlap(slip: Slip, width: int) -> None:
    """Given any slip at all, when it is laid out, then no two blocks share a dot."""
    assert collisions(lay_out(slip, width)) == []


@given(any_slip, WIDTHS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_blocks_stay_on_the_paper(slip: Slip, width: int) -> None:
    """Given any slip at all, when it is laid out, then each block lies on the paper."""
    page = lay_out(slip, width)

    off = [
        block
        for block in page.blocks
        if block.area.left < 0 or block.area.right > width or block.area.bottom > page.height_px
    ]
    assert off == []


@given(any_slip, WIDTHS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_ink_stays_in_its_block(slip: Slip, width: int) -> None:
    """Given any slip, when a block is drawn alone, then its ink lies in the area it claimed."""
    page = lay_out(slip, width)
    for block in page.blocks:
        ink = draw(replace(page, blocks=(block,))).convert("L").point(lambda v: 255 - v).getbbox()
        if ink is not None:
            assert ink[0] >= block.area.left, block
            assert ink[1] >= block.area.top, block
            assert ink[2] <= block.area.right, block
            assert ink[3] <= block.area.bottom, block


@given(any_receipt, WIDTHS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_title_is_printed_whole(slip: Receipt, width: int) -> None:
    """Given titles of any length, when laid out, then every letter of them is on the slip."""
    printed = "".join(texts(lay_out(slip, width))).replace(" ", "")

    for line in (*slip.lent, *slip.renewed, *slip.returned):
        assert clean(line.title).replace(" ", "") in printed


def test_three_books_take_91_mm() -> None:
    """Given three books of one date, when laid out on 58 mm paper, then 91 mm are enough."""
    assert lay_out(LOAN, 384).height_px <= 91 * DOTS_PER_MM


def test_each_due_date_gets_one_box() -> None:
    """Given books due on three days, when laid out, then three boxes come, soonest first."""
    page = lay_out(THREE_DATES, 576)

    assert sum(isinstance(block, Frame) for block in page.blocks) == 3
    dates = [text for text in texts(page) if text[:2] in ("T2", "CN") and ":" not in text]
    assert dates == ["T2 30/11/2026", "T2 07/12/2026", "T2 14/12/2026"]


def test_due_date_is_the_largest_text() -> None:
    """Given a loan, when laid out, then no text is larger than the due date."""
    runs = [block for block in lay_out(LOAN, 384).blocks if isinstance(block, TextRun)]

    assert max(runs, key=lambda run: run.style.size_px).text == "T2 30/11/2026"


@pytest.mark.parametrize("width", [384, 512, 576])
def test_large_print_has_large_letters(width: int) -> None:
    """Given large print, when laid out, then titles have 16 points and the date fills its box."""
    page = lay_out(replace(LOAN, is_large=True), width)
    runs = [block for block in page.blocks if isinstance(block, TextRun)]
    (box,) = (block for block in page.blocks if isinstance(block, Frame))
    date_run = next(run for run in runs if run.text == "30/11/2026" or "T2 30" in run.text)
    title = next(run for run in runs if run.text.startswith("Dế Mèn"))

    dpi = 180 if width == 512 else 203
    assert title.style.size_px * 72 / dpi >= 15.5
    assert box.inside.holds(date_run.area)
    assert not [text for text in texts(page) if text.startswith("STN.")]


@pytest.mark.parametrize("width", [384, 512, 576])
def test_widest_date_fits_its_box(width: int) -> None:
    """Given the widest due date of four years, in either size, then it stays in its box."""
    days = [date(2026, 1, 1) + timedelta(days=count) for count in range(4 * 365)]
    for is_large in (False, True):
        style = Roll(width, large=is_large).measures.due
        _, due = max((style.width_px(f"{value:%d/%m/%Y}"), value) for value in days)
        slip = replace(LOAN, lent=(replace(LOAN.lent[0], due=due),), is_large=is_large)

        assert collisions(lay_out(slip, width)) == []


def test_reprint_is_stamped() -> None:
    """Given a reprint, when laid out, then IN LẠI stands in a box; a first print has no stamp."""
    assert "IN LẠI" in texts(lay_out(REPRINT, 384))
    assert "IN LẠI" not in texts(lay_out(LOAN, 384))


def test_name_and_class_only_when_given() -> None:
    """Given a slip with and one without a name, when laid out, then only one names the reader."""
    named, bare = (" ".join(texts(lay_out(slip, 384))) for slip in (REPRINT, LOAN))

    assert "Nguyễn Thị Hoài An" in named
    assert "Lớp 6A" in named
    assert "Nguyễn" not in bare
    assert "Lớp" not in bare


def test_renewal_says_the_new_date() -> None:
    """Given a renewal, when laid out, then the new due date stands in its box."""
    printed = texts(lay_out(RENEWAL, 384))

    assert {"PHIẾU GIA HẠN", "GIA HẠN ĐẾN", "T2 14/12/2026", "còn 28 ngày"} <= set(printed)


def test_missing_copies_come_first() -> None:
    """Given a crate that came back in part, when laid out, then what is missing is listed first."""
    printed = texts(lay_out(BACK, 384))

    assert printed.index("CÒN THIẾU") < printed.index("Tuổi thơ dữ dội, tập hai")
    assert printed.index("Tuổi thơ dữ dội, tập hai") < printed.index("ĐÃ NHẬN LẠI")


def test_whole_crate_says_so() -> None:
    """Given a crate with nothing missing, when laid out, then it is said, and no empty list."""
    printed = texts(lay_out(replace(BACK, missing=()), 384))

    assert "Đủ sách, không thiếu cuốn nào" in printed
    assert "CÒN THIẾU" not in printed


def test_test_page_has_every_letter() -> None:
    """Given the test page, when laid out, then all 134 accented letters and the rest are on it."""
    printed = "".join(texts(lay_out(PROOF, 384)))
    wanted = set("".join(letters()))
    accented = {sign for sign in wanted | {s.upper() for s in wanted} if ord(sign) > 127}

    assert len(accented) == 134
    assert wanted | {sign.upper() for sign in wanted} <= set(printed)


@pytest.mark.parametrize("width", [384, 512, 576])
def test_test_page_says_its_own_width(width: int) -> None:
    """Given the test page, when laid out for a width, then it says that width and no other."""
    said = [text for text in texts(lay_out(PROOF, width)) if text.endswith("chấm")]

    assert said == [f"{width} chấm"]


def test_one_long_word_is_broken() -> None:
    """Given a title of one 91-letter word, when laid out, then it takes several lines."""
    page = lay_out(LONG_WORD, 384)

    assert sum("ghiêng" in text for text in texts(page)) >= 3
    assert collisions(page) == []


def test_no_card_means_no_card_line() -> None:
    """Given a return without a card, when laid out, then neither card nor count is printed."""
    printed = " ".join(texts(lay_out(replace(RETURN, card_ending=""), 384)))

    assert "Thẻ" not in printed
    assert "Đang mượn" not in printed
    assert "Đã trả 2 cuốn" in printed


def test_card_shows_its_ending_only() -> None:
    """Given a card, when laid out, then its last four signs and the count are printed."""
    printed = texts(lay_out(LOAN, 384))

    assert {"Thẻ", "4817", "Đang mượn 3 cuốn"} <= set(printed)


def test_slip_number_in_clear_and_code() -> None:
    """Given a slip, when laid out, then its number stands in clear beside its QR code."""
    page = lay_out(LOAN, 384)

    assert LOAN.slip_number in texts(page)
    assert [LOAN.slip_number] == [b.payload for b in page.blocks if isinstance(b, QrSymbol)]


@given(any_receipt, WIDTHS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_enters_the_quiet_zone(slip: Receipt, width: int) -> None:
    """Given any slip, when laid out, then four modules beside and below its QR code are free."""
    page = lay_out(slip, width)
    (symbol,) = (block for block in page.blocks if isinstance(block, QrSymbol))
    zone = symbol.area.shrunk(-4 * symbol.module_px)

    assert [b for b in page.blocks if b is not symbol and zone.overlaps(b.area)] == []


def test_loan_without_due_date_is_loud() -> None:
    """Given a lent line without a date, when laid out, then our mistake is raised."""
    slip = replace(LOAN, lent=(ReceiptLine("Dế Mèn", "STN.00042", None),))

    with pytest.raises(ValueError, match=r"STN\.00042"):
        lay_out(slip, 384)


@pytest.mark.parametrize(
    ("value", "written"),
    [(date(2026, 11, 30), "T2 30/11/2026"), (date(2026, 12, 6), "CN 06/12/2026")],
)
def test_dates_name_the_weekday(value: date, written: str) -> None:
    """Given a date, when written, then its Vietnamese weekday comes first."""
    assert day(value) == written


def test_decomposed_letters_are_composed() -> None:
    """Given a title typed as loose marks, when cleaned, then it is NFC on one line."""
    assert clean("De\u0302\u0301\n Me\u0300n\u200b") == "Dế Mèn"


@given(st.text(max_size=60), st.integers(30, 300))
@settings(max_examples=100, deadline=None)
def test_lines_are_never_too_wide(text: str, width: int) -> None:
    """Given any text, when wrapped, then each line fits unless it is a single sign."""
    style = Style(Face.SEMIBOLD, 22)

    for line in wrap(text, style, width):
        assert style.width_px(line) <= width or len(line) == 1


def test_shortened_text_ends_in_ellipsis() -> None:
    """Given too long a title, when two lines are allowed, then the second ends in "…"."""
    style = Style(Face.SEMIBOLD, 22)

    lines = wrap_at_most("một hai ba bốn năm sáu bảy tám", style, 120, 2)

    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert style.width_px(lines[1]) <= 120


@pytest.mark.parametrize("name", GOLDEN)
def test_extreme_slips_do_not_collide(name: str) -> None:
    """Given the extreme slips of the golden files, when laid out, then nothing overlaps."""
    for width in (384, 512, 576):
        assert collisions(lay_out(GOLDEN[name], width)) == []
