"""One caller's visit, as the exchange sees it: its legs, and what a test or a person can do and ask."""

from collections.abc import Callable
from typing import Any

from exchange.core.ladder import Entry
from exchange.core.legs import Leg, Network
from exchange.core.sounds import longest_silence
from exchange.phones.people import Scripted


class Call:
    """A call: the caller's leg and every leg dialled for it. Made by `Exchange.dial`, or by the REST dial command."""

    def __init__(self, exchange: Network, number: int, *, stream: str = "call") -> None:
        self.exchange, self.number, self.stream = exchange, number, f"{stream}{number}"
        self.legs: list[Leg] = []
        self.spoken: list[str] = []  # what callers and people said aloud, for telling whose number was dialled
        self.invented: list[str] = []  # what the model put into tool arguments

    def uuid(self) -> str:
        return self.exchange.dice.uuid(self.stream)

    def add(self, leg: Leg) -> Leg:
        self.legs.append(leg)
        return leg

    @property
    def id(self) -> str:
        return self.legs[0].call_id if self.legs else ""

    @property
    def by_rest(self) -> bool:
        """Dialled by REST: its first leg is whoever was rung."""
        return self.stream.startswith("rest")

    @property
    def caller(self) -> Leg:
        """The first leg: the caller's, or the one REST dialled."""
        return self.legs[0]

    @property
    def over(self) -> bool:
        return self.caller.over.is_set()

    @property
    def listening(self) -> bool:
        """The agent waits for the caller, and nothing is queued to be said."""
        return isinstance(self.caller.party, Scripted) and self.caller.party.waits

    # Doing

    def say(self, line: str) -> "Call":
        """Say a line, and let the call run until the agent listens again or the call is over."""
        party = self._scripted()
        self.exchange.do(lambda: party.add_line(line))
        self.exchange.run(lambda: self.over or (party.waits and not party.lines))
        return self

    def press(self, digits: str) -> "Call":
        """Key digits into the next prompt."""
        party = self._scripted()
        self.exchange.do(lambda: party.add_keys(digits))
        return self

    def hang_up(self) -> "Call":
        """The caller hangs up now; the call runs to its end."""
        self.exchange.do(lambda: self.caller.hang_up("hangup", by="caller"))
        return self.run()

    def run(self, until: Callable[["Call"], bool] | None = None) -> "Call":
        """Run to the end (a caller with nothing left to say hangs up), or until a condition holds."""
        if until is not None:
            self.exchange.run(lambda: self.over or until(self))
            return self
        if isinstance(self.caller.party, Scripted):
            self.exchange.do(self.caller.party.finish)
        self.exchange.run(lambda: self.over)
        self.exchange.settle()
        return self

    def wait(self, seconds: float) -> "Call":
        """Let that much of the exchange's time pass."""
        until = self.exchange.clock.elapsed + seconds
        self.exchange.wake_at(until)
        self.exchange.run(lambda: self.exchange.clock.elapsed >= until - 1e-6)
        return self

    def _scripted(self) -> Scripted:
        if not isinstance(self.caller.party, Scripted):
            raise TypeError("this caller's phone is operated by hand")
        return self.caller.party

    # Asking

    def find(self, *kinds: str, leg: str | None = None) -> list[Entry]:
        """Entries of this call's ladder."""
        return self.exchange.ladder.find(*kinds, call=self.id, leg=leg)

    @property
    def heard(self) -> list[str]:
        """What was spoken to the caller, in order."""
        return [entry.text for entry in self.find("said", leg=self.caller.name)]

    def said_to(self, name: str) -> list[str]:
        """What was spoken to the leg of that name (the address that was dialled)."""
        return [entry.text for entry in self.find("said", leg=name)]

    @property
    def bridged(self) -> list[str]:
        """Whom the caller was put through to, in order, by address."""
        return [entry.text for entry in self.find("bridge", leg=self.caller.name)]

    @property
    def rang(self) -> list[str]:
        """The addresses that were dialled, in order."""
        return [entry.leg for entry in self.find("dial") if entry.leg != self.caller.name]

    @property
    def tools(self) -> list[tuple[str, dict[str, Any]]]:
        """The tools that were called with their arguments, first attempts only."""
        return [(str(e.detail["name"]), dict(e.detail["args"])) for e in self.find("action") if "args" in e.detail]  # type: ignore[call-overload]

    @property
    def violations(self) -> list[str]:
        return [entry.text for entry in self.find("violation")]

    @property
    def warnings(self) -> list[str]:
        """What the platform puts up with, though its documentation says otherwise."""
        return [entry.text for entry in self.find("warning")]

    @property
    def errors(self) -> list[str]:
        return [entry.text for entry in self.find("error")]

    @property
    def ending(self) -> str:
        """ "reason by whom" of the caller's leg; "" while it is up."""
        return f"{self.caller.end_reason} by {self.caller.ended_by}" if self.over else ""

    @property
    def longest_silence(self) -> float:
        """Seconds: the longest the caller heard nothing since the call was answered."""
        leg = self.caller
        if leg.answered_elapsed is None:
            return 0.0
        ended = self.find("end", leg=leg.name)
        end = ended[0].at if ended else self.exchange.clock.elapsed
        return longest_silence(leg.sounds, leg.answered_elapsed, end)

    @property
    def duration(self) -> float:
        """Seconds from answer to end, 0.0 if never answered."""
        if self.caller.answered_at is None:
            return 0.0
        return ((self.caller.ended_at or self.exchange.clock.micros()) - self.caller.answered_at) / 1e6
