"""What the commands that list records share: the options, the records, and how rows are printed."""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from gateways.migrate import migrate
from gateways.records import Records
from handlers.commands_reading import read_settings
from handlers.terminal import one_line

JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")
SINCE = click.option("--since", type=click.DateTime(), help="Only from this moment on (UTC), as 2026-03-02T09:00:00.")
_WIDEST = 10_000  # columns, where no terminal breaks lines: in a pipe a row is one line


def open_records() -> Records:
    """The records of the environment's settings, migrated."""
    url = read_settings().database_url
    migrate(url)
    return Records(url)


def utc(moment: datetime | None) -> datetime | None:
    """A moment of the command line, which means UTC."""
    return moment.replace(tzinfo=UTC) if moment else None


def print_json(rows: Iterable[Mapping[str, object]]) -> None:
    """One object a line."""
    for row in rows:
        click.echo(json.dumps(row))


def print_table(rows: Iterable[Mapping[str, object]], columns: Mapping[str, str]) -> None:
    """A table: titles with the names of what stands under them. `business` only where one has a name."""
    rows = list(rows)
    if not any(row.get("business") for row in rows):  # most installations have one, without a name
        columns = {title: name for title, name in columns.items() if name != "business"}
    table = Table(box=None, header_style="bold")
    for title in columns:
        table.add_column(title, overflow="fold")  # an id that was cut short could not be typed into the next command
    for row in rows:
        table.add_row(*(shown(row[name]) for name in columns.values()))
    width = None if sys.stdout.isatty() else _WIDEST
    Console(markup=False, emoji=False, width=width).print(table)  # what callers said is no markup


def shown(value: object) -> str:
    """A value as a person reads it, on one line."""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return "" if value is None else one_line(str(value))
