"""Two processes, two threads each, all at once at the same row: nothing is done twice, and nothing is lost."""

import multiprocessing
import threading
from collections.abc import Callable, Mapping
from typing import Any

from calls.events import LegEnded, TextNoted
from calls.outcomes import Outcome
from calls.transfer.machine import PlannedLeg
from gateways.database.migrate import migrate
from gateways.records.records import Records
from tests.support.kept import CALLER, DANA, NOON, call, sales

PROCESSES, THREADS, ROUNDS = 2, 2, 15


def everybody(work: Callable[..., None], url: str) -> list[Any]:
    """What `work(records, round, runner, tell)` told, in every round begun by all runners at the same moment."""
    spawn = multiprocessing.get_context("spawn")
    barrier, told = spawn.Barrier(PROCESSES * THREADS), spawn.Queue()
    processes = [spawn.Process(target=run, args=(work, url, n, barrier, told)) for n in range(PROCESSES)]
    for process in processes:
        process.start()
    found = [told.get(timeout=60) for _ in range(PROCESSES * THREADS)]
    for process in processes:
        process.join()
    assert not [fault for _, fault in found if fault]
    return [one for some, _ in found for one in some]


def run(work: Callable[..., None], url: str, process: int, barrier: Any, told: Any) -> None:
    records = Records(url)

    def rounds(runner: int) -> None:
        found: list[Any] = []
        try:
            for number in range(ROUNDS):
                barrier.wait(30)
                work(records, number, runner, found.append)
            told.put((found, ""))
        except Exception as fault:
            barrier.abort()
            told.put((found, repr(fault)))

    threads = [threading.Thread(target=rounds, args=(process * THREADS + n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records.close()


def ask_for_the_same(records: Records, number: int, runner: int, tell: Callable[[object], None]) -> None:
    reply = {"response": f"from {runner}"}
    transfer = sales(f"t_{number}_{runner}", f"c{number}")
    begun = records.begin(transfer, key=f"c{number}: sales", reply=reply, call=call(f"c{number}"))
    assert isinstance(begun.reply, Mapping)
    tell((number, begun.fresh, begun.transfer.id, begun.reply["response"]))


def test_the_same_tool_call_in_every_worker_is_one_transfer_with_one_reply(database_url: str) -> None:
    told = everybody(ask_for_the_same, database_url)
    for number in range(ROUNDS):
        mine = [rest for asked, *rest in told if asked == number]
        assert sorted(fresh for fresh, *_ in mine) == [False, False, False, True]
        assert len({(transfer, reply) for _, transfer, reply in mine}) == 1
    records = Records(database_url)
    assert len(list(records.ledger())) == ROUNDS
    records.close()


def report_a_leg(records: Records, number: int, runner: int, tell: Callable[[object], None]) -> None:
    records.apply("t_1", LegEnded(number + 1, runner, Outcome.BUSY), NOON)
    records.apply("t_1", TextNoted(CALLER, "caller", f"{number} {runner}"), NOON)


def test_reports_that_come_all_at_once_are_all_kept(database_url: str) -> None:
    runners = PROCESSES * THREADS
    plan = tuple(PlannedLeg(step + 1, leg, DANA, "dana") for step in range(ROUNDS) for leg in range(runners))
    records = Records(database_url)
    records.begin(sales(plan=plan), key="k", reply={}, call=call())
    everybody(report_a_leg, database_url)
    kept, (entry,) = records.transfer("t_1"), records.ledger()
    records.close()
    assert kept is not None
    assert [(one.step, one.leg, one.outcome) for one in kept.attempts] == [
        (leg.step, leg.leg, Outcome.BUSY) for leg in plan
    ]
    journal = [one["event"] for one in entry["events"]]
    assert (journal.count("leg_ended"), journal.count("text_noted")) == (len(plan), len(plan))
    assert len(journal) == kept.version + 1  # numbered one by one, without a gap


def begin_and_end(records: Records, number: int, runner: int, tell: Callable[[object], None]) -> None:
    """Every runner keeps asking until the caller is its own, and gives the caller back at once."""
    for attempt in range(200):
        name = f"t_{number}_{runner}"
        begun = records.begin(sales(name), key=f"{name} {attempt}", reply={}, call=call())
        if begun.fresh:
            records.apply(name, LegEnded(1, 0, Outcome.BRIDGED), NOON)
            return
    raise AssertionError("never its turn")


def test_a_caller_who_goes_from_hand_to_hand_is_never_in_two(database_url: str) -> None:
    everybody(begin_and_end, database_url)
    records = Records(database_url)
    outcomes = [entry["outcome"] for entry in records.ledger()]
    records.close()
    assert outcomes == ["bridged"] * ROUNDS * PROCESSES * THREADS


def try_a_password(records: Records, number: int, runner: int, tell: Callable[[object], None]) -> None:
    """Every runner guesses twice, from the address of this round."""
    for _ in range(2):
        tell(records.may_log_in(f"198.51.100.{number}", NOON))


def test_many_guesses_at_once_are_no_way_round_the_limit(database_url: str) -> None:
    told = everybody(try_a_password, database_url)
    assert told.count(True) == 5 * ROUNDS
    assert told.count(False) == 3 * ROUNDS


def bring_the_tables_up(url: str, barrier: Any, told: Any) -> None:
    barrier.wait(30)
    try:
        migrate(url)
        told.put("")
    except Exception as fault:
        told.put(repr(fault))


def test_processes_that_start_at_once_on_an_empty_database_all_find_its_tables(empty_database_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier, told = spawn.Barrier(3), spawn.Queue()
    processes = [spawn.Process(target=bring_the_tables_up, args=(empty_database_url, barrier, told)) for _ in range(3)]
    for process in processes:
        process.start()
    assert [told.get(timeout=60) for _ in processes] == [""] * 3
    for process in processes:
        process.join()
    records = Records(empty_database_url)
    records.ready()
    records.close()
