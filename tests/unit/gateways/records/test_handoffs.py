"""What is kept of a handoff with a briefing: a consult's terms, how far each leg got, and the conversation."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from calls.legs.attempts import Attempt, PlannedLeg
from calls.outcomes import Outcome
from calls.transfer.model import Terms
from gateways.database import rows
from gateways.database.tables import attempts
from gateways.records.records import Records
from tests.support.kept import CALLER, DANA, LEE, LINE, call, later, sales

TERMS = Terms(department="Sales", caller_id=LINE, hold_limit=120, accept_within=20, introduction="Meet Ann.")
PLAN = (PlannedLeg(1, 0, DANA, "dana", group=1, ring_for=20), PlannedLeg(1, 1, LEE, "lee", group=1, ring_for=25))
SAID = [{"role": "user", "content": "My boiler, Grüße \u0000 \ud800"}, {"role": "assistant", "content": "One moment."}]


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    made = Records(database_url)
    yield made
    made.close()


def test_a_consult_is_what_it_was_begun_as(records: Records) -> None:
    begun = sales(mechanism="consult", terms=TERMS, plan=PLAN)
    records.begin(begun, key="k", reply={}, call=call())
    assert records.transfer("t_1") == begun


def test_how_far_each_leg_got_is_kept(records: Records) -> None:
    records.begin(sales(mechanism="consult", terms=TERMS, plan=PLAN), key="k", reply={}, call=call())
    known = sales(mechanism="consult", terms=TERMS, plan=PLAN)
    rung = Attempt(1, 0, DANA, "dana", later(1), stage="dialling")
    after = replace(known, attempts=(rung,), version=1)
    with records._db.write() as connection:
        records._swap(connection, known, after)
        connection.execute(records._keep_attempt, rows.of_attempt("t_1", rung))
    assert records.transfer("t_1") == after
    said_no = replace(
        rung, stage="briefing", call_id="p1", outcome=Outcome.DECLINED, words="At three", ended_at=later(9)
    )
    with records._db.write() as connection:
        connection.execute(records._keep_attempt, rows.of_attempt("t_1", said_no))
        assert rows.to_attempt(connection.execute(attempts.select()).one()) == said_no
    (entry,) = records.ledger()
    (told,) = entry["attempts"]
    assert (told["stage"], told["words"], told["outcome"]) == ("briefing", "At three", "declined")


def test_what_became_of_a_bridge_is_kept(records: Records) -> None:
    known = sales(mechanism="consult", terms=TERMS, plan=PLAN)
    records.begin(known, key="k", reply={}, call=call())
    after = replace(known, bridged_at=later(30), returned_at=later(33), error="refused", flags=("alone",), version=0)
    with records._db.write() as connection:
        records._swap(connection, known, after)
    assert records.transfer("t_1") == after
    (entry,) = records.ledger()
    assert entry["flags"] == ["alone"]


def test_a_conversation_is_kept_with_its_transfer_and_the_newer_telling_stands(records: Records) -> None:
    records.begin(sales(), key="k", reply={}, call=call())
    assert records.conversation("t_1") == []
    records.keep_conversation("t_1", SAID[:1])
    records.keep_conversation("t_1", SAID)
    assert records.conversation("t_1") == SAID
    assert records.conversation("nobody") == []


def test_terms_that_a_later_version_wrote_can_be_read(records: Records) -> None:
    records.begin(sales(mechanism="consult", terms=TERMS), key="k", reply={}, call=call())
    with records._db.write() as connection:
        connection.exec_driver_sql(
            'UPDATE transfers SET terms = \'{"department": "Sales", "caller_id": "+12025550100", '
            '"hold_limit": 9, "accept_within": 5, "from_tomorrow": [1]}\''
        )
    kept = records.transfer("t_1")
    assert kept is not None
    assert kept.terms == Terms("Sales", LINE, 9, 5)
    assert CALLER not in repr(kept.terms)
