"""What callers leave for a department: messages, voicemail, texts, callbacks that could not be made, missed calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

MessageKind = Literal["message", "callback", "voicemail", "text", "missed"]
MessageState = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message on record. `destination` is the department by its name in the file.

    `number` is where the caller can be reached, E.164 or a SIP URI; None when it is not known. `line` is the number of
    ours that they used, "" when that is not known. `url` is where the platform keeps a recording of `seconds`, `file`
    our own copy, below the folder of recordings. `told` are the channels that know of it, `error` why others do not.
    """

    id: int
    kind: MessageKind
    destination: str
    at: datetime
    business: str = ""
    call_id: str | None = None
    transfer_id: str = ""
    line: str = ""
    name: str = ""
    number: str | None = None
    body: str = ""
    wanted_at: str = ""
    url: str = ""
    seconds: float = 0.0
    transcript: str = ""
    file: str = ""
    state: MessageState = "open"
    closed_at: datetime | None = None
    closed_by: str = ""
    heard_at: datetime | None = None
    error: str = ""
    told: tuple[str, ...] = ()
