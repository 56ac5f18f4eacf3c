"""Texts, sent to a provider that listens on this machine and answers as it was told to."""

import json
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs

import pytest

from calls.numbers import Number
from calls.orders import SendText
from gateways.messaging.sms import Sent, SignalWireTexts, Texts, send_all
from gateways.messaging.sms_twilio import TwilioTexts

CALLER, LINE = Number("+12025550177"), Number("+12025550100")
STATUS_URL = "https://u:p@pbx.example/events/message?t=x"
PROVIDERS = ("signalwire", "twilio")


@dataclass
class Provider:
    """A provider on loopback: what it was sent, and what it answers to whom (the last digits of the number)."""

    url: str = ""
    answers: dict[str, tuple[int, str, float]] = field(default_factory=dict)  # status, body, seconds it takes
    paths: list[str] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, status: int, body: object, *, to: str = "", after: float = 0.0) -> None:
        """From now on."""
        self.answers[to] = (status, body if isinstance(body, str) else json.dumps(body), after)

    def refuse(self, provider: str, code: str, words: str) -> None:
        """As each provider words a refusal."""
        signalwire = {"errors": [{"type": "validation_error", "code": code, "message": words, "attribute": "to"}]}
        twilio = {"code": code, "message": words, "status": 400}
        self.answer(*((422, signalwire) if provider == "signalwire" else (400, twilio)))


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Listens until the test is over."""
    there = Provider()
    there.answer(201, {"id": "m1", "sid": "SM1", "status": "queued", "error_code": None})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = self.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
            body = {name: value[0] for name, value in parse_qs(raw).items()} if form else json.loads(raw)
            there.paths.append(self.path)
            there.credentials.append(self.headers["Authorization"])
            there.posted.append(body)
            to = str(body.get("to") or body.get("To"))
            status, answer, after = there.answers.get(to[-4:]) or there.answers[""]
            time.sleep(after)
            data = answer.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with suppress(BrokenPipeError):  # who did not wait has hung up
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        there.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield there
        server.shutdown()
        thread.join()


class Make(Protocol):
    """Makes what sends texts by a provider; it is closed after the test."""

    def __call__(self, name: str, url: str, *, from_: str = "") -> Texts: ...


@pytest.fixture
def texts_of() -> Iterator[Make]:
    """`texts_of("twilio", url)`."""
    made: list[Texts] = []

    def make(name: str, url: str, *, from_: str = "") -> Texts:
        signalwire = name == "signalwire"
        made.append(SignalWireTexts(url, "project", "token") if signalwire else TwilioTexts("AC1", "token", from_, url))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(params=PROVIDERS)
def name(request: pytest.FixtureRequest) -> str:
    """Each provider."""
    return str(request.param)


def order(to: Number | None = CALLER, **more: Any) -> SendText:
    return SendText(to=to, from_=LINE, body="You're being connected. Ref K7Q4.", recipient="caller", **more)


def test_nobody_listens(name: str, texts_of: Make) -> None:
    assert texts_of(name, "http://127.0.0.1:1").send(order(), within=1.0) == Sent("failed", "unreachable")


def test_a_slow_provider_has_failed_in_time(name: str, provider: Provider, texts_of: Make) -> None:
    provider.answer(201, {"id": "m1", "sid": "SM1", "status": "queued"}, after=2.0)
    began = time.monotonic()
    assert texts_of(name, provider.url).send(order(), within=0.2) == Sent("failed", "timeout")
    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("21610", "opted_out"),
        ("21614", "not a mobile number"),
        ("21211", "invalid number"),
        ("30006", "a landline"),
        ("21408", "region not allowed"),
    ],
)
def test_a_refusal_becomes_our_words(name: str, provider: Provider, code: str, reason: str, texts_of: Make) -> None:
    provider.refuse(name, code, "no")
    assert texts_of(name, provider.url).send(order(), within=2.0) == Sent("failed", reason)


def test_an_unknown_refusal_keeps_the_providers_words(provider: Provider, texts_of: Make) -> None:
    provider.refuse("signalwire", "insufficient_balance", "Your balance is too low.")
    assert texts_of("signalwire", provider.url).send(order(), within=2.0).reason == "Your balance is too low."


def test_opted_out_in_words_only(provider: Provider, texts_of: Make) -> None:
    provider.refuse("signalwire", "blocked", "The recipient has opted out of messages from this number.")
    assert texts_of("signalwire", provider.url).send(order(), within=2.0) == Sent("failed", "opted_out")


def test_wrong_credentials(name: str, provider: Provider, texts_of: Make) -> None:
    body = {"error": "unauthorized"} if name == "signalwire" else {"code": 20003, "message": "Authenticate"}
    provider.answer(401, body)
    sent = texts_of(name, provider.url).send(order(), within=2.0)
    assert sent == Sent("failed", "the provider refused our credentials")


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", "", "[1]", '{"errors": "many"}', '{"errors": [7]}'])
def test_a_gateway_in_between_answers_nonsense(name: str, provider: Provider, body: str, texts_of: Make) -> None:
    provider.answer(502, body)
    assert texts_of(name, provider.url).send(order(), within=2.0) == Sent("failed", "HTTP 502")


def test_accepted_but_failed_at_once(name: str, provider: Provider, texts_of: Make) -> None:
    answer = {"id": "m1", "sid": "m1", "status": "failed", "error_code": "30006", "error_message": "Landline"}
    provider.answer(201, answer)
    assert texts_of(name, provider.url).send(order(), within=2.0) == Sent("failed", "a landline", "m1")


@pytest.mark.parametrize("skipped", [order(skip="a landline"), order(to=None)])
def test_what_must_not_be_sent_is_not(name: str, provider: Provider, skipped: SendText, texts_of: Make) -> None:
    sent = texts_of(name, provider.url).send(skipped, within=2.0)
    assert sent == Sent("skipped", skipped.skip or "no number")
    assert provider.posted == []


def test_signalwire_is_sent_what_it_documents(provider: Provider, texts_of: Make) -> None:
    sent = texts_of("signalwire", provider.url).send(order(), within=2.0, status_url=STATUS_URL)
    assert sent == Sent("sent", provider_id="m1")
    assert provider.paths == ["/api/messaging/messages"]
    assert provider.credentials == ["Basic " + b64encode(b"project:token").decode()]
    message = {"to": "+12025550177", "from": "+12025550100", "body": order().body, "status_callback": STATUS_URL}
    assert provider.posted == [message]


def test_twilio_is_sent_what_it_documents(provider: Provider, texts_of: Make) -> None:
    sent = texts_of("twilio", provider.url + "/api/laml").send(order(), within=2.0, status_url=STATUS_URL)
    assert sent == Sent("sent", provider_id="SM1")
    assert provider.paths == ["/api/laml/2010-04-01/Accounts/AC1/Messages.json"]
    assert provider.credentials == ["Basic " + b64encode(b"AC1:token").decode()]
    message = {"To": "+12025550177", "From": "+12025550100", "Body": order().body, "StatusCallback": STATUS_URL}
    assert provider.posted == [message]


def test_twilio_texts_from_its_own_number_or_service(provider: Provider, texts_of: Make) -> None:
    texts_of("twilio", provider.url, from_="+12025550105").send(order(), within=2.0)
    texts_of("twilio", provider.url, from_="MG1").send(order(), within=2.0)
    number, service = provider.posted
    assert (number["From"], "MessagingServiceSid" in number) == ("+12025550105", False)
    assert (service["MessagingServiceSid"], "From" in service) == ("MG1", False)


def test_one_slow_text_costs_the_others_nothing(name: str, provider: Provider, texts_of: Make) -> None:
    """Four people are texted. Two answers are slow, each a little later than the one before it."""
    accepted = {"id": "m1", "sid": "m1", "status": "queued"}
    for number, after in (("0111", 0.0), ("0112", 0.3), ("0113", 3.0), ("0114", 3.0)):
        provider.answer(201, accepted, to=number, after=after)
    orders = [order(Number(f"+1202555{number}")) for number in ("0111", "0112", "0113", "0114")]
    began = time.monotonic()
    sent = send_all(texts_of(name, provider.url), orders, within=0.6)
    assert time.monotonic() - began < 1.0
    assert [one.fate for one in sent] == ["sent", "sent", "failed", "failed"]
    assert sent[2].reason == "timeout"


def test_an_answer_that_comes_too_late_changes_nothing() -> None:
    """A provider's library that ignores its timeout: what was reported as failed stays so."""

    class Late:
        def send(self, order: SendText, *, within: float, status_url: str | None = None) -> Sent:
            time.sleep(0.3)
            return Sent("sent")

        def close(self) -> None:
            pass

    fates = send_all(Late(), [order(), order()], within=0.1)
    time.sleep(0.4)
    assert fates == [Sent("failed", "timeout")] * 2


def test_each_text_reports_to_its_own_url(provider: Provider, texts_of: Make) -> None:
    send_all(texts_of("signalwire", provider.url), [order(), order()], within=2.0, status_urls=["https://a", None])
    assert sorted(str(one.get("status_callback")) for one in provider.posted) == ["None", "https://a"]


def test_who_does_not_use_twilio_does_not_wait_for_it() -> None:
    program = "import sys, gateways.messaging.sms, handlers.wiring; sys.exit('twilio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
