"""A SWML document: read, checked against the official schema, fetched from the application."""

import json
from dataclasses import dataclass, field
from typing import Any

import yaml

from exchange.core.facts import facts
from exchange.core.legs import Leg
from exchange.core.signals import ScriptError
from exchange.core.wire import Address, Answer, Mishap, Outgoing, Unreachable, signatures
from exchange.documents import schema
from exchange.documents.grammar import Grammar
from exchange.documents.schema import Problem
from exchange.documents.shorthand import expanded

YAML_TYPES = ("application/yaml", "text/x-yaml", "application/x-yaml", "text/yaml")


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may be run. Steps that break the schema are known and fail when they are reached."""

    data: dict[str, Any]
    origin: str
    spoiled: dict[int, Problem] = field(default_factory=dict)
    gotos: dict[int | str, int] = field(default_factory=dict)  # id of the step, or its label -> times taken

    @property
    def sections(self) -> dict[str, list[dict[str, Any]]]:
        sections: dict[str, list[dict[str, Any]]] = self.data["sections"]
        return sections


class Jump(Exception):
    """The transfer verb: go on in that section of that document and never come back."""

    def __init__(self, document: Document, section: str, params: dict[str, Any]) -> None:
        super().__init__(section)
        self.document, self.section, self.params = document, section, params


def read_document(leg: Leg, data: Any, origin: str) -> Document:
    """Check a document and report what is wrong with it.

    Raises ScriptError when it cannot be run at all.
    """
    switches = leg.call.exchange.assumptions
    data = expanded(data) if switches.shorthand else data
    problems = schema.check(data, Grammar.of(switches))
    for problem in problems:
        leg.violation(f"document: {problem}", origin=origin)
    for problem in problems:
        if not problem.step:
            raise ScriptError(problem.code, problem.where)
    return Document(data, origin, {problem.step: problem for problem in problems})


def parse(leg: Leg, answer: Answer, origin: str) -> Any:
    """The body of a fetch as data.

    Raises ScriptError.
    """
    limit = leg.call.exchange.assumptions.document_limit
    if len(answer.body) > limit:
        leg.violation(f"document of {len(answer.body)} bytes, over {limit}", origin=origin)
        raise ScriptError("parse_error", f"document over {limit} bytes")
    kind = answer.content_type
    if kind not in ("application/json", *YAML_TYPES):
        sent_as = f"document sent as {kind or 'no content type'}"
        if not leg.call.exchange.assumptions.sniffs_content_type:
            leg.violation(sent_as, origin=origin)
            raise ScriptError("parse_error", f"content type {kind}")
        leg.warning(sent_as, origin=origin)
    try:
        data = as_data(answer.body)
    except (ValueError, yaml.YAMLError) as problem:
        leg.violation("document is neither JSON nor YAML", origin=origin)
        raise ScriptError("parse_error", "neither JSON nor YAML") from problem
    return data


def as_data(body: bytes) -> Any:
    """JSON or YAML, told from the text itself.

    Raises ValueError or yaml.YAMLError for neither.
    """
    try:
        return json.loads(body)
    except ValueError:
        return yaml.safe_load(body)


async def fetch_document(
    leg: Leg, url: str, *, params: dict[str, Any] | None = None, fallback: str = "", method: str = "POST"
) -> Document:
    """Fetch, check and return the document at a URL, or at its fallback.

    Raises ScriptError when neither can be used.
    """
    try:
        answer = await _fetch(leg, url, params or {}, method)
        return read_document(leg, parse(leg, answer, url), url)
    except ScriptError:
        if not fallback:
            raise
    answer = await _fetch(leg, fallback, params or {}, method)
    return read_document(leg, parse(leg, answer, fallback), fallback)


async def _fetch(leg: Leg, url: str, params: dict[str, Any], method: str) -> Answer:
    exchange = leg.call.exchange
    address = Address.of(url, exchange.credentials if url == exchange.app_url else None)
    body = json.dumps({"call": facts(leg), "vars": leg.vars, "envs": leg.envs, "params": params}).encode()
    target = address.url
    if method == "GET":
        body = b""
        if exchange.assumptions.get_fetch_carries_query:
            target += ("&" if "?" in target else "?") + f"call_id={leg.call_id}"
    headers = {"Content-Type": "application/json", "Accept": "application/json, application/yaml, text/x-yaml"}
    if exchange.signing_key:
        headers |= signatures(exchange.signing_key, address.url, body)
    limits = exchange.assumptions
    request = Outgoing(target, body, method, headers, address.credentials, limits.connect_timeout, limits.read_timeout)
    try:
        answer = await leg.send("fetch", request)
    except Unreachable as problem:
        if not isinstance(problem, Mishap):
            leg.violation(f"fetch of {address.path} failed: {problem}")
        raise ScriptError("method_execute_failed", f"fetch: {problem}") from problem
    if not answer.ok:
        leg.violation(f"fetch of {address.path} answered {answer.status}")
        raise ScriptError("method_execute_failed", f"fetch answered {answer.status}")
    return answer
