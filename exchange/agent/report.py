"""The reports that an agent posts about its conversation."""

import json
from collections.abc import Mapping
from typing import Any

from exchange.agent import swaig
from exchange.agent.functions import post
from exchange.agent.session import Session
from exchange.core.facts import facts
from exchange.core.thinkers import ThinkerFailed
from exchange.core.wire import Unreachable


def _envelope(session: Session, disposition: str, action: str) -> dict[str, Any]:
    exchange, params = session.leg.call.exchange, session.params
    envelope = {
        "project_id": exchange.project_id,
        "space_id": exchange.space_id,
        "content_type": "text/json",
        "content_disposition": disposition,
        "conversation_type": "voice",
        "call_id": session.leg.call_id,
        "app_name": str(params.get("app_name", "swml app")),
        "ai_session_id": session.id,
        "action": action,
        "call_start_date": session.leg.created_at,
        "call_answer_date": session.leg.answered_at,
        "ai_start_date": session.started,
        "caller_id_name": "",
        "caller_id_number": session.leg.to if session.leg.outbound else session.leg.from_,
    }
    return envelope | ({"conversation_id": params["conversation_id"]} if params.get("conversation_id") else {})


async def fetch_conversation(session: Session) -> str:
    """What was summarised the last time this conversation took place; "" when nothing is known."""
    body = _envelope(session, "agent.load_conversation", "fetch_conversation")
    try:
        answer = await post(session.leg, session.report_url, body, "fetch_conversation", kind="report")
        reply = answer.json()
    except (Unreachable, ValueError):
        return ""
    return str(reply.get("conversation_summary") or "") if isinstance(reply, dict) else ""


def close(session: Session, ended_by: str, *, timed_out: bool, handed_off: bool) -> None:
    """The session is over: say so to the application, at once or where a switch says so, later."""
    leg, assumptions = session.leg, session.leg.call.exchange.assumptions
    leg.note("ai", "ends")
    redirected = leg.redirected is not None
    late = handed_off and not redirected and not assumptions.report_at_handoff
    if redirected and not assumptions.report_on_update:
        return
    awaited = leg.over.is_set if late else _always
    leg.call.exchange.spawn(_close(session, ended_by, timed_out, late=late), awaited=awaited)


def _always() -> bool:
    return True


async def _close(session: Session, ended_by: str, timed_out: bool, *, late: bool) -> None:
    if late:
        await session.leg.over.wait()
    await _end_of_session(session, ended_by, hard_timeout=timed_out)


async def _end_of_session(session: Session, ended_by: str, *, hard_timeout: bool) -> None:
    """The hangup hook if the caller has gone, then the post_prompt report."""
    if session.leg.over.is_set() and "hangup_hook" in session.functions:
        await swaig.call_function(session, session.functions["hangup_hook"], {})
    if session.report_url:
        await _report(session, ended_by, hard_timeout=hard_timeout)


async def _report(session: Session, ended_by: str, *, hard_timeout: bool) -> None:
    leg, exchange = session.leg, session.leg.call.exchange
    raw = await _summary(session)
    body = _envelope(session, "agent.summary", "post_conversation")
    body |= {
        "call_log": session.log.shown(),
        "raw_call_log": session.log.shown(),
        "call_timeline": session.log.timeline,
        "call_end_date": leg.ended_at or exchange.clock.micros(),
        "ai_end_date": exchange.clock.micros(),
        "call_ended_by": ended_by,
        "times": [],
        "SWMLVars": dict(leg.vars),
        "SWMLCall": facts(leg),
        "post_prompt_data": {"parsed": _parsed(raw), "raw": raw},
        "global_data": dict(leg.global_data) | {"caller_id_name": "", "caller_id_number": body["caller_id_number"]},
        "swaig_log": session.swaig_log,
    }
    if hard_timeout:
        body["hard_timeout"] = True
    if session.params.get("save_conversation") and session.params.get("conversation_id"):
        body["conversation_summary"] = raw
    try:
        answer = await post(session.leg, session.report_url, body, "post_prompt", kind="report")
    except Unreachable:
        return
    if not answer.ok:
        leg.violation(f"post_prompt answered {answer.status}")


async def _summary(session: Session) -> str:
    instructions = session.args.get("post_prompt")
    if not instructions:
        return ""
    text = instructions.get("text", "") if isinstance(instructions, Mapping) else str(instructions)
    try:
        return await session.thinker.summarize(session.talk(), str(text))
    except ThinkerFailed as problem:
        session.leg.note("error", str(problem))
        return ""


def _parsed(raw: str) -> list[Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return []
    return found if isinstance(found, list) else [found]
