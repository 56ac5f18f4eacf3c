"""A step that rings people, as verbs.

Nobody is rung whom another caller has. Who rings as the document begins was claimed with its transfer; before everybody
else the document asks us, for how people can be reached changes while others are rung. If we do not answer, it rings
them all the same: they may be busy, but no caller ever waits for us.
"""

from dataclasses import dataclass

from agents.documents import whisper
from agents.documents.urls import Links
from calls.briefing.briefing import HEADER
from calls.directory.model import Directory
from calls.directory.steps import Leg, Ring
from calls.numbers import SipUri
from calls.routing.policy import Route
from calls.routing.ring_order import Round, rounds
from calls.transfer.machine import Transfer
from swml import verbs
from swml.connect import LegState
from swml.flow import Steps
from swml.verbs import Verb

ANNOUNCING = 20
"""Seconds from a transfer's beginning until its first phone rings, at most: the caller is told first."""

_ASKED_WITHIN = 2  # seconds for us to say whether somebody is free; nothing is heard meanwhile
_TAKEN = (
    "request_result == 'success' && typeof request_response !== 'undefined' && request_response "
    "&& request_response.ring === false"
)
_CALLBACKS = 15  # seconds a claim outlasts the ringing: callbacks come late
LEG_STATES: tuple[LegState, ...] = ("created", "ringing", "answered", "ended")


def claimed_for(step: Ring, words: str, *, within: int) -> int:
    """Seconds for which a person who is rung by this step is claimed at most: `words` are what they are asked with."""
    asking = whisper.gate_seconds(words, within=within) if step.handoff != "blind" else 0
    return step.ring_for + asking + _CALLBACKS


@dataclass(frozen=True, slots=True)
class RingStep:
    """One step that rings people, the `number`th of its chain.

    `note` keeps in a variable what it came to; `then` follows when a talk is over. Whoever is to be asked hears
    `words` first; a SIP phone is shown `header` then.
    """

    number: int
    step: Ring
    route: Route
    transfer: Transfer
    links: Links
    directory: Directory
    words: str
    header: str
    note: Verb
    then: Steps

    def steps(self, *, claimed: bool) -> list[Verb]:
        """The whole step. `claimed`: whoever rings first is this transfer's own already."""
        first, *others = rounds(self.step)
        begin = self._dialled(first) if claimed else self._asked_about(first)
        return [*begin, *(verb for one in others for verb in self._asked_about(one))]

    def _asked_about(self, one: Round) -> list[Verb]:
        """Ring together those who are to ring together, if all of them are free; else whoever is, one by one."""
        if not one.people:
            return self._dialled(one)
        url = self.links.claim(self.transfer, self.number, one.numbers, self._claimed_for)
        ask = verbs.Request(url, timeout=_ASKED_WITHIN, body={}, save_variables=True)
        if len(one.legs) == 1:
            return [ask, verbs.Cond((verbs.When(f"!({_TAKEN})", tuple(self._dialled(one))),))]
        singly = tuple(verb for alone in one.singly for verb in self._asked_about(alone))
        return [ask, verbs.Cond((verbs.When(_TAKEN, singly), verbs.Else(tuple(self._dialled(one)))))]

    def _dialled(self, one: Round) -> list[Verb]:
        groups = self._groups(one)
        one_by_one = all(len(group) == 1 for group in groups)
        words, within, asks = self.words, self.route.accept_within, self._asks
        several = len(one.legs) < len(self.step.legs)
        connect = verbs.Connect(
            serial=tuple(group[0] for group in groups) if one_by_one else (),
            parallel=groups[0] if len(groups) == 1 and not one_by_one else (),
            serial_parallel=tuple(groups) if len(groups) > 1 and not one_by_one else (),
            from_=str(self.route.caller_id) if self.route.caller_id else None,
            timeout=self.step.ring_for,
            ringback=self.route.ringback,
            confirm=whisper.gate(words, within=within, directory=self.directory) if asks else None,
            confirm_timeout=whisper.gate_seconds(words, within=within) if asks else None,
            status_url=self.links.connect(self.transfer, self.number, one.numbers if several else ()),
        )
        return [connect, self.note, verbs.Cond((verbs.When("connect_result == 'connected'", self.then),))]

    def _groups(self, one: Round) -> list[tuple[verbs.Destination, ...]]:
        numbers = iter(one.numbers)
        return [tuple(self._leg(next(numbers), leg) for leg in group) for group in one.groups]

    def _leg(self, leg: int, to: Leg) -> verbs.Destination:
        ours = ((HEADER, self.header),) if self._asks else ()
        return verbs.Destination(
            to=str(to.to),
            timeout=self.step.ring_for,
            headers=(*to.headers, *ours) if isinstance(to.to, SipUri) else (),
            call_state_url=self.links.event("call", self.transfer, self.number, leg),
            call_state_events=LEG_STATES,
        )

    @property
    def _asks(self) -> bool:
        return self.step.handoff != "blind"

    @property
    def _claimed_for(self) -> int:
        return claimed_for(self.step, self.words, within=self.route.accept_within)
