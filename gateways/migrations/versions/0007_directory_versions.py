"""Versions of the directory on record, what is wrong with its files, and the version that decided a transfer."""

from alembic import op
from sqlalchemy import JSON, BigInteger, Column, Integer, String

from gateways.database.columns import Moment, Words

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "directory_versions",
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("business", String, nullable=False),
        Column("at", Moment, nullable=False),
        Column("made_by", String, nullable=False),
        Column("hash", String, nullable=False),
        Column("text", Words),
        Column("prompts", JSON, nullable=False),
        Column("code", JSON, nullable=False),
        Column("changes", JSON, nullable=False),
        Column("saved", BigInteger, nullable=False),
    )
    op.create_index("ix_directory_versions_business", "directory_versions", ["business", "number"])
    op.create_index("ix_directory_versions_hash", "directory_versions", ["business", "hash"])
    op.create_table(
        "directory_troubles",
        Column("business", String, primary_key=True),
        Column("kind", String, primary_key=True),
        Column("hash", String, nullable=False),
        Column("words", JSON, nullable=False),
        Column("at", Moment, nullable=False),
        Column("seen_at", Moment, nullable=False),
    )
    op.add_column("transfers", Column("directory", Integer, nullable=False, server_default="0"))
