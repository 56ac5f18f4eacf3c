"""Waiting in line, as the caller's document does it: rounds of music, and between two of them a word on how it stands.

Each caller waits in a queue of the platform's that is theirs alone; whose turn it is, our records decide. Before each
round the document asks us what to say. Without an answer it goes on in silence, and when all rounds are over with the
next step of the chain: the platform alone brings the caller on. Rounds are one section, run as a subroutine, because
the platform allows a call few jumps.

Sources disagree on what follows a round that is over: the next verb, the document that is meant for after a talk, or a
hang-up. That document asks us for the rest of the chain; when we do not answer there either, it goes on with the steps
after the queue. A caller whom the platform hangs up on is a missed call; where that is known to happen there is one
round, as long as the whole wait.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.documents.step_results import note_of
from agents.documents.urls import Links
from calls.directory.model import Directory
from calls.directory.steps import Queue
from calls.routing.queues import room_of
from calls.transfer.machine import Transfer
from swml import verbs
from swml.flow import Steps
from swml.live import Live
from swml.render import to_inline
from swml.speech import say
from swml.verbs import Document, Verb

ROUND = 25
"""Seconds of music between two announcements."""

FEW = 3
"""Rounds of all queues of a document together, where each of them costs the call a jump.

The platform ends a call after eight jumps without a word or a key of the caller's. A tool's reply, the round before
and the way to the next agent may count as one each: with three rounds that makes six. A fourth queue is passed over.
"""

_SAID = Live("say:${request_response.say}")  # what we have answered
_SAYING = 1  # seconds for us to say how it stands; nothing is heard meanwhile, and without an answer music follows
_ASKING = 2  # seconds for us to answer anything else; nothing is heard meanwhile
_KEYS = 1.5  # seconds for a key after the last word; nothing is heard meanwhile
_ANSWERED = "request_result == 'success' && request_response"  # which is set before: an unset name is an error
_NOT_NOW = "I am sorry, that is not possible just now. Please stay on the line."


@dataclass(frozen=True, slots=True)
class Line:
    """A queue step of a chain, as the document of a transfer has it.

    `done` follows when the caller has been with somebody or is to be rung back; `voicemail` is what they get who would
    rather leave a message; `rest` is the chain after this step. `again`: the caller has waited here
    before. `most` is how many rounds there may be at most.
    """

    step: Queue
    number: int
    transfer: Transfer
    links: Links
    directory: Directory
    done: Steps
    voicemail: Steps
    rest: Sequence[Verb]
    again: bool = False
    most: int | None = None

    @property
    def section(self) -> str:
        """The name of the section with one round."""
        return f"queue_{self.number}"

    @property
    def rounds(self) -> int:
        """How many rounds there are."""
        needed = math.ceil(self.step.wait / ROUND)
        return min(needed, self.most) if self.most else needed

    @property
    def seconds(self) -> int:
        """How long the music of one round lasts."""
        return math.ceil(self.step.wait / self.rounds)

    def waiting(self) -> tuple[Verb, ...]:
        """All the rounds, where they stand in the chain."""
        not_told = (self._ask("over", result=Live("${queue_result}")),)
        fresh = {"queue_over": ""} | ({} if self.again else {"queue_told": ""})
        return (
            verbs.Set(fresh),
            *(verbs.Execute(dest=self.section) for _ in range(self.rounds)),
            _when("queue_over != 'told'", not_told),
            verbs.Set({note_of(self.transfer.id, self.number): Live("queue ${queue_result}")}),
        )

    def round(self) -> Steps:
        """One round: what there is to say, a key if the caller likes, and music."""
        return (
            _when("queue_over != ''", (verbs.Return(),)),
            verbs.Set({"prompt_value": "", "request_response": ""}),
            self._ask("round", told=Live("${queue_told}")),
            _when(_ANSWERED, (verbs.Set({"queue_told": Live("${request_response.told}")}),)),
            _when(f"{_ANSWERED}.next == 'on'", (*self._spoken(), verbs.Set({"queue_over": "told"}), verbs.Return())),
            _when(f"{_ANSWERED}.next == 'booked'", (*self._spoken(), *self.done)),
            _when(f"{_ANSWERED}.say", (self._announcement(),)),
            verbs.Cond(
                (
                    verbs.When("prompt_value == '1'", self._call_back()),
                    verbs.When("prompt_value == '2'", self._message()),
                )
            ),
            self._music(),
            _when("queue_result == 'connected'", self.done),
            _when("queue_result != 'timeout'", (verbs.Set({"queue_over": "failed"}),)),
        )

    def _music(self) -> Verb:
        out = to_inline(self._out_of_the_queue())
        return verbs.EnterQueue(
            queue_name=room_of(self.step.name, self.transfer.id),
            wait_time=self.seconds,
            wait_url=self.step.music,
            status_url=self.links.event("queue", self.transfer, self.number, self.seconds),
            execute_after_queue=out if self.links.platform.renamed else None,
            transfer_after_bridge=out,  # a newer platform ignores this name, an older one knows only this one
        )

    def _announcement(self) -> Verb:
        return verbs.Prompt(
            play=_SAID,
            max_digits=1,
            initial_timeout=_KEYS,
            say_voice=self.directory.voice,
            say_language=self.directory.language,
        )

    def _spoken(self) -> Steps:
        return (_when("request_response.say", (self._say(_SAID),)),)

    def _say(self, words: str) -> Verb:
        return verbs.Play(url=words, say_voice=self.directory.voice, say_language=self.directory.language)

    def _call_back(self) -> Steps:
        """The key for being rung back. Only what we have on record is promised."""
        return (
            self._ask("callback"),
            verbs.Cond(
                (
                    verbs.When(f"{_ANSWERED}.next == 'booked'", (*self._spoken(), *self.done)),
                    verbs.When(f"{_ANSWERED}.say", self._spoken()),
                    verbs.Else((self._say(say(_NOT_NOW)),)),
                )
            ),
        )

    def _message(self) -> Steps:
        """The key for leaving a message, with or without us."""
        return (self._ask("message"), *self.voicemail)

    def _out_of_the_queue(self) -> Document:
        after = self.links.after_queue(self.transfer, self.number)
        return Document(
            main=(
                _when("queue_result == 'connected'", (verbs.Transfer(dest=after),)),
                self._ask("there"),
                # A subroutine is no jump, and a caller who waits has few of them.
                _when("request_result == 'success'", (verbs.Execute(dest=after), verbs.Hangup())),
                *_without_notes(self.rest),
            )
        )

    def _ask(self, what: str, **said: str) -> Verb:
        url = self.links.queue(self.transfer, self.number, self.step.wait)
        timeout = _SAYING if what == "round" else _ASKING
        return verbs.Request(url, timeout=timeout, body={"what": what, **said}, save_variables=True)


def _without_notes(steps: Iterable[Verb]) -> Steps:
    """Without the notes of what steps came to: the platform fills in their variables before the first step runs."""
    return tuple(_inside(verb) for verb in steps if not (isinstance(verb, verbs.Set) and _has_variables(verb)))


def _inside(verb: Verb) -> Verb:
    return verbs.Cond(tuple(map(_branch, verb.branches))) if isinstance(verb, verbs.Cond) else verb


def _branch(branch: verbs.When | verbs.Else) -> verbs.When | verbs.Else:
    if isinstance(branch, verbs.When):
        return verbs.When(branch.when, _without_notes(branch.then))
    return verbs.Else(_without_notes(branch.else_))


def _has_variables(verb: verbs.Set) -> bool:
    return any(isinstance(value, Live) for value in verb.values.values())


def _when(condition: str, then: Sequence[Verb]) -> Verb:
    return verbs.Cond((verbs.When(condition, tuple(then)),))
