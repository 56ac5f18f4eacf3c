"""What a scenario expects, compared with what happened; every difference in words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exchange.calls import Call
from exchange.core.legs import Leg
from exchange.engine import Exchange
from exchange.scenarios import handoffs
from exchange.scenarios.prompter import Prompter
from exchange.scenarios.scenario import CallExpected, Expected, Kept, LedgerRow, Placed, RungBack, Scenario, Texted

BY_PART = ("reason", "summary", "body", "wanted_at", "name", "error")  # compared by a part of them
ENDED_BY = {"script": "switchboard", "script end": "the end of a document"}


@dataclass(frozen=True, slots=True)
class Course:
    """What happened: everything an expectation may be about."""

    exchange: Exchange
    calls: list[Call]
    names: Mapping[str, tuple[str, ...]]
    prompter: Prompter
    ledger: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    placed: list[dict[str, Any]]
    callbacks: list[dict[str, Any]]

    def dialled(self, call: Call) -> list[Leg]:
        """Every leg that was dialled for a call."""
        return handoffs.dialled(self.exchange, call, self.ledger)

    def said_to(self, who: str, call: Call) -> list[str]:
        """What was spoken to somebody in a call."""
        if who == "caller":
            return call.heard
        named = self.names.get(who, (who,))
        legs = [leg for leg in self.dialled(call) if leg.to in named]
        return [text for leg in dict.fromkeys(legs) for text in self._spoken_to(leg)]

    def _spoken_to(self, leg: Leg) -> list[str]:
        return [entry.text for entry in self.exchange.ladder.find("said", call=leg.call.id, leg=leg.name)]

    def known_as(self, address: str, call: Call | None = None) -> str:
        """An address as people say it: "dana", "caller", or the address itself."""
        if call is not None and address in (call.caller.name, call.caller.from_):
            return "caller"
        return next((name for name, addresses in self.names.items() if address in addresses), address)


def faults_of(scenario: Scenario, course: Course) -> list[str]:
    """Every expectation that was not met."""
    found = list[str]()
    for number, (plan, call) in enumerate(zip(scenario.plans, course.calls, strict=False), 1):
        which = f"call {number}: " if scenario.calls else ""
        found += [which + fault for fault in _of_call(plan.expect, call, course)]
    mine = {call.id for call in course.calls}
    kinds = ("violation", "error") if scenario.expect.errors == "none" else ("violation",)
    strays = [entry for entry in course.exchange.ladder.find(*kinds) if entry.call not in mine]
    found += [f"{entry.kind}: {entry.leg}: {entry.text}" for entry in strays]
    return found + list(_of_all(scenario.expect, course))


def _of_call(expected: CallExpected, call: Call, course: Course) -> Iterator[str]:
    yield from (f"violation: {text}" for text in call.violations)
    if expected.errors == "none":
        yield from (f"error: {text}" for text in call.errors)
    if call.longest_silence > expected.silence:
        yield f"heard nothing for {call.longest_silence:g} s, {expected.silence:g} s at most"
    yield from handoffs.faults(expected, course.exchange, call, course.ledger)
    bridged = [course.known_as(one, call) for one in call.bridged]
    rang = [course.known_as(leg.to, call) for leg in course.dialled(call)]
    used = {
        "bridged": bridged,
        "rang": rang,
        "tools": [name for name, _ in call.tools if name not in ("startup_hook", "hangup_hook")],
    }
    for name, happened in used.items():
        yield from _same(name, _named(getattr(expected, name), course), happened)
    if expected.ended_by is not None:
        by = ENDED_BY.get(call.caller.ended_by, course.known_as(call.caller.ended_by, call))
        yield from _same("ended by", [expected.ended_by], [by])
    yield from _of_legs(expected, call, course)
    yield from _of_speech(expected, call, course)


def _of_legs(expected: CallExpected, call: Call, course: Course) -> Iterator[str]:
    legs = {course.known_as(leg.to): leg for leg in course.dialled(call)}
    for who in (*expected.presented, *expected.headers):
        if who not in legs:
            yield f"{who} was not rung"
    for who, leg in legs.items():
        yield from _same(f"{who} sees", [expected.presented.get(who, leg.from_)], [leg.from_])
        missing = [f"{name}: {value}" for name, value in expected.headers.get(who, {}).items()]
        yield from (
            f"{who} did not get {header}" for header in missing if tuple(header.split(": ", 1)) not in leg.headers
        )


def _named(expected: Iterable[str] | None, course: Course) -> list[str] | None:
    return None if expected is None else [course.known_as(one) for one in expected]


def _of_speech(expected: CallExpected, call: Call, course: Course) -> Iterator[str]:
    by_whom = expected.heard if isinstance(expected.heard, Mapping) else {"caller": expected.heard}
    for who, texts in by_whom.items():
        heard = course.said_to(who, call)
        yield from (f"{who} did not hear {text!r}, but {_listed(heard)}" for text in texts if not _among(text, heard))
    never = expected.not_heard if isinstance(expected.not_heard, Mapping) else {"caller": expected.not_heard}
    for who, texts in never.items():
        yield from (f"{who} heard {text!r}" for text in texts if _among(text, course.said_to(who, call)))


def _of_all(expected: Expected, course: Course) -> Iterator[str]:
    told = list(course.prompter.told)
    yield from (f"the model was not told {text!r}" for text in expected.told if not _among(text, told))
    yield from (f"the model was told {text!r}" for text in expected.not_told if _among(text, told))
    offered = course.prompter.offered
    yield from (f"{tool} was not offered" for tool in expected.offered if tool not in offered)
    yield from (f"{tool} was offered" for tool in expected.not_offered if tool in offered)
    yield from _rows("ledger", expected.ledger, [_ledger_row(row, course) for row in course.ledger])
    yield from _rows("messages", expected.messages, course.messages)
    yield from _rows("callbacks", expected.callbacks, course.callbacks)
    yield from _rows("placed", expected.placed, course.placed)
    yield from _rows("texts", expected.texts, [_text(text, course) for text in course.exchange.texts])


def _text(text: Any, course: Course) -> dict[str, Any]:
    callers = {call.caller.from_ for call in course.calls}
    to = "caller" if text.to in callers else course.known_as(text.to)
    return {"to": to, "body": text.body, "status": text.status}


def _ledger_row(row: dict[str, Any], course: Course) -> dict[str, Any]:
    """A row of the ledger with its attempts and texts as one reads them aloud."""
    attempts = [f"{one['person'] or course.known_as(one['to'])} {one['outcome']}" for one in row["attempts"]]
    noted = [one["data"] for one in row["events"] if one["event"] == "text_noted"]
    texts = [f"{one['what']} {one['fate']}" + (f": {one['reason']}" if one["reason"] else "") for one in noted]
    words = [f"{one['person'] or one['to']}: {one['words']}" for one in row["attempts"] if one.get("words")]
    phases = [phase for event in row["events"] for phase in event.get("phases") or ()]
    result = row.get("handoff") or {}
    shown = {"attempts": attempts, "texts": texts, "words": words, "phases": phases}
    return {**row, **shown, "person": result.get("person"), "error": result.get("error") or ""}


def _rows(
    what: str, expected: Iterable[LedgerRow | Kept | RungBack | Texted | Placed] | None, happened: list[dict[str, Any]]
) -> Iterator[str]:
    """The same number of rows, each with everything that was expected of it."""
    if expected is None:
        return
    wanted = [one.model_dump(include=one.model_fields_set) for one in expected]
    if len(wanted) != len(happened):
        shown = [{name: row.get(name) for name in _shown(wanted, row)} for row in happened]
        yield f"{what}: {len(happened)} instead of {len(wanted)}: {shown}"
        return
    for number, (want, row) in enumerate(zip(wanted, happened, strict=True), 1):
        for name, value in want.items():
            value = list(value) if isinstance(value, tuple) else value
            if not _fits(name, value, row.get(name)):
                yield f"{what} {number}: {name}: expected {value!r}, was {row.get(name)!r}"


def _shown(wanted: list[dict[str, Any]], row: dict[str, Any]) -> list[str]:
    named = dict.fromkeys(name for want in wanted for name in want)
    return list(named) or [name for name in ("kind", "to", "destination", "outcome", "body") if name in row]


def _fits(name: str, wanted: Any, value: Any) -> bool:
    if name in BY_PART and isinstance(wanted, str):
        return wanted.lower() in str(value).lower() if wanted else not value
    if name == "texts":  # what becomes of two messages is told in no order
        return sorted(wanted) == sorted(value)
    return bool(wanted == value)


def _same(what: str, expected: list[str] | None, happened: list[str]) -> Iterator[str]:
    if expected is not None and expected != happened:
        yield f"{what}: expected {_listed(expected)}, was {_listed(happened)}"


def _among(text: str, heard: Iterable[str]) -> bool:
    return any(text.lower() in one.lower() for one in heard)


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(texts) or "nobody"
