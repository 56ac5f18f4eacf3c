"""`switchboard callbacks`: who is to be rung back, when, and how it went."""

from dataclasses import asdict

import click

from calls.queue.entry import QueueEntry
from gateways.clock import Clock
from handlers.cli.reading import BUSINESS
from handlers.cli.records.printing import JSON, SINCE, open_records, print_json, print_table, read_clocks

_COLUMNS = {
    "id": "id", "business": "business", "due": "due", "number": "number", "state": "state", "tries": "tries",
}  # fmt: skip
_BELOW = {"asked": "asked", "for": "department", "name": "name", "about": "need", "outcome": "outcome"}
_MOMENTS = ("since", "due_at", "ended_at")


@click.group("callbacks", invoke_without_command=True)
@click.option("--all", "past_too", is_flag=True, help="Those as well that are over.")
@SINCE
@BUSINESS
@JSON
@click.pass_context
def callbacks(context: click.Context, past_too: bool, since: str | None, business: str | None, as_json: bool) -> None:
    """Callers who are to be rung back, whose turn it is first.

    \b
      switchboard callbacks cancel q_3f0c…    they are not rung
    """
    if context.invoked_subcommand:
        return
    clocks = read_clocks(business)
    asked_from = clocks.since(since, business)
    entries = open_records().callbacks(business, only_open=not past_too)
    rows = [_row(entry) for entry in entries if asked_from is None or entry.since >= asked_from]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row |= {
            name: clocks.local(str(row[of]), row["business"]) for name, of in (("due", "due_at"), ("asked", "since"))
        }
    nothing = "No callback." if past_too else "Nobody is to be rung back; --all lists the callbacks that are over too."
    print_table(rows, _COLUMNS, below=_BELOW, clocks=clocks, nothing=nothing)


@callbacks.command()
@click.argument("callback_id", metavar="ID")
def cancel(callback_id: str) -> None:
    """The caller is not rung back. A phone that rings for them is stopped."""
    records = open_records()
    entry = records.entry(callback_id)
    if entry is None or entry.kind != "callback":
        raise click.ClickException(f"there is no callback {callback_id}; `switchboard callbacks --all` lists them")
    left = records.leave(entry.id, "cancelled", "cancelled", Clock().now())
    if left is None:
        raise click.ClickException(f"it is over: {entry.outcome or entry.state}")
    click.echo(f"{entry.number} is not rung back.")


def _row(entry: QueueEntry) -> dict[str, object]:
    moments = {name: moment.isoformat() if (moment := getattr(entry, name)) else None for name in _MOMENTS}
    return {"id": entry.id, **asdict(entry), **moments}
