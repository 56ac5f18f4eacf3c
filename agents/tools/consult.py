"""What is answered while somebody is found for a caller who waits: how that begins, and how it may be changed."""

from collections.abc import Sequence
from dataclasses import replace

from agents.documents.consult import HOLD_MARGIN, terms_of
from agents.tools.context import Answer, Asked, Visit
from agents.tools.sms import text_values
from calls.directory.templates import render_speech
from calls.events import Cancelled, SummaryReady
from calls.outcomes import Outcome
from calls.phrases.redaction import redacted
from calls.routing.policy import Route
from calls.transfer.model import State, Transfer
from swml.replies import LONGEST_HOLD, Action, Hold, Reply, Run, Say, ToggleFunctions, ToolResult
from swml.speech import literal
from swml.verbs import Document, Verb

WHILE_WAITING = ("cancel_transfer", "add_details")
"""The tools that are of use only while a person is being found and the agent goes on talking."""


def begins(route: Route, record: Transfer, visit: Visit) -> Transfer:
    """The record of a consult as it begins. Where we cannot ring people ourselves, the document whispers instead."""
    if not visit.can_consult:
        return replace(record, mechanism="whisper")
    terms = terms_of(route, visit.directory, str(visit.call.line or ""))
    values = text_values(route, record, visit, introduction=terms.introduction)
    language = visit.directory.language
    introduction = literal(render_speech(terms.introduction, values, language))
    announced = render_speech(route.announce, values, language)
    terms = replace(terms, introduction=introduction, spoken=len(announced.split()) / _WORDS_A_SECOND + 1.0)
    return replace(record, mechanism="consult", terms=terms)


def waits(record: Transfer, announced: str, texting: Sequence[Verb]) -> Reply:
    """The caller is told, texts go out, and then the caller holds, or goes on talking."""
    assert record.terms is not None
    said: tuple[Action, ...] = (Say(literal(announced)),)
    texts: tuple[Action, ...] = (Run(Document(main=tuple(texting))),) if texting else ()
    started = (
        f"Somebody at {record.terms.department} is being rung and told what it is about. How it ends is not known."
    )
    if record.terms.talk:
        on = ToggleFunctions(dict.fromkeys(WHILE_WAITING, True))
        return Reply(ToolResult(started, _TALK), (*said, *texts, on))
    limit = min(LONGEST_HOLD, record.terms.hold_limit + HOLD_MARGIN)
    return Reply(ToolResult(started, _HOLD), (*said, *texts, Hold(limit)))


_WORDS_A_SECOND = 2.5  # of speech
_HOLD = "Say nothing more: the caller has been told and hears music. You are told when nobody takes the call."
_TALK = (
    "The caller has been told. Keep them company: ask what else matters and pass it on with add_details. "
    "If they do not want to wait, use cancel_transfer, or request_callback if they would rather be rung back. "
    "Never say that someone is coming."
)


def cancel_transfer(asked: Asked, visit: Visit) -> Answer:
    """The caller does not want to wait any longer."""
    if not _is_waiting(visit):
        return Answer(Reply(ToolResult("No transfer is waiting.", "Go on helping the caller.")))
    off = ToggleFunctions(dict.fromkeys(WHILE_WAITING, False))
    said = ToolResult("The transfer is cancelled; nobody is rung any more.", "Ask what you can do instead.")
    return Answer(Reply(said, (off,)), event=Cancelled())


def add_details(asked: Asked, visit: Visit) -> Answer:
    """What the caller adds while waiting reaches whoever is briefed from now on."""
    details = redacted(asked.text("details"), "spoken")
    if not (details and _is_waiting(visit)):
        return Answer(Reply(ToolResult("There is nothing to pass on, or nobody is being asked.", "Go on helping.")))
    said = ToolResult("It will be passed on.", "Ask whether there is anything else.")
    return Answer(Reply(said), event=SummaryReady(details, "caller"))


def instead(visit: Visit) -> Cancelled | None:
    """A caller who books a callback while waiting has chosen it instead."""
    return Cancelled(Outcome.CALLBACK_BOOKED) if _is_waiting(visit) else None


def _is_waiting(visit: Visit) -> bool:
    return visit.waiting is not None and visit.waiting.state in (State.REQUESTED, State.CONSULTING)
