"""The database is away: nobody waits for long, and what could wait is written when it is back."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest
from sqlalchemy import make_url

from calls.events import CallerLeft
from calls.orders import KeepMessage
from gateways.errors import Unavailable
from gateways.records.records import Records
from tests.conftest import Postgres
from tests.support.kept import CALLER, NOON, call, sales

Away = Callable[[], AbstractContextManager[None]]
PATIENCE = 1.7  # seconds: a tool has two, with everything else it does


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    made = Records(database_url)
    yield made
    made.close()


@pytest.fixture
def away(database_url: str, request: pytest.FixtureRequest) -> Away:
    """A time in which nobody can write: on SQLite somebody else is at it, PostgreSQL lets nobody in."""

    @contextmanager
    def locked() -> Iterator[None]:
        other = sqlite3.connect(str(make_url(database_url).database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()

    @contextmanager
    def shut() -> Iterator[None]:
        server: Postgres = request.getfixturevalue("postgres")
        name = make_url(database_url).database
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.hang_up(database_url)
        yield
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    return locked if database_url.startswith("sqlite") else shut


def eventually(records: Records, call_id: str, within: float = 8.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if records.call(call_id):
            return True
        time.sleep(0.02)
    return False


WRITES: dict[str, Callable[[Records], object]] = {
    "open": lambda records: records.open_call(call("c2"), NOON),
    "begin": lambda records: records.begin(sales("t_2", "c2"), key="k", reply={}, call=call("c2")),
    "apply": lambda records: records.apply("t_1", CallerLeft(), NOON),
    "message": lambda records: records.keep_message(KeepMessage("m1", "message", "c1", "sales", NOON)),
    "report": lambda records: records.keep_report("c1", {"need": "a quote"}, NOON),
    "hangup": lambda records: records.hung_up("c1", NOON),
    "opt out": lambda records: records.opt_out(CALLER, "STOP", NOON),
}


@pytest.mark.parametrize("write", WRITES)
def test_whoever_must_write_is_told_in_time_and_can_when_it_is_back(records: Records, away: Away, write: str) -> None:
    records.begin(sales(), key="first", reply={}, call=call())
    with away():
        before = time.monotonic()
        with pytest.raises(Unavailable):
            WRITES[write](records)
        assert time.monotonic() - before < PATIENCE
    WRITES[write](records)


def test_many_who_must_write_do_not_wait_one_after_another(records: Records, away: Away) -> None:
    took: list[float] = []

    def begin(number: int) -> None:
        before = time.monotonic()
        with pytest.raises(Unavailable):
            records.begin(sales(f"t_{number}", f"c{number}"), key=f"k{number}", reply={}, call=call(f"c{number}"))
        took.append(time.monotonic() - before)

    with away():
        threads = [threading.Thread(target=begin, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(took) == 8
    assert max(took) < PATIENCE


def test_a_greeted_call_waits_for_the_database_and_nobody_waits_for_the_call(records: Records, away: Away) -> None:
    with away():
        before = time.monotonic()
        for number in range(50):
            records.note_call(call(f"c{number}"), NOON)
        assert time.monotonic() - before < 0.1
        time.sleep(0.3)
    assert eventually(records, "c0")
    assert eventually(records, "c49")


def test_closing_writes_what_still_waits(database_url: str) -> None:
    records = Records(database_url)
    for number in range(1200):
        records.note_call(call(f"c{number}"), NOON)
    records.close()
    again = Records(database_url)
    assert again.call("c0")
    assert again.call("c1199")
    again.close()


def test_closing_while_the_database_is_away_ends_all_the_same(database_url: str, away: Away) -> None:
    records = Records(database_url)
    with away():
        for number in range(2600):
            records.note_call(call(f"c{number}"), NOON)
        before = time.monotonic()
        records.close()
        assert time.monotonic() - before < 4.0


def test_a_row_that_the_database_refuses_keeps_no_other_out(records: Records) -> None:
    endless = "".join(str(number) for number in range(4000))  # too long for an index of PostgreSQL's
    records.note_call(call("c1"), NOON)
    records.note_call(call(endless), NOON)
    records.note_call(call("c2"), NOON)
    assert eventually(records, "c1", within=3)
    assert eventually(records, "c2", within=3)


def test_a_database_without_our_tables_is_not_ready(empty_database_url: str) -> None:
    records = Records(empty_database_url)
    with pytest.raises(Unavailable):
        records.ready()
    records.close()


@pytest.mark.parametrize(
    "url", ["postgresql://u:hunter2@127.0.0.1:1/x", "sqlite:////nowhere/at/all.db", "postgresql://u:p@no.invalid/x"]
)
def test_a_database_that_is_not_there_is_not_ready_and_its_password_stays_ours(url: str) -> None:
    records = Records(url)
    with pytest.raises(Unavailable) as fault:
        records.ready()
    assert "hunter2" not in str(fault.value)
    records.close()


# --- PostgreSQL alone -------------------------------------------------------------------------------------------------


@pytest.fixture
def hosted(postgres: Postgres) -> Iterator[str]:
    url = postgres.database(like=postgres.ready)
    yield url
    postgres.drop(url)


def test_after_a_restart_the_first_tool_call_is_served(postgres: Postgres, hosted: str) -> None:
    records = Records(hosted)
    records.begin(sales(), key="k", reply={}, call=call())
    postgres.hang_up(hosted)
    assert records.situation("c1", None, NOON).transfer
    postgres.hang_up(hosted)
    assert records.apply("t_1", CallerLeft(), NOON)
    postgres.hang_up(hosted)
    assert records.begin(sales("t_2"), key="again", reply={}, call=call()).fresh
    records.close()


def test_a_lock_that_somebody_holds_is_not_waited_for_longer_than_a_caller_would(hosted: str) -> None:
    records = Records(hosted)
    records.begin(sales(), key="k", reply={}, call=call())
    with psycopg.connect(hosted.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE transfers IN ACCESS EXCLUSIVE MODE")
        before = time.monotonic()
        with pytest.raises(Unavailable):
            records.situation("c1", None, NOON)
        assert time.monotonic() - before < PATIENCE
    assert records.situation("c1", None, NOON).transfer
    records.close()
