"""`switchboard transfers` and `switchboard diagram`: the ledger, and the life of a transfer."""

import csv
import sys
from collections.abc import Iterable, Mapping

import click

from calls.transfer.diagram import draw
from handlers.cli.reading import BUSINESS
from handlers.cli.records.printing import (
    JSON,
    SINCE,
    open_records,
    print_json,
    print_table,
    read_clocks,
    shown,
    without_secrets,
)
from handlers.terminal import cell

_CSV_COLUMNS = ("id", "ref", "call_id", "mechanism", "destination", "final", "reason", "summary", "outcome")


@click.command()
@click.option("--call", "call_id", help="Only the transfers of this call.")
@SINCE
@BUSINESS
@JSON
@click.option("--csv", "as_csv", is_flag=True, help="The same rows, flat, for a spreadsheet.")
def transfers(call_id: str | None, since: str | None, business: str | None, as_json: bool, as_csv: bool) -> None:
    """The ledger: every transfer, oldest first, with the people who were tried and its outcome."""
    records, clocks = open_records(), read_clocks(business)
    if call_id and not records.call(call_id):
        raise click.ClickException(f"there is no call {call_id}; `switchboard calls` lists them")
    rows = records.ledger(call_id=call_id, since=clocks.since(since, business), business=business)
    if as_json:
        print_json(rows)
    elif as_csv:
        _print_csv(rows)
    else:
        columns = {"business": "business", "started": "started", "ref": "ref", "to": "destination"}
        columns |= {"by": "mechanism", "outcome": "outcome", "person": "person"}
        below = {"tried": "tried", "reason": "reason", "flags": "flags", "call": "call_id"}
        told = (_row(row) | {"started": clocks.local(row["started_at"], row["business"])} for row in rows)
        print_table(told, columns, below=below, clocks=clocks, nothing="There is no transfer.")


@click.command()
def diagram() -> None:
    """The life of a transfer, drawn from its table, in Mermaid."""
    click.echo(draw())


def _row(row: Mapping[str, object]) -> dict[str, object]:
    """A transfer as the table shows it: with who talked with the caller, and everybody who was tried."""
    attempts = row["attempts"]
    assert isinstance(attempts, list)
    talked: Mapping[str, object] = next((one for one in attempts if one["outcome"] == "bridged"), {})
    tried = [f"{one['person'] or one['to']} {one['outcome'] or 'under way'}" for one in attempts]
    outcome = row["outcome"] or "under way"
    return {**row, "outcome": outcome, "person": talked.get("person") or talked.get("to"), "tried": tried}


def _print_csv(rows: Iterable[Mapping[str, object]]) -> None:
    """A line an attempt, so that nothing of the ledger is lost; a transfer without attempts is one line."""
    out = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL)  # some spreadsheets part columns at a semicolon
    out.writerow(
        [*_CSV_COLUMNS, "started_at", "ended_at", "step", "to", "person", "attempt_outcome", "flags", "business"]
    )
    for row in map(without_secrets, rows):
        fixed = [row[name] for name in (*_CSV_COLUMNS, "started_at", "ended_at")]
        attempts = row["attempts"]
        assert isinstance(attempts, list)
        for attempt in attempts or [{}]:
            tried = (attempt.get(name, "") for name in ("step", "to", "person", "outcome"))
            out.writerow([cell(shown(value)) for value in (*fixed, *tried, row["flags"], row["business"])])
