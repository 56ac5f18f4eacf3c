"""The tables. One transfer is one row, changed by compare-and-set on `version`; legs and journal stand beside."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A moment: stored in UTC, aware when it comes back, on databases that know time zones and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

calls = Table(
    "calls",
    metadata,
    Column("id", String, primary_key=True),
    Column("caller", String, nullable=False),
    Column("line", String, nullable=False),
    Column("leg", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("agent", String, nullable=False),
    Column("started_at", Moment, nullable=False, index=True),
    Column("hung_up_at", Moment),
    Column("report", JSON),
)

transfers = Table(
    "transfers",
    metadata,
    Column("id", String, primary_key=True),
    Column("ref", String, nullable=False),
    Column("call_id", String, ForeignKey("calls.id"), nullable=False, index=True),
    Column("caller", String, nullable=False),
    Column("mechanism", String, nullable=False),
    Column("destination", String, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("agent", String, nullable=False),
    Column("sent_by", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("outcome", String),
    Column("inferred", Boolean, nullable=False),
    Column("started_at", Moment, nullable=False, index=True),
    Column("ended_at", Moment),
    Column("version", Integer, nullable=False),
    Column("key", String, nullable=False),
    Column("reply", JSON, nullable=False),
    # The call's id while this transfer has its caller, else null: the database itself allows one such row a call.
    Column("live_call", String, unique=True),
    Index("ix_transfers_caller_started_at", "caller", "started_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("leg", Integer, primary_key=True),
    Column("to", String, nullable=False),
    Column("person", String),
    Column("outcome", String),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

events = Table(
    "events",
    metadata,
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("event", String, nullable=False),
    Column("state", String, nullable=False),
    Column("data", JSON, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String, unique=True, nullable=False),
    Column("kind", String, nullable=False),
    Column("call_id", String, ForeignKey("calls.id"), nullable=False, index=True),
    Column("transfer_id", String, nullable=False),
    Column("destination", String, nullable=False),
    Column("name", String, nullable=False),
    Column("number", String),
    Column("body", Text, nullable=False),
    Column("wanted_at", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("number", String, primary_key=True),
    Column("reason", String, nullable=False),
    Column("at", Moment, nullable=False),
)
