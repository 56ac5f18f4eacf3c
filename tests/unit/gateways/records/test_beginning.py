"""Transfers that begin at once are kept together on SQLite: each is kept or told it was not; none spoils another."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calls.transfer.machine import Transfer
from gateways.database import turns
from gateways.database.migrate import migrate
from gateways.errors import Unavailable
from gateways.records.records import Begun, Records
from tests.support.kept import call, sales
from tests.support.processes.working import wait_for


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    url = f"sqlite:///{tmp_path}/beginning.db"
    migrate(url)
    made = Records(url)
    yield made
    made.close()


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the disk was waited for."""
    to_disk, seen = turns._to_disk, list[str]()

    def counted(log: str) -> None:
        seen.append(log)
        to_disk(log)

    monkeypatch.setattr(turns, "_to_disk", counted)
    return seen


def together(records: Records, *transfers: Transfer) -> list[Any]:
    """Begin all of them while somebody else has the turn; what came of each: what it began, or why it failed."""
    told: dict[str, Any] = {}

    def begin(transfer: Transfer) -> None:
        key, reply = f"{transfer.call_id}: sales", {"response": f"from {transfer.id}"}
        try:
            told[transfer.id] = records.begin(transfer, key=key, reply=reply, call=call(transfer.call_id))
        except Exception as fault:
            told[transfer.id] = fault

    threads = [threading.Thread(target=begin, args=(transfer,)) for transfer in transfers]
    with records._db._turns._turn:
        for thread in threads:
            thread.start()
        wait_for(lambda: len(records._beginning._waiting) == len(transfers), 10)
    for thread in threads:
        thread.join(10)
    return [told[transfer.id] for transfer in transfers]


def kept(records: Records) -> dict[str, list[str]]:
    return {one["id"]: [event["event"] for event in one["events"]] for one in records.ledger()}


def test_they_wait_for_the_disk_once(records: Records, flushed: list[str]) -> None:
    names = [f"t_{number}" for number in range(5)]
    begun: list[Begun] = together(records, *(sales(name, f"c{name}") for name in names))
    assert [(one.fresh, one.transfer.id) for one in begun] == [(True, name) for name in names]
    assert kept(records) == {name: ["requested"] for name in names}
    assert len(flushed) == 1


def test_one_that_is_refused_alone_is_not_tried_again(records: Records, flushed: list[str]) -> None:
    for key in ("sales please", "sales, I said"):
        records.begin(sales("t_1" if not flushed else "t_2"), key=key, reply={}, call=call())
    assert kept(records) == {"t_1": ["requested"]}
    assert len(flushed) == 2


def test_of_those_that_want_the_same_caller_one_has_them(records: Records) -> None:
    begun: list[Begun] = together(records, sales("t_1"), sales("t_2"), sales("t_3", "c3"), sales("t_4"))
    same = [one for one in begun if one.transfer.call_id == "c1"]
    (first,) = {one.transfer.id for one in same}
    assert [one.reply for one in same] == [{"response": f"from {first}"}] * 3
    assert [one.fresh for one in same].count(True) == 1
    assert kept(records) == {first: ["requested"], "t_3": ["requested"]}


def test_what_is_wrong_with_one_is_its_own(records: Records) -> None:
    begun = together(
        records, sales("t_1", "c1"), sales("t_2", "c2", agent="half a character: \ud800"), sales("t_3", "c3")
    )
    assert [type(one) for one in begun] == [Begun, UnicodeEncodeError, Begun]
    assert sorted(kept(records)) == ["t_1", "t_3"]


def test_all_are_told_that_the_database_is_too_busy_and_can_begin_again(records: Records) -> None:
    other = sqlite3.connect(records._db.engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    transfers = [sales("t_1", "c1"), sales("t_2", "c2")]
    assert [type(one) for one in together(records, *transfers)] == [Unavailable, Unavailable]
    other.execute("COMMIT")
    other.close()
    assert [one.fresh for one in together(records, *transfers)] == [True, True]


def test_all_are_told_when_the_disk_fails(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(log: str) -> None:
        raise OSError(5, "Input/output error", log)

    monkeypatch.setattr(turns, "_to_disk", fails)
    told = together(records, sales("t_1", "c1"), sales("t_2", "c2"))
    assert [type(one) for one in told] == [Unavailable, Unavailable]
