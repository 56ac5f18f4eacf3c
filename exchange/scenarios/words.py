"""The words of a scenario file that stand for something of the exchange: how people behave, what the model does."""

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Literal

from exchange.core.faults import Fate
from exchange.core.thinkers import Thought, ToolCall
from exchange.phones.people import Person

Moment = Literal[
    "greeting", "listening", "tool", "announcement", "ringing", "answered", "question", "briefing", "accepted",
    "bridge", "queue", "hold", "voicemail",
]  # fmt: skip

# The ladder entry that marks each moment, as `Person.leaves_on` wants it.
MOMENTS: Mapping[Moment, str | tuple[str, ...]] = {
    "greeting": "ai starts",
    "listening": "listening",
    "tool": "action calls",
    "announcement": "action say",
    "ringing": "state ringing",
    "answered": "other's state answered",  # by a person or a machine, who have been told nothing yet
    "question": "other's verb prompt",  # the person is asked to take the call
    "briefing": "other's ai starts",
    "accepted": ("other's conference", "other's event confirmed"),
    "bridge": "bridge",
    "queue": "sound music queue",
    "hold": "hold",
    "voicemail": "verb record",
}

_EXAMPLES = (
    "answers", "answers after 3", "busy", "no answer", "declines", "voicemail", "voicemail unnoticed", "unreachable",
    "fails with 503", "presses 1", "presses nothing", "says yes", "says nothing", "thinks for 5", "hangs up after 20",
    "cuts in after 2", "hangs up in the briefing", "hangs up in the question", "gets no texts", "accepts by card",
    "declines by card",
)  # fmt: skip
COMMANDS = ("dial", "update", "end", "message", "unhold")  # of REST, as a scenario names them

_KEYS = r"(?:[0-9*#]+|nothing)(?: then (?:[0-9*#]+|nothing))*"
_SECONDS = r"(?P<seconds>\d+(?:\.\d+)?)"
_PHRASES: Mapping[str, str] = {
    "answers": rf"answers(?: after {_SECONDS})?",
    "busy": rf"(?:is )?busy(?: after {_SECONDS})?",
    "no_answer": r"(?:no answer|does not answer)",
    "declines": rf"declines(?: after {_SECONDS})?",
    "voicemail": rf"(?:voicemail|machine)(?P<unnoticed> unnoticed)?(?: after {_SECONDS})?",
    "fails": r"(?:fails(?: with (?P<code>\d{3}))?|unreachable)",
    "presses": rf"presses (?P<keys>{_KEYS})",
    "says": r"(?:says|asks) (?P<words>.+)",
    "thinks": rf"thinks for {_SECONDS}",
    "hangs_up": rf"hangs up after {_SECONDS}",
    "cuts_in": rf"cuts in after {_SECONDS}",
    "leaves": rf"hangs up(?: {_SECONDS} s)? (?:into|in|at) the (?P<moment>question|briefing)",
    "no_texts": r"gets no texts",
    "card": rf"(?P<answer>accepts|declines|calls back) by card(?: after {_SECONDS})?(?: saying (?P<words>.+))?",
}
_WANTED = (
    "how somebody behaves: answers after 3, busy, no answer, declines, voicemail, voicemail unnoticed, "
    'fails with 503, unreachable; then, with commas: presses 1, presses nothing then 2, says yes, asks "What for?", '
    "says nothing, thinks for 5, cuts in after 2, hangs up in the briefing, hangs up 2 s into the question, "
    'hangs up after 20, gets no texts, accepts by card after 5, declines by card saying "in a meeting", '
    "calls back by card saying at three"
)
_COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # none of those in quotation marks


def read_person(text: object) -> Person:
    """ "answers after 3, presses 1, hangs up after 20" as a Person; underscores are spaces. Raises ValueError.

    Somebody who says something presses nothing, unless they are said to.
    """
    if not isinstance(text, str):
        raise ValueError(_WANTED)
    person, wrong = Person(), list[str]()
    phrases = [" ".join(phrase.split()) for phrase in _COMMA.split(text)]
    for phrase in phrases:
        try:
            person = _with(person, phrase)
        except ValueError as unread:
            wrong.append(str(unread))
    if wrong:
        raise ValueError(f"{_WANTED}; {', '.join(wrong)}")
    if person.says and not any(phrase.startswith("presses") for phrase in phrases):
        person = replace(person, presses=("",))
    return person


def _with(person: Person, phrase: str) -> Person:
    plain = phrase if phrase.startswith(("says", "asks")) else phrase.replace("_", " ")
    for name, pattern in _PHRASES.items():
        if found := re.fullmatch(pattern, plain):
            return replace(person, **_changes(name, found.groupdict(), person))
    close = get_close_matches(plain, _EXAMPLES, n=1, cutoff=0.5)
    raise ValueError(f"not {phrase!r}" + (f" (did you mean {close[0]}?)" if close else ""))


def _changes(name: str, said: Mapping[str, str | None], person: Person) -> dict[str, Any]:
    seconds = said.get("seconds")
    match name:
        case "presses":
            return {"presses": _keys(str(said["keys"]))}
        case "says":
            words = str(said["words"])
            return {"says": (*person.says, "" if words == "nothing" else words.strip('"'))}
        case "thinks":
            return {"thinks_for": float(seconds or 0)}
        case "hangs_up":
            return {"talks_for": float(seconds or 0)}
        case "cuts_in":
            return {"cuts_in_after": float(seconds or 0)}
        case "leaves":
            leaves_on = {"question": "verb prompt", "briefing": "ai starts"}[str(said["moment"])]
            return {"leaves_on": leaves_on, "leaves_after": float(seconds or 2.0)}
        case "no_texts":
            return {"texts": False}
        case "card":
            given = {"card": said["answer"], "card_says": str(said["words"] or "").strip('"')}
            return given | ({"card_after": float(seconds)} if seconds else {})
    behaviour: dict[str, Any] = {"when_rung": name, "noticed": not said.get("unnoticed")}
    if seconds:
        behaviour["after"] = float(seconds)
    if said.get("code"):
        behaviour["sip_code"] = int(str(said["code"]))
    return behaviour


def read_keys(value: object) -> tuple[str, ...]:
    """ "nothing then 1" as the keys of one prompt after another: nothing at the first. Raises ValueError."""
    if not re.fullmatch(_KEYS, str(value)):
        raise ValueError("keys, one for each time they are asked for: 1, nothing then 2")
    return _keys(str(value))


def _keys(text: str) -> tuple[str, ...]:
    return tuple("" if keys == "nothing" else keys for keys in text.split(" then "))


def read_people(value: object) -> tuple[Person, ...]:
    """One behaviour, or a list: one for each time they are rung, the last for all further times. Raises ValueError."""
    texts = value if isinstance(value, list) else [value]
    if not texts:
        raise ValueError(_WANTED)
    return tuple(read_person(text) for text in texts)


def read_thought(value: object) -> Thought:
    """What the model does in one breath: `{say: …}`, `{tool: NAME, its: arguments}`, or a list of these.

    Raises ValueError.
    """
    parts = value if isinstance(value, list) else [value]
    said, calls = list[str](), list[ToolCall]()
    for part in parts:
        if not isinstance(part, Mapping) or not part or not (part.keys() == {"say"} or "tool" in part):
            raise ValueError("what the model does: {say: …} or {tool: NAME, with: its, arguments: …}")
        if "tool" in part:
            calls.append(ToolCall(str(part["tool"]), {name: v for name, v in part.items() if name != "tool"}))
        else:
            said.append(str(part["say"]))
    return Thought(" ".join(said), tuple(calls))


def one_or_many(value: object) -> object:
    """ "dana" as ["dana"], and "nobody" or "nothing" as []."""
    if value in ("nobody", "nothing", "none"):
        return []
    return value if isinstance(value, list) else [value]


def read_fates(value: object) -> Mapping[str, tuple[Fate, ...]]:
    """What becomes of the commands the application gives by REST: `{dial: 500}`, `{dial: [no answer, ok]}`.

    Raises ValueError.
    """
    if not isinstance(value, Mapping) or not value.keys() <= set(COMMANDS):
        raise ValueError(f"none, or what becomes of these commands: {', '.join(COMMANDS)}")
    found = {str(name): tuple(fates if isinstance(fates, list) else [fates]) for name, fates in value.items()}
    for fate in (fate for fates in found.values() for fate in fates):
        if not (isinstance(fate, int) and 400 <= fate < 600) and fate not in ("ok", "no answer", "answer lost"):
            raise ValueError("an HTTP status of 400 or more, ok, no answer, or answer lost; or a list of these")
    return found
