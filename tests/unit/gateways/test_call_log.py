"""The lines of the log that tell of a call: when they are written, and what is not in them."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from calls.events import CallerLeft, Connected, LegProgressed, TextNoted
from calls.orders import KeepMessage
from calls.outcomes import Outcome
from calls.transfer.model import State
from gateways.errors import Unavailable
from gateways.records.records import Records
from tests.support.kept import CALLER, NOON, call, later, sales


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with capture_logs() as captured:
        yield captured


def told(lines: list[Any]) -> list[tuple[str, Any]]:
    """Each line's name, and its state, outcome or fate."""
    return [(line["event"], line.get("state") or line.get("outcome") or line.get("fate")) for line in lines]


def begin(records: Records, **other: Any) -> None:
    records.begin(sales(**other), key="k1", reply={}, call=call())


def test_each_change_of_a_transfer_is_one_line_and_a_report_that_comes_twice_is_none(
    records: Records, lines: list[Any]
) -> None:
    begin(records)
    for event in (
        LegProgressed(1, 0, "ringing"),
        LegProgressed(1, 0, "ringing"),
        TextNoted(CALLER, "caller", "sent"),
        TextNoted(CALLER, "caller", "sent"),
        Connected(1, "b1"),
        Connected(1, "b1"),
        CallerLeft(),
        CallerLeft(),
    ):
        records.apply("t_1", event, later(1))
    assert told(lines) == [
        ("transfer", "requested"),
        ("leg", "ringing"),
        ("text", "sent"),
        ("bridged", None),
        ("ended", "bridged"),
    ]
    assert {(line["call"], line["transfer"], line["ref"]) for line in lines} == {("c1", "t_1", "K7Q4")}
    assert [line["who"] for line in lines if "who" in line] == ["dana", "dana"]
    assert not any(word in str(lines) for word in ("boiler", "a quote", "Ann"))  # no words, no facts


def test_a_refused_transfer_ends_as_it_begins(records: Records, lines: list[Any]) -> None:
    begin(records, state=State.ENDED, outcome=Outcome.CLOSED, ended_at=NOON, plan=())
    assert told(lines) == [("transfer", "requested"), ("ended", "closed")]


def test_a_name_that_a_model_made_up_brings_no_secret_into_the_log(records: Records, lines: list[Any]) -> None:
    begin(records, destination=f"whoever takes 4111 1111 1111 1111 {'x' * 900}")
    assert "4111" not in lines[0]["destination"]
    assert len(lines[0]["destination"]) <= 60


def test_what_is_not_on_record_is_not_told(records: Records, lines: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    begin(records)
    del lines[:]

    def away(*_: object) -> None:
        raise Unavailable("the database is away")

    monkeypatch.setattr(records, "_free", away)
    with pytest.raises(Unavailable):
        records.apply("t_1", Connected(1, "b1"), later(1))
    assert lines == []


def test_a_message_is_told_once(records: Records, lines: list[Any]) -> None:
    records.open_call(call(), NOON)
    order = KeepMessage("m1", "message", "c1", "sales", NOON, body="My boiler leaks.")
    records.keep_message(order)
    records.keep_message(order)
    assert [(line["event"], line["call"], line["kind"]) for line in lines] == [("message", "c1", "message")]
    assert "boiler" not in str(lines)
