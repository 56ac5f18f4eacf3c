"""Text messages that come in: read once, acted upon, and answered by the document (or by TwiML) that we return.

Whatever a text sets off can be done twice without harm, and the text is on record only afterwards: when we die in
between, the platform's next try does it again, and one that comes after gets the answer that was kept.
"""

from collections.abc import Mapping
from datetime import timedelta
from xml.sax.saxutils import escape

import structlog
from flask import Blueprint, Response, abort, jsonify, request

from calls.briefing.card import standing
from calls.directory.model import Directory
from calls.events import Accepted, Declined
from calls.messages.sms_keywords import (
    AnswerQuestion,
    CancelCallbacks,
    ComeBack,
    Deed,
    GoAway,
    Known,
    Leave,
    OptIn,
    OptOut,
    Question,
    TextIn,
    person_of,
    understand,
)
from calls.numbers import Number
from calls.orders import KeepMessage
from calls.outcomes import Outcome
from calls.phrases.redaction import shortened
from gateways.directory.versions import NoSuchLine
from gateways.records.texts import Asked
from handlers.auth import Forged
from handlers.requests import json_body
from handlers.services.limits import over_budget
from handlers.services.offers import finish
from handlers.wiring import Wiring
from swml import messaging
from swml.status import parse_inbound_message

log = structlog.get_logger()

_TOO_MANY = "too many"
_ENOUGH = "We have your messages, and keep no more of them in this hour. Please ring us."
_GREETED = timedelta(days=1)  # in which whoever sends one message after the other is answered once
_LONGEST = 4000  # characters that are kept of one text
_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response>{}</Response>'


def routes(wiring: Wiring) -> Blueprint:
    """`/messages` for the platform's own messaging documents, `/messages/twilio` for Twilio's webhook."""
    pages = Blueprint("texts_in", __name__)

    @pages.post("/messages")
    def read_swml() -> Response:
        wiring.guard.credentials(request)
        wiring.guard.signature(request, base=wiring.settings.credentialed_url(""))
        message = parse_inbound_message(json_body(request))
        text = _text(message.message_id, message.from_, message.to, message.body, message.media)
        return jsonify(messaging.answer(_read(wiring, text) if text else ""))

    @pages.post("/messages/twilio")
    def read_twilio() -> Response:
        if wiring.settings.sms_provider != "twilio":
            abort(404)
        _signed_by_twilio(wiring)
        form = request.form
        media = tuple(form.get(f"MediaUrl{n}", "") for n in range(10))
        text = _text(form.get("MessageSid", ""), form.get("From", ""), form.get("To", ""), form.get("Body", ""), media)
        # Twilio answers the carriers' keywords itself, and sends nothing of ours after STOP.
        return _twiml(_read(wiring, text, provider_answers=True) if text else "")

    return pages


def _text(text_id: str, from_: str, to: str, body: str, media: tuple[str, ...]) -> TextIn | None:
    """The text as a value; None for one that nobody could answer: from a short code or a name, or without an id."""
    writer, line = Number.of_platform(from_), Number.of_platform(to)
    if not (text_id and writer and line):
        log.warning("text_ignored", writer=bool(writer), line=bool(line), id=bool(text_id))
        return None
    return TextIn(text_id, writer, line, shortened(body, _LONGEST), tuple(one for one in media if one))


def _read(wiring: Wiring, text: TextIn, *, provider_answers: bool = False) -> str:
    """Do what a text asks for, once; what it is answered. Raises Unavailable."""
    known_reply = wiring.records.text_reply(text.id)
    if known_reply is not None:
        return known_reply
    try:
        directory = wiring.directories.current(wiring.business_of(text.to))
    except NoSuchLine as reason:
        log.warning("nobodys_text", reason=str(reason))
        return ""
    now = wiring.clock.now()
    asked = _asked(wiring, text, directory)
    meaning = understand(text, directory, _known(wiring, text, directory, tuple(asked)), now)
    done = [_do(wiring, text, directory, deed, asked) for deed in meaning.deeds]
    if not all(done):
        told = wiring.records.wrote_since(text, directory.business, _TOO_MANY, now - timedelta(hours=1))
        return wiring.records.keep_text(text, directory.business, _TOO_MANY, "" if told else _ENOUGH, now)
    log.info("text_read", text=text.id, did=meaning.did)
    reply = "" if meaning.keyword and provider_answers else meaning.reply
    return wiring.records.keep_text(text, directory.business, meaning.did, reply, now)


def _known(wiring: Wiring, text: TextIn, directory: Directory, questions: tuple[Question, ...]) -> Known:
    records, business, number = wiring.records, directory.business, text.from_.e164
    return Known(
        opted_out=records.opted_out(number, business),
        callbacks=sum(entry.number == number for entry in records.callbacks(business)),
        questions=questions,
        greeted=records.wrote_since(text, business, "message", wiring.clock.now() - _GREETED),
    )


def _asked(wiring: Wiring, text: TextIn, directory: Directory) -> Mapping[Question, Asked]:
    """What whoever wrote is asked to take just now, when they are one of the business's people."""
    writer = person_of(text.from_, directory)
    found = wiring.records.asked_now(directory.business, writer.key) if writer else []
    questions = ((_question(wiring, one, directory), one) for one in found)
    return {question: one for question, one in questions if question}


def _question(wiring: Wiring, asked: Asked, directory: Directory) -> Question | None:
    """As the card of that leg would put it. Whoever is offered somebody in a queue takes them by picking up."""
    transfer = asked.transfer
    if transfer is None:
        return Question(asked.offer_id, accept=False, decline=True)
    if not any((leg.step, leg.leg) == (asked.step, asked.leg) and leg.asked for leg in transfer.plan):
        return None
    stands = standing(transfer, asked.step, asked.leg, None, directory)
    may_stop = transfer.mechanism == "consult" or wiring.carrier is not None
    return Question(f"{transfer.id}/{asked.step}/{asked.leg}", stands.accept, stands.decline and may_stop)


def _do(wiring: Wiring, text: TextIn, directory: Directory, deed: Deed, asked: Mapping[Question, Asked]) -> bool:
    """Do one thing. False when it is a message too many."""
    records, business, now = wiring.records, directory.business, wiring.clock.now()
    match deed:
        case GoAway():
            records.set_away(business, deed.person, deed.until, now)
        case ComeBack():
            records.set_back(business, deed.person, now)
        case AnswerQuestion():
            _answer(wiring, asked[deed.question], deed)
        case OptOut():
            records.opt_out(text.from_.e164, deed.keyword, now, business)
            records.cancel_placed(business, text.from_, f"they texted {deed.keyword}", now)
        case OptIn():
            records.opt_in(text.from_.e164, business)
        case CancelCallbacks():
            records.cancel_callbacks(business, text.from_.e164, now)
        case Leave():
            if over_budget(wiring, directory, "notices", text.from_, text.to):
                return False
            records.keep_message(_message(text, business, deed, wiring))
    return True


def _answer(wiring: Wiring, asked: Asked, deed: AnswerQuestion) -> None:
    """The same event as by voice, key or card."""
    now = wiring.clock.now()
    if asked.transfer is None:
        found = wiring.records.offer(asked.offer_id)
        if found:
            finish(wiring, *found, Outcome.DECLINED)
            wiring.records.stop_phone(asked.offer_id)
    elif deed.accepts:
        wiring.records.apply(asked.transfer.id, Accepted(asked.step, asked.leg, via="text"), now)
    else:
        words = " ".join(deed.words.split())
        wiring.records.apply(asked.transfer.id, Declined(asked.step, asked.leg, words=words, via="text"), now)


def _message(text: TextIn, business: str, deed: Leave, wiring: Wiring) -> KeepMessage:
    return KeepMessage(
        key=f"text:{text.id}",
        kind="text",
        call_id=None,
        destination=deed.department,
        at=wiring.clock.now(),
        body=deed.body,
        name=deed.name,
        number=text.from_,
        business=business,
    )


def _signed_by_twilio(wiring: Wiring) -> None:
    """Twilio's own signature over the URL and the form. Raises Forged."""
    from twilio.request_validator import RequestValidator  # noqa: PLC0415, a quarter of a second that few need

    url = f"{wiring.settings.public_url}{request.full_path.rstrip('?')}"
    signature = request.headers.get("X-Twilio-Signature", "")
    if not RequestValidator(wiring.settings.twilio_auth_token).validate(url, request.form, signature):
        raise Forged


def _twiml(reply: str) -> Response:
    message = f"<Message>{escape(reply)}</Message>" if reply else ""
    return Response(_TWIML.format(message), mimetype="text/xml")
