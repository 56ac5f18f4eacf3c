"""The scenarios that ship: all as they say, the same each time; and `switchboard rehearse` itself."""

import functools
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from click.testing import CliRunner, Result

from exchange.core.assumptions import NEWEST
from exchange.core.ladder import Entry
from exchange.scenarios.rehearsal import Verdict, rehearse
from handlers.cli.main import main
from handlers.cli.rehearsal.rehearse import read_file
from handlers.cli.rehearsal.stage import House, Stage

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios").glob("*.yaml"))
scenarios_of = functools.cache(read_file)  # each file is read once, not once a scenario
SCENARIOS = [(file, number, one.name) for file in FILES for number, one in enumerate(scenarios_of(file))]


JUMPS = 6
"""Documents that we lead a call into, at most, between two interactions of its party. The platform's limit is eight.

Every way into a document counts, whether the platform counts it or not: `transfer`, a tool's reply that moves the call,
what follows a queue, and a redirection by REST.
"""


def carried_out(house: House, file: Path, number: int, *, seed: int = 1, platform: str = NEWEST) -> Verdict:
    scenario = scenarios_of(file)[number]
    settings: Any = {"directory": ROOT / "switchboard.yaml", "beside": file.parent, "seed": seed, "platform": platform}
    with Stage(house, scenario, **settings) as stage:
        verdict = rehearse(scenario, stage.exchange, stage)
    assert jumps(stage.exchange.ladder) <= JUMPS, "\n".join(verdict.ladder)
    return verdict


def jumps(ladder: Iterable[Entry]) -> int:
    """The most documents that a leg was led into without its party saying or pressing anything."""
    most, alone = 0, Counter[tuple[str, str]]()
    for entry in ladder:
        if entry.kind in ("heard", "pressed"):
            alone[entry.call, entry.leg] = 0
        elif entry.kind == "script":
            alone[entry.call, entry.leg] += 1
            most = max(most, alone[entry.call, entry.leg])
    return most


@pytest.mark.parametrize(("file", "number"), [one[:2] for one in SCENARIOS], ids=[one[2] for one in SCENARIOS])
def test_it_goes_as_the_scenario_says(rehearsal_house: House, file: Path, number: int) -> None:
    verdict = carried_out(rehearsal_house, file, number)
    assert not verdict.faults, "\n".join((*verdict.faults, *verdict.ladder))


# The rest meets nothing that differs; `make scenarios` plays all of them on both platforms.
DIFFERING = [one for one in SCENARIOS if one[0].stem in ("queue", "queue_people", "callbacks")]


@pytest.mark.parametrize(("file", "number"), [one[:2] for one in DIFFERING], ids=[one[2] for one in DIFFERING])
def test_it_goes_so_on_the_published_platform_too(rehearsal_house: House, file: Path, number: int) -> None:
    verdict = carried_out(rehearsal_house, file, number, platform="2026-08")
    assert not verdict.faults, "\n".join((*verdict.faults, *verdict.ladder))


def test_documents_without_an_interaction_between_them_are_counted() -> None:
    def on(leg: str, *kinds: str) -> list[Entry]:
        return [Entry(0.0, "c1", leg, kind) for kind in kinds]

    assert jumps([*on("a", "script", "script", "heard", "script"), *on("b", "script")]) == 2


def test_there_are_scenarios_for_everything() -> None:
    assert len(SCENARIOS) >= 40


@pytest.mark.parametrize("name", ["texts.yaml", "people.yaml", "network.yaml"])
def test_the_same_seed_gives_the_same_ladder_to_the_byte(rehearsal_house: House, name: str) -> None:
    file = ROOT / "scenarios" / name
    first, again = ([carried_out(rehearsal_house, file, n, seed=3).ladder for n in range(5)] for _ in range(2))
    assert "\n".join(map("\n".join, first)).encode() == "\n".join(map("\n".join, again)).encode()


def test_another_seed_gives_another_ladder(rehearsal_house: House) -> None:
    file = ROOT / "scenarios" / "network.yaml"
    last = len(read_file(file)) - 1
    assert (
        carried_out(rehearsal_house, file, last, seed=1).ladder
        != carried_out(rehearsal_house, file, last, seed=2).ladder
    )


BUSY = {
    "name": "Busy",
    "directory": str(ROOT / "scenarios" / "acme" / "switchboard.yaml"),
    "people": {"dana": "busy", "max": "no answer"},
    "caller": [{"says": "A human", "model": {"tool": "escalate_to_human", "reason": "a human", "summary": ""}}],
}


def run(folder: Path, scenario: object, *options: str) -> Result:
    file = folder / "own.yaml"
    file.write_text(scenario if isinstance(scenario, str) else yaml.safe_dump(scenario))
    return CliRunner().invoke(main, ["rehearse", str(file), *options], env={"COLUMNS": "200"})


# One wrong expectation of every kind, and the words in which it is told.
WRONG: dict[str, dict[str, Any]] = {
    "bridged: expected max, was nobody": {"bridged": "max"},
    "rang: expected dana, was dana, max": {"rang": "dana"},
    "caller did not hear 'Bonjour'": {"heard": ["Bonjour"]},
    "dana did not hear 'Bonjour'": {"heard": {"dana": ["Bonjour"]}},
    "caller heard 'acme'": {"not_heard": ["acme"]},
    "tools: expected connect, was escalate_to_human": {"tools": ["connect"]},
    "dial_number was not offered": {"offered": ["dial_number"]},
    "end_call was offered": {"not_offered": ["end_call"]},
    "heard nothing for": {"silence": 0.1},
    "ended by: expected dana, was switchboard": {"ended_by": "dana"},
    "the model was not told 'the weather'": {"told": ["the weather"]},
    "ledger 1: outcome: expected 'busy', was 'callback_booked'": {"ledger": [{"outcome": "busy"}]},
    "ledger 1: attempts: expected ['dana busy'], was": {"ledger": [{"attempts": ["dana busy"]}]},
    "ledger: 1 instead of 0": {"ledger": "nothing"},
    "messages 1: kind: expected 'voicemail', was 'callback'": {"messages": [{"kind": "voicemail"}]},
    "texts: 0 instead of 1": {"texts": [{"to": "caller"}]},
    "dana sees: expected +12025550102, was +12025550100": {"presented": {"dana": "+12025550102"}},
    "max did not get X-Team: support": {"headers": {"max": {"X-Team": "support"}}},
}


def test_an_expectation_that_is_not_met_fails_in_words(tmp_path: Path) -> None:
    """A scenario has each kind of expectation once, so those of one kind are spread over several scenarios."""
    scenarios: list[dict[str, Any]] = []
    for words, expect in WRONG.items():
        free = next((one for one in scenarios if not one["expect"].keys() & expect.keys()), None)
        if free is None:
            free = {**BUSY, "name": f"Busy {len(scenarios)}", "expect": {}, "words": []}
            scenarios.append(free)
        free["expect"] |= expect
        free["words"].append(words)
    wanted = [one.pop("words") for one in scenarios]
    told = run(tmp_path, scenarios, "--json")
    assert told.exit_code == 1
    rows = [json.loads(line) for line in told.output.splitlines()]
    assert sum(len(words) for words in wanted) == len(WRONG)
    for row, words in zip(rows, wanted, strict=True):
        assert row["passed"] is False
        assert 0 < row["silence"] < 2
        for one in words:
            assert [fault for fault in row["faults"] if one in fault], (one, row)


def test_a_failure_shows_the_ladder_and_the_seed(tmp_path: Path) -> None:
    told = run(
        tmp_path, [{**BUSY, "expect": {"bridged": "max"}}], "--seed", "7", "--junit", str(tmp_path / "junit.xml")
    )
    assert told.exit_code == 1
    assert "state      ringing" in told.output
    assert "1 rehearsed" in told.output
    assert "The longest that a caller heard nothing: 0.8 s" in told.output
    assert "seed 7" in told.output
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert suite.get("failures") == "1"
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "bridged: expected max, was nobody" in str(failure.get("message"))


def test_what_goes_as_expected_is_a_pass(tmp_path: Path) -> None:
    told = run(tmp_path, [{**BUSY, "expect": {"rang": ["dana", "max"], "bridged": "nobody"}}])
    assert told.exit_code == 0, told.output
    assert "as expected" in told.output


def test_a_broken_file_lists_every_mistake_with_its_path(tmp_path: Path) -> None:
    broken = {**BUSY, "people": {"dana": "sings"}, "color": "red", "expect": {"legder": [], "silence": "long"}}
    lines = {**BUSY, "name": "Other", "caller": [{"say": "hello"}], "faults": {"gremlins": 1}}
    told = run(tmp_path, [broken, lines])
    assert told.exit_code == 2
    for path in (
        "Busy: people.dana",
        "Busy: color",
        "Busy: expect.legder",
        "Busy: expect.silence",
        "Other: caller[0].say",
    ):
        assert path in told.output, told.output
    assert "answers after 3" in told.output


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("name: [", "readable YAML"),
        ([{**BUSY, "faults": {"gremlins": 1}}], "no such fault: gremlins"),
        ([{**BUSY, "assumptions": {"gravity": False}}], "no such assumption: gravity"),
        ([{**BUSY, "rest": {"dial": "perhaps"}}], "an HTTP status of 400 or more"),
        ([{**BUSY, "rest": {"sing": 500}}], "dial, update, end, message, unhold"),
        ([{**BUSY, "app": {"down": [5]}}], "app.down"),
        ([BUSY, BUSY], "Busy: the name is given twice"),
        ([], "at least one"),
        ([{**BUSY, "directory": "missing.yaml"}], "missing.yaml"),
        ([{**BUSY, "changes": {"departments": {"supervisor": {"reach": [{"ring": ["leo"]}]}}}}], "ring[0]"),
    ],
)
def test_every_kind_of_broken_file_is_status_2(tmp_path: Path, scenario: object, words: str) -> None:
    told = run(tmp_path, scenario)
    assert told.exit_code == 2
    assert words in told.output


def test_the_example_of_the_readme_is_true_of_the_sample_directory(tmp_path: Path) -> None:
    section = (ROOT / "README.md").read_text().partition("## Rehearsing")[2]
    example = section.partition("```yaml\n")[2].partition("```")[0]
    told = run(tmp_path, example, "--directory", str(ROOT / "switchboard.yaml"))
    assert told.exit_code == 0, told.output


def test_only_those_that_are_asked_for(tmp_path: Path) -> None:
    told = run(tmp_path, [BUSY, {**BUSY, "name": "Other"}], "--only", "oth", "--json")
    assert [json.loads(line)["name"] for line in told.output.splitlines()] == ["Other"]
    assert run(tmp_path, [BUSY], "--only", "nothing").exit_code == 2


SIX = """
- name: Six mistakes
  peple:
    danna: busy
    max: bussy
  caller:
    - says: A human, please.
      modle: {tool: escalate_to_humen, reason: wants a human}
  expect:
    ledger: [{destination: supervisor, outcome: message_takn, attempts: [lea no_answer]}]
  hangs_up: {during: rining}
"""


def test_every_mistake_is_listed_with_its_line_and_what_was_probably_meant(tmp_path: Path) -> None:
    told = run(tmp_path, SIX)
    assert told.exit_code == 2
    for line, path, meant in (
        (3, "peple", "people"),
        (4, "peple.danna", "dana"),
        (5, "peple.max", "busy"),
        (8, "caller[0].modle", "model"),
        (8, "caller[0].modle.tool", "escalate_to_human"),
        (10, "expect.ledger[0].outcome", "message_taken"),
        (10, "expect.ledger[0].attempts[0]", "lee"),
        (11, "hangs_up.during", "ringing"),
    ):
        found = [one for one in told.output.splitlines() if f"line {line}: Six mistakes: {path}: " in one]
        assert [one for one in found if f"did you mean {meant}?" in one], (path, told.output)
    assert "8 to put right" in told.output


def test_names_that_a_scenario_brings_itself_are_known(tmp_path: Path) -> None:
    kim = {"people": {"kim": {"name": "Kim Ito", "phone": "+12025550177"}}}
    own = {
        **BUSY,
        "changes": kim,
        "people": {"kim": "busy", "+12025550178": "busy"},
        "expect": {"rang": ["dana", "max"]},
    }
    told = run(tmp_path, [own, {**BUSY, "name": "Other", "people": {"kim": "busy"}}])
    assert told.exit_code == 2
    assert "Other: people.kim: 'kim': no such person; there are dana, lee, max" in told.output
    assert "1 to put right" in told.output
