"""`switchboard dial` and `switchboard placed`, as a script would use them. Nobody is rung: no worker runs."""

import json
import sqlite3
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from handlers.cli.main import main
from tests.support.acme import FILE

ANN = "+12025550190"


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = {**FILE, "policy": {"regions": ["US"]}}
    (tmp_path / "switchboard.yaml").write_text(yaml.safe_dump(data))
    monkeypatch.chdir(tmp_path)
    for name in ("SWITCHBOARD_DIRECTORY", "DATABASE_URL", "PUBLIC_URL", "CALL_TRANSFER_TO"):
        monkeypatch.delenv(name, raising=False)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), env={"COLUMNS": "200"})


def dial(*words: str) -> Result:
    return run("dial", ANN, "--agent", "billing_desk", *words)


def test_a_call_is_asked_for_once_and_listed() -> None:
    first = dial("--fact", "invoice=17", "--fact", "due=on Friday", "--key", "k1")
    assert first.exit_code == 0, first.output
    assert "Acme Plumbing rings +1 202-555-0190 from +1 202-555-0100" in first.output
    again = dial("--fact", "due=on Friday", "--fact", "invoice=17", "--key", "k1", "--json")
    assert again.exit_code == 0
    assert json.loads(again.output)["state"] == "waiting"
    assert dial("--key", "k1").output.startswith("Error: The key k1 was used for another call")
    assert dial("--on-machine", "We called.").exit_code == 0
    rows = [json.loads(line) for line in run("placed", "--json").output.splitlines()]
    assert [(row["key"] == "k1", row["on_machine"]) for row in rows] == [(True, "hangup"), (False, "message")]
    assert run("placed").output.count(ANN) == 2


def test_a_call_that_nobody_has_answered_is_shown_by_its_id() -> None:
    dial()
    (row,) = [json.loads(line) for line in run("placed", "--json").output.splitlines()]
    told = run("show", row["id"])
    assert told.exit_code == 0, told.output
    assert f"{ANN} was rung from +12025550100; waiting." in told.output
    assert f"{row['id']}: billing_desk is to ring {ANN}" in told.output
    (whole,) = [json.loads(line) for line in run("show", row["id"], "--json").output.splitlines()]
    assert (whole["id"], whole["outcome"]) == (row["id"], "waiting")


def test_what_the_platform_said_is_printed_as_it_is(tmp_path: Path) -> None:
    dial()
    with sqlite3.connect(tmp_path / "switchboard.db") as records:
        records.execute("UPDATE placed_calls SET error = 'not [/b] allowed'")
    assert "not [/b] allowed" in run("placed").output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--fact", "invoice"), "'invoice' is not NAME=VALUE"),
        (("--agent", "nobody"), "no agent nobody answers here"),
        (("--line", "+12025550155"), "none of our lines"),
        (("--at", "soon"), "at: a time such as 14:30"),
        (("--on-machine", " "), "on_machine: text"),
        (("--key", "two words"), "key: 1 to 200 visible"),
    ],
)
def test_what_is_wrong_is_told(words: tuple[str, ...], told: str) -> None:
    refused = dial(*words)
    assert refused.exit_code != 0
    assert told in refused.output
    assert run("placed", "--json").output == ""


def test_a_number_that_is_not_rung_is_told_why() -> None:
    assert "premium-rate" in run("dial", "+19005550199", "--agent", "billing_desk").output
    assert "one of our own lines" in run("dial", "+12025550100", "--agent", "billing_desk").output
