"""Orders that outlive a request: as JSON and back, and kept with exactly the changes they follow from."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import get_args

import pytest
from dbos import DBOSClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from calls.events import CallerLeft, ConsultBegun, DialBegun, DialPlaced, Event, LegEnded, TextNoted
from calls.orders import (
    Announce,
    Dial,
    DurableOrder,
    EndLeg,
    Listener,
    LookForCaller,
    Match,
    NoteMissed,
    Remind,
    ResumeCaller,
    subject,
)
from calls.outcomes import Outcome
from calls.transfer.machine import step
from calls.transfer.model import State
from gateways.errors import Unavailable
from gateways.jobs.outbox import ANNOUNCEMENTS, DIALS, ORDERS, DurableOrders, from_json, to_json
from gateways.records.records import Records
from tests.support.consulted import supervisor
from tests.support.kept import call, later, sales

DELAYED = (LookForCaller, Match, NoteMissed, Remind, ResumeCaller)  # by so many seconds, which are a number

orders: st.SearchStrategy[DurableOrder] = st.one_of(
    *(st.from_type(kind) for kind in get_args(DurableOrder) if kind not in (Announce, *DELAYED)),
    st.builds(NoteMissed, st.text(), st.floats(0, 900)),
    st.builds(LookForCaller, st.text(), st.floats(0, 900)),
    st.builds(Match, st.text(), after=st.floats(0, 900)),
    st.builds(Remind, after=st.floats(0, 900)),
    st.builds(ResumeCaller, after=st.floats(0, 900)),
    st.builds(Announce, st.text(), st.sampled_from(get_args(Listener)), st.integers(0), st.just({"phase": "bridged"})),
)


@given(orders)
def test_an_order_comes_back_from_json_as_it_was(order: DurableOrder) -> None:
    assert from_json(json.loads(json.dumps(to_json(order)))) == order


def test_what_a_newer_version_says_of_an_order_does_not_keep_it_from_being_carried_out() -> None:
    assert from_json({"order": "Dial", "transfer_id": "t_1", "step": 1, "leg": 0, "in_colour": True}) == Dial(
        "t_1", 1, 0
    )
    with pytest.raises(LookupError):
        from_json({"order": "Teleport", "transfer_id": "t_1"})


# --- kept with the change ---------------------------------------------------------------------------------------------


class Desk:
    """Records with durable orders, and what has been ordered."""

    def __init__(self, url: str, *listeners: Listener) -> None:
        self.records = Records(url, DurableOrders(), lambda _: listeners)

    def ordered(self) -> list[tuple[str, DurableOrder]]:
        """Which order lies in which queue."""
        client = DBOSClient(system_database_engine=self.records._db.engine, lazy=True)
        kept = client.list_workflows(load_output=False)
        return [(str(one.queue_name), from_json(json.loads(one.input["args"][0]))) for one in kept if one.input]


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    made = Desk(database_url)
    yield made
    made.records.close()


@pytest.fixture
def announcing(database_url: str) -> Iterator[Desk]:
    made = Desk(database_url, "hooks", "webhook")
    yield made
    made.records.close()


def begin(desk: Desk) -> None:
    transfer = supervisor()
    desk.records.begin(transfer, key="k", reply={}, call=call(transfer.call_id))


def begun() -> list[DurableOrder]:
    """What the table orders as the consult begins."""
    _, told = step(supervisor(), ConsultBegun(), later(1))
    assert Dial("t_1", 1, 0) in told
    return [order for order in told if isinstance(order, get_args(DurableOrder))]


def by_json(ordered: Iterable[DurableOrder]) -> list[str]:
    return sorted(json.dumps(to_json(order)) for order in ordered)


def test_what_the_table_orders_lies_in_its_queue(desk: Desk) -> None:
    begin(desk)
    assert desk.ordered() == []
    desk.records.apply("t_1", ConsultBegun(), later(1))
    assert by_json(order for _, order in desk.ordered()) == by_json(begun())
    for queue, order in desk.ordered():
        assert queue == (DIALS if isinstance(order, Dial) else ORDERS)


def test_an_event_that_is_told_twice_orders_once(desk: Desk) -> None:
    begin(desk)
    for second in range(3):
        desk.records.apply("t_1", ConsultBegun(), later(second))
    assert by_json(order for _, order in desk.ordered()) == by_json(begun())


def test_two_processes_that_are_told_the_same_at_once_order_once(desk: Desk, database_url: str) -> None:
    begin(desk)
    other = Records(database_url, DurableOrders())
    with ThreadPoolExecutor(8) as threads:
        told = [threads.submit(one.apply, "t_1", ConsultBegun(), later(1)) for one in [desk.records, other] * 4]
        assert {kept.state for done in told if (kept := done.result())} == {State.CONSULTING}
    other.close()
    assert by_json(order for _, order in desk.ordered()) == by_json(begun())


def test_a_caller_who_hangs_up_stops_the_phone(desk: Desk) -> None:
    begin(desk)
    happened: tuple[Event, ...] = (ConsultBegun(), DialBegun(1, 0), DialPlaced(1, 0, "dana-leg"), CallerLeft())
    for second, event in enumerate(happened):
        desk.records.apply("t_1", event, later(second))
    assert (ORDERS, EndLeg("t_1", "dana-leg")) in desk.ordered()


def test_of_changes_at_once_each_keeps_its_own_orders_or_none(desk: Desk) -> None:
    """Eight at once; every other one fails after its order was kept."""

    def keep(number: int) -> None:
        with contextlib.suppress(ZeroDivisionError), desk.records._db.write() as connection:
            kept.keep(connection, EndLeg(f"t_{number}", "leg"))
            1 / (number % 2)

    kept = DurableOrders()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(keep, range(24)))
    assert sorted(subject(order) for _, order in desk.ordered()) == sorted(f"t_{n}" for n in range(1, 24, 2))


class Full(DurableOrders):
    """Where no order can be kept."""

    def keep(self, connection: Connection, order: DurableOrder) -> None:
        raise Unavailable("no room")


def test_where_an_order_cannot_be_kept_a_change_that_needs_it_is_not_kept_either(database_url: str) -> None:
    """A caller on hold whose order was dropped would wait for nobody."""
    records = Records(database_url, Full())
    records.begin(supervisor(), key="k", reply={}, call=call("caller-leg"))
    with pytest.raises(Unavailable, match="no room"):
        records.apply("t_1", ConsultBegun(), later(1))
    kept = records.transfer("t_1")
    assert kept is not None
    assert kept.state is State.REQUESTED
    records.close()


# --- announcements ----------------------------------------------------------------------------------------------------


def test_every_listener_is_told_of_every_phase_in_order(announcing: Desk) -> None:
    begin(announcing)
    announcing.records.apply("t_1", ConsultBegun(), later(1))
    announcing.records.apply("t_1", CallerLeft(), later(2))
    for listener in ("hooks", "webhook"):
        told = [order for queue, order in announcing.ordered() if queue == ANNOUNCEMENTS]
        mine = sorted((one.seq, one.phase["phase"]) for one in told if isinstance(one, Announce) and one.to == listener)
        assert [phase for _, phase in mine] == ["requested", "summary_ready", "caller_on_hold", "failed"]
        assert len({seq for seq, _ in mine}) == 4


def test_what_is_refused_because_another_has_the_caller_is_announced_to_nobody(announcing: Desk) -> None:
    begin(announcing)
    before = len(announcing.ordered())
    again = replace(supervisor(), id="t_2")
    assert not announcing.records.begin(again, key="k2", reply={}, call=call("caller-leg")).fresh
    assert len(announcing.ordered()) == before


def test_the_journal_tells_the_same_phases(announcing: Desk) -> None:
    begin(announcing)
    announcing.records.apply("t_1", ConsultBegun(), later(1))
    announcing.records.apply("t_1", TextNoted("+12025550111", "person", "sent"), later(2))
    (entry,) = announcing.records.ledger()
    assert [(line["event"], line["phases"]) for line in entry["events"]] == [
        ("requested", ["requested", "summary_ready"]),
        ("consult_begun", ["caller_on_hold"]),
        ("text_noted", []),
    ]
    assert (entry["handoff"]["last_phase"], entry["handoff"]["outcome"]) == ("caller_on_hold", None)


def test_only_a_handoff_with_a_briefing_has_a_result_in_the_ledger(desk: Desk) -> None:
    desk.records.begin(sales(), key="k", reply={}, call=call())
    desk.records.apply("t_1", LegEnded(1, 0, Outcome.BUSY), later(3))
    (entry,) = desk.records.ledger()
    assert "handoff" not in entry


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_a_process_that_orders_nothing_does_not_import_dbos() -> None:
    program = "import sys; import handlers.app; sys.exit('dbos' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_reminder_is_not_due_before_its_time(desk: Desk) -> None:
    with desk.records._db.write() as connection:
        DurableOrders().keep(connection, Remind("t_1", "hold", 30.0))
    client = DBOSClient(system_database_engine=desk.records._db.engine, lazy=True)
    (kept,) = client.list_workflows()
    assert kept.status == "DELAYED"
