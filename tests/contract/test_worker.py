"""The worker as a process: beside the server in development, of its own in production, and gone when it should be."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.processes.served import SWITCHBOARD, Served
from tests.support.processes.working import wait_for

COMPANY = """
company: Acme
timezone: America/New_York
departments:
  sales: {about: quotes, reach: [hangup]}
"""
STARTED = "worker_started"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "switchboard.yaml").write_text(COMPANY)
    return tmp_path


@pytest.fixture
def worker(folder: Path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """`switchboard worker`, started with these settings; what it says is in worker.log."""
    running: list[subprocess.Popen[bytes]] = []

    def start(**settings: str) -> "subprocess.Popen[bytes]":
        environment = {**Served(folder).environment, **settings}
        with (folder / "worker.log").open("ab") as log:
            running.append(
                subprocess.Popen([SWITCHBOARD, "worker"], cwd=folder, env=environment, stdout=log, stderr=log)
            )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def said(folder: Path) -> str:
    return (folder / "worker.log").read_text()


def workers_of(served: Served) -> list[psutil.Process]:
    """Those children of the server that hold a worker's place."""
    place = f"{served.folder / 'switchboard.db'}-workers"
    found = []
    for child in psutil.Process(served._process.pid).children(recursive=True):
        try:
            if any(file.path == place for file in child.open_files()):
                found.append(child)
        except psutil.Error:
            continue  # it has ended meanwhile
    return found


def test_in_development_a_worker_runs_beside_the_server_and_is_started_again_when_it_dies(folder: Path) -> None:
    with Served(folder) as served:
        wait_for(lambda: len(workers_of(served)) == 1)
        (first,) = workers_of(served)
        first.kill()
        wait_for(lambda: [one.pid for one in workers_of(served)] not in ([], [first.pid]))
        assert "The worker has ended (status -9). It is started again in 0.5 s." in served.said
        (second,) = workers_of(served)
    assert not second.is_running()
    assert "worker_stopped" in served.said


def test_it_ends_with_a_server_that_was_killed(folder: Path) -> None:
    with Served(folder) as served:
        wait_for(lambda: workers_of(served))
        (child,) = workers_of(served)
        served.kill(signal.SIGKILL)
        wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_on_its_own_it_works_until_it_is_asked_to_end(
    folder: Path, worker: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    process = worker()
    wait_for(lambda: STARTED in said(folder))
    process.terminate()
    assert process.wait(20) == 0
    assert "worker_stopped" in said(folder)
    assert "Traceback" not in said(folder)


def test_a_second_one_has_a_place_of_its_own(folder: Path, worker: Callable[..., "subprocess.Popen[bytes]"]) -> None:
    worker()
    wait_for(lambda: STARTED in said(folder))
    worker()
    wait_for(lambda: said(folder).count(STARTED) == 2)
    assert '"place": 0' in said(folder)
    assert '"place": 1' in said(folder)


def test_a_worker_without_its_directory_file_says_so_and_does_not_start(
    folder: Path, worker: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    (folder / "switchboard.yaml").write_text("company: 3")
    assert worker().wait(30) != 0
    assert STARTED not in said(folder)
    assert "company" in said(folder)


def test_in_production_the_server_starts_none(folder: Path) -> None:
    """Asked of the command without serving: production listens on every address of the machine."""
    program = """
import sys
from contextlib import suppress
from unittest import mock
import handlers.serving.subprocesses, handlers.cli.main
with mock.patch("handlers.serving.subprocesses.keep_running", return_value=0) as running, \\
        mock.patch("handlers.serving.worker.beside_server") as worker, mock.patch("handlers.serving.ports.socket"):
    with suppress(SystemExit):
        handlers.cli.main.main(["serve"], standalone_mode=False)
    assert running.called
    sys.exit(worker.called)
"""
    assert _in_production(folder, program) == 0


def test_what_the_server_forks_holds_nothing_that_only_others_need(folder: Path) -> None:
    """On a new database, which is migrated beside. Every web worker would hold what is imported here."""
    program = """
import sys
from contextlib import suppress
from unittest import mock
import handlers.serving.subprocesses, handlers.cli.main
with mock.patch("handlers.serving.subprocesses.keep_running", return_value=0), \\
        mock.patch("handlers.serving.ports.socket"), suppress(SystemExit):
        handlers.cli.main.main(["serve"], standalone_mode=False)
assert "handlers.app" in sys.modules
held = {name.partition(".")[0] for name in sys.modules}
sys.exit(", ".join(held & {"alembic", "dbos", "exchange", "fastapi", "twilio", "uvicorn"}) or 0)
"""
    assert _in_production(folder, program) == 0


def _in_production(folder: Path, program: str) -> int:
    """The exit status of a program with the settings of production."""
    production = {
        "PUBLIC_URL": "https://desk.example",
        "SECRET_KEY": "a key of this test",
        "SWML_BASIC_AUTH_PASSWORD": "a password of it",
    }
    environment = {**Served(folder).environment, **production}
    python = Path(SWITCHBOARD).with_name("python")
    return subprocess.run([python, "-c", program], cwd=folder, env=environment, check=False).returncode
