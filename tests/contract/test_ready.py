"""`/ready` says no while nothing can be kept, within its deadline, and yes again afterwards."""

import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.conftest import Postgres
from tests.contract.conftest import Switchboard

WITHIN = 3.0  # seconds, for an answer
PROOF = 1.1  # seconds after which `/ready` looks again


def ready(board: Switchboard) -> tuple[int, str]:
    """The status that `/ready` answers with, and its reason."""
    time.sleep(PROOF)
    began = time.monotonic()
    answer = board.app.test_client().get("/ready")
    assert time.monotonic() - began < WITHIN
    return answer.status_code, str((answer.get_json() or {}).get("reason", ""))


@contextmanager
def disk_full(file: Path) -> Iterator[None]:
    """No file of this process grows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process is writing, and does not come to an end."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("trouble", [disk_full, locked])
def test_a_file_that_cannot_be_written_is_not_ready(
    acme: Switchboard, trouble: Callable[[Path], AbstractContextManager[None]]
) -> None:
    assert ready(acme)[0] == 200
    with trouble(Path(str(make_url(acme.settings.database_url).database))):
        status, reason = ready(acme)
    assert (status, bool(reason)) == (503, True)
    assert ready(acme)[0] == 200


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_server_that_only_reads_is_not_ready(acme: Switchboard, postgres: Postgres) -> None:
    url = acme.settings.database_url
    assert ready(acme)[0] == 200
    name = make_url(url).database
    postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    postgres.hang_up(url)
    try:
        status, reason = ready(acme)
        assert (status, bool(reason)) == (503, True)
    finally:
        with psycopg.connect(
            make_url(url).set(drivername="postgresql").render_as_string(False), autocommit=True
        ) as one:
            one.execute("SET default_transaction_read_only = off")
            one.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())
        postgres.hang_up(url)
    assert ready(acme)[0] == 200
