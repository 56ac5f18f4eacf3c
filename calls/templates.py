"""Texts with placeholders: what is announced and texted. Values are put in once; nothing in them is looked at again."""

import re
from collections.abc import Mapping

from calls.mistakes import did_you_mean
from calls.numbers import Unreadable

PLACEHOLDERS = ("company", "department", "ref", "caller_number", "reason", "summary", "card_url")

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def read_template(text: str) -> str:
    """A text whose placeholders are all known. Raises Unreadable: "{ref.__class__}" is as unknown as "{reff}"."""
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            raise Unreadable(f"no {{{name}}} here{did_you_mean(name, PLACEHOLDERS)}")
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        raise Unreadable("braces only around one of " + ", ".join(PLACEHOLDERS))
    return text


def render_template(text: str, values: Mapping[str, str]) -> str:
    """The text with each placeholder replaced by its value, or by nothing when `values` has none."""
    filled = _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), text)
    return re.sub(r"[ \t]{2,}", " ", filled).strip()
