"""Words that are spoken: on one line, as the platform speaks them."""

from swml.live import inert


def literal(text: str) -> str:
    """The text on one line, with nothing in it that the platform would fill in: "${envs.key}" stays "{envs.key}"."""
    return " ".join(inert(text).split())


def say(text: str) -> str:
    """The text as something `play`, `prompt` and `ringback` speak, word for word."""
    return f"say:{literal(text)}"
