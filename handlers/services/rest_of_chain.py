"""The rest of a chain, for a caller whose agent has left the call: as it was when the transfer began."""

from dataclasses import replace

from agents.documents.chain import Chain
from calls.call import Call
from calls.routing.policy import Caller, Refusal, Wanted, choose
from calls.routing.ring_order import as_planned
from calls.transfer.machine import Transfer
from handlers.wiring import Wiring
from swml.verbs import Document


def rest_of(wiring: Wiring, transfer: Transfer, call: Call, *, first: int, again: bool = False) -> Document | Refusal:
    """The chain from step `first` on. A refusal when the file has changed, and no longer leads there.

    `again`: the caller was in the queue of that step already, and waits on.
    """
    directory = wiring.directory_of(transfer)
    caller = Caller(call.caller, call.line, call.leg, transfer.agent)
    wanted = Wanted(transfer.destination, transfer.reason, transfer.summary, escalation=True)
    route = choose(wanted, directory, transfer.started_at, caller)
    if isinstance(route, Refusal):
        return route
    route = replace(route, steps=as_planned(route.steps, transfer.plan))
    links = wiring.links(directory)
    return Chain(route, transfer, links, directory, call.caller, first=first, again=again, line=call.line).document()
