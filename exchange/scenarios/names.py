"""The names a scenario uses, of people, tools and outcomes, compared with those that its application knows."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from exchange.scenarios.mistakes import Mistake, Path, close_to
from exchange.scenarios.scenario import CallExpected, CallPlan, LedgerRow, Line, Scenario

CALLER, NOT_PEOPLE = "caller", ("caller", "switchboard", "the end of a document", "platform", "REST")
STEPS = ("voicemail", "callback", "hangup")  # of a chain, in whose attempts nobody is rung
NO_OUTCOME = "None"


@dataclass(frozen=True, slots=True)
class Known:
    """The names there are. Addresses (+12025550111, sip:lee@pbx.example) are nobody's name, and always right."""

    people: Collection[str]
    tools: Collection[str]
    outcomes: Collection[str]


def unknown_names(scenario: Scenario, known: Known) -> list[Mistake]:
    """Every name in a scenario that is none of those, with its place."""
    kinds = {"person": known.people, "tool": known.tools, "outcome": known.outcomes}
    found = list[Mistake]()
    for path, kind, name in _used(scenario):
        there = kinds[kind]
        if name not in there:
            close = close_to(name, there) or f"; there are {', '.join(sorted(there)) or 'none'}"
            found.append(Mistake(path, name, f"no such {kind}{close}"))
    return found


def tools_used(scenario: Scenario) -> set[str]:
    """Every tool that a scenario names."""
    return {name for _, kind, name in _used(scenario) if kind == "tool"}


Used = Iterator[tuple[Path, str, str]]  # where, of which kind, which name


def _used(scenario: Scenario) -> Used:
    for who in scenario.people:
        yield from _person(("people", who), who)
    for place, who in enumerate(scenario.opted_out):
        yield from _person(("opted_out", place), who)
    for place, written in enumerate(scenario.writes):
        yield from _person(("writes", place, "from"), written.from_)
    yield from _of_call(scenario, ())
    for place, plan in enumerate(scenario.calls):
        yield from _of_call(plan, ("calls", place))
    yield from _of_everything(scenario)


def _person(path: Path, who: str) -> Used:
    if who and who not in NOT_PEOPLE and not who.startswith(("+", "sip:", "sips:")) and who != "anonymous":
        yield path, "person", who


def _of_call(plan: CallPlan, at: Path) -> Used:
    yield from _person((*at, "from"), plan.from_)
    for place, line in enumerate(plan.caller):
        yield from _of_line(line, (*at, "caller", place))
    yield from _of_expected(plan.expect, (*at, "expect"))


def _of_line(line: Line, at: Path) -> Used:
    if line.model is not None:
        yield from (((*at, "model", "tool"), "tool", call.name) for call in line.model.calls)
    for place, thought in enumerate(line.then):
        yield from (((*at, "then", place, "tool"), "tool", call.name) for call in thought.calls)


def _of_expected(expected: CallExpected, at: Path) -> Used:
    for setting in ("bridged", "rang"):
        for place, who in enumerate(getattr(expected, setting) or ()):
            yield from _person((*at, setting, place), who)
    for setting in ("heard", "not_heard", "presented", "headers"):
        named = getattr(expected, setting)
        for who in named if isinstance(named, Mapping) else ():
            yield from _person((*at, setting, who), who)
    yield from _person((*at, "ended_by"), expected.ended_by or "")
    yield from (((*at, "tools", place), "tool", tool) for place, tool in enumerate(expected.tools or ()))


def _of_everything(scenario: Scenario) -> Used:
    expected, at = scenario.expect, ("expect",)
    for setting in ("offered", "not_offered"):
        yield from (((*at, setting, place), "tool", tool) for place, tool in enumerate(getattr(expected, setting)))
    for place, row in enumerate(expected.ledger or ()):
        yield from _of_row(row, (*at, "ledger", place))
    for setting in ("placed", "callbacks"):
        for place, one in enumerate(getattr(expected, setting) or ()):
            if one.outcome is not None:
                yield (*at, setting, place, "outcome"), "outcome", one.outcome
    for place, text in enumerate(expected.texts or ()):
        yield from _person((*at, "texts", place, "to"), text.to or "")


def _of_row(row: LedgerRow, at: Path) -> Used:
    if row.outcome is not None:
        yield (*at, "outcome"), "outcome", row.outcome
    yield from _person((*at, "person"), row.person or "")
    for place, attempt in enumerate(row.attempts or ()):
        who, _, outcome = attempt.rpartition(" ")
        if who not in STEPS and not who.startswith(("queue:", "agent:", "department:")):
            yield from _person((*at, "attempts", place), who)
        if outcome != NO_OUTCOME:
            yield (*at, "attempts", place), "outcome", outcome
