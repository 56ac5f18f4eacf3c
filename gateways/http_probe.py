"""Ourselves as seen from outside: what answers at an address, and which certificate it shows."""

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from gateways.errors import GatewayError, Unavailable


class Untrusted(GatewayError):
    """The certificate does not hold. The message is the reason, in the words of the library that checked it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer: its status, the address it sends on to ("" for none), and its text."""

    status: int
    location: str
    text: str


def visit(url: str, *, credentials: tuple[str, str] | None = None, within: float) -> Seen:
    """GET an address, in `within` seconds. Redirections are seen, not followed. Raises Unavailable."""
    try:
        response = httpx.get(url, auth=credentials, timeout=within, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise Unavailable(f"no answer ({type(fault).__name__})") from fault
    return Seen(response.status_code, response.headers.get("Location", ""), response.text)


def certificate_expires(host: str, port: int, *, within: float) -> datetime:
    """When the certificate at that address runs out. Raises Untrusted and Unavailable."""
    context = httpx.create_ssl_context()  # the same authorities as everywhere else, or those of SSL_CERT_FILE
    try:
        with (
            socket.create_connection((host, port), timeout=within) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            shown = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as fault:
        raise Untrusted(fault.verify_message) from fault
    except OSError as fault:
        raise Unavailable(f"no answer ({type(fault).__name__})") from fault
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
