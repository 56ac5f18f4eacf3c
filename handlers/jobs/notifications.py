"""Telling a department of a message: by text, by e-mail, by hook and webhook; and fetching its recording.

Each channel is told once, and noted as soon as it was. What did not work is tried again, without those who know
already; what will never work is kept with the message, where whoever lists messages sees it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from calls.directory.model import Directory
from calls.messages.message import Message
from calls.messages.notifications import as_event, as_mail, as_text, channels, without_secrets
from calls.numbers import Number
from calls.orders import Notify, SendText
from gateways.directory.versions import NoSuchBusiness
from gateways.errors import Unavailable
from gateways.messaging.sms import OPTED_OUT, Sent, may_pass
from gateways.signalwire.recordings import NotARecording
from handlers.requests import call_of_row
from handlers.services.limits import over_budget
from handlers.wiring import Wiring

log = structlog.get_logger()

_TEXT_WITHIN = 5.0  # seconds
_OVER = "as many people were told of messages in this hour as is allowed"
_TRANSCRIPT_WITHIN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something did not work. `again`: it may work later."""

    words: str
    again: bool


def notify(wiring: Wiring, order: Notify) -> None:
    """Tell of one message. Raises Unavailable when some of it should be tried again a little later."""
    message = wiring.records.message(order.message_id)
    if message is None:
        log.error("order_without_message", message=order.message_id)
        return
    try:
        directory = wiring.directories.current(message.business)
    except NoSuchBusiness:
        log.error("message_of_no_business", message=message.id, business=message.business)
        return
    missing = list(_fetch(wiring, message))
    if _is_transcribed(message, directory, wiring.clock.now()):
        raise Unavailable("its transcript is awaited")
    troubles = [*_tell_all(wiring, message, directory), *missing]
    wiring.records.message_error(message.id, "; ".join(trouble.words for trouble in troubles))
    if again := [trouble.words for trouble in troubles if trouble.again]:
        raise Unavailable("; ".join(again))


def _is_transcribed(message: Message, directory: Directory, now: datetime) -> bool:
    """Whether what was said may still come: whoever is told of a voicemail wants to know it."""
    department = directory.departments.get(message.destination)
    wanted = message.kind == "voicemail" and department is not None and department.voicemail.transcribe
    return wanted and not message.transcript and now - message.at < _TRANSCRIPT_WITHIN


def _tell_all(wiring: Wiring, message: Message, directory: Directory) -> Iterator[Trouble]:
    listeners = {
        "hooks": bool(wiring.hooks(message.business).of_messages),
        "webhook": wiring.webhook is not None,
    }
    wanted = [one for one in channels(message, directory, listeners) if one not in message.told]
    people = [one for one in wanted if one.partition(" ")[0] in ("text", "email")]
    if people and _is_one_too_many(wiring, message, directory):
        yield Trouble(_OVER, again=False)
        wanted = [one for one in wanted if one not in people]
    for channel in wanted:
        trouble = _tell(wiring, message, directory, channel)
        if trouble:
            yield Trouble(f"{channel}: {trouble.words}", trouble.again)
        else:
            wiring.records.message_told(message.id, channel)


def _is_one_too_many(wiring: Wiring, message: Message, directory: Directory) -> bool:
    """Whether people are told of no more messages because of this caller, or on this line, in this hour.

    A text message was counted as it came in; what is tried again was counted before.
    """
    if message.error == _OVER:
        return True
    if message.kind == "text" or message.told or message.error:
        return False
    row = wiring.records.call(message.call_id) if message.call_id else None
    caller = call_of_row(row).caller if row else message.number
    return over_budget(wiring, directory, "notices", caller, message.line)


def _tell(wiring: Wiring, message: Message, directory: Directory, channel: str) -> Trouble | None:
    how, _, who = channel.partition(" ")
    try:
        match how:
            case "text":
                return _text(wiring, message, directory, who)
            case "email":
                return _mail(wiring, message, directory, who)
            case "hooks":
                wiring.hooks(message.business).tell(without_secrets(message))
            case "webhook" if wiring.webhook:
                wiring.webhook.post(as_event(message))
    except Unavailable as fault:
        return Trouble(str(fault), again=True)
    return None


def _text(wiring: Wiring, message: Message, directory: Directory, who: str) -> Trouble | None:
    to, line = directory.people[who].phone, _line(message, directory)
    if wiring.outbox is None:
        return Trouble("no credentials of a provider of text messages", again=False)
    if to is None or line is None:
        return Trouble("no number to text from or to", again=False)
    if wiring.records.opted_out(to.e164, message.business):
        return Trouble("opted out of texts", again=False)
    order = SendText(to, line, as_text(message, directory), "person", to.untextable())
    sent = wiring.outbox.send(order, within=_TEXT_WITHIN)
    if sent.reason == OPTED_OUT:
        wiring.records.opt_out(to.e164, "the provider said so", wiring.clock.now(), message.business)
    return _trouble(sent)


def _line(message: Message, directory: Directory) -> Number | None:
    """The line that was called, while it is still ours; another one otherwise."""
    if message.line in directory.lines:
        return Number(message.line)
    return next((Number(line) for line in directory.lines), None)


def _mail(wiring: Wiring, message: Message, directory: Directory, who: str) -> Trouble | None:
    person = directory.people.get(who)
    to = person.email if person else who
    if wiring.mail is None or to is None:
        return Trouble("SMTP_URL is not set" if to else "no e-mail address", again=False)
    return _trouble(wiring.mail.send(as_mail(message, directory), to=to, name=directory.company))


def _trouble(sent: Sent) -> Trouble | None:
    return None if sent.fate == "sent" else Trouble(sent.reason, may_pass(sent))


def _fetch(wiring: Wiring, message: Message) -> Iterator[Trouble]:
    """Its recording as a file of ours; where that cannot be had, the platform's address of it stays."""
    if not message.url or message.file:
        return
    name = f"{message.at:%Y-%m-%d-%H%M%S}-message-{message.id}"
    try:
        wiring.records.keep_recording(message.id, wiring.recordings.fetch(message.url, name))
    except Unavailable as fault:
        yield Trouble(str(fault), again=True)
    except NotARecording as fault:
        yield Trouble(str(fault), again=False)
