"""A scenario: phone calls, and what must come of them, as a scenario file says it.

The models below are the format. README, "Rehearsing", tells it to those who write the files.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
    model_validator,
)

from exchange.core.assumptions import Assumptions, platform
from exchange.core.faults import Fate, Faults
from exchange.core.thinkers import Thought
from exchange.phones.people import Person
from exchange.scenarios.mistakes import LineOf, Mistake, close_to, examine, written
from exchange.scenarios.words import Moment, one_or_many, read_fates, read_keys, read_people, read_thought

SILENCE = 2.0  # seconds a caller may hear nothing, unless a scenario says otherwise
CALLER = "+12025550190"
Names = Annotated[tuple[str, ...], BeforeValidator(one_or_many)]
Choice = Annotated[Thought, PlainValidator(read_thought)]
Fates = Annotated[Mapping[str, tuple[Fate, ...]], PlainValidator(read_fates)]
Keys = Annotated[tuple[str, ...], PlainValidator(read_keys)]
Behaviours = Annotated[tuple[Person, ...], PlainValidator(read_people)]


class BrokenScenario(ValueError):
    """A scenario file with mistakes: all of them, each a line that begins with its path."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Part(BaseModel):
    """A part of the file: what it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Line(Part):
    """Something the caller says, and what the model does when it hears it; `then`: after each tool and each return."""

    says: str
    model: Choice | None = None
    then: Annotated[tuple[Choice, ...], BeforeValidator(one_or_many)] = ()


class Leaving(Part):
    """The caller hangs up, `after` seconds into the first such moment."""

    during: Moment
    after: float = 1.0


class CallExpected(Part):
    """What must be true of one call. What is left out is not looked at, but for silence and errors."""

    bridged: Names | None = None
    rang: Names | None = None
    heard: Names | Mapping[str, Names] = ()
    not_heard: Names | Mapping[str, Names] = ()
    tools: Names | None = None
    presented: Mapping[str, str] = Field(default_factory=dict)  # the caller ID that each person saw
    headers: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)  # SIP headers that each phone got
    ended_by: str | None = None
    silence: float = SILENCE
    # The next four hold for transfers in which a person is briefed; `null` is for scenarios that are about something
    # else going wrong. Seconds.
    announced_within: float | None = 0.1  # from the answer of the tool to the first word
    back_within: float | None = 2.0  # from the outcome of the last person who was rung to the agent's first word
    bridged_within: float | None = 3.0  # from a person's yes to the caller, what is said in between not counted
    phones_stop_within: float | None = 1.0  # from the caller's hanging up to the last ring
    errors: Literal["none", "allowed"] = "none"


class LedgerRow(Part):
    """A transfer as the ledger must show it. Only what is given is compared; `reason` and `summary` by a part of it."""

    destination: str | None = None
    mechanism: str | None = None
    outcome: str | None = None
    final: bool | None = None
    reason: str | None = None
    summary: str | None = None
    attempts: Names | None = None  # "dana busy", in order
    texts: Names | None = None  # "caller sent", "person skipped: opted out of texts"
    phases: Names | None = None  # in order
    words: Names | None = None  # "dana: I call back at three", in the order of the attempts
    person: str | None = None  # who took the call
    error: str | None = None
    flags: Names | None = None


class Kept(Part):
    """A message, a callback or a voicemail that must have been kept."""

    kind: Literal["message", "callback", "voicemail", "text", "missed"]
    destination: str | None = None
    name: str | None = None
    number: str | None = None
    body: str | None = None
    wanted_at: str | None = None
    seconds: float | None = None
    transcript: str | None = None
    state: Literal["open", "closed"] | None = None
    told: Names | None = None  # "text dana", in order
    error: str | None = None  # why somebody could not be told of it


class RungBack(Part):
    """A callback that must have been booked, and how it stands when everything is over."""

    department: str | None = None
    number: str | None = None
    name: str | None = None
    due: str | None = None  # "2026-03-17 15:00", local to the directory's time zone
    state: str | None = None
    outcome: str | None = None
    tries: int | None = None


class Texted(Part):
    """A text message that must have been sent."""

    to: str | None = None
    body: str = ""
    status: str | None = None


class Placed(Part):
    """A call that the application was asked to place, and what became of it."""

    to: str | None = None
    state: str | None = None
    outcome: str | None = None
    error: str | None = None


class Expected(CallExpected):
    """What must be true when everything is over."""

    ledger: Annotated[tuple[LedgerRow, ...] | None, BeforeValidator(one_or_many)] = None
    messages: Annotated[tuple[Kept, ...] | None, BeforeValidator(one_or_many)] = None
    callbacks: Annotated[tuple[RungBack, ...] | None, BeforeValidator(one_or_many)] = None
    texts: Annotated[tuple[Texted, ...] | None, BeforeValidator(one_or_many)] = None
    placed: Annotated[tuple[Placed, ...] | None, BeforeValidator(one_or_many)] = None
    told: Names = ()  # what a model must have been told, by its prompt or by a tool
    not_told: Names = ()
    offered: Names = ()
    not_offered: Names = ()


class CallPlan(Part):
    """One call: who rings whom, what the caller says, when they leave."""

    from_: str = Field(default=CALLER, alias="from")
    to: str | None = None
    leg: Literal["phone", "sip"] = "phone"
    direction: Literal["inbound", "outbound"] = "inbound"
    after: float = 0.0  # seconds since the scenario began
    caller: tuple[Line, ...] = ()
    presses: Keys = ()  # what the caller keys in when asked for a key: one each time, "" for nothing
    hangs_up: Leaving | None = None
    patience: float = 0.0  # seconds the caller goes on listening with nothing left to say, before hanging up
    answers_refer: int | None = None  # the code the caller's own phone system gives a REFER
    placed: Mapping[str, Any] | None = None  # the application is asked to ring: agent, facts, on_machine, at, key
    reload: Mapping[str, Any] | None = None  # the directory is changed like this just before the call
    expect: CallExpected = CallExpected()

    @model_validator(mode="before")
    @classmethod
    def _plain_lines(cls, data: Any) -> Any:
        """A line may be given as a bare text."""
        if isinstance(data, Mapping) and isinstance(data.get("caller"), list):
            lines = [{"says": line} if isinstance(line, str) else line for line in data["caller"]]
            return {**data, "caller": lines}
        return data


class Written(Part):
    """Somebody texts one of our lines, `after` seconds since the scenario began. `times`: how often it is delivered."""

    from_: str = Field(default=CALLER, alias="from")
    says: str
    to: str | None = None
    after: float = 0.0
    times: int = 1


class Application(Part):
    """The application is down from the first moment on, for so many seconds; then it is started anew."""

    down: tuple[float, float]


class Scenario(CallPlan):
    """A scenario. With one call its settings stand here; with several, each is under `calls`."""

    name: str
    about: str = ""
    at: datetime | None = None  # local to the directory's time zone
    directory: str | Mapping[str, Any] | None = None  # a file beside the scenario, or its content
    changes: Mapping[str, Any] = Field(default_factory=dict)
    transfer_to: str | None = None  # no directory at all, only CALL_TRANSFER_TO
    elsewhere: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)  # foreign agents' own documents
    texts_by: Literal["swml", "signalwire", "twilio"] = "swml"
    opted_out: Names = ()
    people: Mapping[str, Behaviours] = Field(default_factory=dict)
    writes: tuple[Written, ...] = ()  # texts to our lines; without a caller beside them there is no call
    thinker: Literal["script", "keywords"] = "script"
    faults: Mapping[str, float] = Field(default_factory=dict)
    platform: str | None = None  # a named set of switches, instead of --platform
    assumptions: Mapping[str, Any] = Field(default_factory=dict)  # the platform's documentation read another way
    rest: Literal["none"] | Fates = Field(default_factory=dict)  # no credentials, or what becomes of each command
    app: Application | None = None
    seed: int | None = None  # where a fault must fall in one way: instead of --seed
    afterwards: float = 0.0  # seconds for which the application looks after its transfers when all calls are over
    calls: tuple[CallPlan, ...] = ()
    expect: Expected = Expected()

    @field_validator("faults", "assumptions")
    @classmethod
    def _known(cls, given: Mapping[str, Any], field: ValidationInfo) -> Mapping[str, Any]:
        known = (Faults if field.field_name == "faults" else Assumptions).__dataclass_fields__
        for name in given.keys() - known.keys():
            what = str(field.field_name).removesuffix("s")
            raise ValueError(f"no such {what}: {name}; there are {', '.join(known)}{close_to(name, known)}")
        return given

    @field_validator("platform")
    @classmethod
    def _platform(cls, name: str | None) -> str | None:
        if name is not None:
            platform(name)
        return name

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.calls and (self.caller or self.hangs_up):
            raise ValueError("caller and hangs_up stand under each of calls, when there are calls")
        if self.transfer_to and (self.directory or self.changes):
            raise ValueError("transfer_to means that there is no directory")
        return self

    @property
    def plans(self) -> tuple[CallPlan, ...]:
        """Every call, whichever way they are given."""
        only_texts = self.writes and not (self.caller or self.placed)
        return self.calls or (() if only_texts else (self,))


def read_scenarios(
    data: object,
    *,
    unknown_in: Callable[[Scenario], Iterable[Mistake]] = lambda _: (),
    line_of: LineOf = lambda path: None,
) -> list[Scenario]:
    """The scenarios of a file's content: a list, or `scenarios:` beside the settings that all of them share.

    `unknown_in` gives the names in a scenario that nothing bears, and `line_of` the line of a path in the file. Raises
    BrokenScenario with every mistake.
    """
    found, mistakes = list[Scenario](), list[tuple[int, str]]()
    entries = _entries(data)
    for number, entry in enumerate(entries):
        scenario, wrong, as_written = examine(Scenario, entry)
        unknown = unknown_in(scenario) if scenario else ()
        wrong += [replace(mistake, path=as_written(mistake.path)) for mistake in unknown]
        name = entry.get("name") if isinstance(entry, Mapping) else None
        for mistake in wrong:
            line = line_of((*_place(data, number), *mistake.path))
            mistakes.append((line or 0, written(str(name or f"[{number}]"), mistake, line)))
        found += [scenario] if scenario else []
    named = [scenario.name for scenario in found]
    twice = [(0, f"{name}: the name is given twice") for name in dict.fromkeys(named) if named.count(name) > 1]
    listed = [text for _, text in sorted((*mistakes, *twice), key=lambda one: one[0])]
    if listed or not entries:
        raise BrokenScenario(listed or ["the file: a list of scenarios, at least one"])
    return found


def _place(data: object, number: int) -> tuple[str | int, ...]:
    """Where in the file the scenario of that number stands."""
    if isinstance(data, list):
        return (number,)
    within = data["scenarios"] if isinstance(data, Mapping) and "scenarios" in data else None
    return ("scenarios", number) if isinstance(within, list) else ("scenarios",) if within else ()


def _entries(data: object) -> list[Any]:
    if not isinstance(data, Mapping) or "scenarios" not in data:
        return data if isinstance(data, list) else [data]
    shared = {name: value for name, value in data.items() if name != "scenarios"}
    listed = data["scenarios"] if isinstance(data["scenarios"], list) else [data["scenarios"]]
    return [{**shared, **entry} if isinstance(entry, Mapping) else entry for entry in listed]
