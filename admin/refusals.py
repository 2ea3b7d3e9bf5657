"""Why the library says no, as the librarian reads it. No HTML, no database."""

from __future__ import annotations

from db.outcomes import Refusal, Refused
from db.rules import OVERRIDABLE

SENTENCES = {
    Refusal.UNKNOWN_CARD: "Không có thẻ {code}.",
    Refusal.CARD_REVOKED: "Thẻ {code} không còn dùng được.",
    Refusal.PATRON_BLOCKED: "Bạn đọc này đang bị tạm dừng mượn.",
    Refusal.UNKNOWN_COPY: "Không có cuốn nào mang số {code}.",
    Refusal.NOT_READY: "{title} chưa lên giá, hoặc đang hỏng, mất, đã xuất: chưa cho mượn được.",
    Refusal.REFERENCE_ONLY: "{title} chỉ đọc tại chỗ.",
    Refusal.TEACHERS_ONLY: "{title} dành cho giáo viên.",
    Refusal.TEXTBOOK_SET: "{title} là sách giáo khoa cho mượn theo bộ.",
    Refusal.ALREADY_YOURS: "Bạn đọc này đang mượn {title} rồi.",
    Refusal.JUST_LENT: "{title} vừa được ghi mượn.",
    Refusal.ON_LOAN: "{title} đang có người khác mượn, chưa ghi trả.",
    Refusal.HAS_OVERDUE: "Bạn đọc còn {count} cuốn quá hạn.",
    Refusal.TOO_MANY_LOANS: "Bạn đọc đang mượn đủ {count} cuốn.",
    Refusal.LENDING_PAUSED: "Đang tạm ngừng cho mượn (sắp kiểm kê).",
    Refusal.CLOSED_NOW: "Giờ này thư viện không cho mượn.",
    Refusal.NOT_LENT: "Quy định chưa cho đối tượng này mượn loại sách của {title}.",
    Refusal.NOT_IN_SUMMER: "Mùa hè không cho mượn loại sách của {title}.",
    Refusal.LEAVERS_NOT_IN_SUMMER: "Lớp cuối cấp không mượn hè.",
    Refusal.KEPT_FOR_ANOTHER: "{title} đang giữ cho bạn đọc khác.",
    Refusal.HAS_SET: "Bạn đọc đã nhận bộ sách giáo khoa rồi, hoặc {title} không thuộc bộ.",
    Refusal.RENEW_NOT_YOURS: "Bạn đọc này không mượn {title}.",
    Refusal.RENEW_TOO_EARLY: "Chưa đến lúc gia hạn {title}; gia hạn được từ {day}.",
    Refusal.RENEW_TOO_OFTEN: "{title} đã gia hạn đủ số lần.",
    Refusal.RENEW_OVERDUE: "{title} đã quá hạn, không gia hạn được.",
    Refusal.RENEW_WANTED: "{title} đang có người chờ, không gia hạn được.",
    Refusal.RENEW_AT_DESK: "{title} phải đem tới bàn thủ thư mới gia hạn được.",
    Refusal.RENEW_RECALLED: "{title} đang được thu hồi, không gia hạn thêm được.",
    Refusal.UNDO_TOO_LATE: "Không còn hoàn lại được {title}; hãy ghi trả.",
    Refusal.HOLDS_OFF: "Trường chưa mở việc đặt giữ sách.",
    Refusal.HOLD_PLACED: "Bạn đọc đã đặt giữ {title} rồi.",
    Refusal.HOLD_NOT_NEEDED: "{title} đang có trên giá, không cần đặt giữ.",
    Refusal.TOO_MANY_HOLDS: "Bạn đọc đã đặt giữ đủ {count} nhan đề.",
    Refusal.ISBN_NOT_LABEL: "{code} là ISBN, không phải số ĐKCB.",
    Refusal.MALFORMED_CARD: "{code} gần giống số thẻ nhưng chưa đúng.",
    Refusal.MALFORMED_LABEL: "{code} gần giống số ĐKCB nhưng chưa đúng.",
    Refusal.UNKNOWN_CODE: "Không nhận ra mã {code}.",
    Refusal.TWO_CODES: "Có hai mã cùng lúc.",
}


def why(refused: Refused) -> str:
    """The sentence for a refusal."""
    day = "" if refused.day is None else f"{refused.day:%d/%m/%Y}"
    title = f"“{refused.title}”" if refused.title else refused.code or "Cuốn này"
    sentence = SENTENCES[refused.reason]
    return sentence.format(code=refused.code, title=title, count=refused.count, day=day)


def may_be_overridden(refused: Refused) -> bool:
    """Whether the librarian may let it through with a reason."""
    return refused.reason in OVERRIDABLE
