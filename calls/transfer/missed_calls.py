"""Missed calls: a caller who was gone before anybody had taken care of them is somebody to be rung back.

They hung up while a phone rang or while they waited; or we were away at the one moment at which they needed us. Either
way a department hears of it, as of any other message.
"""

from calls.directory.model import Department
from calls.names import caller_name
from calls.orders import KeepMessage, NoteMissed
from calls.outcomes import Outcome
from calls.transfer.model import State, Transfer

SETTLED_AFTER = 60.0
"""Seconds in which a late report may still show that the caller is with somebody."""


def missing(before: Transfer, after: Transfer) -> tuple[NoteMissed, ...]:
    """A look at the transfer, a little later, when it has just ended without anybody for its caller."""
    news = (before.state, before.outcome) != (after.state, after.outcome)
    return (NoteMissed(after.id, SETTLED_AFTER),) if news and is_missed(after) else ()


def is_missed(transfer: Transfer) -> bool:
    """Whether the caller has gone, as far as is known, without a person, an agent, or a word that was kept."""
    if transfer.state is not State.ENDED or transfer.returned_at or transfer.outcome is None:
        return False
    # Whatever else a transfer ends with, its document or its agent goes on with the caller.
    gone = transfer.inferred or transfer.outcome in (Outcome.CALLER_LEFT, Outcome.LOST)
    return gone and not transfer.outcome.taken_care_of


def message_of(transfer: Transfer, department: Department | None) -> KeepMessage:
    """What the department is told. One for a call, however often its caller was put through."""
    assert transfer.ended_at is not None
    wanted = transfer.summary or transfer.reason
    unknown = "What became of this call is not known." if transfer.outcome is Outcome.LOST else ""
    return KeepMessage(
        key=f"missed:{transfer.call_id}",
        kind="missed",
        call_id=transfer.call_id,
        destination=department.name if department else transfer.destination,
        at=transfer.ended_at,
        body=" ".join(filter(None, (unknown, wanted))),
        name=caller_name(dict(transfer.facts)),
        transfer_id=transfer.id,
        business=transfer.business,
    )
