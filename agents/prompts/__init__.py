"""Prompts: prose in Markdown files, filled from the directory. Facts live there once; the files hold manners only."""

from collections.abc import Iterator
from importlib.resources import files
from string import Template

from calls.directory.destinations import Destination
from calls.directory.model import Directory
from calls.directory.steps import Ring

_FIXED = "You cannot dial a number that a caller gives you. Say so, and offer a destination or a message."
_FREE = (
    "If the caller gives you a number to be connected to, use `dial_number`, which decides whether it may be dialled."
)


def text(name: str) -> str:
    """The Markdown file `prompts/<name>.md`."""
    return files("agents").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8").strip()


def prompt(name: str, directory: Directory, agent: str) -> list[tuple[str, str]]:
    """The prompt as (title, body) sections: who the agent is, from `prompts/<name>.md`, then the manners all share.

    Raises KeyError when a file asks for a fact there is none of.
    """
    return [*sections(name, directory, agent), *sections("manners", directory, agent)]


def sections(name: str, directory: Directory, agent: str) -> list[tuple[str, str]]:
    """One file of prose as (title, body) sections. Raises KeyError when it asks for a fact there is none of."""
    facts = _facts(directory, agent)
    return [(title, Template(body).substitute(facts).strip()) for title, body in _sections(text(name))]


def _sections(markdown: str) -> Iterator[tuple[str, str]]:
    """Split before anything is filled in, so that headings in somebody's instructions stay theirs."""
    for section in markdown.removeprefix("## ").split("\n## "):
        title, _, body = section.partition("\n")
        yield title.strip(), body.strip()


def _facts(directory: Directory, agent: str) -> dict[str, str]:
    spec = directory.agent(agent)
    escalation = directory.escalation
    return {
        "company": directory.company,
        "name": spec.title if spec else agent,
        "about": spec.about if spec else "",
        # Instructions may say "$50"; they get the company's name and keep every other dollar sign.
        "instructions": Template(spec.prose if spec else "").safe_substitute(company=directory.company),
        "destinations": "\n".join(_entry(one, directory) for one in directory.destinations(agent)) or "Nowhere.",
        "escalation": spoken(escalation.department) if escalation else "the place that fits best",
        "dialling": _FREE if directory.policy.allow_dialling else _FIXED,
    }


def _entry(destination: Destination, directory: Directory) -> str:
    """One line of the list the model chooses from."""
    people = ", ".join(people_of(destination.name, directory))
    also = f" Also called {', '.join(destination.also)}." if destination.also else ""
    reached = f" Reached here: {people}." if people else ""
    return f"- {destination.name}: {destination.about.rstrip('.')}.{also}{reached}"


def people_of(department: str, directory: Directory) -> tuple[str, ...]:
    """The names of the people a department rings, once each."""
    found = directory.departments.get(department)
    legs = [leg for step in found.reach if isinstance(step, Ring) for leg in step.legs] if found else []
    return tuple(dict.fromkeys(directory.people[leg.person].name for leg in legs if leg.person))


def hints(directory: Directory) -> tuple[str, ...]:
    """Names that speech recognition should know: the company, the departments with their other names, the people."""
    departments = directory.departments.values()
    names = [directory.company, *(spoken(one.name) for one in departments)]
    names += [name for one in departments for name in one.also]
    return tuple(dict.fromkeys((*names, *(person.name for person in directory.people.values()))))


def spoken(name: str) -> str:
    """A name of the file as one says it: "billing_desk" is "billing desk"."""
    return name.replace("_", " ").replace("-", " ")
