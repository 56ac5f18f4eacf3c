"""REST resources around the project's numbers: where each points, SWML webhooks to point it at, verified caller IDs."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import jsonify, request
from werkzeug.wrappers import Response

from exchange.rest.shapes import Refused, Side, invalid, json_body, whole

NUMBERS = "/api/relay/rest/phone_numbers"
HANDLERS = {  # writable by PUT: what each needs
    "relay_context": "call_relay_context",
    "relay_topic": "call_relay_topic",
    "relay_script": "call_relay_script_url",
    "relay_application": "call_relay_application",
    "relay_connector": "call_relay_connector_id",
    "relay_sip_endpoint": "call_sip_endpoint_id",
    "relay_verto_endpoint": "call_verto_resource",
    "laml_webhooks": "call_request_url",
    "laml_application": "call_laml_application_id",
    "dialogflow": "call_dialogflow_agent_id",
    "video_room": "call_video_room_id",
}
METHODS = ("call_request_method", "call_fallback_method", "call_status_callback_method")
CALL_SETTINGS = (
    *HANDLERS.values(), *METHODS, "call_receive_mode", "call_fallback_url", "call_status_callback_url",
    "call_relay_topic_status_callback_url", "call_relay_context_status_callback_url",
)  # fmt: skip
MESSAGE_SETTINGS = (
    "message_handler", "message_request_url", "message_request_method", "message_fallback_url",
    "message_fallback_method", "message_laml_application_id", "message_relay_topic", "message_relay_context",
    "message_relay_application",
)  # fmt: skip
WRITABLE = ("name", "call_handler", *CALL_SETTINGS, *MESSAGE_SETTINGS)
LARGEST_PAGE, USUAL_PAGE = 1000, 50


class Numbers:
    """The views."""

    def __init__(self, api: Side) -> None:
        self.api, self.exchange = api, api.exchange
        self._settings: dict[str, dict[str, Any]] = {}  # by number: what was said of it by REST
        self._webhooks: dict[str, dict[str, Any]] = {}

    @property
    def rules(self) -> list[tuple[str, str, Callable[..., Any]]]:
        """Method, path and view of each."""
        return [
            ("GET", NUMBERS, self.listed),
            ("GET", f"{NUMBERS}/<number_id>", self.read),
            ("PUT", f"{NUMBERS}/<number_id>", self.point),
            ("GET", "/api/relay/rest/verified_caller_ids", self.caller_ids),
            ("POST", "/api/fabric/resources/swml_webhooks", self.webhook),
            ("GET", "/api/fabric/resources/swml_webhooks", self.webhooks),
            ("POST", "/api/fabric/resources/<resource_id>/phone_routes", self.route),
        ]

    def _number(self, number: str) -> dict[str, Any]:
        """The number object; where a scenario has pointed it without REST, that address."""
        unset: dict[str, Any] = dict.fromkeys(("call_handler", *CALL_SETTINGS, *MESSAGE_SETTINGS))
        unset |= {"call_receive_mode": "voice", "calling_handler_resource_id": None}
        url = self.exchange.routes.get(number)
        pointed = {"call_handler": "relay_script", "call_relay_script_url": url} if url else {}
        facts: dict[str, Any] = {"id": number_id(number), "number": number, "name": number, "number_type": "longcode"}
        facts |= {"capabilities": ["voice", "sms"], "country_code": "US", "messaging_handler_resource_id": None}
        return {**unset, **facts, **pointed, **self._settings.get(number, {})}

    def listed(self) -> "Response":
        wanted = request.args.get("filter_number", "")
        found = [number for number in self.exchange.numbers if wanted in number]
        shown, links = page(found)
        return jsonify(data=[self._number(number) for number in shown], links=links)

    def read(self, number_id: str) -> "Response":
        return jsonify(self._number(self._owned(number_id)))

    def _owned(self, wanted: str) -> str:
        for number in self.exchange.numbers:
            if number_id(number) == wanted:
                return number
        raise Refused(404, {"error": "Not Found"})

    def point(self, number_id: str) -> "Response":
        number, body = self._owned(number_id), json_body()
        handler = body.get("call_handler", self._number(number)["call_handler"])
        if "call_handler" in body:
            check_handler(body)
        kept = {name: value for name, value in body.items() if name in WRITABLE}
        self._settings[number] = self._settings.get(number, {}) | kept
        if "message_handler" in body:
            self._settings[number]["messaging_handler_resource_id"] = None
        if "call_handler" in body:
            # Nothing but a SWML document is played here: a call to a number that is given anything else fails.
            self.exchange.routes[number] = str(body["call_relay_script_url"]) if handler == "relay_script" else ""
            self._settings[number]["calling_handler_resource_id"] = None
        return jsonify(self._number(number))

    def caller_ids(self) -> "Response":
        """None: nobody here has verified a number of another network as theirs."""
        shown, links = page(())
        return jsonify(data=list(shown), links=links)

    def webhook(self) -> tuple["Response", int]:
        body = json_body()
        if not is_web(body.get("primary_request_url")):
            raise invalid("primary_request_url", "must be a valid http or https url")
        with self.api.lock:
            made_id = self.exchange.dice.uuid("webhooks")
            made = {"id": made_id, "type": "swml_webhook", "swml_webhook": body}
            self._webhooks[made_id] = made
        return jsonify(made), 201

    def webhooks(self) -> "Response":
        return jsonify(data=list(self._webhooks.values()), links={})

    def route(self, resource_id: str) -> tuple["Response", int]:
        body = json_body()
        if resource_id not in self._webhooks:
            raise Refused(404, {"error": "Not Found"})
        number = self._owned(str(body.get("phone_route_id", "")))
        if body.get("handler") == "calling":
            url = str(self._webhooks[resource_id]["swml_webhook"]["primary_request_url"])
            self.exchange.routes[number] = url
            told = {"call_handler": "relay_script", "call_relay_script_url": url}
            told["calling_handler_resource_id"] = resource_id
            self._settings[number] = self._settings.get(number, {}) | told
        else:
            self.exchange.messages_url = str(self._webhooks[resource_id]["swml_webhook"]["primary_request_url"])
            given: dict[str, Any] = {"messaging_handler_resource_id": resource_id, "message_handler": None}
            self._settings[number] = self._settings.get(number, {}) | given
        return jsonify(resource_id=resource_id, **body), 201


def check_handler(body: Mapping[str, Any]) -> None:
    """Raise Refused for a handler that cannot be set, or that lacks what it needs."""
    handler = str(body.get("call_handler"))
    needed = HANDLERS.get(handler)
    if needed is None:
        raise unfit(f"Call handler {handler} is not included in the list")
    value = body.get(needed)
    if not value or (needed.endswith("_url") and not is_web(value)):
        raise unfit(f"{needed} is invalid")


def unfit(detail: str) -> Refused:
    """A 422 in the shape of /api/relay/rest."""
    return Refused(422, {"errors": [{"detail": detail, "status": "422", "title": "Invalid", "code": "invalid"}]})


def is_web(url: object) -> bool:
    return str(url or "").startswith(("http://", "https://"))


def page(everything: Sequence[str]) -> tuple[Sequence[str], dict[str, str]]:
    """The page that the request asks for, and the links of its answer. A page behind the first needs its token."""
    number, size = whole("page_number", 0), whole("page_size", USUAL_PAGE)
    if not 1 <= size <= LARGEST_PAGE or (number and request.args.get("page_token") != token_of(number)):
        raise unfit("page_size or page_token is invalid")
    first, beyond = number * size, (number + 1) * size
    kept = {name: value for name, value in request.args.items() if name.startswith("filter_")} | {"page_size": size}

    def link(at: int) -> str:
        token = {"page_token": token_of(at)} if at else {}
        return f"{request.path}?{urlencode({**kept, 'page_number': at, **token})}"

    links = {"self": link(number), "first": link(0)}
    links |= {"next": link(number + 1)} if beyond < len(everything) else {}
    links |= {"prev": link(number - 1)} if number else {}
    return everything[first:beyond], links


def token_of(number: int) -> str:
    return f"PA{number:012d}"


def number_id(number: str) -> str:
    """A stable UUID-shaped id for one of our numbers."""
    digits = re.sub(r"\D", "", number).rjust(12, "0")[-12:]
    return f"00000000-0000-4000-8000-{digits}"
