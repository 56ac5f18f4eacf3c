"""Calls an agent's functions over HTTP, and asks included addresses for theirs."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from exchange.agent.functions import Function, post, read_function
from exchange.agent.session import Session
from exchange.core.facts import facts
from exchange.core.wire import Address, Mishap, Unreachable

FAILED = "The function could not be carried out."
RETRY_AFTER = 0.5  # seconds


async def include(session: Session, entry: Mapping[str, Any]) -> None:
    """Ask an included address for its functions' signatures; incomplete entries are dropped silently."""
    exchange = session.leg.call.exchange
    body = {
        "action": "get_signature",
        "functions": entry["functions"],
        "meta_data": entry.get("meta_data", {}),
        "content_type": "text/swaig",
        "content_disposition": "function signature request",
        "version": "2.0",
        "project_id": exchange.project_id,
        "space_id": exchange.space_id,
    }
    try:
        answer = await post(session.leg, str(entry["url"]), body, "get_signature", signed=bool(exchange.signing_key))
        reply = answer.json()
    except (Unreachable, ValueError):
        session.leg.violation(f"signatures at {Address.of(str(entry['url'])).path} could not be read")
        return
    defaults = (reply.get("defaults") or {}) if isinstance(reply, dict) else {}
    listed = reply.get("functions", [reply]) if isinstance(reply, dict) else reply
    for item in listed:
        has_url = item.get("web_hook_url") or defaults.get("web_hook_url")
        if item.get("function") and item.get("description") and has_url:
            session.functions[str(item["function"])] = read_function(item, defaults)


def call_body(session: Session, function: Function, args: Mapping[str, Any]) -> dict[str, Any]:
    """What is posted for one function call."""
    leg, exchange, params = session.leg, session.leg.call.exchange, session.params
    body: dict[str, Any] = {
        "function": function.name,
        "argument": {"parsed": [dict(args)], "raw": json.dumps(dict(args), separators=(",", ":"))},
        "argument_desc": function.parameters,
        "description": function.description,
        "call_id": leg.call_id,
        "ai_session_id": session.id,
        "app_name": str(params.get("app_name", "swml app")),
        "global_data": dict(leg.global_data),
        "meta_data_token": function.token,
        "meta_data": dict(session.meta_data.get(function.token, {})),
        "caller_id_name": "",
        "caller_id_num": leg.to if leg.outbound else leg.from_,
        "channel_active": not leg.over.is_set(),
        "channel_offhook": not leg.over.is_set(),
        "channel_ready": not leg.over.is_set(),
        "content_type": "text/swaig",
        "version": "2.0",
        "content_disposition": "SWAIG Function",
        "conversation_type": "voice",
        "project_id": exchange.project_id,
        "space_id": exchange.space_id,
    }
    return body | _wanted(session)


def _wanted(session: Session) -> dict[str, Any]:
    """What the agent's params ask to be posted as well."""
    params, more = session.params, dict[str, Any]()
    if params.get("conversation_id"):
        more["conversation_id"] = params["conversation_id"]
    names = params.get("swaig_post_swml_vars")
    if names:
        held = session.leg.vars
        more["SWMLVars"] = dict(held) if names is True else {name: held[name] for name in names if name in held}
        more["SWMLCall"] = facts(session.leg)
    if params.get("swaig_post_conversation"):
        more |= {"call_log": session.log.shown(), "raw_call_log": session.log.shown()}
    return more


async def call_function(session: Session, function: Function, args: Mapping[str, Any]) -> dict[str, Any]:
    """Call a function, again if that fails; the reply, or one that says it failed."""
    exchange = session.leg.call.exchange
    body = call_body(session, function, args)
    record = {"command_name": function.name, "command_arg": body["argument"]["raw"], "url": function.url}
    record |= {"epoch_time": int(exchange.clock.timestamp()), "post_data": body}
    session.swaig_log.append(record)
    if exchange.dice.falls(exchange.faults.tools_repeated, f"{session.leg.call.stream}/repeat"):
        session.leg.note("fault", f"{function.name} posted twice")
        await _attempt(session, function, body)
    for attempt in range(1, exchange.assumptions.tool_attempts + 1):
        reply = await _attempt(session, function, body)
        if reply is not None:
            record["post_response"] = reply
            return reply
        await asyncio.sleep(RETRY_AFTER if attempt < exchange.assumptions.tool_attempts else 0)
    await session.debug("webhook_fail", {"request_url": function.url, "attempts": exchange.assumptions.tool_attempts})
    return {"response": FAILED}


async def _attempt(session: Session, function: Function, body: dict[str, Any]) -> dict[str, Any] | None:
    leg, exchange = session.leg, session.leg.call.exchange
    signed = exchange.assumptions.signs_tool_calls and bool(exchange.signing_key)
    try:
        credentials = function.credentials if exchange.assumptions.sends_web_hook_auth else None
        answer = await post(session.leg, function.url, body, function.name, signed=signed, credentials=credentials)
    except Unreachable as problem:
        if not isinstance(problem, Mishap):
            leg.violation(f"function {function.name}: {problem}")
        return None
    if answer.status != 200:
        leg.violation(f"function {function.name} answered {answer.status}")
        return None
    try:
        reply = answer.json()
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        leg.violation(f"function {function.name} did not answer a JSON object")
        return None
    return reply
