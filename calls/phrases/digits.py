"""Digits in prose: written ("4111 1111"), said one by one ("four one, double one") or in tens ("forty-one eleven").

A `Run` is as many digits as belong together: nothing but spaces, dashes, dots, commas and small words between them.
A wide run has any signs and more words between them, and letters beside them. Number words are English, those of
single digits Spanish too; `Folded` text has the figures of every script. Beside figures O, l and I count as 0 and 1.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

_DIGITS = (
    "zero oh o nought cero", "one uno", "two dos", "three tres", "four cuatro", "five cinco", "six seis", "seven siete",
    "eight ocho", "nine nueve",
)  # fmt: skip
_UNITS = {word: str(digit) for digit, words in enumerate(_DIGITS) for word in words.split()}
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS = {
    **_UNITS,
    **{word: str(10 + n) for n, word in enumerate(_TEENS)},
    **{word: str(20 + 10 * n) for n, word in enumerate(_TENS)},
}
_TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4, "quintuple": 5, "sextuple": 6}
_LOOKS_LIKE = str.maketrans("OolLiI", "001111")
_WORD = "|".join(sorted(WORDS, key=len, reverse=True))
_SPOKEN = (
    rf"(?:(?P<times>{'|'.join(_TIMES)})[\s-](?P<what>{'|'.join(_UNITS)}|\d)"
    rf"|(?P<tens>{'|'.join(_TENS)})[\s-](?P<unit>one|two|three|four|five|six|seven|eight|nine)|(?P<word>{_WORD}))"
)
_FIGURES = r"[OolI]*\d[\dOolI]*|[OolI]{4}"
_APART, _END = r"(?<![^\W_])", r"(?![^\W_])"
_TOKEN = re.compile(rf"{_APART}(?:(?P<written>{_FIGURES})|{_SPOKEN}){_END}", re.IGNORECASE)
_WIDE_TOKEN = re.compile(rf"(?P<written>{_APART}(?:{_FIGURES}){_END}|\d+)|{_APART}{_SPOKEN}{_END}", re.IGNORECASE)
# "first four 4111, next four 1111": the count of the digits that follow is none of them.
_COUNTS = re.compile(
    rf"(?<![^\W_])(?:first|second|third|next|last|final|other)\s(?:two|three|four|five|six|\d)"
    rf"(?:\s(?:digits|numbers|figures))?(?:\s(?:are|is))?:?\s(?=[\dOolI]{{2}}|(?:{_WORD}|{'|'.join(_TIMES)})\b)",
    re.IGNORECASE,
)
_BLANK = "\0"
_SMALL = "uh|um|er|and|then|dash|hyphen|space|the|next|last|finally|after that|followed by"
_BETWEEN = re.compile(rf"[\s\-‐‑–—.,;/·_]{{1,3}}(?:(?:{_SMALL})[\s,\-.:]{{1,2}}){{0,3}}{_BLANK}{{0,40}}", re.IGNORECASE)
_CHATTER = (
    r"ok|okay|yes|yeah|yep|right|got it|so|like|well|you know|it.?s|that.?s|is|are|was|again|now|comma|dot|point|slash"
    r"|star|i think|lastly|please|hold on|let me see|mm|mhm|hmm|uh huh|si|y|luego|despues|coma|guion"
)
_WIDE = re.compile(
    # A plus behind a space begins another number.
    rf"(?:\+|\+?(?:[^\w+]|_){{1,12}})(?:(?:{_SMALL}|{_CHATTER})(?:[^\w+]|_){{1,3}}){{0,5}}{_BLANK}{{0,40}}",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"\s+")
# What stands for a space in pages and addresses.
_SPACES = re.compile(r"%20|&nbsp;|&#(?:32|160|x20|xa0);|</?\w{1,10} ?/?>", re.IGNORECASE)
_ABROAD = re.compile(r"(?:\+|\bplus|\bsips?:|\btel:)\s?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Group:
    """Digits that are written or said as one: "0177", "five five five". Places are those of the text."""

    digits: str
    start: int
    end: int
    written: bool  # in figures, at least two of them


@dataclass(frozen=True)
class Run:
    """Digits that belong together. `before` is what separates each token from the one before it."""

    tokens: tuple[Group, ...]
    before: tuple[str, ...]
    abroad: bool  # begins as a number with its country code does: +, plus, tel:, sip:

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return self.tokens[-1].end

    @cached_property
    def digits(self) -> str:
        """All of its digits."""
        return "".join(token.digits for token in self.tokens)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Tokens as one groups them: figures as written, single digits joined up to a comma, a dash or a dot."""
        found: list[Group] = []
        for token, before in zip(self.tokens, self.before, strict=True):
            joins = found and not (token.written or found[-1].written) and _PLAIN.fullmatch(before)
            if joins:
                found[-1] = Group(found[-1].digits + token.digits, found[-1].start, token.end, False)
            else:
                found.append(token)
        return tuple(found)

    def between(self, start: int, end: int) -> "Run | None":
        """The part of it that lies between these places of the text; None when there is none."""
        inside = [n for n, token in enumerate(self.tokens) if start <= token.start and token.end <= end]
        if not inside:
            return None
        first, last = inside[0], inside[-1] + 1
        before = ("", *self.before[first + 1 : last])
        return Run(self.tokens[first:last], before, self.abroad and first == 0)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many digits each group has: (3, 3, 4)."""
        return tuple(len(group.digits) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as digits are looked for in it, and the place in the original of each of its characters.

    Figures and letters of every script and font are plain ones, accents and invisible characters are left out.
    """

    text: str
    places: Sequence[int]

    @classmethod
    def of(cls, text: str) -> "Folded":
        """The text, folded."""
        text = _SPACES.sub(lambda found: " " * len(found[0]), text)
        if text.isascii():
            return cls(text, range(len(text)))
        chars, places = [], []
        for place, char in enumerate(text):
            for part in unicodedata.normalize("NFKD", char):
                if unicodedata.category(part) not in ("Cf", "Mn", "Me"):
                    chars.append("i" if part == "ı" else str(unicodedata.decimal(part, part)))
                    places.append(place)
        return cls("".join(chars), places)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The same stretch of the original text."""
        return self.places[start], self.places[end - 1] + 1


def runs(text: str, *, wide: bool = False) -> Iterator[Run]:
    """Every run of the text, in order; or every wide run."""
    tokens: list[Group] = []
    before: list[str] = []
    text = _COUNTS.sub(lambda count: _BLANK * len(count[0]), text)
    between = _WIDE if wide else _BETWEEN
    for found in (_WIDE_TOKEN if wide else _TOKEN).finditer(text):
        gap = text[tokens[-1].end : found.start()] if tokens else ""
        if tokens and not between.fullmatch(gap):
            yield _run(text, tokens, before)
            tokens, before = [], []
        tokens.append(_token(found))
        before.append(gap if before else "")
    if tokens:
        yield _run(text, tokens, before)


def _run(text: str, tokens: list[Group], before: list[str]) -> Run:
    return Run(tuple(tokens), tuple(before), bool(_ABROAD.search(text[max(0, tokens[0].start - 6) : tokens[0].start])))


def _token(found: re.Match[str]) -> Group:
    return Group(_digits(found), found.start(), found.end(), len(found["written"] or "") > 1)


def _digits(found: re.Match[str]) -> str:
    if found["written"]:
        return found["written"].translate(_LOOKS_LIKE)
    if found["times"]:
        return WORDS.get(found["what"].lower(), found["what"]) * _TIMES[found["times"].lower()]
    if found["tens"]:
        return WORDS[found["tens"].lower()][0] + WORDS[found["unit"].lower()]
    return WORDS[found["word"].lower()]


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others, as on payment cards."""
    total = sum(int(digit) for digit in digits[::-2]) + sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return total % 10 == 0
