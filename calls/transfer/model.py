"""A transfer as a value: everything that is known of it, the way it is kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calls.call import Mechanism
from calls.legs.attempts import Attempt, PlannedLeg
from calls.outcomes import Outcome


class State(StrEnum):
    """Where a transfer stands. ENDED is final, though a later report may still sharpen what is known of it."""

    REQUESTED = "requested"  # the tool has answered; nothing has been heard since
    TRYING = "trying"  # a step of the chain is under way
    WAITING = "waiting"  # the caller waits in a queue
    CONSULTING = "consulting"  # a person is rung and briefed while the caller waits
    ACCEPTED = "accepted"  # a person has said yes, and the caller is on the way to them
    BRIDGED = "bridged"  # caller and person hear each other
    AWAY = "away"  # another agent has the caller, who will come back
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a consult was begun with. It holds to the end, whatever the directory says by then. Times are seconds."""

    department: str  # as it is said
    caller_id: str  # E.164, what the person sees
    hold_limit: int
    accept_within: int
    talk: bool = False  # the agent goes on talking with the caller
    introduction: str = ""  # spoken to both before they hear each other
    spoken: float = 0.0  # how long it takes to announce it, about: nobody is on hold before
    names: tuple[tuple[str, str], ...] = ()  # of the people, by their key in the file


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer and all that is known of it. `version` counts its changes, for compare-and-set."""

    id: str
    ref: str
    call_id: str
    mechanism: Mechanism
    destination: str
    final: bool
    reason: str
    summary: str
    agent: str  # who sent the caller
    started_at: datetime
    facts: tuple[tuple[str, str], ...] = ()  # what the agent has gathered, by name
    plan: tuple[PlannedLeg, ...] = ()
    state: State = State.REQUESTED
    outcome: Outcome | None = None
    inferred: bool = False
    sent_by: str = ""  # id of the temporary handoff under which it was asked for
    note: str = ""  # what whoever had the caller said when giving the caller back
    ended_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    terms: Terms | None = None  # of a consult
    bridged_at: datetime | None = None
    returned_at: datetime | None = None  # when the agent was given the caller back
    error: str = ""  # what the platform said when something could not be done
    flags: tuple[str, ...] = ()  # what the watchdog noticed
    business: str = ""  # that the caller rang
    directory: int = 0  # the number of the version of its directory that decided it
    version: int = 0

    @property
    def live(self) -> bool:
        """True until an outcome has closed it."""
        return self.state is not State.ENDED
