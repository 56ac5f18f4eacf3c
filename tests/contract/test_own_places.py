"""Tools of an agent's own class that lead into a queue, a conference or a document, or ring a phone beside the call."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.contract.conftest import Build, Switchboard
from tests.contract.own_desk import DESK, desk_of, ringing, rpc, state, the_row
from tests.support.phone import Phone, moved, verbs


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switchboard: Build) -> Iterator[Callable[..., Switchboard]]:
    """Makes switchboards whose line the agent answers: `desk(policy…)`."""
    (tmp_path / "own_desk.py").write_text(DESK)
    monkeypatch.syspath_prepend(tmp_path)
    yield partial(desk_of, switchboard)
    sys.modules.pop("own_desk", None)


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("join", {"name": "board"}),
        ("join", {"name": " Board "}),
        ("join_room", {"name": "board"}),
        ("wait", {"name": "board"}),
        ("wait", {"url": "https://theirs.example/swml"}),
        ("run", {"url": "https://theirs.example/swml"}),
        ("ring_beside", {"url": "https://theirs.example/swml"}),
        ("ring_beside", {"to": "sip:max@theirs.example"}),
        ("ring_beside", {"to": "+33142685300"}),
    ],
)
def test_no_place_of_the_models_either(desk: Callable[..., Switchboard], tool: str, given: dict[str, str]) -> None:
    house = desk(allow_dialling=True)
    reply = ringing(house).asks(tool, **given)
    assert "not dialled" in str(reply["response"])
    assert "action" not in reply
    assert the_row(house)["outcome"] == "refused"


def test_a_conference_reports_that_the_caller_is_in_it(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    (conference,) = verbs(moved(phone.asks("join")), "join_conference")
    assert (conference["name"], conference["status_callback_event"]) == ("standup", "join")
    assert the_row(house)["outcome"] is None
    params = {"status": "participant-join", "name": "standup", "call_id": phone.call_id}
    phone.post(conference["status_callback"], {"event_type": "calling.conference", "params": params})
    row = the_row(house)
    assert (row["destination"], row["mechanism"]) == ("conference:standup", "conference")
    assert (row["outcome"], state(house)) == ("handed_off", "away")
    phone.asks("hangup_hook")
    assert (the_row(house)["outcome"], state(house)) == ("handed_off", "ended")


def test_a_full_conference_is_on_record_as_failed(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    document = moved(phone.asks("join", muted=True))
    assert "back with you" in str(document["sections"]["main"][-1])
    phone.notes(step_1="conference failed")
    phone.asks("ring_workshop")
    assert [row["outcome"] for row in house.ledger] == ["failed", None]


def test_a_line_of_their_own_is_on_record_and_enters_none_of_ours(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    (line,) = verbs(moved(phone.asks("wait")), "enter_queue")

    def report(status: str, **times: int) -> None:
        params = {"status": status, "name": "press", "position": 1, **times}
        phone.post(line["status_url"], {"event_type": "calling.call.queue", "params": params})

    report("enqueue")
    row = the_row(house)
    assert (row["destination"], row["mechanism"], state(house)) == ("queue:press", "queue", "waiting")
    assert house.records.entries("", only_open=False) == []
    report("leave", enqueue_ts=1, leave_ts=30_000_001)  # after the 30 seconds of the document
    assert state(house) == "waiting"
    phone.notes(step_1="queue timeout")
    phone.asks("ring_workshop")
    assert [row["outcome"] for row in house.ledger] == ["timeout", None]


def test_a_caller_taken_out_of_their_line_is_with_a_person(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    (line,) = verbs(moved(phone.asks("wait")), "enter_queue")
    for status in ("enqueue", "dequeue"):
        params = {"status": status, "name": "press", "position": 1}
        phone.post(line["status_url"], {"event_type": "calling.call.queue", "params": params})
    assert (the_row(house)["outcome"], state(house)) == ("bridged", "bridged")


@pytest.mark.parametrize(
    ("tool", "where", "mechanism"),
    [("run", "https://other.example/menu", "swml_transfer"), ("join_room", "room:lounge", "conference")],
)
def test_what_reports_nothing_is_on_record_as_it_begins(
    desk: Callable[..., Switchboard], tool: str, where: str, mechanism: str
) -> None:
    house = desk()
    phone = ringing(house)
    document = moved(phone.asks(tool))
    (request,) = verbs(document, "request")
    assert "back with you" in str(document["sections"]["main"][-1])
    phone.post(request["url"], request["body"])
    row = the_row(house)
    assert (row["destination"], row["mechanism"]) == (where, mechanism)
    assert (row["outcome"], row["final"], state(house)) == ("handed_off", False, "away")
    phone.notes(step_1="agent started")
    phone.asks("ring_workshop")
    first, _ = house.ledger
    assert (first["outcome"], bool(first["ended_at"])) == ("handed_off", True)


def test_a_phone_rung_beside_the_caller_is_on_record_and_the_caller_stays(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    reply = rpc(phone, "ring_beside")
    assert [list(action) for action in reply["action"]] == [["hold"], ["SWML"]]
    row = the_row(house)
    assert (row["destination"], row["mechanism"], row["outcome"]) == ("+12025550155", "dial", "lost")
    assert "action" in phone.asks("ring_workshop")
    assert [row["mechanism"] for row in house.ledger] == ["dial", "connect"]


@pytest.mark.parametrize(("allowed", "outcome"), [(False, "refused"), (True, "lost")])
def test_a_number_of_the_models_is_rung_beside_where_that_is_allowed(
    desk: Callable[..., Switchboard], allowed: bool, outcome: str
) -> None:
    house = desk(allow_dialling=allowed)
    rpc(ringing(house), "ring_beside", to="+1 202-555-0155")
    assert the_row(house)["outcome"] == outcome


def test_phones_rung_beside_the_caller_spend_the_budget_for_dials(desk: Callable[..., Switchboard]) -> None:
    house = desk(dials_per_line_per_hour=1)
    assert "action" in rpc(ringing(house), "ring_beside")
    second = Phone(house.app, caller="+12025550178", call_id="c2")
    second.dials()
    assert "action" not in rpc(second, "ring_beside")


def test_a_message_to_another_call_is_no_transfer(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    assert "action" in rpc(ringing(house), "tell", words="+33142685300")
    assert house.ledger == []
