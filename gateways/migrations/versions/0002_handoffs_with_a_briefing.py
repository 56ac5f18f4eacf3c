"""Handoffs with a briefing: a consult's terms, how far each leg got, phases, conversations, cards that were used."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("transfers") as table:
        table.add_column(sa.Column("terms", sa.JSON(), nullable=True))
        table.add_column(sa.Column("bridged_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("error", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("flags", sa.JSON(), nullable=True))
    with op.batch_alter_table("attempts") as table:
        for name in ("stage", "call_id"):
            table.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("words", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("events") as table:
        table.add_column(sa.Column("phases", sa.JSON(), nullable=True))
    op.create_table(
        "conversations",
        sa.Column("transfer_id", sa.String(), nullable=False),
        sa.Column("log", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"]),
        sa.PrimaryKeyConstraint("transfer_id"),
    )
    op.create_table(
        "cards",
        sa.Column("transfer_id", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"]),
        sa.PrimaryKeyConstraint("transfer_id", "step", "leg"),
    )
