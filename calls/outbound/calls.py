"""Calls that we are asked to place: whether one may be placed, when, and what became of it.

Nobody is rung who does not want to be, who would have to pay for it, or in the night of wherever they are.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from calls.directory.model import Directory
from calls.directory.steps import refuse_undialable
from calls.numbers import Number, Unreadable
from calls.outbound.quiet_hours import next_allowed
from calls.outcomes import Outcome, read_outcome
from calls.routing.policy import ORDINARY

PlacedState = Literal["waiting", "dialling", "ringing", "answered", "ended"]
News = Literal["ringing", "answered", "machine", "message_left", "ended"]
OnMachine = Literal["hangup", "message"]

FACTS, FACT = 20, 500
"""How many facts an agent may be told, and the characters of each."""

MESSAGE = 600
"""Characters of what is said to a machine; about a minute."""

STALE = timedelta(hours=4)
"""A call that could not be placed for so long after it was due is not wanted any more."""

AHEAD, BEHIND = timedelta(days=60), timedelta(minutes=5)
"""How far ahead a call may be asked for, and how long ago it may have been wanted."""

_CLOCK = re.compile(r"\d{1,2}:\d\d")
_FACT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_ORDER: tuple[PlacedState, ...] = ("waiting", "dialling", "ringing", "answered", "ended")


@dataclass(frozen=True, slots=True)
class CallWanted:
    """A call that somebody wants us to place: `agent` rings `to` and shows `line`.

    `facts` are what the agent knows; `message` is said to a machine after its tone, and "" means to hang up on one.
    `at` is when (aware); None: now.
    """

    to: Number
    line: Number
    agent: str
    facts: tuple[tuple[str, str], ...] = ()
    message: str = ""
    at: datetime | None = None
    business: str = ""

    @property
    def fingerprint(self) -> str:
        """What tells the same call asked for twice from another one under the same key."""
        moment = self.at.timestamp() if self.at else None
        said = (str(self.to), str(self.line), self.agent, sorted(self.facts), self.message, moment, self.business)
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call that we place, or have placed. `key` names it for whoever asked; `call_id` is the platform's.

    `due_at`: not before. `changed_at` is when anything was last heard of it.
    """

    id: str
    key: str
    to: Number
    line: Number
    agent: str
    facts: tuple[tuple[str, str], ...]
    message: str
    asked_at: datetime
    due_at: datetime
    changed_at: datetime
    business: str = ""
    state: PlacedState = "waiting"
    call_id: str = ""
    outcome: Outcome | None = None
    error: str = ""
    ended_at: datetime | None = None
    fingerprint: str = ""

    @property
    def on_machine(self) -> OnMachine:
        """What is done when a machine answers."""
        return "message" if self.message else "hangup"


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """Why a call is not placed: a code for programs, and a sentence."""

    why: str
    sentence: str


def begun(wanted: CallWanted, *, placed_id: str, key: str, at: datetime, due_at: datetime) -> PlacedCall:
    """The call that is wanted, as it begins."""
    return PlacedCall(
        id=placed_id,
        key=key,
        to=wanted.to,
        line=wanted.line,
        agent=wanted.agent,
        facts=wanted.facts,
        message=wanted.message,
        business=wanted.business,
        asked_at=at,
        due_at=due_at,
        changed_at=at,
        fingerprint=wanted.fingerprint,
    )


def read_facts(given: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """What an agent is to know, as text on one line each. Raises Unreadable."""
    if len(given) > FACTS:
        raise Unreadable(f"at most {FACTS} facts")
    return tuple((name, _fact(name, value)) for name, value in given.items())


def _fact(name: str, value: object) -> str:
    if not _FACT_NAME.fullmatch(name):
        raise Unreadable(f"a name of letters, digits and _ for a fact, at most 40 of them, not {name[:50]!r}")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unreadable(f"text or a number for the fact {name}")
    text = " ".join(str(value).split())
    if len(text) > FACT:
        raise Unreadable(f"at most {FACT} characters for the fact {name}; it has {len(text)}")
    return text


def read_moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """When a call is wanted: "14:30" (the next time it is), or a date and time of ISO 8601, local without an offset.

    Raises Unreadable.
    """
    try:
        if _CLOCK.fullmatch(text.strip()):
            moment = datetime.combine(now.astimezone(zone).date(), time.fromisoformat(text.strip().zfill(5)), zone)
            return moment if moment >= now else moment + timedelta(days=1)
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Unreadable("a time such as 14:30 or 2026-03-17T14:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def read_message(text: str) -> str:
    """What is said to a machine, on one line. Raises Unreadable."""
    message = " ".join(text.split())
    if not message:
        raise Unreadable("hangup, or what is to be said after the tone")
    if len(message) > MESSAGE:
        raise Unreadable(f"at most {MESSAGE} characters for a machine; it has {len(message)}")
    return message


def decide(wanted: CallWanted, directory: Directory, at: datetime, *, opted_out: bool) -> datetime | NotPlaced:
    """When a call is placed that is asked for at this moment (aware), or why it is not."""
    if refused := refusal(wanted.to, wanted.line, directory, opted_out=opted_out):
        return refused
    if wanted.at and not -BEHIND <= wanted.at - at <= AHEAD:
        return NotPlaced("not_then", f"{wanted.at.isoformat()} is past, or more than {AHEAD.days} days from now.")
    return next_allowed(wanted.to, max(wanted.at or at, at), directory.timezone)


def refusal(to: Number, line: Number, directory: Directory, *, opted_out: bool) -> NotPlaced | None:
    """Why this number is not rung from that line, or None when it may be."""
    if directory.lines and line.e164 not in directory.lines:
        return NotPlaced("not_our_line", f"{line} is none of our lines.")
    if to.e164 in directory.lines or to == line:
        return NotPlaced("our_line", f"{to} is one of our own lines: the app would talk with itself.")
    try:
        refuse_undialable(to, frozenset(directory.policy.regions))
    except Unreadable as reason:
        return NotPlaced("not_allowed", f"{to} is not rung. It has to be {reason}.")
    if to.kind not in ORDINARY:
        kind = to.kind.replace("_", " ")
        return NotPlaced("not_allowed", f"{to} is not rung. It has to be an ordinary number, and it is a {kind} one.")
    if opted_out:
        return NotPlaced("opted_out", f"{to} has asked not to be contacted.")
    return None


def told(call: PlacedCall, news: News, at: datetime, *, call_id: str = "", reason: str = "") -> PlacedCall:
    """The call after something was heard of it. News comes late, twice and out of order, and only ever sharpens.

    `reason` is why it has ended, in the platform's word.
    """
    known = replace(call, call_id=call.call_id or call_id, changed_at=at)
    if news == "ended":
        return _ended(known, reason, at)
    if call.outcome is Outcome.LOST:  # given up too early: it is up after all
        known = replace(known, state="ringing", outcome=None, ended_at=None, error="")
    if news in ("machine", "message_left"):
        outcome = Outcome.MACHINE if news == "machine" else Outcome.MESSAGE_LEFT
        return replace(_at_least(known, "answered"), outcome=_surer(known.outcome, outcome))
    return _at_least(known, "answered" if news == "answered" else "ringing")


def given_up(call: PlacedCall, outcome: Outcome, error: str, at: datetime) -> PlacedCall:
    """The call after we have found out ourselves that nothing will come of it; one that has ended stays as it is."""
    if call.state == "ended":
        return call
    return replace(call, state="ended", outcome=call.outcome or outcome, error=error, changed_at=at, ended_at=at)


def _ended(call: PlacedCall, reason: str, at: datetime) -> PlacedCall:
    if call.state == "ended" and call.outcome is not Outcome.LOST:
        return call
    heard = read_outcome(reason)
    # A platform that fetches the document while it rings makes us think that somebody is there.
    if call.state == "answered" and heard not in _NOBODY:
        heard = Outcome.ANSWERED
    elif heard is Outcome.BRIDGED:
        return replace(call, state="ended", outcome=Outcome.FAILED, error=_NOT_FETCHED, ended_at=at)
    outcome = heard if call.outcome in (None, Outcome.LOST) else call.outcome
    return replace(call, state="ended", outcome=outcome, error="", ended_at=at)


def _at_least(call: PlacedCall, state: PlacedState) -> PlacedCall:
    return replace(call, state=state) if _ORDER.index(state) > _ORDER.index(call.state) else call


def _surer(known: Outcome | None, heard: Outcome) -> Outcome:
    return Outcome.MESSAGE_LEFT if Outcome.MESSAGE_LEFT in (known, heard) else heard


_NOBODY = (Outcome.BUSY, Outcome.NO_ANSWER, Outcome.DECLINED)
_NOT_FETCHED = "answered, but the platform did not get the agent's document from us"
