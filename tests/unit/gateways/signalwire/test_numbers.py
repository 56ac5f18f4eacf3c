"""The platform's numbers by REST: every request as it is documented, every refusal with what to do about it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.wrappers import Request, Response

from gateways.errors import Unavailable
from gateways.signalwire.calls import Refused
from gateways.signalwire.numbers import OwnedNumber, Platform
from tests.exchange.app import App

ID, RESOURCE = "3fa85f64-5717-4562-b3fc-2c963f66afa6", "fe4093d9-58c2-4931-b4b9-5679f82652c6"
URL = "https://signalwire:s3cret@desk.example/swml"

# The platform's field lists: what a request may hold. Query parameters of a GET, fields of a body.
PAGED = {"page_number", "page_size", "page_token"}
FILTERED, LOGGED = PAGED | {"filter_name", "filter_number"}, PAGED | {"include_deleted", "created_before", "created_on"}
ALLOWED: dict[tuple[str, str], set[str]] = {
    ("GET", "/api/relay/rest/phone_numbers"): FILTERED,
    ("GET", f"/api/relay/rest/phone_numbers/{ID}"): set(),
    ("PUT", f"/api/relay/rest/phone_numbers/{ID}"): {
        "name", "call_handler", "call_receive_mode", "call_request_url", "call_request_method", "call_fallback_url",
        "call_fallback_method", "call_status_callback_url", "call_status_callback_method", "call_laml_application_id",
        "call_dialogflow_agent_id", "call_relay_topic", "call_relay_topic_status_callback_url",
        "call_relay_script_url", "call_relay_context", "call_relay_context_status_callback_url",
        "call_relay_application", "call_relay_connector_id", "call_sip_endpoint_id", "call_verto_resource",
        "call_video_room_id", "message_handler", "message_request_url", "message_request_method",
        "message_fallback_url", "message_fallback_method", "message_laml_application_id", "message_relay_topic",
        "message_relay_context", "message_relay_application",
    },
    ("POST", f"/api/fabric/resources/{RESOURCE}/phone_routes"): {"phone_route_id", "handler"},
    ("GET", "/api/fabric/resources/swml_webhooks"): PAGED,
    ("POST", "/api/fabric/resources/swml_webhooks"): {
        "name", "used_for", "primary_request_url", "primary_request_method", "fallback_request_url",
        "fallback_request_method", "status_callback_url", "status_callback_method",
    },
    ("GET", "/api/relay/rest/verified_caller_ids"): FILTERED,
    ("GET", "/api/voice/logs"): LOGGED,
    ("GET", "/api/messaging/logs"): LOGGED,
    ("GET", "/api/voice/logs/c1"): set(),
}  # fmt: skip
WRITABLE = {
    "relay_context", "relay_topic", "relay_script", "relay_application", "relay_connector", "relay_sip_endpoint",
    "relay_verto_endpoint", "laml_webhooks", "laml_application", "dialogflow", "video_room",
}  # fmt: skip


@dataclass
class Account:
    """A platform that answers as it is told, and refuses what the documentation does not know."""

    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        body = request.get_json(silent=True) or {}
        query = {name: values[0] for name, values in parse_qs(request.query_string.decode()).items()}
        where = request.method, request.path
        self.asked.append((*where, {**query, **body}))
        unknown = {*query, *body} - ALLOWED[where]
        assert not unknown, f"{where} knows no {unknown}"
        answer = self.answers.get(where, Response(status=404))
        found = answer(query) if callable(answer) and not isinstance(answer, Response) else answer
        return found if isinstance(found, Response) else _json(found)


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def platform(account: Account) -> Iterator[Platform]:
    with served(account.answer) as app, closing(Platform(app.base, "p1", "t1")) as made:
        yield made


def served(answer: Callable[[Request], Response]) -> App:
    class There(App):
        def _serve(self, environ: dict[str, Any], start: Any) -> Any:
            return answer(Request(environ))(environ, start)

    return There()


def body(**more: Any) -> dict[str, Any]:
    """A phone number as the platform shows it: everything is there, most of it null."""
    empty = dict.fromkeys(ALLOWED["PUT", f"/api/relay/rest/phone_numbers/{ID}"])
    facts = {"id": ID, "number": "+12025550100", "name": "Main", "capabilities": ["voice", "sms"], "country_code": "US"}
    return {**empty, **facts, "call_receive_mode": "voice", "calling_handler_resource_id": None, **more}


NUMBERS, NUMBER = "/api/relay/rest/phone_numbers", f"/api/relay/rest/phone_numbers/{ID}"


def test_a_number_is_pointed_with_the_documented_fields_and_keeps_its_name(
    account: Account, platform: Platform
) -> None:
    account.answers["PUT", NUMBER] = body(call_handler="relay_script", call_relay_script_url=URL)
    now = platform.point(OwnedNumber.read(body()), URL)
    (_, _, sent), *_ = account.asked
    assert sent == {"name": "Main", "call_handler": "relay_script", "call_relay_script_url": URL}
    assert now.url == URL


def test_a_number_that_took_faxes_is_told_to_take_calls(account: Account, platform: Platform) -> None:
    account.answers["PUT", NUMBER] = body()
    platform.point(OwnedNumber.read(body(call_receive_mode="fax", name=None)), URL)
    assert account.asked[0][2] == {
        "call_handler": "relay_script", "call_relay_script_url": URL, "call_receive_mode": "voice",
    }  # fmt: skip


@pytest.mark.parametrize(
    "former",
    [
        {
            "call_handler": "laml_webhooks",
            "call_request_url": "https://old.example/voice",
            "call_request_method": "POST",
        },
        {"call_handler": "relay_script", "call_relay_script_url": "https://old.example/swml"},
        {"call_handler": "relay_topic", "call_relay_topic": "office"},
        {"call_handler": "video_room", "call_video_room_id": RESOURCE, "call_receive_mode": "voice"},
    ],
)
def test_what_was_is_asked_for_again_in_writable_fields_only(
    account: Account, platform: Platform, former: dict[str, str]
) -> None:
    account.answers["PUT", NUMBER] = body(**former)
    platform.restore(OwnedNumber.read(body(**former)))
    (_, _, sent), *_ = account.asked
    assert sent == {"name": "Main", "call_receive_mode": "voice", **former}
    assert sent["call_handler"] in WRITABLE


def test_a_resource_is_given_its_number_back(account: Account, platform: Platform) -> None:
    account.answers |= {("POST", f"/api/fabric/resources/{RESOURCE}/phone_routes"): {}, ("GET", NUMBER): body()}
    platform.restore(OwnedNumber.read(body(call_handler="call_flow", calling_handler_resource_id=RESOURCE)))
    assert account.asked[0][2] == {"phone_route_id": ID, "handler": "calling"}


TEXTS = "https://signalwire:s3cret@desk.example/messages"
HOOKS, ROUTES = "/api/fabric/resources/swml_webhooks", f"/api/fabric/resources/{RESOURCE}/phone_routes"


def test_texts_are_pointed_by_a_resource_that_is_made_once(account: Account, platform: Platform) -> None:
    of_calls = {"id": "other", "swml_webhook": {"used_for": "calling", "primary_request_url": TEXTS}}
    account.answers |= {
        ("GET", HOOKS): {"data": [of_calls], "links": {}},
        ("POST", HOOKS): {"id": RESOURCE, "swml_webhook": {}},
        ("POST", ROUTES): {},
        ("GET", NUMBER): body(messaging_handler_resource_id=RESOURCE),
    }
    number = OwnedNumber.read(body())
    assert platform.point_texts(number, TEXTS).texts_resource == RESOURCE
    made = {"name": "Switchboard texts", "used_for": "messaging", "primary_request_url": TEXTS}
    assert account.asked[1] == ("POST", HOOKS, {**made, "primary_request_method": "POST"})
    assert account.asked[2] == ("POST", ROUTES, {"phone_route_id": ID, "handler": "messaging"})
    account.asked.clear()
    account.answers["GET", HOOKS] = {"data": [of_calls, {"id": RESOURCE, "swml_webhook": made}], "links": {}}
    platform.point_texts(number, TEXTS)
    assert [path for _, path, _ in account.asked] == [HOOKS, ROUTES, NUMBER]


def test_texts_go_back_where_they_went(account: Account, platform: Platform) -> None:
    before = {"message_handler": "laml_webhooks", "message_request_url": "https://old.example/sms"}
    account.answers |= {("PUT", NUMBER): body(**before), ("POST", ROUTES): {}, ("GET", NUMBER): body()}
    platform.restore_texts(OwnedNumber.read(body(**before)))
    platform.restore_texts(OwnedNumber.read(body(messaging_handler_resource_id=RESOURCE)))
    assert [sent for _, _, sent in account.asked][:2] == [
        {"name": "Main", **before},
        {"phone_route_id": ID, "handler": "messaging"},
    ]
    with pytest.raises(Refused, match="no handler of text messages"):
        platform.restore_texts(OwnedNumber.read(body()))


def test_nowhere_cannot_be_asked_for(account: Account, platform: Platform) -> None:
    with pytest.raises(Refused):
        platform.restore(OwnedNumber.read(body()))
    assert account.asked == []


def test_every_page_is_read_and_the_token_goes_nowhere_else(account: Account, platform: Platform) -> None:
    def page(query: dict[str, str]) -> object:
        at = int(query.get("page_number", 0))
        link = f"https://elsewhere.example{NUMBERS}?page_number={at + 1}&page_size=100&page_token=PA{at + 1}"
        return {"data": [body(number=f"+1202555010{at}")], "links": {"next": link} if at < 2 else {}}

    account.answers["GET", NUMBERS] = page
    assert [one.number for one in platform.numbers()] == ["+12025550100", "+12025550101", "+12025550102"]
    assert [sent.get("page_token") for _, _, sent in account.asked] == [None, "PA1", "PA2"]


def test_a_list_without_an_end_is_left(account: Account, platform: Platform) -> None:
    account.answers["GET", NUMBERS] = {"data": [body()], "links": {"next": f"{NUMBERS}?page_number=1&page_token=PA1"}}
    with pytest.raises(Refused, match="no end"):
        platform.numbers()


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": [{"id": ID}]}, {"data": [{"number": "+1"}]}])
def test_what_is_no_list_of_numbers_is_refused(account: Account, platform: Platform, answer: object) -> None:
    account.answers["GET", NUMBERS] = answer
    with pytest.raises(Refused):
        platform.numbers()


def test_one_number_is_found_among_those_that_contain_its_digits(account: Account, platform: Platform) -> None:
    account.answers["GET", NUMBERS] = {"data": [body(number="+112025550100", id=RESOURCE), body()], "links": {}}
    account.answers["GET", NUMBER] = body(call_handler="relay_script", call_relay_script_url=URL)
    found = platform.number("+12025550100")
    assert found is not None
    assert (found.id, found.url) == (ID, URL)
    assert account.asked[0][2]["filter_number"] == "12025550100"
    assert platform.number("+12025550199") is None


def test_caller_ids_count_once_they_are_verified(account: Account, platform: Platform) -> None:
    listed = [{"number": "+12025550120", "verified": True}, {"number": "+12025550121", "verified": False}]
    account.answers["GET", "/api/relay/rest/verified_caller_ids"] = {"data": listed}
    assert platform.verified_caller_ids() == {"+12025550120"}


def test_a_scope_is_tried_with_what_costs_nothing(account: Account, platform: Platform) -> None:
    account.answers["GET", "/api/voice/logs"] = _json({"error": "Unauthorized"}, 401)
    account.answers |= {("GET", NUMBERS): {"data": []}, ("GET", "/api/messaging/logs"): {"data": []}}
    platform.check_scope("Numbers")
    platform.check_scope("Messaging")
    with pytest.raises(Refused):
        platform.check_scope("Voice")
    assert {method for method, _, _ in account.asked} == {"GET"}


def test_the_log_of_a_call_that_is_not_known_is_none(account: Account, platform: Platform) -> None:
    assert platform.log("c1") is None
    account.answers["GET", "/api/voice/logs/c1"] = {"status": "no-answer", "duration": None}
    assert platform.log("c1") == {"status": "no-answer", "duration": None}
    assert platform.state("c1") == "no-answer"


class _Dated(BaseHTTPRequestHandler):
    """Refuses whoever comes, and says what time it is."""

    date = ""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return self.date

    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.mark.parametrize(
    ("header", "moment"),
    [("Fri, 20 Nov 2026 17:00:00 GMT", datetime(2026, 11, 20, 17, tzinfo=UTC)), ("yesterday", None), ("", None)],
)
def test_the_platforms_clock_is_read_without_credentials(header: str, moment: datetime | None) -> None:
    dated = type("Dated", (_Dated,), {"date": header})
    with ThreadingHTTPServer(("127.0.0.1", 0), dated) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with closing(Platform(f"http://127.0.0.1:{server.server_port}", "", "")) as platform:
            assert platform.time() == moment
        server.shutdown()


def test_an_outage_is_no_refusal(account: Account, platform: Platform) -> None:
    account.answers["PUT", NUMBER] = _json({}, 502)
    with pytest.raises(Unavailable):
        platform.point(OwnedNumber.read(body()), URL)


def test_a_number_shows_no_secret_of_its_own() -> None:
    assert "s3cret" not in repr(OwnedNumber.read(body(call_handler="relay_script", call_relay_script_url=URL)))
    assert urlsplit(URL).password == "s3cret"
