"""The log of a call: one line for each moment, whichever process writes it, found by the call's id."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes.served import Served

DIRECTORY = """
company: Acme Plumbing
timezone: America/New_York
lines: {"+12025550100": {agent: receptionist}}
people:
  dana: {name: Dana Reyes, phone: "+12025550111", texts: true}
  lee: {name: Lee Park, phone: "+12025550112"}
departments:
  sales:
    about: new orders and quotes
    reach: [{ring: [dana, lee]}]
    text_person: "{caller_number} about {reason}"
  supervisor: {about: a human who can decide, reach: [{ring: [dana]}], handoff: consult}
escalation: {department: supervisor}
"""
SECRET = "4111 1111 1111 1111"


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "switchboard.yaml").write_text(DIRECTORY)
    with Served(folder, processes=2) as served:
        yield served


def told_of_last_call(served: Served) -> list[tuple[str, Any]]:
    """The lines of the newest call: each one's name, and its state, outcome or fate."""
    call = json.loads(served.run("calls", "--json").stdout.splitlines()[-1])["id"]
    found = [json.loads(line) for line in served.said.splitlines() if call in line]
    assert all(line["call"] == call for line in found)
    return [(line["event"], line.get("state") or line.get("outcome") or line.get("fate")) for line in found]


def in_order(found: list[tuple[str, Any]], *wanted: tuple[str, Any]) -> bool:
    rest = iter(found)
    return all(one in rest for one in wanted)


def test_the_id_of_a_call_finds_its_moments_in_their_order(acme: Served) -> None:
    told = acme.run("call", "--say", f"A quote, please, my card is {SECRET}", "--person", "dana=busy")
    assert "put through to Lee Park" in told.stdout
    found = told_of_last_call(acme)
    assert in_order(
        found,
        ("answered", None),
        ("tool", None),
        ("transfer", "requested"),
        ("leg", "dialling"),
        ("leg", "busy"),
        ("leg", "dialling"),
        ("bridged", None),
        ("ended", "bridged"),
    ), found
    assert ("text", "delivered") in found
    assert SECRET not in acme.said
    assert "0190" not in "".join(line for line in acme.said.splitlines() if '"call"' in line)  # numbers are masked


def test_what_the_worker_does_is_told_with_the_id_of_the_callers_call(acme: Served) -> None:
    told = acme.run("call", "--say", "I want to speak to a human who can decide")
    assert "put through to Dana Reyes" in told.stdout
    found = told_of_last_call(acme)
    moments = [("leg", state) for state in ("queued", "dialling", "answered", "briefing", "accepted")]
    assert in_order(found, ("transfer", "requested"), *moments, ("bridged", None), ("ended", "bridged")), found


def test_a_command_prints_what_it_has_done_and_no_line_of_the_log(acme: Served) -> None:
    told = acme.run("dial", "+12025550190", "--agent", "receptionist")
    assert told.returncode == 0, told.stderr
    assert "[info" not in told.stdout + told.stderr


def test_a_higher_level_logs_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "switchboard.yaml").write_text(DIRECTORY)
    with Served(tmp_path, {"LOG_LEVEL": "warning"}) as quiet:
        assert "put through to Dana Reyes" in quiet.run("call", "--say", "A quote, please").stdout
        assert '"call"' not in quiet.said
