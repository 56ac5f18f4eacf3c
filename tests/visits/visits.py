"""First visits: callers who are written down, played on the sample directory with nobody but the offline thinker."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from exchange import Call
from exchange.scenarios.rehearsal import rehearse
from exchange.scenarios.scenario import Scenario
from handlers.cli.rehearsal.stage import House, Stage

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "switchboard.yaml"
HOOKS = ("startup_hook", "hangup_hook")
GOODBYE = "end_call"

# What is meant for a model, in nobody's mouth.
NEVER = re.compile(
    r"the caller|\bOffer\b|\bTell (?:the|them)|\bAsk (?:the|whether|for|which)|no such (?:destination|department)|"
    r"Say (?:nothing|exactly|so)|has been started|not known yet|is kept|_|\{|\}|\$|\bNone\b|\bnull\b|=|\btools?\b|"
    r"\bfunction\b|Never guess|in your own words|connect_result"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A caller, and what must and must not happen to them."""

    name: str
    who: str
    says: tuple[str, ...]
    at: datetime | None = None
    people: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    does: tuple[Mapping[str, Mapping[str, str]], ...] | None = None
    hears: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """A visit and its call."""

    visit: Visit
    call: Call

    @property
    def tools(self) -> list[tuple[str, dict[str, Any]]]:
        """The functions that were called, but for those of the platform."""
        return [(name, args) for name, args in self.call.tools if name not in HOOKS]

    def faults(self) -> list[str]:
        """Everything that is not as the visit says it must be."""
        return [*self._about_tools(), *self._about_speech(), *self._about_the_end()]

    def _about_tools(self) -> Iterator[str]:
        called = [(name, args) for name, args in self.tools if name != GOODBYE]
        wanted = [next(iter(one.items())) for one in self.visit.does or ()]
        if [name for name, _ in called] != [name for name, _ in wanted]:
            yield f"called {called}, expected {wanted}"
            return
        for (name, args), (_, expected) in zip(called, wanted, strict=True):
            for key, part in expected.items():
                value = str(args.get(key, ""))
                if (part and part.lower() not in value.lower()) or (not part and value):
                    yield f"{name}: {key} is {value!r}, expected {part!r}"

    def _about_speech(self) -> Iterator[str]:
        heard = self.call.heard
        everything = "\n".join(heard).lower()
        yield from (f"never heard {part!r} in {heard}" for part in self.visit.hears if part.lower() not in everything)
        yield from (f"heard {part!r}" for part in self.visit.never if part.lower() in everything)
        yield from (f"heard what is meant for a model: {line!r}" for line in heard if NEVER.search(line))
        yield from (f"violation: {text}" for text in self.call.violations)
        yield from (f"error: {text}" for text in self.call.errors)

    def _about_the_end(self) -> Iterator[str]:
        by = "the caller" if self.call.caller.ended_by == "caller" else "the agent"
        if self.visit.ends and by != self.visit.ends:
            yield f"ended by {self.call.caller.ended_by}, not by {self.visit.ends}"


def visits_in(file: Path) -> list[Visit]:
    """The visits of a file. Raises TypeError for a word that means nothing."""
    return [_visit(entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8"))]


def _visit(entry: dict[str, Any]) -> Visit:
    lists: dict[str, Any] = {key: tuple(map(str, entry.get(key, ()))) for key in ("says", "hears", "never")}
    return Visit(**(entry | lists | {"does": tuple(entry.get("does", ()))}))


def play(house: House, visit: Visit) -> Played:
    """Play a visit on an app of its own, in the exchange's time."""
    given: dict[str, Any] = {"name": visit.name, "thinker": "keywords", "caller": list(visit.says), "expect": {}}
    given |= {"people": dict(visit.people), "changes": dict(visit.changes)}
    given |= {"at": visit.at} if visit.at else {}
    scenario = Scenario.model_validate(given)
    with Stage(house, scenario, directory=SAMPLE, beside=SAMPLE.parent, seed=1) as stage:
        rehearse(scenario, stage.exchange, stage)
        return Played(visit, stage.exchange.calls[0])


def transcript(played: Played) -> Iterator[str]:
    """A visit as one reads it aloud, in Markdown."""
    yield f"## {played.visit.name}"
    yield ""
    yield f"*{played.visit.who}.*"
    yield ""
    speaker = ""
    for entry in played.call.find(leg=played.call.caller.name):
        match entry.kind:
            case "ai" if entry.text == "starts":
                speaker = str(entry.detail.get("app") or "agent").replace("_", " ")
            case "ai":
                speaker = ""
            case "said":
                yield f"- **{speaker or 'announcement'}:** {entry.text}"
            case "heard":
                yield f"- **caller:** {entry.text}"
            case "action" if "args" in entry.detail and entry.detail["name"] not in HOOKS:
                yield f"  - `{entry.detail['name']}` {_arguments(entry.detail['args'])}".rstrip()
            case "bridge":
                yield f"- *The caller is connected with {_name_of(entry.text)}.*"
            case "record" if entry.text.replace(".", "", 1).split(" ")[0].isdigit():
                yield "- *A message is recorded.*"
    by = "caller hangs up" if played.call.caller.ended_by == "caller" else "call ends"
    yield f"- *The {by}.*"
    yield ""


def _arguments(args: object) -> str:
    given = args if isinstance(args, Mapping) else {}
    return "; ".join(f"{name}: {value}" for name, value in given.items() if name != "summary")


def _name_of(address: str) -> str:
    people = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))["people"].values()
    return next((one["name"] for one in people if address in (one.get("phone"), one.get("sip"))), address)
