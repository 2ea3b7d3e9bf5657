"""Where a hub may be, by what machines call out in the local network (mDNS). Only ever a hint.

Anybody in the network can call out, and many networks let nothing through. So an address found
here is believed no more than any other: whoever answers there must be certified by the authority
this station was paired with.
"""

from __future__ import annotations

import ipaddress
import queue
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress

import structlog
from zeroconf import Error, InterfaceChoice, ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

SERVICE = "_tram-sach._tcp.local."
WITHIN_S = 4.0
"""How long a station listens; an answer takes about a second."""

Interfaces = Sequence[str] | InterfaceChoice
EVERYWHERE = InterfaceChoice.Default
_log = structlog.get_logger()


@contextmanager
def announced(
    fingerprint: str, addresses: Sequence[str], port: int, interfaces: Interfaces = EVERYWHERE
) -> Iterator[None]:
    """Call out where a hub is, until the block ends; a network that takes no calls is no fault."""
    name = f"tram-sach-{fingerprint[:12]}"
    info = ServiceInfo(
        SERVICE,
        f"{name}.{SERVICE}",
        addresses=[ipaddress.ip_address(address).packed for address in addresses],
        port=port,
        properties={"ca": fingerprint},
        server=f"{name}.local.",
    )
    try:
        calling = Zeroconf(interfaces=interfaces)
    except OSError as error:
        _log.warning("hub.not_announced", reason=str(error))
        yield
        return
    with closing(calling):
        try:
            calling.register_service(info, allow_name_change=True)
        except (OSError, Error) as error:
            _log.warning("hub.not_announced", reason=type(error).__name__)
        yield


def find(
    fingerprint: str = "", interfaces: Interfaces = EVERYWHERE, within_s: float = WITHIN_S
) -> Iterator[str]:
    """Addresses at which a hub says to be that has the authority of this fingerprint, or any.

    They come as they are heard, until the time is over.
    """
    try:
        listening = Zeroconf(interfaces=interfaces)
    except OSError:
        return  # no network at all
    until = time.monotonic() + within_s
    with closing(listening):
        heard = _Heard(fingerprint)
        browser = ServiceBrowser(listening, SERVICE, heard)
        with suppress(queue.Empty):
            while (left := until - time.monotonic()) > 0:
                yield heard.urls.get(timeout=left)
        browser.cancel()


class _Heard(ServiceListener):
    """Gathers what is called out."""

    def __init__(self, fingerprint: str) -> None:
        self.urls: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._fingerprint = fingerprint.encode()

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        info = zc.get_service_info(type_, name)
        if info is not None and self._fingerprint in (b"", info.properties.get(b"ca")):
            for address in info.parsed_addresses():
                self.urls.put(_url(address, info.port))

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        self.add_service(zc, type_, name)

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Who says goodbye may be somebody else; the next question will tell."""


def _url(address: str, port: int | None) -> str:
    return f"https://[{address}]:{port}" if ":" in address else f"https://{address}:{port}"
