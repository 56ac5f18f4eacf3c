"""The transfer's table as a picture, so that the README cannot say anything else than the code."""

import re
from collections import defaultdict

from calls.transfer.machine import TABLE, State


def draw() -> str:
    """The states and what leads from one to another, as a Mermaid state diagram. Loops are left out."""
    arrows: dict[tuple[State, State], list[str]] = defaultdict(list)
    for (state, event), row in TABLE.items():
        for target in row.leads_to - {state}:
            arrows[state, target].append(_words(event.__name__))
    lines = ["stateDiagram-v2", f"    [*] --> {State.REQUESTED}"]
    for (state, target), events in sorted(arrows.items(), key=lambda arrow: _order(arrow[0])):
        lines.append(f"    {state} --> {target}: {', '.join(sorted(events))}")
    return "\n".join([*lines, f"    {State.ENDED} --> [*]"])


def _order(arrow: tuple[State, State]) -> tuple[int, int]:
    states = list(State)
    return states.index(arrow[0]), states.index(arrow[1])


def _words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()
