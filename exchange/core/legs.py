"""One party's half of a call: its state, what it hears, the script that runs on it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

from exchange.core.assumptions import Assumptions, Interaction
from exchange.core.clock import Clock, cancelled, first_of
from exchange.core.faults import Dice, Faults, befall_answer, befall_request
from exchange.core.ladder import Entry, Ladder
from exchange.core.signals import LegEnded
from exchange.core.sounds import Kind, Sound, seconds_of
from exchange.core.thinkers import Thinker
from exchange.core.wire import Address, Answer, Outgoing, Unreachable, Wire

LegState = Literal["queued", "created", "ringing", "answered", "ended"]
LegType = Literal["phone", "sip", "webrtc"]
Answering = Literal["answers", "voicemail", "busy", "no_answer", "declines", "fails"]
MAX_DURATION = 14_400.0  # seconds an answered leg may last
Opening = Callable[[], Awaitable[None]]  # fetches a script and runs it to its end


def leg_type(address: str) -> LegType:
    """phone for a number, sip for a SIP URI, webrtc for a resource address."""
    if address.startswith(("sip:", "sips:")):
        return "sip"
    return "webrtc" if address.startswith("/") else "phone"


@dataclass(frozen=True, slots=True)
class Watcher:
    """Where a leg's states are posted, and which."""

    url: str
    events: tuple[str, ...] = ("ended",)


@dataclass(frozen=True, slots=True)
class Recorder:
    """A background recording under way."""

    id: str
    started: float
    stopped: asyncio.Event


class Tone:
    """Something heard from `start` to `stop`, as often as it takes."""

    def __init__(self, leg: "Leg", kind: Kind, text: str) -> None:
        self._leg, self._kind, self._text, self._since = leg, kind, text, -1.0

    def start(self) -> None:
        if self._since < 0:
            self._since = self._leg.call.exchange.clock.elapsed
            self._leg.note("sound", f"{self._kind} {self._text}".strip())

    def stop(self) -> None:
        if self._since >= 0:
            end = self._leg.call.exchange.clock.elapsed
            self._leg.sounds.append(Sound(self._kind, self._since, end, self._text))
            self._since = -1.0


class Leg:
    """A caller's leg or a dialled one."""

    def __init__(
        self,
        call: "CallOfLegs",
        *,
        name: str,
        from_: str,
        to: str,
        party: "PartyOf",
        outbound: bool,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        exchange = call.exchange
        self.call, self.name, self.from_, self.to, self.outbound = call, name, from_, to, outbound
        self.call_id, self.segment_id = call.uuid(), call.uuid()
        self.type: LegType = leg_type(to if outbound else from_)
        self.headers = headers
        self.state: LegState = "created"
        self.reached: dict[LegState, float] = {}  # when it entered each state, in the exchange's seconds
        self.end_reason: str | None = None
        self.ended_by = ""
        self.vars: dict[str, Any] = {}
        self.envs: dict[str, Any] = {}
        self.global_data: dict[str, Any] = {}
        self.parent: Leg | None = None
        self.peer: Leg | None = None
        self.dial_winner = False
        self.tag: str | None = None
        self.url: str | None = None  # where REST said its document is
        self.watchers: list[Watcher] = []
        self.sounds: list[Sound] = []
        self.jumps = 0
        self.jumps_alone = 0  # since this party last spoke or pressed a key
        self.recorders: dict[str, Recorder] = {}
        self.transcribing: asyncio.Event | None = None  # ends it
        self.session: Any = None  # the ai session that runs on this leg
        self.created_at = exchange.clock.micros()
        self.answered_at: int | None = None
        self.ended_at: int | None = None
        self.answered_elapsed: float | None = None
        self.over = asyncio.Event()
        self.unbridged = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.redirected: Opening | None = None
        self._limit: asyncio.TimerHandle | None = None
        self.party: Party = party(self)
        exchange.legs[self.call_id] = self

    # What the platform says about the leg

    def device(self) -> dict[str, Any]:
        """Who is rung from where, as callbacks say it."""
        keys = ("from", "to") if self.type == "sip" else ("from_number", "to_number")
        return {"type": self.type, "params": dict(zip(keys, (self.from_, self.to), strict=True))}

    # The ladder

    def note(self, kind: str, text: str = "", **detail: Any) -> None:
        exchange = self.call.exchange
        exchange.record(Entry(exchange.clock.elapsed, self.call.id, self.name, kind, text, detail), self)

    def violation(self, text: str, **detail: Any) -> None:
        self.note("violation", text, **detail)

    def warning(self, text: str, **detail: Any) -> None:
        """Report what the platform puts up with."""
        self.note("warning", text, **detail)

    # States

    def become(self, state: LegState, reason: str | None = None) -> None:
        """Enter a state, tell the ladder and whoever watches."""
        self.state, self.end_reason = state, reason
        self.reached[state] = self.call.exchange.clock.elapsed
        self.note("state", state + (f" {reason}" if reason else ""))
        self.call.exchange.report_state(self)

    def answer(self) -> None:
        """Answer, once."""
        if self.state == "answered":
            return
        exchange = self.call.exchange
        self.answered_at, self.answered_elapsed = exchange.clock.micros(), exchange.clock.elapsed
        self.become("answered")
        self.limit(MAX_DURATION)

    def limit(self, seconds: float) -> None:
        """End the leg that many seconds from now, instead of what was set before."""
        if self._limit is not None:
            self._limit.cancel()
        self._limit = self.call.exchange.loop.call_later(seconds, lambda: self.hang_up("max_duration", by="platform"))

    def hang_up(self, reason: str = "hangup", *, by: str) -> None:
        """End the leg, whatever runs on it."""
        if self.state == "ended":
            return
        self.ended_by, self.ended_at = by, self.call.exchange.clock.micros()
        self.become("ended", reason)
        self.note("end", f"{reason} by {by}")
        self.over.set()
        if self._limit is not None:
            self._limit.cancel()
        if self.task and self.task is not asyncio.current_task():
            self.task.cancel()
        self.call.exchange.pulse()

    def leave_here(self, reason: str = "hangup") -> None:
        """Hang up from inside the leg's own script.

        Raises LegEnded always.
        """
        self.hang_up(reason, by="script")
        raise LegEnded

    def interacted(self, by: Interaction) -> None:
        """The party has spoken or pressed a key."""
        if self.call.exchange.assumptions.interacts(by):
            self.jumps_alone = 0

    # The script

    async def live(self, opening: Opening) -> None:
        """Run scripts one after another until the leg ends; a script that ends leaves the leg to the platform."""
        following: Opening | None = opening
        while following and not self.over.is_set():
            self.task = asyncio.ensure_future(_quietly(following))
            try:
                await asyncio.wait([self.task])
            finally:
                await cancelled(self.task)
            if not self.task.cancelled():
                self.task.result()
            self.task = None
            following, self.redirected = self.redirected, None
        if not self.over.is_set() and self.call.exchange.assumptions.script_end_hangs_up:
            self.hang_up("hangup", by="script end")

    def redirect(self, opening: Opening) -> None:
        """Replace whatever runs on this leg by another script."""
        if self.task:
            self.redirected = opening
            self.task.cancel()
        else:
            self.unbridged.set()
            self.call.exchange.spawn(self.live(opening))

    # Sound

    @contextmanager
    def sound(self, kind: Kind, text: str = "") -> Iterator[None]:
        """What is heard while the block runs."""
        start = self.call.exchange.clock.elapsed
        try:
            yield
        finally:
            self.sounds.append(Sound(kind, start, self.call.exchange.clock.elapsed, text))

    def tone(self, kind: Kind, text: str = "") -> "Tone":
        """A sound that is switched on and off."""
        return Tone(self, kind, text)

    async def hear(self, text: str, *, keys: bool = False, words: bool = False) -> bool:
        """Speak a sentence to this leg: to its end, or until the party cuts in, with one of what is listened to."""
        self.note("said", text)
        return await self.play("speech", text, seconds_of(text), keys=keys, words=words)

    async def play(self, kind: Kind, text: str, seconds: float, *, keys: bool = False, words: bool = False) -> bool:
        """Play something so long. True: the party has cut in before, by `keys` or by `words`."""
        with self.sound(kind, text):
            cuts_in = self.party.cuts_in(self, keys=keys, words=words) if self._listens(keys, words) else None
            if cuts_in is None:
                await asyncio.sleep(seconds)
                return False
            came = asyncio.ensure_future(cuts_in)
            await first_of(came, asyncio.ensure_future(asyncio.sleep(seconds)))
        if came.cancelled():
            return False
        self.note("cut in")
        return True

    def _listens(self, keys: bool, words: bool) -> bool:
        return (keys or words) and self.call.exchange.assumptions.input_interrupts

    async def speak(self, text: str) -> None:
        """The party says something."""
        self.note("heard", text)
        with self.sound("own speech", text):
            await asyncio.sleep(seconds_of(text))

    # HTTP

    async def send(self, kind: str, request: Outgoing, label: str = "") -> Answer:
        """One request on behalf of this leg, noted on the ladder.

        Raises Unreachable.
        """
        exchange = self.call.exchange
        lot = exchange.faults, exchange.dice, self.call.stream, kind, partial(self.note, "fault")
        text = f"{label or request.method} {Address.of(request.url).path}"
        try:
            await befall_request(*lot, reachable=exchange.reachable)
            answer = await exchange.wire.send(request)
            befall_answer(*lot)
        except Unreachable as problem:
            self.note(kind, f"{text} {problem}", url=request.url, sent=request.body)
            raise
        self.note(kind, f"{text} {answer.status}", url=request.url, sent=request.body, answer=answer.body)
        return answer


async def _quietly(opening: Opening) -> None:
    try:
        await opening()
    except LegEnded:
        return


class Party(Protocol):
    """The human at a leg's end."""

    @property
    def machine(self) -> bool:
        """A voicemail box, as far as the platform notices."""

    async def rings(self, leg: Leg) -> Answering:
        """Ring until something comes of it. Runs forever for someone who never answers."""

    async def says(self, leg: Leg, heard: str) -> str:
        """The next thing they say; waits while they say nothing."""

    async def presses(self, leg: Leg, heard: str, digits: int) -> str:
        """The digits they key into a prompt; waits while they press nothing."""

    def cuts_in(self, leg: Leg, *, keys: bool, words: bool) -> Awaitable[None] | None:
        """Done when they press a key or speak while something is played to them. None: they hear it out."""

    async def talks(self, leg: Leg) -> None:
        """Talk to another person; returns when this one hangs up."""


PartyOf = Callable[[Leg], Party]


class CallOfLegs(Protocol):
    """What a leg knows of its call (`exchange.calls`)."""

    stream: str
    legs: list[Leg]
    spoken: list[str]
    invented: list[str]

    @property
    def exchange(self) -> "Network": ...
    @property
    def id(self) -> str: ...
    @property
    def caller(self) -> Leg: ...
    @property
    def by_rest(self) -> bool: ...
    def uuid(self) -> str: ...
    def add(self, leg: Leg) -> Leg: ...


class Rest(Protocol):
    """What the rest of the exchange needs of its REST side (`exchange.rest.api`)."""

    url: str
    port: int

    def command(self, body: dict[str, Any]) -> dict[str, Any]: ...


class Network(Protocol):
    """What legs, verbs and the REST side need of the exchange (`exchange.engine`).

    Rooms, queues and messages belong to the files of their verbs: here they are only kept, by name or in order.
    """

    app_url: str
    credentials: tuple[str, str] | None
    assumptions: Assumptions
    faults: Faults
    dice: Dice
    clock: Clock
    loop: asyncio.SelectorEventLoop
    wire: Wire
    ladder: Ladder
    people: dict[str, Any]
    thinker: Thinker | None
    numbers: Collection[str]
    signing_key: str
    token: str
    project_id: str
    space_id: str
    node_id: str
    messages_url: str
    reachable: bool
    routes: dict[str, str]
    recordings: dict[str, float]
    legs: dict[str, Leg]
    calls: list[Any]
    texts: list[Any]
    conferences: dict[str, Any]
    queues: dict[str, Any]

    @property
    def api(self) -> Rest: ...
    @property
    def office(self) -> Leg: ...
    def at(self, address: str) -> Any: ...
    def party_for(self, address: str) -> PartyOf: ...
    async def run_document(self, leg: Leg, document: Any) -> None: ...
    def record(self, entry: Entry, leg: Leg) -> None: ...
    def report_state(self, leg: Leg) -> None: ...
    def spawn(self, work: Coroutine[Any, Any, None], *, awaited: Callable[[], bool] = ...) -> "asyncio.Task[None]": ...
    def do(self, action: Callable[[], Any]) -> None: ...
    def pulse(self) -> None: ...
    def run(self, until: Callable[[], bool]) -> None: ...
    def settle(self) -> None: ...
    def wake_at(self, elapsed: float) -> None: ...
