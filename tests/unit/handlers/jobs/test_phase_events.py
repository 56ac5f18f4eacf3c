"""A phase that is told twice, because we died before we could note that it was told, has the same id both times."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from calls.call import Call
from calls.events import CallerLeft
from calls.transfer.model import Transfer
from gateways.jobs.outbox import from_json, to_json
from gateways.jobs.phase_events import announcements
from handlers.jobs.phase_events import announce

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CALL = Call("c1", None, None, "phone", "inbound", "receptionist")


def test_the_second_telling_of_a_phase_has_the_id_of_the_first() -> None:
    before = Transfer("t_1", "K7Q4", CALL.id, "connect", "sales", True, "a quote", "", CALL.agent, NOON)
    orders = list(announcements(["webhook"], before, CallerLeft(), before, ["bridged", "completed"], NOON))
    told: list[dict[str, Any]] = []
    wiring: Any = SimpleNamespace(webhook=SimpleNamespace(post=told.append))
    for order in orders:
        kept = json.dumps(to_json(order), default=str)  # as it is on record while it is carried out
        for _ in range(2):  # the worker, and the one that takes over after a kill
            again = from_json(json.loads(kept))
            announce(wiring, again)  # type: ignore[arg-type]
    ids = [one["id"] for one in told]
    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert told[0] == told[1]


def test_a_card_number_that_the_model_named_as_the_destination_is_not_published() -> None:
    named = Transfer("t_1", "K7Q4", CALL.id, "connect", "4111 1111 1111 1111", True, "a quote", "", CALL.agent, NOON)
    (order,) = announcements(["webhook"], named, CallerLeft(), named, ["failed"], NOON)
    told: list[dict[str, Any]] = []
    wiring: Any = SimpleNamespace(webhook=SimpleNamespace(post=told.append))
    announce(wiring, order)
    assert "4111" not in json.dumps(told, default=str)
