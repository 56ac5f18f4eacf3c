"""People's availability, the waiting line and its offers, calls we place, text messages in, businesses."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

LIVE_OFFER = sa.text("state <> 'over'")


def _when(name: str, *, nullable: bool = True) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _name(name: str, **settings: object) -> "sa.Column[object]":
    return sa.Column(name, sa.String(), **{"nullable": False, **settings})  # type: ignore[arg-type]


def _words(name: str, **settings: object) -> "sa.Column[object]":
    return sa.Column(name, sa.Text(), **{"nullable": False, **settings})  # type: ignore[arg-type]


def _number(name: str, **settings: object) -> "sa.Column[object]":
    return sa.Column(name, sa.Integer(), **{"nullable": False, **settings})  # type: ignore[arg-type]


def upgrade() -> None:
    _businesses_and_messages()
    _opt_outs()
    _people()
    _waiting_line()
    _calls_and_texts()
    op.create_table(
        "desk_failures",
        _number("id", primary_key=True),
        _name("address"),
        _when("at", nullable=False),
    )
    op.create_index("ix_desk_failures_at", "desk_failures", ["at"])


def _businesses_and_messages() -> None:
    for name in ("calls", "transfers"):
        with op.batch_alter_table(name) as table:
            table.add_column(_name("business", server_default=""))
    with op.batch_alter_table("messages") as table:
        table.alter_column("call_id", existing_type=sa.String(), nullable=True)
        table.add_column(_name("business", server_default=""))
        table.add_column(_name("state", server_default="open"))
        for name in ("closed_by", "transcript", "file", "error"):
            table.add_column(_words(name, server_default=""))
        for name in ("closed_at", "heard_at"):
            table.add_column(_when(name))
        table.add_column(sa.Column("told", sa.JSON()))


def _opt_outs() -> None:
    """The business comes into the primary key, which SQLite changes in no table."""
    known = sa.table("opt_outs", *(sa.column(name) for name in ("number", "reason", "at")))
    kept = [dict(row) for row in op.get_bind().execute(sa.select(known)).mappings()]
    op.drop_table("opt_outs")
    table = op.create_table(
        "opt_outs",
        _name("business", primary_key=True),
        _name("number", primary_key=True),
        _words("reason"),
        _when("at", nullable=False),
    )
    op.bulk_insert(table, [{"business": "", **row} for row in kept])


def _people() -> None:
    op.create_table(
        "people",
        _name("business", primary_key=True),
        _name("person", primary_key=True),
        sa.Column("away", sa.Boolean(), nullable=False, server_default=sa.false()),
        _when("away_until"),
        _name("claim", nullable=True),
        _when("claimed_until"),
        _when("wrap_until"),
        _when("idle_since"),
        _number("served", server_default="0"),
        _when("changed_at"),
    )
    op.create_index("ix_people_claim", "people", ["claim"])


def _waiting_line() -> None:
    op.create_table(
        "queue_entries",
        _name("id", primary_key=True),
        _name("business"),
        _name("queue"),
        _words("department"),
        _name("kind"),
        _name("state"),
        _when("since", nullable=False),
        _when("due_at", nullable=False),
        _name("call_id"),
        _name("transfer_id"),
        _number("step"),
        _name("number", nullable=True),
        _words("name"),
        _name("line"),
        _words("need"),
        _name("language"),
        _number("tries"),
        _name("key", unique=True),
        _when("ended_at"),
        _name("outcome", nullable=True),
        _number("version"),
    )
    op.create_index("ix_queue_entries_transfer_id", "queue_entries", ["transfer_id"])
    op.create_index("ix_queue_entries_open", "queue_entries", ["business", "state", "since"])
    op.create_index("ix_queue_entries_number", "queue_entries", ["number"])
    op.create_table(
        "offers",
        _name("id", primary_key=True),
        sa.Column("entry_id", sa.String(), sa.ForeignKey("queue_entries.id"), nullable=False),
        _name("business"),
        _words("person"),
        _number("leg"),
        _words("to"),
        _name("via"),
        _name("call_id"),
        _name("state"),
        _name("outcome", nullable=True),
        _when("started_at", nullable=False),
        _when("answered_at"),
        _when("bridged_at"),
        _when("deadline", nullable=False),
        _when("ended_at"),
    )
    op.create_index("ix_offers_entry_id", "offers", ["entry_id"])
    op.create_index("ix_offers_live", "offers", ["deadline"], sqlite_where=LIVE_OFFER, postgresql_where=LIVE_OFFER)
    op.create_index("ix_offers_bridged", "offers", ["business", "bridged_at"])


def _calls_and_texts() -> None:
    op.create_table(
        "placed_calls",
        _name("id", primary_key=True),
        _name("key", unique=True),
        _name("business"),
        _name("to"),
        _name("from_"),
        _name("agent"),
        sa.Column("facts", sa.JSON(), nullable=False),
        _name("on_machine"),
        _name("fingerprint"),
        _words("message"),
        _name("state"),
        _name("call_id"),
        _name("outcome", nullable=True),
        _words("error"),
        _when("asked_at", nullable=False),
        _when("due_at", nullable=False),
        _when("changed_at", nullable=False),
        _when("ended_at"),
    )
    op.create_index("ix_placed_calls_asked_at", "placed_calls", ["asked_at"])
    op.create_table(
        "texts_in",
        _name("id", primary_key=True),
        _name("business"),
        _name("from_"),
        _name("to"),
        _words("body"),
        _when("at", nullable=False),
        _name("did"),
        _words("reply"),
    )
    op.create_index("ix_texts_in_at", "texts_in", ["at"])
