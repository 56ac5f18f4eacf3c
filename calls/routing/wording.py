"""What is said word for word: greetings, goodbyes, and names as one says them."""

from calls.directory.model import Directory
from calls.directory.templates import render_speech
from calls.numbers import Number
from calls.phrases.spoken_names import in_a_sentence

_GOODBYE = "Thank you for calling {company}. Goodbye."
_OUTBOUND = "Hello, this is {company}."
_SPECIALIST = "You are talking to the {department} of {company}."


def greeting(directory: Directory, agent: str) -> str:
    """What an agent says first: its own greeting, the company's for those who answer its lines, or who it is."""
    spec = directory.agents.get(agent)
    given = spec.greeting if spec else None
    usual = directory.greeting if spec is None else _SPECIALIST
    return _filled(given or usual, directory, agent)


def outbound_greeting(directory: Directory, agent: str) -> str:
    """What an agent says first to somebody whom we have rung."""
    spec = directory.agents.get(agent)
    return _filled((spec.outbound_greeting if spec else None) or _OUTBOUND, directory, agent)


def goodbye(directory: Directory, agent: str) -> str:
    """What an agent says last."""
    spec = directory.agents.get(agent)
    return _filled((spec.goodbye if spec else None) or _GOODBYE, directory, agent)


def own_goodbye(directory: Directory, agent: str) -> str:
    """What an agent says as the caller leaves it for good, where the file says it; else nothing."""
    spec = directory.agents.get(agent)
    return goodbye(directory, agent) if spec and spec.goodbye else ""


def title(directory: Directory, name: str) -> str:
    """A destination as one says it: "billing desk"."""
    found = directory.find(name)
    number = None if found else Number.of_platform(name)
    return found.title if found else number.spoken if number else name


def said(directory: Directory, name: str) -> str:
    """A destination within a sentence of ours: "the warehouse team"."""
    found = directory.find(name)
    return in_a_sentence(found.title) if found else title(directory, name)


def _filled(text: str, directory: Directory, agent: str) -> str:
    spec = directory.agent(agent)
    values = {"company": directory.company, "department": title(directory, agent)}
    return render_speech(text, values, (spec.language if spec else None) or directory.language)
