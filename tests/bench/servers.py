"""Servers under test: started in a process group of their own, watched until they are ready, and always stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

from tests.bench.samples import PASSWORD, ROOT, SECRET, USER

WORKERS = 2
_PATIENCE = 60.0  # seconds a server may take to start, and its processes to end
_BESIDE = 2.0  # seconds after which whatever a server starts beside itself has begun to start
_IDLE = 0.15  # of a core; what a server that has settled may use


@dataclass(slots=True)
class Server:
    """A command that serves at `port` once started. `startup`: seconds until it first said that it was ready."""

    name: str
    command: Sequence[str]
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    ready_path: str = "/ready"
    startup: float = 0.0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start it and wait until it is ready. Raises RuntimeError when it ends instead."""
        began = time.perf_counter()
        self._process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env={**_inherited(), **self.settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while not self._is_ready():
            if self._process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                raise RuntimeError(f"{self.name} did not start")
            time.sleep(0.01)
        self.startup = time.perf_counter() - began
        return self

    def stop(self) -> None:
        """End it and every process it started, kindly at first."""
        process, self._process = self._process, None
        if process is None:
            return
        for kind in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, kind)
                process.wait(10 if kind is signal.SIGTERM else _PATIENCE)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        process.wait()

    def restart(self) -> None:
        """End it, with whatever it is still busy with, and start it again."""
        self.stop()
        self.start().settle()

    def settle(self) -> None:
        """Wait until all its processes have started and rest: they would be measured with whatever comes next."""
        time.sleep(_BESIDE)
        until, last = time.monotonic() + _PATIENCE, self.busy()
        while time.monotonic() < until:
            time.sleep(1.0)
            used, last = self.busy() - last, self.busy()
            if used < _IDLE:
                return

    def busy(self) -> float:
        """The processor time its workers have used, in seconds: what a neighbour on this machine changes least."""
        assert self._process is not None
        return sum(_processor_time(pid) for pid in _children(self._process.pid))

    def resident(self) -> list[float]:
        """The memory each worker holds, in MB."""
        assert self._process is not None
        return sorted((_resident(pid) for pid in _children(self._process.pid)), reverse=True)[:WORKERS]

    def __enter__(self) -> Self:
        self.start().settle()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _is_ready(self) -> bool:
        try:  # httpx takes 30 ms of a core for each look, which the server needs to start
            socket.create_connection(("127.0.0.1", self.port), timeout=1.0).close()
            return httpx.get(self.url + self.ready_path, timeout=1.0).status_code == 200
        except (httpx.HTTPError, OSError):
            return False


def ours(name: str, directory: Path, database: str) -> Server:
    """Our app, exactly as `switchboard serve` serves it."""
    port = _free_port()
    settings = {
        "SWITCHBOARD_DIRECTORY": str(directory),
        "DATABASE_URL": database,
        "PORT": str(port),
        "SECRET_KEY": SECRET,
        "SWML_BASIC_AUTH_USER": USER,
        "SWML_BASIC_AUTH_PASSWORD": PASSWORD,
    }
    command = [str(Path(sys.executable).with_name("switchboard")), "serve", "--workers", str(WORKERS)]
    return Server(name, command, port, settings)


def static(document: Path) -> Server:
    """A Flask route that answers with these bytes, on the same server with the same settings."""
    port = _free_port()
    return Server("static", [sys.executable, "-m", "tests.bench.static", str(port), str(document)], port)


def stock(agents: Path) -> Server:
    """The SDK's own AgentServer on uvicorn, its log off."""
    port = _free_port()
    settings = {
        "AGENTS_FILE": str(agents),
        "SECRET_KEY": SECRET,
        "SWML_BASIC_AUTH_USER": USER,
        "SWML_BASIC_AUTH_PASSWORD": PASSWORD,
        "SIGNALWIRE_LOG_MODE": "off",
    }
    command = [sys.executable, "-m", "tests.bench.stock", str(port), str(WORKERS)]
    return Server("sdk", command, port, settings)


def _inherited() -> dict[str, str]:
    """Of our environment only what any program needs: no setting of this machine may change what is measured."""
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}  # noqa: TID251


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _processor_time(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), "0")
    return int(kilobytes) * 1024 / 1e6
