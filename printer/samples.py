"""Invented slips to look at: one loan, one return. Nobody in them exists, nor does the school."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from printer.receipt import Receipt, ReceiptLine

_AT = datetime(2026, 11, 16, 9, 42, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
_DUE = date(2026, 11, 30)
_SCHOOL, _STATION = "Trường THCS Hoa Phượng", "Trạm 1"

LOAN = Receipt(
    slip_number="M7-K4QX2",
    school=_SCHOOL,
    station=_STATION,
    printed_at=_AT,
    card_ending="4817",
    lent=(
        ReceiptLine("Dế Mèn phiêu lưu ký", "STN.00042", _DUE),
        ReceiptLine("Ngữ văn 6 – tập một: Kết nối tri thức với cuộc sống", "SGK.01207", _DUE),
        ReceiptLine("Cho tôi xin một vé đi tuổi thơ", "STN.00391", _DUE),
    ),
    on_loan_count=3,
)

RETURN = Receipt(
    slip_number="P3-9WTRC",
    school=_SCHOOL,
    station=_STATION,
    printed_at=_AT,
    card_ending="",
    returned=(
        ReceiptLine("Đất rừng phương Nam", "STN.00077", None),
        ReceiptLine("Từ điển tiếng Việt phổ thông", "STK.00310", None),
    ),
)
