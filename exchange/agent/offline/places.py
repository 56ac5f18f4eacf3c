"""Where callers can be sent: the places that functions and prompt name, what they are about, and who is there."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange.agent.offline.functions import Function
from exchange.agent.offline.words import plain, stem, words

_NAMES = re.compile(r"[A-Z][a-z'’-]+(?:\s+(?:[A-Z][a-z'’-]+|[A-Z]\.))*")
_ALSO = re.compile(r"\b(?:also (?:called|known as|named)|aka|or simply)\b:?\s*(?P<names>.+)", re.IGNORECASE)
_NO_ARTICLE = ("ing", "s", "ion", "support", "service", "care", "desk's", "security", "marketing", "hr", "it")
_IN_SPANISH = {
    "sales": "ventas", "billing": "facturación", "warehouse": "el almacén", "supervisor": "la persona encargada",
    "support": "soporte", "service": "servicio", "reception": "recepción", "accounting": "contabilidad",
    "front desk": "recepción", "emergency": "urgencias", "parts": "repuestos", "manager": "la persona encargada",
    "appointments": "citas", "apprenticeships": "formación",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A destination. `function` leads there; None where it is only known by name. `people` are those reached there."""

    name: str
    function: Function | None
    about: str = ""
    also: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    def spoken(self, language: str = "en") -> str:
        """Its name as it stands within a sentence: "the warehouse", "sales"."""
        name = self.name.replace("_", " ").replace("-", " ")
        if language == "es":
            return _IN_SPANISH.get(name.lower(), name)
        return name if name[:1].isupper() or name.lower().endswith(_NO_ARTICLE) else f"the {name}"


def places_of(functions: Iterable[Function], prompt: str) -> tuple[Place, ...]:
    """Every place that a function knows by name, in the order of the prompt, else of the functions."""
    leads: dict[str, Function | None] = {}
    told: dict[str, list[str]] = {}
    everything = list(functions)
    for function in sorted(everything, key=lambda one: one.purpose != "move"):
        slot = function.place
        for value, about in slot.values.items() if slot else ():
            leads.setdefault(value, function if function.purpose == "move" else None)
            told.setdefault(value, []).extend([about] if about else [])
        if function.purpose == "move" and function.fixed_place:
            leads.setdefault(function.fixed_place, function)
            told.setdefault(function.fixed_place, []).append(function.tool.description)
    texts = [prompt, *(f"{one.tool.description}\n{slot.about}" for one in everything for slot in one.slots)]
    found = [_place(name, function, texts, told[name]) for name, function in leads.items()]
    return tuple(sorted(found, key=lambda place: _position(place.name, prompt)))


def _position(name: str, prompt: str) -> int:
    lines = prompt.split("\n")
    return next((number for number, line in enumerate(lines) if _line_about(name, line)), len(lines))


def _line_about(name: str, line: str) -> str:
    """What a line says about a place, when it is one about it: the name stands first, then a colon, dash or "for"."""
    pattern = re.escape(name).replace("_", "[_ -]")
    found = re.match(
        rf"[\s\-*•\d.)\"'`]*{pattern}[\"'`*]*\s*(?::|-|–|—|\(|is\b|for\b|handles?\b)\s*(.+)", line, re.IGNORECASE
    )
    return found.group(1).strip() if found else ""


def _place(name: str, function: Function | None, texts: list[str], told: list[str]) -> Place:
    lines = list(told)
    for text in texts:
        lines += [found for line in re.split(r"\n|;", text) if (found := _line_about(name, line))]
    whole = " ".join(dict.fromkeys(lines))
    about, also, people = list[str](), list[str](), list[str]()
    for sentence in re.split(r"(?<=[.!?])\s+", whole):
        if other := _ALSO.search(sentence):
            also += [one.strip(" .)") for one in re.split(r",|\bor\b", other["names"])]
            before = sentence[: other.start()].strip(" (")
            about += [before] if before else []
        elif names := _people(sentence):
            people += names
            about += [] if re.match(r"\w+ (?:here|by)|\w+:", sentence) else [sentence]
        else:
            about.append(sentence)
    return Place(name, function, " ".join(about).strip(" )"), tuple(also), tuple(people))


def _people(sentence: str) -> list[str]:
    """Names of people: words with a capital that do not begin the sentence."""
    text = sentence[0].lower() + sentence[1:] if sentence else ""
    return [name for name in _NAMES.findall(text) if len(name) > 2]


def ranked(places: Iterable[Place], text: str) -> list[tuple[float, Place]]:
    """The places that fit what was said, the best first; in that order where they fit equally well."""
    low, said = f" {plain(text)} ", words(text)
    found = [(_fit(place, low, said), place) for place in places]
    return sorted(((score, place) for score, place in found if score > 0), key=lambda one: -one[0])


def _fit(place: Place, low: str, said: list[str]) -> float:
    name = place.name.replace("_", " ").replace("-", " ")
    heard = set(said)
    score = 3.0 * (bool(set(words(name)) & heard) or _among(name, low))
    score += 2.5 * any(_among(one, low) or (words(one) and set(words(one)) <= heard) for one in place.also)
    score += 3.0 * any(_among(part, low) for person in place.people for part in (person, *person.split()))
    about = set(words(place.about)) - set(words(name)) - {"person"}
    return score + min(len(about & heard), 3)


def named(place: Place, text: str) -> bool:
    """Whether a place is called by a name of its own, or by that of somebody there, rather than hinted at."""
    return _fit(place, f" {plain(text)} ", words(text)) >= 2.5


def _among(name: str, low: str) -> bool:
    return bool(re.search(rf"(?<![a-z]){re.escape(plain(name))}(?:'?s)?(?![a-z])", low))


def vocabulary(places: Iterable[Place], functions: Iterable[Function]) -> Iterator[str]:
    """Words that callers may mistype."""
    for place in places:
        for text in (place.name, place.about, *place.also, *place.people):
            for word in re.findall(r"[a-z]+", plain(text)):
                yield word
                yield stem(word)
    for function in functions:
        yield from re.findall(r"[a-z]+", plain(function.name))
    yield from ("message", "callback", "invoice", "goodbye", "manager", "please", "supervisor", "tomorrow", "refund")


def in_words(names: list[str], language: str = "en") -> str:
    """Names as they are read out: "sales, billing or the warehouse"."""
    conjunction = " o " if language == "es" else " or "
    return conjunction.join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
