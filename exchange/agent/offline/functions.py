"""What a function is for and what it must be given, read from its schema as a model would read it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from exchange.agent.offline.words import plain, stem, words
from exchange.core.thinkers import Tool

Purpose = Literal["move", "human", "message", "callback", "hours", "end", "cancel", "add", "dial", "other"]
Kind = Literal[
    "place", "choice", "name", "phone", "when", "message", "reason", "summary", "number", "yesno", "list", "text"
]
_MOVING = re.compile(
    r"\b(?:connect|transfer|refer|route|forward|redirect|put\b.*\bthrough|pass\b.*\b(?:on|to)|hand\b.*\bto|"
    r"send (?:the )?(?:caller|user|customer|call)|swml)"
)
_NAMED: tuple[tuple[Purpose, str], ...] = (
    ("end", r"\b(?:end|hang ?up|goodbye|terminate|finish)\b"),
    ("cancel", r"\b(?:cancel|abort|stop)\b.*\b(?:transfer|wait|search|call)\b"),
    ("callback", r"\bcall ?backs?\b|\b(?:call|ring) back\b"),
    ("message", r"\b(?:message|voicemail|note)s?\b"),
    ("human", r"\b(?:human|escalate|escalation|operator|representative|live agent|real person)\b"),
    ("dial", r"\bdial\b"),
    ("hours", r"\b(?:availability|available|opening|hours|open)\b"),
    ("add", r"\badd\b.*\b(?:details?|info|information)\b"),
)
_DESCRIBED: tuple[tuple[Purpose, str], ...] = (
    ("end", r"\bhang up\b|\bend the call\b"),
    ("callback", r"\b(?:call|ring|phone)s? (?:the )?(?:caller|customer|user|them|back)\b.*\bback\b|\bcall ?back\b"),
    ("message", r"\b(?:take|leave|record|write down) (?:a|the) message\b"),
    ("hours", r"\bopening hours\b|\bis open\b"),
)
_GENERIC_WORDS = "take make request check book send set start swml sip find look up get do tool ask"
GENERIC = frozenset(stem(word) for word in _GENERIC_WORDS.split())
_NAME = re.compile(r"\bname\b")
_OF_A_PLACE = re.compile(r"\b(?:department|team|destination|recipient|extension|who(?:m)? (?:it|the message) is for)\b")
_OF_A_PHONE = re.compile(r"phone|callback_number|call_back_number|caller_number|mobile|\btelephone\b")
_OF_A_CODE = re.compile(r"(?:^|_)(?:number|no|id|code|zip|postcode|pin|reference|ref)$")


@dataclass(frozen=True, slots=True)
class Slot:
    """One parameter of a function. `values` are those it may take, each with what is said about it."""

    name: str
    kind: Kind
    required: bool
    values: Mapping[str, str]
    about: str
    integer: bool = False

    @property
    def is_code(self) -> bool:
        """Whether it is a number or a code by which something is known: an order's, a zip code."""
        return self.kind in ("text", "number") and bool(_OF_A_CODE.search(self.name.lower()))


class Function:
    """A tool, as far as its name, its description and its parameters tell."""

    def __init__(self, tool: Tool) -> None:
        self.tool, self.name = tool, tool.name
        self._plain_name = plain(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", tool.name)).replace("_", " ").replace("-", " ")
        self._about = plain(tool.description)
        self.slots = tuple(self._slots())

    @cached_property
    def purpose(self) -> Purpose:
        for purpose, pattern in _NAMED:
            if re.search(pattern, self._plain_name):
                return purpose
        if self._is_move():
            return "move"
        return next((purpose for purpose, pattern in _DESCRIBED if re.search(pattern, self._about)), "other")

    def _is_move(self) -> bool:
        first = re.split(r"[.!?]", self._about)[0]
        moves = bool(_MOVING.search(self._plain_name) or _MOVING.match(first))
        return moves and (self.place is not None or bool(self.fixed_place))

    @cached_property
    def place(self) -> Slot | None:
        """The parameter that says where to, or for whom."""
        return next((slot for slot in self.slots if slot.kind == "place"), None)

    @cached_property
    def fixed_place(self) -> str:
        """Where a function leads that has no such parameter: "transfer_to_sales" is "sales"."""
        left = [
            word for word in self._plain_name.split() if not _MOVING.match(word) and word not in ("to", "call", "the")
        ]
        return " ".join(left) if self.place is None else ""

    def slot(self, kind: Kind) -> Slot | None:
        return next((slot for slot in self.slots if slot.kind == kind), None)

    def fit(self, said: list[str]) -> float:
        """How much of what was said belongs to this function: words of its name count three times."""
        name, heard = set(words(self._plain_name)) - GENERIC, set(said)
        about = set(words(self._about)) - name - GENERIC
        return 3.0 * len(name & heard) + len(about & heard)

    def _slots(self) -> Iterator[Slot]:
        required = self.tool.parameters.get("required") or ()
        properties: Mapping[str, Mapping[str, Any]] = self.tool.parameters.get("properties") or {}
        for name, shape in properties.items():
            about, values = str(shape.get("description") or ""), _values(shape)
            kind = _kind(name, about, str(shape.get("type") or "string"), values, self._plain_name)
            yield Slot(name, kind, name in required, values, about, shape.get("type") == "integer")


def _values(shape: Mapping[str, Any]) -> dict[str, str]:
    """What a parameter may be, from `enum`, or from `oneOf` and `anyOf` with their constants."""
    found = {str(value): "" for value in shape.get("enum") or ()}
    for one in (*(shape.get("oneOf") or ()), *(shape.get("anyOf") or ())):
        if isinstance(one, Mapping) and "const" in one:
            found[str(one["const"])] = f"{one.get('title', '')} {one.get('description', '')}".strip()
    return found


def _kind(name: str, about: str, type_: str, values: Mapping[str, str], function: str) -> Kind:
    key, told = plain(name), plain(about)
    if type_ in ("integer", "number"):
        return "number"
    if type_ == "boolean":
        return "yesno"
    if type_ in ("array", "object"):
        return "list"
    if key in ("destination", "department", "team", "recipient", "extension", "to", "target", "queue", "where"):
        return "place"
    if values:
        return "choice"
    if key == "reason" or key.endswith("_reason"):
        return "reason"
    if key in ("summary", "details", "context", "conversation_summary"):
        return "summary"
    if key in ("message", "text", "body", "note", "content"):
        return "message"
    if key == "name" or key.endswith("_name") or re.search(r"\bwho it is from\b", told):
        return "name"
    if re.search(r"(?:^|_)(?:when|time|date|day)(?:$|_)", key):
        return "when"
    phone = _OF_A_PHONE.search(key) or (
        key == "number" and re.search(r"\bphone|\brings?\b|\bcall|\bcountry code", told)
    )
    if phone or (key == "number" and re.search(r"call|ring|dial|phone", function)):
        return "phone"
    return "place" if _OF_A_PLACE.search(told) and not _NAME.search(key) else "text"
