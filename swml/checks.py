"""What the platform would refuse, refused here: checks that several verbs share. All raise ValueError."""

import re

from swml.live import Live

VARIABLE = ("${", "%{")
"""How a variable begins. The platform fills it in wherever it finds one in a document."""

_SOUNDS = ("http://", "https://", "say:", "silence:", "ring:")
_SECTION = re.compile(r"[A-Za-z_][\w-]*")


def is_variable(text: str) -> bool:
    """Whether an expression of ours stands at the beginning, so that only the platform knows what the text will be."""
    return isinstance(text, Live) and text.startswith(VARIABLE)


def at_least(least: float, **values: float | None) -> None:
    """Raise ValueError for a value below `least`; None passes."""
    for name, value in values.items():
        if value is not None and value < least:
            raise ValueError(f"{name} must be at least {least}, not {value}")


def one_of(allowed: tuple[str, ...], **values: str | None) -> None:
    """Raise ValueError for a word that is not allowed; None passes."""
    for name, value in values.items():
        if value is not None and value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")


def exactly_one(**given: object) -> None:
    """Raise ValueError unless exactly one of the arguments is given (is not None and not empty)."""
    present = [name for name, value in given.items() if value]
    if len(present) != 1:
        raise ValueError(f"exactly one of {', '.join(given)} is needed, not {', '.join(present) or 'none'}")


def web(**urls: str | None) -> None:
    """Raise ValueError for an address that is neither http(s) nor a variable; None passes."""
    for name, url in urls.items():
        if url is not None and not url.startswith(("https://", "http://")) and not is_variable(url):
            raise ValueError(f"{name} must be an http or https URL")


def script(**places: str | None) -> None:
    """Raise ValueError unless each is a place a script can go: a section, a URL or an inline JSON document."""
    for name, place in places.items():
        if place is None or place.startswith(("https://", "http://", "{")) or _SECTION.fullmatch(place):
            continue
        if is_variable(place):
            continue
        raise ValueError(f"{name} must be a section, a URL or a document; numbers and SIP URIs are dialled by connect")


def playable(sounds: tuple[str, ...], volume: float | None = None) -> None:
    """Raise ValueError for what cannot be played, or a volume outside -40 to 40."""
    for sound in sounds:
        if not (sound.startswith(_SOUNDS) or is_variable(sound)):
            raise ValueError("what is played is an http(s) URL, say:, silence: or ring:")
        if "\n" in sound or "\r" in sound:
            raise ValueError("what is played is one line; swml.speech.say makes it one")
    if volume is not None and not -40 <= volume <= 40:
        raise ValueError(f"volume must be -40 to 40, not {volume}")
