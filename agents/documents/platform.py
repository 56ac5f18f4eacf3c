"""How the platform behaves where its documentation leaves it open, as far as our documents depend on it."""

from dataclasses import dataclass
from typing import Literal

QueueKey = Literal["execute_after_queue", "transfer_after_bridge"]
QueueTimeout = Literal["unknown", "next_verb", "document", "hangup"]


@dataclass(frozen=True, slots=True)
class Platform:
    """What the operator knows of the platform. The defaults fit the newest sources, and any answer to the second.

    `queue_key` names the document that follows a queue: `execute_after_queue` since June 2026, `transfer_after_bridge`
    before. `queue_timeout` is what follows a queue whose time is over: the next verb, the document that the key names,
    or a hang-up.
    """

    queue_key: QueueKey = "execute_after_queue"
    queue_timeout: QueueTimeout = "unknown"

    @property
    def renamed(self) -> bool:
        """True where the platform knows `execute_after_queue`."""
        return self.queue_key == "execute_after_queue"
