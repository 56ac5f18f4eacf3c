"""An error becomes a document for a caller, text for the model, a page for a browser, JSON for the platform.

The one broad `except` of the app is here, and it still answers the caller: an apology, and the line's fallback.
"""

import structlog
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from agents.documents.apology import apology
from calls.numbers import Address
from gateways.directory.versions import NoSuchLine
from gateways.errors import Unavailable
from handlers.auth import Forged, Unauthorized
from handlers.requests import line_of
from handlers.web.pages import PATHS, notice
from handlers.wiring import Wiring
from swml import verbs
from swml.render import render, render_reply
from swml.replies import Reply
from swml.requests import Malformed
from swml.verbs import Document

log = structlog.get_logger()

_TOOL_FAILED = "That did not work just now. Tell the caller, and offer to take a message or to try again."


def register(app: Flask, wiring: Wiring) -> None:
    """Teach the app how to fail."""

    @app.errorhandler(Unauthorized)
    def unauthorized(_: Unauthorized) -> tuple[Response, int, dict[str, str]]:
        return (
            jsonify(error="Credentials are missing or wrong."),
            401,
            {"WWW-Authenticate": 'Basic realm="switchboard"'},
        )

    @app.errorhandler(Forged)
    def forged(_: Forged) -> Response:
        return _no(403, "The token or signature is not valid.")

    @app.errorhandler(Malformed)
    def malformed(fault: Malformed) -> Response:
        return _no(400, str(fault))

    @app.errorhandler(HTTPException)
    def http(fault: HTTPException) -> Response:
        return _no(fault.code or 500, str(fault.description))

    @app.errorhandler(Exception)
    def surprise(fault: Exception) -> Response:
        log.exception("surprise", path=request.path, kind=type(fault).__name__)
        if request.path.startswith("/swml"):
            return jsonify(render(fallback(wiring)))
        if request.path == "/tools":
            return jsonify(render_reply(Reply(_TOOL_FAILED)))
        return _no(503 if isinstance(fault, Unavailable) else 500, "Something went wrong on our side.")


def _no(status: int, reason: str) -> Response:
    """An error as whoever asked can read it."""
    if request.path.startswith(PATHS):
        return notice(status, request.path)
    response = jsonify(error=reason)
    response.status_code = status
    return response


def fallback(wiring: Wiring) -> Document:
    """An apology, then the person the line falls back to; made without any part that may have failed."""
    return Document(main=(verbs.Answer(), *apology(_fallback(wiring))))


def _fallback(wiring: Wiring) -> Address | None:
    body = request.get_json(silent=True)
    call = body.get("call") if isinstance(body, dict) else None
    number = line_of(str(call.get("to"))) if isinstance(call, dict) else None
    try:
        return wiring.directories.current(wiring.business_of(number)).fallback(number)
    except NoSuchLine:
        return None
