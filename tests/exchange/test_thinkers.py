"""Who thinks: keywords reach every department; a model behind an endpoint is asked as it expects."""

from typing import Any

import pytest
from werkzeug.wrappers import Response

from exchange import ChatCompletions
from exchange.agent.keywords import Keywords
from exchange.core.thinkers import Talk, Thought, Tool
from tests.exchange.app import App
from tests.exchange.conftest import Build
from tests.exchange.test_agent import agent, ring

DEPARTMENTS = """Departments you can reach:
- sales: new orders, quotes and prices (also called new business)
- billing: invoices, refunds, payments
- warehouse: deliveries and stock
- supervisor: a human who can decide"""


def tool(name: str, description: str, required: str = "destination reason summary", **enums: list[str]) -> Tool:
    shapes: dict[str, Any] = {field: {"type": "string"} for field in required.split()}
    for field, values in enums.items():
        shapes[field] = {"type": "string", "enum": values}
    return Tool(name, description, {"type": "object", "properties": shapes, "required": required.split()})


TOOLS = (
    tool("connect", "Connect the caller by phone to a department.", destination=["sales", "warehouse", "supervisor"]),
    tool("swml_transfer", "Transfer the caller to another agent.", destination=["billing"]),
    tool("escalate_to_human", "Fetch a person when the caller asks for one.", "reason summary"),
    tool(
        "check_availability", "Tell whether a department is open now.", "destination", destination=["sales", "billing"]
    ),
    tool(
        "take_message",
        "Write down a message for a department.",
        "message destination",
        destination=["sales", "billing"],
    ),
    tool("request_callback", "Book a callback.", "destination when number", destination=["sales", "billing"]),
)


def talk(*lines: str, tools: tuple[Tool, ...] = TOOLS) -> Talk:
    async def send(_: Any) -> Any:
        raise AssertionError("keywords need no network")

    messages = tuple({"role": "user", "content": line} for line in lines)
    return Talk("s", DEPARTMENTS, messages, tools, lines[-1], "caller", lines[-1], 1.0, send)


def thought(spoken: Talk) -> Thought:
    """What keywords make of it, at once."""
    with pytest.raises(StopIteration) as ended:
        Keywords().think(spoken).send(None)
    result: Thought = ended.value.value
    return result


@pytest.mark.parametrize(
    ("line", "name", "destination"),
    [
        ("I have a question about my invoice", "swml_transfer", "billing"),
        ("I want my money back, a refund", "swml_transfer", "billing"),
        ("I'd like a quote for a new boiler", "connect", "sales"),
        ("where is my delivery?", "connect", "warehouse"),
        ("sales please", "connect", "sales"),
        ("put me through to the warehouse", "connect", "warehouse"),
        ("can you take me to the warehouse", "connect", "warehouse"),
        ("is billing open right now?", "check_availability", "billing"),
        ("please have billing call me back tomorrow at 3 pm on 202-555-0143", "request_callback", "billing"),
        ("let me speak to a human", "escalate_to_human", None),
        ("I want to talk to a real person", "escalate_to_human", None),
        ("can I get a manager", "connect", "supervisor"),
    ],
)
def test_what_was_typed_reaches_the_right_tool(line: str, name: str, destination: str | None) -> None:
    (call,) = thought(talk(line)).calls
    assert (call.name, call.args.get("destination")) == (name, destination)


def test_nothing_fits_so_every_choice_is_offered_whichever_function_has_it() -> None:
    said = thought(talk("the weather is nice"))
    assert not said.calls
    assert "I can put you through to sales, billing, the warehouse or the supervisor, take a message" in said.say


def test_what_a_function_needs_is_asked_for_before_it_is_called() -> None:
    said = thought(talk("can you take a message for sales"))
    assert (said.say, said.calls) == ("What would you like me to tell sales?", ())


def test_arguments_are_read_from_what_was_said() -> None:
    (call,) = thought(talk("please have billing call me back tomorrow at 3 pm on 202-555-0143")).calls
    assert dict(call.args) == {"destination": "billing", "when": "tomorrow at 3 pm", "number": "2025550143"}


@pytest.mark.parametrize(("answer", "name"), [("Yes, put him through", "accept_call"), ("No, not now", "decline_call")])
def test_a_person_who_is_briefed_accepts_or_declines(answer: str, name: str) -> None:
    tools = (
        Tool("accept_call", "Colleague agrees now", {"type": "object", "properties": {}}),
        Tool("decline_call", "Colleague cannot", {"type": "object", "properties": {"message": {"type": "string"}}}),
    )
    assert [call.name for call in thought(talk(answer, tools=tools)).calls] == [name]


def test_offline_a_caller_is_asked_again_and_then_understood(app: App, exchange: Build) -> None:
    app.routes |= {
        "/swml": agent(app),
        "/tool": {"response": {"tool_result": "Connecting.", "tool_prompt": "Say nothing."}},
    }
    call = ring(app, exchange(thinker=Keywords()), "the weather is nice", "billing please")
    assert call.heard[1] == "I'm sorry, I can't help with that myself. I can put you through to billing or sales. " + (
        "What would you like?"
    )
    assert app.bodies("/tool")[0]["argument"]["parsed"][0]["destination"] == "billing"


def test_a_model_is_asked_and_its_tool_call_carried_out(app: App, exchange: Build) -> None:
    chosen = '{"destination": "billing", "reason": "invoice"}'
    made = {"id": "call_1", "type": "function", "function": {"name": "connect", "arguments": chosen}}
    answers = iter(
        [
            {"role": "assistant", "content": "Let me see.", "tool_calls": [made]},
            {"role": "assistant", "content": "You are being connected."},
            {"role": "assistant", "content": '{"intent": "billing"}'},
        ]
    )
    app.routes["/v1/chat/completions"] = lambda body: {"choices": [{"message": next(answers)}]}
    app.routes |= {"/swml": agent(app, post_prompt={"text": "Summarise."}), "/tool": {"response": "ok"}}
    call = ring(app, exchange(thinker=ChatCompletions(app.at("/v1"), "tiny")), "billing")
    first, second, _ = app.bodies("/v1/chat/completions")
    assert (first["model"], first["tools"][0]["function"]["name"]) == ("tiny", "connect")
    assert [message["role"] for message in second["messages"]] == [
        "system",
        "assistant",
        "user",
        "assistant",
        "assistant",
        "tool",
    ]
    assert call.heard[1:] == ["Let me see.", "You are being connected."]
    assert app.bodies("/report")[0]["post_prompt_data"]["parsed"] == [{"intent": "billing"}]


def test_a_model_that_cannot_be_reached_is_reported_not_hidden(app: App, exchange: Build) -> None:
    app.routes |= {"/swml": agent(app), "/v1/chat/completions": Response(status=429)}
    call = ring(app, exchange(thinker=ChatCompletions(app.base + "/v1", "tiny")), "billing")
    assert call.errors == ["JSONDecodeError from the model's endpoint"]
