"""Offers at the edge of their time, on SQLite and PostgreSQL: nobody is rung by two, and nobody is rung back by two."""

from sqlalchemy import event

from calls.waiting import PersonOffer
from gateways.records import Records
from tests.kept import later
from tests.queues import caller, shop

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
    assert records.to_callback(entered.id, "+12025550144", later(9)) is None
    known = records.entry(entered.id)
    assert known
    assert (known.kind, known.state) == ("caller", "offered")


def test_one_person_takes_an_entry_however_many_are_asked(records: Records) -> None:
    """The first is still being briefed for a caller on the line as the second is asked to ring the same caller back."""
    entered = records.enter(caller())
    first = offered(records)
    assert records.to_callback(entered.id, "+12025550144", later(5))
    second = offered(records, 6)
    assert records.accept_offer(second.id, later(7))
    assert not records.accept_offer(first.id, later(8))
    assert records.accept_offer(second.id, later(9))  # told twice is still theirs


def test_offers_that_are_over_are_not_read_through(records: Records) -> None:
    """However many there are: the index of the live ones is what is asked."""
    engine, asked = records._db.engine, list[tuple[str, object]]()
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    records.overdue(later(1), "")
    records.asked("")
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    plans = []
    with engine.connect() as connection:
        if explain == "EXPLAIN":
            connection.exec_driver_sql("SET enable_seqscan = off")  # an empty table it would read
        for statement, values in [one for one in asked if "offers" in one[0]]:
            plans.append(str(connection.exec_driver_sql(f"{explain} {statement}", values).all()))  # type: ignore[arg-type]
    assert len(plans) == 2
    assert ["ix_offers_live" in plan for plan in plans] == [True, True], plans
