"""What our agents render, on whichever SDK is installed, is SWML by that SDK's own schema."""

import json
from typing import Any

import pytest

from agents.registry import Staff
from swml.verbs import Play, Transfer
from tests.contract.schema import validate_document
from tests.support import acme

URLS: dict[str, Any] = {
    "tools_url": "https://user:p%40ss@pbx.example/tools?t=token",
    "report_url": "https://user:p%40ss@pbx.example/report?t=token",
}
STAFF = Staff(acme.directory())
VARIANTS = [(name, sip, returning) for name in STAFF.names for sip in (False, True) for returning in (False, True)]


def stamped(name: str, sip: bool, returning: bool, **slots: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(STAFF.blueprint(name, sip=sip, returning=returning).stamp(**URLS, **slots))
    return document


@pytest.mark.parametrize(("name", "sip", "returning"), VARIANTS)
def test_every_agents_document_is_swml_for_every_kind_of_call(name: str, sip: bool, returning: bool) -> None:
    validate_document(stamped(name, sip, returning))
    validate_document(
        stamped(
            name,
            sip,
            returning,
            greeting="Welcome back.",
            briefing="The caller wants a refund.",
            facts={"caller_number": "+12025550111", "last_transfer": {"to": "sales", "outcome": "busy"}},
            head=(Play(url="say:One moment."),),
            tail=(Transfer(dest="https://user:p%40ss@pbx.example/swml/receptionist?t=token"),),
        )
    )


@pytest.mark.parametrize(("name", "sip", "returning"), VARIANTS)
def test_every_function_shares_one_address_and_the_call_ends_in_a_hangup(name: str, sip: bool, returning: bool) -> None:
    main = stamped(name, sip, returning)["sections"]["main"]
    swaig = next(verb["ai"]["SWAIG"] for verb in main if "ai" in verb)
    assert swaig["defaults"] == {"web_hook_url": URLS["tools_url"]}
    assert [one["function"] for one in swaig["functions"] if "web_hook_url" in one or "meta_data_token" in one] == []
    assert (next(iter(main[0])), main[-1]) == ("answer", {"hangup": {}})


def test_no_address_of_the_sdks_own_server_is_left_in_a_document() -> None:
    for variant in VARIANTS:
        assert "switchboard.invalid" not in json.dumps(stamped(*variant))
