"""Invented slips to look at. Nobody in them exists, nor does the school."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from printer.receipt import (
    CrateBack,
    CrateOut,
    DaySummary,
    ProofPage,
    Receipt,
    ReceiptLine,
    Slip,
)

_AT = datetime(2026, 11, 16, 9, 42, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
_DUE, _LATER = date(2026, 11, 30), date(2026, 12, 14)
_SCHOOL, _STATION = "Trường THCS Hoa Phượng", "Trạm 1"
_CORNER, _KEEPER = "Tủ sách lớp 6A", "cô Trần Minh Hạnh"

LOAN = Receipt(
    slip_number="7K3M-92QX",
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
    slip_number="P3H9-WTRC",
    school=_SCHOOL,
    station=_STATION,
    printed_at=_AT,
    card_ending="4817",
    returned=(
        ReceiptLine("Đất rừng phương Nam", "STN.00077", None),
        ReceiptLine("Từ điển tiếng Việt phổ thông", "STK.00310", None),
    ),
    on_loan_count=1,
)

RENEWAL = Receipt(
    slip_number="D4YV-6NKE",
    school=_SCHOOL,
    station=_STATION,
    printed_at=_AT,
    card_ending="4817",
    renewed=(ReceiptLine("Hai vạn dặm dưới đáy biển", "STN.00128", _LATER),),
    on_loan_count=2,
)

LARGE = replace(LOAN, lent=LOAN.lent[:2], on_loan_count=2, is_large=True)
REPRINT = replace(LOAN, is_reprint=True, reader="Nguyễn Thị Hoài An", homeroom="6A")

_CRATE = (
    ReceiptLine("Góc sân và khoảng trời", "STN.00015", None),
    ReceiptLine("Mười vạn câu hỏi vì sao: Vũ trụ kỳ thú", "STN.00203", None),
    ReceiptLine("Lá cờ thêu sáu chữ vàng", "STN.00088", None),
    ReceiptLine("Tuổi thơ dữ dội, tập hai", "STN.00164", None),
)

OUT = CrateOut("GL-2026-0014", _SCHOOL, _STATION, _AT, _CORNER, _KEEPER, _LATER, _CRATE)
BACK = CrateBack(
    "GL-2026-0014", _SCHOOL, _STATION, _AT, _CORNER, _KEEPER, _CRATE[:3], missing=_CRATE[3:]
)
DAY = DaySummary(
    school=_SCHOOL,
    station=_STATION,
    printed_at=_AT.replace(hour=16, minute=50),
    day=_AT.date(),
    visits=86,
    lent=112,
    renewed=9,
    returned=97,
    returned_late=6,
    on_loan=1204,
    overdue=31,
    slips_unprinted=2,
    waiting_events=0,
    notes=("Hai phiếu chưa in được vì máy in hết giấy lúc 9 giờ 40",),
)
PROOF = ProofPage(_STATION, _AT, ("dao cắt gs-v-66",))

SLIPS: dict[str, Slip] = {
    "loan": LOAN,
    "return": RETURN,
    "renew": RENEWAL,
    "crate-out": OUT,
    "crate-back": BACK,
    "day": DAY,
    "test": PROOF,
    "large": LARGE,
    "reprint": REPRINT,
}
"""By the word `python -m printer render` takes."""
