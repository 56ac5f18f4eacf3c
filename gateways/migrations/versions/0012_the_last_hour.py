"""Budgets are of the last sixty minutes, so what was spent is counted in slots of ten minutes."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("DELETE FROM spendings")  # it was counted by the hours of the clock
    op.drop_index("ix_spendings_hour", "spendings")
    op.alter_column("spendings", "hour", new_column_name="slot")
    op.create_index("ix_spendings_slot", "spendings", ["slot"])
