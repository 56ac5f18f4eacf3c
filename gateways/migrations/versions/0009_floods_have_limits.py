"""What was spent in an hour because of one caller, or on one line."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "spendings",
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("business", "kind", "whose")),
        sa.Column("hour", sa.Integer(), primary_key=True),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
    )
    op.create_index("ix_spendings_hour", "spendings", ["hour"])
