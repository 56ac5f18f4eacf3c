"""The tables. One transfer is one row, changed by compare-and-set on `version`; legs and journal stand beside."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    false,
    text,
)

from gateways.database.columns import Moment, Words

metadata = MetaData()

LIVE = text("state <> 'ended'")  # to the letter, or SQLite does not see that an index is meant
ENDED_WITH_REPLY = text("reply IS NOT NULL AND state = 'ended'")

calls = Table(
    "calls",
    metadata,
    Column("id", String, primary_key=True),
    Column("caller", String, nullable=False),
    Column("line", String, nullable=False),
    Column("leg", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("agent", String, nullable=False),
    Column("business", String, nullable=False, server_default=""),
    Column("started_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("hung_up_at", Moment),
    Column("report", JSON),
    Index("ix_calls_started_at", "started_at"),
)

# The tools that agents used, and their answers, without secrets: what a call is told from afterwards.
tool_calls = Table(
    "tool_calls",
    metadata,
    Column("id", String, primary_key=True),
    Column("call_id", String, ForeignKey("calls.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("agent", String, nullable=False),
    Column("tool", String, nullable=False),
    Column("asked", Words, nullable=False),  # its arguments, as "name: value" with semicolons between them
    Column("answer", Words, nullable=False),  # what the model read
)

transfers = Table(
    "transfers",
    metadata,
    Column("id", String, primary_key=True),
    Column("ref", String, nullable=False),
    Column("call_id", String, ForeignKey("calls.id"), nullable=False),
    Column("caller", String, nullable=False),
    Column("mechanism", String, nullable=False),
    Column("destination", Words, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("reason", Words, nullable=False),
    Column("summary", Words, nullable=False),
    Column("agent", String, nullable=False),
    Column("business", String, nullable=False, server_default=""),
    Column("directory", Integer, nullable=False, server_default="0"),  # the number of the version that decided it
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
    # Two claims: on the call while this transfer has its caller, which the database itself allows one transfer at a
    # time, and on the tool call that asked for it while this transfer lives.
    Column("live_call", String),
    Column("live_key", String),
    # Holds our URLs with the platform's credentials, and is of use only while the tool call may be repeated.
    Column("reply", JSON(none_as_null=True)),
    Column("terms", JSON(none_as_null=True)),  # of a consult
    Column("bridged_at", Moment),
    Column("returned_at", Moment),
    Column("error", Words, nullable=False, server_default=""),
    Column("flags", JSON(none_as_null=True)),
    Index("ix_transfers_call_id_live_call", "call_id", "live_call", unique=True),
    Index("ix_transfers_caller_started_at", "caller", "started_at"),
    Index("ix_transfers_live", "started_at", sqlite_where=LIVE, postgresql_where=LIVE),
    Index("ix_transfers_reply", "ended_at", sqlite_where=ENDED_WITH_REPLY, postgresql_where=ENDED_WITH_REPLY),
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
    Column("call_id", String, ForeignKey("calls.id"), index=True),  # None: it came as a text message
    Column("transfer_id", String, nullable=False),
    Column("destination", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("number", String),
    Column("body", Words, nullable=False),
    Column("wanted_at", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("business", String, nullable=False, server_default=""),
    Column("state", String, nullable=False, server_default="open"),  # or closed, when somebody has seen to it
    Column("closed_at", Moment),
    Column("closed_by", Words, nullable=False, server_default=""),
    Column("heard_at", Moment),
    Column("transcript", Words, nullable=False, server_default=""),
    Column("file", Words, nullable=False, server_default=""),  # of a recording, below the folder of recordings
    Column("error", Words, nullable=False, server_default=""),  # why somebody could not be told of it
    Column("told", JSON(none_as_null=True)),  # the channels that know of it
    Index("ix_messages_state", "business", "state", "id"),
)

# What was spent in an hour (counted from 1970) because of one caller, or on one line.
spendings = Table(
    "spendings",
    metadata,
    Column("business", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("whose", String, primary_key=True),
    Column("slot", Integer, primary_key=True),  # of ten minutes, counted from 1970 on
    Column("spent", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Index("ix_spendings_slot", "slot"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("business", String, primary_key=True),
    Column("number", String, primary_key=True),
    Column("reason", Words, nullable=False),
    Column("at", Moment, nullable=False),
)

# People, as they can be reached now. Who has no row is free, and has been for ever. A claim is what keeps two callers
# from ringing the same person: whoever rings somebody has theirs first.
people = Table(
    "people",
    metadata,
    Column("business", String, primary_key=True),
    Column("person", String, primary_key=True),
    Column("away", Boolean, nullable=False, server_default=false()),
    Column("away_until", Moment),
    Column("claim", String),  # the transfer, offer or call that has them
    Column("claimed_until", Moment),  # when the claim is void, should nobody ever give it up
    Column("wrap_until", Moment),  # after a talk
    Column("idle_since", Moment),
    Column("served", Integer, nullable=False, server_default="0"),
    Column("changed_at", Moment),
    Index("ix_people_claim", "claim"),
)

# Everybody whom somebody of a department owes a talk: callers in a queue, and callers who are to be rung back.
queue_entries = Table(
    "queue_entries",
    metadata,
    Column("id", String, primary_key=True),
    Column("business", String, nullable=False),
    Column("queue", String, nullable=False),
    Column("department", Words, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("since", Moment, nullable=False),  # what decides whose turn it is
    Column("due_at", Moment, nullable=False),  # not before
    Column("call_id", String, nullable=False, index=True),
    Column("transfer_id", String, nullable=False, index=True),
    Column("step", Integer, nullable=False),
    Column("number", String),
    Column("name", Words, nullable=False),
    Column("line", String, nullable=False),
    Column("need", Words, nullable=False),
    Column("language", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("key", String, nullable=False, unique=True),
    Column("ended_at", Moment),
    Column("outcome", String),
    Column("version", Integer, nullable=False),
    Column("look_at", Moment),  # when the caller is to be looked for, unless something is heard of them before
    Column("until", Moment),  # the caller waits no longer, whatever is not reported
    Index("ix_queue_entries_open", "business", "state", "since"),
    Index("ix_queue_entries_number", "number"),
)

LIVE_OFFER = text("state <> 'over'")

# The people who were asked to take an entry, one row for each time.
offers = Table(
    "offers",
    metadata,
    Column("id", String, primary_key=True),
    Column("entry_id", String, ForeignKey("queue_entries.id"), nullable=False, index=True),
    Column("business", String, nullable=False),
    Column("person", Words, nullable=False),
    Column("leg", Integer, nullable=False),  # which of the entry's offers: 1 is the first
    Column("to", Words, nullable=False),
    Column("via", String, nullable=False),
    Column("call_id", String, nullable=False),
    Column("state", String, nullable=False),
    Column("outcome", String),
    Column("started_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("bridged_at", Moment),
    Column("deadline", Moment, nullable=False),  # when it is void, should nothing more be heard of it
    Column("ended_at", Moment),
    Index("ix_offers_bridged", "business", "bridged_at"),
    Index("ix_offers_ended", "business", "ended_at"),
    Index("ix_offers_live", "deadline", sqlite_where=LIVE_OFFER, postgresql_where=LIVE_OFFER),
)

# Calls that we were asked to place. `key` makes a repeated request the same call.
placed_calls = Table(
    "placed_calls",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("business", String, nullable=False),
    Column("to", String, nullable=False),
    Column("from_", String, nullable=False),
    Column("agent", String, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("on_machine", String, nullable=False),
    Column("fingerprint", String, nullable=False),  # of what was asked for under the key
    Column("message", Words, nullable=False),
    Column("state", String, nullable=False),
    Column("call_id", String, nullable=False),
    Column("outcome", String),
    Column("error", Words, nullable=False),
    Column("asked_at", Moment, nullable=False, index=True),
    Column("due_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Index("ix_placed_calls_state", "state", "due_at"),
)

# Text messages that people and callers sent us, by the provider's own id: each is read once.
texts_in = Table(
    "texts_in",
    metadata,
    Column("id", String, primary_key=True),
    Column("business", String, nullable=False),
    Column("from_", String, nullable=False),
    Column("to", String, nullable=False),
    Column("body", Words, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("did", String, nullable=False),
    Column("reply", Words, nullable=False),
)

# Logins to the desk that have failed, or are being tried just now.
desk_failures = Table(
    "desk_failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", String, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)

# Every version of every business's directory that was in use, in the order they came into use. The newest of a business
# is the one that is served.
directory_versions = Table(
    "directory_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("business", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("made_by", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("text", Words),  # None: the business has ended
    Column("prompts", JSON, nullable=False),
    Column("code", JSON, nullable=False),
    Column("changes", JSON, nullable=False),
    Column("saved", BigInteger, nullable=False),  # when the file was saved (ns)
    Index("ix_directory_versions_business", "business", "number"),
    Index("ix_directory_versions_hash", "business", "hash"),
)

# What keeps a file, or a process, from what it should be: one row for each, gone when it is mended.
directory_troubles = Table(
    "directory_troubles",
    metadata,
    Column("business", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("hash", String, nullable=False),
    Column("words", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

# Logins to the desk that have not been ended.
desk_sessions = Table(
    "desk_sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("expires_at", Moment, nullable=False, index=True),
)
