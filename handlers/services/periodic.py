"""What the worker looks after of its own accord, again and again: one for all machines."""

import threading
from collections.abc import Callable

import structlog

from gateways.errors import Unavailable
from gateways.jobs.leases import Places

log = structlog.get_logger()

Pause = Callable[[float], object]
"""Waits so many seconds within a look. What is true ends the look: the worker is about to stop."""


class Patrol:
    """Looks every so many seconds, in a thread of its own, while it has the one place that all machines share.

    What goes wrong in a look is logged, and the next look may do better.
    """

    def __init__(self, name: str, look: Callable[[Pause], object], place: Places, *, every: float) -> None:
        self._name, self._look, self._place, self._every = name, look, place, every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin, with the first look `every` seconds from now."""
        self._thread.start()

    def stop(self) -> None:
        """End the look that is under way, and leave the place to another."""
        self._stopping.set()
        self._thread.join()
        self._place.close()

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                if self._place.keep(0):
                    self._look(self._stopping.wait)
            except Unavailable as fault:
                log.warning("look_put_off", patrol=self._name, reason=str(fault))
            except Exception:
                log.exception("look_failed", patrol=self._name)
