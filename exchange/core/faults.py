"""What can go wrong on the wires, off by default, all drawn from one seed."""

import asyncio
import random
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Literal

from exchange.core.wire import Mishap


@dataclass(frozen=True, slots=True)
class Faults:
    """Probabilities from 0 to 1, each drawn independently; delays in seconds."""

    callbacks_lost: float = 0.0
    callbacks_delayed: float = 0.0
    callback_delay: float = 20.0
    callbacks_repeated: float = 0.0
    callbacks_reordered: float = 0.0  # held back just long enough for a later one to overtake
    tools_repeated: float = 0.0  # the same tool call posted twice, as after an answer that got lost
    webhooks_lost: float = 0.0  # the request never arrives
    answers_lost: float = 0.0  # the request arrives, its answer does not
    webhooks_slow: float = 0.0
    webhook_delay: float = 4.0
    rest_errors: float = 0.0  # the platform's own REST answers 500
    rest_timeouts: float = 0.0  # it does not answer within rest_delay of real time
    rest_delay: float = 3.0
    hangups: float = 0.0  # per step: the caller or the person of that leg hangs up


Fate = Literal["ok", "no answer", "answer lost"] | int
"""What becomes of a REST command: done; not done, and no answer; done, and no answer; refused with an HTTP status."""


class Dice:
    """Named streams of chance under one seed: what one call draws never moves what another does."""

    def __init__(self, seed: Hashable) -> None:
        self.seed = seed
        self._streams: dict[str, random.Random] = {}

    def stream(self, name: str) -> random.Random:
        """The stream of that name, created from the seed on first use."""
        if name not in self._streams:
            self._streams[name] = random.Random(f"{self.seed}/{name}")  # noqa: S311 (chance, not secrecy)
        return self._streams[name]

    def falls(self, probability: float, name: str) -> bool:
        """True with that probability; no draw is made for an impossible event."""
        return probability > 0 and self.stream(name).random() < probability

    def uuid(self, name: str) -> str:
        """A version 4 UUID from the stream."""
        bits = self.stream(name).getrandbits(128)
        text = f"{bits & ~(0xF << 76) & ~(0x3 << 62) | 0x4 << 76 | 0x2 << 62:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


async def befall_request(
    faults: Faults, dice: Dice, stream: str, kind: str, note: Callable[[str], None], *, reachable: bool
) -> None:
    """Apply the faults that a request of this kind may meet on its way. Raises Mishap."""
    name = f"{stream}/{kind}"
    if not reachable:
        note(f"{kind}: the application is down")
        raise Mishap("ConnectError")
    if dice.falls(faults.webhooks_lost, name):
        note(f"{kind} lost")
        raise Mishap("ConnectTimeout")
    if dice.falls(faults.webhooks_slow, name):
        delay = dice.stream(name).uniform(0, faults.webhook_delay)
        note(f"{kind} slow")
        await asyncio.sleep(delay)


def befall_answer(faults: Faults, dice: Dice, stream: str, kind: str, note: Callable[[str], None]) -> None:
    """Apply the faults that an answer may meet on its way back. Raises Mishap."""
    if dice.falls(faults.answers_lost, f"{stream}/{kind}"):
        note(f"answer to {kind} lost")
        raise Mishap("ReadTimeout")
