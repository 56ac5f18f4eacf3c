"""What happens with a caller who wants to be put through: a route, or a refusal that says what can be offered.

The model names a destination; only names of the directory lead anywhere. A number is taken from the model only where
the policy allows dialling, and then only an ordinary number of an allowed region.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from calls.call import Leg as LegKind
from calls.call import Mechanism
from calls.directory.chains import expand
from calls.directory.entries import ACCEPT_WITHIN
from calls.directory.fields import is_sound_file
from calls.directory.model import AgentSpec, Department, Directory, Policy
from calls.directory.steps import Handoff, Hangup, Leg, Refer, Ring, Step, ToAgent, refuse_undialable
from calls.numbers import Number, SipUri, Unreadable
from calls.outcomes import Outcome
from calls.routing.availability import Presences
from calls.routing.openings import NOWHERE, Closed, closed_at, everybody_busy, sentence_case, steps_at
from calls.routing.ring_order import Present, arranged

# Kinds of numbers that a caller may have dialled. Pagers, personal numbers (+44 70…) and the like cost as premium does.
ORDINARY = {"fixed", "mobile", "fixed_or_mobile", "voip", "toll_free"}
MECHANISMS: dict[str, Mechanism] = {
    "ring": "connect",
    "refer": "sip_refer",
    "agent": "swml_transfer",
    "queue": "queue",
    "voicemail": "voicemail",
    "callback": "callback",
    "hangup": "connect",
}
ANNOUNCEMENTS = {
    "queue": "I'm putting you in line for {department} now.",
    "voicemail": "You can leave a message for {department} now.",
    "callback": "I'll have {department} call you back.",
    "hangup": "Thank you for calling. Goodbye.",
}
_PLACES = ("queue:", "conference:", "room:")  # of the platform's own, each with a name behind it
_NO_PHONE = ("/", "stream:", *_PLACES)  # addresses of the platform's own that ring no telephone
PUTTING_THROUGH = "I'm putting you through to {department} now."
ASKING = "I'm getting someone from {department} for you, and I'll tell them what it is about. One moment."
MESSAGE = "Offer to take a message or to book a callback."


Spending = Literal["texts", "dials", "notices"]
"""What a flood of calls would spend: text messages to people and callers, phones that we ring, and what tells people of
messages.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the agent asked for. `number` counts only where the policy allows dialling.

    `escalation` lets any agent reach the escalation department, whatever its own destinations are. People who speak the
    language `speaks` and have the `skills` are rung before others.
    """

    destination: str
    reason: str = ""
    summary: str = ""
    number: str = ""
    escalation: bool = False
    speaks: str = ""
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, from which leg, through which agent; how often they were put through before.

    `over_budget`: as many people were rung in this hour as may be.
    """

    number: Number | SipUri | None
    line: Number | None
    leg: LegKind
    agent: str
    transfers: int = 0
    transfers_last_hour: int = 0
    over_budget: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """How the caller is put through, resolved now: every step can be used on this leg at this moment.

    `announce` and the texts are templates. `final` is false when the caller comes back to the agent afterwards.
    `accept_within` seconds are what a person has who is told first and asked. `ringback` is what the caller hears.
    `occupied`: the people of its first steps cannot be rung now, so those steps are left out.
    """

    destination: str
    department: Department | None
    title: str
    steps: tuple[Step, ...]
    closed: Closed | None = None
    occupied: bool = False
    final: bool = True
    caller_id: Number | None = None
    announce: str = PUTTING_THROUGH
    announce_mode: Literal["say", "post_process"] = "say"
    text_caller: str | None = None
    text_person: str | None = None
    ringback: tuple[str, ...] = ()
    accept_within: int = ACCEPT_WITHIN

    @property
    def handoff(self) -> Handoff:
        """How the first step hands the caller over."""
        first = self.steps[0]
        return first.handoff if isinstance(first, Ring) else "blind"

    @property
    def mechanism(self) -> Mechanism:
        """How the ledger names it: by the first step."""
        return MECHANISMS[self.steps[0].kind] if self.handoff == "blind" else self.handoff


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: the outcome, a code for the record, and a sentence the agent can act on."""

    outcome: Outcome
    why: str
    sentence: str


def choose(
    wanted: Wanted, directory: Directory, at: datetime, caller: Caller, presences: Presences | None = None
) -> Route | Refusal:
    """The route to what was wanted at this moment (aware), or the reason why there is none.

    `presences` say how people can be reached; None leaves the chain as the file has it.
    """
    if over := _over_limits(directory.policy, caller):
        return over
    if caller.over_budget:
        return TOO_MANY_DIALS
    entry = directory.find(wanted.destination)
    if entry is None:
        return _dial(wanted.number, directory, caller) if wanted.number else UNKNOWN
    if not _allowed(wanted, directory, entry, caller.agent):
        return _refused("not_offered", f"You cannot put callers through to {entry.title} from here. {MESSAGE}")
    if isinstance(entry, AgentSpec):
        return Route(entry.name, None, entry.title, (ToAgent(entry.name),), final=not entry.returns)
    present = Present(directory.people, presences, at, wanted.speaks, wanted.skills) if presences is not None else None
    return _to_department(entry, directory, caller, at, present)


def may_dial(number: Number, directory: Directory) -> bool:
    """Whether a number that a caller gave may be rung: an ordinary one, of an allowed region, and none of ours."""
    try:
        refuse_undialable(number, frozenset(directory.policy.regions))
    except Unreadable:
        return False
    return number.kind in ORDINARY and number.e164 not in directory.lines


def judge(addresses: Iterable[str], said: Iterable[str], directory: Directory, caller: Caller) -> Refusal | None:
    """Why a tool that is not ours may not lead the caller to these addresses; None when it may.

    `addresses` are numbers, SIP URIs, URLs and the platform's own. `said` is what the model gave the tool: what a
    caller says is dialled only where the policy allows dialling, and only a number. It names no queue, no conference.
    """
    if over := _over_limits(directory.policy, caller):
        return over
    if caller.over_budget:
        return TOO_MANY_DIALS
    words = tuple(said)
    return next((no for one in addresses if (no := _judged(one, words, directory, caller))), None)


def _judged(address: str, said: tuple[str, ...], directory: Directory, caller: Caller) -> Refusal | None:
    if "${" in address or "%{" in address or address == str(caller.number):
        return NOT_DIALLED  # only the platform knows what that will be; or it is the caller's own phone
    if address.startswith(_PLACES):
        name = _plain(address.partition(":")[2])
        return NOT_DIALLED if not name or any(name == _plain(one) or address in one for one in said) else None
    if address.startswith(_NO_PHONE) or "://" in address:
        return NOT_DIALLED if any(address in one for one in said) else None
    is_sip = address.startswith(("sip:", "sips:"))
    to = address.partition(":")[2].partition("@")[0] if is_sip else address
    number = _number_in(to, directory) if to.startswith("+") or not is_sip else None
    if number is None and (to.startswith("+") or not is_sip):
        return NOT_DIALLED
    if directory.person_at(number) or any(
        address in (str(one.phone), str(one.sip)) for one in directory.people.values()
    ):
        return None
    if number == caller.number or (number and not may_dial(number, directory)):
        return NOT_DIALLED
    if any(address in one or (number and number == _number_in(one, directory)) for one in said):
        return None if number and not is_sip and directory.policy.allow_dialling else NOT_DIALLED
    return None


def _plain(text: str) -> str:
    return text.strip().casefold()


def _number_in(text: str, directory: Directory) -> Number | None:
    try:
        return Number.parse(text, directory.country)
    except Unreadable:
        return None


def _to_department(
    department: Department, directory: Directory, caller: Caller, at: datetime, present: Present | None
) -> Route | Refusal:
    closed = closed_at(department, directory, at)

    def steps_of(name: str) -> tuple[Step, ...]:
        there = directory.departments[name]
        return _handed_over(steps_at(there, directory, at), there)

    chain = expand(steps_of(department.name), steps_of)
    usable = tuple(_usable(chain, caller))
    if not usable:
        return _unreachable(department, closed or (None if chain else Closed(None, "at the moment")))
    steps = arranged(usable, present) if present else usable
    if not steps:
        return Refusal(Outcome.BUSY, "occupied", f"{everybody_busy(department)} {MESSAGE}")
    occupied = len(steps) < len(usable)
    agents = [directory.agent(step.agent) for step in steps if isinstance(step, ToAgent)]
    return Route(
        destination=department.name,
        department=department,
        title=department.title,
        steps=steps,
        closed=closed,
        occupied=occupied,
        final=not (department.returns or any(agent.returns for agent in agents if agent)),
        caller_id=_caller_id(department.caller_id, directory, caller),
        announce=_announcement(department, steps[0], closed, occupied=occupied),
        announce_mode=department.announce_mode,
        text_caller=None if closed else department.text_caller,
        text_person=None if closed else department.text_person,
        ringback=_meanwhile(department, steps, directory),
        accept_within=directory.terms.accept_within,
    )


def _handed_over(steps: Iterable[Step], of: Department) -> tuple[Step, ...]:
    """A department's own steps with what holds for its people, wherever another department's chain leads there."""
    return tuple(step.handed_over(of.handoff, of.wrap_up) if isinstance(step, Ring) else step for step in steps)


def _meanwhile(department: Department, steps: Iterable[Step], directory: Directory) -> tuple[str, ...]:
    """What the caller hears while it rings: what the department says, or music while a person is told and asked."""
    asks = any(isinstance(step, Ring) and step.handoff != "blind" for step in steps)
    music = directory.terms.hold_music if asks else None
    if department.ringback or (music and is_sound_file(music)):
        return (department.ringback or music or "",)
    return ()


def _dial(text: str, directory: Directory, caller: Caller) -> Route | Refusal:
    if not directory.policy.allow_dialling:
        return _refused("dialling_not_allowed", f"Numbers are not dialled here, whoever asks. {MESSAGE}")
    try:
        number = Number.parse(text, directory.country)
    except Unreadable:
        return NOT_DIALLED
    if not may_dial(number, directory) or number == caller.number:
        return NOT_DIALLED
    own = _caller_id("line", directory, caller)
    return Route(number.e164, None, number.spoken, (Ring(((Leg(number),),)),), caller_id=own)


def _usable(chain: Iterable[Step], caller: Caller) -> Iterator[Step]:
    """The steps that work on this leg: REFER only on SIP, never the caller's own phone, no agent to itself."""
    for step in chain:
        if isinstance(step, Ring):
            groups = tuple(tuple(leg for leg in group if leg.to != caller.number) for group in step.groups)
            if any(groups):
                yield step.ringing(tuple(filter(None, groups)))
        elif not (isinstance(step, Refer) and caller.leg != "sip") and step != ToAgent(caller.agent):
            yield step
        if isinstance(step, Hangup):
            return


def _allowed(wanted: Wanted, directory: Directory, entry: Department | AgentSpec, agent: str) -> bool:
    escalation = directory.escalation
    if wanted.escalation and escalation is not None and entry is directory.departments.get(escalation.department):
        return True
    return directory.may_reach(agent, entry)


def _over_limits(policy: Policy, caller: Caller) -> Refusal | None:
    if caller.transfers >= policy.transfers_per_call:
        return _refused("too_many_for_this_call", "This call was put through as often as is allowed. Take a message.")
    if caller.transfers_last_hour >= policy.transfers_per_caller_per_hour:
        return _refused("too_many_for_this_hour", "This caller was put through as often as is allowed. Take a message.")
    return None


def _unreachable(department: Department, closed: Closed | None) -> Refusal:
    name = sentence_case(department.title)
    if closed is None:
        return _refused("not_reachable_from_here", f"{name} cannot be reached from this call. {MESSAGE}")
    return Refusal(Outcome.CLOSED, "closed", f"{name} is closed {closed.words}. {MESSAGE}")


def _caller_id(setting: Number | str, directory: Directory, caller: Caller) -> Number | None:
    """The number the person sees: only one of our lines, or the caller's own where the file says so."""
    if isinstance(setting, Number):
        return setting
    if setting == "caller" and isinstance(caller.number, Number):
        return caller.number
    # Without any line in the file, whatever number was dialled is ours: the platform brought the call here.
    if caller.line is not None and (directory.line(caller.line) or not directory.lines):
        return caller.line
    return next((Number(line) for line in directory.lines), None)


def _announcement(department: Department, first: Step, closed: Closed | None, *, occupied: bool) -> str:
    if closed is None and department.announce is not None and not occupied:
        return department.announce
    asks = isinstance(first, Ring) and first.handoff != "blind"
    announcement = ASKING if asks else ANNOUNCEMENTS.get(first.kind, PUTTING_THROUGH)
    if closed:
        return f"{sentence_case(department.title)} is closed {closed.words}. {announcement}"
    return f"{everybody_busy(department)} {announcement}" if occupied else announcement


def _refused(why: str, sentence: str) -> Refusal:
    return Refusal(Outcome.REFUSED, why, sentence)


# --- limits ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for earlier in a call: callbacks, as department and number (E.164), and how many messages."""

    callbacks: frozenset[tuple[str, str]] = frozenset()
    messages: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of something there is in an hour.

    `whose` is "caller …" or "line …"; all withheld numbers are "caller ".
    """

    kind: Spending
    whose: str
    limit: int


def no_callback(department: str, number: Number, asked: Asked, policy: Policy, own: object) -> str | None:
    """Why no further callback is booked in a call, as the agent can say it; None when one may be.

    Another time for one that is booked is none more.
    """
    if (department, number.e164) in asked.callbacks:
        return None
    if len(asked.callbacks) >= policy.callbacks_per_call:
        return "As many callbacks are booked in this call as one call may book."
    to_others = [one for _, one in asked.callbacks if one != str(own or "")]
    if number != own and len(to_others) >= policy.callbacks_to_others_per_call:
        return "No further callback to a number that the caller does not ring from is booked in this call."
    return None


def no_message(asked: Asked, policy: Policy) -> str | None:
    """Why no further message is kept in a call, as the agent can say it; None when one may be."""
    over = asked.messages >= policy.messages_per_call
    return "As many messages are kept from this call as one call may leave." if over else None


def budgets(kind: Spending, policy: Policy, caller: object, line: object, *, plain: bool = False) -> tuple[Budget, ...]:
    """The budgets that pay for a text message, a dial or a notice because of this caller on this line.

    plain: a known caller's transfer without a consult, which only the line pays for: the caller has a limit of
    transfers, but may show another number in each call.
    """
    mine: int = getattr(policy, f"{kind}_per_caller_per_hour")
    all_: int = getattr(policy, f"{kind}_per_line_per_hour")
    of_line = Budget(kind, f"line {line or ''}", all_)
    return (of_line,) if plain else (Budget(kind, f"caller {caller or ''}", mine), of_line)


TOO_MANY_DIALS = Refusal(
    Outcome.REFUSED,
    "too_many_for_this_hour",
    "As many people were rung for such calls in this hour as is allowed. Take a message.",
)
UNKNOWN = _refused("unknown", NOWHERE)
NOT_DIALLED = _refused("not_dialled", f"That number is not dialled from here. {MESSAGE}")
