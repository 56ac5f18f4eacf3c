"""The offline thinker: matches what was typed against the functions' own descriptions. No model, no network.

It reads what a model would read: each function's description, the values its parameters may take, and every line of
prompt or description that mentions such a value. It knows no application's function names.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exchange.thinkers import Talk, Thought, Tool, ToolCall, plain_summary

_STOP = """
    a about all an and any are as at be been but by call caller can could do does for from get give go has have
    hello hey hi how i if in is it its just like me my need new no not of on one or our out please so some speak
    talk that the their them then there they this to up us use want was we what when where which who will with
    would you your yes
"""
STOP = frozenset(_STOP.split())
ALIKE = {
    "person": "human someone somebody operator representative rep",
    "supervisor": "manager boss",
    "invoice": "bill billing",
    "payment": "charge charged pay paid",
    "order": "buy purchase",
    "quote": "price cost",
    "support": "broken help technical fix",
    "delivery": "package parcel shipping shipment",
    "message": "voicemail note",
    "open": "closed opening available availability hours",
}
SAME = {word: meaning for meaning, alike in ALIKE.items() for word in alike.split()}
YES = re.compile(
    r"\b(yes|yeah|yep|sure|ok|okay|fine|accept|put (him|her|them) through|go ahead|of course)\b", re.IGNORECASE
)
NO = re.compile(r"\b(no|nope|not now|can'?t|cannot|busy|decline|later)\b", re.IGNORECASE)
AGREES, REFUSES = ("accept", "agree"), ("decline", "refuse", "reject", "cannot")
MOVING = ("connect", "transfer", "refer", "put", "route", "escalate", "pass")
NUMBER = re.compile(r"\+?\d[\d\s().-]{6,}\d")
NAME = re.compile(r"\b(?:my name is|this is|i am|i'm)\s+([A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)?)")
DAY = r"tomorrow|today|tonight|this (?:afternoon|evening)|(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day"
HOUR = r"\d|noon|(?:half past )?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
WHEN = re.compile(
    rf"\b(?:{DAY})(?:[ ,]+(?:at )?[\w: ]+)?|\bat (?:{HOUR})[\w: ]*|\bin (?:an? |\w+ )(?:minute|hour)s?", re.IGNORECASE
)
GENERIC = frozenset(["take", "make", "request", "check", "book", "send", "set", "start", "swml", "sip"])
BACK = re.compile(r"\b(?:call|ring|phone)(?:s|ing)?(?: \w+)? back\b|\bcallback\b|\blater\b", re.IGNORECASE)
REFUSAL = re.compile(r"(?:no|nope|not now|sorry|thanks|thank you|[\W_])+", re.IGNORECASE)  # and nothing else
CAN_YOU = "Can you take the call?"
QUIET = re.compile(r"say nothing|stay silent|do not speak|don't say", re.IGNORECASE)


def words(text: str) -> list[str]:
    """The words of a text that carry meaning, brought to one form."""
    found = re.findall(r"[a-z]+", text.lower().replace("call back", "callback").replace("call me back", "callback"))
    return [SAME.get(word, _stem(word)) for word in found if word not in STOP]


def _stem(word: str) -> str:
    for ending, instead in (("ies", "y"), ("s", ""), ("ing", ""), ("ed", "")):
        if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending) + instead
            break
    return SAME.get(word, word)


@dataclass(frozen=True, slots=True)
class Choice:
    """A function with the value of its choosing parameter, and how well both fit what was said."""

    tool: Tool
    parameter: str
    value: str
    score: float


class Keywords:
    """Chooses by words in common. Says the functions' answers aloud and offers the choices when nothing fits."""

    async def think(self, talk: Talk) -> Thought:
        if talk.source == "caller" and asks_consent(talk):
            return consent(talk)
        if talk.source == "caller":
            choice = choose(talk)
            if choice is not None:
                return Thought(calls=(ToolCall(choice.tool.name, arguments(talk, choice)),))
            return Thought(_offer(talk))
        if talk.source in ("start", "attention"):
            return Thought("Hello, how can I help you?" if talk.source == "start" else "Are you still there?")
        return Thought("" if QUIET.search(talk.last) else _spoken(talk.last))

    async def summarize(self, talk: Talk, instructions: str) -> str:
        return plain_summary(talk)


def choose(talk: Talk) -> Choice | None:
    """The function that fits the caller's last line best, or None."""
    said = words(talk.heard)
    best = max(_choices(talk, said), key=lambda choice: choice.score, default=None)
    return best if best is not None and best.score >= 1.0 else None


def _choices(talk: Talk, said: list[str]) -> Iterator[Choice]:
    for tool in talk.tools:
        own = _own(tool, said) + _agreement(tool, talk.heard)
        parameter, values = _enumerated(tool)
        moves = any(word in tool.name or word in tool.description.lower() for word in MOVING)
        if parameter not in (tool.parameters.get("required") or ()):
            yield Choice(tool, "", "", own)
        for value in values:
            fit = _fit(talk, tool, value, said)
            if moves and fit:
                yield Choice(tool, parameter, value, fit + 0.5 + 0.1 * own)
            elif own and not moves:
                yield Choice(tool, parameter, value, own + 0.4 + 0.3 * fit)


def _own(tool: Tool, said: list[str]) -> float:
    """How much of what was said belongs to the function itself: words of its name count three times."""
    name = set(words(tool.name.replace("_", " "))) - GENERIC
    return 3.0 * len(name & set(said)) + len((set(words(tool.description)) & set(said)) - name)


def _agreement(tool: Tool, heard: str) -> float:
    text = f"{tool.name} {tool.description}".lower()
    agrees = any(word in text for word in AGREES) and YES.search(heard) and not NO.search(heard)
    refuses = any(word in text for word in REFUSES) and NO.search(heard)
    return 2.0 if agrees or refuses else 0.0


def _enumerated(tool: Tool) -> tuple[str, list[str]]:
    for name, shape in _properties(tool).items():
        if shape.get("enum") and name != "urgency":
            return name, [str(value) for value in shape["enum"]]
    return "", []


def _properties(tool: Tool) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = tool.parameters.get("properties") or {}
    return properties


def _fit(talk: Talk, tool: Tool, value: str, said: list[str]) -> float:
    """How much of what was said belongs to this value: its name counts double, words said about it once."""
    name = words(value.replace("_", " "))
    about = set(_about(talk, tool, value))
    return 2.0 * len(set(said) & set(name)) + len((set(said) & about) - set(name))


def _about(talk: Talk, tool: Tool, value: str) -> Iterator[str]:
    shapes = " \n".join(str(shape.get("description", "")) for shape in _properties(tool).values())
    name = value.replace("_", "[_ -]?")
    for line in re.split(r"[\n;]|\.\s", f"{tool.description}\n{shapes}\n{talk.prompt}"):
        found = re.search(rf"(?<![\w])[\"'*`]*{name}\b", line, re.IGNORECASE)
        if found and found.start() < 40:
            yield from words(line[found.start() :])


def arguments(talk: Talk, choice: Choice) -> dict[str, Any]:
    """The function's parameters, read out of what the caller said."""
    found: dict[str, Any] = {}
    required = choice.tool.parameters.get("required") or []
    for name, shape in _properties(choice.tool).items():
        value = choice.value if name == choice.parameter else _argument(talk, name, shape)
        if value is None and name in required:
            value = (shape.get("enum") or [_blank(shape)])[0]
        if value is not None:
            found[name] = value
    return found


def _blank(shape: Mapping[str, Any]) -> Any:
    return {"integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}.get(str(shape.get("type")), "")


def _argument(talk: Talk, name: str, shape: Mapping[str, Any]) -> Any:
    said = [str(message["content"]) for message in talk.messages if message["role"] == "user"]
    everything = " ".join(said)
    if shape.get("enum"):
        return next((value for value in shape["enum"] if str(value).lower() in talk.heard.lower()), None)
    if "number" in name or "phone" in name:
        return next((re.sub(r"[^\d+]", "", text) for text in NUMBER.findall(everything)), None)
    if name == "name" or name.endswith("_name"):
        return next(iter(NAME.findall(everything)), None)
    if name in ("when", "time", "date"):
        return next((found.group(0) for found in WHEN.finditer(everything)), None)
    if name == "summary":
        return f"The caller said: {everything}"
    return talk.heard if shape.get("type", "string") == "string" else None


def asks_consent(talk: Talk) -> bool:
    """Whether somebody is being asked to agree: there is a tool to do so with, and one to refuse with, by name."""
    return _named(talk, *AGREES) is not None and _named(talk, *REFUSES) is not None


def consent(talk: Talk) -> Thought:
    """What to make of an answer to that: a tool, something the prompt knows, or the question again."""
    if talk.heard.rstrip().endswith("?"):
        return Thought(_known(talk))
    agrees, refuses, postpones = _named(talk, *AGREES), _named(talk, *REFUSES), _named(talk, "back", "later")
    chosen: Tool | None = None
    if BACK.search(talk.heard) and postpones:
        chosen = postpones
    elif NO.search(talk.heard):
        chosen = refuses
    elif YES.search(talk.heard):
        chosen = agrees
    if chosen is None:
        return Thought(CAN_YOU)
    bare = REFUSAL.fullmatch(talk.heard) is not None
    return Thought(calls=(ToolCall(chosen.name, {} if bare else arguments(talk, Choice(chosen, "", "", 0.0))),))


def _named(talk: Talk, *words: str) -> Tool | None:
    return next((tool for tool in talk.tools if any(word in tool.name for word in words)), None)


def _known(talk: Talk) -> str:
    """The sentence of the prompt that has most in common with a question, if any has half of it."""
    asked = set(words(talk.heard))
    sentences = [text.strip(" -*#\t") for text in re.split(r"\n|(?<=[.!?])\s", talk.prompt)]
    best = max(sentences, key=lambda sentence: len(asked & set(words(sentence))), default="")
    known = asked & set(words(best))
    return f"{best} {CAN_YOU}" if known and 2 * len(known) >= len(asked) else f"That was not discussed. {CAN_YOU}"


def _offer(talk: Talk) -> str:
    values = next((found for tool in talk.tools if (found := _enumerated(tool)[1])), [])
    choices = ", ".join(value.replace("_", " ") for value in values)
    return f"Sorry, I did not catch that. I can reach {choices}." if choices else "Sorry, could you say that again?"


def _spoken(text: str) -> str:
    return text if len(text) <= 300 else text[:300].rsplit(" ", 1)[0]
