"""Texts with placeholders: what is announced and texted. Values are put in once; nothing in them is looked at again."""

import re
from collections.abc import Mapping

from calls.directory.errors import did_you_mean
from calls.numbers import Unreadable
from calls.phrases.spoken_names import in_a_sentence

PLACEHOLDERS = ("company", "department", "ref", "caller_number", "reason", "summary", "card_url")

_BEHIND = {
    "en": r"\b(?:to|with|from|at|for|of|by|through|reach|reached)",
    "es": r"\b(?:a|con|de|para|por)",
}
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


def render_speech(text: str, values: Mapping[str, str], language: str) -> str:
    """The same for what is spoken: a department behind a preposition is named as one says it, "to the warehouse team".

    Behind another word ("our {department} desk") it keeps its bare name.
    """
    behind = _BEHIND.get(language[:2].lower())
    said = in_a_sentence(values.get("department", ""), language)
    if behind:
        text = re.sub(rf"({behind}\s+)\{{department\}}", r"\1{department_said}", text, flags=re.IGNORECASE)
    if language.startswith("es") and said.startswith("el "):  # de el, a el
        text = re.sub(r"\b(de|a)\s+\{department_said\}", r"\1{department_joined}", text, flags=re.IGNORECASE)
    return render_template(text, {**values, "department_said": said, "department_joined": said.removeprefix("e")})
