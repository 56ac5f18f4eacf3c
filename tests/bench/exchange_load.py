"""What the exchange itself costs: `python -m tests.bench.exchange_load [calls] [address]`.

Runs that many calls at once in real time (five times as fast) against a small application in another process, then
as many one after another in virtual time, and prints the CPU time of this process per call. With an address, as
`switchboard serve` prints it, the calls go to that app instead, in real time.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from exchange import Exchange, On, Script
from tests.exchange.app import PASSWORD, USER

ROOT = Path(__file__).parents[2]


def measure(
    url: str, calls: int, clock: Literal["virtual", "real"], *, user: str = USER, password: str = PASSWORD
) -> None:
    thinker = Script(On("billing", call="connect", args={"destination": "billing"}))
    speed = 5.0 if clock == "real" else 1.0
    cpu, began = time.process_time(), time.monotonic()
    with Exchange(url, (user, password), clock=clock, speed=speed, thinker=thinker) as exchange:
        made = [exchange.dial(says="billing please", from_=f"+1202556{n:04d}") for n in range(calls)]
        exchange.run_all()
        wrong = [violation for call in made for violation in call.violations + call.errors]
        requests = len(exchange.ladder.find("fetch", "tool", "report", "callback"))
    wall, spent = time.monotonic() - began, time.process_time() - cpu
    each = f"{1000 * spent / calls:.1f} ms of own CPU and {requests / calls:.0f} requests a call"
    print(f"{clock}: {calls} calls in {wall:.1f} s, {each}, {len(wrong)} faults")


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    if len(sys.argv) > 2:
        address = urlsplit(sys.argv[2])
        url = f"{address.scheme}://{address.hostname}:{address.port}{address.path}"
        measure(url, calls, "real", user=address.username or "", password=address.password or "")
        return
    command = [sys.executable, "-m", "tests.exchange.loaded_app"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        try:
            measure(url, calls, "real")
            measure(url, calls, "virtual")
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
