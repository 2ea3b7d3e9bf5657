"""Scanning for a count: by hand scanner into one box, or by a telephone's camera. No queries.

Every scan is answered by a sentence with a tone, as a page or, to the page's own script, as
JSON; pictures are read and forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import JSONResponse

from admin import stock_counts
from admin.desk.door import Desk, allowed, wants_page
from admin.desk.frame import Pages, Section
from admin.desk.lending import read_typed
from admin.desk.rights import Right
from admin.desk.stocktake import HERE
from admin.photos import read_photo
from admin.wording import hour
from db.foreign_codes import ForeignCode, foreign_code
from db.identifiers import (
    Code,
    CodeKind,
    CommandCard,
    CopyLabel,
    CornerCode,
    CrateCode,
    IsbnCode,
    MalformedCode,
    PatronCard,
    UnknownCode,
)
from db.stocktaking import Progress, Seen, Sight, Stocktaking

WAYS: Final = {"": "máy quét", "camera": "điện thoại"}
NEWEST: Final = 12
"""Scans shown below the box."""
OWN_CAMERA: Final = {"Permissions-Policy": "camera=(self), geolocation=(), microphone=()"}

router = APIRouter(include_in_schema=False)
Counts = Annotated[Desk, allowed(Right.COUNT_STOCK)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a scan."""

    tone: str
    """"done" counted, "again" counted before, "look" counted and odd, "no" not counted."""
    title: str
    words: str
    code: str


@router.get(f"{HERE}/{{stocktake_id:uuid}}/quet")
def show_scanning(desk: Counts, stocktake_id: UUID) -> Response:
    """Show the box that scans go into."""
    return _show(desk, stocktake_id)


@router.post(f"{HERE}/{{stocktake_id:uuid}}/quet")
def scan(desk: Counts, stocktake_id: UUID) -> Response:
    """Take one scan."""
    text = desk.form.text("code", wanted=False)
    answer = _answer(desk, stocktake_id, text) if text else None
    if wants_page(desk.request):
        return _show(desk, stocktake_id, answer)
    if answer is None:
        raise HTTPException(422, "There is no code.")
    progress = _progress(desk, stocktake_id)
    told = {"tone": answer.tone, "title": answer.title, "words": answer.words, "code": answer.code}
    return JSONResponse({**told, "seen": progress.seen, "stock": progress.stock})


@router.post(f"{HERE}/{{stocktake_id:uuid}}/anh")
def read_picture(desk: Counts, stocktake_id: UUID) -> Response:
    """Read the code in a picture; nothing is counted, and the picture is kept nowhere."""
    sent = desk.form.files.get("picture")
    with desk.library.act() as act:
        prefixes = tuple(act.rules.kho)
    return JSONResponse({"code": read_photo(sent.content, prefixes) if sent else ""})


@router.post(f"{HERE}/{{stocktake_id:uuid}}/bo")
def take_back(desk: Counts, stocktake_id: UUID) -> Response:
    """Take a scan back that was made by mistake."""
    read = read_typed(desk, desk.form.text("code", wanted=False))
    accession = read.accession if isinstance(read, CopyLabel) else None
    done = accession is not None and Stocktaking(desk.library).unsee(stocktake_id, accession)
    said = f"Đã bỏ {accession} khỏi đợt kiểm kê." if done else "Không có gì để bỏ."
    return desk.go(f"{HERE}/{stocktake_id}/quet", said)


def _answer(desk: Desk, stocktake_id: UUID, text: str) -> Answer:
    read = read_typed(desk, text)
    if not isinstance(read, CopyLabel):
        return Answer("no", "Không phải nhãn sách", _foreign(read), text)
    who = f"{desk.person.shown_name[:40]}, {WAYS[desk.form.one_of('way', WAYS)]}"
    seen = Stocktaking(desk.library).see(stocktake_id, read.accession, who)
    tone, words = _said(seen)
    return Answer(tone, seen.title or str(read.accession), words, seen.accession)


def _said(seen: Seen) -> tuple[str, str]:
    match seen.sight:
        case Sight.SEEN:
            return "done", "Đã ghi."
        case Sight.AGAIN:
            at = f" lúc {hour(seen.seen_at)}" if seen.seen_at else ""
            return "again", f"Đã quét rồi{at} ({seen.seen_by}): chỉ tính một lần."
        case Sight.LENT:
            return "look", "Đã ghi. Sổ ghi cuốn này đang cho mượn: hãy mang ra bàn ghi trả."
        case Sight.FOUND:
            return "look", "Đã ghi. Cuốn này từng báo mất, nay đã thấy."
        case Sight.DAMAGED:
            return "look", "Đã ghi. Cuốn này ghi là hỏng: để riêng."
        case Sight.NOT_READY:
            return "look", "Đã ghi. Cuốn này chưa xử lý xong, chưa lên giá."
        case Sight.WITHDRAWN:
            return "look", "Ghi là thừa: sổ đã xuất cuốn này. Để riêng, đừng xếp lên giá."
        case Sight.ELSEWHERE:
            return "no", f"Không ghi: cuốn này của kho {seen.kho}, ngoài phần đang kiểm kê."
        case Sight.UNKNOWN:
            return "no", f"Không ghi: không có cuốn nào mang số {seen.accession} trong sổ."
        case Sight.CLOSED:
            return "no", "Không ghi: đợt kiểm kê này đã chốt."


def _foreign(read: Code) -> str:
    match read:
        case PatronCard():
            return "Đây là thẻ bạn đọc. Hãy quét nhãn trên sách."
        case IsbnCode():
            return "Đây là mã ISBN của nhà xuất bản. Hãy quét nhãn số ĐKCB của thư viện."
        case CommandCard() | CornerCode() | CrateCode():
            return "Đây là mã của trạm, góc lớp hoặc thùng sách. Hãy quét nhãn trên sách."
        case MalformedCode(CodeKind.LABEL, _):
            return "Gần giống số ĐKCB nhưng chưa đúng. Quét lại, hoặc gõ số in dưới mã."
        case MalformedCode():
            return "Mã chưa đúng. Hãy quét lại nhãn số ĐKCB."
        case UnknownCode(text):
            return _FOREIGN[foreign_code(text)]
    return _FOREIGN[ForeignCode.OTHER]


_FOREIGN = {
    ForeignCode.SLIP: "Đây là phiếu mượn trả, không phải nhãn sách.",
    ForeignCode.WEB_LINK: "Đây là đường dẫn trang web, không phải nhãn sách.",
    ForeignCode.PAYMENT: "Đây là mã chuyển tiền, không phải nhãn sách.",
    ForeignCode.IDENTITY: "Đây là giấy tờ tùy thân. Mã này không được lưu lại.",
    ForeignCode.MAGAZINE: "Đây là mã ISSN của tạp chí. Hãy quét nhãn của thư viện, nếu có.",
    ForeignCode.GOODS: "Đây là mã hàng hóa, không phải nhãn sách của thư viện.",
    ForeignCode.OTHER: "Không phải mã của thư viện. Sách không có nhãn: để riêng cho thủ thư.",
}


def _progress(desk: Desk, stocktake_id: UUID) -> Progress:
    try:
        return Stocktaking(desk.library).progress(stocktake_id)
    except LookupError:
        raise HTTPException(404, "There is no such count.") from None


def _show(desk: Desk, stocktake_id: UUID, answer: Answer | None = None) -> Response:
    progress = _progress(desk, stocktake_id)
    with desk.records() as connection:
        counts = stock_counts.counts(connection, desk.school_id)
        newest = stock_counts.last_seen(connection, desk.school_id, stocktake_id, NEWEST)
    count = next(one for one in counts if one.id == stocktake_id)
    shown = desk.show(
        "stocktake_scan.html", count=count, progress=progress, newest=newest, answer=answer
    )
    shown.headers.update(OWN_CAMERA)
    return shown


PAGES = Pages(Section.REPORTS, router)
