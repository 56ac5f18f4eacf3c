"""`switchboard serve` and `switchboard worker`: what runs until it is stopped."""

import gc
import sys
from contextlib import ExitStack
from importlib import import_module

import click

from gateways.migrate import migrate, migrating
from handlers.commands_reading import read_settings
from handlers.commands_softphone import beside as softphone_beside


@click.command()
@click.option("--workers", type=int, help="Processes that answer requests. Default: one a core.")
@click.option("--worker/--no-worker", default=None, help="A `switchboard worker` beside it. Default: in development.")
def serve(workers: int | None, worker: bool | None) -> None:
    """Serve calls. Migrates the database first and prints the address to point a number at.

    In development it also serves the softphone (the caller's telephone and everybody else's, on a page), and starts
    the worker that carries out what outlives a request. In production the worker is a process of its own.
    """
    settings = read_settings()
    with migrating(settings.database_url):
        gc.disable()  # nothing of what is imported is ever garbage; looking took an eighth of the start
        import_module("handlers.app")  # the processes that answer are forked from this one, and have it already
        from handlers.commands_begin import begin  # noqa: PLC0415, all of this half a second while it migrates
        from handlers.serving import serve as run  # noqa: PLC0415
        from handlers.worker import beside_server  # noqa: PLC0415

        gc.freeze()  # what is never looked at again is shared with those processes for good
        gc.enable()
    begin(settings)
    with ExitStack() as besides:
        if settings.is_local:
            besides.enter_context(softphone_beside(settings))
        if settings.is_local if worker is None else worker:
            besides.enter_context(beside_server(settings))
        run(settings, workers=workers)


@click.command()
def worker() -> None:
    """Carry out what outlives a request: phones rung and stopped, callers put through, hooks and webhooks told.

    Run one beside `switchboard serve` in production. A second one takes over when the first dies.
    """
    from handlers.commands_begin import begin  # noqa: PLC0415, it imports the SDK
    from handlers.worker import work  # noqa: PLC0415

    settings = read_settings()
    migrate(settings.database_url)
    begin(settings)
    sys.exit(0 if work(settings) else 1)
