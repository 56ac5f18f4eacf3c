"""Chains of steps: following the departments they lead through, and finding the circles that would never end."""

from collections.abc import Callable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Literal, get_args

from calls.directory.steps import Refer, Step, ToAgent, ToDepartment

Tool = Literal["connect", "swml_transfer", "sip_refer"]
TOOLS: tuple[Tool, ...] = get_args(Tool)


def expand(steps: Iterable[Step], steps_of: Callable[[str], Iterable[Step]]) -> tuple[Step, ...]:
    """The chain with the steps of each department it leads to in their place.

    A department is entered once: whoever did not answer a moment ago is not rung again.
    """
    chain, seen, ahead = list[Step](), set[str](), list(steps)[::-1]
    while ahead:
        step = ahead.pop()
        if not isinstance(step, ToDepartment):
            chain.append(step)
        elif step.department not in seen:
            seen.add(step.department)
            ahead += list(steps_of(step.department))[::-1]
    return tuple(chain)


def tool_for(steps: Iterable[Step], *, sip: bool, agent: str) -> Tool | None:
    """The tool by which `agent` reaches the first step it can use on such a leg; None when it can use none."""
    for step in steps:
        if isinstance(step, Refer):
            if sip:
                return "sip_refer"
        elif not isinstance(step, ToAgent):
            return "connect"
        elif step.agent != agent:
            return "swml_transfer"
    return None


def find_circles(edges: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The circles of a graph, each as ["a", "b", "a"]; without one edge of each there would be none."""
    left = {name: set(targets) for name, targets in edges.items()}
    circles: list[list[str]] = []
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            circles.append(circle)
            left[circle[0]].discard(circle[1])
        else:
            return circles
