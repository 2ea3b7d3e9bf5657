"""A hub that serves TLS on a real socket of this machine, and stations paired with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from admin import enrolment
from admin.app import create_app
from admin.lan import open_door
from admin.listening import listen
from admin.trust import open_trust
from config.settings import HubSettings
from db import outbox
from db.circulation import Circulation
from db.clock import SettableClock
from db.engine import open_engine, sqlite_url
from db.sync.connection import HubConnection, synchronise
from db.sync.credentials import HubKnown, keep_hub, keep_tokens
from db.sync.meeting import meet
from db.sync.mirror import Mirror
from db.sync.pairing import Invitation, PairingRefusal, new_token
from db.sync.trusted import connect
from tests.empty_records import empty_records
from tests.small_school import MORNING, SmallSchool

HERE = "127.0.0.1"


class HubOnLan:
    """A small school's hub with an authority of its own."""

    def __init__(
        self, folder: Path, now: datetime = MORNING, names: Iterable[str] = (HERE,), url: str = ""
    ) -> None:
        """With a `url`, the records are there; else in a file of the folder."""
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.school = SmallSchool(url or sqlite_url(folder / "hub.db"), is_station=False)
        self.engine, self.clock = self.school.engine, self.school.clock
        self.trust = open_trust(folder, now, names)
        self.hub = create_app(self.engine, self.clock, trust=self.trust).state.hub

    @contextmanager
    def open(self, host: str = HERE, port: int = 0) -> Iterator[str]:
        """Serve; give the address."""
        with listen(host, port) as listening:
            url = f"https://{host}:{listening.getsockname()[1]}"
            with open_door(self.hub, self.trust, self.folder, listening):
                yield url

    def invite(self, name: str = "Trạm 1") -> str:
        with self.engine.begin() as connection:
            return enrolment.invite(connection, 1, name, self.clock.now())

    def invitation(self, url: str, name: str = "Trạm 1") -> Invitation:
        """What the QR code says."""
        return Invitation(self.invite(name), url, self.trust.fingerprint)

    def close(self) -> None:
        self.engine.dispose()


class PairedStation:
    """A station's folder: its records, and what it keeps of its hub."""

    def __init__(self, folder: Path, is_new: bool = True) -> None:
        folder.mkdir(exist_ok=True)
        self.settings = HubSettings(
            token_file=folder / "hub.token", trust_file=folder / "hub.trust"
        )
        self.file = folder / "kiosk.db"
        if is_new:
            self.file.write_bytes(empty_records())
        self.engine = open_engine(sqlite_url(self.file))
        outbox.prepare_station(self.engine)
        self.desk = Circulation(self.engine, 1, SettableClock(MORNING))
        self.mirror = Mirror(self.engine, 1)

    def pair(self, invitation: Invitation, url: str) -> HubKnown | PairingRefusal:
        """Meet the hub, and keep what opens its door."""
        token = new_token()
        outcome = meet(invitation, url, 1, token)
        if isinstance(outcome, HubKnown):
            keep_hub(self.settings.trust_file, outcome)
            keep_tokens(self.settings.token_file, (token,))
        return outcome

    @contextmanager
    def connected(self) -> Iterator[HubConnection]:
        hub = connect(self.settings)
        try:
            yield hub
        finally:
            hub.close()

    def synchronise(self) -> None:
        with self.connected() as hub:
            synchronise(self.engine, hub, self.mirror)

    def close(self) -> None:
        self.engine.dispose()
