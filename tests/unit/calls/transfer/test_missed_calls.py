"""Missed calls: who has gone without anybody having taken care of them, and what the department is told."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from calls.events import CallerLeft, ConnectFailed, Forgotten, LegProgressed, MessageLeft, Returned
from calls.names import CALLER_NAMES
from calls.orders import KeepMessage, NoteMissed, Order
from calls.outcomes import Outcome
from calls.transfer.machine import Transfer, step
from calls.transfer.missed_calls import is_missed, message_of
from gateways.jobs.outbox import DurableOrders
from gateways.records.records import Records
from tests.support.kept import NOON, call, later, sales


def _after(*events: Any) -> tuple[Transfer, list[Order]]:
    transfer, orders = sales(), list[Order]()
    for n, event in enumerate(events):
        transfer, more = step(transfer, event, later(n + 1.0))
        orders += [one for one in more if isinstance(one, NoteMissed)]
    return transfer, orders


def test_who_hangs_up_while_it_rings_is_looked_at_a_minute_later() -> None:
    transfer, orders = _after(LegProgressed(1, 0, "ringing", "leg"), CallerLeft())
    assert transfer.outcome is Outcome.CALLER_LEFT
    assert orders == [NoteMissed("t_1", 60.0)]
    assert is_missed(transfer)


def test_a_transfer_that_nobody_ever_told_of_is_a_missed_call() -> None:
    transfer, orders = _after(Forgotten())
    assert transfer.outcome is Outcome.LOST
    assert orders == [NoteMissed("t_1", 60.0)]


def test_told_twice_it_is_looked_at_once() -> None:
    assert len(_after(CallerLeft(), CallerLeft())[1]) == 1


@pytest.mark.parametrize(
    "events",
    [
        [ConnectFailed(1, Outcome.BUSY), Returned()],  # back with the agent
        [MessageLeft(3, "https://files.example/1.wav", 4.0)],
    ],
)
def test_who_is_with_an_agent_or_left_a_message_was_not_missed(events: list[Any]) -> None:
    transfer, orders = _after(*events)
    assert not orders
    assert not is_missed(transfer)


def test_a_late_report_takes_it_back() -> None:
    transfer, _ = _after(CallerLeft(), LegProgressed(2, 0, "ringing", "leg"))
    assert not is_missed(transfer)


@pytest.mark.parametrize("fact", CALLER_NAMES)
def test_the_department_is_told_the_name_whatever_the_agent_called_it(fact: str) -> None:
    transfer, _ = step(sales(facts=((fact, "Ann"),)), CallerLeft(), later(1))
    assert message_of(transfer, None).name == "Ann"


# --- on record ----------------------------------------------------------------------------------------------------


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    made = Records(database_url, DurableOrders())
    yield made
    made.close()


def _missed(name: str = "t_1") -> Transfer:
    return replace(_after(CallerLeft())[0], id=name)


def _keep(records: Records, transfer: Transfer, **ended: Any) -> None:
    records.begin(replace(sales(transfer.id), **ended), key=transfer.id, reply={}, call=call())


def test_the_department_is_told_whom_to_ring_back_once_for_a_call(records: Records) -> None:
    for name in ("t_1", "t_2"):
        _keep(records, _missed(name))
        records.apply(name, CallerLeft(), later(5))
    for name in ("t_1", "t_2"):
        records.keep_missed(message_of(_missed(name), None))
    (kept,) = records.messages()
    assert (kept["kind"], kept["destination"], kept["body"], kept["number"]) == (
        "missed",
        "sales",
        "Wants a boiler.",
        "+12025550177",
    )


def test_who_was_taken_care_of_afterwards_was_not_missed(records: Records) -> None:
    _keep(records, _missed())
    records.apply("t_1", CallerLeft(), later(5))
    _keep(records, _missed("t_2"))  # and is being put through again
    records.keep_missed(message_of(_missed(), None))
    assert not list(records.messages())


def test_who_left_a_word_was_not_missed(records: Records) -> None:
    _keep(records, _missed())
    records.apply("t_1", CallerLeft(), later(5))
    records.keep_message(KeepMessage("k", "message", "c1", "sales", NOON, body="ring me"))
    records.keep_missed(message_of(_missed(), None))
    assert [one["kind"] for one in records.messages()] == ["message"]
