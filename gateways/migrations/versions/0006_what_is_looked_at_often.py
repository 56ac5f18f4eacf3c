"""Indexes for what is looked at every few seconds, however much there has been.

The worker looks for offers that have just ended and for calls to be placed, the desk for open messages, and a caller
who has gone for their place in line.
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index("ix_offers_ended", "offers", ["business", "ended_at"])
    op.create_index("ix_queue_entries_call_id", "queue_entries", ["call_id"])
    op.create_index("ix_messages_state", "messages", ["business", "state", "id"])
    op.create_index("ix_placed_calls_state", "placed_calls", ["state", "due_at"])
