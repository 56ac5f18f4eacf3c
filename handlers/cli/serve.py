"""`switchboard serve` and `switchboard worker`: what runs until it is stopped."""

import gc
import sys
from importlib import import_module

import click

from gateways.database.migrate import migrate, migrating
from handlers.cli.reading import read_settings
from handlers.cli.rehearsal.softphone import beside as softphone_beside
from handlers.serving.ports import Occupied, claim, listen
from handlers.settings import Settings


@click.command()
@click.option("--workers", type=click.IntRange(min=1), help="Processes that answer requests. Default: one a core.")
@click.option("--worker/--no-worker", default=None, help="A `switchboard worker` beside it. Default: in development.")
def serve(workers: int | None, worker: bool | None) -> None:
    """Serve calls. Migrates the database first and prints the address to point a number at.

    In development it also serves the softphone (the caller's telephone and everybody else's, on a page), and starts
    the worker that carries out what outlives a request. In production the worker is a process of its own.

    Ctrl-C or SIGTERM ends it, with 5 seconds for the requests that are being answered; a second one ends it at once.
    """
    settings = read_settings()
    try:
        claimed = claim(settings)
        # Production stands behind a proxy.
        listening = listen("127.0.0.1" if settings.is_local else "0.0.0.0", settings.port)  # noqa: S104
    except Occupied as fault:
        raise click.ClickException(str(fault)) from None
    with migrating(settings.database_url):
        gc.disable()  # nothing of what is imported is ever garbage; looking took an eighth of the start
        import_module("handlers.app")  # the processes that answer are forked from this one, and have it already
        from handlers.cli.begin import begin  # noqa: PLC0415
        from handlers.serving import server  # noqa: PLC0415, all of this half a second while it migrates
        from handlers.serving.subprocesses import keep_running  # noqa: PLC0415
        from handlers.serving.worker import beside_server  # noqa: PLC0415

        gc.freeze()  # what is never looked at again is shared with those processes for good
        gc.enable()
    begin(settings)
    children = server.web_processes(settings, listening, workers or server.processes_wanted())
    if settings.is_local:
        softphone = softphone_beside(settings)
        children += [softphone] if softphone else []
    if settings.is_local if worker is None else worker:
        children.append(beside_server(settings))
    for line in _what_next(settings):
        click.echo(line)
    status = keep_running(children)
    claimed.close()
    sys.exit(status)


def _what_next(settings: Settings) -> list[str]:
    """What to do next. In production this ends up in somebody's logs, so no password is in it."""
    if not settings.is_local:
        return [
            f"Point a number at  {settings.public_url}/swml (POST), or run `switchboard point NUMBER`",
            "Ring people        with `switchboard worker`, which carries out what outlives a request",
            f"Watch as a         supervisor at {settings.public_url}/desk/",
        ]
    return [
        f"Call in a browser    http://localhost:{settings.softphone_port}",
        "Call in a terminal   switchboard call",
        f"Watch the desk       {settings.public_url}/desk/ (password {settings.desk_password})",
        f"Point a number at    {settings.credentialed_url('/swml')} (POST)",
    ]


@click.command()
def worker() -> None:
    """Carry out what outlives a request: phones rung and stopped, callers put through, hooks and webhooks told.

    Run one beside `switchboard serve` in production. A second one takes over when the first dies.
    """
    from handlers.cli.begin import begin  # noqa: PLC0415, it imports the SDK
    from handlers.serving.worker import work  # noqa: PLC0415

    settings = read_settings()
    migrate(settings.database_url)
    begin(settings)
    sys.exit(0 if work(settings) else 1)
