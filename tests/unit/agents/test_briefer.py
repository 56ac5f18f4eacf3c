"""The briefer: tells a person what a caller is about, and brings back a yes, a no or a promise to ring back."""

import json
from typing import Any

import pytest

from agents import prompts
from agents.registry import Staff
from calls.directory.errors import Mistakes
from calls.directory.model import Directory
from calls.directory.references import BRIEFER
from tests.support.directories import read
from tests.unit.calls.briefing.test_briefing import JANE

Json = dict[str, Any]
ACME: Json = {
    "company": "Acme Plumbing",
    "timezone": "America/New_York",
    "people": {"dana": {"name": "Dana Reyes", "phone": "+12025550111"}},
    "departments": {
        "sales": {"about": "orders", "reach": [{"ring": ["dana"]}]},
        "boss": {"about": "decides", "handoff": "consult", "reach": [{"ring": ["dana"]}]},
    },
    "agents": {"desk": {"about": "invoices", "instructions": "Explain."}},
    "escalation": {"department": "boss"},
    "policy": {"allow_dialling": True},
}


def acme(**sections: Any) -> Directory:
    return read({**ACME, **sections})


def talks_of(directory: Directory, briefing: str = "", greeting: str = "") -> Json:
    """The briefer's `ai` verb as a person's leg would get it."""
    stamped = Staff(directory).blueprint(BRIEFER).stamp(
        tools_url="https://u:p@desk.example/consult/tools?t=1",
        report_url="https://u:p@desk.example/consult/report?t=1",
        greeting=greeting,
        briefing=briefing,
    )  # fmt: skip
    ai: Json = next(verb["ai"] for verb in json.loads(stamped)["sections"]["main"] if "ai" in verb)
    return ai


def prompt_of(ai: Json) -> str:
    return json.dumps(ai["prompt"])


def test_it_can_bring_back_an_answer_and_move_nobody() -> None:
    functions = talks_of(acme())["SWAIG"]["functions"]
    assert [one["function"] for one in functions] == [
        "accept_call", "decline_call", "call_back_later", "startup_hook", "hangup_hook",
    ]  # fmt: skip
    arguments = {one["function"]: set(one["parameters"]["properties"]) for one in functions}
    assert arguments["decline_call"] == {"message"}
    assert arguments["call_back_later"] == {"when"}
    assert arguments["accept_call"] == set()


def test_its_first_sentence_is_the_briefing() -> None:
    ai = talks_of(acme(), greeting=JANE.whisper(), briefing=JANE.prompt())
    assert ai["params"]["static_greeting"].startswith("Acme Plumbing: a call for the billing team from Jane Doe.")


def test_it_is_on_a_call_of_ours_and_ends_soon() -> None:
    params = talks_of(acme())["params"]
    assert params["direction"] == "outbound"
    assert params["hard_stop_time"] == "90s"
    assert 10_000 <= params["outbound_attention_timeout"] <= 20_000
    assert 10_000 <= params["attention_timeout"] <= 20_000


def test_it_answers_from_the_conversation_alone_and_never_says_a_secret() -> None:
    log: list[dict[str, object]] = [
        {"role": "assistant", "content": "Which card was it?"},
        {"role": "user", "content": "4111 1111 1111 1111. My boiler is a Vaillant."},
    ]
    told = prompt_of(talks_of(acme(), briefing=JANE.prompt(log)))
    assert "That was not discussed." in told
    assert "Vaillant" in told
    assert "4111" not in told
    assert "1985" not in told
    assert "left out" in prompts.text("briefer")


def test_what_callers_said_is_not_filled_in_by_the_platform() -> None:
    log: list[dict[str, object]] = [{"role": "user", "content": "I am ${global_data.secret} and %{call.from}"}]
    told = prompt_of(talks_of(acme(), briefing=JANE.prompt(log)))
    assert "${global" not in told
    assert "%{call" not in told


def test_it_knows_nothing_of_where_callers_can_be_sent() -> None:
    told = prompt_of(talks_of(acme()))
    for word in ("sales", "check_availability", "escalate_to_human", "hand_back", "dial_number"):
        assert word not in told


def test_a_company_may_give_it_words_and_a_voice_of_its_own() -> None:
    own = {"briefer": {"instructions": "Call everybody by their first name.", "voice": "rime.cove"}}
    ai = talks_of(acme(agents=ACME["agents"] | own))
    assert "Call everybody by their first name." in prompt_of(ai)
    assert ai["languages"][0]["voice"] == "rime.cove"


@pytest.mark.parametrize("own", [{}, {"briefer": {"instructions": "Be kind."}}], ids=["as it is", "with own words"])
def test_no_caller_is_ever_handed_to_it(own: Json) -> None:
    directory = acme(agents=ACME["agents"] | own)
    staff = Staff(directory)
    assert not staff.has(BRIEFER)
    for agent in (*staff.names, BRIEFER):
        assert BRIEFER not in [one.name for one in directory.destinations(agent)]
        entry = directory.find(BRIEFER)
        assert entry is not None
        assert not directory.may_reach(agent, entry)
        if agent != BRIEFER:
            assert "accept_call" not in staff.blueprint(agent).tools


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        ({"lines": {"+12025550100": {"agent": "briefer"}}}, "lines.+12025550100.agent"),
        ({"departments": ACME["departments"] | {"x": {"about": "x", "reach": [{"agent": "briefer"}]}}},
         "departments.x.reach[0].agent"),
        ({"agents": {"desk": ACME["agents"]["desk"] | {"destinations": ["briefer"]}}}, "agents.desk.destinations[0]"),
        ({"agents": ACME["agents"] | {"briefer": {"url": "https://partner.example/swml"}}}, "agents.briefer"),
        ({"agents": ACME["agents"] | {"briefer": {"skills": {"datetime": {}}}}}, "agents.briefer"),
        ({"agents": ACME["agents"] | {"briefer": {"class": "acme:Briefer"}}}, "agents.briefer"),
    ],
)  # fmt: skip
def test_a_file_that_would_hand_callers_to_it_is_a_mistake(sections: Json, path: str) -> None:
    with pytest.raises(Mistakes) as refused:
        acme(**sections)
    assert [mistake.path for mistake in refused.value.mistakes] == [path]


@pytest.mark.parametrize(("talk", "offered"), [(True, [False, False]), (False, [])])
def test_what_is_of_use_only_while_waiting_sleeps_until_then(talk: bool, offered: list[bool]) -> None:
    waiting = {"while_waiting": "talk"} if talk else {}
    directory = acme(departments=ACME["departments"] | {"boss": ACME["departments"]["boss"] | waiting})
    stamped = (
        Staff(directory).blueprint("receptionist").stamp(tools_url="https://x.example", report_url="https://x.example")
    )
    (ai,) = [verb["ai"] for verb in json.loads(stamped)["sections"]["main"] if "ai" in verb]
    found = [one for one in ai["SWAIG"]["functions"] if one["function"] in ("cancel_transfer", "add_details")]
    assert [one["active"] for one in found] == offered
    assert "escalate_to_human" in str(ai["SWAIG"]["functions"])
