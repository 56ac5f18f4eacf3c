"""Whatever is asked every few seconds is asked of an index, on SQLite and PostgreSQL, however much there has been."""

from collections.abc import Callable

import pytest
from sqlalchemy import event

from gateways.records.records import Records
from tests.support.kept import later
from tests.support.queues import caller, shop

Look = Callable[[Records], object]


def _match(records: Records) -> object:
    records.enter(caller())
    return records.match("", shop(), later(1))


@pytest.mark.parametrize(
    ("look", "index"),
    [
        (lambda records: records.overdue(later(1), ""), "ix_offers_live"),
        (lambda records: records.asked(""), "ix_offers_live"),
        (_match, "ix_offers_ended"),
        (lambda records: records.newest_open("", 50), "ix_messages_state"),
        (lambda records: records.waiting_to_be_placed(later(1)), "ix_placed_calls_state"),
        (lambda records: records.quiet_placed(heard_before=later(1), due_before=later(1), limit=9), "ix_placed_calls"),
    ],
)
def test_what_is_over_is_not_read_through(records: Records, look: Look, index: str) -> None:
    plans = plans_of(records, look)
    assert any(index in plan for plan in plans), plans


def test_replies_that_are_kept_too_long_are_found_by_an_index(records: Records) -> None:
    plans = plans_of(records, lambda records: records.forget_replies(later(1)), begin="UPDATE")
    assert any("ix_transfers_reply" in plan for plan in plans), plans


def plans_of(records: Records, look: Look, begin: str = "SELECT") -> list[str]:
    """How the database would carry out each statement of a look that begins so."""
    engine, asked = records._db.engine, list[tuple[str, object]]()
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    look(records)
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        if explain == "EXPLAIN":
            connection.exec_driver_sql("SET enable_seqscan = off")  # an empty table it would read
        selects = [one for one in asked if one[0].startswith(begin)]
        return [
            str(connection.exec_driver_sql(f"{explain} {statement}", values).all())  # type: ignore[arg-type]
            for statement, values in selects
        ]
