"""Machines of a small network on this one: a hub and stations in network namespaces of their own.

Each place is a namespace with one cable to a switch in another; nothing of this machine's own
network is touched. What is done at a place is done by a thread that lives there, over real
sockets, addresses and routes. Needs root, `ip` and `nft`.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TypeVar

T = TypeVar("T")
_NEW_NETWORK = 0x40000000
"""`CLONE_NEWNET` of setns(2), which Python names since 3.12 only."""
_WAYS = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def why_not() -> str:
    """Why there can be no namespaces here; empty if there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [one for one in ("ip", "nft") if shutil.which(one, path=_WAYS) is None]
    if missing:
        return f"network namespaces need {' and '.join(missing)}"
    name = f"ts{os.getpid()}-try"
    tried = subprocess.run(
        ["ip", "netns", "add", name], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        return f"network namespaces are not allowed here: {tried.stderr.strip()}"
    _ip("netns", "del", name)
    return ""


class Place:
    """One machine: its address, its cable, and the thread that lives there."""

    def __init__(self, name: str, switch: str, address: str) -> None:
        self._name, self._switch, self._socket_at_switch = name, switch, f"{name}-s"
        self.address = ""
        _ip("netns", "add", name)
        own = ["cable", "netns", name, "type", "veth", "peer", "name", self._socket_at_switch]
        _ip("link", "add", *own, "netns", switch)
        _ip("-n", switch, "link", "set", self._socket_at_switch, "master", "switch", "up")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "link", "set", "cable", "up")
        self.move_to(address)
        self._thread = ThreadPoolExecutor(1, initializer=_enter, initargs=(name,))

    def do(self, work: Callable[[], T]) -> T:
        """Do something there."""
        return self._thread.submit(work).result()

    def move_to(self, address: str) -> None:
        """Have another address."""
        _ip("-n", self._name, "address", "flush", "dev", "cable")
        _ip("-n", self._name, "address", "add", f"{address}/24", "dev", "cable")
        _ip("-n", self._name, "route", "replace", "default", "dev", "cable")
        self.address = address

    @contextmanager
    def unplugged(self) -> Iterator[None]:
        """The cable is out of its socket."""
        _ip("-n", self._switch, "link", "set", self._socket_at_switch, "down")
        try:
            yield
        finally:
            _ip("-n", self._switch, "link", "set", self._socket_at_switch, "up")

    @contextmanager
    def losing(self, percent: int) -> Iterator[None]:
        """So many of a hundred packets do not arrive here."""
        # Not `tc netem`, which not every kernel has.
        self._filter(
            "add table inet loss",
            "add chain inet loss arriving { type filter hook input priority 0 ; }",
            f"add rule inet loss arriving numgen random mod 100 < {percent} drop",
        )
        try:
            yield
        finally:
            self._filter("delete table inet loss")

    def _filter(self, *rules: str) -> None:
        there = ["ip", "netns", "exec", self._name, "nft", "-f", "-"]
        subprocess.run(there, input="\n".join(rules), text=True, check=True)

    def close(self) -> None:
        self._thread.shutdown()
        _ip("netns", "del", self._name)


@contextmanager
def network(*addresses: str) -> Iterator[list[Place]]:
    """A switch, and a place at each address of one network."""
    switch = f"ts{os.getpid()}-x"
    _ip("netns", "add", switch)
    with ExitStack() as closing:
        closing.callback(_ip, "netns", "del", switch)
        _ip("-n", switch, "link", "add", "switch", "type", "bridge")
        _ip("-n", switch, "link", "set", "switch", "up")
        places = []
        for number, address in enumerate(addresses):
            places.append(Place(f"ts{os.getpid()}-{number}", switch, address))
            closing.callback(places[-1].close)
        yield places


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def _enter(name: str) -> None:
    """Have this thread, and those it begins, live in a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    opened = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        if libc.setns(opened, _NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(opened)
