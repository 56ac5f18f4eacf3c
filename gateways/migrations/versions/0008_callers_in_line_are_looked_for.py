"""Of a caller in line: when they are looked for, and until when they wait at most."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name in ("look_at", "until"):
        op.add_column("queue_entries", sa.Column(name, sa.DateTime(timezone=True)))
