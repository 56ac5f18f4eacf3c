"""Text messages by REST: SignalWire's own interface here, Twilio's in `texts_twilio`. Never longer than it may take."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import httpx

from calls.orders import SendText
from gateways.messaging.plain import printable

Fate = Literal["sent", "failed", "skipped"]

OPTED_OUT = "opted_out"

# What providers say when a number must not be, or cannot be, texted. Source: Twilio's error dictionary, whose codes
# SignalWire's compatible interface shares.
_REASONS = {
    "20003": "the provider refused our credentials",
    "21211": "invalid number",
    "21217": "invalid number",
    "21408": "region not allowed",
    "21606": "not a number of ours",
    "21610": OPTED_OUT,
    "21612": "unreachable",
    "21614": "not a mobile number",
    "30003": "unreachable",
    "30004": "blocked",
    "30005": "unknown number",
    "30006": "a landline",
    "30007": "filtered by the carrier",
}
_LONGEST_REASON = 200  # characters


@dataclass(frozen=True, slots=True)
class Sent:
    """How the sending of one text went: accepted by the provider, or not and why."""

    fate: Fate
    reason: str = ""
    provider_id: str = ""


class Texts(Protocol):
    """Something that sends texts."""

    def send(self, order: SendText, *, within: float, status_url: str | None = None) -> Sent:
        """Send one text; `within` seconds, or it has failed. What becomes of it is posted to `status_url`."""

    def close(self) -> None:
        """Close every connection."""


def send_all(
    texts: Texts, orders: Sequence[SendText], *, within: float, status_urls: Sequence[str | None] = ()
) -> list[Sent]:
    """Send all of them at once. After `within` seconds what is not answered for counts as failed.

    `status_urls` belong to the orders one by one, or there are none.
    """
    fates = [Sent("failed", "timeout")] * len(orders)
    patience = time.monotonic() + within

    def send(number: int, order: SendText, status_url: str | None) -> None:
        fates[number] = texts.send(order, within=within, status_url=status_url)

    each = zip(range(len(orders)), orders, status_urls or [None] * len(orders), strict=True)
    threads = [threading.Thread(target=send, args=one, daemon=True) for one in each]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, patience - time.monotonic()))
    return list(fates)  # a copy: whatever is answered later comes too late


def why_not(order: SendText) -> str | None:
    """Why this text cannot be sent at all."""
    return order.skip or (None if order.to and order.from_ else "no number")


def may_pass(sent: Sent) -> bool:
    """Whether a text that was not sent may be sent later: the provider was not to be had, or not by us."""
    passing = ("timeout", "unreachable", _REASONS["20003"], "HTTP 429", "HTTP 5")
    return sent.fate == "failed" and sent.reason.startswith(passing)


def reason_of(code: object, words: object = "") -> str:
    """A provider's error as words for the record: ours for its code, else its own, else the code itself."""
    said = str(words or "")
    if any(sign in said.lower() for sign in ("opted out", "opt-out", "opt out", "unsubscribed")):
        return OPTED_OUT
    return _REASONS.get(str(code or "")) or said[:_LONGEST_REASON] or (f"error {code}" if code else "refused")


@dataclass
class SignalWireTexts:
    """SignalWire's messaging interface. Source: SignalWire, "Create a message", POST /api/messaging/messages."""

    api: str
    project: str
    token: str

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.api, auth=(self.project, self.token))

    def send(self, order: SendText, *, within: float, status_url: str | None = None) -> Sent:
        """Send one text."""
        if reason := why_not(order):
            return Sent("skipped", reason)
        message = {"to": str(order.to), "from": str(order.from_), "body": printable(order.body)}
        if status_url:
            message["status_callback"] = status_url
        try:
            response = self._client.post("/api/messaging/messages", json=message, timeout=within)
        except httpx.TimeoutException:
            return Sent("failed", "timeout")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Sent("failed", "unreachable")
        return _fate(response)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


def _fate(response: httpx.Response) -> Sent:
    answer = _json(response)
    if not response.is_success:
        errors = answer.get("errors")
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
        code = first.get("code") or (20003 if response.status_code in (401, 403) else None)
        return Sent("failed", reason_of(code, first.get("message") or f"HTTP {response.status_code}"))
    provider_id = str(answer.get("id", ""))
    if answer.get("status") in ("failed", "undelivered"):
        return Sent("failed", reason_of(answer.get("error_code"), answer.get("error_message")), provider_id)
    return Sent("sent", provider_id=provider_id)


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
