"""Who is measured against whom, and the rounds they go through. Every answer is checked, and every row is counted."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from sqlalchemy import Table, create_engine, func, select

from gateways.database.tables import calls, transfers
from tests.bench import load
from tests.bench.load import Load, Measured
from tests.bench.samples import AUTHORIZATION, PLAIN, Callers
from tests.bench.servers import Server
from tests.contract.schema import validate_document, validate_reply

CONCURRENCY = (1, 32, 128)
_SLOW_WINDOW = 10.0  # seconds at least, for a server that answers a few requests a second
_SETTLES_IN = 20.0  # seconds in which rows that are written behind have to be there


class Worthless(Exception):
    """A contestant gave a wrong answer or lost a row: no figure of it would mean anything."""


@dataclass(slots=True)
class Contestant:
    """Requests of one kind to one server.

    prepare: writes the files of so many requests. wanted: the text a right answer holds. fastest: no server answers
    more of these in a second. table: where each answered request leaves a row. slow: it keeps working on requests
    whose sender has left, so it is restarted after each window.
    """

    name: str
    server: Server
    prepare: Callable[[int], tuple[Path, Path]]
    wanted: str
    fastest: int = 20_000
    check: Callable[[dict[str, Any]], object] = lambda _: None
    database: str = ""
    table: Table | None = None
    slow: bool = False
    windows: dict[int, list[Measured]] = field(default_factory=dict)

    def prove(self) -> int:
        """One request, its answer looked at closely; the size of the answer in bytes. Raises Worthless."""
        jobs, body = self.prepare(1)
        path, call, caller = jobs.read_text().rstrip("\n").split("\t")
        text = body.read_text().replace("@CALL@", call).replace("@CALLER@", caller)
        headers = {"Authorization": AUTHORIZATION, "Content-Type": "application/json"}
        before = self._rows()
        answer = httpx.post(self.server.url + path, content=text, headers=headers, timeout=30)
        if answer.status_code != 200 or self.wanted not in answer.text:
            raise Worthless(f"{self.name}: {answer.status_code} {answer.text[:300]}")
        self.check(answer.json())
        self._expect_rows(before, 1, 1)
        return len(answer.content)

    def measure(self, concurrency: int, seconds: float) -> Measured:
        """One window. Raises Worthless when the database holds fewer or more rows than there were requests."""
        seconds = max(seconds, _SLOW_WINDOW) if self.slow else seconds
        jobs, body = self.prepare(int(self.fastest * (seconds + 0.5)))
        before, idle = self._rows(), self.server.busy()
        measured = load.run(
            Load(self.server.url, jobs, body, AUTHORIZATION, self.wanted), concurrency=concurrency, seconds=seconds
        )
        self._expect_rows(before, measured.answered - measured.errors, measured.sent)
        measured = replace(measured, cpu=(self.server.busy() - idle) / max(1, measured.answered) * 1e6)
        if self.slow:
            self.server.restart()
        self.windows.setdefault(concurrency, []).append(measured)
        return measured

    def typical(self, concurrency: int) -> Measured:
        """The medians of all windows at this concurrency, with the errors of all of them."""
        seen = self.windows[concurrency]
        return Measured(
            median(one.rps for one in seen),
            median(one.p50 for one in seen),
            median(one.p99 for one in seen),
            sum(one.answered for one in seen),
            sum(one.sent for one in seen),
            sum(one.errors for one in seen),
            next((one.fault for one in seen if one.fault), ""),
            median(one.cpu for one in seen),
        )

    def _rows(self) -> int:
        if self.table is None:
            return 0
        engine = create_engine(self.database)
        try:
            with engine.connect() as connection:
                return connection.scalar(select(func.count()).select_from(self.table)) or 0
        finally:
            engine.dispose()

    def _expect_rows(self, before: int, answered: int, sent: int) -> None:
        """As many new rows as answers; what was under way when the window ended may be there as well."""
        if self.table is None:
            return
        until = time.monotonic() + _SETTLES_IN
        new, last = self._rows() - before, -1
        while (new < answered or new != last) and time.monotonic() < until:
            time.sleep(0.2)
            last, new = new, self._rows() - before
        if not answered <= new <= sent:
            raise Worthless(f"{self.name}: {answered} answered, {sent} sent, {new} rows in {self.table.name}")


def fetch(name: str, server: Server, callers: Callers, *, database: str = "", path: str = "/swml") -> Contestant:
    """POST for the receptionist's document; from our app every call's row is counted once it is written."""
    one = Contestant(name, server, lambda number: callers.fetches(path, number), '"ai":')
    if database:
        one.check, one.database, one.table = validate_document, database, calls
    return one


def tool(name: str, server: Server, callers: Callers, *, database: str, destination: str = PLAIN) -> Contestant:
    """`connect` in our app: every call is a transfer on record."""
    prepare = partial(callers.tool_calls, destination)
    return Contestant(name, server, prepare, '"connect":', 5_000, validate_reply, database, transfers)


def rounds(contestants: Iterable[Contestant], *, number: int, seconds: float, say: Callable[[str], None]) -> None:
    """Let everybody run at every concurrency, every other round in the opposite order."""
    order = list(contestants)
    for one in order:
        one.prove()
    for turn in range(number):
        for concurrency in CONCURRENCY:
            for one in order:
                measured = one.measure(concurrency, seconds)
                say(f"round {turn + 1}: {one.name}, {concurrency} at once: {measured.rps:.0f}/s {measured.fault}")
        order.reverse()
