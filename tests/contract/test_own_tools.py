"""Tools of an agent's own class that lead the caller elsewhere: on record, and behind the policy."""

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.contract.conftest import Build, Switchboard
from tests.contract.own_desk import DESK, desk_of, ringing, state, the_row
from tests.support.phone import moved, verbs


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switchboard: Build) -> Iterator[Callable[..., Switchboard]]:
    """Makes switchboards whose line the agent answers: `desk(policy…)`."""
    (tmp_path / "own_desk.py").write_text(DESK)
    monkeypatch.syspath_prepend(tmp_path)
    yield partial(desk_of, switchboard)
    sys.modules.pop("own_desk", None)


def test_a_connect_is_on_record_and_its_reports_say_how_it_went(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    reply = phone.asks("ring_workshop")
    row = the_row(house)
    assert (row["destination"], row["mechanism"], row["final"]) == ("+12025550155", "connect", False)
    assert row["outcome"] is None
    assert row["ref"]
    (connect,) = verbs(moved(reply), "connect")
    phone.leg_is(connect, "answered")
    phone.connect_is(connect, "connected")
    assert state(house) == "bridged"
    phone.leg_is(connect, "ended", "hangup")
    phone.asks("hangup_hook")
    row = the_row(house)
    assert (row["outcome"], state(house)) == ("bridged", "ended")
    assert [(one["to"], one["outcome"]) for one in row["attempts"]] == [("+12025550155", "bridged")]


def test_without_reports_the_note_of_the_document_tells(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    phone.asks("ring_workshop")
    phone.notes(step_1="connect failed busy")
    phone.asks("ring_workshop")
    first, second = house.ledger
    assert (first["outcome"], second["outcome"]) == ("busy", None)


def test_a_final_connect_that_fails_is_over(desk: Callable[..., Switchboard]) -> None:
    house = desk(allow_dialling=True)
    phone = ringing(house)
    (connect,) = verbs(moved(phone.asks("ring", to="+12025550155")), "connect")
    phone.connect_is(connect, "failed", "no_answer")
    row = the_row(house)
    assert (row["outcome"], row["final"]) == ("no_answer", True)


def test_a_repeated_call_gets_the_same_reply_and_one_row(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    assert phone.asks("ring_workshop") == phone.asks("ring_workshop")
    assert len(house.ledger) == 1


def test_one_transfer_at_a_time(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    phone.asks("connect", destination="press", reason="", summary="")
    reply = phone.asks("ring_workshop")
    assert "already under way" in str(reply["response"])
    assert "action" not in reply
    assert len(house.ledger) == 1


def test_a_transfer_elsewhere_is_on_record_and_reports_before_it_goes(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    document = moved(phone.asks("go_on"))
    (request,) = verbs(document, "request")
    assert "u:p" not in json.dumps(request["body"])
    phone.post(request["url"], request["body"])
    row = the_row(house)
    assert (row["destination"], row["mechanism"]) == ("https://other.example/swml", "swml_transfer")
    assert (row["outcome"], row["final"], state(house)) == ("handed_off", True, "ended")


def test_a_transfer_for_a_while_is_over_when_its_agent_asks_again(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    document = moved(phone.asks("go_on", back=True))
    (request,) = verbs(document, "request")
    phone.post(request["url"], request["body"])
    assert state(house) == "away"
    phone.notes(step_1="agent started")
    phone.asks("ring_workshop")
    first, second = house.ledger
    assert first["outcome"] == "handed_off"
    assert first["ended_at"]
    assert second["destination"] == "+12025550155"


def test_a_bare_transfer_reports_too(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    reply = ringing(house).asks("raw", action="bare")
    assert [list(action) for action in reply["action"]] == [["transfer", "SWML"]]
    assert verbs(moved(reply), "transfer") == [{"dest": "https://other.example/swml"}]
    assert the_row(house)["destination"] == "https://other.example/swml"


def test_a_refer_is_on_record(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house, leg="sip", caller="sip:ann@example.com")
    (refer,) = verbs(moved(phone.asks("refer")), "sip_refer")
    params = {"sip_refer_response_code": 202, "sip_notify_response_code": 200}
    phone.post(refer["status_url"], {"event_type": "calling.call.refer", "params": params})
    row = the_row(house)
    assert (row["destination"], row["mechanism"]) == ("sip:1001@pbx.acme.example", "sip_refer")
    assert row["outcome"] == "referred"


def test_each_leg_of_several_reports(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    (connect,) = verbs(moved(phone.asks("raw", action="groups")), "connect")
    (_, sip), (last,) = connect["serial_parallel"]
    phone.leg_is(sip, "ended", "busy")
    phone.leg_is(last, "ended", "noAnswer")
    told = [(one["to"], one["outcome"]) for one in the_row(house)["attempts"]]
    assert told == [("sip:desk@pbx.acme.example", "busy"), ("+12025550156", "no_answer")]


def test_an_authors_own_reports_stay(desk: Callable[..., Switchboard]) -> None:
    (connect,) = verbs(moved(ringing(desk()).asks("raw", action="theirs")), "connect")
    assert connect["status_url"] == "https://theirs.example/s"
    assert "/events/call" in connect["call_state_url"]


@pytest.mark.parametrize(
    "action",
    ["text", "condition", "inside", "section", "short", "variable", "result", "premium by sip", "own line", "own phone",
     "emergency", "line by variable", "bare conference", "list", "rpc abroad", "rpc nowhere", "rpc document"],
)  # fmt: skip
def test_what_the_policy_refuses_is_not_carried_out(desk: Callable[..., Switchboard], action: str) -> None:
    house = desk(allow_dialling=True)
    reply = ringing(house).asks("raw", action=action)
    assert "action" not in reply
    assert "not dialled" in str(reply["response"])
    assert "Tell the caller" in str(reply["response"])
    row = the_row(house)
    assert (row["outcome"], row["attempts"]) == ("refused", [])


@pytest.mark.parametrize(("allowed", "outcome"), [(False, "refused"), (True, None)])
def test_a_number_of_the_models_is_dialled_where_that_is_allowed(
    desk: Callable[..., Switchboard], allowed: bool, outcome: str | None
) -> None:
    house = desk(allow_dialling=allowed)
    ringing(house).asks("ring", to="+12025550155")
    assert the_row(house)["outcome"] == outcome


@pytest.mark.parametrize("address", ["https://theirs.example/swml", "sip:max@theirs.example", "queue:theirs"])
def test_no_other_address_of_the_models_leads_anywhere(desk: Callable[..., Switchboard], address: str) -> None:
    house = desk(allow_dialling=True)
    assert "not dialled" in str(ringing(house).asks("ring", to=address)["response"])
    assert the_row(house)["outcome"] == "refused"


def test_people_of_the_file_are_rung_by_their_numbers_too(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    phone = ringing(house)
    (connect,) = verbs(moved(phone.asks("ring", to="+12025550111")), "connect")
    phone.leg_is(connect, "ringing")
    assert [one["person"] for one in the_row(house)["attempts"]] == ["dana"]


def test_own_transfers_count_against_the_limits_of_a_call(desk: Callable[..., Switchboard]) -> None:
    house = desk(transfers_per_call=1)
    phone = ringing(house)
    phone.asks("ring_workshop")
    phone.notes(step_1="connect failed busy")
    assert "as often as is allowed" in str(phone.asks("ring_workshop")["response"])
    phone.asks("connect", destination="press", reason="", summary="")
    assert [row["outcome"] for row in house.ledger] == ["busy", "refused", "refused"]


def test_what_leads_nowhere_is_left_as_it_is(desk: Callable[..., Switchboard]) -> None:
    house = desk()
    reply = ringing(house).asks("raw", action="music")
    assert [list(step) for step in moved(reply)["sections"]["main"]] == [["play"], ["transfer"]]
    assert house.ledger == []
