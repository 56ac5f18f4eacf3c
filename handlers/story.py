"""A call as it went: everything on record of it, in the order of time."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from calls.redaction import redacted
from gateways.records import Records

# What is told of an event beside its name; the rest are ids, and words that stand elsewhere.
_NAMED = ("to", "agent", "state", "outcome", "fate", "reason", "via", "words", "error", "position", "flag", "of")
_REPORTED = ("caller", "need", "done", "outcome", "summary")


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `what` is one of call, tool, transfer, leg, text, message, report, queue; no secrets."""

    at: datetime
    what: str
    text: str

    def to_json(self) -> dict[str, object]:
        """As JSON values."""
        return {**asdict(self), "at": self.at.isoformat()}


def story_of(records: Records, call: Mapping[str, Any]) -> list[Moment]:
    """Every moment of the call with this row, oldest first."""
    found = [*_of_call(call), *_of_tools(records, call["id"]), *_of_transfers(records, call["id"])]
    found += [*_of_messages(records, call["id"]), *_of_queues(records, call["id"])]
    return sorted(found, key=lambda one: one.at)


def _of_call(call: Mapping[str, Any]) -> Iterator[Moment]:
    yield Moment(call["started_at"], "call", f"{call['agent']} answers {call['line']}, called by {_who(call)}")
    if call["answered_at"]:
        yield Moment(call["answered_at"], "call", f"{call['agent']} begins to talk")
    for report in call["report"] or []:
        said = [f"{name}: {redacted(str(report[name]), 'text')}" for name in _REPORTED if report.get(name)]
        ended = f"{report.get('agent')} has ended ({report.get('ended_by') or 'not said by whom'})"
        yield Moment(datetime.fromisoformat(report["at"]), "report", "; ".join([ended, *said]))
    if call["hung_up_at"]:
        yield Moment(call["hung_up_at"], "call", "the caller has left the agent")


def _who(call: Mapping[str, Any]) -> str:
    return call["caller"] or "a withheld number"


def _of_tools(records: Records, call_id: str) -> Iterator[Moment]:
    for used in records.tool_calls(call_id):
        asked = f" ({used['asked']})" if used["asked"] else ""
        yield Moment(used["at"], "tool", f"{used['agent']} uses {used['tool']}{asked}: {used['answer'] or 'no words'}")


def _of_transfers(records: Records, call_id: str) -> Iterator[Moment]:
    for entry in records.ledger(call_id=call_id):
        told = f"{entry['ref']} to {entry['destination']} ({entry['mechanism']})"
        transfer = records.transfer(entry["id"])
        legs = {(one.step, one.leg): one.person or one.to for one in transfer.attempts} if transfer else {}
        for event in entry["events"]:
            yield _of_event(event, entry, told, legs)
        if entry["ended_at"]:
            at = datetime.fromisoformat(entry["ended_at"])
            yield Moment(at, "transfer", f"{entry['ref']} has ended: {entry['outcome']}")


def _of_event(
    event: Mapping[str, Any], entry: Mapping[str, Any], told: str, legs: Mapping[tuple[int, int], str]
) -> Moment:
    """An event of a transfer's journal. A leg is named by the person, or the number, that it rings."""
    name, data, at = event["event"], event["data"], datetime.fromisoformat(event["at"])
    if name == "requested":
        return Moment(at, "transfer", f"{told}: {redacted(entry['reason'], 'text')}")
    said = [redacted(str(data[one]), "text") for one in _NAMED if data.get(one)]
    words = f"{name.replace('_', ' ')}{': ' if said else ''}{', '.join(said)}"
    if name == "text_noted":
        return Moment(at, "text", f"{entry['ref']} {words}")
    if "leg" not in data:
        return Moment(at, "transfer", f"{entry['ref']} {words}")
    leg = legs.get((data["step"], data["leg"]), f"step {data['step']}")
    return Moment(at, "leg", f"{entry['ref']} {leg}: {words}")


def _of_messages(records: Records, call_id: str) -> Iterator[Moment]:
    for left in records.messages(call_id=call_id):
        words = redacted(left["body"] or left["transcript"], "text")
        kind = f"{left['kind']} {left['id']} for {left['destination']}"
        yield Moment(datetime.fromisoformat(left["at"]), "message", f"{kind}{': ' if words else ''}{words}")


def _of_queues(records: Records, call_id: str) -> Iterator[Moment]:
    for entry in records.entries_of_call(call_id):
        what = "callback" if entry.kind == "callback" else "in line"
        yield Moment(entry.since, "queue", f"{what} for {entry.department} ({entry.id})")
        for offer in records.offers_of(entry.id):
            yield Moment(offer.started_at, "leg", f"{offer.person} is asked: {offer.outcome or offer.state}")
        if entry.ended_at:
            yield Moment(entry.ended_at, "queue", f"{what} is over: {entry.outcome or entry.state}")
