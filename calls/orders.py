"""What must be done, in the imperative. Decisions return these; only gateways carry them out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from calls.messages.message import MessageKind
from calls.numbers import Number
from calls.outcomes import Outcome
from calls.queue.entry import QueueEntry

Recipient = Literal["caller", "person"]


@dataclass(frozen=True, slots=True)
class SendText:
    """Text somebody before the transfer moves. `skip` is the reason why it must not be sent, when there is one."""

    to: Number | None
    from_: Number | None
    body: str
    recipient: Recipient
    skip: str | None = None


@dataclass(frozen=True, slots=True)
class KeepMessage:
    """Store what a caller wants a department to know, or wants to be rung back about.

    `key` makes a repeated order the same message; a transcript that comes later is added to it. `wanted_at` is the
    caller's own words ("tomorrow at three"). `call_id` is None when there was no call, as with a text message.
    """

    key: str
    kind: MessageKind
    call_id: str | None
    destination: str
    at: datetime
    body: str = ""
    name: str = ""
    number: Number | None = None
    wanted_at: str = ""
    url: str = ""
    seconds: float = 0.0
    transfer_id: str = ""
    transcript: str = ""
    business: str = ""


@dataclass(frozen=True, slots=True)
class BookCallback:
    """Put a caller into the waiting line who is to be rung back."""

    entry: QueueEntry


@dataclass(frozen=True, slots=True)
class LeaveLine:
    """Take the caller of a transfer out of the waiting line, where `key` names them: somebody has them (BRIDGED), or
    they wait no longer. Whoever is to be rung back stays in it.
    """

    key: str
    outcome: Outcome
    at: datetime


# --- orders that outlive the request: kept with the state they follow from, carried out by the worker -----------------


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring the person of one planned leg."""

    transfer_id: str
    step: int
    leg: int


@dataclass(frozen=True, slots=True)
class EndLeg:
    """End a leg of ours: hang up while it rings; once answered, say `words` first, when there are any."""

    transfer_id: str
    call_id: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class MoveCaller:
    """Take the waiting caller into the conference."""

    transfer_id: str


@dataclass(frozen=True, slots=True)
class MovePerson:
    """Take a person who is still being briefed into the conference: they have accepted another way."""

    transfer_id: str
    call_id: str


@dataclass(frozen=True, slots=True)
class ResumeCaller:
    """Give the waiting caller back to the agent, who is told `words`; `after` seconds, when the hold has not begun yet.

    Without words it is only made sure that the hold is over. `anew`: the agent has left the call, so another begins.
    """

    transfer_id: str
    words: str
    after: float = 0.0
    anew: bool = False


@dataclass(frozen=True, slots=True)
class RunSteps:
    """Nobody was reached: run the rest of the chain, from `step` on, on the caller's leg, `after` seconds from now."""

    transfer_id: str
    step: int
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Summarise:
    """Make a summary of the conversation while the phone rings."""

    transfer_id: str


@dataclass(frozen=True, slots=True)
class Remind:
    """Tell the transfer `after` seconds from now that the time for something is over."""

    transfer_id: str
    of: Literal["hold", "attempt", "move"]
    after: float
    step: int = 0
    leg: int = 0


@dataclass(frozen=True, slots=True)
class NoteMissed:
    """Keep a missed call for the department, if nobody has taken care of the caller in `after` seconds from now."""

    transfer_id: str
    after: float


Listener = Literal["hooks", "webhook"]


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the hooks, or the events webhook, of one phase that a transfer has entered, as JSON values.

    `seq` counts what one transfer has to tell: listeners hear of it in this order.
    """

    transfer_id: str
    to: Listener
    seq: int
    phase: dict[str, Any]


# --- orders that no transfer is needed for ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Match:
    """Give whoever waits in a queue of this business to whoever is free, `after` seconds from now."""

    business: str = ""
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring the person whom somebody in a queue is offered to."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class LookForCaller:
    """See, `after` seconds from now, whether the caller is still there for whom somebody's phone rings."""

    offer_id: str
    after: float


@dataclass(frozen=True, slots=True)
class EndOffer:
    """End the leg of a person who was offered somebody: hang up while it rings; once answered, say `words` first."""

    offer_id: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """Place a call that we were asked for, `after` seconds from now."""

    placed_id: str
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell a department of a message."""

    message_id: int


TransferOrder = Dial | EndLeg | MoveCaller | MovePerson | ResumeCaller | RunSteps | Summarise | Remind | NoteMissed
DurableOrder = TransferOrder | Announce | Match | Offer | LookForCaller | EndOffer | PlaceCall | Notify
Order = SendText | KeepMessage | BookCallback | LeaveLine | DurableOrder


def subject(order: DurableOrder) -> str:
    """The id of what a durable order is about, for a log."""
    match order:
        case Match():
            return order.business
        case Offer() | LookForCaller() | EndOffer():
            return order.offer_id
        case PlaceCall():
            return order.placed_id
        case Notify():
            return str(order.message_id)
        case _:
            return order.transfer_id
