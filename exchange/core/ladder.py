"""The ladder: everything that happened, in order, as immutable entries with the exchange's time.

Kinds of entry
    dial state end            a leg is made, changes state, is over
    fetch tool report hook callback http rest    one HTTP exchange each; text is METHOD path status
    verb script               a verb starts; a script begins, jumps or ends
    said heard pressed        spoken to a leg; spoken by the party; keyed by the party
    sound                     music, ringback, tones
    bridge unbridge           two legs hear each other; no longer
    ai action hold listening  the agent's session, its actions, its hold, waiting for the caller
    queue conference refer sms record detect transcribe event
    error                     a script error as the platform reports it
    violation                 the application broke the contract; a strict test asserts there is none
    warning                   the platform puts up with it, though its documentation says otherwise
    fault                     a fault that was drawn on purpose
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """One rung. `at` is seconds since the exchange opened; `detail` is for reading and not compared."""

    at: float
    call: str
    leg: str
    kind: str
    text: str = ""
    detail: Mapping[str, object] = field(default_factory=dict, compare=False, hash=False)

    def __str__(self) -> str:
        return f"{self.at:9.2f}  {self.leg:<14} {self.kind:<10} {self.text}"


class Ladder:
    """An append-only list of entries that can be listened to while it grows."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._listeners: list[Callable[[Entry], None]] = []

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)
        for listener in tuple(self._listeners):
            listener(entry)

    def listen(self, listener: Callable[[Entry], None]) -> Callable[[], None]:
        """Call `listener` with every new entry, on the exchange's own thread. Returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def find(self, *kinds: str, call: str | None = None, leg: str | None = None) -> list[Entry]:
        """The entries of these kinds (all kinds when none is named), of one call or leg if given."""
        return [
            entry
            for entry in tuple(self._entries)
            if (not kinds or entry.kind in kinds)
            and (call is None or entry.call == call)
            and (leg is None or entry.leg == leg)
        ]

    def texts(self, *kinds: str, call: str | None = None, leg: str | None = None) -> list[str]:
        return [entry.text for entry in self.find(*kinds, call=call, leg=leg)]

    def lines(self, call: str | None = None) -> list[str]:
        """The ladder as text, without anything that differs between two runs of one seed."""
        return [str(entry) for entry in self.find(call=call)]

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)
