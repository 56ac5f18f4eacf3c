"""Who waits for a person of a department: callers in a queue, and callers who are to be rung back.

They stand in one line. Whose turn it is follows from `since`, which a caller who chooses to be rung back keeps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, get_args

from calls.directory.queue_step import WAIT_LIMITS

Kind = Literal["caller", "callback"]
EntryState = Literal["waiting", "offered", "done", "left", "failed", "cancelled"]
OPEN: tuple[EntryState, ...] = ("waiting", "offered")

RING_BACK = "The caller would rather be rung back. Thank you, and goodbye."
"""What a person hears who is about to take a caller that does not want to wait any longer."""

Via = Literal["rung", "dial_in", "desk"]
OfferState = Literal["queued", "dialling", "ringing", "answered", "briefing", "accepted", "bridged", "over"]
PROGRESS: tuple[OfferState, ...] = get_args(OfferState)
"""In this order an offer goes on, and never back."""

STAYS_IN_LINE = timedelta(seconds=45)
"""Beyond the wait of a queue a caller stays in line at most for so long, whatever was not reported."""

LONGEST_IN_LINE = timedelta(seconds=WAIT_LIMITS[1]) + STAYS_IN_LINE
"""For so long a caller is in line at most, where it is not kept until when."""

SILENT_FOR = timedelta(seconds=30)
"""A caller of whom nothing is heard for so long beyond `look_at`, and of whose leg the platform says nothing either, is
taken to have left. If they are there after all, their document brings them back into their old place."""

RING_FOR = 25
"""Seconds for which a person's phone rings for an entry."""

STAYS: Mapping[OfferState, timedelta] = {
    "queued": timedelta(seconds=120),
    "dialling": timedelta(seconds=RING_FOR + 20),
    "ringing": timedelta(seconds=RING_FOR + 20),
    "answered": timedelta(seconds=60),
    "briefing": timedelta(seconds=120),
    "accepted": timedelta(seconds=90),
    "bridged": timedelta(minutes=3),  # then it is asked whether they still talk
}
"""How long an offer may stay as it is. Dialling is paced, so a queued one may have to wait for others."""


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """Somebody who waits in `queue` for a person of `department` (its name in the file).

    `due_at`: not before. `call_id` and `transfer_id` are those of the caller's call; "" where there is none. `step` is
    the step of the transfer's chain. `number` is where the caller can be reached, E.164. `line` is the number they
    called. `need` is what it is about, in words for a person. `tries`: how often a callback was tried.

    Of a caller on the line: at `look_at` the platform is asked whether they are still there, unless something is heard
    of them before; after `until` they wait no more, whatever was not reported. None for a callback.
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
    look_at: datetime | None = None
    until: datetime | None = None

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
    """A person who was offered an entry, on one phone of theirs. `leg` counts the offers of an entry from 1.

    `call_id` is that of the person's leg, "" until it is known. At `deadline` the offer is void, should nothing more be
    heard of it.
    """

    id: str
    entry_id: str
    person: str
    leg: int
    to: str
    started_at: datetime
    deadline: datetime
    business: str = ""
    via: Via = "rung"
    call_id: str = ""
    state: OfferState = "queued"
    outcome: str | None = None
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether the person may still take the entry, or is talking."""
        return self.state != "over"


def has_reached(offer: PersonOffer, state: OfferState) -> bool:
    """Whether an offer has come at least as far as this."""
    return PROGRESS.index(offer.state) >= PROGRESS.index(state)
