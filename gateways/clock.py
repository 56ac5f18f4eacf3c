"""The time. The only place that reads the wall clock."""

from dataclasses import dataclass
from datetime import UTC, datetime


class Clock:
    """The real time."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251, this is where the others take it from


@dataclass
class StoppedClock(Clock):
    """A clock that shows `at` until it is set again; for tests and rehearsals."""

    at: datetime

    def now(self) -> datetime:
        """The moment it was set to."""
        return self.at
