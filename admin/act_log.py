"""What was done at the desk and at the stations, in words, as the log has it. No HTML, no HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from db.models import AuditEntry

ACT_WORDS = {
    "desk-opened": "Mở bàn thủ thư lần đầu",
    "demo-removed": "Gỡ dữ liệu mẫu",
    "signed-in": "Đăng nhập",
    "signed-out": "Đăng xuất",
    "sign-in-failed": "Đăng nhập không được",
    "own-password-changed": "Tự đổi mật khẩu",
    "account-made": "Tạo tài khoản",
    "account-changed": "Đổi vai trò tài khoản",
    "account-ended": "Khóa tài khoản",
    "password-reset": "Đặt lại mật khẩu cho người khác",
    "view-loans": "Xem sách một bạn đọc đã mượn",
    "view-reader": "Mở toàn bộ dữ liệu một bạn đọc",
    "patron-entered": "Thêm bạn đọc",
    "patron-corrected": "Sửa bạn đọc",
    "patron-blocked": "Tạm dừng mượn",
    "patron-let-again": "Cho mượn lại",
    "patron-left": "Ghi rời trường",
    "card-issued": "Cấp thẻ",
    "card-revoked": "Thu hồi thẻ",
    "priority-set": "Đặt ưu tiên sách giáo khoa",
    "priority-cleared": "Bỏ ưu tiên sách giáo khoa",
    "erase-reader": "Xóa dữ liệu một bạn đọc",
    "promoted": "Lên lớp",
    "import-people": "Nhập danh sách",
    "import-copies": "Nhập sổ đăng ký cá biệt",
    "question-settled": "Trả lời việc cần xem",
    "kiosk-invited": "Lấy mã ghép trạm",
    "kiosk-renamed": "Đổi tên trạm",
    "kiosk-revoked": "Ngừng trạm",
    "station-role-given": "Giao việc ở trạm",
    "station-role-ended": "Thôi việc ở trạm",
    "station-pin-set": "Đặt mã PIN ở trạm",
    "set-book-lent": "Phát sách của bộ ở trạm",
    "sound-set": "Chỉnh âm thanh ở trạm",
    "brightness-set": "Chỉnh độ sáng ở trạm",
    "station-opened": "Mở chế độ thủ thư ở trạm",
    "station-pin-wrong": "Gõ sai mã PIN ở trạm",
    "kiosk-saw-newer-seen": "Xem lại dữ liệu sau khi khôi phục",
    "plan-sent": "Gửi kế hoạch năm để duyệt",
    "plan-approved": "Duyệt kế hoạch năm",
    "plan-returned": "Trả lại kế hoạch năm",
    "plan-reopened": "Mở lại kế hoạch năm để sửa",
    "plan-task-added": "Thêm việc vào kế hoạch",
    "plan-task-edited": "Sửa việc trong kế hoạch",
    "plan-task-dropped": "Bỏ hoặc lấy lại việc trong kế hoạch",
    "plan-task-ticked": "Đánh dấu việc của kế hoạch",
    "activity-entered": "Ghi hoạt động",
    "activity-changed": "Sửa hoạt động",
    "activity-struck-out": "Xóa hoạt động ghi nhầm",
    "count-struck-out": "Bỏ lượt đọc đếm tay ghi nhầm",
    "safety-looked": "Kiểm tra an toàn trước hoạt động",
    "asset-entered": "Ghi tài sản mới",
    "asset-counted": "Kiểm tra tài sản",
    "team-decided": "Ghi quyết định lập tổ cộng tác viên",
    "team-joined": "Thêm người vào tổ cộng tác viên",
    "team-left": "Đưa người ra khỏi tổ cộng tác viên",
    "rota-drawn-up": "Xếp lịch trực",
    "duty-added": "Thêm buổi trực",
    "duty-ended": "Bỏ buổi trực",
    "issue-entered": "Ghi số báo, tạp chí",
    "readers-counted": "Ghi lượt bạn đọc đếm tay",
    "textbooks-checked": "Kiểm tra sách giáo khoa của lớp",
    "lesson-requested": "Yêu cầu sách cho tiết dạy",
    "lesson-withdrawn": "Rút yêu cầu sách",
    "lesson-answered": "Trả lời yêu cầu sách",
    "form-teachers-set": "Đặt giáo viên chủ nhiệm",
    "messages-set": "Đổi lời nhắn trên trạm",
    "setting-changed": "Đổi cài đặt",
    "setting-undone": "Hoàn lại cài đặt",
    "retire": "Bỏ tên khỏi lượt mượn cũ",
    "case-replaced": "Kết thúc vụ mất, hỏng: đền sách",
    "case-compensated": "Kết thúc vụ mất, hỏng: theo quyết định",
    "case-waived": "Kết thúc vụ mất, hỏng: miễn",
    "cards-printed": "In thẻ",
    "label-sheets-changed": "Đổi loại giấy nhãn",
    "lent-by-word": "Cho mượn ngoài quy định",
    "recalled": "Thu hồi sách",
    "voucher-entered": "Vào sổ tổng quát",
    "copies-taken-in": "Cấp số ĐKCB",
    "edition-entered": "Thêm nhan đề",
    "edition-corrected": "Sửa nhan đề",
    "records-imported": "Nhập biểu ghi MARC",
    "corner-begun": "Lập góc lớp",
    "self-check-entered": "Ghi tự kiểm tra",
    "returned-by-hand": "Ghi trả ở trạm",
    "reported-lost": "Báo mất ở trạm",
    "reported-damaged": "Báo hỏng ở trạm",
    "shelf-checked": "Soát giá ở trạm",
    "partner-entered": "Ghi thư viện bạn",
    "partner-lent": "Cho thư viện bạn mượn",
    "partner-borrowed": "Mượn của thư viện bạn",
    "partner-back": "Ghi trả với thư viện bạn",
    "count-begun": "Bắt đầu kiểm kê",
    "count-closed": "Kết thúc kiểm kê",
    "count-explained": "Ghi nguyên nhân chênh lệch kiểm kê",
    "count-signed": "Ký biên bản kiểm kê",
    "weeding-drawn": "Lập danh sách thanh lọc",
    "weeding-kept": "Rút sách khỏi danh sách thanh lọc",
    "weeding-published": "Niêm yết danh sách thanh lọc",
    "weeding-approved": "Duyệt thanh lọc",
    "weeding-done": "Xuất sách thanh lọc",
    "weeding-dropped": "Bỏ danh sách thanh lọc",
    "copies-transferred": "Chuyển kho",
    "plan-begun": "Lập kế hoạch năm",
    "minutes-kept": "Ghi biên bản họp",
    "minutes-changed": "Sửa biên bản họp",
    "year-remarked": "Nhận xét cuối năm",
    "reader-looked-up": "Tra một bạn đọc ở trạm",
    "holder-looked-up": "Tra ai đang giữ một cuốn ở trạm",
    "power-off": "Tắt máy trạm",
    "power-restart": "Khởi động lại máy trạm",
    "lending-paused": "Tạm ngừng cho mượn ở trạm",
    "lending-resumed": "Cho mượn lại ở trạm",
    "visit-without-card": "Phục vụ không cần thẻ ở trạm",
    "slip-printed-again": "In lại phiếu ở trạm",
    "day-slip": "In phiếu ngày ở trạm",
    "copied-to-stick": "Chép dữ liệu trạm ra USB",
    "data-requested": "Ghi yêu cầu về dữ liệu",
    "data-answered": "Trả lời yêu cầu về dữ liệu",
    "data-done": "Làm xong yêu cầu về dữ liệu",
}
"""Acts of a later version are shown by their key."""


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the log."""

    made_at: datetime
    author: str
    act: str
    detail: str

    @property
    def words(self) -> str:
        """What was done."""
        return ACT_WORDS.get(self.act, self.act)


@dataclass(frozen=True, slots=True)
class Which:
    """Which lines are asked for; empty words are all."""

    author: str = ""
    act: str = ""
    subject_id: UUID | None = None

    def of(self, school_id: int) -> Sequence[Any]:
        """As conditions of a statement."""
        told = {"author": self.author, "act": self.act, "subject_id": self.subject_id}
        asked = [getattr(AuditEntry, name) == value for name, value in told.items() if value]
        return [AuditEntry.school_id == school_id, *asked]


def count(connection: Connection, school_id: int, which: Which) -> int:
    """How many lines there are."""
    counted = select(func.count()).select_from(AuditEntry).where(*which.of(school_id))
    return connection.execute(counted).scalar_one()


def acts(
    connection: Connection, school_id: int, which: Which, first: int = 0, most: int | None = None
) -> list[Act]:
    """Lines of the log, newest first, `most` of them from the `first` on."""
    rows = connection.execute(
        select(AuditEntry.made_at, AuditEntry.author, AuditEntry.act, AuditEntry.detail)
        .where(*which.of(school_id))
        .order_by(AuditEntry.made_at.desc(), AuditEntry.id.desc())
        .limit(most)
        .offset(first)
    )
    return [Act(*row[:]) for row in rows]


def last(connection: Connection, school_id: int, act: str) -> datetime | None:
    """When something was done last; None if it never was."""
    newest = select(func.max(AuditEntry.made_at)).where(*Which(act=act).of(school_id))
    done_at: datetime | None = connection.execute(newest).scalar()
    return done_at
