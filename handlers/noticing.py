"""Carrying out the orders to tell a department of a message."""

from calls.orders import Notify
from gateways.errors import Unavailable
from handlers.wiring import Wiring


def notify(wiring: Wiring, order: Notify) -> None:
    """Tell of one message. Raises Unavailable when it should be tried again a little later."""
    raise Unavailable("nobody is told of messages yet")
