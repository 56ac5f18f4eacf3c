"""The offline thinker: understands a caller by words, with no model and no network.

It reads what a model would read, each function's name, description and parameters, and the prompt, and holds a small
dialogue: it asks for what a function needs, calls it, and says what came of it in its own words. What an application
writes for the model is never spoken (`exchange.agent.offline.speech` says what is). It knows the function names of no
application.
"""

import re

from exchange.agent.offline import speech
from exchange.agent.offline.functions import Function
from exchange.agent.offline.phrases import phrase
from exchange.agent.offline.receptionist import Receptionist
from exchange.agent.offline.slots import volunteered
from exchange.agent.offline.words import language_of, words
from exchange.core.thinkers import Talk, Thought, Tool, ToolCall, plain_summary

YES = re.compile(
    r"\b(yes|yeah|yep|sure|ok|okay|fine|accept|put (him|her|them) through|go ahead|of course|s[ií]|claro)\b",
    re.IGNORECASE,
)
NO = re.compile(r"\b(no|nope|not now|can'?t|cannot|busy|decline|later|no puedo)\b", re.IGNORECASE)
AGREES, REFUSES = ("accept", "agree"), ("decline", "refuse", "reject", "cannot")
BACK = re.compile(r"\b(?:call|ring|phone)(?:s|ing)?(?: \w+)? back\b|\bcallback\b|\blater\b", re.IGNORECASE)
REFUSAL = re.compile(r"(?:no|nope|not now|sorry|thanks|thank you|[\W_])+", re.IGNORECASE)  # and nothing else


class Keywords:
    """Understands by words in common. One may think for many sessions."""

    def __init__(self) -> None:
        self._receptionists: dict[str, Receptionist] = {}

    async def think(self, talk: Talk) -> Thought:
        if talk.source == "caller" and asks_consent(talk):
            return consent(talk)
        return self._receptionists.setdefault(talk.session, Receptionist()).think(talk)

    async def summarize(self, talk: Talk, instructions: str) -> str:
        self._receptionists.pop(talk.session, None)
        return plain_summary(talk)


def asks_consent(talk: Talk) -> bool:
    """Whether somebody is being asked to agree: there is a tool to do so with, and one to refuse with, by name."""
    return _named(talk, *AGREES) is not None and _named(talk, *REFUSES) is not None


def consent(talk: Talk) -> Thought:
    """What to make of an answer to that: a tool, something the prompt knows, or the question again."""
    asks = phrase(language_of(talk.heard), "can_you")
    if talk.heard.rstrip().endswith("?"):
        return Thought(f"{_known(talk)} {asks}")
    agrees, refuses, postpones = _named(talk, *AGREES), _named(talk, *REFUSES), _named(talk, "back", "later")
    chosen: Tool | None = None
    if BACK.search(talk.heard) and postpones:
        chosen = postpones
    elif NO.search(talk.heard):
        chosen = refuses
    elif YES.search(talk.heard):
        chosen = agrees
    if chosen is None:
        return Thought(asks)
    bare = REFUSAL.fullmatch(talk.heard) is not None
    return Thought(calls=(ToolCall(chosen.name, {} if bare else _arguments(chosen, talk.heard)),))


def _arguments(tool: Tool, heard: str) -> dict[str, str]:
    found = {slot.name: heard if slot.kind == "message" else volunteered(slot, heard) for slot in Function(tool).slots}
    return {name: str(value) for name, value in found.items() if value}


def _named(talk: Talk, *words: str) -> Tool | None:
    return next((tool for tool in talk.tools if any(word in tool.name for word in words)), None)


def _known(talk: Talk) -> str:
    """The sentence of the prompt that has most in common with a question, if any has half of it."""
    asked = set(words(talk.heard))
    sentences = [text.strip(" -*#\t") for text in re.split(r"\n|(?<=[.!?])\s", talk.prompt)]
    known = [sentence for sentence in sentences if speech.told_of_a_caller(sentence)]
    best = max(known, key=lambda sentence: len(asked & set(words(sentence))), default="")
    common = asked & set(words(best))
    return best if common and 2 * len(common) >= len(asked) else phrase(language_of(talk.heard), "not_discussed")
