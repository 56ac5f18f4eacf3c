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
    text,
)
from sqlalchemy.types import TypeDecorator


class Words(TypeDecorator[str]):
    """What somebody said or wrote. Databases refuse the NUL and the half characters that JSON can carry."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Without what cannot be stored."""
        return value.replace("\0", "").encode("utf-8", "replace").decode() if value else value


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

LIVE = text("state <> 'ended'")  # to the letter, or SQLite does not see that an index is meant

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
    Column("answered_at", Moment),
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
    Column("destination", Words, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("reason", Words, nullable=False),
    Column("summary", Words, nullable=False),
    Column("agent", String, nullable=False),
    Column("sent_by", String, nullable=False),
    Column("note", Words, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("outcome", String),
    Column("inferred", Boolean, nullable=False),
    Column("started_at", Moment, nullable=False, index=True),
    Column("ended_at", Moment),
    Column("version", Integer, nullable=False),
    Column("key", String, nullable=False),
    # Two claims, which the database itself allows one transfer at a time: on the call while this transfer has its
    # caller, and on the tool call that asked for it while this transfer lives.
    Column("live_call", String, unique=True),
    Column("live_key", String, unique=True),
    # Holds our URLs with the platform's credentials, and is of use only while the tool call may be repeated.
    Column("reply", JSON(none_as_null=True)),
    Column("terms", JSON(none_as_null=True)),  # of a consult
    Column("bridged_at", Moment),
    Column("returned_at", Moment),
    Column("error", Words, nullable=False, server_default=""),
    Column("flags", JSON(none_as_null=True)),
    Index("ix_transfers_caller_started_at", "caller", "started_at"),
    Index("ix_transfers_live", "started_at", sqlite_where=LIVE, postgresql_where=LIVE),
)

attempts = Table(
    "attempts",
    metadata,
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("leg", Integer, primary_key=True),
    Column("to", Words, nullable=False),
    Column("person", Words),
    Column("outcome", String),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("stage", String, nullable=False, server_default=""),
    Column("call_id", String, nullable=False, server_default=""),
    Column("words", Words, nullable=False, server_default=""),
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
    Column("phases", JSON(none_as_null=True)),  # that the event began, in their order
)

# What was said before a transfer was asked for, as the platform tells it.
conversations = Table(
    "conversations",
    metadata,
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("log", JSON, nullable=False),
)

# Handoff cards that somebody has answered: each works once.
cards = Table(
    "cards",
    metadata,
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("leg", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
)

# What the watchdog has seen of transfers of which nothing was heard for a while.
watches = Table(
    "watches",
    metadata,
    Column("transfer_id", String, ForeignKey("transfers.id"), primary_key=True),
    Column("due_at", Moment),  # the next look; None: no more looks, unless it comes to life again
    Column("seen_at", Moment),  # when the caller's leg was last seen up
    Column("misses", Integer, nullable=False),  # looks in a row that told nothing
    Column("ours", Boolean, nullable=False),  # the watchdog itself has closed it
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String, unique=True, nullable=False),
    Column("kind", String, nullable=False),
    Column("call_id", String, ForeignKey("calls.id"), nullable=False, index=True),
    Column("transfer_id", String, nullable=False),
    Column("destination", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("number", String),
    Column("body", Words, nullable=False),
    Column("wanted_at", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("number", String, primary_key=True),
    Column("reason", Words, nullable=False),
    Column("at", Moment, nullable=False),
)
