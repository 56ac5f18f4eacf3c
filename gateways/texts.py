"""Text messages by REST: SignalWire's own interface, or Twilio's. Sending never takes longer than it may."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import httpx
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from calls.orders import SendText

Fate = Literal["sent", "failed", "skipped"]

# What providers say when a number must not be, or cannot be, texted. Sources: Twilio's error dictionary, whose codes
# SignalWire's compatible interface shares.
_REASONS = {
    "21610": "opted_out",
    "21211": "invalid number",
    "21614": "not a mobile number",
    "21408": "region not allowed",
    "30003": "unreachable",
    "30004": "blocked",
    "30005": "unknown number",
    "30006": "a landline",
    "30007": "filtered by the carrier",
}


def reason_of(code: object, words: str = "") -> str:
    """A provider's error as words for the record; a code we do not know stands for itself."""
    return _REASONS.get(str(code or ""), words or (f"error {code}" if code else "refused"))


@dataclass(frozen=True, slots=True)
class Sent:
    """How the sending of one text went: accepted by the provider, or not and why."""

    fate: Fate
    reason: str = ""
    provider_id: str = ""


class Texts(Protocol):
    """Something that sends texts."""

    def send(self, order: SendText, *, within: float) -> Sent:
        """Send one text; `within` seconds, or it has failed."""


def send_all(texts: Texts, orders: Sequence[SendText], *, within: float) -> list[Sent]:
    """Send all of them at once. After `within` seconds what is not answered for counts as failed."""
    fates = [Sent("failed", "timeout")] * len(orders)

    def send(number: int, order: SendText) -> None:
        fates[number] = texts.send(order, within=within)

    threads = [threading.Thread(target=send, args=(n, one), daemon=True) for n, one in enumerate(orders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(within)
        within = 0.0 if thread.is_alive() else within
    return list(fates)


@dataclass
class SignalWireTexts:
    """SignalWire's messaging interface. Source: "POST /api/messaging/messages"."""

    api: str
    project: str
    token: str

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.api, auth=(self.project, self.token))

    def send(self, order: SendText, *, within: float) -> Sent:
        """Send one text."""
        message = {"to": str(order.to), "from": str(order.from_), "body": order.body}
        try:
            response = self._client.post("/api/messaging/messages", json=message, timeout=within)
        except httpx.TimeoutException:
            return Sent("failed", "timeout")
        except httpx.HTTPError:
            return Sent("failed", "unreachable")
        answer = _json(response)
        if response.is_success:
            return Sent("sent", provider_id=str(answer.get("id", "")))
        errors = answer.get("errors")
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
        return Sent("failed", reason_of(first.get("code"), str(first.get("message") or f"HTTP {response.status_code}")))


@dataclass
class TwilioTexts:
    """Twilio's, or at `api_url` anything that speaks like it. `from_` replaces our line as the sender, if given."""

    account: str
    token: str
    from_: str = ""
    api_url: str = ""

    def send(self, order: SendText, *, within: float) -> Sent:
        """Send one text."""
        try:
            message = self._client(within).messages.create(
                to=str(order.to), from_=self.from_ or str(order.from_), body=order.body
            )
        except TwilioRestException as fault:
            return Sent("failed", reason_of(fault.code, f"HTTP {fault.status}"))
        except requests.Timeout:
            return Sent("failed", "timeout")
        except requests.RequestException:
            return Sent("failed", "unreachable")
        return Sent("sent", provider_id=str(message.sid))

    def _client(self, within: float) -> Any:
        from twilio.rest import Client  # noqa: PLC0415, it takes a quarter of a second, and most installations never text

        http = _AtUrl(self.api_url, timeout=within)
        return Client(self.account, self.token, http_client=http)


class _AtUrl(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """Twilio's client, sent to another address. Its own default is to wait for ever."""

    def __init__(self, url: str, *, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._url = url.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """The same request at our address."""
        if self._url:
            url = url.replace("https://api.twilio.com", self._url, 1)
        return super().request(method, url, *args, **kwargs)


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
