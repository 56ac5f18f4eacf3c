"""What an agent costs: building, compiling, stamping, and the memory it keeps. Run: python -m tests.bench.agents"""

import gc
import json
import time
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents import sdk
from agents.receptionist import Receptionist
from agents.registry import Staff
from swml.verbs import Transfer
from tests.support import acme

CALL: dict[str, Any] = {
    "tools_url": "https://user:password@pbx.example/tools?t=" + "x" * 90,
    "report_url": "https://user:password@pbx.example/report?t=" + "x" * 90,
    "greeting": "Thanks for calling Acme Plumbing. How can I help?",
    "briefing": "Notes from your colleague: the caller wants a refund for invoice 1001.",
    "facts": {"caller_number": "+12025550199", "line": "+12025550100", "direction": "inbound"},
    "tail": (Transfer(dest="https://user:password@pbx.example/swml/receptionist?t=" + "x" * 90),),
}


def milliseconds(work: Callable[[], object], times: int) -> float:
    """The best of five rounds, for each time."""
    return min(timeit.repeat(work, number=times, repeat=5)) / times * 1000


def resident() -> int:
    """This process's memory in KiB."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def many(agents: int) -> Staff:
    """The staff of a directory with that many specialists."""
    specialists = {f"desk_{n}": {"about": f"matter {n}", "instructions": "Help."} for n in range(agents)}
    return Staff(acme.directory(agents={**acme.FILE["agents"], **specialists}))


def show(what: str, value: float, unit: str) -> None:
    """One line of the report."""
    print(f"{what:44}{value:10.2f} {unit}")


def main() -> None:
    """Print one line per figure."""
    directory = acme.directory()
    receptionist, blueprint = Receptionist(directory, "receptionist"), Staff(directory).blueprint("receptionist")
    document = json.loads(blueprint.stamp(**CALL))
    show("build an agent with the SDK", milliseconds(lambda: Receptionist(directory, "receptionist"), 20), "ms")
    show("render it with the SDK", milliseconds(lambda: sdk.render(receptionist), 100), "ms")
    show("build, render and compile it", milliseconds(lambda: Staff(directory).blueprint("receptionist"), 20), "ms")
    show("stamp a call", milliseconds(lambda: blueprint.stamp(**CALL), 5000) * 1000, "us")
    show("json.dumps of the same document", milliseconds(lambda: json.dumps(document), 500) * 1000, "us")
    show("the document", len(blueprint.stamp(**CALL)), "bytes")
    for number in (10, 100, 1000):
        measure_directory(number)
    measure_memory()


def measure_directory(number: int) -> None:
    """An agent of a directory with that many departments."""
    staff = Staff(acme.directory(departments={**acme.FILE["departments"], **acme.departments(number)}))
    began = time.perf_counter()
    blueprint = staff.blueprint("receptionist")
    show(f"{number} departments: compile", (time.perf_counter() - began) * 1000, "ms")
    show(f"{number} departments: stamp a call", milliseconds(lambda: blueprint.stamp(**CALL), 2000) * 1000, "us")
    show(f"{number} departments: the document", blueprint.size, "bytes")


def measure_memory() -> None:
    """What a hundred agents keep, each compiled for two kinds of leg."""
    staff = many(100)
    before = resident()
    for name in staff.names:
        for sip in (False, True):
            staff.blueprint(name, sip=sip)
    show("memory an agent keeps, two kinds of leg", (resident() - before) / len(staff.names), "KiB")


if __name__ == "__main__":
    main()
