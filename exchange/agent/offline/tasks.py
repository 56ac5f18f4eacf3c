"""A task: a function that is to be called, what it still needs, and how a caller is asked for that."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from exchange.agent.offline.functions import Function, Slot
from exchange.agent.offline.places import Place, in_words
from exchange.agent.offline.slots import topic_of, without_cards
from exchange.agent.offline.words import words

_ORDER_OF_SLOTS = ("place", "message", "when", "name", "phone")
_ASKED_THOUGH_OPTIONAL = {"message": ("name", "phone"), "callback": ("when", "phone")}
_NOT_ASKED_FOR = ("reason", "summary", "list")
_CALLER = r"(?:the |a )?(?:caller|user|customer|client|guest|patient)"
Say = Callable[..., str]


@dataclass
class Task:
    """A function that is to be called once everything it needs is known."""

    function: Function
    text: str
    place: Place | None = None
    values: dict[str, Any] = field(default_factory=dict)
    asking: Slot | None = None
    tries: dict[str, int] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)  # parameters that the function has asked for itself

    def missing(self) -> Slot | None:
        """The parameter to ask for next; None when everything is known."""
        ordered = [slot for kind in _ORDER_OF_SLOTS for slot in self.function.slots if slot.kind == kind]
        ordered += [slot for slot in self.function.slots if slot not in ordered]
        return next((slot for slot in ordered if self.lacks(slot)), None)

    def lacks(self, slot: Slot) -> bool:
        """Whether this parameter is to be asked for."""
        if slot.name in self.values or slot.name in self.skipped or slot.kind in _NOT_ASKED_FOR:
            return False
        if slot.kind == "place" and (self.place or slot is not self.function.place):
            return False
        return slot.required or slot.kind in _ASKED_THOUGH_OPTIONAL.get(self.function.purpose, ())

    def complete_enough(self) -> bool:
        """Whether the function can be called as it is: what it must have is known."""
        due = [slot for slot in self.function.slots if slot.required or slot.name in self.needed]
        return not any(self.lacks(slot) for slot in due)

    def topic(self, text: str) -> str:
        """What the caller's words say that the task is about; "" when they only name the place."""
        topic = topic_of(without_cards(text))
        people = self.place.people if self.place else ()
        asked_for = [one for one in people if set(one.lower().split()) & set(topic.lower().split())]
        if asked_for and len(topic.split()) <= 5:
            return asked_for[0]
        name = set(words(self.place.name)) if self.place else set[str]()
        return topic if len(topic.split()) > 3 or set(words(topic)) - name else ""

    def arguments(self, *, reason: str, summary: str, language: str) -> dict[str, Any]:
        """What the function is called with."""
        given: dict[str, Any] = {}
        for slot in self.function.slots:
            if slot.name in self.values:
                given[slot.name] = self.values[slot.name]
            elif slot is self.function.place and self.place:
                given[slot.name] = self.place.name
            elif slot.kind in ("reason", "summary"):
                given[slot.name] = reason if slot.kind == "reason" else summary
            elif slot.kind == "list" and slot.required:
                given[slot.name] = []
            elif slot.values and slot.name == "language":
                spoken = [value for value in slot.values if value.lower().startswith(language)]
                given |= {slot.name: spoken[0]} if spoken else {}
        return given


def question(task: Task, slot: Slot, places: Sequence[Place], say: Say, language: str) -> str:
    """How a caller is asked for a parameter."""
    place = task.place.spoken(language) if task.place else ""
    match slot.kind:
        case "place" if places:
            return say("for_whom", places=in_words([one.spoken(language) for one in places], language))
        case "place":
            return say("for_whom_free")
        case "message":
            return say("ask_message", place=place) if place else say("ask_message_free")
        case "when" if task.function.purpose == "callback":
            return say("ask_when")
        case "phone":
            return say("ask_phone_which" if slot.required else "ask_phone")
        case "name" if task.function.purpose == "message":
            return say("ask_name")
        case "choice":
            return say("need_choice", values=in_words([one.replace("_", " ") for one in slot.values], language))
    return say("ask_clause", what=_clause(slot))


def _clause(slot: Slot) -> str:
    """What is asked for, as it stands behind "could you tell me": "your account number"."""
    about = re.split(r"[.;:(]|,? (?:if|only|e\.g\.|such as|for example|as the caller)\b", slot.about.strip())[0].strip()
    about = re.sub(rf"\b{_CALLER}['’]s\b", "your", about, flags=re.IGNORECASE)
    about = re.sub(rf"\b{_CALLER}\b", "you", about, flags=re.IGNORECASE)
    about = about[:1].lower() + about[1:] if about[1:2].islower() or about[1:2] == " " else about
    if about and re.match(r"(?:the|your|an?|how|what|which|when|where|who|whether|why)\b", about):
        return about.replace("you wants", "you want").replace("you is", "you are").replace("you needs", "you need")
    if about and len(about.split()) <= 6 and not re.match(r"(?:true|false|set|use|must|should|give)\b", about):
        return f"the {about}"
    return f"the {slot.name.replace('_', ' ')}"
