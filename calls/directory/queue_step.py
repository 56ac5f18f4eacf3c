"""The step in which a caller waits in line for whoever is free next."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

from calls.directory.errors import Found, did_you_mean, text_of
from calls.directory.fields import seconds, url
from calls.numbers import Unreadable

WAIT = 300  # seconds in a queue when the file does not say
WAIT_LIMITS = (10, 3600)  # seconds

_SETTINGS = ("name", "wait", "music", "people")


@dataclass(frozen=True, slots=True)
class Queue:
    """Wait for the next free person, `wait` seconds at most, with `music` (the address of a sound file).

    `people` are those who take its callers, by their keys in the file; nobody named means the people of the departments
    that have this queue.
    """

    kind: ClassVar[str] = "queue"
    name: str
    wait: int = WAIT
    music: str | None = None
    people: tuple[str, ...] = ()


def read_queue(value: object, people: Collection[str]) -> Queue:
    """Read a queue: its name, or its settings. `people` are the keys that are known. Raises Mistakes, Unreadable."""
    if not isinstance(value, Mapping):
        return Queue(read_queue_name(value))
    found, name, wait, music, named = Found(), "", WAIT, None, tuple[str, ...]()
    for unknown in value.keys() - set(_SETTINGS):
        found.add(str(unknown), value[unknown], f"no such setting of queue{did_you_mean(unknown, _SETTINGS)}")
    with found.at("name", value.get("name")):
        name = read_queue_name(value.get("name"))
    with found.at("wait", value.get("wait")):
        wait = seconds(value.get("wait", WAIT), *WAIT_LIMITS)
    with found.at("music", value.get("music")):
        music = url(value["music"]) if value.get("music") is not None else None
    with found.at("people", value.get("people")):
        named = _people(value.get("people"), people)
    found.raise_any()
    return Queue(name, wait, music, named)


def read_queue_name(value: object) -> str:
    """A queue's name, as the platform takes it too. Raises Unreadable."""
    name = text_of(value)
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise Unreadable("a queue's name of letters, digits, - and _")
    return name


def _people(value: object, known: Collection[str]) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not value:
        raise Unreadable("a list of people, such as [dana, lee]")
    found, keys = Found(), list[str]()
    for n, one in enumerate(value):
        with found.at(f"[{n}]", one):
            key = text_of(one)
            if key not in known:
                raise Unreadable(f"somebody of `people:`{did_you_mean(key, known)}")
            keys.append(key)
    found.raise_any()
    return tuple(dict.fromkeys(keys))
