"""Settings of a department for what callers leave: its voicemail, and who is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from calls.directory import fields
from calls.directory.errors import Found, did_you_mean, text_of
from calls.directory.references import Reading, known
from calls.numbers import Unreadable

LONGEST = 180  # seconds of a recording when the file does not say
LONGEST_LIMITS = (10, 600)  # seconds


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What a caller hears before the tone ("": our own sentence), and how many seconds they may speak.

    `transcribe`: the platform is asked to write down what they say.
    """

    greeting: str = ""
    longest: int = LONGEST
    transcribe: bool = False


@dataclass(frozen=True, slots=True)
class Notices:
    """Who is told when somebody leaves something: people (keys) by text message, people or addresses by e-mail."""

    texts: tuple[str, ...] = ()
    email: tuple[str, ...] = ()


def mailbox(value: object) -> Mailbox:
    """The settings of a voicemail."""
    given = _settings(
        value, ("greeting", "max", "transcribe"), "voicemail", "{greeting: Please leave a message., max: 120}"
    )
    found, greeting, longest = Found(), "", LONGEST
    with found.at("greeting", given.get("greeting")):
        greeting = fields.template(given["greeting"]) if "greeting" in given else ""
    with found.at("max", given.get("max")):
        longest = fields.seconds(given.get("max", LONGEST), *LONGEST_LIMITS)
    transcribe = given.get("transcribe", False)
    if not isinstance(transcribe, bool):
        found.add("transcribe", transcribe, "true or false")
    found.raise_any()
    return Mailbox(greeting, longest, transcribe is True)


def notices(value: object, reading: Reading) -> Notices:
    """Whom to tell, and how."""
    given = _settings(value, ("texts", "email"), "notify", "{texts: [dana], email: [sales@acme.example]}")
    found, people, addresses = Found(), list[str](), list[str]()
    for n, one in enumerate(_listed(given.get("texts"))):
        with found.at(f"texts[{n}]", one):
            people.append(known(one, reading.book.people, "person"))
    for n, one in enumerate(_listed(given.get("email"))):
        with found.at(f"email[{n}]", one):
            text = text_of(one)
            addresses.append(text if text in reading.book.people else fields.email(text))
    found.raise_any()
    return Notices(tuple(dict.fromkeys(people)), tuple(dict.fromkeys(addresses)))


def _settings(value: object, names: tuple[str, ...], what: str, example: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise Unreadable(f"settings of {what}, such as {example}")
    found = Found()
    for unknown in value.keys() - set(names):
        found.add(str(unknown), value[unknown], f"no such setting of {what}{did_you_mean(unknown, names)}")
    found.raise_any()
    return {name: one for name, one in value.items() if one is not None}


def _listed(value: object) -> tuple[str, ...]:
    return () if value is None else fields.texts(value)
