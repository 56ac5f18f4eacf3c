"""What callers leave, and who wants no texts: kept once, on both databases."""

from collections.abc import Iterator

import pytest

from calls.numbers import Number
from calls.orders import KeepMessage
from gateways.records.records import Records
from tests.support.kept import CALLER, DANA, NOON, call, later


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    made = Records(database_url)
    yield made
    made.close()


def test_a_message_is_kept_with_who_what_and_when(records: Records) -> None:
    records.open_call(call(), NOON)
    order = KeepMessage(
        key="m1", kind="callback", call_id="c1", destination="sales", at=NOON, body="A quote, please.", name="Ann",
        number=Number("+12025550188"), wanted_at="tomorrow at three",
    )  # fmt: skip
    records.keep_message(order)
    records.keep_message(order)
    (kept,) = records.messages()
    assert {name: kept[name] for name in ("kind", "destination", "body", "name", "number", "wanted_at", "at")} == {
        "kind": "callback",
        "destination": "sales",
        "body": "A quote, please.",
        "name": "Ann",
        "number": "+12025550188",
        "wanted_at": "tomorrow at three",
        "at": NOON.isoformat(),
    }


def test_messages_come_oldest_first_and_since_a_moment(records: Records) -> None:
    records.open_call(call(), NOON)
    for minute in range(3):
        records.keep_message(KeepMessage(f"m{minute}", "message", "c1", "sales", later(60 * minute)))
    assert [one["key"] for one in records.messages()] == ["m0", "m1", "m2"]
    assert [one["key"] for one in records.messages(since=later(60))] == ["m1", "m2"]


def test_who_wants_no_texts_is_remembered(records: Records) -> None:
    records.opt_out(DANA, "STOP", NOON)
    records.opt_out(DANA, "the provider said so", later(1))
    assert records.situation("c1", None, NOON, texting=[Number(DANA), Number(CALLER)]).opted_out == {DANA}
    assert records.situation("c1", None, NOON).opted_out == frozenset()
