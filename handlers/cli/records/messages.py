"""`switchboard messages`: what callers left, shown, heard and closed."""

import click

from calls.messages.message import Message
from gateways.clock import Clock
from gateways.signalwire.recordings import Recordings
from handlers.cli.reading import BUSINESS, read_settings
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

_COLUMNS = {
    "id": "id", "business": "business", "at": "when", "kind": "kind", "for": "destination", "from": "name",
    "number": "number",
}  # fmt: skip
_BELOW = {"wants to be rung": "wanted_at", "message": "said", "recording": "length", "not told": "error"}
_ID = click.argument("message_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))


@click.group("messages", invoke_without_command=True)
@click.option("--all", "closed_too", is_flag=True, help="Those as well that somebody has seen to.")
@SINCE
@BUSINESS
@JSON
@click.pass_context
def messages(context: click.Context, closed_too: bool, since: str | None, business: str | None, as_json: bool) -> None:
    """What callers left and nobody has seen to yet: messages, voicemail, texts, calls that were missed.

    \b
      switchboard messages play 17     where its recording is; from then on it counts as heard
      switchboard messages close 17    somebody has seen to it
    """
    if context.invoked_subcommand:
        return
    clocks = read_clocks(business)
    asked_from = clocks.since(since, business)
    rows = open_records().messages(since=asked_from, business=business, state=None if closed_too else "open")
    if as_json:
        print_json(rows)
        return
    columns = {**_COLUMNS, "closed by": "closed"} if closed_too else _COLUMNS
    told = (_row(row) | {"when": clocks.local(row["at"], row["business"])} for row in rows)
    nothing = "There is no message." if closed_too else "There is no open message; --all lists the closed ones too."
    print_table(told, columns, below=_BELOW, clocks=clocks, nothing=nothing)


def _row(row: dict[str, object]) -> dict[str, object]:
    """A message as the table shows it."""
    length = f"{row['seconds']:.0f} s{', heard' if row['heard_at'] else ''}" if row["url"] else ""
    closed = row["closed_by"] or "somebody" if row["state"] == "closed" else ""
    return {**row, "said": row["body"] or row["transcript"], "length": length, "closed": closed}


@messages.command()
@_ID
@JSON
def show(message_id: int, as_json: bool) -> None:
    """Everything that is known of a message."""
    _found(message_id)
    (row,) = open_records().messages(message_id=message_id)
    if as_json:
        print_json([row])
        return
    clocks = read_clocks()
    for name, value in without_secrets(row).items():
        if value not in (None, "", 0.0, []):
            moment = name in ("at", "heard_at", "closed_at")
            click.echo(f"{name:>12}  {clocks.local(str(value), row['business']) if moment else shown(value)}")


@messages.command()
@_ID
def play(message_id: int) -> None:
    """Where the recording of a message is: a file here, or the platform's address of it. It counts as heard then."""
    message = _found(message_id)
    kept = Recordings(read_settings().recordings_dir).path(message.file)
    if not (kept or message.url):
        raise click.ClickException(f"message {message_id} has no recording; `switchboard messages show` tells the rest")
    open_records().hear_message(message_id, Clock().now())
    click.echo(kept or message.url)


@messages.command()
@_ID
@click.option("--by", default="", metavar="NAME", help="Who has seen to it.")
def close(message_id: int, by: str) -> None:
    """Somebody has seen to a message: it is not listed any more."""
    message = _found(message_id)
    if open_records().close_message(message_id, by, Clock().now()):
        click.echo(f"Message {message_id} is closed.")
    else:
        whom = f" by {message.closed_by}" if message.closed_by else ""
        click.echo(f"Message {message_id} was closed already{whom}.")


def _found(message_id: int) -> Message:
    message = open_records().message(message_id)
    if message is None:
        raise click.ClickException(f"there is no message {message_id}; `switchboard messages --all` lists them")
    return message
