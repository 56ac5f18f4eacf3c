"""Each way the platform can fail is a sentence that says what to do."""

import socket
import threading
from contextlib import closing

import pytest
from werkzeug.wrappers import Request, Response

from gateways.errors import GatewayError
from gateways.signalwire.error_help import what_to_do
from gateways.signalwire.numbers import Platform
from tests.support.golive import there
from tests.unit.gateways.signalwire.test_numbers import NUMBERS, served

RELAY_422 = {"errors": [{"detail": "call_relay_script_url is invalid", "status": "422", "title": "x", "code": "y"}]}
CALLING_422 = {"errors": [{"type": "validation_error", "code": "x", "message": "to is no number", "attribute": "to"}]}


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (400, {"error": "Bad Request"}, ["HTTP 400", "Bad Request."]),
        (401, {"error": "Unauthorized"}, ["SIGNALWIRE_API_TOKEN", "SIGNALWIRE_SPACE", "scope Numbers"]),
        (403, {"error": "Forbidden"}, ["scope Numbers", "trial"]),
        (404, {"error": "Not Found"}, ["switchboard numbers", "SIGNALWIRE_PROJECT_ID"]),
        (422, RELAY_422, ["call_relay_script_url is invalid.", "Put that right"]),
        (422, CALLING_422, ["to is no number.", "Put that right"]),
        (429, {}, ["too often", "Wait a minute"]),
        (500, {}, ["out of order", "nothing is wrong here", "status.signalwire.com"]),
        (503, {}, ["HTTP 503", "Try again"]),
        (200, {"hello": "world"}, ["Something else than SignalWire", "SIGNALWIRE_SPACE"]),
    ],
)
def test_each_refusal_says_what_to_do(status: int, answer: object, words: list[str]) -> None:
    with there({NUMBERS: (status, answer)}) as one, closing(Platform(one.url, "p1", "t1")) as platform:
        sentence = told(platform)
    assert all(one in sentence for one in words), sentence
    assert sentence.endswith(".")
    assert "t1" not in sentence


def told(platform: Platform, api: str = "") -> str:
    with pytest.raises(GatewayError) as fault:
        platform.numbers()
    return what_to_do(fault.value, api=api or platform.api, scope="Numbers")


def test_a_name_that_is_nobodys() -> None:
    with closing(Platform("https://acme.invalid", "p1", "t1")) as platform:
        assert "There is no host acme.invalid. Check SIGNALWIRE_SPACE" in told(platform)


def test_an_address_that_is_none() -> None:
    with closing(Platform("acme", "p1", "t1")) as platform:
        assert "The platform's address is none." in told(platform)


def test_a_host_that_speaks_no_tls() -> None:
    with (
        served(lambda _: Response("hello")) as app,
        closing(Platform(app.base.replace("http", "https"), "p", "t")) as one,
    ):
        assert "speaks no TLS" in told(one, "https://acme.signalwire.com")


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        with closing(Platform(f"http://127.0.0.1:{taken.getsockname()[1]}", "p1", "t1")) as platform:
            assert "acme.signalwire.com cannot be reached" in told(platform, "https://acme.signalwire.com")
            assert "stand in for SignalWire" in told(platform)


def test_no_answer_in_time() -> None:
    over = threading.Event()

    def slow(_: Request) -> Response:
        over.wait(20)
        return Response("{}")

    with served(slow) as app, closing(Platform(app.base, "p1", "t1")) as platform:
        sentence = told(platform, "https://acme.signalwire.com")
        over.set()
    assert "did not answer in time" in sentence
    assert "port 443" in sentence
