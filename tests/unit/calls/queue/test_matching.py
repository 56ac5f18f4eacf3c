"""Who of those who wait goes to whom of those who are free."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from calls.numbers import Number
from calls.outbound.callback_times import earliest, tried_in_vain
from calls.outcomes import Outcome
from calls.queue.entry import PersonOffer, QueueEntry
from calls.queue.matching import RESTS, RESTS_FOR_CALLBACK, next_for, pairs, queue_for, takers
from calls.routing.availability import Presence
from tests.support.kept import LINE, NOON, later
from tests.support.queues import callback, caller, shop

SHOP = shop()
STAFF = {name: takers(name, SHOP) for name in ("sales", "repairs", "department:depot", "department:office")}


def chosen(*entries: QueueEntry, at: float = 10, recent: tuple[PersonOffer, ...] = (), **known: Presence) -> list[str]:
    """ "key person" of every pair."""
    made = pairs(entries, STAFF, known, recent, later(at))
    return [f"{pair.entry.key} {pair.person.key}" for pair in made]


def refused(key: str, person: str, outcome: Outcome, *, at: float = 0, kind: str = "caller") -> PersonOffer:
    entry = caller(key) if kind == "caller" else callback(key)
    return PersonOffer("o_1", entry.id, person, 1, "", NOON, NOON, outcome=outcome, ended_at=later(at))


def test_people_take_the_queues_that_are_theirs() -> None:
    named = {name: [person.key for person in people] for name, people in STAFF.items()}
    assert named == {
        "sales": ["dana", "lee"],
        "repairs": ["max"],
        "department:depot": ["+12025550115"],
        "department:office": ["dana"],
    }
    assert takers("no_such_queue", SHOP) == ()
    assert takers("department:gone", SHOP) == ()


def test_a_department_with_a_queue_rings_back_from_it() -> None:
    assert queue_for(SHOP.departments["sales"], SHOP) == "sales"
    assert queue_for(SHOP.departments["office"], SHOP) == "department:office"


def test_the_place_in_line_decides_and_nothing_else() -> None:
    line = (caller("b", at=later(2)), callback("a", at=later(1)), caller("c", at=later(3)))
    assert chosen(*line) == ["a dana", "b lee"]


def test_whoever_has_been_idle_for_longest_is_first() -> None:
    rested = Presence("lee", idle_since=later(-600))
    busy = Presence("dana", idle_since=later(-60))
    assert chosen(caller("a"), dana=busy, lee=rested) == ["a lee"]


def test_whoever_speaks_the_callers_language_is_first() -> None:
    people = SHOP.people
    staff = {"sales": (people["dana"], people["max"])}
    spanish = caller("a", language="es-MX")
    made = pairs([spanish], staff, {}, (), later(1))
    assert [pair.person.key for pair in made] == ["max"]


def test_nobody_is_offered_their_own_call() -> None:
    assert chosen(caller("a", number="+12025550111")) == ["a lee"]
    assert next_for(SHOP.people["dana"], [caller("a", number="+12025550111"), caller("b")]) == caller("b")


def test_a_no_rests_for_a_minute_and_for_a_callback_for_ten() -> None:
    for kind, entry, rests in (("caller", caller("a"), RESTS), ("callback", callback("a"), RESTS_FOR_CALLBACK)):
        no = refused("a", "dana", Outcome.DECLINED, kind=kind)
        assert chosen(entry, at=rests.total_seconds() - 1, recent=(no,)) == ["a lee"]
        assert chosen(entry, at=rests.total_seconds(), recent=(no,)) == ["a dana"]


def test_whoever_does_not_answer_is_not_rung_for_others_either() -> None:
    missed = refused("x", "dana", Outcome.NO_ANSWER)
    assert chosen(caller("a"), recent=(missed,)) == ["a lee"]
    stopped = refused("x", "dana", Outcome.CANCELLED)
    assert chosen(caller("a"), recent=(stopped,)) == ["a dana"]


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["sales", "repairs"])), max_size=12))
def test_everybody_is_in_one_pair_at_most_and_nobody_is_passed_over(line: list[tuple[int, str]]) -> None:
    entries = [caller(f"{n}", at=later(since), queue=queue) for n, (since, queue) in enumerate(line)]
    made = pairs(entries, STAFF, {}, (), later(60))
    assert len({pair.person.key for pair in made}) == len(made) == len({pair.entry.id for pair in made})
    for queue, people in STAFF.items():
        mine = sorted((entry for entry in entries if entry.queue == queue), key=lambda entry: (entry.since, entry.id))
        assert [pair.entry for pair in made if pair.entry.queue == queue] == mine[: len(people)]


# --- when a caller is rung back ---------------------------------------------------------------------------------------


def test_a_callback_waits_for_the_department_and_for_the_morning_of_the_caller() -> None:
    office, in_los_angeles = SHOP.departments["office"], Number("+12135550177")
    saturday = NOON + timedelta(days=5)
    assert earliest(in_los_angeles, office, SHOP, saturday).isoformat() == "2026-03-09T08:00:00-07:00"
    assert earliest(in_los_angeles, None, SHOP, NOON).isoformat() == "2026-03-02T08:00:00-08:00"
    assert earliest(Number("+12025550177"), office, SHOP, NOON + timedelta(hours=4)) == NOON + timedelta(hours=4)


def test_a_caller_who_does_not_answer_is_rung_as_often_as_the_file_says() -> None:
    entry = replace(callback(), department="sales", line=LINE)
    at = NOON + timedelta(hours=4)
    assert tried_in_vain(entry, SHOP, at) == at + timedelta(minutes=10)
    assert tried_in_vain(replace(entry, tries=2), SHOP, at) is None
    assert tried_in_vain(replace(entry, department="gone"), SHOP, at) is None
