"""What must not be repeated: payment cards, social-security and bank numbers, one-time codes, dates of birth.

Whatever leaves us for a person, a phone, a header or a page goes through `redacted` first. What is taken out is named
in its place, so that what remains reads on: "my card is a card number [removed]".

A card is known by its own check digit. The others are known by their shape or by the words around them, in English;
order numbers, prices, times and phone numbers (the person needs the caller's) stay as they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from calls.numbers import Number
from calls.phrases.digits import WORDS, Folded, Run, luhn, runs

Channel = Literal["spoken", "text", "header", "event", "card"]
Kind = Literal["card number", "social security number", "bank account number", "code", "date of birth"]

_MARKS: dict[Channel, str] = {
    "spoken": "a {kind}, left out here",
    "text": "a {kind} [removed]",
    "header": "[{kind}]",
    "event": "a {kind} [removed]",
    "card": "a {kind} [removed]",
}


_SHORTEST = 3  # digits that any secret has
_BETWEEN_WORDS = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Secret:
    """A stretch of the text, and what it is."""

    kind: Kind
    start: int
    end: int


def redacted(text: str, channel: Channel) -> str:
    """The text with everything that must not be repeated replaced by its name, as the channel can show it."""
    pieces, at = [], 0
    for secret in secrets_in(text):
        pieces += [text[at : secret.start], mark(secret.kind, channel)]
        at = secret.end
    return "".join([*pieces, text[at:]])


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of the text. Of a longer one the secrets are taken out first, for a secret that is cut
    in two, or parted from the words before it, is not known any more.
    """
    return text if len(text) <= limit else redacted(text, "text")[:limit]


def mark(kind: Kind, channel: Channel) -> str:
    """What stands in the place of a secret."""
    return _MARKS[channel].format(kind=kind)


def redacted_fact(name: str, value: str, channel: Channel) -> str:
    """A fact's value; what it is called counts as words before it: `date_of_birth`, "1985-03-12"."""
    words = _BETWEEN_WORDS.sub(" ", name).strip()
    return redacted(f"{words}: {value}", channel).removeprefix(f"{words}: ")


def shortened_fact(name: str, value: str, limit: int) -> str:
    """A fact's value as `shortened` would have it."""
    return value if len(value) <= limit else redacted_fact(name, value, "text")[:limit]


def secrets_in(text: str) -> Iterator[Secret]:
    """What must go, in order and never overlapping: two that overlap are one, of the kind that begins first."""
    folded = Folded.of(text)
    found = sorted(_found(folded.text), key=lambda one: (one.start, -one.end))
    while found:
        kind, start, end = found[0].kind, found[0].start, found[0].end
        while found and found[0].start < end:
            end = max(end, found.pop(0).end)
        yield Secret(kind, *folded.original(start, end))


def _found(text: str) -> Iterator[Secret]:
    yield from (*_ibans(text), *_births(text), *_unbroken(text))
    for run in runs(text):
        yield from _of_run(run, text)
    for run in runs(text, wide=True):
        yield from _checked_cards(run)


def _of_run(run: Run, text: str) -> Iterator[Secret]:
    if len(run.digits) < _SHORTEST:
        return
    before, after = text[max(0, run.start - 60) : run.start], text[run.end : run.end + 40]
    if cards := list(_cards(run, before, after)):
        yield from cards
        for rest in _beside(run, cards):
            yield from _of_run(rest, text)
        return
    for rule in (_social, _bank, _codes):
        if found := list(rule(run, before, after)):
            yield from found
            return


def _beside(run: Run, cards: list[Secret]) -> Iterator[Run]:
    """What of a run is no part of a card number."""
    edges = [run.start, *(edge for card in cards for edge in (card.start, card.end)), run.end]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if part := run.between(start, end):
            yield part


# --- payment cards ---------------------------------------------------------------------------------------------------

# Issuers' first digits and the lengths of their numbers. Source: ISO/IEC 7812 and the card schemes' own ranges.
_ISSUERS = tuple(
    (re.compile(prefix), lengths)
    for prefix, lengths in (
        (r"4", (16, 13, 19)),
        (r"5[1-5]|2(22[1-9]|2[3-9]|[3-6]|7[01]|720)", (16,)),
        (r"3[47]", (15,)),
        (r"3(0[0-5]|[689])", (14, 16, 19)),
        (r"6011|64[4-9]|65|622|62|81", (16, 19, 17, 18)),
        (r"35(2[89]|[3-8])", (16, 19)),
        (r"5018|5020|5038|5[678]|6[37]|220[0-4]", (16, 18, 19, 13, 14, 15, 17)),
    )
)
_SAYS_CARD = re.compile(r"\b(?:card|visa|mastercard|amex|american express)\b[^.?!\n\d]{0,40}$", re.IGNORECASE)
_LONGEST_PHONE = 15  # digits, with the country code. Source: ITU-T E.164
_OLD_CARD = 13  # digits; written without its plus, a phone number may look like one
_FROM_ABROAD = 17  # digits: 00 or 011 and a number of fifteen at most


def _cards(run: Run, before: str, after: str) -> Iterator[Secret]:
    digits, found = run.digits, list(_checked_cards(run))
    yield from found
    # One digit misheard and the check digit is wrong: then the shape or the words before it tell.
    shaped = run.shape == (4, 4, 4, 4) or (run.shape == (4, 6, 5) and digits[0] == "3")
    says = len(digits) >= 12 and _SAYS_CARD.search(before)
    if not found and not _may_be_phone(run) and (shaped or says):
        yield Secret("card number", run.start, run.end)


def _may_be_phone(run: Run) -> bool:
    """Whether a run begins as phone numbers do, and is no longer than they are."""
    dialled = run.digits.startswith(("00", "011")) and len(run.digits) <= _FROM_ABROAD
    return dialled or (run.abroad and len(run.digits) <= _LONGEST_PHONE)


def _checked_cards(run: Run) -> Iterator[Secret]:
    """The card numbers of a run whose check digit is right."""
    digits = run.digits
    if _may_be_phone(run):
        if run.abroad and _card_from(digits, [0, len(digits)], 0) is not None and not _a_phone(digits):
            yield Secret("card number", run.start, run.end)
        return
    offsets, total = [0], 0
    for token in run.tokens:
        total += len(token.digits)
        offsets.append(total)
    # Behind a plus a phone number comes first, unless one group has more digits than any, or is grouped as cards are.
    phone_first = run.abroad and run.shape[:4] != (4, 4, 4, 4) and run.shape[0] <= _LONGEST_PHONE
    first = 1 if phone_first else 0
    while first < len(run.tokens):
        last = _card_from(digits, offsets, first)
        if last is not None:
            yield Secret("card number", run.tokens[first].start, run.tokens[last].end)
        first = first + 1 if last is None else last + 1


def _card_from(digits: str, offsets: list[int], first: int) -> int | None:
    """The token that a card number beginning at token `first` ends with, if one begins there."""
    rest = digits[offsets[first] :]
    for prefix, lengths in _ISSUERS:
        for length in lengths if prefix.match(rest) else ():
            end, card = offsets[first] + length, rest[:length]
            if end in offsets and luhn(card) and not (length == _OLD_CARD and _a_phone(card)):
                return offsets.index(end) - 1
    return None


def _a_phone(digits: str) -> bool:
    """Whether the digits are a phone number of some country, its plus left out."""
    number = Number.of_platform(f"+{digits}")
    return number is not None and number.kind != "unknown"


# --- numbers known by the words before them --------------------------------------------------------------------------

_FILLER = (
    r"(?:[\s:=#?,.\-\"'(]|\b(?:is|was|it|it's|its|it’s|that|that's|the|a|an|my|our|his|her|your|their|i|we|got|get|have"
    r"|has|had|just|received|reads|read|says|said|saying|number|no|nr|num|digits|of|for|from|by|as|in|on|ending|last"
    r"|first|full|are|be|sms|text|texted|message|email|phone|bank|they|he|she|sent|gave|me|you|us|to|with|equals"
    r"|following|here|were|[a-z])\b){0,24}$"
)


def _said(what: str) -> re.Pattern[str]:
    """A pattern for words before a number, with nothing but small words in between."""
    return re.compile(rf"\b(?:{what})\b{_FILLER}", re.IGNORECASE)


_SAYS_SOCIAL = _said(
    r"social|social[\s-]security(?:[\s-]number)?|ssn|ss number|tax[\s-]?payer id|tax id|itin|national insurance"
)
_SAYS_BANK = _said(
    r"(?:bank|checking|savings|deposit)(?: account)?(?: number)?|(?<!customer )(?:account|acct)(?: number)?|routing"
    r"(?: number)?|aba|sort code|iban|bic"
)
_SAYS_SORT_CODE = _said(r"sort code|routing(?: number)?|iban")
_SAYS_CODE = _said(
    r"(?<!zip )(?<!area )(?<!country )(?<!postal )(?<!post )(?<!error )(?<!fault )(?<!promo )(?<!promotion )"
    r"(?<!discount )(?<!coupon )(?<!voucher )(?<!product )(?<!part )(?<!bar )(?<!gate )(?<!door )(?<!entry )"
    r"(?<!building )(?<!reference )(?<!order )(?<!booking )(?<!dress )(?<!dialling )(?<!dialing )code"
    r"|passcode|pass code|otp|one[\s-]time (?:password|pin|passcode)|pin|password|cvv2?|cvc2?"
    r"|verification number|authenticator"
)
_CARDS_BACK = r"(?:on|at) the (?:back|front|reverse)(?: of (?:the|my|your|his|her|our|their)(?: credit| debit)? card)?"
_ON_THE_CARD = _said(rf"(?:three|four|3|4|last|security) (?:digits?|numbers?|figures) {_CARDS_BACK}")
_ON_THE_BACK = _said(_CARDS_BACK)
_SAYS_SHORT_CODE = _said(r"cvv2?|cvc2?|cid|security code|(?<!social )security number|card code|pin")
_USES_CODE = re.compile(
    r"\b(?:use|enter|type|type in|key in|put in)\s(?:the (?:code|number)\s)?(?:[A-Z]-)?$", re.IGNORECASE
)
_LOGS_IN_WITH = re.compile(
    r"\b(?:log(?:ged)?[\s-]?(?:in|on)|login|sign(?:ed)?[\s-]?in|verify) (?:with|using|by)\s(?:[A-Z]-)?$", re.IGNORECASE
)
_TO_LOG_IN = re.compile(
    r"\W{0,2}(?:to|for|when)\s(?:log(?:ging)?[\s-]?(?:in|on)|login|sign(?:ing)?[\s-]?in|verify|verification|authenticate"
    r"|confirm (?:it's you|your (?:identity|login|account)))\b",
    re.IGNORECASE,
)
_IS_CODE = re.compile(
    r"\W{0,3}(?:is|was|that's|as)\s(?:the|my|your|a|his|her|our|their)\s"
    r"(?:(?!zip|area|country|post|door|gate|order|promo)(?-i:[A-Z])\w+\s){0,2}"  # whose code it is
    r"(?:(?:one[\s-]time|verification|security|access|login|log-in|sign-in|confirmation|authentication|bank|sms|text)"
    r"\s){0,2}(?:code|otp|passcode|pin|password)\b",
    re.IGNORECASE,
)
_WAS_SENT = re.compile(
    r"\W{0,3}(?:is|was|that's)\swhat (?:\w+\s){1,3}(?:texted|sent|messaged|e-?mailed)(?: to)? me\b", re.IGNORECASE
)
_IS_SOCIAL = re.compile(r"\W{0,3}(?:is|was)\s(?:the|my|his|her|their)\s(?:social\b|ssn\b)", re.IGNORECASE)


def _social(run: Run, before: str, after: str) -> Iterator[Secret]:
    told = _SAYS_SOCIAL.search(before) or _IS_SOCIAL.match(after)
    by_shape = run.shape == (3, 2, 4) and not run.abroad
    if by_shape or (told and len(run.digits) in (4, 9)):
        yield Secret("social security number", run.start, run.end)
    elif told and run.shape[:3] == (3, 2, 4):
        yield Secret("social security number", run.start, run.groups[2].end)


def _bank(run: Run, before: str, after: str) -> Iterator[Secret]:
    least = 6 if _SAYS_SORT_CODE.search(before) or re.search(r"bank|checking|savings", before, re.IGNORECASE) else 8
    if _SAYS_BANK.search(before) and least <= len(run.digits) <= 26 and not run.abroad:
        yield Secret("bank account number", run.start, run.end)


def _codes(run: Run, before: str, after: str) -> Iterator[Secret]:
    on_the_back = len(run.digits) in (3, 4) and _ON_THE_BACK.search(before)
    short = on_the_back or _SAYS_SHORT_CODE.search(before) or _ON_THE_CARD.search(before)
    used = (_USES_CODE.search(before) and _TO_LOG_IN.match(after)) or _LOGS_IN_WITH.search(before)
    told = short or used or _SAYS_CODE.search(before) or _IS_CODE.match(after) or _WAS_SENT.match(after)
    if before.endswith(("$", "€", "£")) or not told:
        return
    least = 3 if short else 4  # a boiler shows "code 128"
    if least <= len(run.digits) <= 8:
        yield Secret("code", run.start, run.end)
    elif least <= len(run.groups[0].digits) <= 8:
        yield Secret("code", run.groups[0].start, run.groups[0].end)


_DASHED = re.compile(r"(?<![\w+])(?<!\d[-.])\d{3}([-–.])\d{2}\1\d{4}(?![-–.]?\d)")
_GLUED = re.compile(r"(?<![^\W_])SSN[\W_]{0,3}(\d{9})(?!\d)", re.IGNORECASE)


def _unbroken(text: str) -> Iterator[Secret]:
    """A social-security number by its shape, whatever digits stand beside it, or behind its name."""
    for found in _DASHED.finditer(text):
        yield Secret("social security number", *found.span())
    for found in _GLUED.finditer(text):
        yield Secret("social security number", *found.span(1))


# --- bank accounts by IBAN -------------------------------------------------------------------------------------------

# Characters an IBAN has, by country. Source: SWIFT IBAN registry.
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SD": 18,
    "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22,
    "VG": 24, "XK": 20,
}  # fmt: skip
_IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}[ -]?\d[ -]?\d(?:[ -]?[A-Za-z0-9]){11,30}")


def _ibans(text: str) -> Iterator[Secret]:
    for found in _IBAN.finditer(text):
        places = [n for n in range(*found.span()) if text[n].isalnum()]
        length = _IBAN_LENGTHS.get(text[places[0] : places[1] + 1].upper(), len(places) + 1)
        if length <= len(places) and _checks_out("".join(text[n] for n in places[:length])):
            yield Secret("bank account number", found.start(), places[length - 1] + 1)


def _checks_out(iban: str) -> bool:
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1


# --- dates of birth --------------------------------------------------------------------------------------------------

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w+teenth|twentieth|thirtieth"
    r"|twenty[\s-](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirty[\s-]first|\d{1,2}(?:st|nd|rd|th))"
)
_PART = rf"(?:\b(?:{_MONTH}|{_ORDINAL}|\d{{1,8}}(?:T[\d:.]+Z?)?|{'|'.join(WORDS)}|thousand|hundred)\b)"
_DATE = rf"{_PART}(?:[\s,./\-]{{1,2}}(?:(?:of|the|and|in)\s)?{_PART}){{0,9}}"
_BORN = r"(?:date of birth|birth ?date|birth ?day|d\.?o\.?b\.?|born)"
_SAYS_BORN = re.compile(_BORN, re.IGNORECASE)
_BIRTH = re.compile(rf"\b{_BORN}{_FILLER.removesuffix('$')}(?P<date>{_DATE})", re.IGNORECASE)
_IS_BIRTH = re.compile(
    rf"(?P<date>{_DATE})\W{{0,3}}(?:is|was|that's)\s(?:the|my|his|her|their|your)\s{_BORN}", re.IGNORECASE
)


def _births(text: str) -> Iterator[Secret]:
    if not _SAYS_BORN.search(text):  # both patterns hold it, and looking for a date takes ten times as long
        return
    for pattern in (_BIRTH, _IS_BIRTH):
        for found in pattern.finditer(text):
            yield Secret("date of birth", *found.span("date"))
