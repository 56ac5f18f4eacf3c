"""The result of a warm handoff as one value: what hooks are given, the webhook is sent, and the ledger shows."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from calls.legs.attempts import Attempt
from calls.outcomes import Outcome
from calls.transfer.legs import winner
from calls.transfer.model import Transfer
from calls.transfer.phases import Phase

SHORTEST_TALK = timedelta(seconds=10)
"""A bridge that ends sooner, with the caller still there, was no talk: the agent takes the caller back."""

LONGEST_WHISPER = timedelta(seconds=180)
"""From dialling to a yes."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One person who was rung: how far it came, how it ended, and what they said."""

    person: str | None
    to: str
    stage: str
    outcome: Outcome | None
    words: str


@dataclass(frozen=True, slots=True)
class HandoffResult:
    """How a warm handoff stands, or ended. Call ids are the platform's; `person` is the key in the file."""

    outcome: Outcome | None
    last_phase: Phase
    caller_call_id: str
    person_call_id: str
    conference: str
    summary: str
    person: str | None
    attempts: tuple[Tried, ...]
    error: str

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self) | {"attempts": [asdict(attempt) for attempt in self.attempts]}


def result_of(transfer: Transfer, last_phase: Phase = "requested") -> HandoffResult:
    """The result of a transfer as it stands. `last_phase` is the last one in its journal."""
    reached = _reached(transfer)
    return HandoffResult(
        outcome=transfer.outcome,
        last_phase=last_phase,
        caller_call_id=transfer.call_id,
        person_call_id=reached.call_id if reached else "",
        conference=conference_of(transfer) if transfer.terms else "",
        summary=transfer.summary,
        person=reached.person if reached else None,
        attempts=tuple(Tried(a.person, a.to, a.stage, a.outcome, a.words) for a in transfer.attempts),
        error=transfer.error,
    )


def _reached(t: Transfer) -> Attempt | None:
    """The attempt whose person has the caller, or had; None where that is not known.

    A person who was not asked, and one who takes a caller out of a queue, have an attempt that is open while they talk.
    """
    people = [a for a in t.attempts if not a.to.startswith("queue:")]
    bridged = next((a for a in people if a.outcome is Outcome.BRIDGED), None)
    if found := winner(t) or bridged:
        return found
    talking = [a for a in people if a.open] if t.bridged_at else []
    talking = [a for a in talking if a.stage == "answered"] or talking
    return talking[0] if len(talking) == 1 else None


def conference_of(transfer: Transfer) -> str:
    """The name of the conference where caller and person of a consult meet: one of their own."""
    return transfer.id


def talked(transfer: Transfer, step: int, at: datetime) -> bool:
    """Whether caller and person of a whisper have talked, of which the document says that they were connected.

    The callback about it may be lost. Of whom nothing at all was reported, the document's word is taken; and a leg that
    was up for longer than ringing and a briefing take together was not only told about the caller.
    """
    if not any(a.step == step for a in transfer.attempts):
        return True
    legs = [a for a in transfer.attempts if a.stage in ("answered", "accepted")]
    return transfer.bridged_at is not None or any((a.ended_at or at) - a.started_at > LONGEST_WHISPER for a in legs)


def cut_short(transfer: Transfer, at: datetime) -> bool:
    """Whether a bridge that is over at this moment never came to a talk."""
    return transfer.bridged_at is None or at - transfer.bridged_at < SHORTEST_TALK
