"""Requests become values."""

import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qs

import orjson

from agents.documents.urls import Claims
from calls.call import Call, Direction, Leg
from calls.numbers import Number, SipUri, Unreadable
from handlers.auth import Request
from swml.requests import CallInfo, Malformed

_LEGS = {"sip": "sip", "webrtc": "webrtc"}


def json_body(request: Request) -> object:
    """The request's JSON. Raises Malformed with the reason; the size is limited by the app."""
    raw = request.get_data()
    try:
        return orjson.loads(raw)
    except ValueError:
        pass  # nearly always because it is no JSON at all, but the other reader takes what the platform might send: NaN
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):  # not JSON, or nested deeper than anything the platform sends
        raise Malformed("the body is not JSON") from None


def token_of(request: Request) -> str | None:
    """The token in the request's URL."""
    query: str = request.environ.get("QUERY_STRING", "")
    return next(iter(parse_qs(query).get("t", ())), None)


def call_of_fetch(info: CallInfo, agent: str) -> Call:
    """The call as the platform describes its leg. On a call we placed, the caller is the one who was rung."""
    theirs = info.from_ if info.direction != "outbound" else info.to
    return Call(
        id=info.call_id,
        caller=address(theirs),
        line=dialled_line(info),
        leg=cast(Leg, _LEGS.get(info.type, "phone")),
        direction="outbound" if info.direction == "outbound" else "inbound",
        agent=agent,
    )


def call_of_token(claims: Claims, leg_info: CallInfo | None, caller_number: str) -> Call:
    """The call of a tool or a report: what we signed, and the caller as the platform gives it with each of them."""
    _, call_id, agent, line, leg, direction, sent_by, *more = (str(claim) for claim in claims)
    caller = address(caller_number)
    if leg_info:
        caller = call_of_fetch(leg_info, agent).caller or caller
    if str(caller or "") == line:  # on a call we placed the platform's caller ID is our own number
        caller = None
    return Call(
        id=call_id,
        caller=caller,
        line=Number.of_platform(line),
        leg=cast(Leg, leg),
        direction=cast(Direction, direction),
        agent=agent,
        sent_by=sent_by,
        business="".join(more[:1]),
        directory=int("".join(more[1:]) or 0),
    )


def call_of_row(row: Mapping[str, Any]) -> Call:
    """A call as the records keep it."""
    return Call(
        id=row["id"],
        caller=address(row["caller"]),
        line=Number.of_platform(row["line"]),
        leg=row["leg"],
        direction=row["direction"],
        agent=row["agent"],
        business=row["business"],
    )


def dialled_line(info: CallInfo) -> Number | None:
    """Our own line in a call, as the platform describes its leg."""
    return line_of(info.to if info.direction != "outbound" else info.from_)


def line_of(text: str) -> Number | None:
    """Our own number that was dialled, or that we dialled from: as a number, or as the user of a SIP address."""
    number = Number.of_platform(text)
    if number:
        return number
    try:
        return SipUri.parse(text).number
    except Unreadable:
        return None


def address(text: str | None) -> Number | SipUri | None:
    """Where a call comes from, as the platform and our records write it; None when it was withheld."""
    number = Number.of_platform(text or "")
    if number or not text:
        return number
    try:
        return SipUri.parse(text)
    except Unreadable:
        return None
