"""The stations' doors as OpenAPI describes them, asked whatever a machine can think of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from admin.app import create_app
from tests.hub_school import HubSchool

EXAMPLES = 12
"""Questions to each operation."""
NAMES = st.sampled_from(("incarnation", "events", "protocol", "nonce", "token_sha256", "school_id"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


BODIES = st.one_of(
    st.just(b""),
    st.binary(max_size=60),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
        max_leaves=12,
    ).map(lambda told: json.dumps(told).encode()),
)
"""The doors read their bodies themselves, so that OpenAPI says nothing of them."""


class Door:
    """The real application as its OpenAPI describes it, and a token that opens it."""

    def __init__(self, hub: HubSchool) -> None:
        # A hub that ends keeps nobody waiting for news.
        app = create_app(hub.engine, hub.clock, is_ending=lambda: True)
        self._schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        self._token = hub.kiosk("Trạm 1").token

    def ask(self, method: str, path: str, mode: GenerationMode, is_known: bool) -> set[int]:
        """Ask whatever there is to ask; the answers' codes.

        Raises:
            FailureGroup: An answer is none that is described.
        """
        operation = self._schema[path][method]
        headers = {"Authorization": f"Bearer {self._token}"} if is_known else {}
        codes: set[int] = set()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode), BODIES)
        def run(case: Any, body: bytes) -> None:
            content = {} if method == "GET" else {"data": body}
            answer = case.call(base_url="http://127.0.0.1", headers=headers, **content)
            codes.add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        run()
        return codes


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    hub = HubSchool(tmp_path_factory.mktemp("openapi") / "hub.db")
    yield Door(hub)
    hub.engine.dispose()


@pytest.mark.parametrize(
    "asked",
    [
        "POST /sync/events",
        "GET /sync/position",
        "GET /sync/changes",
        "GET /sync/news",
        "GET /trust/authority",
        "POST /trust/pairing",
        "GET /trust/token",
        "PUT /trust/token",
        "GET /copies/due",
        "PUT /copies/newest",
        "GET /health",
        "GET /metrics",
    ],
)
def test_answers_are_documented(door: Door, asked: str) -> None:
    """Given any question by a station, when it is asked, then the answer is no 5xx.

    Its status, type and form are those that the OpenAPI names.
    """
    method, path = asked.split()

    codes = door.ask(method, path, GenerationMode.POSITIVE, is_known=True)
    if path in (
        "/sync/position",
        "/sync/changes",
        "/sync/news",
    ):  # others have nothing to get wrong
        codes |= door.ask(method, path, GenerationMode.NEGATIVE, is_known=True)

    assert codes


@pytest.mark.parametrize(
    "asked",
    [
        "POST /sync/events",
        "GET /sync/position",
        "GET /sync/changes",
        "PUT /trust/token",
        "PUT /copies/newest",
    ],
)
def test_strangers_are_refused_as_documented(door: Door, asked: str) -> None:
    """Given any question by a stranger, when it is asked, then it is refused, and documented."""
    method, path = asked.split()

    assert door.ask(method, path, GenerationMode.POSITIVE, is_known=False) <= {401, 422, 426}
