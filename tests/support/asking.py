"""A caller of Acme Plumbing asks to be put through: `route(...)` or `refusal(...)` is what happens."""

from datetime import UTC, datetime
from typing import Any

from calls.call import Leg as LegKind
from calls.numbers import Number
from calls.routing.policy import Caller, Refusal, Route, Wanted, choose
from tests.support.directories import read

FRIDAY_NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)  # in New York
SATURDAY = datetime(2026, 11, 21, 17, tzinfo=UTC)

ACME: dict[str, Any] = {
    "company": "Acme Plumbing",
    "timezone": "America/New_York",
    "lines": {"+12025550100": {}, "+12025550102": {"agent": "billing_desk"}},
    "hours": {"office": {"mon-fri": "09:00-17:30", "holidays": "US"}},
    "people": {
        "dana": {"name": "Dana Reyes", "phone": "+12025550111"},
        "max": {"name": "Max", "phone": "+12025550113"},
    },
    "departments": {
        "sales": {
            "about": "orders",
            "also": ["new business"],
            "hours": "office",
            "reach": [{"ring": ["dana", "max"]}, "voicemail"],
        },
        "billing": {"about": "invoices", "reach": [{"agent": "billing_desk"}, {"ring": ["dana"]}]},
        "warehouse": {"about": "stock", "reach": [{"refer": "sip:w@pbx.acme.example"}, {"ring": ["+12025550120"]}]},
        "depot": {"about": "parts", "reach": [{"refer": "sip:d@pbx.acme.example"}]},
        "support": {
            "about": "help",
            "hours": "office",
            "reach": [{"department": "sales"}, "callback"],
            "closed": {"then": "voicemail"},
        },
        "everyone": {"about": "anyone", "reach": [{"department": "support"}, {"department": "sales"}, "hangup"]},
        "supervisor": {"about": "decides", "handoff": "consult", "reach": [{"ring": ["dana", "max"]}, "callback"]},
    },
    "agents": {
        "billing_desk": {
            "about": "invoices",
            "instructions": "Explain.",
            "destinations": ["sales", "billing"],
            "returns": True,
        },
        "partner": {"about": "deliveries", "url": "https://agents.partner.example/swml"},
    },
    "escalation": {"department": "supervisor"},
}


def caller(agent: str = "receptionist", leg: LegKind = "phone", **more: Any) -> Caller:
    return Caller(Number("+12025550177"), Number("+12025550100"), leg, agent, **more)


def ask(destination: str, at: datetime = FRIDAY_NOON, who: Caller | None = None, **more: Any) -> Route | Refusal:
    return choose(Wanted(destination, "a reason", "a summary", **more), read(ACME), at, who or caller())


def route(destination: str, at: datetime = FRIDAY_NOON, who: Caller | None = None, **more: Any) -> Route:
    chosen = ask(destination, at, who, **more)
    assert isinstance(chosen, Route), chosen
    return chosen


def refusal(destination: str, at: datetime = FRIDAY_NOON, who: Caller | None = None, **more: Any) -> Refusal:
    chosen = ask(destination, at, who, **more)
    assert isinstance(chosen, Refusal), chosen
    return chosen


def dialling(number: str, **policy: Any) -> Route | Refusal:
    directory = read(ACME | {"policy": {"allow_dialling": True, "regions": ["US", "CA"], **policy}})
    return choose(Wanted("", number=number), directory, FRIDAY_NOON, caller())
