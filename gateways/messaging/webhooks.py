"""The events webhook: what somebody else's system is told of our transfers, signed so that it can tell it is us."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx

from gateways.clock import Clock
from gateways.database.rows import to_json
from gateways.errors import Unavailable

_WITHIN = 5.0  # seconds; nobody waits for it but the next event of the same transfer


@dataclass
class EventsWebhook:
    """Posts to `url`. `secret` is shared with whoever listens there, who computes the same signature.

    The signature is the HMAC-SHA256 of the moment (whole seconds since 1970), a full stop, and the body as it was
    sent, in hexadecimal. Checking that the moment is recent keeps an old event from being played back.
    """

    url: str
    secret: str = field(repr=False)
    clock: Clock = field(default_factory=Clock)

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=_WITHIN)

    def post(self, body: Mapping[str, Any]) -> None:
        """Post one event. Any answer of success will do. Raises Unavailable when there was none."""
        raw = to_json(dict(body)).encode()
        moment = str(int(self.clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Switchboard-Timestamp": moment,
            "Switchboard-Signature": signature(self.secret, moment, raw),
        }
        try:
            response = self._client.post(self.url, content=raw, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise Unavailable(f"the events webhook did not answer ({type(fault).__name__})") from fault
        if not response.is_success:
            raise Unavailable(f"the events webhook answered HTTP {response.status_code}")

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


def signature(secret: str, timestamp: str, raw: bytes) -> str:
    """What `Switchboard-Signature` must say for a body posted at that moment."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + raw, hashlib.sha256).hexdigest()
