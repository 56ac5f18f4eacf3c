"""The directory in words: for each line who answers, for each department the chain and what is open at a moment."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from calls.directory.model import Department, Directory
from calls.directory.steps import Leg, Queue, Refer, Ring, Step, ToAgent, ToDepartment
from calls.directory.templates import render_speech
from calls.numbers import Number
from calls.routing.openings import availability, closed_at
from calls.routing.queues import people_of

BARE = {"voicemail": "take a voicemail", "callback": "book a callback", "hangup": "hang up"}


def describe(directory: Directory, at: datetime) -> tuple[str, ...]:
    """Lines of plain text, as `switchboard check` prints them. `at` is aware."""
    return (*_lines(directory, at), *_departments(directory, at))


def _lines(directory: Directory, at: datetime) -> Iterator[str]:
    for number in directory.lines:
        yield f"{number}: {directory.agent_for(Number(number), at)} answers now"
    if not directory.lines:
        yield f"any number: {directory.agent_for(None, at)} answers now"


def _departments(directory: Directory, at: datetime) -> Iterator[str]:
    for department in directory.departments.values():
        closed = closed_at(department, directory, at)
        yield f"{department.name}: {availability(department.name, directory, at).words}"
        if closed is None:
            yield from _chain("now", department.reach, directory)
        else:
            yield from _chain("in hours", department.reach, directory)
        if department.hours is not None:
            yield from _chain("now" if closed else "outside hours", department.closed, directory)
        yield from _handoff(department, directory)


def _handoff(department: Department, directory: Directory) -> Iterator[str]:
    """How its people get a caller, when they are told first."""
    if department.handoff == "blind" or not any(isinstance(s, Ring) for s in (*department.reach, *department.closed)):
        return
    terms = directory.terms
    if department.handoff == "whisper":
        yield f"  whisper: whoever answers hears what it is about and has {terms.accept_within} s to press 1 or say yes"
        return
    waiting = "talks on with the agent" if department.while_waiting == "talk" else "holds"
    yield (
        f"  consult: an agent tells whoever answers what it is about and asks; meanwhile the caller {waiting}, "
        f"{terms.hold_limit} s at most"
    )
    if department.introduction:
        values = {"company": directory.company, "department": department.title}
        introduction = render_speech(department.introduction, values, directory.language)
        yield f"  consult: both hear first: {introduction}"


def _chain(when: str, steps: Iterable[Step], directory: Directory) -> Iterator[str]:
    words = [step_words(step, directory) for step in steps] or ["the agent says when it opens and offers a message"]
    for n, text in enumerate(words, 1):
        yield f"  {when}, {n}. {text}"


def step_words(step: Step, directory: Directory) -> str:
    """One step as an operator reads it: "ring Dana Reyes (+12025550111) for 20 s"."""
    match step:
        case Ring():
            groups = (" and ".join(_leg_words(leg, directory) for leg in group) for group in step.groups)
            together = " together" if len(step.groups) == 1 and len(step.legs) > 1 else ""
            order = f" ({step.order.replace('_', ' ')})" if step.order != "in_turn" else ""
            return f"ring {', then '.join(groups)}{together}{order}, {step.ring_for} s each"
        case Refer():
            return f"refer the caller's own phone to {step.to} (SIP callers only)"
        case Queue():
            takers = ", ".join(directory.people[key].name for key in people_of(step.name, directory))
            return f"wait in the queue {step.name}, {step.wait} s at most; taken by {takers or 'nobody'}"
        case ToAgent():
            return f"hand over to the agent {step.agent}"
        case ToDepartment():
            return f"go on with {step.department}"
        case _:
            return BARE[step.kind]


def _leg_words(leg: Leg, directory: Directory) -> str:
    return f"{directory.people[leg.person].name} ({leg.to})" if leg.person else str(leg.to)
