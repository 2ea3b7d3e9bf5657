from __future__ import annotations

import pypdfium2
import pytest

from printer.bibliography import Bibliography, ListedTitle, bibliography_pages, entry
from printer.paper import Pages

WHOLE = ListedTitle(
    "Đất rừng phương Nam",
    "tập một",
    "Đoàn Giỏi",
    "Hà Nội",
    "Kim Đồng",
    2020,
    304,
    "21 cm",
    "STN V13",
    5,
)


def words(pages: Pages) -> list[str]:
    with pypdfium2.PdfDocument(pages.pdf) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


@pytest.mark.parametrize(
    ("title", "told"),
    [
        (
            WHOLE,
            "Đất rừng phương Nam. Tập một / Đoàn Giỏi.– Hà Nội : Kim Đồng, 2020.– 304 tr. ; 21 cm.",
        ),
        (ListedTitle("Toán 6"), "Toán 6."),
        (ListedTitle("Toán 6", publisher="Giáo dục"), "Toán 6.– Giáo dục."),
        (ListedTitle("Toán 6", place="Hà Nội", year=2021), "Toán 6.– Hà Nội, 2021."),
        (ListedTitle("Toán 6", pages=120), "Toán 6.– 120 tr."),
        (ListedTitle("Có gì lạ?", authors="Nhiều tác giả"), "Có gì lạ? / Nhiều tác giả."),
    ],
)
def test_entry_has_the_usual_form(title: ListedTitle, told: str) -> None:
    """S61: given what is known of a title, when listed, then in order, gaps skipped cleanly."""
    assert entry(title) == told


def test_long_list_goes_on_with_its_numbers() -> None:
    """Given sixty titles, when laid out, then on pages in order, each with its number once."""
    titles = tuple(ListedTitle(f"{WHOLE.title} {number}" * 3) for number in range(60))
    told = Bibliography("THCS Hoa Phượng", "Sách hay", "Lời đầu.\nĐoạn hai.", titles, "Hà Nội")

    pages = words(bibliography_pages(told))

    assert len(pages) == bibliography_pages(told).count > 1
    whole = "\n".join(pages)
    places = [whole.index(f"{number}.") for number in range(1, 61)]
    assert places[9:] == sorted(places[9:])
    assert "SÁCH HAY" in pages[0]
    assert f"Trang {len(pages)}" in pages[-1]
    assert "Hà Nội" in pages[-1]
