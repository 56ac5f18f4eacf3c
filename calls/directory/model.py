"""The directory: who may be reached, when and how. Frozen values; `Directory.read` is the only way in from a file."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from calls.directory import parsing
from calls.directory.chains import expand
from calls.directory.destinations import Destination, destinations
from calls.directory.entries import AgentSpec, Company, Department, Entry, Escalation, Line, Person, Policy
from calls.directory.errors import Mistake, Mistakes
from calls.directory.hours import Hours, PublicHolidays
from calls.directory.references import BUILT_IN, Prompts, Reading
from calls.directory.steps import Ring, Step
from calls.names import folded
from calls.numbers import Address, Number, SipUri

__all__ = ["AgentSpec", "Department", "Directory", "Escalation", "Line", "Person", "Policy"]


class Directory(Company):
    """Everything the file says. `version` is a hash of its content, the same in every process.

    `business` is whose file it is, "" where there is only one. `number` is that of its version on record, 0 while it is
    on none.
    """

    lines: Mapping[str, Line] = Field(default_factory=dict)
    hours: Mapping[str, Hours] = Field(default_factory=dict)
    people: Mapping[str, Person] = Field(default_factory=dict)
    departments: Mapping[str, Department] = Field(default_factory=dict)
    agents: Mapping[str, AgentSpec] = Field(default_factory=dict)
    escalation: Escalation | None = None
    policy: Policy = Field(default_factory=Policy)
    version: str = ""
    business: str = ""
    number: int = 0

    @classmethod
    def read(cls, data: object, *, public_holidays: PublicHolidays, prompts: Prompts, business: str = "") -> Self:
        """Read the file's content. Raises Mistakes, every one of them at once.

        `public_holidays` names the holidays of a country and year and raises LookupError for a country it does not
        know; `prompts` gives the text of a file beside the directory file, or None.
        """
        content = parsing.read_content(data, _validate, public_holidays, prompts)
        prose = {name: agent.prose for name, agent in content["agents"].items()}
        version = sha256(repr((data, prose)).encode()).hexdigest()[:16]
        return cls(**content, version=version, business=business)

    @staticmethod
    def content_of(number: Number | None, *, company: str = "us") -> dict[str, Any]:
        """What a file says that has one number to put callers through to; without one, an agent takes messages."""
        if number is None:
            team: dict[str, Any] = {"about": "messages; no caller can be put through yet", "reach": ["voicemail"]}
            return {"company": company, "timezone": "UTC", "greeting": _NO_NUMBER, "departments": {"team": team}}
        team = {"about": "a person who can help with anything", "reach": [{"ring": [number.e164]}]}
        country = number.region or "US"
        return {"company": company, "timezone": "UTC", "country": country, "departments": {"team": team}}

    def find(self, name: str) -> Department | AgentSpec | None:
        """What a name or alias means; case, spaces and hyphens do not count."""
        return self._index.get(folded(name))

    def department(self, name: str) -> Department | None:
        """The department a name or alias means."""
        found = self.find(name)
        return found if isinstance(found, Department) else None

    def agent(self, name: str) -> AgentSpec | None:
        """An agent by its exact name, built-in ones included."""
        return self.agents.get(name) or _BUILT_IN.get(name)

    def person_at(self, address: Number | SipUri | None) -> Person | None:
        """The person whose phone that is; None when it is nobody's of the file."""
        at = str(address or "")
        return next((one for one in self.people.values() if at and at in (str(one.phone), str(one.sip))), None)

    def line(self, number: Number | None) -> Line | None:
        """Our own line of that number."""
        return self.lines.get(number.e164) if number else None

    def fallback(self, number: Number | None) -> Address | None:
        """Who is rung when we fail a caller of this line: its own `fallback`, else the first whom escalations ring."""
        line = self.line(number)
        if line and line.fallback:
            return line.fallback.to
        escalated = (self.departments[self.escalation.department],) if self.escalation else ()
        # Without any line in the file there is one number to put callers through to, and this is what it is for.
        departments = escalated or (() if self.lines else tuple(self.departments.values()))
        steps = [step for department in departments for step in department.reach if isinstance(step, Ring)]
        return steps[0].legs[0].to if steps else None

    def every_step(self, department: Department) -> tuple[Step, ...]:
        """All that a department may lead to, open or closed, through whichever other departments."""

        def steps_of(name: str) -> tuple[Step, ...]:
            return (*self.departments[name].reach, *self.departments[name].closed)

        return expand(steps_of(department.name), steps_of)

    def destinations(self, agent: str) -> tuple[Destination, ...]:
        """What this agent may offer, never itself."""
        return destinations(self, agent)

    def may_reach(self, agent: str, entry: Department | AgentSpec) -> bool:
        """Whether this agent may put a caller through to it; one without `destinations` may to all of the file."""
        spec = self.agent(agent)
        if spec is None or entry.name == agent:
            return False
        if spec.destinations is None:
            return entry.name not in BUILT_IN
        return entry.name in spec.destinations

    @property
    def terms(self) -> Escalation:
        """How long a caller is held, how long a person has to say yes: of the section `escalation`, or the usual."""
        return self.escalation or Escalation.model_construct(department="")

    def schedule(self, department: Department) -> tuple[Hours, ZoneInfo] | None:
        """The department's hours and the zone they are local to; None when it is always open."""
        if department.hours is None:
            return None
        return self.hours[department.hours], ZoneInfo(department.timezone or self.timezone)

    def agent_for(self, line: Number | None, at: datetime) -> str:
        """The agent that answers this line at this moment: `closed` outside the line's own hours.

        A receptionist's line without hours of its own is closed while every department is. Whoever rings a queue's line
        and is none of its people gets the receptionist.
        """
        entry, is_open = self.line(line) or Line(number=""), True
        agent = "receptionist" if entry.queue else entry.agent
        if entry.hours is not None:
            is_open = self.hours[entry.hours].is_open(at, ZoneInfo(self.timezone))
        elif agent == "receptionist" and self.departments:
            is_open = any(known is None or known[0].is_open(at, known[1]) for known in self._schedules)
        return agent if is_open else entry.closed

    @cached_property
    def _schedules(self) -> tuple[tuple[Hours, ZoneInfo] | None, ...]:
        # Each schedule once: asking whether anyone is open costs the same for ten and for a thousand departments.
        return tuple({(d.hours, d.timezone): self.schedule(d) for d in self.departments.values()}.values())

    @cached_property
    def _index(self) -> Mapping[str, Department | AgentSpec]:
        aliases = {folded(also): entry for entry in self.departments.values() for also in entry.also}
        named: Mapping[str, Department | AgentSpec] = {**_BUILT_IN, **self.agents, **self.departments}
        return {**aliases, **{folded(name): entry for name, entry in named.items()}}


_NO_NUMBER = "Thanks for calling. I cannot put calls through on this line yet, but I can take a message."
_BUILT_IN = {name: AgentSpec(name=name) for name in BUILT_IN}
_MODELS: Mapping[str, type[Entry]] = {
    "company": Company, "lines": Line, "people": Person, "departments": Department, "agents": AgentSpec,
    "escalation": Escalation, "policy": Policy,
}  # fmt: skip


def _validate(section: str, raw: Mapping[str, Any], known_as: str | None, names: Reading | None) -> Any:
    """One entry of a section as a value. Raises Mistakes with paths inside it."""
    model = _MODELS[section]
    key = {model.known_by: known_as} if model.known_by else {}
    mistakes = [Mistake(name, raw[name], "no such setting") for name in key if name in raw]
    try:
        entry = model.model_validate({**raw, **key}, context=names)
    except ValidationError as error:
        settings = {field.alias or name for name, field in model.model_fields.items()} - key.keys()
        settings |= set(parsing.SECTIONS) if section == "company" else set()
        mistakes += parsing.mistakes_of(error.errors(include_url=False), settings)
    if mistakes:
        raise Mistakes(mistakes)
    return entry
