"""The entries of the directory file as frozen values: lines, people, departments, agents, and what holds for all."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictBool, model_validator

from calls.directory import callback_settings, fields, message_settings, references
from calls.directory.callback_settings import Callbacks
from calls.directory.errors import text_of
from calls.directory.message_settings import Mailbox, Notices
from calls.directory.references import BRIEFER, BUILT_IN, DIAL_IN
from calls.directory.steps import Handoff, Leg, Step
from calls.numbers import Number, SipUri, Unreadable

ACCEPT_WITHIN = 15  # seconds a person has to say yes when the file does not say


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
    """A number of ours. `agent` answers it, and `closed` outside `hours`. `fallback` is rung when we fail ourselves.

    On a line whose agent is a `queue` the queue's people ring in to take the next caller. Text messages to it are for
    the department `texts`.
    """

    known_by = "number"
    number: str
    agent: Annotated[str, _refers(references.line_agent)] = "receptionist"
    hours: HoursName | None = None
    closed: AgentName = "nightdesk"
    fallback: Annotated[Leg | None, _refers(references.leg)] = None
    texts: Annotated[str | None, _refers(references.department_name)] = None

    @property
    def queue(self) -> str:
        """The queue whose people ring in here; "" for other lines."""
        return self.agent.removeprefix(DIAL_IN) if self.agent.startswith(DIAL_IN) else ""


class Person(Entry):
    """A person. `sip` is rung when there is one, otherwise `phone`; texts go to `phone`, notices to `email` too.

    `speaks` (languages) and `skills` are what callers may need them for; `weight` is their share of calls.
    """

    known_by = "key"
    key: str
    name: Text
    phone: Annotated[Number | None, _refers(references.phone)] = None
    sip: Annotated[SipUri | None, _refers(references.sip)] = None
    texts: StrictBool = False
    headers: Annotated[tuple[tuple[str, str], ...], _is(fields.headers)] = ()
    email: Annotated[str | None, _is(fields.email)] = None
    speaks: Annotated[tuple[str, ...], _is(fields.languages)] = ()
    skills: Annotated[tuple[str, ...], _is(fields.texts)] = ()
    weight: Annotated[int, _is(fields.whole_number, 1, 10)] = 1

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
    """A destination reached by a chain of steps. `closed` are the steps outside hours, () for none.

    `while_waiting` says what the caller does during a consult: holds with music, or talks on with the agent.
    `introduction` is spoken to caller and person before they hear each other. For `wrap_up` seconds after a talk its
    people are not rung.
    """

    about: Text
    also: Annotated[tuple[str, ...], _is(fields.texts)] = ()
    hours: HoursName | None = None
    timezone: Zone | None = None
    reach: Chain
    handoff: Handoff = "blind"
    while_waiting: Literal["hold", "talk"] = "hold"
    introduction: Template | None = None
    returns: StrictBool = False
    announce: Template | None = None
    announce_mode: Literal["say", "post_process"] = "say"
    text_caller: Template | None = None
    text_person: Template | None = None
    caller_id: Annotated[Number | str, _refers(references.caller_id)] = "line"
    ringback: Annotated[str | None, _is(fields.url)] = None
    wrap_up: Annotated[int, _is(fields.seconds, 0, 600)] = 0
    voicemail: Annotated[Mailbox, _is(message_settings.mailbox)] = Mailbox()
    notify: Annotated[Notices, _refers(message_settings.notices)] = Notices()
    callbacks: Annotated[Callbacks, _is(callback_settings.callbacks)] = Callbacks()
    closed: Annotated[tuple[Step, ...], _refers(references.closed)] = ()

    @model_validator(mode="after")
    def _one_handoff(self) -> Self:
        for setting in (self.while_waiting == "talk" and "while_waiting: talk", self.introduction and "introduction"):
            if setting and self.handoff != "consult":
                raise Unreadable(f"handoff: consult beside {setting}; only a consult has it")
        return self


_BRIEFERS = "only instructions or a prompt, voice and language for the briefer; it is there to ask, and no more"


class AgentSpec(Destined):
    """An agent of the file: prose and manners, a developer's own class, or another's SWML address (`url`).

    `prompt` holds the text of the file it named. An entry called like a built-in agent changes that agent.
    """

    about: Text = ""
    prompt: Annotated[str | None, _refers(references.prompt)] = None
    instructions: Text | None = None
    greeting: Template | None = None
    goodbye: Template | None = None
    outbound_greeting: Template | None = None
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
            (self.name == BRIEFER and (self.url or self.class_path or self.skills or self.destinations), _BRIEFERS),
        ):
            if wrong:
                raise Unreadable(wanted)
        return self

    @property
    def prose(self) -> str:
        """What the agent is told, from the prompt file or inline; "" when there is none."""
        return self.prompt or self.instructions or ""


class Escalation(Entry):
    """Where escalate_to_human goes when no department is named, and how callers are handed to a person who is told
    first. Times are seconds. `transcript`: the handoff card shows what was said.
    """

    department: Annotated[str, _refers(references.department_name)]
    hold_limit: Annotated[int, _is(fields.seconds, 30, 900)] = 240
    accept_within: Annotated[int, _is(fields.seconds, 5, 60)] = ACCEPT_WITHIN
    hold_music: Annotated[str | None, _is(fields.music)] = None
    transcript: StrictBool = False


_MOST = 1_000_000  # of anything in an hour


class Policy(Entry):
    """What is never done, whatever anyone says. Nothing outside `regions` (ISO 3166) is ever dialled.

    The budgets of an hour are those of a caller, all callers with a withheld number together, and of a line.
    """

    allow_dialling: StrictBool = False
    regions: Annotated[tuple[str, ...], _is(fields.regions)] = ()
    transfers_per_call: Annotated[int, _is(fields.whole_number, 1, 50)] = 6
    transfers_per_caller_per_hour: Annotated[int, _is(fields.whole_number, 1, 1000)] = 20
    callbacks_per_call: Annotated[int, _is(fields.whole_number, 0, 50)] = 3
    callbacks_to_others_per_call: Annotated[int, _is(fields.whole_number, 0, 50)] = 1
    messages_per_call: Annotated[int, _is(fields.whole_number, 0, 50)] = 5
    texts_per_caller_per_hour: Annotated[int, _is(fields.whole_number, 0, _MOST)] = 40
    dials_per_caller_per_hour: Annotated[int, _is(fields.whole_number, 0, _MOST)] = 60
    notices_per_caller_per_hour: Annotated[int, _is(fields.whole_number, 0, _MOST)] = 20
    texts_per_line_per_hour: Annotated[int, _is(fields.whole_number, 0, _MOST)] = 1000
    dials_per_line_per_hour: Annotated[int, _is(fields.whole_number, 0, _MOST)] = 3600
    notices_per_line_per_hour: Annotated[int, _is(fields.whole_number, 0, _MOST)] = 500


class Company(Entry):
    """The settings at the top of the file. `hooks` are modules whose functions are called as transfers go on."""

    company: Text
    timezone: Zone
    country: Annotated[str, _is(fields.country)] = "US"
    voice: Voice = "rime.spore"
    language: Language = "en-US"
    greeting: Template = "Thanks for calling {company}. How can I help?"
    sip_domain: Annotated[str | None, _is(fields.domain)] = None
    hooks: Annotated[tuple[str, ...], _is(fields.modules)] = ()
