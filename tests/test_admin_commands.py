"""The hub's command line, and one hub as a real process on a real socket."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from admin.__main__ import main
from admin.listening import listen
from admin.sync_endpoint import BODY_LIMIT_BYTES
from admin.trust import open_trust
from config.checking import load_settings
from db.clock import SystemClock
from db.demo import fill_demo_school
from db.engine import open_engine, sqlite_url
from db.errors import StationRevoked
from db.ids import new_id
from db.sync.pairing import read_invitation
from db.sync.trusted import connect
from kiosk.__main__ import main as kiosk
from tests.demo_records import MORNING
from tests.hub_school import HubSchool, lent

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _no_database_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADMIN_DATABASE_URL", raising=False)


def test_enrol_shows_a_token_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a new kiosk, when enrolled, then 256 bits are shown, and a second time is refused."""
    main(["--data", str(tmp_path), "enrol", "Trạm 1"])
    token = capsys.readouterr().out.strip()

    assert len(token) == 43
    assert "token already" in _refusal(["--data", str(tmp_path), "enrol", "Trạm 1"], capsys)


def test_replacing_gives_another_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given an enrolled kiosk, when replaced, then its token is another."""
    main(["enrol", "Trạm 1", "--data", str(tmp_path)])
    main(["enrol", "Trạm 1", "--data", str(tmp_path), "--replace"])
    first, second = capsys.readouterr().out.split()

    assert first != second


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX")
def test_token_file_is_for_its_owner_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a readable file in its place, when the token is written, then only the owner reads."""
    file = tmp_path / "hub.token"
    file.write_text("old")
    file.chmod(0o644)
    main(["enrol", "Trạm 1", "--data", str(tmp_path / "hub"), "--token-file", str(file)])

    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text().strip()) == 43
    assert capsys.readouterr().out == ""
    assert (tmp_path / "hub").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "hub" / "hub.db").stat().st_mode & 0o777 == 0o600


def test_token_that_cannot_be_written_is_not_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a folder that is not there, when enrolled into it, then a sentence, and no kiosk."""
    enrol = ["enrol", "Trạm 1", "--data", str(tmp_path)]

    assert "cannot be written" in _refusal(
        [*enrol, "--token-file", str(tmp_path / "no" / "t")], capsys
    )
    main(enrol)


def test_loans_are_listed_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a loan, when listed as JSON, then it has what a summary needs, and no name."""
    hub = HubSchool(tmp_path / "hub.db")
    kiosk = hub.kiosk("Trạm 1")
    kiosk.did(lent("l1", "STN.00001", "An", 1))
    hub.send(kiosk)
    hub.engine.dispose()
    main(["--data", str(tmp_path), "loans", "--json"])
    out = capsys.readouterr().out
    loan = json.loads(out)[0]

    assert loan["loan_id"] == str(kiosk.events[0].payload["loan_id"])
    assert (loan["accession"], loan["title"]) == ("STN.00001", "Dế Mèn phiêu lưu ký")
    assert (loan["lent_at"], loan["due"]) == ("2026-11-23T09:01:00+07:00", "2026-12-07")
    assert (loan["kiosk"], loan["returned_at"], loan["disputed"]) == ("Trạm 1", None, False)
    assert "Nguyễn" not in out


def test_loans_are_listed_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given the demo school, when its loans are listed, then a line each; today has none."""
    engine = open_engine(sqlite_url(tmp_path / "hub.db"))
    fill_demo_school(engine, 1, MORNING)
    engine.dispose()
    main(["--data", str(tmp_path), "loans"])
    assert capsys.readouterr().out.endswith("\n100 loans\n")

    main(["--data", str(tmp_path), "loans", "--today"])
    assert capsys.readouterr().out == "0 loans\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], "--lan 0.0.0.0"),
        (["--host", "192.168.1.5"], "name children"),
        (["--host", "library.example"], "serve on 127.0.0.1"),
        (["--port", "70000"], "0 to 65535"),
        (["--port", "http"], "0 to 65535"),
        (["enrol", "  "], "1 to 40 characters"),
        (["enrol"], "NAME"),
        (["enrol", "--kiosk", " "], "1 to 40 characters"),
        (["enrol", "Trạm 1", "--kiosk", "Trạm 1"], "not allowed with"),
        (["--lan-port", "x"], "0 to 65535"),
        (["sell"], "invalid choice"),
        (["loans", "--database", "nothing://x"], "cannot be opened"),
    ],
)
def test_mistakes_end_in_a_sentence(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Given a wrong argument, when started, then status 2 and what to change."""
    monkeypatch.chdir(tmp_path)

    assert words in _refusal(arguments, capsys)
    assert list(tmp_path.iterdir()) == []


def test_busy_port_ends_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a port somebody listens on, when served there, then status 2 and what to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refusal = _refusal(["--data", str(tmp_path), "--port", port], capsys)

    assert f"port {port}" in refusal
    assert "--port" in refusal


def test_answers_are_not_held_back() -> None:
    """Given a port, when somebody connects, then no piece of an answer waits for another's."""
    with listen("127.0.0.1", 0) as listening:
        with socket.create_connection(listening.getsockname()):
            ours, _ = listening.accept()

        with ours:
            assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_damaged_records_end_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a file that is no database, when opened, then status 2 and the way back."""
    (tmp_path / "hub.db").write_bytes(b"not a database at all" * 400)

    assert "backup" in _refusal(["--data", str(tmp_path), "enrol", "Trạm 1"], capsys)
    assert "not a database" in _refusal(["--data", str(tmp_path), "loans"], capsys)


def test_database_may_come_from_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given ADMIN_DATABASE_URL, when nothing else is said, then those records are used."""
    monkeypatch.setenv("ADMIN_DATABASE_URL", sqlite_url(tmp_path / "elsewhere.db"))
    main(["enrol", "Trạm 1", "--token-file", str(tmp_path / "hub.token")])
    main(["loans"])

    assert (tmp_path / "elsewhere.db").exists()
    assert capsys.readouterr().out == "0 loans\n"


def test_no_records_yet_end_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a hub that never ran, when its loans are listed, then status 2, and no file is made."""
    assert "cannot be read" in _refusal(["--data", str(tmp_path), "loans"], capsys)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made_ends_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a file where the folder should be, when enrolled, then status 2 and the reason."""
    (tmp_path / "hub").touch()

    assert "cannot be made" in _refusal(["--data", str(tmp_path / "hub"), "enrol", "T"], capsys)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    main(["--data", str(tmp_path), "enrol", "Trạm 1", "--token-file", str(tmp_path / "hub.token")])
    with _serving("--data", str(tmp_path), "--port", "0", "--demo") as hub:
        assert hub.stdout is not None
        yield hub, hub.stdout.readline().split()[4].rstrip("/")


def test_real_hub_serves_and_stops(
    served: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    """Given a hub process, when a kiosk and a browser ask, then they are served until it is told.

    A message without a declared length is cut off.
    """
    hub, address = served
    endless = (b" " * 65536 for _ in range(BODY_LIMIT_BYTES // 65536 + 2))
    with httpx.Client(base_url=address, trust_env=False) as client:
        page = client.get("/bat-dau")
        batch = {"incarnation": str(new_id()), "events": []}
        token = _bearer(tmp_path)
        taken = client.post("/sync/events", json=batch, headers=token)
        too_long = client.post("/sync/events", content=endless, headers=token)
    hub.send_signal(signal.SIGTERM)

    assert "Trường THCS Hoa Phượng" in page.text
    assert "server" not in page.headers
    assert taken.json() == {"acked_seq": 0, "verdicts": [], "safe_seq": 0}
    assert too_long.status_code == 413
    assert hub.wait(timeout=10) == 0


def test_told_to_stop_hub_ends_what_it_began(
    served: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    """Given messages on their way, when the hub is told to stop, then it waits, but not for ever.

    The one that goes on is taken; the one that falls silent is told so.
    """
    hub, address = served
    batch = f'{{"incarnation": "{new_id()}", "events": []}}'
    goes_on, falls_silent = (_begun(address, len(batch), tmp_path) for _ in range(2))
    hub.send_signal(signal.SIGTERM)
    goes_on.send(batch.encode())
    answers = [message.getresponse().status for message in (goes_on, falls_silent)]
    for message in (goes_on, falls_silent):
        message.close()

    assert answers == [200, 408]
    assert hub.wait(timeout=10) == 0


def test_station_is_paired_and_revoked_by_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a hub that runs, when a code is made, typed and the station revoked, then it is so.

    Stopped, the hub leaves no key behind.
    """
    data = ["--data", str(tmp_path / "hub")]
    settings = tmp_path / "kiosk.toml"
    settings.write_text(
        f'[hub]\ntoken_file = "{tmp_path}/hub.token"\ntrust_file = "{tmp_path}/hub.trust"\n'
    )
    way = ["--settings", str(settings)]
    with _serving(*data, "--port", "0", "--lan", "127.0.0.1", "--lan-port", "0") as hub:
        hub.stdout.readline()  # type: ignore[union-attr]
        address = hub.stdout.readline().split()[-1].rstrip("/")  # type: ignore[union-attr]
        main([*data, "enrol", "--kiosk", "Trạm 5"])
        payload = capsys.readouterr().out.split("QR: ")[1].split()[0]
        statuses = [kiosk(["enrol", payload, *way]), kiosk(["enrol", payload, *way])]
        paired = capsys.readouterr()
        hub_known = connect(load_settings(settings).hub)
        assert hub_known.token_age_days() < 1
        main([*data, "revoke", "Trạm 5"])
        with pytest.raises(StationRevoked):
            hub_known.token_age_days()
        hub_known.close()
        twice = _refusal([*data, "revoke", "Trạm 5"], capsys)
        hub.send_signal(signal.SIGTERM)
        assert hub.wait(timeout=15) == 0

    assert payload.startswith(f"tramsach://{address.removeprefix('https://')}/")
    assert statuses == [0, 2]
    assert "tên là Trạm 5" in paired.out
    assert "đã dùng rồi" in paired.err
    assert "no station Trạm 5" in twice
    assert not (tmp_path / "hub" / "hub.running").exists()


def test_code_made_before_the_hub_runs_pairs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a hub at rest, when a code is made, then it says where the hub will be."""
    main(["--data", str(tmp_path), "enrol", "--kiosk", "Trạm 5", "--address", "10.0.0.9"])
    invitation = read_invitation(capsys.readouterr().out.split("QR: ")[1].split()[0])

    assert invitation.url == "https://10.0.0.9:8766"
    assert invitation.fingerprint == open_trust(tmp_path, SystemClock().now()).fingerprint


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["K7QX"], 2, "12 letters"),
        (["K7QX-4M9P-2TRA", "--hub", "https://127.0.0.1:1"], 5, "Không có máy chủ nào trả lời"),
    ],
    ids=["half a code", "nobody there"],
)
def test_pairing_that_fails_says_why(
    words: list[str],
    status: int,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Given a code that leads nowhere, when typed at the station, then a sentence, and no file."""
    monkeypatch.chdir(tmp_path)

    assert kiosk(["enrol", *words]) == status
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@contextmanager
def _serving(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A hub as a process of its own."""
    command = [sys.executable, "-m", "admin", *words]
    hub = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert hub.stdout is not None
    try:
        yield hub
    finally:
        hub.kill()
        hub.stdout.close()
        hub.wait()


def test_running_hub_keeps_other_writers_out(
    served: tuple[subprocess.Popen[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a running hub, when others want its file, then only those who read may have it."""
    data = ["--data", str(tmp_path)]

    assert "đang chạy" in _refusal([*data, "enrol", "Trạm 2"], capsys)
    assert "đang chạy" in _refusal([*data, "serve", "--port", "0"], capsys)
    main([*data, "loans"])
    assert capsys.readouterr().out.endswith("\n100 loans\n")


def _begun(address: str, length: int, data: Path) -> HTTPConnection:
    """Send the head of a message, and wait until the hub reads its body."""
    connection = HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/sync/events")
    words = {"Content-Length": str(length), "Expect": "100-continue"}
    for name, value in {**_bearer(data), **words}.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.sock.recv(64).startswith(b"HTTP/1.1 100 ")
    return connection


def _bearer(data: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {(data / 'hub.token').read_text('ascii').strip()}"}


def _refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    return capsys.readouterr().err
