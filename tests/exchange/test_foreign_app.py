"""The offline thinker on an app that is not ours: it reads the document's prompt and schemas, and nothing else."""

from typing import Any

import pytest

from exchange import Call
from exchange.agent.keywords import Keywords
from tests.exchange.app import App, swml
from tests.exchange.conftest import Build

PROMPT = """You are Nina, the friendly assistant of Harbor Pizza.
Never discuss politics. If a customer is rude, stay calm.

We are open every day from 11 AM to 10 PM.
Our restaurant is at 12 Harbor Street, next to the lighthouse.
Delivery costs three dollars."""


def function(app: App, name: str, about: str, required: list[str], **shapes: dict[str, Any]) -> dict[str, Any]:
    parameters = {"type": "object", "properties": shapes, "required": required}
    return {"function": name, "description": about, "parameters": parameters, "web_hook_url": app.at(f"/{name}")}


def pizzeria(app: App, *, prompt: str = PROMPT, language: str = "en-US") -> dict[str, Any]:
    size = {"type": "string", "enum": ["small", "large"], "description": "The size of the pizza"}
    ai = {
        "prompt": {"text": prompt},
        "languages": [{"name": "any", "code": language, "voice": "any"}],
        "params": {"static_greeting": "Harbor Pizza, hello!", "attention_timeout": 15_000},
        "SWAIG": {
            "functions": [
                function(
                    app,
                    "track_order",
                    "Look up where the customer's order is.",
                    ["order_number"],
                    order_number={"type": "integer", "description": "The number of the customer's order"},
                ),
                function(
                    app,
                    "order_pizza",
                    "Place an order for pizzas to be delivered.",
                    ["topping", "size", "quantity"],
                    topping={"type": "string", "description": "What the customer wants on it"},
                    size=size,
                    quantity={"type": "integer", "description": "How many pizzas"},
                ),
            ]
        },
    }
    return swml({"ai": ai})


def ring(app: App, exchange: Build, *says: str, prompt: str = PROMPT, language: str = "en-US", **answers: Any) -> Call:
    app.routes["/swml"] = pizzeria(app, prompt=prompt, language=language)
    usual = {"track_order": {"response": "ok"}, "order_pizza": {"response": "ok"}}
    app.routes |= {f"/{name}": answer for name, answer in {**usual, **answers}.items()}
    return exchange(thinker=Keywords()).dial(says=says).run()


def test_a_required_number_is_asked_for_and_never_made_up(app: App, exchange: Build) -> None:
    found = {"response": "Your order left the kitchen ten minutes ago."}
    call = ring(app, exchange, "where is my order?", "hm, no idea", "four four one seven", track_order=found)
    assert call.tools == [("track_order", {"order_number": 4417})]
    assert call.heard[1] == "Could you tell me the number of your order, please?"
    assert call.heard[2].startswith("I'm sorry, I need a number for that.")
    assert call.heard[3] == "Your order left the kitchen ten minutes ago. Is there anything else I can do for you?"


def test_a_number_that_was_said_is_not_asked_for(app: App, exchange: Build) -> None:
    call = ring(app, exchange, "Can you track order 4417 please")
    assert call.tools == [("track_order", {"order_number": 4417})]


def test_several_parameters_are_asked_for_one_by_one(app: App, exchange: Build) -> None:
    call = ring(app, exchange, "I want to order a pizza", "mushrooms", "a big one", "the large one", "two")
    assert call.tools == [("order_pizza", {"topping": "mushrooms", "size": "large", "quantity": 2})]
    assert call.heard[1:4] == [
        "Could you tell me what you want on it, please?",
        "It can be small or large. Which one, please?",
        "It can be small or large. Which one, please?",
    ]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What are your hours?", "We are open every day from 11 AM to 10 PM."),
        ("where is your restaurant", "Our restaurant is at 12 Harbor Street, next to the lighthouse."),
        ("What does delivery cost?", "Delivery costs three dollars."),
        ("Who are you?", "I'm Nina, the friendly assistant of Harbor Pizza. I'm a computer program, not a person. "
                         "How can I help you?"),
    ],
)  # fmt: skip
def test_what_the_prompt_tells_callers_is_told(app: App, exchange: Build, question: str, answer: str) -> None:
    assert ring(app, exchange, question).heard[1] == answer


@pytest.mark.parametrize(
    ("response", "spoken"),
    [
        ("Order not found. Ask the customer to check the number. Do not apologize.", "I'm sorry, that did not work"),
        ("Tell the customer the order is late, and offer a coupon. Never mention the driver.", "That is done."),
        ('Say: "It is on its way, it will be with you at eight." Then end politely.', "It is on its way, it will"),
        ({"tool_result": "status=LATE eta=20", "tool_prompt": "Your tone should be warm."}, "That is done."),
        ("ERROR: KeyError in track_order()", "I'm sorry, that did not work"),
        ("The user is not verified. You must verify them first.", "I'm sorry, that did not work"),
        ("It is in the oven. Let the user know it may take a while. You can pick it up at nine.", "It is in the oven."),
    ],
)
def test_what_is_meant_for_a_model_is_not_spoken(app: App, exchange: Build, response: Any, spoken: str) -> None:
    call = ring(app, exchange, "track order 4417", track_order={"response": response})
    assert call.heard[1].startswith(spoken)
    for part in (
        "Ask the",
        "Do not",
        "Never",
        "Tell the",
        "the user",
        "the customer",
        "tone",
        "LATE",
        "KeyError",
        "Then end",
    ):
        assert part not in " ".join(call.heard)


def test_goodbye_is_said_where_no_function_says_it(app: App, exchange: Build) -> None:
    assert ring(app, exchange, "thanks, bye").heard[1:] == ["You're welcome. Goodbye."]


def test_an_agent_that_speaks_spanish_is_spanish_until_the_caller_is_not(app: App, exchange: Build) -> None:
    call = ring(app, exchange, "Hmm", "I want to track my order", language="es-MX")
    assert call.heard[1:] == [
        "Lo siento, ¿puede decirlo con otras palabras?",
        "Could you tell me the number of your order, please?",
    ]


def test_functions_that_each_lead_to_one_place_are_places(app: App, exchange: Build) -> None:
    ai = pizzeria(app)["sections"]["main"][0]["ai"]
    ai["SWAIG"]["functions"] = [
        function(app, "transfer_to_kitchen", "Transfer the caller to the kitchen, for changes to an order.", []),
        function(app, "transfer_to_office", "Transfer the caller to the office, for jobs and complaints.", []),
    ]
    app.routes |= {"/swml": swml({"ai": ai}), "/transfer_to_office": {"response": "Transferring."}}
    call = exchange(thinker=Keywords()).dial(says=("the moon", "I have a complaint")).run()
    assert call.heard[1].startswith(
        "I'm sorry, I can't help with that myself. I can put you through to the kitchen or the"
    )
    assert [name for name, _ in call.tools] == ["transfer_to_office"]
