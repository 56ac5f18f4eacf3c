"""Whisper and consult: every interruption as a scenario, on SQLite and on PostgreSQL, the app down at any second."""

from pathlib import Path

import pytest
import yaml

from exchange.scenarios.rehearsal import Verdict, rehearse
from exchange.scenarios.scenario import Scenario, read_scenarios
from handlers.cli.rehearsal.rehearse import read_file
from handlers.cli.rehearsal.stage import House, Stage
from tests.conftest import Postgres

SCENARIOS = Path(__file__).parents[2] / "scenarios"
DIRECTORY = SCENARIOS / "acme" / "warm.yaml"
WARM = [one for file in sorted(SCENARIOS.glob("warm_*.yaml")) for one in read_file(file)]


def carried_out(house: House, scenario: Scenario, *, database: str = "") -> Verdict:
    with Stage(house, scenario, directory=DIRECTORY, beside=SCENARIOS, seed=1, database=database) as stage:
        return rehearse(scenario, stage.exchange, stage)


@pytest.mark.parametrize("scenario", WARM, ids=[one.name for one in WARM])
def test_on_postgresql_it_goes_as_the_scenario_says(
    rehearsal_house: House, postgres: Postgres, scenario: Scenario
) -> None:
    """(On SQLite it does in test_scenarios.)"""
    url = postgres.lend()
    verdict = carried_out(rehearsal_house, scenario, database=url)
    postgres.take_back(url)
    assert not verdict.faults, "\n".join((*verdict.faults, *verdict.ladder))


@pytest.mark.parametrize("scenario", WARM[::9], ids=[one.name for one in WARM[::9]])
def test_both_databases_give_the_same_ladder(rehearsal_house: House, postgres: Postgres, scenario: Scenario) -> None:
    url = postgres.lend()
    there = carried_out(rehearsal_house, scenario, database=url).ladder
    postgres.take_back(url)
    assert "\n".join(there) == "\n".join(carried_out(rehearsal_house, scenario).ladder)


def test_every_interruption_is_there_for_both() -> None:
    assert sum(one.name.startswith("Whisper: ") for one in WARM) >= 20
    assert sum(one.name.startswith("Consult: ") for one in WARM) >= 45


DOWN = """
name: The app is down from second {at} of the call on, for {lasts} seconds
directory: acme/warm.yaml
changes: {{escalation: {{hold_limit: 60}}}}
app: {{down: [{at}, {lasts}]}}
people: {{dana: "answers after 3, hangs up after 30", max: "answers after 3, hangs up after 30"}}
patience: 120
caller:
  - says: Help me, please.
    model: {{tool: connect, destination: {destination}, reason: a complaint, summary: Complains about a visit.}}
    then: {{say: You are back with me.}}
expect: {{errors: allowed, back_within: null, bridged_within: null}}
"""


@pytest.mark.parametrize("lasts", [2, 600])
@pytest.mark.parametrize("at", range(7, 29))
@pytest.mark.parametrize("destination", ["supervisor", "repairs"])
def test_whenever_the_app_goes_down_the_caller_is_bridged_or_back(
    rehearsal_house: House, destination: str, at: float, lasts: float
) -> None:
    """From the tool's answer to the bridge: started anew soon, or as good as never."""
    (scenario,) = read_scenarios(yaml.safe_load(DOWN.format(at=at, lasts=lasts, destination=destination)))
    verdict = carried_out(rehearsal_house, scenario)
    story = "\n".join(verdict.ladder)
    assert not verdict.faults, "\n".join((*verdict.faults, *verdict.ladder))
    assert "caller         bridge" in story or "You are back with me." in story, story
