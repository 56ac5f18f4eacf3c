"""Calls that we place, on record: one a key, dialled by one worker, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from calls.numbers import Number
from calls.orders import PlaceCall
from calls.outbound.calls import CallWanted, PlacedCall, begun, told
from calls.outcomes import Outcome
from gateways.records.records import Records
from tests.support.kept import CALLER, LINE, NOON, Kept, later

AT_ONCE = 8


def wanted(placed_id: str = "p_1", key: str = "visit-17", **other: Any) -> PlacedCall:
    call = CallWanted(Number(CALLER), Number(LINE), "reminder", (("visit", "at ten"),), "We come at ten.", **other)
    return begun(call, placed_id=placed_id, key=key, at=NOON, due_at=NOON)


def test_a_call_is_kept_with_everything_about_it(records: Records, kept: Kept) -> None:
    call = wanted()
    assert records.place(call) == (call, True)
    assert records.placed_call("p_1") == call
    assert kept.orders == [PlaceCall("p_1")]
    assert list(records.placed_calls(since=later(1))) == []
    assert records.waiting_to_be_placed(NOON) == 1


def test_the_same_key_is_the_same_call_and_another_business_has_keys_of_its_own(records: Records, kept: Kept) -> None:
    first, _ = records.place(wanted())
    assert records.place(wanted("p_2")) == (first, False)
    assert records.place(wanted("p_3", business="other"))[1]
    assert [order for order in kept.orders if isinstance(order, PlaceCall)] == [PlaceCall("p_1"), PlaceCall("p_3")]
    assert [call.id for call in records.placed_calls(business="other")] == ["p_3"]


def test_asked_for_by_many_at_once_it_is_one_call_and_one_of_them_dials(records: Records, kept: Kept) -> None:
    with ThreadPoolExecutor(AT_ONCE) as many:
        asked = list(many.map(records.place, [wanted(f"p_{n}") for n in range(AT_ONCE)]))
        assert [fresh for _, fresh in asked].count(True) == 1
        (call,) = {call for call, _ in asked}
        assert list(many.map(partial(records.begin_dial, at=later(1)), [call.id] * AT_ONCE)).count(True) == 1
    assert len(kept.orders) == 1


def test_a_call_that_was_put_off_is_tried_again(records: Records, kept: Kept) -> None:
    records.place(wanted())
    assert records.begin_dial("p_1", later(1))
    records.put_off("p_1", later(2), after=30.0)
    assert kept.orders[-1] == PlaceCall("p_1", after=30.0)
    assert records.begin_dial("p_1", later(32))
    records.change_placed("p_1", lambda call: told(call, "answered", later(40), call_id="c9"))
    records.put_off("p_1", later(41), after=30.0)  # it is up, whatever somebody thought
    assert len(kept.orders) == 2
    assert not records.begin_dial("p_1", later(50))


def test_in_the_night_it_waits_for_the_morning(records: Records, kept: Kept) -> None:
    records.place(replace(wanted(), due_at=later(3600)))
    assert kept.orders == [PlaceCall("p_1", after=3600.0)]
    records.postpone("p_1", later(7200), later(3600))
    assert kept.orders[-1] == PlaceCall("p_1", after=3600.0)
    assert records.waiting_to_be_placed(later(3600)) == 0
    assert records.waiting_to_be_placed(later(7200)) == 1


def test_who_says_stop_is_not_rung_any_more(records: Records) -> None:
    records.place(wanted())
    records.place(wanted("p_2", "another"))
    records.begin_dial("p_2", later(1))
    assert records.cancel_placed("", Number(CALLER), "STOP", later(2)) == 1
    stopped = records.placed_call("p_1")
    assert stopped
    assert (stopped.state, stopped.outcome, stopped.error) == ("ended", Outcome.CANCELLED, "STOP")
    assert not records.begin_dial("p_1", later(3))


def test_what_nothing_was_heard_of_is_found(records: Records) -> None:
    for n in range(3):
        records.place(wanted(f"p_{n}", f"key {n}"))
    records.begin_dial("p_1", later(10))
    hour = timedelta(hours=1)
    quiet = partial(records.quiet_placed, limit=9)
    assert quiet(heard_before=NOON + hour, due_before=NOON)[0].id == "p_1"
    assert {call.id for call in quiet(heard_before=NOON, due_before=NOON + hour)} == {"p_0", "p_2"}
