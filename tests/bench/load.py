"""Load: wrk posts prepared requests as fast as the answers come, and every answer is looked at."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LUA = Path(__file__).with_name("requests.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """Requests of one kind: where they go, what they say, and the text that every right answer holds."""

    url: str
    jobs: Path
    body: Path
    authorization: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One window.

    rps: right answers in a second. p50, p99: milliseconds. sent: with those still under way when the window ended.
    cpu: microseconds of processor time the server's workers spent on a request.
    """

    rps: float
    p50: float
    p99: float
    answered: int
    sent: int
    errors: int
    fault: str = ""
    cpu: float = 0.0


def require_wrk() -> None:
    """Exit with status 2 and one sentence where there is no wrk."""
    if shutil.which("wrk") is None:
        print("The bench needs wrk: apt-get install wrk (Debian, Ubuntu) or brew install wrk (macOS).", file=sys.stderr)
        raise SystemExit(2)


def run(load: Load, *, concurrency: int, seconds: float) -> Measured:
    """Load a server for one window. Raises RuntimeError when wrk itself fails."""
    threads = min(2, concurrency)
    command = [
        "wrk",
        "-t",
        threads,
        "-c",
        concurrency,
        "-d",
        f"{seconds:.0f}s",
        "--timeout",
        "60s",
        "-s",
        LUA,
        load.url,
    ]
    command += ["--", load.jobs, load.body, load.authorization, load.wanted, threads]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    line = next((one for one in done.stdout.splitlines() if one.startswith("RESULT\t")), None)
    if line is None:
        raise RuntimeError(f"wrk failed: {done.stdout[-400:]}{done.stderr[-400:]}")
    figures, fault = line.split("\t")[1:-1], line.split("\t")[-1]
    microseconds, answered, sent, wrong, broken, used_up = (int(one) for one in figures[:6])
    if used_up:
        fault = f"{used_up} requests too few were prepared"
    rps = max(0, answered - wrong - used_up) / microseconds * 1e6
    p50, p99 = float(figures[6]) / 1000, float(figures[7]) / 1000
    return Measured(rps, p50, p99, answered, sent, wrong + broken + used_up, fault)
