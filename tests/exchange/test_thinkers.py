"""Who thinks: keywords reach every department; a model behind an endpoint is asked as it expects."""

from typing import Any

import pytest
from werkzeug.wrappers import Response

from exchange import ChatCompletions
from exchange.keywords import Keywords, arguments, choose
from exchange.thinkers import Talk, Tool
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
        ("can you take a message for sales", "take_message", "sales"),
        ("please have billing call me back tomorrow at 3 pm on 202-555-0143", "request_callback", "billing"),
        ("let me speak to a human", "escalate_to_human", None),
        ("I want to talk to a real person", "escalate_to_human", None),
        ("can I get a manager", "connect", "supervisor"),
    ],
)
def test_what_was_typed_reaches_the_right_tool(line: str, name: str, destination: str | None) -> None:
    choice = choose(talk(line))
    assert choice is not None
    assert (choice.tool.name, choice.value or None) == (name, destination)


def test_nothing_fits_so_the_choices_are_offered() -> None:
    assert choose(talk("the weather is nice")) is None


def test_arguments_are_read_from_what_was_said() -> None:
    spoken = talk("hello", "please have billing call me back tomorrow at 3 pm on 202-555-0143")
    choice = choose(spoken)
    assert choice is not None
    args = arguments(spoken, choice)
    assert (args["destination"], args["number"]) == ("billing", "2025550143")
    assert args["when"].startswith("tomorrow at 3 pm")


@pytest.mark.parametrize(("answer", "name"), [("Yes, put him through", "accept_call"), ("No, not now", "decline_call")])
def test_a_person_who_is_briefed_accepts_or_declines(answer: str, name: str) -> None:
    tools = (
        Tool("accept_call", "Colleague agrees now", {"type": "object", "properties": {}}),
        Tool("decline_call", "Colleague cannot", {"type": "object", "properties": {"message": {"type": "string"}}}),
    )
    choice = choose(talk(answer, tools=tools))
    assert choice is not None
    assert choice.tool.name == name


def test_offline_a_caller_is_asked_again_and_then_understood(app: App, exchange: Build) -> None:
    app.routes |= {
        "/swml": agent(app),
        "/tool": {"response": {"tool_result": "Connecting.", "tool_prompt": "Say nothing."}},
    }
    call = ring(app, exchange(thinker=Keywords()), "the weather is nice", "billing please")
    assert call.heard[1] == "Sorry, I did not catch that. I can reach billing, sales."
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
