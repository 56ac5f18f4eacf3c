"""What a tool is given and what it answers. Values only: who keeps them and who sends them is not a tool's business."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agents.documents.urls import Links
from agents.tools.forms import Forms
from calls.call import Call
from calls.directory.model import Directory
from calls.events import Event
from calls.orders import Order
from calls.phrases.redaction import shortened
from calls.routing import policy
from calls.routing.availability import Presences
from calls.transfer.machine import Transfer
from swml.replies import Reply


@dataclass(frozen=True, slots=True)
class Asked:
    """One tool call as the model made it. Nothing in it is trusted."""

    tool: str
    arguments: Mapping[str, object]
    raw: str = ""
    session: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    def text(self, name: str, *, limit: int = 600) -> str:
        """The argument as one line of text of at most `limit` characters; empty when it is missing or no text."""
        value = self.arguments.get(name)
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return ""
        return shortened(" ".join(str(value).split()), limit)

    def key(self, call_id: str) -> str:
        """What makes two tool calls the same: call, AI session, function and arguments as the model wrote them."""
        parts = "\0".join((call_id, self.session, self.tool, self.raw or repr(sorted(self.arguments.items()))))
        return hashlib.sha256(parts.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Visit:
    """The call as it stands now, and what a new transfer in it would be called."""

    directory: Directory
    call: Call
    at: datetime
    links: Links
    transfer_id: str
    ref: str
    transfers: int = 0
    transfers_last_hour: int = 0
    sent_by: Transfer | None = None  # the temporary handoff that brought the caller to this agent
    opted_out: frozenset[str] = frozenset()  # E.164 of those who want no texts, among those we might text
    texts_in_call: bool = True  # the document itself sends text messages, with the send_sms verb
    can_consult: bool = False  # people can be rung by REST
    presences: Presences = field(default_factory=dict)  # of the people whom the tool might ring
    forms: Forms | None = None  # of the directory; None: every reply is made anew
    asked_before: policy.Asked = field(default_factory=policy.Asked)  # in this call
    no_texts: bool = False  # the budget for texts is spent
    no_dials: bool = False  # the budget for dials is spent
    waiting: Transfer | None = None  # for which somebody is being found while the agent talks with the caller


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say, the transfer it starts (or the refusal to be kept), and what must be done besides.

    `returned_with` is set when the agent gives the caller back: what it says of it to the agent who sent the caller.
    `event` is what happens to the transfer that is waiting. `claims` are the people whom the transfer rings as it
    begins: it may begin only when they are its own, for `claimed_for` seconds.
    """

    reply: Reply
    transfer: Transfer | None = None
    orders: tuple[Order, ...] = ()
    returned_with: str | None = None
    event: Event | None = None
    claims: tuple[str, ...] = ()
    claimed_for: int = 0
