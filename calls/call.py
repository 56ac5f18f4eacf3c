"""A call: the caller's whole visit, known by one id."""

from dataclasses import dataclass
from typing import Literal

from calls.numbers import Number, SipUri

Leg = Literal["phone", "sip", "webrtc"]
Direction = Literal["inbound", "outbound"]
Mechanism = Literal[
    "connect",
    "swml_transfer",
    "sip_refer",
    "whisper",
    "consult",
    "queue",
    "voicemail",
    "callback",
    "conference",  # of a tool of an agent's own, as is "dial": a phone is rung beside the caller
    "dial",
]


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as every later request can restore it.

    `caller` is the other party: who rang us, or whom we rang. None when the number was withheld.
    `line` is our own number in it. `leg` is the kind of the caller's leg, as the platform names it.
    `agent` has the caller now; `sent_by` is the id of the temporary handoff that brought the caller to it, if any.
    `business` is the one that was rung, to the end of the call, and `directory` the number of the version of its
    directory that the call began with, 0 for the newest.
    """

    id: str
    caller: Number | SipUri | None
    line: Number | None
    leg: Leg
    direction: Direction
    agent: str
    sent_by: str = ""
    business: str = ""
    directory: int = 0
