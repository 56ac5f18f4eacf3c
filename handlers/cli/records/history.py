"""A call as it went: everything on record of it, in the order of time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from calls.outbound.calls import PlacedCall
from calls.phrases.redaction import redacted
from calls.queue.entry import PersonOffer, QueueEntry
from gateways.records.records import Records

_REPORTED = ("caller", "need", "done", "outcome", "summary")

# An event of a transfer's journal in words, with its own values in them. Of a leg they follow its name.
WORDS = {
    "leg_progressed": "{state}",
    "leg_ended": "{outcome}",
    "connected": "caller and person hear each other",
    "connect_failed": "nobody was reached: {outcome}",
    "disconnected": "they hear each other no more",
    "refer_answered": "the caller's phone system answers: {outcome}",
    "queued": "the caller waits in line",
    "unqueued": "the caller is out of the line: {outcome}",
    "offered": "is asked to take the caller",
    "taken": "takes the caller",
    "callback_booked": "a callback is booked",
    "message_left": "a recording is reported",
    "handed_over": "{agent} has the caller",
    "returned": "the agent has the caller again",
    "text_noted": "to the {what}, {to}: {fate}",
    "caller_left": "the caller hangs up",
    "forgotten": "nothing more was heard of it",
    "consult_begun": "somebody is asked while the caller waits",
    "dial_begun": "is to be rung",
    "dial_placed": "is being dialled",
    "dial_put_off": "is to be rung a little later",
    "dial_refused": "was not rung: {error}",
    "person_joined": "is where the caller will be",
    "briefing_started": "is told what it is about",
    "accepted": "takes the call, by {via}",
    "declined": "declines, by {via}",
    "caller_moved": "the caller is brought to the person",
    "caller_not_moved": "the caller was not brought to the person: {error}",
    "caller_resumed": "the agent has the caller again, and knows how it went",
    "summary_ready": "there is a summary, made from: {source}",
    "time_up": "the time is over, for the {of}",
    "cancelled": "the caller does not wait any longer: {outcome}",
    "flagged": "flagged: {flag}",
}
_LEGS = {"created": "is being rung", "ringing": "rings", "answered": "answers", "bridged": "has talked with the caller"}
_ADDED = ("reason", "words", "data")  # what an event says besides, where it does
_IN_LINE = frozenset({"queued", "unqueued"})


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `what` is one of call, tool, transfer, leg, text, message, report, queue, placed,
    ended; no secrets.
    """

    at: datetime
    what: str
    text: str

    def to_json(self) -> dict[str, object]:
        """As JSON values."""
        return {**asdict(self), "at": self.at.isoformat()}


def story_of(
    records: Records, call: Mapping[str, Any] | None, placed: PlacedCall | None, local: Callable[[datetime], str]
) -> list[Moment]:
    """Every moment of the call with this row, oldest first, and of the call that we were asked to place.

    `local` writes the moment at which something is due.
    """
    found = [*_of_placed(placed, local)] if placed else []
    if call:
        found += [*_of_call(call), *_of_tools(records, call["id"]), *_of_messages(records, call["id"])]
        entries = records.entries_of_call(call["id"])
        found += _of_transfers(records, call["id"], {one.transfer_id for one in entries if one.kind == "caller"})
        for entry in entries:
            found += _of_entry(records, entry, local)
    return sorted(found, key=lambda one: one.at)


def _of_placed(placed: PlacedCall, local: Callable[[datetime], str]) -> Iterator[Moment]:
    due = placed.due_at - placed.asked_at > timedelta(seconds=1)
    when = f", not before {local(placed.due_at)}" if due else ""
    yield Moment(placed.asked_at, "placed", f"{placed.id}: {placed.agent} is to ring {placed.to}{when}")
    if placed.ended_at:
        outcome = (placed.outcome or "ended").replace("_", " ")
        why = f" ({redacted(placed.error, 'text')})" if placed.error else ""
        yield Moment(placed.ended_at, "ended", f"{placed.id}: {outcome}{why}")
    elif placed.state != "waiting":
        yield Moment(placed.changed_at, "placed", f"{placed.id}: {placed.state}")


def _of_call(call: Mapping[str, Any]) -> Iterator[Moment]:
    who = call["caller"] or "a withheld number"
    begins = f"{who} answers" if call["direction"] == "outbound" else f"{who} rings {call['line'] or 'a line of ours'}"
    yield Moment(call["started_at"], "call", f"{begins}; {call['agent']} has the call")
    if call["answered_at"]:
        yield Moment(call["answered_at"], "call", f"{call['agent']} begins to talk")
    for report in call["report"] or []:
        said = [f"{name}: {redacted(str(report[name]), 'text')}" for name in _REPORTED if report.get(name)]
        ended = f"{report.get('agent')} has ended ({report.get('ended_by') or 'not reported by which side'})"
        yield Moment(datetime.fromisoformat(report["at"]), "report", "; ".join([ended, *said]))
    if call["hung_up_at"]:
        yield Moment(call["hung_up_at"], "call", "the caller has left the agent")


def _of_tools(records: Records, call_id: str) -> Iterator[Moment]:
    for used in records.tool_calls(call_id):
        asked = f" ({used['asked']})" if used["asked"] else ""
        yield Moment(used["at"], "tool", f"{used['agent']} uses {used['tool']}{asked}: {used['answer'] or 'no words'}")


def _of_transfers(records: Records, call_id: str, in_line: set[str]) -> Iterator[Moment]:
    """The journals of a call's transfers. Of those `in_line` the waiting line itself tells."""
    for entry in records.ledger(call_id=call_id):
        transfer = records.transfer(entry["id"])
        legs = {(one.step, one.leg): one.person or one.to for one in transfer.attempts} if transfer else {}
        for event in entry["events"]:
            if not (event["event"] in _IN_LINE and entry["id"] in in_line):
                yield _of_event(event, entry, legs)
        if entry["ended_at"]:
            at, outcome = datetime.fromisoformat(entry["ended_at"]), (entry["outcome"] or "").replace("_", " ")
            yield Moment(at, "ended", f"{entry['ref']} to {entry['destination']}: {outcome}")


def _of_event(event: Mapping[str, Any], entry: Mapping[str, Any], legs: Mapping[tuple[int, int], str]) -> Moment:
    """An event of a transfer's journal. A leg is named by the person, or the number, that it rings."""
    name, data, at = event["event"], event["data"], datetime.fromisoformat(event["at"])
    ref = entry["ref"]
    if name == "requested":
        told = f"{ref} to {entry['destination']} ({entry['mechanism']})"
        return Moment(at, "transfer", f"{told}: {redacted(entry['reason'], 'text')}")
    words = words_of(name, data)
    if name == "text_noted":
        return Moment(at, "text", f"{ref} {words}")
    leg = legs.get((data["step"], data["leg"])) if "leg" in data else None
    return Moment(at, "leg", f"{ref} {leg} {words}") if leg else Moment(at, "transfer", f"{ref} {words}")


def words_of(event: str, data: Mapping[str, Any]) -> str:
    """What an event of a journal says, without secrets."""
    if event == "offered" and data.get("outcome"):
        event = "taken" if data["outcome"] == "bridged" else "leg_ended"
    told = {name: redacted(str(value), "text") for name, value in data.items()}
    told |= {name: told[name].replace("_", " ") for name in ("outcome", "fate") if name in told}
    if event in ("leg_progressed", "leg_ended"):
        told = {name: _LEGS.get(value, f"has ended: {value}") for name, value in told.items()}
    said = WORDS[event].format_map(told)
    more = [redacted(str(data[name]), "text") for name in _ADDED if data.get(name)]
    return f"{said} ({'; '.join(more)})" if more else said


def _of_messages(records: Records, call_id: str) -> Iterator[Moment]:
    for left in records.messages(call_id=call_id):
        words = redacted(left["body"] or left["transcript"], "text")
        kind = f"{left['kind']} {left['id']} for {left['destination']}"
        yield Moment(datetime.fromisoformat(left["at"]), "message", f"{kind}{': ' if words else ''}{words}")


def _of_entry(records: Records, entry: QueueEntry, local: Callable[[datetime], str]) -> Iterator[Moment]:
    """A place in line, or a callback. Of those who are asked to take a caller on the line, the journal tells."""
    outcome = (entry.outcome or entry.state).replace("_", " ")
    if entry.kind == "caller":
        place = records.place_at_first(entry)
        yield Moment(entry.since, "queue", f"in line for {entry.department}, at place {place}")
        if entry.ended_at:
            waited = (entry.ended_at - entry.since).total_seconds()
            left = f"out of the line for {entry.department} after {waited:.0f} s: {outcome}"
            yield Moment(entry.ended_at, "queue", left)
        return
    subject = f"callback {entry.id} by {entry.department}"
    later = f", due {local(entry.due_at)}" if entry.due_at > entry.since else ""
    yield Moment(entry.since, "queue", f"{subject} is booked: {entry.number or 'no number'}{later}")
    for offer in records.offers_of(entry.id):
        yield from _of_offer(offer)
    if entry.ended_at:
        yield Moment(entry.ended_at, "queue", f"{subject} is over: {outcome}")


def _of_offer(offer: PersonOffer) -> Iterator[Moment]:
    """A person who is rung for a callback, and from whose phone the caller is rung."""
    yield Moment(offer.started_at, "leg", f"{offer.person} is asked to ring the caller back")
    if offer.answered_at:
        yield Moment(offer.answered_at, "leg", f"{offer.person} answers")
    if offer.bridged_at:
        yield Moment(offer.bridged_at, "leg", f"{offer.person} and the caller hear each other")
    elif offer.ended_at:
        yield Moment(offer.ended_at, "leg", f"{offer.person} has ended: {(offer.outcome or '').replace('_', ' ')}")
