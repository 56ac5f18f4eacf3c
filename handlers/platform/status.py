"""What the platform reports: how legs, queues and messages went, and how a conversation ended.

Reports are advisory. They come late, twice, out of order or never; each becomes an event for the transfer's table,
which lets it sharpen the record and nothing else. Nothing waits for one.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import structlog
from flask import Blueprint, Response, abort, jsonify, request

from calls.call import Call
from calls.events import (
    CallerLeft,
    CallerMoved,
    Connected,
    ConnectFailed,
    Disconnected,
    Event,
    HandedOver,
    LegEnded,
    LegProgressed,
    MessageLeft,
    PersonJoined,
    Queued,
    ReferAnswered,
    TextNoted,
    Unqueued,
)
from calls.outcomes import Outcome, read_outcome, read_refer
from calls.phrases.redaction import shortened
from calls.transfer.model import State
from calls.transfer.result import cut_short, talked
from gateways.messaging.sms import reason_of
from handlers.auth import Forged
from handlers.platform import queue
from handlers.requests import call_of_token, json_body
from handlers.services.ended_calls import refuse_after
from handlers.wiring import Wiring
from swml import status
from swml.requests import ReportPost, parse_report

log = structlog.get_logger()

# What agents are asked to report, in agents/prompts/report.md; prose instead of that is kept as `summary`.
_REPORTED = ("caller", "need", "done", "outcome", "summary")
_LONGEST = 1000  # characters of each
_AFTER_HANGUP = timedelta(hours=1)  # for a report that comes late
_EARLY = 0.5  # seconds by which the platform may end a round too soon

Reader = Callable[[object, int, int], Event | None]


def routes(wiring: Wiring) -> Blueprint:
    """`/events/<kind>` for callbacks about a transfer, `/report` for the end of a conversation."""
    pages = Blueprint("callbacks", __name__)

    @pages.before_request
    def guard() -> None:
        wiring.guard.credentials(request)

    @pages.post("/events/<kind>")
    def report_event(kind: str) -> Response:
        if kind not in READERS:
            abort(404)
        _, _, transfer_id, step, leg, *last = wiring.guard.read(request.args.get("t"), kind)
        event = READERS[kind](json_body(request), int(step), int(leg))
        if last and isinstance(event, Connected | ConnectFailed | Disconnected):
            event = replace(event, legs=tuple(range(int(leg), int(last[0]) + 1)))
        now = wiring.clock.now()
        transfer = wiring.records.apply(str(transfer_id), event, now) if event else None
        if transfer and isinstance(event, TextNoted) and event.reason == "opted_out":
            wiring.records.opt_out(event.to, "the provider said so", now, transfer.business)
        if transfer and kind == "queue" and isinstance(event, Queued):
            queue.is_waiting(wiring, transfer, event.step, int(leg))
        return jsonify({})

    @pages.post("/events/over")
    def bridge_over() -> Response:
        """A document asks after a bridge that the caller has outlived: shall it hang up, or is the agent needed?"""
        _, _, transfer_id, step, _ = wiring.guard.read(request.args.get("t"), "over")
        now = wiring.clock.now()
        transfer = wiring.records.transfer(str(transfer_id))
        if transfer is None or not talked(transfer, int(step), now):
            wiring.records.apply(str(transfer_id), ConnectFailed(int(step), Outcome.DECLINED), now)
            return jsonify({"next": "agent"})
        for event in (Connected(int(step)), Disconnected(int(step))):  # the first is no news but when it was lost
            wiring.records.apply(transfer.id, event, now)
        cut = transfer.bridged_at is not None and cut_short(transfer, now)
        return jsonify({"next": "agent" if cut else "hangup"})

    @pages.post("/report")
    def report_conversation() -> Response:
        claims, made_at = wiring.guard.read_dated(request.args.get("t"), "call_report")
        report = parse_report(json_body(request))
        if report.call_id != claims[1]:
            raise Forged
        refuse_after(wiring, report.call_id, made_at, _AFTER_HANGUP)
        if isinstance(report, ReportPost):
            _keep_report(wiring, call_of_token(claims, report.swml_call, report.caller_id_number), report)
        return jsonify({})

    return pages


def _keep_report(wiring: Wiring, call: Call, report: ReportPost) -> None:
    """Keep it on the call. It marks the end of the agent's part, which for a final transfer is not the call's end."""
    now = wiring.clock.now()
    said = {name: shortened(str(report.summary.get(name, "")), _LONGEST) for name in _REPORTED}
    said |= {"agent": call.agent, "ended_by": report.call_ended_by}
    wiring.records.open_call(call, now)  # its row is written behind, and may have died with a worker
    wiring.records.keep_report(call.id, said, now)
    # While somebody is consulted nothing but the caller's hanging up ends the agent who waits with them.
    live = wiring.records.live_transfer(call.id)
    if live and live.state is State.CONSULTING and live.agent == call.agent:  # a report of an earlier one comes late
        wiring.records.apply(live.id, CallerLeft(), now)


def _call(body: object, step: int, leg: int) -> Event | None:
    state = status.parse_call_state(body)
    match state.call_state:
        case "created" | "ringing" | "answered" as progress:
            return LegProgressed(step, leg, progress, state.call_id)
        case "ended":
            return LegEnded(step, leg, read_outcome(state.end_reason))
    return None


def _connect(body: object, step: int, leg: int) -> Event | None:
    state = status.parse_connect_state(body)
    match state.connect_state:
        case "connected":
            return Connected(step, state.peer.call_id)
        case "failed":
            return ConnectFailed(step, read_outcome(state.failed_reason))
        case "disconnected":
            return Disconnected(step)
    return None


def _refer(body: object, step: int, leg: int) -> Event | None:
    state = status.parse_refer_state(body)
    refer, notify = state.sip_refer_response_code, state.sip_notify_response_code
    if refer is None and notify is None:  # the words of `state` are not documented, so only the clear one counts
        return ReferAnswered(step, Outcome.REFERRED) if state.state == "success" else None
    return ReferAnswered(step, read_refer(refer, notify))


def _queue(body: object, step: int, leg: int) -> Event | None:
    state = status.parse_queue_state(body)
    match state.status:
        case "enqueue":
            return Queued(step, state.position or 0)
        case "dequeue":
            return Unqueued(step, Outcome.BRIDGED)
        case "leave" if not _round_is_over(state, seconds=leg):  # a guess, which whatever follows corrects
            return Unqueued(step, Outcome.CALLER_LEFT)
    return None


def _round_is_over(state: status.QueueState, *, seconds: int) -> bool:
    """Whether a caller has left the platform's queue only because a round of so many seconds is over.

    Then their document tells what follows. When the platform gives no times, nothing can be concluded.
    """
    if not (state.enqueue_ts and state.leave_ts):
        return True
    return (state.leave_ts - state.enqueue_ts) / 1e6 >= seconds - _EARLY


def _record(body: object, step: int, leg: int) -> Event | None:
    recording = status.parse_record_state(body)
    if recording.state == "no_input":
        # Whoever is still there is asked once more, or goes back to the agent, and that corrects it. Behind leg 1 an
        # agent waits, whose own hook tells when the caller has left.
        return LegEnded(step, 0, Outcome.CANCELLED) if leg == 0 else None
    if not recording.url or recording.state not in ("finished", "completed", ""):
        return None
    return MessageLeft(step, recording.url, recording.duration)


def _transcript(body: object, step: int, leg: int) -> Event | None:
    text = status.parse_transcript(body).text.strip()
    return MessageLeft(step, "", 0.0, text) if text else None


def _message(body: object, step: int, leg: int) -> Event | None:
    message = status.parse_message_status(body)
    reason = reason_of(message.error_code, message.error_message) if message.error_code else ""
    return TextNoted(message.to, "caller" if leg == 0 else "person", message.status, reason)


def _handoff(body: object, step: int, leg: int) -> Event | None:
    agent = body.get("agent") if isinstance(body, dict) else None
    return HandedOver(step, str(agent or ""))


def _machine(body: object, step: int, leg: int) -> Event | None:
    return LegEnded(step, leg, Outcome.MACHINE)


def _caller_meets(body: object, step: int, leg: int) -> Event | None:
    return Connected(step) if status.parse_conference_state(body).status == "participant-join" else _part(body, step)


def _person_meets(body: object, step: int, leg: int) -> Event | None:
    joined = status.parse_conference_state(body).status == "participant-join"
    return PersonJoined(step, leg) if joined else _part(body, step)


def _conference(body: object, step: int, leg: int) -> Event | None:
    state = status.parse_conference_state(body)
    return HandedOver(step, state.name) if state.status == "participant-join" else None


def _moved(body: object, step: int, leg: int) -> Event | None:
    return CallerMoved()


def _joined(body: object, step: int, leg: int) -> Event | None:
    return PersonJoined(step, leg)


def _part(body: object, step: int) -> Event | None:
    """The conference ends with whoever leaves it first."""
    over = status.parse_conference_state(body).status in ("participant-leave", "conference-end")
    return Disconnected(step) if over else None


READERS: dict[str, Reader] = {
    "call": _call,
    "connect": _connect,
    "refer": _refer,
    "queue": _queue,
    "line": _queue,  # a queue that a tool of an agent's own leads into: none of ours
    "conference": _conference,
    "record": _record,
    "transcript": _transcript,
    "message": _message,
    "handoff": _handoff,
    "machine": _machine,
    "moved": _moved,
    "joined": _joined,
    "meeting_caller": _caller_meets,
    "meeting_person": _person_meets,
}
