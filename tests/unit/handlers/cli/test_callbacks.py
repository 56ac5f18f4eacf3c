"""`switchboard callbacks`, as whoever is in charge of a shift would use it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateways.database.migrate import migrate
from gateways.jobs.outbox import DurableOrders
from gateways.records.records import Records
from handlers.cli.main import main
from tests.support.kept import NOON
from tests.support.queues import callback


@pytest.fixture(autouse=True)
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Records:
    url = f"sqlite:///{tmp_path / 'switchboard.db'}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("CALL_TRANSFER_TO", "+12025550111")
    migrate(url)
    return Records(url, DurableOrders())


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["callbacks", *words], env={"COLUMNS": "250"})


def test_who_is_to_be_rung_back_and_who_is_not_any_more(records: Records) -> None:
    booked = records.book_callback(callback(name="Ann", need="a quote"), NOON)
    assert "a quote" in run().output
    (row,) = (json.loads(line) for line in run("--json").output.splitlines())
    assert (row["id"], row["state"], row["number"]) == (booked.id, "waiting", "+12025550177")
    assert run("cancel", booked.id).output == "+12025550177 is not rung back.\n"
    assert run("--json").output == ""
    assert "cancelled" in run("--all").output


def test_in_eighty_columns_no_id_is_cut_and_nothing_is_left_out(records: Records) -> None:
    need = "the boiler makes a noise that it did not make before, my card is 4111 1111 1111 1111"
    booked = records.book_callback(callback(name="Ann", need=need), NOON)
    told = CliRunner().invoke(main, ["callbacks"], env={"COLUMNS": "80"}).output
    assert max(map(len, told.splitlines())) <= 80
    assert booked.id in told.split()
    assert "did not make before, my card is a card number [removed]" in " ".join(told.split())
    assert "4111" not in told + run("--json").output


def test_what_cannot_be_cancelled_is_said(records: Records) -> None:
    booked = records.book_callback(callback(), NOON)
    records.leave(booked.id, "done", "bridged", NOON)
    assert "it is over: bridged" in run("cancel", booked.id).output
    assert "there is no callback q_1" in run("cancel", "q_1").output


def test_the_same_number_is_booked_once_for_a_department(records: Records) -> None:
    first = records.book_callback(callback("b_1"), NOON)
    assert records.book_callback(callback("b_2"), NOON).id == first.id
    assert records.book_callback(callback("b_3", queue="repairs"), NOON).id != first.id
    assert records.cancel_callbacks("", "+12025550177", NOON) == 2
    assert list(records.callbacks()) == []
