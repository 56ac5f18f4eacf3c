"""Verbs that send the caller or a message elsewhere: sip_refer, send_sms, user_event, execute_rpc."""

import asyncio
from typing import Any

from exchange.core import callbacks
from exchange.core.legs import Leg
from exchange.core.signals import ScriptError
from exchange.documents.script import Script
from exchange.phones.people import Person, Scripted
from exchange.phones.texts import Text, deliver

GONE_AFTER = 1.0  # seconds from a successful REFER to the transferred phone's BYE


async def sip_refer(script: Script, args: dict[str, Any]) -> None:
    leg, to = script.leg, str(args["to_uri"])
    if not to.startswith(("sip:", "sips:")):
        raise ScriptError("method_parameter_invalid_value", f"sip_refer to {to}")
    if leg.type != "sip":
        leg.violation("sip_refer on a leg that is not SIP")
        _referred(script, to, "failed", ("", ""))
        return
    await refer(leg, to, str(args.get("status_url", "")))
    code, target = leg.vars["sip_refer_response_code"], leg.vars["sip_refer_to_response_code"]
    _referred(script, to, "success" if target == "200" else "failed", (code, target))


async def refer(leg: Leg, to: str, status_url: str) -> None:
    """Send REFER and wait for what becomes of it; the codes are left in the leg's variables."""
    assumptions = leg.call.exchange.assumptions
    caller = leg.party.person if isinstance(leg.party, Scripted) else Person()
    reply = str(caller.sip_code) if caller.sip_code is not None and caller.sip_code >= 400 else "202"
    target = leg.call.exchange.at(to)
    person = target if isinstance(target, Person) else Person()
    notify = str(person.code) if reply == "202" else ""
    await asyncio.sleep(0.2)
    if notify:
        with leg.sound("ringback", to):
            await asyncio.sleep(person.after)
    leg.note("refer", f"{to} {reply} {notify}".strip())
    leg.vars |= {"sip_refer_response_code": reply, "sip_refer_to_response_code": notify}
    state = "success" if notify == "200" else assumptions.refer_failed_state
    if status_url:
        codes = {"sip_refer_response_code": reply} | ({"sip_notify_response_code": notify} if notify else {})
        node = {"call_id": leg.call_id, "node_id": leg.call.exchange.node_id, "segment_id": leg.segment_id}
        callbacks.post(leg, status_url, "calling.call.refer", node | {"sip_refer_to": to, "state": state} | codes)
    if notify == "200" and assumptions.refer_success_ends_leg:
        leg.call.exchange.loop.call_later(GONE_AFTER, lambda: leg.hang_up("hangup", by="caller"))


def _referred(script: Script, to: str, result: str, codes: tuple[str, str]) -> None:
    script.leg.vars |= {
        "sip_refer_to": to,
        "sip_refer_result": result,
        "return_value": result,
        "sip_refer_response_code": codes[0],
        "sip_refer_to_response_code": codes[1],
    }


async def send_sms(script: Script, args: dict[str, Any]) -> None:
    leg, exchange = script.leg, script.leg.call.exchange
    to, from_ = str(args["to_number"]), str(args["from_number"])
    owned = not exchange.numbers or from_ in exchange.numbers
    if not owned:
        leg.violation(f"text from {from_}, which is not ours")
    valid = owned and to.startswith("+") and to[1:].isdigit() and 6 <= len(to) <= 18
    leg.vars["send_sms_result"] = leg.vars["return_value"] = "success" if valid else "failed"
    if not valid:
        leg.note("sms", f"refused: {to}")
        return
    text = Text(leg.call.uuid(), to, from_, str(args.get("body", "")), exchange.clock.elapsed, exchange.clock.iso())
    text.media, text.callback = list(args.get("media", [])), str(args.get("status_callback", ""))
    exchange.texts.append(text)
    leg.note("sms", f"{to}: {text.body}", sender=text.from_)
    exchange.spawn(deliver(leg, text))


async def user_event(script: Script, args: dict[str, Any]) -> None:
    script.leg.note("event", "user_event", event=args["event"])


async def execute_rpc(script: Script, args: dict[str, Any]) -> None:
    """The undocumented verb, only where a switch allows it.

    Raises ScriptError when the command is refused.
    """
    exchange = script.leg.call.exchange
    if not exchange.assumptions.allows_execute_rpc:
        script.leg.violation("execute_rpc is not a documented verb")
        raise ScriptError("method_undefined", "execute_rpc")
    params = dict(args.get("params", {}))
    method = str(args["method"])
    if method != "dial":
        exchange.api.command({"command": f"calling.{method}", "id": args.get("call_id"), "params": params})
        return
    try:
        device = params["devices"]["params"]
        body = {"from": device["from_number"], "to": device["to_number"], "url": params["dest_swml"]}
    except (LookupError, TypeError) as problem:
        raise ScriptError("method_parameter_missing", f"execute_rpc.params: {problem}") from problem
    exchange.api.command({"command": "dial", "params": body})
