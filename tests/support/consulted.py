"""A consult in the transfer's table, for tests: things happen to it, and orders and phases follow."""

from datetime import UTC, datetime, timedelta

from calls.events import (
    BriefingStarted,
    ConsultBegun,
    DialBegun,
    DialPlaced,
    Event,
    LegProgressed,
)
from calls.orders import NoteMissed, Order, Remind
from calls.transfer.machine import PlannedLeg, step
from calls.transfer.model import Terms, Transfer
from calls.transfer.phases import phases

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DANA, MAX = "+12025550111", "+12025550113"
NAMES = (("dana", "Dana Reyes"), ("max", "Max Stone"))
ANSWERED = (DialBegun(1, 0), DialPlaced(1, 0, "dana-leg"), LegProgressed(1, 0, "answered"), BriefingStarted(1, 0))
MAX_ANSWERED = (DialBegun(1, 1), DialPlaced(1, 1, "max-leg"), LegProgressed(1, 1, "answered"), BriefingStarted(1, 1))


def supervisor(*, together: bool = False, then: tuple[PlannedLeg, ...] = (), talk: bool = False) -> Transfer:
    """Dana, then Max (or both together), and what comes after them."""
    return Transfer(
        id="t_1",
        ref="K7Q4",
        call_id="caller-leg",
        mechanism="consult",
        destination="supervisor",
        final=True,
        reason="a refund",
        summary="Charged twice.",
        agent="receptionist",
        started_at=NOON,
        plan=(
            PlannedLeg(1, 0, DANA, "dana", group=0, ring_for=20),
            PlannedLeg(1, 1, MAX, "max", group=0 if together else 1, ring_for=20),
            *then,
        ),
        terms=Terms("supervisor", "+12025550100", hold_limit=240, accept_within=15, talk=talk, names=NAMES),
    )


class Story:
    """A consult to which things happen; it keeps the orders and the phases that followed.

    The reminders of legs are kept aside, in `reminders`: they are a story of their own.
    """

    def __init__(self, transfer: Transfer | None = None) -> None:
        self.transfer = transfer or supervisor()
        self.orders: list[Order] = []
        self.reminders: list[Order] = []
        self.phases: list[str] = list(phases(None, None, self.transfer))
        self.at = NOON
        self.tell(ConsultBegun())

    def tell(self, *events: Event) -> list[Order]:
        """What happens, a second apart; the orders that follow."""
        new: list[Order] = []
        for event in events:
            self.at += timedelta(seconds=1)
            before = self.transfer
            self.transfer, orders = step(before, event, self.at)
            self.phases += phases(before, event, self.transfer)
            self.reminders += [order for order in orders if isinstance(order, Remind) and order.of == "attempt"]
            new += [order for order in orders if order not in self.reminders and not isinstance(order, NoteMissed)]
        self.orders += new
        return new

    @property
    def people(self) -> list[tuple[str | None, str | None]]:
        """Who was tried, and what came of it."""
        return [(a.person, a.outcome) for a in self.transfer.attempts]
