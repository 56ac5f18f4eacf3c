"""Acme Plumbing: the directory the agents of these tests work for."""

from typing import Any

from calls.directory.model import Directory

FILE: dict[str, Any] = {
    "company": "Acme Plumbing",
    "timezone": "America/New_York",
    "lines": {"+12025550100": {"agent": "receptionist"}},
    "people": {
        "dana": {"name": "Dana Reyes", "phone": "+12025550111"},
        "lee": {"name": "Lee Park", "sip": "sip:lee@pbx.acme.example"},
    },
    "departments": {
        "sales": {
            "about": "new orders, quotes and prices",
            "also": ["new business", "quotations"],
            "reach": [{"ring": ["dana", "lee"]}, "voicemail"],
        },
        "billing": {"about": "invoices, refunds, payments.", "reach": [{"agent": "billing_desk"}, {"ring": ["dana"]}]},
        "warehouse": {
            "about": "deliveries and stock",
            "reach": [{"refer": "sip:warehouse@pbx.acme.example"}, {"ring": ["dana"]}],
        },
        "supervisor": {"about": "a human who can decide", "reach": [{"ring": ["dana"]}, "callback"]},
    },
    "agents": {
        "billing_desk": {
            "about": "explains invoices, takes refund requests",
            "instructions": "At $company a late fee is $50. Never waive it.",
            "greeting": "Billing desk, I have your details.",
            "goodbye": "Thanks for calling. Bye for now.",
            "skills": {"datetime": {}},
            "destinations": ["sales", "supervisor"],
        },
        "partner": {"about": "our delivery partner's own assistant", "url": "https://agents.partner.example/swml"},
    },
    "escalation": {"department": "supervisor"},
}


def directory(**changes: Any) -> Directory:
    """Acme's directory, with some sections of the file replaced."""
    return Directory.read(
        {**FILE, **changes}, public_holidays=lambda country, year: {}, prompts=lambda path: f"The prose of {path}."
    )


def departments(number: int) -> dict[str, Any]:
    """That many departments, with every one of Acme's settings that takes room in a document."""
    return {f"team_{n}": {"about": f"matters of team {n}", "reach": [{"ring": ["dana"]}]} for n in range(number)}
