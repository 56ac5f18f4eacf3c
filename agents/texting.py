"""Who is texted before a transfer moves, and what. A text that must not be sent is kept with the reason."""

from agents.visit import Asked, Visit
from calls.call import Call
from calls.chains import expand
from calls.directory import Directory
from calls.numbers import Number
from calls.orders import Recipient, SendText
from calls.policy import Route
from calls.steps import Leg, Ring
from calls.templates import render_template
from calls.transfer import Transfer

_LONGEST_TEXT = 1600  # characters; carriers split and refuse beyond this


def texts_for(route: Route, transfer: Transfer, visit: Visit) -> tuple[SendText, ...]:
    """The texts of one transfer: to the caller, and to the people whom the first step rings and who want texts."""
    values = text_values(route, transfer, visit)
    texts = []
    if route.text_caller:
        to = visit.call.caller if isinstance(visit.call.caller, Number) else None
        texts.append(_text(to, "caller", route.text_caller, values, visit))
    if route.text_person:
        texts += [_text(to, "person", route.text_person, values, visit) for to in _people(route, visit.directory)]
    return tuple(texts)


def might_text(asked: Asked, directory: Directory, call: Call) -> tuple[Number, ...]:
    """The numbers a tool call could lead us to text, so that their opt-outs can be looked up beforehand."""
    named = directory.department(asked.text("destination", limit=100))
    escalation = directory.escalation if asked.tool == "escalate_to_human" else None
    department = named or (directory.departments[escalation.department] if escalation else None)
    if not department or not (department.text_caller or department.text_person):
        return ()
    chain = expand((*department.reach, *department.closed), lambda name: directory.departments[name].reach)
    people = [directory.people[leg.person].phone for leg in _legs(chain) if leg.person]
    return tuple(number for number in (call.caller, *people) if isinstance(number, Number))


def _people(route: Route, directory: Directory) -> list[Number]:
    people = [directory.people[leg.person] for leg in _legs(route.steps[:1]) if leg.person]
    return [person.phone for person in people if person.texts and person.phone]


def _legs(steps: tuple[object, ...]) -> list[Leg]:
    return [leg for step in steps if isinstance(step, Ring) for group in step.groups for leg in group]


def _text(to: Number | None, recipient: Recipient, template: str, values: dict[str, str], visit: Visit) -> SendText:
    body = " ".join(render_template(template, values).split())[:_LONGEST_TEXT]
    return SendText(to=to, from_=visit.call.line, body=body, recipient=recipient, skip=_why_not(to, body, visit))


def _why_not(to: Number | None, body: str, visit: Visit) -> str | None:
    if not body:
        return "nothing to say"
    if to is None:
        return "the caller's number is not known"
    if visit.call.line is None:
        return "no line of ours to text from"
    if str(to) in visit.opted_out:
        return "opted out of texts"
    return to.untextable()


def text_values(route: Route, transfer: Transfer, visit: Visit) -> dict[str, str]:
    """What the placeholders of announcements and texts stand for in this transfer."""
    return {
        "company": visit.directory.company,
        "department": route.title,
        "ref": transfer.ref,
        "caller_number": str(visit.call.caller or "a withheld number"),
        "reason": transfer.reason,
        "summary": transfer.summary,
        "card_url": "",
    }
