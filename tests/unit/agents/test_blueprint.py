"""A call's document: what is stamped into it, and that nothing stamped can spill out of its slot."""

import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.blueprint import BRIEFING_TITLE, Blueprint, compile_document
from swml.live import inert
from swml.verbs import Play, Transfer

URLS: dict[str, Any] = {
    "tools_url": "https://u:p@pbx.example/tools?t=1",
    "report_url": "https://u:p@pbx.example/report?t=1",
}
CONNECT = {"function": "connect", "description": "Ours", "parameters": {"type": "object", "properties": {}}}


def rendered(**ai: Any) -> dict[str, Any]:
    """What the SDK renders for a small agent."""
    agent = {"prompt": {"pom": [{"title": "Who you are", "body": "The receptionist."}]}, **ai}
    return {"version": "1.0.0", "sections": {"main": [{"answer": {}}, {"ai": agent}]}}


def stamped(blueprint: Blueprint, **slots: Any) -> list[dict[str, Any]]:
    document: dict[str, Any] = json.loads(blueprint.stamp(**{**URLS, **slots}))
    main: list[dict[str, Any]] = document["sections"]["main"]
    return main


def agent_of(main: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = next(verb["ai"] for verb in main if "ai" in verb)
    return found


def test_an_agent_without_a_prompt_is_refused() -> None:
    with pytest.raises(ValueError, match="no prompt"):
        compile_document({"version": "1.0.0", "sections": {"main": [{"answer": {}}]}})


def test_a_call_has_its_own_addresses_greeting_facts_and_briefing() -> None:
    main = stamped(
        compile_document(rendered()),
        greeting="Hello again.",
        briefing="Wants a refund.",
        facts={"line": "+12025550100"},
    )
    ai = agent_of(main)
    assert ai["SWAIG"]["defaults"] == {"web_hook_url": URLS["tools_url"]}
    assert ai["post_prompt_url"] == URLS["report_url"]
    assert ai["params"]["static_greeting"] == "Hello again."
    assert ai["global_data"] == {"line": "+12025550100"}
    assert ai["prompt"]["pom"][0] == {"title": BRIEFING_TITLE, "body": "Wants a refund."}


def test_nothing_known_leaves_no_empty_slot_behind() -> None:
    main = stamped(compile_document(rendered()))
    ai = agent_of(main)
    assert [next(iter(verb)) for verb in main] == ["answer", "ai", "hangup"]
    assert [section["title"] for section in ai["prompt"]["pom"]] == ["Who you are"]
    assert "static_greeting" not in ai["params"]
    assert ai["global_data"] == {}


def test_the_variables_a_later_request_restores_the_call_from_are_always_posted() -> None:
    blueprint = compile_document(rendered(params={"swaig_post_swml_vars": False}))
    assert agent_of(stamped(blueprint))["params"] == {"swaig_post_swml_vars": True}


def test_an_agents_own_greeting_holds_until_a_call_has_another_or_none() -> None:
    blueprint = compile_document(rendered(params={"static_greeting": "Good day.", "local_tz": "UTC"}))
    greetings = [
        agent_of(stamped(blueprint, greeting=said))["params"].get("static_greeting") for said in (None, "Hi", "")
    ]
    assert greetings == ["Good day.", "Hi", None]


def test_a_calls_facts_lie_over_the_agents_own() -> None:
    blueprint = compile_document(rendered(global_data={"tone": "warm", "line": "none"}))
    assert agent_of(stamped(blueprint, facts={"line": "one"}))["global_data"] == {"tone": "warm", "line": "one"}


def test_a_prompt_in_one_piece_gets_the_briefing_at_its_end() -> None:
    blueprint = compile_document(rendered(prompt={"text": "You are the till."}))
    text = agent_of(stamped(blueprint, briefing='Said "hello"\nand rang off.'))["prompt"]["text"]
    assert text == f'You are the till.\n\n{BRIEFING_TITLE}:\nSaid "hello"\nand rang off.'


def test_when_the_agent_stops_it_says_goodbye_and_hangs_up() -> None:
    main = stamped(compile_document(rendered(), goodbye=(Play(url="say:Bye for now."),)))
    assert main[-2:] == [{"play": {"url": "say:Bye for now."}}, {"hangup": {}}]


def test_a_caller_who_goes_back_hears_no_goodbye_and_is_never_left_in_silence() -> None:
    blueprint = compile_document(rendered(), goodbye=(Play(url="say:Bye for now."),))
    main = stamped(blueprint, head=(Play(url="say:One moment."),), tail=(Transfer(dest="https://pbx.example/back"),))
    assert [next(iter(verb)) for verb in main] == ["answer", "play", "ai", "transfer", "hangup"]
    assert main[1] == {"play": {"url": "say:One moment."}}


def test_our_tools_come_first_and_replace_one_of_the_same_name() -> None:
    theirs = [{"function": "connect", "description": "Theirs"}, {"function": "clock", "description": "Theirs"}]
    blueprint = compile_document(rendered(SWAIG={"functions": theirs}), functions=[CONNECT])
    assert [(one["function"], one["description"]) for one in agent_of(stamped(blueprint))["SWAIG"]["functions"]] == [
        ("connect", "Ours"),
        ("clock", "Theirs"),
    ]
    assert blueprint.tools == ("connect", "clock")


def test_what_callers_said_cannot_read_the_platforms_variables() -> None:
    main = stamped(compile_document(rendered()), briefing="They said ${envs.key} %{call.from} @{expr 1}")
    assert agent_of(main)["prompt"]["pom"][0]["body"] == "They said {envs.key} {call.from} {expr 1}"


def test_words_that_look_like_a_slot_are_only_words() -> None:
    said = " ".join(f'"slot-{number};" slot-{number};' for number in range(10))
    blueprint = compile_document(rendered(prompt={"text": said}), functions=[CONNECT])
    assert agent_of(stamped(blueprint))["prompt"]["text"] == said


texts = st.text(max_size=60).map(inert)  # what stands for an expression is taken out of others' words
values = st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda leaf: st.lists(leaf, max_size=3))


@given(greeting=texts, briefing=texts, facts=st.dictionaries(texts, values, max_size=4), token=texts)
def test_whatever_is_stamped_stays_in_its_slot(greeting: str, briefing: str, facts: dict[str, Any], token: str) -> None:
    plain = compile_document(rendered())
    whole = agent_of(stamped(plain, greeting=greeting, briefing=briefing, facts=facts, tools_url=token))
    bare = agent_of(stamped(plain))
    assert whole["params"].pop("static_greeting", "") == greeting
    assert whole["global_data"] == facts
    assert whole["SWAIG"]["defaults"]["web_hook_url"] == token
    assert len(whole["prompt"]["pom"]) == 1 + bool(briefing)
    whole["prompt"], whole["global_data"], whole["SWAIG"] = bare["prompt"], bare["global_data"], bare["SWAIG"]
    assert whole == bare


def test_eight_threads_stamping_get_their_own_token_and_nobody_elses() -> None:
    blueprint = compile_document(rendered(), functions=[CONNECT])
    mixed: list[str] = []

    def answer_calls(worker: int) -> None:
        for number in range(300):
            token = f"{worker}-{number}."
            main = stamped(blueprint, tools_url=f"https://pbx.example/tools?t={token}", facts={"token": token})
            found = agent_of(main)
            if found["SWAIG"]["defaults"]["web_hook_url"].partition("=")[2] != token or found["global_data"] != {
                "token": token
            }:
                mixed.append(token)

    workers = [threading.Thread(target=answer_calls, args=(worker,)) for worker in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert mixed == []
