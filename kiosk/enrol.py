"""``python -m kiosk enrol CODE``: pairs this station with its hub. Keeps out how that is proved.

Exit status: 0 paired, 2 something is to be corrected, 5 nobody answers or a stranger does.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from config.checking import load_settings
from config.settings import HubSettings, Settings
from db.errors import HubRefused, HubStranger, HubUnreachable, StationUnpaired, SyncError
from db.sync import finding
from db.sync.credentials import HubKnown, keep_hub, keep_tokens, read_hub
from db.sync.meeting import meet
from db.sync.pairing import Invitation, PairingRefusal, new_token, read_invitation
from db.sync.trusted import connect

REFUSALS = {
    PairingRefusal.WRONG: "Mã không đúng: gõ lại cho đúng (the code is not right: type it again).",
    PairingRefusal.EXPIRED: "Mã đã quá hạn: xin thủ thư mã mới (expired: ask for a new code).",
    PairingRefusal.USED: "Mã đã dùng rồi: xin thủ thư mã mới (used already: ask for a new code).",
    PairingRefusal.VOID: "Mã đã bị huỷ vì thử sai nhiều lần: xin thủ thư mã mới "
    "(void after too many wrong tries: ask for a new code).",
    PairingRefusal.WRONG_SCHOOL: "Mã của trường khác: sửa station.school_id trong tệp cài đặt "
    "(of another school: correct station.school_id in the settings).",
}
STRANGER = (
    "Máy trả lời không phải là máy chủ đã cấp mã: KHÔNG ghép. Báo thủ thư "
    "(who answers is not the hub that made the code: not paired)."
)
NOBODY = (
    "Không có máy chủ nào trả lời: kiểm tra mạng và địa chỉ, hoặc thêm --hub https://… "
    "(no hub answers: look at network and address)."
)


class NotPaired(Exception):
    """Pairing came to nothing."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def enrol(arguments: list[str]) -> int:
    """Pair this station; return the exit status.

    Raises:
        SettingsError: With every mistake of the settings.
    """
    asked = _parser().parse_args(arguments)
    settings = load_settings(asked.settings)
    try:
        invitation = _read(asked.code)
        hub = _pair(invitation, asked.hub, settings.hub, settings.station.school_id)
    except NotPaired as failed:
        print(failed.sentence, file=sys.stderr)
        return failed.status
    print(f"Đã ghép với máy chủ {hub.url}; ở đó trạm này tên là {hub.kiosk}.")
    print(f"(Paired with the hub at {hub.url}, which calls this station {hub.kiosk}.)")
    if settings.hub.url:
        print(f"Tệp cài đặt ghi hub.url = {settings.hub.url}: bỏ đi (remove it from the settings).")
    return 0


def pair(text: str, settings: Settings) -> HubKnown:
    """Pair this station by what a pairing code's text says.

    Raises:
        NotPaired: It is no such code, nobody answers, or the hub says no.
    """
    return _pair(_read(text), None, settings.hub, settings.station.school_id)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kiosk enrol",
        description="Pairs this station with its hub, by what `python -m admin enrol` showed.",
        allow_abbrev=False,
    )
    parser.add_argument("code", metavar="CODE_OR_QR_TEXT")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings file (TOML)")
    parser.add_argument("--hub", metavar="URL", help="where it is, if only a code was given")
    return parser


def _read(text: str) -> Invitation:
    try:
        return read_invitation(text)
    except ValueError as error:
        sentence = f"Mã viết chưa đủ hoặc sai ({error})."
        raise NotPaired(2, sentence) from error


def _pair(invitation: Invitation, said: str | None, settings: HubSettings, school: int) -> HubKnown:
    token = new_token()
    failed = NotPaired(5, NOBODY)
    for url in _addresses(invitation, said, settings):
        try:
            outcome = meet(invitation, url, school, token)
        except HubUnreachable:
            continue
        except HubStranger:
            failed = NotPaired(5, STRANGER)
            continue
        except HubRefused as error:
            failed = NotPaired(5, f"{url}: {error}")
            continue
        if isinstance(outcome, PairingRefusal):
            raise NotPaired(2, REFUSALS[outcome])
        _keep(settings, outcome, token)
        return outcome
    raise failed


def _addresses(invitation: Invitation, said: str | None, settings: HubSettings) -> Iterator[str]:
    """Where to ask, one after another: as was said, else where it was, else what calls out."""
    if said or invitation.url:
        yield (said or invitation.url).rstrip("/")
        return
    try:
        known = read_hub(settings.trust_file)
    except StationUnpaired:
        known = None
    if known is not None:
        yield known.url
    yield from finding.find()


def _keep(settings: HubSettings, hub: HubKnown, token: str) -> None:
    """Write down what opens the hub's door, and see that it does."""
    try:
        keep_hub(settings.trust_file, hub)
        keep_tokens(settings.token_file, (token,))
    except OSError as error:
        sentence = f"{error.filename}: không ghi được (cannot be written: {error.strerror})."
        raise NotPaired(2, sentence) from error
    way = connect(settings.model_copy(update={"url": ""}))
    try:
        way.token_age_days()
    except SyncError as error:
        sentence = f"Máy chủ chưa nhận trạm (the hub does not know us yet: {error})."
        raise NotPaired(5, sentence) from error
    finally:
        way.close()
