"""Orders that outlive a request, with real workers in processes of their own, on SQLite and on PostgreSQL."""

import contextlib
import signal
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from dbos import DBOSClient, WorkflowStatus

from calls.orders import Dial, DurableOrder, Remind
from gateways.database.engine import Database
from gateways.jobs.outbox import DIALS, DurableOrders
from tests.conftest import Postgres
from tests.support.processes.working import PATIENCE, Working, book, end, told, trouble, wait_for


class Office:
    """Whoever keeps orders: the records, without the transfers."""

    def __init__(self, url: str) -> None:
        self.database, self.orders = Database(url, wait=10.0), DurableOrders()

    def keep(self, *orders: DurableOrder) -> float:
        """Keep orders in one transaction; the moment it was committed (monotonic seconds)."""
        with self.database.write() as connection:
            for order in orders:
                self.orders.keep(connection, order)
        return time.monotonic()

    def known(self) -> list[WorkflowStatus]:
        """The orders the database still knows, done or not."""
        return DBOSClient(system_database_engine=self.database.engine, lazy=True).list_workflows()

    def claims(self, queue: str) -> list[float]:
        """When the orders of a queue were claimed by a worker, in seconds."""
        return sorted((one.dequeued_at or 0) / 1000 for one in self.known() if one.queue_name == queue)


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    made = Office(database_url)
    yield made
    made.database.close()


def names(folder: Path, how: str = "done") -> list[str]:
    return [one.name for one in book(folder, how)]


# --- kept, and carried out --------------------------------------------------------------------------------------------


def test_an_order_is_carried_out_when_its_transaction_was_committed_and_not_otherwise(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    with contextlib.suppress(ZeroDivisionError), office.database.write() as connection:
        office.orders.keep(connection, end("undone"))
        1 / 0  # noqa: B018, and so it is rolled back
    office.keep(end("kept"))
    with Working(database_url, tmp_path):
        wait_for(lambda: names(tmp_path))
        office.keep(end("last"))
        wait_for(lambda: "last" in names(tmp_path))
    assert names(tmp_path) == ["kept", "last"]


def test_each_order_is_carried_out_once_however_many_workers_there_are(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    with Working(database_url, tmp_path, "one"), Working(database_url, tmp_path, "two"):
        for number in range(60):
            office.keep(end(f"t_{number}"))
        wait_for(lambda: len(set(names(tmp_path))) == 60)
        time.sleep(0.5)
    assert set(Counter(names(tmp_path)).values()) == {1}


def test_an_order_is_carried_out_within_a_third_of_a_second(office: Office, database_url: str, tmp_path: Path) -> None:
    kept = {}
    with Working(database_url, tmp_path):
        office.keep(end("first"))
        wait_for(lambda: names(tmp_path))
        for number in range(20):
            kept[f"t_{number}"] = office.keep(end(f"t_{number}"))
            time.sleep(0.07)
        wait_for(lambda: len(names(tmp_path)) == 21)
    took = [one.at - kept[one.name] for one in book(tmp_path) if one.name in kept]
    assert statistics.median(took) < 0.3, sorted(took)
    assert max(took) < 1.0, sorted(took)  # a caller who hangs up stops the phone within a second


def test_a_reminder_comes_when_it_was_wanted(office: Office, database_url: str, tmp_path: Path) -> None:
    with Working(database_url, tmp_path):
        moment = office.keep(Remind("t_1", "hold", 1.5), Remind("t_2", "hold", 60.0))
        wait_for(lambda: names(tmp_path))
    (one,) = book(tmp_path)
    assert one.name == "t_1"
    assert 1.5 <= one.at - moment < 4.0


def test_the_platform_is_asked_to_ring_one_phone_a_second_by_all_workers_together(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    with Working(database_url, tmp_path, "one"), Working(database_url, tmp_path, "two"):
        kept_at = office.keep(*(Dial(f"t_{number}", 1, 0) for number in range(4)))
        office.keep(end("other"))
        wait_for(lambda: len(names(tmp_path)) == 5)
    assert names(tmp_path)[:3].count("other") == 1  # which waits for no dial
    moments = sorted(one.at for one in book(tmp_path) if one.order["order"] == "Dial")
    assert all(moment - kept_at > 0.85 * number for number, moment in enumerate(moments)), moments
    # Each is carried out after its claim; on a busy machine, or one that pauses, perhaps together with the next one.
    claims = office.claims(DIALS)
    assert len(claims) == 4
    assert min(later - earlier for earlier, later in pairwise(claims)) > 0.85, claims
    assert claims[-1] - claims[0] > 2.85


# --- trouble ----------------------------------------------------------------------------------------------------------


def test_what_cannot_be_done_now_is_tried_again_after_longer_and_longer_pauses(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    trouble(tmp_path, "t_1", "unavailable")
    with Working(database_url, tmp_path):
        office.keep(end("t_1"))
        wait_for(lambda: len(book(tmp_path, "unavailable")) == 3)
        trouble(tmp_path, "t_1")
        wait_for(lambda: names(tmp_path) == ["t_1"])
    tries = [one.at for one in [*book(tmp_path, "unavailable"), *book(tmp_path)]]
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert len(pauses) == 3
    assert 0.4 < pauses[0] < pauses[1] < pauses[2]


def test_what_is_broken_is_logged_and_not_tried_again(office: Office, database_url: str, tmp_path: Path) -> None:
    trouble(tmp_path, "t_1", "broken")
    with Working(database_url, tmp_path) as worker:
        office.keep(end("t_1"))
        wait_for(lambda: names(tmp_path, "broken"))
        time.sleep(1.5)
        assert "order_failed" in worker.said
    assert names(tmp_path, "broken") == ["t_1"]
    with Working(database_url, tmp_path):
        time.sleep(1.0)
    assert names(tmp_path, "broken") == ["t_1"]


def test_many_that_wait_for_their_next_try_keep_no_other_waiting(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    many = [f"t_{number}" for number in range(60)]
    for name in many:
        trouble(tmp_path, name, "unavailable")
    with Working(database_url, tmp_path):
        office.keep(*(end(name) for name in many), *(told(name, 0) for name in many))
        wait_for(lambda: len(set(names(tmp_path, "unavailable"))) == 60)
        moment = office.keep(end("urgent"), told("urgent", 0))
        wait_for(lambda: len(names(tmp_path)) == 2)
    assert max(one.at - moment for one in book(tmp_path)) < 2.0


# --- announcements ----------------------------------------------------------------------------------------------------


def test_what_is_told_of_one_transfer_is_told_in_order_through_all_trouble(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    """The webhook refuses one transfer's events for a while; another's, and the hooks, do not wait for it."""
    trouble(tmp_path, "t_bad", "unavailable")
    with Working(database_url, tmp_path, "one"), Working(database_url, tmp_path, "two"):
        for seq in range(6):
            office.keep(told("t_bad", seq), told("t_good", seq), told("t_good", seq, to="hooks"))
        wait_for(lambda: names(tmp_path).count("t_good") == 12)
        assert {one.order["seq"] for one in book(tmp_path, "unavailable")} == {0}
        trouble(tmp_path, "t_bad")
        wait_for(lambda: names(tmp_path).count("t_bad") == 6)
    for name, to in (("t_bad", "webhook"), ("t_good", "webhook"), ("t_good", "hooks")):
        told_of = [one.order["seq"] for one in book(tmp_path) if (one.name, one.order["to"]) == (name, to)]
        assert told_of == list(range(6)), (name, to)


def test_nothing_is_lost_and_the_order_is_kept_when_the_worker_is_killed_in_between(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    office.keep(*(told("t_1", seq) for seq in range(12)))
    for kills in range(3):
        worker = Working(database_url, tmp_path, f"worker-{kills}")
        with worker:
            wait_for(partial(_has_told, tmp_path, kills * 2))
            worker.end(signal.SIGKILL)
    with Working(database_url, tmp_path, "last"):
        wait_for(lambda: len(set(_seqs(tmp_path))) == 12)
    assert _seqs(tmp_path) == sorted(_seqs(tmp_path))  # told twice at the most, and never after a later one


def _has_told(folder: Path, number: int) -> bool:
    return len(set(_seqs(folder))) > number


def _seqs(folder: Path) -> list[int]:
    return [one.order["seq"] for one in book(folder)]


# --- workers that end -------------------------------------------------------------------------------------------------


def test_what_a_killed_worker_had_begun_is_begun_again_by_its_successor(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    trouble(tmp_path, "t_1", "stuck")
    with Working(database_url, tmp_path, "one") as worker:
        office.keep(end("t_1"))
        wait_for(lambda: names(tmp_path, "stuck"))
        worker.end(signal.SIGKILL)
    trouble(tmp_path, "t_1")
    began = time.monotonic()
    with Working(database_url, tmp_path, "two"):
        wait_for(lambda: names(tmp_path) == ["t_1"])
        assert time.monotonic() - began < 5.0


def test_what_a_killed_worker_had_begun_is_begun_again_by_another_one(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    trouble(tmp_path, "t_1", "stuck")
    with Working(database_url, tmp_path, "one") as one:
        office.keep(end("t_1"))
        wait_for(lambda: names(tmp_path, "stuck"))
        with Working(database_url, tmp_path, "two") as two:
            trouble(tmp_path, "t_1")
            one.end(signal.SIGKILL)
            wait_for(lambda: names(tmp_path) == ["t_1"], within=10.0)
            assert "worker_gone" in two.said


def test_a_worker_that_is_alive_keeps_what_it_has_begun(office: Office, database_url: str, tmp_path: Path) -> None:
    """Two seconds of work, while the others look every second whether it is still there."""
    trouble(tmp_path, "t_1", "slow")
    with Working(database_url, tmp_path, "one"), Working(database_url, tmp_path, "two"):
        office.keep(end("t_1"))
        wait_for(lambda: names(tmp_path))
        time.sleep(0.5)
    assert (names(tmp_path, "slow"), names(tmp_path)) == (["t_1"], ["t_1"])


def test_a_worker_that_is_asked_to_end_finishes_what_it_does_and_leaves_the_rest(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    for name, how in (("t_1", "slow"), ("t_2", "unavailable")):
        trouble(tmp_path, name, how)
    with Working(database_url, tmp_path) as worker:
        office.keep(end("t_1"), end("t_2"))
        wait_for(lambda: names(tmp_path, "slow") and names(tmp_path, "unavailable"))
        assert worker.end(signal.SIGTERM) < PATIENCE / 2
        assert names(tmp_path) == ["t_1"]
        assert "Traceback" not in worker.said
    office.keep(end("t_3"))
    trouble(tmp_path, "t_2")
    with Working(database_url, tmp_path):
        wait_for(lambda: len(names(tmp_path)) == 3)
        time.sleep(0.5)
    assert sorted(names(tmp_path)) == ["t_1", "t_2", "t_3"]


def test_what_was_carried_out_is_forgotten_after_a_day(office: Office, database_url: str, tmp_path: Path) -> None:
    """It holds what callers said. What is still to be done is kept, however old it is."""
    trouble(tmp_path, "t_2", "unavailable")
    with Working(database_url, tmp_path, "today"):
        office.keep(end("t_1"), end("t_2"))
        wait_for(lambda: names(tmp_path) and names(tmp_path, "unavailable"))
    assert len(office.known()) == 2
    with Working(database_url, tmp_path, "the day after tomorrow", days_ahead=2):
        wait_for(lambda: len(office.known()) == 1)
        trouble(tmp_path, "t_2")
        wait_for(lambda: names(tmp_path) == ["t_1", "t_2"])


def test_a_worker_outlives_a_restart_of_the_database(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.lend()
    office = Office(url)
    with Working(url, tmp_path) as worker:
        for number in range(3):
            office.keep(told("t_1", number))
            postgres.hang_up(url)
            wait_for(lambda number=number: len(names(tmp_path)) == number + 1)  # type: ignore[misc]
        time.sleep(2.5)
        with Working(url, tmp_path, "second"):
            assert "place=1" in (tmp_path / "second.log").read_text()  # the first has its place again
        assert "place_lost" not in worker.said
    assert [one.order["seq"] for one in book(tmp_path)] == [0, 1, 2]
    office.database.close()
    postgres.take_back(url)


# --- a backlog --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("waiting", [2_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_threads_and_memory_do_not_grow_with_what_is_left_to_do(
    office: Office, database_url: str, tmp_path: Path, waiting: int
) -> None:
    """Nor does stopping take longer; what is left waits in the database for the next worker."""
    for batch in range(waiting // 500):
        office.keep(*(end(f"t_{batch}_{n}") for n in range(500)))
    with Working(database_url, tmp_path) as worker:
        most, memory = 0, 0
        until = time.monotonic() + 5
        while time.monotonic() < until:
            threads, kilobytes = worker.size()
            most, memory = max(most, threads), max(memory, kilobytes)
            time.sleep(0.1)
        seconds = worker.end(signal.SIGTERM)
    print(f"{waiting} orders: {most} threads, {memory // 1024} MB, {seconds:.1f} s to stop")
    assert seconds < 20
    assert most < 100
    assert memory < 250_000  # kilobytes
    left = Counter(one.status for one in office.known())
    assert left["PENDING"] <= 600
    assert left["ENQUEUED"] + left["PENDING"] + left["SUCCESS"] == waiting
