"""Time. Virtual in tests, real for people; the same coroutines run on either.

`VirtualLoop` is an asyncio loop whose clock stands still while anything can be done and leaps to the next timer when
nothing can. `RealLoop` follows the wall clock, optionally faster. Both keep one thread, so one thing happens at a time.
"""

import asyncio
import datetime
import selectors
import time
from collections.abc import Callable
from typing import Any

DEFAULT_START = datetime.datetime(2026, 3, 17, 15, 0, tzinfo=datetime.UTC)  # a Tuesday, 11:00 in New York

BeforeLeap = Callable[[float, float], bool | None]
LOOKS_EVERY = 0.02  # real seconds


class Stuck(RuntimeError):
    """In virtual time nothing is left that could ever happen."""


class _Leaper(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.moment = 0.0
        self.before_leap: BeforeLeap = lambda now, seconds: None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        waits = True
        while waits:
            waits = bool(self.before_leap(self.moment, timeout if timeout is not None else float("inf")))
            ready = super().select(LOOKS_EVERY if waits else 0)
            if ready:
                return ready
        if timeout is None:
            raise Stuck("nothing is left that could happen")
        self.moment += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Leaps over idle time. `before_leap(now, seconds)` runs before each leap and may hand the loop new work.

    While it answers True, work is on its way from elsewhere: real time passes, and no virtual time.
    """

    def __init__(self, before_leap: BeforeLeap | None = None) -> None:
        self._leaper = _Leaper()
        if before_leap is not None:
            self._leaper.before_leap = before_leap
        super().__init__(self._leaper)

    def time(self) -> float:
        return self._leaper.moment


class _Faster(selectors.DefaultSelector):
    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout / self._speed if timeout else timeout)


class RealLoop(asyncio.SelectorEventLoop):
    """Follows the wall clock, `speed` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        super().__init__(_Faster(speed))

    def time(self) -> float:
        return time.monotonic() * self.speed


class Clock:
    """What time it is on the exchange."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: datetime.datetime) -> None:
        self._loop, self._opened, self.start = loop, loop.time(), start

    @property
    def elapsed(self) -> float:
        """Seconds since the exchange opened, to the microsecond."""
        return round(self._loop.time() - self._opened, 6)

    def now(self) -> datetime.datetime:
        return self.start + datetime.timedelta(seconds=self.elapsed)

    def timestamp(self) -> float:
        """Seconds since 1970."""
        return self.now().timestamp()

    def micros(self) -> int:
        """Microseconds since 1970."""
        return round(self.timestamp() * 1_000_000)

    def iso(self) -> str:
        return self.now().astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def wall_clock() -> datetime.datetime:
    """The real moment, where people are on the line."""
    return datetime.datetime.now(datetime.UTC)  # noqa: TID251 (the exchange may not import the application's clock)


async def first_of(*waits: "asyncio.Future[Any] | asyncio.Task[Any]") -> None:
    """Wait until one of the tasks is done; cancel and await the others."""
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancelled(*waits)


async def cancelled(*tasks: "asyncio.Future[Any] | asyncio.Task[Any]") -> None:
    """Cancel the tasks that still run and wait until each has cleaned up."""
    for task in tasks:
        if not task.done():
            task.cancel()
    for task in tasks:
        if not task.done():
            await asyncio.wait([task])
