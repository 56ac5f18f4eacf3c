"""A department's chain of steps as one SWML document.

The document is complete: each step that fails falls through to the next, and the last resort is the agent, who knows
how it went. So the platform alone brings the caller on, whatever happens to us meanwhile; each step notes its result
in a variable, and the variables come back with the caller even when every callback is lost.

A document is *detached* when the AI session ends as it begins (`transfer` beside `SWML`): a final transfer, or any
chain with another agent or a queue in it, which are left through a document of their own: one AI must never wait inside
another. Otherwise the agent is suspended and takes the caller back at the end of the document, with `ai_response`
telling it how it went. So it is, too, wherever a person is asked first: a no is likely, and the platform alone must be
able to bring the caller back.
"""

from dataclasses import dataclass

from agents.documents import return_prompts, whisper
from agents.documents.apology import CALL_AGAIN, RUNG_BACK, apology
from agents.documents.callback import ringback
from agents.documents.queue import FEW, Line
from agents.documents.ring import RingStep
from agents.documents.step_results import note_of, notes_before
from agents.documents.urls import Links
from agents.documents.voicemail import voicemail
from calls.briefing.briefing import Briefing, briefing_of
from calls.directory.message_settings import Mailbox
from calls.directory.model import Directory
from calls.directory.steps import Callback, Hangup, Queue, Refer, Ring, Step, ToAgent, Voicemail
from calls.legs.attempts import HANGUP, PlannedLeg
from calls.numbers import Number, SipUri
from calls.orders import SendText
from calls.phrases.redaction import redacted_fact
from calls.routing.policy import Route
from calls.transfer.machine import Transfer
from swml import verbs
from swml.live import Live, filled
from swml.verbs import Document, Verb

_PROBE = 2  # seconds; nothing is heard meanwhile
_AWAY = "away"  # the section for when we are not here


@dataclass(frozen=True, slots=True)
class Chain:
    """The document of one transfer. `caller` is who a person is told about."""

    route: Route
    transfer: Transfer
    links: Links
    directory: Directory
    caller: Number | SipUri | None
    texts: tuple[SendText, ...] = ()
    first: int = 1  # the step it begins with; from a later one, the agent has left the call already
    again: bool = False  # the caller was in the queue of the first step already
    claimed: bool = False  # whoever rings first is this transfer's own already
    line: Number | None = None  # that was rung

    @property
    def detached(self) -> bool:
        """True when the agent must leave the call as the document begins."""
        if self.again or self.first > 1 or any(isinstance(step, ToAgent | Queue) for step in self.route.steps):
            return True
        return self.route.final and not any(_asks(step) for step in self.route.steps)

    def document(self) -> Document:
        """The whole chain. Every path through it ends with the caller with somebody, or back with the agent."""
        # Variables outlive a document: nothing an earlier transfer left may pass for a result of this one.
        main: list[Verb] = [verbs.Set({"connect_result": "", "connect_failed_reason": "", "queue_result": ""})]
        main += self.texting()
        main += self._from(self.first)
        queues = [line for number, step in enumerate(self.route.steps, 1) if (line := self._line(number, step))]
        sections = {line.section: line.round() for line in queues}
        return Document(main=tuple(main), **sections, **({_AWAY: self._away} if self.detached else {}))

    def _from(self, first: int, *, queueing: bool = True) -> list[Verb]:
        """The chain from this step on."""
        main: list[Verb] = []
        for number, step in enumerate(self.route.steps[first - 1 :], first):
            if queueing or not isinstance(step, Queue):
                main += self._step(number, step)
            if self._ends_with(step):
                return main
        return [*main, *self._back_to_the_agent(return_prompts.NOBODY if self._people() else return_prompts.FAILED)]

    def texting(self) -> list[Verb]:
        """The texts that a document sends itself."""
        return [self._text(text) for text in self.texts]

    def _step(self, number: int, step: Step) -> list[Verb]:
        match step:
            case Ring():
                return self._ring(number, step)
            case Refer():
                return self._refer(number, step)
            case Queue():
                return list(self._line_of(number, step).waiting()) if self._waits(number) else []
            case Voicemail():
                return self._voicemail(number)
            case ToAgent():
                return self._to_agent(number, step)
            case Callback():
                return self._callback(number)
            case Hangup():
                return [verbs.Hangup()]
        raise AssertionError(f"no verbs for {step}")

    def _ring(self, number: int, step: Ring) -> list[Verb]:
        ring = RingStep(
            number=number,
            step=step,
            route=self.route,
            transfer=self.transfer,
            links=self.links,
            directory=self.directory,
            words=self._briefing.whisper() if _asks(step) else "",
            header=self._briefing.header() if _asks(step) else "",
            note=self._note(number, Live("connect ${connect_result} ${connect_failed_reason}")),
            then=tuple(self._after_asking(number) if _asks(step) else self._done()),
        )
        return ring.steps(claimed=self.claimed and number == 1)

    def _after_asking(self, number: int) -> list[Verb]:
        not_taken = self._note(number, "connect failed declined")
        return list(
            whisper.after_bridge(
                self.links.event("over", self.transfer, number),
                done=tuple(self._done()),
                needed=(not_taken, *self._back_for_good(return_prompts.CUT_SHORT)),
                unsure=tuple(self._back_for_good(return_prompts.UNSURE)),
            )
        )

    def _refer(self, number: int, step: Refer) -> list[Verb]:
        # The codes are set first: a variable that was never set is an error in an expression.
        codes = {"sip_refer_result": "", "sip_refer_response_code": "", "sip_refer_to_response_code": ""}
        yes = "sip_refer_result == 'success' || (sip_refer_response_code >= 200 && sip_refer_response_code < 300)"
        accepted = f"sip_refer_to_response_code == '' && ({yes})"
        reached = "sip_refer_to_response_code >= 200 && sip_refer_to_response_code < 300"
        return [
            verbs.Set(codes),
            verbs.SipRefer(to_uri=str(step.to), status_url=self.links.event("refer", self.transfer, number)),
            self._note(number, Live("refer ${sip_refer_response_code}/${sip_refer_to_response_code}")),
            _when(f"({reached}) || ({accepted})", [verbs.Hangup()]),
        ]

    def _line(self, number: int, step: Step) -> Line | None:
        here = isinstance(step, Queue) and number >= self.first and self._waits(number)
        return self._line_of(number, step) if isinstance(step, Queue) and here else None

    def _line_of(self, number: int, step: Queue) -> Line:
        return Line(
            step=step,
            number=number,
            transfer=self.transfer,
            links=self.links,
            directory=self.directory,
            done=tuple(self._done()),
            voicemail=tuple(self._voicemail(number)),
            rest=self._from(number + 1, queueing=False),
            again=self.again,
            most=self._rounds,
        )

    def _waits(self, number: int) -> bool:
        """True unless each round costs the call a jump and the queues before this step use up all that it has."""
        before = sum(isinstance(step, Queue) for step in self.route.steps[: number - 1])
        return not self.again or before < FEW

    @property
    def _rounds(self) -> int | None:
        """How many rounds in each queue the platform allows; None: as many as there is to say."""
        if self.links.platform.queue_timeout == "hangup":
            return 1
        queues = sum(isinstance(step, Queue) for step in self.route.steps[self.first - 1 :])
        return max(1, FEW // queues) if self.again else None

    def _voicemail(self, number: int) -> list[Verb]:
        department = self.route.department
        # Behind the recording an agent may wait, whose own hook tells that the caller has left: leg 1.
        url = self.links.event("record", self.transfer, number, 0 if self.detached else 1)
        return voicemail(
            department.voicemail if department else Mailbox(),
            self.route.title,
            self.directory,
            agent=self.transfer.agent,
            url=url,
            transcript_url=self.links.event("transcript", self.transfer, number),
            noted=self._note(number, Live("voicemail ${record_result}")),
            taken=tuple(
                [verbs.Hangup()] if self.route.final else self._back_to_the_agent(return_prompts.MESSAGE_TAKEN)
            ),
            empty=tuple(self._back_for_good(return_prompts.NOTHING_RECORDED)),
        )

    def _callback(self, number: int) -> list[Verb]:
        if not self.detached:  # the agent is there, who asks for a number and a time
            return self._back_to_the_agent(return_prompts.OFFER_CALLBACK)
        return ringback(
            self.links.booking(self.transfer, number),
            self.directory,
            notes=notes_before(self.transfer.id, number),
            noted=self._note(number, "callback booked"),
            booked=tuple(self._done()),
            asked=tuple(self._back_to_the_agent(return_prompts.OFFER_CALLBACK)),
            away=self._voicemail(number),
        )

    def _to_agent(self, number: int, step: ToAgent) -> list[Verb]:
        agent, url = step.agent, self.links.foreign.get(step.agent)
        if not url:
            return self._on_to_us(self.links.arrive(self.transfer, number, agent))
        # A foreign agent's document knows nothing of ours: as a subroutine it comes back here when it ends. One that
        # cannot be fetched would end the script and the call with it, so its address is tried first.
        sent = [*self.transfer.facts, ("reason", self.transfer.reason), ("summary", self.transfer.summary)]
        params = {name: redacted_fact(name, value, "text") for name, value in sent} | {"sent_by": self.transfer.agent}
        visit: list[Verb] = [
            self._note(number, "agent started"),
            # That agent reports nothing to us, and the caller may never come back: the document says where they are.
            verbs.Request(self.links.event("handoff", self.transfer, number), timeout=_PROBE, body={"agent": agent}),
            verbs.Execute(dest=url, params=params),
        ]
        # Whether it never answered or has finished, the caller is here again and must not be left with nobody.
        there = "request_result == 'success' && request_response_code < 500 && request_response_code != 404"
        visit += self._back_to_the_agent(return_prompts.DONE)
        return [verbs.Request(url, timeout=_PROBE, method="GET"), _when(there, visit)]

    def _ends_with(self, step: Step) -> bool:
        foreign = isinstance(step, ToAgent) and step.agent in self.links.foreign
        return isinstance(step, Voicemail | Callback | ToAgent | Hangup) and not foreign

    def _note(self, number: int, result: str) -> Verb:
        """Note what a step came to, under a name that is this transfer's own."""
        return verbs.Set({note_of(self.transfer.id, number): result})

    def _done(self) -> list[Verb]:
        """The caller was with somebody."""
        return [verbs.Hangup()] if self.route.final else self._back_for_good(return_prompts.DONE)

    def _back_for_good(self, how: str) -> list[Verb]:
        """Back with the agent, and nothing of the chain after it."""
        back = self._back_to_the_agent(how)
        return back if self.detached else [*back, verbs.Return()]

    def _back_to_the_agent(self, how: str) -> list[Verb]:
        if self.detached:
            return self._on_to_us(self.links.back(self.transfer))
        return [verbs.Set({"ai_response": filled(how, destination=self.route.title, people=self._people())})]

    def _on_to_us(self, dest: str) -> list[Verb]:
        """On to a document of ours. One that cannot be fetched would end the call, so we are asked first."""
        here = "request_result == 'success' && request_response_code < 500"
        return [
            verbs.Request(self.links.alive, timeout=_PROBE, method="GET"),
            _when(here, [verbs.Transfer(dest=dest)]),
            verbs.Transfer(dest=_AWAY),
        ]

    @property
    def _away(self) -> tuple[Verb, ...]:
        """We are not here: whoever the line falls back to. A caller whom nobody reached is a missed call on record."""
        last = RUNG_BACK if self.caller else CALL_AGAIN
        return apology(self.directory.fallback(self.line), self.route.caller_id, last)

    def _people(self) -> str:
        """Who is asked, by name, in the order in which they are rung."""
        legs = [leg for step in self.route.steps if isinstance(step, Ring) and _asks(step) for leg in step.legs]
        known = (self.directory.people.get(leg.person or "") for leg in legs)
        names = [person.name for person in known if person]
        return ", then ".join(dict.fromkeys(names))

    @property
    def _briefing(self) -> Briefing:
        return briefing_of(self.transfer, caller=self.caller, directory=self.directory)

    def _text(self, text: SendText) -> Verb:
        whose = 0 if text.recipient == "caller" else 1
        return verbs.SendSms(
            to_number=str(text.to),
            from_number=str(text.from_),
            body=text.body,
            status_callback=self.links.event("message", self.transfer, 0, whose),
        )


def plan(route: Route) -> tuple[PlannedLeg, ...]:
    """Everyone the chain may try, in order, as the ledger names them."""
    return tuple(leg for number, step in enumerate(route.steps, 1) for leg in _tried(number, step))


def _tried(number: int, step: Step) -> list[PlannedLeg]:
    match step:
        case Ring():
            legs = enumerate((group, leg) for group, legs in enumerate(step.groups) for leg in legs)
            rings = step.ring_for if step.handoff == "consult" else 0  # what is rung by a document has its time there
            asks = _asks(step)
            return [
                PlannedLeg(number, n, str(leg.to), leg.person, group, rings, asks, step.wrap_up if leg.person else 0)
                for n, (group, leg) in legs
            ]
        case Refer():
            return [PlannedLeg(number, 0, str(step.to))]
        case Queue():
            return [PlannedLeg(number, 0, f"queue:{step.name}")]
        case ToAgent():
            return [PlannedLeg(number, 0, step.agent)]
        case Voicemail():
            return [PlannedLeg(number, 0, "voicemail")]
        case Hangup():
            return [PlannedLeg(number, 0, HANGUP)]
    return []


def _asks(step: Step) -> bool:
    """Whether the person is told first and must say yes. (A consult's own people are asked by its agent.)"""
    return isinstance(step, Ring) and step.handoff != "blind"


def _when(condition: str, then: list[Verb]) -> Verb:
    return verbs.Cond((verbs.When(condition, tuple(then)),))
