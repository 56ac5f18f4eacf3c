"""A login to the desk is a row, which logging out deletes."""

import sqlalchemy as sa
from alembic import op

from gateways.database.columns import Moment

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "desk_sessions",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("expires_at", Moment, nullable=False),
    )
    op.create_index("ix_desk_sessions_expires_at", "desk_sessions", ["expires_at"])
