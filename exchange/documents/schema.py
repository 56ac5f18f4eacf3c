"""The official SWML schema that ships with signalwire-agents, plus what its authors are known to have left out."""

import functools
import importlib.resources
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from exchange.core.assumptions import platform
from exchange.documents.grammar import TEXT, Grammar, read_as
from exchange.documents.keys import CONFERENCE, FORMS, NOT_OF_A_DESTINATION

ANY = {"type": "object"}

# Documented by the platform, absent from the schema. Each omission has a name; nothing else is excused.
OMITTED_PROPERTIES: dict[str, tuple[tuple[str, ...], str, dict[str, Any]]] = {
    "connect.status_url": (("ConnectDevice*",), "status_url", TEXT),
    "connect.from_name": (("ConnectDevice*",), "from_name", TEXT),
    "connect.codec, of a stream": (("ConnectDevice*",), "codec", TEXT),
    "connect.name, of a stream": (("ConnectDevice*",), "name", TEXT),
    "connect.realtime, of a stream": (("ConnectDevice*",), "realtime", {}),
    "connect.status_url_method, of a stream": (("ConnectDevice*",), "status_url_method", TEXT),
    "connect.authorization_bearer_token, of a stream": (("ConnectDevice*",), "authorization_bearer_token", TEXT),
    "connect.custom_parameters, of a stream": (("ConnectDevice*",), "custom_parameters", ANY),
    "join_conference.status_callback_event (a list in one string)": (
        ("JoinConferenceObject",),
        "status_callback_event",
        TEXT,
    ),
    "join_conference.status_callback_event_type": (("JoinConferenceObject",), "status_callback_event_type", TEXT),
    "join_conference.stream": (("JoinConferenceObject",), "stream", ANY),
    "send_sms.status_callback": (("SMSWithBody", "SMSWithMedia"), "status_callback", TEXT),
}
OMITTED_VERBS = ("stream", "stop_stream", "transcribe", "transcribe_stop", "ai_sidecar")
EXECUTE_RPC = {"type": "object", "required": ["method"], "properties": {"method": TEXT, "params": ANY}}
OMITTED_IN_CONFIRM = ("stream", "stop_stream")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a document or one of its steps is refused: the platform's code and where."""

    code: str
    where: str
    step: int = 0  # id() of the step it spoils; 0 spoils the whole document

    def __str__(self) -> str:
        return f"{self.code} {self.where}"


@functools.cache
def definitions(grammar: Grammar) -> dict[str, Any]:
    """The schema's definitions with the omissions filled in, as a grammar reads them."""
    text = (importlib.resources.files("signalwire_agents") / "schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    found: dict[str, Any] = schema["$defs"]
    for names, name, shape in OMITTED_PROPERTIES.values():
        for key in found:
            if key in names or (names[0].endswith("*") and key.startswith(names[0][:-1])):
                found[key]["properties"][name] = shape
    for verb in (*OMITTED_VERBS, *["execute_rpc"] * grammar.execute_rpc):
        shape = EXECUTE_RPC if verb == "execute_rpc" else ANY
        found[verb] = {"type": "object", "properties": {verb: shape}, "required": [verb], "maxProperties": 1}
        found["SWMLMethod"]["anyOf"].append({"$ref": f"#/$defs/{verb}"})
    found["ValidConfirmMethods"]["anyOf"] += [{"$ref": f"#/$defs/{verb}"} for verb in OMITTED_IN_CONFIRM]
    read_as(grammar, found)
    return schema


@functools.cache
def _validator(grammar: Grammar) -> Any:
    return jsonschema_rs.validator_for(definitions(grammar))


@functools.cache
def _verb_names(union: str, grammar: Grammar) -> dict[str, str]:
    """verb -> name of its definition, for SWMLMethod or ValidConfirmMethods."""
    defs = definitions(grammar)["$defs"]
    refs = [item["$ref"].rsplit("/", 1)[1] for item in defs[union]["anyOf"]]
    return {next(iter(defs[ref]["properties"])): ref for ref in refs}


def verbs(grammar: Grammar) -> frozenset[str]:
    """Every verb a document may use."""
    return frozenset(_verb_names("SWMLMethod", grammar))


def confirm_verbs() -> frozenset[str]:
    """The verbs a confirm script may use, where it is limited."""
    return frozenset(_verb_names("ValidConfirmMethods", Grammar.of(platform())))


@functools.cache
def _verb_validator(verb: str, grammar: Grammar) -> Any:
    schema = definitions(grammar)
    ref = f"#/$defs/{_verb_names('SWMLMethod', grammar)[verb]}"
    return jsonschema_rs.validator_for({"$id": schema["$id"], "$ref": ref, "$defs": schema["$defs"]})


@functools.cache
def _parameters(verb: str, grammar: Grammar) -> tuple[frozenset[str], frozenset[str]] | None:
    """(known, required in every form) parameter names of a verb; None where any name goes."""
    defs = definitions(grammar)["$defs"]
    shape = defs[_verb_names("SWMLMethod", grammar)[verb]]["properties"][verb]
    forms = [form for form in _forms(shape, defs) if form.get("type", "object") == "object" and "properties" in form]
    if not forms or any(form.get("unevaluatedProperties") == {} for form in forms):
        return None
    known = frozenset().union(*(form["properties"] for form in forms))
    return known, frozenset.intersection(*(frozenset(form.get("required", ())) for form in forms))


def _forms(shape: dict[str, Any], defs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in shape:
        yield from _forms(defs[shape["$ref"].rsplit("/", 1)[1]], defs)
    for union in ("oneOf", "anyOf"):
        for item in shape.get(union, ()):
            yield from _forms(item, defs)
    if "properties" in shape or not {"$ref", "oneOf", "anyOf"} & set(shape):
        yield shape


def check(document: Any, grammar: Grammar) -> list[Problem]:
    """Everything wrong with a document, in the platform's codes; [] for a good one."""
    if not isinstance(document, dict):
        return [Problem("parse_error", "the document is not an object")]
    validator, sections = _validator(grammar), document.get("sections")
    named = sections if isinstance(sections, dict) else {}
    problems = [problem for name, steps in named.items() for problem in _shape_problems(steps, name, grammar)]
    if problems or validator.is_valid(document):
        return problems
    problems += _head_problems(document)
    for name, steps in named.items():
        problems += _section_problems(steps, f"sections.{name}", verbs(grammar), grammar)
    return problems or [Problem("element_invalid_value", _first_error(validator, document))]


def _head_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    for name in document:
        if name not in ("version", "sections"):
            yield Problem("element_undefined", name)
    if document.get("version", "1.0.0") != "1.0.0":
        yield Problem("version_invalid", str(document["version"]))
    if not isinstance(document.get("sections"), dict):
        yield Problem("sections_missing", "sections")
    elif "main" not in document["sections"]:
        yield Problem("main_section_missing", "sections.main")


def _shape_problems(steps: Any, name: str, grammar: Grammar) -> Iterator[Problem]:
    """What the schema cannot say of a section: how deep its steps are nested, and labels that are nowhere."""
    if grammar.nesting and _too_deep(steps, grammar.nesting):
        yield Problem("nested_too_deep", f"sections.{name}, over {grammar.nesting}")
        return
    if not grammar.labels:
        return
    found = list(_every_step(steps))
    labels = {str(args) for verb, args in found if verb == "label"}
    for verb, args in found:
        label = str(args.get("label", "")) if verb == "goto" and isinstance(args, dict) else ""
        if label and "{" not in label and label not in labels:
            yield Problem("element_undefined", f"sections.{name}: goto {label}")


def _too_deep(steps: Any, levels: int) -> bool:
    """Whether steps are nested more than that many levels deep."""
    if not isinstance(steps, list):
        return False
    if levels == 0:
        return True
    return any(_too_deep(nested, levels - 1) for verb, args in _plain(steps) for _, nested in nested_steps(verb, args))


def _every_step(steps: Any) -> Iterator[tuple[str, Any]]:
    for verb, args in _plain(steps):
        yield verb, args
        for _, nested in nested_steps(verb, args):
            yield from _every_step(nested)


def _plain(steps: Any) -> Iterator[tuple[str, Any]]:
    """(verb, parameters) of the steps that are written as steps are."""
    for step in steps if isinstance(steps, list) else ():
        if isinstance(step, dict) and len(step) == 1:
            yield next(iter(step.items()))


def _section_problems(steps: Any, where: str, allowed: frozenset[str], grammar: Grammar) -> Iterator[Problem]:
    if not isinstance(steps, list):
        yield Problem("element_wrong_type", where)
        return
    for index, step in enumerate(steps):
        yield from _step_problems(step, f"{where}[{index}]", allowed, grammar)


def _step_problems(step: Any, where: str, allowed: frozenset[str], grammar: Grammar) -> Iterator[Problem]:
    if not isinstance(step, dict) or len(step) != 1:
        yield Problem("method_missing_name", where, id(step))
        return
    verb, args = next(iter(step.items()))
    where = f"{where}.{verb}"
    if verb not in allowed:
        yield Problem("method_undefined", where, id(step))
        return
    found = [*_unknown_keys(verb, args, where, grammar), *_nested_problems(verb, args, where, grammar)]
    yield from found
    if not found and not _verb_validator(verb, grammar).is_valid(step):
        yield _own_problem(verb, step, where, grammar)


def _unknown_keys(verb: str, args: Any, where: str, grammar: Grammar) -> Iterator[Problem]:
    """Keys for which the whole document is rejected: those of a verb whose list is closed."""
    if not isinstance(args, dict):
        return
    if verb == "join_conference" and grammar.closed_conference:
        yield from (Problem("method_parameter_undefined", f"{where}.{key}") for key in sorted(set(args) - CONFERENCE))
    if verb != "connect" or not grammar.closed_connect:
        return
    yield from (Problem("method_parameter_undefined", f"{where}.{key}") for key in sorted(set(args) - grammar.connect))
    known = grammar.connect - NOT_OF_A_DESTINATION
    for form in FORMS[1:]:
        for place, item in destinations(args.get(form)):
            for key in sorted(set(item) - known):
                yield Problem("method_parameter_undefined", f"{where}.{form}{place}.{key}")


def destinations(listed: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every destination of a list, or of a list of lists, with its place."""
    for index, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, dict):
            yield f"{place}[{index}]", item
        else:
            yield from destinations(item, f"{place}[{index}]")


def _own_problem(verb: str, step: dict[str, Any], where: str, grammar: Grammar) -> Problem:
    args, names = step[verb], _parameters(verb, grammar)
    if isinstance(args, dict) and names is not None:
        unknown, missing = sorted(set(args) - names[0]), sorted(names[1] - set(args))
        if unknown:
            return Problem("method_parameter_undefined", f"{where}.{unknown[0]}", id(step))
        if missing:
            return Problem("method_parameter_missing", f"{where}.{missing[0]}", id(step))
    error = _first_error(_verb_validator(verb, grammar), step)
    return Problem("method_parameter_invalid_value", f"{where}: {error}", id(step))


def _nested_problems(verb: str, args: Any, where: str, grammar: Grammar) -> Iterator[Problem]:
    for name, steps in nested_steps(verb, args):
        limited = name.endswith("confirm") and grammar.confirm_is_limited
        allowed = confirm_verbs() if limited else verbs(grammar)
        yield from _section_problems(steps, f"{where}.{name}", allowed, grammar)


def nested_steps(verb: str, args: Any) -> Iterator[tuple[str, list[Any]]]:
    """Every list of steps directly inside a verb's parameters, with its name."""
    if verb == "cond" and isinstance(args, list):
        yield from _cond_steps(args)
    if not isinstance(args, dict):
        return
    for name in ("on_return", "default", "confirm"):
        if isinstance(args.get(name), list) and verb != "set":
            yield name, args[name]
    for form in FORMS[1:] if verb == "connect" else ():
        for place, item in destinations(args.get(form)):
            if isinstance(item.get("confirm"), list):
                yield f"{form}{place}.confirm", item["confirm"]
    for case, steps in args["case"].items() if verb == "switch" and isinstance(args.get("case"), dict) else ():
        yield f"case.{case}", steps
    result = args.get("result") if verb in ("connect", "execute", "join_conference") else None
    if isinstance(result, list):
        yield from _cond_steps(result)
    elif isinstance(result, dict):
        yield from nested_steps("switch", result)


def _cond_steps(branches: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    for branch in branches:
        for name in ("then", "else"):
            if isinstance(branch, dict) and isinstance(branch.get(name), list):
                yield name, branch[name]


def _first_error(validator: Any, instance: Any) -> str:
    for error in validator.iter_errors(instance):
        return str(error.message)[:200]
    return "does not fit the schema"
