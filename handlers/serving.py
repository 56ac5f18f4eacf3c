"""Serving: granian runs the WSGI application in several processes, and a worker that dies is replaced."""

import os

from granian.constants import Interfaces
from granian.server import Server

from handlers.settings import Settings

# A request waits for the database far longer than it computes; more threads than this only queue for one lock.
_THREADS = 8


def serve(settings: Settings, *, workers: int | None = None) -> None:
    """Serve until interrupted. `workers` are processes; by default two, or one a core where there are more."""
    processes = workers or max(2, os.cpu_count() or 2)
    for told in (_where(settings), _desk(settings)):
        print(told)  # noqa: T201, said to whoever starts it
    address = "127.0.0.1" if settings.is_local else "0.0.0.0"  # noqa: S104, production stands behind a proxy
    server("handlers:create_app", address=address, port=settings.port, workers=processes).serve()


def server(factory: str, *, address: str, port: int, workers: int) -> Server:
    """The server for the application that `factory` ("module:function") makes; it listens once it is told to serve."""
    return Server(
        factory,
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=port,
        workers=workers,
        blocking_threads=_THREADS,
        respawn_failed_workers=True,
        backpressure=512,
        log_access=False,
        websockets=False,
    )


def _where(settings: Settings) -> str:
    """Where to point a number. In production this line ends up in somebody's logs, so the password is left out."""
    if settings.is_local:
        return f"Point your number at {settings.credentialed_url('/swml')} (POST)."
    return f"Point your number at {settings.public_url}/swml (POST), with SWML_BASIC_AUTH_USER and _PASSWORD in it."


def _desk(settings: Settings) -> str:
    """Where supervisors look. Its password is only told on the machine that made it up."""
    if not settings.desk_password:
        return "There is no desk: DESK_PASSWORD is not set."
    address = f"The desk for supervisors: {settings.public_url}/desk/"
    return f"{address}, password {settings.desk_password}" if settings.is_local else address
