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
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class LegEnded:
    """A dialled leg is over. `outcome` is BRIDGED when it ended as an answered leg does: by a hangup."""

    step: int
    leg: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Connected:
    """Caller and person hear each other. `call_id` is the person's leg, where that is known.

    `legs` of the step were dialled at once; () for all of them.
    """

    step: int
    call_id: str = ""
    legs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """A step that rings people reached none of them, or none of the `legs` that were dialled at once."""

    step: int
    outcome: Outcome
    legs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The bridge of a step is over. `legs` of it were dialled at once; () for all of them."""

    step: int
    legs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferAnswered:
    """The PBX answered our REFER, or reported by NOTIFY how its target was reached."""

    step: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Queued:
    """The caller waits in a queue at `position` (1 is next).

    `here`: the caller's own document tells it this moment, so the caller has certainly not left.
    """

    step: int
    position: int
    here: bool = False


@dataclass(frozen=True, slots=True)
class Unqueued:
    """The caller is out of the queue: taken (BRIDGED), TIMEOUT, CALLER_LEFT or FAILED; or has chosen not to wait:
    CALLBACK_BOOKED, or CANCELLED for a message.
    """

    step: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Offered:
    """A person is asked to take the caller out of a step's queue (leg 0 is the queue itself), or was: `outcome`."""

    step: int
    leg: int
    to: str
    person: str
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class CallbackBooked:
    """The document of a chain has booked that the caller is rung back. `results`: what its steps before came to."""

    step: int
    results: tuple[tuple[int, Outcome], ...] = ()


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """The caller spoke to the voicemail of a step. `seconds` is the length of the recording at `url`.

    Its `transcript` is told by itself, without an address: the platform sends both, in no order.
    """

    step: int
    url: str
    seconds: float
    transcript: str = ""


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


# --- a consult: the person is dialled, briefed and asked while the caller waits ------------------------------------


@dataclass(frozen=True, slots=True)
class ConsultBegun:
    """The caller has been told, and waits (or goes on talking) while somebody is found."""


@dataclass(frozen=True, slots=True)
class DialBegun:
    """The platform is being asked to ring somebody. Kept before it is asked, so that nobody is ever rung twice."""

    step: int
    leg: int


@dataclass(frozen=True, slots=True)
class DialPlaced:
    """The platform took our order to ring somebody; the leg has this id from now on."""

    step: int
    leg: int
    call_id: str


@dataclass(frozen=True, slots=True)
class DialRefused:
    """The platform would not ring somebody, or did not answer when it was asked to."""

    step: int
    leg: int
    error: str


@dataclass(frozen=True, slots=True)
class DialPutOff:
    """The platform certainly does not ring somebody, and may be asked again: it was too busy, or out of reach."""

    step: int
    leg: int


@dataclass(frozen=True, slots=True)
class PersonJoined:
    """Whoever accepted is where the caller will be."""

    step: int
    leg: int


@dataclass(frozen=True, slots=True)
class BriefingStarted:
    """A human is on the line and is being told what it is about."""

    step: int
    leg: int
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The person takes the caller now. `via` is how they said so."""

    step: int
    leg: int
    call_id: str = ""
    via: Literal["voice", "keypad", "card", "text"] = "voice"


@dataclass(frozen=True, slots=True)
class Declined:
    """The person does not take the caller now. `words` is what the caller may be told ("calls back at three")."""

    step: int
    leg: int
    words: str = ""
    via: Literal["voice", "keypad", "card", "text"] = "voice"


@dataclass(frozen=True, slots=True)
class CallerMoved:
    """The platform has put the caller where we asked."""


@dataclass(frozen=True, slots=True)
class CallerNotMoved:
    """The platform refused to move the caller. `gone`: because the caller has hung up."""

    error: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class CallerResumed:
    """The caller's agent has been given the caller back, and told why."""


@dataclass(frozen=True, slots=True)
class SummaryReady:
    """There is a better summary than the one the agent gave. `source`: who made it."""

    summary: str
    source: Literal["model", "log", "facts", "caller"] = "log"


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The time for something is over: the hold, one leg's ringing and briefing, or moving the caller."""

    of: Literal["hold", "attempt", "move"]
    step: int = 0
    leg: int = 0


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The caller does not want to wait any longer. `outcome`: CANCELLED, or what was chosen instead."""

    outcome: Outcome = Outcome.CANCELLED


@dataclass(frozen=True, slots=True)
class Flagged:
    """The watchdog noticed something odd about it: "short bridge", "ended like many others", "alone"."""

    flag: str
    data: str = ""


Event = (
    LegProgressed | LegEnded | Connected | ConnectFailed | Disconnected | ReferAnswered | Queued | Unqueued | Offered
    | CallbackBooked | MessageLeft | HandedOver | Returned | TextNoted | CallerLeft | Forgotten | ConsultBegun
    | DialBegun | DialPlaced | DialPutOff | DialRefused | PersonJoined | BriefingStarted | Accepted | Declined
    | CallerMoved | CallerNotMoved | CallerResumed | SummaryReady | TimeUp | Cancelled | Flagged
)  # fmt: skip
