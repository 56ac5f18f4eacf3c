"""Whatever the directory says, whatever the hour, whatever people do and whether we are up: no caller falls through."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings

from exchange.scenarios.rehearsal import rehearse
from exchange.scenarios.scenario import Scenario
from handlers.cli.rehearsal.stage import House, Stage
from tests.simulation.endings import gone_wrong
from tests.simulation.situations import situations

ROOT = Path(__file__).parents[2]
SCRIPTED = "is not offered"  # the scenario's model is stubborn: it asks for tools that the agent does not have
USUAL = settings(deadline=None, suppress_health_check=list(HealthCheck))


def find_the_fallen(house: House, situation: dict[str, Any]) -> None:
    """Rehearse a situation. Raises AssertionError with everybody who fell through; the ladder is noted."""
    scenario = Scenario.model_validate(situation)
    with Stage(house, scenario, directory=ROOT / "switchboard.yaml", beside=ROOT, seed=1) as stage:
        verdict = rehearse(scenario, stage.exchange, stage)
        wrong = [*gone_wrong(stage), *(fault for fault in verdict.faults if SCRIPTED not in fault)]
    note("\n".join(verdict.ladder))
    assert not wrong, wrong


@settings(USUAL, max_examples=15, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(situations())
def test_a_caller_ends_taken_care_of_or_by_choice(rehearsal_house: House, situation: dict[str, Any]) -> None:
    """The same few situations each time."""
    find_the_fallen(rehearsal_house, situation)


@pytest.mark.long
@settings(USUAL, max_examples=600)
@given(situations())
def test_so_does_any_other(rehearsal_house: House, situation: dict[str, Any]) -> None:
    """Other situations each time, and the smallest of those in which somebody falls through: `make property`."""
    find_the_fallen(rehearsal_house, situation)
