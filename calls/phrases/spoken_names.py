"""The name of a department or an agent as it stands in a spoken sentence: "the warehouse team", "the billing desk"."""

import re

_GROUPS = frozenset(
    ("team", "department", "desk", "office", "line", "hotline", "center", "centre", "group", "crew", "staff", "room",
     "reception", "receptionist", "concierge", "helpdesk", "switchboard", "assistant", "bureau", "unit", "counter")
)  # fmt: skip
_SPANISH_GROUPS = frozenset(("equipo", "departamento", "mostrador", "grupo"))
_HAS_ARTICLE = re.compile(r"(?:the|our|your|el|la|los|las|nuestro|nuestra)\s", re.IGNORECASE)


def in_a_sentence(title: str, language: str = "en") -> str:
    """The name behind a preposition, in English or Spanish; in any other language as it is.

    A name of several capitalised words is a proper name ("Dana Reyes", "Bolt Security") and stays.
    """
    words = title.split()
    own = len(words) > 1 and all(word[0].isupper() for word in words)
    if not words or own or _HAS_ARTICLE.match(title):
        return title
    if language.startswith("es"):
        return f"el {title}" if words[0].lower() in _SPANISH_GROUPS else f"el equipo de {title}"
    if not language.startswith("en"):
        return title
    return f"the {title}" if words[-1].lower() in _GROUPS else f"the {title} team"
