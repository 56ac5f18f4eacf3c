"""A shop with queues: whoever rings in, and who takes them."""

from datetime import datetime
from typing import Any

from calls.directory.model import Directory
from calls.queue.entry import QueueEntry
from tests.support.directories import read
from tests.support.kept import CALLER, LINE, NOON

PEOPLE = {
    "dana": {"name": "Dana Reyes", "phone": "+12025550111"},
    "lee": {"name": "Lee Park", "sip": "sip:lee@pbx.acme.example"},
    "max": {"name": "Max Stone", "phone": "+12025550113", "speaks": ["es"]},
}


def shop(**other: Any) -> Directory:
    """Sales rings Dana and Lee, and its queue is theirs; repairs has Max; the depot has a number and no people."""
    departments = {
        "sales": {"about": "sells", "reach": [{"ring": ["dana", "lee"]}, {"queue": "sales"}, "callback"]},
        "repairs": {"about": "mends", "reach": [{"queue": {"name": "repairs", "people": ["max"]}}, "voicemail"]},
        "depot": {"about": "stores", "reach": [{"ring": ["+12025550115"]}, "callback"]},
        "office": {"about": "papers", "hours": "office", "reach": [{"ring": ["dana"]}, "callback"],
                   "closed": {"then": "callback"}},
    }  # fmt: skip
    content: dict[str, Any] = {
        "company": "Acme",
        "timezone": "America/New_York",
        "lines": {LINE: {}},
        "hours": {"office": {"mon-fri": "09:00-17:00"}},
        "people": PEOPLE,
        "departments": departments,
        "policy": {"regions": ["US"]},
    }
    return read(content | other)


def caller(key: str = "t_1:3", *, at: datetime = NOON, queue: str = "sales", **other: Any) -> QueueEntry:
    """A caller on the line."""
    told: dict[str, Any] = {"call_id": "c1", "transfer_id": "t_1", "step": 3, "number": CALLER, "line": LINE}
    return QueueEntry(key, queue, queue, "caller", at, at, **{**told, **other})


def callback(key: str = "b_1", *, at: datetime = NOON, queue: str = "sales", **other: Any) -> QueueEntry:
    """A caller who is to be rung back."""
    told: dict[str, Any] = {"number": CALLER, "line": LINE, "due_at": at}
    return QueueEntry(key, queue, queue, "callback", at, **{**told, **other})
