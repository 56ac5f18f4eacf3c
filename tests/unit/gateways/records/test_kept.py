"""What the records hold is what the transfer's table says, whatever happens; and what a killed worker leaves behind."""

import itertools
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as sqlalchemy_event

from calls.events import (
    CallerLeft,
    Connected,
    ConnectFailed,
    Disconnected,
    Event,
    Forgotten,
    HandedOver,
    LegEnded,
    LegProgressed,
    MessageLeft,
    Queued,
    ReferAnswered,
    Returned,
    TextNoted,
    Unqueued,
)
from calls.outcomes import Outcome
from calls.transfer.machine import State, step
from gateways.records.records import Records
from tests.support.kept import CALLER, NOON, call, later, sales

REPLY = {"response": "One moment.", "action": [{"transfer": True, "SWML": {"version": "1.0.0"}}]}


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    made = Records(database_url)
    yield made
    made.close()


steps, legs = st.integers(1, 3), st.integers(0, 1)
outcomes = st.sampled_from(list(Outcome))
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(LegProgressed, steps, legs, st.sampled_from(["created", "ringing", "answered"])),
    st.builds(LegEnded, steps, legs, outcomes),
    st.builds(Connected, steps),
    st.builds(ConnectFailed, steps, outcomes),
    st.builds(Disconnected, steps),
    st.builds(ReferAnswered, steps, outcomes),
    st.builds(Queued, steps, st.integers(1, 9)),
    st.builds(Unqueued, steps, outcomes),
    st.builds(MessageLeft, steps, st.just("https://files.example/m.wav"), st.floats(0, 90)),
    st.builds(HandedOver, steps, st.just("concierge")),
    st.builds(Returned, st.lists(st.tuples(steps, outcomes), max_size=3).map(tuple), st.just("she is in a meeting")),
    st.builds(TextNoted, st.just(CALLER), st.just("caller"), st.sampled_from(["sent", "delivered"])),
    st.just(CallerLeft()),
    st.just(Forgotten()),
)
names = itertools.count()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happened=st.lists(events, max_size=12), final=st.booleans())
def test_what_is_kept_is_what_the_table_says(records: Records, happened: list[Event], final: bool) -> None:
    name = f"t_{next(names)}"
    expected = sales(name, f"call of {name}", final=final)
    records.begin(expected, key=name, reply=REPLY, call=call(expected.call_id))
    for second, event in enumerate(happened):
        expected, _ = step(expected, event, later(second))
        told = records.apply(name, event, later(second))
        assert told is not None
        kept = records.transfer(name)
        assert kept == told  # to the last field, its version included
        assert (kept.state, kept.outcome, kept.attempts, kept.note) == (
            expected.state,
            expected.outcome,
            expected.attempts,
            expected.note,
        )
    (entry,) = records.ledger(call_id=expected.call_id)
    assert entry["events"][-1]["state"] == expected.state
    assert (records.live_transfer(expected.call_id) is not None) == expected.live


def test_a_tool_call_repeated_after_the_next_agent_took_over_dials_nobody_twice(records: Records) -> None:
    records.begin(sales(final=False), key="concierge please", reply=REPLY, call=call())
    records.apply("t_1", HandedOver(1, "concierge"), later(5))
    stands = records.situation("c1", None, later(6))
    assert stands.transfer is not None
    assert (stands.transfer.state, stands.key, stands.reply) == (State.AWAY, "concierge please", REPLY)
    again = records.begin(sales("t_2"), key="concierge please", reply={}, call=call())
    assert (again.fresh, again.transfer.id, again.reply) == (False, "t_1", REPLY)


def test_a_reply_and_the_credentials_in_it_are_forgotten_when_nobody_can_repeat_the_tool_call(
    records: Records, database_url: str
) -> None:
    records.begin(sales(), key="k", reply=REPLY, call=call())
    records.apply("t_1", Returned(((1, Outcome.BUSY),)), later(9))
    records.begin(sales("t_2", "c2", state=State.ENDED, outcome=Outcome.CLOSED), key="k", reply=REPLY, call=call("c2"))
    with records._db.read() as connection:
        replies = connection.exec_driver_sql("SELECT reply FROM transfers").scalars().all()
    assert replies == [None, None]


def test_a_guess_that_was_wrong_finds_its_reply_again(records: Records) -> None:
    """We inferred from a hook that the caller had left; then Dana's phone rang: the transfer is going on."""
    records.begin(sales(), key="sales please", reply=REPLY, call=call())
    records.apply("t_1", CallerLeft(), later(3))
    records.apply("t_1", LegProgressed(1, 0, "ringing"), later(4))
    stands = records.situation("c1", None, later(5))
    assert stands.transfer is not None
    assert (stands.transfer.state, stands.key, stands.reply) == (State.TRYING, "sales please", REPLY)


def test_the_reply_of_a_guess_is_forgotten_when_nobody_asks_for_it_any_more(records: Records) -> None:
    records.begin(sales(), key="sales please", reply=REPLY, call=call())
    records.apply("t_1", CallerLeft(), later(3))
    records.begin(sales("t_2", "c2"), key="live", reply=REPLY, call=call("c2"))
    assert records.forget_replies(later(3)) == 0
    assert records.forget_replies(later(4)) == 1
    with records._db.read() as connection:
        replies = connection.exec_driver_sql("SELECT reply FROM transfers ORDER BY id").scalars().all()
    assert replies[0] is None
    assert replies[1] is not None  # of a transfer that lives


def test_the_ledger_is_as_it_was_promised(records: Records) -> None:
    records.begin(sales(), key="k", reply=REPLY, call=call())
    records.apply("t_1", LegEnded(1, 0, Outcome.NO_ANSWER), later(25))
    (entry,) = records.ledger()
    moment = "2026-03-02T12:00:25+00:00"
    assert entry == {
        "id": "t_1",
        "business": "",
        "ref": "K7Q4",
        "call_id": "c1",
        "mechanism": "connect",
        "destination": "sales",
        "final": True,
        "reason": "a quote",
        "summary": "Wants a boiler.",
        "outcome": None,
        "started_at": "2026-03-02T12:00:00+00:00",
        "ended_at": None,
        "attempts": [
            {"step": 1, "to": "+12025550111", "person": "dana", "outcome": "no_answer", "started_at": moment,
             "ended_at": moment}
        ],
        "events": [
            {"at": "2026-03-02T12:00:00+00:00", "event": "requested", "state": "requested", "data": {},
             "phases": ["requested", "summary_ready"]},
            {"at": moment, "event": "leg_ended", "state": "trying",
             "data": {"step": 1, "leg": 0, "outcome": "no_answer"}, "phases": []},
        ],
        "flags": [],
    }  # fmt: skip


def test_the_ledger_asks_as_often_for_many_as_for_few_and_oldest_first(records: Records) -> None:
    asked: list[str] = []
    engine: Any = records._db.engine
    sqlalchemy_event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for number in range(30):
        of = sales(f"t_{number:02}", f"c{number}", started_at=NOON - timedelta(minutes=number))
        records.begin(of, key=f"k{number}", reply=REPLY, call=call(of.call_id))
        records.apply(of.id, LegEnded(1, 0, Outcome.BUSY), later(number))
    asked.clear()
    entries = list(records.ledger())
    assert len([one for one in asked if "SELECT" in one]) == 3
    assert [entry["id"] for entry in entries] == [f"t_{number:02}" for number in reversed(range(30))]
    assert [len(entry["attempts"]) for entry in entries] == [1] * 30
    assert [entry["id"] for entry in records.ledger(call_id="c7")] == ["t_07"]
    assert len(list(records.ledger(since=NOON - timedelta(minutes=9)))) == 10


def test_who_left_no_number_is_reached_at_the_one_they_rang_from(records: Records) -> None:
    records.begin(sales(), key="k", reply=REPLY, call=call())
    records.apply("t_1", MessageLeft(3, "https://files.example/m.wav", 4.5), later(40))
    assert [one["number"] for one in records.messages()] == [CALLER]


def test_the_hooks_of_an_agent_are_kept_and_the_first_stands(records: Records) -> None:
    records.open_call(call(), NOON)
    for second in (1, 2):
        records.answered("c1", later(second))
        records.hung_up("c1", later(60 + second))
    kept = records.call("c1")
    assert kept is not None
    assert (kept["answered_at"], kept["hung_up_at"]) == (later(1), later(61))


def test_a_report_of_a_call_that_nobody_opened_is_not_lost_in_silence(records: Records) -> None:
    with pytest.raises(LookupError):
        records.keep_report("c1", {"need": "a quote"}, NOON)


WORKER = """
    import itertools, sys
    from gateways.records.records import Records
    from handlers import logs
    from tests.support.kept import call, sales
    logs.configure(json=True)
    records = Records(sys.argv[1])
    for number in itertools.count():
        name = f"c{number}"
        assert records.begin(sales(f"t_{number}", name), key=name, reply={}, call=call(name)).fresh
        print(name, flush=True)  # the caller has been told
"""


def test_a_killed_worker_takes_nothing_along_that_anybody_was_told(database_url: str) -> None:
    program = [sys.executable, "-c", textwrap.dedent(WORKER), database_url]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout
        told = [worker.stdout.readline().strip() for _ in range(100)]
        os.kill(worker.pid, signal.SIGKILL)
        told += worker.stdout.read().split()
    records = Records(database_url)
    kept = {entry["call_id"]: entry for entry in records.ledger()}
    assert set(told) <= set(kept)
    assert len(kept) <= len(told) + 1  # one may have been kept before anybody was told, never the other way round
    assert all([one["event"] for one in entry["events"]] == ["requested"] for entry in kept.values())
    records.close()
