"""Status callbacks: posted beside the call, and lost, late, doubled or out of order as `Faults` say."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

from exchange.core.legs import Leg
from exchange.core.wire import Address, Outgoing, Unreachable

OVERTAKEN_AFTER = 2.0  # seconds a callback is held back for a later one to overtake it


def post(leg: Leg, url: str, event_type: str, params: dict[str, Any], *, form: bool = False) -> None:
    """Post one callback in the platform's envelope. The call does not wait for it."""
    exchange = leg.call.exchange
    envelope = {
        "event_type": event_type,
        "event_channel": f"swml:{exchange.dice.uuid(leg.call.stream)}",
        "timestamp": round(exchange.clock.timestamp(), 6),
        "project_id": exchange.project_id,
        "space_id": exchange.space_id,
        "params": params,
    }
    label = f"{event_type} {params.get('call_state') or params.get('status') or params.get('connect_state') or ''}"
    send(leg, url, params if form else envelope, label.strip(), form=form)


def send(leg: Leg, url: str, body: dict[str, Any], label: str, *, form: bool = False) -> None:
    """Post a body as it is (message statuses have no envelope), once, twice or never."""
    exchange, name = leg.call.exchange, f"{leg.call.stream}/callbacks"
    faults, dice = exchange.faults, exchange.dice
    if dice.falls(faults.callbacks_lost, name):
        leg.note("fault", f"callback lost: {label}")
        return
    delay = 0.0
    if dice.falls(faults.callbacks_delayed, name):
        delay = dice.stream(name).uniform(0, faults.callback_delay)
        leg.note("fault", f"callback delayed: {label}")
    if dice.falls(faults.callbacks_reordered, name):
        delay += OVERTAKEN_AFTER
        leg.note("fault", f"callback overtaken: {label}")
    exchange.spawn(_deliver(leg, url, body, label, delay=delay, form=form))
    if dice.falls(faults.callbacks_repeated, name):
        leg.note("fault", f"callback repeated: {label}")
        exchange.spawn(_deliver(leg, url, body, label, delay=delay + 1.0, form=form))


async def _deliver(leg: Leg, url: str, body: dict[str, Any], label: str, *, delay: float, form: bool) -> None:
    await asyncio.sleep(delay)
    address = Address.of(url)
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    content = _form(body) if form else json.dumps(body).encode()
    request = Outgoing(address.url, content, headers={"Content-Type": kind}, credentials=address.credentials)
    for _ in range(leg.call.exchange.assumptions.callback_attempts):
        try:
            answer = await leg.send("callback", request, label)
        except Unreachable:
            continue
        if answer.ok:
            return
        leg.violation(f"callback {label} answered {answer.status}")


def _form(body: dict[str, Any]) -> bytes:
    return urlencode({key: "" if value is None else value for key, value in body.items()}).encode()


def call_state(leg: Leg, url: str) -> None:
    """calling.call.state: a dialled leg's state."""
    params = _base(leg) | {"call_state": leg.state, "direction": "outbound" if leg.outbound else "inbound"}
    del params["segment_id"]
    params |= {"device": leg.device(), "end_reason": leg.end_reason if leg.state == "ended" else None}
    post(leg, url, "calling.call.state", params)


def connect_state(leg: Leg, url: str, state: str, *, reason: str = "", peer: dict[str, Any] | None = None) -> None:
    """calling.call.connect: how a connect is getting on."""
    params = _base(leg) | {"connect_state": state}
    if reason:
        params["failed_reason"] = reason
    if peer:
        params["peer"] = peer
    post(leg, url, "calling.call.connect", params)


def detect(leg: Leg, url: str, result: str) -> None:
    """calling.call.detect: what answered."""
    event = {"event": result.upper()} | ({"beep": True} if result == "machine" else {})
    params = {"control_id": leg.call.uuid(), "detect": {"type": "machine", "params": event}} | _base(leg)
    post(leg, url, "calling.call.detect", params)


def _base(leg: Leg) -> dict[str, Any]:
    return {"call_id": leg.call_id, "node_id": leg.call.exchange.node_id, "segment_id": leg.segment_id}
