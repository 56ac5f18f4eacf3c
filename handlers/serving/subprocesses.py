"""The processes of one server: started by its main process, started again when they die, and ended with it."""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any, Literal

import click
import structlog

from calls.directory.errors import Mistakes
from gateways.errors import Unavailable

log = structlog.get_logger()

ENDING = (signal.SIGTERM, signal.SIGINT)
END_WITHIN = 7.0  # seconds until a process that was asked to end is killed
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds before a process that died is started again
_WELL_AFTER = 60.0  # seconds after which a process had started well: the next pause is the first one
_SAME = 0.3  # seconds in which a second signal is the first one, sent to the process and to its group
_LOOKS_EVERY = 0.5  # seconds between two looks at the parent


class Signals:
    """SIGTERM and SIGINT, noted from now on. `readable` becomes so with the first: a wait for it always ends.

    A handler runs in the main thread only, which the kernel need not wake; what Python writes for each signal does.
    """

    def __init__(self, kinds: Sequence[signal.Signals] = ENDING) -> None:
        self.readable, self._written = socket.socketpair()
        self.readable.setblocking(False)
        self._written.setblocking(False)
        signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        self._first: float | None = None  # when, on the clock that never goes back
        self.again: int | None = None  # the signal that asked once more, which is to end at once
        for kind in kinds:
            signal.signal(kind, self._note)

    @property
    def asked(self) -> bool:
        """Whether one has come."""
        return self._first is not None

    def wait(self, *others: Any, seconds: float | None = None) -> None:
        """Wait for a signal, for one of `others` to be ready, or for so many seconds."""
        if self.readable in wait([self.readable, *others], seconds):
            self.readable.recv(4096)

    def _note(self, kind: int, _: object) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first = now
        elif now - self._first > _SAME:
            self.again = kind


@dataclass(slots=True)
class Child:
    """One process of the server. `after`: seconds after the server's start.

    "fork" shares what the main process has imported; "spawn" begins with nothing.
    """

    name: str
    target: Callable[..., None]
    arguments: tuple[Any, ...]
    method: Literal["fork", "spawn"] = "spawn"
    after: float = 0.0
    process: BaseProcess | None = None
    _due: float = 0.0
    _began: float = 0.0
    _pause: float = _FIRST_PAUSE

    def keep(self, now: float) -> float | None:
        """Start it where it is due. Returns the seconds until it is; None while it runs."""
        if self.process and not self.process.is_alive():
            self._bury(self.process, now)
        if self.process:
            return None
        if now < self._due:
            return self._due - now
        self._began = now
        self.process = _started(
            multiprocessing.get_context(self.method).Process(  # type: ignore[attr-defined]
                target=_run, args=(self.target, self.arguments), name=self.name, daemon=True
            )
        )
        return None

    def begin(self, now: float) -> None:
        """Note that the server starts."""
        self._due = now + self.after

    def _bury(self, process: BaseProcess, now: float) -> None:
        if now - self._began > _WELL_AFTER:
            self._pause = _FIRST_PAUSE
        click.echo(
            f"The {self.name} has ended (status {process.exitcode}). It is started again in {self._pause:g} s.",
            err=True,
        )
        process.join()
        self.process, self._due = None, now + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)


@contextmanager
def starting(name: str) -> Iterator[None]:
    """A process that cannot start says why in one line, and ends with status 1. The traceback is logged at DEBUG."""
    try:
        yield
    except Unavailable as fault:
        sys.exit(f"The {name} cannot start: {fault}.")
    except Mistakes as refused:
        sys.exit(f"The {name} cannot start: {len(refused.mistakes)} to put right; `switchboard check` lists them.")
    except Exception as fault:
        log.error("cannot_start", process=name, kind=type(fault).__name__, reason=str(fault))
        log.debug("cannot_start", process=name, exc_info=True)
        sys.exit(1)


def keep_running(children: Sequence[Child]) -> int:
    """Keep every child running until SIGTERM or SIGINT, then end all of them. Returns the exit status.

    A second signal ends all of them at once.
    """
    if any(child.method == "spawn" for child in children):
        resource_tracker.ensure_running()  # else the first one spawned starts it, and lets signals through meanwhile
    signals, now = Signals(), time.monotonic()
    for child in children:
        child.begin(now)
    try:
        while not signals.asked:
            now = time.monotonic()
            due = [seconds for child in children if (seconds := child.keep(now)) is not None]
            # Of one that has died since it was looked at, too: that ends the wait at once.
            started = [child.process.sentinel for child in children if child.process]
            signals.wait(*started, seconds=min(due, default=None))
        return _end(children, signals)
    finally:
        for child in children:
            if child.process:
                child.process.kill()
                child.process.join()


def _end(children: Sequence[Child], signals: Signals) -> int:
    for child in children:
        if child.process:
            child.process.terminate()
    until = time.monotonic() + END_WITHIN
    while (alive := _alive(children)) and not signals.again and (left := until - time.monotonic()) > 0:
        signals.wait(*alive, seconds=left)
    return 128 + signals.again if signals.again else 0


def _alive(children: Sequence[Child]) -> list[int]:
    return [child.process.sentinel for child in children if child.process and child.process.is_alive()]


def _started(process: BaseProcess) -> BaseProcess:
    """Start it with signals held back, until it knows what to do with them: none is lost, and none ends it halfway."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process


def _run(target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Run a child: leave Ctrl-C to the parent, which asks its children to end, and end when the parent has ended."""
    signal.set_wakeup_fd(-1)  # the parent's, in a process that was forked
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    target(*arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    while parent and os.getppid() == parent.pid:
        time.sleep(_LOOKS_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(END_WITHIN)
    os.kill(os.getpid(), signal.SIGKILL)
