"""What is written in examples and refused by the published schema: whether it runs is a switch, or agreed."""

from typing import Any

import pytest
from werkzeug.wrappers import Response

from exchange import Person, Script
from exchange.agent.contexts import prompt_text
from exchange.core.assumptions import platform
from exchange.messaging import receive
from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build
from tests.exchange.test_agent import agent
from tests.exchange.test_assumptions import CALLER, HANGUP, LEE
from tests.exchange.test_platforms import playing


@pytest.mark.parametrize("seconds", ["3", "3.0", " 3.0"])
def test_a_silence_may_have_a_fraction_and_a_space(exchange: Build, app: App, seconds: str) -> None:
    app.routes["/swml"] = swml({"play": {"url": f"silence:{seconds}"}}, say("Hello."), HANGUP)
    call = exchange().dial().run()
    assert (call.heard, call.violations, call.longest_silence >= 3) == (["Hello."], [], True)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("${n} == 1", True),
        ("%{n} == 1", True),
        ("${n == 1}", True),
        ("'${word}' == 'two words'", True),
        ("${n} == 2", False),
        ("${word} == 'two words'", None),  # two words are no JavaScript
    ],
)
def test_expands_conditions(exchange: Build, app: App, condition: str, holds: bool | None) -> None:
    branch = {"cond": [{"when": condition, "then": [say("Yes.")]}, {"else": [say("No.")]}]}
    document = swml({"set": {"n": 1, "word": "two words"}}, branch, HANGUP)
    app.routes["/swml"] = document
    on, off = (playing(exchange, expands_conditions=value).dial().run() for value in (True, False))
    reported = [f"template inside a condition: {condition}"]
    assert on.heard == ({True: ["Yes."], False: ["No."]}.get(holds, []) if holds is not None else [])
    assert (on.violations, on.warnings, bool(on.errors)) == ([], reported, holds is None)
    assert (off.violations, off.warnings) == (reported, [])
    assert "Yes." not in off.heard


@pytest.mark.parametrize("name", ["2026-08", "2026-11"])
@pytest.mark.parametrize("form", ["to", "serial"])
def test_a_stream_has_a_codec(exchange: Build, app: App, name: str, form: str) -> None:
    stream = {"to": "stream:wss://acme.example/s", "codec": "PCMU", "name": "s", "realtime": True}
    stream |= {"authorization_bearer_token": "t", "custom_parameters": {"a": "b"}}
    app.routes["/swml"] = swml({"connect": stream if form == "to" else {"serial": [stream]}}, HANGUP)
    call = exchange(assumptions=platform(name)).dial(caller=Person(talks_for=1)).run()
    assert (call.violations, call.bridged) == ([], [stream["to"]])


def test_a_messaging_document_may_be_yaml(exchange: Build, app: App) -> None:
    text = 'version: 1.0.0\nsections:\n  main:\n    - reply: "Hello."\n    - receive: {}\n'
    app.routes["/messages"] = Response(text, content_type="application/yaml")
    played = exchange()
    played.messages_url = app.at("/messages")
    played.do(lambda: played.spawn(receive(played, CALLER, LEE, "Hi")))
    played.settle()
    assert ([text.body for text in played.texts], played.ladder.find("violation")) == (["Hello."], [])


STEPS = {"steps": [{"text": "Ask.", "functions": "none"}]}
POM = [{"title": "Role", "body": "You answer the phone."}]


@pytest.mark.parametrize(
    "body",
    [
        {"post_prompt": "Summarize."},
        {"prompt": {"text": "You answer the phone.", "pom": POM}},
        {"prompt": {"pom": POM, "contexts": {"sales": {**STEPS, "isolated": True}}}},
        {"prompt": {"contexts": {"default": STEPS}}},
        {"prompt": {"text": "You answer the phone.", "model": "other", "reasoning_effort": "low"}},
    ],
)
def test_strict_ai_prompts(exchange: Build, app: App, body: dict[str, Any]) -> None:
    document = agent(app)
    document["sections"]["main"][0]["ai"] |= body
    app.routes |= {"/swml": document, "/report": {}}
    for strict in (False, True):
        call = playing(exchange, strict_ai_prompts=strict, thinker=Script()).dial().run()
        assert (bool(call.heard), len(call.violations)) == ((False, 1) if strict else (True, 0))


def test_a_prompt_of_text_and_sections_is_read_whole() -> None:
    assert prompt_text({"text": "Be kind.", "pom": POM}) == "Be kind.\n\n## Role\nYou answer the phone."
