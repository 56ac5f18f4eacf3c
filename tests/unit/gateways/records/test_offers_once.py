"""Offers at the edge of their time, on SQLite and PostgreSQL: nobody is rung by two, and nobody is rung back by two."""

from calls.queue.entry import PersonOffer
from gateways.records.records import Records
from tests.support.kept import later
from tests.support.queues import caller, shop

SHOP = shop()


def offered(records: Records, at: float = 0) -> PersonOffer:
    (offer,) = records.match("", SHOP, later(at))
    return offer


def test_nobody_is_rung_for_an_offer_whose_time_is_over(records: Records) -> None:
    """A worker that was away for minutes finds its order, and the person is another caller's by now."""
    records.enter(caller(queue="repairs"))
    offer = offered(records)
    assert records.claim("", ["max"], "t_9", until=later(200), at=later(121)) == {"max"}
    assert records.offer_went_on(offer.id, "dialling", later(122), only_from="queued") is None
    assert [one.state for one, _ in records.overdue(later(122), "")] == ["queued"]


def test_whoever_a_person_is_about_to_take_is_not_rung_back_instead(records: Records) -> None:
    entered = records.enter(caller())
    offer = offered(records)
    records.offer_went_on(offer.id, "answered", later(4), call_id="leg")
    assert records.accept_offer(offer.id, later(8))
    assert records.to_callback(entered.id, "+12025550144", later(9), later(9)) is None
    known = records.entry(entered.id)
    assert known
    assert (known.kind, known.state) == ("caller", "offered")


def test_one_person_takes_an_entry_however_many_are_asked(records: Records) -> None:
    """The first is still being briefed for a caller on the line as the second is asked to ring the same caller back."""
    entered = records.enter(caller())
    first = offered(records)
    assert records.to_callback(entered.id, "+12025550144", later(5), later(5))
    second = offered(records, 6)
    assert records.accept_offer(second.id, later(7))
    assert not records.accept_offer(first.id, later(8))
    assert records.accept_offer(second.id, later(9))  # told twice is still theirs
