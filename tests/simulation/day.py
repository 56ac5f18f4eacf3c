"""A day of a team: callers at random ring the real application on the exchange, in virtual time.

Callers say what they want, are put into the queue, and wait there until a person who was rung for them, and told what
it is about, takes them. What they wait for is measured on the line, and by nothing that the application says.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calls.numbers import Number
from exchange import On, Person, Script
from exchange.core.ladder import Entry
from exchange.core.legs import Leg
from exchange.phones.people import CALLER, Scripted, forever
from exchange.scenarios.scenario import Scenario
from handlers.cli.rehearsal.stage import House, Stage
from tests.simulation.callers import FOR_EVER, Caller, Wait
from tests.simulation.sieve import Sieve

LINE = "+12025550100"
LOOKS_EVERY = 30.0  # seconds between two looks of the watchdog
WANTS = On("sales", call="connect", args={"destination": "sales", "reason": "a quote", "summary": "Wants a quote."})
BRIEFED = re.compile(r" from (?P<number>[\d ,]+)\.")  # how a briefing names who calls
AT_ONCE = Person(after=1.0, thinks_for=0.5)  # a person with the phone in reach


@dataclass(slots=True)
class Visit:
    """What became of a caller, in the exchange's seconds: when they entered the queue, when the telephone of the first
    person began to ring who was told of them, when the two heard each other, and when the caller was gone.
    """

    caller: Caller
    entered: float | None = None
    given: float | None = None
    bridged: float | None = None
    gone: float | None = None

    @property
    def until_given(self) -> Wait | None:
        """The wait of queueing theory: until somebody is theirs. None for those who never got into the queue."""
        return self._until(self.given)

    @property
    def until_heard(self) -> Wait | None:
        """The wait that the caller feels: ringing and briefing are part of it."""
        return self._until(self.bridged)

    def _until(self, moment: float | None) -> Wait | None:
        if self.entered is None or self.gone is None:
            return None
        return Wait((self.gone if moment is None else moment) - self.entered, moment is not None)


class OnTheLine(Scripted):
    """A caller who waits in the queue for as long as they are patient, and talks for as long as they need to.

    What a person does for this caller before they hear each other is part of the talk: in queueing theory somebody is
    busy from the moment they are given a caller.
    """

    def __init__(self, visit: Visit) -> None:
        super().__init__(replace(CALLER, says=("Sales, please.",)), is_caller=True)
        self.visit = visit
        self.may_leave = True

    async def talks(self, leg: Leg) -> None:
        clock = leg.call.exchange.clock
        self.visit.bridged = clock.elapsed
        assert leg.peer is not None
        await asyncio.sleep(max(self.visit.caller.talks - (clock.elapsed - leg.peer.reached["created"]), 0.1))


class Answering(Scripted):
    """A person who takes every caller at once, and leaves it to the caller to hang up."""

    def __init__(self) -> None:
        super().__init__(AT_ONCE)

    async def talks(self, leg: Leg) -> None:
        await forever()


def business(people: int) -> dict[str, Any]:
    """The directory file of one department with a queue and so many people."""
    team = {f"p{n}": {"name": f"Person {n}", "phone": f"+1202555{2000 + n}"} for n in range(people)}
    queue = {"name": "sales", "wait": 3600, "people": list(team)}
    sales = {"about": "quotes", "handoff": "whisper", "reach": [{"queue": queue}, "voicemail"]}
    policy = {"transfers_per_caller_per_hour": 1000}
    return {"company": "Acme Plumbing", "timezone": "America/New_York", "lines": {LINE: {"agent": "receptionist"}},
            "people": team, "departments": {"sales": sales}, "policy": policy}  # fmt: skip


class Day:
    """One day on a stage of its own. `run` returns what became of every caller, in the order in which they rang."""

    def __init__(self, house: House, people: int, *, seed: int = 1) -> None:
        content = business(people)
        scenario = Scenario.model_validate({"name": "A day", "at": "2026-03-17 00:00", "directory": content})
        self.stage = Stage(house, scenario, directory=Path("switchboard.yaml"), beside=Path(), seed=seed)
        self._visits: dict[str, Visit] = {}
        self._spoken: dict[str, Visit] = {}  # by the caller's number, as people are told it

    def run(self, callers: Sequence[Caller]) -> list[Visit]:
        """Let them ring, and the day go on until the last of them has gone."""
        with self.stage as stage:
            exchange = stage.exchange
            exchange.thinker = Script(WANTS, greeting="Acme Plumbing.", otherwise="I see.")
            exchange.ladder = Sieve()
            exchange.people["*"] = lambda leg: Answering()
            exchange.ladder.listen(self._note)
            coming = exchange.spawn(self._come(callers))
            looking = exchange.spawn(self._look_after(), awaited=lambda: False)
            exchange.run(lambda: coming.done() and all(visit.gone is not None for visit in self._visits.values()))
            looking.cancel()
            exchange.settle()
        return list(self._visits.values())

    async def _come(self, callers: Sequence[Caller]) -> None:
        exchange = self.stage.exchange
        for number, caller in enumerate(callers):
            await asyncio.sleep(caller.at - exchange.clock.elapsed)
            visit = Visit(caller)
            theirs = Number(f"+1312{2_000_000 + number}")
            call = exchange.dial(LINE, theirs.e164, caller=lambda leg, visit=visit: OnTheLine(visit))
            self._visits[call.id] = self._spoken[theirs.spoken] = visit

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            self.stage.look_after()

    def _note(self, entry: Entry) -> None:
        visit = self._visits.get(entry.call)
        if visit is None or entry.leg != "caller":
            self._note_of_person(entry)
            return
        if (entry.kind, entry.text) == ("ai", "ends") and visit.entered is None:  # the agent lets go of them
            visit.entered = entry.at
            if visit.caller.patience != FOR_EVER:
                self.stage.exchange.spawn(self._loses_patience(entry.call, visit), awaited=lambda: False)
        elif entry.kind == "end":
            visit.gone = entry.at

    def _note_of_person(self, entry: Entry) -> None:
        """Somebody is told who calls: the caller was theirs when their telephone began to ring."""
        if entry.kind == "said" and (named := BRIEFED.search(entry.text)) and named["number"] in self._spoken:
            visit = self._spoken[named["number"]]
            if visit.given is None and visit.gone is None:
                visit.given = self.stage.exchange.legs[entry.call].reached["created"]

    async def _loses_patience(self, call_id: str, visit: Visit) -> None:
        await asyncio.sleep(visit.caller.patience)
        if visit.bridged is None and visit.gone is None:
            self.stage.exchange.legs[call_id].hang_up("hangup", by="caller")
