"""The directory: who may be reached, when and how. Frozen values; `Directory.read` is the only way in from a file."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictBool, ValidationError, model_validator

from calls import fields, reading, references
from calls.destinations import Destination, destinations
from calls.hours import Hours, PublicHolidays
from calls.mistakes import Mistake, Mistakes, text_of
from calls.names import folded
from calls.numbers import Number, SipUri, Unreadable
from calls.references import BUILT_IN, Prompts, Reading
from calls.steps import Leg, Step


def _is(read: Any, *limits: int) -> PlainValidator:
    return PlainValidator(lambda value: read(value, *limits))


def _refers(read: Any) -> PlainValidator:
    return PlainValidator(lambda value, info: read(value, info.context))


Text = Annotated[str, _is(text_of)]
Template = Annotated[str, _is(fields.template)]
Zone = Annotated[str, _is(fields.zone)]
Language = Annotated[str, _is(fields.language)]
Voice = Annotated[str, _is(fields.voice)]
HoursName = Annotated[str, _refers(references.hours_name)]
AgentName = Annotated[str, _refers(references.agent_name)]
Chain = Annotated[tuple[Step, ...], _refers(references.chain)]


class Entry(BaseModel):
    """One entry of the file. `known_by` is the field that takes its key there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    known_by: ClassVar[str] = ""


class Line(Entry):
    """A number of ours. `agent` answers it, and `closed` outside `hours`. `fallback` is rung when we fail ourselves."""

    known_by = "number"
    number: str
    agent: AgentName = "receptionist"
    hours: HoursName | None = None
    closed: AgentName = "nightdesk"
    fallback: Annotated[Leg | None, _refers(references.leg)] = None


class Person(Entry):
    """A person. `sip` is rung when there is one, otherwise `phone`; texts go to `phone`."""

    known_by = "key"
    key: str
    name: Text
    phone: Annotated[Number | None, _refers(references.phone)] = None
    sip: Annotated[SipUri | None, _refers(references.sip)] = None
    texts: StrictBool = False
    headers: Annotated[tuple[tuple[str, str], ...], _is(fields.headers)] = ()

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.phone is None and self.sip is None:
            raise Unreadable("a phone or a sip address to ring")
        if self.texts and self.phone is None:
            raise Unreadable("a phone beside texts: true")
        if self.headers and self.sip is None:
            raise Unreadable("a sip address beside headers; a phone call has none")
        return self

    @property
    def leg(self) -> Leg:
        """How this person is rung."""
        to = self.sip or self.phone
        assert to is not None
        return Leg(to, self.key, self.headers)


class Destined(Entry):
    """What a caller can be put through to, by `name`."""

    known_by = "name"
    name: str

    @property
    def title(self) -> str:
        """The name as it is said: "billing desk"."""
        return self.name.replace("_", " ").replace("-", " ")


class Department(Destined):
    """A destination reached by a chain of steps. `closed` are the steps outside hours, () for none."""

    about: Text
    also: Annotated[tuple[str, ...], _is(fields.texts)] = ()
    hours: HoursName | None = None
    timezone: Zone | None = None
    reach: Chain
    handoff: Literal["blind", "whisper", "consult"] = "blind"
    returns: StrictBool = False
    announce: Template | None = None
    announce_mode: Literal["say", "post_process"] = "say"
    text_caller: Template | None = None
    text_person: Template | None = None
    caller_id: Annotated[Number | str, _refers(references.caller_id)] = "line"
    ringback: Annotated[str | None, _is(fields.music)] = None
    closed: Annotated[tuple[Step, ...], _refers(references.closed)] = ()


class AgentSpec(Destined):
    """An agent of the file: prose and manners, a developer's own class, or another's SWML address (`url`).

    `prompt` holds the text of the file it named. An entry called like a built-in agent changes that agent.
    """

    about: Text = ""
    prompt: Annotated[str | None, _refers(references.prompt)] = None
    instructions: Text | None = None
    greeting: Template | None = None
    goodbye: Template | None = None
    skills: Annotated[Mapping[str, Mapping[str, Any]], _is(fields.skills)] = Field(default_factory=dict)
    destinations: Annotated[tuple[str, ...] | None, _refers(references.destinations)] = None
    returns: StrictBool = False
    url: Annotated[str | None, _is(fields.url)] = None
    auth: Annotated[str | None, _is(fields.variable)] = None
    voice: Voice | None = None
    language: Language | None = None
    class_path: Annotated[str | None, _is(fields.class_path)] = Field(default=None, alias="class")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        own = self.name not in BUILT_IN
        for wrong, wanted in (
            (own and not self.about, "about: what this agent is for; it is read to choose"),
            (self.prompt and self.instructions, "prompt or instructions, not both"),
            (own and not (self.url or self.prose or self.class_path), "a prompt, instructions, a class or a url"),
            (self.url and (self.prose or self.class_path or self.skills), "only about, returns and auth beside url"),
            (self.auth and not self.url, "a url beside auth"),
        ):
            if wrong:
                raise Unreadable(wanted)
        return self

    @property
    def prose(self) -> str:
        """What the agent is told, from the prompt file or inline; "" when there is none."""
        return self.prompt or self.instructions or ""


class Escalation(Entry):
    """Where escalate_to_human goes when no department is named. Times are seconds."""

    department: Annotated[str, _refers(references.department_name)]
    hold_limit: Annotated[int, _is(fields.seconds, 30, 900)] = 240
    accept_within: Annotated[int, _is(fields.seconds, 5, 60)] = 15
    hold_music: Annotated[str | None, _is(fields.music)] = None


class Policy(Entry):
    """What is never done, whatever anyone says. Nothing outside `regions` (ISO 3166) is ever dialled."""

    allow_dialling: StrictBool = False
    regions: Annotated[tuple[str, ...], _is(fields.regions)] = ()
    transfers_per_call: Annotated[int, _is(fields.whole_number, 1, 50)] = 6
    transfers_per_caller_per_hour: Annotated[int, _is(fields.whole_number, 1, 1000)] = 20


class Company(Entry):
    """The settings at the top of the file."""

    company: Text
    timezone: Zone
    country: Annotated[str, _is(fields.country)] = "US"
    voice: Voice = "rime.spore"
    language: Language = "en-US"
    greeting: Template = "Thanks for calling {company}. How can I help?"
    sip_domain: Annotated[str | None, _is(fields.domain)] = None


class Directory(Company):
    """Everything the file says. `version` is a hash of its content, the same in every process."""

    lines: Mapping[str, Line] = Field(default_factory=dict)
    hours: Mapping[str, Hours] = Field(default_factory=dict)
    people: Mapping[str, Person] = Field(default_factory=dict)
    departments: Mapping[str, Department] = Field(default_factory=dict)
    agents: Mapping[str, AgentSpec] = Field(default_factory=dict)
    escalation: Escalation | None = None
    policy: Policy = Field(default_factory=Policy)
    version: str = ""

    @classmethod
    def read(cls, data: object, *, public_holidays: PublicHolidays, prompts: Prompts) -> Self:
        """Read the file's content. Raises Mistakes, every one of them at once.

        `public_holidays` names the holidays of a country and year and raises LookupError for a country it does not
        know; `prompts` gives the text of a file beside the directory file, or None.
        """
        content = reading.read_content(data, _validate, public_holidays, prompts)
        prose = {name: agent.prose for name, agent in content["agents"].items()}
        return cls(**content, version=sha256(repr((data, prose)).encode()).hexdigest()[:16])

    @classmethod
    def single(cls, number: Number, *, company: str = "us") -> Self:
        """The directory of an installation that knows one number to put callers through to, and no file."""
        region = number.region or "US"
        data = {"company": company, "timezone": "UTC", "country": region}
        team = {"about": "a person who can help with anything", "reach": [{"ring": [number.e164]}]}
        return cls.read(data | {"departments": {"team": team}}, public_holidays=lambda *_: {}, prompts=lambda _: None)

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

    def line(self, number: Number | None) -> Line | None:
        """Our own line of that number."""
        return self.lines.get(number.e164) if number else None

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

    def schedule(self, department: Department) -> tuple[Hours, ZoneInfo] | None:
        """The department's hours and the zone they are local to; None when it is always open."""
        if department.hours is None:
            return None
        return self.hours[department.hours], ZoneInfo(department.timezone or self.timezone)

    def agent_for(self, line: Number | None, at: datetime) -> str:
        """The agent that answers this line at this moment: `closed` outside the line's own hours.

        A receptionist's line without hours of its own is closed while every department is.
        """
        entry, is_open = self.line(line) or Line(number=""), True
        if entry.hours is not None:
            is_open = self.hours[entry.hours].is_open(at, ZoneInfo(self.timezone))
        elif entry.agent == "receptionist" and self.departments:
            is_open = any(known is None or known[0].is_open(at, known[1]) for known in self._schedules)
        return entry.agent if is_open else entry.closed

    @cached_property
    def _schedules(self) -> tuple[tuple[Hours, ZoneInfo] | None, ...]:
        # Each schedule once: asking whether anyone is open costs the same for ten and for a thousand departments.
        return tuple({(d.hours, d.timezone): self.schedule(d) for d in self.departments.values()}.values())

    @cached_property
    def _index(self) -> Mapping[str, Department | AgentSpec]:
        aliases = {folded(also): entry for entry in self.departments.values() for also in entry.also}
        named: Mapping[str, Department | AgentSpec] = {**_BUILT_IN, **self.agents, **self.departments}
        return {**aliases, **{folded(name): entry for name, entry in named.items()}}


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
        settings |= set(reading.SECTIONS) if section == "company" else set()
        mistakes += reading.mistakes_of(error.errors(include_url=False), settings)
    if mistakes:
        raise Mistakes(mistakes)
    return entry
