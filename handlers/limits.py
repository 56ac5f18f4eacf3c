"""Budgets of the policy, spent before the world is asked for anything. What is refused is logged once an hour."""

import structlog

from calls.directory import Directory
from calls.policy import Spending, budgets
from handlers.wiring import Wiring

log = structlog.get_logger()


def over_budget(
    wiring: Wiring, directory: Directory, kind: Spending, caller: object, line: object, *, count: int = 1
) -> bool:
    """Whether so much may not be spent any more in this hour because of this caller on this line; else it is spent.

    Trial calls spend nothing.
    """
    if wiring.settings.on_trial:
        return False
    wanted = budgets(kind, directory.policy, caller, line)
    over = wiring.records.spend(directory.business, wanted, wiring.clock.now(), count=count)
    if over and over.first:
        of, _, number = over.budget.whose.partition(" ")
        who = number if of == "line" else f"…{number[-4:]}" if number else "withheld numbers"
        setting = f"policy.{kind}_per_{of}_per_hour"
        log.warning("over_budget", business=directory.business, whose=who, setting=setting, limit=over.budget.limit)
    return over is not None
