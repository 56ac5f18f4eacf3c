"""The worker: carries out the orders that outlive a request. `switchboard worker`, or beside the server."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from gateways.jobs.leases import places_at
from gateways.jobs.worker import OrderEngine
from handlers import logs
from handlers.jobs import cleanup, watchdog
from handlers.services import line_watch, offers
from handlers.services.periodic import Patrol
from handlers.serving.subprocesses import END_WITHIN, ENDING, Child, Signals, starting
from handlers.settings import Settings
from handlers.wiring import Wiring, wire

_MATCHES_EVERY = 5.0  # seconds, should an order to match be lost
_LOOKS_EVERY = 0.5  # seconds between two looks whether its place was lost
_SERVER_FIRST = 1.5  # seconds


def work(settings: Settings, *, until: Sequence[signal.Signals] = ENDING) -> bool:
    """Carry out orders until one of these signals. False when another worker has taken this one's place.

    Ends the process, with one line, when it cannot start.
    """
    logs.configure(json=not sys.stderr.isatty(), level=settings.log_level)
    signals, lost = Signals(until), threading.Event()
    with starting("worker"):
        wiring, engine, patrols = _start(settings, on_lost=lost.set)
    while not (signals.asked or lost.is_set()):
        signals.wait(seconds=_LOOKS_EVERY)
    threading.Thread(target=_end_at_the_latest, args=(signals,), name="end", daemon=True).start()
    for patrol in patrols:
        patrol.stop()
    engine.stop()
    wiring.close()
    return not lost.is_set()


def _start(settings: Settings, *, on_lost: Callable[[], None]) -> tuple[Wiring, OrderEngine, tuple[Patrol, ...]]:
    from handlers.jobs.dispatch import carry_out  # noqa: PLC0415, it imports the SDK

    wiring = wire(settings)
    wiring.records.ready()
    engine = OrderEngine(
        settings.database_url, clock=wiring.clock, on_lost=on_lost, dials_per_second=settings.dials_per_second
    )
    engine.start(partial(carry_out, wiring))
    patrols = _patrols(wiring)
    for patrol in patrols:
        patrol.start()
    return wiring, engine, patrols


def _end_at_the_latest(signals: Signals) -> None:
    """End the process when it is asked to once more, or when what it is doing does not end."""
    until = time.monotonic() + END_WITHIN
    while not signals.again and time.monotonic() < until:
        time.sleep(0.05)
    os._exit(128 + signals.again if signals.again else 1)  # what it was doing, the next worker begins again


def _patrols(wiring: Wiring) -> tuple[Patrol, ...]:
    """Whatever report or order is lost, nobody waits for it for long; and what was left behind is taken away."""
    url = wiring.settings.database_url
    return (
        Patrol("watchdog", partial(watchdog.sweep, wiring), places_at(url, "watch"), every=watchdog.EVERY),
        Patrol("line", partial(line_watch.look, wiring), places_at(url, "line"), every=line_watch.EVERY),
        Patrol("matchmaker", lambda _: offers.sweep(wiring), places_at(url, "match"), every=_MATCHES_EVERY),
        Patrol("tidying", lambda _: cleanup.tidy(wiring), places_at(url, "tidy"), every=cleanup.EVERY),
    )


def beside_server(settings: Settings) -> Child:
    """A worker as the server's child. The server comes first: callers are answered before anything else starts."""
    return Child("worker", _work_as_child, (settings,), after=_SERVER_FIRST)


def _work_as_child(settings: Settings) -> None:
    sys.exit(0 if work(settings, until=(signal.SIGTERM,)) else 1)  # Ctrl-C is the server's
