"""Rows that nobody waits for: written in groups, and not lost while the database is away or because one is bad."""

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DataError

from gateways.database import write_behind
from gateways.database.write_behind import WriteBehind
from gateways.errors import Unavailable
from gateways.records.records import Records

Rows = list[dict[str, Any]]


class Table:
    """Where rows are written, in groups; `trouble` is raised instead while there is some."""

    def __init__(self) -> None:
        self.groups: list[Rows] = []
        self.trouble: Callable[[Rows], Exception | None] = lambda rows: None
        self.tries = 0

    def write(self, rows: Rows) -> None:
        """Take them, or do not."""
        self.tries += 1
        if fault := self.trouble(rows):
            raise fault
        self.groups.append(rows)

    @property
    def ids(self) -> list[str]:
        """What is written."""
        return [row["id"] for group in self.groups for row in group]


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def late(table: Table) -> Iterator[WriteBehind]:
    made = WriteBehind(table.write)
    yield made
    made.close()


def until(true: Callable[[], bool]) -> None:
    patience = time.monotonic() + 5
    while not true():
        assert time.monotonic() < patience, "it never came true"
        time.sleep(0.005)


def away(rows: Rows) -> Exception:
    return Unavailable("away")


def test_rows_of_the_same_moment_are_one_transaction(late: WriteBehind, table: Table) -> None:
    for number in range(50):
        late.put({"id": f"c{number}"})
    until(lambda: len(table.ids) == 50)
    assert len(table.groups) == 1


def test_no_transaction_is_endless(late: WriteBehind, table: Table) -> None:
    for number in range(1200):
        late.put({"id": f"c{number}"})
    late.close()
    assert table.ids == [f"c{number}" for number in range(1200)]
    assert max(len(group) for group in table.groups) <= 500


def test_while_the_database_is_away_rows_wait(late: WriteBehind, table: Table) -> None:
    table.trouble = away
    late.put({"id": "c1"})
    until(lambda: table.tries >= 2)
    late.put({"id": "c2"})
    table.trouble = lambda rows: None
    until(lambda: table.ids == ["c1", "c2"])


def test_one_bad_row_keeps_nobody_out(late: WriteBehind, table: Table) -> None:
    def bad(rows: Rows) -> Exception | None:
        ids = [row["id"] for row in rows]
        if "half a character" in ids:
            return UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        return DataError("INSERT", {}, ValueError("NUL")) if "nul" in ids else None

    table.trouble = bad
    for name in ("c1", "nul", "c2", "half a character", "c3"):
        late.put({"id": name})
    until(lambda: table.ids == ["c1", "c2", "c3"])
    late.put({"id": "c4"})
    until(lambda: table.ids[-1] == "c4")


def test_when_there_is_no_more_room_the_bringer_writes(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_behind, "_ROOM", 1)
    stuck, writers = threading.Event(), []

    def write(rows: Rows) -> None:
        writers.append(threading.current_thread().name)
        if writers[-1] == "write-behind":
            stuck.wait(5)
        table.write(rows)

    full = WriteBehind(write)
    full.put({"id": "c1"})
    until(lambda: writers == ["write-behind"])
    full.put({"id": "c2"})
    full.put({"id": "c3"})
    assert table.ids == ["c3"]
    stuck.set()
    full.close()
    assert sorted(table.ids) == ["c1", "c2", "c3"]


def test_a_full_house_with_the_database_away_still_answers_the_caller(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_behind, "_ROOM", 1)
    table.trouble = away
    full = WriteBehind(table.write)
    for number in range(5):
        full.put({"id": f"c{number}"})
    full.close()
    assert table.ids == []


def test_closing_waits_for_no_database(late: WriteBehind, table: Table) -> None:
    table.trouble = away
    late.put({"id": "c1"})
    until(lambda: table.tries >= 3)
    began = time.monotonic()
    late.close()
    assert time.monotonic() - began < 1.0


def test_it_can_be_used_again_after_closing(late: WriteBehind, table: Table) -> None:
    late.put({"id": "c1"})
    late.close()
    late.put({"id": "c2"})
    until(lambda: table.ids == ["c1", "c2"])


ENDS = {
    "by returning": "note(records)",
    "by sys.exit": "note(records); sys.exit(3)",
    "forked by multiprocessing": "child = get_context('fork').Process(target=note, args=(records,));"
    " child.start(); child.join()",
    "forked after it had begun to write": "records.note_call(call('c0'), NOON); time.sleep(0.2);"
    " child = get_context('fork').Process(target=note, args=(records,)); child.start(); child.join()",
}


@pytest.mark.parametrize("end", ENDS)
def test_a_process_that_ends_writes_what_is_waiting(end: str, sqlite_ready: Path, tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    file.write_bytes(sqlite_ready.read_bytes())
    program = """
        import sys, time
        from multiprocessing import get_context
        from gateways.records.records import Records
        from tests.support.kept import NOON, call
        def note(records):
            records.note_call(call("c1"), NOON)
        records = Records(sys.argv[1])
    """
    url = f"sqlite:///{file}"
    subprocess.run([sys.executable, "-c", textwrap.dedent(program) + ENDS[end], url], check=False, timeout=20)
    records = Records(url)
    assert records.call("c1") is not None
    records.close()
