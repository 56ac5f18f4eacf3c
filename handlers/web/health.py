"""`/health`: this process is alive. `/ready`: it can take calls. Neither needs credentials, neither says more."""

import threading
import time
from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from gateways.errors import Unavailable
from handlers.wiring import Wiring

_GOOD_FOR = 1.0  # seconds


class _Proof:
    """That something can be kept. It costs a write, and anybody may ask: a proof is good for a second."""

    def __init__(self, prove: Callable[[], None]) -> None:
        self._prove, self._lock, self._until = prove, threading.Lock(), 0.0

    def give(self) -> None:
        """Raises Unavailable."""
        with self._lock:
            if time.monotonic() > self._until:
                self._prove()
                self._until = time.monotonic() + _GOOD_FOR


def routes(wiring: Wiring) -> Blueprint:
    """The two questions a load balancer asks."""
    pages = Blueprint("health", __name__)

    @pages.get("/health")
    def health() -> Response:
        return jsonify(status="ok")

    proof = _Proof(wiring.records.ready)

    @pages.get("/ready")
    def ready() -> tuple[Response, int]:
        try:
            proof.give()
            wiring.directories.all()
        except Unavailable as fault:
            return jsonify(status="not ready", reason=str(fault)), 503
        return jsonify(status="ready"), 200

    return pages
