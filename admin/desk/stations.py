"""The pages of the kiosks: how they are, pairing, names, revoking, what their idle screens say.

What a kiosk keeps and forgets is docs/trust.md; keeps out the protocol.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Response
from sqlalchemy import Connection

from admin import enrolment, kiosk_copies, kiosks
from admin.desk.door import Desk, allowed
from admin.desk.frame import Pages, Place, Section
from admin.desk.rights import Right
from admin.overview import KioskRow
from admin.overview import kiosks as all_kiosks
from db import notices
from db.notice_board import NoticeBoard
from db.notices import TooMany
from db.rulebook import read_rulebook
from db.sync.pairing import Invitation, as_read_out
from db.text import TooLong
from printer.codes import qr

NAME_LENGTH = 40
QR_EDGE = 4
"""Free modules around the code, without which cameras do not find it."""

router = APIRouter(include_in_schema=False)
Sees = Annotated[Desk, allowed(Right.SEE_KIOSKS)]
Runs = Annotated[Desk, allowed(Right.RUN_KIOSKS)]


@router.get("/tram")
def show_all(desk: Sees) -> Response:
    """Every kiosk and how it is."""
    with desk.records() as connection:
        rows = list(all_kiosks(connection, desk.school_id, desk.now))
        messages = read_rulebook(connection, desk.school_id).choices.idle_messages
    return desk.show(
        "stations.html",
        stations=[one for one in rows if not one.revoked_at],
        copies=kiosk_copies.by_kiosk(desk.hub.folder, (one.id for one in rows)),
        revoked=[one for one in rows if one.revoked_at],
        messages=messages,
        most_messages=notices.MOST_MESSAGES,
    )


@router.post("/tram/ghep")
def invite(desk: Runs) -> Response:
    """Show a code, and the same as a picture, by which a kiosk is paired once."""
    name = desk.form.text("name", most=NAME_LENGTH)
    trust, url = desk.hub.trust, _lan_url(desk)
    if trust is None or not url:
        desk.form.refuse(
            "name",
            "Máy chủ chưa mở cho mạng của trường. Nhờ người quản trị chạy lại với --lan 0.0.0.0.",
        )
    if desk.form.wrong or trust is None:
        return _show_pairing(desk)
    with desk.records() as connection:
        code = enrolment.invite(connection, desk.school_id, name, desk.now)
        desk.note(connection, "kiosk-invited", detail=name)
    invitation = Invitation(code, url, trust.fingerprint)
    return desk.show(
        "station_code.html",
        name=name,
        code=as_read_out(code),
        payload=invitation.payload,
        minutes=enrolment.CODE_MINUTES,
        picture=qr_path(invitation.payload),
    )


@router.get("/tram/ghep")
def pairing_page(desk: Runs) -> Response:
    """Ask what the new kiosk is called."""
    return _show_pairing(desk)


def _show_pairing(desk: Desk) -> Response:
    status = 422 if desk.form.wrong else 200
    return desk.show("station_pairing.html", status, url=_lan_url(desk))


def _lan_url(desk: Desk) -> str:
    """Where kiosks find this hub: as the door says, or where this very page was asked for."""
    if desk.request.url.scheme == "https":
        return f"https://{desk.request.url.netloc}"
    url: str = desk.request.app.state.lan_url
    return url


@router.post("/tram/{kiosk_id:uuid}/ten")
def rename(desk: Runs, kiosk_id: UUID) -> Response:
    """Call a kiosk otherwise."""
    name = desk.form.text("name", most=NAME_LENGTH)
    if desk.form.wrong:
        return desk.go("/tram", f"Tên trạm cần từ 1 đến {NAME_LENGTH} ký tự. Chưa đổi gì.")
    with desk.records() as connection:
        _kiosk(connection, desk, kiosk_id)
        renamed = kiosks.rename(connection, desk.school_id, kiosk_id, name)
        if renamed:
            desk.note(connection, "kiosk-renamed", kiosk_id, name)
    return desk.go("/tram", "Đã đổi tên." if renamed else f"Đã có trạm tên {name}. Chưa đổi gì.")


@router.post("/tram/{kiosk_id:uuid}/ngung")
def revoke(desk: Runs, kiosk_id: UUID) -> Response:
    """End the trust in a kiosk: at its next contact it forgets what it knows of people."""
    with desk.records() as connection:
        kiosk = _kiosk(connection, desk, kiosk_id)
        kiosks.revoke(connection, desk.school_id, kiosk.name, desk.now)
        kiosk_copies.drop_of_revoked(connection, desk.school_id, desk.hub.folder)
        desk.note(connection, "kiosk-revoked", kiosk_id)
    return desk.go("/tram", f"Đã ngừng {kiosk.name}. Lần liên lạc tới, trạm tự xóa dữ liệu.")


@router.post("/tram/{kiosk_id:uuid}/da-xem")
def look_past(desk: Runs, kiosk_id: UUID) -> Response:
    """Say no more that a kiosk had seen what a backup did not hold: it was looked into."""
    with desk.records() as connection:
        _kiosk(connection, desk, kiosk_id)
        kiosks.forget_saw_newer(connection, desk.school_id, kiosk_id)
        desk.note(connection, "kiosk-saw-newer-seen", kiosk_id)
    return desk.go("/tram", "Đã ghi là đã xem lại.")


@router.post("/tram/loi-nhan")
def set_messages(desk: Annotated[Desk, allowed(Right.EDIT_SETTINGS)]) -> Response:
    """Say something on every idle screen."""
    lines = desk.form.typed.get("messages", "").splitlines()
    said = NoticeBoard(desk.library).set_messages(lines)
    match said:
        case TooMany():
            answer = f"Nhiều quá: {said.lines} dòng, hiện được {said.most}. Chưa đổi gì."
        case TooLong():
            answer = f"Có dòng dài quá: {said.length} ký tự, hiện được {said.most}. Chưa đổi gì."
        case _:
            with desk.records() as connection:
                desk.note(connection, "messages-set", detail=f"{len(said)} lines")
            answer = "Đã lưu lời nhắn. Các trạm hiện trong vòng một phút."
    return desk.go("/tram", answer)


def _kiosk(connection: Connection, desk: Desk, kiosk_id: UUID) -> KioskRow:
    rows = all_kiosks(connection, desk.school_id, desk.now)
    kiosk = next((one for one in rows if one.id == kiosk_id), None)
    if kiosk is None:
        raise HTTPException(404, "There is no such kiosk.")
    return kiosk


def qr_path(payload: str) -> tuple[int, str]:
    """A QR code as an SVG path with its quiet zone: the side in modules, and the dark ones."""
    code = qr(payload)
    dark = [
        f"M{x + QR_EDGE} {y + QR_EDGE}h1v1h-1z"
        for y in range(code.height)
        for x in range(code.width)
        if code.getpixel((x, y)) == 0
    ]
    return code.width + 2 * QR_EDGE, "".join(dark)


PAGES = Pages(
    Section.KIOSKS,
    router,
    (
        Place("/tram", "Các trạm", Right.SEE_KIOSKS),
        Place("/tram/ghep", "Ghép trạm mới", Right.RUN_KIOSKS),
    ),
)
