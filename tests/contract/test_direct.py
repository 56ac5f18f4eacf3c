"""Two kinds of request are answered past Flask. Nobody outside can tell."""

from collections.abc import Iterable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from tests.contract.conftest import PASSWORD, Switchboard
from tests.support.phone import Phone, basic

GOOD = basic("signalwire", PASSWORD)
FETCH = b'{"call": {"call_id": "c1", "from": "+12025550177", "to": "+12025550100"}}'


def both_ways(app: Flask, path: str, **request: Any) -> tuple[TestResponse, TestResponse]:
    """What the app answers, and what Flask alone would."""

    def flask_alone(environ: Any, start_response: Any) -> Iterable[bytes]:
        return Flask.wsgi_app(app, environ, start_response)

    return app.test_client().open(path, **request), Client(flask_alone).open(path, **request)


def told(response: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    return response.status_code, response.data, sorted(response.headers)


@pytest.mark.parametrize(
    "request_",
    [
        {"headers": GOOD, "data": FETCH},
        {"headers": basic("signalwire", "wrong"), "data": FETCH},
        {"headers": {"Authorization": GOOD["Authorization"].replace("Basic", "basic")}, "data": FETCH},
        {"headers": {"Authorization": "é"}, "data": FETCH},
        {"data": FETCH},
        {"headers": GOOD, "data": b"{"},
        {"headers": GOOD, "data": b""},
        {"headers": GOOD, "data": b"[" * 100_000},
        {"headers": GOOD, "data": b'{"call": {}}'},
        {"headers": GOOD, "data": b" " * (256 * 1024 + 1)},
        {"headers": GOOD, "data": FETCH, "method": "PUT"},
        {"headers": GOOD, "method": "GET"},
        {"headers": GOOD, "data": FETCH, "query_string": {"t": "forged"}},
    ],
)
@pytest.mark.parametrize("path", ["/swml", "/tools"])
def test_the_same_request_has_the_same_answer(acme: Switchboard, path: str, request_: dict[str, Any]) -> None:
    ours, flasks = both_ways(acme.app, path, **{"method": "POST", **request_})
    assert told(ours) == told(flasks)


def test_a_body_that_does_not_say_how_long_it_is(acme: Switchboard) -> None:
    endless = {"method": "POST", "headers": GOOD, "input_stream": None, "environ_overrides": {"CONTENT_LENGTH": "x"}}
    ours, flasks = both_ways(acme.app, "/swml", **endless)
    assert told(ours) == told(flasks)


def test_when_we_fail_the_line_of_the_very_call_falls_back(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    acme.app.extensions["switchboard"].clock = None
    apology = caller.dials()
    (dialled,) = [step["connect"]["to"] for step in apology["sections"]["main"] if "connect" in step]
    assert dialled == "+12025550111"
