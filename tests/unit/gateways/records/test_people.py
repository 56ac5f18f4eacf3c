"""People on record, on SQLite and PostgreSQL: claims, talks, and who is away."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from calls.orders import Match
from calls.queue.entry import QueueEntry
from calls.routing.availability import free, standing
from gateways.errors import Unavailable
from gateways.records.people import Claims
from gateways.records.records import Records
from tests.support.kept import NOON, Kept, later, sales
from tests.unit.gateways.records.test_races import everybody

T = TypeVar("T")


def claim(
    records: Records, claim: str, *persons: str, business: str = "", at: float = 0, willing: bool = False
) -> set[str]:
    return set(records.claim(business, persons, claim, until=later(at + 40), at=later(at), willing=willing))


def test_nobody_is_known_and_everybody_is_available(records: Records) -> None:
    assert records.presences("") == {}


def test_a_person_belongs_to_one_claim_until_it_is_given_up(records: Records) -> None:
    assert claim(records, "t_1", "dana", "lee") == {"dana", "lee"}
    assert claim(records, "t_2", "dana", "sam") == {"sam"}
    assert standing(records.presences("")["dana"], NOON) == "busy"
    assert records.release("t_1", NOON) == {"dana", "lee"}
    assert records.release("t_1", NOON) == frozenset()
    assert claim(records, "t_2", "dana") == {"dana"}


def test_a_claim_that_is_never_given_up_ends_by_itself(records: Records) -> None:
    claim(records, "t_1", "dana")
    assert claim(records, "t_2", "dana", at=39.5) == set()
    assert claim(records, "t_2", "dana", at=40) == {"dana"}
    assert records.release("t_1", later(41)) == frozenset()
    assert standing(records.presences("")["dana"], later(41)) == "busy"


def test_the_same_claim_twice_is_one_claim_that_lasts_longer(records: Records) -> None:
    claim(records, "t_1", "dana")
    assert claim(records, "t_1", "dana", at=30) == {"dana"}
    assert claim(records, "t_2", "dana", at=60) == set()


def test_some_of_a_claim_are_released_and_the_others_stay(records: Records) -> None:
    claim(records, "t_1", "dana", "lee")
    assert records.release("t_1", NOON, persons=["dana", "sam"]) == {"dana"}
    known = records.presences("")
    assert (free(known["dana"], NOON), free(known["lee"], NOON)) == (True, False)


def test_a_person_of_another_business_is_another_person(records: Records) -> None:
    assert claim(records, "t_1", "dana") == {"dana"}
    assert claim(records, "t_2", "dana", business="bistro") == {"dana"}
    records.set_away("bistro", "dana", None, NOON)
    assert not records.presences("")["dana"].away


def test_after_a_talk_somebody_has_work_to_do(records: Records) -> None:
    claim(records, "t_1", "dana", "lee")
    records.release("t_1", NOON, talked=["dana"], wrap_up=30)
    dana, lee = (records.presences("")[name] for name in ("dana", "lee"))
    assert (dana.served, dana.idle_since, dana.wrap_until) == (1, NOON, later(30))
    assert (lee.served, lee.idle_since, lee.wrap_until) == (0, None, None)
    assert claim(records, "t_2", "dana", "lee", at=29) == {"lee"}
    assert claim(records, "t_2", "dana", at=30) == {"dana"}


def test_talks_are_counted_by_the_day(records: Records) -> None:
    for at in (NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=20)):
        records.claim("", ["dana"], "t_1", until=at + timedelta(hours=1), at=at)
        records.release("t_1", at, talked=["dana"])
        if at < NOON + timedelta(hours=2):
            counted = records.presences("")["dana"].served
    assert (counted, records.presences("")["dana"].served) == (2, 1)


def test_whoever_is_away_is_not_to_be_had_until_they_are_back(records: Records) -> None:
    records.set_away("", "dana", None, NOON)
    records.set_away("", "lee", later(60), NOON)
    assert claim(records, "t_1", "dana", "lee", "sam") == {"sam"}
    assert claim(records, "t_1", "dana", "lee", at=60) == {"lee"}
    records.set_back("", "dana", later(61))
    assert claim(records, "t_1", "dana", at=61) == {"dana"}


def test_whoever_asks_for_a_caller_gets_one_though_they_are_away_or_wrapping_up(records: Records) -> None:
    records.set_away("", "dana", None, NOON)
    claim(records, "t_1", "lee")
    records.release("t_1", NOON, talked=["lee"], wrap_up=60)
    assert claim(records, "o_1", "dana", "lee", willing=True) == {"dana", "lee"}
    assert claim(records, "o_2", "dana", willing=True) == set()


def test_away_in_a_talk_leaves_the_talk_alone(records: Records) -> None:
    claim(records, "t_1", "dana")
    records.set_away("", "dana", None, NOON)
    assert records.release("t_1", later(5), talked=["dana"]) == {"dana"}
    assert standing(records.presences("")["dana"], later(5)) == "away"


def test_back_ends_the_work_after_a_talk(records: Records) -> None:
    claim(records, "t_1", "dana")
    records.release("t_1", NOON, talked=["dana"], wrap_up=600)
    records.set_back("", "dana", later(10))
    assert claim(records, "t_2", "dana", at=10) == {"dana"}


def entry(business: str = "") -> QueueEntry:
    return QueueEntry("k", "sales", "sales", "caller", since=NOON, due_at=NOON, business=business)


def test_whoever_waits_is_looked_after_as_soon_as_somebody_can_be_rung(records: Records, kept: Kept) -> None:
    claim(records, "t_1", "dana")
    records.release("t_1", NOON)
    assert kept.orders == []  # nobody waits
    records.enter(entry())
    kept.orders.clear()
    claim(records, "t_2", "dana", "lee")
    records.release("t_2", NOON, persons=["lee"], talked=["lee"], wrap_up=30)
    assert kept.orders == [Match("", 30)]
    records.release("t_2", NOON)
    records.release("t_2", NOON)
    assert kept.orders == [Match("", 30), Match("")]
    records.set_back("", "sam", NOON)
    assert kept.orders[2:] == [Match("")]
    claim(records, "t_3", "dana", business="bistro")
    records.release("t_3", NOON)
    assert len(kept.orders) == 3  # somebody waits, but not there


def take_one_of_two(records: Records, number: int, runner: int, tell: object) -> None:
    got = records.claim(str(number), ["dana", "lee"], f"t_{runner}", until=later(40), at=NOON)
    assert callable(tell)
    tell((number, *sorted(got)))


def test_everybody_at_once_wants_the_same_people_and_each_is_one_callers(database_url: str) -> None:
    told = everybody(take_one_of_two, database_url)
    for number in {one for one, *_ in told}:
        assert sorted(person for one, *got in told if one == number for person in got) == ["dana", "lee"]


def test_fifty_callers_at_once_want_two_people(database_url: str) -> None:
    """Each who gets one talks for a moment and gives them back; nobody ever belongs to two."""
    records = Records(database_url)
    barrier, had, twice = threading.Barrier(50), dict[str, str](), list[str]()
    served = []

    def patiently(ask: Callable[[], T]) -> T:
        """The answer, once fewer threads are at the database than it lets in."""
        while True:
            with suppress(Unavailable):
                return ask()

    def wants(caller: int) -> None:
        barrier.wait(30)
        for _ in range(3):
            mine = patiently(lambda: records.claim("", ["dana", "lee"], f"t_{caller}", until=later(3600), at=NOON))
            for one in mine:
                if had.setdefault(one, f"t_{caller}") != f"t_{caller}":
                    twice.append(one)
            for one in mine:
                del had[one]
            if mine:
                served.append(patiently(lambda: records.release(f"t_{caller}", NOON, talked=mine)) == mine)  # noqa: B023

    with ThreadPoolExecutor(50) as callers:
        for one in [callers.submit(wants, n) for n in range(50)]:
            one.result()
    known = records.presences("")
    records.close()
    assert not twice
    assert len(served) >= 2
    assert all(served)
    assert all(one.claimed is None for one in known.values())


def change_places(records: Records, number: int, runner: int, tell: Callable[[object], None]) -> None:
    """One document goes on from person to person, while others want both at once."""
    for turn in range(20):
        who = ("abe", "zoe")[(turn + runner) % 2]
        if runner % 2:
            records.claim("", ["abe", "zoe"], f"t_{runner}", until=later(40), at=NOON)
            records.release(f"t_{runner}", NOON)
        else:
            records.claim_next(sales(f"t_{runner}"), Claims((who,), later(40)), NOON)


def test_whoever_goes_on_to_another_person_waits_for_nobody_who_waits_for_them(database_url: str) -> None:
    assert everybody(change_places, database_url) == []
