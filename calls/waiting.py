"""Who waits for a person of a department: callers in a queue, and callers who are to be rung back.

They stand in one line. Whose turn it is follows from `since`, which a caller who chooses to be rung back keeps.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

Kind = Literal["caller", "callback"]
EntryState = Literal["waiting", "offered", "done", "left", "failed", "cancelled"]
OPEN: tuple[EntryState, ...] = ("waiting", "offered")

Via = Literal["rung", "dial_in", "desk"]
OfferState = Literal["dialling", "ringing", "answered", "briefing", "accepted", "bridged", "over"]


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """Somebody who waits in `queue` for a person of `department` (its name in the file).

    `due_at`: not before. `call_id` and `transfer_id` are those of the caller's call; "" where there is none. `step` is
    the step of the transfer's chain. `number` is where the caller can be reached, E.164. `line` is the number they
    called. `need` is what it is about, in words for a person. `tries`: how often a callback was tried.
    """

    key: str
    queue: str
    department: str
    kind: Kind
    since: datetime
    due_at: datetime
    business: str = ""
    state: EntryState = "waiting"
    call_id: str = ""
    transfer_id: str = ""
    step: int = 0
    number: str | None = None
    name: str = ""
    line: str = ""
    need: str = ""
    language: str = ""
    tries: int = 0
    ended_at: datetime | None = None
    outcome: str | None = None
    version: int = 0

    @property
    def id(self) -> str:
        """Made of the key: who tells of the same entry twice names the same entry."""
        return f"q_{sha256(self.key.encode()).hexdigest()[:24]}"

    @property
    def open(self) -> bool:
        """Whether a person still owes this caller a talk."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class PersonOffer:
    """A person who was offered an entry, on one leg of theirs. `call_id` is that leg's, "" until it is known."""

    id: str
    entry_id: str
    person: str
    to: str
    started_at: datetime
    business: str = ""
    via: Via = "rung"
    call_id: str = ""
    state: OfferState = "dialling"
    outcome: str | None = None
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
