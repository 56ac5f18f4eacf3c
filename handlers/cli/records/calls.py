"""`switchboard calls` and `switchboard show`: every call there was, and one of them as it went."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from calls.outbound.calls import PlacedCall
from gateways.records.records import Records
from handlers.cli.reading import BUSINESS
from handlers.cli.records.history import Moment, story_of
from handlers.cli.records.printing import (
    JSON,
    SINCE,
    Clocks,
    open_records,
    print_json,
    print_table,
    print_text,
    read_clocks,
)

_COLUMNS = {
    "business": "business", "started": "started", "caller": "caller", "agent": "agent", "outcome": "how",
}  # fmt: skip
_BELOW = {"line": "line", "refs": "refs", "call": "id"}
_BOOKED = {"waiting": "booked", "offered": "a person is asked", "done": "bridged", "failed": "not reached"}


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
    """A call as it went, by its id or by the reference of a transfer: agent, tools, people rung, texts, outcome.

    A call that we placed is also found by the id that `switchboard placed` tells.
    """
    records, clocks = open_records(), read_clocks()
    placed = records.placed_call(call)
    row = _row_of(records, call, placed)
    placed = placed or records.placed_call_on(row["id"])
    known = row if "started_at" in row else None

    def local(at: datetime) -> str:
        return at.isoformat() if as_json else clocks.local(at, row["business"])

    moments = story_of(records, known, placed, local)
    if as_json:
        told = {name: row[name] for name in ("id", "business", "caller", "line", "leg", "direction", "agent")}
        print_json([{**told, "outcome": outcome_of(row), "moments": [one.to_json() for one in moments]}])
        return
    _print(row, moments, clocks)


def outcome_of(row: Mapping[str, Any]) -> str:
    """How a call ended, as far as it is on record: its last transfer, else what the caller left, else who talked."""
    if moved := row["transfers"]:
        last = moved[-1]
        return f"{last['destination']}: {(last['outcome'] or 'under way').replace('_', ' ')}"
    if booked := row["callbacks"]:
        return f"callback by {booked[-1]['department']}: {_BOOKED.get(booked[-1]['state'], booked[-1]['state'])}"
    if left := row["messages"]:
        return {"missed": "missed call", "callback": "callback asked for"}.get(left[-1], f"{left[-1]} left")
    if placed := row["placed"]:
        return str(placed).replace("_", " ")
    if row["hung_up_at"] or row["report"]:
        return "talked with the agent" if row["answered_at"] or row["report"] else "hung up"
    return "no end reported"


def _row(row: Mapping[str, Any]) -> dict[str, object]:
    refs = [one["ref"] for one in row["transfers"]]
    return {**row, "caller": row["caller"] or "withheld", "how": outcome_of(row), "refs": refs}


def _row_of(records: Records, name: str, placed: PlacedCall | None) -> Mapping[str, Any]:
    """The call that is meant, with its ends. One that we placed and nobody answered has no start."""
    if placed and not (placed.call_id and records.call(placed.call_id)):
        ends: dict[str, Any] = {
            "transfers": [],
            "callbacks": [],
            "messages": [],
            "placed": placed.outcome or placed.state,
        }
        facts = {"id": placed.id, "business": placed.business, "agent": placed.agent, "direction": "outbound"}
        return {**facts, **ends, "caller": placed.to.e164, "line": placed.line.e164, "leg": "phone"}
    return next(records.calls(call_id=_id_of(records, placed.call_id if placed else name)))


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
    business, began = row["business"], row.get("started_at") or moments[0].at
    over = [one.at for one in moments if one.what in ("call", "report", "ended")]  # a callback is a call of its own
    seconds = max((at - began).total_seconds() for at in over) if over else 0
    print_text(f"Call {row['id']}")
    print_text(f"{row['caller'] or 'withheld'} {_rang(row)} {row['line'] or 'an unknown line'}; {outcome_of(row)}.")
    print_text(f"{clocks.local(began, business)}, {seconds:.0f} s. {clocks.told([row])}")
    print_text("")
    day = began.astimezone(clocks.zone(business)).date()
    for one in moments:
        if (then := one.at.astimezone(clocks.zone(business)).date()) != day:
            print_text(f"{then}")
            day = then
        print_text(f"{_clock(one.at, clocks, business)}  {one.what:<9} {one.text}", indent=20)


def _rang(row: Mapping[str, Any]) -> str:
    return "was rung from" if row["direction"] == "outbound" else "rang"


def _clock(at: datetime, clocks: Clocks, business: object) -> str:
    return f"{at.astimezone(clocks.zone(business)):%H:%M:%S}"
