"""A worker in a process of its own that writes down what it carries out; with trouble where a test makes some.

    with Working(database_url, folder) as worker: ...

Run as a program it is that process.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine, event

from calls.orders import Announce, DurableOrder, EndLeg, subject
from gateways.clock import Clock
from gateways.errors import Unavailable

LOOKED = "DBOS looked into a queue"
PATIENCE = 30.0  # seconds for whatever a busy machine has to do


@dataclass(frozen=True, slots=True)
class Done:
    """One order that was carried out, or tried: by which process, when (monotonic seconds), and how it went."""

    pid: int
    at: float
    order: dict[str, Any]
    how: str

    @property
    def name(self) -> str:
        return str(self.order["transfer_id"])


@dataclass
class Working:
    """A worker at a database. All workers of one `folder` write into one book."""

    url: str
    folder: Path
    name: str = "worker"
    days_ahead: int = 0
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def __enter__(self) -> Self:
        log = (self.folder / f"{self.name}.log").open("ab")
        with log:
            program = [
                sys.executable,
                "-m",
                "tests.support.processes.working",
                self.url,
                str(self.folder),
                str(self.days_ahead),
            ]
            self._process = subprocess.Popen(program, stdout=log, stderr=subprocess.STDOUT)
        started = f"worker {self._process.pid} started"
        wait_for(lambda: started in self.said or self._process is None or self._process.poll() is not None)
        assert started in self.said, self.said
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(signal.SIGTERM)

    def end(self, kind: signal.Signals) -> float:
        """Send it a signal and wait for its end; how long that took, in seconds."""
        process, self._process = self._process, None
        if process is None:
            return 0.0
        began = time.monotonic()
        process.send_signal(kind)
        process.wait(PATIENCE)
        return time.monotonic() - began

    def size(self) -> tuple[int, int]:
        """Its threads, and its memory in kilobytes."""
        assert self._process
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        told = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return int(told["Threads"]), int(told["VmRSS"].split()[0])

    @property
    def said(self) -> str:
        """What it has logged."""
        return (self.folder / f"{self.name}.log").read_text()


def trouble(folder: Path, name: str, how: str = "") -> None:
    """From now on orders of the transfer `name` go so: unavailable, broken, slow, stuck; well again when nothing."""
    file = folder / f"{name}.trouble"
    if how:
        draft = file.with_suffix(".draft")
        draft.write_text(how)
        draft.rename(file)
    else:
        file.unlink()


def book(folder: Path, how: str = "done") -> list[Done]:
    """What was carried out, in the order it was; or what was tried and went otherwise."""
    file = folder / "book.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [one for one in (Done(**json.loads(line)) for line in lines) if one.how == how]


def wait_for(condition: Callable[[], object], within: float = PATIENCE) -> None:
    """Until it holds. Raises AssertionError when it does not, after so many seconds."""
    patience = time.monotonic() + within
    while not condition():
        assert time.monotonic() < patience, "it never came to that"
        time.sleep(0.01)


def end(name: str, call_id: str = "leg") -> EndLeg:
    """An order like any other."""
    return EndLeg(name, call_id)


def told(name: str, seq: int, *, to: Any = "webhook") -> Announce:
    """An announcement."""
    return Announce(name, to, seq, {"id": f"{name}:{seq}", "phase": "bridged"})


class _Ahead(Clock):
    def __init__(self, days: int) -> None:
        self._days = timedelta(days=days)

    def now(self) -> datetime:
        return super().now() + self._days


def _main(url: str, folder: Path, days_ahead: int) -> None:
    from gateways.jobs.outbox import to_json
    from gateways.jobs.worker import OrderEngine

    writing, asked = threading.Lock(), threading.Event()

    def note(order: DurableOrder, how: str) -> None:
        line = {"pid": _pid(), "at": time.monotonic(), "order": to_json(order), "how": how}
        with writing, (folder / "book.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    @event.listens_for(Engine, "before_cursor_execute")
    def note_looks(_: Any, cursor: Any, statement: str, *__: object) -> None:
        if "priority ASC" in statement:
            print(LOOKED, flush=True)

    def carry_out(order: DurableOrder) -> None:
        file = folder / f"{subject(order)}.trouble"
        how = file.read_text() if file.exists() else ""
        if how == "unavailable":
            note(order, how)
            raise Unavailable("not now")
        if how == "broken":
            note(order, how)
            raise RuntimeError("it is broken")
        if how in ("slow", "stuck"):
            note(order, how)
            time.sleep(2.0 if how == "slow" else 60.0)
        note(order, "done")

    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    engine = OrderEngine(url, clock=_Ahead(days_ahead), on_lost=asked.set)
    engine.start(carry_out)
    print(f"worker {_pid()} started", flush=True)
    asked.wait()
    engine.stop()


def _pid() -> int:
    import os

    return os.getpid()


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
