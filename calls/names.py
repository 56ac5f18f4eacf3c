"""Names people say: the ones that mean the same, and the ones that may stand in the file."""

import re
import unicodedata

from calls.numbers import Unreadable

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


def folded(text: str) -> str:
    """The same text for names that mean the same: case, spaces, hyphens and underscores do not count."""
    return re.sub(r"[\s_\-]+", "", unicodedata.normalize("NFC", text).casefold())


def read_name(key: object) -> str:
    """A name the file gives to something of its own. Raises Unreadable."""
    if not isinstance(key, str) or not _NAME.fullmatch(key):
        raise Unreadable("a name of letters, digits, - and _ that begins with a letter")
    return key
