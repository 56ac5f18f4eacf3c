"""The platform's REST interface for calls: ring somebody, redirect or end a leg, tell an agent something.

Source: SignalWire, "Calling API", POST /api/calling/calls; "Voice logs", GET /api/voice/logs/{id}; "Queues",
/api/relay/rest/queues.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import httpx

from gateways.errors import GatewayError, Unavailable

EndReason = Literal["hangup", "cancel", "busy", "noAnswer", "decline", "error"]

_WITHIN, _CONNECTED_WITHIN = 3.0, 2.0  # seconds: a caller is waiting for whatever this does
OVER = frozenset({"ending", "ended", "failed", "canceled", "completed", "busy", "no-answer"})  # of the voice log
_STATES = ("created", "ringing", "answered", "ended")
_LONGEST_ERROR = 200  # characters
_QUEUES, _PAGES = "/api/relay/rest/queues", 20


class Refused(GatewayError):
    """The platform said no. `error` is why, in its words; `gone`: because the call is over."""

    def __init__(self, status: int, error: str, gone: bool = False) -> None:
        super().__init__(f"HTTP {status}: {error}")
        self.status, self.error, self.gone = status, error, gone


@dataclass(frozen=True, slots=True)
class PlatformQueue:
    """A queue of the platform's."""

    id: str
    name: str
    empty: bool

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Self:
        """As the platform describes it. What does not say that it is empty is not."""
        return cls(str(answer.get("id")), str(answer.get("friendly_name")), answer.get("current_size") == 0)


class OutOfOrder(Unavailable):
    """The platform answered that it is too busy (`status` 429) or out of order (5xx)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the platform answered HTTP {status}")
        self.status = status


class NotReached(Unavailable):
    """The platform was never asked: there was no connection to it."""


@dataclass
class Carrier:
    """The platform at `api`. Every method raises Refused when it says no, and Unavailable when it gives no answer.

    Being too busy (429) or out of order (5xx) is no answer either: the same request may be granted a little later.
    """

    api: str
    project: str
    token: str = field(repr=False)

    @cached_property
    def _client(self) -> httpx.Client:
        timeout = httpx.Timeout(_WITHIN, connect=_CONNECTED_WITHIN)
        return httpx.Client(base_url=self.api, auth=(self.project, self.token), timeout=timeout)

    def dial(
        self, *, to: str, from_: str, url: str, timeout: int, variables: Mapping[str, str], status_url: str = ""
    ) -> str:
        """Ring somebody, and return the new leg's id.

        Args:
            to: E.164 number, SIP URI or an address of the platform's.
            from_: the number that is shown, E.164.
            url: where the platform fetches the leg's document once it is answered.
            status_url: where every state of the leg is posted; empty: nowhere.
            timeout: seconds it may ring, 1 to 600.
            variables: text that comes back in `envs` with the document's request. What is empty is left out.
        """
        wanted = {
            "to": to,
            "from": from_,
            "url": url,
            "timeout": timeout,
            "custom_variables": {name: value for name, value in variables.items() if value},
        }
        if status_url:
            wanted |= {"status_url": status_url, "status_events": _STATES}
        call_id = self._command({"command": "dial", "params": wanted}).get("id")
        if not isinstance(call_id, str) or not call_id:
            raise Refused(200, "the answer names no call")
        return call_id

    def update(self, call_id: str, document: Mapping[str, object]) -> None:
        """Let an answered leg run this document instead of whatever it runs."""
        self._about(call_id, {"command": "update", "params": {"id": call_id, "swml": document}})

    def end(self, call_id: str, reason: EndReason = "hangup") -> None:
        """End a leg, ringing or answered."""
        self._about(call_id, {"command": "calling.end", "id": call_id, "params": {"reason": reason}})

    def message(self, call_id: str, said: Mapping[str, object]) -> None:
        """Tell the agent on a leg something (`swml.render.render_message`)."""
        self._about(call_id, {"command": "calling.ai_message", "id": call_id, "params": said})

    def unhold(self, call_id: str) -> None:
        """Let the agent on a leg go on talking with its caller."""
        self._about(call_id, {"command": "calling.ai_unhold", "id": call_id, "params": {}})

    def state(self, call_id: str) -> str | None:
        """The state of a leg in the platform's word ("ringing", "ended"); None when it knows no such leg."""
        try:
            return str(self._request("GET", f"/api/voice/logs/{call_id}").get("status") or "") or None
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def queues(self) -> list[PlatformQueue]:
        """The queues that there are, as far as the first pages tell."""
        found, path = list[PlatformQueue](), _QUEUES
        for _ in range(_PAGES):
            answer = self._request("GET", path)
            data, links = answer.get("data"), answer.get("links")
            found += [PlatformQueue.read(one) for one in data or () if isinstance(one, dict)]
            following = urlsplit(str(links.get("next") or "")).query if isinstance(links, dict) and data else ""
            if not following:
                break
            path = f"{_QUEUES}?{following}"
        return found

    def drop_queue(self, queue_id: str) -> None:
        """Delete a queue; one that is gone already is no matter."""
        response = self._respond("DELETE", f"{_QUEUES}/{queue_id}")
        if not response.is_success and response.status_code != 404:
            raise Refused(response.status_code, _reason(_json(response)) or "no reason given")

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _about(self, call_id: str, command: Mapping[str, object]) -> None:
        """Give a command about a leg. Why it is refused is told apart by asking what has become of the leg."""
        try:
            self._command(command)
        except Refused as refused:
            raise Refused(refused.status, refused.error, refused.status == 404 or self._is_over(call_id)) from None

    def _is_over(self, call_id: str) -> bool:
        try:
            return self.state(call_id) in OVER
        except GatewayError:
            return False

    def _command(self, command: Mapping[str, object]) -> dict[str, Any]:
        return self._request("POST", "/api/calling/calls", json=command)

    def _respond(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            response = self._client.request(method, path, **more)
        except (httpx.ConnectError, httpx.ConnectTimeout) as fault:
            raise NotReached(f"the platform cannot be reached ({type(fault).__name__})") from fault
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise Unavailable(f"the platform did not answer ({type(fault).__name__})") from fault
        if response.status_code == 429 or response.status_code >= 500:
            raise OutOfOrder(response.status_code)
        return response

    def _request(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        response = self._respond(method, path, **more)
        answer = _json(response)
        if not response.is_success:
            raise Refused(response.status_code, _reason(answer) or "no reason given")
        return answer


def _reason(answer: Mapping[str, Any]) -> str:
    """Why, from either shape of error that the platform's documentation shows."""
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return str(first.get("message") or first.get("detail") or answer.get("error") or "")[:_LONGEST_ERROR]


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
