"""The waiting line on record, on SQLite and PostgreSQL: who is offered to whom, and what becomes of it."""

import threading

from calls.orders import EndOffer, Match, Offer
from calls.outcomes import Outcome
from calls.queue.entry import PersonOffer
from calls.routing.availability import standing
from calls.transfer.claims import GOODBYE
from gateways.records.records import Records
from tests.support.kept import NOON, Kept, later
from tests.support.queues import callback, caller, shop

SHOP = shop()


def match(records: Records, at: float = 0) -> list[tuple[str, str]]:
    """Who is asked now for which key."""
    made = records.match("", SHOP, later(at))
    return sorted((offer.person, _entry(records, offer)) for offer in made)


def _entry(records: Records, offer: PersonOffer) -> str:
    found = records.offer(offer.id)
    assert found
    return found[1].key


def test_the_caller_who_came_first_goes_to_whoever_is_free(records: Records, kept: Kept) -> None:
    records.enter(caller("late", at=later(5)))
    records.enter(caller("early"))
    assert kept.orders == [Match(), Match()]
    assert match(records, 6) == [("dana", "early"), ("lee", "late")]
    assert [type(order) for order in kept.orders[2:]] == [Offer, Offer]
    assert standing(records.presences("")["dana"], later(6)) == "busy"
    assert match(records, 7) == []


def test_an_entry_told_twice_stands_in_line_once(records: Records, kept: Kept) -> None:
    first = records.enter(caller())
    assert records.enter(caller(need="more is known now")) == first
    assert kept.orders == [Match()]
    assert len(records.entries("")) == 1


def test_a_queue_goes_to_its_own_people(records: Records) -> None:
    records.enter(caller(queue="repairs"))
    assert match(records) == [("max", "t_1:3")]


def test_whoever_is_away_is_not_asked_but_may_ask(records: Records) -> None:
    for who in ("dana", "lee"):
        records.set_away("", who, None, later(0))
    records.enter(caller())
    assert match(records) == []
    offer = records.take_next("", "sales", SHOP.people["dana"], later(1), via="dial_in", call_id="leg")
    assert offer
    assert (offer.state, offer.call_id) == ("answered", "leg")
    assert records.take_next("", "sales", SHOP.people["lee"], later(1), via="desk") is None


def test_after_a_no_the_next_person_is_asked_and_the_first_again_a_minute_later(records: Records) -> None:
    records.enter(caller())
    records.set_away("", "lee", None, later(0))
    [offer] = records.match("", SHOP, later(0))
    assert records.end_offer(offer.id, Outcome.DECLINED, later(5))
    assert not records.end_offer(offer.id, Outcome.BUSY, later(6))
    assert match(records, 6) == []
    records.set_back("", "lee", later(7))
    assert match(records, 8) == [("lee", "t_1:3")]
    records.enter(caller("t_2:3", at=later(9)))
    assert match(records, 10) == [("dana", "t_2:3")]


def test_whoever_does_not_pick_up_is_left_alone_for_a_minute(records: Records) -> None:
    records.enter(caller(queue="repairs"))
    [offer] = records.match("", SHOP, later(0))
    records.end_offer(offer.id, Outcome.NO_ANSWER, later(25))
    records.enter(caller("t_2:1", at=later(26), queue="repairs"))
    assert match(records, 30) == []
    assert match(records, 86) == [("max", "t_1:3")]


def test_a_talk_ends_the_wait_and_the_person_finishes_their_work_first(records: Records) -> None:
    entered = records.enter(caller(queue="repairs"))
    [offer] = records.match("", SHOP, later(0))
    records.offer_went_on(offer.id, "answered", later(4), call_id="leg")
    assert records.accept_offer(offer.id, later(8))
    assert records.offer_bridged(offer.id, later(9))
    assert not records.offer_bridged(offer.id, later(10))
    known = records.entry(entered.id)
    assert known
    assert (known.state, known.outcome) == ("done", "bridged")
    assert [one.taken for one in records.pickups("", "repairs", later(0))] == [later(9)]
    assert records.end_offer(offer.id, Outcome.FAILED, later(300), wrap_up=30)
    assert standing(records.presences("")["max"], later(301)) == "wrapping up"
    [told] = records.offers_of(entered.id)
    assert (told.outcome, told.call_id) == ("bridged", "leg")


def test_a_caller_who_leaves_stops_the_phone_and_nobody_can_take_them(records: Records, kept: Kept) -> None:
    entered = records.enter(caller())
    [offer] = records.match("", SHOP, later(0))
    assert records.leave(entered.id, "left", "caller_left", later(3))
    assert kept.orders[-1] == EndOffer(offer.id, "The caller has hung up. Thank you, and goodbye.")
    assert not records.accept_offer(offer.id, later(4))
    assert records.leave(entered.id, "left", "caller_left", later(5)) is None


def test_an_offer_of_which_nothing_is_heard_is_void_in_time(records: Records) -> None:
    records.enter(caller())
    [offer] = records.match("", SHOP, later(0))
    assert records.offer_went_on(offer.id, "dialling", later(1), only_from="queued")
    assert records.offer_went_on(offer.id, "dialling", later(1), only_from="queued") is None
    assert records.overdue(later(45), "") == []
    assert [one.id for one, _ in records.overdue(later(46), "")] == [offer.id]


def test_a_caller_who_chooses_to_be_rung_back_keeps_the_place(records: Records, kept: Kept) -> None:
    entered = records.enter(caller())
    [offer] = records.match("", SHOP, later(0))
    changed = records.to_callback(entered.id, "+12025550144", later(60), later(3))
    assert changed
    assert (changed.kind, changed.since, changed.state) == ("callback", entered.since, "waiting")
    assert isinstance(kept.orders[-2], EndOffer)
    assert not records.accept_offer(offer.id, later(5))
    records.enter(caller("t_2:3", at=later(5)))
    assert records.position(changed.id, later(6)) == 1
    assert match(records, 61) == [("lee", "t_1:3")]
    assert records.end_offer(offer.id, Outcome.DECLINED, later(62))  # the first person's leg ends late
    known = records.entry(changed.id)
    assert known
    assert known.state == "offered"


def test_whoever_has_a_callback_already_and_asks_for_one_in_line_is_rung_back_once(records: Records) -> None:
    records.book_callback(callback("b_1", number="+12025550144"), NOON)
    records.book_callback(callback("b_2", number="+12025550145"), NOON)
    entered = records.enter(caller(at=later(60)))
    changed = records.to_callback(entered.id, "+12025550144", later(61), later(61))
    assert changed
    assert changed == records.entry(entered.id)
    open_ones = sorted((one.number, one.since) for one in records.callbacks(""))
    assert open_ones == [("+12025550144", NOON), ("+12025550145", NOON)]


def test_a_caller_who_is_not_reached_waits_to_be_rung_again(records: Records, kept: Kept) -> None:
    booked = records.enter(callback(queue="repairs"))
    [offer] = records.match("", SHOP, later(0))
    assert records.not_reached(offer.id, Outcome.NO_ANSWER, later(20), later(620))
    known = records.entry(booked.id)
    assert known
    assert (known.tries, known.due_at, known.state) == (1, later(620), "waiting")
    assert match(records, 619) == []
    assert match(records, 620) == [("max", "b_1")]


def test_positions_count_those_who_are_due(records: Records) -> None:
    records.enter(callback("later", due_at=later(3600)))
    first, second = records.enter(caller("a", at=later(1))), records.enter(caller("b", at=later(2)))
    assert [records.position(one.id, later(3)) for one in (first, second)] == [1, 2]
    assert records.position(second.id, later(3600)) == 3


def test_whoever_looks_at_once_nobody_is_asked_twice(databases: "object", database_url: str) -> None:
    """Eight threads match twelve callers with two people."""
    desks = [Records(database_url, Kept()) for _ in range(4)]
    for number in range(12):
        desks[0].enter(caller(f"t_{number}:3", at=later(number / 100)))
    made: list[tuple[str, str]] = []

    def look(desk: Records) -> None:
        made.extend(match(desk, 1))

    threads = [threading.Thread(target=look, args=(desk,)) for desk in desks * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [("dana", "t_0:3"), ("lee", "t_1:3")]
    for desk in desks:
        desk.close()


def test_whoever_says_goodbye_is_given_the_next_at_its_end_though_nobody_tells(records: Records, kept: Kept) -> None:
    records.enter(caller(queue="repairs"))
    [offer] = records.match("", SHOP, later(0))
    records.offer_went_on(offer.id, "answered", later(4), call_id="leg")
    kept.orders.clear()
    records.end_offer(offer.id, Outcome.DECLINED, later(8), leaving=True)
    assert Match("", GOODBYE.total_seconds()) in kept.orders
