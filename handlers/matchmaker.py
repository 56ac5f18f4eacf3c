"""The worker's own looks at the waiting line: an order to match that was lost keeps nobody waiting for long."""

import threading

import structlog

from gateways.errors import Unavailable
from gateways.places import Places
from handlers.offering import sweep
from handlers.wiring import Wiring

log = structlog.get_logger()

EVERY = 5.0  # seconds from one look to the next


class Matchmaker:
    """Looks in a thread of its own, while it has the one place that all machines share."""

    def __init__(self, wiring: Wiring, place: Places, *, every: float = EVERY) -> None:
        self._wiring, self._place, self._every = wiring, place, every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="matchmaker", daemon=True)

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
                    sweep(self._wiring)
            except Unavailable as fault:
                log.warning("look_put_off", reason=str(fault))
            except Exception:
                log.exception("look_failed")
