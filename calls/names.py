"""Names people say: the ones that mean the same, the ones that may stand in the file, and the caller's own."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from calls.numbers import Unreadable

CALLER_NAMES = ("caller_name", "name", "customer_name", "full_name")
"""What agents call the fact that is the caller's name."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@lru_cache(1024)  # a tool call asks for the same name several times
def folded(text: str) -> str:
    """The same text for names that mean the same: case, spaces, hyphens and underscores do not count."""
    return re.sub(r"[\s_\-]+", "", unicodedata.normalize("NFC", text).casefold())


def read_name(key: object) -> str:
    """A name the file gives to something of its own. Raises Unreadable."""
    if not isinstance(key, str) or not _NAME.fullmatch(key):
        raise Unreadable("a name of letters, digits, - and _ that begins with a letter")
    return key


def caller_name(facts: Mapping[str, str]) -> str:
    """The caller's name as an agent has gathered it; "" when none has."""
    return next((facts[name] for name in CALLER_NAMES if facts.get(name)), "")
