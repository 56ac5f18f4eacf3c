"""What to do when the platform says no, or nothing: one sentence or two for each way it can fail."""

import socket
import ssl
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

import httpx

from gateways.errors import GatewayError
from gateways.signalwire.calls import OutOfOrder, Refused

Why = Literal["certificate", "tls", "name", "address", "time", "connection"]

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_CREDENTIALS = "SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN"


def what_to_do(fault: GatewayError, *, api: str, scope: str = "") -> str:
    """What went wrong between us and the platform at `api`, and what to do about it. Tells no secret.

    `scope`: the permission that the request needed of the token, as the platform's dashboard names it.
    """
    if isinstance(fault, Refused):
        return _refused(fault, scope)
    if isinstance(fault, OutOfOrder):
        return _out_of_order(fault.status)
    return _unreachable(fault, urlsplit(api).hostname or api)


def _refused(refused: Refused, scope: str) -> str:
    needed = f"the scope {scope}" if scope else "the scope that this needs"
    match refused.status:
        case 401:
            return (
                f"SignalWire does not accept the credentials. Check that {_CREDENTIALS} belong together and to the "
                f"space of SIGNALWIRE_SPACE, and that the token has {needed} (dashboard, API Credentials)."
            )
        case 403:
            return (
                f"SignalWire knows the token and forbids this. Give the token {needed} (dashboard, API Credentials); "
                "a trial project may only use numbers that it has bought or verified."
            )
        case 404:
            return (
                "SignalWire knows nothing of that id in this project. Check with `switchboard numbers` that the number "
                "is of this project, and that SIGNALWIRE_SPACE and SIGNALWIRE_PROJECT_ID are the ones you mean."
            )
        case 422:
            return f"SignalWire does not take the request: {_ended(refused.error)} Put that right and try again."
        case status if 200 <= status < 400:
            return (
                f"Something else than SignalWire's REST interface answered: {_ended(refused.error)} "
                "Check SIGNALWIRE_SPACE (and SIGNALWIRE_API_URL, if it is set)."
            )
        case status:
            return f"SignalWire refused (HTTP {status}): {_ended(refused.error)} Put that right and try again."


def _out_of_order(status: int) -> str:
    if status == 429:
        return "SignalWire was asked too often (HTTP 429). Wait a minute and try again."
    return (
        f"SignalWire is out of order (HTTP {status}); nothing is wrong here. Try again in some minutes; "
        "status.signalwire.com tells how it is."
    )


def _unreachable(fault: GatewayError, host: str) -> str:
    if host in _LOCAL:
        return (
            f"Nothing answers at {host}, which is to stand in for SignalWire. In development start it with "
            "`switchboard serve`; to go live set SIGNALWIRE_SPACE, and SIGNALWIRE_API_URL to nothing."
        )
    space = "Check SIGNALWIRE_SPACE (acme, or acme.signalwire.com)"
    match why_unreachable(fault):
        case "certificate":
            return (
                f"The certificate of {host} cannot be trusted. If a proxy stands in between, give its certificate by "
                "SSL_CERT_FILE; else check SIGNALWIRE_SPACE and this machine's clock."
            )
        case "tls":
            return f"{host} was reached and speaks no TLS that we understand. {space}, and whether a proxy interferes."
        case "name":
            return f"There is no host {host}. {space}, and this machine's name service."
        case "address":
            return f"The platform's address is none. {space}."
        case "time":
            return (
                f"{host} did not answer in time. Try again; if it stays so, check that this machine may reach {host} "
                "on port 443 (firewall, proxy)."
            )
        case "connection":
            return f"{host} cannot be reached. {space}, and this machine's way out (firewall, proxy)."


def why_unreachable(fault: GatewayError) -> Why:
    """What kept us from an address: its certificate, its TLS, its name, its spelling, time, or the connection."""
    kinds: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], Why], ...] = (
        (ssl.SSLCertVerificationError, "certificate"),
        (ssl.SSLError, "tls"),
        (socket.gaierror, "name"),
        ((httpx.InvalidURL, httpx.UnsupportedProtocol), "address"),
        ((httpx.TimeoutException, TimeoutError), "time"),
    )
    causes = list(_causes(fault))
    return next((why for kind, why in kinds if any(isinstance(cause, kind) for cause in causes)), "connection")


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """What it came from, and what that came from: httpx keeps the system's own error beneath its own."""
    cause: BaseException | None = fault
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _ended(words: str) -> str:
    text = words.strip() or "no reason given"
    return text if text.endswith((".", "!", "?")) else f"{text}."
