"""A caller whom Dana, then Lee, is asked to take: as far as the test wants it, without the platform."""

import html
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from calls.call import Call, Mechanism
from calls.events import ConsultBegun, DialBegun, DialPlaced, Event, LegProgressed
from calls.numbers import Number
from calls.transfer.machine import PlannedLeg
from calls.transfer.model import Terms, Transfer
from handlers.wiring import Wiring

DANA = (1, 0)
LEE = (1, 1)
PLAN = (
    PlannedLeg(*DANA, "+12025550111", "dana", group=0, ring_for=20),
    PlannedLeg(*LEE, "sip:lee@pbx.acme.example", "lee", group=1, ring_for=20),
)
RINGING = (ConsultBegun(), DialBegun(*DANA), DialPlaced(*DANA, "dana-leg"), LegProgressed(*DANA, "ringing"))
WHISPERED = (LegProgressed(*DANA, "ringing"),)


@dataclass
class Handoff:
    """One transfer on record; `happens` is what the platform tells of it."""

    app: Flask
    wiring: Wiring
    transfer: Transfer

    @classmethod
    def begin(
        cls,
        app: Flask,
        name: str = "t_1",
        *,
        mechanism: Mechanism = "consult",
        caller: str = "+12025550177",
        **told: Any,
    ) -> "Handoff":
        wiring: Wiring = app.extensions["switchboard"]
        given: dict[str, Any] = {
            "reason": "Charged twice for July",
            "summary": "Ann was charged 240 dollars twice and wants one charge back.",
            "facts": (("name", "Ann Miller"), ("needed", "Somebody who can approve a refund"), ("invoice", "4711")),
            "terms": Terms("supervisor", "+12025550100", 240, 15) if mechanism == "consult" else None,
        }
        transfer = Transfer(
            id=name,
            ref="K7Q4",
            call_id=f"call of {name}",
            mechanism=mechanism,
            destination="supervisor",
            final=True,
            agent="receptionist",
            started_at=wiring.clock.now(),
            plan=PLAN,
            **{**given, **told},
        )
        number = Number.of_platform(caller)
        call = Call(transfer.call_id, number, Number("+12025550100"), "phone", "inbound", "receptionist")
        wiring.records.begin(transfer, key=name, reply={}, call=call)
        return cls(app, wiring, transfer)

    def happens(self, *events: Event) -> "Handoff":
        for event in events:
            self.wiring.records.apply(self.transfer.id, event, self.wiring.clock.now())
        return self

    def card(self, place: tuple[int, int] = DANA) -> str:
        """The link in a person's text message."""
        return self.wiring.links(self.wiring.directories.current()).card(self.transfer, *place)

    @property
    def now(self) -> Transfer:
        """The transfer as it stands."""
        found = self.wiring.records.transfer(self.transfer.id)
        assert found
        return found

    @property
    def entry(self) -> dict[str, Any]:
        """Its entry in the ledger."""
        (entry,) = self.wiring.records.ledger(call_id=self.transfer.call_id)
        return entry

    @property
    def answers(self) -> list[tuple[str, str, str]]:
        """What the journal says was answered: event, via, words."""
        told = [line for line in self.entry["events"] if line["event"] in ("accepted", "declined")]
        return [(line["event"], line["data"]["via"], line["data"].get("words", "")) for line in told]


class Reader:
    """Somebody with a browser and a link."""

    def __init__(self, app: Flask, url: str) -> None:
        self.client, self.path = app.test_client(), urlsplit(url).path

    def opens(self) -> TestResponse:
        """Look at it."""
        return self.client.get(self.path)

    def answers(self, answer: str, **written: str) -> TestResponse:
        """Press a button. An answer is followed by the card as it is then."""
        response = self.client.post(self.path, data={"answer": answer, **written})
        moved = response.headers.get("Location")
        return self.client.get(urljoin(self.path, moved)) if moved else response

    @property
    def reads(self) -> str:
        """What the card says."""
        return text(self.opens())

    @property
    def buttons(self) -> list[str]:
        """What can be answered."""
        return re.findall(r'<button[^>]* value="(\w+)"', self.opens().text)


def text(response: TestResponse) -> str:
    """What a page says, without its markup."""
    body = re.sub(r"<style.*?</style>", "", response.text, flags=re.DOTALL).partition("<body>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
