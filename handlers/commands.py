"""The `switchboard` command. What people read is a table; what scripts read is `--json`."""

import csv
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from importlib import import_module
from pathlib import Path

import click

from calls.describe import describe
from calls.diagram import draw
from gateways.clock import Clock
from gateways.migrate import migrate
from handlers.commands_printing import JSON, SINCE, open_records, print_json, print_table, shown, utc
from handlers.commands_reading import BUSINESS, chosen, read_checked, read_settings, warn

_CSV_COLUMNS = ("id", "ref", "call_id", "mechanism", "destination", "final", "reason", "summary", "outcome")


# Commands that are found only when they are asked for: what they import takes a while, or nobody else needs it.
_ELSEWHERE = {
    "messages": "handlers.commands_messages:messages",
    "people": "handlers.commands_people:people",
    "callbacks": "handlers.commands_callbacks:callbacks",
    "call": "handlers.commands_call:command",
    "rehearse": "handlers.commands_rehearse:command",
    "dial": "handlers.commands_placing:dial",
    "placed": "handlers.commands_placing:placed",
    "doctor": "handlers.commands_golive_doctor:doctor",
    "numbers": "handlers.commands_golive:numbers",
    "point": "handlers.commands_golive:point",
    "call-me": "handlers.commands_golive_call:call_me",
}


class _Commands(click.Group):
    def list_commands(self, context: click.Context) -> list[str]:
        return [*super().list_commands(context), *_ELSEWHERE]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in _ELSEWHERE:
            module, _, attribute = _ELSEWHERE[name].partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        return super().get_command(context, name)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="switchboard")
def main() -> None:
    """Answers a phone number and gets every caller to the right place.

    Start with `switchboard check`, which reads your directory file and says what it would do, then
    `switchboard serve`. Try it first without a phone: `switchboard call`, or the softphone that `switchboard serve`
    shows in a browser. To go live: `switchboard doctor`, `switchboard point NUMBER`, `switchboard call-me NUMBER`.
    """


@main.command()
@click.option("--workers", type=int, help="Processes that answer requests. Default: one a core.")
@click.option("--worker/--no-worker", default=None, help="A `switchboard worker` beside it. Default: in development.")
def serve(workers: int | None, worker: bool | None) -> None:
    """Serve calls. Migrates the database first and prints the address to point a number at.

    In development it also serves the softphone (the caller's telephone and everybody else's, on a page), and starts
    the worker that carries out what outlives a request. In production the worker is a process of its own.
    """
    from handlers.serving import serve as run  # noqa: PLC0415, it imports the SDK, and no other command needs that

    settings = read_settings()
    warn(read_checked(settings.switchboard_directory, settings), settings)
    migrate(settings.database_url)
    with ExitStack() as besides:
        if settings.is_local:
            from handlers.commands_softphone import beside  # noqa: PLC0415, it imports the exchange

            besides.enter_context(beside(settings))
        if settings.is_local if worker is None else worker:
            from handlers.worker import beside_server  # noqa: PLC0415, most commands need it not

            besides.enter_context(beside_server(settings))
        run(settings, workers=workers)


@main.command()
def worker() -> None:
    """Carry out what outlives a request: phones rung and stopped, callers put through, hooks and webhooks told.

    Run one beside `switchboard serve` in production. A second one takes over when the first dies.
    """
    from handlers.worker import work  # noqa: PLC0415, it imports the SDK

    settings = read_settings()
    warn(read_checked(settings.switchboard_directory, settings), settings)
    migrate(settings.database_url)
    sys.exit(0 if work(settings) else 1)


@main.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
def check(file: Path | None) -> None:
    """Read the directory FILE and say what it does, or everything that is wrong with it.

    Without FILE every business's file is read: switchboard.yaml, and those in switchboard.d beside it.
    Exit status 1 when it has a mistake.
    """
    from handlers.roster import too_large  # noqa: PLC0415, it imports the SDK

    settings = read_settings()
    path = file or settings.switchboard_directory
    directories = read_checked(path, settings)
    for directory in directories:
        if len(directories) > 1:
            click.secho(f"{directory.business or path.name}: {directory.company}\n", bold=True)
        for line in describe(directory, Clock().now()):
            click.echo(line)
    if reasons := [reason for directory in directories for reason in too_large(directory)]:
        raise click.ClickException("\n".join(reasons))
    click.echo(f"{path} is right." if len(directories) == 1 else f"All {len(directories)} businesses are right.")
    warn(directories, settings)


@main.command()
@click.option("--call", "call_id", help="Only the transfers of this call.")
@SINCE
@BUSINESS
@JSON
@click.option("--csv", "as_csv", is_flag=True, help="The same rows, flat, for a spreadsheet.")
def transfers(call_id: str | None, since: datetime | None, business: str | None, as_json: bool, as_csv: bool) -> None:
    """The ledger: every transfer, oldest first, with its attempts and its outcome."""
    rows = open_records().ledger(call_id=call_id, since=utc(since), business=business)
    if as_json:
        print_json(rows)
    elif as_csv:
        _print_csv(rows)
    else:
        columns = {"business": "business", "started": "started_at", "ref": "ref", "by": "mechanism"}
        columns |= {"to": "destination", "outcome": "outcome", "flags": "flags", "reason": "reason", "call": "call_id"}
        print_table(rows, columns)


@main.command()
@click.argument("name", required=False)
@click.option("--swml", is_flag=True, help="The document a caller of agent NAME would get.")
@click.option("--sip", is_flag=True, help="As for a caller whose leg is SIP.")
@BUSINESS
@JSON
def agents(name: str | None, swml: bool, sip: bool, business: str | None, as_json: bool) -> None:
    """The agents: what each answers, its tools, and with --swml its document."""
    from handlers.roster import document, has, roster  # noqa: PLC0415, it imports the SDK, and no other command needs that

    settings = read_settings()
    directories = read_checked(settings.switchboard_directory, settings)
    if swml or business is not None:
        directories = (chosen(directories, business),)
    if name and not any(has(directory, name) for directory in directories):
        raise click.BadParameter(f"no agent {name} answers here; `switchboard agents` lists them", param_hint="NAME")
    if swml:
        click.echo(document(directories[0], name or "receptionist", sip=sip))
        return
    rows = [row for one in directories for row in roster(one, sip=sip) if name in (None, row["agent"])]
    if as_json:
        print_json(rows)
    else:
        print_table(
            rows, {"business": "business", "agent": "agent", "answers": "answers", "tools": "tools", "bytes": "bytes"}
        )


@main.command()
def diagram() -> None:
    """The life of a transfer, drawn from its table, in Mermaid."""
    click.echo(draw())


def _print_csv(rows: Iterable[Mapping[str, object]]) -> None:
    """A line an attempt, so that nothing of the ledger is lost; a transfer without attempts is one line."""
    out = csv.writer(sys.stdout)
    out.writerow(
        [*_CSV_COLUMNS, "started_at", "ended_at", "step", "to", "person", "attempt_outcome", "flags", "business"]
    )
    for row in rows:
        fixed = [row[name] for name in (*_CSV_COLUMNS, "started_at", "ended_at")]
        attempts = row["attempts"]
        assert isinstance(attempts, list)
        for attempt in attempts or [{}]:
            tried = (attempt.get(name, "") for name in ("step", "to", "person", "outcome"))
            out.writerow([*fixed, *tried, shown(row["flags"]), row["business"]])
