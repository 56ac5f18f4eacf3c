"""Values become the platform's JSON, here and nowhere else.

Here, too, text becomes inert, keys included: what a caller, a model or another system has said is never filled in by
the platform, wherever it stands. Only `Live` text is (`swml/live.py`).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any

from swml.flow import Document, Return, Verb
from swml.live import Live, inert, inert_values
from swml.replies import (
    Action,
    ChangeStep,
    Hangup,
    Hold,
    Reply,
    Run,
    Say,
    SetGlobalData,
    Stop,
    ToggleFunctions,
    ToolResult,
    UnsetGlobalData,
    UserInput,
    Written,
)
from swml.speech import literal

Json = dict[str, Any]

VERSION = "1.0.0"
# Names that Python or its customs spell another way.
_PLATFORM_NAMES = {"from_": "from", "else_": "else", "swaig": "SWAIG"}


def render(document: Document) -> Json:
    """The document as plain JSON values; what was left out stays out."""
    sections = {name: render_steps(steps) for name, steps in document.sections.items()}
    return {"version": VERSION, "sections": sections}


def render_steps(steps: Iterable[Verb]) -> list[Json]:
    """Verbs as they stand in a section."""
    return [_verb(step) for step in steps]


def to_bytes(document: Document) -> bytes:
    """The document as an HTTP body, in ASCII."""
    return json.dumps(render(document), separators=(",", ":")).encode()


def to_inline(document: Document) -> str:
    """The document as a string, for `transfer`, `execute` and what follows a queue."""
    return Live(json.dumps(render(document), separators=(",", ":")))


def to_json(values: object) -> str:
    """JSON values as a piece of a document."""
    return json.dumps(inert_values(values), separators=(",", ":"))


def render_answer(answer: object) -> Any:
    """What we answer a `request` of a document, which puts it into `request_response`."""
    return inert_values(answer)


def render_message(text: str) -> Json:
    """What an agent is told by REST, as the parameters of `calling.ai_message`. Its caller does not hear it."""
    return {"role": "system", "message_text": inert(text)}


def render_own(reply: Json) -> Json:
    """The reply of a tool that somebody else wrote. What the model reads and the caller hears is inert; documents in
    it are as their author wrote them.
    """
    actions = reply.get("action", [])
    shown = [
        {name: one if name == "SWML" else inert_values(one) for name, one in action.items()}
        if isinstance(action, dict)
        else inert_values(action)
        for action in (actions if isinstance(actions, list) else [actions])
    ]
    return {**inert_values(reply), **({"action": shown} if shown else {})}


def render_reply(reply: Reply) -> Json:
    """The reply as plain JSON values; `post_process` stands only beside actions, which alone it means anything to."""
    if isinstance(reply, Written):
        written: Json = json.loads(reply.text)
        return written
    response = reply.response
    if isinstance(response, ToolResult):
        said: Json = {"response": _members(response)}
    else:
        said = {"response": inert(response)} if response else {}
    if not reply.actions:
        return said
    told = {"post_process": True} if reply.post_process else {}
    return {**said, **told, "action": [_action(action) for action in reply.actions]}


def _action(action: Action) -> Json:
    match action:
        case Say(text):
            return {"say": inert(text)}
        case Run(document, transfer):
            # A boolean, and before `SWML`: anywhere else it is not read, and the agent stays on the call.
            return {"transfer": True, "SWML": render(document)} if transfer else {"SWML": render(document)}
        case Hold(timeout):
            return {"hold": {"timeout": timeout}}
        case Stop():
            return {"stop": True}
        case Hangup():
            return {"hangup": True}
        case SetGlobalData(data):
            return {"set_global_data": _plain(data)}
        case UnsetGlobalData(key):
            return {"unset_global_data": inert(key)}
        case ToggleFunctions(active):
            return {"toggle_functions": [{"active": on, "function": inert(name)} for name, on in active.items()]}
        case UserInput(text):
            return {"user_input": inert(text)}
        case ChangeStep(step):
            return {"change_step": inert(step)}


def _verb(verb: Verb) -> Json:
    if not verb.bare:
        return {verb.verb: _members(verb)}
    kind: Any = type(verb)
    value = getattr(verb, _layout(kind)[0][0])
    return {verb.verb: {} if value is None and isinstance(verb, Return) else _plain(value)}


def _plain(value: object) -> Any:
    if isinstance(value, str):
        return inert(value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {inert(name): _plain(one) for name, one in value.items()}
    return _verb(value) if isinstance(value, Verb) else _members(value)


def _members(value: object) -> Json:
    kind: Any = type(value)
    members: Json = {}
    for attribute, name, optional in _layout(kind):
        one = getattr(value, attribute)
        if optional and (one is None or one == ()):
            continue
        if name == "headers" and isinstance(one, tuple):
            members[name] = [{"name": literal(header), "value": literal(content)} for header, content in one]
        elif name == "from_name":  # a header of SIP as well
            members[name] = literal(one)
        else:
            members[name] = _plain(one)
    return members


@cache
def _layout(kind: Any) -> tuple[tuple[str, str, bool], ...]:
    """Of each member: its name here, its name there, and whether it may be left out."""
    return tuple(
        (one.name, _PLATFORM_NAMES.get(one.name, one.name), one.default is not MISSING) for one in fields(kind)
    )
