"""What an agent may offer its callers, and by which tool each destination is reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from calls.call import Leg as LegKind
from calls.directory.chains import Tool, expand, tool_for
from calls.directory.entries import AgentSpec, Department
from calls.directory.references import BUILT_IN
from calls.directory.steps import Step, ToAgent


class Entries(Protocol):
    """What destinations are read off: a directory's departments and agents."""

    @property
    def departments(self) -> Mapping[str, Department]: ...
    @property
    def agents(self) -> Mapping[str, AgentSpec]: ...
    def agent(self, name: str) -> AgentSpec | None: ...


@dataclass(frozen=True, slots=True)
class Destination:
    """One destination. `phone` and `sip` are the tools that reach it from such a leg, None for none."""

    name: str
    title: str
    about: str
    also: tuple[str, ...]
    phone: Tool | None
    sip: Tool | None

    def tool(self, leg: LegKind) -> Tool | None:
        """The tool that reaches it from this kind of leg."""
        return self.sip if leg == "sip" else self.phone


def destinations(directory: Entries, agent: str) -> tuple[Destination, ...]:
    """What `agent` may offer: departments, then agents that are not the first step of an offered department.

    Never the agent itself, and no department that only leads back to it.
    """
    spec = directory.agent(agent)
    if spec is None:
        return ()
    everyone = (*directory.departments, *(name for name in directory.agents if name not in BUILT_IN))
    allowed = dict.fromkeys(everyone if spec.destinations is None else spec.destinations)
    departments = [directory.departments[name] for name in directory.departments if name in allowed]
    chains = {department.name: _chain(directory, department) for department in departments}
    entered = {chain[0].agent for chain in chains.values() if isinstance(chain[0], ToAgent)}
    offers = [_offer(department, chains[department.name], agent) for department in departments]
    agents = [directory.agent(name) for name in allowed if name not in directory.departments]
    offers += [_offer(other, [ToAgent(other.name)], agent) for other in agents if other and other.name not in entered]
    return tuple(offer for offer in offers if offer.phone or offer.sip)


def _chain(directory: Entries, department: Department) -> tuple[Step, ...]:
    return expand(department.reach, lambda name: directory.departments[name].reach)


def _offer(entry: Department | AgentSpec, steps: Iterable[Step], agent: str) -> Destination:
    also = getattr(entry, "also", ())
    phone, sip = (tool_for(steps, sip=on_sip, agent=agent) for on_sip in (False, True))
    return Destination(entry.name, entry.title, entry.about, also, phone, sip)
