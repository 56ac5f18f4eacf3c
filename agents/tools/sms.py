"""Who is texted before a transfer moves, and what. A text that must not be sent is kept with the reason."""

from agents.tools.context import Asked, Visit
from calls.call import Call
from calls.directory.model import Department, Directory
from calls.directory.steps import Leg, Ring
from calls.directory.templates import render_template
from calls.numbers import Number
from calls.orders import Recipient, SendText
from calls.phrases.redaction import redacted
from calls.routing.policy import Route
from calls.transfer.machine import Transfer

_RING_NOBODY = ("take_message", "request_callback")
_LONGEST_TEXT = 1600  # characters; carriers split and refuse beyond this


def texts_for(route: Route, transfer: Transfer, visit: Visit, *, values: dict[str, str]) -> tuple[SendText, ...]:
    """The texts of one transfer: to the caller, and to the people whom the first step rings and who want texts.

    `values` are its `text_values`.
    """
    texts = []
    if route.text_caller:
        to = visit.call.caller if isinstance(visit.call.caller, Number) else None
        texts.append(_text(to, "caller", route.text_caller, values, visit))
    if route.text_person:
        for leg, to in _people(route, visit.directory):
            # A blind transfer asks nobody, so there is nothing to answer.
            card = visit.links.card(transfer, 1, leg) if route.handoff != "blind" else ""
            texts.append(_text(to, "person", route.text_person, values | {"card_url": card}, visit))
    return tuple(texts)


def might_text(asked: Asked, directory: Directory, call: Call) -> tuple[Number, ...]:
    """The numbers a tool call could lead us to text, so that their opt-outs can be looked up beforehand."""
    department = _department(asked, directory)
    if not department or not (department.text_caller or department.text_person):
        return ()
    people = [directory.people[leg.person].phone for leg in _legs(directory.every_step(department)) if leg.person]
    return tuple(number for number in (call.caller, *people) if isinstance(number, Number))


def might_ring(asked: Asked, directory: Directory) -> bool:
    """Whether a tool call could lead us to ring people, so that it matters how they can be reached."""
    department = _department(asked, directory) if asked.tool not in _RING_NOBODY else None
    return department is not None and any(leg.person for leg in _legs(directory.every_step(department)))


def _department(asked: Asked, directory: Directory) -> Department | None:
    named = directory.department(asked.text("destination", limit=100))
    escalation = directory.escalation if asked.tool == "escalate_to_human" else None
    return named or (directory.departments[escalation.department] if escalation else None)


def _people(route: Route, directory: Directory) -> list[tuple[int, Number]]:
    """Whom the first step rings and who wants texts, each with the leg that is theirs."""
    legs = enumerate(_legs(route.steps[:1]))
    people = [(number, directory.people[leg.person]) for number, leg in legs if leg.person]
    return [(number, person.phone) for number, person in people if person.texts and person.phone]


def _legs(steps: tuple[object, ...]) -> list[Leg]:
    return [leg for step in steps if isinstance(step, Ring) for group in step.groups for leg in group]


def _text(to: Number | None, recipient: Recipient, template: str, values: dict[str, str], visit: Visit) -> SendText:
    body = _line(template, values)
    over = len(body) - _LONGEST_TEXT
    if over > 0:  # rather a shorter summary than half a link
        summary = values["summary"][: max(0, len(values["summary"]) - over)]
        body = _line(template, values | {"summary": summary})[:_LONGEST_TEXT]
    return SendText(to=to, from_=visit.call.line, body=body, recipient=recipient, skip=_why_not(to, body, visit))


def _line(template: str, values: dict[str, str]) -> str:
    return " ".join(render_template(template, values).split())


def _why_not(to: Number | None, body: str, visit: Visit) -> str | None:
    if not body:
        return "nothing to say"
    if to is None:
        return "the caller's number is not known"
    if visit.call.line is None:
        return "no line of ours to text from"
    if str(to) in visit.opted_out:
        return "opted out of texts"
    if visit.no_texts:
        return "as many texts were sent in this hour as is allowed"
    return to.untextable()


def text_values(route: Route, transfer: Transfer, visit: Visit, *, introduction: str = "") -> dict[str, str]:
    """What the placeholders of announcements and texts stand for in this transfer; no secret is among it."""
    said = " ".join(filter(None, (route.announce, route.text_caller, route.text_person, introduction)))
    return {
        "company": visit.directory.company,
        "department": route.title,
        "ref": transfer.ref,
        "caller_number": str(visit.call.caller or "a withheld number"),
        # Looking for secrets takes longer than all else here, and most announcements repeat nothing.
        "reason": redacted(transfer.reason, "text") if "{reason}" in said else "",
        "summary": redacted(transfer.summary, "text") if "{summary}" in said else "",
        "card_url": "",
    }
