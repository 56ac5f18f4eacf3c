"""What a person is told and asked before a caller reaches them: the document itself, word by word."""

from typing import Any

import pytest

from agents.documents.whisper import OVER, QUESTION, YES, gate, gate_seconds
from calls.directory.model import Directory
from exchange.core.sounds import seconds_of
from exchange.documents.expressions import Scope, holds
from swml.render import render_reply, render_steps
from tests.contract.schema import validate_reply
from tests.support.phone import walk
from tests.unit.agents.test_chain import ask, connect, department, document, moves, visit

Json = dict[str, Any]
ANSWERED = [{"ring": ["dana", "lee"], "for": 20}]


def warm(**settings: Any) -> Directory:
    return department(**{"handoff": "whisper", "reach": ANSWERED, **settings})


@pytest.mark.parametrize(
    "said",
    [
        "1",
        1,
        "yes",
        "Yes.",
        "YEAH",
        " yep ",
        "yup!",
        "Yes, please",
        "yes yes",
        "Sure",
        "Okay.",
        "ok",
        "Yes, thank you.",
        "one",
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_this_is_a_yes(said: object, strict: bool) -> None:
    assert holds(YES, Scope({"prompt_value": said}, unset_is_error=strict))


@pytest.mark.parametrize(
    "said",
    [
        "", "2", "11", "21", "12", "no", "No, yes", "no yes", "yes no", "yesterday I called", "yes but not now", "Yes?",
        "Hello?", "not yes", "yes I mean no", "eyes", "Please leave a message after the tone.", "one moment",
        "sure not", "okay, who is this", None, "undefined", "1.5",
    ],
)  # fmt: skip
@pytest.mark.parametrize("strict", [True, False])
def test_this_is_not(said: object, strict: bool) -> None:
    assert not holds(YES, Scope({"prompt_value": said}, unset_is_error=strict))


@pytest.mark.parametrize("strict", [True, False])
def test_a_prompt_that_set_nothing_is_no_yes_and_no_error(strict: bool) -> None:
    assert not holds(YES, Scope({}, unset_is_error=strict))


@pytest.mark.parametrize("answer", [None, "", "hangup", {"next": "agent"}, {}, []])
def test_only_our_own_word_ends_a_call(answer: object) -> None:
    assert not holds(OVER, Scope({"request_result": "success", "request_response": answer}))
    assert not holds(OVER, Scope({"request_result": "failed", "request_response": {"next": "hangup"}}))
    assert not holds(OVER, Scope({"request_result": "success"}))
    assert holds(OVER, Scope({"request_result": "success", "request_response": {"next": "hangup"}}))


def test_the_person_hears_who_why_and_how_to_answer() -> None:
    verbs = connect(warm())["confirm"]
    ask_ = next(step["prompt"] for step in verbs if "prompt" in step)
    assert ask_["play"] == [
        "say:Acme Plumbing: a call for the sales team from 2 0 2, 5 5 5, 0 1 7 7. About a quote. Wants a boiler. "
        "Reference K 7 Q 4.",
        f"say:{QUESTION}",
    ]
    assert (ask_["max_digits"], ask_["initial_timeout"]) == (1, 15.0)  # keys and speech, both
    assert ask_["speech_hints"] == ["yes", "no"]
    one, yes, no = verbs[-1]["cond"]
    assert (one["when"], one["then"]) == ("prompt_value == '1'", yes["then"])
    assert next(iter(yes["then"][0])) == "play"
    assert no["else"] == [{"hangup": {}}]


def test_there_is_time_to_hear_it_all_and_to_answer() -> None:
    for words in ("Short.", "word " * 100, "Call 2 0 2, 5 5 5. " * 10):
        for within in (5, 15, 60):
            assert gate_seconds(words, within=within) > seconds_of(words) + seconds_of(QUESTION) + within + 5
    told = warm()
    assert connect(told)["confirm_timeout"] > connect(told)["timeout"]


def test_the_seconds_to_accept_are_those_of_the_file() -> None:
    data = {"escalation": {"department": "sales", "accept_within": 30, "hold_music": "https://files.example/hold.mp3"}}
    directory = Directory.read(
        {**RAW, **data}, public_holidays=lambda *_: {}, prompts=lambda _: None
    )  # fmt: skip
    dialled = connect(directory)
    assert next(s["prompt"] for s in dialled["confirm"] if "prompt" in s)["initial_timeout"] == 30.0
    assert dialled["ringback"] == ["https://files.example/hold.mp3"]


RAW: Json = {
    "company": "Acme Plumbing",
    "timezone": "America/New_York",
    "lines": {"+12025550100": {}},
    "people": {"dana": {"name": "Dana Reyes", "phone": "+12025550111"}},
    "departments": {"sales": {"about": "orders", "handoff": "whisper", "reach": [{"ring": ["dana"]}]}},
}


def test_nothing_in_it_is_filled_in_by_the_platform() -> None:
    evil = "${envs.SECRET_KEY} %{call.from} @{x}"
    directory = warm()
    (move,) = moves(ask(visit(directory), "sales", reason=evil))
    dialled = [value for name, value in walk(move["SWML"]["sections"]["main"]) if name == "connect"]
    assert len(dialled) == 2
    assert not any(mark in str(dialled) for mark in ("${", "%{", "@{"))


def test_only_a_sip_phone_is_shown_the_briefing_in_a_header() -> None:
    dana, lee = (value["serial"][0] for name, value in walk(document(warm())) if name == "connect")
    assert "headers" not in dana
    assert lee["headers"] == [
        {"name": "X-Team", "value": "support"},
        {
            "name": "X-Switchboard-Briefing",
            "value": "ref=K7Q4; caller=+12025550177; department=sales; reason=a quote; summary=Wants a boiler.",
        },
    ]
    assert "X-Switchboard-Briefing" not in str(document(warm(handoff="blind")))


def test_a_secret_reaches_no_persons_phone() -> None:
    (move,) = moves(ask(visit(warm()), "sales", reason="card 4111 1111 1111 1111"))
    assert "1111" not in str(move).replace("+12025550111", "")


def test_the_agent_waits_inside_even_where_the_transfer_is_final() -> None:
    (final,) = moves(ask(visit(warm()), "sales"))
    assert "transfer" not in final
    (queued,) = moves(ask(visit(warm(reach=[*ANSWERED, {"queue": "sales"}])), "sales"))
    assert queued["transfer"] is True  # no agent may wait inside a queue
    (blind,) = moves(ask(visit(warm(handoff="blind")), "sales"))
    assert blind["transfer"] is True


def test_the_agent_is_told_who_was_asked() -> None:
    last = document(warm())[-1]["set"]["ai_response"]
    assert "Asked at sales: Dana Reyes, then Lee Park. None of them took the call" in last
    assert "${connect_failed_reason}" in last


@pytest.mark.parametrize("returns", [False, True])
def test_after_a_connection_we_are_asked_whether_there_was_a_talk(returns: bool) -> None:
    main = document(warm(returns=returns))
    (taken,) = [step["cond"][0] for step in main if "connect_result ==" in str(step.get("cond", [{}])[0].get("when"))]
    request, after = taken["then"][0]["request"], taken["then"][1]["cond"]
    assert request["timeout"] == 2.0
    assert request["save_variables"] is True
    assert "/events/over?t=over.c1.t_1.1" in request["url"]
    done, needed, unsure = (branch.get("then") or branch["else"] for branch in after)
    assert done[0] == {"hangup": {}} if not returns else "has finished with sales" in done[0]["set"]["ai_response"]
    assert needed[0] == {"set": {"t_1_step_1": "connect failed declined"}}
    assert "did not get to talk" in needed[1]["set"]["ai_response"]
    assert "not certain" in unsure[0]["set"]["ai_response"]
    assert needed[-1] == unsure[-1] == {"return": {}}


def test_a_chain_that_leads_to_another_departments_people_asks_only_those() -> None:
    departments = {
        "sales": {"about": "x", "reach": [{"ring": ["dana"]}, {"department": "boss"}]},
        "boss": {"about": "x", "handoff": "whisper", "reach": [{"ring": ["dana"]}]},
    }
    directory = Directory.read(
        RAW | {"departments": departments}, public_holidays=lambda *_: {}, prompts=lambda _: None
    )
    asked = ["confirm" in value for name, value in walk(document(directory)) if name == "connect"]
    assert asked == [False, True]


def test_the_platform_takes_the_whole_of_it() -> None:
    answer = ask(visit(warm(reach=[*ANSWERED, {"ring": [["dana", "max"]]}, "voicemail"])), "sales")
    validate_reply(render_reply(answer.reply))
    assert answer.transfer
    assert answer.transfer.mechanism == "whisper"


def test_the_gate_is_spoken_in_the_companys_voice() -> None:
    spoken = [
        step for step in render_steps(gate("Hello.", within=15, directory=warm())) if {"play", "prompt"} & set(step)
    ]
    voices = {next(iter(step.values())).get("say_voice") for step in spoken if "silence" not in str(step)}
    assert voices == {"rime.spore"}
