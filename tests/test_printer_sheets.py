from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printer.paper import A4_MM
from printer.sheets import PRESETS, UNPRINTABLE_MM, Cell, Misfit, SheetForm

HAIR_MM = 0.05


@st.composite
def forms(draw: st.DrawFn) -> SheetForm:
    """Any division of a page that a maker could punch, measured to a tenth of a millimetre."""
    page = draw(st.sampled_from([A4_MM, (148.0, 210.0), (215.9, 279.4)]))
    columns, rows = draw(st.integers(1, 8)), draw(st.integers(1, 20))
    margin, gap = _lengths(draw, 20), _lengths(draw, 5)
    label = tuple(
        (side - 2 * before - (many - 1) * between) / many
        for side, before, many, between in zip(page, margin, (columns, rows), gap, strict=True)
    )
    return SheetForm("", columns, rows, (label[0], label[1]), margin, gap, page)


def _lengths(draw: st.DrawFn, most: int) -> tuple[float, float]:
    tenths = st.integers(0, most * 10)
    return draw(tenths) / 10, draw(tenths) / 10


@given(forms().filter(lambda form: not form.misfits()), st.data())
def test_no_label_leaves_page_or_cell(form: SheetForm, data: st.DataObject) -> None:
    """Given any sheet that fits, when labels are placed, then none leaves its page or overlaps."""
    start = data.draw(st.integers(1, form.count))
    count = data.draw(st.integers(0, 2 * form.count))

    cells = list(form.cells(count, start))

    assert len(cells) == count
    assert all(cell.left >= -HAIR_MM and cell.top >= -HAIR_MM for cell in cells)
    assert all(cell.left + cell.width <= form.page_mm[0] + HAIR_MM for cell in cells)
    assert all(cell.top + cell.height <= form.page_mm[1] + HAIR_MM for cell in cells)
    places = [(cell.page, cell.place) for cell in cells]
    assert places == sorted(set(places))
    assert not any(_overlap(*pair) for pair in combinations(cells[:40], 2))


@given(forms().filter(lambda form: not form.misfits()))
def test_ink_keeps_off_edge_no_printer_reaches(form: SheetForm) -> None:
    """Given any sheet that fits, when labels are placed, then their room is printable."""
    for cell in form.cells(form.count):
        assert cell.left + cell.inset_x >= UNPRINTABLE_MM - HAIR_MM
        right = cell.left + cell.width - cell.inset_x
        assert right <= form.page_mm[0] - UNPRINTABLE_MM + HAIR_MM


def _overlap(one: Cell, other: Cell) -> bool:
    apart = (
        one.page != other.page
        or one.left + one.width <= other.left + HAIR_MM
        or other.left + other.width <= one.left + HAIR_MM
        or one.top + one.height <= other.top + HAIR_MM
        or other.top + other.height <= one.top + HAIR_MM
    )
    return not apart


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_fits_its_page(name: str) -> None:
    """Given a preset, when measured, then nothing is wrong and its name tells its count."""
    form = PRESETS[name]

    assert form.misfits() == ()
    assert f"{form.count} nhãn" in form.name


def test_used_sheet_begins_at_free_place() -> None:
    """Given a sheet with 63 labels used up, when four are placed, then two go on a new sheet."""
    cells = list(PRESETS["65"].cells(4, start=64))

    assert [(cell.page, cell.place) for cell in cells] == [(0, 64), (0, 65), (1, 1), (1, 2)]
    assert (cells[2].left, cells[2].top) == PRESETS["65"].margin_mm


def test_unknown_place_is_loud() -> None:
    """Given a sheet of 24, when begun at place 25, then that is refused."""
    with pytest.raises(ValueError, match="place 25 of 24"):
        list(PRESETS["24"].cells(1, start=25))


def test_calibration_moves_every_label() -> None:
    """Given a printer that is off, when set right, then every label moves by as much."""
    form = PRESETS["65"]
    before = form.cells(form.count)
    after = form.shifted(0.7, -1.2).cells(form.count)

    moves = {
        (round(b.left - a.left, 6), round(b.top - a.top, 6))
        for a, b in zip(before, after, strict=True)
    }
    assert moves == {(0.7, -1.2)}


@pytest.mark.parametrize(
    ("wrong", "misfit"),
    [
        ({"columns": 6}, Misfit.TOO_WIDE),
        ({"rows": 14}, Misfit.TOO_TALL),
        ({"columns": 0}, Misfit.COUNT),
        ({"rows": 61}, Misfit.COUNT),
        ({"label_mm": (3.0, 21.2)}, Misfit.LABEL),
        ({"gap_mm": (-0.1, 0.0)}, Misfit.NEGATIVE),
        ({"page_mm": (50.0, 50.0)}, Misfit.PAGE),
        ({"shift_mm": (0.0, 11.0)}, Misfit.SHIFT),
    ],
)
def test_wrong_measure_is_named(wrong: dict[str, object], misfit: Misfit) -> None:
    """Given a measure that cannot be, when looked at, then it is named."""
    assert misfit in replace(PRESETS["65"], **wrong).misfits()  # type: ignore[arg-type]
