"""The hub's door to the school's network: TLS only, and no page. Keeps out what is answered.

Also keeps the certificate good while the hub runs for months, and tells the network where it is.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from socket import socket

import structlog
import uvicorn

from admin.app import create_lan_app
from admin.hub import Hub
from admin.trust import Trust, open_trust, own_addresses
from db.sync.finding import announced

KEEP_ALIVE_S = 75
"""How long a connection may rest: longer than kiosks and people do between two acts, so that none
is closed as the next form is on its way."""
LOOK_EVERY_S = 3600.0
"""How often the hub looks whether its certificate is still good, for its days and addresses."""

GOODBYE_S = 3.0
"""How long the end waits for the network to hear that the hub is no longer there."""

_log = structlog.get_logger()


@contextmanager
def open_door(hub: Hub, trust: Trust, data: Path, listening: socket) -> Iterator[None]:
    """Answer kiosks on the network until the block ends."""
    host, port = listening.getsockname()[:2]
    door = _Door(hub, trust, data, host, port)
    serving = threading.Thread(target=door.serve, args=(listening,), name="lan")
    tending = threading.Thread(target=door.tend, name="lan-certificate", daemon=True)
    serving.start()
    tending.start()
    try:
        yield
    finally:
        door.close()
        serving.join()
        tending.join(GOODBYE_S)


class _Door:
    def __init__(self, hub: Hub, trust: Trust, data: Path, host: str, port: int) -> None:
        config = uvicorn.Config(
            create_lan_app(hub),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=8,
            ssl_certfile=str(trust.server_file),
        )
        config.load()
        assert config.ssl is not None
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
        self._tls = config.ssl
        self._server = uvicorn.Server(config)
        self._hub = hub
        self._fingerprint = trust.fingerprint
        self._host = host
        self._everywhere = ip_address(host).is_unspecified
        self._port = port
        self._data = data
        self._closing = threading.Event()

    def serve(self, listening: socket) -> None:
        """Body of the thread that answers."""
        self._server.run(sockets=[listening])

    def tend(self) -> None:
        """Body of the thread that calls out where the hub is, and renews its certificate."""
        while not self._closing.is_set():
            addresses = own_addresses() if self._everywhere else [self._host]
            with announced(self._fingerprint, addresses, self._port, addresses):
                self._closing.wait(LOOK_EVERY_S)
            self._renew()

    def _renew(self) -> None:
        try:
            self._tls.load_cert_chain(open_trust(self._data, self._hub.clock.now()).server_file)
        except (OSError, ValueError) as error:
            _log.error("certificate.not_renewed", reason=str(error))

    def close(self) -> None:
        """End both."""
        self._closing.set()
        self._server.should_exit = True
