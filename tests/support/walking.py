"""Every way through a document, and whether it ends well for the caller."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
Path = list[tuple[str, Any]]


def paths(steps: list[Json], walked: Path | None = None) -> Iterator[Path]:
    """Every way through a section: at a condition, each branch, and none of them where there is no `else`."""
    walked = walked or []
    for number, step in enumerate(steps):
        ((name, value),) = step.items()
        if name == "cond":
            for branch in value:
                then = branch.get("then") or branch.get("else") or []
                yield from paths([*then, *steps[number + 1 :]], [*walked, ("branch", branch.get("when", "else"))])
            if "else" in value[-1]:
                return
            walked = [*walked, ("branch", "none")]
            continue
        walked = [*walked, (name, value)]
        if name in ("hangup", "transfer", "return"):
            yield walked
            return
    yield walked


DIALLING = {"connect", "enter_queue", "sip_refer", "record", "execute"}


def is_round(name: str, value: Any) -> bool:
    """Whether this is a round in a queue: a section of the document itself (see test_queueing)."""
    return name == "execute" and str(value["dest"]).startswith("queue_")


def taken_at(path: Path) -> int:
    """Where on a path the caller got to somebody; its end when nobody took the call."""
    reached = ("== 'connected'", "sip_refer")
    took = (n for n, (name, value) in enumerate(path) if name == "branch" and any(one in value for one in reached))
    return next(took, len(path))


def taken_care_of(path: Path, *, detached: bool, may_hang_up: bool) -> bool:
    """Whether a path ends with the caller with somebody, heard, or back with an agent, or we were not there."""
    last, value = path[-1]
    if DIALLING & {name for name, value in path[taken_at(path) :] if not is_round(name, value)}:
        return False  # somebody else would be rung after the caller has been with a person
    met = {name for name, _ in path}
    if last == "transfer":
        return detached and ("/swml/" in str(value["dest"]) or value["dest"] == "away")
    if last == "hangup":
        was_with_somebody = taken_at(path) < len(path)
        booked = any(name == "set" and "callback booked" in value.values() for name, value in path)
        return may_hang_up or was_with_somebody or booked or "record" in met
    told = any(name == "set" and "ai_response" in value for name, value in path)
    return not detached and told and last != "hangup"
