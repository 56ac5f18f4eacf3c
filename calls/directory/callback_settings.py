"""Settings of a department for callers who are to be rung back: how often that is tried."""

from collections.abc import Mapping
from dataclasses import dataclass

from calls.directory import fields
from calls.directory.errors import Found, did_you_mean
from calls.numbers import Unreadable

TRIES, TRIES_LIMITS = 3, (1, 10)
EVERY, EVERY_LIMITS = 10, (1, 1440)  # minutes


@dataclass(frozen=True, slots=True)
class Callbacks:
    """A caller who does not answer is rung `tries` times in all, `every` so many minutes."""

    tries: int = TRIES
    every: int = EVERY


def callbacks(value: object) -> Callbacks:
    """The settings of a department's callbacks. Raises Mistakes, Unreadable."""
    if not isinstance(value, Mapping):
        raise Unreadable("settings of callbacks, such as {tries: 3, every: 10}")
    found, tries, every = Found(), TRIES, EVERY
    for name in value.keys() - {"tries", "every"}:
        found.add(str(name), value[name], f"no such setting of callbacks{did_you_mean(name, ['tries', 'every'])}")
    with found.at("tries", value.get("tries")):
        tries = fields.whole_number(value.get("tries", TRIES), *TRIES_LIMITS)
    with found.at("every", value.get("every")):
        every = fields.whole_number(value.get("every", EVERY), *EVERY_LIMITS)
    found.raise_any()
    return Callbacks(tries, every)
