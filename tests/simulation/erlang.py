"""What queueing theory expects of a team: Erlang B, Erlang C (nobody hangs up) and Erlang A (callers lose patience).

Calls arrive at random (Poisson) at `rate` a second, a talk takes `talk` seconds and the patience of a caller
`patience` seconds on average, both exponential; `servers` people take the caller who waits longest.

Sources: A. K. Erlang, 1917; C. Palm, 1946; Mandelbaum and Zeltyn, "The Palm/Erlang-A Queue", 2005.
"""

import math
from dataclasses import dataclass

_ENOUGH = 1e-12  # of the probability that is left out behind the longest queue that counts
_SLICES = 400  # of an integral


@dataclass(frozen=True, slots=True)
class Expected:
    """What callers meet. `level` and `abandoned` are parts of all callers, `level` those answered within the time asked
    about; `answer` is the mean wait of those who are answered, in seconds.
    """

    level: float
    answer: float
    abandoned: float
    delayed: float  # the part of all callers who find everybody busy
    occupancy: float  # the part of their time that people talk


def erlang_b(servers: int, load: float) -> float:
    """The part of callers who find all of `servers` busy when nobody may wait, at `load` erlangs."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(rate: float, talk: float, servers: int, within: float) -> Expected | None:
    """A queue that nobody leaves. None when it grows for ever, because there is more work than people."""
    load = rate * talk
    if load >= servers:
        return None
    blocked = erlang_b(servers, load)
    delayed = blocked / (1 - load / servers * (1 - blocked))
    late = delayed * math.exp(-(servers - load) * within / talk)
    return Expected(1 - late, delayed * talk / (servers - load), 0.0, delayed, load / servers)


def erlang_a(rate: float, talk: float, patience: float, servers: int, within: float) -> Expected:
    """A queue that callers leave when their patience is over."""
    ends, leaves = servers / talk, 1 / patience  # a second: the talks of a busy team; one caller's giving up
    states = _states(rate, talk, patience, servers)
    at_once = sum(states[:servers])
    level, served, waited = at_once, at_once, 0.0
    for ahead, probability in enumerate(states[servers:]):
        level += probability * _reached_within(within, ahead, ends, leaves)
        chance, wait = _reached(ahead, ends, leaves)
        served += probability * chance
        waited += probability * chance * wait
    return Expected(level, waited / served, 1 - served, 1 - at_once, rate * served * talk / servers)


def _states(rate: float, talk: float, patience: float, servers: int) -> list[float]:
    """How likely it is that a caller finds so many others there, talking or waiting, from none on."""
    weights = [1.0]
    while len(weights) <= servers + 1 or weights[-1] > _ENOUGH * sum(weights):
        n = len(weights)
        weights.append(weights[-1] * rate / (min(n, servers) / talk + max(n - servers, 0) / patience))
    whole = sum(weights)
    return [weight / whole for weight in weights]


def _reached(ahead: int, ends: float, leaves: float) -> tuple[float, float]:
    """The chance that a caller with so many waiting ahead is reached at all, and the mean wait of those who are.

    With k ahead the caller comes on when a talk ends or one of the k gives up, unless the caller does so first.
    """
    chance, wait = 1.0, 0.0
    for k in range(ahead + 1):
        chance *= (ends + k * leaves) / (ends + (k + 1) * leaves)
        wait += 1 / (ends + (k + 1) * leaves)
    return chance, wait


def _reached_within(within: float, ahead: int, ends: float, leaves: float) -> float:
    """The chance that a caller with so many waiting ahead is reached in time, and is still there.

    The wait of somebody who stays is a sum of exponential times, of the rates ends, ends + leaves, …, ends + ahead *
    leaves. Its density at t is C exp(-ends t) (1 - exp(-leaves t))^ahead, where C is the product of these rates over
    leaves^ahead ahead!; and staying so long has the chance exp(-leaves t).
    """
    log_c = sum(math.log(ends + k * leaves) for k in range(ahead + 1)) - ahead * math.log(leaves)
    log_c -= math.lgamma(ahead + 1)

    def density(t: float) -> float:
        given_up = -math.expm1(-leaves * t)
        if ahead and not given_up:
            return 0.0
        return math.exp(log_c - (ends + leaves) * t + (ahead * math.log(given_up) if ahead else 0.0))

    step = within / _SLICES  # Simpson's rule
    inner = sum((4 if n % 2 else 2) * density(n * step) for n in range(1, _SLICES))
    return step / 3 * (density(0.0) + inner + density(within))
