"""What comes before the application: nobody who is silent, slow or unknown keeps a thread from a caller.

The event loop reads a request whole, within a deadline, before a thread works on it; where only the platform posts, it
looks at the credentials before it reads the body.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog

from handlers.auth import Guard, Unauthorized

log = structlog.get_logger()

BODY_WITHIN = 5.0  # seconds
_MOST_WAITING = 256  # requests; whoever comes after them would wait longer than the platform does

# A body is read here before it is known who sent it: logins, cards and keys, not the platform's credentials.
_OTHERS = ("/api/", "/card/", "/desk", "/messages/twilio")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]  # ASGI's


@dataclass(slots=True)
class _Head:
    """A request of which only the head has been read, for the guard."""

    environ: dict[str, Any]

    def get_data(self) -> bytes:
        """No body."""
        return b""


class Door:
    """An ASGI application in front of `app`. `largest` is what a body may have, in bytes."""

    def __init__(self, app: Application, guard: Guard, *, largest: int) -> None:
        self._app, self._guard, self._largest = app, guard, largest
        self._inside = 0

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        if not self._may_send(scope, headers):
            await _refuse(
                send, 401, "Credentials are missing or wrong.", (b"WWW-Authenticate", b'Basic realm="switchboard"')
            )
            return
        try:
            async with asyncio.timeout(BODY_WITHIN):
                body = await self._read(headers, receive)
        except TimeoutError:
            await _refuse(send, 408, "The request did not arrive in time.")
            return
        except _TooLarge:
            await _refuse(send, 413, "The request is too large.")
            return
        if body is None:
            return
        if self._inside >= _MOST_WAITING:
            log.error("too_many_requests", waiting=self._inside)
            await _refuse(send, 503, "Too many requests at once.", (b"Retry-After", b"1"))
            return
        self._inside += 1
        try:
            await self._app(scope, _again(body), send)
        finally:
            self._inside -= 1

    def _may_send(self, scope: Any, headers: dict[bytes, bytes]) -> bool:
        """Whether a body may be sent: there is none, the sender is the platform, or it is not only for the platform."""
        if scope["method"] in ("GET", "HEAD") or scope["path"].startswith(_OTHERS):
            return True
        head = _Head({"HTTP_AUTHORIZATION": headers.get(b"authorization", b"").decode("latin-1")})
        try:
            self._guard.credentials(head)
        except Unauthorized:
            return False
        return True

    async def _read(self, headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
        """The body; None when the sender has gone. Raises _TooLarge."""
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._largest:
            raise _TooLarge
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            if len(body) > self._largest:
                raise _TooLarge
            if not message.get("more_body"):
                return bytes(body)


class _TooLarge(Exception):
    pass


def _again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _refuse(send: Send, status: int, why: str, *headers: tuple[bytes, bytes]) -> None:
    """Answer without the rest of the request, which nobody will read: the connection is closed."""
    body = orjson.dumps({"error": why})
    length = (b"Content-Length", str(len(body)).encode())
    about = [(b"Content-Type", b"application/json"), length, (b"Connection", b"close"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": about})
    await send({"type": "http.response.body", "body": body})
