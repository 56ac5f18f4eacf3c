"""A transfer's call and its claim on that call in one index, and nothing that nobody asks.

Each index is a page more to write and to sync with every transfer. A tool call's claim is looked up among the few
transfers of its call, and needs none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _copy_without_claims()
    else:
        for name in ("transfers_live_call_key", "transfers_live_key_key"):
            op.drop_constraint(name, "transfers")
        op.drop_index("ix_transfers_call_id", "transfers")
    op.create_index("ix_transfers_call_id_live_call", "transfers", ["call_id", "live_call"], unique=True)
    op.drop_index("ix_calls_started_at", "calls")
    op.drop_table("cards")


def _copy_without_claims() -> None:
    """SQLite takes a UNIQUE from no table: all of it is copied to one that has none."""
    known = sa.Table("transfers", sa.MetaData(), autoload_with=op.get_bind())
    known.constraints -= {one for one in known.constraints if isinstance(one, sa.UniqueConstraint)}
    known.indexes.clear()
    with op.batch_alter_table("transfers", copy_from=known, recreate="always"):
        pass
    op.create_index("ix_transfers_caller_started_at", "transfers", ["caller", "started_at"])
    op.create_index("ix_transfers_started_at", "transfers", ["started_at"])
    live = sa.text("state <> 'ended'")
    op.create_index("ix_transfers_live", "transfers", ["started_at"], sqlite_where=live)
