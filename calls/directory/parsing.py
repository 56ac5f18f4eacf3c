"""Reading the directory file, entry by entry, so that one mistake hides no other."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import phonenumbers

from calls.directory.chains import find_circles
from calls.directory.errors import Found, Mistake, Mistakes, did_you_mean, text_of
from calls.directory.hours import Hours, PublicHolidays, read_hours
from calls.directory.queue_step import Queue
from calls.directory.references import BRIEFER, BUILT_IN, Prompts, Reading
from calls.directory.steps import Book
from calls.names import folded, read_name
from calls.numbers import Number, Unreadable

SECTIONS = ("lines", "hours", "people", "departments", "agents", "escalation", "policy")
SETTINGS = "settings with their values, such as name: value"

# What pydantic finds wrong by itself, in an operator's words. The rest our own readers have said.
WANTED = {"missing": "this setting; it has no default", "bool_type": "true or false"}

# One entry of a section as a value, from (section, settings, its key, names); raises Mistakes with paths inside it.
Validate = Callable[[str, Mapping[str, Any], str | None, Reading | None], Any]


def read_content(data: object, validate: Validate, public_holidays: PublicHolidays, prompts: Prompts) -> dict[str, Any]:
    """Every section of the file as values. Raises Mistakes, all of them at once."""
    if not isinstance(data, Mapping):
        raise Mistakes([Mistake("", data, SETTINGS)])
    found = Found()
    one, many = partial(_entry, validate, found), partial(_entries, validate, found)
    country = data["country"] if data.get("country") in phonenumbers.SUPPORTED_REGIONS else "US"
    company = one("company", "", {key: value for key, value in data.items() if key not in SECTIONS}, None, None)
    policy = one("policy", "policy", {"regions": [country]} | _section(data, "policy", found), None, None)
    raw = {name: _named(data, name, found) for name in ("hours", "people", "departments", "agents")}
    lines = _lines(data, country, found)
    book = Book(
        country=country,
        regions=frozenset(policy.regions) if policy else None,
        people={},
        departments=frozenset(raw["departments"]),
        agents=(frozenset(raw["agents"]) | frozenset(BUILT_IN)) - {BRIEFER},
        lines=frozenset(lines),
        sip_domain=company.sip_domain if company else None,
    )
    names = Reading(book, frozenset(raw["hours"]), prompts)
    people = many("people", raw["people"], names)
    legs = {key: people[key].leg if key in people else None for key in raw["people"]}
    names = replace(names, book=replace(book, people=legs))
    escalation = data.get("escalation")
    content = {name: value for name, value in company or () if value is not None} | {
        "policy": policy,
        "lines": many("lines", lines, names),
        "hours": _hours(raw["hours"], country, public_holidays, found),
        "people": people,
        "agents": many("agents", raw["agents"], names),
        "departments": many("departments", raw["departments"], names),
        "escalation": one("escalation", "escalation", escalation, None, names) if escalation is not None else None,
    }
    _check_notices(content["departments"], people, found)
    _check_queues(content["lines"], content["departments"], found)
    _check_names(raw, found)
    _check_circles(raw["departments"], found)
    found.raise_any()
    return content


def _entry(
    validate: Validate, found: Found, section: str, path: str, raw: object, key: str | None, names: Reading | None
) -> Any:
    """One entry, or None when something in it is wrong. A setting of null is a setting left out."""
    with found.at(path, raw):
        if not isinstance(raw, Mapping):
            raise Unreadable(SETTINGS)
        settings = {str(name): value for name, value in raw.items() if value is not None}
        return validate(section, settings, key, names)
    return None


def _entries(
    validate: Validate, found: Found, section: str, raw: Mapping[str, object], names: Reading
) -> dict[str, Any]:
    read = {key: _entry(validate, found, section, f"{section}.{key}", item, key, names) for key, item in raw.items()}
    return {key: entry for key, entry in read.items() if entry is not None}


def _section(data: Mapping[Any, Any], name: str, found: Found) -> dict[Any, Any]:
    raw = data.get(name)
    if raw is not None and not isinstance(raw, Mapping):
        found.add(name, raw, SETTINGS)
    return dict(raw) if isinstance(raw, Mapping) else {}


def _named(data: Mapping[Any, Any], name: str, found: Found) -> dict[str, Any]:
    entries = _section(data, name, found)
    for key in entries:
        with found.at(f"{name}.{key}", key):
            read_name(key)
    return {str(key): value for key, value in entries.items()}


def _lines(data: Mapping[Any, Any], country: str, found: Found) -> dict[str, Any]:
    lines: dict[str, Any] = {}
    for key, raw in _section(data, "lines", found).items():
        with found.at(f"lines.{key}", key):
            number = Number.parse(text_of(key), country).e164
            if number in lines:
                raise Unreadable(f"each line once; {number} is here already")
            lines[number] = raw
    return lines


def _hours(raw: Mapping[str, object], country: str, public_holidays: PublicHolidays, found: Found) -> dict[str, Hours]:
    hours: dict[str, Hours] = {}
    for key, week in raw.items():
        with found.at(f"hours.{key}", week):
            hours[key] = read_hours(week, country, public_holidays)
    return hours


def _check_notices(departments: Mapping[str, Any], people: Mapping[str, Any], found: Found) -> None:
    """Who is to be told can be told that way."""
    for name, department in departments.items():
        for how, needs in (("texts", "phone"), ("email", "email")):
            for n, one in enumerate(getattr(department.notify, how)):
                if one in people and getattr(people[one], needs) is None:
                    found.add(f"departments.{name}.notify.{how}[{n}]", one, f"a person with {needs}: in the file")


def _check_queues(lines: Mapping[str, Any], departments: Mapping[str, Any], found: Found) -> None:
    """People ring in for a queue that callers wait in."""
    steps = [step for one in departments.values() for step in (*one.reach, *one.closed)]
    known = [step.name for step in steps if isinstance(step, Queue)]
    for number, line in lines.items():
        if line.queue and line.queue not in known:
            found.add(
                f"lines.{number}.agent.queue", line.queue, f"a queue of a department{did_you_mean(line.queue, known)}"
            )


def _check_names(raw: Mapping[str, Mapping[str, Any]], found: Found) -> None:
    """Every name a caller or agent may use means one thing. Taken from the raw file: broken entries have names too."""
    meanings = {folded(name): f"agents.{name}" for name in BUILT_IN}
    for path, name, meaning in _spoken_names(raw):
        if not (key := folded(name)):
            found.add(path, name, "a name with letters in it")
        elif meanings.setdefault(key, meaning) != meaning:
            found.add(path, name, f"a name of its own; {meanings[key]} already has it")


def _spoken_names(raw: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for section in ("agents", "departments"):
        yield from ((f"{section}.{name}", name, f"{section}.{name}") for name in raw[section])
    for name, department in raw["departments"].items():
        also = department.get("also") if isinstance(department, Mapping) else None
        for n, alias in enumerate(also if isinstance(also, list) else [also]):
            if isinstance(alias, str) and alias.strip():
                yield f"departments.{name}.also[{n}]", alias, f"departments.{name}"


def _check_circles(departments: Mapping[str, Any], found: Found) -> None:
    for circle in find_circles({name: set(_raw_leads_to(raw)) for name, raw in departments.items()}):
        found.add(f"departments.{circle[0]}", " → ".join(circle), "a chain that ends; this one goes round")


def _raw_leads_to(department: object) -> Iterator[str]:
    raw = department if isinstance(department, Mapping) else {}
    closed = raw.get("closed")
    then = closed.get("then") if isinstance(closed, Mapping) else None
    for steps in (raw.get("reach"), then):
        for step in steps if isinstance(steps, list) else [steps]:
            if isinstance(step, Mapping) and isinstance(step.get("department"), str):
                yield step["department"]


def mistakes_of(errors: Iterable[Any], settings: Collection[str]) -> list[Mistake]:
    """Pydantic's errors of one entry (`ValidationError.errors()`) as mistakes with paths inside it."""
    return [mistake for error in errors for mistake in _mistakes(error, settings)]


def _mistakes(error: Any, settings: Collection[str]) -> list[Mistake]:
    path, value, context = ".".join(map(str, error["loc"])), error["input"], error.get("ctx", {})
    reason = context.get("error")
    if isinstance(reason, Mistakes):
        return [mistake.under(path) for mistake in reason.mistakes]
    if error["type"] == "extra_forbidden":
        return [Mistake(path, value, f"no such setting{did_you_mean(path, settings)}")]
    if error["type"] == "literal_error":
        return [Mistake(path, value, f"one of {context['expected']}")]
    missing = error["type"] == "missing"
    return [Mistake(path, None if missing else value, str(reason or WANTED.get(error["type"], error["msg"])))]
