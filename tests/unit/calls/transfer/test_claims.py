"""A person is freed by whatever ends their leg, told in whatever order, and kept while they talk."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from calls.events import (
    Accepted,
    CallerLeft,
    CallerMoved,
    Connected,
    ConnectFailed,
    ConsultBegun,
    Declined,
    Disconnected,
    Event,
    Forgotten,
    HandedOver,
    LegEnded,
    LegProgressed,
    MessageLeft,
    Queued,
    Returned,
)
from calls.outcomes import Outcome
from calls.transfer.claims import Freed, begins_to_talk, freed, says_goodbye
from calls.transfer.machine import PlannedLeg, Transfer, step
from calls.transfer.model import State, Terms
from tests.support.kept import DANA, LEE, later, sales

PLAN = (
    PlannedLeg(1, 0, DANA, "dana", wrap_up=30),
    PlannedLeg(1, 1, LEE, "lee", group=1),
    PlannedLeg(2, 0, "queue:sales"),
)


class Told:
    """A transfer to which something happens; who is free now, who has talked, who talks, who is let go."""

    def __init__(self, transfer: Transfer) -> None:
        self.transfer = transfer
        self.free: list[Freed] = []
        self.talks: set[str] = set()
        self.leaves: set[str] = set()

    def that(self, *events: Event) -> "Told":
        for second, event in enumerate(events):
            before = self.transfer
            self.transfer, _ = step(before, event, later(second))
            self.free += [found] if (found := freed(before, event, self.transfer)) else []
            self.talks |= begins_to_talk(before, self.transfer)
            self.leaves |= says_goodbye(before, self.transfer)
        return self

    @property
    def people(self) -> set[str]:
        return {person for one in self.free for person in one.people}

    @property
    def talked(self) -> set[str]:
        return {person for one in self.free for person in one.talked}


def told(*events: Event, **how: Any) -> Told:
    return Told(replace(sales(plan=PLAN), **how)).that(*events)


RINGS = (LegProgressed(1, 0, "created", "leg-0"), LegProgressed(1, 0, "ringing", "leg-0"))
ANSWERS = (*RINGS, LegProgressed(1, 0, "answered", "leg-0"))


@pytest.mark.parametrize("end", [LegEnded(1, 0, Outcome.NO_ANSWER), ConnectFailed(1, Outcome.NO_ANSWER, (0,))])
def test_the_end_of_a_leg_frees_whoever_it_rang_and_nobody_else(end: Event) -> None:
    found = told(*RINGS, end)
    assert (found.people, found.talked) == ({"dana"}, set())


def test_a_talk_keeps_a_person_until_it_is_over() -> None:
    found = told(*ANSWERS, Connected(1, "leg-0", (0,)))
    assert (found.people, found.talks) == (set(), {"dana"})
    found.that(LegEnded(1, 0, Outcome.BRIDGED))
    assert (found.people, found.talked, found.free[-1].wrap_up) == ({"dana"}, {"dana"}, 30)


@pytest.mark.parametrize(
    "order", list(permutations([Connected(1, "leg-0", (0,)), LegEnded(1, 0, Outcome.BRIDGED), Disconnected(1, (0,))]))
)
def test_in_whatever_order_it_is_told_they_have_talked_and_are_free(order: tuple[Event, ...]) -> None:
    found = told(*ANSWERS, *order)
    assert ("dana" in found.people, "dana" in found.talked) == (True, True)


@pytest.mark.parametrize("lost", range(3))
def test_one_report_of_three_is_lost(lost: int) -> None:
    reports: list[Event] = [Connected(1, "leg-0", (0,)), LegEnded(1, 0, Outcome.BRIDGED), Disconnected(1, (0,))]
    found = told(*ANSWERS, *(one for number, one in enumerate(reports) if number != lost))
    assert ("dana" in found.people, "dana" in found.talked) == (True, True)


@pytest.mark.parametrize(
    "event",
    [
        Returned(((1, Outcome.BUSY),)),
        HandedOver(2, "billing_desk"),
        MessageLeft(2, "https://x.example/1", 3.0),
        Queued(2, 1),
        Forgotten(),
    ],
)
def test_a_caller_who_is_somewhere_else_has_left_everybody_behind(event: Event) -> None:
    found = told(*RINGS, event)
    assert found.free == [Freed(frozenset(["dana", "lee"]), everybody=True)]


def test_a_queue_that_is_told_of_late_frees_nobody_whom_the_next_step_rings() -> None:
    first_the_queue = (PlannedLeg(1, 0, "queue:sales"), PlannedLeg(2, 0, DANA, "dana", wrap_up=30))
    found = told(Queued(1, 1), LegProgressed(2, 0, "ringing", "leg-0"), plan=first_the_queue)
    found.free.clear()
    assert found.that(Queued(1, 1)).free == []
    assert found.transfer.state is State.TRYING  # the caller is in no line any more
    assert found.that(Connected(2, "leg-0"), Queued(1, 1)).free == []
    assert found.talks == {"dana"}


def test_a_caller_who_may_only_have_left_the_agent_frees_nobody_yet() -> None:
    found = told(*RINGS, CallerLeft())
    assert found.free == []
    assert found.that(LegEnded(1, 0, Outcome.CANCELLED)).people == {"dana"}


def test_a_caller_who_hangs_up_in_the_talk_frees_whoever_they_talked_with() -> None:
    found = told(*ANSWERS, Connected(1, "leg-0", (0,)), CallerLeft())
    assert (found.people >= {"dana"}, found.talked) == (True, {"dana"})


def test_of_two_who_rang_together_the_one_who_lost_is_free() -> None:
    both = (PlannedLeg(1, 0, DANA, "dana"), PlannedLeg(1, 1, LEE, "lee"))
    rings = (*ANSWERS, LegProgressed(1, 1, "ringing", "leg-1"))
    found = told(*rings, Connected(1, "leg-0"), LegEnded(1, 1, Outcome.CANCELLED), plan=both)
    assert (found.talks, found.people, found.talked) == ({"dana"}, {"lee"}, set())


def test_a_transfer_that_rings_nobody_frees_nobody() -> None:
    found = told(ConnectFailed(1, Outcome.BUSY), plan=(PlannedLeg(1, 0, DANA),))
    assert found.free == []


def consult(*events: Event) -> Told:
    terms = Terms("sales", "+12025550100", hold_limit=240, accept_within=15)
    plan = tuple(replace(leg, ring_for=20) if leg.person else leg for leg in PLAN)
    return told(ConsultBegun(), *events, terms=terms, plan=plan, mechanism="consult", final=False)


def test_a_person_who_declines_a_consult_says_goodbye_and_is_free_when_their_leg_is_over() -> None:
    found = consult(*ANSWERS, Declined(1, 0, "not now"))
    assert (found.leaves, found.people) == ({"dana"}, set())
    assert found.that(LegEnded(1, 0, Outcome.BRIDGED)).people == {"dana"}
    assert found.talked == set()


def test_a_person_who_takes_a_consult_is_kept_to_the_end_of_the_talk() -> None:
    found = consult(*ANSWERS, Accepted(1, 0, call_id="leg-0"), CallerMoved())
    assert (found.talks, found.people) == ({"dana"}, set())
    found.that(Disconnected(1))
    assert (found.talked, found.free[-1].wrap_up) == ({"dana"}, 30)
