"""The worker: carries out the orders that outlive a request. `switchboard worker`, or beside the server."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from gateways.order_engine import OrderEngine
from gateways.places import places_at
from handlers import logs
from handlers.children import belong_to_parent, beside
from handlers.matchmaker import Matchmaker
from handlers.settings import Settings
from handlers.watching import Watchdog
from handlers.wiring import wire


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
    watchdog = Watchdog(wiring, places_at(settings.database_url, "watch"))
    matchmaker = Matchmaker(wiring, places_at(settings.database_url, "match"))
    watchdog.start()
    matchmaker.start()
    asked.wait()
    matchmaker.stop()
    watchdog.stop()
    engine.stop()
    wiring.close()
    return not lost.is_set()


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
