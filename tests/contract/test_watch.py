"""The watchdog in whole calls: every report of the platform is lost, and each transfer is closed all the same."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog

from calls.transfer.effects import CALLER_GONE
from exchange.scenarios.rehearsal import rehearse
from exchange.scenarios.scenario import Scenario
from handlers.cli.rehearsal.stage import House, Stage
from handlers.jobs.watchdog import EVERY, sweep
from tests.conftest import Databases

SCENARIOS = Path(__file__).parents[2] / "scenarios"
NIGHT = "2026-03-17 23:00"  # when only the emergencies are open: one person, and nothing after them


class Watch:
    """One scenario on a stage, with the watchdog's sweeps in the exchange's own time."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.exchange = stage, stage.exchange
        self.exchange.spawn(self._rounds(), awaited=lambda: False)

    async def _rounds(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if self.exchange.reachable:  # the worker is down with the app
                sweep(self.stage._wiring, pause=lambda seconds: None)

    def calls(self) -> "Watch":
        """The calls of the scenario, to their ends."""
        verdict = rehearse(self.stage.scenario, self.exchange, self.stage)
        assert not verdict.faults, "\n".join((*verdict.faults, *verdict.ladder))
        return self

    def later(self, seconds: float) -> "Watch":
        until = self.exchange.clock.elapsed + seconds
        self.exchange.wake_at(until)
        self.exchange.run(lambda: self.exchange.clock.elapsed >= until - 1e-6)
        return self

    @property
    def outcomes(self) -> list[tuple[str, str | None]]:
        """Where callers went, and how that ended; None as long as it is not over."""
        return [(e["destination"], e["outcome"] if e["ended_at"] else None) for e in self.stage.ledger()]

    @property
    def flags(self) -> list[list[str]]:
        return [entry["flags"] for entry in self.stage.ledger()]


Open = Callable[..., Watch]


@pytest.fixture
def watch(rehearsal_house: House, databases: Databases) -> Iterator[Open]:
    """Opens scenarios: `watch("connect", "sales", …)` is a caller whom the model sends there."""
    with ExitStack() as stack:

        def opened(tool: str, destination: str = "", *, file: str = "switchboard", **settings: Any) -> Watch:
            named = {"destination": destination} if destination else {}
            asks = {"says": "Hello", "model": {"tool": tool, "reason": "a matter", **named}}
            given = {
                "name": "Watched",
                "directory": f"acme/{file}.yaml",
                "faults": {"callbacks_lost": 1},
                "caller": [asks],
                "expect": {"errors": "allowed", "back_within": None, "bridged_within": None},
                **settings,
            }
            scenario = Scenario.model_validate(given)
            stage = Stage(
                rehearsal_house,
                scenario,
                directory=SCENARIOS / "acme" / "switchboard.yaml",
                beside=SCENARIOS,
                seed=1,
                database=databases.new(),
            )
            return Watch(stack.enter_context(stage))

        yield opened


# --- every mechanism, and no report of it ---------------------------------------------------------------------------


def test_a_blind_transfer_of_which_nothing_is_heard_is_lost(watch: Open) -> None:
    people = {"max": "answers after 3, hangs up after 40"}
    call = watch("connect", "emergencies", at=NIGHT, people=people).calls()
    assert call.outcomes == [("emergencies", None)]
    assert call.later(400).outcomes == [("emergencies", "lost")]


def test_a_talk_that_still_goes_on_is_left_alone(watch: Open) -> None:
    people = {"max": "answers after 3, hangs up after 1500"}
    call = watch("connect", "emergencies", at=NIGHT, people=people)
    call.exchange.spawn(_until_the_talk(call, 1400), awaited=lambda: False)
    call.calls()
    assert call.later(400).outcomes == [("emergencies", "lost")]


async def _until_the_talk(call: Watch, seconds: float) -> None:
    await asyncio.sleep(seconds)
    assert call.outcomes == [("emergencies", None)]  # raised out of the exchange if it is not so


def test_a_caller_who_hangs_up_at_the_voicemail_prompt_has_left(watch: Open) -> None:
    call = watch("connect", "press", hangs_up={"during": "tool", "after": 6}).calls()
    assert call.outcomes == [("press", None)]
    assert call.later(400).outcomes == [("press", "caller_left")]


def test_a_caller_who_hangs_up_in_a_queue_of_which_nothing_is_heard(watch: Open) -> None:
    """But for what the caller's own document asked."""
    people = {"dana": "busy", "lee": "busy"}
    call = watch("connect", "sales", people=people, hangs_up={"during": "queue", "after": 20}).calls()
    assert call.later(120).outcomes == [("sales", "caller_left")]


def test_a_refer_of_which_nothing_is_heard_is_lost(watch: Open) -> None:
    call = watch("connect", "warehouse", leg="sip").calls()
    assert call.later(400).outcomes == [("warehouse", "lost")]


def test_a_temporary_handoff_whose_call_ended_with_another_agent_is_closed(watch: Open) -> None:
    """The borrowed caller was put through for good from there, and never came back."""
    lines = [
        {"says": "A visit", "model": {"tool": "swml_transfer", "destination": "concierge", "reason": "a visit"}},
        {"says": "It leaks!", "model": {"tool": "connect", "destination": "emergencies", "reason": "a leak"}},
    ]
    people = {"max": "answers after 3, hangs up after 40"}
    call = watch("connect", at=NIGHT, people=people, caller=lines).calls()
    assert call.outcomes == [("concierge", None), ("emergencies", None)]
    assert call.later(400).outcomes == [("concierge", "handed_off"), ("emergencies", "lost")]


def test_a_whisper_of_which_only_the_document_tells(watch: Open) -> None:
    people = {"max": "answers after 3, presses 1, hangs up after 40"}
    call = watch("connect", "repairs", file="warm", people=people).calls()
    assert call.later(400).outcomes == [("repairs", "bridged")]


def test_a_whisper_whose_caller_hangs_up_with_the_app_down(watch: Open) -> None:
    settings: dict[str, Any] = {"people": {"max": "no answer"}, "app": {"down": [15, 200]}, "faults": {}}
    hangs_up = {"during": "ringing", "after": 10}
    call = watch("connect", "repairs", file="warm", hangs_up=hangs_up, **settings).calls()
    assert call.outcomes == [("repairs", None)]
    assert call.later(600).outcomes == [("repairs", "caller_left")]


def test_a_consult_whose_caller_hangs_up_while_dana_is_briefed_and_nobody_tells_us(watch: Open) -> None:
    """The app is down just then. Dana asks on and on; a minute or so later she is told, and let go."""
    questions = ", ".join(f'asks "Question {number}?"' for number in range(40))
    expect = {"errors": "allowed", "back_within": None, "bridged_within": None, "phones_stop_within": None}
    hangs_up = {"during": "hold", "after": 10}
    settings: dict[str, Any] = {"people": {"dana": f"answers after 3, {questions}"}, "faults": {}, "expect": expect}
    call = watch("escalate_to_human", file="warm", hangs_up=hangs_up, app={"down": [22, 3]}, **settings).calls()
    call.later(400)
    assert [outcome for _, outcome in call.outcomes] == ["caller_left"]
    dana = call.exchange.calls[-1].caller
    assert call.exchange.calls[-1].heard[-1] == CALLER_GONE
    assert dana.reached["ended"] < 22.85 + 75 + 5


@pytest.mark.parametrize("hangs_up", [{"during": "bridge", "after": 90}, None], ids=["caller", "person"])
def test_a_consult_that_was_a_talk_and_of_whose_end_nothing_is_heard(watch: Open, hangs_up: dict[str, Any]) -> None:
    """The conference's callbacks are lost; the caller's document fetches what follows, unless the caller is gone."""
    dana = f"answers after 3, presses 1, hangs up after {300 if hangs_up else 90}"
    call = watch("escalate_to_human", file="warm", people={"dana": dana}, hangs_up=hangs_up).calls()
    call.later(400)
    assert [outcome for _, outcome in call.outcomes] == ["bridged"]
    assert call.flags == [[]]  # the age of what the watchdog itself has closed says nothing


# --- bridges that end oddly -------------------------------------------------------------------------------------------


def test_bridges_that_are_cut_off_at_the_same_age_are_flagged_and_told_of_once(watch: Open) -> None:
    def caller(number: int) -> dict[str, Any]:
        says = {"says": "It leaks!", "model": {"tool": "connect", "destination": "emergencies", "reason": "a leak"}}
        return {"from": f"+1202555{1000 + number}", "after": 600 * number, "caller": [says]}

    people = {"max": [f"answers after 3, hangs up after {talk}" for talk in (400, 75, 75, 200, 75, 76, 75, 30, 74)]}
    call = watch("connect", at=NIGHT, faults={}, caller=[], people=people, calls=[caller(n) for n in range(9)])
    with structlog.testing.capture_logs() as logged:
        call.calls().later(400)
    cut = ["ended like others"]
    assert call.flags == [[], cut, cut, [], cut, cut, cut, ["short bridge"], cut]
    (told,) = [line for line in logged if line["event"] == "bridges_cut_off"]
    assert told["log_level"] == "error"
    assert told["what"].startswith("bridges to emergencies end after 75 s: 5 of the last 7.")
    assert [line["seconds"] for line in logged if line["event"] == "short_bridge"] == [30]
