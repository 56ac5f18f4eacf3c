"""A caller's first transfer is decided without a look at the records; what is there already is told all the same."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from gateways.database import turns
from gateways.database.migrate import migrate
from tests.contract.conftest import ACME, Switchboard
from tests.support.phone import Json, Phone

TO_PRESS = {"destination": "press", "reason": "a story", "summary": ""}


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """What SQLite executes, as it says itself."""
    seen: list[str] = []

    def listen(connection: Any, _: object) -> None:
        connection.set_trace_callback(seen.append)

    event.listen(Engine, "connect", listen)
    yield seen
    event.remove(Engine, "connect", listen)


@pytest.fixture
def board(statements: list[str], tmp_path: Path) -> Iterator[Switchboard]:
    url = f"sqlite:///{tmp_path}/first.db"
    migrate(url)
    made = Switchboard(tmp_path, url, ACME)
    yield made
    made.close()


def looks(statements: list[str]) -> int:
    """How often it was looked how a call stands, since this was asked last."""
    found = sum("last_hour" in one for one in statements)
    statements.clear()
    return found


def asks(board: Switchboard, **how: str) -> Json:
    phone = Phone(board.app, **how)
    phone.dials()
    return phone.asks("connect", **TO_PRESS)


def test_a_first_transfer_takes_no_look_and_a_further_one_does(board: Switchboard, statements: list[str]) -> None:
    looks(statements)
    reply = asks(board, call_id="c1")
    assert looks(statements) == 0
    assert asks(board, call_id="c1") == reply
    assert looks(statements) == 1
    asks(board, call_id="c2")  # the same caller
    assert looks(statements) == 1
    assert board.story == [("press", None), ("press", None)]


def test_what_is_on_record_is_told_again_while_nothing_can_be_written(board: Switchboard) -> None:
    reply = asks(board, call_id="c1")
    other = sqlite3.connect(board.records._db.engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert asks(board, call_id="c1") == reply
    assert "did not work" in asks(board, call_id="c2", caller="+12025550188")["response"]
    other.execute("COMMIT")
    other.close()
    assert board.story == [("press", None)]


def test_what_may_not_be_on_disk_is_not_told(board: Switchboard, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(log: str) -> None:
        raise OSError(5, "Input/output error", log)

    monkeypatch.setattr(turns, "_to_disk", fails)
    assert "did not work" in asks(board, call_id="c1")["response"]
    monkeypatch.undo()
    assert "action" in asks(board, call_id="c1")
