"""`switchboard transfers` and `switchboard diagram`: the ledger, and the life of a transfer."""

import csv
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime

import click

from calls.diagram import draw
from handlers.commands_printing import JSON, SINCE, open_records, print_json, print_table, shown, utc
from handlers.commands_reading import BUSINESS
from handlers.terminal import cell

_CSV_COLUMNS = ("id", "ref", "call_id", "mechanism", "destination", "final", "reason", "summary", "outcome")


@click.command()
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


@click.command()
def diagram() -> None:
    """The life of a transfer, drawn from its table, in Mermaid."""
    click.echo(draw())


def _print_csv(rows: Iterable[Mapping[str, object]]) -> None:
    """A line an attempt, so that nothing of the ledger is lost; a transfer without attempts is one line."""
    out = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL)  # some spreadsheets part columns at a semicolon
    out.writerow(
        [*_CSV_COLUMNS, "started_at", "ended_at", "step", "to", "person", "attempt_outcome", "flags", "business"]
    )
    for row in rows:
        fixed = [row[name] for name in (*_CSV_COLUMNS, "started_at", "ended_at")]
        attempts = row["attempts"]
        assert isinstance(attempts, list)
        for attempt in attempts or [{}]:
            tried = (attempt.get(name, "") for name in ("step", "to", "person", "outcome"))
            out.writerow([cell(shown(value)) for value in (*fixed, *tried, row["flags"], row["business"])])
