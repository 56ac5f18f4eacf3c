"""`switchboard call` against an app that is served, as somebody at a terminal uses it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from exchange import Exchange, Handset, Person
from exchange.core.ladder import Entry
from exchange.scenarios.care import care_of
from exchange.softphone.shown import shown
from tests.exchange.app import App, say, swml
from tests.exchange.conftest import Build
from tests.support.processes.served import Served

DANA = "+12025550111"
DIRECTORY = """
company: Acme Plumbing
timezone: America/New_York
greeting: "Acme. How can I help?"
lines: {"+12025550100": {agent: receptionist}, "+12025550102": {agent: billing_desk}}
people:
  dana: {name: Dana Reyes, phone: "+12025550111"}
  lee: {name: Lee Park, phone: "+12025550112"}
departments:
  sales: {about: new orders and quotes, reach: [{ring: [dana, lee]}, voicemail]}
  billing: {about: invoices and refunds, reach: [{agent: billing_desk}, {ring: [dana]}]}
  warehouse: {about: deliveries, reach: [{refer: "sip:warehouse@pbx.acme.example"}]}
agents:
  billing_desk:
    {about: explains invoices, greeting: "Billing desk, I have your details.", instructions: "Explain invoices."}
"""


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "switchboard.yaml").write_text(DIRECTORY)
    with Served(folder) as served:
        yield served


def test_without_a_server_the_app_takes_the_call_in_the_same_process(tmp_path: Path) -> None:
    (tmp_path / "switchboard.yaml").write_text(DIRECTORY)
    alone = Served(tmp_path)
    told = alone.run("call", "--say", "A quote, please", "--person", "dana=answers")
    assert told.returncode == 0, told.stderr
    assert f"No server runs at {alone.url}; the app takes the call in this process" in told.stdout
    assert str(tmp_path / "switchboard.yaml") in told.stdout
    assert "Taken care of: put through to Dana Reyes." in told.stdout
    assert told.stderr == ""
    assert "sales" in alone.run("transfers").stdout  # on record as any other call


def test_without_a_server_a_message_is_on_record(tmp_path: Path) -> None:
    (tmp_path / "switchboard.yaml").write_text(DIRECTORY)
    says = ("Can I leave a message for billing?", "I have paid.", "Pat Miller", "yes", "bye")
    told = Served(tmp_path).run("call", *(word for line in says for word in ("--say", line)))
    assert told.returncode == 0, told.stdout
    assert "Thank you, Pat Miller. I'll pass your message on to billing." in told.stdout
    assert "Taken care of: take_message was called." in told.stdout


def test_it_says_which_server_takes_the_call_and_refuses_one_that_is_not_this_directorys(
    acme: Served, tmp_path: Path
) -> None:
    told = acme.run("call", "--say", "Billing")
    where = acme.folder / "switchboard.yaml"
    assert told.stdout.startswith(f"The server at {acme.url} takes the call, with its directory {where}.\n")
    (tmp_path / "switchboard.yaml").write_text(DIRECTORY)
    told = Served(tmp_path, port=acme.port).run("call", "--say", "Billing")
    assert told.returncode == 1
    assert "it serves another directory" in told.stderr


def test_another_program_at_that_port_is_no_server_of_ours(tmp_path: Path) -> None:
    (tmp_path / "switchboard.yaml").write_text(DIRECTORY)
    with HTTPServer(("127.0.0.1", 0), _Model) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        told = Served(tmp_path, port=server.server_port).run("call", "--say", "Hello.")
        server.shutdown()
    assert told.returncode == 1
    assert "Another program answers at" in told.stderr


def test_what_it_is_told_wrong_is_said_before_anybody_is_called(acme: Served) -> None:
    assert "nobody is called leo; there are dana, lee" in acme.run("call", "--person", "leo=busy").stderr
    assert "dana can be: answers, busy" in acme.run("call", "--person", "dana=asleep").stderr
    assert "--to" in acme.run("call", "--to", "reception").stderr
    assert "'nobody at all' is not" in acme.run("call", "--from", "nobody at all", "--say", "Hello.").stderr
    assert "--from" in acme.run("call", "--from", "sip:a b@c", "--say", "Hello.").stderr
    assert "EXCHANGE_LLM_URL" in acme.run("call", "--llm", "--say", "Hello.").stderr


def test_a_question_about_an_invoice_reaches_the_billing_desk_which_knows_why(acme: Served) -> None:
    told = acme.run("call", "--say", "I have a question about my invoice")
    assert told.returncode == 0
    lines = told.stdout.splitlines()
    assert any("tool" in line and "swml_transfer destination=billing" in line for line in lines)
    (desk,) = [line for line in lines if "Billing desk, I have your details." in line]
    assert "billing_desk" in desk
    assert "a question about the invoice" in desk
    assert "the longest silence was" in told.stdout
    assert "It ended: hangup by caller." in told.stdout
    assert "Taken care of: billing_desk answered." in told.stdout
    assert "\x1b" not in told.stdout  # no terminal, no colours


def test_people_take_calls_as_they_are_told_to(acme: Served) -> None:
    told = acme.run("call", "--say", "A quote, please", "--person", "dana=no_answer", "--person", "Lee Park=answers")
    assert told.returncode == 0
    happened = [line[7:].strip() for line in told.stdout.splitlines()]
    moments = ["rings           Dana Reyes", "Dana Reyes does not answer", "rings           Lee Park",
               "answers         Lee Park", "bridged         Lee Park and the caller hear each other"]  # fmt: skip
    assert [line for line in happened if line in moments] == moments
    assert "Taken care of: put through to Lee Park." in told.stdout


def test_nobody_takes_the_call_and_nothing_is_left_for_them_so_the_exit_status_says_so(acme: Served) -> None:
    told = acme.run("call", "--say", "A quote, please", "--person", "dana=busy", "--person", "lee=declines")
    assert told.returncode == 1
    assert "Dana Reyes is busy" in told.stdout
    assert "Lee Park declines" in told.stdout
    assert "Not taken care of: left no message.\nOne more --say is the message they leave." in told.stdout


def test_a_message_is_left_after_all(acme: Served) -> None:
    behaviours = ("--person", "dana=busy", "--person", "lee=busy")
    told = acme.run("call", "--say", "A quote, please", "--say", "Please ring me, this is Pat.", *behaviours)
    assert told.returncode == 0
    assert "Taken care of: left a message." in told.stdout


def test_talk_that_leads_nowhere_is_no_care(acme: Served) -> None:
    told = acme.run("call", "--say", "Lorem ipsum")
    assert told.returncode == 1
    assert "Not taken care of: there was talk" in told.stdout


def test_another_line_and_a_caller_on_a_pbx(acme: Served) -> None:
    told = acme.run("call", "--sip", "--say", "Where is my delivery?")
    assert "sip:12025550190@pbx.example calls +12025550100." in told.stdout
    assert "Taken care of: referred to sip:warehouse@pbx.acme.example" in told.stdout


def test_what_is_typed_is_said_and_the_end_of_typing_hangs_up(acme: Served) -> None:
    told = acme.run("call", "--to", "+12025550102", typed="Hello there\n")
    assert "caller          Hello there" in told.stdout
    assert "It ended: hangup by caller." in told.stdout


def test_the_ladder_as_json_is_another_for_each_call_and_has_every_request_and_no_password(acme: Served) -> None:
    told = acme.run("call", "--say", "I have a question about my invoice", "--json")
    rungs = [json.loads(line) for line in told.stdout.splitlines()]
    fetches = [rung for rung in rungs if rung["kind"] == "fetch"]
    assert [fetch["text"] for fetch in fetches] == ["POST /swml 200", "POST /swml/billing_desk 200"]
    assert fetches[0]["detail"]["sent"]["call"]["from"] == "+12025550190"
    assert fetches[0]["detail"]["answer"]["version"] == "1.0.0"
    password = json.loads((acme.folder / ".switchboard" / "secrets.json").read_text())["SWML_BASIC_AUTH_PASSWORD"]
    assert password not in told.stdout
    again = acme.run("call", "--to", "202 555 0102", "--say", "Hello", "--json")
    assert json.loads(again.stdout.splitlines()[0])["call"] != rungs[0]["call"]


SCENARIO = """
- name: A quote
  caller: [{says: A quote., model: {tool: connect, destination: sales, reason: a quote, summary: ""}}]
  expect: {bridged: %s}
"""


def test_a_scenario_is_told_like_a_call(acme: Served) -> None:
    (acme.folder / "quote.yaml").write_text(SCENARIO % "dana")
    told = acme.run("call", "--script", "quote.yaml")
    assert told.returncode == 0, told.stderr
    assert "bridged         dana and the caller hear each other" in told.stdout
    (acme.folder / "quote.yaml").write_text(SCENARIO % "lee")
    told = acme.run("call", "--script", "quote.yaml")
    assert told.returncode == 1
    assert "Not as expected:" in told.stderr


def test_a_script_with_names_that_nobody_has_is_refused_before_anybody_is_called(acme: Served) -> None:
    text = SCENARIO.replace("tool: connect", "tool: conect") % "danna"
    (acme.folder / "misspelt.yaml").write_text(text.replace("  caller:", "  people: {leee: busy}\n  caller:"))
    told = acme.run("call", "--script", "misspelt.yaml")
    assert told.returncode == 1
    assert told.stdout == ""
    for wrong, meant in (("conect", "connect"), ("danna", "dana"), ("leee", "lee")):
        assert any(wrong in line and f"{meant}?" in line for line in told.stderr.splitlines()), told.stderr
    assert "Traceback" not in told.stderr


class _Model(BaseHTTPRequestHandler):
    """Chat completions that always say the same."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        words = f"I am {asked['model']}, and my key is {self.headers['Authorization']}."
        answer = json.dumps({"choices": [{"message": {"role": "assistant", "content": words}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


def test_a_model_thinks_where_one_is_given(acme: Served) -> None:
    with HTTPServer(("127.0.0.1", 0), _Model) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        model = {"EXCHANGE_LLM_URL": f"http://127.0.0.1:{server.server_port}/v1"}
        model |= {"EXCHANGE_LLM_MODEL": "a-model", "EXCHANGE_LLM_KEY": "k3y"}
        told = Served(acme.folder, model, acme.port).run("call", "--llm", "--say", "Who are you?")
        server.shutdown()
    assert "I am a-model, and my key is Bearer k3y." in told.stdout


# The phone itself, and what is thought of a call


def by_hand(app: App, exchange: Build) -> tuple[Exchange, dict[str, Handset]]:
    """An exchange in real time, much faster, where every phone that rings is operated by hand."""
    phones: dict[str, Handset] = {}
    app.routes["/swml"] = swml({"connect": {"serial": [{"to": DANA, "timeout": 30}]}}, say("Sorry."), {"hangup": {}})

    def ring(leg: object) -> Handset:
        phone = Handset(leg)  # type: ignore[arg-type]
        phones[phone.leg.name] = phone
        return phone

    return exchange(clock="real", speed=20, people={"*": ring}), phones


def test_two_phones_by_hand_hear_each_other(app: App, exchange: Build) -> None:
    switch, phones = by_hand(app, exchange)
    call = switch.dial(caller=Handset)
    call.run(lambda call: DANA in phones)
    switch.do(phones[DANA].answer)
    call.run(lambda call: bool(call.bridged))
    switch.do(lambda: phones[DANA].say("Sales, Dana."))
    call.run(lambda call: "Sales, Dana." in call.heard)
    switch.do(phones[DANA].hang_up)
    call.run(lambda call: call.over)
    assert call.heard == ["Sales, Dana.", "Sorry."]
    assert care_of(call).why == f"put through to {DANA}"


def test_a_phone_that_declines_is_not_taken_care_of(app: App, exchange: Build) -> None:
    switch, phones = by_hand(app, exchange)
    call = switch.dial(caller=Handset)
    call.run(lambda call: DANA in phones)
    switch.do(phones[DANA].decline)
    call.run(lambda call: call.over or bool(call.bridged))
    assert call.caller.vars["connect_failed_reason"] == "declined"
    assert not care_of(call).taken


def test_keys_are_collected_until_enough_or_pound(app: App, exchange: Build) -> None:
    app.routes["/swml"] = swml(
        {"prompt": {"play": "say:Number?", "max_digits": 4}}, say("${prompt_value}"), {"hangup": {}}
    )
    call = exchange(clock="real", speed=20).dial(caller=Handset)
    phone = call.caller.party
    assert isinstance(phone, Handset)
    call.exchange.do(lambda: phone.press("12#"))
    call.run(lambda call: call.over)
    assert call.heard == ["Number?", "12#"]


def test_what_breaks_the_contract_is_no_care_even_if_somebody_answers(app: App, exchange: Build) -> None:
    app.routes["/swml"] = swml({"connect": {"to": DANA}}, {"nonsense": {}})
    call = exchange(people={DANA: Person()}).dial().run()
    assert call.bridged == [DANA]
    assert not care_of(call).taken


def test_passwords_are_left_out_of_what_is_shown() -> None:
    body = b'{"url": "https://user:s3cret@app.example/tools", "list": ["http://a:s3cret@b.example"]}'
    entry = Entry(1.0, "c", "caller", "fetch", "POST /swml 200", {"answer": body, "sent": b"a=1&b=2"})
    assert "s3cret" not in json.dumps(shown(entry))
    assert shown(entry)["detail"]["sent"] == {"a": "1", "b": "2"}
