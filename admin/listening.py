"""Opens the port that a server answers at; keeps out what it answers."""

from __future__ import annotations

import socket


def listen(host: str, port: int) -> socket.socket:
    """Listen at an address (port 0 is any free one), with no answer held back.

    Nagle's algorithm keeps the second piece of an answer until the first is acknowledged, for
    which the other side may take 40 ms. asyncio switches it off where a socket names its
    protocol; those of `create_server` do not. Connections have it from the socket they come by.
    Source: tcp(7), TCP_NODELAY; RFC 9293, 3.7.4; docs/measurements/desk.md.

    Raises:
        OSError: The port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
