"""The watchdog and the platform's REST interface: legs left alone, a platform that is silent, a backlog."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from calls.call import Call, Mechanism
from calls.events import (
    Accepted,
    CallerMoved,
    Connected,
    ConsultBegun,
    DialBegun,
    DialPlaced,
    Disconnected,
    Event,
    LegProgressed,
)
from calls.legs.attempts import PlannedLeg
from calls.numbers import Number
from calls.transfer.effects import CALLER_GONE
from calls.transfer.model import Terms, Transfer
from exchange import Call as Visit
from exchange import Person
from exchange.scenarios.scenario import Scenario
from gateways.jobs.leases import places_at
from handlers.cli.rehearsal.stage import House, Stage
from handlers.jobs.watchdog import EVERY, sweep
from handlers.services.periodic import Patrol
from handlers.wiring import Wiring
from tests.conftest import Databases, Postgres

SCENARIOS = Path(__file__).parents[2] / "scenarios"
ANN, DANA, LINE = "+12025550190", "+12025550111", "+12025550100"
TERMS = Terms("supervisor", LINE, hold_limit=240, accept_within=15)


class Desk:
    """An app with records and an exchange beside it, on which legs come up as a test says."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.exchange = stage, stage.exchange
        self.wiring: Wiring = stage._wiring
        self.asked: list[float] = []

    def meets(self, who: str, *, talks_for: float) -> Visit:
        """A leg that enters the conference, which it does not end when it leaves: the platform forgot that."""
        self.exchange.people[who] = Person(after=1.0, talks_for=talks_for)
        document = {"version": "1.0.0", "sections": {"main": [{"join_conference": {"name": "t_1", "beep": "false"}}]}}
        self.exchange.api.command({"command": "dial", "params": {"from": LINE, "to": who, "swml": document}})
        self.passes(3)
        return self.exchange.calls[-1]

    def begins(self, name: str, *events: Event, call_id: str = "", mechanism: Mechanism = "consult") -> None:
        transfer = Transfer(
            id=name,
            ref="K7Q4",
            call_id=call_id or f"call of {name}",
            mechanism=mechanism,
            destination="supervisor",
            final=True,
            reason="a refund",
            summary="",
            agent="receptionist",
            started_at=self.wiring.clock.now(),
            plan=(PlannedLeg(1, 0, DANA, "dana", ring_for=20 if mechanism == "consult" else 0),),
            terms=TERMS if mechanism == "consult" else None,
        )
        call = Call(transfer.call_id, Number(ANN), Number(LINE), "phone", "inbound", "receptionist")
        self.wiring.records.begin(transfer, key=name, reply={}, call=call)
        for event in events:
            self.wiring.records.apply(name, event, self.wiring.clock.now())

    def passes(self, seconds: float) -> None:
        until = self.exchange.clock.elapsed + seconds
        self.exchange.wake_at(until)
        self.exchange.run(lambda: self.exchange.clock.elapsed >= until - 1e-6)

    def watches(self, seconds: float) -> int:
        """Sweeps for so long; how many transfers were closed or flagged."""
        done = 0
        for _ in range(round(seconds / EVERY)):
            self.passes(EVERY)
            done += sweep(self.wiring, pause=self.asked.append)
        self.passes(EVERY)
        return done

    @property
    def questions(self) -> int:
        self.passes(0.1)
        return sum("/api/voice/logs/" in entry.text for entry in self.exchange.ladder.find("rest"))

    def entry(self, name: str = "t_1") -> dict[str, Any]:
        (found,) = [one for one in self.wiring.records.ledger() if one["id"] == name]
        return found


@pytest.fixture
def opened(rehearsal_house: House, databases: Databases) -> Iterator[Callable[..., Desk]]:
    with ExitStack() as stack:

        def build(**settings: Any) -> Desk:
            scenario = Scenario.model_validate({"name": "A desk", "directory": "acme/warm.yaml", **settings})
            directory = SCENARIOS / "acme" / "warm.yaml"
            stage = Stage(
                rehearsal_house, scenario, directory=directory, beside=SCENARIOS, seed=1, database=databases.new()
            )
            return Desk(stack.enter_context(stage))

        yield build


@pytest.fixture
def desk(opened: Callable[..., Desk]) -> Desk:
    return opened()


def talking(dana: Visit) -> tuple[Event, ...]:
    """What led Dana to the caller."""
    leg = dana.caller.call_id
    answered = (ConsultBegun(), DialBegun(1, 0), DialPlaced(1, 0, leg), LegProgressed(1, 0, "answered"))
    return (*answered, Accepted(1, 0, leg), CallerMoved())


# --- somebody is alone ------------------------------------------------------------------------------------------------


def test_dana_alone_in_the_conference_is_told_and_let_go(desk: Desk) -> None:
    ann, dana = desk.meets(ANN, talks_for=100), desk.meets(DANA, talks_for=3000)
    desk.begins("t_1", *talking(dana), call_id=ann.caller.call_id)
    with capture_logs() as logged:
        assert desk.watches(60) == 0
        desk.watches(240)
    assert ann.over
    assert dana.over
    assert dana.heard == [CALLER_GONE]
    assert (desk.entry()["outcome"], desk.entry()["flags"]) == ("bridged", ["alone"])
    assert [line["log_level"] for line in logged if line["event"] == "left_alone"] == ["error"]


def test_ann_alone_in_the_conference_is_brought_to_an_agent(desk: Desk) -> None:
    ann, dana = desk.meets(ANN, talks_for=3000), desk.meets(DANA, talks_for=100)
    desk.begins("t_1", *talking(dana), call_id=ann.caller.call_id)
    desk.watches(300)
    assert dana.over
    assert ann.heard[0].startswith("You are back with Acme Plumbing.")
    assert (desk.entry()["outcome"], desk.entry()["flags"]) == ("bridged", ["alone"])
    assert desk.entry()["ended_at"]


def test_two_in_a_conference_are_left_alone_together(desk: Desk) -> None:
    ann, dana = desk.meets(ANN, talks_for=3000), desk.meets(DANA, talks_for=3000)
    desk.begins("t_1", *talking(dana), call_id=ann.caller.call_id)
    assert desk.watches(900) == 0
    assert not ann.over
    assert not dana.over
    assert desk.questions < 25  # two legs, each looked at every few minutes


def test_dana_whom_everybody_believes_gone_is_let_go(desk: Desk) -> None:
    """The conference's own report has ended the talk on record, and left Dana in it."""
    ann, dana = desk.meets(ANN, talks_for=10), desk.meets(DANA, talks_for=3000)
    desk.begins("t_1", *talking(dana), Disconnected(1), call_id=ann.caller.call_id)
    assert desk.watches(120) == 1
    assert dana.heard == [CALLER_GONE]
    before = desk.questions
    assert desk.watches(300) == 0
    assert desk.questions == before  # once is enough


# --- the platform does not say ----------------------------------------------------------------------------------------


def test_a_call_the_platform_does_not_know_is_lost_after_three_looks(desk: Desk) -> None:
    desk.begins("t_1", mechanism="connect")
    desk.watches(260)
    assert desk.entry()["ended_at"] is None
    desk.watches(240)
    assert desk.entry()["outcome"] == "lost"
    assert desk.questions == 3


def test_the_age_of_bridges_that_the_watchdog_itself_has_closed_is_no_pattern(desk: Desk) -> None:
    legs = [desk.meets(f"+1202555{number}", talks_for=5) for number in range(3000, 3008)]
    desk.passes(10)
    for number, leg in enumerate(legs):
        desk.begins(f"t_{number}", Connected(1), mechanism="connect", call_id=leg.caller.call_id)
    assert desk.watches(400) == 8
    ledger = list(desk.wiring.records.ledger())
    assert {one["outcome"] for one in ledger if one["ended_at"]} == {"bridged"}
    assert all(one["flags"] == [] for one in ledger)


def test_without_credentials_a_transfer_is_lost_after_hours(opened: Callable[..., Desk]) -> None:
    desk = opened(rest="none")
    desk.begins("t_1", mechanism="connect")
    desk.watches(3600)
    assert desk.entry()["ended_at"] is None
    desk.watches(3 * 3600)
    assert desk.entry()["outcome"] == "lost"


def test_a_platform_that_answers_with_errors_is_asked_a_few_times_a_sweep_and_costs_nobody_a_call(desk: Desk) -> None:
    for number in range(30):
        desk.begins(f"t_{number}", mechanism="connect")
    desk.passes(1000)
    desk.exchange.faults = replace(desk.exchange.faults, rest_errors=1.0)
    desk.watches(60)
    assert desk.questions <= 10
    assert all(one["ended_at"] is None for one in desk.wiring.records.ledger())


# --- a backlog --------------------------------------------------------------------------------------------------------


def test_what_has_piled_up_while_no_worker_ran_is_worked_off_at_a_few_questions_a_second(desk: Desk) -> None:
    for number in range(150):
        desk.begins(f"t_{number}", mechanism="connect")
    desk.passes(timedelta(hours=5).total_seconds())
    desk.watches(EVERY)
    assert desk.questions == len(desk.asked) == 60
    assert min(desk.asked) >= 0.2  # seconds between two of them
    desk.watches(1200)
    assert {one["outcome"] for one in desk.wiring.records.ledger()} == {"lost"}
    assert desk.questions == 3 * 150


# --- one for all machines ---------------------------------------------------------------------------------------------


def test_the_watchdog_sweeps_by_itself_until_it_is_stopped(desk: Desk) -> None:
    desk.begins("t_1", mechanism="connect")
    desk.passes(5 * 3600)
    place = places_at(desk.wiring.settings.database_url, "watch")
    watchdog = Patrol("watchdog", partial(sweep, desk.wiring), place, every=0.01)
    watchdog.start()
    deadline = time.monotonic() + 20
    while desk.questions == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    watchdog.stop()
    asked = desk.questions
    time.sleep(0.5)
    assert asked == desk.questions == 1


def test_only_one_machine_sweeps_and_another_does_when_it_is_gone(postgres: Postgres) -> None:
    here, there = places_at(postgres.ready, "watch"), places_at(postgres.ready, "watch")
    worker = places_at(postgres.ready)
    assert worker.take(0)
    assert [here.keep(0), there.keep(0), here.keep(0)] == [True, False, True]
    here.close()
    deadline = time.monotonic() + 10  # PostgreSQL gives the lock free once it has read that the connection is closed
    while not there.keep(0):
        assert time.monotonic() < deadline
    there.close()
    worker.close()
