"""Consults on record, on SQLite and PostgreSQL: each claims its people before any of them is dialled."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from calls.events import ConsultBegun, DialBegun, DialPlaced, LegEnded, TimeUp
from calls.orders import Dial, ResumeCaller
from calls.outcomes import Outcome
from calls.routing.availability import standing
from calls.transfer.machine import PlannedLeg, State
from calls.transfer.model import Terms, Transfer
from gateways.records.records import Records
from tests.support.kept import DANA, LEE, LINE, Kept, call, later, sales

TEAM = {"dana": DANA, "lee": LEE, "max": "+12025550113"}
CALLERS = 4  # at the same moment; no more may wait for the database
TERMS = Terms("sales", LINE, hold_limit=120, accept_within=20)

Keeping = Callable[..., tuple[Records, Kept]]


@pytest.fixture
def keeping(database_url: str) -> Keeping:
    kept = Kept()
    return lambda: (Records(database_url, kept), kept)


def consult(number: int, *, together: bool = False) -> Transfer:
    """A consult that rings the team, another person first each time."""
    people = list(TEAM)[number % 3 :] + list(TEAM)[: number % 3]
    plan = [PlannedLeg(1, n, TEAM[one], one, 0 if together else n, 20) for n, one in enumerate(people)]
    return sales(f"t_{number}", f"c{number}", mechanism="consult", terms=TERMS, final=False, plan=tuple(plan))


def begin(records: Records, transfer: Transfer) -> Transfer:
    records.begin(transfer, key=transfer.id, reply={}, call=call(transfer.call_id))
    begun = records.apply(transfer.id, ConsultBegun(), later(0))
    assert begun is not None
    return begun


def test_fifty_consults_at_once_make_as_many_dial_orders_as_there_are_people(keeping: Keeping) -> None:
    records, kept = keeping()
    start = threading.Barrier(CALLERS)

    def some(first: int) -> list[Transfer]:
        start.wait(30)
        return [begin(records, consult(number)) for number in range(first, 50, CALLERS)]

    with ThreadPoolExecutor(CALLERS) as callers:
        begun = [one for begun in callers.map(some, range(CALLERS)) for one in begun]
    assert len(kept.of(Dial)) == len(TEAM)
    assert len({one.transfer_id for one in kept.of(Dial) if isinstance(one, Dial)}) == len(TEAM)
    assert sorted(one.outcome or "" for one in begun) == [""] * 3 + ["busy"] * 47
    assert len({one.transfer_id for one in kept.of(ResumeCaller) if isinstance(one, ResumeCaller)}) == 47
    records.close()


def test_of_a_group_those_are_rung_who_are_free(keeping: Keeping) -> None:
    records, kept = keeping()
    records.set_away("", "lee", None, later(0))
    begun = begin(records, consult(0, together=True))
    assert [(one.person, one.outcome) for one in begun.attempts] == [("dana", None), ("lee", "busy"), ("max", None)]
    assert kept.of(Dial) == [Dial("t_0", 1, 0), Dial("t_0", 1, 2)]
    records.close()


def test_the_next_one_is_claimed_as_soon_as_the_first_does_not_answer(keeping: Keeping) -> None:
    records, _ = keeping()
    begin(records, consult(0))
    for event in (DialBegun(1, 0), DialPlaced(1, 0, "b1"), LegEnded(1, 0, Outcome.NO_ANSWER)):
        records.apply("t_0", event, later(5))
    known = records.presences("")
    assert [standing(known.get(one), later(5)) for one in TEAM] == ["available", "busy", "available"]
    records.close()


def test_one_who_is_never_dialled_is_free_at_once(keeping: Keeping) -> None:
    records, _ = keeping()
    begin(records, consult(0))
    ended = records.apply("t_0", TimeUp("hold"), later(120))
    assert ended is not None
    assert ended.state is State.ENDED
    assert standing(records.presences("").get("dana"), later(120)) == "available"
    records.close()


def test_told_twice_it_is_begun_once(keeping: Keeping) -> None:
    records, kept = keeping()
    begin(records, consult(0))
    records.apply("t_0", ConsultBegun(), later(1))
    assert len(kept.of(Dial)) == 1
    records.close()
