"""Documents: what the platform runs when a call reaches us, is handed to an agent of ours, or comes back to one.

Nothing is written before a first document is answered: whatever a later request needs to know of the call is in its
signed token and in the platform's own account of the leg (SWMLCall), so the row of a call is written behind, in
groups, and restored by the first tool call if we die before it is written. Nobody has been told anything by then but
a greeting. A document that belongs to a transfer is different: its event is kept before it is answered.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog
from flask import Blueprint, Response, abort, request

from agents import greeting
from agents.documents.step_results import noted
from agents.greeting import Arrival
from agents.registry import Staff
from calls.call import Call
from calls.events import Disconnected, Event, HandedOver, Returned
from calls.outcomes import Outcome, read_outcome
from calls.transfer.machine import Transfer
from calls.transfer.result import cut_short
from gateways.directory.versions import NoSuchLine
from gateways.errors import Unavailable
from handlers.auth import Forged, Request
from handlers.platform import queue
from handlers.platform.dial_in import next_caller
from handlers.platform.fast_path import View
from handlers.requests import call_of_fetch, json_body, token_of
from handlers.services.ended_calls import refuse_ended
from handlers.wiring import Wiring
from swml import verbs
from swml.render import to_bytes
from swml.requests import Fetch, parse_fetch
from swml.speech import say
from swml.verbs import Document

log = structlog.get_logger()

_NOT_IN_SERVICE = say("I am sorry, this number is not in service here. Goodbye.")
_NOBODYS_LINE = Document(main=(verbs.Answer(), verbs.Play(url=_NOT_IN_SERVICE), verbs.Hangup()))


def routes(wiring: Wiring) -> Blueprint:
    """`/swml`, where a number points, and `/swml/<agent>`, one agent."""
    pages = Blueprint("swml", __name__)

    @pages.before_request
    def guard() -> None:
        wiring.guard.credentials(request)
        wiring.guard.signature(request)

    @pages.get("/swml")
    @pages.get("/swml/<agent>")
    def fetch_by_get(agent: str | None = None) -> Response:
        """A GET carries no call. The document sends the platform on to the same address by POST, which does."""
        if agent and not any(wiring.staff(one.business).has(agent) for one in wiring.directories.all()):
            abort(404)
        url = wiring.settings.credentialed_url(request.full_path.rstrip("?"))
        return _swml(to_bytes(Document(main=(verbs.Transfer(dest=url),))))

    @pages.post("/swml")
    @pages.post("/swml/<agent>")
    def fetch(agent: str | None = None) -> Response:
        return _swml(_answer(wiring, request, agent))

    return pages


def direct(wiring: Wiring) -> View:
    """A POST of `/swml`, past Flask."""

    def fetch(request: Request) -> bytes:
        wiring.guard.credentials(request)
        wiring.guard.signature(request)
        return _answer(wiring, request, None)

    return fetch


def _answer(wiring: Wiring, request: Request, agent: str | None) -> bytes:
    fetched = parse_fetch(json_body(request))
    if token := token_of(request):
        return _for_transfer(wiring, fetched, token, agent or "")
    return _for_call(wiring, fetched, agent)


def _for_call(wiring: Wiring, fetched: Fetch, agent: str | None) -> bytes:
    now = wiring.clock.now()
    call = call_of_fetch(fetched.call, agent or "")
    try:
        business = wiring.business_of(call.line)
    except NoSuchLine as reason:
        log.warning("nobodys_line", call=call.id, reason=str(reason))
        return to_bytes(_NOBODYS_LINE)
    staff = wiring.staff(business)
    version = staff.directory.number
    call = replace(call, business=business, directory=version, agent=agent or staff.answering(call.line, now))
    if not staff.has(call.agent):
        abort(404)
    if not agent and (document := next_caller(wiring, staff.directory, call)):
        return to_bytes(document)
    wiring.records.note_call(call, now)
    return _document(wiring, staff, call=call, arrival=greeting.first(call, staff.directory))


def _for_transfer(wiring: Wiring, fetched: Fetch, token: str, agent: str) -> bytes:
    claims = wiring.guard.read(token, "arrive", "back", "after", "over")
    what, call_id, transfer_id, step, named, *business = (str(claim) for claim in claims)
    call = replace(call_of_fetch(fetched.call, agent), business="".join(business))
    if (call_id, named) != (call.id, agent) or _on_a_foreign_line(wiring, call):
        raise Forged
    known = _look_up(wiring, transfer_id)
    refuse_ended(wiring, known)
    if known and what == "after" and (document := _waits_on(wiring, fetched, transfer_id, int(step))):
        return to_bytes(document)
    if known:
        event = _what_happened(wiring, what, known, step=int(step), agent=agent, variables=fetched.vars)
    transfer = _keep(wiring, known, event) if known else None
    staff = wiring.staff(call.business, transfer.directory if transfer else 0)
    directory = staff.directory
    call = replace(call, directory=directory.number)
    # An agent may have been taken out of the file while it was talking; somebody receives its caller all the same.
    call = replace(call, agent=agent if staff.has(agent) else "receptionist")
    if transfer is None:
        return _document(wiring, staff, call=call, arrival=greeting.first(call, directory))
    if what == "arrive":
        call = replace(call, sent_by="" if transfer.final else transfer.id)
        arrival = greeting.sent(call, transfer, directory)
        return _document(wiring, staff, call=call, arrival=arrival, sent_by=transfer)
    if transfer.final and _is_done(what, transfer, wiring.clock.now()):
        return to_bytes(Document(main=(verbs.Hangup(),)))
    sender = _handoff(wiring, transfer.sent_by)
    call = replace(call, sent_by=sender.id if sender else "")
    arrival = greeting.returned(call, transfer, directory)
    return _document(wiring, staff, call=call, arrival=arrival, sent_by=sender)


def _waits_on(wiring: Wiring, fetched: Fetch, transfer_id: str, step: int) -> Document | None:
    """The rest of the chain, for a caller who came out of a queue without a talk; None when an agent has them now."""
    try:
        return queue.goes_on(wiring, fetched, transfer_id, step)
    except Unavailable as fault:
        log.error("transfer_not_kept", transfer=transfer_id, reason=str(fault))
        return None


def _on_a_foreign_line(wiring: Wiring, call: Call) -> bool:
    """Whether the line is that of another business, and has not only come into its file since the call began."""
    if wiring.directories.owner(call.line) in (None, call.business):
        return False
    row = wiring.records.call(call.id)
    return row is None or row["line"] != str(call.line)


def _is_done(what: str, transfer: Transfer, at: datetime) -> bool:
    """Whether a caller who is with no one any more needs no one: they were served, or have talked with a person."""
    if what == "over":
        return transfer.outcome is Outcome.BRIDGED and not cut_short(transfer, at)
    return what == "after" and transfer.outcome is not None and transfer.outcome.taken_care_of


def _what_happened(
    wiring: Wiring, what: str, transfer: Transfer, *, step: int, agent: str, variables: Mapping[str, object]
) -> Event:
    """What a fetch that belongs to a transfer tells of it."""
    if what == "over" and transfer.final and not cut_short(transfer, wiring.clock.now()):  # else an agent goes on
        return Disconnected(step)
    notes = noted(variables, transfer.id)
    if what == "arrive":
        return HandedOver(step, agent, notes)
    if what == "after":  # the queue was left by a bridge, or the platform takes this way out for a timeout too
        notes = (*notes, (step, read_outcome(str(variables.get("queue_result", "")))))
    return Returned(notes)


def _look_up(wiring: Wiring, transfer_id: str) -> Transfer | None:
    """A transfer. None when the database is away: the caller is here, and an agent must answer."""
    try:
        return wiring.records.transfer(transfer_id)
    except Unavailable as fault:
        log.error("transfer_not_kept", transfer=transfer_id, reason=str(fault))
        return None


def _keep(wiring: Wiring, transfer: Transfer, event: Event) -> Transfer | None:
    """The transfer after the event. None when the database is away."""
    try:
        return wiring.records.apply(transfer.id, event, wiring.clock.now())
    except Unavailable as fault:
        log.error("transfer_not_kept", transfer=transfer.id, reason=str(fault))
        return None


def _handoff(wiring: Wiring, transfer_id: str) -> Transfer | None:
    """The temporary handoff that is still open around the one that has just come back, if there is one."""
    transfer = wiring.records.transfer(transfer_id) if transfer_id else None
    return transfer if transfer and transfer.live else None


def _document(wiring: Wiring, staff: Staff, *, call: Call, arrival: Arrival, sent_by: Transfer | None = None) -> bytes:
    """The agent's blueprint with this call stamped into it, all from one version of the directory."""
    links = wiring.links(staff.directory)
    tools_url, report_url = links.of_call(call)
    tail = (verbs.Transfer(dest=links.back(sent_by)),) if sent_by and call.sent_by else None
    return staff.blueprint(call.agent, sip=call.leg == "sip", returning=bool(call.sent_by)).stamp(
        tools_url=tools_url,
        report_url=report_url,
        greeting=arrival.greeting,
        briefing=arrival.briefing,
        facts=arrival.facts,
        tail=tail,
    )


def _swml(document: bytes) -> Response:
    return Response(document, mimetype="application/json")
