"""The model of a scenario: does what the scenario says it chooses, and remembers what it was told and offered."""

import re
from collections import deque
from collections.abc import Iterable

from exchange.agent.keywords import asks_consent, consent
from exchange.core.thinkers import Talk, Thinker, Thought, plain_summary
from exchange.scenarios.scenario import Line

_EXACTLY = re.compile(r"say exactly this and nothing more: (?P<words>.+)", re.IGNORECASE | re.DOTALL)
_QUIET = re.compile(r"say nothing|stay silent|do not speak", re.IGNORECASE)


class Prompter:
    """A thinker. Lines for which the scenario names no choice are left to `otherwise`, or answered with a nod.

    It is obedient: it says what a tool tells it to say word for word, and keeps quiet when told to. The answer of
    somebody who is asked to take a call is understood without the scenario's help.
    """

    def __init__(self, lines: Iterable[Line] = (), otherwise: Thinker | None = None) -> None:
        self._otherwise = otherwise
        self._lines: dict[str, deque[tuple[Thought, tuple[Thought, ...]]]] = {}
        self._then: dict[str, deque[Thought]] = {}
        self.told: dict[str, None] = {}  # prompts and messages, each once, in order
        self.offered: set[str] = set()
        for line in lines:
            self.expect(line)

    def expect(self, line: Line) -> None:
        """Learn what to do when this line is heard; the same line again: after what is known of it."""
        if line.model is not None:
            self._lines.setdefault(line.says, deque()).append((line.model, line.then))

    async def think(self, talk: Talk) -> Thought:
        self.offered |= {tool.name for tool in talk.tools}
        self.told |= dict.fromkeys((talk.prompt, *([talk.last] if talk.source != "caller" else [])))
        if talk.source == "caller" and talk.heard in self._lines:
            return self._choice(talk)
        if talk.source == "caller" and asks_consent(talk):
            return consent(talk)
        if self._otherwise is not None:
            return await self._otherwise.think(talk)
        return Thought("I see.") if talk.source == "caller" else self._reaction(talk)

    def _choice(self, talk: Talk) -> Thought:
        """What the scenario says the model does on this line; said again, it does the same again."""
        choices = self._lines[talk.heard]
        choice, then = choices.popleft() if len(choices) > 1 else choices[0]
        self._then[talk.session] = deque(then)
        return choice

    def _reaction(self, talk: Talk) -> Thought:
        """What the model does after a tool, a hold, or when the caller is back."""
        if exactly := _EXACTLY.search(talk.last):
            return Thought(exactly["words"].strip())
        if following := self._then.get(talk.session):
            return following.popleft()
        return Thought("" if _QUIET.search(talk.last) else "All right.")

    async def summarize(self, talk: Talk, instructions: str) -> str:
        return plain_summary(talk)
