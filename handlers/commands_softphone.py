"""The softphone beside the app: started by `switchboard serve` in development, in a process of its own."""

import contextlib
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping

import click

from exchange.softphone import Softphone
from exchange.softphone import serve as answer
from gateways.directories import Directories
from handlers.commands_call import chosen_thinker
from handlers.phonebook import Phonebook
from handlers.settings import Settings

_LOOKS_EVERY = 0.5  # seconds


@contextlib.contextmanager
def beside(settings: Settings) -> Iterator[None]:
    """Serve the softphone as long as the block runs, and say where. Without a free port there is none."""
    try:
        listening = socket.create_server(("127.0.0.1", settings.softphone_port))
    except OSError as fault:
        click.echo(f"No softphone: port {settings.softphone_port} cannot be had ({fault.strerror}).", err=True)
        yield
        return
    # Spawned, not forked: what is forked here later is the server's own affair.
    process = multiprocessing.get_context("spawn").Process(target=run, args=(settings, listening), daemon=True)
    process.start()
    listening.close()
    click.echo(f"Try it without a phone: http://localhost:{settings.softphone_port}, or `switchboard call`.")
    try:
        yield
    finally:
        process.terminate()
        process.join(timeout=5)


def run(settings: Settings, listening: socket.socket) -> None:
    """Serve the softphone on that socket until the process that asked for it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends us when it has ended
    threading.Thread(target=_end_with_parent, daemon=True).start()
    directories = Directories(settings.switchboard_directory, transfer_to=settings.call_transfer_to)
    softphone = Softphone(
        f"{settings.public_url}/swml",
        (settings.swml_basic_auth_user, settings.swml_basic_auth_password),
        phonebook=lambda: _phonebook(directories),
        thinker=chosen_thinker(settings),
        signing_key=settings.signalwire_signing_key,
    )
    answer(softphone, listening)


def _phonebook(directories: Directories) -> Mapping[str, Mapping[str, str]]:
    book = Phonebook.of(directories.current())
    return {"lines": book.lines, "people": book.names}


def _end_with_parent() -> None:
    """Wait until the process that started this one has ended, if only by being killed, and end as well."""
    parent = multiprocessing.parent_process()
    while parent is not None and os.getppid() == parent.pid:
        time.sleep(_LOOKS_EVERY)
    signal.raise_signal(signal.SIGTERM)
