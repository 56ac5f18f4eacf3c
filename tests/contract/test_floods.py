"""A flood has limits: in words the agent can say, logged once, and no text, dial or notice beyond them."""

from copy import deepcopy
from typing import Any

import pytest
from structlog.testing import capture_logs

from calls.orders import Notify
from handlers.jobs import notifications
from tests.contract.conftest import ACME, Build, Switchboard
from tests.contract.consulted import REST
from tests.support.kept import Kept
from tests.support.phone import Phone, moved

LINE = "+12025550100"


def built(switchboard: Build, departments: dict[str, Any] | None = None, **policy: int) -> Switchboard:
    data = deepcopy(ACME)
    data["policy"] = {**data.get("policy", {}), **policy}
    data["departments"].update(departments or {})
    return switchboard(data, orders=Kept(), **REST)


def said(phone: Phone, tool: str, **arguments: str) -> str:
    return str(phone.asks(tool, **arguments)["response"])


def ringing(board: Switchboard, number: int = 77, **call: Any) -> Phone:
    phone = Phone(board.app, call_id=f"c{number}", caller=call.pop("caller", f"+120255501{number}"), **call)
    phone.dials()
    return phone


def test_one_call_books_three_callbacks_and_leaves_five_messages(switchboard: Build) -> None:
    board = built(switchboard)
    phone = ringing(board)
    records = board.app.extensions["switchboard"].records
    assert "is booked" in said(phone, "request_callback", destination="support", number="+12025550188")
    for number in ("+12025550189", "+12025550190"):
        assert "does not ring from" in said(phone, "request_callback", destination="support", number=number)
    assert "is booked" in said(phone, "request_callback", destination="support")
    assert "is booked" in said(phone, "request_callback", destination="sales")
    assert "As many callbacks" in said(phone, "request_callback", destination="billing")
    assert "is booked" in said(phone, "request_callback", destination="support")  # the same again is the same
    for n in range(8):
        words = said(phone, "take_message", destination="sales", message=f"message {n}")
        assert ("is kept" in words) is (n < 5), words
    assert len([one for one in records.messages() if one["kind"] == "message"]) == 5
    assert "is kept" in said(ringing(board, 78), "take_message", destination="sales", message="another call")


def test_withheld_numbers_together_ring_so_many_phones_an_hour(switchboard: Build) -> None:
    board = built(switchboard, dials_per_caller_per_hour=2)
    with capture_logs() as logs:
        for n in (1, 2, 3, 4):
            answer = ringing(board, 80 + n, caller="anonymous").asks(
                "connect", destination="support", reason="a", summary=""
            )
            assert (("action" in answer), "as is allowed" in str(answer["response"])) == (n <= 2, n > 2)
    assert len([one for one in logs if one["event"] == "over_budget"]) == 1
    assert [outcome for _, outcome in board.story].count("refused") == 2
    assert moved(ringing(board, 90).asks("connect", destination="support", reason="a", summary=""))


def test_a_line_puts_so_many_callers_through_an_hour_whatever_number_they_show(switchboard: Build) -> None:
    board = built(switchboard, dials_per_line_per_hour=2, dials_per_caller_per_hour=0)
    with capture_logs() as logs:
        for n in (1, 2, 3, 4):
            answer = ringing(board, 80 + n).asks("connect", destination="support", reason="a", summary="")
            assert ("action" in answer, "as is allowed" in str(answer["response"])) == (n <= 2, n > 2)
    assert [one["whose"] for one in logs if one["event"] == "over_budget"] == [LINE]


def test_another_time_for_a_callback_is_no_further_one(switchboard: Build) -> None:
    board = built(switchboard, callbacks_per_call=1, dials_per_caller_per_hour=1)
    phone = ringing(board)
    for when in ("tomorrow at ten", "tomorrow at eleven", "tomorrow at noon"):
        assert "is booked" in said(phone, "request_callback", destination="support", when=when), when
    assert "As many callbacks" in said(phone, "request_callback", destination="sales")


def test_texts_of_a_flood_are_skipped_and_the_transfer_stands(switchboard: Build) -> None:
    board = built(switchboard, texts_per_line_per_hour=0)
    texted = [one for one in ACME["departments"] if "text_caller" in ACME["departments"][one]]
    name = texted[0] if texted else "sales"
    phone = ringing(board)
    document = moved(phone.asks("connect", destination=name, reason="a", summary=""))
    assert "send_sms" not in str(document)


def test_people_are_told_of_so_many_messages_and_all_are_kept(switchboard: Build) -> None:
    notify = {"texts": ["dana"]}
    sales = {**ACME["departments"]["sales"], "notify": notify}
    board = built(switchboard, {"sales": sales}, notices_per_caller_per_hour=2)
    wiring = board.app.extensions["switchboard"]
    sent: list[str] = []

    def text(*asked: Any) -> None:
        sent.append(asked[3])

    phone = ringing(board)
    for n in range(4):
        assert "is kept" in said(phone, "take_message", destination="sales", message=f"message {n}")
    with pytest.MonkeyPatch.context() as patched, capture_logs() as logs:
        patched.setattr(notifications, "_text", text)
        for message in list(wiring.records.messages()):
            notifications.notify(wiring, Notify(message["id"]))
            notifications.notify(wiring, Notify(message["id"]))  # told twice is told once
    assert sent == ["dana", "dana"]
    assert len([one for one in logs if one["event"] == "over_budget"]) == 1
    assert ["told of messages" in one["error"] for one in wiring.records.messages()] == [False, False, True, True]
