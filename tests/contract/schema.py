"""Is a document one the platform accepts? Asked of the SDK's own schema of SWML.

That schema is closed and lags behind the platform's documentation. What it lacks and we use is listed in `LACKING`,
one by one; exactly that is taken out before the schema is asked, and nothing else.
"""

import copy
import importlib.util
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

Json = dict[str, Any]

PACKAGES = ("signalwire_agents", "signalwire")
"""The SDK, and its successor under its new name. Found, never imported: importing configures the process's logging."""

LACKING = frozenset(
    {
        ("connect", "status_url"),
        ("connect", "from_name"),
        ("connect.to", "from_name"),  # the same on one destination of several
        ("join_conference", "status_callback_event_type"),
        ("join_conference", "stream"),
        ("send_sms", "status_callback"),
    }
)
"""(verb, parameter) that the platform documents and the schema does not know."""

CONFERENCE_EVENTS = ("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
"""Documented as a list with spaces between; the schema knows single words. Each word is checked against these."""

RENAMED = ("execute_after_queue", "transfer_after_bridge")
"""A name that the platform has changed, and the one that the schema still has."""

SCRIPTS = ("dest", "execute_after_queue", "transfer_after_bridge")
"""Parameters that may hold a whole document as a string."""


def validate_document(doc: Json) -> None:
    """Raise AssertionError, naming the place, if the document is not SWML as the SDK's schema has it."""
    unknown = set(doc) - {"version", "sections"}
    assert not unknown, f"a document has a version and sections, not {', '.join(sorted(unknown))}"
    stripped = copy.deepcopy(doc)
    for verb, arguments in _objects(stripped):
        if isinstance(arguments, dict):
            _strip(verb, arguments)
    error = next(iter(_validator().iter_errors(stripped)), None)
    assert error is None, _explain(error)
    for name, nested in _nested(doc):
        assert set(nested) >= {"sections"}, f"{name}: an inline document has sections"
        validate_document(nested)


def validate_reply(reply: Json) -> None:
    """Raise AssertionError if a tool's reply is not one the platform acts on as meant."""
    unknown = set(reply) - {"response", "action", "post_process"}
    assert not unknown, f"a reply has no {', '.join(sorted(unknown))}"
    _validate_response(reply.get("response", ""))
    actions = reply.get("action", [])
    actions = actions if isinstance(actions, list) else [actions]
    assert actions or "post_process" not in reply, "post_process means nothing without actions"
    for number, action in enumerate(actions):
        try:
            _validate_action(action)
        except AssertionError as fault:
            raise AssertionError(f"action.{number}: {fault}") from None


def _validate_response(response: object) -> None:
    if isinstance(response, dict):
        assert set(response) == {"tool_result", "tool_prompt"}, f"a response object has not {set(response)}"
        assert all(isinstance(text, str) for text in response.values()), "tool_result and tool_prompt are text"
    else:
        assert isinstance(response, str), "a response is text"


def _validate_action(action: object) -> None:
    assert isinstance(action, dict), "an action is an object"
    assert action, "an action does something"
    if "SWML" not in action:
        error = next(iter(_validator("Action").iter_errors(action)), None)
        assert error is None, _explain(error)
        return
    keys = list(action)
    assert set(keys) <= {"transfer", "SWML"}, f"beside SWML there is only transfer, not {keys}"
    if "transfer" in action:
        assert isinstance(action["transfer"], bool), "transfer is a boolean"
        assert keys == ["transfer", "SWML"], "transfer comes before SWML"
    assert isinstance(action["SWML"], dict), "SWML is a document"
    validate_document(action["SWML"])


@cache
def schema() -> Json:
    """The schema of whichever SDK is installed."""
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        for place in (spec and spec.submodule_search_locations) or ():
            found = Path(place) / "schema.json"
            if found.is_file():
                return dict(json.loads(found.read_text()))
    raise AssertionError(f"no SDK is installed, neither of {', '.join(PACKAGES)}")


@cache
def _validator(definition: str | None = None) -> jsonschema_rs.Draft202012Validator:
    whole = schema()
    if definition is None:
        return jsonschema_rs.Draft202012Validator(whole)
    part = {"$ref": f"SWMLObject.json#/$defs/{definition}"}
    registry = jsonschema_rs.Registry([("SWMLObject.json", whole)])
    return jsonschema_rs.Draft202012Validator(part, registry=registry)


def _objects(value: object) -> Iterator[tuple[str, object]]:
    """Every member of every object within, outermost first."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name, member
            yield from _objects(member)
    elif isinstance(value, list):
        for one in value:
            yield from _objects(one)


def _strip(verb: str, arguments: Json) -> None:
    for name in [name for name in arguments if (verb, name) in LACKING]:
        del arguments[name]
    if verb in ("connect", "enter_queue") and RENAMED[0] in arguments:
        arguments.setdefault(RENAMED[1], arguments.pop(RENAMED[0]))
    if verb == "connect":
        for leg in _legs(arguments):
            for name in [name for name in leg if ("connect.to", name) in LACKING]:
                del leg[name]
    events = arguments.get("status_callback_event")
    if verb == "join_conference" and isinstance(events, str) and " " in events:
        assert set(events.split()) <= set(CONFERENCE_EVENTS), f"unknown conference event in {events!r}"
        arguments["status_callback_event"] = events.split()[0]


def _legs(connect: Json) -> Iterator[Json]:
    groups = connect.get("serial_parallel", [])
    groups = groups if isinstance(groups, list) else []
    for legs in (connect.get("serial"), connect.get("parallel"), *groups):
        yield from (leg for leg in legs or () if isinstance(leg, dict))


def _nested(doc: Json) -> Iterator[tuple[str, Json]]:
    """Documents within the document, as strings."""
    for name, value in _objects(doc):
        if name in SCRIPTS and isinstance(value, str) and value.startswith("{"):
            yield name, json.loads(value)


def _explain(error: Any) -> str:
    """The place and the reason, of the alternative that was meant: the one that got furthest into the value."""
    deepest = max(_alternatives(error), key=lambda one: (len(one.instance_path), one is error))
    place = ".".join(str(part) for part in deepest.instance_path) or "the document"
    message = str(deepest.message)
    return f"{place}: {message if len(message) < 300 else message[:300] + '…'}"


def _alternatives(error: Any) -> Iterator[Any]:
    yield error
    for branch in getattr(error.kind, "context", None) or ():
        for one in branch:
            if not _of_another_verb(one):
                yield from _alternatives(one)


def _of_another_verb(error: Any) -> bool:
    """The schema compares a step with every verb there is; "answer is required" says nothing about a connect."""
    instance = error.instance if isinstance(error.instance, Mapping) else {}
    wanted = getattr(error.kind, "property", None)
    return len(instance) == 1 and isinstance(wanted, str) and wanted not in instance
