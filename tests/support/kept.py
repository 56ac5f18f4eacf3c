"""What is kept in records: calls and transfers of Acme's, and the orders that follow from them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from calls.call import Call
from calls.numbers import Number
from calls.orders import DurableOrder
from calls.transfer.machine import PlannedLeg, Transfer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DANA, LEE, CALLER, LINE = "+12025550111", "sip:lee@pbx.acme.example", "+12025550177", "+12025550100"


def later(seconds: float) -> datetime:
    """That many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def call(name: str = "c1", caller: str | None = CALLER) -> Call:
    """A call from a telephone; None withholds the number."""
    return Call(name, Number(caller) if caller else None, Number(LINE), "phone", "inbound", "receptionist")


def sales(name: str = "t_1", of: str = "c1", **other: Any) -> Transfer:
    """A transfer to sales: Dana, then Lee, then the queue."""
    told: dict[str, Any] = {
        "mechanism": "connect",
        "destination": "sales",
        "final": True,
        "reason": "a quote",
        "summary": "Wants a boiler.",
        "agent": "receptionist",
        "started_at": NOON,
        "facts": (("name", "Ann"),),
        "plan": (PlannedLeg(1, 0, DANA, "dana"), PlannedLeg(2, 0, LEE, "lee"), PlannedLeg(3, 0, "queue:sales")),
    }
    return Transfer(id=name, ref="K7Q4", call_id=of, **{**told, **other})


class Kept:
    """Orders as they are kept: nobody carries them out, and the test says what came of them."""

    def __init__(self) -> None:
        self.orders: list[DurableOrder] = []

    def keep(self, connection: Connection, order: DurableOrder) -> None:
        self.orders.append(order)

    def close(self) -> None:
        pass

    def of(self, *kinds: type) -> list[DurableOrder]:
        return [order for order in self.orders if isinstance(order, kinds)]
