"""What `switchboard serve` and `switchboard worker` do first: examine the directory, and put on record what is new."""

import multiprocessing
import signal
import sys

import click

from calls.directory.errors import Mistakes
from gateways.clock import Clock
from handlers import logs
from handlers.cli.reading import served, tell_mistakes, warn
from handlers.settings import Settings
from handlers.wiring import open_directories


def begin(settings: Settings) -> None:
    """Examine the directory, and say what is wrong with it. Exits with status 1 where there is none to serve.

    It runs in a process of its own: what agents' classes and hooks do when they are imported is not the server's.
    """
    process = multiprocessing.get_context("fork").Process(target=_begin, args=(settings,))
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(1)


def _begin(settings: Settings) -> None:
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.SIG_DFL)
    logs.configure(json=not sys.stderr.isatty(), level=settings.log_level)
    path = settings.switchboard_directory
    try:
        directories = open_directories(settings, now=Clock().now)
    except Mistakes as refused:
        tell_mistakes(path, refused.mistakes)
        sys.exit(1)
    if directories.mistakes:
        tell_mistakes(path, directories.mistakes)
        click.secho(f"The file changes nothing until it is right. {served(directories)}", fg="red", err=True)
    warn(directories.all(), settings)
    directories.close()
