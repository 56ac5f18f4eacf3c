"""Callers drawn by chance, what became of them, and the same callers in a queue without any telephones."""

import heapq
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

FOR_EVER = math.inf


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who rings `at` so many seconds into the day, and would talk and wait for so many seconds."""

    at: float
    talks: float
    patience: float = FOR_EVER


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody waited, in seconds, and whether they were answered in the end."""

    seconds: float
    answered: bool


@dataclass(frozen=True, slots=True)
class Met:
    """What callers met in a day: the parts of all callers who were answered in time, and who gave up; and the mean wait
    of those who were answered, in seconds.
    """

    callers: int
    level: float
    answer: float
    abandoned: float


def drawn(chance: random.Random, rate: float, seconds: float, talk: float, patience: float = FOR_EVER) -> list[Caller]:
    """Callers at random, `rate` a second, for so many seconds; talks and patience are exponential with these means."""
    found, at = list[Caller](), chance.expovariate(rate)
    while at < seconds:
        waits = FOR_EVER if patience == FOR_EVER else chance.expovariate(1 / patience)
        found.append(Caller(at, chance.expovariate(1 / talk), waits))
        at += chance.expovariate(rate)
    return found


def without_telephones(callers: Iterable[Caller], servers: int) -> list[Wait]:
    """What becomes of these callers when the next one is taken the moment that somebody is free."""
    free, waits = [0.0] * servers, list[Wait]()
    for caller in callers:
        wait = max(free[0] - caller.at, 0.0)
        answered = wait <= caller.patience
        waits.append(Wait(min(wait, caller.patience), answered))
        if answered:
            heapq.heapreplace(free, caller.at + wait + caller.talks)
    return waits


def met(waits: Sequence[Wait], within: float) -> Met:
    """What callers met who waited like this. Raises ValueError when nobody was answered."""
    answered = [wait.seconds for wait in waits if wait.answered]
    in_time = sum(seconds <= within for seconds in answered)
    return Met(len(waits), in_time / len(waits), fmean(answered), 1 - len(answered) / len(waits))
