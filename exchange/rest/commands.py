"""POST /api/calling/calls: dial, update, end, and what may be done to a call that is up."""

from collections.abc import Callable, Mapping
from typing import Any

from exchange.core.legs import Leg, Opening, Watcher
from exchange.rest.dialling import ADDRESS, check_source, dial, opening
from exchange.rest.shapes import Refused, Side, about, invalid
from exchange.verbs.outward import refer

END_REASONS = ("hangup", "cancel", "busy", "noAnswer", "decline", "error")


def carry_out(api: Side, body: Mapping[str, Any]) -> dict[str, Any]:
    """One command; the call object.

    Raises Refused.
    """
    command, params = str(body.get("command", "")), body.get("params") or {}
    if not isinstance(params, Mapping):
        raise invalid("params", "params must be an object")
    if command == "dial":
        return dial(api, params)
    known: dict[str, Callable[[Side, Leg, Mapping[str, Any]], None]] = {
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


def _update(api: Side, leg: Leg, params: Mapping[str, Any]) -> None:
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
    check_source(params)
    _redirectable(api, leg)
    api.exchange.do(lambda: _redirect(leg, opening(leg, params)))


def _redirectable(api: Side, leg: Leg) -> None:
    if leg.state != "answered":
        raise invalid("id", "only an answered call can be redirected", "invalid_state")
    held = leg.session is not None and leg.session.held
    if held and not api.exchange.assumptions.update_during_hold:
        raise invalid("id", "the call is on hold", "invalid_state")
    queued = any(place.leg is leg for queue in tuple(api.exchange.queues.values()) for place in tuple(queue.waiting))
    if queued and not api.exchange.assumptions.queued_leg_redirects:
        raise invalid("id", "the call waits in a queue", "invalid_state")


def _redirect(leg: Leg, following: Opening) -> None:
    if leg.state == "answered":
        leg.note("script", "replaced by REST")
        leg.redirect(following)


def _end(api: Side, leg: Leg, params: Mapping[str, Any]) -> None:
    reason = str(params.get("reason", "hangup"))
    if reason not in END_REASONS:
        raise invalid("reason", f"reason must be among {', '.join(END_REASONS)}")
    spelled = {"noAnswer": "no_answer", "decline": "declined"}.get(reason, reason)
    api.exchange.do(lambda: leg.hang_up(spelled, by="REST"))


def _transfer(api: Side, leg: Leg, params: Mapping[str, Any]) -> None:
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
    api.exchange.do(lambda: _redirect(leg, opening(leg, source)))


def _disconnect(api: Side, leg: Leg, params: Mapping[str, Any]) -> None:
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


def _ai_hold(api: Side, leg: Leg, params: Mapping[str, Any]) -> None:
    session, timeout = _agent(leg), params.get("timeout", "300")
    if not isinstance(timeout, str) or not timeout.isdigit():
        raise invalid("timeout", "timeout must be a numeric string")
    api.exchange.do(lambda: session.ask_hold(float(timeout)))


def _ai_unhold(api: Side, leg: Leg, params: Mapping[str, Any]) -> None:
    session = _agent(leg)
    api.exchange.do(session.unhold)


def _ai_message(api: Side, leg: Leg, params: Mapping[str, Any]) -> None:
    session, role = _agent(leg), str(params.get("role", ""))
    if role not in ("system", "user", "assistant"):
        raise invalid("role", "role must be system, user or assistant")
    if params.get("global_data"):
        leg.global_data.update(params["global_data"])
    text = str(params.get("message_text") or "")
    if text:
        api.exchange.do(lambda: session.message(role, text))


def _ai_stop(api: Side, leg: Leg, params: Mapping[str, Any]) -> None:
    session = _agent(leg)
    api.exchange.do(lambda: session.stop("REST"))


def _refer(api: Side, leg: Leg, params: Mapping[str, Any]) -> None:
    to = str(((params.get("device") or {}).get("params") or {}).get("to", ""))
    if leg.type != "sip" or not to.startswith("sip:"):
        raise invalid("device", "refer needs a SIP leg and a sip: address")
    api.exchange.do(lambda: leg.call.exchange.spawn(refer(leg, to, str(params.get("status_url") or ""))))
