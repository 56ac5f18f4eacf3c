"""`switchboard show`: every kind of call, as the command prints it at 80 columns."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from exchange.scenarios.rehearsal import rehearse
from handlers.cli.main import main
from handlers.cli.rehearsal.rehearse import read_file
from handlers.cli.rehearsal.stage import House, Stage

SCENARIOS = Path(__file__).parents[2] / "scenarios"

CONSULT = (
    "12025550190 rings +12025550100; receptionist has the call", "receptionist begins to talk",
    "receptionist uses connect",
    "to sales (consult): a quote", "to the person, +12025550111: in the document", "dana is to be rung", "dana rings",
    "to the person, +12025550111: delivered", "dana takes the call, by card", "the caller is brought to the person",
    "dana has talked with the caller", "ended N7J3 to sales: bridged",
)  # fmt: skip
QUEUE = (
    "to sales (queue): two", "in line for sales, at place 2", "lee is asked to take the caller", "lee takes the caller",
    "out of the line for sales after 3", "ended MDCE to sales: bridged",
)  # fmt: skip
BLIND = (
    "to sales (connect): a quote", "lee has ended: busy", "dana has ended: no answer", "in line for sales, at place 1",
    "out of the line for sales after", "message voicemail 1 for sales", "ended N7J3 to sales: message taken",
)  # fmt: skip
CALLBACK = (
    "receptionist uses request_callback (destination: supervisor; when: at three)",
    "by supervisor is booked: +12025550190, due 2026-03-17 15:00", "the caller has left the agent",
    "dana is asked to ring the caller back", "dana has ended: busy", "dana answers",
    "dana and the caller hear each other", "by supervisor is over: bridged",
)  # fmt: skip
PLACED = (
    "reminder is to ring +12025550190", "+12025550190 answers; reminder has the call", "reminder begins to talk",
    "reminder uses escalate_to_human", "dana answers", "caller and person hear each other", "answered",
)  # fmt: skip
MACHINE = ("reminder is to ring +12025550190", "+12025550190 answers", "message left")
TEXTS = (
    "to the caller, +12025550190: in the document", "to the caller, +12025550190: delivered",
    "to the person, +12025550111: delivered",
)  # fmt: skip


@pytest.mark.parametrize(
    ("file", "name", "ends", "moments"),
    [
        ("warm_card.yaml", "Consult: Dana accepts by card before", "sales: bridged", CONSULT),
        ("queue_people.yaml", "Two callers and two people", "sales: bridged", QUEUE),
        ("people.yaml", "Sales is rung together, nobody answers", "sales: message taken", BLIND),
        ("callbacks.yaml", "At three, as the caller said", "callback by supervisor: bridged", CALLBACK),
        ("placed.yaml", "Somebody we ring can be put through", "supervisor: bridged", PLACED),
        ("placed.yaml", "A machine is told the message", "message left", MACHINE),
        ("texts.yaml", "The caller and the person are texted", "service: bridged", TEXTS),
    ],
)
def test_each_kind_of_call_is_told_in_its_order(
    rehearsal_house: House, tmp_path: Path, file: str, name: str, ends: str, moments: Sequence[str]
) -> None:
    (scenario,) = [one for one in read_file(SCENARIOS / file) if one.name.startswith(name)]
    database = f"sqlite:///{tmp_path / 'records.db'}"
    places: Any = {"directory": SCENARIOS.parent / "switchboard.yaml", "beside": SCENARIOS, "database": database}
    with Stage(rehearsal_house, scenario, **places, seed=1) as stage:
        verdict = rehearse(scenario, stage.exchange, stage)
        env = {"DATABASE_URL": database, "SWITCHBOARD_DIRECTORY": str(stage.file), "COLUMNS": "80"}
        listed = CliRunner().invoke(main, ["calls"], env=env).output
        told = CliRunner().invoke(main, ["show", listed.split()[listed.split().index("call:", -6) + 1]], env=env)
    assert not verdict.faults
    assert told.exit_code == 0, told.output
    assert max(map(len, told.output.splitlines())) <= 80
    words = " ".join(told.output.split())
    assert f"; {ends}." in words, words
    for moment in moments:  # each after the one before
        assert moment in words, (moment, told.output)
        words = words.partition(moment)[2]
