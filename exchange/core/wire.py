"""HTTP to the application: the only way the exchange ever touches it.

In virtual time requests go one at a time and the clock does not move while the application thinks; a fixed latency is
added afterwards, so one seed gives one ladder. In real time they go concurrently.
"""

import asyncio
import functools
import hashlib
import hmac
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx

LATENCY = 0.05  # seconds of virtual time that a request takes
MAX_REDIRECTS = 3
ANSWER_LIMIT = 4 * 1024 * 1024  # bytes read from any answer


class Unreachable(Exception):
    """No usable answer: refused, timed out, too many redirects."""


class Mishap(Unreachable):
    """Lost on purpose: a fault that was drawn, not the application's doing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application said."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON.

        Raises ValueError.
        """
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Address:
    """A URL split into what goes on the wire and the credentials it carried."""

    url: str
    credentials: tuple[str, str] | None

    @classmethod
    def of(cls, url: str, fallback: tuple[str, str] | None = None) -> "Address":
        parts = urlsplit(url)
        if not parts.username:
            return cls(url, fallback)
        host = parts.netloc.rsplit("@", 1)[1]
        pair = unquote(parts.username), unquote(parts.password or "")
        return cls(urlunsplit(parts._replace(netloc=host)), pair)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


def signatures(key: str, url: str, body: bytes) -> dict[str, str]:
    """Both headers of a signed document fetch, over the URL without credentials."""
    message = url.encode() + body
    return {
        "X-Signalwire-Signature": hmac.new(key.encode(), message, hashlib.sha1).hexdigest(),
        "X-Signalwire-SHA256-Signature": hmac.new(key.encode(), message, hashlib.sha256).hexdigest(),
    }


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request. `connect` and `read` are seconds."""

    url: str
    body: bytes = b""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    credentials: tuple[str, str] | None = None
    connect: float = 2.0
    read: float = 5.0

    def arguments(self, speed: float = 1.0) -> dict[str, Any]:
        timeout = httpx.Timeout(self.read * speed, connect=self.connect * speed, pool=None)
        auth = httpx.BasicAuth(*self.credentials) if self.credentials else None
        content = self.body or None
        return {"headers": dict(self.headers), "content": content, "auth": auth, "timeout": timeout}


class Wire(Protocol):
    async def send(self, request: Outgoing) -> Answer: ...

    async def close(self) -> None: ...


def _answer(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.content[:ANSWER_LIMIT], dict(response.headers))


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Return the certificate authorities of this machine. They are read once: reading takes 50 ms."""
    return httpx.create_ssl_context(trust_env=False)


class VirtualWire:
    """One request at a time; the loop stands still meanwhile."""

    def __init__(self) -> None:
        self._client = httpx.Client(
            follow_redirects=True, max_redirects=MAX_REDIRECTS, trust_env=False, verify=_certificates()
        )

    async def send(self, request: Outgoing) -> Answer:
        try:
            response = self._client.request(request.method, request.url, **request.arguments())
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            await asyncio.sleep(request.read if isinstance(problem, httpx.TimeoutException) else LATENCY)
            raise Unreachable(type(problem).__name__) from problem
        await asyncio.sleep(LATENCY)
        return _answer(response)

    async def close(self) -> None:
        self._client.close()


class RealWire:
    """Requests side by side. `speed` is how much faster than real the loop's clock runs."""

    def __init__(self, speed: float = 1.0, connections: int = 64) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._client = httpx.AsyncClient(
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            trust_env=False,
            verify=_certificates(),
            limits=limits,
        )
        self._speed = speed
        self._gate = asyncio.Semaphore(connections)  # httpx's own queue is slow when it is long

    async def send(self, request: Outgoing) -> Answer:
        async with self._gate:
            try:
                response = await self._client.request(request.method, request.url, **request.arguments(self._speed))
            except (httpx.HTTPError, httpx.InvalidURL) as problem:
                raise Unreachable(type(problem).__name__) from problem
        return _answer(response)

    async def close(self) -> None:
        await self._client.aclose()
