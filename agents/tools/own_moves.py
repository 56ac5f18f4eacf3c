"""A tool of an agent's own class or a skill whose reply leads the caller elsewhere: the same guards, the same record.

The author's document stays as it is. Added to it are reports to us, from which the record learns how it went, and what
the agent is told when it has the caller back, where the author tells it nothing.
"""

from dataclasses import replace

from agents.documents import return_prompts
from agents.documents.ring import LEG_STATES
from agents.documents.step_results import note_of
from agents.documents.urls import Links
from agents.tools.context import Answer, Asked, Visit
from agents.tools.transfer import caller_of, new_transfer, refused
from calls.call import Mechanism
from calls.directory.model import Directory
from calls.legs.attempts import HANGUP, PlannedLeg
from calls.outcomes import Outcome
from calls.routing.policy import Refusal, Wanted, judge
from calls.transfer.model import State, Transfer
from swml.live import Live, filled
from swml.moves import Move, MovingVerb, Reporting, moves, reporting, takes_the_call
from swml.render import Json
from swml.verbs import Request, Set

MECHANISMS: dict[MovingVerb, Mechanism] = {
    "connect": "connect",
    "sip_refer": "sip_refer",
    "transfer": "swml_transfer",
    "execute": "swml_transfer",
    "enter_queue": "queue",
    "join_conference": "conference",
    "join_room": "conference",
    "execute_rpc": "dial",
}
_PROBE = 2  # seconds; nothing is heard meanwhile


def lead_away(reply: Json, asked: Asked, visit: Visit) -> Answer:
    """The answer for a reply with at least one move: the reply with our reports, or a refusal in its place."""
    wanted = moves(reply)
    leading = tuple(move for move in wanted if move.leads)
    main = (leading or wanted)[0]
    first, final = shown(main.addresses[0]), bool(leading) and takes_the_call(reply)
    why = Wanted(first, asked.text("reason", limit=200), asked.text("summary", limit=1000))
    addresses = [address for move in wanted for address in (*move.addresses, *move.after)]
    said = [asked.text(name) for name in asked.arguments]
    refusal = judge(addresses, said, visit.directory, caller_of(visit))
    if isinstance(refusal, Refusal):
        return refused(refusal, why, visit)
    record = new_transfer(
        why,
        visit,
        MECHANISMS[main.verb],
        destination=first,
        final=final,
        facts=asked.facts,
        plan=_plan(wanted, visit.directory, final=final),
    )
    if not leading:  # the caller stays, and nothing will be heard of the phone that rings
        record = replace(record, state=State.ENDED, outcome=Outcome.LOST, inferred=True, ended_at=visit.at)
    speechless = not final and "ai_response" not in str(reply)

    def report(number: int, move: Move) -> Reporting:
        return _reports(number, move, record, visit.links, tells=speechless)

    return Answer(reporting(reply, report), record)


def shown(address: str) -> str:
    """An address as the record names it: a URL without credentials and without its query."""
    scheme, separator, rest = address.partition("://")
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}" if separator else address


def _plan(wanted: tuple[Move, ...], directory: Directory, *, final: bool) -> tuple[PlannedLeg, ...]:
    legs: list[PlannedLeg] = []
    steps = [(step, move) for step, move in enumerate(wanted, 1) if move.leads]
    for step, move in steps:
        grouped = [(group, address) for group, addresses in enumerate(move.groups) for address in addresses]
        for leg, (group, address) in enumerate(grouped):
            person = _person(address, directory)
            legs.append(PlannedLeg(step, leg, shown(address), person, group))
    # No agent waits behind a document that has the call for good: after its last connect nobody is tried any more.
    return (*legs, PlannedLeg(steps[-1][0] + 1, 0, HANGUP)) if final else tuple(legs)


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
        case "enter_queue":
            return Reporting(
                status_url=links.event("line", transfer, number, move.wait),
                before=(Set({"queue_result": ""}),),
                after=after("queue ${queue_result}", return_prompts.IN_LINE),
            )
        case "join_conference":
            return Reporting(
                status_url=links.event("conference", transfer, number),
                before=(Set({"join_conference_result": ""}),),
                after=after("conference ${join_conference_result}", return_prompts.ELSEWHERE),
            )
        case "transfer" | "execute" | "join_room":  # the document or the room it leads to tells us nothing
            url = links.event("handoff", transfer, number)
            gone = Set({note: "agent started"}), Request(url, timeout=_PROBE, body={"agent": to})
            told = move.verb != "transfer" and tells
            back = (Set({"ai_response": filled(return_prompts.ELSEWHERE, destination=to)}),) if told else ()
            return Reporting(before=gone, after=back)
    return Reporting()
