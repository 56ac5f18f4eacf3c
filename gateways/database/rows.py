"""Values become rows and rows become values, here and nowhere else."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row

from calls.call import Call
from calls.events import Event
from calls.orders import KeepMessage
from calls.outcomes import Outcome
from calls.transfer.machine import Attempt, PlannedLeg, State, Transfer
from calls.transfer.model import Terms
from calls.transfer.result import result_of

Values = dict[str, Any]

_SAME = ("id", "ref", "call_id", "mechanism", "destination", "final", "reason", "summary", "agent", "sent_by", "note",
         "inferred", "started_at", "ended_at", "bridged_at", "returned_at", "error", "version",
         "business", "directory")  # fmt: skip
_LEDGER = ("id", "ref", "call_id", "mechanism", "destination", "final", "reason", "summary", "outcome",
           "business")  # fmt: skip


# Most of what is kept is written with the quick encoder; what it would write but the other refuses, it passes over.
_AS_JSON_DOES = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_strict = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode  # json.dumps makes an encoder each time


class Encoded(str):
    """JSON that is text already, and is kept as it is."""

    __slots__ = ()


Json = Mapping[str, Any] | Encoded


def to_json(value: object) -> str:
    """The value as JSON that every database takes: ASCII, and null for the NaN that Python alone would write."""
    if isinstance(value, Encoded):
        return value
    try:
        written = orjson.dumps(value, option=_AS_JSON_DOES)
    except TypeError:  # half a character, a number of more than 64 bits, keys that are no text
        return _in_any_case(value)
    return written.decode() if written.isascii() else _in_any_case(value)


def _in_any_case(value: object) -> str:
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
        "business": call.business,
        "started_at": at,
    }


def of_transfer(transfer: Transfer) -> Values:
    """A transfer as its row, but for what only its beginning knows."""
    return {
        **{name: getattr(transfer, name) for name in _SAME},
        "facts": [list(fact) for fact in transfer.facts],
        "plan": [_planned(leg) for leg in transfer.plan],
        "state": str(transfer.state),
        "outcome": str(transfer.outcome) if transfer.outcome else None,
        "terms": asdict(transfer.terms) if transfer.terms else None,
        "flags": list(transfer.flags) or None,
    }


def _planned(leg: PlannedLeg) -> list[object]:
    """A planned leg as a list; the legs of a document, which rings them itself, as short as they always were."""
    start = [leg.step, leg.leg, leg.to, leg.person]
    if leg.wrap_up:
        return [*start, leg.group, leg.ring_for, leg.asked, leg.wrap_up]
    if leg.asked:
        return [*start, leg.group, leg.ring_for, True]
    return [*start, leg.group, leg.ring_for] if leg.group or leg.ring_for else start


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
        terms=_terms(row.terms) if row.terms else None,
        flags=tuple(row.flags or ()),
    )


def _terms(kept: Mapping[str, Any]) -> Terms:
    """Terms as they were; what a later version has forgotten or added does not keep a transfer from being read."""
    known = {one.name: kept[one.name] for one in fields(Terms) if one.name in kept}
    return Terms(**{name: _tuples(value) for name, value in known.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value


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
        "stage": attempt.stage,
        "call_id": attempt.call_id,
        "words": attempt.words,
    }


def to_attempt(row: Row[Any]) -> Attempt:
    """A row as the attempt it was."""
    return Attempt(
        step=row.step,
        leg=row.leg,
        to=row.to,
        person=row.person,
        started_at=row.started_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        ended_at=row.ended_at,
        stage=row.stage,
        call_id=row.call_id,
        words=row.words,
    )


def of_event(
    name: str, transfer: Transfer, data: Mapping[str, Any], at: datetime, phases: Sequence[str] = ()
) -> Values:
    """A line of a transfer's journal. Its number is the version the event led to."""
    return {
        "transfer_id": transfer.id,
        "seq": transfer.version,
        "at": at,
        "event": name,
        "state": str(transfer.state),
        "data": data,
        "phases": list(phases) or None,
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
        "business",
        "transcript",
    )
    values = {name: getattr(order, name) for name in fields}
    return {**values, "call_id": order.call_id or None, "number": str(order.number) if order.number else None}


def to_ledger(row: Row[Any], attempts: Iterable[Attempt], journal: Iterable[Row[Any]]) -> Values:
    """A transfer as the ledger prints it."""
    attempts, journal = tuple(attempts), tuple(journal)
    return {
        **{name: getattr(row, name) for name in _LEDGER},
        "started_at": row.started_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "attempts": [_attempt(one) for one in attempts],
        "events": [_event(one) for one in journal],
        "flags": row.flags or [],
        **({"handoff": _handoff(row, attempts, journal)} if row.mechanism in ("whisper", "consult") else {}),
    }


def _handoff(row: Row[Any], attempts: tuple[Attempt, ...], journal: Iterable[Row[Any]]) -> Values:
    entered = [phase for one in journal for phase in one.phases or ()]
    return result_of(to_transfer(row, attempts), entered[-1] if entered else "requested").to_json()


def _event(row: Row[Any]) -> Values:
    line = {"at": row.at.isoformat(), "event": row.event, "state": row.state, "data": row.data}
    return {**line, "phases": row.phases or []}


def _attempt(attempt: Attempt) -> Values:
    return {
        "step": attempt.step,
        "to": attempt.to,
        "person": attempt.person,
        "outcome": str(attempt.outcome) if attempt.outcome else None,
        "started_at": attempt.started_at.isoformat(),
        "ended_at": attempt.ended_at.isoformat() if attempt.ended_at else None,
        **{name: value for name in ("stage", "words") if (value := getattr(attempt, name))},
    }


def name_of(event: Event) -> str:
    """The name of an event in the journal: LegEnded is "leg_ended"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
