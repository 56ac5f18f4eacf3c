"""A tool of an agent's own class or a skill whose reply leads the caller elsewhere: the same guards, the same record.

The author's document stays as it is. Added to it are reports to us, from which the record learns how it went, and what
the agent is told when it has the caller back, where the author tells it nothing.
"""

from agents.documents import return_prompts
from agents.documents.ring import LEG_STATES
from agents.documents.step_results import note_of
from agents.documents.urls import Links
from agents.tools.context import Answer, Asked, Visit
from agents.tools.transfer import caller_of, new_transfer, refused
from calls.call import Mechanism
from calls.directory.model import Directory
from calls.legs.attempts import HANGUP, PlannedLeg
from calls.routing.policy import Refusal, Wanted, judge
from calls.transfer.model import Transfer
from swml.live import Live, filled
from swml.moves import Move, Reporting, moves, reporting, takes_the_call
from swml.render import Json
from swml.verbs import Request, Set

MECHANISMS: dict[str, Mechanism] = {"connect": "connect", "sip_refer": "sip_refer", "transfer": "swml_transfer"}
_PROBE = 2  # seconds; nothing is heard meanwhile


def lead_away(reply: Json, asked: Asked, visit: Visit) -> Answer:
    """The answer for a reply with at least one move: the reply with our reports, or a refusal in its place."""
    wanted, found = moves(reply), takes_the_call(reply)
    first = shown(wanted[0].addresses[0])
    why = Wanted(first, asked.text("reason", limit=200), asked.text("summary", limit=1000))
    addresses = [address for move in wanted for address in move.addresses]
    said = [asked.text(name) for name in asked.arguments]
    refusal = judge(addresses, said, visit.directory, caller_of(visit))
    if isinstance(refusal, Refusal):
        return refused(refusal, why, visit)
    record = new_transfer(
        why,
        visit,
        MECHANISMS[wanted[0].verb],
        destination=first,
        final=found,
        facts=asked.facts,
        plan=_plan(wanted, visit.directory, final=found),
    )
    speechless = not found and "ai_response" not in str(reply)

    def report(number: int, move: Move) -> Reporting:
        return _reports(number, move, record, visit.links, tells=speechless)

    return Answer(reporting(reply, report), record)


def shown(address: str) -> str:
    """An address as the record names it: a URL without credentials and without its query."""
    scheme, separator, rest = address.partition("://")
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}" if separator else address


def _plan(wanted: tuple[Move, ...], directory: Directory, *, final: bool) -> tuple[PlannedLeg, ...]:
    legs: list[PlannedLeg] = []
    for step, move in enumerate(wanted, 1):
        grouped = [(group, address) for group, addresses in enumerate(move.groups) for address in addresses]
        for leg, (group, address) in enumerate(grouped):
            person = _person(address, directory)
            legs.append(PlannedLeg(step, leg, shown(address), person, group))
    # No agent waits behind a document that has the call for good: after its last connect nobody is tried any more.
    return (*legs, PlannedLeg(len(wanted) + 1, 0, HANGUP)) if final else tuple(legs)


def _person(address: str, directory: Directory) -> str | None:
    people = directory.people.items()
    return next((name for name, one in people if address in (str(one.phone), str(one.sip))), None)


def _reports(number: int, move: Move, transfer: Transfer, links: Links, *, tells: bool) -> Reporting:
    """With what a move reports: how each leg and the whole went, and a note that comes back with the caller.

    tells: the agent is told as well, when it has the caller back.
    """
    note, to = note_of(transfer.id, number), shown(move.addresses[0])

    def after(result: str, words: str) -> tuple[Set, ...]:
        said = (Set({"ai_response": filled(words, destination=to)}),) if tells else ()
        return (Set({note: Live(result)}), *said)

    match move.verb:
        case "connect":
            return Reporting(
                status_url=links.connect(transfer, number),
                leg_urls=[links.event("call", transfer, number, leg) for leg in range(len(move.addresses))],
                leg_events=LEG_STATES,
                before=(Set({"connect_result": "", "connect_failed_reason": ""}),),
                after=after("connect ${connect_result} ${connect_failed_reason}", return_prompts.PUT_THROUGH),
            )
        case "sip_refer":
            return Reporting(
                status_url=links.event("refer", transfer, number),
                before=(Set({"sip_refer_response_code": "", "sip_refer_to_response_code": ""}),),
                after=after(
                    "refer ${sip_refer_response_code}/${sip_refer_to_response_code}", return_prompts.NOT_REFERRED
                ),
            )
        case "transfer":  # the document it leads to tells us nothing
            url = links.event("handoff", transfer, number)
            return Reporting(before=(Set({note: "agent started"}), Request(url, timeout=_PROBE, body={"agent": to})))
