"""Text that the platform fills in, and text in which it finds nothing to fill in.

The platform expands `${…}` and `%{…}` in documents, and `${…}`, `%{…}` and `@{…}` in replies and prompts. It documents
no escape. So an expression of ours is a `Live` value, and rendering takes the sign away from all other text:
"${envs.key}" becomes "{envs.key}". What joins or formats a `Live` value is plain text again, and inert.
"""

import re
from typing import Any

_SIGNS = re.compile(r"[$%@]+(?=\{)")


class Live(str):
    """Text with expressions of ours, which rendering leaves as it is. Never made of words of others; see `filled`."""

    __slots__ = ()


def inert(text: str) -> str:
    """The text as it is rendered: without the signs that begin an expression, unless it is `Live`."""
    if isinstance(text, Live):
        return str(text)
    return _SIGNS.sub("", text) if "{" in text else text


def inert_values(value: Any) -> Any:
    """JSON values with every text and every key inert, but for those that are `Live`."""
    if isinstance(value, str):
        return inert(value)
    if isinstance(value, dict):
        return {inert(name) if isinstance(name, str) else name: inert_values(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [inert_values(one) for one in value]
    return value


def filled(template: str, **words: str) -> Live:
    """A template of ours with words of others in its `{name}` places; `{{` and `}}` stand for braces."""
    return Live(template.format(**{name: inert(word) for name, word in words.items()}))


def as_written(value: Any) -> Any:
    """JSON values with every text and every key `Live`: what the author of an agent has written is not taken apart."""
    if isinstance(value, str):
        return Live(value)
    if isinstance(value, dict):
        return {as_written(name): as_written(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_written(one) for one in value]
    return value
