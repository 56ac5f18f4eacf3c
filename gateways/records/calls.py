"""The calls on record, and the tools that were used in them.

A call that has only been greeted is written behind; every later request can restore it. So is a tool call, with its
call: what it decided is on record elsewhere before it is answered, and this is only what the call is told from later.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select, update

from calls.call import Call
from calls.phrases.redaction import redacted, redacted_fact
from gateways.database import rows
from gateways.database.engine import Database
from gateways.database.tables import calls, messages, placed_calls, queue_entries, tool_calls, transfers
from gateways.database.write_behind import WriteBehind

_BATCH = 500  # rows
_LONGEST_ASKED, _LONGEST_ANSWER = 500, 600  # characters
_RESPONSE = '{"response":'


class CallRecords:
    """The part of `Records` that knows calls."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._behind = WriteBehind(self._insert_behind)
        self._insert_call = self._db.insert(calls).on_conflict_do_nothing()
        self._insert_tool = self._db.insert(tool_calls).on_conflict_do_nothing()

    def close(self) -> None:
        """Write down what is still to be written."""
        self._behind.close()

    def note_call(self, call: Call, at: datetime) -> None:
        """Keep a call that was answered, soon. Until then the call's own token and tool calls can restore it."""
        self._behind.put(rows.of_call(call, at))

    def note_tool(self, call: Call, at: datetime, tool: str, arguments: Mapping[str, object], reply: rows.Json) -> None:
        """Keep, soon, that the agent used a tool, with its arguments and what the model read; without secrets."""
        used = {"call_id": call.id, "at": at, "agent": call.agent, "tool": tool, "asked": arguments}
        used |= {"id": secrets.token_hex(12), "answer": _response(reply)}
        self._behind.put({"id": call.id, "call": rows.of_call(call, at), "tool": used})

    def open_call(self, call: Call, at: datetime) -> None:
        """Keep a call now. The same call twice is the same row, and the first facts stand."""
        self._insert_calls([rows.of_call(call, at)])

    def keep_report(self, call_id: str, report: Mapping[str, object], at: datetime) -> None:
        """Keep an agent's own account of the conversation on the call. A later agent's account stands beside it.

        Raises LookupError when the call was never opened.
        """
        with self._db.write() as connection:
            mine = calls.c.id == call_id
            row = connection.execute(select(calls.c.report).where(mine).with_for_update()).first()
            if row is None:
                raise LookupError(call_id)
            said = {"at": at.isoformat(), **report}
            if not any({**one, "at": said["at"]} == said for one in row.report or []):
                connection.execute(update(calls).where(mine).values(report=[*(row.report or []), said]))

    def call(self, call_id: str) -> Mapping[str, Any] | None:
        """The row of a call."""
        with self._db.read() as connection:
            row = connection.execute(select(calls).where(calls.c.id == call_id)).first()
        return dict(row._mapping) if row else None

    def answered(self, call_id: str, at: datetime) -> None:
        """Keep when an agent began to talk with the caller; the first report of it stands."""
        self._note(call_id, "answered_at", at)

    def hung_up(self, call_id: str, at: datetime) -> None:
        """Keep when the caller hung up; the first report of it stands."""
        self._note(call_id, "hung_up_at", at)

    def _note(self, call_id: str, what: str, at: datetime) -> None:
        mine = and_(calls.c.id == call_id, calls.c[what].is_(None))
        with self._db.write() as connection:
            connection.execute(update(calls).where(mine).values({what: at}))

    def tool_calls(self, call_id: str) -> list[dict[str, Any]]:
        """The tools that were used in a call, oldest first."""
        mine = select(tool_calls).where(tool_calls.c.call_id == call_id).order_by(tool_calls.c.at, tool_calls.c.id)
        with self._db.read() as connection:
            return [dict(row._mapping) for row in connection.execute(mine)]

    def calls(
        self, *, call_id: str | None = None, since: datetime | None = None, business: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Every call, oldest first, with `transfers` (destination, ref and outcome of each), `messages` (kinds),
        `callbacks` (department, state) and, of one that we placed, `placed` (how it ended).
        """
        wanted = [calls.c.id == call_id] if call_id else []
        wanted += [calls.c.started_at >= since] if since else []
        wanted += [calls.c.business == business] if business is not None else []
        query = select(calls).where(*wanted).order_by(calls.c.started_at, calls.c.id)
        with self._db.stream() as connection:
            for batch in connection.execution_options(yield_per=_BATCH).execute(query).partitions():
                yield from self._with_ends([dict(row._mapping) for row in batch])

    def calls_of_ref(self, ref: str) -> list[str]:
        """The ids of the calls with a transfer of this reference, the newest first."""
        mine = select(transfers.c.call_id).where(transfers.c.ref == ref.upper()).order_by(transfers.c.started_at.desc())
        with self._db.stream() as connection:
            return list(dict.fromkeys(connection.scalars(mine)))

    def _with_ends(self, found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        ids = [row["id"] for row in found]
        moved: dict[str, list[Any]] = {one: [] for one in ids}
        left: dict[str, list[str]] = {one: [] for one in ids}
        end = (transfers.c.call_id, transfers.c.destination, transfers.c.ref, transfers.c.outcome)
        with self._db.read() as connection:
            of_these = select(*end).where(transfers.c.call_id.in_(ids)).order_by(transfers.c.started_at, transfers.c.id)
            for one in connection.execute(of_these):
                moved[one.call_id].append({"destination": one.destination, "ref": one.ref, "outcome": one.outcome})
            words = select(messages.c.call_id, messages.c.kind).where(messages.c.call_id.in_(ids))
            for message in connection.execute(words.order_by(messages.c.id)):
                left[message.call_id].append(message.kind)
            booked, rung = _booked(connection, ids), _rung(connection, ids)
        for row in found:
            name = row["id"]
            ends = {"transfers": moved[name], "messages": left[name], "callbacks": booked[name]}
            yield {**row, **ends, "placed": rung.get(name)}

    def _insert_behind(self, values: list[dict[str, Any]]) -> None:
        """Calls, and tools that were used in them: `tool`, with its `call`, which may not be on record yet."""
        opened = {row["id"]: row.get("call", row) for row in reversed(values)}
        used = [_readable(row["tool"]) for row in values if "tool" in row]
        with self._db.write() as connection:
            connection.execute(self._insert_call, sorted(opened.values(), key=lambda one: str(one["id"])))
            if used:
                connection.execute(self._insert_tool, used)

    def _insert_calls(self, values: list[dict[str, Any]]) -> None:
        # In one order for all, or two processes with the same calls could wait for each other.
        with self._db.write() as connection:
            connection.execute(self._insert_call, sorted(values, key=lambda one: str(one["id"])))


def _booked(connection: Connection, ids: list[str]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {one: [] for one in ids}
    columns = (queue_entries.c.call_id, queue_entries.c.department, queue_entries.c.state)
    mine = and_(queue_entries.c.call_id.in_(ids), queue_entries.c.kind == "callback")
    for one in connection.execute(select(*columns).where(mine).order_by(queue_entries.c.since)):
        found[one.call_id].append({"department": one.department, "state": one.state})
    return found


def _rung(connection: Connection, ids: list[str]) -> dict[str, str]:
    columns = (placed_calls.c.call_id, placed_calls.c.state, placed_calls.c.outcome)
    mine = placed_calls.c.call_id.in_(ids)
    return {one.call_id: one.outcome or one.state for one in connection.execute(select(*columns).where(mine))}


def _response(reply: rows.Json) -> str:
    """What the model reads of a reply. Of one that is text already only this much is read: a document is long."""
    if not isinstance(reply, rows.Encoded):
        answer = reply.get("response", "")
    elif reply.startswith(_RESPONSE):
        answer = json.JSONDecoder().raw_decode(reply, len(_RESPONSE))[0]
    else:
        answer = json.loads(reply).get("response", "")
    return " ".join(map(str, answer.values())) if isinstance(answer, dict) else str(answer)


def _readable(used: dict[str, Any]) -> dict[str, Any]:
    """A tool call as its row: its arguments as text, and no secrets in it."""
    said = "; ".join(
        f"{name}: {redacted_fact(name, ' '.join(str(value).split()), 'text')}"
        for name, value in used["asked"].items()
        if value not in ("", None)
    )
    answer = redacted(" ".join(used["answer"].split()), "text")
    return {**used, "asked": said[:_LONGEST_ASKED], "answer": answer[:_LONGEST_ANSWER]}
