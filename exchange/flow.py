"""Flow verbs: variables, branches, jumps, requests."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

from exchange.people import forever
from exchange.signals import Goto, Jump, Returned, ScriptError
from exchange.wire import Address, Answer, Outgoing, Unreachable

if TYPE_CHECKING:
    from exchange.script import Script

LATE = "ai_response"  # expanded only when the inline script is over
BODY_LIMIT = 65_536
HEADER_LIMIT = 64
NO_TIMEOUT = 3600.0  # seconds that stand in for "none"
ALLOWED_HEADERS = ("accept", "authorization", "content-type", "range")


async def set_(script: "Script", args: dict[str, Any]) -> None:
    for name, value in args.items():
        script.leg.vars[name] = value if name == LATE else script.fill(value)


async def unset(script: "Script", args: Any) -> None:
    for name in [args] if isinstance(args, str) else args:
        script.leg.vars.pop(name, None)


async def cond(script: "Script", args: list[dict[str, Any]]) -> None:
    await script.branch(args)


async def switch(script: "Script", args: dict[str, Any]) -> None:
    await script.switch(args, "")


async def label(script: "Script", args: Any) -> None:
    """Only a place."""


async def goto(script: "Script", args: dict[str, Any]) -> None:
    counts = script.leg.gotos
    if "when" in args and not script.holds(str(args["when"])):
        return
    if counts.get(id(args), 0) >= int(args.get("max", 100)):
        return
    counts[id(args)] = counts.get(id(args), 0) + 1
    script.count_jump()
    raise Goto(str(args["label"]))


async def execute(script: "Script", args: dict[str, Any]) -> None:
    if script.depth >= script.leg.call.exchange.assumptions.execute_depth:
        raise ScriptError("nested_too_deep", str(args["dest"]))
    document, section = await script.resolve(str(args["dest"]), args.get("params", {}))
    await _call_section(script, document, section, args.get("params", {}))
    if "on_return" in args:
        await script.steps(args["on_return"])
    await script.result(args.get("result"), "return_value")


async def _call_section(script: "Script", document: Any, section: str, params: dict[str, Any]) -> None:
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


async def return_(script: "Script", args: Any) -> None:
    script.leg.vars["return_value"] = args
    raise Returned(args)


async def transfer(script: "Script", args: dict[str, Any]) -> None:
    script.count_jump()
    params = args.get("params", {})
    document, section = await script.resolve(str(args["dest"]), params)
    raise Jump(document, section, params)


async def sleep(script: "Script", args: Any) -> None:
    milliseconds = int(args["duration"] if isinstance(args, dict) else args)
    with script.leg.sound("silence"):
        await (forever() if milliseconds < 0 else asyncio.sleep(milliseconds / 1000))


async def request(script: "Script", args: dict[str, Any]) -> None:
    names, address = script.leg.vars, Address.of(str(args["url"]))
    names |= {"request_url": address.url, "request_result": "failed", "return_value": "failed"}
    if not args.get("timeout"):
        script.leg.violation(f"request to {address.path} without a timeout")
    try:
        answer = await script.leg.send("http", _outgoing(args, address))
    except Unreachable:
        return
    _keep(names, answer, save=bool(args.get("save_variables")))


def _outgoing(args: dict[str, Any], address: Address) -> Outgoing:
    headers = {str(name): str(value) for name, value in args.get("headers", {}).items()}
    for name in headers:
        if name.lower() not in ALLOWED_HEADERS and not name.lower().startswith("x-"):
            raise ScriptError("method_parameter_invalid_value", f"request.headers.{name}")
    body = args.get("body")
    if isinstance(body, dict | list):
        headers.setdefault("Content-Type", "application/json")
    content = b"" if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
    read, connect = float(args.get("timeout") or NO_TIMEOUT), float(args.get("connect_timeout") or NO_TIMEOUT)
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
