"""The events webhook: signed as it says, and whatever is not a yes is tried again."""

import hmac
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from gateways.clock import StoppedClock
from gateways.errors import Unavailable
from gateways.messaging.webhooks import EventsWebhook
from tests.exchange.app import App

NOON = StoppedClock(datetime(2026, 3, 2, 12, 0, 0, 900_000, tzinfo=UTC))
BODY = {"id": "t_1:0", "phase": "requested", "result": {"summary": "Grüße, “boiler” \ud800"}}


class Listener(App):
    """Somebody's system: what it was sent, and what it answers."""

    status = 204

    def _serve(self, environ: dict[str, Any], start: Any) -> Any:
        request = Request(environ)
        self.raw, self.sent = request.get_data(), dict(request.headers)
        return Response(status=self.status, headers={"Location": "/elsewhere"})(environ, start)


@pytest.fixture
def listener() -> Iterator[Listener]:
    running = Listener()
    with running:
        yield running


def test_the_signature_can_be_checked_with_nothing_but_the_secret(listener: Listener) -> None:
    with closing(EventsWebhook(listener.base, "s3cret", NOON)) as webhook:
        webhook.post(BODY)
    moment = listener.sent["Switchboard-Timestamp"]
    assert moment == "1772452800"
    expected = hmac.new(b"s3cret", moment.encode() + b"." + listener.raw, sha256).hexdigest()
    assert listener.sent["Switchboard-Signature"] == expected
    assert json.loads(listener.raw) == BODY
    assert listener.sent["Content-Type"] == "application/json"


def test_another_secret_another_moment_and_another_body_have_another_signature(listener: Listener) -> None:
    signatures = set()
    for secret, clock, body in (
        ("s3cret", NOON, BODY),
        ("other", NOON, BODY),
        ("s3cret", StoppedClock(datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)), BODY),
        ("s3cret", NOON, {**BODY, "phase": "bridged"}),
    ):
        with closing(EventsWebhook(listener.base, secret, clock)) as webhook:
            webhook.post(body)
        signatures.add(listener.sent["Switchboard-Signature"])
    assert len(signatures) == 4


@pytest.mark.parametrize("status", [301, 400, 404, 410, 429, 500, 503])
def test_whatever_is_not_a_yes_is_tried_again(listener: Listener, status: int) -> None:
    listener.status = status
    with closing(EventsWebhook(listener.base, "s3cret")) as webhook, pytest.raises(Unavailable) as told:
        webhook.post(BODY)
    assert str(status) in str(told.value)
    assert "s3cret" not in str(told.value)


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with (
            closing(EventsWebhook(f"http://127.0.0.1:{taken.getsockname()[1]}", "s3cret")) as webhook,
            pytest.raises(Unavailable),
        ):
            webhook.post(BODY)


def test_the_secret_is_never_shown() -> None:
    assert "s3cret" not in repr(EventsWebhook("https://example.com", "s3cret"))
