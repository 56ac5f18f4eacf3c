"""A small app on the server that `switchboard serve` uses: for tests of the server alone, which start it in a moment.

Run as a program it is that server: python -m tests.support.processes.small PORT.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx
from flask import Flask, Response, request

from handlers.app import LARGEST_BODY
from handlers.auth import Guard
from handlers.serving import server
from handlers.serving.door import Door
from handlers.serving.ports import listen
from handlers.serving.subprocesses import Child, keep_running
from tests.support.processes.served import free_ports

CREDENTIALS = ("signalwire", "s3cret")
PATIENCE = 60.0  # seconds it may take to start, on a machine that is busy


@dataclass
class Small:
    """The server with two processes, as a program."""

    port: int = field(default_factory=lambda: free_ports(1))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.processes.small", str(self.port)], start_new_session=True
        )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                httpx.get(f"{self.url}/pid", timeout=5.0)
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return self
        self.__exit__(None, None, None)
        raise RuntimeError("it did not start")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def pid(self) -> int:
        """The process that answers this time."""
        return int(httpx.get(f"{self.url}/pid", timeout=10.0).text)


def app() -> Flask:
    """It tells its process, sleeps, and returns what is posted."""
    made = Flask("small", static_folder=None)

    @made.get("/pid")
    def pid() -> str:
        return str(os.getpid())

    @made.get("/sleep/<float:seconds>")
    def sleep(seconds: float) -> str:
        time.sleep(seconds)
        return "slept"

    @made.get("/moved")
    def moved() -> Response:
        return Response(status=303, headers={"Location": "pid"})

    @made.post("/swml")
    @made.post("/desk/login")
    def back() -> bytes:
        return request.get_data()

    return made


def _answer(listening: socket.socket) -> None:
    guard = Guard(*CREDENTIALS, secret="k" * 40, public_url="http://localhost")
    server.run(Door(server.as_asgi(app()), guard, largest=LARGEST_BODY), listening)


if __name__ == "__main__":
    at = listen("127.0.0.1", int(sys.argv[1]))
    sys.exit(keep_running([Child(f"web process {n}", _answer, (at,), "fork") for n in (1, 2)]))
