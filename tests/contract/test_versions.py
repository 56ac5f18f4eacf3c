"""One truth in every process: web processes and workers as they are started, and a file that changes all the time."""

import contextlib
import json
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gateways.clock import Clock
from gateways.directory.version_records import VersionRecords
from tests.conftest import Databases
from tests.contract.conftest import ACME, Build, Switchboard
from tests.support.desk import Desk, words
from tests.support.phone import Phone, moved, verbs
from tests.support.processes.served import SWITCHBOARD, Served
from tests.support.processes.working import wait_for
from tests.unit.gateways.directory.test_versions import write

COMPANY = "company: Acme {n}\ntimezone: UTC\ndepartments: {{sales: {{about: quotes, reach: [hangup]}}}}\n"
BAD = "company: Acme {n}\ntimezone: UTC\ndepartments: {{sales: {{about: quotes, reach: [hangpu]}}}}\n"


@dataclass
class Fleet:
    """Two web processes and two workers at one file and one database, and what each of them says it serves."""

    folder: Path
    url: str
    served: Served
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def serves(self) -> dict[int, list[tuple[int, datetime]]]:
        """Of each process that has begun to serve another version: which ones, and since when, in their order."""
        found: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
        for name in ("serve.log", "worker.log"):
            for line in (self.folder / name).read_text().splitlines():
                with contextlib.suppress(ValueError):
                    said = json.loads(line)
                    if said.get("event") in ("directory_followed", "directory_reloaded"):
                        found[said["process"]].append((said["number"], datetime.fromisoformat(said["timestamp"])))
        return found


@pytest.fixture
def fleet(tmp_path: Path, databases: Databases) -> Iterator[Fleet]:
    write(tmp_path / "switchboard.yaml", COMPANY.format(n=0))
    url = databases.new()
    served = Served(tmp_path, {"DATABASE_URL": url}, processes=2)
    with served, (tmp_path / "worker.log").open("wb") as log:
        one = Fleet(tmp_path, url, served)
        environment = served.environment
        # One is the server's, as in development; the other one is as in production.
        one.workers.append(
            subprocess.Popen([SWITCHBOARD, "worker"], cwd=tmp_path, env=environment, stdout=log, stderr=log)
        )
        wait_for(lambda: "worker_started" in (tmp_path / "worker.log").read_text())
        wait_for(lambda: "worker_started" in served.said)
        yield one
        for worker in one.workers:
            worker.send_signal(signal.SIGTERM)
            worker.wait(30)


def change_all_the_time(path: Path, seconds: float) -> str:
    """Ten changes a second, good and bad in turn, the last one bad. Returns the last good company."""
    until, n = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        n += 1
        write(path, COMPANY.format(n=n))
        time.sleep(0.1)
        write(path, BAD.format(n=n))
        time.sleep(0.1)
    return f"Acme {n}"


def lags(fleet: Fleet) -> list[float]:
    """Seconds from each version's being on record until each process serves it, or a later one."""
    records = VersionRecords(fleet.url)
    versions = [(one.number, one.at) for one in records.all()[1:]]
    records.close()
    return [
        max(0.0, (next(at for number, at in served if number >= wanted) - recorded).total_seconds())
        for served in fleet.serves().values()
        for wanted, recorded in versions
    ]


def settled(fleet: Fleet) -> bool:
    """Whether each of the four processes serves the newest version."""
    records = VersionRecords(fleet.url)
    newest = records.newest()
    records.close()
    served = fleet.serves()
    return len(served) == 4 and all(found[-1][0] == newest for found in served.values())


def prove(fleet: Fleet, seconds: float) -> list[float]:
    """Change the file for so many seconds, and look at what each process served meanwhile. Returns the lags."""
    path = fleet.folder / "switchboard.yaml"
    change_all_the_time(path, seconds)
    write(path, COMPANY.format(n="last"))
    records = VersionRecords(fleet.url)
    wait_for(lambda: "Acme last" in (records.all()[-1].source or ("",)).text)  # type: ignore[union-attr]
    wait_for(lambda: settled(fleet))
    write(path, BAD.format(n="after"))
    newest = records.newest()
    wait_for(lambda: "hangpu" in str([one.words for one in records.troubles(Clock().now())]))
    time.sleep(0.5)
    assert records.newest() == newest
    assert settled(fleet)
    versions = records.all()
    records.close()
    assert len(versions) == len({(one.hash, one.at) for one in versions})
    assert all("hangpu" not in one.source.text for one in versions if one.source)
    for served in fleet.serves().values():
        numbers = [number for number, _ in served]
        assert numbers == sorted(set(numbers))  # never back to an earlier one
    refused = [line for line in (fleet.served.said + (fleet.folder / "worker.log").read_text()).splitlines()
               if "directory_refused" in line and "after" in line]  # fmt: skip
    assert len(refused) <= 1
    return lags(fleet)


def test_a_file_that_changes_all_the_time_is_served_alike_by_four_processes(fleet: Fleet) -> None:
    found = sorted(prove(fleet, 2.0))
    assert found[len(found) // 2] < 1.0  # a machine may be busy with other tests; `make test-versions` wants it of all


@pytest.mark.long
def test_within_a_second_and_for_a_minute(fleet: Fleet) -> None:
    assert max(prove(fleet, 60.0)) < 1.0


# --- a call keeps the version it began with ---------------------------------------------------------------------------


def without(*departments: str, **more: Any) -> dict[str, Any]:
    kept = {name: one for name, one in ACME["departments"].items() if name not in departments}
    return {**ACME, "departments": kept, **more}


def test_a_call_is_put_through_by_the_version_it_began_with(acme: Switchboard) -> None:
    earlier = Phone(acme.app)
    earlier.dials()
    moved_house = {
        "dana": {"name": "Dana Reyes", "phone": "+12025550119", "texts": True},
        "lee": {"name": "Lee Park", "sip": "sip:park@pbx.acme.example"},
    }
    acme.write(without("warehouse", people=moved_house))
    later = Phone(acme.app, call_id="c2", caller="+12025550178")
    later.dials()
    for caller, destination, to in (
        (earlier, "service", "+12025550111"),
        (later, "supervisor", "sip:park@pbx.acme.example"),
    ):
        (connect,) = verbs(moved(caller.asks("connect", destination=destination, reason="x", summary="")), "connect")
        assert connect["serial"][0]["to"] == to


def test_a_caller_comes_back_to_the_agent_they_left_though_it_is_in_the_file_no_more(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    reply = caller.asks("swml_transfer", destination="billing", reason="an invoice", summary="")
    agents = {name: one for name, one in ACME["agents"].items() if name != "billing_desk"}
    acme.write(without("billing", agents=agents, lines={"+12025550100": {}}))
    caller.follows(verbs(moved(reply), "transfer")[0]["dest"])
    assert caller.greeting.startswith("Billing desk.")


def test_the_desk_says_what_is_wrong_with_the_file(switchboard: Build) -> None:
    board = switchboard(desk_password="a long password")
    desk = Desk(board.app)
    desk.logs_in("a long password")
    assert "cannot be used" not in words(desk.opens())
    board.file.write_text("company: 3")
    page = words(desk.opens())
    assert "The directory file cannot be used since 12:00. Served is version 1 of 12:00." in page
    assert "company: 3: text" in page
    board.write(ACME)
    assert "cannot be used" not in words(desk.opens())
