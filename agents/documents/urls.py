"""Where the platform finds us again: every URL a document of ours names.

A URL carries no fact about anybody. What it means is in a signed token: the call it belongs to and what it is for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agents.documents.platform import Platform
from calls.briefing.card import expiry
from calls.call import Call
from calls.transfer.machine import Transfer

Claims = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Links:
    """`base` is our public URL with the platform's credentials in it, without a trailing slash.

    `sign` turns claims into a token for a query string; `handlers/auth.py` makes it and reads it again.
    `foreign` holds the addresses of the agents that are not ours, by name, with their credentials.
    `public` is our public URL as people may see it: without credentials. `platform` is how the platform behaves there.
    """

    base: str
    sign: Callable[[Claims], str]
    foreign: Mapping[str, str] = field(default_factory=dict)
    public: str = ""
    platform: Platform = field(default_factory=Platform)

    def of_call(self, call: Call) -> tuple[str, str]:
        """Where this call's tools are posted, and where the end-of-conversation report is."""
        tools, report = (self.sign((kind, *call_claims(call))) for kind in ("call_tools", "call_report"))
        return f"{self.base}/tools?t={tools}", f"{self.base}/report?t={report}"

    @property
    def alive(self) -> str:
        """Where a document asks, by GET, whether we are here."""
        return f"{self.base}/health"

    def arrive(self, transfer: Transfer, step: int, agent: str) -> str:
        """The document of the agent a step hands the caller to."""
        return self._document("arrive", transfer, step, agent)

    def back(self, transfer: Transfer) -> str:
        """The document that takes the caller back to the agent who sent them."""
        return self._document("back", transfer, 0, transfer.agent)

    def after_queue(self, transfer: Transfer, step: int) -> str:
        """The document that follows a queue's bridge."""
        return self._document("after", transfer, step, transfer.agent)

    def after_bridge(self, transfer: Transfer, step: int) -> str:
        """The document that follows the conference in which the caller was with a person."""
        return self._document("over", transfer, step, transfer.agent)

    def consult(self, what: str, transfer: Transfer, step: int, leg: int) -> str:
        """A document of a person's leg: answer, brief, accept, decline or later; or the briefer's tools and report."""
        return f"{self.base}/consult/{what}?t={self.sign((what, transfer.call_id, transfer.id, step, leg))}"

    def event(self, kind: str, transfer: Transfer, step: int, leg: int = 0) -> str:
        """Where a callback about one leg of one step is posted."""
        return f"{self.base}/events/{kind}?t={self.sign((kind, transfer.call_id, transfer.id, step, leg))}"

    def connect(self, transfer: Transfer, step: int, legs: Sequence[int] = ()) -> str:
        """Where is posted how a connect went. It dialled these legs, which follow each other; () is all of the step."""
        claims: Claims = ("connect", transfer.call_id, transfer.id, step, 0)
        claims = (*claims[:-1], legs[0], legs[-1]) if legs else claims
        return f"{self.base}/events/connect?t={self.sign(claims)}"

    def claim(self, transfer: Transfer, step: int, legs: Sequence[int], seconds: int) -> str:
        """Where a document asks whether the people of these legs, which follow each other, may be rung for so long."""
        claims: Claims = ("claim", transfer.call_id, transfer.id, step, legs[0], legs[-1], seconds)
        return f"{self.base}/people/claim?t={self.sign(claims)}"

    def queue(self, transfer: Transfer, step: int, wait: int) -> str:
        """Where the document of a caller in a queue asks how it stands. They wait there for `wait` seconds at most."""
        return f"{self.base}/queue?t={self.sign(('queued', transfer.call_id, transfer.id, step, wait))}"

    def booking(self, transfer: Transfer, step: int) -> str:
        """Where the document of a chain books that its caller is rung back."""
        return f"{self.base}/callback?t={self.sign(('callback_step', transfer.call_id, transfer.id, step, 0))}"

    def card(self, transfer: Transfer, step: int, leg: int) -> str:
        """The page on which the person of one leg reads what it is about, and answers. It goes into a text message."""
        claims = ("card", transfer.id, step, leg, int(expiry(transfer).timestamp()))
        return f"{self.public}/card/{self.sign(claims)}"

    def offer(self, what: str, offer_id: str) -> str:
        """Of somebody in a queue who is offered to a person: a document of the person's leg, or where it is reported.

        answer, brief, take, decline, over and unreached are documents; state, machine, bridge and reached are reports.
        """
        return f"{self.base}/offer/{what}?t={self.sign((f'offer_{what}', offer_id))}"

    def placed(self, what: str, placed_id: str) -> str:
        """Of a call we place: its document (answer), its states (state), what a machine was told (machine, left)."""
        return f"{self.base}/placed/{what}?t={self.sign((f'placed_{what}', placed_id))}"

    def _document(self, what: str, transfer: Transfer, step: int, agent: str) -> str:
        claims: Claims = (what, transfer.call_id, transfer.id, step, agent)
        claims = (*claims, transfer.business) if transfer.business else claims
        return f"{self.base}/swml/{agent}?t={self.sign(claims)}"


def call_claims(call: Call) -> Claims:
    """What a call's token says of it: enough to restore the call's row, and nothing about the caller."""
    claims = (call.id, call.agent, str(call.line or ""), call.leg, call.direction, call.sent_by)
    if call.directory:
        return (*claims, call.business, call.directory)
    return (*claims, call.business) if call.business else claims
