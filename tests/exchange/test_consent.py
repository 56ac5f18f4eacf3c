"""Somebody who is briefed answers as people do; without a model the exchange makes of it what a model would."""

from typing import Any

import pytest

from exchange.agent.keywords import Keywords
from exchange.core.thinkers import Talk, Thinker, Tool
from exchange.scenarios.prompter import Prompter

PROMPT = """You tell a colleague about a caller.
- The caller is Ann Lee.
- Reason: a refund for the invoice of June.
- Tried so far: dana did not answer."""


def tool(name: str, **shapes: str) -> Tool:
    properties = {field: {"type": "string", "description": about} for field, about in shapes.items()}
    return Tool(name, f"What {name} does.", {"type": "object", "properties": properties})


TOOLS = (tool("accept_call"), tool("decline_call", message="for the caller"), tool("call_back_later", when="when"))


def talk(line: str, tools: tuple[Tool, ...] = TOOLS) -> Talk:
    async def send(_: Any) -> Any:
        raise AssertionError("this needs no network")

    return Talk("s", PROMPT, ({"role": "user", "content": line},), tools, line, "caller", line, 1.0, send)


def now(work: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    with pytest.raises(StopIteration) as ended:
        work.send(None)
    return ended.value.value


@pytest.mark.parametrize("thinker", [Keywords(), Prompter()], ids=["keywords", "scenario"])
@pytest.mark.parametrize(
    ("line", "name", "args"),
    [
        ("yes", "accept_call", {}),
        ("Okay, put her through.", "accept_call", {}),
        ("no", "decline_call", {}),
        ("No, sorry.", "decline_call", {}),
        ("I can't, I am driving.", "decline_call", {"message": "I can't, I am driving."}),
        ("Tell them I call back at three", "call_back_later", {"when": "at three"}),
        ("No, I'll ring her back tomorrow at 9 am", "call_back_later", {"when": "tomorrow at 9 am"}),
        ("Not now, later", "call_back_later", {}),
    ],
)
def test_an_answer_becomes_a_tool(thinker: Thinker, line: str, name: str, args: dict[str, str]) -> None:
    chosen = now(thinker.think(talk(line)))
    assert [(call.name, dict(call.args)) for call in chosen.calls] == [(name, args)]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Did Dana answer?", "Tried so far: dana did not answer."),
        ("Is it about a refund?", "Reason: a refund for the invoice of June."),
        ("What is the account number?", "That was not discussed."),
        ("Yes, but does she have a dog?", "That was not discussed."),
    ],
)
def test_a_question_is_answered_out_of_the_prompt_or_not_at_all(question: str, answer: str) -> None:
    chosen = now(Keywords().think(talk(question)))
    assert chosen.say == f"{answer} Can you take the call?"
    assert chosen.calls == ()


def test_what_is_neither_is_asked_again() -> None:
    assert now(Keywords().think(talk("Hm."))).say == "Can you take the call?"


def test_an_agent_that_asks_for_no_consent_is_left_to_the_scenario() -> None:
    assert now(Prompter().think(talk("yes", tools=(tool("connect"),)))).say == "I see."
