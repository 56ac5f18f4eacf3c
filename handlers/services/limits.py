"""Budgets of the policy, spent before the world is asked for anything. What is refused is logged once an hour."""

import structlog

from agents.tools.context import Answer
from calls.call import Call
from calls.directory.model import Directory
from calls.numbers import Number
from calls.orders import BookCallback, KeepMessage
from calls.routing.policy import Spending, budgets
from handlers.wiring import Wiring

log = structlog.get_logger()


def over_budget(
    wiring: Wiring,
    directory: Directory,
    kind: Spending,
    caller: object,
    line: object,
    *,
    count: int = 1,
    plain: bool = False,
) -> bool:
    """Whether so much may not be spent any more in this hour because of this caller on this line; else it is spent.

    `plain` as for calls.routing.policy.budgets. Trial calls spend nothing.
    """
    if wiring.settings.on_trial:
        return False
    wanted = budgets(kind, directory.policy, caller, line, plain=plain)
    over = wiring.records.spend(directory.business, wanted, wiring.clock.now(), count=count)
    if over and over.first:
        of, _, number = over.budget.whose.partition(" ")
        who = number if of == "line" else f"…{number[-4:]}" if number else "withheld numbers"
        setting = f"policy.{kind}_per_{of}_per_hour"
        log.warning("over_budget", business=directory.business, whose=who, setting=setting, limit=over.budget.limit)
    return over is not None


def no_dials(wiring: Wiring, directory: Directory, call: Call, answer: Answer) -> bool:
    """Whether the budgets for dials do not pay for a tool's answer any more; else it is paid for."""
    plain = answer.transfer is not None and answer.transfer.terms is None and isinstance(call.caller, Number)
    return over_budget(wiring, directory, "dials", call.caller, call.line, plain=plain)


def callbacks_of(answer: Answer) -> frozenset[tuple[str, str]]:
    """The callbacks that a tool's answer books, as department and number (E.164)."""
    booked = [(one.entry.department, one.entry.number or "") for one in answer.orders if isinstance(one, BookCallback)]
    notes = [one for one in answer.orders if isinstance(one, KeepMessage) and one.kind == "callback"]
    return frozenset((*booked, *((one.destination, str(one.number or "")) for one in notes)))
