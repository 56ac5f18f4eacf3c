"""The platform's REST interface for what a project owns: its numbers, where each of them points, and its caller IDs.

Source: SignalWire, "Phone numbers", /api/relay/rest/phone_numbers; "Verified caller IDs",
/api/relay/rest/verified_caller_ids; "Assign a resource to a phone route", /api/fabric/resources/{id}/phone_routes;
"Create SWML webhook", /api/fabric/resources/swml_webhooks; "Voice logs", /api/voice/logs; "Paging".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from gateways.signalwire.calls import Carrier, Refused

Scope = Literal["Numbers", "Voice", "Messaging"]

_NUMBERS, _CALLER_IDS = "/api/relay/rest/phone_numbers", "/api/relay/rest/verified_caller_ids"
_PAGE, _MOST_PAGES = 100, 100  # numbers a page; nobody has more pages, so whoever gives more leads us in a circle
_ASKED_FOR: Mapping[Scope, str] = {  # what costs nothing, changes nothing, and needs the scope
    "Numbers": f"{_NUMBERS}?page_size=1",
    "Voice": "/api/voice/logs?page_size=1",
    "Messaging": "/api/messaging/logs?page_size=1",
}

# What a phone number may be told of its calls (UpdatePhoneNumberRequest), and the handlers that may be named there; the
# other handlers are resources, which are given a number instead of the number being given them.
SETTINGS = (
    "call_handler", "call_receive_mode", "call_request_url", "call_request_method", "call_fallback_url",
    "call_fallback_method", "call_status_callback_url", "call_status_callback_method", "call_laml_application_id",
    "call_dialogflow_agent_id", "call_relay_topic", "call_relay_topic_status_callback_url", "call_relay_script_url",
    "call_relay_context", "call_relay_context_status_callback_url", "call_relay_application", "call_relay_connector_id",
    "call_sip_endpoint_id", "call_verto_resource", "call_video_room_id",
)  # fmt: skip
HANDLERS = frozenset({
    "relay_context", "relay_topic", "relay_script", "relay_application", "relay_connector", "relay_sip_endpoint",
    "relay_verto_endpoint", "laml_webhooks", "laml_application", "dialogflow", "video_room",
})  # fmt: skip
# The same of its text messages, and the handlers that may be named there.
TEXT_SETTINGS = (
    "message_handler", "message_request_url", "message_request_method", "message_fallback_url",
    "message_fallback_method", "message_laml_application_id", "message_relay_topic", "message_relay_context",
    "message_relay_application",
)  # fmt: skip
TEXT_HANDLERS = frozenset(("relay_context", "relay_topic", "relay_application", "laml_webhooks", "laml_application"))
_WEBHOOKS = "/api/fabric/resources/swml_webhooks"
SCRIPT = "relay_script"  # what the platform calls a SWML document that it fetches


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A number of the project. `settings` are those of SETTINGS that are set; they may hold a password.

    `resource`: the id of the resource that handles its calls, if one does. `texts` and `texts_resource` are the same of
    its text messages, settings of TEXT_SETTINGS.
    """

    id: str
    number: str
    name: str = ""
    capabilities: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    resource: str = ""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    texts_resource: str = ""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """The number of an answer. Raises Refused for what describes no number."""
        if not body.get("id") or not body.get("number"):
            raise Refused(200, "the answer describes no phone number")
        able = body.get("capabilities")
        return cls(
            id=str(body["id"]),
            number=str(body["number"]),
            name=str(body.get("name") or ""),
            capabilities=tuple(map(str, able)) if isinstance(able, list) else (),
            settings={name: str(body[name]) for name in SETTINGS if body.get(name)},
            resource=str(body.get("calling_handler_resource_id") or ""),
            texts={name: str(body[name]) for name in TEXT_SETTINGS if body.get(name)},
            texts_resource=str(body.get("messaging_handler_resource_id") or ""),
        )

    @property
    def handler(self) -> str:
        """Who is given its calls, in the platform's word; "" when nobody is."""
        return self.settings.get("call_handler", "")

    @property
    def url(self) -> str:
        """The address of the document that its callers get, credentials and all; "" when SWML is not what they get."""
        return self.settings.get("call_relay_script_url", "") if self.handler == SCRIPT else ""


@dataclass
class Platform(Carrier):
    """The project `project` at `api`. Every method raises Refused and Unavailable as those of Carrier do."""

    def numbers(self, like: str = "") -> list[OwnedNumber]:
        """The project's numbers, the newest first; with `like` those that contain these digits."""
        query = {"page_size": str(_PAGE)} | ({"filter_number": like} if like else {})
        return [OwnedNumber.read(one) for one in self._listed(_NUMBERS, query)]

    def number(self, e164: str) -> OwnedNumber | None:
        """The number as it is now; None when the project does not own it."""
        found = next((one for one in self.numbers(e164.removeprefix("+")) if one.number == e164), None)
        return self.number_by_id(found.id) if found else None

    def number_by_id(self, number_id: str) -> OwnedNumber:
        """The number of that id."""
        return OwnedNumber.read(self._request("GET", f"{_NUMBERS}/{number_id}"))

    def point(self, number: OwnedNumber, url: str) -> OwnedNumber:
        """Let calls to the number run the SWML document at `url`. Its settings for text messages stay."""
        wanted = {"call_handler": SCRIPT, "call_relay_script_url": url}
        if number.settings.get("call_receive_mode", "voice") != "voice":
            wanted["call_receive_mode"] = "voice"
        return self._set(number, wanted)

    def restore(self, number: OwnedNumber) -> OwnedNumber:
        """Let calls to the number go where they went when `number` was read.

        Raises Refused, without asking, when there is no request for it: a number cannot be told to go nowhere.
        """
        if number.handler in HANDLERS:
            return self._set(number, dict(number.settings))
        if not number.resource:
            raise Refused(422, "no handler was set before, and none cannot be asked for")
        given = {"phone_route_id": number.id, "handler": "calling"}
        self._request("POST", f"/api/fabric/resources/{number.resource}/phone_routes", json=given)
        return self.number_by_id(number.id)

    def text_documents(self) -> Mapping[str, str]:
        """The addresses of documents that handle text messages, by the id of the resource that fetches each."""
        found = ((str(one.get("id")), one.get("swml_webhook")) for one in self._listed(_WEBHOOKS, {}))
        of_texts = ((made, of) for made, of in found if isinstance(of, Mapping) and of.get("used_for") == "messaging")
        return {made: str(of.get("primary_request_url") or "") for made, of in of_texts}

    def point_texts(self, number: OwnedNumber, url: str) -> OwnedNumber:
        """Let text messages to the number run the messaging document at `url`. Where its calls go stays."""
        made = next((made for made, where in self.text_documents().items() if where == url), None)
        if made is None:
            wanted = {"name": "Switchboard texts", "used_for": "messaging", "primary_request_url": url}
            answer = self._request("POST", _WEBHOOKS, json={**wanted, "primary_request_method": "POST"})
            made = str(answer.get("id") or "")
            if not made:
                raise Refused(200, "the answer names no resource")
        return self._route_texts(number, made)

    def restore_texts(self, number: OwnedNumber) -> OwnedNumber:
        """Let text messages to the number go where they went when `number` was read. Raises as `restore` does."""
        if number.texts.get("message_handler") in TEXT_HANDLERS:
            return self._set(number, dict(number.texts))
        if not number.texts_resource:
            raise Refused(422, "no handler of text messages was set before, and none cannot be asked for")
        return self._route_texts(number, number.texts_resource)

    def _route_texts(self, number: OwnedNumber, resource: str) -> OwnedNumber:
        given = {"phone_route_id": number.id, "handler": "messaging"}
        self._request("POST", f"/api/fabric/resources/{resource}/phone_routes", json=given)
        return self.number_by_id(number.id)

    def verified_caller_ids(self) -> frozenset[str]:
        """Numbers of others that may be shown as caller ID, as they were verified to be ours."""
        listed = self._listed(_CALLER_IDS, {})
        return frozenset(str(one.get("number")) for one in listed if one.get("verified") is True)

    def check_scope(self, scope: Scope) -> None:
        """Ask for something that needs the scope. Raises Refused (401, 403) when the token lacks it, or is none."""
        self._request("GET", _ASKED_FOR[scope])

    def log(self, call_id: str) -> Mapping[str, Any] | None:
        """What the voice log says of a call (`status`, `duration` in seconds); None when it knows none of that id."""
        try:
            return self._request("GET", f"/api/voice/logs/{call_id}")
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def time(self) -> datetime | None:
        """What the platform's clock shows, in whole seconds, UTC; None when it does not say. Needs no credentials."""
        written = self._respond("GET", _ASKED_FOR["Numbers"]).headers.get("Date", "")
        try:
            return parsedate_to_datetime(written).astimezone(UTC)
        except ValueError:
            return None

    def _set(self, number: OwnedNumber, wanted: Mapping[str, str]) -> OwnedNumber:
        named = {"name": number.name} if number.name else {}
        return OwnedNumber.read(self._request("PUT", f"{_NUMBERS}/{number.id}", json={**named, **wanted}))

    def _listed(self, path: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Every entry of every page. Only the path of a link is followed, so the token goes nowhere but here."""
        answer = self._request("GET", path, params=query)
        for _ in range(_MOST_PAGES):
            data, links = answer.get("data"), answer.get("links")
            if not isinstance(data, list):
                raise Refused(200, "the answer is no list")
            yield from (one for one in data if isinstance(one, dict))
            following = urlsplit(str(links.get("next") or "")) if isinstance(links, dict) else urlsplit("")
            if not following.query or not data:
                return
            answer = self._request("GET", f"{path}?{following.query}")
        raise Refused(200, "the list has no end")
