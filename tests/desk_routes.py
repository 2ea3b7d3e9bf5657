"""Every route of the desk, with the right it wants, for tests that walk through all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from admin.app import create_app
from admin.desk.door import Gate
from admin.desk.rights import Right
from tests.desk_school import DeskSchool
from tests.hub_school import DeskClient, HubSchool


def routes(app: FastAPI | APIRouter) -> Iterator[APIRoute]:
    """Every route, also of routers that the framework keeps as they were included."""
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from routes(included)


def gate_of(route: APIRoute) -> Gate | None:
    """By which right a route lets in; None where it asks for none."""

    def gates(needed: Any) -> Iterator[Gate]:
        for below in needed.dependencies:
            if isinstance(below.call, Gate):
                yield below.call
            yield from gates(below)

    return next(gates(route.dependant), None)


def gated(hub: HubSchool | DeskSchool) -> list[tuple[APIRoute, str, Right]]:
    """Every route of the desk with a method and its right; signing out last of all."""
    app = create_app(hub.engine, hub.clock)
    found = [
        (route, method, gate.right)
        for route in routes(app)
        if (gate := gate_of(route)) is not None
        for method in sorted(route.methods or ())
    ]
    assert len(found) >= 4
    return sorted(found, key=lambda one: one[0].path == "/dang-xuat")


def filled(path: str) -> str:
    """A route's path with identities that nothing has."""
    return re.sub(r"\{[^}]+\}", str(uuid4()), path)


def ask(client: httpx.Client, method: str, route: APIRoute) -> httpx.Response:
    """Ask for a route, with an empty form of the client's own session."""
    key = client.key if isinstance(client, DeskClient) else ""
    data: Any = {"key": key} if method == "POST" else None
    return client.request(method, filled(route.path), data=data)
