"""The fixtures that come with Switchboard, used as a user of it would use them."""

from collections.abc import Callable

import pytest

from exchange.scenarios.prompter import Prompter
from handlers.cli.rehearsal.pytest_plugin import Behaving, Caller
from handlers.cli.rehearsal.stage import Stage

SALES = {"tool": "connect", "destination": "sales", "reason": "a quote", "summary": "Wants a quote."}
HUMAN = {"tool": "escalate_to_human", "reason": "wants a human", "summary": ""}
People = Callable[[str], Behaving]


@pytest.mark.switchboard(rest="none")
def test_nobody_can_take_the_call_and_nobody_can_be_rung_back_so_a_message_is_kept(
    caller: Caller, person: People
) -> None:
    person("dana").is_busy()
    person("max").does_not_answer()
    caller.dials("+12025550100").hears("How can I help?")
    caller.says("A human, please.", model=HUMAN, then={"say": "Nobody can come now."}).hears("Nobody can come")
    caller.says("Then ring me.", model={"tool": "request_callback", "destination": "supervisor"})
    assert caller.ledger[0]["outcome"] == "no_answer"
    assert [(one["kind"], one["number"]) for one in caller.messages] == [("callback", "+12025550190")]


def test_somebody_is_told_asks_and_takes_the_call(caller: Caller, person: People) -> None:
    person("dana").answers(after=2).says("What is the weather like?", "Yes, put them through.").hangs_up(after=20)
    caller.dials().says("A human, please.", model=HUMAN).is_put_through_to("dana")
    assert caller.ledger[0]["mechanism"] == "consult"


@pytest.mark.switchboard(rest={"dial": 422})
def test_the_platform_refuses_to_ring_anybody(caller: Caller) -> None:
    caller.dials().says("A human, please.", model=HUMAN, then={"say": "Nobody can come now."}).hears("Nobody can come")
    assert [one["outcome"] for one in caller.ledger[0]["attempts"]] == ["failed", "failed"]


def test_the_first_of_two_to_answer_gets_the_call(caller: Caller, person: People) -> None:
    person("dana").answers(after=9)
    person("lee").answers(after=3).hangs_up(after=20)
    caller.dials().says("A quote, please.", model=SALES)
    caller.hears("putting you through to our sales team").is_put_through_to("lee")


@pytest.mark.switchboard(at="2026-03-17 18:00")
def test_in_the_evening_sales_takes_a_message(caller: Caller) -> None:
    caller.dials().says("A quote, please.", model=SALES).hears("Sales is closed until tomorrow at 9 AM")


def test_two_callers_at_once(new_caller: Callable[..., Caller], person: People) -> None:
    person("dana").answers(after=2)
    ann, bob = new_caller("+12025550191"), new_caller("+12025550192")
    ann.dials()
    bob.dials()
    ann.says("A human, please.", model=HUMAN).is_put_through_to("dana")
    bob.says("Goodbye.", model={"tool": "end_call"}).hears("Thank you for calling")
    assert [row["call_id"] for row in ann.ledger] == [ann.call.id]


def test_an_expectation_that_is_not_met_says_what_happened_and_shows_the_ladder(caller: Caller) -> None:
    caller.dials()
    with pytest.raises(AssertionError) as told:
        caller.hears("Bonjour")
    expected, happened, ladder, *lines = str(told.value).splitlines()
    assert expected == "expected: the caller hears 'Bonjour'"
    assert happened.startswith("happened: 'Thanks for calling")
    assert ladder == "the ladder:"
    assert any("fetch      POST /swml 200" in line for line in lines)
    with pytest.raises(AssertionError, match="happened: the caller is put through to nobody"):
        caller.is_put_through_to("dana")


def test_a_name_that_is_nobodys_is_refused_with_those_there_are(caller: Caller, person: People) -> None:
    caller.dials()
    refused = r"no such person: danna; did you mean dana\? The directory has: dana, lee, max"
    with pytest.raises(pytest.fail.Exception, match=refused):
        person("danna")
    with pytest.raises(pytest.fail.Exception, match=refused):
        caller.is_put_through_to("danna")
    person("+12025550120").is_busy()


UNKNOWN_VERB = {"version": "1.0.0", "sections": {"main": [{"dance": {}}]}}


@pytest.mark.switchboard(directory="scenarios/acme/switchboard.yaml", elsewhere={"partner": UNKNOWN_VERB})
def test_a_call_on_which_the_contract_was_broken_does_not_end_well(rehearsal: Stage) -> None:
    model = {"tool": "swml_transfer", "destination": "partner", "reason": "a parcel", "summary": ""}
    rehearsal.exchange.thinker = prompter = Prompter()
    caller = Caller(rehearsal, prompter, "+12025550190").dials().says("My parcel?", model=model)
    with pytest.raises(AssertionError, match="dance"):
        caller.ends_well()
