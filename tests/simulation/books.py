"""What the telephone network saw of very many calls: who was rung, from when to when, and how each call ended."""

import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from exchange import Call, Exchange
from exchange.core.ladder import Entry
from exchange.core.legs import Leg
from tests.simulation.sieve import Sieve


@dataclass(frozen=True, slots=True, order=True)
class Rang:
    """From when to when somebody's telephone rang or was in use, in the exchange's seconds, and what made it ring."""

    began: float
    ended: float
    by: str = ""


def twice_at_once(rang: Mapping[str, Iterable[Rang]]) -> list[str]:
    """Everybody whose telephone rang for one caller while it rang, or was in use, for another."""
    return [
        f"{who} was rung at {again.began:.2f} ({again.by}) and from {one.began:.2f} to {one.ended:.2f} ({one.by})"
        for who, times in rang.items()
        for one, again in itertools.pairwise(sorted(times))
        if again.began < one.ended
    ]


class Books:
    """Keeps them of one exchange; `people` are the addresses of those who work here."""

    def __init__(self, exchange: Exchange, people: set[str]) -> None:
        self._exchange, self._people = exchange, people
        self._bridged, self._recorded = set[str](), set[str]()
        self._troubles: Counter[str] = Counter()
        exchange.ladder = Sieve()
        exchange.ladder.listen(self._note)

    def wait_until_over(self, calls: int, *, look: float, at_rest: float, say: Callable[[str], object]) -> None:
        """Until so many callers have rung and gone, and nothing has happened for `at_rest` seconds."""
        seen, since = (-1, -1), time.monotonic()
        while time.monotonic() - since < at_rest:
            time.sleep(look)
            legs = [leg for leg in tuple(self._exchange.legs.values()) if leg.to]
            now = len(legs), sum(leg.over.is_set() for leg in legs)
            if now != seen or len(self._callers) < calls or now[0] > now[1]:
                seen, since = now, time.monotonic()
            say(f"{len(self._callers)} callers, {now[0]} telephones rang, {now[0] - now[1]} in use")

    def told(self) -> str:
        """How much there was of everything."""
        people = sum(len(times) for times in self._rang(self._people).values())
        back = sum(len(legs) for legs in self._rung_back().values())
        return f"people were rung {people} times, callers rung back {back} times"

    def endings(self) -> Counter[str]:
        """How many calls ended how, for their callers."""
        return Counter(self._ending(call) for call in self._callers)

    def wrong(self) -> list[str]:
        """Whoever was rung twice at once, and every callback that was made twice."""
        twice = [
            f"{number} was rung back {len(legs)} times and answered {sum('answered' in leg.reached for leg in legs)}"
            for number, legs in self._rung_back().items()
            if sum("answered" in leg.reached for leg in legs) > 1
        ]
        again = twice_at_once({number: map(_times, legs) for number, legs in self._rung_back().items()})
        troubles = [f"{count} times: {what}" for what, count in self._troubles.most_common(10)]
        return [*twice_at_once(self._rang(self._people)), *twice, *again, *troubles]

    @property
    def _callers(self) -> list[Call]:
        return [call for call in tuple(self._exchange.calls) if not call.by_rest]

    def _rang(self, who: set[str]) -> dict[str, list[Rang]]:
        found: dict[str, list[Rang]] = defaultdict(list)
        for leg in tuple(self._exchange.legs.values()):
            if leg.outbound and leg.to in who and "created" in leg.reached:
                found[leg.to].append(_times(leg))
        return found

    def _rung_back(self) -> dict[str, list[Leg]]:
        found: dict[str, list[Leg]] = defaultdict(list)
        for leg in tuple(self._exchange.legs.values()):
            if leg.outbound and leg.to not in self._people and "created" in leg.reached:
                found[leg.to].append(leg)
        return found

    def _ending(self, call: Call) -> str:
        if call.id in self._bridged:
            return "bridged"
        if call.id in self._recorded:
            return "left a message"
        return "hung up, or were with an agent" if call.caller.ended_by == "caller" else "fell through"

    def _note(self, entry: Entry) -> None:
        match entry.kind:
            case "bridge":
                self._bridged.add(entry.call)
            case "record":
                self._recorded.add(entry.call)
            case "violation" | "error":
                self._troubles[f"{entry.kind}: {entry.text[:160]}"] += 1


def _times(leg: Leg) -> Rang:
    by = urlsplit(leg.url).path if leg.url else f"the document of {leg.call.caller.from_}"
    return Rang(leg.reached["created"], leg.reached.get("ended", float("inf")), by)
