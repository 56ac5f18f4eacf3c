"""How a transfer's caller stands in the waiting line, and when: read off the transfer, before an event and after it."""

from datetime import datetime

from calls.call import Call
from calls.names import caller_name
from calls.numbers import Number
from calls.orders import LeaveLine
from calls.outcomes import Outcome
from calls.queue.entry import QueueEntry
from calls.routing.queues import key_of
from calls.transfer.model import State, Transfer

_MARK = "queue:"  # how a planned leg names a queue


def queue_at(t: Transfer, step: int) -> str:
    """The name of the queue that a step of a transfer leads into; "" for another kind of step."""
    planned = next((leg.to for leg in t.plan if leg.step == step and leg.leg == 0), "")
    return planned.removeprefix(_MARK) if planned.startswith(_MARK) else ""


def entry_of(t: Transfer, step: int, call: Call, *, queue: str, since: datetime) -> QueueEntry:
    """A transfer's caller in the queue that a step of its chain leads into, on the line and due at once."""
    facts = dict(t.facts)
    return QueueEntry(
        key=key_of(t.id, step),
        queue=queue,
        department=t.destination,
        kind="caller",
        since=since,
        due_at=since,
        business=t.business,
        call_id=t.call_id,
        transfer_id=t.id,
        step=step,
        number=call.caller.e164 if isinstance(call.caller, Number) else None,
        name=caller_name(facts),
        line=str(call.line or ""),
        need=t.summary or t.reason,
        language=facts.get("language", ""),
    )


def waits_in(t: Transfer) -> int:
    """The step in whose queue the caller waits now; 0 when they wait in none."""
    queues = [a.step for a in t.attempts if a.leg == 0 and a.to.startswith(_MARK)]
    return max(queues, default=0) if t.state is State.WAITING else 0


def out_of_line(before: Transfer, after: Transfer, at: datetime) -> tuple[LeaveLine, ...]:
    """The orders that take the caller out of the line. Whoever chose to be rung back stays in it."""
    left = {waits_in(before)} - {waits_in(after), 0}
    if before.live and not after.live:  # a caller may have entered the line, and we may not have heard of it here
        left |= {leg.step for leg in after.plan if queue_at(after, leg.step)}
    return tuple(LeaveLine(key_of(after.id, step), _outcome(after, step), at) for step in sorted(left))


def _outcome(t: Transfer, step: int) -> Outcome:
    if t.outcome is Outcome.BRIDGED:
        return t.outcome
    of_step = next((a.outcome for a in t.attempts if (a.step, a.leg) == (step, 0)), None)
    return of_step or t.outcome or Outcome.TIMEOUT
