"""A switchboard whose supervisors are told first, a caller who wants one of them, and the people who are rung."""

from copy import deepcopy
from typing import Any

from calls.events import DialBegun, DialPlaced
from tests.contract.conftest import ACME, Build, Switchboard
from tests.support.kept import Kept
from tests.support.phone import Json, Phone, verbs

REST = {"signalwire_space": "acme", "signalwire_project_id": "p1", "signalwire_api_token": "t1"}
WHY = {"reason": "a refund", "summary": "Ann was charged twice in June."}


def company(**supervisor: Any) -> Json:
    """Acme, whose supervisor's line is answered by Dana, then Lee, each told first."""
    data: Json = deepcopy(ACME)
    usual = {"about": "a human who can decide", "handoff": "consult", "reach": [{"ring": ["dana", "lee"], "for": 20}]}
    data["departments"]["supervisor"] = {**usual, **supervisor}
    return data


class Board:
    """A switchboard, a caller who wants a human, and the people who are rung for it."""

    def __init__(self, build: Build, data: Json | None = None, **settings: Any) -> None:
        self.kept = Kept()
        self.board: Switchboard = build(data or company(), orders=self.kept, **{**REST, **settings})
        self.caller = Phone(self.board.app)
        self.caller.dials()

    def escalates(self, **more: object) -> Json:
        return self.caller.asks("escalate_to_human", **{**WHY, **more})

    @property
    def entry(self) -> Json:
        (entry,) = [one for one in self.board.ledger if one["destination"] == "supervisor"]
        return entry

    def tell(self, *events: Any) -> None:
        for event in events:
            self.board.records.apply(self.entry["id"], event, self.board.clock.now())

    def person(self, leg: int, call_id: str) -> "Person":
        self.tell(DialBegun(1, leg), DialPlaced(1, leg, call_id))
        return Person(self, leg, call_id)


class Person(Phone):
    """Somebody who is rung, and runs the documents of the leg."""

    def __init__(self, board: Board, leg: int, call_id: str) -> None:
        super().__init__(board.board.app, call_id=call_id)
        wiring = board.board.app.extensions["switchboard"]
        transfer = wiring.records.transfer(board.entry["id"])
        assert transfer is not None
        self.dialled = wiring.links(wiring.staff().directory).consult("answer", transfer, 1, leg)

    def answers(self) -> Json:
        return self.follows(self.dialled)

    def is_briefed(self) -> Json:
        return self.follows(verbs(self.answers(), "transfer")[-1]["dest"])

    def presses(self, key: str) -> Json:
        branches: list[Any] = [branch for cond in verbs(self.document, "cond") for branch in cond]
        branch = next(one for one in branches if f"'{key}'" in one["when"])
        return self.follows(branch["then"][0]["transfer"]["dest"])

    @property
    def hears(self) -> str:
        return " ".join(value["url"] for value in verbs(self.document, "play"))
