"""The tools our agents share: their names, their arguments, and who gets which.

The model chooses a destination by its name. No tool but `dial_number`, which a directory must allow, has an argument
that could hold a phone number to dial.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from agents.documents.urls import Links
from agents.tools import consult, transfer
from agents.tools.context import Answer, Asked, Visit
from calls.call import Call, Leg
from calls.directory.model import Directory
from calls.numbers import Number
from swml.render import render_reply

Schema = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool as the model sees it (`parameters` are JSON-schema properties) and as we carry it out."""

    name: str
    description: str
    parameters: Mapping[str, Schema]
    required: tuple[str, ...]
    run: Callable[[Asked, Visit], Answer]
    active: bool = True  # False: switched on by an answer, when it is of use


def tools_for(directory: Directory, agent: str, *, sip: bool, returning: bool) -> tuple[Tool, ...]:
    """The tools of one agent: what its destinations, the caller's leg and the way the caller came call for.

    Args:
        sip: the caller's leg is SIP, so a REFER can be sent on it.
        returning: another agent sent the caller for a while and gets the caller back.
    """
    offered = directory.destinations(agent)
    leg: Leg = "sip" if sip else "phone"
    by_tool: dict[str, list[str]] = {}
    for destination in offered:
        if tool := destination.tool(leg):
            by_tool.setdefault(tool, []).append(destination.name)
    needs = _needs(directory)
    tools = [_transfer_tool(name, by_tool[name], needs) for name in _TRANSFERS if name in by_tool]
    departments = [destination.name for destination in offered if destination.name in directory.departments]
    if directory.escalation and agent != directory.escalation.department:
        tools.append(_escalate(departments, needs))
    if directory.policy.allow_dialling:
        tools.append(_DIAL_NUMBER)
    tools += [_CHECK_AVAILABILITY, _TAKE_MESSAGE, _REQUEST_CALLBACK]
    if any(department.while_waiting == "talk" for department in directory.departments.values()):
        tools += [_CANCEL_TRANSFER, _ADD_DETAILS]
    return (*tools, *([_HAND_BACK] if returning else []), _END_CALL, STARTUP_HOOK, HANGUP_HOOK)


def rehearse(
    tool: Tool, arguments: Mapping[str, object], raw: Mapping[str, object], directory: Directory, agent: str
) -> dict[str, object]:
    """Run one of our tools as on a call from a phone, on a weekday at noon, whatever time it is: the reply's JSON."""
    call = Call(
        id=str(raw.get("call_id") or "rehearsal"),
        caller=Number.of_platform(str(raw.get("caller_id_num") or "")) or Number("+12025550199"),
        line=next((Number(line) for line in directory.lines), None),
        leg="phone",
        direction="inbound",
        agent=agent,
    )
    links = Links("https://rehearsal.example", lambda claims: ".".join(str(claim) for claim in claims))
    visit = Visit(directory, call, _NOON.replace(tzinfo=ZoneInfo(directory.timezone)), links, "t_rehearsal", "K7Q4")
    return render_reply(tool.run(Asked(tool.name, arguments), visit).reply)


_NOON = datetime(2026, 3, 4, 12, 0)  # noqa: DTZ001, a Wednesday; the zone is the directory's


_REASON: Schema = {"type": "string", "description": "Why the caller wants this, in a few words."}
_SUMMARY: Schema = {
    "type": "string",
    "description": "What you have learned so far, in under 100 words and in the third person. "
    "The next agent or person is told this, so that the caller need not repeat anything.",
}
_TRANSFERS = {
    "connect": "Put the caller through to a person or a team by phone. "
    "Use it as soon as you know where the caller wants to go.",
    "swml_transfer": "Hand the caller to another assistant, who takes over the conversation and knows what you know.",
    "sip_refer": "Send the caller on to an extension of the company's own phone system.",
}


def _one_of(names: list[str]) -> Schema:
    return {"type": "string", "enum": names, "description": "Where to, by name. Nothing else can be reached."}


def _needs(directory: Directory) -> dict[str, Schema]:
    """What a caller may need a person for, where the file says it of people: nobody else can be asked for."""
    people = directory.people.values()
    languages = sorted({language for person in people for language in person.speaks})
    skills = sorted({skill for person in people for skill in person.skills})
    found: dict[str, Schema] = {}
    if languages:
        told = "The language the caller speaks, if you know it. People who speak it are rung first."
        found["language"] = {"type": "string", "enum": languages, "description": told}
    if skills:
        told = "What the person should know about, if it matters. Such people are rung first."
        found["skill"] = {"type": "string", "enum": skills, "description": told}
    return found


def _transfer_tool(name: str, destinations: list[str], needs: Mapping[str, Schema]) -> Tool:
    parameters = {"destination": _one_of(destinations), "reason": _REASON, "summary": _SUMMARY}
    parameters |= needs if name == "connect" else {}
    return Tool(name, _TRANSFERS[name], parameters, ("destination", "reason", "summary"), transfer.transfer)


def _escalate(departments: list[str], needs: Mapping[str, Schema]) -> Tool:
    by_name = {**_one_of(departments), "description": "Only if the caller named a department."}
    named: dict[str, Schema] = {"destination": by_name} if departments else {}
    return Tool(
        "escalate_to_human",
        "Bring in a human who can decide: the caller asks for one, is upset, or needs what you may not do.",
        {
            "reason": _REASON,
            "summary": _SUMMARY,
            **named,
            "urgency": {"type": "string", "enum": ["low", "normal", "high"]},
            **needs,
        },
        ("reason", "summary"),
        transfer.escalate,
    )


_DESTINATION: Schema = {"type": "string", "description": "The department, by name."}

_DIAL_NUMBER = Tool(
    "dial_number",
    "Connect the caller to a phone number that the caller has just told you, digit by digit.",
    {
        "number": {
            "type": "string",
            "description": "The number as the caller said it, with the country code if given.",
        },
        "reason": _REASON,
        "summary": _SUMMARY,
    },
    ("number", "reason"),
    transfer.dial,
)
_CHECK_AVAILABILITY = Tool(
    "check_availability",
    "Find out whether a department is open now, and when it opens next. Never guess opening hours.",
    {"destination": _DESTINATION},
    ("destination",),
    transfer.check_availability,
)
_TAKE_MESSAGE = Tool(
    "take_message",
    "Take a message for a department when nobody can talk to the caller now.",
    {
        "message": {"type": "string", "description": "The message in the caller's own words."},
        "destination": _DESTINATION,
        "name": {"type": "string", "description": "Who it is from."},
        "callback_number": {"type": "string", "description": "Only if it is not the number the caller rings from."},
    },
    ("message", "destination"),
    transfer.take_message,
)
_REQUEST_CALLBACK = Tool(
    "request_callback",
    "Arrange that a department rings the caller back.",
    {
        "destination": _DESTINATION,
        "number": {"type": "string", "description": "Only if it is not the number the caller rings from."},
        "when": {"type": "string", "description": "When it suits the caller, in the caller's words."},
    },
    ("destination",),
    transfer.request_callback,
)
_CANCEL_TRANSFER = Tool(
    "cancel_transfer",
    "Stop looking for a person: the caller does not want to wait any longer.",
    {"reason": _REASON},
    (),
    consult.cancel_transfer,
    active=False,
)
_ADD_DETAILS = Tool(
    "add_details",
    "Pass on something the caller has added, to the person who is being asked to take the call.",
    {"details": {"type": "string", "description": "What is new, in the third person and in under 50 words."}},
    ("details",),
    consult.add_details,
    active=False,
)
_HAND_BACK = Tool(
    "hand_back",
    "Return the caller to the assistant who sent them, when you are done or cannot help.",
    {"reason": _REASON, "summary": _SUMMARY},
    ("reason", "summary"),
    transfer.hand_back,
)
_END_CALL = Tool(
    "end_call",
    "Say goodbye and hang up. Only when the caller has clearly finished.",
    {"reason": _REASON},
    (),
    transfer.end_call,
)
# The platform itself calls these two as an AI session begins and as the caller hangs up.
STARTUP_HOOK = Tool("startup_hook", "Called by the platform when the conversation starts.", {}, (), transfer.nothing)
HANGUP_HOOK = Tool("hangup_hook", "Called by the platform when the call is hung up.", {}, (), transfer.nothing)

NAMES = (*_TRANSFERS, "escalate_to_human", *(tool.name for tool in (
    _DIAL_NUMBER, _CHECK_AVAILABILITY, _TAKE_MESSAGE, _REQUEST_CALLBACK, _CANCEL_TRANSFER, _ADD_DETAILS, _HAND_BACK,
    _END_CALL, STARTUP_HOOK, HANGUP_HOOK,
)))  # fmt: skip
"""Every tool that our agents share, whichever of them a directory calls for."""
