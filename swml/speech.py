"""Words that are words: text from people and models, made safe to stand in a document or a reply."""

import re

# `${…}` and `%{…}` are variables in a document, `@{…}` calls a template function in a reply.
_FILLED_IN = re.compile(r"[$%@]+(?=\{)")


def literal(text: str) -> str:
    """The text on one line, with nothing in it that the platform would fill in: "${envs.key}" stays "{envs.key}"."""
    return " ".join((_FILLED_IN.sub("", text) if "{" in text else text).split())


def say(text: str) -> str:
    """The text as something `play`, `prompt` and `ringback` speak, word for word."""
    return f"say:{literal(text)}"
