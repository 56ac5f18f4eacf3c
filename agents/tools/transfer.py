"""What each tool answers. Pure: a tool call and the call as it stands give an `Answer`, which handlers keep and send.

No answer claims that a transfer succeeded. It says what has been started; how it ended comes back with the caller.
"""

from dataclasses import replace
from typing import Any

from agents.documents.chain import Chain, plan
from agents.documents.ring import ANNOUNCING, claimed_for
from agents.tools import consult
from agents.tools.context import Answer, Asked, Visit
from agents.tools.messages import book
from agents.tools.sms import text_values, texts_for
from calls.briefing.briefing import briefing_of
from calls.directory.model import Department
from calls.directory.steps import Callback, Hangup, Ring
from calls.directory.templates import render_speech
from calls.numbers import Number, Unreadable
from calls.orders import KeepMessage
from calls.outcomes import Outcome
from calls.routing import wording
from calls.routing.openings import availability, everybody_busy
from calls.routing.policy import (
    TOO_MANY_DIALS,
    Caller,
    Refusal,
    Route,
    Wanted,
    choose,
    may_dial,
    no_callback,
    no_message,
)
from calls.routing.ring_order import rounds
from calls.transfer.machine import Mechanism, State, Transfer
from swml import replies, verbs
from swml.replies import Reply, Run, Say, ToolResult
from swml.speech import literal
from swml.verbs import Document

_KEEP_QUIET = "Say nothing more: the caller has already been told."
_ENOUGH = "Tell the caller so. What was kept before stands."
_OFFER = "Tell the caller in your own words, and offer to take a message or to arrange a callback."


def transfer(asked: Asked, visit: Visit) -> Answer:
    """`connect`, `swml_transfer` and `sip_refer`: the directory says how a destination is reached, not the model."""
    return _move(asked, visit, _wanted(asked, asked.text("destination", limit=100)))


def escalate(asked: Asked, visit: Visit) -> Answer:
    """To the department the caller named, else to the one the directory keeps for it."""
    named, escalation = asked.text("destination", limit=100), visit.directory.escalation
    if escalation and not visit.directory.department(named):
        named = escalation.department
    urgent = (("urgency", "high"),) if asked.text("urgency") == "high" else ()
    asked = replace(asked, facts=(*asked.facts, *urgent))
    return _move(asked, visit, _wanted(asked, named, escalation=True))


def dial(asked: Asked, visit: Visit) -> Answer:
    """A number the caller gave. The policy of the directory decides, whatever the model was talked into."""
    return _move(asked, visit, Wanted("", *_why(asked), number=asked.text("number", limit=40)))


def check_availability(asked: Asked, visit: Visit) -> Answer:
    """Open or closed, and until when, computed from the directory's hours."""
    told = availability(asked.text("destination", limit=100), visit.directory, visit.at, visit.presences)
    return _say_so(told.words, "Tell the caller if it matters.")


def take_message(asked: Asked, visit: Visit) -> Answer:
    """Keep a message for a department. The same message twice is one message."""
    found, body = _department(asked, visit), asked.text("message", limit=4000)
    if isinstance(found, Answer):
        return found
    if not body:
        return _say_so("There is no message yet.", "Ask the caller what the message is.")
    if over := no_message(visit.asked_before, visit.directory.policy):
        return _say_so(over, _ENOUGH)
    given = asked.text("callback_number", limit=40)
    number = _number_to_ring(given, visit)
    if given and not isinstance(number, Number):
        return _say_so(number, "Ask the caller for the number again, or keep the message without one.")
    order = _message(asked, visit, found, number if isinstance(number, Number) else None)
    return Answer(
        _reply(f"The message for {found.title} is kept.", "Tell the caller that it will be passed on."),
        orders=(replace(order, kind="message", body=body),),
    )


def request_callback(asked: Asked, visit: Visit) -> Answer:
    """Book a callback to a number that the policy allows us to ring."""
    found = _department(asked, visit)
    if isinstance(found, Answer):
        return found
    number = _number_to_ring(asked.text("number", limit=40), visit)
    if not isinstance(number, Number):
        return _say_so(number, "Ask the caller for a number where they can be reached.")
    over = no_callback(found.name, number, visit.asked_before, visit.directory.policy, visit.call.caller)
    if over or visit.no_dials:
        return _say_so(over or TOO_MANY_DIALS.sentence, _ENOUGH)
    booked = book(asked, visit, found, number)
    if booked is None:
        return _say_so("It is not clear when that is.", "Ask the caller for a day and a time.")
    told = _reply(booked.told, "Tell the caller that they will be rung back, and when.")
    return Answer(told, orders=(booked.order,), event=consult.instead(visit))


def hand_back(asked: Asked, visit: Visit) -> Answer:
    """Return the caller to the agent who sent them, with what was done here as a spoken reason."""
    sent = visit.sent_by
    if sent is None:
        return _say_so("Nobody sent this caller to you.", "Go on helping the caller yourself.")
    back = Document(main=(verbs.Transfer(dest=visit.links.back(sent)),))
    reply = Reply(ToolResult("The caller is on the way back.", _KEEP_QUIET), (Run(back, transfer=True),))
    return Answer(reply, returned_with=asked.text("summary") or asked.text("reason"))


def end_call(asked: Asked, visit: Visit) -> Answer:
    """The closing line, to its end, and then the line is cleared."""
    return Answer(
        Reply(
            "The call is ending.", (Say(literal(wording.goodbye(visit.directory, visit.call.agent))), replies.Hangup())
        )
    )


def nothing(asked: Asked, visit: Visit) -> Answer:
    """The platform's own hooks: noted by whoever received them, and answered with nothing."""
    return Answer(Reply(""))


def _why(asked: Asked) -> tuple[str, str]:
    return asked.text("reason", limit=200), asked.text("summary", limit=1000)


def _wanted(asked: Asked, destination: str, *, escalation: bool = False) -> Wanted:
    """With the language and the skill that the caller needs, as far as the model has said them."""
    skill = asked.text("skill", limit=60)
    return Wanted(
        destination,
        *_why(asked),
        escalation=escalation,
        speaks=asked.text("language", limit=20),
        skills=(skill,) if skill else (),
    )


def _move(asked: Asked, visit: Visit, wanted: Wanted) -> Answer:
    choice = choose(wanted, visit.directory, visit.at, caller_of(visit), visit.presences)
    if isinstance(choice, Refusal):
        return refused(choice, wanted, visit)
    if isinstance(choice.steps[0], Callback):
        return refused(_only_a_callback(choice), wanted, visit)
    record = new_transfer(
        wanted,
        visit,
        choice.mechanism,
        destination=choice.destination,
        final=choice.final,
        facts=(*asked.facts, *_needs(wanted)),
        plan=plan(choice),
    )
    if choice.mechanism == "consult":
        record = consult.begins(choice, record, visit)
    if isinstance(choice.steps[0], Hangup):  # said and done: nothing more will be heard of it
        ending = Outcome.CLOSED if choice.closed else Outcome.BUSY if choice.occupied else Outcome.REFUSED
        record = replace(record, state=State.ENDED, outcome=ending, ended_at=visit.at)
    values = text_values(choice, record, visit)
    texts = texts_for(choice, record, visit, values=values)
    in_call = tuple(t for t in texts if not t.skip) if visit.texts_in_call else ()
    claims, seconds = _claims(choice, record, visit)
    chain = Chain(
        choice,
        record,
        visit.links,
        visit.directory,
        visit.call.caller,
        in_call,
        claimed=bool(claims),
        line=visit.call.line,
    )
    announced = render_speech(choice.announce, values, visit.directory.language)
    if record.terms:
        return Answer(consult.waits(record, announced, chain.texting()), record, texts)
    if choice.final and not isinstance(choice.steps[0], Hangup):  # which says goodbye itself
        announced = f"{wording.own_goodbye(visit.directory, visit.call.agent)} {announced}".strip()
    words = literal(announced)
    reply = visit.forms.reply(_moving, choice, chain, words) if visit.forms else _moving(choice, chain, words)
    return Answer(reply, record, texts, claims=claims, claimed_for=seconds)


def _claims(route: Route, record: Transfer, visit: Visit) -> tuple[tuple[str, ...], int]:
    """Who rings as the document begins, and for how many seconds nobody else may ring them."""
    first = route.steps[0]
    if record.terms or not isinstance(first, Ring):  # a consult claims people one by one, as it dials
        return (), 0
    people = rounds(first)[0].people
    if not people:
        return (), 0
    briefing = briefing_of(record, caller=visit.call.caller, directory=visit.directory)
    words = briefing.whisper() if first.handoff != "blind" else ""
    return people, ANNOUNCING + claimed_for(first, words, within=route.accept_within)


def _needs(wanted: Wanted) -> tuple[tuple[str, str], ...]:
    language = (("language", wanted.speaks),) if wanted.speaks else ()
    return (*language, *(("skill", skill) for skill in wanted.skills))


def _only_a_callback(route: Route) -> Refusal:
    """Nothing to move the caller to: the agent books the callback itself, with its own tool."""
    closed = f"{route.title} is closed {route.closed.words}. " if route.closed else ""
    if route.occupied and route.department:
        closed = f"{everybody_busy(route.department)} "
    outcome = Outcome.CLOSED if route.closed else Outcome.BUSY if route.occupied else Outcome.REFUSED
    return Refusal(outcome, "callback", f"{closed}A callback from {route.title} can be booked with request_callback.")


def _moving(route: Route, chain: Chain, words: str) -> Reply:
    run = Run(chain.document(), transfer=chain.detached)
    started = f"The transfer to {route.title} has been started; how it ends is not known yet."
    if route.announce_mode == "post_process":
        told = ToolResult(started, f"Say exactly this and nothing more: {words}")
        return Reply(told, (run,), post_process=True)
    # `say` is spoken to its end before the next action begins.
    return Reply(ToolResult(started, _KEEP_QUIET), (Say(words), run))


def refused(refusal: Refusal, wanted: Wanted, visit: Visit) -> Answer:
    """The refusal in words for the agent, and on record as a transfer that has ended."""
    found = visit.directory.find(wanted.destination)
    asked_for = found.name if found else wanted.destination
    record = new_transfer(
        wanted,
        visit,
        "connect",
        destination=asked_for,
        final=False,
        state=State.ENDED,
        outcome=refusal.outcome,
        ended_at=visit.at,
    )
    return Answer(_reply(refusal.sentence, _OFFER), record)


def new_transfer(wanted: Wanted, visit: Visit, mechanism: Mechanism, **known: Any) -> Transfer:
    """A transfer that begins in this call, with what is `known` of it."""
    return Transfer(
        id=visit.transfer_id,
        ref=visit.ref,
        call_id=visit.call.id,
        mechanism=mechanism,
        reason=wanted.reason,
        summary=wanted.summary,
        agent=visit.call.agent,
        sent_by=visit.call.sent_by,
        started_at=visit.at,
        business=visit.call.business,
        directory=visit.directory.number,
        **known,
    )


def caller_of(visit: Visit) -> Caller:
    """The caller as the policy looks at them."""
    call = visit.call
    return Caller(
        number=call.caller,
        line=call.line,
        leg=call.leg,
        agent=call.agent,
        transfers=visit.transfers,
        transfers_last_hour=visit.transfers_last_hour,
        over_budget=visit.no_dials,
    )


def _department(asked: Asked, visit: Visit) -> Department | Answer:
    name = asked.text("destination", limit=100)
    found = visit.directory.department(name)
    if found:
        return found
    known = ", ".join(list(visit.directory.departments)[:20])
    return _say_so(f"There is no such department. There are: {known}.", "Ask which one is meant.")


def _number_to_ring(given: str, visit: Visit) -> Number | str:
    """The number to ring the caller back at, or the reason why there is none."""
    if not given:
        own = visit.call.caller
        if not isinstance(own, Number):
            return "The caller's own number is not known."
        return own if may_dial(own, visit.directory) else "We may not ring the caller's own number."
    try:
        number = Number.parse(given, visit.directory.country)
    except Unreadable as reason:
        return f"That is not a phone number we can ring: {reason}"
    return number if may_dial(number, visit.directory) else "We may not ring numbers there."


def _message(asked: Asked, visit: Visit, department: Department, number: Number | None) -> KeepMessage:
    return KeepMessage(
        key=asked.key(visit.call.id),
        kind="message",
        call_id=visit.call.id,
        destination=department.name,
        at=visit.at,
        name=asked.text("name", limit=100),
        number=number,
        business=visit.call.business,
    )


def _reply(fact: str, instruction: str) -> Reply:
    return Reply(ToolResult(fact, instruction))


def _say_so(fact: str, instruction: str) -> Answer:
    return Answer(_reply(fact, instruction))
