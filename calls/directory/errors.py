"""Mistakes in the directory file: all of them at once, each with its path, its value and what would be right."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches

from calls.numbers import Unreadable

_PASSWORD = re.compile(r"(\w+:(?://)?[^:@/\s]*):[^@/\s]+@")
_LONGEST_SHOWN = 80  # characters


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. `path` is the YAML path ("departments.sales.reach[0].ring[1]"), `wanted` what would be right."""

    path: str
    value: object
    wanted: str

    def __str__(self) -> str:
        return f"{self.path}: {shown(self.value)}: {self.wanted}"

    def under(self, path: str) -> "Mistake":
        """The same mistake, seen from further up."""
        return Mistake(joined(path, self.path), self.value, self.wanted)


class Mistakes(ValueError):
    """Everything that is wrong with a file. `mistakes` is never empty."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(slots=True)
class Found:
    """Collects mistakes while reading goes on."""

    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, path: str, value: object, wanted: str) -> None:
        """Note one mistake."""
        self.mistakes.append(Mistake(path, value, wanted))

    @contextmanager
    def at(self, path: str, value: object) -> Iterator[None]:
        """Whatever cannot be read inside the block is noted at `path`; what follows the block is read all the same."""
        try:
            yield
        except Mistakes as nested:
            self.mistakes += [mistake.under(path) for mistake in nested.mistakes]
        except Unreadable as reason:
            self.add(path, value, str(reason))

    def raise_any(self) -> None:
        """Raise Mistakes when there are any."""
        if self.mistakes:
            raise Mistakes(self.mistakes)


def joined(above: str, below: str) -> str:
    """Two pieces of a YAML path as one."""
    if not above or not below or below.startswith("["):
        return above + below
    return f"{above}.{below}"


def shown(value: object) -> str:
    """A value as an operator may see it: short, and without a password."""
    text = _PASSWORD.sub(r"\1:•••@", repr(value) if value is not None else "nothing")
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def did_you_mean(text: object, known: Iterable[object]) -> str:
    """ "; did you mean 'sales'?" when something known looks like `text`, otherwise nothing."""
    names = sorted({str(name) for name in known})
    close = get_close_matches(str(text).lower(), names, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def text_of(value: object) -> str:
    """The text of a YAML scalar that must be text. Raises Unreadable."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise Unreadable(f'text in quotes; YAML reads {value} as a number, so quote it: "+{value}" or "{value}"')
    if not isinstance(value, str) or not value.strip():
        raise Unreadable("text")
    return value.strip()
