"""The worker: carries out the orders that outlive a request. `switchboard worker`, or beside the server."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from gateways.order_engine import OrderEngine
from gateways.places import places_at
from handlers import logs, offering, tidying, watching
from handlers.children import belong_to_parent, beside
from handlers.patrol import Patrol
from handlers.settings import Settings
from handlers.wiring import Wiring, wire

_MATCHES_EVERY = 5.0  # seconds, should an order to match be lost


def work(settings: Settings) -> bool:
    """Carry out orders until SIGTERM or SIGINT. False when another worker has taken this one's place.

    Raises Unavailable when the database cannot be reached, and Mistakes when the directory file has some.
    """
    from handlers.carrying import carry_out  # noqa: PLC0415, it imports the SDK

    logs.configure(json=not sys.stderr.isatty())
    asked, lost = threading.Event(), threading.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(kind) is not signal.SIG_IGN:
            signal.signal(kind, lambda *_: asked.set())

    def end() -> None:
        lost.set()
        asked.set()

    wiring = wire(settings)
    engine = OrderEngine(
        settings.database_url, clock=wiring.clock, on_lost=end, dials_per_second=settings.dials_per_second
    )
    engine.start(partial(carry_out, wiring))
    patrols = _patrols(wiring)
    for patrol in patrols:
        patrol.start()
    asked.wait()
    for patrol in patrols:
        patrol.stop()
    engine.stop()
    wiring.close()
    return not lost.is_set()


def _patrols(wiring: Wiring) -> tuple[Patrol, ...]:
    """Whatever report or order is lost, nobody waits for it for long; and what was left behind is taken away."""
    url = wiring.settings.database_url
    return (
        Patrol("watchdog", partial(watching.sweep, wiring), places_at(url, "watch"), every=watching.EVERY),
        Patrol("matchmaker", lambda _: offering.sweep(wiring), places_at(url, "match"), every=_MATCHES_EVERY),
        Patrol("tidying", lambda _: tidying.tidy_queues(wiring), places_at(url, "tidy"), every=tidying.EVERY),
    )


@contextmanager
def beside_server(settings: Settings) -> Iterator[None]:
    """A worker as the server's child, as long as the block runs."""
    with beside("worker", work_as_child, settings):
        print("A worker beside it carries out what outlives a request.")  # noqa: T201, said to whoever starts it
        yield


def work_as_child(settings: Settings) -> None:
    """Work until the server ends."""
    belong_to_parent()
    sys.exit(0 if work(settings) else 1)
