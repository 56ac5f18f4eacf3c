"""`make rush`: two web processes and two workers on PostgreSQL, and thousands of calls at once for one team.

    python -m tests.simulation.rush [--calls 10000] [--a-second 4] [--people 80] [--speed 5] [--seed 1]

Callers queue for sales, are rung through to service, are handed over to a supervisor by a consult, or ask to be rung
back: all of it is the same people. They answer, decline, are busy or never pick up. The network is an exchange in real
time, `speed` times as fast for people; our own processes take the time they take.

Afterwards the telephone network says whether anybody's telephone rang twice at once, and whether a callback was made
twice. The records must say the same, and that nothing is under way any more.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import yaml

from exchange import Exchange, On, Person, Script
from exchange.core.legs import Leg
from exchange.phones.people import Scripted
from gateways.clock import Clock
from gateways.database.migrate import migrate
from tests.conftest import Postgres
from tests.simulation.books import Books
from tests.simulation.kept import contradictions
from tests.simulation.processes import DIALS_PER_SECOND, Processes
from tests.simulation.region import Region, region_at

TOLD = {"reason": "a rush", "summary": "Wants something."}
WISHES = {
    "A quote, please.": On("quote", call="connect", args={"destination": "sales", **TOLD}),
    "It is broken.": On("broken", call="connect", args={"destination": "service", **TOLD}),
    "A human, please.": On("human", call="escalate_to_human", args=TOLD),
    "Ring me back.": On(
        "ring me", call="request_callback", args={"destination": "sales", "when": "as soon as you can"}
    ),
}
SHARES = (5, 3, 1, 1)
IN_VAIN = 0.2  # of the times that somebody is rung
LOOKS_EVERY, AT_REST = 10.0, 90.0  # real seconds between two looks; how long nothing may happen before it is over


def main() -> None:
    """Make the calls. Exit status 1 when somebody was rung twice, or the records contradict what was seen."""
    wanted = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    wanted.add_argument("--calls", type=int, default=10_000)
    wanted.add_argument("--a-second", type=float, default=4.0)
    wanted.add_argument("--people", type=int, default=80)
    wanted.add_argument("--speed", type=float, default=5.0)
    wanted.add_argument("--seed", type=int, default=1)
    given = wanted.parse_args()
    server = Postgres()
    try:
        with tempfile.TemporaryDirectory(prefix="rush-") as folder:
            database = server.database()
            migrate(database)
            rush = Rush(given.people, given.seed, region_at(Clock().now()))
            wrong = rush.run(database, Path(folder), given.calls, given.a_second, speed=given.speed)
    finally:
        server.close()
    print("\n".join(wrong) or "Nobody was rung twice at once, and no callback was made twice.")
    sys.exit(1 if wrong else 0)


@dataclass(frozen=True, slots=True)
class Rush:
    """One team of so many people, and those who ring it."""

    people: int
    seed: int
    region: Region

    def run(self, database: str, folder: Path, calls: int, a_second: float, *, speed: float) -> list[str]:
        """Make the calls, and wait until all that follows from them is over. Returns what went wrong."""
        (folder / "switchboard.yaml").write_text(yaml.safe_dump(self.business))
        exchange = Exchange(
            "http://127.0.0.1/swml",  # known once our processes listen
            ("signalwire", "s3cret"),
            clock="real",
            speed=speed,
            seed=self.seed,
            thinker=Script(*WISHES.values(), greeting="Acme.", otherwise="I see."),
            people={"*": self._behaving(random.Random(self.seed))},
        )
        books = Books(exchange, {str(one["phone"]) for one in self.team.values()})
        exchange.api.dial_interval = 1 / DIALS_PER_SECOND / speed
        with exchange, Processes(database, folder, exchange, web=2, workers=2) as ours:
            exchange.app_url = f"{ours.url}/swml"
            began = perf_counter()
            exchange.do(lambda: exchange.spawn(self._come(exchange, calls, a_second / speed)))
            books.wait_until_over(calls, look=LOOKS_EVERY, at_rest=AT_REST, say=partial(print, flush=True))
            took = perf_counter() - began
            exchange.settle()
        print(f"{calls} calls in {took:.0f} s; {books.told()}")
        print("callers:", ", ".join(f"{count} {how}" for how, count in sorted(books.endings().items())))
        return [*books.wrong(), *ours.wrong(), *contradictions(database)]

    @property
    def team(self) -> dict[str, dict[str, Any]]:
        """Everybody who is rung, as the directory file says it."""
        return {f"p{n}": {"name": f"Person {n}", "phone": self.region.number(n)} for n in range(self.people)}

    @property
    def business(self) -> dict[str, Any]:
        """The directory file."""
        names = list(self.team)
        chance = random.Random(self.seed)
        rings = [{"ring": chance.sample(names, 4), "for": 15, "order": "longest_idle"} for _ in range(2)]
        queue = {"queue": {"name": "sales", "wait": 1200, "people": names}}
        return {
            "company": "Acme",
            "timezone": self.region.zone,
            "country": self.region.country,
            "lines": {self.region.number(99_999): {"agent": "receptionist"}},
            "people": self.team,
            "departments": {
                "sales": {"about": "quotes", "reach": [queue, "voicemail"], "callbacks": {"tries": 3, "every": 1}},
                "service": {"about": "what is broken", "reach": [*rings, queue, "voicemail"]},
                "supervisor": {"about": "who decides", "handoff": "consult", "reach": [rings[0], "callback"]},
            },
            "escalation": {"department": "supervisor", "hold_limit": 600},
            "policy": {"regions": [self.region.country]},
        }

    async def _come(self, exchange: Exchange, calls: int, rate: float) -> None:
        """Callers at random, `rate` a second of the exchange's time."""
        chance, line = random.Random(f"callers/{self.seed}"), next(iter(self.business["lines"]))
        for number in range(calls):
            await asyncio.sleep(chance.expovariate(rate))
            (wish,) = chance.choices(list(WISHES), SHARES)
            caller = Person(says=(wish, "Nothing else."), presses=("",), talks_for=86_400.0, patience=2.0)
            party = exchange.dial(line, self.region.number(100_000 + number), caller=caller).caller.party
            assert isinstance(party, Scripted)
            party.finish()

    def _behaving(self, chance: random.Random) -> Callable[[Leg], Scripted]:
        """People, and callers who are rung back: most answer, some do not."""

        def ring(leg: Leg) -> Scripted:
            in_vain: Any = chance.choice(["busy", "no_answer", "declines", "fails"])
            when: Any = in_vain if chance.random() < IN_VAIN else "answers"
            presses = ("2",) if chance.random() < IN_VAIN / 2 else ("1",)
            talks = chance.expovariate(1 / 8.0)
            return Scripted(Person(when_rung=when, after=2.0, presses=presses, talks_for=talks, thinks_for=0.5))

        return ring


if __name__ == "__main__":
    main()
