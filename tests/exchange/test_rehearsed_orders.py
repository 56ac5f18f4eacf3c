"""Durable orders in a rehearsal: kept with their transaction, carried out at their time, once, whatever happens."""

from collections.abc import Callable, Iterator

import pytest

from calls.orders import Announce, Dial, DurableOrder, MoveCaller, Remind, ResumeCaller
from exchange import Exchange
from gateways.database.engine import Database
from gateways.errors import Unavailable
from handlers.cli.rehearsal.orders import RehearsedOrders

DANA, MAX, LEE = (Dial("t_1", 1, leg) for leg in range(3))
MOVE = MoveCaller("t_1")


class Changed(Exception):
    """Why a transaction is given up."""


class Rehearsal:
    """An exchange, a database, and what is carried out of its orders at which second."""

    def __init__(self, url: str) -> None:
        self.exchange = Exchange("http://127.0.0.1:1/swml")
        self.database = Database(url)
        self.orders = RehearsedOrders(url, self.exchange)
        self.done: list[tuple[float, DurableOrder]] = []
        self.fails: Callable[[DurableOrder], None] = lambda order: None

    def keep(self, *orders: DurableOrder) -> None:
        with self.database.write() as connection:
            for order in orders:
                self.orders.keep(connection, order)

    def carry_out(self, order: DurableOrder) -> None:
        self.fails(order)
        self.done.append((round(self.exchange.clock.elapsed, 2), order))

    def run(self, *orders: DurableOrder) -> list[tuple[float, DurableOrder]]:
        self.orders.start(self.carry_out)
        self.keep(*orders)
        self.exchange.settle()
        return self.done

    def close(self) -> None:
        self.exchange.close()
        self.orders.forget()
        self.database.close()


@pytest.fixture
def rehearsal(database_url: str) -> Iterator[Rehearsal]:
    made = Rehearsal(database_url)
    yield made
    made.close()


def test_an_order_is_carried_out_a_moment_after_it_was_kept(rehearsal: Rehearsal) -> None:
    assert rehearsal.run(MOVE) == [(0.1, MOVE)]


def test_a_reminder_comes_when_its_time_is_over(rehearsal: Rehearsal) -> None:
    late = Remind("t_1", "hold", 240)
    assert rehearsal.run(late, MOVE) == [(0.1, MOVE), (240, late)]


def test_nobody_is_dialled_faster_than_one_a_second(rehearsal: Rehearsal) -> None:
    assert rehearsal.run(DANA, MAX, MOVE, LEE) == [(0.1, DANA), (0.1, MOVE), (1.1, MAX), (2.1, LEE)]


def test_what_was_kept_in_a_transaction_that_failed_is_not_carried_out(rehearsal: Rehearsal) -> None:
    def keep_and_fail() -> None:
        with rehearsal.database.write() as connection:
            rehearsal.orders.keep(connection, DANA)
            raise Changed

    with pytest.raises(Changed):
        keep_and_fail()
    assert rehearsal.run(MAX) == [(0.1, MAX)]


def test_nor_is_what_was_undone_to_a_savepoint(rehearsal: Rehearsal) -> None:
    with rehearsal.database.write() as connection:
        savepoint = connection.begin_nested()
        rehearsal.orders.keep(connection, DANA)
        savepoint.rollback()
        rehearsal.orders.keep(connection, MAX)
    assert rehearsal.run() == [(0.1, MAX)]


def test_an_order_that_gets_no_answer_is_tried_again_ever_more_slowly(rehearsal: Rehearsal) -> None:
    tried: list[float] = []

    def fail(order: DurableOrder) -> None:
        tried.append(round(rehearsal.exchange.clock.elapsed, 2))
        if len(tried) < 4:
            raise Unavailable("no answer")

    rehearsal.fails = fail
    assert rehearsal.run(MOVE) == [(7.1, MOVE)]
    assert tried == [0.1, 1.1, 3.1, 7.1]
    assert rehearsal.exchange.ladder.find("error") == []


def test_an_order_that_never_gets_one_is_given_up_and_the_ladder_says_so(rehearsal: Rehearsal) -> None:
    def fail(order: DurableOrder) -> None:
        raise Unavailable("no answer")

    rehearsal.fails = fail
    assert rehearsal.run(MOVE) == []
    assert rehearsal.exchange.ladder.texts("error") == ["given up: MoveCaller"]


def test_a_fault_of_our_own_is_not_tried_again_and_the_ladder_says_so(rehearsal: Rehearsal) -> None:
    tried: list[DurableOrder] = []

    def fail(order: DurableOrder) -> None:
        tried.append(order)
        raise KeyError("dana")

    rehearsal.fails = fail
    rehearsal.run(MOVE)
    assert tried == [MOVE]
    assert rehearsal.exchange.ladder.texts("error") == ["MoveCaller: KeyError: 'dana'"]


def test_what_one_listener_is_told_stays_in_its_order(rehearsal: Rehearsal) -> None:
    hooks = [Announce("t_1", "hooks", seq, {"phase": f"{seq}"}) for seq in range(2)]
    webhook = [Announce("t_1", "webhook", seq, {"phase": f"{seq}"}) for seq in range(2)]
    refused: list[DurableOrder] = []

    def fail(order: DurableOrder) -> None:
        if order == webhook[0] and not refused:
            refused.append(order)
            raise Unavailable("the webhook is down")

    rehearsal.fails = fail
    done = rehearsal.run(webhook[0], hooks[0], webhook[1], hooks[1])
    assert done == [(0.1, hooks[0]), (0.1, hooks[1]), (1.1, webhook[0]), (1.1, webhook[1])]


def test_orders_wait_for_an_application_that_is_down(rehearsal: Rehearsal) -> None:
    rehearsal.orders.start(rehearsal.carry_out)
    rehearsal.orders.stop()
    rehearsal.keep(MOVE)
    rehearsal.exchange.loop.call_later(30, rehearsal.orders.start, rehearsal.carry_out)
    rehearsal.exchange.settle()
    assert rehearsal.done == [(30, MOVE)]


def test_an_order_may_be_kept_while_another_is_carried_out(rehearsal: Rehearsal) -> None:
    back = ResumeCaller("t_1", "Nobody came.")

    def follow(order: DurableOrder) -> None:
        if order == MOVE:
            rehearsal.keep(back)

    rehearsal.fails = follow
    assert rehearsal.run(MOVE) == [(0.1, MOVE), (0.2, back)]
