"""Acme's switchboard, open on a Friday at noon."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from gateways.clock import StoppedClock
from gateways.jobs.outbox import Orders
from gateways.records.records import Records
from handlers.app import build
from handlers.settings import Settings
from tests.conftest import Databases

FRIDAY_NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)  # in New York
PASSWORD, SECRET = "secret", "a key of this test"

ACME: dict[str, Any] = {
    "company": "Acme Plumbing",
    "timezone": "America/New_York",
    "sip_domain": "pbx.acme.example",
    "lines": {"+12025550100": {"fallback": "dana"}, "+12025550102": {"agent": "billing_desk"}},
    "hours": {"office": {"mon-fri": "09:00-17:30"}},
    "people": {
        "dana": {"name": "Dana Reyes", "phone": "+12025550111", "texts": True},
        "lee": {"name": "Lee Park", "sip": "sip:lee@pbx.acme.example"},
    },
    "departments": {
        "sales": {"about": "new orders", "hours": "office", "reach": [{"ring": ["dana", "lee"]}]},
        "service": {"about": "repairs", "reach": [{"ring": ["dana"]}], "returns": True},
        "warehouse": {"about": "stock", "reach": [{"refer": "1001"}, {"ring": ["dana"]}]},
        "billing": {"about": "invoices", "reach": [{"agent": "billing_desk"}, {"ring": ["dana"]}]},
        "support": {"about": "help", "reach": [{"queue": {"name": "support", "wait": 60}}, "voicemail"]},
        "press": {"about": "journalists", "reach": ["voicemail"]},
        "supervisor": {"about": "a human who can decide", "reach": [{"ring": ["lee"]}, "callback"]},
    },
    "agents": {
        "billing_desk": {
            "about": "explains invoices",
            "instructions": "Explain what is on the invoice.",
            "greeting": "Billing desk.",
            "goodbye": "Bye for now.",
            "skills": {"datetime": {}},
        },
        "concierge": {"about": "plans visits", "instructions": "Plan the visit.", "returns": True},
        "partner": {"about": "deliveries", "url": "https://agents.partner.example/swml", "auth": "PARTNER"},
    },
    "escalation": {"department": "supervisor"},
}


class Ticking(StoppedClock):
    """A clock that a test sets, and that never shows the same moment twice."""

    def now(self) -> datetime:
        """A millisecond after the last look."""
        self.at += timedelta(milliseconds=1)
        return self.at


class Switchboard:
    """A switchboard of our own making: its app, its clock, its file, its records."""

    def __init__(
        self, folder: Path, database_url: str, data: dict[str, Any], *, orders: Orders | None = None, **settings: Any
    ) -> None:
        self.file = folder / "switchboard.yaml"
        self.write(data)
        given = {
            "switchboard_directory": self.file,
            "database_url": database_url,
            "swml_basic_auth_password": PASSWORD,
            "secret_key": SECRET,
            **settings,
        }
        self.settings = Settings(**given)
        self.clock = Ticking(FRIDAY_NOON)
        self.app: Flask = build(self.settings, clock=self.clock, orders=orders)
        self.records: Records = self.app.extensions["switchboard"].records

    def write(self, data: dict[str, Any]) -> None:
        """Save the directory file."""
        self.file.write_text(yaml.safe_dump(data))

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """Every transfer so far."""
        return list(self.records.ledger())

    @property
    def story(self) -> list[tuple[str, str | None]]:
        """Where callers went, and how that ended."""
        return [(entry["destination"], entry["outcome"]) for entry in self.ledger]

    def close(self) -> None:
        """Hang up everything."""
        self.app.extensions["switchboard"].close()


Build = Callable[..., Switchboard]


@pytest.fixture
def switchboard(tmp_path: Path, databases: Databases) -> Iterator[Build]:
    """Makes switchboards: `switchboard(department settings…)`."""
    made: list[Switchboard] = []

    def make(data: dict[str, Any] | None = None, **settings: Any) -> Switchboard:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Switchboard(folder, databases.new(), data or ACME, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def acme(switchboard: Build) -> Switchboard:
    """Acme Plumbing, open."""
    return switchboard()
