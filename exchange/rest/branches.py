"""Branch exchanges: others on this machine that the platform's REST side here speaks for while they carry a call.

An application knows one REST address. A call that somebody makes from another process is on an exchange of its own,
which registers here for as long as it lasts: what is asked about a leg that is not known here is passed on to whoever
knows it, and a dial goes to the one that registered last. So two of them at once get each other's people.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from flask import Response, request

from exchange.core.legs import Network

PATH = "/branches/<int:port>"
CALLS = "/api/calling/calls"
CONNECT, ANSWER = 0.5, 2.5  # seconds; the application itself waits no longer than three


class Branches:
    """Who is registered, by port: every one of them is on loopback."""

    def __init__(self) -> None:
        self._ports: list[int] = []  # the newest first
        self._lock = threading.Lock()

    def enter(self, port: int) -> Response:
        self._drop(port)
        with self._lock:
            self._ports.insert(0, port)
        return Response(status=204)

    def leave(self, port: int) -> Response:
        self._drop(port)
        return Response(status=204)

    def answer(self, legs: Any) -> Response | None:
        """What a branch answers to the request of the moment; None when it is for whoever has these legs."""
        dials, leg = _about_what()
        if not dials and (not leg or leg in legs):
            return None
        for port in tuple(self._ports):
            answer = self._ask(port)
            if answer is not None and (dials or answer.status_code != 404):
                return Response(answer.content, answer.status_code, content_type=answer.headers.get("Content-Type"))
        return None

    def _ask(self, port: int) -> httpx.Response | None:
        """Its answer. None when it is there no more."""
        url = f"http://127.0.0.1:{port}{request.full_path}"
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        timeout = httpx.Timeout(ANSWER, connect=CONNECT)
        try:
            with httpx.Client(trust_env=False, timeout=timeout) as client:
                return client.request(request.method, url, headers=headers, content=request.get_data())
        except httpx.ConnectError:
            self._drop(port)
            return None
        except httpx.HTTPError:  # it may have done what was asked, so nobody else is asked to
            return httpx.Response(504)

    def _drop(self, port: int) -> None:
        with self._lock:
            self._ports = [other for other in self._ports if other != port]


def _about_what() -> tuple[bool, str]:
    """Whether the request of the moment dials, and the leg it is about, if it is about one."""
    if request.path != CALLS:
        return False, str((request.view_args or {}).get("call_id", ""))
    body = request.get_json(force=True, silent=True)
    body = body if isinstance(body, dict) else {}
    params = body.get("params")
    inner = params.get("id") if isinstance(params, dict) and body.get("command") == "update" else None
    return body.get("command") == "dial", str(inner or body.get("id") or "")


@contextmanager
def registered(exchange: Network, at: str) -> Iterator[bool]:
    """Register an exchange at the REST address of another for the block. False when nobody answers there.

    Both have the same project and token.
    """
    url = f"{at}/branches/{exchange.api.port}"
    with httpx.Client(trust_env=False, auth=(exchange.project_id, exchange.token), timeout=ANSWER) as client:
        known = _tell(client, "PUT", url)
        try:
            yield known
        finally:
            if known:
                _tell(client, "DELETE", url)


def _tell(client: httpx.Client, method: str, url: str) -> bool:
    try:
        return client.request(method, url).is_success
    except httpx.HTTPError:
        return False
