"""Processes that live beside the server, and end with it."""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog

log = structlog.get_logger()

_LOOKS_EVERY = 0.5  # seconds


@contextlib.contextmanager
def beside(target: Callable[..., None], *arguments: Any) -> Iterator[None]:
    """Run `target` in a process of its own as long as the block runs. When it dies, it is started again."""
    over = threading.Event()
    watch = threading.Thread(target=_run_until, args=(over, target, arguments), name="beside", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _run_until(over: threading.Event, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    while not over.is_set():
        # Spawned, not forked: what is forked here later is the server's own affair.
        process = multiprocessing.get_context("spawn").Process(target=target, args=arguments, daemon=True)
        process.start()
        while process.is_alive() and not over.wait(_LOOKS_EVERY):
            pass
        if not over.is_set():
            log.error("process_died", name=target.__module__, status=process.exitcode)
            over.wait(_LOOKS_EVERY)
    process.terminate()
    process.join(timeout=10)


def belong_to_parent() -> None:
    """Called in such a process: leave Ctrl-C to the server, and end when the server has ended, if only by a kill."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    while parent is not None and os.getppid() == parent.pid:
        time.sleep(_LOOKS_EVERY)
    signal.raise_signal(signal.SIGTERM)
