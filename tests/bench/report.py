"""The figures as Markdown for people and as JSON for scripts."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.bench.contest import CONCURRENCY, Contestant
from tests.bench.load import Measured

AT = 32  # requests at once, where the aims are judged


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure and what it has to be: at least `aim`, or at most where `most`."""

    what: str
    found: float
    aim: float
    unit: str = "×"
    most: bool = False

    @property
    def sign(self) -> str:
        """How the aim is written."""
        return "≤" if self.most else "≥"

    @property
    def met(self) -> bool:
        """Whether the figure is what it has to be."""
        return self.found <= self.aim if self.most else self.found >= self.aim


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of processor time our workers spend on one request, and how large the document is."""

    what: str
    fetch: float
    static: float
    tool: float
    document: int


@dataclass(slots=True)
class Report:
    """Everything one run found."""

    machine: str
    speeds: dict[str, dict[int, Measured]] = field(default_factory=dict)
    aims: list[Aim] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)

    def add(self, contestants: Iterable[Contestant]) -> None:
        """Take over what the rounds measured."""
        for one in contestants:
            self.speeds[one.name] = {at: one.typical(at) for at in CONCURRENCY}

    def ratio(self, one: str, other: str, *, at: int = AT) -> float:
        """How many times as fast the one is as the other; one that answered nothing counts as one answer in 10 s."""
        return self.speeds[one][at].rps / max(self.speeds[other][at].rps, 0.1)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"aims": [asdict(one) | {"met": one.met} for one in self.aims]}

    def as_markdown(self) -> str:
        """Tables, ready for a README."""
        parts = [self.machine, self._speeds(), self._aims(), self._costs()]
        return "\n\n".join(part for part in parts if part)

    def _speeds(self) -> str:
        head = [
            "requests/s · p50 ms · p99 ms",
            *(f"{at} at once" for at in CONCURRENCY),
            f"µs of CPU at {AT}",
            "errors",
        ]
        rows = [
            [
                name,
                *(_speed(by[at]) for at in CONCURRENCY),
                f"{by[AT].cpu:,.0f}",
                str(sum(one.errors for one in by.values())),
            ]
            for name, by in self.speeds.items()
        ]
        return _table(head, rows)

    def _aims(self) -> str:
        rows = [
            [one.what, f"{one.found:.2f} {one.unit}", f"{one.sign} {one.aim:g}", "yes" if one.met else "**no**"]
            for one in self.aims
        ]
        return _table([f"at {AT} at once, medians", "found", "aim", "met"], rows)

    def _costs(self) -> str:
        head = ["processor time, µs a request", "SWML fetch", "static of the same bytes", "connect", "document, bytes"]
        rows = [
            [one.what, *(f"{value:,.0f}" if value else "" for value in (one.fetch, one.static, one.tool, one.document))]
            for one in self.costs
        ]
        return _table(head, rows) if rows else ""


def _speed(one: Measured) -> str:
    return f"{one.rps:,.0f} · {one.p50:.1f} · {one.p99:.0f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
