"""What happened to a transfer, in the past tense. The platform's callbacks, fetches and hooks become these values.

`step` counts the steps of the chain from 1; `leg` counts the legs of a step from 0, in the order they were planned.
"""

from dataclasses import dataclass
from typing import Literal

from calls.outcomes import Outcome

LegState = Literal["created", "ringing", "answered"]


@dataclass(frozen=True, slots=True)
class LegProgressed:
    """A dialled leg was created, rings, or was answered (answered is not bridged)."""

    step: int
    leg: int
    state: LegState


@dataclass(frozen=True, slots=True)
class LegEnded:
    """A dialled leg is over. `outcome` is BRIDGED when it ended as an answered leg does: by a hangup."""

    step: int
    leg: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Connected:
    """Caller and person hear each other."""

    step: int


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """A step that rings people reached none of them."""

    step: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The bridge of a step is over."""

    step: int


@dataclass(frozen=True, slots=True)
class ReferAnswered:
    """The PBX answered our REFER, or reported by NOTIFY how its target was reached."""

    step: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Queued:
    """The caller waits in a queue at `position` (1 is next)."""

    step: int
    position: int


@dataclass(frozen=True, slots=True)
class Unqueued:
    """The caller is out of the queue: taken (BRIDGED), TIMEOUT, CALLER_LEFT or FAILED."""

    step: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """The caller spoke to the voicemail of a step. `seconds` is the length of the recording at `url`."""

    step: int
    url: str
    seconds: float


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Another agent has the caller."""

    step: int
    agent: str
    results: tuple[tuple[int, Outcome], ...] = ()  # what the document noted of the steps before


@dataclass(frozen=True, slots=True)
class Returned:
    """The caller is back with an agent. `results` is what the document itself noted, step by step."""

    results: tuple[tuple[int, Outcome], ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TextNoted:
    """A text message of this transfer was sent, delivered, failed, or skipped with a reason."""

    to: str
    what: Literal["caller", "person"]
    fate: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller hung up."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Nobody ever told us how it ended, and it can no longer be going on."""


Event = (
    LegProgressed
    | LegEnded
    | Connected
    | ConnectFailed
    | Disconnected
    | ReferAnswered
    | Queued
    | Unqueued
    | MessageLeft
    | HandedOver
    | Returned
    | TextNoted
    | CallerLeft
    | Forgotten
)
