"""The log of calls: one line for each moment of a call, written as soon as the moment is on record.

Every line has the id of the caller's call as `call`, whichever process writes it. No words of the caller's are in it.
"""

import structlog

from calls.call import Call
from calls.events import Event, TextNoted
from calls.legs.attempts import Attempt
from calls.orders import KeepMessage
from calls.outbound.calls import PlacedCall
from calls.outcomes import Outcome
from calls.phrases.redaction import redacted
from calls.queue.entry import QueueEntry
from calls.transfer.model import State, Transfer

log = structlog.get_logger()

_LONGEST = 60  # characters of a name that a model chose


def answered(call: Call) -> None:
    """An agent begins to talk with the caller."""
    log.info("answered", call=call.id, agent=call.agent, line=str(call.line or ""), caller=str(call.caller or ""))


def tool_used(call_id: str, agent: str, tool: str) -> None:
    """An agent uses a tool. This line alone comes before the answer, and so before what the tool decides."""
    log.info("tool", call=call_id, agent=agent, tool=_name(tool))


def agent_ended(call: Call) -> None:
    """The agent has the caller no longer."""
    log.info("ended", call=call.id, agent=call.agent)


def transfer_begun(transfer: Transfer) -> None:
    """A transfer is on record; a refused one has ended as it begins."""
    where = {"destination": _name(transfer.destination), "mechanism": transfer.mechanism}
    log.info("transfer", **_of(transfer), **where, state=str(State.REQUESTED))
    if not transfer.live:
        _ended(transfer)


def transfer_changed(before: Transfer, event: Event, after: Transfer) -> None:
    """An event has changed a transfer: a text message, its legs, and where it stands. Told twice it changes nothing."""
    if after == before:
        return
    if isinstance(event, TextNoted):
        why = {"reason": event.reason} if event.reason else {}
        log.info("text", **_of(after), to=event.to, what=event.what, fate=event.fate, **why)
    known = {(one.step, one.leg): one for one in before.attempts}
    for leg in after.attempts:
        _leg(known.get((leg.step, leg.leg)), leg, after)
    if after.state is State.BRIDGED is not before.state:
        log.info("bridged", **_of(after), who=_person(after))
    elif not after.live and (before.live or before.outcome is not after.outcome):
        _ended(after)
    elif after.live and after.state not in (before.state, State.TRYING):  # of what is tried, its leg tells
        log.info("transfer", **_of(after), state=str(after.state))
    if after.returned_at and not before.returned_at:
        log.info("returned", **_of(after))


def message_kept(order: KeepMessage) -> None:
    """A message, a voicemail or a missed call is on record."""
    call = {"call": order.call_id} if order.call_id else {}
    log.info("message", **call, kind=order.kind, destination=_name(order.destination))


def callback(entry: QueueEntry, state: str, who: str = "") -> None:
    """Something has happened to a callback that the caller of a call has booked; `who`: the person it is about."""
    log.info("callback", call=entry.call_id, entry=entry.id, state=state, **({"who": who} if who else {}))


def placed_call_changed(before: PlacedCall | None, after: PlacedCall) -> None:
    """A call that we place has come further."""
    if before is None or (before.state, before.call_id) != (after.state, after.call_id):
        outcome = {"outcome": str(after.outcome)} if after.outcome else {}
        log.info("placed", call=after.call_id, placed=after.id, to=after.to.e164, state=after.state, **outcome)


def _of(transfer: Transfer) -> dict[str, str]:
    return {"call": transfer.call_id, "transfer": transfer.id, "ref": transfer.ref}


def _leg(before: Attempt | None, leg: Attempt, transfer: Transfer) -> None:
    if before and (before.stage, before.outcome) == (leg.stage, leg.outcome):
        return
    state = str(leg.outcome) if leg.outcome else leg.stage or "tried"
    log.info("leg", **_of(transfer), who=leg.person or leg.to, state=state)


def _person(transfer: Transfer) -> str:
    """Who talks with the caller, as far as it is known; "" where it is not."""
    met = [one for one in transfer.attempts if one.outcome is Outcome.BRIDGED or one.stage in ("accepted", "joined")]
    up = [one for one in transfer.attempts if one.open]
    answered = [one for one in up if one.stage == "answered"] or up
    found = met or (answered if len(answered) == 1 else [])
    return (found[-1].person or found[-1].to) if found else ""


def _ended(transfer: Transfer) -> None:
    log.info("ended", **_of(transfer), destination=_name(transfer.destination), outcome=str(transfer.outcome))


def _name(name: str) -> str:
    """A name as the model gave it: where it is none, what must not be repeated is taken out."""
    return name if name.isidentifier() and len(name) <= _LONGEST else redacted(name, "text")[:_LONGEST]
