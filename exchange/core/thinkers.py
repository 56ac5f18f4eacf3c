"""What thinks for the agent: a script, `exchange.agent.keywords`, or a model (`exchange.agent.completions`)."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from exchange.core.wire import Answer, Outgoing


@dataclass(frozen=True, slots=True)
class Tool:
    """A function as the model sees it: only active ones are offered."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function the model wants to call."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Thought:
    """What the model does next: says something, then calls functions. Neither means it waits for the caller."""

    say: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a function answered: a fact for the model, and what to do with it, where the answer tells them apart."""

    name: str
    fact: str
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """What the model knows when it is asked.

    `heard` is the caller's last line if that is what it must react to, else "". `source` says what the last message is:
    "caller", "start", a function's name, "ai_response", "hold", "message", "attention". `results` are the answers of
    functions so far, `languages` the codes of the document's languages.
    """

    session: str
    prompt: str
    messages: tuple[Mapping[str, Any], ...]
    tools: tuple[Tool, ...]
    heard: str
    source: str
    last: str
    temperature: float
    send: Callable[[Outgoing], Awaitable[Answer]]
    results: tuple[Result, ...] = ()
    languages: tuple[str, ...] = ()

    def tool(self, name: str) -> Tool | None:
        return next((tool for tool in self.tools if tool.name == name), None)


class ThinkerFailed(Exception):
    """The model could not be asked."""


class Thinker(Protocol):
    async def think(self, talk: Talk) -> Thought:
        """The next thing the agent does. Raises ThinkerFailed."""

    async def summarize(self, talk: Talk, instructions: str) -> str:
        """The answer to the post-prompt. Raises ThinkerFailed."""


@dataclass(frozen=True, slots=True)
class On:
    """One line of a script: when this is heard (a regular expression, case ignored), or after this source, do that.

    With neither `hearing` nor `after` it applies to anything the caller says. A rule whose function is not offered at
    the moment is passed over, unless `forced`: a model that calls what it does not have. `once` rules apply one time
    per session.
    """

    hearing: str = ""
    call: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    say: str = ""
    after: str = ""
    once: bool = False
    forced: bool = False

    def fits(self, talk: Talk) -> bool:
        if self.call and not self.forced and talk.tool(self.call) is None:
            return False
        if self.after:
            return self.after == talk.source and bool(re.search(self.hearing, talk.last, re.IGNORECASE))
        return talk.source == "caller" and bool(re.search(self.hearing, talk.heard, re.IGNORECASE))


class Script:
    """Tests say what the model does. The first rule that fits is taken; without one the agent says `otherwise`."""

    def __init__(self, *rules: On, otherwise: str = "", greeting: str = "", summary: str = "") -> None:
        self.rules, self.otherwise, self.greeting, self.summary = rules, otherwise, greeting, summary
        self._used: set[tuple[str, int]] = set()

    async def think(self, talk: Talk) -> Thought:
        if talk.source == "start":
            return Thought(self.greeting)
        for number, rule in enumerate(self.rules):
            used = rule.once and (talk.session, number) in self._used
            if not used and rule.fits(talk):
                self._used.add((talk.session, number))
                calls = (ToolCall(rule.call, rule.args),) if rule.call else ()
                return Thought(rule.say, calls)
        return Thought(self.otherwise if talk.source == "caller" else "")

    async def summarize(self, talk: Talk, instructions: str) -> str:
        return self.summary or plain_summary(talk)


def plain_summary(talk: Talk) -> str:
    """What the caller said, as the JSON object most post-prompts ask for."""
    said = " ".join(str(message["content"]) for message in talk.messages if message["role"] == "user")
    return json.dumps({"summary": said})
