"""An agent compiled once into immutable bytes, with slots for what differs per call.

The SDK renders a document in milliseconds and in a field of the agent. A call gets a copy of the bytes instead:
joining fixed parts and a few small JSON values takes microseconds and shares nothing between threads.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from agents.tools.cuts import Cuts
from swml.flow import Verb
from swml.live import as_written
from swml.render import render_steps, to_json

Json = dict[str, Any]
Verbs = Sequence[Verb]

_json = json.JSONEncoder(separators=(",", ":")).encode

BUDGET = 64_000
"""Bytes a document may have. The platform documents no limit for SWML; its older XML documents end at 64 kB."""

BRIEFING_TITLE = "What you already know"


@dataclass(frozen=True, slots=True)
class Slots:
    """What differs from call to call; `Blueprint.stamp` says what each is."""

    tools_url: str
    report_url: str
    greeting: str | None
    briefing: str
    facts: Mapping[str, Any]
    head: Verbs
    tail: Verbs | None


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One agent's document, but for its slots. Immutable; any number of threads may stamp it at once.

    tools: the names of the functions it offers. size: bytes before anything is stamped.
    """

    parts: tuple[bytes, ...]
    writers: tuple[Callable[[Slots], str], ...]
    tools: tuple[str, ...]
    size: int

    def stamp(
        self,
        *,
        tools_url: str,
        report_url: str,
        greeting: str | None = None,
        briefing: str = "",
        facts: Mapping[str, Any] = MappingProxyType({}),
        head: Verbs = (),
        tail: Verbs | None = None,
    ) -> bytes:
        """The SWML document for one call: JSON, ASCII only, microseconds.

        tools_url, report_url: where the platform posts tool calls and the report; credentials and token included.
        greeting: what the agent says first; None: the agent's own; empty: the caller speaks first.
        briefing: prose for the model about what is already known, so that nothing is asked twice; empty: nothing is.
        facts: JSON values that tools and prompts can read as global data; laid over the agent's own.
        head: verbs between answering and the agent, such as an announcement.
        tail: verbs for when the agent's session ends with the caller still there; None: the agent's goodbye.
        Whatever the tail does, the document ends with a hangup.
        """
        slots = Slots(tools_url, report_url, greeting, briefing, facts, head, tail)
        pieces = [self.parts[0]]
        for write, part in zip(self.writers, self.parts[1:], strict=True):
            pieces.append(write(slots).encode())
            pieces.append(part)
        return b"".join(pieces)


def compile_document(document: Json, *, functions: Sequence[Json] = (), goodbye: Verbs = ()) -> Blueprint:
    """Compile what the SDK rendered.

    functions: our own tools as SWAIG functions; one of the same name in the document gives way. goodbye: the tail a
    call has unless it is stamped with another. Raises ValueError if there is no `ai` verb with a prompt.
    """
    main = list(document["sections"]["main"])
    place = next((index for index, verb in enumerate(main) if verb.get("ai", {}).get("prompt")), None)
    if place is None:
        raise ValueError("the agent has no prompt")
    ai: Json = json.loads(_json(main[place]["ai"]))  # ours to change
    _merge_functions(ai, functions)
    cuts = Cuts[Slots](_json([document, ai]))
    _cut_slots(ai, cuts)
    main[place : place + 1] = [cuts.item(lambda slots: _verbs(slots.head)), {"ai": ai}]
    main += [cuts.item(lambda slots: _verbs(goodbye if slots.tail is None else slots.tail)), {"hangup": {}}]
    text = _json({**document, "sections": {**document["sections"], "main": main}})
    texts, writers = cuts.divide(text)
    parts = tuple(part.encode() for part in texts)
    names = tuple(one["function"] for one in ai["SWAIG"]["functions"])
    return Blueprint(parts, writers, names, sum(map(len, parts)))


def _merge_functions(ai: Json, functions: Sequence[Json]) -> None:
    swaig = ai.setdefault("SWAIG", {})
    ours = {one["function"] for one in functions}
    swaig["functions"] = [*functions, *(one for one in swaig.get("functions", []) if one["function"] not in ours)]


def _cut_slots(ai: Json, cuts: Cuts[Slots]) -> None:
    """Put a mark in the `ai` verb wherever a call has its own value."""
    params, own_facts = ai.get("params", {}), as_written(ai.get("global_data", {}))
    own_greeting = as_written(params.pop("static_greeting", ""))
    ai["SWAIG"]["defaults"] = {"web_hook_url": cuts.value(lambda slots: to_json(slots.tools_url))}
    ai["post_prompt_url"] = cuts.value(lambda slots: to_json(slots.report_url))
    ai["global_data"] = cuts.value(lambda slots: to_json({**own_facts, **slots.facts}))
    # Without the variables a tool call could not restore a call that no record holds yet.
    ai["params"] = {
        cuts.key(lambda slots: _greeting(own_greeting if slots.greeting is None else slots.greeting)): 0,
        **params,
        "swaig_post_swml_vars": True,
    }
    prompt = ai["prompt"]
    if "pom" in prompt:
        prompt["pom"] = [cuts.item(lambda slots: _section(slots.briefing)), *prompt["pom"]]
    else:
        prompt["text"] += cuts.text(lambda slots: _paragraph(slots.briefing))


def _greeting(text: str) -> str:
    return f'"static_greeting":{to_json(text)},' if text else ""


def _section(briefing: str) -> str:
    return to_json({"title": BRIEFING_TITLE, "body": briefing}) + "," if briefing else ""


def _paragraph(briefing: str) -> str:
    return to_json(f"\n\n{BRIEFING_TITLE}:\n{briefing}")[1:-1] if briefing else ""


def _verbs(verbs: Verbs) -> str:
    return "".join(_json(verb) + "," for verb in render_steps(verbs))
