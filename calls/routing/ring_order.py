"""Whom a chain rings first, as people are at this moment: the order of a ring step, and who is not tried at all."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from calls.directory.entries import Person
from calls.directory.steps import Leg, Ring, Step
from calls.legs.attempts import PlannedLeg
from calls.routing.availability import Presences, free, in_order, is_away

Groups = tuple[tuple[Leg, ...], ...]


@dataclass(frozen=True, slots=True)
class Present:
    """The people of the file as they can be reached at a moment (aware), and what the caller needs them for."""

    people: Mapping[str, Person]
    presences: Presences
    at: datetime
    speaks: str = ""
    skills: tuple[str, ...] = ()

    def is_free(self, leg: Leg) -> bool:
        """Whether this leg may be rung now. Of a number that is nobody's, nothing is known."""
        return leg.person is None or free(self.presences.get(leg.person), self.at)

    def is_away(self, leg: Leg) -> bool:
        """Whether this leg's person has said that they are not to be rung."""
        return leg.person is not None and is_away(self.presences.get(leg.person), self.at)


def arranged(steps: Iterable[Step], present: Present) -> tuple[Step, ...]:
    """The steps with their people in order. Those at the beginning that can ring nobody now are left out.

    The first step rings those who are free before those who may be by then.
    """
    ordered = [_ordered(step, present) if isinstance(step, Ring) else step for step in steps]
    while ordered and isinstance(ordered[0], Ring):
        if any(present.is_free(leg) for leg in ordered[0].legs):
            return (_free_first(ordered[0], present), *ordered[1:])
        ordered = ordered[1:]
    return tuple(ordered)


def _ordered(step: Ring, present: Present) -> Ring:
    """The groups in the order of the step. Who is away is left out where others are left."""
    here = _only(step.groups, [leg for leg in step.legs if not present.is_away(leg)]) or step.groups
    if step.order == "in_turn" and not (present.speaks or present.skills):
        return step.ringing(here)
    keys = dict.fromkeys(leg.person for leg in step.legs if leg.person)
    known = [present.people[key] for key in keys]
    ranked = in_order(step.order, known, present.presences, present.at, present.speaks, present.skills)
    rank = {person.key: number for number, person in enumerate(ranked)}

    def first(group: Sequence[Leg]) -> float:
        return min(rank[leg.person] if leg.person else math.inf for leg in group)

    return step.ringing(tuple(sorted(here, key=first)))


def _free_first(step: Ring, present: Present) -> Ring:
    now = [leg for leg in step.legs if present.is_free(leg)]
    return step.ringing(_only(step.groups, now) + _only(step.groups, [x for x in step.legs if x not in now]))


def _only(groups: Groups, legs: Sequence[Leg]) -> Groups:
    kept = (tuple(leg for leg in group if leg in legs) for group in groups)
    return tuple(group for group in kept if group)


def as_planned(steps: Sequence[Step], plan: Sequence[PlannedLeg]) -> tuple[Step, ...]:
    """The steps of a chain that was chosen anew, as they were arranged when their transfer began."""
    first = {leg.to for leg in plan if leg.step == 1}
    skipped = next((n for n, step in enumerate(steps) if not isinstance(step, Ring) or first <= _addresses(step)), 0)
    return tuple(_as_rung(number, step, plan) for number, step in enumerate(steps[skipped:], 1))


def _addresses(step: Ring) -> set[str]:
    return {str(leg.to) for leg in step.legs}


def _as_rung(number: int, step: Step, plan: Sequence[PlannedLeg]) -> Step:
    if not isinstance(step, Ring):
        return step
    planned = [leg for leg in plan if leg.step == number]
    legs = {(str(leg.to), leg.person): leg for leg in step.legs}
    groups = dict.fromkeys(leg.group for leg in planned)
    rung = tuple(
        tuple(legs[one.to, one.person] for one in planned if one.group == group and (one.to, one.person) in legs)
        for group in groups
    )
    return step.ringing(tuple(filter(None, rung))) if any(rung) else step


@dataclass(frozen=True, slots=True)
class Round:
    """What one `connect` of a ring step dials: people who ring together, or numbers that are nobody's, in turn.

    `first` is the number of its first leg within the step.
    """

    first: int
    groups: Groups

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Every leg, in order."""
        return tuple(leg for group in self.groups for leg in group)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of its legs within the step."""
        return tuple(range(self.first, self.first + len(self.legs)))

    @property
    def people(self) -> tuple[str, ...]:
        """Who must be claimed before it rings, by their keys."""
        return tuple(dict.fromkeys(leg.person for leg in self.legs if leg.person))

    @property
    def singly(self) -> "tuple[Round, ...]":
        """The same legs, one after another."""
        return tuple(Round(number, ((leg,),)) for number, leg in zip(self.numbers, self.legs, strict=True))


def rounds(step: Ring) -> tuple[Round, ...]:
    """A ring step as it is dialled. Each group with people in it is asked about by itself."""
    found: list[Round] = []
    for group in step.groups:
        last = found[-1] if found else None
        if last and not last.people and not any(leg.person for leg in group):
            found[-1] = Round(last.first, (*last.groups, group))
        else:
            found.append(Round(last.numbers[-1] + 1 if last else 0, (group,)))
    return tuple(found)
