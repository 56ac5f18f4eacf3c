"""Callers come into the waiting line and out of it with their transfers, on SQLite and PostgreSQL."""

import threading

from calls.events import CallerLeft, Queued, Unqueued
from calls.orders import EndOffer, Match
from calls.outcomes import Outcome
from calls.queue.entry import PersonOffer, QueueEntry
from calls.routing.availability import standing
from gateways.records.records import Records
from tests.support.kept import CALLER, Kept, call, later, sales
from tests.support.queues import callback, caller, shop

SHOP = shop()


def waiting(records: Records) -> QueueEntry:
    """A caller who waits in the queue of the third step."""
    records.begin(sales(), key="k", reply={}, call=call())
    records.apply("t_1", Queued(3, 1, here=True), later(1))
    return records.enter(caller(at=later(1)))


def offered(records: Records, at: float = 2) -> PersonOffer:
    """Somebody's phone rings for them."""
    (offer,) = records.match("", SHOP, later(at))
    return offer


def state_of(records: Records, entry: QueueEntry) -> tuple[str, str | None]:
    found = records.entry(entry.id)
    assert found
    return found.state, found.outcome


def test_a_caller_who_hangs_up_is_out_of_the_line_and_the_phone_stops(records: Records, kept: Kept) -> None:
    entry = waiting(records)
    offer = offered(records)
    records.apply("t_1", Unqueued(3, Outcome.CALLER_LEFT), later(9))
    assert state_of(records, entry) == ("left", "caller_left")
    assert [order.offer_id for order in kept.orders if isinstance(order, EndOffer)] == [offer.id]


def test_a_caller_whose_wait_is_over_is_out_of_the_line(records: Records) -> None:
    entry = waiting(records)
    records.apply("t_1", Unqueued(3, Outcome.TIMEOUT), later(9))
    assert state_of(records, entry) == ("left", "timeout")
    assert records.match("", SHOP, later(10)) == []


def test_whoever_has_accepted_has_the_caller(records: Records, kept: Kept) -> None:
    """The caller's side tells of the bridge before the person's does: the person is busy, and no phone is stopped."""
    entry = waiting(records)
    offer = offered(records)
    assert records.accept_offer(offer.id, later(5))
    records.apply("t_1", Unqueued(3, Outcome.BRIDGED), later(6))
    assert state_of(records, entry) == ("done", "bridged")
    found = records.offer(offer.id)
    assert found
    assert (found[0].state, found[0].bridged_at) == ("bridged", later(6))
    assert not [order for order in kept.orders if isinstance(order, EndOffer)]
    assert standing(records.presences("").get(offer.person), later(3000)) == "busy"


def test_a_caller_who_was_thought_to_have_left_comes_back_to_the_old_place(records: Records, kept: Kept) -> None:
    entry = waiting(records)
    records.apply("t_1", CallerLeft(), later(3))
    assert state_of(records, entry)[0] == "left"
    records.apply("t_1", Queued(3, 1, here=True), later(4))
    again = records.come_back(entry.id)
    assert again
    assert (again.state, again.since, again.outcome) == ("waiting", entry.since, None)
    assert kept.orders[-1] == Match()
    assert records.come_back(entry.id) is None


def test_whoever_is_to_be_rung_back_stays_in_line(records: Records) -> None:
    entry = waiting(records)
    assert records.to_callback(entry.id, CALLER, later(5), later(5))
    for event in (Unqueued(3, Outcome.CALLBACK_BOOKED), CallerLeft()):
        records.apply("t_1", event, later(6))
    assert state_of(records, entry) == ("waiting", None)
    assert records.come_back(entry.id) is None


def test_a_caller_is_taken_and_hangs_up_at_once(records: Records) -> None:
    """Two reports at the same moment, from two connections: one of them counts, and the entry is closed once."""
    entry = waiting(records)
    offer = offered(records)
    assert records.accept_offer(offer.id, later(5))
    start = threading.Barrier(3)

    def tell(outcome: Outcome) -> None:
        start.wait()
        records.apply("t_1", Unqueued(3, outcome), later(6))

    def bridged() -> None:
        start.wait()
        records.offer_bridged(offer.id, later(6))

    threads = [threading.Thread(target=tell, args=[one]) for one in (Outcome.BRIDGED, Outcome.CALLER_LEFT)]
    threads.append(threading.Thread(target=bridged))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = records.entry(entry.id)
    assert found
    assert found.state in ("done", "left")
    assert found.version == entry.version + 2  # offered, and closed


def test_since_when_the_first_in_line_has_waited(records: Records) -> None:
    assert records.head_since("", "sales", later(9)) is None
    records.enter(caller("t_1:3", at=later(3)))
    records.enter(callback("b_1", at=later(1), due_at=later(60)))  # not due yet, so before nobody
    records.enter(caller("t_2:3", at=later(2), queue="repairs"))
    assert records.head_since("", "sales", later(9)) == later(3)
    assert records.head_since("", "sales", later(60)) == later(1)
    assert records.head_since("shop", "sales", later(60)) is None
