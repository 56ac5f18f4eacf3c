"""`/health`: this process is alive. `/ready`: it can take calls. Neither needs credentials, neither says more."""

from flask import Blueprint, Response, jsonify

from gateways.errors import Unavailable
from handlers.wiring import Wiring


def routes(wiring: Wiring) -> Blueprint:
    """The two questions a load balancer asks."""
    pages = Blueprint("health", __name__)

    @pages.get("/health")
    def health() -> Response:
        return jsonify(status="ok")

    @pages.get("/ready")
    def ready() -> tuple[Response, int]:
        try:
            wiring.records.ready()
            wiring.directories.all()
        except Unavailable as fault:
            return jsonify(status="not ready", reason=str(fault)), 503
        return jsonify(status="ready"), 200

    return pages
