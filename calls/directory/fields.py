"""How single settings of the file are read: plain functions that return a value or raise Unreadable."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from calls.directory.errors import Found, text_of
from calls.directory.templates import read_template
from calls.numbers import Unreadable

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_CLASS = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")
_URL = re.compile(r"https?://(?P<secret>[^\s/@]*@)?[A-Za-z0-9.\-\[\]:]+([/?#]\S*)?")
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_HEADER = re.compile(r"X-[A-Za-z0-9-]{1,60}")


def template(value: object) -> str:
    """A text with known placeholders."""
    return read_template(text_of(value))


def texts(value: object) -> tuple[str, ...]:
    """A list of texts; one text alone is a list of one."""
    return tuple(text_of(item) for item in (value if isinstance(value, list) else [value]))


def zone(value: object) -> str:
    """An IANA time zone by name."""
    name = text_of(value)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unreadable("an IANA time zone such as America/New_York") from None
    return name


def country(value: object) -> str:
    """An ISO 3166 country code that has telephone numbers."""
    code = text_of(value)
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise Unreadable("a country code of two capital letters, such as US or NO")
    return code


def regions(value: object) -> tuple[str, ...]:
    """A list of country codes, at least one."""
    if not isinstance(value, list) or not value:
        raise Unreadable("a list of country codes, such as [US, CA]")
    found, codes = Found(), list[str]()
    for n, item in enumerate(value):
        with found.at(f"[{n}]", item):
            codes.append(country(item))
    found.raise_any()
    return tuple(codes)


def language(value: object) -> str:
    """A language tag."""
    return _matching(value, _LANGUAGE, "a language such as en-US")


def voice(value: object) -> str:
    """A voice as the platform names it: engine.voice."""
    return _matching(value, re.compile(r"\S+"), "a voice such as rime.spore")


def languages(value: object) -> tuple[str, ...]:
    """A list of languages as people speak them: "es" is Spanish wherever it is spoken."""
    return tuple(language(item).split("-")[0] for item in (value if isinstance(value, list) else [value]))


def email(value: object) -> str:
    """The address of a mailbox."""
    return _matching(value, _EMAIL, "an e-mail address such as dana@acme.example")


def variable(value: object) -> str:
    """The name of an environment variable; the secret itself stays out of the file."""
    return _matching(value, _VARIABLE, "the NAME of an environment variable that holds user:password")


def class_path(value: object) -> str:
    """module:Class of a developer's own agent."""
    return _matching(value, _CLASS, "a module and a class, such as acme_agents:Concierge")


def modules(value: object) -> tuple[str, ...]:
    """A list of module names, read from the file or read before."""
    named = list(value) if isinstance(value, tuple) else value
    return tuple(_matching(one, _MODULE, "a module's name, such as acme_hooks") for one in texts(named))


def domain(value: object) -> str:
    """A host, with a port if need be."""
    return _matching(value, _DOMAIN, "a host name such as pbx.acme.example")


def _matching(value: object, pattern: re.Pattern[str], wanted: str) -> str:
    text = text_of(value)
    if not pattern.fullmatch(text):
        raise Unreadable(wanted)
    return text


def url(value: object) -> str:
    """An http(s) address without credentials in it."""
    text = text_of(value)
    found = _URL.fullmatch(text)
    if found is None:
        raise Unreadable("an address such as https://agents.partner.example/swml")
    if found["secret"]:
        raise Unreadable("an address without credentials; name a variable that holds them with auth:")
    return text


def music(value: object) -> str:
    """What is played on hold: an address of a sound file, or a tone_stream."""
    text = text_of(value)
    return url(text) if is_sound_file(text) else text


def is_sound_file(music: str) -> bool:
    """Whether it can be heard while a phone rings, too: a tone_stream cannot."""
    return not music.startswith("tone_stream://")


def skills(value: object) -> Mapping[str, Mapping[str, Any]]:
    """Skill names with their settings."""
    if not isinstance(value, Mapping) or not all(isinstance(v, Mapping | None) for v in value.values()):
        raise Unreadable("skills with their settings, such as {datetime: {}}")
    return {text_of(name): dict(parameters or {}) for name, parameters in value.items()}


def headers(value: object) -> tuple[tuple[str, str], ...]:
    """SIP headers; only X- headers, so that none can change where a call goes."""
    if not isinstance(value, Mapping):
        raise Unreadable("SIP headers with their values, such as {X-Team: support}")
    for name, content in value.items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            raise Unreadable(f"headers whose names begin with X-; {name!r} does not")
        if not text_of(content).isprintable():
            raise Unreadable("headers of one printable line each")
    return tuple((name, text_of(content)) for name, content in value.items())


def whole_number(value: object, least: int, most: int) -> int:
    """A whole number between the two."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Unreadable(f"a whole number from {least} to {most}")
    return value


def seconds(value: object, least: int, most: int) -> int:
    """A whole number of seconds between the two."""
    try:
        return whole_number(value, least, most)
    except Unreadable:
        raise Unreadable(f"a whole number of seconds from {least} to {most}") from None
