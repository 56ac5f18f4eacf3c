"""What a caller in line is told: where they stand, how long it will take, and what they can do instead of waiting."""

from dataclasses import dataclass

_ORDINALS = ("next", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LONGEST = 60  # minutes; beyond it nobody counts
_BACK = "To be rung back without losing your place, press 1. "
_MESSAGE = "To leave a message, press 2."

OFFERED_FROM = 60.0
"""Seconds of expected wait from which a caller is offered to be rung back."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands in line: `position` (1 is next) and the seconds they will wait, None when nobody knows."""

    position: int
    wait: float | None = None

    @property
    def told(self) -> str:
        """The same as text, to see whether a caller was told it before."""
        return f"{self.position}/{minutes(self.wait)}"


def minutes(wait: float | None) -> int | None:
    """A wait in seconds as one says it, in whole minutes; 0 is less than one."""
    if wait is None:
        return None
    return int((wait + 30) // 60) if wait >= 60 else 0


def announcement(standing: Standing, told: str, *, ring_back: bool) -> str:
    """What is said between two rounds. `told` is what `Standing.told` was last time; "" at first.

    `ring_back`: whether the caller may choose to be rung back.
    """
    stands = f"{_place(standing.position)}{_wait(standing.wait)}"
    news = "Thank you for waiting. " if told == standing.told else stands
    return f"{news}{_BACK if ring_back else ''}{_MESSAGE}"


def _place(position: int) -> str:
    if position < 1:
        return "Thank you for waiting. "
    return f"You are {_ORDINALS[position - 1] if position <= len(_ORDINALS) else f'number {position}'} in line. "


def _wait(wait: float | None) -> str:
    whole = minutes(wait)
    if whole is None:
        return ""
    if whole == 0:
        return "The wait is less than a minute. "
    if whole > _LONGEST:
        return "The wait is more than an hour. "
    spoken = _NUMBERS[whole - 1] if whole <= len(_NUMBERS) else str(whole)
    return f"The wait is about {spoken} minute{'s' if whole > 1 else ''}. "
