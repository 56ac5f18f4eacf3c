"""From agent to agent, for good or for a while, and nothing is asked twice."""

import json
from datetime import timedelta
from pathlib import Path

from tests.contract.conftest import Build, Switchboard
from tests.support.phone import Phone, moved, verbs

PAYLOADS = Path(__file__).parent / "payloads"
NO_ANSWER = "connect failed no_answer"


def test_another_agent_takes_over_knowing_everything(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    assert "swml_transfer" in caller.tools
    summary = "Was charged twice in June."
    reply = caller.asks("swml_transfer", destination="billing", reason="a double charge", summary=summary)
    caller.follows(verbs(moved(reply), "transfer")[0]["dest"])
    assert caller.greeting == "Billing desk. I understand you are calling about a double charge."
    assert summary in json.dumps(caller.ai["prompt"])
    assert caller.ai["global_data"]["sent_by"] == "receptionist"
    assert acme.story == [("billing", "handed_off")]


def test_a_temporary_handoff_comes_back_with_a_spoken_reason(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    reply = caller.asks("swml_transfer", destination="concierge", reason="a visit", summary="Comes in May.")
    caller.follows(verbs(moved(reply), "transfer")[0]["dest"])
    assert "hand_back" in caller.tools
    back = moved(caller.asks("hand_back", reason="done", summary="The visit is booked for the third of May."))
    caller.follows(verbs(back, "transfer")[0]["dest"])
    assert "The visit is booked for the third of May." in caller.greeting
    assert "hand_back" not in caller.tools
    assert acme.story == [("concierge", "handed_off")]


def test_an_agent_with_a_borrowed_caller_may_transfer_and_still_gives_the_caller_back(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    reply = caller.asks("swml_transfer", destination="concierge", reason="a visit", summary="")
    caller.follows(verbs(moved(reply), "transfer")[0]["dest"])
    acme.clock.at += timedelta(seconds=40)
    tried = moved(caller.asks("connect", destination="sales", reason="a price", summary=""))
    caller.notes(step_1=NO_ANSWER)
    caller.follows(verbs(tried, "transfer")[-1]["dest"])
    assert "hand_back" in caller.tools
    back = moved(caller.asks("hand_back", reason="done", summary="All settled."))
    caller.follows(verbs(back, "transfer")[0]["dest"])
    assert "All settled." in caller.greeting
    assert acme.story == [("concierge", "handed_off"), ("sales", "no_answer")]


def test_a_borrowed_caller_whose_agent_stops_comes_back_all_the_same(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    reply = caller.asks("swml_transfer", destination="concierge", reason="a visit", summary="")
    document = caller.follows(verbs(moved(reply), "transfer")[0]["dest"])
    (tail,) = verbs(document, "transfer")
    caller.follows(tail["dest"])
    assert caller.greeting.startswith("You are back with Acme Plumbing.")


def test_a_foreign_agent_has_the_caller_once_the_document_says_so(switchboard: Build) -> None:
    acme = switchboard(environ={"PARTNER": "us:s3cret"})
    caller = Phone(acme.app)
    caller.dials()
    document = moved(caller.asks("swml_transfer", destination="partner", reason="a parcel", summary="Lost parcel."))
    (execute,) = verbs(document, "execute")
    assert verbs(document, "transfer")  # whether it never answered or is done, the caller is not left with nobody
    assert execute["dest"] == "https://us:s3cret@agents.partner.example/swml"
    assert execute["params"]["summary"] == "Lost parcel."
    said = next(request for request in verbs(document, "request") if request["method"] == "POST")
    assert caller.post(said["url"], said["body"]).status_code == 200
    assert acme.story == [("partner", "handed_off")]


def test_an_agent_who_got_the_caller_for_good_cannot_give_them_back(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    reply = caller.asks("swml_transfer", destination="billing", reason="an invoice", summary="")
    document = caller.follows(verbs(moved(reply), "transfer")[0]["dest"])
    assert "hand_back" not in caller.tools
    assert not verbs(document, "transfer")


def test_what_the_agent_gathered_travels_and_what_we_know_anyway_does_not(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    document = caller.dials()
    ai = next(verb["ai"] for verb in document["sections"]["main"] if "ai" in verb)
    ai["global_data"]["customer"] = "Pat, premium"
    caller.asks("swml_transfer", destination="billing", reason="an invoice", summary="")
    transfer = acme.records.transfer(acme.ledger[0]["id"])
    assert transfer
    assert transfer.facts == (("customer", "Pat, premium"),)


def test_a_handoff_that_is_over_is_not_gone_back_to(acme: Switchboard) -> None:
    caller = Phone(acme.app)
    caller.dials()
    reply = caller.asks("swml_transfer", destination="concierge", reason="a visit", summary="")
    caller.follows(verbs(moved(reply), "transfer")[0]["dest"])
    document = moved(caller.asks("connect", destination="sales", reason="a price", summary=""))
    caller.notes(step_1=NO_ANSWER)
    caller.asks("hand_back", reason="done", summary="Settled meanwhile.")
    caller.follows(verbs(document, "transfer")[-1]["dest"])
    assert "hand_back" not in caller.tools
