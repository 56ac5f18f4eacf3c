"""Documents with slots: what is the same for every call is text already, and what differs is written into it."""

import re
from collections.abc import Callable
from typing import Generic, TypeVar

Slots = TypeVar("Slots")


class Cuts(Generic[Slots]):
    """Marks set into a document while it is still values, found again in its text; `Slots` is what fills them."""

    def __init__(self, text: str) -> None:
        """Marks are chosen so that nothing in `text`, whoever wrote it, can be taken for one."""
        self.mark = "slot-"
        while self.mark in text:
            self.mark += "-"
        self.writers: list[Callable[[Slots], str]] = []
        self.found: list[str] = []

    def value(self, write: Callable[[Slots], str]) -> str:
        """A mark that stands for a whole JSON value."""
        return self._new(write, '"{}"')

    def item(self, write: Callable[[Slots], str]) -> str:
        """A mark in a list, for any number of items each followed by a comma; something must follow it."""
        return self._new(write, '"{}",')

    def key(self, write: Callable[[Slots], str]) -> str:
        """A mark as a key with value 0, for a whole `"key":value,` or nothing; something must follow it."""
        return self._new(write, '"{}":0,')

    def text(self, write: Callable[[Slots], str]) -> str:
        """A mark inside a JSON string."""
        return self._new(write, "{}")

    def _new(self, write: Callable[[Slots], str], form: str) -> str:
        mark = f"{self.mark}{len(self.writers)};"
        self.writers.append(write)
        self.found.append(form.format(mark))
        return mark

    def divide(self, text: str) -> tuple[tuple[str, ...], tuple[Callable[[Slots], str], ...]]:
        """The text between the marks, and what writes each gap, both in the document's order."""
        pattern = "|".join(re.escape(form) for form in self.found)
        order = re.findall(pattern, text)
        writers = tuple(self.writers[self.found.index(form)] for form in order)
        return tuple(re.split(pattern, text)), writers
