"""Starts `switchboard serve`, stops it at a random moment, and looks at what is left of it."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import httpx
import psutil

from tests.support.processes.served import PATIENCE, SWITCHBOARD, Served

COMPANY = "company: Acme\ntimezone: UTC\ndepartments: {sales: {about: quotes, reach: [voicemail]}}\n"
GONE_WITHIN = 10.0  # seconds
_STARTED = 4.0  # seconds, about, until everything beside the server runs too

How = Literal["Ctrl-C", "SIGTERM to the process", "SIGTERM to the group"]
When = Literal["starting", "idle", "under load"]


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: how, when, and how many seconds after the start, or after it was ready."""

    how: How
    when: When
    after: float

    @classmethod
    def drawn(cls, chance: random.Random) -> "Stop":
        """Any stop; half of them while the server starts."""
        when: When = chance.choice(("starting", "starting", "idle", "under load"))
        longest = _STARTED if when == "starting" else 2.5
        return cls(
            chance.choice(("Ctrl-C", "SIGTERM to the process", "SIGTERM to the group")),
            when,
            chance.uniform(0, longest),
        )


def faults_of(stop: Stop, folder: Path, within: float = GONE_WITHIN) -> list[str]:
    """Starts a server in `folder` and stops it. Returns what is wrong with how it ended; [] when nothing is.

    `within`: seconds in which everything must be gone.
    """
    (folder / "switchboard.yaml").write_text(COMPANY)
    served = Served(folder)
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [SWITCHBOARD, "serve", "--workers", "2"],
            cwd=folder,
            env=served.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    over = threading.Event()
    try:
        if stop.when != "starting":
            _wait(lambda: _answers(served))
        if stop.when == "under load":
            for _ in range(4):
                threading.Thread(target=_load, args=(served, over), daemon=True).start()
        time.sleep(stop.after)
        _send(stop.how, process)
        began = time.monotonic()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(within)
        return _faults(process, served, began + within, stop)
    finally:
        over.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _faults(process: "subprocess.Popen[bytes]", served: Served, until: float, stop: Stop) -> list[str]:
    found = []
    sent = signal.SIGINT if stop.how == "Ctrl-C" else signal.SIGTERM
    if process.returncode not in (0, -sent, 128 + sent) and not _not_ours_yet(served.said):
        found.append(f"exit status {process.returncode}")
    try:
        _wait(lambda: not left(process.pid), until - time.monotonic())
    except TimeoutError:
        found.append(f"left behind: {[' '.join(one.cmdline()) for one in left(process.pid)]}")
    for port in range(served.port, served.port + 3):
        try:  # a process whose main thread has ended is a zombie before its other threads have let the port go
            _wait(partial(_is_free, port), max(until - time.monotonic(), 1.0))
        except TimeoutError:
            found.append(f"port {port} is still taken")
    if "Traceback" in served.said and not _not_ours_yet(served.said):
        found.append(f"it said:\n{served.said}")
    return found


def _not_ours_yet(said: str) -> bool:
    """Whether Python was still at its own start, where Ctrl-C is Python's: a traceback, and sometimes status 1."""
    return said.rstrip().endswith("KeyboardInterrupt") and "/handlers/" not in said


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def left(session: int) -> list[psutil.Process]:
    """The processes that still run of those that a process started, which was the first of its session."""
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(pid) == session and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(psutil.Process(pid))
    return found


def _send(how: How, process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        match how:
            case "Ctrl-C":
                os.killpg(process.pid, signal.SIGINT)
            case "SIGTERM to the process":
                process.send_signal(signal.SIGTERM)
            case "SIGTERM to the group":
                os.killpg(process.pid, signal.SIGTERM)


def _answers(served: Served) -> bool:
    try:
        return httpx.get(f"{served.url}/ready", timeout=1.0).status_code == 200
    except httpx.HTTPError:
        return False


def _load(served: Served, over: threading.Event) -> None:
    while not over.is_set():
        with contextlib.suppress(httpx.HTTPError):
            httpx.post(f"{served.url}/swml", json={}, timeout=2.0)


def _wait(condition: Callable[[], object], within: float = PATIENCE) -> None:
    until = time.monotonic() + within
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.02)
