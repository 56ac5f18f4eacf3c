"""A consult as documents: what a person's leg runs from being answered to meeting the caller, and what the caller's.

The person is never left with a question that only a model could hear: a key, yes and no count before and after the
briefer talks. Silence is no yes, and a machine is told nothing.
"""

from agents.documents import whisper
from agents.documents.urls import Links
from calls.directory.model import Directory
from calls.directory.steps import Ring
from calls.legs.attempts import Attempt
from calls.routing.policy import Route
from calls.transfer.model import Terms, Transfer
from calls.transfer.result import conference_of
from swml import verbs
from swml.speech import say
from swml.verbs import Document, Verb

HOLD_MARGIN = 5
"""Seconds the platform holds a caller longer than we mean to: it gives the caller back if we do not."""

WAITS = "stay on the line"
"""What a person is told to do who wants to hear more before they answer."""

_DETECTION = 6.0  # seconds to tell a person from a machine
_FIRST_ANSWER = 3.0  # seconds for a key or a word before the briefer begins
_LONGEST_ANSWER = 5.0  # seconds of speech
_TELLING = 1  # seconds; somebody hears nothing meanwhile
_TOLD = 2  # seconds for telling us of a machine; nobody is listening


def terms_of(route: Route, directory: Directory, line: str) -> Terms:
    """What a consult begins with."""
    usual = directory.terms
    department = route.department
    keys = dict.fromkeys(leg.person for step in route.steps if isinstance(step, Ring) for leg in step.legs)
    return Terms(
        department=route.title,
        caller_id=str(route.caller_id or line),
        hold_limit=usual.hold_limit,
        accept_within=usual.accept_within,
        talk=department is not None and department.while_waiting == "talk",
        introduction=(department.introduction or "") if department else "",
        names=tuple((key, directory.people[key].name) for key in keys if key),
    )


def answering(transfer: Transfer, attempt: Attempt, links: Links) -> Document:
    """Somebody, or something, has picked up: find out which before anything is said."""
    at = (transfer, attempt.step, attempt.leg)
    machine: tuple[Verb, ...] = (
        verbs.Request(links.event("machine", *at), timeout=_TOLD, body={"detected": "machine"}),
        verbs.Hangup(),
    )
    return Document(
        main=(
            verbs.Set({"detect_result": ""}),
            verbs.DetectMachine(detectors="amd,fax", timeout=_DETECTION, wait=True),
            verbs.Cond((verbs.When("detect_result == 'machine' || detect_result == 'fax'", machine),)),
            verbs.Transfer(dest=links.consult("brief", *at)),
        )
    )


def first_gate(
    words: str, transfer: Transfer, attempt: Attempt, links: Links, directory: Directory
) -> tuple[Verb, ...]:
    """What stands before the briefer: who it is, and an answer for those who know enough."""
    ask = f"Press 1 or say yes to take the call, 2 to decline, 3 to ring back later, or {WAITS}."
    return _gate((words, ask), _FIRST_ANSWER, transfer, attempt, links, directory)


def last_gate(
    transfer: Transfer, attempt: Attempt, links: Links, directory: Directory, *, within: float
) -> tuple[Verb, ...]:
    """What stands after the briefer: the last chance to say yes. Silence is a no."""
    ask = "Press 1 or say yes to take the call now, or press 3 to ring back later."
    asked = _gate((ask,), within, transfer, attempt, links, directory)
    return (*asked, verbs.Transfer(dest=links.consult("decline", transfer, attempt.step, attempt.leg)))


def _gate(
    words: tuple[str, ...], within: float, transfer: Transfer, attempt: Attempt, links: Links, directory: Directory
) -> tuple[Verb, ...]:
    """What is not understood leads on."""
    at = (transfer, attempt.step, attempt.leg)
    accept, decline, later = (
        (verbs.Transfer(dest=links.consult(what, *at)),) for what in ("accept", "decline", "later")
    )
    ask = verbs.Prompt(
        play=("silence:0.5", *map(say, words)),
        max_digits=1,
        initial_timeout=within,
        speech_timeout=_LONGEST_ANSWER,
        speech_end_timeout=1.0,
        speech_hints=("yes", "no"),
        say_voice=directory.voice,
        say_language=directory.language,
    )
    return (
        verbs.Set({"prompt_value": ""}),  # a variable that was never set is an error in an expression
        ask,
        # The keys first and by themselves: whatever the platform makes of the longer expressions, a 1 is a yes.
        verbs.Cond(
            (
                verbs.When("prompt_value == '1'", accept),
                verbs.When("prompt_value == '2'", decline),
                verbs.When("prompt_value == '3'", later),
                verbs.When(whisper.YES, accept),
                verbs.When(whisper.NO, decline),
            )
        ),
    )


def joining(transfer: Transfer, attempt: Attempt, links: Links, *, redirected: bool = False) -> Document:
    """The person goes to meet the caller. `redirected` by us, who might not hear of it and do it again."""
    tell = (_telling("joined", transfer, attempt, links),) if redirected else ()
    return Document(main=(*tell, *_meeting("person", transfer, attempt, links), verbs.Hangup()))


def moving(transfer: Transfer, attempt: Attempt, links: Links) -> Document:
    """The caller goes to meet the person; what follows the talk is decided when it is over."""
    after = verbs.Transfer(dest=links.after_bridge(transfer, attempt.step))
    tell = _telling("moved", transfer, attempt, links)
    return Document(main=(tell, *_meeting("caller", transfer, attempt, links), after))


def _telling(what: str, transfer: Transfer, attempt: Attempt, links: Links) -> Verb:
    """The document itself tells that it runs: the answer to the order that started it may be lost."""
    return verbs.Request(links.event(what, transfer, attempt.step, attempt.leg), timeout=_TELLING, body={})


def _meeting(who: str, transfer: Transfer, attempt: Attempt, links: Links) -> tuple[Verb, ...]:
    introduction = transfer.terms.introduction if transfer.terms else ""
    spoken: tuple[Verb, ...] = (verbs.Play(url=say(introduction)),) if introduction else ()
    join = verbs.JoinConference(
        name=conference_of(transfer),
        beep="false",
        start_on_enter=True,
        end_on_exit=True,
        status_callback=links.event(f"meeting_{who}", transfer, attempt.step, attempt.leg),
        status_callback_event="join leave end",
    )
    return (*spoken, join)


def farewell(words: str) -> Document:
    """A fixed sentence, and the end of the leg."""
    return Document(main=(verbs.Play(url=say(words)), verbs.Hangup()))


def back_to_the_agent(transfer: Transfer, links: Links) -> Document:
    """For a caller whose agent is gone: to a new one, who knows."""
    return Document(main=(verbs.Transfer(dest=links.back(transfer)),))
