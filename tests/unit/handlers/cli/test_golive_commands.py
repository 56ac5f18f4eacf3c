"""The commands for going live: what they refuse, how they say it, and that no check takes another one down."""

import json
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateways.signalwire.number_history import Former, NotKept
from gateways.signalwire.numbers import OwnedNumber
from handlers.cli.golive.checks import Finding, Subject
from handlers.cli.golive.doctor import side_by_side
from handlers.cli.golive.pointing import Pointing, masked, where
from handlers.cli.main import main
from tests.support.golive import FILE, LINE, OTHER, subject


def test_a_check_that_crashes_or_hangs_is_a_problem_and_the_others_are_told() -> None:
    over = threading.Event()

    def crashes(_: Subject) -> list[Finding]:
        raise RuntimeError("postgresql://u:hunter2@db/x")

    def hangs(_: Subject) -> list[Finding]:
        over.wait(20)
        return []

    def is_well(_: Subject) -> list[Finding]:
        return [Finding("well", "ok", "fine")]

    began = time.monotonic()
    found = side_by_side({"a": crashes, "b": hangs, "c": is_well}, subject(), within=0.5)
    over.set()
    assert time.monotonic() - began < 5
    assert [(one.check, one.verdict) for one in found] == [("a", "problem"), ("b", "problem"), ("well", "ok")]
    assert "RuntimeError" in found[0].says
    assert "hunter2" not in found[0].says


def run(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, list(words), env={"COLUMNS": "200", **environment})


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a directory in it, and no settings."""
    (tmp_path / "switchboard.yaml").write_text(json.dumps(FILE))
    monkeypatch.chdir(tmp_path)
    for name in ("PUBLIC_URL", "SIGNALWIRE_SPACE", "SIGNALWIRE_API_URL", "SIGNALWIRE_PROJECT_ID", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_wrong_settings_are_the_one_finding(desk: Path) -> None:
    told = run("doctor", "--json", PUBLIC_URL="https://desk.example")
    (finding,) = [json.loads(line) for line in told.stdout.splitlines()]
    assert told.exit_code == 1
    assert (finding["check"], finding["verdict"]) == ("settings", "problem")
    assert "SECRET_KEY is missing" in finding["says"]


def test_help_teaches(desk: Path) -> None:
    for name in ("doctor", "numbers", "point", "call-me"):
        assert name in run("--help").output
        assert run(name, "--help").exit_code == 0


REAL = {"SIGNALWIRE_SPACE": "acme", "SIGNALWIRE_PROJECT_ID": "p1", "SIGNALWIRE_API_TOKEN": "t1"}


@pytest.mark.parametrize("words", [("point", LINE, "--yes"), ("call-me", "+12025550111", "--yes")])
def test_a_local_address_is_refused_before_anything_is_asked(desk: Path, words: tuple[str, ...]) -> None:
    told = run(*words, **REAL)
    assert told.exit_code == 1
    assert "SignalWire cannot reach http://localhost:8080" in told.stderr
    assert "Set PUBLIC_URL" in told.stderr


def test_without_an_account_what_is_missing_is_named(desk: Path) -> None:
    told = run("numbers", SIGNALWIRE_SPACE="acme")
    assert told.exit_code == 1
    assert "SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN are not set" in told.stderr


def test_what_is_typed_wrong_is_said_first(desk: Path) -> None:
    stands_in = REAL | {"SIGNALWIRE_API_URL": "http://127.0.0.1:9"}
    assert "'reception' is not a phone number" in run("point", "reception", **stands_in).stderr
    assert "no agent nobody answers here" in run("point", LINE, "--agent", "nobody", **stands_in).stderr
    assert "takes no --agent" in run("point", LINE, "--undo", "--agent", "nightdesk", **stands_in).stderr
    assert "none of our lines" in run("call-me", "+12025550111", "--from", OTHER, **stands_in).stderr


# --- in words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://signalwire:pass@desk.example/swml", Pointing(True, True, "")),
        ("https://signalwire:pass@desk.example/swml/billing", Pointing(True, True, "billing")),
        ("https://signalwire:old@desk.example/swml", Pointing(True, False, "")),
        ("https://desk.example/swml", Pointing(True, False, "")),
        ("https://desk.example/swmlx", Pointing()),
        ("https://desk.example.evil.example/swml", Pointing()),
        ("https://signalwire:pass@other.example/swml", Pointing()),
        ("", Pointing()),
    ],
)
def test_whether_a_number_points_here(url: str, expected: Pointing) -> None:
    number = OwnedNumber("1", LINE, settings={"call_handler": "relay_script", "call_relay_script_url": url})
    assert Pointing.of(number, subject().settings) == expected


def test_a_password_is_masked_wherever_an_address_is_shown() -> None:
    assert masked("https://u:p%40ss@h.example:8443/x?y=1") == "https://u:•••@h.example:8443/x?y=1"
    assert masked("https://h.example/x") == "https://h.example/x"
    cxml = {
        "call_handler": "laml_webhooks",
        "call_request_url": "https://u:p@old.example",
        "call_request_method": "GET",
    }
    assert where(OwnedNumber("1", LINE, settings=cxml)) == "cXML https://u:•••@old.example"
    assert where(OwnedNumber("1", LINE)) == "nowhere"
    assert where(OwnedNumber("1", LINE, resource="r1")) == "a resource of the platform's (r1)"
    assert where(OwnedNumber("1", LINE, settings={"call_handler": "call_flow"}, resource="r1")) == "call_flow r1"


def test_what_was_is_kept_in_order_and_never_twice(tmp_path: Path) -> None:
    former = Former(tmp_path / ".switchboard" / "pointed.json")
    first, second = (OwnedNumber("1", LINE, name, ("voice",), {"call_handler": name}) for name in ("one", "two"))
    assert former.latest(LINE) is None
    for number in (first, second, second):
        former.keep(number)
    assert former.latest(LINE) == second
    former.forget_latest(LINE)
    assert former.latest(LINE) == first
    former.forget_latest(LINE)
    assert former.latest(LINE) is None
    assert list(former.path.parent.iterdir()) == [former.path]


@pytest.mark.parametrize("content", ["not JSON", "[]", '{"+12025550100": [{"id": "1"}]}'])
def test_a_file_that_cannot_be_understood_is_told_and_left_alone(tmp_path: Path, content: str) -> None:
    former = Former(tmp_path / "pointed.json")
    former.path.write_text(content)
    with pytest.raises(NotKept):
        former.keep(OwnedNumber("1", LINE))
    assert former.path.read_text() == content
