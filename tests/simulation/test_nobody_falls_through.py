"""Whatever the directory says, whatever the hour, whatever people do and whether we are up: no caller falls through."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, note, settings

from exchange.rehearsal import rehearse
from exchange.scenario import Scenario
from handlers.commands_stage import House, Stage
from tests.simulation.endings import gone_wrong
from tests.simulation.situations import situations

SCRIPTED = "is not offered"  # the scenario's model is stubborn: it asks for tools that the agent does not have
ROOT = Path(__file__).parents[2]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(situations())
def test_a_caller_ends_taken_care_of_or_by_choice(rehearsal_house: House, situation: dict[str, Any]) -> None:
    scenario = Scenario.model_validate(situation)
    with Stage(rehearsal_house, scenario, directory=ROOT / "switchboard.yaml", beside=ROOT, seed=1) as stage:
        verdict = rehearse(scenario, stage.exchange, stage)
        wrong = [*gone_wrong(stage), *(fault for fault in verdict.faults if SCRIPTED not in fault)]
    note("\n".join(verdict.ladder))
    assert not wrong, wrong
