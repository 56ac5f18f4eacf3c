"""Queues: what they are called on the platform, and who takes their callers."""

from collections.abc import Iterator

from calls.directory.model import Department, Directory
from calls.directory.queue_step import WAIT_LIMITS
from calls.directory.steps import Queue, Ring, Step


def room_of(queue: str, transfer_id: str) -> str:
    """The platform's queue in which one caller waits alone.

    The platform gives whoever connects to a queue its head. Whose turn it is, is decided by our own records, so each
    caller has a queue of their own there.
    """
    return f"{queue}-{transfer_id}"


def key_of(transfer_id: str, step: int) -> str:
    """The key under which the caller of a transfer stands in the waiting line."""
    return f"{transfer_id}:{step}"


def people_of(name: str, directory: Directory) -> tuple[str, ...]:
    """Who takes the callers of a queue, by key, in the order of the file.

    Those whom its steps name; when none does, everybody whom the departments ring that have this queue.
    """
    using = [(department, queue) for department, queue in _queues(directory) if queue.name == name]
    named = [key for _, queue in using for key in queue.people]
    rung = [key for department, _ in using for key in _rung(department)]
    return tuple(dict.fromkeys(key for key in named or rung if key in directory.people))


def longest_wait(name: str, directory: Directory) -> int:
    """How many seconds a caller waits in a queue at most, as the file says it now."""
    waits = [queue.wait for _, queue in _queues(directory) if queue.name == name]
    return max(waits, default=WAIT_LIMITS[1])


def _queues(directory: Directory) -> Iterator[tuple[Department, Queue]]:
    for department in directory.departments.values():
        yield from ((department, step) for step in _steps(department) if isinstance(step, Queue))


def _rung(department: Department) -> Iterator[str]:
    for step in _steps(department):
        if isinstance(step, Ring):
            yield from (leg.person for leg in step.legs if leg.person)


def _steps(department: Department) -> tuple[Step, ...]:
    return (*department.reach, *department.closed)
