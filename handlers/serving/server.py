"""The processes that answer requests: Hypercorn reads them, threads of each process work on them."""

import asyncio
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from flask import Flask
from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.middleware import AsyncioWSGIMiddleware

from handlers import logs
from handlers.app import LARGEST_BODY, build
from handlers.serving.door import Application, Door
from handlers.serving.subprocesses import Child, starting
from handlers.settings import Settings

if TYPE_CHECKING:
    from hypercorn.typing import WSGIFramework

# A request waits for the database far longer than it computes; more threads than this only queue for one lock.
THREADS = 8
_HEAD_WITHIN = 10.0  # seconds for a request's head, and for which a connection may be silent
_FINISH_WITHIN = 5.0  # seconds for the requests that are being answered when the server is asked to end
_FILES = 8192  # that a process may have open: a silent connection is one


def web_processes(settings: Settings, listening: socket.socket, count: int) -> list[Child]:
    """The processes that answer requests on a socket that listens already."""
    return [Child(f"web process {n + 1}", _answer, (settings, listening), "fork") for n in range(count)]


def processes_wanted() -> int:
    """Two, or one a core where there are more: one that is busy or dies leaves another."""
    return max(2, os.cpu_count() or 2)


def _answer(settings: Settings, listening: socket.socket) -> None:
    logs.configure(json=not sys.stderr.isatty(), level=settings.log_level)
    with starting("web process"):
        app = build(settings)
    wiring = app.extensions["switchboard"]
    door = Door(as_asgi(app), wiring.guard, largest=LARGEST_BODY)
    run(door, listening, close=wiring.close)


def as_asgi(app: Flask) -> Application:
    """The same application for the event loop, which hands each request to a thread."""
    whole = cast("WSGIFramework", _with_a_body(app))
    return cast("Application", AsyncioWSGIMiddleware(whole, LARGEST_BODY))  # whose types are of each message


def _with_a_body(app: Flask) -> Callable[[dict[str, Any], Any], Iterator[bytes]]:
    """The same application, whose answers have a body, if an empty one: Hypercorn sends the head with its first piece.

    Without it a redirect and the answer to HEAD are errors.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        return _pieces(app(environ, start_response))

    return answer


def _pieces(body: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from body
        yield b""
    finally:
        if close := getattr(body, "close", None):
            close()


def run(app: Application, listening: socket.socket, *, close: Callable[[], None] = lambda: None) -> None:
    """Answer requests until SIGTERM, then finish those that are being answered, close, and end the process."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES if most == resource.RLIM_INFINITY else min(_FILES, most), most))
    asyncio.run(_run(app, listening, close))


async def _run(app: Application, listening: socket.socket, close: Callable[[], None]) -> None:
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, asked.set)
    loop.set_default_executor(ThreadPoolExecutor(THREADS, "request"))
    config = Config()
    config.bind = [f"fd://{listening.fileno()}"]
    config.backlog = 1024
    config.loglevel = "WARNING"
    config.include_server_header = False
    config.keep_alive_timeout = _HEAD_WITHIN
    config.graceful_timeout = _FINISH_WITHIN
    serving = asyncio.ensure_future(serve(app, config, mode="asgi", shutdown_trigger=asked.wait))  # type: ignore[arg-type]
    stopping = asyncio.ensure_future(asked.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not asked.is_set():
        await serving  # raises why it could not
    await asyncio.wait({serving}, timeout=_FINISH_WITHIN)
    close()
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(0)  # not after every thread: one may still wait for a database that says nothing
