"""Text as a terminal and a spreadsheet may show it, whatever a caller is called or a model has made up."""

import re

# C0 and C1 controls but for the line feed, lone surrogates, and what turns the direction of text or hides in it.
_STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_FORMULA = re.compile(r"[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def visible(text: str) -> str:
    """The text with control and direction characters written out: an escape is \\x1b. Line feeds stay."""
    return _STEERS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """The same on one line."""
    return visible(" ".join(text.split()))


def cell(text: str) -> str:
    """A cell of a CSV file: one line, with an apostrophe before what a spreadsheet would take for a formula.

    A plain number ("+12025550100", "-3") stays as it is.
    """
    text = one_line(text)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
