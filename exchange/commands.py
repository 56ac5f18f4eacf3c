"""POST /api/calling/calls: dial, update, end, and what may be done to a call that is up."""

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from exchange.calls import Call
from exchange.clock import first_of
from exchange.connect import REASONS, RINGING_AFTER
from exchange.documents import Document, fetch_document, read_document
from exchange.legs import Leg, Opening, Watcher
from exchange.outward import refer
from exchange.script import Script
from exchange.signals import ScriptError

if TYPE_CHECKING:
    from exchange.api import Api

ERROR_URL = "https://signalwire.com/docs/apis/error-codes"
STATES = ("created", "ringing", "answered", "ended")
DIAL_INTERVAL = 1.0  # seconds: one dial a second for the whole project
END_REASONS = ("hangup", "cancel", "busy", "noAnswer", "decline", "error")
VARIABLE = re.compile(r"(?!signalwire_|sw_|rtc_|internal_)[A-Za-z_][A-Za-z0-9_]*\Z")
ADDRESS = re.compile(r"\+[1-9]\d{1,14}\Z|sips?:[^@\s]+@\S+\Z|(?:verto|client):\S+\Z|/\S+\Z")


class Refused(Exception):
    """A request that the platform answers with an error."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body


def invalid(attribute: str, message: str, code: str = "invalid_parameter") -> Refused:
    """A 422 in the platform's shape."""
    error = {"type": "validation_error", "code": code, "message": message, "attribute": attribute, "url": ERROR_URL}
    return Refused(422, {"errors": [error]})


def carry_out(api: "Api", body: Mapping[str, Any]) -> dict[str, Any]:
    """One command; the call object.

    Raises Refused.
    """
    command, params = str(body.get("command", "")), body.get("params") or {}
    if command == "dial":
        return dial(api, params)
    known: dict[str, Callable[[Api, Leg, Mapping[str, Any]], None]] = {
        "update": _update,
        "calling.end": _end,
        "calling.transfer": _transfer,
        "calling.disconnect": _disconnect,
        "calling.ai_hold": _ai_hold,
        "calling.ai_unhold": _ai_unhold,
        "calling.ai_message": _ai_message,
        "calling.ai.stop": _ai_stop,
        "calling.refer": _refer,
    }
    if command not in known:
        raise invalid("command", f"{command or 'command'} is not offered", "invalid_command")
    call_id = str((params if command == "update" else body).get("id") or "")
    leg = api.exchange.legs.get(call_id)
    if leg is None:
        raise Refused(404, {"error": "Call not found"})
    if leg.state == "ended":
        raise invalid("id", "the call has ended", "invalid_state")
    known[command](api, leg, params)
    return about(leg)


def about(leg: Leg) -> dict[str, Any]:
    """The call object of REST."""
    seconds = ((leg.ended_at or 0) - leg.answered_at) / 1e6 if leg.answered_at and leg.ended_at else None
    source = leg.url
    made = leg.call.exchange.clock.start.timestamp()
    return {
        "id": leg.call_id,
        "from": leg.from_,
        "to": leg.to,
        "direction": "outbound-api"
        if leg.outbound and leg.parent is None
        else "outbound"
        if leg.outbound
        else "inbound",
        "source": "realtime_api",
        "url": source,
        "charge": 0,
        "created_at": _iso(leg.created_at / 1e6 or made),
        "charge_details": [],
        "status": leg.state,
        "duration": None if seconds is None else round(seconds),
        "duration_ms": None if seconds is None else round(seconds * 1000),
        "billing_ms": None if seconds is None else round(seconds * 1000),
        "type": {"phone": "relay_pstn_call", "sip": "relay_sip_call", "webrtc": "relay_webrtc_call"}[leg.type],
        "parent_id": leg.parent.call_id if leg.parent else None,
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dial(api: "Api", params: Mapping[str, Any]) -> dict[str, Any]:
    """Queue an outbound call: one a second leaves the queue."""
    _check_dial(params)
    exchange = api.exchange
    call = Call(exchange, sum(1 for made in exchange.calls if made.stream.startswith("rest")) + 1, stream="rest")
    to = str(params["to"])
    person = exchange.party_for(to)
    from_ = str(params.get("caller_id") or params["from"])
    leg = call.add(Leg(call, name=to, from_=from_, to=to, person=person, outbound=True))
    leg.state = "queued"
    leg.url = params.get("url")
    leg.envs = dict(params.get("custom_variables") or {})
    if params.get("status_url"):
        leg.watchers.append(Watcher(str(params["status_url"]), tuple(params.get("status_events") or ("ended",))))
    exchange.calls.append(call)
    now = exchange.clock.elapsed
    api.last_dial = max(now, api.last_dial + DIAL_INTERVAL)
    delay = api.last_dial - now
    exchange.do(lambda: exchange.spawn(_ring(leg, params, delay)))
    return about(leg)


def _check_dial(params: Mapping[str, Any]) -> None:
    for name in ("from", "to"):
        if not params.get(name):
            raise invalid(name, f"{name} is required", "missing_required_parameter")
    if not ADDRESS.match(str(params["to"])):
        raise invalid("to", "to must be an E.164 number, a SIP URI or an address")
    _check_source(params)
    timeout = params.get("timeout", 60)
    if not isinstance(timeout, int) or not 1 <= timeout <= 600:
        raise invalid("timeout", "timeout must be between 1 and 600")
    if set(params.get("status_events") or ()) - set(STATES):
        raise invalid("status_events", f"status_events must be among {', '.join(STATES)}")
    _check_variables(params.get("custom_variables") or {})


def _check_source(params: Mapping[str, Any]) -> None:
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
    opening = _opening(leg, params)
    if not leg.call.exchange.assumptions.document_starts_on_answer:
        document = await _load(leg, params)
        opening = Script(leg, document).run if document else opening
    answer = await _answered(leg, float(params.get("timeout", 60)))
    if leg.over.is_set():
        return
    if answer in REASONS:
        leg.hang_up(REASONS[answer], by=leg.name)
        return
    leg.answer()
    await leg.live(opening)


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


def _opening(leg: Leg, params: Mapping[str, Any]) -> Opening:
    async def run() -> None:
        document = await _load(leg, params)
        if document is not None:
            await Script(leg, document).run()

    return run


def _update(api: "Api", leg: Leg, params: Mapping[str, Any]) -> None:
    status = params.get("status")
    if params.get("status_url"):
        leg.watchers.append(Watcher(str(params["status_url"])))
    if status == "canceled" and leg.state not in ("queued", "created", "ringing"):
        raise invalid("status", "only a queued or ringing call can be canceled", "invalid_state")
    if status == "completed" and leg.state != "answered":
        raise invalid("status", "only an answered call can be completed", "invalid_state")
    if status in ("canceled", "completed"):
        reason = "cancel" if status == "canceled" else "hangup"
        api.exchange.do(lambda: leg.hang_up(reason, by="REST"))
        return
    _check_source(params)
    _redirectable(api, leg)
    api.exchange.do(lambda: _redirect(leg, _opening(leg, params)))


def _redirectable(api: "Api", leg: Leg) -> None:
    if leg.state != "answered":
        raise invalid("id", "only an answered call can be redirected", "invalid_state")
    held = leg.session is not None and leg.session.held
    if held and not api.exchange.assumptions.update_during_hold:
        raise invalid("id", "the call is on hold", "invalid_state")


def _redirect(leg: Leg, opening: Opening) -> None:
    if leg.state == "answered":
        leg.note("script", "replaced by REST")
        leg.redirect(opening)


def _end(api: "Api", leg: Leg, params: Mapping[str, Any]) -> None:
    reason = str(params.get("reason", "hangup"))
    if reason not in END_REASONS:
        raise invalid("reason", f"reason must be among {', '.join(END_REASONS)}")
    spelled = {"noAnswer": "no_answer", "decline": "declined"}.get(reason, reason)
    api.exchange.do(lambda: leg.hang_up(spelled, by="REST"))


def _transfer(api: "Api", leg: Leg, params: Mapping[str, Any]) -> None:
    dest = params.get("dest")
    _redirectable(api, leg)
    if isinstance(dest, dict):
        source: dict[str, Any] = {"swml": dest}
    elif str(dest).startswith(("http://", "https://")):
        source = {"url": dest}
    elif ADDRESS.match(str(dest or "")):
        source = {"swml": {"version": "1.0.0", "sections": {"main": [{"connect": {"to": dest}}, {"hangup": {}}]}}}
    else:
        raise invalid("dest", "dest must be a number, a SIP URI, a URL or SWML")
    api.exchange.do(lambda: _redirect(leg, _opening(leg, source)))


def _disconnect(api: "Api", leg: Leg, params: Mapping[str, Any]) -> None:
    if leg.peer is None:
        raise invalid("id", "the call is not bridged", "invalid_state")
    api.exchange.do(lambda: _part(leg, leg.peer))


def _part(leg: Leg, peer: Leg | None) -> None:
    """Unbridge. The dialled leg has no script of its own, so its script is over."""
    if peer is None:
        return
    caller, other = (peer, leg) if leg.parent is peer else (leg, peer)
    caller.unbridged.set()
    other.unbridged.set()
    leg.call.exchange.spawn(other.live(_nothing))
    if not leg.call.exchange.assumptions.disconnect_continues:
        caller.hang_up("hangup", by="script end")


async def _nothing() -> None:
    """A script without a step."""


def _agent(leg: Leg) -> Any:
    if leg.session is None:
        raise invalid("id", "no AI session is running on the call", "invalid_state")
    return leg.session


def _ai_hold(api: "Api", leg: Leg, params: Mapping[str, Any]) -> None:
    session, timeout = _agent(leg), params.get("timeout", "300")
    if not isinstance(timeout, str) or not timeout.isdigit():
        raise invalid("timeout", "timeout must be a numeric string")
    api.exchange.do(lambda: session.ask_hold(float(timeout)))


def _ai_unhold(api: "Api", leg: Leg, params: Mapping[str, Any]) -> None:
    session = _agent(leg)
    api.exchange.do(session.unhold)


def _ai_message(api: "Api", leg: Leg, params: Mapping[str, Any]) -> None:
    session, role = _agent(leg), str(params.get("role", ""))
    if role not in ("system", "user", "assistant"):
        raise invalid("role", "role must be system, user or assistant")
    if params.get("global_data"):
        leg.global_data.update(params["global_data"])
    text = str(params.get("message_text") or "")
    if text:
        api.exchange.do(lambda: session.message(role, text))


def _ai_stop(api: "Api", leg: Leg, params: Mapping[str, Any]) -> None:
    session = _agent(leg)
    api.exchange.do(lambda: session.stop("REST"))


def _refer(api: "Api", leg: Leg, params: Mapping[str, Any]) -> None:
    to = str(((params.get("device") or {}).get("params") or {}).get("to", ""))
    if leg.type != "sip" or not to.startswith("sip:"):
        raise invalid("device", "refer needs a SIP leg and a sip: address")
    api.exchange.do(lambda: leg.call.exchange.spawn(refer(leg, to, str(params.get("status_url") or ""))))
