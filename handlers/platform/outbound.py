"""A call we placed, as the platform sees it: its document, its states, and what a machine was told."""

from dataclasses import replace
from functools import partial

import structlog
from flask import Blueprint, Response, abort, jsonify, request

from agents import greeting
from agents.documents.outbound import before_the_agent
from calls.outbound.calls import News, PlacedCall, told
from gateways.directory.versions import NoSuchBusiness
from gateways.errors import Unavailable
from handlers.auth import Forged
from handlers.requests import call_of_fetch, json_body
from handlers.services.ended_calls import refuse_placed
from handlers.wiring import Wiring
from swml.render import to_bytes
from swml.requests import CallInfo, parse_fetch
from swml.speech import say
from swml.status import parse_call_state
from swml.verbs import Document, Hangup, Play

log = structlog.get_logger()

_SORRY = say("I am sorry, something has gone wrong on our side. Goodbye.")
_HEARD: dict[str, News] = {"machine": "machine", "left": "message_left"}


def routes(wiring: Wiring) -> Blueprint:
    """`/placed/<what>`: answer is the document, state what becomes of the leg, machine and left are told by it."""
    pages = Blueprint("placed", __name__)

    @pages.before_request
    def guard() -> None:
        wiring.guard.credentials(request)

    @pages.post("/placed/answer")
    def answer() -> Response:
        wiring.guard.signature(request)
        leg = parse_fetch(json_body(request)).call
        try:
            document = _document(wiring, _token("answer"), leg)
        except (Unavailable, NoSuchBusiness) as fault:  # nobody knows what the agent was to say
            log.error("placed_call_not_answered", call=leg.call_id, reason=str(fault))
            document = to_bytes(Document(main=(Play(url=_SORRY), Hangup())))
        return Response(document, mimetype="application/json")

    @pages.post("/placed/state")
    def report_state() -> Response:
        placed_id, state = _token("state"), parse_call_state(json_body(request))
        if state.call_state == "ringing":
            _tell(wiring, placed_id, "ringing", call_id=state.call_id)
        elif state.call_state == "ended":
            _tell(wiring, placed_id, "ended", call_id=state.call_id, reason=state.end_reason)
        return jsonify({})

    @pages.post("/placed/<any(machine, left):what>")
    def heard(what: str) -> Response:
        _tell(wiring, _token(what), _HEARD[what])
        return jsonify({})

    def _token(what: str) -> str:
        _, placed_id = wiring.guard.read(request.args.get("t"), f"placed_{what}")
        return str(placed_id)

    return pages


def _tell(wiring: Wiring, placed_id: str, news: News, *, call_id: str = "", reason: str = "") -> PlacedCall:
    tell = partial(told, news=news, at=wiring.clock.now(), call_id=call_id, reason=reason)
    return wiring.records.change_placed(placed_id, tell) or abort(404)


def _document(wiring: Wiring, placed_id: str, leg: CallInfo) -> bytes:
    """The agent's document for whoever, or whatever, has answered. A token is good for one leg. Raises Forged."""
    placed = wiring.records.placed_call(placed_id) or abort(404)
    if placed.call_id not in ("", leg.call_id):
        raise Forged
    refuse_placed(wiring, placed, leg.call_id)
    placed = _tell(wiring, placed_id, "answered", call_id=leg.call_id)
    staff = wiring.staff(placed.business)
    # An agent may have been taken out of the file while the phone rang; somebody talks with whoever answers.
    agent = placed.agent if staff.has(placed.agent) else "receptionist"
    call = replace(call_of_fetch(leg, agent), business=placed.business, direction="outbound")
    wiring.records.note_call(call, wiring.clock.now())
    links = wiring.links(staff.directory)
    tools_url, report_url = links.of_call(call)
    arrival = greeting.placed(call, placed.facts, staff.directory)
    return staff.blueprint(agent, sip=call.leg == "sip").stamp(
        tools_url=tools_url,
        report_url=report_url,
        greeting=arrival.greeting,
        briefing=arrival.briefing,
        facts=arrival.facts,
        head=before_the_agent(placed, staff.directory, links),
    )
