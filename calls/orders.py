"""What must be done, in the imperative. Decisions return these; only gateways carry them out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from calls.numbers import Number

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

    `key` makes a repeated order the same message. `wanted_at` is the caller's own words ("tomorrow at three").
    """

    key: str
    kind: Literal["message", "callback", "voicemail"]
    call_id: str
    destination: str
    at: datetime
    body: str = ""
    name: str = ""
    number: Number | None = None
    wanted_at: str = ""
    url: str = ""
    seconds: float = 0.0
    transfer_id: str = ""


Order = SendText | KeepMessage
