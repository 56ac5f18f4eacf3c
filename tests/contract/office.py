"""An office with people who ring, and callers who want them one after another."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

from calls.routing.availability import standing
from tests.contract.conftest import ACME, Build, Switchboard
from tests.support.phone import Json, Phone, moved, verbs

RING_BOTH: Json = {"reach": [{"ring": ["dana", "max"], "for": 20}]}


class Office:
    """Acme, with some of its departments changed, and callers who ring it one after another."""

    def __init__(self, build: Build, **departments: Json) -> None:
        data = deepcopy(ACME)
        data["people"]["max"] = {"name": "Max Stone", "phone": "+12025550113"}
        data["departments"] |= {name: {"about": name, **how} for name, how in departments.items()}
        self.board: Switchboard = build(data)
        self.callers = 0

    def caller(self) -> "Caller":
        self.callers += 1
        return Caller(self.board, self.callers)

    def is_(self, person: str) -> str:
        return standing(self.board.records.presences("").get(person), self.board.clock.at)

    def passes(self, seconds: float) -> None:
        self.board.clock.at += timedelta(seconds=seconds)

    @property
    def attempts(self) -> list[list[tuple[str, str | None]]]:
        """Of each transfer, who was tried and how that ended."""
        return [
            [(one["person"] or one["to"], one["outcome"]) for one in entry["attempts"]] for entry in self.board.ledger
        ]


class Caller:
    def __init__(self, board: Switchboard, number: int) -> None:
        self.phone = Phone(board.app, call_id=f"c{number}", caller=f"+1202555{170 + number:04}")
        self.phone.dials()
        self.reply: Json = {}
        self.document: Json = {}

    def wants(self, department: str, tool: str = "connect", **more: str) -> "Caller":
        asked = {"destination": department, "reason": "a quote", "summary": "Wants a boiler.", **more}
        self.reply = self.phone.asks(tool, **asked)
        self.document = moved(self.reply) if "action" in self.reply else {}
        return self

    @property
    def connects(self) -> list[Json]:
        return verbs(self.document, "connect")

    @property
    def rings(self) -> list[list[str]]:
        """Whom each connect of the document dials."""
        return [[leg["to"][-4:] for leg in legs(one)] for one in self.connects]

    @property
    def asks(self) -> list[str]:
        """Where the document asks whether somebody is free, in the order of the document."""
        return [one["url"] for one in verbs(self.document, "request") if "/people/claim" in one["url"]]

    def asks_about(self, number: int) -> Json:
        answer = self.phone.post(self.asks[number], {})
        assert answer.status_code == 200
        told: Json = answer.get_json()
        return told

    def leg_is(self, connect: int, *states: str, reason: str = "", leg: int = 0) -> None:
        for state in states:
            self.phone.leg_is(legs(self.connects[connect])[leg], state, reason or None)

    def connect_is(self, connect: int, state: str, reason: str | None = None) -> None:
        self.phone.connect_is(self.connects[connect], state, reason)


def legs(connect: Json) -> list[Any]:
    return list(connect.get("serial") or connect["parallel"])
