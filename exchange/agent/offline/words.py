"""Words of English and Spanish, brought to forms that can be compared."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

_STOP = """
    a about all also am an and any are as at be been being but by call called caller calling can could did do does for
    from get give go got guys had has have he hello her hey hi him his how i if in is it its just let like me morning my
    need new no not now of ok okay on one or our out place please she should so some speak talk talking than that the
    their them then there these they thing this those to too up us want was way we well were what when where which who
    why will with would yes yet you your yours
    al algo buenos buenas como con de del dias e el ella en entonces era es esta este esto favor fue gusta ha hay he
    hola la las le les lo los me mi mis muy necesito o para pero poner pregunta por puede pueden podria que quien quiero
    quisiera se senor senora ser si sobre soy su sus tarde tardes tengo un una uno usted y ya yo
    question
"""
STOP = frozenset(_STOP.split())
_ALIKE = {
    "person": "human someone somebody people being operator representative rep persona humano alguien operador agente",
    "supervisor": "manager boss supervisora encargado encargada gerente jefe jefa",
    "invoice": "bill billing charged factura facturacion",
    "payment": "charge pay paid pago pagar cobro cobrado cargo",
    "refund": "reembolso devolucion moneyback",
    "order": "buy purchase pedido pedir comprar compra",
    "quote": "quotation estimate cost presupuesto cotizacion",
    "price": "prices pricing precio tarifa",
    "sale": "ventas venta",
    "support": "broken technical fix soporte tecnico averia roto",
    "delivery": "deliver package parcel shipping shipment entrega envio paquete",
    "warehouse": "almacen bodega",
    "stock": "inventory existencias",
    "message": "voicemail note mensaje recado",
    "appointment": "cita",
    "open": "closed opening available availability hours abierto abren horario",
}
_SAME = {word: meaning for meaning, alike in _ALIKE.items() for word in alike.split()}
_ENDINGS = (("ies", "y"), ("s", ""), ("ing", ""), ("ed", ""))
_SPANISH_WORDS = """
    adios almacen buenas buenos cierra cierran como con cual cuando de dejar dias digale donde el entonces es esta
    estan favor gracias hola horario hoy la las llamar llamen llamenme lo los manana me mi mensaje muchas necesito
    nada numero para pero persona podria poner por pregunta puede pueden que quien quiero quisiera senor senora si
    sobre soy su tengo un una usted ventas y
"""
_ENGLISH_WORDS = """
    a about an and are call can could do for from have hello hi how i is it me message my need of on or please
    put sales that the this to want was what where who with would you your
"""
_SPANISH, _ENGLISH = frozenset(_SPANISH_WORDS.split()), frozenset(_ENGLISH_WORDS.split())


def plain(text: str) -> str:
    """Small letters without accents, apostrophes straight."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'").lower())
    return "".join(char for char in text if not unicodedata.combining(char))


def stem(word: str) -> str:
    """A word's form for comparing: without its ending, and one for those that mean the same."""
    if word in _SAME:
        return _SAME[word]
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending) + instead
            break
    return _SAME.get(word, word)


def words(text: str) -> list[str]:
    """The words that carry meaning, in their forms for comparing."""
    text = plain(text).replace("money back", "moneyback").replace("_", " ").replace("'s", "")
    return [stem(word) for word in re.findall(r"[a-z]+", text) if word not in STOP]


def mended(text: str, known: Iterable[str]) -> str:
    """The text with slips of the keyboard mended, where a word is nearly one that is known and none by itself."""
    vocabulary = {word for word in known if len(word) >= 4}

    def mend(found: re.Match[str]) -> str:
        word = found.group()
        low = plain(word)
        if len(low) < 5 or low in STOP or low in vocabulary or stem(low) in vocabulary:
            return word
        return next(iter(get_close_matches(low, vocabulary, 1, 0.82)), word)

    return re.sub(r"[^\W\d_]+", mend, text)


def language_of(text: str) -> str:
    """ "es" or "en" where the words of a line tell, else ""."""
    found = re.findall(r"[a-z]+", plain(text))
    spanish = sum(word in _SPANISH for word in found) + ("¿" in text or "¡" in text or "ñ" in text)
    english = sum(word in _ENGLISH for word in found)
    return "" if spanish == english else "es" if spanish > english else "en"


# Numbers

_UNITS = {
    word: value
    for value, alike in enumerate(
        (
            "zero oh o cero", "one uno una un", "two dos", "three tres", "four cuatro", "five cinco", "six seis",
            "seven siete", "eight ocho", "nine nueve", "ten diez", "eleven once", "twelve doce", "thirteen trece",
            "fourteen catorce", "fifteen quince", "sixteen dieciseis", "seventeen diecisiete", "eighteen dieciocho",
            "nineteen diecinueve",
        )
    )
    for word in alike.split()
}  # fmt: skip
_TENS = {
    word: 10 * value
    for value, alike in enumerate(
        ("twenty veinte", "thirty treinta", "forty cuarenta", "fifty cincuenta", "sixty sesenta", "seventy setenta",
         "eighty ochenta", "ninety noventa"), 2
    )
    for word in alike.split()
}  # fmt: skip
_TIMES = {"double": 2, "doble": 2, "triple": 3}
_DIGITS = re.compile(r"\+?\d[\d\s().-]*\d|\d")


def phone_in(text: str) -> str:
    """The telephone number that a line holds, in digits or read out, with its plus; "" when there is none."""
    for found in _DIGITS.findall(text):
        digits = re.sub(r"[^\d+]", "", found)
        if 7 <= len(digits.lstrip("+")) <= 15:
            return digits
    run, times = "", 1
    for word in re.findall(r"[a-z]+|\d+|\+", plain(text)):
        if word in _TIMES:
            times = _TIMES[word]
            continue
        digit = word if word.isdigit() else str(_UNITS[word]) if word in _UNITS else str(_TENS.get(word, ""))
        digit = "+" if word in ("+", "plus") and not run else digit
        if digit:
            run, times = run + digit * times, 1
        elif len(run.lstrip("+")) >= 7:
            break
        else:
            run, times = "", 1
    return run if 7 <= len(run.lstrip("+")) <= 15 else ""


def quantity_in(text: str) -> float | int | None:
    """The number that a line holds, in digits or words; digits read out one by one are one number."""
    found = re.search(r"-?\d[\d,]*(?:\.\d+)?", text)
    if found:
        read = found.group().replace(",", "")
        return float(read) if "." in read else int(read)
    total, single, seen = 0, "", False
    for word in re.findall(r"[a-z]+", plain(text).replace("-", " ")):
        if word in ("hundred", "cien", "ciento", "cientos"):
            total, single, seen = (total or 1) * 100, "", True
        elif word in _TENS:
            total, single, seen = total + _TENS[word], "", True
        elif word in _UNITS and word not in ("o", "un", "una") and not (word == "one" and not seen and _pronoun(text)):
            single += str(_UNITS[word])
            total, seen = (int(single) if len(single) > 1 else total + _UNITS[word]), True
        elif seen and word not in ("and", "y"):
            break
    return total if seen else None


def _pronoun(text: str) -> bool:
    """Whether a "one" stands for a thing and not for the number."""
    return bool(re.search(r"\b(?:the|this|that|which|no|any|another)\s+one\b|\bone of\b", text, re.IGNORECASE))


# Times

_ANCHOR = (
    r"tomorrow|today|tonight|asap|noon|midday|lunch(?:time)?|morning|afternoon|evening|weekend|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|hours?|minutes?|days?|weeks?|am|pm|o'?clock|any ?time|"
    r"manana|hoy|tarde|noche|lunes|martes|miercoles|jueves|viernes|sabado|domingo|horas?|minutos?|dias?|"
    r"semanas?"
)
_CLOCK = r"\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm|a\.m\.|p\.m\.|h)?"
_COUNT = "|".join(sorted((word for word in (*_UNITS, *_TENS) if word not in ("o", "oh")), key=len, reverse=True))
_LINK = (
    r"at|on|in|by|after|before|around|about|this|next|the|a|an|half|quarter|past|to|between|and|or|from|until|of|"
    r"couple|few|early|late|late in|a|las?|el|esta|este|en|por|de|dentro|media|y|proxim[oa]|sobre|que viene"
)
_ASAP = (
    r"as soon as (?:possible|you can|they can|someone is free|somebody is free)|right away|straight away|"
    r"lo antes posible|cuanto antes|when(?:ever)? (?:they|you|he|she) (?:can|like|have time)|whenever"
)
_TIME_WORD = rf"(?:{_ANCHOR}|{_CLOCK}|{_COUNT}|{_LINK})\b\.?"
_WHEN = re.compile(rf"\b(?:{_ASAP}|{_TIME_WORD}(?:[\s,]+{_TIME_WORD})*)")
_TELLS_TIME = re.compile(
    rf"\b(?:{_ANCHOR})\b|\b(?:at|after|before|around|by|a las?)\s+(?:about\s+)?(?:{_COUNT}|\d)|\d:\d\d"
)


_LEADS_TO_TIME = re.compile(r"(?:(?:a|about|and|or|the|to|of|y|de|en|el|la|by|from|on)\s+)+")
_BELONGS_TO_TIME = re.compile(
    r"(?:a|about|an) (?:hour|minute|day|week|couple|few)|a las?\b|en \w+ (?:hora|minuto|dia)|on \w+day|by "
)
_AFTER_TIME = re.compile(r"[\s,]+(?:and|or|the|to|of|a|an|y|de|en|el|la|at|on|in|by|for|this|from)$")


def time_in(text: str) -> str:
    """The words of a line that say when, as they were said; "" when none do."""
    low, best = plain(text), ""
    original = text if len(low) == len(text) else low
    for found in _WHEN.finditer(low):
        said = found.group()
        if re.fullmatch(_ASAP, said):
            return original[found.start() : found.end()]
        if not _TELLS_TIME.search(said):
            continue
        leads = None if _BELONGS_TO_TIME.match(said) else _LEADS_TO_TIME.match(said)
        begin, end = found.start() + (leads.end() if leads else 0), found.end()
        phrase = _AFTER_TIME.sub("", original[begin:end].strip(" ,."))
        best = phrase if len(phrase) > len(best) else best
    return best


_TIMES_IN_ENGLISH = (
    (r"pasado manana", "the day after tomorrow"), (r"(?:por|de|en) la manana", "in the morning"),
    (r"esta tarde", "this afternoon"), (r"(?:por|de|en) la tarde", "in the afternoon"), (r"manana", "tomorrow"),
    (r"hoy", "today"), (r"(?:el )?lunes", "Monday"), (r"(?:el )?martes", "Tuesday"),
    (r"(?:el )?miercoles", "Wednesday"),
    (r"(?:el )?jueves", "Thursday"), (r"(?:el )?viernes", "Friday"), (r"(?:el )?sabado", "Saturday"),
    (r"(?:el )?domingo", "Sunday"), (r"lo antes posible|cuanto antes", "as soon as possible"), (r"a las?", "at"),
    (r"(?:en|dentro de) (?=\w+ (?:hora|minuto|dia))", "in "), (r"horas?", "hours"),
    (r"minutos?", "minutes"), (r"dias?", "days"), (r"y media", "thirty"),
)  # fmt: skip
_COUNTED = {
    "una": "one", "un": "one", "dos": "two", "tres": "three", "cuatro": "four", "cinco": "five", "seis": "six",
    "siete": "seven", "ocho": "eight", "nueve": "nine", "diez": "ten", "once": "eleven", "doce": "twelve",
}  # fmt: skip


def time_in_english(said: str) -> str:
    """A time in Spanish words, in English: "mañana a las cuatro" is "tomorrow at four"."""
    low = plain(said)
    for spanish, english in _TIMES_IN_ENGLISH:
        low = re.sub(rf"\b(?:{spanish})\b" if not spanish.endswith("))") else rf"\b{spanish}", english, low)
    return " ".join(_COUNTED.get(word, word) for word in low.split())
