"""The steps of a chain: what is tried, in order, until the caller is taken care of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, get_args

from calls.directory.errors import Found, did_you_mean, text_of
from calls.directory.fields import seconds
from calls.directory.queue_step import Queue, read_queue
from calls.numbers import (
    Address,
    Number,
    ReferTarget,
    Unreadable,
    is_uri,
    number_of,
    read_address,
    read_refer_target,
)

__all__ = [  # noqa: RUF022, in the order in which they stand here
    "RING_FOR", "RING_LIMITS", "LEGS", "Handoff", "RingOrder", "ORDERS",
    "Leg", "Ring", "Refer", "Queue", "Voicemail", "Callback", "ToAgent", "ToDepartment", "Hangup",
    "Step", "STEPS", "BARE", "SETTINGS", "Book",
    "read_steps", "read_step", "read_leg", "read_dialable", "refuse_in_file", "refuse_undialable",
]  # fmt: skip

RING_FOR = 25  # seconds a leg rings when the file does not say
RING_LIMITS = (5, 120)  # seconds
LEGS = 10  # of one ring step; the platform does not promise more

Handoff = Literal["blind", "whisper", "consult"]
"""How a person gets a caller: at once, or told what it is about and asked first, by the platform or by an agent."""

RingOrder = Literal["in_turn", "longest_idle", "round_robin", "weighted"]
"""In which order the people of a step are rung: as the file lists them; whoever has waited longest for a call; taking
turns; or whoever has taken the fewest calls for their weight.
"""
ORDERS: tuple[RingOrder, ...] = get_args(RingOrder)


@dataclass(frozen=True, slots=True)
class Leg:
    """One phone that can be rung. `person` is the key under `people:`; `headers` are SIP headers (name, value)."""

    to: Address
    person: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring people. Groups are rung in turn, the legs of one group together; each leg rings `ring_for` seconds.

    `handoff` is that of the department the step belongs to; it is known once a route is chosen. `order` is that of the
    people among them; numbers that are nobody's come last then. `wrap_up` are the seconds for which its people are not
    rung after a talk; it is the department's, too.
    """

    kind: ClassVar[str] = "ring"
    groups: tuple[tuple[Leg, ...], ...]
    ring_for: int = RING_FOR
    handoff: Handoff = "blind"
    order: RingOrder = "in_turn"
    wrap_up: int = 0

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Every leg, in the order they are rung."""
        return tuple(leg for group in self.groups for leg in group)

    def ringing(self, groups: tuple[tuple[Leg, ...], ...]) -> "Ring":
        """The same step with these groups; itself when they are its own, as they nearly always are."""
        return self if groups == self.groups else replace(self, groups=groups)

    def handed_over(self, handoff: Handoff, wrap_up: int) -> "Ring":
        """The same step with what is its department's; itself when it has that already."""
        same = handoff == self.handoff and wrap_up == self.wrap_up
        return self if same else replace(self, handoff=handoff, wrap_up=wrap_up)


@dataclass(frozen=True, slots=True)
class Refer:
    """Ask the caller's own SIP phone or PBX to go there (REFER)."""

    kind: ClassVar[str] = "refer"
    to: ReferTarget


@dataclass(frozen=True, slots=True)
class Voicemail:
    """Record a message."""

    kind: ClassVar[str] = "voicemail"


@dataclass(frozen=True, slots=True)
class Callback:
    """Book a call back."""

    kind: ClassVar[str] = "callback"


@dataclass(frozen=True, slots=True)
class ToAgent:
    """Hand the caller to another agent."""

    kind: ClassVar[str] = "agent"
    agent: str


@dataclass(frozen=True, slots=True)
class ToDepartment:
    """Go on with the chain of another department."""

    kind: ClassVar[str] = "department"
    department: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""

    kind: ClassVar[str] = "hangup"


Step = Ring | Refer | Queue | Voicemail | Callback | ToAgent | ToDepartment | Hangup
STEPS = (Ring, Refer, Queue, Voicemail, Callback, ToAgent, ToDepartment, Hangup)
BARE: Mapping[str, Step] = {"voicemail": Voicemail(), "callback": Callback(), "hangup": Hangup()}
SETTINGS = {"ring": {"ring", "together", "for", "order"}, "queue": {"queue"}, "refer": {"refer"}} | {
    kind: {kind} for kind in ("agent", "department")
}


@dataclass(frozen=True, slots=True)
class Book:
    """What a step may refer to while the file is read. A broken entry is known too: its own mistake is enough.

    `people` maps a key to its leg, or to None for a broken one. `regions` is None when the policy itself is broken.
    """

    country: str
    regions: frozenset[str] | None
    people: Mapping[str, Leg | None]
    departments: frozenset[str]
    agents: frozenset[str]
    lines: frozenset[str] = frozenset()
    sip_domain: str | None = None


def read_steps(raw: object, book: Book) -> tuple[Step, ...]:
    """Read a chain. Raises Mistakes with paths inside it, or Unreadable."""
    if not isinstance(raw, list) or not raw:
        raise Unreadable("a list of steps, at least one, such as [{ring: [dana]}, voicemail]")
    found, steps = Found(), list[Step]()
    for n, item in enumerate(raw):
        with found.at(f"[{n}]", item):
            steps.append(read_step(item, book))
            if n and raw[n - 1] == "hangup":
                raise Unreadable("nothing after hangup; this step is never reached")
    found.raise_any()
    return tuple(steps)


def read_step(raw: object, book: Book) -> Step:
    """Read one step. Raises Mistakes with paths inside it, or Unreadable."""
    if isinstance(raw, str) and raw in BARE:
        return BARE[raw]
    kinds = [kind for kind in SETTINGS if isinstance(raw, Mapping) and kind in raw]
    if not isinstance(raw, Mapping) or len(kinds) != 1:
        word = next(iter(raw), "") if isinstance(raw, Mapping) else raw
        hint = did_you_mean(word, [*BARE, *SETTINGS])
        raise Unreadable(f"a step: {', '.join(BARE)}, or one of {', '.join(SETTINGS)} with its value{hint}")
    found = Found()
    for name in raw.keys() - SETTINGS[kinds[0]]:
        found.add(str(name), raw[name], f"no such setting of {kinds[0]}{did_you_mean(name, SETTINGS[kinds[0]])}")
    step = _read(kinds[0], raw, book, found)
    found.raise_any()
    assert step is not None
    return step


def _read(kind: str, raw: Mapping[str, Any], book: Book, found: Found) -> Step | None:
    value = raw[kind]
    if kind == "ring":
        return _read_ring(raw, book, found)
    with found.at(kind, value):
        match kind:
            case "queue":
                return read_queue(value, book.people)
            case "refer":
                target = read_refer_target(text_of(value), book.sip_domain)
                refuse_in_file(target, book)
                return Refer(target)
            case "agent":
                return ToAgent(_known(value, book.agents, "agent"))
            case _:
                return ToDepartment(_known(value, book.departments, "department"))
    return None


def _known(value: object, names: frozenset[str], what: str) -> str:
    text = text_of(value)
    if text not in names:
        raise Unreadable(f"no such {what}{did_you_mean(text, names)}")
    return text


def _read_ring(raw: Mapping[str, Any], book: Book, found: Found) -> Ring:
    together = raw.get("together", False)
    if not isinstance(together, bool):
        found.add("together", together, "true or false")
    ring_for, order = RING_FOR, raw.get("order", ORDERS[0])
    if order not in ORDERS:
        found.add("order", order, f"one of {', '.join(ORDERS)}{did_you_mean(str(order), ORDERS)}")
    with found.at("for", raw.get("for")):
        ring_for = seconds(raw.get("for", RING_FOR), *RING_LIMITS)
    groups = list(_groups(raw["ring"], book, found))
    legs = tuple(leg for group in groups for leg in group)
    if len(legs) > LEGS:
        found.add("ring", raw["ring"], f"at most {LEGS} to ring; more go into a second ring step")
    return Ring((legs,) if together else tuple(groups), ring_for, order=order)


def _groups(raw: object, book: Book, found: Found) -> Iterator[tuple[Leg, ...]]:
    """Each entry is a group of its own; a list among the entries is one group."""
    entries = raw if isinstance(raw, list) else [raw]
    if not entries:
        found.add("ring", raw, "someone to ring")
    for n, entry in enumerate(entries):
        nested = isinstance(entry, list)
        if nested and not entry:
            found.add(f"ring[{n}]", entry, "someone to ring")
        group: list[Leg] = []
        for m, one in enumerate(entry if nested else [entry]):
            path = f"ring[{n}][{m}]" if nested else f"ring[{n}]" if isinstance(raw, list) else "ring"
            with found.at(path, one):
                leg = read_leg(one, book)
                group += [leg] if leg else []
        yield tuple(group)


def read_leg(raw: object, book: Book) -> Leg | None:
    """A person, a number or a SIP URI as a leg; None for a person whose own entry is broken. Raises Unreadable."""
    text = text_of(raw)
    if text in book.people:
        return book.people[text]
    if not is_uri(text, "sip", "sips") and any(c.isalpha() for c in text):
        raise Unreadable(f"a person, a number such as +12025550111 or a sip: URI{did_you_mean(text, book.people)}")
    return Leg(read_dialable(text, book))


def read_dialable(text: str, book: Book) -> Address:
    """An address that our own policy lets us dial. Raises Unreadable."""
    address = read_address(text, book.country)
    refuse_in_file(address, book)
    return address


def refuse_in_file(address: Address | ReferTarget, book: Book) -> None:
    """Raise Unreadable for an address that the policy never dials, or that would ring ourselves."""
    number = number_of(address)
    if number is None:
        return
    if number.e164 in book.lines:
        raise Unreadable("a phone of someone's; this is one of our own lines, and the call would come back")
    refuse_undialable(number, book.regions)


def refuse_undialable(number: Number, regions: frozenset[str] | None) -> None:
    """Raise Unreadable for a premium-rate number and for one outside `regions` (None: any region)."""
    if number.premium:
        raise Unreadable("an ordinary number; premium-rate numbers are never dialled")
    if regions is not None and number.region not in regions:
        raise Unreadable(
            f"a number in {', '.join(sorted(regions))}; {number.region or 'its region'} is not in policy.regions"
        )
