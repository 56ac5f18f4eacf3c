"""How a call ended for its caller: taken care of, by their own choice, or fallen through."""

from collections.abc import Iterable, Mapping
from typing import Any

from exchange import Call, Exchange
from handlers.cli.rehearsal.stage import Stage

FELL = "fell through"
Rows = Iterable[Mapping[str, Any]]


def ending(call: Call, exchange: Exchange, rows: Rows, kept: Rows) -> str:
    """In a few words; begins with FELL where nobody and nothing took care of the caller.

    `rows` is the ledger, `kept` the messages and callbacks on record. A missed call, of which somebody is told, is good
    enough only when we were down while the platform needed us.
    """
    if call.caller.ended_by == "caller":
        return "with an agent" if _listened_to(call) else "hung up by choice"
    if call.bridged:
        return f"bridged with {call.bridged[-1]}"
    found = {str(one["kind"]) for one in kept if one["call_id"] == call.id}
    if found - {"missed"}:
        return f"{found.pop()} on record"
    if call.find("refer") and any(row["outcome"] == "referred" for row in rows if row["call_id"] == call.id):
        return "referred by their own telephone system"
    was_down = any("is down" in one.text for one in call.find("fault"))
    if was_down and (found or not call.find("script", leg=call.caller.name)):
        return "missed, and somebody is told" if found else "never reached us"
    verbs = [entry.text for entry in call.find("verb", leg=call.caller.name)]
    return f"{FELL}: {call.ending or 'still on the line'}, after {', '.join(verbs[-4:]) or 'nothing'}"


def _listened_to(call: Call) -> bool:
    """Whether an agent waits for the caller to say more."""
    mine = call.find("listening", "ai", "hold", "verb", "bridge", leg=call.caller.name)
    return bool(mine) and (mine[-1].kind == "listening" or [one.kind for one in mine[-2:]] == ["listening", "ai"])


def gone_wrong(stage: Stage) -> list[str]:
    """One line for each caller who fell through."""
    exchange, rows, kept = stage.exchange, stage.ledger(), [*stage.messages(), *stage.callbacks()]
    ends = [(call, ending(call, exchange, rows, kept)) for call in exchange.calls if not call.by_rest]
    return [f"call {call.number}: {how}" for call, how in ends if how.startswith(FELL)]
