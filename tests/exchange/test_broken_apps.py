"""An application broken on purpose, one way at a time: the exchange notices each.

A fake that cannot fail proves nothing.
"""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.wrappers import Response

from exchange import Assumptions, Call, On, Script
from tests.exchange.app import App, say, slow, swml
from tests.exchange.conftest import Build
from tests.exchange.test_agent import agent, ring

DANA = "+12025550111"
CONNECT: dict[str, Any] = {"connect": {"to": DANA}}
HANGUP: dict[str, Any] = {"hangup": {}}


def action(app: App, swml_action: Any) -> None:
    app.routes |= {"/swml": agent(app), "/tool": {"response": "ok", "action": [swml_action]}}


def flag_inside_the_document(app: App) -> None:
    action(app, {"SWML": swml(CONNECT) | {"transfer": "true"}})


def flag_as_text_behind_the_document(app: App) -> None:
    action(app, {"SWML": swml(CONNECT, HANGUP), "transfer": "true"})


def agent_left_attached(app: App) -> None:
    action(app, {"SWML": swml({"join_conference": {"name": "room", "beep": "false"}})})


def number_from_the_model(app: App) -> None:
    app.routes["/swml"] = agent(app)
    app.routes["/tool"] = lambda body: {
        "action": [{"transfer": True, "SWML": swml({"connect": {"to": body["argument"]["parsed"][0]["number"]}})}]
    }


def token_missing_in_the_document(app: App) -> None:
    app.routes |= {"/swml": agent(app), "/tool": Response("bad token", 403)}


def tool_answers_500(app: App) -> None:
    app.routes |= {"/swml": agent(app), "/tool": Response(status=500)}


def tool_answers_text(app: App) -> None:
    app.routes |= {"/swml": agent(app), "/tool": Response("connecting you now")}


def tool_answers_too_late(app: App) -> None:
    app.routes |= {"/swml": agent(app), "/tool": slow(0.5, {"response": "ok"})}


def document_over_64_kilobytes(app: App) -> None:
    app.routes["/swml"] = swml(say("x" * 66_000), HANGUP)


def document_as_html(app: App) -> None:
    app.routes["/swml"] = Response("<Response><Dial>+12025550111</Dial></Response>", content_type="text/html")


def unknown_verb(app: App) -> None:
    app.routes["/swml"] = swml({"dial": {"to": DANA}})


def unknown_parameter(app: App) -> None:
    app.routes["/swml"] = swml({"connect": {"to": DANA, "on_failure": []}})


def transfer_verb_to_a_number(app: App) -> None:
    app.routes["/swml"] = swml({"transfer": {"dest": DANA}})


def two_documents_that_send_the_call_back_and_forth(app: App) -> None:
    app.routes["/swml"] = swml({"transfer": {"dest": app.at("/other")}})
    app.routes["/other"] = swml({"transfer": {"dest": app.at("/swml")}})


def old_name_of_the_key_after_a_queue(app: App) -> None:
    app.routes["/swml"] = swml({"connect": {"to": "queue:sales", "transfer_after_bridge": app.at("/after")}})


def forbidden_verb_in_confirm(app: App) -> None:
    app.routes["/swml"] = swml({"connect": {"to": DANA, "confirm": [{"detect_machine": {}}]}})


def unsaid_caller_id(app: App) -> None:
    app.routes["/swml"] = swml({"connect": {"to": DANA, "from": "+12025550177"}})


def hold_without_end(app: App) -> None:
    action(app, {"hold": 3600})


def credentials_forgotten(app: App) -> None:
    app.routes["/swml"] = swml({"connect": {"to": DANA, "call_state_url": f"{app.base}/state"}}, HANGUP)


def report_refused(app: App) -> None:
    app.routes |= {"/swml": agent(app), "/tool": {}, "/report": Response(status=500)}


Break = Callable[[App], None]
BROKEN: list[tuple[Break, str]] = [
    (flag_inside_the_document, "transfer flag inside the document"),
    (flag_as_text_behind_the_document, "transfer flag behind the SWML key"),
    (agent_left_attached, "agent left attached"),
    (number_from_the_model, "number from the model was dialled: +12025550155"),
    (token_missing_in_the_document, "function connect answered 403"),
    (tool_answers_500, "function connect answered 500"),
    (tool_answers_text, "function connect did not answer a JSON object"),
    (tool_answers_too_late, "function connect: ReadTimeout"),
    (document_over_64_kilobytes, "over 65536"),
    (document_as_html, "document sent as text/html"),
    (unknown_verb, "document: method_undefined sections.main[0].dial"),
    (unknown_parameter, "document: method_parameter_undefined sections.main[0].connect.on_failure"),
    (transfer_verb_to_a_number, "the verb moves the script, not the call"),
    (two_documents_that_send_the_call_back_and_forth, "too many transfers"),
    (old_name_of_the_key_after_a_queue, "method_parameter_undefined sections.main[0].connect.transfer_after_bridge"),
    (forbidden_verb_in_confirm, "document: method_undefined sections.main[0].connect.confirm[0].detect_machine"),
    (unsaid_caller_id, "caller ID +12025550177 is not ours to present"),
    (hold_without_end, "hold of 3600 is out of range"),
    (credentials_forgotten, "callback calling.call.state ended answered 401"),
    (report_refused, "post_prompt answered 500"),
]


def call_it(app: App, exchange: Build) -> Call:
    model = Script(On("billing", call="connect", args={"destination": "billing", "number": "+12025550155"}))
    limits = Assumptions(tool_timeout=0.2)
    platform = exchange(thinker=model, numbers=("+12025550100",), assumptions=limits)
    call: Call = ring(app, platform, "billing please")
    return call


@pytest.mark.parametrize(("broken", "noticed"), BROKEN, ids=[case[0].__name__ for case in BROKEN])
def test_the_exchange_notices(app: App, exchange: Build, broken: Break, noticed: str) -> None:
    broken(app)
    call = call_it(app, exchange)
    assert any(noticed in report for report in (*call.violations, *call.warnings))


def test_and_has_nothing_to_say_against_an_application_that_works(app: App, exchange: Build) -> None:
    action(app, {"transfer": True, "SWML": swml({"connect": {"to": DANA, "from": "+12025550100"}}, HANGUP)})
    call = call_it(app, exchange)
    assert call.violations == call.errors == []
    assert call.bridged == [DANA]


def test_a_number_the_caller_gave_may_be_dialled(app: App, exchange: Build) -> None:
    number_from_the_model(app)
    model = Script(On(r"\d", call="connect", args={"number": "+12025550155"}))
    assert ring(app, exchange(thinker=model), "Please call 202 555 0155").violations == []
