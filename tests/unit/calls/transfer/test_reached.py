"""Who has the caller, what is told once, and what an agent says as the caller leaves it for good."""

from typing import Any

import pytest

from calls.events import Connected, Event, LegEnded, LegProgressed, Offered, Queued, SummaryReady, Unqueued
from calls.legs.attempts import PlannedLeg
from calls.outcomes import Outcome
from calls.transfer.machine import Transfer, step
from calls.transfer.phases import phases
from calls.transfer.result import result_of
from swml.render import render_reply
from tests.support.directories import read
from tests.support.kept import DANA, LEE, NOON, sales
from tests.unit.agents.test_chain import ACME, ask, visit

ALONE = (PlannedLeg(1, 0, DANA, "dana"),)
TOGETHER = (PlannedLeg(1, 0, DANA, "dana"), PlannedLeg(1, 1, LEE, "lee"))
IN_LINE = (PlannedLeg(1, 0, "queue:sales"),)


def after(t: Transfer, *events: Event) -> Transfer:
    for event in events:
        t, _ = step(t, event, NOON)
    return t


@pytest.mark.parametrize(
    ("plan", "events"),
    [
        (ALONE, (Connected(1, "leg"),)),
        (ALONE, (LegProgressed(1, 0, "answered", "leg"), Connected(1, "leg"))),
        (
            TOGETHER,
            (LegProgressed(1, 0, "ringing", "d"), LegProgressed(1, 1, "ringing", "l"), Connected(1, "d")),
        ),
        (
            TOGETHER,
            (
                LegProgressed(1, 0, "ringing", "d"),
                LegProgressed(1, 1, "ringing", "l"),
                LegEnded(1, 1, Outcome.CANCELLED),
                Connected(1, "d"),
            ),
        ),
        (IN_LINE, (Queued(1, 1), Offered(1, 1, DANA, "dana"), Unqueued(1, Outcome.BRIDGED))),
    ],
)
def test_a_hook_is_told_at_the_bridge_who_has_the_caller(plan: tuple[PlannedLeg, ...], events: Any) -> None:
    t = after(sales(plan=plan), *events)
    assert t.outcome is Outcome.BRIDGED
    assert result_of(t, "bridged").person == "dana"


def test_of_two_phones_nobody_says_which_was_answered() -> None:
    rings = (LegProgressed(1, 0, "ringing", "d"), LegProgressed(1, 1, "ringing", "l"))
    assert result_of(after(sales(plan=TOGETHER), *rings, Connected(1)), "bridged").person is None


def test_a_summary_is_ready_once() -> None:
    asked = sales(summary="Wants a boiler.")
    assert phases(None, None, asked) == ("requested", "summary_ready")
    better = SummaryReady("Wants a boiler by Friday.", "log")
    assert phases(asked, better, after(asked, better)) == ()
    unsaid = sales(summary="")
    assert phases(None, None, unsaid) == ("requested",)
    assert phases(unsaid, better, after(unsaid, better)) == ("summary_ready",)


def test_an_agents_goodbye_is_said_before_a_final_transfer_where_the_file_has_one() -> None:
    agents = {**ACME.get("agents", {}), "receptionist": {"goodbye": "Thanks for ringing {company}."}}
    for department, said in (({}, True), ({"returns": True}, False)):
        departments = {"sales": {"about": "orders", "reach": [{"ring": [DANA]}], **department}}
        answer = ask(visit(read({**ACME, "agents": agents, "departments": departments})), "sales")
        spoken = next(one["say"] for one in render_reply(answer.reply)["action"] if "say" in one)
        assert spoken.startswith("Thanks for ringing Acme") is said
        assert "I'm putting you through to the sales team now." in spoken
    unsaid = read({**ACME, "departments": {"sales": {"about": "orders", "reach": [{"ring": [DANA]}]}}})
    assert "Thank" not in str(render_reply(ask(visit(unsaid), "sales").reply))
