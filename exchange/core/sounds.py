"""What a leg hears, and for how long: play URIs, speech, tones. Nothing is synthesised; only time is kept."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["speech", "music", "ringback", "silence", "talk", "tone", "own speech", "listening"]

WORDS_PER_SECOND = 2.5
FILE_SECONDS = 3.0  # a file's length is not known here
RING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Sound:
    """One thing heard on a leg, in seconds of the exchange's clock."""

    kind: Kind
    start: float
    end: float
    text: str = ""


def seconds_of(text: str) -> float:
    """How long a sentence takes to say."""
    return round(max(0.6, len(text.split()) / WORDS_PER_SECOND), 3)


def read_uri(uri: str) -> tuple[Kind, str, float] | None:
    """(kind, what is heard, seconds) of a play URI: a file, say:, silence: or ring:. None: not one."""
    scheme, _, rest = uri.partition(":")
    if scheme == "say":
        return "speech", rest.strip(), seconds_of(rest)
    if scheme == "silence":
        seconds = rest.strip()
        return ("silence", "", float(seconds)) if seconds.replace(".", "", 1).isdigit() else None
    if scheme == "ring":
        seconds = rest.split(":")[0]
        return "ringback", uri, float(seconds) if seconds.replace(".", "", 1).isdigit() else RING_SECONDS
    if scheme in ("http", "https") and urlsplit(uri).hostname:
        return "music", urlsplit(uri).path, FILE_SECONDS
    return None


def longest_silence(sounds: list[Sound], start: float, end: float) -> float:
    """The longest stretch between two moments in which nothing was heard, in seconds."""
    heard, longest = start, 0.0
    for sound in sorted((s for s in sounds if s.kind != "silence"), key=lambda s: s.start):
        longest = max(longest, min(sound.start, end) - heard)
        heard = max(heard, sound.end)
    return round(max(longest, end - heard, 0.0), 3)
