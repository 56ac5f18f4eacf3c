"""Queues of the platform's that callers have left behind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.scenarios.rehearsal import rehearse
from exchange.scenarios.scenario import Scenario
from handlers.cli.rehearsal.stage import House, Stage
from handlers.jobs.cleanup import tidy_queues

SCENARIOS = Path(__file__).parents[2] / "scenarios"
ASKS = {"says": "Sales.", "model": {"tool": "connect", "destination": "sales", "reason": "a boiler", "summary": ""}}
QUEUE = {"departments": {"sales": {"reach": [{"queue": {"name": "sales", "wait": 60}}, "voicemail"]}}}


@pytest.fixture
def stage(rehearsal_house: House) -> Iterator[Stage]:
    """A caller has waited for a minute, and has left a message."""
    given: dict[str, Any] = {"name": "Waiting", "directory": "acme/switchboard.yaml", "changes": QUEUE}
    scene = Scenario.model_validate(given | {"caller": [ASKS, "Ring me."]})
    with Stage(rehearsal_house, scene, directory=SCENARIOS, beside=SCENARIOS, seed=1) as opened:
        verdict = rehearse(scene, opened.exchange, opened)
        assert not verdict.faults
        yield opened


def later(stage: Stage, seconds: float) -> None:
    until = stage.exchange.clock.elapsed + seconds
    stage.exchange.wake_at(until)
    stage.exchange.run(lambda: stage.exchange.clock.elapsed >= until - 1e-6)


def names(stage: Stage) -> list[str]:
    return sorted(stage.exchange.queues)


def test_a_queue_that_a_caller_has_left_behind_is_deleted_when_nobody_can_come_back(stage: Stage) -> None:
    (transfer,) = stage.ledger()
    assert names(stage) == [f"sales-{transfer['id']}"]
    assert tidy_queues(stage._wiring) == 0  # it is over only just now
    later(stage, 700)
    assert tidy_queues(stage._wiring) == 1
    assert names(stage) == []
    assert tidy_queues(stage._wiring) == 0


def test_queues_of_others_are_left_alone(stage: Stage) -> None:
    (transfer,) = stage.ledger()
    theirs = ["sales", "sales-t_1", f"sales-{transfer['id'][:-1]}0", f"{transfer['id']}"]
    client = stage._wiring.carrier
    assert client
    for name in theirs:
        client._request("POST", "/api/relay/rest/queues", json={"name": name})
    later(stage, 700)
    tidy_queues(stage._wiring)
    assert names(stage) == sorted({*theirs} - {f"sales-{transfer['id']}"})
