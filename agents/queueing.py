"""Waiting in line, as the caller's document does it: rounds of music, and between two of them a word on how it stands.

Each caller waits in a queue of the platform's that is theirs alone; whose turn it is, our records decide. Before each
round the document asks us what to say. Without an answer it goes on in silence, and when all rounds are over with the
next step of the chain: the platform alone brings the caller on. Rounds are one section, run as a subroutine, because
the platform allows a call few jumps.

What follows a round that is over is not documented: the next verb, or the way that is meant for after a talk. On that
way we are asked for the rest of the chain; when we do not answer there either, it goes on with the steps after the
queue.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.links import Links
from agents.notes import note_of
from calls.directory import Directory
from calls.queues import room_of
from calls.steps import Queue
from calls.transfer import Transfer
from swml import verbs
from swml.flow import Steps
from swml.live import Live
from swml.render import to_inline
from swml.speech import say
from swml.verbs import Document, Verb

ROUND = 25
"""Seconds of music between two announcements."""

FEW = 8
"""Rounds at most, where each of them costs the call a jump."""

_SAID = Live("say:${request_response.say}")  # what we have answered
_ASKING = 1.5  # seconds for us to say something; nothing is heard meanwhile
_KEYS = 1.5  # seconds for a key after the last word; nothing is heard meanwhile
_ANSWERED = "request_result == 'success' && request_response"  # which is set before: an unset name is an error
_NOT_NOW = "I am sorry, that is not possible just now. Please stay on the line."


@dataclass(frozen=True, slots=True)
class Line:
    """A queue step of a chain, as the document of a transfer has it.

    `done` follows when the caller has been with somebody or is to be rung back; `voicemail` is what they get who would
    rather leave a message; `rest` is the chain after this step. `few`: the platform takes the other way after a round.
    """

    step: Queue
    number: int
    transfer: Transfer
    links: Links
    directory: Directory
    done: Steps
    voicemail: Steps
    rest: Sequence[Verb]
    few: bool = False

    @property
    def section(self) -> str:
        """The name of the section with one round."""
        return f"queue_{self.number}"

    @property
    def rounds(self) -> int:
        """How many rounds there are."""
        most = math.ceil(self.step.wait / ROUND)
        return min(FEW, most) if self.few else most

    @property
    def seconds(self) -> int:
        """How long the music of one round lasts."""
        return math.ceil(self.step.wait / self.rounds)

    def waiting(self) -> tuple[Verb, ...]:
        """All the rounds, where they stand in the chain."""
        not_told = (self._ask("over", result=Live("${queue_result}")),)
        fresh = {"queue_over": ""} | ({} if self.few else {"queue_told": ""})
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
        return verbs.EnterQueue(
            queue_name=room_of(self.step.name, self.transfer.id),
            wait_time=self.seconds,
            wait_url=self.step.music,
            status_url=self.links.event("queue", self.transfer, self.number, self.seconds),
            transfer_after_bridge=to_inline(self._out_of_the_queue()),
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
        after = verbs.Transfer(dest=self.links.after_queue(self.transfer, self.number))
        return Document(
            main=(
                _when("queue_result == 'connected'", (after,)),
                self._ask("there"),
                _when("request_result == 'success'", (after,)),
                *_without_notes(self.rest),
            )
        )

    def _ask(self, what: str, **said: str) -> Verb:
        url = self.links.queue(self.transfer, self.number, self.step.wait)
        return verbs.Request(url, timeout=_ASKING, body={"what": what, **said}, save_variables=True)


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
