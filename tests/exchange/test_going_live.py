"""Going live as a newcomer does it from the README, with the exchange in SignalWire's place: over HTTP, both ways."""

import json
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange import Exchange, Person
from exchange.messaging import receive
from exchange.rest.numbers import number_id
from tests.support.processes.served import PATIENCE, SWITCHBOARD, Served

LINE, DESK, SPARE, MOBILE = "+12025550100", "+12025550102", "+12025550107", "+12025550111"
ELSEWHERE = "http://platform:hunter2@127.0.0.1:9/old"
DIRECTORY = """
company: Acme Plumbing
timezone: America/New_York
greeting: "Acme. How can I help?"
lines: {"+12025550100": {agent: receptionist}, "+12025550102": {agent: billing_desk}}
policy: {regions: [US]}
departments:
  sales: {about: new orders and quotes, reach: [voicemail]}
  billing: {about: invoices and refunds, reach: [{agent: billing_desk}]}
agents:
  billing_desk:
    {about: explains invoices, greeting: "Billing desk, I have your details.", instructions: "Explain invoices."}
"""


@pytest.fixture
def network() -> Iterator[Exchange]:
    """A project with three numbers, which lead nowhere that answers."""
    with Exchange("http://127.0.0.1:9/nowhere", numbers=(LINE, DESK, SPARE)) as exchange:
        yield exchange


def newcomer(folder: Path, network: Exchange, **more: str) -> Served:
    """Somebody who has written a directory and has an account with this network."""
    (folder / "switchboard.yaml").write_text(DIRECTORY)
    account = {
        "SIGNALWIRE_API_URL": network.api.url,
        "SIGNALWIRE_PROJECT_ID": network.project_id,
        "SIGNALWIRE_API_TOKEN": network.token,
    }
    return Served(folder, account | more)


def json_lines(told: "subprocess.CompletedProcess[str]") -> list[dict[str, object]]:
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_a_number_is_pointed_here_and_its_callers_reach_the_receptionist(tmp_path: Path, network: Exchange) -> None:
    assert network.dial(to=LINE).run().heard == []  # nobody is there yet
    with newcomer(tmp_path, network) as app:
        told = app.run("point", LINE, typed="y\n")
        assert told.returncode == 0, told.stderr
        assert "now   nowhere" in told.stdout
        assert f"then  SWML http://signalwire:•••@localhost:{app.port}/swml" in told.stdout
        assert "Point it there? [y/N]" in told.stdout
        assert told.stderr == ""
        assert network.dial(to=LINE).run().heard[0] == "Acme. How can I help?"
        assert network.dial(to=DESK).run().heard == []  # that one was not pointed
        assert app.run("point", DESK, "--agent", "billing_desk", "--yes").returncode == 0
        assert network.dial(to=DESK).run().heard[0] == "Billing desk, I have your details."
        rows = {row["number"]: row for row in json_lines(app.run("numbers", "--json"))}
    assert [(rows[one]["here"], rows[one]["password"], rows[one]["line"]) for one in (LINE, DESK, SPARE)] == [
        (True, True, "receptionist"),
        (True, True, "billing_desk"),
        (False, False, None),
    ]


def test_text_messages_come_here_too_where_that_is_asked_for(tmp_path: Path, network: Exchange) -> None:
    with newcomer(tmp_path, network) as app:
        told = app.run("point", LINE, "--texts", typed="y\ny\n")
        assert told.returncode == 0, told.stderr
        assert "texts now   nowhere" in told.stdout
        assert f"texts then  SWML http://signalwire:•••@localhost:{app.port}/messages" in told.stdout
        network.do(lambda: network.spawn(receive(network, MOBILE, LINE, "My boiler is broken")))
        network.settle()
        assert "come here already" in app.run("point", LINE, "--texts", "--yes").stdout
        (message,) = json_lines(app.run("messages", "--json"))
        undone = app.run("point", LINE, "--undo", "--yes")
    assert (message["kind"], message["destination"], message["number"]) == ("text", "sales", MOBILE)
    assert network.texts[0].body.startswith("Acme Plumbing: thank you, sales gets your message.")
    assert undone.returncode != 0  # it pointed nowhere before


def test_undo_brings_back_what_was_and_the_password_is_never_shown(tmp_path: Path, network: Exchange) -> None:
    network.routes[LINE] = ELSEWHERE
    app = newcomer(tmp_path, network)
    told = app.run("point", LINE, "--yes")
    assert "now   SWML http://platform:•••@127.0.0.1:9/old" in told.stdout
    assert f"http://localhost:{app.port}/health cannot be reached from here: nothing listens there" in told.stderr
    assert network.routes[LINE] != ELSEWHERE
    kept = tmp_path / ".switchboard" / "pointed.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "already" in app.run("point", LINE, "--yes").stdout
    undone = app.run("point", LINE, "--undo", "--yes")
    assert undone.returncode == 0, undone.stderr
    assert network.routes[LINE] == ELSEWHERE
    assert "hunter2" not in told.stdout + told.stderr + undone.stdout + undone.stderr
    again = app.run("point", LINE, "--undo", "--yes")
    assert again.returncode == 1
    assert f"Nothing is known of where {LINE} pointed before" in again.stderr


def test_a_number_of_another_kind_comes_back_as_it_was(tmp_path: Path, network: Exchange) -> None:
    from tests.exchange.test_rest import rest

    path = f"/api/relay/rest/phone_numbers/{number_id(LINE)}"
    before = {
        "call_handler": "laml_webhooks",
        "call_request_url": "https://old.example/voice",
        "call_request_method": "GET",
    }
    assert rest(network, before, path, method="PUT").status_code == 200
    app = newcomer(tmp_path, network)
    assert "now   cXML https://old.example/voice" in app.run("point", LINE, "--yes").stdout
    assert rest(network, path=path).json()["call_handler"] == "relay_script"
    assert app.run("point", LINE, "--undo", "--yes").returncode == 0
    after = rest(network, path=path).json()
    assert {name: after[name] for name in before} == before


def test_who_says_no_changes_nothing(tmp_path: Path, network: Exchange) -> None:
    app = newcomer(tmp_path, network)
    told = app.run("point", LINE, typed="n\n")
    assert told.returncode == 1
    assert LINE not in network.routes
    assert not (tmp_path / ".switchboard" / "pointed.json").exists()
    assert [entry.text for entry in network.ladder.find("rest") if entry.text.startswith("PUT")] == []


def test_a_number_of_somebody_else_is_refused_and_ours_are_named(tmp_path: Path, network: Exchange) -> None:
    told = newcomer(tmp_path, network).run("point", "+12025550199", "--yes")
    assert told.returncode == 1
    assert f"is no number of this SignalWire project; it has {LINE}, {DESK}, {SPARE}" in told.stderr


def test_a_wrong_token_is_told_with_what_to_do(tmp_path: Path, network: Exchange) -> None:
    told = newcomer(tmp_path, network, SIGNALWIRE_API_TOKEN="guess").run("numbers")
    assert told.returncode == 1
    assert "does not accept the credentials" in told.stderr
    assert "scope Numbers" in told.stderr
    assert "guess" not in told.stderr


def test_many_numbers_come_in_pages(tmp_path: Path) -> None:
    many = tuple(f"+1202555{n:04d}" for n in range(1000, 1250))
    with Exchange("http://127.0.0.1:9/nowhere", numbers=many) as network:
        rows = json_lines(newcomer(tmp_path, network).run("numbers", "--json"))
    assert [row["number"] for row in rows if row["owned"]] == list(many)
    assert {row["number"] for row in rows if not row["owned"]} == {LINE, DESK}  # lines that are not the project's


@pytest.fixture
def at_once() -> Iterator[Exchange]:
    """A network in real time, five times as fast, on which the mobile is answered."""
    people = {MOBILE: Person(after=2.0, talks_for=4.0), DESK: Person()}
    with Exchange("http://127.0.0.1:9/nowhere", numbers=(LINE, DESK), clock="real", speed=5, people=people) as exchange:
        yield exchange


def test_a_test_call_rings_your_own_phone_and_you_hear_the_agent(tmp_path: Path, at_once: Exchange) -> None:
    with newcomer(tmp_path, at_once) as app:
        ending = threading.Thread(target=hang_up_after_greeting, args=(at_once,), daemon=True)
        ending.start()
        told = app.run("call-me", MOBILE, typed="y\n")
        ending.join(10)
    assert "This is a real call and costs money. [y/N]" in told.stdout
    assert told.returncode == 0, told.stdout + told.stderr
    assert "answered: you are talking with the agent" in told.stdout
    assert "Ended after" in told.stdout
    (call,) = at_once.calls
    assert (call.caller.to, call.caller.from_) == (MOBILE, LINE)
    assert call.heard[0] == "Hello, this is Acme Plumbing."  # it is we who rang


def test_the_readme_followed_to_the_letter_ends_with_callers_who_are_answered(
    tmp_path: Path, at_once: Exchange
) -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text()
    block = text.partition("## Going live")[2].partition("```sh")[2].partition("```")[0]
    lines = [line.partition("#")[0].split() for line in block.splitlines() if line.startswith("switchboard ")]
    steps = [words[1:] for words in lines if "&" not in words]
    assert [step[0] for step in steps] == ["doctor", "numbers", "point", "call-me"]
    with newcomer(tmp_path, at_once) as app:
        threading.Thread(target=hang_up_after_greeting, args=(at_once,), daemon=True).start()
        told = [app.run(*step, typed="y\n") for step in steps]
        assert [one.returncode for one in told] == [1, 0, 0, 0], told  # the doctor knows that nothing points here yet
        assert at_once.dial(to=LINE).run().heard[0] == "Acme. How can I help?"


def hang_up_after_greeting(network: Exchange) -> None:
    while not network.calls or not network.calls[0].heard:
        time.sleep(0.1)
    time.sleep(2.5)  # the command looks once a second
    network.do(lambda: network.calls[0].caller.hang_up("hangup", by="callee"))


def test_whoever_gives_up_a_test_call_ends_it(tmp_path: Path, at_once: Exchange) -> None:
    at_once.people[MOBILE] = Person(when_rung="no_answer")
    app = newcomer(tmp_path, at_once)
    command = [SWITCHBOARD, "call-me", MOBILE, "--yes"]
    with subprocess.Popen(command, cwd=tmp_path, env=app.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "ringing" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 128 + signal.SIGINT
    (call,) = at_once.calls
    call.run(lambda one: one.over)
    assert call.ending == "hangup by REST"


def test_a_test_call_that_nobody_answers_says_so(tmp_path: Path, at_once: Exchange) -> None:
    at_once.people[MOBILE] = Person(when_rung="busy")
    told = newcomer(tmp_path, at_once).run("call-me", MOBILE, "--yes")
    assert told.returncode == 1
    assert "Ended without being answered" in told.stdout


@pytest.mark.parametrize(
    ("number", "reason"),
    [("+442079460958", "not in policy.regions"), ("+19005550123", "premium"), (LINE, "one of our own lines")],
)
def test_numbers_that_are_never_dialled_are_not_called_for_a_test(
    tmp_path: Path, network: Exchange, number: str, reason: str
) -> None:
    told = newcomer(tmp_path, network).run("call-me", number, "--yes")
    assert told.returncode != 0
    assert reason in told.stderr
    assert network.calls == []


def once_the_worker_runs(app: Served) -> "subprocess.CompletedProcess[str]":
    """What the doctor says then; the server is ready some seconds before its worker is."""
    patience = time.monotonic() + PATIENCE
    while True:
        told = app.run("doctor", "--json")
        if '"a worker is running"' in told.stdout or time.monotonic() > patience:
            return told


def test_the_doctor_finds_what_is_wrong_and_then_nothing(tmp_path: Path, network: Exchange) -> None:
    with newcomer(tmp_path, network) as app:
        sick = once_the_worker_runs(app)
        found = {str(row["check"]): row for row in json_lines(sick)}
        assert sick.returncode == 1
        assert [name for name, row in found.items() if row["verdict"] == "problem"] == [f"line {LINE}", f"line {DESK}"]
        assert found[f"line {LINE}"]["do"] == f"`switchboard point {LINE}`"
        for line in (LINE, DESK):
            assert app.run("point", line, "--yes").returncode == 0
        well = app.run("doctor")
        assert well.returncode == 0, well.stdout
        assert "Nothing is wrong." in well.stdout
        assert "\x1b" not in well.stdout  # no terminal, no colours
        stale = newcomer(tmp_path, network, SWML_BASIC_AUTH_PASSWORD="another", PORT=str(app.port)).run("doctor")
        assert stale.returncode == 1
        assert "has another password than this shell" in stale.stdout
        assert "points here with another password" in stale.stdout
