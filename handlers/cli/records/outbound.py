"""`switchboard dial` asks for a call to be placed, and `switchboard placed` tells what became of those that were."""

import json
import secrets
import sys
import time
from collections.abc import Mapping

import click

from calls.directory.model import Directory
from calls.outbound.calls import NotPlaced, PlacedCall
from calls.outcomes import Outcome
from gateways.clock import Clock
from gateways.database.migrate import migrate
from gateways.errors import Unavailable
from gateways.jobs.outbox import DurableOrders
from gateways.records.records import Records
from handlers.cli.reading import BUSINESS, chosen, of_line, read_served, read_settings
from handlers.cli.records.printing import JSON, SINCE, open_records, print_json, print_table, read_clocks
from handlers.services.outbound import HANGUP, Unwanted, ask, read_key, read_wanted, to_json

_LOOK_EVERY = 0.5  # seconds between two looks at a call that is waited for
_REACHED = (Outcome.ANSWERED, Outcome.MESSAGE_LEFT)
_COLUMNS = ("business", "asked", "due", "to", "agent", "how")
_BELOW = ("from", "error", "id")


@click.command("dial")
@click.argument("number")
@click.option("--agent", required=True, help="The agent that talks with whoever answers.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="Something the agent knows. Repeatable.")
@click.option("--line", help="The line that is shown. Default: the first of the directory.")
@click.option("--on-machine", default=HANGUP, metavar="TEXT|hangup", help="What a machine is told after its tone.")
@click.option("--at", metavar="TIME", help="Not now, but at 14:30, or 2026-03-17T14:30; in the directory's time zone.")
@click.option("--key", help="A name for this call: the same again places no second one.")
@click.option("--wait", is_flag=True, help="Tell what happens, until the call is over.")
@BUSINESS
@JSON
def dial(
    number: str,
    agent: str,
    facts: tuple[str, ...],
    line: str | None,
    on_machine: str,
    at: str | None,
    key: str | None,
    wait: bool,
    business: str | None,
    as_json: bool,
) -> None:
    """Ring NUMBER and let an agent talk with whoever answers. A real call: it costs money.

    The worker dials it; `switchboard worker` must be running. Never rung are numbers that opted out, premium-rate
    numbers, those outside `policy.regions`, and our own lines. Outside 08:00 to 21:00 wherever the number may be, the
    call waits for the morning.

    Exit status 0 when the call was taken; with --wait, when somebody answered or a machine was told the message.
    """
    settings = read_settings()
    directories = read_served(settings)
    directory = of_line(directories, line) if line and business is None else None
    directory = directory or chosen(directories, business)
    asked = {"to": number, "agent": agent, "line": line, "facts": dict(map(_fact, facts)), "on_machine": on_machine}
    migrate(settings.database_url)
    records = Records(settings.database_url, DurableOrders())
    try:
        call = _ask(records, directory, {**asked, "at": at}, key or f"dial-{secrets.token_hex(8)}")
        _tell(call, directory, as_json=as_json and not wait)
        if wait:
            call = _wait(records, call, quiet=as_json)
            _tell(call, directory, as_json=as_json)
    except Unavailable as fault:
        raise click.ClickException(f"{fault}. Ask again with --key, and no call is placed twice.") from None
    finally:
        records.close()
    sys.exit(0 if not wait or call.outcome in _REACHED else 1)


@click.command("placed")
@SINCE
@BUSINESS
@JSON
def placed(since: str | None, business: str | None, as_json: bool) -> None:
    """The calls that we were asked to place, oldest first, and what became of each."""
    clocks = read_clocks(business)
    asked_from = clocks.since(since, business)
    rows = [to_json(call) for call in open_records().placed_calls(business=business, since=asked_from)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        asked, due = (clocks.local(str(row[name]), row["business"]) for name in ("asked_at", "due_at"))
        row |= {"asked": asked, "due": due, "how": row["outcome"] or row["state"]}
    columns, below = ({name: name for name in names} for names in (_COLUMNS, _BELOW))
    print_table(rows, columns, below=below, clocks=clocks, nothing="No call was asked for.")


def _ask(records: Records, directory: Directory, asked: Mapping[str, object], key: str) -> PlacedCall:
    from handlers.cli.roster import has  # noqa: PLC0415, it imports the SDK

    now = Clock().now()
    try:
        wanted = read_wanted(asked, directory, now)
        read_key(key)
    except Unwanted as reason:
        raise click.ClickException(str(reason)) from None
    if not has(directory, wanted.agent):
        raise click.ClickException(f"agent: no agent {wanted.agent} answers here; `switchboard agents` lists them")
    placement = ask(records, directory, wanted, key=key, placed_id=f"p_{secrets.token_hex(12)}", now=now)
    if isinstance(placement, NotPlaced):
        raise click.ClickException(placement.sentence)
    return placement.call


def _fact(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--fact")
    return name.strip(), value


def _tell(call: PlacedCall, directory: Directory, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(to_json(call)))
    elif call.outcome:
        click.echo(f"{call.id}: {call.outcome}{f' ({call.error})' if call.error else ''}")
    else:
        due = "now" if call.due_at <= call.asked_at else f"at {call.due_at.isoformat()}"
        click.echo(f"{call.id}: {directory.company} rings {call.to.written} from {call.line.written} {due}.")


def _wait(records: Records, call: PlacedCall, *, quiet: bool) -> PlacedCall:
    """Until it has ended, telling each state."""
    while call.state != "ended":
        time.sleep(_LOOK_EVERY)
        now = records.placed_call(call.id) or call
        if now.state != call.state and not quiet:
            click.echo(f"  {now.state}")
        call = now
    return call
