"""Tool calls: the model asks, the directory decides, and what was decided is kept before it is answered.

Every answer is HTTP 200 with text the model can act on; the platform repeats a call that gets none. A repeated call
gets the answer it got before, from the record, and dials nobody twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from flask import Blueprint, Response, request

from agents.documents.step_results import noted
from agents.registry import Staff
from agents.tools.context import Answer, Asked, Visit
from agents.tools.offered import Tool
from agents.tools.own_moves import lead_away
from agents.tools.sms import might_ring, might_text
from calls.call import Call
from calls.directory import chains
from calls.directory.model import Directory
from calls.events import CallerLeft, ConsultBegun, Event, Forgotten, Returned
from calls.orders import BookCallback, KeepMessage, SendText
from calls.outcomes import Outcome
from calls.phrases.redaction import redacted, shortened_fact
from calls.transfer.machine import State, Transfer
from gateways import call_log
from gateways.database.rows import Encoded, Json, to_json
from gateways.errors import Unavailable
from gateways.records.people import Claims, NotFree
from gateways.records.transfers import Situation
from handlers.auth import Forged, Request
from handlers.platform.fast_path import View
from handlers.requests import call_of_token, dialled_line, json_body, token_of
from handlers.services import sms
from handlers.services.ended_calls import refuse_after
from handlers.services.limits import callbacks_of, no_dials, over_budget
from handlers.wiring import Wiring
from swml.moves import moves
from swml.render import render_reply
from swml.replies import Reply, Written
from swml.requests import ToolPost, parse_tool

log = structlog.get_logger()

RunTool = Callable[[Asked, Visit], Answer]

# An agent that asks again so long after a transfer began has its caller back, whatever we were told.
_SURELY_OVER = timedelta(seconds=30)
# Between the tool's answer and the hold the announcement is spoken; the model may ask for something else meanwhile.
_HOLD_BEGINS = timedelta(seconds=10)
_DECISIONS = 5  # about whom to ring, when somebody else is quicker each time
_TURNS = 200  # of a conversation that are kept
_SORRY = "That did not work just now. Tell the caller, and offer to take a message or to try again."
_BUSY = "A transfer to {destination} is already under way. Wait for it; do not start another one."
_AFTER_HANGUP = timedelta(minutes=1)  # for a tool call that was under way
_TOOL_WITHIN = 1.5  # seconds for a tool that is not ours
_LIFECYCLE = ("startup_hook", "hangup_hook")
_OUR_FACTS = frozenset({"caller_number", "line", "direction", "sent_by", "reason", "last_transfer"})


def routes(wiring: Wiring) -> Blueprint:
    """`/tools`, where the tools of every agent are posted."""
    pages = Blueprint("tools", __name__)

    @pages.post("/tools")
    def use_tool() -> Response:
        return Response(answer(request), mimetype="application/json")

    answer = direct(wiring)
    return pages


def direct(wiring: Wiring) -> View:
    """A POST of `/tools`, past Flask."""

    def use_tool(request: Request) -> bytes:
        wiring.guard.credentials(request)
        claims, made_at = wiring.guard.read_dated(token_of(request), "call_tools")
        post = parse_tool(json_body(request))
        if claims[1] != post.call_id:
            raise Forged
        call = call_of_token(claims, post.swml_call, post.caller_id_num)
        if post.swml_call:
            wiring.refuse_foreign(call, dialled_line(post.swml_call))
        refuse_after(wiring, call.id, made_at, _AFTER_HANGUP)
        asked_at = wiring.clock.now()
        if post.function not in _LIFECYCLE:
            call_log.tool_used(call.id, call.agent, post.function)
        try:
            reply = _reply(wiring, call, post)
        except Unavailable as fault:
            log.error("tool_failed", call=call.id, tool=post.function, reason=str(fault))
            reply = render_reply(Reply(_SORRY))
        if post.function not in _LIFECYCLE:
            wiring.records.note_tool(call, asked_at, post.function, post.arguments, reply)
        return (reply if isinstance(reply, Encoded) else to_json(reply)).encode()

    return use_tool


def _reply(wiring: Wiring, call: Call, post: ToolPost) -> Json:
    asked = Asked(post.function, post.arguments, post.argument.raw, post.ai_session_id, _facts(post))
    staff = wiring.staff(call.business, call.directory)
    if not staff.has(call.agent):  # it was taken out of the file while it was talking
        call = replace(call, agent="receptionist")
    tool = staff.tool(call.agent, asked.tool, sip=call.leg == "sip", returning=bool(call.sent_by))
    if tool is None:
        return _own_tool(wiring, staff, call, asked=asked, post=post)
    now = wiring.clock.now()
    texting = might_text(asked, staff.directory, call)
    spent: dict[str, Any] = {}  # of the limits, for this tool call
    if not texting and (reply := _first(wiring, staff, call, tool, asked=asked, post=post, now=now, spent=spent)):
        return reply
    situation = wiring.records.situation(call.id, call.caller, now, texting=texting, business=call.business)
    if asked.tool in _LIFECYCLE:
        return _lifecycle(wiring, call, post, situation, now)
    return _decided(
        wiring, staff, call, tool.run, asked=asked, post=post, situation=situation, texts=len(texting), spent=spent
    )


def _decided(
    wiring: Wiring,
    staff: Staff,
    call: Call,
    run: RunTool,
    *,
    asked: Asked,
    post: ToolPost,
    situation: Situation,
    texts: int = 0,
    spent: Mapping[str, Any] | None = None,
) -> Json:
    """The reply of a tool, kept before it is given: the same for a repeated call, and one transfer at a time."""
    now = wiring.clock.now()
    live = _settle(wiring, situation, call, post, again=situation.key == asked.key(call.id), now=now)
    if live.transfer and live.key == asked.key(call.id):
        _consult(wiring, live.transfer, post, now)
        return live.reply
    spent = {**(spent or {}), **_spent(wiring, staff.directory, call, asked=asked, texts=texts)}
    for _ in range(_DECISIONS):
        visit = replace(_visit(wiring, staff, call, asked=asked, situation=live, now=now), **spent)
        answer = run(asked, visit)
        if "no_dials" not in spent and _costs_a_dial(answer, visit, live):
            spent["no_dials"] = no_dials(wiring, staff.directory, call, answer)
            answer = run(asked, replace(visit, no_dials=True)) if spent["no_dials"] else answer
        if answer.transfer and live.transfer and _is_another(answer.transfer, live.transfer):
            _consult(wiring, live.transfer, post, now)
            return _already(live, answer.transfer)
        try:
            reply = _keep(wiring, call, asked, answer, post=post, now=now)
        except NotFree:  # another caller was quicker: decide again, with people as they are now
            continue
        if answer.event and live.transfer:
            wiring.records.apply(live.transfer.id, answer.event, now)
        return reply
    raise Unavailable("people were taken faster than it could be decided whom to ring")


def _spent(wiring: Wiring, directory: Directory, call: Call, *, asked: Asked, texts: int) -> dict[str, Any]:
    """What is left of the limits for this tool call, as a visit has it."""
    spent: dict[str, Any] = {}
    if asked.tool in ("take_message", "request_callback"):
        spent["asked_before"] = wiring.records.asked_in_call(call.id, asked.key(call.id))
    if texts:
        spent["no_texts"] = over_budget(wiring, directory, "texts", call.caller, call.line, count=texts)
    return spent


def _costs_a_dial(answer: Answer, visit: Visit, live: Situation) -> bool:
    """Whether an answer is paid for from the budgets for dials: a transfer, and a callback that is not booked yet."""
    wanted = answer.transfer
    if wanted and wanted.live and not (live.transfer and _is_another(wanted, live.transfer)):
        return True
    if wanted and wanted.outcome is Outcome.LOST:  # a phone that a tool of an agent's own rings beside the caller
        return True
    return bool(callbacks_of(answer) - visit.asked_before.callbacks)


def _first(
    wiring: Wiring,
    staff: Staff,
    call: Call,
    tool: Tool,
    *,
    asked: Asked,
    post: ToolPost,
    now: datetime,
    spent: dict[str, Any],
) -> Json | None:
    """The reply to a first transfer that texts nobody and rings nobody of the file's people.

    It is decided as if nothing were on record of the call or its caller, and kept only if that is so; nobody need look
    before. None where it is not so, and where more has to be known than the file says.
    """
    if asked.tool not in chains.TOOLS or not call.caller or call.sent_by or might_ring(asked, staff.directory):
        return None
    answer = tool.run(asked, _visit(wiring, staff, call, asked=asked, situation=Situation(), now=now))
    if answer.transfer is None or answer.orders or answer.claims:
        return None
    reply = _as_sent(answer)
    try:
        if answer.transfer.live:
            spent["no_dials"] = no_dials(wiring, staff.directory, call, answer)
        if spent.get("no_dials"):
            return None
        if not wiring.records.begin_first(answer.transfer, key=asked.key(call.id), reply=reply, call=call):
            return None
    except Unavailable:
        live = wiring.records.live_transfer(call.id)
        if live is None or live.id == answer.transfer.id:  # not there, or perhaps not on disk
            raise
        return None  # to be told what is under way, nothing need be written
    _consult(wiring, answer.transfer, post, now)
    return reply


def _is_another(wanted: Transfer, live: Transfer) -> bool:
    """Whether a transfer is asked for while the caller has one: whoever that one rings, this one finds busy."""
    return live.state is not State.AWAY and (wanted.live or wanted.outcome is Outcome.BUSY)


def _already(live: Situation, wanted: Transfer) -> Json:
    """The caller is being put through. Who asks for the same again in other words gets the same answer."""
    assert live.transfer is not None
    same = live.transfer.terms is not None and live.transfer.destination == wanted.destination
    if same and live.reply:
        return live.reply
    return render_reply(Reply(_BUSY.format(destination=live.transfer.destination)))


def _consult(wiring: Wiring, transfer: Transfer, post: ToolPost, now: datetime) -> None:
    """Begin to look for a person. Told twice, as when we died before the answer, it is begun once."""
    if transfer.terms and transfer.state is State.REQUESTED:
        wiring.records.keep_conversation(transfer.id, _spoken(post))
        wiring.records.apply(transfer.id, ConsultBegun(), now)


def _spoken(post: ToolPost) -> list[dict[str, object]]:
    """What was said so far, as far as the platform tells: for whoever is to be told about it."""
    said = [{"role": one.get("role"), "content": one.get("content")} for one in post.call_log]
    return [one for one in said if one["role"] in ("user", "assistant") and isinstance(one["content"], str)][-_TURNS:]


def _own_tool(wiring: Wiring, staff: Staff, call: Call, *, asked: Asked, post: ToolPost) -> Json:
    """A tool of a skill or of an agent's own class, within the time a tool may take.

    A reply that leads the caller elsewhere is decided on as our own tools' are.
    """
    running = wiring.aside.submit(staff.run, call.agent, asked.tool, asked.arguments, post.as_sent)
    try:
        reply = running.result(_TOOL_WITHIN)
    except TimeoutError:
        log.error("tool_too_slow", call=call.id, tool=asked.tool, seconds=_TOOL_WITHIN)
        return render_reply(Reply(_SORRY))
    if not moves(reply):
        return reply
    situation = wiring.records.situation(call.id, call.caller, wiring.clock.now(), business=call.business)
    run = partial(lead_away, reply)
    return _decided(wiring, staff, call, run, asked=asked, post=post, situation=situation)


def _settle(
    wiring: Wiring, situation: Situation, call: Call, post: ToolPost, *, again: bool, now: datetime
) -> Situation:
    """What the call's transfer has come to, as far as this tool call shows it.

    A suspended agent asks nothing. So when it asks, and the variables the platform posts along show that the
    document of the live transfer has run, the caller is back; when it asks long after, the caller is back as well.
    """
    live = situation.transfer
    if live is None or live.state is State.ACCEPTED or (live.terms and live.terms.talk):
        return situation
    # Another agent has the caller, and asks. Only a document of an agent's own tool leaves its agent suspended.
    if live.state is State.AWAY and (live.agent, live.sent_by) != (call.agent, call.sent_by):
        return situation
    event: Event | None = None
    if live.state is State.CONSULTING:  # on hold an agent asks nothing: the hold is over
        event = Returned() if not again and now - live.started_at > _HOLD_BEGINS else None
    elif notes := noted(post.swml_vars, live.id):
        event = Returned(notes)
    elif not again and now - live.started_at > _SURELY_OVER and live.state is not State.AWAY:
        event = Forgotten()
    if event is None:
        return situation
    wiring.records.apply(live.id, event, now)
    return replace(situation, transfer=None)


def _lifecycle(wiring: Wiring, call: Call, post: ToolPost, situation: Situation, now: datetime) -> Json:
    wiring.records.open_call(call, now)
    if post.function == "startup_hook":
        wiring.records.answered(call.id, now)
        call_log.answered(call)
    else:
        wiring.records.hung_up(call.id, now)
        call_log.agent_ended(call)
        inner = [situation.transfer.id] if situation.transfer and _tells_of(situation.transfer, call) else []
        if situation.transfer:
            _came_back(wiring, situation.transfer, post, now)
        for transfer_id in (*inner, *([call.sent_by] if call.sent_by else [])):
            wiring.records.apply(transfer_id, CallerLeft(), now)
    return {}


def _came_back(wiring: Wiring, live: Transfer, post: ToolPost, now: datetime) -> None:
    """The caller was taken care of and came back before hanging up, as the document's notes show. The agent was only
    suspended, and no report may have reached us.
    """
    notes = noted(post.swml_vars, live.id)
    if any(outcome.taken_care_of for _, outcome in notes):
        wiring.records.apply(live.id, Returned(notes), now)


def _tells_of(transfer: Transfer, call: Call) -> bool:
    """Whether this agent's hook says that the caller has left a transfer, and not only that the agent has the call no
    longer: a consult takes the caller from its agent, and an earlier agent's hook may come late.
    """
    if transfer.state is State.WAITING:  # in a queue, which no agent has a part in
        return False
    with_the_agent = transfer.state not in (State.ACCEPTED, State.BRIDGED) and transfer.agent == call.agent
    return transfer.terms is None or with_the_agent


def _visit(wiring: Wiring, staff: Staff, call: Call, *, asked: Asked, situation: Situation, now: datetime) -> Visit:
    directory = staff.directory
    transfer_id, ref = wiring.new_transfer()
    return Visit(
        directory=directory,
        call=call,
        at=now,
        links=wiring.links(directory),
        transfer_id=transfer_id,
        ref=ref,
        transfers=situation.transfers_this_call,
        transfers_last_hour=0 if wiring.settings.on_trial else situation.transfers_last_hour,
        sent_by=wiring.records.transfer(call.sent_by) if call.sent_by else None,
        opted_out=situation.opted_out,
        texts_in_call=wiring.texts is None,
        can_consult=wiring.carrier is not None,
        forms=staff.forms,
        waiting=situation.transfer,
        presences=wiring.records.presences(call.business) if might_ring(asked, directory) else {},
    )


def _keep(wiring: Wiring, call: Call, asked: Asked, answer: Answer, *, post: ToolPost, now: datetime) -> Json:
    """Everything the answer promises is on record before it is given."""
    reply = _as_sent(answer)
    if answer.returned_with is not None and call.sent_by:
        wiring.records.apply(call.sent_by, Returned(reason=answer.returned_with), now)
    for order in answer.orders:
        if isinstance(order, KeepMessage):
            wiring.records.open_call(call, now)
            wiring.records.keep_message(order)
        elif isinstance(order, BookCallback):
            wiring.records.open_call(call, now)
            wiring.records.book_callback(order.entry, now)
    if answer.transfer is None:
        return reply
    texts = [order for order in answer.orders if isinstance(order, SendText)]
    known = [fate for text in texts if (fate := sms.known_fate(wiring, text))]
    claims = Claims(answer.claims, now + timedelta(seconds=answer.claimed_for)) if answer.claims else None
    begun = wiring.records.begin(
        answer.transfer, key=asked.key(call.id), reply=reply, call=call, texts=known, claims=claims
    )
    if not begun.fresh:
        same = begun.key == asked.key(call.id)
        return begun.reply if same else render_reply(Reply(_BUSY.format(destination=begun.transfer.destination)))
    _consult(wiring, begun.transfer, post, now)
    try:
        sms.send(wiring, begun.transfer, [text for text in texts if not text.skip], now)
    except Unavailable as fault:  # the transfer stands; only what became of its texts could not be kept
        log.error("texts_not_kept", call=call.id, transfer=begun.transfer.id, reason=str(fault))
    return reply


def _as_sent(answer: Answer) -> Encoded:
    """The reply as it is sent, and kept."""
    made = answer.reply
    return Encoded(made.text if isinstance(made, Written) else to_json(render_reply(made)))


def _one_line(value: object) -> str:
    return " ".join(str(value).split())


def _facts(post: ToolPost) -> tuple[tuple[str, str], ...]:
    """What the agent has gathered in its data, as short text; what we put there ourselves is known anyway."""
    gathered = post.global_data or {}
    return tuple(
        (redacted(_one_line(name), "text")[:60], shortened_fact(str(name), _one_line(value), 300))
        for name, value in list(gathered.items())[:40]
        if isinstance(value, str | int | float) and name not in _OUR_FACTS and value != ""
    )
