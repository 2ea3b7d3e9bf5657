"""What the screen says of a copy that was handed in."""

from __future__ import annotations

from datetime import datetime

import pytest

from db.clock import SCHOOL_ZONE
from db.identifiers import AccessionNumber
from db.outcomes import Returned
from kiosk.answers import answer_to
from kiosk.wording import Wording

AT = datetime(2026, 11, 23, 8, 40, tzinfo=SCHOOL_ZONE)
BOOK = (AccessionNumber("STN.00042"), "Dế Mèn phiêu lưu ký", "Tô Hoài", AT)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (Returned(*BOOK, was_on_loan=True), ["Đặt sách vào giá “Sách trả”"]),
        (Returned(*BOOK, was_on_loan=True, to_desk=True), ["Đưa cuốn này cho thủ thư"]),
        (
            Returned(*BOOK, was_on_loan=False, was_lost=True, to_desk=True),
            ["Đã tìm thấy sách báo mất, xin cảm ơn", "Đưa cuốn này cho thủ thư"],
        ),
        (
            Returned(*BOOK, was_on_loan=False),
            ["Không ai đang mượn cuốn này", "Đặt sách vào giá “Sách trả”"],
        ),
    ],
    ids=["to the shelf", "to the librarian", "a lost one found", "nobody's"],
)
def test_returned_copy_is_sent_where_it_belongs(returned: Returned, said: list[str]) -> None:
    """Given a copy handed in, then the reader hears where to put it (domain 5.3.4)."""
    answer = answer_to(returned, Wording("vi"))

    assert [sentence for _, sentence in answer.details] == said
