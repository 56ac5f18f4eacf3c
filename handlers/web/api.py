"""For other programs: `POST /api/calls` asks for a call, `GET /api/calls/<id>` tells what became of it."""

import hmac
from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, request, url_for

from calls.numbers import Number
from calls.outbound.calls import NotPlaced
from gateways.directory.versions import NoSuchBusiness, NoSuchLine
from gateways.errors import Unavailable
from handlers.requests import json_body
from handlers.services.outbound import Unwanted, ask, read_key, read_wanted, to_json
from handlers.wiring import Wiring
from swml.requests import Malformed

_STATUS = {"key_used": 409, "too_many": 429, "not_then": 422, "not_our_line": 422}  # all others: 403, never asked again
_RETRY_AFTER = "60"  # seconds
_LATER = "The database does not answer. Ask again with the same key; no call is placed twice."


def routes(wiring: Wiring) -> Blueprint:
    """`/api/calls` and `/api/calls/<id>`."""
    pages = Blueprint("api", __name__, url_prefix="/api")

    @pages.before_request
    def guard() -> Response | None:
        return _refused(wiring.settings.api_key, request.headers.get("Authorization", ""))

    @pages.errorhandler(Unwanted)
    def unwanted(reason: Unwanted) -> Response:
        return _no(422, str(reason), field=reason.field)

    @pages.errorhandler(Unavailable)
    def unavailable(_: Unavailable) -> Response:
        return _again(_no(503, _LATER))

    @pages.post("/calls")
    def ask_for_call() -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return _no(400, "The header Idempotency-Key is missing: a name for this call, the same when asked again.")
        body = json_body(request)
        if not isinstance(body, dict):
            raise Malformed("the body is not a JSON object")
        return _place(wiring, read_key(key), body)

    @pages.get("/calls/<placed_id>")
    def tell_of_call(placed_id: str) -> Response:
        call = wiring.records.placed_call(placed_id)
        return jsonify(to_json(call)) if call else _no(404, "There is no such call.")

    return pages


def _place(wiring: Wiring, key: str, body: Mapping[str, object]) -> Response:
    now = wiring.clock.now()
    staff = wiring.staff(_business(wiring, body))
    wanted = read_wanted(body, staff.directory, now)
    if not staff.has(wanted.agent):
        raise Unwanted("agent", f"no agent {wanted.agent} answers here; there are {', '.join(staff.names)}")
    placed_id = f"p_{wiring.chance.getrandbits(96):024x}"
    placed = ask(wiring.records, staff.directory, wanted, key=key, placed_id=placed_id, now=now)
    if isinstance(placed, NotPlaced):
        response = _no(_STATUS.get(placed.why, 403), placed.sentence, why=placed.why)
        return _again(response) if response.status_code == 429 else response
    response = jsonify(to_json(placed.call))
    response.status_code = 201 if placed.fresh else 200
    response.headers["Location"] = url_for("api.tell_of_call", placed_id=placed.call.id)
    return response


def _business(wiring: Wiring, body: Mapping[str, object]) -> str:
    """Whose call it is: as named, else by its line; where there is one business, that. Raises Unwanted."""
    named, line = body.get("business"), body.get("line")
    if named is not None and not isinstance(named, str):
        raise Unwanted("business", "text")
    try:
        if named is not None:
            return wiring.directories.current(named).business
        return wiring.business_of(Number.of_platform(line) if isinstance(line, str) else None)
    except NoSuchBusiness as reason:
        raise Unwanted("business", str(reason)) from None
    except NoSuchLine:
        raise Unwanted("line", "one of our lines, or name the business") from None


def _refused(api_key: str, authorization: str) -> Response | None:
    """401 without the key; 403 where there is none, so that nobody can have it."""
    if not api_key:
        return _no(403, "No API_KEY is set here, so this interface is closed.")
    scheme, _, given = authorization.partition(" ")
    right = hmac.compare_digest(given.strip().encode(), api_key.encode())
    if scheme.lower() == "bearer" and right:
        return None
    response = _no(401, "Authorization: Bearer, with the API_KEY of this installation.")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _no(status: int, reason: str, **more: str) -> Response:
    response = jsonify(error=reason, **more)
    response.status_code = status
    return response


def _again(response: Response) -> Response:
    response.headers["Retry-After"] = _RETRY_AFTER
    return response
