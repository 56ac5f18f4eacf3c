"""A ladder for very many calls: it keeps what is asked about afterwards, and nothing of what was sent."""

from dataclasses import replace

from exchange.core.ladder import Entry, Ladder

KEPT = ("state", "violation", "error")  # the platform's own log of a leg is made of its states


class Sieve(Ladder):
    """Listeners are told of everything; entries of other kinds than KEPT are forgotten."""

    def add(self, entry: Entry) -> None:
        """Tell of an entry, and keep it without its details, or not at all."""
        for listener in tuple(self._listeners):
            listener(entry)
        if entry.kind in KEPT:
            self._entries.append(replace(entry, detail={}))
