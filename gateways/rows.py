"""Values become rows and rows become values, here and nowhere else."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from calls.call import Call
from calls.events import Event
from calls.orders import KeepMessage
from calls.outcomes import Outcome
from calls.transfer import Attempt, PlannedLeg, State, Transfer

Values = dict[str, Any]

_SAME = ("id", "ref", "call_id", "mechanism", "destination", "final", "reason", "summary", "agent", "sent_by", "note",
         "inferred", "started_at", "ended_at", "version")  # fmt: skip
_LEDGER = ("id", "ref", "call_id", "mechanism", "destination", "final", "reason", "summary", "outcome")


_strict = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode  # json.dumps makes an encoder each time


def to_json(value: object) -> str:
    """The value as JSON that every database takes: ASCII, and null for the NaN that Python alone would write."""
    try:
        return _strict(value)
    except ValueError:
        return json.dumps(json.loads(json.dumps(value), parse_constant=lambda _: None), separators=(",", ":"))


def of_call(call: Call, at: datetime) -> Values:
    """A call as its row."""
    return {
        "id": call.id,
        "caller": str(call.caller or ""),
        "line": str(call.line or ""),
        "leg": call.leg,
        "direction": call.direction,
        "agent": call.agent,
        "started_at": at,
    }


def of_transfer(transfer: Transfer) -> Values:
    """A transfer as its row, but for what only its beginning knows."""
    return {
        **{name: getattr(transfer, name) for name in _SAME},
        "facts": [list(fact) for fact in transfer.facts],
        "plan": [[leg.step, leg.leg, leg.to, leg.person] for leg in transfer.plan],
        "state": str(transfer.state),
        "outcome": str(transfer.outcome) if transfer.outcome else None,
    }


def claims(transfer: Transfer, key: str) -> Values:
    """What a transfer claims for itself: its call, and the tool call that asked for it."""
    # While another agent has the caller for a while, that agent may transfer the caller as well.
    has_caller = transfer.live and transfer.state is not State.AWAY
    return {"live_call": transfer.call_id if has_caller else None, "live_key": key if transfer.live else None}


def to_transfer(row: Row[Any], attempts: tuple[Attempt, ...]) -> Transfer:
    """A row as the transfer it was."""
    return Transfer(
        **{name: getattr(row, name) for name in _SAME},
        facts=tuple((name, value) for name, value in row.facts),
        plan=tuple(PlannedLeg(*leg) for leg in row.plan),
        state=State(row.state),
        outcome=Outcome(row.outcome) if row.outcome else None,
        attempts=attempts,
    )


def of_attempt(transfer_id: str, attempt: Attempt) -> Values:
    """An attempt as its row."""
    return {
        "transfer_id": transfer_id,
        "step": attempt.step,
        "leg": attempt.leg,
        "to": attempt.to,
        "person": attempt.person,
        "outcome": str(attempt.outcome) if attempt.outcome else None,
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
    }


def to_attempt(row: Row[Any]) -> Attempt:
    """A row as the attempt it was."""
    outcome = Outcome(row.outcome) if row.outcome else None
    return Attempt(row.step, row.leg, row.to, row.person, row.started_at, outcome, row.ended_at)


def of_event(name: str, transfer: Transfer, data: Mapping[str, Any], at: datetime) -> Values:
    """A line of a transfer's journal. Its number is the version the event led to."""
    return {
        "transfer_id": transfer.id,
        "seq": transfer.version,
        "at": at,
        "event": name,
        "state": str(transfer.state),
        "data": data,
    }


def of_message(order: KeepMessage) -> Values:
    """A message as its row."""
    fields = (
        "key",
        "kind",
        "call_id",
        "transfer_id",
        "destination",
        "name",
        "body",
        "wanted_at",
        "url",
        "seconds",
        "at",
    )
    return {**{name: getattr(order, name) for name in fields}, "number": str(order.number) if order.number else None}


def to_ledger(row: Row[Any], attempts: Iterable[Attempt], journal: Iterable[Row[Any]]) -> Values:
    """A transfer as the ledger prints it."""
    return {
        **{name: getattr(row, name) for name in _LEDGER},
        "started_at": row.started_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "attempts": [_attempt(one) for one in attempts],
        "events": [
            {"at": one.at.isoformat(), "event": one.event, "state": one.state, "data": one.data} for one in journal
        ],
    }


def _attempt(attempt: Attempt) -> Values:
    return {
        "step": attempt.step,
        "to": attempt.to,
        "person": attempt.person,
        "outcome": str(attempt.outcome) if attempt.outcome else None,
        "started_at": attempt.started_at.isoformat(),
        "ended_at": attempt.ended_at.isoformat() if attempt.ended_at else None,
    }


def name_of(event: Event) -> str:
    """The name of an event in the journal: LegEnded is "leg_ended"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
