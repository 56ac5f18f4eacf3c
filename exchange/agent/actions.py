"""What a function's reply makes the agent do: actions, in their order."""

import json
import re
from collections.abc import Iterator
from typing import Any

from exchange.agent.session import Session
from exchange.core.signals import LegEnded, ScriptError
from exchange.documents import schema
from exchange.documents.document import Jump, read_document
from exchange.documents.expressions import EvaluationFailed, as_text, expand
from exchange.documents.script import LATE

HOLD_DEFAULT, HOLD_LIMIT = 300.0, 900.0  # seconds
LEAVING = ("connect", "join_conference", "sip_refer", "enter_queue")
HARMLESS = [
    "playback_bg",
    "stop_playback_bg",
    "wait_for_user",
    "back_to_back_functions",
    "extensive_data",
    "functions_on_speaker_timeout",
    "end_of_speech_timeout",
    "speech_event_timeout",
    "replace_in_history",
    "add_dynamic_hints",
    "clear_dynamic_hints",
    "settings",
]


async def perform(session: Session, actions: Any, token: str) -> None:
    """Carry out a reply's actions. Raises Jump or LegEnded when one of them takes the call away from the agent."""
    for action in [actions] if isinstance(actions, dict) else actions or []:
        if session.stopped:
            return
        if not isinstance(action, dict):
            session.leg.violation(f"action {action!r} is not an object")
            continue
        if "SWML" in action:
            await _swml(session, action)
        for name, value in action.items():
            if name == "SWML" or (name == "transfer" and "SWML" in action):
                continue
            session.leg.note("action", name, value=value)
            await _one(session, name, value, token)


async def _one(session: Session, name: str, value: Any, token: str) -> None:
    simple = {
        "set_global_data": lambda: session.leg.global_data.update(value),
        "unset_global_data": lambda: _forget(session.leg.global_data, value),
        "set_meta_data": lambda: session.meta_data.setdefault(token, {}).update(value),
        "unset_meta_data": lambda: _forget(session.meta_data.get(token, {}), value),
        "toggle_functions": lambda: _toggle(session, value, token),
        "stop": lambda: session.stop("stop action"),
        "hangup": lambda: setattr(session, "hangs_up", True),
        "user_input": lambda: session.lines.append(str(value)),
        "change_context": lambda: session.contexts.enter(str(value)),
        "change_step": lambda: session.contexts.step_to(str(value)),
        "user_event": lambda: session.leg.note("event", "user_event", event=value),
    }
    if name in simple:
        simple[name]()
    elif name == "say":
        session.tell_log("assistant", str(value))
        await session.leg.hear(str(value))
    elif name == "hold":
        await session.hold(hold_seconds(session, value))
    elif name == "transfer":
        await _leave(session, value)
    elif name == "context_switch":
        session.switch_prompt(value)
    elif name not in HARMLESS:
        session.leg.violation(f"unknown action {name}")


def _forget(held: dict[str, Any], keys: Any) -> None:
    for key in [keys] if isinstance(keys, str) else keys:
        held.pop(key, None)


def _toggle(session: Session, entries: Any, token: str) -> None:
    for entry in entries:
        function = session.functions.get(str(entry.get("function")))
        if function is not None and function.token == token:
            function.toggle(entry.get("active", True))


def hold_seconds(session: Session, value: Any) -> float:
    """int, {timeout}, "5m" or "1:30" as seconds; out of range is 300."""
    if isinstance(value, dict):
        value = value.get("timeout", HOLD_DEFAULT)
    seconds = float(value) if isinstance(value, int | float) else time_string(str(value))
    if 0 < seconds <= HOLD_LIMIT:
        return seconds
    session.leg.violation(f"hold of {value} is out of range")
    return HOLD_DEFAULT


def time_string(text: str) -> float:
    """ "90", "5m", "1m30s", "1:30" as seconds; 0.0 for what is none."""
    if re.fullmatch(r"\d+:\d\d", text):
        minutes, seconds = text.split(":")
        return int(minutes) * 60.0 + int(seconds)
    found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?", text)
    if not found:
        return 0.0
    hours, minutes_, seconds_ = (int(part or 0) for part in found.groups())
    return hours * 3600.0 + minutes_ * 60.0 + seconds_


async def _leave(session: Session, value: Any) -> None:
    dest = str(value.get("dest", "") if isinstance(value, dict) else value)
    try:
        document, section = await session.script.resolve(dest, {})
    except ScriptError as problem:
        session.script.fail(problem)
        return
    raise Jump(document, section, {})


async def _swml(session: Session, action: dict[str, Any]) -> None:
    leg = session.leg
    if session.params.get("swaig_allow_swml") is False:
        leg.violation("SWML action while swaig_allow_swml is false")
        return
    final = _final(session, action)
    try:
        document = read_document(leg, _data(session, action["SWML"]), "action")
    except (ScriptError, ValueError) as problem:
        leg.note("error", str(problem))
        return
    leg.note("action", "SWML, for good" if final else "SWML, inline")
    if final:
        raise Jump(document, "main", {})
    if _leaves(document.sections) and LATE not in json.dumps(document.data):
        leg.violation("agent left attached: inline SWML puts the caller through and gives no ai_response")
    await run_inline(session, document)


def _data(session: Session, swml: Any) -> Any:
    data = json.loads(swml) if isinstance(swml, str) else swml
    if isinstance(data, dict) and "transfer" in data:
        session.leg.violation("transfer flag inside the document")
        if not session.leg.call.exchange.assumptions.flag_inside_swml_is_error:
            data = {key: value for key, value in data.items() if key != "transfer"}
    return data


def _final(session: Session, action: dict[str, Any]) -> bool:
    """Whether the SWML takes the call for good: the flag's value, type and place."""
    assumptions, flag = session.leg.call.exchange.assumptions, action.get("transfer", False)
    inline_behind = assumptions.flag_after_swml_is_inline
    report = session.leg.violation if inline_behind else session.leg.warning
    if isinstance(flag, str):
        said = flag.strip().lower()
        if said == "false":
            return False
        report(f"transfer flag is the string {flag!r}")
        flag = assumptions.string_flag_is_read and said == "true"
    keys = list(action)
    if flag and keys.index("transfer") > keys.index("SWML"):
        report("transfer flag behind the SWML key")
        return not inline_behind
    return bool(flag)


def _leaves(sections: dict[str, list[dict[str, Any]]]) -> bool:
    return any(verb in LEAVING for steps in sections.values() for verb in _verbs(steps))


def _verbs(steps: list[Any]) -> Iterator[str]:
    for step in steps:
        for verb, args in step.items() if isinstance(step, dict) else ():
            yield verb
            for _, nested in schema.nested_steps(verb, args):
                yield from _verbs(nested)


async def run_inline(session: Session, document: Any) -> None:
    """Run SWML while the agent is suspended, then give it ai_response, expanded only now.

    Raises LegEnded when the call is over.
    """
    leg = session.leg
    leg.vars.pop(LATE, None)
    script = session.script.sub(leg, document)
    session.suspended = True
    try:
        await script.run()
    finally:
        session.suspended = False
    if leg.over.is_set():
        raise LegEnded
    kept = not script.jumped or leg.call.exchange.assumptions.ai_response_survives_transfer
    if LATE in leg.vars and kept:
        try:
            text = as_text(expand(leg.vars[LATE], script.scope))
        except EvaluationFailed as problem:
            leg.note("error", str(problem))
            return
        leg.note("ai", f"ai_response: {text}")
        session.tell_log("system", text, source=LATE)
