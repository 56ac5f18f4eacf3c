"""The handoff card: from the link in the text message a person reads what a call is about, and answers.

Whoever has the link has the card, so it is signed, expires, and answers once. Looking changes nothing, however often:
messengers fetch every link they show a preview of. An answer by card is the same event as one by voice or key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import BadRequest

from calls.briefing.briefing import briefing_of
from calls.briefing.card import CALLS_BACK, Answered, Standing, answered, standing
from calls.briefing.conversation import turns_of
from calls.directory.hours import clock_words
from calls.events import Accepted, Declined
from calls.numbers import Number
from calls.phrases.redaction import redacted
from calls.transfer.model import Transfer
from handlers.requests import address
from handlers.web.pages import page, private
from handlers.wiring import Wiring

_LONGEST = 200  # characters of what a person writes; it is read out to the caller
_NO_TIME = "Please write when you will call back."


@dataclass(frozen=True, slots=True)
class Card:
    """One person's card as it stands now."""

    transfer: Transfer
    step: int
    leg: int
    expires: datetime
    answer: Answered | None
    standing: Standing


def routes(wiring: Wiring) -> Blueprint:
    """`/card/<token>`: GET shows the card, POST answers it."""
    pages = Blueprint("cards", __name__, template_folder="templates")

    @pages.get("/card/<token>")
    def show(token: str) -> Response:
        return _shown(wiring, _card(wiring, token))

    @pages.post("/card/<token>")
    def answer(token: str) -> Response:
        card = _card(wiring, token)
        event = _event(card, request.form)
        if event is None:
            return _shown(wiring, card, complaint=_NO_TIME)
        allowed = card.standing.accept if isinstance(event, Accepted) else card.standing.decline
        if allowed:
            wiring.records.apply(card.transfer.id, event, wiring.clock.now())
        # Loading the page again must not send the answer again. Relative, so that it holds behind any proxy.
        return private(Response(status=303, headers={"Location": token}))

    return pages


def _card(wiring: Wiring, token: str) -> Card:
    """The card a link opens. Raises Forged; 410 when it has expired, 404 when its transfer is not on record."""
    _, transfer_id, step, leg, expires = wiring.guard.read(token, "card")
    until = datetime.fromtimestamp(int(expires), UTC)
    if wiring.clock.now() >= until:
        abort(410)
    transfer = wiring.records.transfer(str(transfer_id))
    if transfer is None:
        abort(404)
    place = int(step), int(leg)
    said = answered(_journal(wiring, transfer), *place)
    stands = standing(transfer, *place, said, wiring.directory_of(transfer))
    if transfer.mechanism != "consult" and wiring.carrier is None:  # nobody could stop the phone
        stands = replace(stands, decline=False)
    return Card(transfer, *place, until, said, stands)


def _journal(wiring: Wiring, transfer: Transfer) -> list[Mapping[str, Any]]:
    entries = wiring.records.ledger(call_id=transfer.call_id)
    return next((entry["events"] for entry in entries if entry["id"] == transfer.id), [])


def _event(card: Card, form: Mapping[str, str]) -> Accepted | Declined | None:
    """What was answered; None for a call back without a time."""
    match form.get("answer"):
        case "accept":
            return Accepted(card.step, card.leg, via="card")
        case "decline":
            return Declined(card.step, card.leg, words=_line(form.get("message", "")), via="card")
        case "later":
            when = _line(form.get("when", ""))
            return Declined(card.step, card.leg, words=f"{CALLS_BACK}{when}", via="card") if when else None
        case _:
            raise BadRequest


def _line(text: str) -> str:
    """One line of what can be printed, and so be said, without secrets; they are known before it is cut."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return redacted(" ".join(printable.split()), "spoken")[:_LONGEST]


def _shown(wiring: Wiring, card: Card, *, complaint: str = "") -> Response:
    directory = wiring.directory_of(card.transfer)
    call = wiring.records.call(card.transfer.call_id) or {}
    caller = address(call.get("caller"))
    until = clock_words(card.expires.astimezone(ZoneInfo(directory.timezone)))
    shown = directory.escalation is not None and directory.escalation.transcript
    log = wiring.records.conversation(card.transfer.id) if shown else []
    return page(
        "card.html",
        422 if complaint else 200,
        company=directory.company,
        card=card,
        briefing=briefing_of(card.transfer, caller=caller, directory=directory).card(),
        phone=caller.written if isinstance(caller, Number) else str(caller or ""),
        telephone=str(caller) if isinstance(caller, Number) else "",
        transcript=turns_of(log, "card"),
        until=until,
        complaint=complaint,
        longest=_LONGEST,
    )
