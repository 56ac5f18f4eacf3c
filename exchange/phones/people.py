"""Who is at the end of a line: what they do when it rings, what they press and say, when they leave.

`Person` is a behaviour, written down. `Scripted` acts one out on one leg. A phone operated by hand (a terminal, a
softphone) implements `Party` itself and is passed wherever a `Person` goes, as a factory taking the leg.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Any, Literal

from exchange.core.legs import Answering, Leg, Party, PartyOf

GREETING = "Please leave a message after the tone."  # what a voicemail box says, once
SIP_CODES = {"answers": 200, "voicemail": 200, "busy": 486, "no_answer": 480, "declines": 603, "fails": 503}


@dataclass(frozen=True, slots=True)
class Person:
    """A behaviour. All times are seconds.

    `leaves_on` is how a ladder entry on this party's own leg begins: its kind, and what one likes of its text:
    "bridge", "hold", "verb prompt". A caller also looks at every other leg of the call and those that REST dials; with
    "other's " before it, "other's state answered", only at those. `leaves_after` seconds later this party hangs up.
    """

    when_rung: Answering = "answers"
    after: float = 4.0
    presses: tuple[str, ...] = ("1",)  # one per prompt, the last for all further ones; "" presses nothing
    says: tuple[str, ...] = ()  # one per question, "" for nothing ever; then "yes" (a person) or nothing (a caller)
    talks_for: float = 30.0  # once bridged
    patience: float = 0.0  # of a caller with nothing left to say, before hanging up
    thinks_for: float = 1.0  # before speaking or pressing
    cuts_in_after: float = 0.0  # seconds of what is played, where a key or a word ends it; 0: hears it out
    leaves_on: str | tuple[str, ...] = ""
    leaves_after: float = 0.0
    sip_code: int | None = None  # what a REFER or a failing leg gives; None: the usual one
    texts: bool = True  # False: text messages cannot be delivered
    card: Literal["", "accepts", "declines", "calls back"] = ""  # answers by the link in a text message
    card_after: float = 4.0  # seconds since it has arrived
    card_says: str = ""  # what is written into the form
    noticed: bool = True  # False: a machine that the platform takes for a human
    name: str = ""

    @property
    def code(self) -> int:
        return self.sip_code if self.sip_code is not None else SIP_CODES[self.when_rung]


async def forever() -> None:
    """Until cancelled."""
    await asyncio.get_running_loop().create_future()


class Scripted:
    """Acts out a `Person` on one leg."""

    def __init__(self, person: Person, *, is_caller: bool = False) -> None:
        self.person, self.is_caller = person, is_caller
        self.box = person.when_rung == "voicemail"
        self.lines = deque((GREETING, "") if self.box else person.says)
        self.keys = deque(person.presses)
        self.waits = False  # asked for more, and nothing is left to say
        self.may_leave = not is_caller  # a caller with nothing left to say hangs up, once told that was all
        self._hasty = False  # has cut in, and has thought already
        self._more = asyncio.Event()
        self._gives_up = 0.0  # when the patience of a caller with nothing left to say is over

    @property
    def machine(self) -> bool:
        return self.box and self.person.noticed

    async def rings(self, leg: Leg) -> Answering:
        if self.person.when_rung == "no_answer":
            await forever()
        await asyncio.sleep(self.person.after)
        return self.person.when_rung

    async def says(self, leg: Leg, heard: str) -> str:
        while not self.lines:
            if not self.is_caller:
                await self._think()
                return "yes"
            await self._wait_for_more(leg)
        if not self.lines[0]:
            await self._keep_quiet()
        await self._think()
        return self.lines.popleft()

    async def _keep_quiet(self) -> None:
        """A line without words: nothing is said when it is their turn; whoever has no other line says nothing ever."""
        try:
            await forever()
        finally:
            if self.is_caller or len(self.lines) > 1:
                self.lines.popleft()

    async def _wait_for_more(self, leg: Leg) -> None:
        if self.may_leave:
            await self._think()
            now = leg.call.exchange.clock.elapsed
            self._gives_up = self._gives_up or now + self.person.patience
            await asyncio.sleep(max(self._gives_up - now, 0.0))
            leg.hang_up("hangup", by="caller")
            await forever()
        self.waits = True
        leg.call.exchange.pulse()
        self._more.clear()
        try:
            await self._more.wait()
        finally:
            self.waits = False

    def add_line(self, line: str) -> None:
        self.lines.append(line)
        self._more.set()

    def add_keys(self, digits: str) -> None:
        self.keys.append(digits)
        self._more.set()

    def finish(self) -> None:
        """Nothing more will be said: hang up when asked for more."""
        self.may_leave = True
        self._more.set()

    async def presses(self, leg: Leg, heard: str, digits: int) -> str:
        keyed = self.keys.popleft() if len(self.keys) > 1 or (self.is_caller and self.keys) else "".join(self.keys)
        if self.box or not keyed:
            await forever()
        await self._think()
        return keyed

    def cuts_in(self, leg: Leg, *, keys: bool, words: bool) -> Awaitable[None] | None:
        if self.box or not self.person.cuts_in_after:
            return None
        if words and (not self.lines or self.lines[0]):
            return self._cut_in()
        return self._cut_in() if keys and self.keys and self.keys[0] else None

    async def _cut_in(self) -> None:
        await asyncio.sleep(self.person.cuts_in_after)
        self._hasty = True

    async def talks(self, leg: Leg) -> None:
        await asyncio.sleep(self.person.talks_for)

    async def _think(self) -> None:
        if self._hasty:
            self._hasty = False
            return
        await asyncio.sleep(self.person.thinks_for)


def acting(person: Any, *, is_caller: bool = False) -> PartyOf:
    """How a party behaves on a leg: a `Person` is acted out, a factory of a Party is used as it is."""

    def party(leg: Leg) -> Party:
        made: Party = Scripted(person, is_caller=is_caller) if isinstance(person, Person) else person(leg)
        return made

    return party


CALLER = Person(presses=(), talks_for=86_400.0)


def caller_like(person: Person | None, lines: tuple[str, ...]) -> Person:
    """A caller who says these lines, otherwise like `person`, and stays on a bridged line until the other leaves."""
    return replace(person or CALLER, says=lines or (person.says if person else ()))
