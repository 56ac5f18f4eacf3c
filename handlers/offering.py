"""Carrying out the orders of the waiting line: who takes whom next, and ringing them for it."""

from calls.orders import EndOffer, Match, Offer
from gateways.errors import Unavailable
from handlers.wiring import Wiring


def match(wiring: Wiring, order: Match) -> None:
    """Give whoever waits to whoever is free. Raises Unavailable when it should be tried again a little later."""
    raise Unavailable("nobody is matched yet")


def ring(wiring: Wiring, order: Offer) -> None:
    """Ring the person of one offer, once. Raises Unavailable when it should be tried again a little later."""
    raise Unavailable("nobody is rung yet")


def end(wiring: Wiring, order: EndOffer) -> None:
    """End the leg of one offer. Raises Unavailable when it should be tried again a little later."""
    raise Unavailable("nobody is rung yet")
