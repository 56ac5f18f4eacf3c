"""A consult, as the platform asks for it: the documents of a person's leg, and the tools of the briefer there.

What a person answers is an event for the transfer's table, whichever way it is given; what the person hears next is
read off the transfer as it stands then. Whoever comes too late hears a fixed sentence.
"""

import re
from collections.abc import Callable, Mapping
from typing import Literal

import structlog
from flask import Blueprint, Response, abort, jsonify, request

from agents.documents import consult
from agents.documents.urls import Links
from agents.tools.briefer import ACCEPT, CALL_BACK, DECLINE
from calls.briefing.briefing import briefing_of
from calls.events import Accepted, BriefingStarted, Declined, Event, LegEnded, LegProgressed
from calls.legs.attempts import Attempt
from calls.outcomes import Outcome
from calls.phrases.redaction import redacted
from calls.transfer.effects import farewell
from calls.transfer.legs import PROMISED, find, winner
from calls.transfer.model import State, Transfer
from gateways import call_log
from gateways.errors import Unavailable
from handlers.auth import Forged
from handlers.jobs.dispatch import caller_of
from handlers.requests import json_body
from handlers.services.legs import has_ended
from handlers.wiring import Wiring
from swml import reading
from swml.render import render_reply, to_bytes
from swml.replies import Hangup, Reply, Run, Say, ToolResult
from swml.requests import Fetch, ToolPost, parse_fetch, parse_tool
from swml.verbs import Document

log = structlog.get_logger()

THANKS = "Thank you. I will pass it on. Goodbye."
_GOODBYE = "Thank you, and goodbye."
_SORRY = "I am sorry, something has gone wrong on our side. The caller is looked after. Goodbye."
_LONGEST = 200  # characters of what a person says
_BARE_NO = re.compile(r"[\W_]*(?:2|two|(?:no|nope|not now|sorry|thanks|thank you)[\W_]*)+", re.IGNORECASE)

Page = Callable[[Wiring, Transfer, Attempt, Fetch], Response]


def routes(wiring: Wiring) -> Blueprint:
    """`/consult/<what>`: answer, brief, accept, decline and later are documents; tools and report are the briefer's."""
    pages = Blueprint("consult", __name__)

    @pages.before_request
    def guard() -> None:
        wiring.guard.credentials(request)

    @pages.post("/consult/<any(answer, brief, accept, decline, later):what>")
    def fetch(what: str) -> Response:
        wiring.guard.signature(request)
        fetched = parse_fetch(json_body(request))
        try:
            transfer, attempt = _leg(wiring, wiring.guard.read(request.args.get("t"), what), fetched.call.call_id)
            return _DOCUMENTS[what](wiring, transfer, attempt, fetched)
        except Unavailable as fault:  # nothing can be promised that is not kept: the caller's side goes on without
            log.error("consult_not_kept", call=fetched.call.call_id, reason=str(fault))
            return _swml(consult.farewell(_SORRY))

    @pages.post("/consult/tools")
    def use_tool() -> Response:
        post = parse_tool(json_body(request))
        try:
            transfer, attempt = _leg(wiring, wiring.guard.read(request.args.get("t"), "tools"), post.call_id)
            if not post.function.endswith("_hook"):
                call_log.tool_used(transfer.call_id, "briefer", post.function)
            return jsonify(_use(wiring, transfer, attempt, post))
        except Unavailable as fault:
            log.error("tool_failed", call=post.call_id, tool=post.function, reason=str(fault))
            return jsonify(render_reply(Reply("That did not work just now. Ask again in a moment.")))

    @pages.post("/consult/report")
    def report() -> Response:
        """The briefer's account of its talk: its tools have said all that counts."""
        wiring.guard.read(request.args.get("t"), "report")
        return jsonify({})

    return pages


def _leg(wiring: Wiring, claims: tuple[str | int, ...], call_id: str) -> tuple[Transfer, Attempt]:
    """The transfer and the attempt a leg belongs to. A token is good for that leg alone. Raises Forged."""
    _, _, transfer_id, step, leg = claims
    transfer = wiring.records.transfer(str(transfer_id))
    attempt = find(transfer, int(step), int(leg)) if transfer else None
    if transfer is None or attempt is None:
        abort(404)
    if attempt.call_id and attempt.call_id != call_id:
        raise Forged
    return transfer, attempt


def _tell(wiring: Wiring, transfer: Transfer, event: Event) -> Transfer:
    return wiring.records.apply(transfer.id, event, wiring.clock.now()) or transfer


# --- documents ----------------------------------------------------------------------------------------------------


def _answer(wiring: Wiring, transfer: Transfer, attempt: Attempt, fetched: Fetch) -> Response:
    transfer = _tell(wiring, transfer, LegProgressed(attempt.step, attempt.leg, "answered", fetched.call.call_id))
    if not _is_wanted(transfer, attempt):
        return _swml(_after_yes(wiring, transfer, attempt))
    return _swml(consult.answering(transfer, attempt, _links(wiring, transfer)))


def _brief(wiring: Wiring, transfer: Transfer, attempt: Attempt, fetched: Fetch) -> Response:
    transfer = _tell(wiring, transfer, BriefingStarted(attempt.step, attempt.leg, fetched.call.call_id))
    if not _is_wanted(transfer, attempt):  # accepted by card meanwhile, or too late
        return _swml(_after_yes(wiring, transfer, attempt))
    if attempt.words == PROMISED:  # they know what it is about, and have said yes already
        return _accept(wiring, transfer, attempt, fetched)
    staff, links = wiring.staff(transfer.business, transfer.directory), _links(wiring, transfer)
    person = staff.directory.people.get(attempt.person or "")
    briefing = briefing_of(
        transfer, caller=caller_of(wiring, transfer), directory=staff.directory, person=attempt.person
    )
    hello = f"Hello{f' {person.name}' if person else ''}, {staff.directory.company} has a caller for you."
    at = (transfer, attempt.step, attempt.leg)
    within = float(transfer.terms.accept_within if transfer.terms else 0)
    document = staff.blueprint("briefer").stamp(
        tools_url=links.consult("tools", *at),
        report_url=links.consult("report", *at),
        greeting=briefing.whisper(),
        briefing=briefing.prompt(wiring.records.conversation(transfer.id)),
        head=consult.first_gate(hello, transfer, attempt, links, staff.directory),
        tail=consult.last_gate(transfer, attempt, links, staff.directory, within=within),
    )
    return Response(document, mimetype="application/json")


def _accept(wiring: Wiring, transfer: Transfer, attempt: Attempt, fetched: Fetch) -> Response:
    transfer = _tell(wiring, transfer, Accepted(attempt.step, attempt.leg, fetched.call.call_id, _via(fetched)))
    return _swml(_after_yes(wiring, transfer, attempt))


def _decline(wiring: Wiring, transfer: Transfer, attempt: Attempt, fetched: Fetch) -> Response:
    via = _via(fetched)
    words = _clean(reading.text(fetched.vars.get("prompt_value"))) if via == "voice" else ""
    words = "" if _BARE_NO.fullmatch(words) else words
    _tell(wiring, transfer, Declined(attempt.step, attempt.leg, words, via))
    return _swml(consult.farewell(THANKS if words else _GOODBYE))


def _later(wiring: Wiring, transfer: Transfer, attempt: Attempt, fetched: Fetch) -> Response:
    _tell(wiring, transfer, Declined(attempt.step, attempt.leg, "will call back later", "keypad"))
    return _swml(consult.farewell(THANKS))


_DOCUMENTS: Mapping[str, Page] = {
    "answer": _answer,
    "brief": _brief,
    "accept": _accept,
    "decline": _decline,
    "later": _later,
}


def _via(fetched: Fetch) -> Literal["voice", "keypad"]:
    """How the question before this document was answered."""
    return "voice" if fetched.vars.get("prompt_result") == "match_speech" else "keypad"


def _is_wanted(transfer: Transfer, attempt: Attempt) -> bool:
    now = find(transfer, attempt.step, attempt.leg)
    return transfer.state is State.CONSULTING and now is not None and now.open


def _after_yes(wiring: Wiring, transfer: Transfer, attempt: Attempt) -> Document:
    """To the caller, if this is the one who has them; else a fixed sentence."""
    won = winner(transfer)
    mine = won is not None and (won.step, won.leg) == (attempt.step, attempt.leg)
    if mine and transfer.state in (State.ACCEPTED, State.BRIDGED):
        return consult.joining(transfer, attempt, _links(wiring, transfer))
    return consult.farewell(farewell(transfer))


# --- the briefer's tools ------------------------------------------------------------------------------------------


def _use(wiring: Wiring, transfer: Transfer, attempt: Attempt, post: ToolPost) -> Mapping[str, object]:
    at = (attempt.step, attempt.leg)
    match post.function:
        case ACCEPT.name:
            transfer = _tell(wiring, transfer, Accepted(*at, post.call_id, "voice"))
            go = Run(_after_yes(wiring, transfer, attempt), transfer=True)
            return render_reply(Reply(ToolResult("They are on the way to the caller.", "Say nothing more."), (go,)))
        case DECLINE.name:
            return _declined(wiring, transfer, attempt, _said(post, "message"))
        case CALL_BACK.name:
            return _declined(wiring, transfer, attempt, f"will call back {_said(post, 'when')}".strip())
        case "hangup_hook":
            if transfer.state is State.CONSULTING and has_ended(wiring, post.call_id):
                _tell(wiring, transfer, LegEnded(*at, Outcome.BRIDGED))
            return {}  # the briefer may end and the person stay, at the last gate or on the way to the caller
        case "startup_hook":
            return {}
    return render_reply(Reply(f"There is no tool {post.function} here. Use one of the tools you have."))


def _declined(wiring: Wiring, transfer: Transfer, attempt: Attempt, words: str) -> Mapping[str, object]:
    _tell(wiring, transfer, Declined(attempt.step, attempt.leg, words, "voice"))
    return render_reply(Reply(ToolResult("The caller will be told.", "Say nothing more."), (Say(THANKS), Hangup())))


def _said(post: ToolPost, name: str) -> str:
    return _clean(str(post.arguments.get(name) or ""))


def _clean(words: str) -> str:
    return redacted(" ".join(words.split()), "spoken")[:_LONGEST]


def _links(wiring: Wiring, transfer: Transfer) -> Links:
    return wiring.links_of(transfer.business)


def _swml(document: Document) -> Response:
    return Response(to_bytes(document), mimetype="application/json")
