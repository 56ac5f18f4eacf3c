"""Carrying out a scenario: calls are placed when it says so, people behave as it says, and the outcome is judged."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from exchange.agent.keywords import Keywords
from exchange.calls import Call
from exchange.core.clock import Stuck
from exchange.core.legs import Leg
from exchange.engine import Exchange
from exchange.messaging import receive
from exchange.phones.people import CALLER, Person, Scripted
from exchange.scenarios.prompter import Prompter
from exchange.scenarios.scenario import CallPlan, Scenario, Written
from exchange.scenarios.verdict import Course, faults_of
from exchange.scenarios.words import MOMENTS

EVERY = 3.0  # seconds from one time the application looks after its transfers to the next
LONGEST = 4 * 3600.0  # seconds of the exchange's time after which a call that still goes on has failed
DIALLED_WITHIN = 120.0  # seconds of when it is due, a call that the application places
SIP_CALLER = "sip:anna@pbx.customer.example"


class Scene(Protocol):
    """The application under rehearsal, as far as HTTP does not show it."""

    line: str  # a number of its own, for calls that name none

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The addresses of each person of the directory."""

    def change(self, changes: Mapping[str, Any]) -> None:
        """Save the directory file with these changes."""

    def stop(self) -> None:
        """The application stops, as when its machine fails."""

    def start(self) -> None:
        """The application is started again, with nothing but what it had written down."""

    def look_after(self) -> None:
        """What the application does of its own accord every now and then."""

    def place(self, asked: Mapping[str, Any]) -> float | None:
        """Somebody asks the application to ring: seconds from now until it does; None when it will not."""

    def ledger(self) -> list[dict[str, Any]]:
        """Every transfer, oldest first."""

    def callbacks(self) -> list[dict[str, Any]]:
        """Everybody who was to be rung back, oldest first."""

    def messages(self) -> list[dict[str, Any]]:
        """Everything that was kept for somebody, oldest first."""

    def placed(self) -> list[dict[str, Any]]:
        """Every call that the application was asked to place, oldest first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a scenario: nothing in `faults` means that it is as it should be."""

    name: str
    faults: tuple[str, ...]
    ladder: tuple[str, ...]
    seconds: float  # of the exchange's time, to the end of the last call
    silence: float = 0.0  # seconds: the longest that any caller heard nothing


def rehearse(scenario: Scenario, exchange: Exchange, scene: Scene) -> Verdict:
    """Carry out a scenario on an exchange that nothing has happened on yet."""
    lines = [line for plan in scenario.plans for line in plan.caller]
    prompter = Prompter(lines, Keywords() if scenario.thinker == "keywords" else None)
    exchange.thinker = prompter
    exchange.people |= people_of(scenario, scene.names)
    calls, broken = _carry_out(scenario, exchange, scene)
    kept = scene.ledger(), scene.messages(), scene.placed(), scene.callbacks()
    course = Course(exchange, calls, scene.names, prompter, *kept)
    faults = (*broken, *faults_of(scenario, course))
    over = max((call.caller.reached.get("ended", exchange.clock.elapsed) for call in exchange.calls), default=0.0)
    silence = max((call.longest_silence for call in calls), default=0.0)
    return Verdict(scenario.name, faults, tuple(exchange.ladder.lines()), over, silence)


def people_of(scenario: Scenario, names: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Who is at which address, as `Exchange.people` wants it."""
    found: dict[str, Any] = {}
    for who, behaviours in scenario.people.items():
        party = behaviours[0] if len(behaviours) == 1 else _one_after_another(iter(behaviours))
        found |= dict.fromkeys(names.get(who, (who,)), party)
    return found


def _one_after_another(behaviours: Iterator[Person]) -> Callable[[Leg], Scripted]:
    """A different behaviour each time they are rung; the last one stays."""
    current = Person()

    def ring(leg: Leg) -> Scripted:
        nonlocal current
        current = next(behaviours, current)
        return Scripted(current)

    return ring


def _carry_out(scenario: Scenario, exchange: Exchange, scene: Scene) -> tuple[list[Call], list[str]]:
    """The calls, in the order of the scenario, and what kept it from being carried out."""
    calls: dict[int, Call] = {}
    asked: dict[int, tuple[str, float]] = {}  # whom the application is to ring, and by when
    exchange.spawn(_look_after(exchange, scene), awaited=lambda: False)
    try:
        for moment, what in sorted(_programme(scenario), key=lambda entry: entry[0]):
            _wait_until(exchange, moment)
            match what:
                case "down" | "up":
                    _switch(exchange, scene, up=what == "up")
                case Written():
                    _write(exchange, scene, what)
                case (number, plan) if plan.placed is not None:
                    if (latest := _ask(exchange, scene, plan)) is not None:
                        asked[number] = plan.from_, latest
                case (number, plan):
                    calls[number] = _place(exchange, scene, plan)
        for number, (to, latest) in asked.items():
            if call := _dialled(exchange, to, latest, tuple(calls.values())):
                calls[number] = call
        exchange.wake_at(LONGEST)
        exchange.run(lambda: all(call.over for call in exchange.calls) or exchange.clock.elapsed >= LONGEST)
        still_up = [f"still up after {LONGEST / 3600:g} hours"] if exchange.clock.elapsed >= LONGEST else []
        exchange.settle()
        _wait_until(exchange, exchange.clock.elapsed + scenario.afterwards)
        exchange.settle()
    except Stuck as stuck:
        still_up = [f"the call hangs: {stuck}"]
    return [calls[number] for number in sorted(calls)], still_up


async def _look_after(exchange: Exchange, scene: Scene) -> None:
    while exchange.clock.elapsed < LONGEST:
        await asyncio.sleep(EVERY)
        if exchange.reachable:
            scene.look_after()


Item = Literal["down", "up"] | Written | tuple[int, CallPlan]


def _programme(scenario: Scenario) -> Iterator[tuple[float, Item]]:
    yield from ((plan.after, (number, plan)) for number, plan in enumerate(scenario.plans))
    yield from ((written.after, written) for written in scenario.writes)
    if scenario.app:
        begins, lasts = scenario.app.down
        yield begins, "down"
        yield begins + lasts, "up"


def _switch(exchange: Exchange, scene: Scene, *, up: bool) -> None:
    scene.start() if up else scene.stop()
    exchange.reachable = up


def _write(exchange: Exchange, scene: Scene, written: Written) -> None:
    """Somebody texts a line; a person from their telephone."""
    addresses = scene.names.get(written.from_, (written.from_,))
    from_ = next((one for one in addresses if one.startswith("+")), addresses[0])
    to = written.to or scene.line
    exchange.do(lambda: exchange.spawn(receive(exchange, from_, to, written.says, times=written.times)))


def _wait_until(exchange: Exchange, moment: float) -> None:
    if moment > exchange.clock.elapsed:
        exchange.wake_at(moment)
        exchange.run(lambda: exchange.clock.elapsed >= moment - 1e-6)


def _place(exchange: Exchange, scene: Scene, plan: CallPlan) -> Call:
    if plan.reload is not None:
        scene.change(plan.reload)
    ours, theirs = plan.to or scene.line, scene.names.get(plan.from_, (plan.from_,))[-1]  # a person by their phone
    if plan.leg == "sip" and not theirs.startswith("sip:"):
        theirs = SIP_CALLER
    caller = caller_of(plan)
    if plan.direction == "outbound":
        exchange.people[theirs] = replace(caller, when_rung="answers", after=4.0)
        command = {"from": ours, "to": theirs, "url": exchange.app_url}
        exchange.api.command({"command": "dial", "params": command})
        return exchange.calls[-1]
    call = exchange.dial(ours, theirs, caller=caller)
    party = call.caller.party
    assert isinstance(party, Scripted)
    exchange.do(party.finish)
    return call


def _ask(exchange: Exchange, scene: Scene, plan: CallPlan) -> float | None:
    """The application is asked to ring somebody: by when it does, at the latest; None when it will not."""
    waits = scene.place({"to": plan.from_, **(plan.placed or {})})
    if waits is None:
        return None
    if plan.caller or plan.from_ not in exchange.people:
        exchange.people[plan.from_] = replace(caller_of(plan), when_rung="answers", after=4.0)
    return exchange.clock.elapsed + waits + DIALLED_WITHIN


def _dialled(exchange: Exchange, to: str, latest: float, others: tuple[Call, ...]) -> Call | None:
    """The call that the application places there by then, if it does."""

    def found() -> Call | None:
        theirs = (call for call in exchange.calls if call.by_rest and call.caller.to == to and call not in others)
        return next(theirs, None)

    exchange.wake_at(latest)
    exchange.run(lambda: found() is not None or exchange.clock.elapsed >= latest - 1e-6)
    return found()


def caller_of(plan: CallPlan) -> Person:
    """How the caller of this call behaves. With nothing left to say, they hang up when asked for more."""
    says = tuple(line.says for line in plan.caller)
    person = replace(CALLER, says=says, presses=plan.presses, sip_code=plan.answers_refer, patience=plan.patience)
    if plan.hangs_up is None:
        return person
    return replace(person, leaves_on=MOMENTS[plan.hangs_up.during], leaves_after=plan.hangs_up.after)
