"""The tools that were used in a call, an index for the list of calls, one for replies that are to be forgotten."""

import sqlalchemy as sa
from alembic import op

from gateways.database.columns import Moment, Words

revision = "0010"
down_revision = "0009"

_ENDED_WITH_REPLY = sa.text("reply IS NOT NULL AND state = 'ended'")


def upgrade() -> None:
    op.create_table(
        "tool_calls",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("call_id", sa.String, sa.ForeignKey("calls.id"), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("tool", sa.String, nullable=False),
        sa.Column("asked", Words, nullable=False),
        sa.Column("answer", Words, nullable=False),
    )
    op.create_index("ix_tool_calls_call_id", "tool_calls", ["call_id"])
    op.create_index("ix_calls_started_at", "calls", ["started_at"])
    op.create_index(
        "ix_transfers_reply",
        "transfers",
        ["ended_at"],
        sqlite_where=_ENDED_WITH_REPLY,
        postgresql_where=_ENDED_WITH_REPLY,
    )
