"""Flow verbs: variables, branches, jumps, requests."""

import asyncio
import json
from typing import Any

from exchange.core.legs import Leg
from exchange.core.signals import Goto, LegEnded, Returned, ScriptError
from exchange.core.wire import Address, Answer, Outgoing, Unreachable
from exchange.documents.document import Jump
from exchange.documents.script import LATE, Script
from exchange.phones.people import forever

BODY_LIMIT = 65_536
HEADER_LIMIT = 64
NO_TIMEOUT = 3600.0  # seconds that stand in for "none"
TIMEOUT, TIMEOUT_LIMIT = 5, 30  # seconds, where they are whole
RINGS_OUT = 120.0  # seconds after which a caller whom nothing answers hangs up
ALLOWED_HEADERS = ("accept", "authorization", "content-type", "range")


async def set_(script: Script, args: dict[str, Any]) -> None:
    for name, value in args.items():
        script.leg.vars[name] = value if name == LATE else script.fill(value)


async def unset(script: Script, args: Any) -> None:
    for name in [args] if isinstance(args, str) else args:
        script.leg.vars.pop(name, None)


async def cond(script: Script, args: list[dict[str, Any]]) -> None:
    await script.branch(args)


async def switch(script: Script, args: dict[str, Any]) -> None:
    await script.switch(args, "")


async def label(script: Script, args: Any) -> None:
    """Only a place."""


async def goto(script: Script, args: dict[str, Any]) -> None:
    counts, per_label = script.document.gotos, script.leg.call.exchange.assumptions.goto_counts_per_label
    key = str(args["label"]) if per_label else id(args)
    if "when" in args and not script.holds(str(args["when"])):
        return
    if counts.get(key, 0) >= int(args.get("max", 100)):
        return
    counts[key] = counts.get(key, 0) + 1
    script.count_jump()
    raise Goto(str(args["label"]))


async def execute(script: Script, args: dict[str, Any]) -> None:
    if script.depth >= script.leg.call.exchange.assumptions.execute_depth:
        raise ScriptError("nested_too_deep", str(args["dest"]))
    document, section = await script.resolve(str(args["dest"]), args.get("params", {}))
    await _call_section(script, document, section, args.get("params", {}))
    if "on_return" in args:
        await script.steps(args["on_return"])
    needs_return = script.leg.call.exchange.assumptions.execute_result_needs_return
    if "return_value" in script.leg.vars or not needs_return:
        await script.result(args.get("result"), "return_value")


async def _call_section(script: Script, document: Any, section: str, params: dict[str, Any]) -> None:
    kept = script.document, script.params
    script.document, script.params = document, params
    script.depth += 1
    script.leg.vars.pop("return_value", None)
    try:
        if section not in document.sections:
            raise ScriptError("section_parameter_undefined", section)
        await script.steps(document.sections[section])
    except Returned as returned:
        script.leg.vars["return_value"] = returned.value
    finally:
        script.depth -= 1
        script.document, script.params = kept


async def return_(script: Script, args: Any) -> None:
    script.leg.vars["return_value"] = args
    raise Returned(args)


async def transfer(script: Script, args: dict[str, Any]) -> None:
    script.count_jump()
    params = args.get("params", {})
    inline = str(args["dest"]).lstrip().startswith("{")
    if inline and not script.leg.call.exchange.assumptions.transfer_takes_documents:
        script.leg.violation("transfer to an inline document")
        raise ScriptError("method_parameter_invalid_value", "transfer to an inline document")
    document, section = await script.resolve(str(args["dest"]), params)
    raise Jump(document, section, params)


async def sleep(script: Script, args: Any) -> None:
    given = args["duration"] if isinstance(args, dict) else args
    try:
        milliseconds = int(given)
    except ValueError:  # of a variable
        raise ScriptError("method_parameter_invalid_value", f"sleep {given!r}") from None
    with script.leg.sound("silence"):
        await (_for_ever(script.leg) if milliseconds < 0 else asyncio.sleep(milliseconds / 1000))


async def _for_ever(leg: Leg) -> None:
    """Until the call ends: at its longest duration or, where it is never answered, when the caller gives up."""
    if leg.state != "answered":
        await asyncio.sleep(RINGS_OUT)
        leg.hang_up("no_answer", by=leg.name)
        raise LegEnded
    await forever()


async def request(script: Script, args: dict[str, Any]) -> None:
    detailed = script.leg.call.exchange.assumptions.detailed_request_results
    await ask(script.leg, script.leg.vars, args, detailed=detailed)


async def ask(leg: Leg, names: dict[str, Any], args: dict[str, Any], *, detailed: bool) -> None:
    """What request does, for a document of a call or of a text message; its results go into `names`."""
    address = Address.of(str(args["url"]))
    names |= {"request_url": address.url, "request_result": "failed", "return_value": "failed"}
    try:
        answer = await leg.send("http", _outgoing(leg, args, address))
    except Unreachable as problem:
        if detailed and "Timeout" in str(problem):
            names |= {"request_result": "timeout", "return_value": "timeout"}
        return
    _keep(names, answer, save=bool(args.get("save_variables")))
    if detailed:
        names["request_response_code"] = str(answer.status)
        if len(answer.body) > BODY_LIMIT:
            names |= {"request_result": "limit_exceeded", "return_value": "limit_exceeded"}


def _seconds(leg: Leg, args: dict[str, Any], name: str) -> float:
    """A timeout of request: whole seconds, or as it is given with 0 for none."""
    given = float(args.get(name) or 0)
    if not leg.call.exchange.assumptions.whole_seconds:
        if not given and name == "timeout":
            leg.violation("request without a timeout")
        return given or NO_TIMEOUT
    seconds = min(int(given) or TIMEOUT, TIMEOUT_LIMIT)  # what is cut to nothing is not given
    if given and seconds != given:
        leg.warning(f"request: a {name} of {given:g} s becomes {seconds} s")
    return seconds


def _outgoing(leg: Leg, args: dict[str, Any], address: Address) -> Outgoing:
    headers = {str(name): str(value) for name, value in args.get("headers", {}).items()}
    for name in headers:
        if name.lower() not in ALLOWED_HEADERS and not name.lower().startswith("x-"):
            raise ScriptError("method_parameter_invalid_value", f"request.headers.{name}")
    body = args.get("body")
    if isinstance(body, dict | list):
        headers.setdefault("Content-Type", "application/json")
    content = b"" if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
    read, connect = _seconds(leg, args, "timeout"), _seconds(leg, args, "connect_timeout")
    return Outgoing(address.url, content, str(args["method"]).upper(), headers, address.credentials, connect, read)


def _keep(names: dict[str, Any], answer: Answer, *, save: bool) -> None:
    result = "success" if answer.ok else "failed"
    names |= {"request_result": result, "return_value": result, "request_response_code": answer.status}
    names["request_response_headers"] = dict(list(answer.headers.items())[:HEADER_LIMIT])
    names["request_response_body"] = answer.body[:BODY_LIMIT].decode(errors="replace")
    if save:
        try:
            names["request_response"] = json.loads(answer.body[:BODY_LIMIT])
        except ValueError:
            names["request_response"] = ""
