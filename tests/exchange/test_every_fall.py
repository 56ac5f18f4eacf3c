"""Every kind of step fails in some scenario, in every way it can, and the next one is tried: read off the files."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from exchange.scenarios.scenario import LedgerRow, Scenario
from gateways.directory.file import parse_yaml
from handlers.cli.rehearsal.rehearse import read_file
from handlers.cli.rehearsal.stage import merged

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios").glob("*.yaml"))

# What may become of a step so that the next one is tried, by its kind. A blind ring takes a voicemail box for a person.
# An offer is a person who is asked to take somebody out of a queue, or to ring somebody back.
FALLS: Mapping[str, tuple[str, ...]] = {
    "blind": ("busy", "no_answer", "declined", "failed"),
    "whisper": ("busy", "no_answer", "declined", "failed"),
    "consult": ("busy", "no_answer", "declined", "machine", "failed"),
    "refer": ("busy", "no_answer", "declined", "failed"),
    "queue": ("timeout", "message_taken", "callback_booked"),
    "offer": ("busy", "no_answer", "declined", "machine", "failed"),
    "agent": ("failed",),
    "voicemail": ("cancelled",),  # nobody said anything
    "callback": ("failed", "cancelled"),
}
PAIRS = [(kind, outcome) for kind, outcomes in FALLS.items() for outcome in outcomes]
STEPS = ("ring", "refer", "queue", "voicemail", "callback", "agent", "department", "hangup")


def content_of(scenario: Scenario, file: Path) -> dict[str, Any]:
    """The directory file that a scenario plays on."""
    given = scenario.directory
    if isinstance(given, Mapping):
        return merged(dict(given), scenario.changes)
    beside = file.parent / given if given else ROOT / "switchboard.yaml"
    return merged(parse_yaml(beside.read_text(encoding="utf-8")), scenario.changes)


def fallen(scenario: Scenario, content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The kind of each step that was gone through in a scenario, and what became of it."""
    for row in scenario.expect.ledger or ():
        if row.destination in (content.get("agents") or {}):
            yield "agent", str(row.outcome)
        queued = False
        for to, _, outcome in (one.rpartition(" ") for one in row.attempts or ()):
            kind = kind_of(to, row, content)
            yield "offer" if queued and kind in ("blind", "whisper", "consult") else kind, outcome
            queued = queued or kind == "queue"
    yield from (("callback", str(one.state)) for one in scenario.expect.callbacks or ())


def kind_of(to: str, row: LedgerRow, content: Mapping[str, Any]) -> str:
    """The kind of step that an attempt belongs to; rings by how they hand over."""
    if to.startswith("queue:") or to == "voicemail":
        return to.partition(":")[0]
    if to in (content.get("agents") or {}):
        return "agent"
    if f"'refer': {to!r}" in str(content.get("departments")):
        return "refer"
    if row.mechanism in ("whisper", "consult"):
        return row.mechanism
    return str(department_of(row, content).get("handoff", "blind"))


def department_of(row: LedgerRow, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The department that a transfer went to, as the file says it. Without a name it is that of the escalation."""
    name = row.destination or (content.get("escalation") or {}).get("department")
    return (content.get("departments") or {}).get(name) or {}


@pytest.fixture(scope="module")
def played() -> list[tuple[Scenario, dict[str, Any]]]:
    """Every scenario with its directory's content."""
    found = [(one, content_of(one, file)) for file in FILES for one in read_file(file) if not one.transfer_to]
    assert found
    return found


@pytest.mark.parametrize(("kind", "outcome"), PAIRS)
def test_a_scenario_goes_through_it(played: list[tuple[Scenario, dict[str, Any]]], kind: str, outcome: str) -> None:
    pairs = {pair for scenario, content in played for pair in fallen(scenario, content)}
    assert (kind, outcome) in pairs, f"no scenario in which a step of kind {kind} ends {outcome}"


@pytest.mark.parametrize("step", STEPS)
def test_a_scenario_has_it_in_its_chain(played: list[tuple[Scenario, dict[str, Any]]], step: str) -> None:
    chains = [
        department_of(row, content).get("reach", ())
        for scenario, content in played
        for row in scenario.expect.ledger or ()
    ]
    assert any(step == one or (isinstance(one, Mapping) and step in one) for chain in chains for one in chain)
