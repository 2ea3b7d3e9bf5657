"""The kiosks' pages: paired by a code, renamed, revoked, what idle screens say."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np
import zxingcpp
from sqlalchemy import select, update

from admin.app import create_app
from admin.backup_rounds import BackupRounds, Keep
from admin.desk.stations import qr_path
from admin.kiosks import note_saw_newer
from admin.trust import open_trust
from db.models import Kiosk, PairingCode
from db.rulebook import read_rulebook
from db.slips import NO_PRINTER
from db.states import DeskRole
from db.sync.pairing import read_invitation
from tests.hub_school import DeskClient, HubSchool


def test_code_pairs_the_station_that_it_names(hub: HubSchool, tmp_path: Path) -> None:
    """Given a name, when a code is asked for, then code and picture say the same, once noted."""
    desk = _on_lan(hub, tmp_path)
    page = desk.submit("/tram/ghep", name="Trạm cửa").text
    payload = html.unescape(re.search(r"kiosk enrol (?:'|&#39;)([^'&<]+)", page)[1])  # type: ignore[index]
    invitation = read_invitation(payload)
    typed = re.search(r'class="code">([^<]+)<', page)
    assert typed is not None

    assert invitation.url == "https://192.168.1.10:8766"
    assert invitation.code == typed[1].replace("-", "")
    assert _read(page) == payload
    with hub.engine.begin() as connection:
        assert list(connection.scalars(select(PairingCode.kiosk_name))) == ["Trạm cửa"]


def test_hub_without_network_says_so(hub: HubSchool) -> None:
    """Given a hub that serves no network, when a code is asked for, then a sentence, no code."""
    answer = hub.desk().submit("/tram/ghep", name="Trạm cửa")

    assert answer.status_code == 422
    assert "--lan" in answer.text
    assert hub.count(PairingCode) == 0


def test_stations_say_how_they_are(hub: HubSchool, tmp_path: Path) -> None:
    """Given kiosks heard and not heard, when shown, then each in words."""
    hub.kiosk("Trạm 1")
    with hub.engine.begin() as connection:
        said = {"version": "0.1.0", "printer_trouble": "paper-out", "camera": "lost", "waiting": 3}
        connection.execute(update(Kiosk).values(said))
        kiosk_id = connection.execute(select(Kiosk.id)).scalar_one()
    folder = tmp_path / "kiosk-copies" / str(kiosk_id)
    folder.mkdir(parents=True)
    (folder / "kiosk-20261124-170500.db.zst").write_bytes(bytes(1_240_000))
    (folder / "kiosk-20261125-171000.db.zst").write_bytes(b"shorter")
    page = hub.desk(DeskRole.PRINCIPAL).page("/tram")

    copies = ("2 bản sao", "17:10 ngày 25/11, dưới 0,1 MB", "17:05 ngày 24/11", "1,2 MB")
    for words in ("Đang chạy", "Hết giấy", "Mất hình", "3 việc", "0.1.0", *copies):
        assert words in page
    assert "Hết giấy" in hub.desk().page("/")
    assert "Chưa ghép trạm nào" not in page
    assert '/ngung"' not in page


def test_station_without_printer_is_not_amiss(hub: HubSchool) -> None:
    """Given a kiosk that has no printer, when shown, then said so, and nobody is sent there."""
    hub.kiosk("Trạm 1")
    with hub.engine.begin() as connection:
        connection.execute(update(Kiosk).values(version="0.1.0", printer_trouble=NO_PRINTER))
    desk = hub.desk()

    assert "<dt>Máy in</dt><dd>Không có</dd>" in desk.page("/tram")
    assert "line-note-look" not in desk.page("/")


def test_station_that_saw_newer_rows_is_told(hub: HubSchool) -> None:
    """Given a kiosk that saw more than the backup put back, then it is said till seen."""
    kiosk = hub.kiosk("Trạm 1")
    with hub.engine.begin() as connection:
        note_saw_newer(connection, kiosk.known, hub.clock.now())
    desk, said = hub.desk(), "mới hơn bản sao lưu"
    assert said in desk.page("/tram")
    desk.submit(f"/tram/{kiosk.known.id}/da-xem")

    assert said not in desk.page("/tram")


def test_failed_round_of_backups_is_told_today(hub: HubSchool, tmp_path: Path) -> None:
    """Given rounds that fail, then go well, then stop for a day, when today is seen, then told."""
    in_the_way = tmp_path / "backups"
    in_the_way.touch()
    url = hub.engine.url.render_as_string(hide_password=False)
    rounds = BackupRounds(hub.engine, url, in_the_way, Keep(), hub.clock)
    desk = DeskClient(create_app(hub.engine, hub.clock, backups=rounds.state))
    desk.sign_in(hub, (DeskRole.LIBRARIAN,))
    assert 'role="alert"' not in desk.page("/")
    rounds.turn()
    assert "Sao lưu không thành công lúc 10:00" in desk.page("/")
    in_the_way.unlink()
    rounds.turn()
    assert 'role="alert"' not in desk.page("/")
    hub.clock.advance(timedelta(hours=26))
    desk.sign_in(hub, (DeskRole.LIBRARIAN,))

    assert "Hơn một ngày chưa có bản sao lưu mới." in desk.page("/")


def test_station_is_renamed_unless_taken(hub: HubSchool) -> None:
    """Given two kiosks, when one is given a new or the other's name, then done or told."""
    first, _ = hub.kiosk("Trạm 1"), hub.kiosk("Trạm 2")
    desk = hub.desk()
    for name, said in [("Trạm cửa", "Đã đổi tên."), ("Trạm 2", "Đã có trạm tên Trạm 2.")]:
        desk.submit(f"/tram/{first.known.id}/ten", name=name)
        assert said in desk.page("/tram")

    assert _names(hub) == {"Trạm cửa", "Trạm 2"}


def test_revoked_station_is_turned_away(hub: HubSchool) -> None:
    """Given a kiosk, when revoked at the desk, then its token is told to forget."""
    kiosk = hub.kiosk("Trạm 1")
    desk = hub.desk()
    desk.submit(f"/tram/{kiosk.known.id}/ngung")
    answer: httpx.Response = hub.browser(kiosk.token).get("/trust/token")

    assert answer.status_code == 403
    assert answer.json() == {"reason": "revoked"}
    assert "Đã ngừng" in desk.page("/tram")


def test_messages_reach_the_idle_screens(hub: HubSchool) -> None:
    """Given lines, when saved, then the rules say them anew; too many or long ones change none."""
    desk = hub.desk()
    desk.submit("/tram/loi-nhan", messages="Chào các em\n\n Mai nghỉ ")
    before = _messages(hub)
    for wrong, said in [("a\n" * 9, "Nhiều quá"), ("x" * 200, "dài quá")]:
        desk.submit("/tram/loi-nhan", messages=wrong)
        assert said in desk.page("/tram")

    assert before == ("Chào các em", "Mai nghỉ")
    assert _messages(hub) == before


def test_picture_is_read_again() -> None:
    """Given any payload, when drawn as a path, then a reader reads it."""
    side, path = qr_path("tramsach://192.168.1.10:8766/x/K7QX4M9P2TRA")

    assert _decode(side, path) == "tramsach://192.168.1.10:8766/x/K7QX4M9P2TRA"


def _on_lan(hub: HubSchool, folder: Path) -> DeskClient:
    trust = open_trust(folder, hub.clock.now(), ["127.0.0.1"])
    app = create_app(hub.engine, hub.clock, trust=trust)
    app.state.lan_url = "https://192.168.1.10:8766"
    client = DeskClient(app)
    client.sign_in(hub, (DeskRole.LIBRARIAN,))
    return client


def _read(page: str) -> str:
    found = re.search(r'viewBox="0 0 (\d+) \1" role="img".*?<path d="([^"]+)"', page, re.DOTALL)
    assert found is not None
    return _decode(int(found[1]), found[2])


def _decode(side: int, path: str) -> str:
    picture = np.full((side, side), 255, np.uint8)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path):
        picture[int(y), int(x)] = 0
    big = picture.repeat(6, axis=0).repeat(6, axis=1)
    return zxingcpp.read_barcodes(big)[0].text


def _names(hub: HubSchool) -> set[str]:
    with hub.engine.begin() as connection:
        return set(connection.scalars(select(Kiosk.name)))


def _messages(hub: HubSchool) -> tuple[str, ...]:
    with hub.engine.begin() as connection:
        return read_rulebook(connection, 1).choices.idle_messages
