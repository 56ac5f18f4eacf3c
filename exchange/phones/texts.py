"""Text messages: what was sent, and what becomes of each."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from exchange.core import callbacks
from exchange.core.legs import Leg
from exchange.phones import cards
from exchange.phones.people import Person

SEGMENT = 160  # characters
UNREACHABLE = ("30003", "Unreachable destination handset")
STEPS = (("queued", 0.0), ("sent", 0.5), ("delivered", 1.5))


@dataclass(slots=True)
class Text:
    """One message and its status."""

    id: str
    to: str
    from_: str
    body: str
    at: float
    created_at: str
    media: list[str] = field(default_factory=list)
    status: str = "queued"
    callback: str = ""
    variables: dict[str, Any] | None = None
    error: tuple[str, str] | None = None

    def facts(self, project: str, when: str) -> dict[str, Any]:
        """The flat body of a status callback."""
        facts: dict[str, Any] = {
            "id": self.id,
            "project_id": project,
            "status": self.status,
            "to": self.to,
            "from": self.from_,
            "body": self.body,
            "number_of_segments": max(1, -(-len(self.body) // SEGMENT)),
            "timestamp": when,
            "error_code": self.error[0] if self.error else None,
            "error_message": self.error[1] if self.error else None,
        }
        return facts | ({"custom_variables": self.variables} if self.variables else {})


async def deliver(leg: Leg, text: Text) -> None:
    """Take a message through its statuses. A person with `texts=False` never gets it."""
    exchange = leg.call.exchange
    person = exchange.people.get(text.to)
    reaches = not isinstance(person, Person) or person.texts
    for status, after in STEPS:
        await asyncio.sleep(after)
        if status == "delivered" and not reaches:
            status, text.error = "failed", UNREACHABLE
        if status == "delivered" and text.media:
            break
        text.status = status
        if text.callback:
            body = text.facts(exchange.project_id, exchange.clock.iso())
            callbacks.send(leg, text.callback, body, f"message {status}")
    if text.status == "delivered" and isinstance(person, Person):
        await cards.answer(exchange, person, text.body)
