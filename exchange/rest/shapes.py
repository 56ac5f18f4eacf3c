"""What REST says: errors in the platform's shapes, and the call object."""

from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Protocol

from flask import request

from exchange.core.legs import Leg, Network
from exchange.core.signals import ScriptError

ERROR_URL = "https://signalwire.com/docs/apis/error-codes"


class Side(Protocol):
    """What commands and resources need of the REST side (`exchange.rest.api`)."""

    lock: Lock
    dial_interval: float
    last_dial: float

    @property
    def exchange(self) -> Network:
        """The exchange that is served."""

    def note(self, text: str, **detail: Any) -> None:
        """Put a REST request on the ladder."""


class Refused(ScriptError):
    """A request that the platform answers with an error; for a document that makes one, an error of its step."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__("method_execute_failed", str(body))
        self.status, self.body = status, body


def invalid(attribute: str, message: str, code: str = "invalid_parameter") -> Refused:
    """A 422 in the platform's shape."""
    error = {"type": "validation_error", "code": code, "message": message, "attribute": attribute, "url": ERROR_URL}
    return Refused(422, {"errors": [error]})


def json_body() -> dict[str, Any]:
    """The body of the request of the moment; {} for what is not a JSON object."""
    body = request.get_json(force=True, silent=True)
    return body if isinstance(body, dict) else {}


def whole(name: str, usual: int) -> int:
    """A whole number of the request's query.

    Raises Refused for anything else.
    """
    given = request.args.get(name, str(usual))
    if not given.isdecimal():
        raise invalid(name, f"{name} must be a whole number")
    return int(given)


def about(leg: Leg) -> dict[str, Any]:
    """The call object of REST."""
    seconds = ((leg.ended_at or 0) - leg.answered_at) / 1e6 if leg.answered_at and leg.ended_at else None
    source = leg.url
    made = leg.call.exchange.clock.start.timestamp()
    return {
        "id": leg.call_id,
        "from": leg.from_,
        "to": leg.to,
        "direction": "outbound-api"
        if leg.outbound and leg.parent is None
        else "outbound"
        if leg.outbound
        else "inbound",
        "source": "realtime_api",
        "url": source,
        "charge": 0,
        "created_at": _iso(leg.created_at / 1e6 or made),
        "charge_details": [],
        "status": leg.state,
        "duration": None if seconds is None else round(seconds),
        "duration_ms": None if seconds is None else round(seconds * 1000),
        "billing_ms": None if seconds is None else round(seconds * 1000),
        "type": {"phone": "relay_pstn_call", "sip": "relay_sip_call", "webrtc": "relay_webrtc_call"}[leg.type],
        "parent_id": leg.parent.call_id if leg.parent else None,
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
