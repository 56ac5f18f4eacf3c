"""A transfer that begins only as its caller's first one, on SQLite and on PostgreSQL: nobody looks before."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calls.call import Call
from calls.events import Returned
from calls.orders import Announce
from calls.outcomes import Outcome
from calls.transfer.machine import State, Transfer
from gateways.database.migrate import migrate
from gateways.records.records import Records
from tests.support.kept import NOON, Kept, call, later, sales

REPLY = {"response": "One moment."}
LEE = "+12025550199"


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    made = Records(database_url)
    yield made
    made.close()


def first(records: Records, transfer: Transfer, of: Call | None = None, key: str = "sales please") -> bool:
    return records.begin_first(transfer, key=key, reply=REPLY, call=of or call(transfer.call_id))


def kept(records: Records) -> dict[str, list[str]]:
    return {one["id"]: [event["event"] for event in one["events"]] for one in records.ledger()}


def test_the_first_one_is_kept_as_any_other(records: Records) -> None:
    assert first(records, sales())
    assert kept(records) == {"t_1": ["requested"]}
    again = records.begin(sales("t_2"), key="sales please", reply={}, call=call())
    assert (again.fresh, again.transfer, again.reply) == (False, sales(), REPLY)


def test_a_call_has_one_first_transfer(records: Records) -> None:
    closed = sales(state=State.ENDED, outcome=Outcome.CLOSED, ended_at=NOON)
    assert first(records, closed)
    assert not first(records, sales("t_2", started_at=later(7200)), key="sales after all")
    assert kept(records) == {"t_1": ["requested"]}


def test_so_has_a_caller_within_an_hour(records: Records) -> None:
    assert first(records, sales())
    assert not first(records, sales("t_2", "c2", started_at=NOON + timedelta(minutes=59)))
    assert first(records, sales("t_3", "c3", started_at=NOON + timedelta(minutes=59)), call("c3", LEE))
    assert first(records, sales("t_4", "c4", started_at=NOON + timedelta(minutes=60)))
    assert sorted(kept(records)) == ["t_1", "t_3", "t_4"]


def test_what_a_caller_did_at_another_business_does_not_count(records: Records) -> None:
    assert first(records, sales())
    theirs = sales("t_2", "c2", business="bolt")
    assert first(records, theirs, replace(call("c2"), business="bolt"))


def test_any_other_transfer_may_follow_it(records: Records) -> None:
    assert first(records, sales())
    records.apply("t_1", Returned(), later(30))
    assert records.begin(sales("t_2", started_at=later(40)), key="again", reply={}, call=call()).fresh


def test_with_listeners_nothing_is_announced_of_one_that_was_not_kept(database_url: str) -> None:
    ordered = Kept()
    records = Records(database_url, ordered, lambda _: ("hooks",))
    assert first(records, sales())
    assert not first(records, sales("t_2", "c2", started_at=later(5)), key="again")
    records.close()
    assert {one.transfer_id for one in ordered.orders if isinstance(one, Announce)} == {"t_1"}


def test_of_a_callers_calls_at_once_one_has_the_first_on_sqlite(tmp_path: Path) -> None:
    """On PostgreSQL each of them may take itself for the first; the limit per hour was never stricter than that."""
    url = f"sqlite:///{tmp_path}/first.db"
    migrate(url)
    records = Records(url)
    told: list[bool] = []
    at_once = threading.Barrier(8)

    def begin(number: int) -> None:
        at_once.wait(10)
        told.append(first(records, sales(f"t_{number}", f"c{number}")))

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(told) == [False] * 7 + [True]
    assert len(kept(records)) == 1
    records.close()
