"""Whispers and consults in which much goes wrong at once, drawn from a seed: nobody is ever left behind.

The people, the caller, the platform and our own process misbehave together. Whatever comes of it, every call and every
dialled leg comes to an end, no phone rings for a caller who has gone, and the platform's contract is kept.
"""

import random
from typing import Any

import pytest

from exchange.scenarios.rehearsal import rehearse
from exchange.scenarios.scenario import read_scenarios
from handlers.cli.rehearsal.stage import House, Stage
from tests.exchange.test_warm import DIRECTORY, SCENARIOS

PEOPLE = (
    "answers after 3", "presses 2", "says yes", "says no", "says nothing", "busy", "no answer", "voicemail after 6",
    "voicemail unnoticed", "unreachable", "declines after 2", "hangs up 2 s into the question",
    "says nothing, hangs up in the briefing", "answers after 3, hangs up after 1", "answers after 12, thinks for 5",
    "says Tell them I call back at three", "accepts by card after 6, says nothing",
    "no answer, declines by card after 5",
)  # fmt: skip
DESTINATIONS = ("supervisor", "sales", "billing", "warranty", "repairs", "service", "warehouse")
MOMENTS = ("announcement", "ringing", "answered", "question", "briefing", "accepted", "hold", "bridge")
FAULTS = ("callbacks_lost", "callbacks_delayed", "callbacks_repeated", "callbacks_reordered", "tools_repeated")
FATES = ("ok", "ok", 422, 500, "no answer", "answer lost")


def trouble(seed: int) -> dict[str, Any]:
    """A scenario in which everything that is drawn goes wrong."""
    chance = random.Random(seed)
    connect = {
        "tool": "connect",
        "destination": chance.choice(DESTINATIONS),
        "reason": "a thing",
        "summary": "A thing.",
    }
    scenario: dict[str, Any] = {
        "name": f"Trouble {seed}",
        "at": "2026-03-17 11:00",
        "seed": seed,
        "people": {who: chance.choice(PEOPLE) for who in ("dana", "max", "lee")},
        "caller": [{"says": "Help.", "model": connect, "then": {"say": "You are back."}}, "Thank you."],
        "patience": chance.choice([0, 60, 200]),
        "faults": {fault: chance.choice([0.1, 0.3, 0.6]) for fault in FAULTS if chance.random() < 0.3},
        "expect": {"errors": "allowed", "back_within": None, "bridged_within": None},
    }
    if chance.random() < 0.5:
        scenario["hangs_up"] = {"during": chance.choice(MOMENTS), "after": chance.choice([0, 0.03, 0.3, 2, 5])}
    if chance.random() < 0.4:
        commands = chance.sample(["dial", "update", "message", "unhold"], 2)
        scenario["rest"] = {command: [*(chance.choice(FATES) for _ in range(3)), "ok"] for command in commands}
    if chance.random() < 0.3:
        scenario["app"] = {"down": [chance.uniform(7, 40), chance.choice([1, 5, 20])]}
    return scenario


@pytest.mark.parametrize("seed", range(40))
def test_nobody_is_left_behind(rehearsal_house: House, seed: int) -> None:
    (scenario,) = read_scenarios([trouble(seed)])
    with Stage(rehearsal_house, scenario, directory=DIRECTORY, beside=SCENARIOS, seed=seed) as stage:
        verdict = rehearse(scenario, stage.exchange, stage)
    assert not verdict.faults, "\n".join((*verdict.faults, *verdict.ladder))
