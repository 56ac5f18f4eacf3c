"""Whether the worker has something to do, as a call that is made beside it in virtual time must know."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from calls.orders import Announce, Dial, DurableOrder, EndLeg, Remind, ResumeCaller, RunSteps
from gateways.clock import Clock
from gateways.database.engine import Database
from gateways.jobs.outbox import DurableOrders
from gateways.jobs.pending import PendingOrders

NOW, SOON = timedelta(0), timedelta(seconds=15)


class Desk:
    """A database with durable orders, and somebody who looks at it from another process."""

    def __init__(self, url: str) -> None:
        self.database, self.pending = Database(url), PendingOrders(url)

    def orders(self, order: DurableOrder) -> None:
        with self.database.write() as connection:
            DurableOrders().keep(connection, order)

    def due(self, within: timedelta) -> bool:
        return self.pending.any_due(Clock().now(), within)

    def close(self) -> None:
        self.pending.close()
        self.database.close()


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    made = Desk(database_url)
    yield made
    made.close()


@pytest.mark.parametrize("order", [Dial("t_1", 1, 0), EndLeg("t_1", "leg-1"), ResumeCaller("t_1", "Nobody is there.")])
def test_what_is_to_be_done_at_once_is_waited_for(desk: Desk, order: DurableOrder) -> None:
    assert not desk.due(NOW)
    desk.orders(order)
    assert desk.due(NOW)


@pytest.mark.parametrize("order", [ResumeCaller("t_1", "Nobody is there.", 5.0), RunSteps("t_1", 2, 5.0)])
def test_what_ends_a_caller_s_hold_is_waited_for_a_while_before_its_time(desk: Desk, order: DurableOrder) -> None:
    desk.orders(order)
    assert not desk.due(NOW)
    assert desk.due(SOON)


def test_what_is_put_off_for_when_something_goes_wrong_is_not_waited_for_and_nobody_who_is_told(desk: Desk) -> None:
    desk.orders(Remind("t_1", "move", 10.0))
    desk.orders(ResumeCaller("t_1", "", 13.0))
    desk.orders(Announce("t_1", "webhook", 0, {"phase": "bridged"}))
    assert not desk.due(SOON)
