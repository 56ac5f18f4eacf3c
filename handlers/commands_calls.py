"""`switchboard calls` and `switchboard show`: every call there was, and one of them as it went."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from gateways.records import Records
from handlers.commands_printing import (
    JSON,
    SINCE,
    Clocks,
    open_records,
    print_json,
    print_table,
    print_text,
    read_clocks,
)
from handlers.commands_reading import BUSINESS
from handlers.story import Moment, story_of

_COLUMNS = {
    "business": "business", "started": "started", "caller": "caller", "agent": "agent", "outcome": "how",
}  # fmt: skip
_BELOW = {"line": "line", "refs": "refs", "call": "id"}


@click.command()
@SINCE
@BUSINESS
@JSON
def calls(since: str | None, business: str | None, as_json: bool) -> None:
    """Every call, oldest first: who called, which agent answered, and how it ended.

    \b
      switchboard show CALL    one of them as it went
    """
    clocks = read_clocks(business)
    rows = open_records().calls(since=clocks.since(since, business), business=business)
    if as_json:
        print_json({**row, "outcome": outcome_of(row)} for row in rows)
        return
    told = (_row(row) | {"started": clocks.local(row["started_at"], row["business"])} for row in rows)
    print_table(told, _COLUMNS, below=_BELOW, clocks=clocks, nothing="There was no call.")


@click.command()
@click.argument("call", metavar="CALL|REF")
@JSON
def show(call: str, as_json: bool) -> None:
    """A call as it went, by its id or by the reference of a transfer: agent, tools, people rung, texts, outcome."""
    records = open_records()
    row = records.call(_id_of(records, call))
    assert row is not None
    moments = story_of(records, row)
    if as_json:
        told = {**{name: row[name] for name in ("id", "business", "caller", "line", "leg", "direction", "agent")}}
        found = next(iter(records.calls(call_id=row["id"])))
        print_json([{**told, "outcome": outcome_of(found), "moments": [one.to_json() for one in moments]}])
        return
    _print(next(iter(records.calls(call_id=row["id"]))), moments, read_clocks())


def outcome_of(row: Mapping[str, Any]) -> str:
    """How a call ended, as far as it is on record: its last transfer, else what the caller left, else who talked."""
    if moved := row["transfers"]:
        last = moved[-1]
        return f"{last['destination']}: {(last['outcome'] or 'under way').replace('_', ' ')}"
    if left := row["messages"]:
        return {"missed": "missed call", "callback": "callback asked for"}.get(left[-1], f"{left[-1]} left")
    if row["hung_up_at"] or row["report"]:
        return "talked with the agent" if row["answered_at"] or row["report"] else "hung up"
    return "no end reported"


def _row(row: Mapping[str, Any]) -> dict[str, object]:
    refs = [one["ref"] for one in row["transfers"]]
    return {**row, "caller": row["caller"] or "withheld", "how": outcome_of(row), "refs": refs}


def _id_of(records: Records, name: str) -> str:
    """The id of the call that is meant. Ends the command where there is none, or more than one."""
    if records.call(name):
        return name
    match records.calls_of_ref(name):
        case [one]:
            return one
        case []:
            raise click.ClickException(f"there is no call {name}; `switchboard calls` lists them")
        case several:
            raise click.ClickException(f"{name} is the reference of several calls, newest first: {', '.join(several)}")


def _print(row: Mapping[str, Any], moments: list[Moment], clocks: Clocks) -> None:
    business = row["business"]
    ends = [moment for moment in (row["hung_up_at"], moments[-1].at if moments else None) if moment]
    seconds = (max(ends) - row["started_at"]).total_seconds() if ends else 0
    print_text(f"Call {row['id']}")
    print_text(f"{row['caller'] or 'withheld'} {_rang(row)} {row['line'] or 'an unknown line'}; {outcome_of(row)}.")
    print_text(f"{clocks.local(row['started_at'], business)}, {seconds:.0f} s. {clocks.told([row])}")
    print_text("")
    for one in moments:
        print_text(f"{_clock(one.at, clocks, business)}  {one.what:<9} {one.text}", indent=20)


def _rang(row: Mapping[str, Any]) -> str:
    return "was rung from" if row["direction"] == "outbound" else "rang"


def _clock(at: datetime, clocks: Clocks, business: object) -> str:
    return f"{at.astimezone(clocks.zone(business)):%H:%M:%S}"
