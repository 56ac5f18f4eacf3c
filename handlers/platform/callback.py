"""A chain that ends with a promise to ring back: its document asks us to book that, and says what we answer."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, jsonify, request

from agents.documents.step_results import noted
from calls.directory.hours import moment_words
from calls.events import CallbackBooked
from calls.numbers import Number
from calls.outbound.callback_times import earliest, message_of
from calls.outcomes import Outcome
from calls.phrases.spoken_names import in_a_sentence
from calls.queue.matching import queue_for, takers
from calls.routing.openings import sentence_case
from calls.routing.policy import may_dial
from calls.transfer.model import Transfer
from calls.transfer.queue_membership import entry_of
from gateways.database.rows import Json
from handlers.requests import call_of_row, json_body
from handlers.services.ended_calls import refuse_ended
from handlers.wiring import Wiring
from swml.render import render_answer

_PROMISED = "{department} will ring you back {when}. Thank you for calling. Goodbye."
_SAYING = timedelta(seconds=20)  # in which the caller is told so, and hangs up
_ASK: Json = {}  # an agent is to ask for a number, or what to do instead


def routes(wiring: Wiring) -> Blueprint:
    """`/callback`, where a document books that its caller is rung back."""
    pages = Blueprint("booking", __name__)

    @pages.post("/callback")
    def book() -> Response:
        wiring.guard.credentials(request)
        _, _, transfer_id, step, _ = wiring.guard.read(request.args.get("t"), "callback_step")
        transfer = wiring.records.transfer(str(transfer_id)) or abort(404)
        refuse_ended(wiring, transfer)
        return jsonify(render_answer(_book(wiring, transfer, int(step), _results(transfer))))

    return pages


def _results(transfer: Transfer) -> tuple[tuple[int, Outcome], ...]:
    """What the steps before came to, as the document noted it: the platform's own reports may have been lost."""
    body = json_body(request)
    return noted(body, transfer.id) if isinstance(body, dict) else ()


def _book(wiring: Wiring, transfer: Transfer, step: int, results: tuple[tuple[int, Outcome], ...]) -> Json:
    directory, now = wiring.directory_of(transfer), wiring.clock.now()
    department = directory.departments.get(transfer.destination)
    row = wiring.records.call(transfer.call_id)
    call = call_of_row(row) if row else None
    number = call.caller if call else None
    if call is None or department is None or not isinstance(number, Number) or not may_dial(number, directory):
        return _ASK
    due = earliest(number, department, directory, now)
    entry = entry_of(transfer, step, call, queue=queue_for(department, directory), since=transfer.started_at)
    entry = replace(entry, kind="callback", due_at=max(due, now + _SAYING))
    if wiring.carrier and takers(entry.queue, directory):
        wiring.records.book_callback(entry, now)
    else:
        wiring.records.keep_message(message_of(entry, entry.since))
    wiring.records.apply(transfer.id, CallbackBooked(step, results), now)
    zone = ZoneInfo(department.timezone or directory.timezone)
    when = f"from {moment_words(due.astimezone(zone), now)} on" if due > now else "as soon as someone is free"
    return {"say": _PROMISED.format(department=sentence_case(in_a_sentence(department.title)), when=when)}
