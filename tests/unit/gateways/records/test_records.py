"""The records, on SQLite and on PostgreSQL: kept once, claimed once, and sharpened by whatever comes in late."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from calls.events import (
    CallerLeft,
    Connected,
    ConnectFailed,
    HandedOver,
    LegEnded,
    LegProgressed,
    MessageLeft,
    Returned,
    TextNoted,
)
from calls.numbers import Number, SipUri
from calls.outcomes import Outcome
from calls.transfer.machine import State, Transfer
from gateways.records.records import Begun, Records
from tests.support.kept import CALLER, NOON, call, later, sales

REPLY = {"response": "One moment.", "action": [{"transfer": True, "SWML": {"sections": {"main": ["hangup"]}}}]}


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    made = Records(database_url)
    yield made
    made.close()


def begin(records: Records, transfer: Transfer, asked: str = "sales please", *, caller: str | None = CALLER) -> Begun:
    return records.begin(transfer, key=f"{transfer.call_id}: {asked}", reply=REPLY, call=call(transfer.call_id, caller))


def story(records: Records, transfer_id: str = "t_1") -> list[str]:
    (entry,) = [one for one in records.ledger() if one["id"] == transfer_id]
    return [one["event"] for one in entry["events"]]


# --- calls ------------------------------------------------------------------------------------------------------------


def test_the_same_call_twice_is_one_row_and_its_first_facts_stand(records: Records) -> None:
    records.open_call(call(), NOON)
    records.open_call(replace(call(), agent="billing_desk", caller=None), later(9))
    records.note_call(replace(call(), agent="night_desk"), later(10))
    records.close()
    kept = records.call("c1")
    assert kept is not None
    assert (kept["agent"], kept["caller"], kept["started_at"]) == ("receptionist", CALLER, NOON)


def test_a_call_nobody_knows_is_none(records: Records) -> None:
    assert records.call("c1") is None
    assert records.transfer("t_1") is None
    assert records.live_transfer("c1") is None
    assert records.apply("t_1", CallerLeft(), NOON) is None


def test_the_first_report_of_a_hangup_stands(records: Records) -> None:
    records.open_call(call(), NOON)
    records.hung_up("c1", later(60))
    records.hung_up("c1", later(90))
    kept = records.call("c1")
    assert kept is not None
    assert kept["hung_up_at"] == later(60)


def test_every_different_report_of_a_conversation_is_kept_once(records: Records) -> None:
    records.open_call(call(), NOON)
    for second, report in enumerate(({"need": "a quote"}, {"need": "a refund"}, {"need": "a quote"})):
        records.keep_report("c1", report, later(second))
    kept = records.call("c1")
    assert kept is not None
    assert kept["report"] == [
        {"at": later(0).isoformat(), "need": "a quote"},
        {"at": later(1).isoformat(), "need": "a refund"},
    ]


def test_whatever_json_can_carry_can_be_kept(records: Records) -> None:
    records.open_call(call(), NOON)
    records.keep_report("c1", {"need": "a\0b \ud800 é", "n": float("nan"), "deep": [{"x": None}]}, NOON)
    begin(records, sales(reason="a\0quote \ud800", summary="☎️", facts=(("na\0me", "\udfff"),)))
    kept = records.transfer("t_1")
    assert kept is not None
    assert (kept.reason, kept.summary) == ("aquote ?", "☎️")


# --- how a call stands ------------------------------------------------------------------------------------------------


def test_a_new_call_has_no_transfer_and_no_past(records: Records) -> None:
    stands = records.situation("c1", Number(CALLER), NOON)
    assert (stands.transfer, stands.key, stands.transfers_this_call, stands.transfers_last_hour) == (None, "", 0, 0)


def test_a_live_transfer_is_found_as_it_was_kept_with_its_reply(records: Records) -> None:
    begin(records, sales())
    stands = records.situation("c1", Number(CALLER), later(5))
    assert stands.transfer == sales()
    assert (stands.key, stands.reply) == ("c1: sales please", REPLY)
    assert list(stands.reply["action"][0]) == ["transfer", "SWML"]  # in this order, or the agent stays on the call


def test_transfers_are_counted_for_the_call_and_for_the_caller_s_last_hour(records: Records) -> None:
    for number, minutes in enumerate((0, 30, 61)):
        begin(records, sales(f"t_{number}", f"c{number}", started_at=later(60 * minutes)))
    stands = records.situation("c2", Number(CALLER), later(60 * 61))
    assert (stands.transfers_this_call, stands.transfers_last_hour) == (1, 2)
    assert records.situation("c2", Number("+12025550199"), later(60 * 61)).transfers_last_hour == 0


@pytest.mark.parametrize("outcome", [Outcome.CLOSED, Outcome.REFUSED])
def test_what_was_refused_does_not_count_against_the_caller(records: Records, outcome: Outcome) -> None:
    begin(records, sales(state=State.ENDED, outcome=outcome, ended_at=NOON))
    stands = records.situation("c1", Number(CALLER), NOON)
    assert (stands.transfers_this_call, stands.transfers_last_hour) == (0, 0)


def test_callers_who_withhold_their_number_are_not_one_caller(records: Records) -> None:
    begin(records, sales(), caller=None)
    assert records.situation("c2", None, NOON).transfers_last_hour == 0


def test_a_caller_may_be_a_sip_address(records: Records) -> None:
    lee = SipUri("sip:lee@pbx.acme.example")
    records.begin(sales(), key="k", reply=REPLY, call=replace(call(), caller=lee))
    assert records.situation("c2", lee, NOON).transfers_last_hour == 1


# --- one transfer at a time -------------------------------------------------------------------------------------------


def test_a_repeated_tool_call_gets_the_first_reply(records: Records) -> None:
    assert begin(records, sales()).fresh
    again = records.begin(sales("t_2"), key="c1: sales please", reply={"response": "another"}, call=call())
    assert (again.fresh, again.transfer.id, again.key, again.reply) == (False, "t_1", "c1: sales please", REPLY)
    assert len(list(records.ledger())) == 1


def test_another_tool_call_while_a_transfer_lives_begins_nothing(records: Records) -> None:
    begin(records, sales())
    records.apply("t_1", LegProgressed(1, 0, "ringing"), later(5))
    other = begin(records, sales("t_2", destination="billing"), "billing please")
    assert (other.fresh, other.transfer.id, other.key) == (False, "t_1", "c1: sales please")


def test_the_same_request_after_the_end_is_a_new_transfer(records: Records) -> None:
    begin(records, sales())
    records.apply("t_1", Returned(((1, Outcome.BUSY),)), later(30))
    assert begin(records, sales("t_2", started_at=later(40))).fresh
    assert [entry["id"] for entry in records.ledger()] == ["t_1", "t_2"]


def test_an_agent_who_has_the_caller_for_a_while_may_transfer_the_caller(records: Records) -> None:
    begin(records, sales(final=False))
    records.apply("t_1", HandedOver(1, "concierge"), later(5))
    inner = begin(records, sales("t_2", started_at=later(9), sent_by="t_1"), "the concierge's own")
    assert inner.fresh
    records.apply("t_1", LegProgressed(1, 0, "answered"), later(10))  # late news of the outer one disturbs nothing
    live = records.live_transfer("c1")
    assert live is not None
    assert live.id == "t_2"


def test_a_tool_call_repeated_while_another_agent_has_the_caller_gets_the_first_reply(records: Records) -> None:
    begin(records, sales(final=False))
    records.apply("t_1", HandedOver(1, "concierge"), later(5))
    again = begin(records, sales("t_2"))
    assert (again.fresh, again.transfer.id, again.reply) == (False, "t_1", REPLY)


def test_other_calls_are_other_calls(records: Records) -> None:
    assert begin(records, sales()).fresh
    assert begin(records, sales("t_2", "c2")).fresh


# --- what happened ----------------------------------------------------------------------------------------------------

BUSY_THEN_LEE: list[Any] = [
    LegProgressed(1, 0, "ringing"),
    LegEnded(1, 0, Outcome.BUSY),
    ConnectFailed(1, Outcome.FAILED),
    LegProgressed(2, 0, "ringing"),
    Connected(2),
    LegEnded(2, 0, Outcome.BRIDGED),
]


def test_told_twice_changes_nothing(records: Records) -> None:
    begin(records, sales())
    once = [records.apply("t_1", event, later(n)) for n, event in enumerate(BUSY_THEN_LEE)]
    events = story(records)
    twice = [records.apply("t_1", event, later(90 + n)) for n, event in enumerate(BUSY_THEN_LEE)]
    assert set(twice) == {once[-1]}
    assert story(records) == events


@pytest.mark.parametrize("order", [BUSY_THEN_LEE, BUSY_THEN_LEE[::-1], BUSY_THEN_LEE[3:] + BUSY_THEN_LEE[:3]])
def test_in_whatever_order_it_is_told_the_end_is_the_same(records: Records, order: list[Any]) -> None:
    begin(records, sales())
    for second, event in enumerate(order):
        records.apply("t_1", event, later(second))
    kept = records.transfer("t_1")
    assert kept is not None
    assert (kept.state, kept.outcome) == (State.ENDED, Outcome.BRIDGED)
    assert [(one.person, one.outcome) for one in kept.attempts] == [("dana", Outcome.BUSY), ("lee", Outcome.BRIDGED)]


def test_a_late_report_sharpens_the_attempt_and_keeps_when_it_ended(records: Records) -> None:
    begin(records, sales())
    records.apply("t_1", ConnectFailed(1, Outcome.FAILED), later(20))
    records.apply("t_1", LegEnded(1, 0, Outcome.BUSY), later(25))
    kept = records.transfer("t_1")
    assert kept is not None
    assert [(one.outcome, one.ended_at) for one in kept.attempts] == [(Outcome.BUSY, later(20))]


def test_a_message_the_caller_left_is_kept_once_however_often_it_is_told(records: Records) -> None:
    begin(records, sales())
    for second in range(3):
        records.apply("t_1", MessageLeft(3, "https://files.example/m.wav", 4.5), later(second))
    (message,) = records.messages()
    assert (message["key"], message["kind"], message["url"], message["seconds"]) == (
        "t_1:3",
        "voicemail",
        "https://files.example/m.wav",
        4.5,
    )


def test_a_text_that_is_reported_twice_is_in_the_journal_once(records: Records) -> None:
    begin(records, sales())
    for status in ("sent", "delivered", "delivered"):
        records.apply("t_1", TextNoted(CALLER, "caller", status), NOON)
    assert story(records) == ["requested", "text_noted", "text_noted"]


def test_what_is_known_of_its_texts_begins_a_journal_and_is_not_told_again(records: Records) -> None:
    skipped = TextNoted(CALLER, "caller", "skipped", "a landline")
    begun = records.begin(sales(), key="k", reply={}, call=call(), texts=[skipped])
    assert begun.transfer == records.transfer("t_1")
    records.apply("t_1", skipped, later(1))
    assert story(records) == ["requested", "text_noted"]
    records.apply("t_1", LegProgressed(1, 0, "ringing"), later(2))
    assert story(records) == ["requested", "text_noted", "leg_progressed"]


def test_a_transfer_that_lost_its_claim_leaves_no_journal(records: Records) -> None:
    texts = [TextNoted(CALLER, "caller", "skipped", "a landline")]
    assert begin(records, sales()).fresh
    assert not records.begin(sales("t_2"), key="another", reply={}, call=call(), texts=texts).fresh
    assert story(records) == ["requested"]
    assert records.transfer("t_2") is None


def test_news_of_an_ended_transfer_leaves_the_live_one_alone(records: Records) -> None:
    """We inferred that the caller had left; then the caller was back, in another transfer; then the first one rang."""
    begin(records, sales())
    records.apply("t_1", CallerLeft(), later(5))
    assert begin(records, sales("t_2", started_at=later(9)), "again").fresh
    for second, event in enumerate((LegProgressed(1, 0, "ringing"), LegProgressed(2, 0, "ringing"), *BUSY_THEN_LEE)):
        records.apply("t_1", event, later(10 + second))
    live = records.live_transfer("c1")
    assert live is not None
    assert live.id == "t_2"
    assert begin(records, sales("t_3"), "again").transfer.id == "t_2"


# --- moments ----------------------------------------------------------------------------------------------------------


def test_every_moment_comes_back_aware_whatever_zone_it_was_told_in(records: Records) -> None:
    new_york = NOON.astimezone(timezone(timedelta(hours=-5)))
    begin(records, sales(started_at=new_york))
    records.apply("t_1", ConnectFailed(1, Outcome.BUSY), new_york)
    kept, opened = records.transfer("t_1"), records.call("c1")
    assert kept is not None
    assert opened is not None
    moments = [kept.started_at, kept.attempts[0].ended_at, opened["started_at"]]
    assert moments == [NOON] * 3
    assert [one.utcoffset() for one in moments if one] == [timedelta(0)] * 3
    assert {one["at"] for entry in records.ledger() for one in entry["events"]} == {"2026-03-02T12:00:00+00:00"}
