"""An app that is served as `make run` serves it, with the softphone beside it, for tests that come in from outside."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

PATIENCE = 60.0  # seconds it may take to start, on a machine that is busy
SWITCHBOARD = str(Path(sys.executable).with_name("switchboard"))


def free_ports(count: int) -> int:
    """A port that is free, and so are those after it, `count` in all.

    Drawn from below those that systems hand out by themselves: other tests run beside this one.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 30_000)
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for one in range(port, port + count):
                held.enter_context(socket.create_server(("127.0.0.1", one)))
            return port


@dataclass
class Served:
    """`switchboard serve` in `folder`, where its switchboard.yaml lies. Its output is kept in serve.log there."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_ports(3))
    processes: int = 1

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def softphone(self) -> str:
        return f"http://localhost:{self.port + 1}"

    @property
    def platform(self) -> str:
        """What stands in for the platform's REST interface."""
        return f"http://127.0.0.1:{self.port + 2}"

    @property
    def environment(self) -> dict[str, str]:
        """Of ours only what any program needs."""
        ours = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}  # noqa: TID251
        return {**ours, "PORT": str(self.port), "COLUMNS": "200", **self.settings}

    @property
    def said(self) -> str:
        """What it has printed."""
        return (self.folder / "serve.log").read_text()

    def __enter__(self) -> Self:
        with (self.folder / "serve.log").open("wb") as log:
            self._process = subprocess.Popen(
                [SWITCHBOARD, "serve", "--workers", str(self.processes)],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise RuntimeError(f"it did not start:\n{self.said}")
            time.sleep(0.05)
        return self

    def kill(self, kind: signal.Signals) -> None:
        """Send its main process a signal."""
        self._process.send_signal(kind)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # whatever outlived it
        self._process.wait()

    def run(self, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        """The `switchboard` command beside it."""
        return subprocess.run(
            [SWITCHBOARD, *words],
            cwd=self.folder,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            check=False,
        )

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/ready", timeout=1.0).status_code == 200
        except httpx.HTTPError:
            return False
