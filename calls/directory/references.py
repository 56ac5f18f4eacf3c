"""Settings that refer to something else in the file: functions that return a value or raise Unreadable or Mistakes."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from calls.directory.errors import Found, did_you_mean, text_of
from calls.directory.queue_step import read_queue_name
from calls.directory.steps import Book, Leg, Step, read_leg, read_step, read_steps, refuse_in_file
from calls.numbers import Number, SipUri, Unreadable

BRIEFER = "briefer"
"""The agent that talks with people who are asked to take a call. No caller is ever handed to it."""

BUILT_IN = ("receptionist", "nightdesk", "escalation", BRIEFER)

DIAL_IN = "queue:"
"""How a line says that people ring in there: before the name of the queue. No agent has a colon in its name."""

Prompts = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an entry may refer to while it is read: `hours` by name, prompt files through `prompts`."""

    book: Book
    hours: Collection[str]
    prompts: Prompts


def known(value: object, names: Collection[str], what: str) -> str:
    """One of the names. Raises Unreadable."""
    text = text_of(value)
    if text not in names:
        raise Unreadable(f"no such {what}{did_you_mean(text, names)}")
    return text


def hours_name(value: object, reading: Reading) -> str:
    """A name under `hours:`."""
    return known(value, reading.hours, "hours")


def agent_name(value: object, reading: Reading) -> str:
    """A name under `agents:` or a built-in agent."""
    return known(value, reading.book.agents, "agent")


def line_agent(value: object, reading: Reading) -> str:
    """Who answers a line: an agent's name; or "queue:NAME", for the people who take the callers of a queue."""
    if not isinstance(value, Mapping):
        return agent_name(value, reading)
    if value.keys() != {"queue"}:
        raise Unreadable("an agent, or {queue: NAME} where people ring in to take the next caller")
    return f"{DIAL_IN}{read_queue_name(value['queue'])}"


def department_name(value: object, reading: Reading) -> str:
    """A name under `departments:`."""
    return known(value, reading.book.departments, "department")


def phone(value: object, reading: Reading) -> Number:
    """A number that may be dialled."""
    number = Number.parse(text_of(value), reading.book.country)
    refuse_in_file(number, reading.book)
    return number


def sip(value: object, reading: Reading) -> SipUri:
    """A SIP URI that may be dialled."""
    uri = SipUri.parse(text_of(value))
    refuse_in_file(uri, reading.book)
    return uri


def chain(value: object, reading: Reading) -> tuple[Step, ...]:
    """The steps of `reach`."""
    return read_steps(value, reading.book)


def closed(value: object, reading: Reading) -> tuple[Step, ...]:
    """The steps outside hours: one, or a list of them, under `then`."""
    if not isinstance(value, Mapping) or value.keys() != {"then"}:
        raise Unreadable("what happens outside hours, such as {then: voicemail}")
    found, steps, then = Found(), tuple[Step, ...](), value["then"]
    with found.at("then", then):
        steps = read_steps(then, reading.book) if isinstance(then, list) else (read_step(then, reading.book),)
    found.raise_any()
    return steps


def caller_id(value: object, reading: Reading) -> Number | str:
    """ "line", "caller", or one of our own numbers."""
    text = text_of(value)
    if text in ("line", "caller"):
        return text
    number = None if text.isalpha() else Number.parse(text, reading.book.country)
    if number is None or number.e164 not in reading.book.lines:
        raise Unreadable("line, caller, or one of the numbers under lines")
    return number


def prompt(value: object, reading: Reading) -> str:
    """The prose in a file beside the directory file."""
    prose = reading.prompts(text_of(value))
    if prose is None or not prose.strip():
        raise Unreadable("a file of prose beside the directory file; there is none by that name, or it is empty")
    return prose


def destinations(value: object, reading: Reading) -> tuple[str, ...]:
    """Departments and agents by name."""
    if not isinstance(value, list):
        raise Unreadable("a list of departments and agents, such as [sales, supervisor]")
    found = Found()
    for n, item in enumerate(value):
        with found.at(f"[{n}]", item):
            known(item, reading.book.departments | reading.book.agents, "department or agent")
    found.raise_any()
    return tuple(value)


def leg(value: object, reading: Reading) -> Leg | None:
    """A person, a number or a SIP URI."""
    return read_leg(value, reading.book)
