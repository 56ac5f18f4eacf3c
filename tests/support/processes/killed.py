"""A switchboard of real processes, each of which can be killed at any moment of a call and is started again."""

import contextlib
import itertools
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from exchange import Call, Exchange, On, Person, Script
from exchange.core.ladder import Entry
from exchange.phones.people import Scripted
from gateways.records.records import Records
from tests.support.processes.served import SWITCHBOARD, free_ports
from tests.support.processes.working import wait_for

Victim = Literal["web", "worker"]

DANA, MAX = "+12025550111", "+12025550113"
# Times as fast as life for the people; our own processes, and being started again, take their real time.
SPEED = 4.0
BACK = "You are back with me."
ACME = """
company: Acme Plumbing
timezone: America/New_York
lines:
  "+12025550100": {agent: receptionist}
people:
  dana: {name: Dana Reyes, phone: "+12025550111"}
  max: {name: Max Stone, phone: "+12025550113"}
departments:
  supervisor: {about: a human who can decide, handoff: consult, reach: [{ring: [dana, max], for: 5}]}
escalation: {department: supervisor, hold_limit: 120}
"""
WANTED = On("human", call="escalate_to_human", args={"reason": "a refund", "summary": "Was charged twice."})
THINKER = Script(WANTED, On(after="hold", say=BACK), On(after="message", say=BACK), greeting="Acme Plumbing.")


@dataclass
class Company:
    """The web process and the worker at one database that has our tables, and the telephone network they live in."""

    database: str
    folder: Path
    people: Mapping[str, Person] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.port = free_ports(2)
        self._processes: dict[Victim, subprocess.Popen[bytes]] = {}
        (self.folder / "switchboard.yaml").write_text(ACME)
        self.records = Records(self.database)
        url = f"http://127.0.0.1:{self.port}"
        self.exchange = Exchange(
            f"{url}/swml", ("signalwire", "s3cret"), clock="real", speed=SPEED, thinker=THINKER, people=self.people
        )
        self._environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")},  # noqa: TID251
            "PORT": str(self.port),
            "PUBLIC_URL": url,
            "DATABASE_URL": self.database,
            "SECRET_KEY": "k" * 40,
            "SWML_BASIC_AUTH_PASSWORD": "s3cret",
            "SIGNALWIRE_API_URL": self.exchange.api.url,
            "SIGNALWIRE_PROJECT_ID": self.exchange.project_id,
            "SIGNALWIRE_API_TOKEN": self.exchange.token,
        }
        try:
            self.start("web")
            self.start("worker")
            wait_for(self._serves)
            wait_for(lambda: "worker_started" in self.said("worker"))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.exchange.close()
        for victim in tuple(self._processes):
            self.kill(victim)
        self.records.close()

    def start(self, victim: Victim) -> None:
        """Start one of them."""
        words = ["serve", "--workers", "1", "--no-worker"] if victim == "web" else ["worker"]
        with (self.folder / f"{victim}.log").open("ab") as log:
            self._processes[victim] = subprocess.Popen(
                [SWITCHBOARD, *words],
                cwd=self.folder,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, victim: Victim) -> None:
        """Kill one of them with all its processes, at once and without a word."""
        process = self._processes.pop(victim)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def said(self, victim: Victim) -> str:
        """What it has logged."""
        return (self.folder / f"{victim}.log").read_text()

    def _serves(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/ready", timeout=1.0).status_code == 200
        except httpx.HTTPError:
            return False

    def call(self, moment: str, victim: Victim) -> Call:
        """Somebody asks for a human. At the first entry of the ladder that begins so, one of them is killed.

        It is started again at once. `moment` is a leg, a kind and the beginning of a text: "caller hold".
        """
        struck = threading.Event()
        legs = {one.id for one in self.exchange.calls}

        def strike(entry: Entry) -> None:
            mine = _addressed(entry) not in legs  # what an earlier call has left to be done is not meant
            if mine and not struck.is_set() and f"{entry.leg} {entry.kind} {entry.text}".startswith(moment):
                struck.set()
                self.kill(victim)

        stop = self.exchange.ladder.listen(strike)
        call = self._dial(Person(says=("A human, please.",), patience=4.0))
        wait_for(lambda: struck.is_set() or call.over, within=60.0)
        assert struck.is_set(), "the moment never came"
        self.start(victim)
        self._wait_until_all_is_over()
        stop()
        wait_for(self._serves)
        return call

    def ring(self, caller: Person) -> Call:
        """Somebody rings, and nobody is killed."""
        call = self._dial(caller)
        self._wait_until_all_is_over()
        return call

    def dialled_for(self, call: Call) -> list[Call]:
        """The phones that rang since this call began and before the next one did."""
        later = self.exchange.calls[self.exchange.calls.index(call) + 1 :]
        return list(itertools.takewhile(lambda one: one.by_rest, later))

    def _dial(self, caller: Person) -> Call:
        number = f"+1202555{2000 + len(self.exchange.calls)}"
        call = self.exchange.dial(from_=number, caller=caller)
        assert isinstance(call.caller.party, Scripted)
        self.exchange.do(call.caller.party.finish)
        return call

    def _wait_until_all_is_over(self) -> None:
        wait_for(lambda: all(one.over for one in self.exchange.calls), within=120.0)

    @property
    def newest(self) -> dict[str, Any]:
        """The last transfer in the ledger."""
        *_, entry = self.records.ledger()
        return entry


def _addressed(entry: Entry) -> object:
    """The leg that a REST command is about."""
    sent = entry.detail.get("sent")
    params = sent.get("params") if isinstance(sent, dict) else None
    return params.get("id") if isinstance(params, dict) else None
