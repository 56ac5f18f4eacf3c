"""A phone that somebody operates while the call runs: from a terminal, or from a page."""

import asyncio
from collections.abc import Awaitable

from exchange.core.clock import first_of
from exchange.core.legs import Answering, Leg
from exchange.phones.people import forever

NEXT_KEY_WITHIN = 2.0  # seconds; after that, what was keyed so far is all


class Handset:
    """One leg's phone, given to the exchange wherever a `Person` goes. What its owner does with it is called on the
    exchange's own thread: `exchange.do(handset.answer)`. One that is engaged is busy at once.
    """

    def __init__(self, leg: Leg, *, engaged: bool = False) -> None:
        self.leg = leg
        self.machine = False
        self._picked_up, self._finished = asyncio.Event(), asyncio.Event()
        self._answering: Answering = "busy" if engaged else "answers"
        self._lines, self._keys = asyncio.Queue[str](), asyncio.Queue[str]()
        self._said, self._pressed = asyncio.Event(), asyncio.Event()
        if engaged:
            self._picked_up.set()

    # What its owner does

    def answer(self) -> None:
        """Pick up."""
        self._picked_up.set()

    def decline(self) -> None:
        """Refuse the call while it rings."""
        self._answering = "declines"
        self._picked_up.set()

    def say(self, line: str) -> None:
        """Say a line, as soon as somebody listens."""
        self._lines.put_nowait(line)
        self._said.set()

    def press(self, keys: str) -> None:
        """Press keys: 0 to 9, * and #."""
        for key in keys:
            self._keys.put_nowait(key)
        self._pressed.set()

    def hang_up(self) -> None:
        self.leg.hang_up("hangup", by=self.leg.name)

    def finish(self) -> None:
        """Hang up once everything is said and more is asked for."""
        self._finished.set()

    # What the exchange asks of it

    async def rings(self, leg: Leg) -> Answering:
        await self._picked_up.wait()
        return self._answering

    async def says(self, leg: Leg, heard: str) -> str:
        line = await self._next_line()
        if line is None:
            self.hang_up()
            await forever()
        return line or ""

    async def presses(self, leg: Leg, heard: str, digits: int) -> str:
        keyed = await self._keys.get()
        while len(keyed) < digits and not keyed.endswith("#"):
            try:
                async with asyncio.timeout(NEXT_KEY_WITHIN):
                    keyed += await self._keys.get()
            except TimeoutError:
                break
        return keyed

    def cuts_in(self, leg: Leg, *, keys: bool, words: bool) -> Awaitable[None] | None:
        """What was said or pressed before does not count."""
        self._said.clear()
        self._pressed.clear()
        return self._cut_in([event for event, counts in ((self._pressed, keys), (self._said, words)) if counts])

    async def _cut_in(self, events: list[asyncio.Event]) -> None:
        await first_of(*(asyncio.ensure_future(event.wait()) for event in events))

    async def talks(self, leg: Leg) -> None:
        while (line := await self._next_line()) is not None:
            for other in self._hearers():
                other.note("said", line)
            await leg.speak(line)

    def _hearers(self) -> "list[Leg]":
        """Who is on the line as well: the other end of it, or everybody else in the conference."""
        if self.leg.peer:
            return [self.leg.peer]
        rooms = ([member.leg for member in room.members] for room in self.leg.call.exchange.conferences.values())
        return [other for room in rooms if self.leg in room for other in room if other is not self.leg]

    async def _next_line(self) -> str | None:
        """None: there will be no more."""
        if self._lines.empty() and not self._finished.is_set():
            waiting = asyncio.ensure_future(self._lines.get())
            await first_of(waiting, asyncio.ensure_future(self._finished.wait()))
            if waiting.done() and not waiting.cancelled():
                return waiting.result()
        return None if self._lines.empty() else self._lines.get_nowait()
