"""What a line holds for the parameters of a function: names, numbers, times, messages."""

import re
from typing import Any

from exchange.agent.offline.functions import Slot
from exchange.agent.offline.words import phone_in, plain, quantity_in, time_in, words

YES = re.compile(
    r"\b(?:yes|yeah|yep|yup|sure|ok(?:ay)?|fine|right|correct|exactly|go ahead|of course|please do|perfect|alright|"
    r"si|claro|vale|correcto|exacto|perfecto|de acuerdo|por supuesto)\b"
)
NO = re.compile(r"^\W*(?:no|nope|nah|not really|no thanks?|ninguno|tampoco)\b|\b(?:rather not|don't want|no thank)\b")
THIS_ONE = re.compile(
    r"\b(?:this|same|that) (?:number|one|phone)\b|\bthe (?:number|one) i(?:'m| am) (?:calling|ringing) from\b|"
    r"\bmy number\b|\beste (?:numero|mismo)\b|\bel mismo\b|\bdesde el que llamo\b"
)
_I_AM = re.compile(
    r"(?:\bmy name(?:'s| is)|\bthis is|\bit(?:'s| is)|\bi am|\bi'm|\bname's|\bhere is|\bsoy|\bme llamo|\bmi nombre es|"
    r"\bhabla|\bel nombre es)\s+(?P<name>[^\W\d_][\w'’.-]*(?:\s+[^\W\d_][\w'’.-]*){0,3})", re.IGNORECASE,
)  # fmt: skip
_NO_NAMES = """
    a about an and at calling driving for from going here in just looking moving my not of on ok sorry sure the to
    trying urgent waiting with un una el la de en por fine good happy right this that very still me
"""
_NOT_A_NAME = frozenset(_NO_NAMES.split())
_FILLER = re.compile(
    r"^(?:(?:um+|uh+|er+|well|so|ok(?:ay)?|yes|yeah|sure|please|oh|right|hi|hello|it's|it is|"
    r"that's|that is|that would be|the name is|number|bueno|pues|sí|si|es|por favor)\b[\s,.:!]*)+", re.IGNORECASE,
)  # fmt: skip
_MESSAGE_FRAME = re.compile(
    r"^.*?\b(?:(?:leave|take|record|write|pass(?: on)?|get|send|have)\b[^.?!:]*?\b(?:message|note|word)\b"
    r"|(?:dejar(?:le)?|tomar|tome|deje)\b[^.?!:]*?\b(?:mensaje|recado)\b)"
    r"(?:\s+(?:with|for|to|para|a)\s+(?:(?:the|el|la|los|las)\s+)?[\w'’]+(?:\s+department)?(?:\s+(?=that\b|saying\b|que\b))?)?"
    r"(?:\s+please|\s+por favor)?\s*(?:[,:.?!-]+\s*|\s+(?=that\b|saying\b|que\b)|$)", re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_TELL_FRAME = re.compile(
    r"^.*?\b(?:tell|let|inform|d[ií]ga(?:le|n)?|avise)\s+(?!me\b|us\b)(?:(?:the|el|la|a)\s+)?[\w'’]+(?:\s+department)?"
    r"(?:\s+know)?\s*[,:]?\s*(?=\S)", re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_LEAD = re.compile(
    r"^(?:(?:please|just|and|saying|says?|say|tell (?:them|him|her|\w+)|let (?:them|him|her) know|"
    r"that(?!'s)|que|diga(?:les?)?(?: que)?)\b[\s,:]*)+", re.IGNORECASE,
)  # fmt: skip


def name_in(text: str, *, asked: bool = False) -> str:
    """The caller's name, as far as they say it; with `asked` a short line is a name by itself."""
    for found in _I_AM.finditer(text):
        kept = _first_words(found["name"])
        if kept and (asked or kept[0][:1].isupper()):
            return _title(kept)
    if asked:
        rest = re.split(r"[,.;!?]", _FILLER.sub("", text.strip()))[0].split()
        if 1 <= len(rest) <= 5 and not any(char.isdigit() for char in "".join(rest)):
            return _title(rest)
    return ""


def _first_words(text: str) -> list[str]:
    kept: list[str] = []
    for word in text.split():
        if plain(word.strip(".,")) in _NOT_A_NAME or (kept and kept[0][:1].isupper() and not word[:1].isupper()):
            break
        kept.append(word.strip(".,"))
        if word.endswith((".", ",")):
            break
    return kept


def _title(name: list[str]) -> str:
    text = " ".join(name).strip(" .,!?")
    return text.title() if text == text.lower() else text


def message_in(text: str) -> str:
    """The message that a line holds beside the wish to leave one; "" when it is only the wish."""
    for frame in (_MESSAGE_FRAME, _TELL_FRAME):
        if found := frame.match(text):
            rest = text[found.end() :].rstrip("? ")
            return _message(rest) if len(words(rest)) >= 1 and len(rest.split()) >= 2 else ""
    return ""


def _message(text: str) -> str:
    """A message without the words that lead to it, and without who it is from."""
    parts = [part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if not _only_a_name(part)]
    told = _LEAD.sub("", " ".join(parts)).strip(" ,;-")
    return told[:1].upper() + told[1:]


def _only_a_name(sentence: str) -> bool:
    found = _I_AM.match(_FILLER.sub("", sentence))
    return bool(found and name_in(sentence) and not sentence[found.end() :].strip(" .,!")) or not sentence.strip(" .!?")


def answer(slot: Slot, text: str) -> Any:
    """What an answer to the question for this parameter gives; None when it gives nothing that fits."""
    low = plain(text).strip()
    if slot.kind == "phone":
        return phone_in(text) or None
    if slot.kind == "number":
        found = quantity_in(text)
        return (
            None if found is None or (slot.integer and found != int(found)) else (int(found) if slot.integer else found)
        )
    if slot.kind == "yesno":
        return False if NO.search(low) else True if YES.search(low) else None
    if slot.kind == "choice":
        return choice_in(slot, text)
    if slot.kind == "name":
        return name_in(text, asked=True) or None
    if slot.kind == "when":
        return time_in(text) or text.strip(" .") or None
    if slot.kind == "message":
        told = _message(message_in(text) or _FILLER.sub("", text))
        return told if len(told) > 1 else None
    if slot.is_code:
        return code_in(text) or None
    return _FILLER.sub("", text).strip(" .") or None


def choice_in(slot: Slot, text: str) -> str | None:
    """The value of an enumeration that a line names, or whose description it fits."""
    said, best, most = set(words(text)), None, 0.0
    for value, about in slot.values.items():
        own = set(words(value)) or {plain(value)}
        score = 3.0 * bool(own & (said | set(plain(text).split()))) + len(set(words(about)) & said)
        if score > most:
            best, most = value, score
    return best


def code_in(text: str) -> str:
    """A number or code such as an order's: "A-1042", "four four one seven"."""
    codes = [one for one in re.findall(r"[A-Za-z]{0,4}[-#]?\d[\w-]*", text) if any(char.isdigit() for char in one)]
    if codes:
        return "".join(codes) if all(code.isdigit() for code in codes) else max(codes, key=len)
    found = quantity_in(text)
    return "" if found is None else str(found)


def volunteered(slot: Slot, text: str) -> Any:
    """What a line gives for this parameter although nobody has asked; None when nothing."""
    if slot.kind == "phone":
        return phone_in(text) or None
    if slot.kind == "name":
        return name_in(text) or None
    if slot.kind == "when":
        return time_in(text) or None
    if slot.kind == "message":
        return message_in(text) or None
    if slot.kind == "choice":
        return choice_in(slot, text)
    if slot.kind == "number" and not phone_in(text):
        return answer(slot, text)
    if slot.kind == "text" and slot.is_code and re.search(r"\d", text):
        return code_in(text) or None
    return None


_FRAME = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|there|um+|uh+|yeah|yes|no|so|well|ok(?:ay)?|please|oh|"
    r"then|and|also|sorry|actually|just|hola|buenos d[ií]as|buenas(?: tardes)?|pues|"
    r"(?:i|we) (?:also )?(?:have|had|need|want|got|would like|was hoping|am calling|was calling)|i'd like|i'd love|"
    r"i'm calling|calling|i've got|"
    r"can (?:i|you|we)|could (?:i|you|we|somebody|someone)|may i|tengo|quiero|quisiera|necesito|"
    r"(?:put|connect|transfer|take|get|bring|send) me(?: through)?(?: to| with)?|"
    r"(?:to )?(?:speak|talk)(?: to| with)?(?: (?:someone|somebody|anyone|a person))?|to know|to ask|to get|to have|"
    r"somebody could|someone could|give me|get|have|about|from you guys)\b[\s,.!?:]*)+", re.IGNORECASE,
)  # fmt: skip


def topic_of(text: str) -> str:
    """What a line is about, in a few words that fit behind "about": "a question about the invoice"."""
    topic = _FRAME.sub("", text.strip())
    topic = re.sub(r"\b(?:my|our)\b", "the", topic, flags=re.IGNORECASE)
    topic = re.sub(
        r"[\s,]*\b(?:please|por favor|thanks|thank you|I suppose|I guess|I think|then)\b[\s,.!]*$",
        "",
        topic,
        flags=re.IGNORECASE,
    )
    topic = re.sub(r"^for |,? if (?:he|she|they|that|possible).*$", "", topic, flags=re.IGNORECASE)
    topic = re.sub(r"^(?:A|An|The)\b", lambda found: found.group().lower(), topic)
    topic = re.sub(r"^to ([a-z]+)\b", lambda found: _doing(found.group(1)), topic)
    return " ".join(topic.strip(" .,!?¿¡").split()[:18])


def _doing(verb: str) -> str:
    """A verb as it stands behind "about": "pay" is "paying"."""
    if verb.endswith("e") and not verb.endswith("ee"):
        return f"{verb[:-1]}ing"
    return f"{verb}{verb[-1]}ing" if re.fullmatch(r"[^aeiou]+[aeiou][^aeiouwxy]", verb) else f"{verb}ing"


def without_cards(text: str) -> str:
    """A text without numbers as long as a card's: such a thing is not passed on."""
    return re.sub(r"(?:,? it'?s| is)? (?:\d[ -]?){13,19}(?!\d)", "", text)
