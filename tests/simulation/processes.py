"""Our processes as they run in production: so many for the web, so many workers, at one database."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from exchange import Exchange
from tests.support.processes.served import SWITCHBOARD, free_ports
from tests.support.processes.working import wait_for

DIALS_PER_SECOND = 500


class Processes:
    """A web server of `web` processes and `workers` workers in `folder`, which holds switchboard.yaml. At `url`."""

    def __init__(self, database: str, folder: Path, exchange: Exchange, *, web: int, workers: int) -> None:
        self._folder, self._workers, self._web = folder, workers, web
        self._port = free_ports(1)
        self.url = f"http://127.0.0.1:{self._port}"
        ours = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}  # noqa: TID251
        self._environment = {
            **ours,
            "PORT": str(self._port),
            "PUBLIC_URL": self.url,
            "DATABASE_URL": database,
            "SECRET_KEY": "k" * 40,
            "SWML_BASIC_AUTH_PASSWORD": "s3cret",
            "SIGNALWIRE_API_URL": exchange.api.url,
            "SIGNALWIRE_PROJECT_ID": exchange.project_id,
            "SIGNALWIRE_API_TOKEN": exchange.token,
            "DIALS_PER_SECOND": str(DIALS_PER_SECOND),
        }
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._start("web", "serve", "--workers", str(self._web), "--no-worker")
            for number in range(self._workers):
                self._start(f"worker-{number}", "worker")
            wait_for(self._serves, within=60.0)
            wait_for(lambda: all("worker_started" in self.said(f"worker-{n}") for n in range(self._workers)), 60.0)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def said(self, name: str) -> str:
        """What one of them has logged."""
        return (self._folder / f"{name}.log").read_text()

    def wrong(self) -> list[str]:
        """Whatever one of them did not expect: the first line of each kind of error, and how many there were."""
        logs = [self.said(file.stem) for file in sorted(self._folder.glob("*.log"))]
        lines = [line for log in logs for line in log.splitlines() if "Traceback" in line or '"level": "error"' in line]
        return [f"{len(lines)} errors in the logs, the first: {lines[0][:400]}"] if lines else []

    def _start(self, name: str, *words: str) -> None:
        with (self._folder / f"{name}.log").open("wb") as log:
            self._running.append(
                subprocess.Popen(
                    [SWITCHBOARD, *words],
                    cwd=self._folder,
                    env=self._environment,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def _serves(self) -> bool:
        try:
            return httpx.get(f"{self.url}/ready", timeout=1.0).status_code == 200
        except httpx.HTTPError:
            return False
