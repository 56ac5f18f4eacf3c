"""The `switchboard` command, as an operations lead and a script would use it."""

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from calls.events import Flagged
from calls.transfer.diagram import draw
from gateways.records.records import Records
from handlers.app import build
from handlers.cli.main import main
from handlers.settings import Settings
from tests.support.phone import Phone

ROOT = Path(__file__).parents[4]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample directory in it, as `make run` would have it."""
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "billing.md").write_text((ROOT / "prompts" / "billing.md").read_text())
    (tmp_path / "switchboard.yaml").write_text((ROOT / "switchboard.yaml").read_text())
    monkeypatch.chdir(tmp_path)
    for name in ("SWITCHBOARD_DIRECTORY", "DATABASE_URL", "PUBLIC_URL", "CALL_TRANSFER_TO"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), env={"COLUMNS": "200"})


def test_help_teaches_the_first_steps() -> None:
    assert "switchboard check" in run("--help").output
    for command in ("serve", "check", "transfers", "messages", "agents"):
        assert run(command, "--help").exit_code == 0


def test_check_tells_the_chains_in_words(desk: Path) -> None:
    told = run("check")
    assert told.exit_code == 0
    assert "sales" in told.output
    assert "Dana Reyes" in told.output


def test_check_lists_every_mistake_at_once(desk: Path) -> None:
    text = (desk / "switchboard.yaml").read_text()
    (desk / "switchboard.yaml").write_text(
        text.replace("+12025550111", "+1202555").replace("[dana, lee]", "[dana, leo]")
    )
    told = run("check")
    assert told.exit_code == 1
    assert "people.dana.phone" in told.output
    assert "departments.sales.reach[0].ring[1]" in told.output
    assert "lee" in told.output  # did you mean


def test_check_says_when_an_agents_document_would_be_too_large(desk: Path) -> None:
    many = "\n".join(f"  team{n}: {{about: {'matters ' * 20}, reach: [voicemail]}}" for n in range(800))
    (desk / "switchboard.yaml").write_text(f"company: Acme\ntimezone: UTC\ndepartments:\n{many}\n")
    told = run("check")
    assert told.exit_code == 1
    assert "64 kB" in told.output


def test_a_missing_file_says_what_to_do(desk: Path) -> None:
    (desk / "switchboard.yaml").unlink()
    told = run("check")
    assert told.exit_code == 1
    assert "switchboard.yaml" in told.output
    assert "agents only take messages" in told.output


def test_production_without_secrets_names_all_that_are_missing(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://desk.example")
    told = run("check")
    assert told.exit_code == 1
    assert "SECRET_KEY is missing" in told.output
    assert "SWML_BASIC_AUTH_PASSWORD is missing" in told.output


@pytest.mark.parametrize("command", ["transfers", "messages", "people", "callbacks", "placed"])
def test_without_its_database_a_command_says_so_in_a_sentence(
    desk: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{desk}/nowhere/switchboard.db")
    told = run(command)
    assert told.exit_code == 1
    assert told.output == (
        "Error: the database did not answer (OperationalError); `switchboard doctor` says what to do.\n"
    )


def call(desk: Path) -> None:
    """Somebody rings, leaves a message, and is put through to billing."""
    assert run("transfers").exit_code == 0  # makes the tables
    settings = Settings.load()
    app = build(settings)
    caller = Phone(app, password=settings.swml_basic_auth_password)
    caller.dials()
    caller.asks("take_message", message="Ring me.", destination="sales", name="Pat")
    caller.asks("swml_transfer", destination="billing", reason="an invoice, and a question", summary="")
    app.extensions["switchboard"].close()


def test_the_ledger_for_people_and_for_scripts(desk: Path) -> None:
    call(desk)
    assert "swml_transfer" in run("transfers").output
    (entry,) = [json.loads(line) for line in run("transfers", "--json").output.splitlines()]
    assert (entry["destination"], entry["mechanism"], entry["outcome"]) == ("billing", "swml_transfer", None)
    (row,) = csv.DictReader(io.StringIO(run("transfers", "--csv").output))
    assert row["reason"] == "an invoice, and a question"
    records = Records(Settings.load().database_url)
    for flag in ("short bridge", "ended like others"):
        records.apply(entry["id"], Flagged(flag), datetime(2026, 3, 2, tzinfo=UTC))
    records.close()
    (flagged,) = csv.DictReader(io.StringIO(run("transfers", "--csv").output))
    assert flagged["flags"] == "short bridge, ended like others"
    assert "short bridge" in run("transfers").output
    assert run("transfers", "--json", "--since", "2099-01-01").output == ""
    assert run("transfers", "--since", "2099-01-01").output == "There is no transfer.\n"
    assert "billing" in run("transfers", "--since", "yesterday").output
    wrong = run("transfers", "--since", "some day")
    assert (wrong.exit_code, "yesterday, a day such as monday" in wrong.output) == (2, True)


def test_messages(desk: Path) -> None:
    call(desk)
    assert "Ring me." in run("messages").output
    (message,) = [json.loads(line) for line in run("messages", "--json").output.splitlines()]
    assert message["name"] == "Pat"


def test_agents_tell_what_they_answer_and_with_what(desk: Path) -> None:
    rows = {row["agent"]: row for row in map(json.loads, run("agents", "--json").output.splitlines())}
    assert rows["receptionist"]["answers"] == "+12025550100"
    assert "connect" in rows["receptionist"]["tools"]
    assert "sip_refer" not in rows["receptionist"]["tools"]
    document = json.loads(run("agents", "billing_desk", "--swml").output)
    assert document["sections"]["main"][1]["ai"]["params"]["static_greeting"] == "Billing desk, I have your details."
    assert run("agents", "nobody").exit_code == 1


HOTEL = '''
from agents import attendant, sdk


class Concierge(attendant.Attendant):
    """Knows the house, and can do all that the other agents can."""

    @sdk.tool(description="Where a room is.")
    def find_room(self, number: int) -> str:
        return f"Room {number} is on floor {number // 100}."
'''


def test_an_agent_of_your_own_is_one_short_file_beside_the_directory(desk: Path) -> None:
    (desk / "hotel.py").write_text(HOTEL)
    (desk / "switchboard.yaml").write_text(
        "company: Hotel\ntimezone: UTC\n"
        "departments: {desk: {about: the front desk, reach: [voicemail]}}\n"
        'agents: {concierge: {about: helps guests, class: "hotel:Concierge"}}\n'
    )
    shown = subprocess.run(
        [str(Path(sys.executable).with_name("switchboard")), "agents", "concierge", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "find_room" in json.loads(shown.stdout)["tools"]
    assert HOTEL.strip() in (ROOT / "README.md").read_text().replace("# hotel.py, beside switchboard.yaml\n", "")


def test_the_picture_in_the_readme_is_the_table() -> None:
    assert draw() in (ROOT / "README.md").read_text()
    assert run("diagram").output.strip() == draw()


def test_check_says_when_a_consult_cannot_be_held(desk: Path) -> None:
    public = {
        "PUBLIC_URL": "https://desk.example",
        "SECRET_KEY": "a key of this test",
        "SWML_BASIC_AUTH_PASSWORD": "a password of it",
    }
    told = CliRunner().invoke(main, ["check"], env=public)
    assert told.exit_code == 0
    assert "Note: supervisor: without SIGNALWIRE_SPACE" in told.stderr
    able = {"SIGNALWIRE_SPACE": "acme", "SIGNALWIRE_PROJECT_ID": "p1", "SIGNALWIRE_API_TOKEN": "t1"}
    assert "supervisor" not in CliRunner().invoke(main, ["check"], env={**public, **able}).stderr


@pytest.mark.parametrize(
    ("where", "reached"),
    [
        ("departments: {sales: {about: orders, reach: [voicemail]}}", False),
        ("agents: {orders: {about: orders, instructions: Help with orders.}}", True),
        (
            'people: {dana: {name: Dana, phone: "+12025550111"}}\n'
            "departments: {sales: {about: orders, reach: [{ring: [dana]}]}}",
            True,
        ),
    ],
)
def test_check_says_when_no_caller_can_be_put_through(desk: Path, where: str, reached: bool) -> None:
    (desk / "switchboard.yaml").write_text(f"company: Acme\ntimezone: UTC\n{where}\n")
    told = run("check")
    assert told.exit_code == 0, told.stderr
    assert ("no caller can be put through" not in told.stderr) == reached


QUEUEING = """
company: Acme
timezone: UTC
departments: {sales: {about: orders, reach: [{queue: {name: front, wait: 300}}, voicemail]}}
"""


@pytest.mark.parametrize(
    ("known", "note"),
    [
        ({}, "Note: sales: nobody has confirmed what the platform does when the time in a queue is over."),
        ({"SIGNALWIRE_QUEUE_TIMEOUT": "hangup"}, "Note: sales: the platform hangs up when the time in a queue is over"),
        ({"SIGNALWIRE_QUEUE_TIMEOUT": "next_verb"}, ""),
        ({"SIGNALWIRE_QUEUE_TIMEOUT": "document"}, ""),
    ],
)
def test_check_says_what_cannot_be_promised_in_a_queue(desk: Path, known: dict[str, str], note: str) -> None:
    (desk / "switchboard.yaml").write_text(QUEUEING)
    told = CliRunner().invoke(main, ["check"], env=known)
    assert told.exit_code == 0
    assert (note in told.stderr) if note else ("Note" not in told.stderr)


def test_in_development_it_always_can(desk: Path) -> None:
    assert "supervisor" not in run("check").stderr


def test_every_call_is_listed_also_one_that_nobody_was_rung_for(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("calls").output == "There was no call.\n"
    app = build(Settings.load())
    caller = Phone(app, password=Settings.load().swml_basic_auth_password)
    caller.dials()
    caller.asks("check_availability", destination="sales")
    app.extensions["switchboard"].close()
    monkeypatch.setenv("COLUMNS", "80")
    told = CliRunner().invoke(main, ["calls"]).output
    assert max(map(len, told.splitlines())) <= 80
    assert caller.call_id in told.split()
    assert "no end reported" in told
    shown = CliRunner().invoke(main, ["show", caller.call_id]).output
    assert "rings +12025550100; receptionist has the call" in " ".join(shown.split())
    assert "uses check_availability (destination: sales): " in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80


def test_a_call_is_told_as_it_went_without_secrets(desk: Path) -> None:
    call(desk)
    (row,) = map(json.loads, run("calls", "--json").output.splitlines())
    assert (row["outcome"], row["messages"]) == ("billing: under way", ["message"])
    shown = " ".join(run("show", row["id"]).output.split())
    for part in ("uses take_message", "message 1 for sales: Ring me.", "to billing (swml_transfer): an invoice"):
        assert part in shown, shown
    assert shown.index("uses swml_transfer") < shown.index("to billing (swml_transfer)")  # asked, then decided
    (entry,) = map(json.loads, run("transfers", "--json").output.splitlines())
    assert run("show", entry["ref"]).output == run("show", row["id"]).output
    (whole,) = map(json.loads, run("show", row["id"], "--json").output.splitlines())
    assert {"call", "tool", "message", "transfer"} <= {one["what"] for one in whole["moments"]}


@pytest.mark.parametrize(
    "words",
    [
        ("show", "c9"), ("transfers", "--call", "c9"), ("messages", "show", "9"), ("messages", "close", "9"),
        ("callbacks", "cancel", "q_9"), ("people", "away", "bob"), ("agents", "bob"), ("calls", "--business", "bob"),
    ],
)  # fmt: skip
def test_what_nobody_knows_is_said_in_a_sentence(desk: Path, words: tuple[str, ...]) -> None:
    told = run(*words)
    assert (told.exit_code, told.output.count("\n")) == (1, 1), told.output
    assert words[-1] in told.output


def test_what_a_tool_was_asked_and_answered_is_kept_without_secrets(desk: Path) -> None:
    assert run("calls").exit_code == 0  # makes the tables
    app = build(Settings.load())
    caller = Phone(app, password=Settings.load().swml_basic_auth_password)
    caller.dials()
    caller.asks("take_message", message="My card is 4111 1111 1111 1111.", destination="sales", name="Pat")
    app.extensions["switchboard"].close()
    records = Records(Settings.load().database_url)
    (used,) = records.tool_calls(caller.call_id)
    records.close()
    assert "message: My card is a card number [removed]." in used["asked"]
    shown = [run(*words).output for words in (["show", caller.call_id], ["messages"], ["messages", "show", "1"])]
    for one in shown:
        assert "a card number [removed]" in " ".join(one.split())
        assert "4111" not in one
