"""How a call ended for its caller: taken care of, by their own choice, or fallen through."""

from collections.abc import Iterable, Mapping
from typing import Any

from exchange import Call, Exchange

FELL = "fell through"


def ending(call: Call, exchange: Exchange, rows: Iterable[Mapping[str, Any]], kept: Iterable[Mapping[str, Any]]) -> str:
    """In a few words; begins with FELL where nobody and nothing took care of the caller.

    `rows` is the ledger, `kept` what was kept for somebody. What the caller heard and did comes before what we say of
    it; a message and a callback count when they are on record.
    """
    mine = [row for row in rows if row["call_id"] == call.id]
    if call.caller.ended_by == "caller":
        return "with an agent" if _listened_to(call) else "hung up by choice"
    if call.bridged:
        return f"bridged with {call.bridged[-1]}"
    if found := [one["kind"] for one in kept if one["call_id"] == call.id]:
        return f"{found[-1]} on record"
    if call.find("refer") and any(row["outcome"] == "referred" for row in mine):
        return "referred by their own telephone system"
    if not call.over:
        return f"{FELL}: still on the line"
    if not call.find("script", leg=call.caller.name) and any("is down" in one.text for one in call.find("fault")):
        return "never reached us"
    verbs = [entry.text for entry in call.find("verb", leg=call.caller.name)]
    return f"{FELL}: {call.ending}, after {', '.join(verbs[-4:]) or 'nothing'}"


def _listened_to(call: Call) -> bool:
    """Whether an agent waits for the caller to say more."""
    mine = call.find("listening", "ai", "hold", "verb", "bridge", leg=call.caller.name)
    return bool(mine) and (mine[-1].kind == "listening" or [one.kind for one in mine[-2:]] == ["listening", "ai"])


def gone_wrong(
    exchange: Exchange, calls: Iterable[Call], rows: list[dict[str, Any]], kept: list[dict[str, Any]]
) -> list[str]:
    """One line for each caller who fell through."""
    ends = [(call, ending(call, exchange, rows, kept)) for call in calls]
    return [f"call {call.number}: {how}" for call, how in ends if how.startswith(FELL)]
