"""Processes that live beside the server, and end with it."""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import click

_LOOKS_EVERY = 0.5  # seconds
_SERVER_FIRST = 1.5  # seconds: whatever else starts, callers are answered first


@contextlib.contextmanager
def beside(name: str, target: Callable[..., None], *arguments: Any) -> Iterator[None]:
    """Run `target` in a process of its own as long as the block runs. When it dies, it is said, and it starts again."""
    over = threading.Event()
    watch = threading.Thread(target=_run_until, args=(over, name, target, arguments), name=name, daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _run_until(over: threading.Event, name: str, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    if over.wait(_SERVER_FIRST):
        return
    while not over.is_set():
        # Spawned, not forked: what is forked here later is the server's own affair.
        process = multiprocessing.get_context("spawn").Process(target=target, args=arguments, daemon=True)
        process.start()
        while process.is_alive() and not over.wait(_LOOKS_EVERY):
            pass
        if not over.is_set():
            click.echo(f"The {name} has died (status {process.exitcode}) and is started again.", err=True)
            over.wait(_LOOKS_EVERY)
    process.terminate()
    process.join(timeout=10)


def belong_to_parent() -> None:
    """Called in such a process: leave Ctrl-C to the server, and end when the server has ended, if only by a kill."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(threading.get_ident(),), name="parent", daemon=True).start()


def _end_with_parent(main: int) -> None:
    parent = multiprocessing.parent_process()
    while parent is not None and os.getppid() == parent.pid:
        time.sleep(_LOOKS_EVERY)
    signal.pthread_kill(main, signal.SIGTERM)  # the main thread may be waiting, and would not notice another's signal


def let_server_begin() -> None:
    """Called in such a process that nobody needs at once, before it imports much."""
    time.sleep(_SERVER_FIRST)
