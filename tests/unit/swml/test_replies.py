"""The answer to a tool call: the flag where the platform reads it, and nothing it would pass over in silence."""

import json
from pathlib import Path

import pytest

from swml import verbs as v
from swml.live import Live
from swml.render import render_reply
from swml.replies import (
    Action,
    ChangeStep,
    Hangup,
    Hold,
    Reply,
    Run,
    Say,
    SetGlobalData,
    Stop,
    ToggleFunctions,
    ToolResult,
    UnsetGlobalData,
    UserInput,
)
from tests.contract.schema import validate_reply

PAYLOADS = Path(__file__).parents[2] / "contract" / "payloads"
CONNECT = v.Connect(to="+15555550123", from_="+15555550199", timeout=25)


@pytest.mark.parametrize("seconds", [0, -1, 901])
def test_a_hold_the_platform_would_shorten_cannot_be_asked_for(seconds: int) -> None:
    with pytest.raises(ValueError, match="900"):
        Hold(seconds)


@pytest.mark.parametrize("last", [Hangup(), Stop(), Run(v.Document((CONNECT,)), transfer=True)])
def test_nothing_comes_after_the_end_of_a_session(last: Action) -> None:
    with pytest.raises(ValueError, match="never carried out"):
        Reply("Bye.", (last, Say("Goodbye.")))


def test_a_final_transfer_is_the_platforms_own_example_to_the_letter() -> None:
    reply = Reply(
        ToolResult("transfer to billing starting", "Say nothing more."),
        (Say("Connecting you to billing now."), Run(v.Document((CONNECT,)), transfer=True)),
    )

    rendered = render_reply(reply)

    expected = (PAYLOADS / "swaig-response-transfer-final.json").read_text()
    assert json.dumps(rendered) == json.dumps(json.loads(expected))  # the order of keys counts
    validate_reply(rendered)


def test_a_temporary_transfer_has_no_flag() -> None:
    back = v.Set({"ai_response": Live("Connect result: ${connect_result}.")})

    rendered = render_reply(Reply("Connecting.", (Run(v.Document((CONNECT, back))),), post_process=True))

    assert list(rendered["action"][0]) == ["SWML"]
    assert rendered["post_process"] is True
    validate_reply(rendered)


def test_every_action_is_one_the_sdk_schema_knows() -> None:
    actions: tuple[Action, ...] = (
        SetGlobalData({"tier": "gold", "seen": (1, 2)}),
        UnsetGlobalData("tier"),
        ToggleFunctions({"connect": False, "take_message": True}),
        ChangeStep("next"),
        UserInput("hello"),
        Hold(900),
        Run(v.Document((v.Play("say:x"),))),
        Stop(),
    )
    for reply in (Reply("x", actions), Reply("x", (Say("Bye."), Hangup()))):
        validate_reply(render_reply(reply))


def test_post_process_is_dropped_without_actions_and_empty_is_empty() -> None:
    assert render_reply(Reply("One moment.", post_process=True)) == {"response": "One moment."}
    assert render_reply(Reply()) == {}


def test_the_platforms_own_example_replies_pass() -> None:
    for name in ("swaig-response-transfer-final", "swaig-response-connect-temporary"):
        validate_reply(json.loads((PAYLOADS / f"{name}.json").read_text()))
