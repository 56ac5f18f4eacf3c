"""What a department is told of a message: as a text message, as an e-mail, as an event. No secret is among it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from calls.directory.model import Directory
from calls.messages.message import Message
from calls.phrases.redaction import Channel, redacted

_LONGEST_QUOTE = 400  # characters of a text message; whoever needs the rest looks the message up
_LONGEST_SUBJECT = 150  # characters

_WORDS = {
    "message": "Message",
    "callback": "Callback wanted",
    "voicemail": "Voicemail",
    "text": "Text message",
    "missed": "Missed call",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail in plain text. `key` is the same for the same message, so that a mailbox can tell it was told twice."""

    subject: str
    body: str
    key: str


def as_text(message: Message, directory: Directory) -> str:
    """The text message, on one line."""
    said = _said(message, "text")
    quoted = f': "{_cut(said, _LONGEST_QUOTE)}"' if said else "."
    when = f", {_wanted(message)}" if message.wanted_at else ""
    length = f", {_length(message.seconds)}" if message.seconds else ""
    return f"{_what(message, directory)} from {_who(message, 'text')}{length}{when}{quoted} (message {message.id})"


def as_mail(message: Message, directory: Directory) -> Mail:
    """The e-mail. The recording is not part of it: what is said there may be secret, and nothing takes it out."""
    lines = [f"From: {_who(message, 'text')}", f"When: {_when(message, directory)}"]
    lines += [f"Length: {_length(message.seconds)}"] if message.seconds else []
    lines += [f"Wants to be rung: {_wanted(message)}"] if message.wanted_at else []
    lines += ["", said] if (said := _said(message, "text")) else []
    hear = [f"To hear it: switchboard messages play {message.id}"] if message.url else []
    lines += ["", *hear, f"Once it is seen to: switchboard messages close {message.id}", ""]
    subject = f"{_what(message, directory)} from {_who(message, 'text')}"
    key = f"message-{message.id}.{message.at:%Y%m%d%H%M%S}"
    return Mail(_cut(subject, _LONGEST_SUBJECT), "\n".join(lines), key)


def as_event(message: Message) -> dict[str, Any]:
    """What the events webhook is told, as JSON values."""
    told = without_secrets(message)
    return {
        "event": "message",
        "id": f"message:{told.id}",
        "message": told.id,
        "business": told.business,
        "kind": told.kind,
        "destination": told.destination,
        "at": told.at.isoformat(),
        "call_id": told.call_id,
        "transfer": told.transfer_id,
        "name": told.name,
        "number": told.number,
        "body": told.body,
        "wanted_at": told.wanted_at,
        "seconds": told.seconds,
        "transcript": told.transcript,
    }


def without_secrets(message: Message) -> Message:
    """The same message without what must not be repeated, for another program."""
    return replace(
        message,
        name=redacted(message.name, "event"),
        body=redacted(message.body, "event"),
        wanted_at=redacted(message.wanted_at, "event"),
        transcript=redacted(message.transcript, "event"),
    )


def channels(message: Message, directory: Directory, listeners: Mapping[str, bool]) -> tuple[str, ...]:
    """Everybody who is to be told, in order: "text dana", "email sales@acme.example", and those who listen."""
    department = directory.departments.get(message.destination)
    told = department.notify if department else None
    named = [*(f"text {one}" for one in told.texts), *(f"email {one}" for one in told.email)] if told else []
    return (*named, *(name for name, listens in listeners.items() if listens))


def _what(message: Message, directory: Directory) -> str:
    department = directory.departments.get(message.destination)
    return f"{_WORDS[message.kind]} for {department.title if department else message.destination}"


def _who(message: Message, channel: Channel) -> str:
    known = (_line(message.name, channel), message.number)
    return ", ".join(one for one in known if one) or "a withheld number"


def _said(message: Message, channel: Channel) -> str:
    return _line(message.body or message.transcript, channel)


def _wanted(message: Message) -> str:
    return _line(message.wanted_at, "text")


def _line(text: str, channel: Channel) -> str:
    """On one line, so that nothing poses as a line of ours."""
    return " ".join(redacted(text, channel).split())


def _when(message: Message, directory: Directory) -> str:
    local = message.at.astimezone(ZoneInfo(directory.timezone))
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M} ({directory.timezone})"


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} min" if minutes else f"{rest} s"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
