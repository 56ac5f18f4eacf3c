"""Asking for a call to be placed: by command or by request, the same words are read, judged and kept in one way."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from calls.directory.model import Directory
from calls.numbers import Number, Unreadable
from calls.outbound.calls import CallWanted, NotPlaced, PlacedCall, begun, decide, read_facts, read_message, read_moment
from gateways.records.records import Records

WAITING = 1000
"""Calls that may be due and not dialled at once; more are not taken. At one dial a second, a quarter of an hour."""

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
HANGUP = "hangup"


class Unwanted(ValueError):
    """What was asked for cannot be read. `field` is where, and the message what would be right."""

    def __init__(self, field: str, wanted: str) -> None:
        super().__init__(f"{field}: {wanted}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Placement:
    """A call that is on record. Not `fresh`: it was asked for before, under the same key and in the same words."""

    call: PlacedCall
    fresh: bool


def read_wanted(asked: Mapping[str, object], directory: Directory, now: datetime) -> CallWanted:
    """What is asked for, as a value: `to`, `agent`, `line`, `facts`, `on_machine`, `at`. Raises Unwanted."""
    if unknown := sorted(asked.keys() - {"to", "agent", "line", "facts", "on_machine", "at", "business"}):
        raise Unwanted(unknown[0], "no such setting; there are to, agent, line, facts, on_machine, at and business")
    agent = _text(asked, "agent")
    facts = asked.get("facts") or {}
    if not isinstance(facts, Mapping):
        raise Unwanted("facts", "names with their values")
    with _reading("facts"):
        known = read_facts(facts)
    return CallWanted(
        to=_number(asked, "to", directory),
        line=_number(asked, "line", directory) if asked.get("line") else first_line(directory),
        agent=agent,
        facts=known,
        message=_on_machine(asked),
        at=_moment(asked, directory, now),
        business=directory.business,
    )


def ask(
    records: Records, directory: Directory, wanted: CallWanted, *, key: str, placed_id: str, now: datetime
) -> Placement | NotPlaced:
    """Keep the call that is wanted, or say why it is not placed. The same key is the same call. Raises Unavailable."""
    known = records.placed_call_of(wanted.business, key)
    if known is None:
        opted_out = records.opted_out(wanted.to.e164, wanted.business)
        due_at = decide(wanted, directory, now, opted_out=opted_out)
        if isinstance(due_at, NotPlaced):
            return due_at
        if records.waiting_to_be_placed(now) >= WAITING:
            return NotPlaced("too_many", f"{WAITING} calls are waiting to be placed already. Ask again later.")
        call = begun(wanted, placed_id=placed_id, key=key, at=now, due_at=due_at)
        known, fresh = records.place(call)
    else:
        fresh = False
    if known.fingerprint != wanted.fingerprint:
        return NotPlaced("key_used", f"The key {key} was used for another call, {known.id}.")
    return Placement(known, fresh)


def read_key(text: str) -> str:
    """The key that makes a repeated request the same call. Raises Unwanted."""
    if not _KEY.fullmatch(text):
        raise Unwanted("key", "1 to 200 visible ASCII characters that name this call and no other")
    return text


def to_json(call: PlacedCall) -> dict[str, object]:
    """A call for programs. What the agent knows, and what a machine is told, is not repeated."""
    return {
        "id": call.id,
        "key": call.key,
        "business": call.business,
        "to": call.to.e164,
        "from": call.line.e164,
        "agent": call.agent,
        "on_machine": call.on_machine,
        "state": call.state,
        "outcome": str(call.outcome) if call.outcome else None,
        "error": call.error,
        "call_id": call.call_id,
        "asked_at": call.asked_at.isoformat(),
        "due_at": call.due_at.isoformat(),
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
    }


def first_line(directory: Directory) -> Number:
    """The line that is shown when none is named. Raises Unwanted."""
    for line in directory.lines:
        return Number(line)
    raise Unwanted("line", "the number of ours that is shown; the directory has no lines")


def _number(asked: Mapping[str, object], name: str, directory: Directory) -> Number:
    with _reading(name):
        return Number.parse(_text(asked, name), directory.country)


def _on_machine(asked: Mapping[str, object]) -> str:
    if asked.get("on_machine") in (None, HANGUP):
        return ""
    with _reading("on_machine"):
        return read_message(_text(asked, "on_machine"))


def _moment(asked: Mapping[str, object], directory: Directory, now: datetime) -> datetime | None:
    if asked.get("at") is None:
        return None
    with _reading("at"):
        return read_moment(_text(asked, "at"), ZoneInfo(directory.timezone), now)


def _text(asked: Mapping[str, object], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Unwanted(name, "missing" if value is None else "text")
    return value


@contextmanager
def _reading(field: str) -> Iterator[None]:
    """What cannot be read inside the block is the fault of one field."""
    try:
        yield
    except Unreadable as reason:
        raise Unwanted(field, str(reason)) from None
