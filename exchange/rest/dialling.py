"""Calls that REST dials: checked, queued, rung, and given the document that was named."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from exchange.calls import Call
from exchange.core.clock import first_of
from exchange.core.legs import Leg, Opening, Watcher
from exchange.core.signals import ScriptError
from exchange.documents.document import Document, fetch_document, read_document
from exchange.rest.shapes import Side, about, invalid
from exchange.verbs.connect import REASONS, RINGING_AFTER

STATES = ("created", "ringing", "answered", "ended")
VARIABLE = re.compile(r"(?!signalwire_|sw_|rtc_|internal_)[A-Za-z_][A-Za-z0-9_]*\Z")
ADDRESS = re.compile(r"\+[1-9]\d{1,14}\Z|sips?:[^@\s]+@\S+\Z|(?:verto|client):\S+\Z|/\S+\Z")


def dial(api: Side, params: Mapping[str, Any]) -> dict[str, Any]:
    """Queue an outbound call: the queue is left at the pace of the project, one a second as a rule."""
    _check_dial(params)
    exchange = api.exchange
    call = Call(exchange, sum(1 for made in exchange.calls if made.stream.startswith("rest")) + 1, stream="rest")
    to = str(params["to"])
    from_ = str(params.get("caller_id") or params["from"])
    leg = call.add(Leg(call, name=to, from_=from_, to=to, party=exchange.party_for(to), outbound=True))
    leg.state = "queued"
    leg.url = params.get("url")
    leg.envs = dict(params.get("custom_variables") or {})
    if params.get("status_url"):
        leg.watchers.append(Watcher(str(params["status_url"]), tuple(params.get("status_events") or ("ended",))))
    exchange.calls.append(call)
    now = exchange.clock.elapsed
    api.last_dial = max(now, api.last_dial + api.dial_interval)
    delay = api.last_dial - now
    exchange.do(lambda: exchange.spawn(_ring(leg, params, delay)))
    return about(leg)


def _check_dial(params: Mapping[str, Any]) -> None:
    for name in ("from", "to"):
        if not params.get(name):
            raise invalid(name, f"{name} is required", "missing_required_parameter")
    if not ADDRESS.match(str(params["to"])):
        raise invalid("to", "to must be an E.164 number, a SIP URI or an address")
    check_source(params)
    timeout = params.get("timeout", 60)
    if not isinstance(timeout, int) or not 1 <= timeout <= 600:
        raise invalid("timeout", "timeout must be between 1 and 600")
    if set(params.get("status_events") or ()) - set(STATES):
        raise invalid("status_events", f"status_events must be among {', '.join(STATES)}")
    _check_variables(params.get("custom_variables") or {})


def check_source(params: Mapping[str, Any]) -> None:
    if not params.get("url") and not params.get("swml"):
        raise invalid("url", "url or swml is required", "missing_required_parameter")
    if params.get("url") and not str(params["url"]).startswith(("http://", "https://")):
        raise invalid("url", "url must be a valid http or https url", "missing_required_parameter")
    if params.get("swml") and not isinstance(params["swml"], dict):
        raise invalid("swml", "swml must be an object")


def _check_variables(variables: Any) -> None:
    if not isinstance(variables, dict) or len(variables) > 20:
        raise invalid("custom_variables", "custom_variables must be at most 20 pairs")
    for name, value in variables.items():
        if not VARIABLE.match(name):
            raise invalid("custom_variables", f"{name} is not a valid name")
        if not isinstance(value, str) or not 1 <= len(value.encode()) <= 1024:
            raise invalid("custom_variables", f"{name} must be text of 1 to 1024 bytes")


async def _ring(leg: Leg, params: Mapping[str, Any], delay: float) -> None:
    """A dialled leg's life: its turn in the queue, ringing, the document that REST named."""
    leg.note("dial", f"{leg.from_} → {leg.to}")
    await asyncio.sleep(delay)
    if leg.over.is_set():
        return
    leg.become("created")
    started = opening(leg, params)
    network = leg.call.exchange
    if not network.assumptions.document_starts_on_answer:
        document = await _load(leg, params)
        started = (lambda: network.run_document(leg, document)) if document else started
    answer = await _answered(leg, float(params.get("timeout", 60)))
    if leg.over.is_set():
        return
    if answer in REASONS:
        leg.hang_up(REASONS[answer], by=leg.name)
        return
    leg.answer()
    await leg.live(started)


async def _answered(leg: Leg, limit: float) -> str:
    """What became of the ringing; no_answer after `limit` seconds."""
    await asyncio.sleep(RINGING_AFTER)
    if leg.over.is_set():
        return ""
    leg.become("ringing")
    rings, over = asyncio.ensure_future(leg.party.rings(leg)), asyncio.ensure_future(leg.over.wait())
    await first_of(rings, over, asyncio.ensure_future(asyncio.sleep(limit)))
    return rings.result() if rings.done() and not rings.cancelled() else "no_answer"


async def _load(leg: Leg, params: Mapping[str, Any]) -> Document | None:
    """The document that REST named; without one the leg is over."""
    try:
        if params.get("swml"):
            return read_document(leg, params["swml"], "REST")
        fallback, method = str(params.get("fallback_url") or ""), str(params.get("url_method") or "POST")
        return await fetch_document(leg, str(params["url"]), fallback=fallback, method=method)
    except ScriptError as problem:
        leg.note("error", str(problem))
        if leg.call.exchange.assumptions.failed_fetch_ends_call:
            leg.hang_up("error", by="platform")
        return None


def opening(leg: Leg, params: Mapping[str, Any]) -> Opening:
    async def run() -> None:
        document = await _load(leg, params)
        if document is not None:
            await leg.call.exchange.run_document(leg, document)

    return run
