"""Text messages by Twilio. Its library takes a quarter of a second to import, so only who uses it imports this."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import requests
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from calls.orders import SendText
from gateways.messaging.plain import printable
from gateways.messaging.sms import Sent, reason_of, why_not


@dataclass
class TwilioTexts:
    """Twilio's messaging, or at `api_url` anything that speaks like it.

    `from_` replaces our line as the sender, if given: a number, or the id of a messaging service ("MG…").
    """

    account: str
    token: str
    from_: str = ""
    api_url: str = ""

    @cached_property
    def _session(self) -> requests.Session:
        return requests.Session()  # one for all texts: a new connection costs as much as the request itself

    def send(self, order: SendText, *, within: float, status_url: str | None = None) -> Sent:
        """Send one text."""
        if reason := why_not(order):
            return Sent("skipped", reason)
        sender = "messaging_service_sid" if self.from_.startswith("MG") else "from_"
        wanted = {"to": str(order.to), "body": printable(order.body), sender: self.from_ or str(order.from_)}
        if status_url:
            wanted["status_callback"] = status_url
        client = Client(self.account, self.token, http_client=_AtUrl(self.api_url, self._session, timeout=within))
        try:
            message = client.messages.create(**wanted)
        except TwilioException as fault:
            # With no code of Twilio's own the library gives the HTTP status in its place.
            status, code = getattr(fault, "status", None), getattr(fault, "code", None)
            return Sent("failed", reason_of(code, f"HTTP {status}"))
        except requests.Timeout:
            return Sent("failed", "timeout")
        except requests.RequestException:
            return Sent("failed", "unreachable")
        except ValueError:  # accepted, by something that does not answer as Twilio does
            return Sent("failed", "the provider's answer makes no sense")
        if message.status in ("failed", "undelivered"):
            return Sent("failed", reason_of(message.error_code, message.error_message), str(message.sid))
        return Sent("sent", provider_id=str(message.sid))

    def close(self) -> None:
        """Close every connection."""
        self._session.close()


class _AtUrl(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """Twilio's client, sent to another address. Its own default is to wait for ever."""

    def __init__(self, url: str, session: requests.Session, *, timeout: float) -> None:
        super().__init__(pool_connections=False, timeout=timeout)
        self._url, self.session = url.rstrip("/"), session

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """The same request at our address."""
        if self._url:
            url = url.replace("https://api.twilio.com", self._url, 1)
        return super().request(method, url, *args, **kwargs)
