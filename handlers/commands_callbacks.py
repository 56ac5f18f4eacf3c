"""`switchboard callbacks`: who is to be rung back, when, and how it went."""

from dataclasses import asdict

import click

from calls.waiting import QueueEntry
from gateways.clock import Clock
from handlers.commands_printing import JSON, open_records, print_json, print_table
from handlers.commands_reading import BUSINESS

_COLUMNS = {
    "id": "id", "business": "business", "asked at": "since", "due": "due_at", "number": "number", "name": "name",
    "for": "department", "about": "need", "state": "state", "tries": "tries", "outcome": "outcome",
}  # fmt: skip
_MOMENTS = ("since", "due_at", "ended_at")


@click.group("callbacks", invoke_without_command=True)
@click.option("--all", "past_too", is_flag=True, help="Those as well that are over.")
@BUSINESS
@JSON
@click.pass_context
def callbacks(context: click.Context, past_too: bool, business: str | None, as_json: bool) -> None:
    """Callers who are to be rung back, whose turn it is first. Times are UTC.

    \b
      switchboard callbacks cancel q_3f0c…    they are not rung
    """
    if context.invoked_subcommand:
        return
    rows = [_row(entry) for entry in open_records().callbacks(business, only_open=not past_too)]
    print_json(rows) if as_json else print_table(rows, _COLUMNS)


@callbacks.command()
@click.argument("callback_id", metavar="ID")
def cancel(callback_id: str) -> None:
    """The caller is not rung back. A phone that rings for them is stopped."""
    records = open_records()
    entry = records.entry(callback_id)
    if entry is None or entry.kind != "callback":
        raise click.BadParameter(f"there is no callback {callback_id}; `switchboard callbacks --all` lists them")
    left = records.leave(entry.id, "cancelled", "cancelled", Clock().now())
    if left is None:
        raise click.ClickException(f"it is over: {entry.outcome or entry.state}")
    click.echo(f"{entry.number} is not rung back.")


def _row(entry: QueueEntry) -> dict[str, object]:
    moments = {name: moment.isoformat() if (moment := getattr(entry, name)) else None for name in _MOMENTS}
    return {"id": entry.id, **asdict(entry), **moments}
