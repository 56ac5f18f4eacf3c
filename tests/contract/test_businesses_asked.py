"""Texts to the lines of two businesses, and calls asked for in the name of each: nothing of one reaches the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Databases
from tests.contract.conftest import PASSWORD
from tests.contract.consulted import REST
from tests.contract.test_businesses import ACME_LINE, BOLT_LINE, NOBODYS, Installation
from tests.support.phone import basic

ANN, DANA_OF_ACME = "+12025550190", "+12025550111"


@pytest.fixture
def both(tmp_path: Path, databases: Databases) -> Iterator[Installation]:
    made = Installation(tmp_path / "switchboard.d", databases.new(), api_key="key", **REST)
    yield made
    made.closes()


def text(both: Installation, body: str, to: str, from_: str = ANN) -> str:
    sent = {"message_id": f"{from_} {to} {body}", "from": from_, "to": to, "body": body}
    headers = basic("signalwire", PASSWORD)
    document = both.app.test_client().post("/messages", json={"message": sent}, headers=headers).get_json()
    (step,) = document["sections"]["main"]
    return str(step.get("reply", {}).get("body", ""))


def asks(both: Installation, key: str = "k", **wanted: Any) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": "Bearer key", "Idempotency-Key": key}
    response = both.app.test_client().post(
        "/api/calls", json={"to": ANN, "agent": "receptionist", **wanted}, headers=headers
    )
    return response.status_code, response.get_json()


def test_a_text_is_read_by_the_business_whose_line_it_is(both: Installation) -> None:
    assert text(both, "Hello", ACME_LINE).startswith("Acme Plumbing:")
    assert text(both, "Hello", BOLT_LINE).startswith("Bolt Rentals:")
    assert text(both, "Hello", NOBODYS) == ""
    assert [one["body"] for one in both.records.messages(business="bolt")] == ["Hello"]
    assert [one["business"] for one in both.records.messages()] == ["acme", "bolt"]


def test_a_person_of_one_is_a_stranger_to_the_other(both: Installation) -> None:
    assert "you are not rung" in text(both, "AWAY", ACME_LINE, DANA_OF_ACME)
    assert "gets your message" in text(both, "AWAY", BOLT_LINE, DANA_OF_ACME)
    assert both.records.presences("acme")["dana"].away
    assert not both.records.presences("bolt")  # who has a Dana as well


def test_who_says_stop_to_one_may_be_rung_by_the_other(both: Installation) -> None:
    text(both, "STOP", ACME_LINE)
    assert asks(both, line=ACME_LINE)[0] == 403
    assert asks(both, line=BOLT_LINE)[0] == 201
    assert "gets your message" in text(both, "Hello", BOLT_LINE)


def test_a_call_is_asked_for_in_the_name_of_one(both: Installation) -> None:
    assert asks(both)[0] == 422  # whose?
    status, call = asks(both, business="bolt")
    assert (status, call["business"], call["from"]) == (201, "bolt", BOLT_LINE)
    assert asks(both, business="bolt", line=ACME_LINE, key="k2")[0] == 422
    assert asks(both, line=ACME_LINE, agent="fleet", key="k3")[0] == 422  # Bolt's agent
    assert asks(both, line=BOLT_LINE, agent="fleet", key="k3")[0] == 201
