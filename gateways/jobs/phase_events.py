"""What listeners are told of a transfer: one announcement for each phase, in the order the phases were entered."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from calls.events import Event
from calls.orders import Announce, Listener
from calls.transfer.machine import Attempt, Transfer
from calls.transfer.phases import Phase, about
from calls.transfer.result import result_of
from gateways.database import rows

_PHASES_OF_A_LINE = 16  # more than one event can begin


def announcements(
    listeners: Sequence[Listener],
    before: Transfer | None,
    event: Event | None,
    after: Transfer,
    entered: Sequence[Phase],
    at: datetime,
) -> Iterator[Announce]:
    """The orders to tell `listeners` of the phases that an event has begun; `before` is None as a transfer begins."""
    line = after.version if before else 0
    for place, phase in enumerate(entered if listeners else ()):
        seq = line * _PHASES_OF_A_LINE + place
        told = _phase(phase, before, event, after, at) | {"id": f"{after.id}:{seq}"}
        for listener in listeners:
            yield Announce(after.id, listener, seq, told)


def _phase(phase: Phase, before: Transfer | None, event: Event | None, after: Transfer, at: datetime) -> dict[str, Any]:
    attempt = about(before, after)
    return {
        "phase": phase,
        "at": at.isoformat(),
        "transfer": after.id,
        "ref": after.ref,
        "call_id": after.call_id,
        "mechanism": after.mechanism,
        "destination": after.destination,
        "business": after.business,
        "attempt": _attempt(attempt) if attempt else None,
        "data": {"event": rows.name_of(event), **asdict(event)} if event else {"event": "requested"},
        "result": result_of(after, phase).to_json(),
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    moments = {"started_at": attempt.started_at.isoformat(), "ended_at": None}
    if attempt.ended_at:
        moments["ended_at"] = attempt.ended_at.isoformat()
    return asdict(attempt) | moments
